# make run | test | bench | proofs | lock
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
PORT ?= 8501
BIN := $(VENV)/bin

# small matrices handed to several cores wait for each other
test proofs: export OPENBLAS_NUM_THREADS = 1

.PHONY: help run test bench proofs lock clean

help:
	@echo "make run    install, build the demo shop and serve it on http://localhost:$(PORT)"
	@echo "make test   install what the tests need (browser included) and run every test"
	@echo "make bench  measure speed and scale; writes benchmarks/results/bench.json"
	@echo "make proofs show what the analyses find of what is there; writes benchmarks/results/proofs.json"

$(VENV)/installed: requirements.txt requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "The environment could not be made: on Debian and Ubuntu, apt install python3-venv."; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -c requirements.lock
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c requirements.lock
	@touch $@

data/shop.db: | $(VENV)/installed
	$(BIN)/python db_setup.py

run: $(VENV)/installed data/shop.db
	@echo "Serving on http://localhost:$(PORT) - stop with Ctrl-C. Your own orders: the Data page, or db_setup.py --orders FILE."
	@$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/installed-dev
	@sh tests/browser/install_chromium.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -q --doctest-modules analytics warehouse ui/charts --cov --cov-report=
	$(BIN)/python -m pytest tests -n 2 --dist loadfile --cov --cov-append --cov-report=term --cov-fail-under=95

bench: $(VENV)/installed-dev
	@sh tests/browser/install_chromium.sh
	$(BIN)/python -m benchmarks

proofs: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks.proofs

lock: $(VENV)/installed-dev
	$(BIN)/pip freeze --exclude-editable --disable-pip-version-check > requirements.lock

clean:
	rm -rf $(VENV) data .pytest_cache .hypothesis
