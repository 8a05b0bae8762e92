"""The columnar read copy: a DuckDB file made from the store, one file per data version.

SQLite keeps the truth; reading a million rows of it for every click takes seconds. The copy answers
the same questions in milliseconds because it is columnar, sorted by date (whole blocks of other
periods are skipped), has an ENUM for each dimension and a dense integer for each customer, and of a
large shop keeps sums by day and members beside the orders (see ``daysums``).

It is never authoritative: a missing, stale or damaged copy is made again from the store. A file is
written under a temporary name and moved into place when whole; a copy in use stays readable by those
who have it open. After an append only the new rows are read.
"""

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import duckdb
from filelock import FileLock

from warehouse import store
from warehouse.connection import PROJECT_ROOT, version_of
from warehouse.errors import StoreError
from warehouse.schema import DIMENSIONS

if TYPE_CHECKING:
    import adbc_driver_sqlite.dbapi as arrow_sqlite

COPY_FORMAT = 3
"""Raised when the copy's tables change shape, or a part of a metric is defined anew: older files are not opened."""

NOT_STATED = "Not stated"
"""The member that stands for a missing value of a dimension, so that members always add up to the total."""

WORTH_SUMMING = 500_000
"""Fewer orders than this are added up in milliseconds as they are."""

LONGEST_BUILD_SECONDS = 1800
BATCH_ROWS = "65536"
COPY_MEMORY = "2GB"

_TEXT = "coalesce({0}, '') AS {0}"
_COUNT = "coalesce({0}, -1) AS {0}"


def read_copy(database: Path) -> Path:
    """The DuckDB file that holds exactly what the store holds now, made or brought up to date if need be.

    Parameters
    ----------
    database : the SQLite store.

    Returns
    -------
    A path whose name carries the data version: equal names mean equal content.

    Raises
    ------
    StoreError : the store cannot be read, or the copy cannot be written (no space, no permission).
    """
    copy = _copy_path(database, store.data_version(database))
    if copy.exists():
        return copy
    job = subprocess.run(
        [sys.executable, "-m", "warehouse.readcopy", str(database)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if job.returncode:
        raise StoreError(job.stderr.strip().rpartition("\n")[2] or f"The read copy of {database} could not be made.")
    return Path(job.stdout.strip())


def make_read_copy(database: Path) -> Path:
    """Make the copy of what the store holds now, in this process; ``read_copy`` runs it in one of its own.

    The Arrow driver brings a SQLite library of its own. Two of them in one process undo each other's locks: POSIX
    drops all of a process's locks on a file when any of its descriptors is closed. So whoever may write to the store
    must not have the driver in the same process. A process of its own also keeps the pages moving meanwhile.

    Raises
    ------
    StoreError : the store cannot be read, or the copy cannot be written.
    """
    folder = _copy_path(database, "any").parent
    try:
        folder.mkdir(exist_ok=True)
        with FileLock(folder / "building.lock", timeout=LONGEST_BUILD_SECONDS):
            copy = _copy_path(database, store.data_version(database))
            if not copy.exists():
                copy = _make(database, copy.parent)
                _remove_others(copy)
    except OSError as error:
        raise StoreError(
            f"The read copy in {folder} could not be written ({error.strerror or error}): "
            "free some disk space or make the folder writable, then reload."
        ) from error
    return copy


def is_whole(copy: Path) -> bool:
    """Whether every block of a copy can still be read from the disk, its checksum with it."""
    try:
        with duckdb.connect() as apart:  # a connection that serves readers may have the block in memory
            apart.execute("ATTACH {} AS copy (READ_ONLY)".format("'" + str(copy).replace("'", "''") + "'"))
            tables = apart.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'copy'").fetchall()
            for (table,) in tables:
                apart.execute(f"SELECT bit_xor(hash(rows)) FROM copy.{table} AS rows").fetchone()
    except duckdb.Error:
        return False
    return bool(tables)


def discard(copy: Path) -> None:
    """Remove a copy that turned out to be damaged; the next reader makes it again."""
    copy.unlink(missing_ok=True)


def _copy_path(database: Path, version: str) -> Path:
    plain = re.sub(r"[^\w.-]", "_", database.stem)  # DuckDB takes a question mark in a path for the start of options
    if plain != database.stem:
        plain += f"-{crc32(database.stem.encode()):08x}"
    return database.parent / f"{plain}.read" / _copy_name(version)


def _copy_name(version: str) -> str:
    return f"{version}.f{COPY_FORMAT}.duckdb"


def _make(database: Path, folder: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=folder, prefix="building-") as workshop, _snapshot(database) as source:
        facts = _facts(source)
        draft = Path(workshop) / "draft.duckdb"
        base = _appendable_base(folder, facts)
        try:
            made = base is not None and _append(base, draft, source, facts, workshop)
        except duckdb.Error:  # the older copy is damaged: start from nothing
            draft.unlink(missing_ok=True)
            made = False
        try:
            if not made:
                _build(draft, source, facts, workshop)
        except duckdb.IOException as error:
            raise OSError(str(error).splitlines()[0]) from error
        return draft.replace(_copy_path(database, version_of(facts)))


@contextlib.contextmanager
def _snapshot(database: Path) -> Iterator["arrow_sqlite.Connection"]:
    """One read transaction over the store: what is read belongs together though an import commits meanwhile."""
    import adbc_driver_sqlite.dbapi as arrow_sqlite  # by the process that makes a copy alone

    with store.reading(database):
        pass  # the one place that turns a missing, foreign or corrupt file into a sentence
    with contextlib.ExitStack() as held:
        with store.door(database):  # nobody swaps the file between its opening and the first read of its log
            source = held.enter_context(arrow_sqlite.connect(f"{database.resolve().as_uri()}?mode=ro"))
            _facts(source)  # begins the transaction
        yield source


def _facts(source: "arrow_sqlite.Connection") -> dict[str, str]:
    with source.cursor() as cursor:
        cursor.execute("SELECT key, value FROM settings")
        return dict(cursor.fetchall())


def _appendable_base(folder: Path, facts: dict[str, str]) -> Path | None:
    """The newest copy from which today's store differs by appended rows alone."""
    states = reversed(facts.get("lineage", "").split())
    copies = (folder / _copy_name(f"{facts['store_id']}-{state}") for state in states)
    return next((copy for copy in copies if copy.exists()), None)


def _build(draft: Path, source: "arrow_sqlite.Connection", facts: dict[str, str], workshop: str) -> None:
    with _open(draft, workshop) as copy:
        _load(copy, source, "staged_customers", _CUSTOMERS)
        copy.execute(
            "CREATE TABLE customers AS SELECT row_number() OVER (ORDER BY customer_id)::INTEGER AS customer_key, * "
            f"FROM ({_CUSTOMERS_TYPED})"
        )
        _load(copy, source, "staged_orders", _ORDERS.format(after=-1))
        for dimension in DIMENSIONS:
            copy.execute(
                f"CREATE TYPE {dimension}_member AS ENUM (SELECT {_member(dimension)} FROM staged_orders "
                f"UNION SELECT '{NOT_STATED}' ORDER BY 1)"
            )
        copy.execute(f"CREATE TABLE orders AS {_ORDERS_TYPED} ORDER BY o.date, o.order_minute, o.transaction_key")
        _load(copy, source, "staged_lines", _LINES.format(after=-1))
        copy.execute(f"CREATE TABLE order_lines AS {_LINES_TYPED}")
        _finish(copy, source, facts)


def _append(base: Path, draft: Path, source: "arrow_sqlite.Connection", facts: dict[str, str], workshop: str) -> bool:
    """Bring an older copy up to date; False where a dimension has a new member, which needs a whole build."""
    shutil.copyfile(base, draft)
    with _open(draft, workshop) as copy:
        last = copy.execute("SELECT coalesce(max(transaction_key), -1) FROM orders").fetchone()[0]
        _load(copy, source, "staged_orders", _ORDERS.format(after=last))
        for dimension in DIMENSIONS:
            new = copy.execute(
                f"SELECT count(*) FROM staged_orders WHERE {_member(dimension)} NOT IN "
                f"(SELECT unnest(enum_range(NULL::{dimension}_member))::VARCHAR)"
            ).fetchone()[0]
            if new:
                break
        else:
            new = 0
        if not new:
            _append_rows(copy, source, last, facts)
    if new:
        draft.unlink()
    return not new


def _append_rows(copy: duckdb.DuckDBPyConnection, source: "arrow_sqlite.Connection", last: int, facts: dict) -> None:
    _load(copy, source, "staged_customers", _CUSTOMERS)
    copy.execute("CREATE TEMP TABLE known AS SELECT customer_id, customer_key FROM customers")
    copy.execute(
        "CREATE OR REPLACE TABLE customers AS SELECT coalesce(k.customer_key, "
        "(SELECT coalesce(max(customer_key), 0) FROM known) + row_number() OVER "
        "(PARTITION BY k.customer_key IS NULL ORDER BY c.customer_id))::INTEGER AS customer_key, c.* "
        f"FROM ({_CUSTOMERS_TYPED}) c LEFT JOIN known k USING (customer_id)"
    )
    copy.execute(f"INSERT INTO orders {_ORDERS_TYPED} ORDER BY o.date, o.order_minute, o.transaction_key")
    copy.execute(  # an appended order may be older than those known: its customer's first order moves
        "UPDATE orders SET first_order_on = now.first_order_on, is_repeat = now.is_repeat FROM ("
        "  SELECT o.transaction_key, c.first_purchase_date AS first_order_on, "
        "    coalesce(o.revenue >= 0 AND o.transaction_id <> c.first_transaction_id, false) AS is_repeat "
        "  FROM orders o JOIN customers c USING (customer_key)) now "
        "WHERE now.transaction_key = orders.transaction_key AND (orders.first_order_on, orders.is_repeat) "
        "IS DISTINCT FROM (now.first_order_on, now.is_repeat)"
    )
    _load(copy, source, "staged_lines", _LINES.format(after=last))
    copy.execute(f"INSERT INTO order_lines {_LINES_TYPED}")
    _finish(copy, source, facts)


@contextlib.contextmanager
def _open(draft: Path, workshop: str) -> Iterator[duckdb.DuckDBPyConnection]:
    config = {"memory_limit": COPY_MEMORY, "temp_directory": workshop, "preserve_insertion_order": True}
    copy = duckdb.connect(draft, config=config)
    try:
        yield copy
    finally:
        copy.close()


def _load(copy: duckdb.DuckDBPyConnection, source: "arrow_sqlite.Connection", table: str, query: str) -> None:
    """Stream a query's rows from SQLite into a table, a batch in memory at a time.

    The driver takes each column's type from the first batch, so the queries leave no NULL in a column.
    """
    with source.cursor() as cursor:
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": BATCH_ROWS})
        cursor.execute(query)
        batches = cursor.fetch_record_batch()  # noqa: F841 - read by name in the next line
        copy.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM batches")


def _finish(copy: duckdb.DuckDBPyConnection, source: "arrow_sqlite.Connection", facts: dict[str, str]) -> None:
    for table, columns in _SMALL_TABLES.items():
        _load(copy, source, f"staged_{table}", f"SELECT {columns[0]} FROM {table}")
        copy.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {columns[1]} FROM staged_{table}")
    copy.execute("CREATE OR REPLACE TABLE shop (key VARCHAR, value VARCHAR)")
    copy.executemany("INSERT INTO shop VALUES (?, ?)", sorted(facts.items()))
    with source.cursor() as cursor:
        cursor.execute("SELECT count(*), total(revenue) FROM transactions")
        wanted = cursor.fetchone()
    rows, revenue = copy.execute("SELECT count(*), coalesce(sum(revenue), 0) FROM orders").fetchone()
    if rows >= WORTH_SUMMING:
        from warehouse.daysums import make_sums  # brings Ibis along, which a small shop need not wait for

        make_sums(copy)
    if rows != wanted[0] or abs(revenue - wanted[1]) > 1e-6 * max(1.0, abs(wanted[1])):
        raise duckdb.DataError(f"the copy holds {rows} rows and {revenue}, the store {wanted[0]} and {wanted[1]}")


def _remove_others(copy: Path) -> None:
    for other in copy.parent.glob("*.duckdb*"):
        if other != copy and not other.is_dir():  # a folder: a reader of that copy is spilling into it
            with contextlib.suppress(PermissionError):  # where open files cannot be removed, the next build does it
                other.unlink(missing_ok=True)


def _member(dimension: str) -> str:
    return f"coalesce(nullif({dimension}::VARCHAR, ''), '{NOT_STATED}')"


def _text(column: str) -> str:
    """Text again: of a table without rows the driver cannot know the types, and says integer."""
    return f"nullif({column}::VARCHAR, '') AS {column}"


def _day(column: str) -> str:
    return f"nullif({column}::VARCHAR, '')::DATE AS {column}"


_CUSTOMERS = "SELECT customer_id, {}, {} FROM customers".format(
    ", ".join(
        _TEXT.format(c)
        for c in (
            "segment",
            "region",
            "acquisition_date",
            "age_group",
            "last_purchase_date",
            "first_purchase_date",
            "first_transaction_id",
        )
    ),
    ", ".join(_COUNT.format(c) for c in ("days_since_purchase", "is_churned", "order_count")),
)
_CUSTOMERS_TYPED = f"""
    SELECT customer_id::VARCHAR AS customer_id, {_member("segment")} AS segment, {_member("region")} AS region,
        {_day("acquisition_date")}, {_member("age_group")} AS age_group, {_day("last_purchase_date")},
        nullif(days_since_purchase, -1)::INTEGER AS days_since_purchase, nullif(is_churned, -1)::BOOLEAN AS is_churned,
        {_day("first_purchase_date")}, {_text("first_transaction_id")}, order_count::INTEGER AS order_count
    FROM staged_customers"""

_ORDERS = (
    "SELECT rowid AS transaction_key, transaction_id, date, revenue, {texts}, {counts} "
    "FROM transactions WHERE rowid > {{after}}"
).format(
    texts=", ".join(_TEXT.format(c) for c in ("customer_id", *DIMENSIONS)),
    counts=", ".join(_COUNT.format(c) for c in ("delivery_days", "satisfaction_score", "order_minute")),
)
_ORDERS_TYPED = f"""
    SELECT o.transaction_key::INTEGER AS transaction_key, o.transaction_id::VARCHAR AS transaction_id, c.customer_key,
        o.date::VARCHAR::DATE AS date, o.revenue::DOUBLE AS revenue,
        {", ".join(f"{_member('o.' + d)}::{d}_member AS {d}" for d in DIMENSIONS)},
        nullif(o.delivery_days, -1)::SMALLINT AS delivery_days,
        nullif(o.satisfaction_score, -1)::TINYINT AS satisfaction_score,
        nullif(o.order_minute, -1)::SMALLINT AS order_minute, c.first_purchase_date AS first_order_on,
        coalesce(o.revenue >= 0 AND o.transaction_id <> c.first_transaction_id, false) AS is_repeat
    FROM staged_orders o LEFT JOIN customers c ON c.customer_id = nullif(o.customer_id::VARCHAR, '')"""

_LINES = (
    "SELECT t.rowid AS transaction_key, line, {}, quantity, unit_price, coalesce(unit_cost, -1e300) AS unit_cost "
    "FROM order_lines l JOIN transactions t USING (transaction_id) WHERE t.rowid > {{after}}"
).format(
    ", ".join(f"coalesce(l.{c}, '') AS {c}" for c in ("product_id", "product", "category")),
)
_LINES_TYPED = f"""
    SELECT transaction_key::INTEGER AS transaction_key, line::INTEGER AS line, {_text("product_id")},
        {_text("product")}, {_member("category")} AS category, quantity::DOUBLE AS quantity,
        unit_price::DOUBLE AS unit_price, nullif(unit_cost, -1e300)::DOUBLE AS unit_cost
    FROM staged_lines"""

_SMALL_TABLES = {
    "marketing_spend": ("date, channel, spend", f"{_day('date')}, {_text('channel')}, spend::DOUBLE AS spend"),
    "campaign_contacts": (
        f"campaign, customer_id, contacted_on, treated, {_TEXT.format('offer')}, coalesce(cost, -1.0) AS cost",
        f"{_text('campaign')}, {_text('customer_id')}, {_day('contacted_on')}, treated::BOOLEAN AS treated, "
        f"{_text('offer')}, nullif(cost, -1)::DOUBLE AS cost",
    ),
    "events": (
        "start_date, end_date, label, kind",
        f"{_day('start_date')}, {_day('end_date')}, {_text('label')}, {_text('kind')}",
    ),
}
"""Per table: what is read from SQLite (no NULLs), and what is kept."""


def main(arguments: list[str]) -> int:
    """Make the copy of the database named, print its path; a fault is one sentence on standard error."""
    try:
        print(make_read_copy(Path(arguments[0])))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
