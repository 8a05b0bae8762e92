"""The read copy's tables of sums: a large shop's orders added up by day and members (see ``analytics.summed``).

There are two, because all dimensions together tell nearly every order apart and sum up nothing. Both have those that
pages are filtered by; the others are divided between them. A dimension with too many members for its table to stay
small is left out of it, and questions about it are answered from the orders.
"""

import duckdb
import ibis

from analytics.summed import sums_by_day
from warehouse.schema import DIMENSIONS

DAY_SUMS = {
    "sums_by_trade": ("region", "segment", "category", "channel"),
    "sums_by_buyer": ("region", "segment", "payment_method", "age_group"),
}
"""By table: the dimensions it tells apart, those first that are kept first."""

SMALLER = 10
"""How many times as many orders as rows there must be for a table to be worth its place."""


def make_sums(copy: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of sums anew from the copy's orders, or take away those that are not worth their place."""
    orders = copy.execute("SELECT count(*) FROM orders").fetchone()[0]
    for table, wanted in DAY_SUMS.items():
        kept = _kept(copy, wanted, orders // SMALLER)
        if kept:
            copy.execute(f"CREATE OR REPLACE TABLE {table} AS {sums_query(kept)}")
        else:
            copy.execute(f"DROP TABLE IF EXISTS {table}")


def sums_query(dimensions: tuple[str, ...]) -> str:
    """The SQL that adds the copy's orders up by day and some dimensions."""
    orders = ibis.table(_COLUMNS | dict.fromkeys(DIMENSIONS, "string"), name="orders")
    return ibis.to_sql(sums_by_day(orders, dimensions), dialect="duckdb")


def _kept(copy: duckdb.DuckDBPyConnection, wanted: tuple[str, ...], most: int) -> tuple[str, ...]:
    """As many of the dimensions as leave at most so many rows."""
    kept: tuple[str, ...] = ()
    for dimension in wanted:
        tried = (*kept, dimension)
        combinations = f"SELECT approx_count_distinct((date, {', '.join(tried)})) FROM orders"
        if copy.execute(combinations).fetchone()[0] <= most:
            kept = tried
    return kept


_COLUMNS = {
    "date": "date",
    "customer_key": "int32",
    "revenue": "float64",
    "delivery_days": "int16",
    "satisfaction_score": "int8",
    "is_repeat": "boolean",
}
"""What the parts of metrics are made of."""
