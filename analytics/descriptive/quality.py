"""How good the data are: what is missing, how far values range, how fresh the newest day is."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.orders import as_orders
from analytics.periods import day_label
from analytics.shop import DIMENSIONS, NOT_STATED, Shop

_NUMBERS = ("revenue", "delivery_days", "satisfaction_score")
_WITHOUT = {
    "customer_key": "guests: customers, repeat rate and everything about customers leave them out",
    "satisfaction_score": "satisfaction rests on the others alone",
    "delivery_days": "delivery times rest on the others alone",
    "order_minute": "no clock time: staffing by the hour and partial last days rest on the others",
}


@dataclass(frozen=True)
class DataQuality:
    """What is known of the data's quality.

    ``columns`` has one row per column: ``column``, ``missing`` (share of orders, 0–1), ``lowest``, ``highest``,
    ``members`` (of a dimension) and ``consequence``, what missing values mean for the pages.
    """

    columns: pd.DataFrame
    freshness: str
    oddities: tuple[str, ...]


def data_quality(orders: ir.Table | pd.DataFrame, shop: Shop, on: date) -> DataQuality:
    """What is missing in the orders, how far their values range, and how fresh they are.

    Parameters
    ----------
    orders : all rows of the shop.
    on : the day it is asked, to tell the age of the newest day.
    """
    rows = as_orders(orders)
    placed = rows.filter(rows.revenue >= 0)
    optional = ("customer_key", "satisfaction_score", "delivery_days", "order_minute")
    counted = placed.agg(
        rows=placed.count(),
        free=(placed.revenue == 0).sum(),
        **{f"has_{c}": placed[c].count() for c in optional},
        **{f"has_{d}": (placed[d].cast("string") != NOT_STATED).sum() for d in DIMENSIONS},
    )
    counted_rows = {"revenue": None}  # refunds are amounts; a score or delivery days that one carries are no order's
    ranges = rows.agg(
        **{
            f"{edge}_{c}": getattr(rows[c], edge)(where=counted_rows.get(c, rows.revenue >= 0))
            for c in _NUMBERS
            for edge in ("min", "max")
        }
    )
    seen = pd.concat([collected(counted).fillna(0).iloc[0], collected(ranges).iloc[0]])
    columns = [_column(c, seen, shop) for c in (*_NUMBERS, "customer_key", "order_minute", *DIMENSIONS)]
    return DataQuality(pd.DataFrame(columns), _freshness(shop, on), tuple(_oddities(rows, seen, shop)))


def _column(column: str, seen: pd.Series, shop: Shop) -> dict:
    has = seen.get(f"has_{column}", seen["rows"])
    members = shop.members.get(column)
    return {
        "column": {"customer_key": "customer_id"}.get(column, column),
        "missing": 1 - has / seen["rows"] if seen["rows"] else float("nan"),
        "lowest": seen.get(f"min_{column}", float("nan")),
        "highest": seen.get(f"max_{column}", float("nan")),
        "members": len([m for m in members if m != NOT_STATED]) if members else None,
        "consequence": _consequence(column, has, seen["rows"]),
    }


def _consequence(column: str, has: int, rows: int) -> str:
    if has == rows:
        return ""
    if not has:
        return "not in this shop's data: what needs it says so"
    return _WITHOUT.get(column, f"shown as “{NOT_STATED}”")


def _freshness(shop: Shop, on: date) -> str:
    partial = "" if shop.last_day == shop.today else f" ({day_label(shop.last_day)} is only partly in the data)"
    age = (on - shop.today).days
    old = f"{age:,} days ago" if age > 1 else "yesterday" if age == 1 else "today"
    return f"The last complete day is {day_label(shop.today)}{partial}, {old}."


def _oddities(rows: ir.Table, seen: pd.Series, shop: Shop) -> list[str]:
    """What a careful analyst would want to know before trusting a total."""
    found = []
    refunds = collected(rows.agg(n=(rows.revenue < 0).sum(), value=-rows.revenue.sum(where=rows.revenue < 0))).iloc[0]
    if refunds["n"]:
        found.append(f"{int(refunds['n']):,} refunds or cancellations lower revenue on their day; they are not orders.")
    if seen["free"]:
        found.append(f"{int(seen['free']):,} orders are worth nothing; they count as orders.")
    closed = _closed_weekdays(rows, shop)
    if closed:
        found.append(f"No orders at all on {', '.join(closed)}: the shop seems closed then.")
    return found


def _closed_weekdays(rows: ir.Table, shop: Shop) -> list[str]:
    if (shop.last_day - shop.first_day).days < 28:
        return []
    per_day = collected(rows.filter(rows.revenue >= 0).group_by("date").agg(n=lambda day: day.count()))
    weekdays = pd.to_datetime(per_day["date"]).dt.day_name()
    counted = per_day["n"].groupby(weekdays).sum()
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return [f"{day}s" for day in names if counted.get(day, 0) < 0.001 * per_day["n"].sum()]
