"""Loading the generated demo shop: Parquet files in, a whole new database out."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import StoreError
from warehouse.replacing import replacing
from warehouse.settings import checked_settings, put_settings

TABLES_IN_ORDER = ("customers", "transactions", "order_lines", "marketing_spend", "campaign_contacts", "events")
"""Each names only rows of those before it."""

OPTIONAL = ("order_lines", "marketing_spend", "campaign_contacts", "events")

ROWS_PER_BATCH = 65_536

DERIVED = {"last_purchase_date", "days_since_purchase", "is_churned"}
"""Recomputed from the orders, whatever the files say."""


def load_demo(
    folder: Path,
    path: Path,
    *,
    progress: Callable[[float, str], None] | None = None,
    overwrite_foreign: bool = False,
) -> None:
    """Build the database at ``path`` from the demo files in ``folder``.

    Own orders in the old database are kept beside it. ``progress`` is told the share done, 0-1, and what is being done.

    Raises
    ------
    StoreError
        When files are missing or do not fit together; the old database is then unchanged.
    """
    folder = Path(folder)
    files = _files(folder)
    rows_in_all = sum(pq.read_metadata(file).num_rows for file in files.values()) or 1
    tell = progress or (lambda share, doing: None)
    rows_done = 0
    with replacing(path, overwrite_foreign=overwrite_foreign) as connection:
        put_settings(connection, {**_shop(folder), "is_demo": "1"})
        for table, file in files.items():
            for rows in _insert_file(connection, table, file):
                rows_done += rows
                tell(0.8 * rows_done / rows_in_all, f"Loading {table.replace('_', ' ')}")
        tell(0.8, "Building indexes and checking")
    tell(1.0, "Done")


def _files(folder: Path) -> dict[str, Path]:
    files = {table: folder / f"{table}.parquet" for table in TABLES_IN_ORDER}
    missing = [file.name for table, file in files.items() if table not in OPTIONAL and not file.exists()]
    if missing:
        raise StoreError(
            f"The demo data in {folder} lack {' and '.join(missing)}: make them with `python data_generation.py`."
        )
    return {table: file for table, file in files.items() if file.exists()}


def _shop(folder: Path) -> dict[str, str]:
    file = folder / "shop.json"
    if not file.exists():
        return {}
    facts = json.loads(file.read_text(encoding="utf-8"))
    known = ("shop_name", "currency", "time_zone", "week_start", "gross_margin", "churn_days")
    return checked_settings({key: facts[key] for key in known if key in facts})


def _insert_file(connection: sqlite3.Connection, table: str, file: Path) -> Iterator[int]:
    """Insert the file's columns that the table has; yields the number of rows of each batch as it is stored."""
    stored = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    with pq.ParquetFile(file) as source:
        columns = [name for name in source.schema_arrow.names if name in stored and name not in DERIVED]
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        for batch in source.iter_batches(ROWS_PER_BATCH, columns=columns):
            values = [_sqlite_values(batch.column(name)) for name in columns]
            try:
                connection.executemany(insert, zip(*values, strict=True))
            except sqlite3.IntegrityError as error:
                raise StoreError(
                    f"{file} does not fit the store ({error}): make it anew with `python data_generation.py`."
                ) from error
            yield batch.num_rows


def _sqlite_values(column: pa.Array) -> list:
    """Python values that SQLite stores as they are: days as ISO text, booleans as 0 and 1."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_date32(column.type):
        column = column.cast(pa.string())
    return column.to_pylist()
