"""What models cost: fitted from nothing on the demo and on a million orders, and their pages from runs that are kept.

A fit is what the server does for a page that nobody has opened before: a process of its own, with nothing cached,
reads the orders through the app's own door, fits the page's model with its own settings and keeps the run. Reported
are its seconds from the start of the work (modules imported, the read copy open), of these until the engine has handed
over what the model learns from, and the most memory that the process held. Warm loads of the pages are those of a real
Chromium whose cache knows the page (see ``browser.py``), on a server that finds the runs on disk.
"""

import json
from statistics import median

from benchmarks import visitor
from benchmarks.processes import ROOT, serving, timed_run, wait_until_up
from benchmarks.results import CACHE, Figure
from benchmarks.shops import DEMO, MILLION, shop_database, size_name

FIT_BARS = {DEMO: 20.0, MILLION: 60.0}
FEATURE_BAR = 5.0
MEMORY_BAR = 4 * 1024.0
LOAD_BAR = 1.2
LOADS = 5
PAGES = {"forecast": "/forecast", "churn": "/churn", "customer_value": "/customer_value"}
"""Model → address of its page."""
NAMED = {"forecast": "Revenue forecast", "churn": "Churn", "customer_value": "Customer value"}
BEFORE_LEARNING = {"churn": "Learning", "customer_value": "Trying"}
"""How the first thing is called that a model does with what the engine has handed over."""


def figures(quick: bool = False) -> list[Figure]:
    """All figures of this part."""
    found = []
    for orders in (DEMO,) if quick else (DEMO, MILLION):
        for model in PAGES:
            found += _fit(model, orders, barred=not quick)
    return found if quick else found + _loads()


def _fit(model: str, orders: int, *, barred: bool) -> list[Figure]:
    database = shop_database(orders)
    arguments = ["-c", _FIT, model, BEFORE_LEARNING.get(model, "")]
    run = timed_run(arguments, {"DATABASE_URL": f"sqlite:///{database.resolve()}", "OPENBLAS_NUM_THREADS": "1"})
    told = json.loads(run.output.splitlines()[-1])
    name = f"models: {NAMED[model]} fitted from nothing, {size_name(orders)} orders"
    found = [
        Figure(name, told["seconds"], "s", FIT_BARS[orders] if barred else None),
        Figure(f"{name}, peak memory", run.peak_bytes / 2**20, "MiB", MEMORY_BAR if barred else None),
    ]
    if told["features"] is not None:
        bar = FEATURE_BAR if barred and orders == MILLION else None
        found.append(Figure(f"{name}, of these what the engine needs", told["features"], "s", bar))
    return found


def _loads() -> list[Figure]:
    """The pages of the demo from the runs that the fits left behind."""
    database = shop_database(DEMO)
    with visitor.browser() as running, serving(ROOT / "app.py", database, CACHE / "models.log") as server:
        wait_until_up(server)
        page = visitor.visitor(running).new_page()
        found = []
        for model, address in PAGES.items():
            loads = [visitor.load_milliseconds(page, server.url + address, charts=1) / 1000 for _ in range(LOADS + 1)]
            name = f"models: warm load of {NAMED[model]} from its run, {size_name(DEMO)} orders"
            found.append(Figure(name, median(loads[1:]), "s", LOAD_BAR))
    return found


_FIT = """
import json, sys, time
from ui.loading import load_modules
load_modules()
from analytics.filters import Filters
from analytics.predictive.models import MODELS
from ui import data, fits
from warehouse import model_runs

model = {m.key: m for m in MODELS}[sys.argv[1]]
data.pin_version()
shop = data.shop()
asked = fits.wanted(model, Filters(shop.days))
began, told = time.perf_counter(), []
run = data.asked_anew(
    model.fit, model.matters(asked.filters), tell=lambda share, doing: told.append((time.perf_counter() - began, doing))
)
known = asked.inputs, shop.today, shop.orders
model_runs.keep_run(asked.path, model, asked.question, *known, run, time.perf_counter() - began)
seconds = time.perf_counter() - began
first = next((at for at, doing in told if sys.argv[2] and doing.startswith(sys.argv[2])), None)
print("\\n".join(f"{at:.2f} {doing}" for at, doing in told), file=sys.stderr)
print(json.dumps({"seconds": seconds, "features": first}))
"""
