"""How fast orders get in: importing a million order lines, and simulating shops.

Import: 1,000,000 lines of a simulated shop as one CSV file (order, time, customer, article, quantity, price and the
order's dimensions), through the import engine into an empty store, in a process of its own. Simulator: the command
that a visitor would type, in a process of its own, files written. Seconds are wall time from the start of the process
to its end, imports of modules included; memory is the most that the process and its children held.
"""

import shutil
from pathlib import Path

import duckdb

from benchmarks.processes import Run, timed_run
from benchmarks.results import CACHE, Figure
from benchmarks.shops import DEMO, TEN_MILLION, size_name

LINES = 1_000_000
IMPORT_BARS = (60.0, 2 * 1024.0)
SIMULATOR_BARS = {DEMO: (1.0, None), TEN_MILLION: (120.0, 4 * 1024.0)}
"""Seconds and MiB."""

ORDERS_PER_LINE = 0.75
"""Generous: the simulator writes about three lines for two orders."""
QUICK_LINES = 20_000


def figures(quick: bool = False) -> list[Figure]:
    """All figures of this part."""
    found = _import(QUICK_LINES if quick else LINES, bars=(None, None) if quick else IMPORT_BARS)
    for orders in (DEMO,) if quick else (DEMO, TEN_MILLION):
        found += _simulation(orders)
    return found


def _import(lines: int, bars: tuple[float | None, float | None]) -> list[Figure]:
    file = _lines_file(lines)
    folder = CACHE / "import"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        run = timed_run(["-c", _IMPORT, str(file), str(folder / "shop.db"), str(lines)])
    finally:
        shutil.rmtree(folder)
    return _figures(f"import: {lines:,} order lines from CSV", run, *bars)


def _simulation(orders: int) -> list[Figure]:
    folder = CACHE / "simulated"
    options = ["--no-lines"] if orders == TEN_MILLION else []
    try:
        run = timed_run(["data_generation.py", "--orders", str(orders), "--out", str(folder), *options])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _figures(f"import: simulating {size_name(orders)} orders", run, *SIMULATOR_BARS[orders])


def _figures(name: str, run: Run, seconds_bar: float | None, memory_bar: float | None) -> list[Figure]:
    return [
        Figure(name, run.seconds, "s", seconds_bar),
        Figure(f"{name}, peak memory", run.peak_bytes / 2**20, "MiB", memory_bar),
    ]


def _lines_file(lines: int) -> Path:
    """The CSV file, made once from a simulated shop."""
    file = CACHE / f"{lines}-lines.csv"
    if not file.exists():
        folder = CACHE / "lines"
        timed_run(["data_generation.py", "--orders", str(round(lines * ORDERS_PER_LINE)), "--out", str(folder)])
        draft = file.with_suffix(".draft")
        with duckdb.connect() as engine:
            engine.execute("SET enable_progress_bar = false")
            engine.execute(_AS_CSV.format(folder=folder.as_posix(), lines=lines, file=draft.as_posix()))
        draft.replace(file)
        shutil.rmtree(folder)
    return file


_AS_CSV = """
COPY (
    SELECT o.transaction_id AS "Order id",
        strftime(o.date + to_minutes(o.order_minute), '%Y-%m-%d %H:%M') AS "Order date",
        o.customer_id AS "Customer id", l.product_id AS "Product id", l.product AS "Product", l.category AS "Category",
        l.quantity AS "Quantity", l.unit_price AS "Unit price", o.channel AS "Channel", o.payment_method AS "Payment",
        o.delivery_days AS "Delivery days", o.satisfaction_score AS "Score", o.segment AS "Segment",
        o.region AS "Region", o.age_group AS "Age group"
    FROM '{folder}/order_lines.parquet' l JOIN '{folder}/transactions.parquet' o USING (transaction_id)
    ORDER BY o.date, o.order_minute, o.transaction_id, l.line LIMIT {lines}
) TO '{file}' (HEADER)"""

_IMPORT = """
import sys
from pathlib import Path
from warehouse.importing import import_orders
from warehouse.mapping import Mapping

mapping = Mapping(
    layout="lines", order_id="Order id", date="Order date", customer="Customer id", product_id="Product id",
    product="Product", line_category="Category", quantity="Quantity", unit_price="Unit price", channel="Channel",
    payment_method="Payment", delivery_days="Delivery days", satisfaction_score="Score", segment="Segment",
    region="Region", age_group="Age group",
)
report = import_orders(Path(sys.argv[1]), Path(sys.argv[2]), mapping)
if report.accepted != int(sys.argv[3]):
    sys.exit(f"Not all lines were accepted: {report}")
"""
