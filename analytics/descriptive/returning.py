"""New against returning customers: who the revenue of each week or month came from.

An order is *new* where it is its customer's first in the whole shop, *returning* where it is not, a *guest's* where it
names no customer. The three are taken before refunds, so that they add up to what orders brought in: a refund belongs
to an order of another day, and would make one part smaller for what another sold.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_customers
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period, bucket_end, bucket_start, day_label
from analytics.questions import collected_within
from analytics.shop import Shop

PARTS = {"new": "New customers", "returning": "Returning customers", "guests": "Guests"}
UNITS = ("week", "month")


@dataclass(frozen=True)
class RevenueByKind:
    """Revenue before refunds by who ordered.

    ``buckets`` has one row per week or month of the period, in order: ``start`` (its first day inside the period),
    ``new``, ``returning``, ``guests`` (the shop's currency), ``total``, ``complete`` (False where the period or the
    data cut it) and ``known`` (False where new cannot be told from old, because the data begin shortly before).
    """

    unit: str
    buckets: pd.DataFrame
    sentence: str
    notes: str

    @property
    def explained(self) -> str:
        """How the figures come about."""
        return (
            f"Revenue of orders before refunds, by {self.unit}: a customer's first order in the whole shop is new, "
            "every later one returning, an order without a customer a guest's. The three add up to all orders."
        )


def revenue_by_kind(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, unit: str = "month"
) -> RevenueByKind:
    """What first orders, later orders and guests brought in, by week or month of the period, before refunds.

    Parameters
    ----------
    orders : rows of the shop.
    unit : week or month.

    Raises
    ------
    ValueError : unknown unit.
    NotEnoughData : no order matches the filters.
    """
    if unit not in UNITS:
        raise ValueError(f"unit: expected one of {', '.join(UNITS)}, got {unit!r}")
    need_customers(shop)
    daily = collected_within(_by_day, orders, filters, {"value": filters.period})
    if daily.empty:
        raise NotEnoughData(nothing_matches(filters))
    edges = _edges(filters.period, unit, shop.week_start)
    days = pd.DatetimeIndex(daily["date"]).to_numpy()
    bucket = np.searchsorted(pd.DatetimeIndex(edges).to_numpy(), days, side="right") - 1
    sums = {
        part: np.bincount(bucket, np.nan_to_num(daily[part].to_numpy(dtype="float64")), len(edges)) for part in PARTS
    }
    known_from = shop.known_from or shop.first_day
    buckets = pd.DataFrame({"start": edges, **sums})
    buckets["total"] = buckets[list(PARTS)].sum(axis=1)
    buckets["complete"] = [_is_whole(edge, unit, filters.period, shop) for edge in edges]
    buckets["known"] = [edge >= known_from for edge in edges]
    return RevenueByKind(unit, buckets, _sentence(buckets, shop), _notes(buckets, known_from))


def _by_day(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    placed = rows.filter(rows.revenue >= 0)
    named = placed.customer_key.notnull()
    return placed.group_by("date").agg(
        new=placed.revenue.sum(where=named & ~placed.is_repeat),
        returning=placed.revenue.sum(where=named & placed.is_repeat),
        guests=placed.revenue.sum(where=~named),
    )


def _edges(period: Period, unit: str, week_start: str) -> list[date]:
    """The first days, inside the period, of the weeks or months that it touches."""
    edges = [period.start]
    while (after := bucket_end(bucket_start(edges[-1], unit, week_start), unit) + timedelta(1)) <= period.end:
        edges.append(after)
    return edges


def _is_whole(edge: date, unit: str, period: Period, shop: Shop) -> bool:
    start = bucket_start(edge, unit, shop.week_start)
    return start >= period.start and bucket_end(start, unit) <= min(period.end, shop.today)


def _sentence(buckets: pd.DataFrame, shop: Shop) -> str:
    sums = buckets[[*PARTS, "total"]].sum()
    if sums["total"] <= 0:
        return "The orders in view are worth nothing: there are no shares."
    said = [
        f"{formats.percent(sums[part] / sums['total'])} ({formats.money(sums[part], shop.currency)}) from {who}"
        for part, who in (("returning", "returning customers"), ("new", "first orders"), ("guests", "guests"))
        if part != "guests" or sums["guests"] > 0
    ]
    listed = f"{', '.join(said[:-1])} and {said[-1]}"
    return f"Of {formats.money(sums['total'], shop.currency)} before refunds, {listed}."


def _notes(buckets: pd.DataFrame, known_from: date) -> str:
    if buckets["known"].all():
        return ""
    return (
        f"Before {day_label(known_from)} many customers look new who are not, because the data begin shortly before: "
        "those bars are pale."
    )
