"""What the read copy is worth: the KPI page's questions on SQLite live and on the read copy, without a browser.

Beside them, on the read copy alone, the questions of the Customers page and of the diagnostic ones, and the judging of
the rules of a new shop.

Each measurement is a process of its own that asks all questions of the page several times: plain SQL on the store's
file, or the page's own analyses over the read copy with nothing cached (see ``page_queries.py``). Reported are the
median round (SQLite at 10 million orders: one round) and the most memory the process held. Then the files' sizes, and
the time to make the read copy from nothing and to bring it up to date after 1,000 appended orders.
"""

import itertools
import json
import shutil
import time
from pathlib import Path
from statistics import median

from benchmarks.processes import timed_run
from benchmarks.results import Figure
from benchmarks.shops import DEMO, MILLION, SIZES, TEN_MILLION, scratch_copy, shop_database, size_name
from warehouse import readcopy
from warehouse.store import writing

ROUNDS = {
    "sqlite": {DEMO: 5, MILLION: 3, TEN_MILLION: 1},
    **dict.fromkeys(
        (
            "copy",
            "customers",
            "satisfaction",
            "root_cause",
            "drill_down",
            "anomalies",
            "churn_factors",
            "compare_groups",
        ),
        {DEMO: 9, MILLION: 7, TEN_MILLION: 5},
    ),
    "alerts": {DEMO: 3, MILLION: 3, TEN_MILLION: 3},
}
PERIODS = {"all": "all time", "90": "90 days"}
ENGINES = {"sqlite": "KPI page's questions, {}, SQLite live", "copy": "KPI page's questions, {}, read copy"}
FURTHER = {
    "customers": "Customers page's questions, {}",
    "satisfaction": "Satisfaction page's questions, {}",
    "alerts": "the default alert rules judged on {}",
    "root_cause": "Root cause page's questions, {}",
    "drill_down": "Drill-down page's questions, {}",
    "anomalies": "Anomalies page's questions, {}",
    "churn_factors": "Churn factors page's questions, {}",
    "compare_groups": "Compare groups page's questions, {}",
}
"""What is measured on the read copy alone, over all time if nothing else is said."""
PERIOD_OF = {"root_cause": "90", "drill_down": "90"}
SEARCHES = {MILLION: 2_000.0, TEN_MILLION: 10_000.0}
BARS = {
    **dict.fromkeys(("root_cause", "drill_down", "anomalies"), SEARCHES),
    **dict.fromkeys(("satisfaction", "churn_factors", "compare_groups"), {DEMO: 500.0, **SEARCHES}),
}
"""Milliseconds."""
APPENDED = 1_000


def figures(quick: bool = False) -> list[Figure]:
    """All figures of this part."""
    found = []
    for orders in SIZES[:1] if quick else SIZES:
        database = shop_database(orders)
        for period, engine in itertools.product(("90",) if quick else PERIODS, ENGINES):
            found += _questions(engine, database, period, orders, ENGINES[engine])
        for page, named in FURTHER.items():
            found += _questions(page, database, PERIOD_OF.get(page, "all"), orders, named)
        found += _files(database, orders)
    return found


def _questions(engine: str, database: Path, period: str, orders: int, named: str) -> list[Figure]:
    rounds = ROUNDS[engine][orders]
    run = timed_run(["-m", "benchmarks.page_queries", engine, str(database.resolve()), period, str(rounds)])
    told = json.loads(run.output.splitlines()[-1])
    for name, milliseconds in told["analyses"].items():
        print(f"  {size_name(orders)}, {PERIODS[period]}: {name} {milliseconds:.0f} ms", flush=True)
    name = f"engine: {named.format(f'{size_name(orders)} orders, {PERIODS[period]}')}"
    return [
        Figure(name, median(told["rounds"]), "ms", BARS.get(engine, {}).get(orders)),
        Figure(f"{name}, peak memory", run.peak_bytes / 2**20, "MiB"),
    ]


def _files(database: Path, orders: int) -> list[Figure]:
    """Sizes on disk, and what making the copy takes."""
    scratch = scratch_copy(database)
    try:
        whole = _seconds_to_copy(scratch)
        _append(scratch)
        appended = _seconds_to_copy(scratch)
        copy = readcopy.read_copy(scratch)
        sizes = {"SQLite file": scratch, "read copy": copy}
        name = f"{size_name(orders)} orders"
        return [
            *(Figure(f"engine: {what}, {name}", file.stat().st_size / 2**20, "MiB") for what, file in sizes.items()),
            Figure(f"engine: read copy from nothing, {name}", whole, "s"),
            Figure(f"engine: read copy after {APPENDED:,} appended orders, {name}", appended, "s"),
        ]
    finally:
        shutil.rmtree(scratch.parent)


def _seconds_to_copy(database: Path) -> float:
    started = time.perf_counter()
    readcopy.read_copy(database)
    return time.perf_counter() - started


def _append(database: Path) -> None:
    """Repeat orders of the store's last day under new numbers, as an import of new orders would."""
    with writing(database, appends_only=True) as store:
        columns = [name for _, name, *_ in store.execute("PRAGMA table_info(transactions)")]
        others = ", ".join(name for name in columns if name not in ("transaction_id", "date"))
        store.execute(
            f"INSERT INTO transactions (transaction_id, date, {others}) SELECT 'appended-' || rowid, "
            f"(SELECT max(date) FROM transactions), {others} FROM transactions LIMIT {APPENDED}"
        )
