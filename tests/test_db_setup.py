"""The command line: what it prints, what it returns, and what it never does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import db_setup
from warehouse.connection import data_version, settings
from warehouse.replacing import holds_own_orders

ROOT = Path(__file__).resolve().parent.parent
HEADER = "Order ID,Date,Customer ID,Total\n"


@pytest.fixture
def run(tmp_path, capsys):
    def run(*arguments):
        code = db_setup.main(["--database", str(tmp_path / "shop.db"), *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + "1,2026-05-14,C1,9.50\n2,2026-05-15,C2,0.50\n3,never,C2,1\n")
    return file


def test_without_arguments_the_demo_is_generated_and_built(run, tmp_path):
    code, out, _ = run("--demo-data", tmp_path / "demo")
    assert code == 0
    assert out.splitlines()[-1].endswith("Next: streamlit run app.py")
    assert settings(tmp_path / "shop.db")["is_demo"] == "1"
    assert json.loads(run("--demo-data", tmp_path / "demo", "--json")[1])["demo"] is True


def test_own_orders_are_imported_and_the_next_step_named(run, orders, tmp_path):
    code, out, err = run("--orders", orders)
    assert (code, err) == (0, "")
    assert "Of 3 rows 2 were accepted, 1 rejected, 0 were duplicates" in out
    assert "line 4, Date: not a date" in out
    assert "streamlit run app.py" in out
    assert holds_own_orders(tmp_path / "shop.db")


def test_json_is_the_only_thing_printed(run, orders):
    code, out, err = run("--orders", orders, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert {key: told[key] for key in ("read", "accepted", "rejected", "duplicates", "orders", "customers")} == {
        "read": 3, "accepted": 2, "rejected": 1, "duplicates": 0, "orders": 2, "customers": 2,
    }  # fmt: skip
    assert (told["revenue"], told["first_day"], told["last_day"]) == (10.0, "2026-05-14", "2026-05-15")


def test_a_dry_run_stores_nothing_and_can_write_the_rejects(run, orders, tmp_path):
    code, out, _ = run("--orders", orders, "--dry-run", "--rejects", tmp_path / "rejects.csv")
    assert code == 0
    assert "Next: the same without --dry-run" in out
    assert not (tmp_path / "shop.db").exists()
    assert "not a date" in (tmp_path / "rejects.csv").read_text()


def test_appending_the_same_file_changes_nothing(run, orders, tmp_path):
    run("--orders", orders)
    before = data_version(tmp_path / "shop.db")
    code, out, _ = run("--orders", orders, "--append")
    assert code == 0
    assert "nothing changed" in out
    assert data_version(tmp_path / "shop.db") == before


def test_the_demo_replaces_own_orders_only_by_force_and_they_come_back(run, orders, tmp_path):
    run("--orders", orders)
    before = data_version(tmp_path / "shop.db")
    code, _, err = run("--demo-data", tmp_path / "demo")
    assert code == 2
    assert "add --force" in err
    assert data_version(tmp_path / "shop.db") == before
    assert run("--demo-data", tmp_path / "demo", "--force")[0] == 0
    code, out, _ = run("--restore-previous")
    assert code == 0
    assert "streamlit run app.py" in out
    assert data_version(tmp_path / "shop.db") == before


def test_a_mapping_is_saved_and_used_again(run, tmp_path):
    file = tmp_path / "bestellungen.csv"
    file.write_text("Nr;Tag;Betrag\n1;03/04/2026;1.234\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('order_id = "Nr"\ndate = "Tag"\nrevenue = "Betrag"\n')
    code, _, err = run("--orders", file, "--mapping", mapping)
    assert code == 2
    assert "day_first" in err
    mapping.write_text(mapping.read_text() + 'day_first = true\ndecimal_mark = ","\n')
    code, out, _ = run("--orders", file, "--mapping", mapping, "--save-mapping", tmp_path / "saved.toml", "--json")
    assert (code, json.loads(out)["revenue"], json.loads(out)["first_day"]) == (0, 1234.0, "2026-04-03")
    assert json.loads(run("--orders", file, "--mapping", tmp_path / "saved.toml", "--json")[1])["duplicates"] == 1


def test_presets_are_listed_and_can_be_named(run, tmp_path):
    out = run("--list-presets")[1]
    assert "online_retail: Invoice" in out
    file = tmp_path / "log.csv"
    file.write_text("Invoice,StockCode,Quantity,InvoiceDate,Price\n1,A,2,2010-12-01 08:26,2.5\n")
    assert json.loads(run("--orders", file, "--preset", "online_retail", "--json")[1])["revenue"] == 5.0
    mapping = tmp_path / "m.toml"
    mapping.write_text('preset = "online_retail"')
    code, _, err = run("--orders", file, "--preset", "shopify", "--mapping", mapping)
    assert code == 2
    assert "contradicts" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--orders", "nowhere.csv"], "There is no file"),
        (["--append"], "--append needs --orders"),
        (["--dry-run"], "--dry-run needs --orders"),
        (["--restore-previous"], "no earlier orders"),
        (["--database", "postgresql://localhost/x"], "SQLite files only"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(run, arguments, words):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_file_without_a_good_row_is_a_mistake(run, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + "1,never,C1,1\n")
    code, out, err = run("--orders", file, "--json")
    assert (code, json.loads(out)["rejected"]) == (2, 1)
    assert "no row could be accepted" in err
    assert not (tmp_path / "shop.db").exists()


def test_a_foreign_file_is_replaced_by_force_only(run, orders, tmp_path):
    (tmp_path / "shop.db").write_text("a diary " * 200)
    for arguments in (["--orders", orders], ["--demo-data", tmp_path / "demo"]):
        code, _, err = run(*arguments)
        assert code == 2
        assert "left untouched" in err
    assert run("--orders", orders, "--force")[0] == 0
    assert (tmp_path / "shop.replaced.db").read_text().startswith("a diary")


def test_the_database_may_be_named_by_the_environment(orders, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'env.db'}")
    assert db_setup.main(["--orders", str(orders)]) == 0
    assert (tmp_path / "env.db").exists()
    capsys.readouterr()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_the_old_database_is_whole_and_there_is_no_traceback(run, orders, tmp_path, how):
    run("--orders", orders)
    before = data_version(tmp_path / "shop.db")
    many = tmp_path / "many.csv"
    many.write_text(HEADER + "".join(f"{n},2026-05-14,C{n % 999},1.00\n" for n in range(400_000)))
    script = "import sys, db_setup; print('ready', flush=True); sys.exit(db_setup.main(sys.argv[1:]))"
    for wait in (0.1, 0.8, 1.5, 2.5):
        process = subprocess.Popen(
            [sys.executable, "-c", script, "--orders", many, "--database", tmp_path / "shop.db"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ), text=True,
        )  # fmt: skip
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(how)
        _, err = process.communicate(timeout=120)
        if process.returncode == 0:
            break
        assert "Traceback" not in err
        assert data_version(tmp_path / "shop.db") == before
