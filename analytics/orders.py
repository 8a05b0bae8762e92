"""The door for order tables: an Ibis table of any engine, or a pandas frame, made ready for the analyses."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.shop import DIMENSIONS, NOT_STATED

REQUIRED = ("transaction_id", "date", "revenue")
_OPTIONAL = {
    "customer_id": "string",
    **dict.fromkeys(DIMENSIONS, "string"),
    "delivery_days": "int16",
    "satisfaction_score": "int8",
    "order_minute": "int16",
}


def as_orders(orders: ir.Table | pd.DataFrame) -> ir.Table:
    """One row per order or refund, with every column that the analyses read.

    Parameters
    ----------
    orders : table or frame with ``transaction_id``, ``date`` (a day) and ``revenue`` (the shop's currency, negative
        for refunds), and as many of ``customer_id``, the dimensions, ``delivery_days`` and ``satisfaction_score``
        as there are. A table that carries ``customer_key`` comes from the warehouse and is taken as it is, as is one
        of sums of orders (see ``summed``).

    Returns
    -------
    The rows with ``customer_key`` (missing for guests), ``first_order_on`` (day of the customer's first order) and
    ``is_repeat`` (an order that is not its customer's first) added, and missing members named.

    Raises
    ------
    ValueError : a required column is missing.
    """
    if isinstance(orders, ir.Table) and {"customer_key", "revenue_squared"} & set(orders.columns):
        return orders
    missing = [c for c in REQUIRED if c not in orders.columns]
    if missing:
        raise ValueError(f"orders: expected columns {', '.join(REQUIRED)}, got none named {', '.join(missing)}")
    table = ibis.memtable(_with_days(orders)) if isinstance(orders, pd.DataFrame) else orders
    table = table.mutate(
        date=table.date.cast("date"),
        revenue=table.revenue.cast("float64"),
        **{c: _column(table, c, kind) for c, kind in _OPTIONAL.items()},
    )
    return _with_history(table.mutate(**{d: table[d].fill_null(NOT_STATED) for d in DIMENSIONS}))


def _with_days(orders: pd.DataFrame) -> pd.DataFrame:
    """Text or timestamps to days, so that a frame read from anywhere will do; empty columns get no odd types."""
    days = pd.to_datetime(orders["date"]).dt.normalize()
    return orders.assign(date=days).dropna(axis="columns", how="all") if len(orders) else orders.assign(date=days)


def _column(table: ir.Table, name: str, kind: str) -> ir.Value:
    return table[name].cast(kind) if name in table.columns else ibis.null(kind)


def _with_history(table: ir.Table) -> ir.Table:
    """A customer's first order is the earliest by day; orders of one day keep the order of their ids."""
    is_order = (table.revenue >= 0) & table.customer_id.notnull()
    own = ibis.window(group_by=[table.customer_id, is_order], order_by=[table.date, table.transaction_id])
    first = table.date.first().over(own)
    return table.mutate(
        customer_key=table.customer_id,
        first_order_on=ibis.ifelse(is_order, first, ibis.null("date")),
        is_repeat=is_order & (ibis.row_number().over(own) > 0),
    )


def customer_ids(customers: ir.Table | pd.DataFrame) -> ir.Table:
    """``customer_key`` and ``customer_id`` of each customer; where orders carry no keys the ids are the keys."""
    table = ibis.memtable(customers[["customer_id"]]) if isinstance(customers, pd.DataFrame) else customers
    key = table.customer_key if "customer_key" in table.columns else table.customer_id
    return table.select(customer_key=key, customer_id=table.customer_id.cast("string"))
