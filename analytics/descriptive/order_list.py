"""The orders themselves, row by row, for whoever wants to go on with them elsewhere."""

import calendar
from dataclasses import replace
from datetime import date, timedelta

import ibis.expr.types as ir
import pandas as pd

from analytics.filters import Filters, in_period
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop

ABOUT_AN_ORDER = ("transaction_id", "customer_id", "date", "revenue")
OPTIONAL = ("delivery_days", "satisfaction_score")


def orders_in_view(orders: ir.Table, customers: ir.Table, filters: Filters, shop: Shop) -> ir.Table:
    """Every order and refund that the filters keep.

    An expression, not a frame: there may be more rows than one wants in memory.

    Parameters
    ----------
    orders, customers : tables of the warehouse.

    Returns
    -------
    One row per order or refund, by day: ``transaction_id``, ``customer_id`` (as it is stored; missing for guests),
    ``date``, ``revenue`` (the shop's currency, refunds negative), the dimensions and optional columns that this
    shop's orders carry.
    """
    seen = filters.within(orders)
    seen = seen.filter(in_period(seen, filters.period))
    known = seen.left_join(customers.select("customer_key", "customer_id"), "customer_key")
    carried = [column for column in OPTIONAL if column in shop.has]
    rows = known.order_by("date", "transaction_key")
    return rows.select(*ABOUT_AN_ORDER, *shop.dimensions(), *carried)


def rows_in_view(orders: ir.Table | pd.DataFrame, filters: Filters) -> int:
    """How many orders and refunds the filters keep."""
    return int(collected_within(_counted, orders, filters, {"view": filters.period})["rows"].iloc[0])


def _counted(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    return rows.agg(rows=rows.count())


def month_by_month(filters: Filters) -> list[Filters]:
    """The same view cut into calendar months, earliest first: pieces that are small however much there is.

    >>> f = Filters(Period(date(2026, 1, 30), date(2026, 3, 1)), compare="none")
    >>> [piece.period.label() for piece in month_by_month(f)]
    ['30 Jan – 31 Jan 2026', '1 Feb – 28 Feb 2026', '1 Mar 2026']
    """
    pieces, start = [], filters.period.start
    while start <= filters.period.end:
        end = min(_last_of_month(start), filters.period.end)
        pieces.append(replace(filters, period=Period(start, end)))
        start = end + timedelta(1)
    return pieces


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
