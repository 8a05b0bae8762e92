"""Orders already added up by day and members: of a large shop, what adds up is asked of these and not of every order.

A warehouse may keep such tables beside the orders. Each has ``date``, some dimensions and a column per part of
``metrics.ADDITIVE``, and is as much smaller than the orders as there are orders a day of equal members. Distinct
customers do not add up and are always counted from the orders.
Source: aggregate navigation (Kimball & Ross, The Data Warehouse Toolkit).
"""

from collections.abc import Iterable

import ibis.expr.types as ir
import pandas as pd

from analytics.metrics import ADDITIVE

Sums = tuple[ir.Table, ...]
"""The tables of sums that a warehouse has; none for small shops and for frames."""


def summed(orders: ir.Table | pd.DataFrame, sums: Sums, dimensions: Iterable[str]) -> ir.Table | pd.DataFrame:
    """The first table of sums that tells these dimensions apart; the orders themselves where there is none."""
    return next((table for table in sums if set(dimensions) <= set(table.columns)), orders)


def added_up(rows: ir.Table, part: str) -> ir.Scalar:
    """A part of metrics that adds up, of orders or of sums of orders."""
    return rows[part].sum() if part in rows.columns else ADDITIVE[part](rows)


def sums_by_day(orders: ir.Table, dimensions: Iterable[str]) -> ir.Table:
    """The table of sums that tells these dimensions apart, as an expression over the orders of a warehouse.

    Returns
    -------
    One row per day and combination of members that occurs; parts as reals, which are exact to 2**53 where they count.
    """
    parts = {part: sum_of(orders).cast("float64") for part, sum_of in ADDITIVE.items()}
    return orders.group_by("date", *dimensions).agg(**parts).order_by("date", *dimensions)
