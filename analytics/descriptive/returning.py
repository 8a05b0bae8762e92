"""New against returning customers: who the revenue of each week or month came from.

An order is *new* where it is its customer's first in the whole shop, *returning* where it is not, a *guest's* where it
names no customer. The three are taken before refunds, so that they add up to what orders brought in: a refund belongs
to an order of another day, and would make one part smaller for what another sold.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.descriptive.buckets import bucket_edges, bucket_of, complete_buckets
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_customers
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period, day_label
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
    edges = bucket_edges(filters.period, unit, shop.week_start)
    bucket = bucket_of(pd.DatetimeIndex(daily["date"]).to_numpy(), edges)
    sums = {
        part: np.bincount(bucket, np.nan_to_num(daily[part].to_numpy(dtype="float64")), len(edges)) for part in PARTS
    }
    buckets = pd.DataFrame({"start": edges, **sums})
    buckets["total"] = buckets[list(PARTS)].sum(axis=1)
    buckets["complete"] = complete_buckets(filters, shop, edges, unit)
    buckets["known"] = [max(edge, shop.first_day) >= shop.new_from for edge in edges]
    return RevenueByKind(unit, buckets, _sentence(buckets, shop), _notes(buckets, shop))


def _by_day(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    placed = rows.filter(rows.revenue >= 0)
    named = placed.customer_key.notnull()
    return placed.group_by("date").agg(
        new=placed.revenue.sum(where=named & ~placed.is_repeat),
        returning=placed.revenue.sum(where=named & placed.is_repeat),
        guests=placed.revenue.sum(where=~named),
    )


def _sentence(buckets: pd.DataFrame, shop: Shop) -> str:
    """Who the revenue came from, as far back as new and old can be told apart."""
    told = buckets[buckets["known"]]
    if told.empty:
        brought = formats.money(buckets["total"].sum(), shop.currency)
        return f"Orders brought in {brought} before refunds; from whom cannot be told so soon after the data begin."
    sums = told[[*PARTS, "total"]].sum()
    if sums["total"] <= 0:
        return "The orders in view are worth nothing: there are no shares."
    said = [
        f"{formats.percent(sums[part] / sums['total'])} ({formats.money(sums[part], shop.currency)}) from {who}"
        for part, who in (("returning", "returning customers"), ("new", "first orders"), ("guests", "guests"))
        if part != "guests" or sums["guests"] > 0
    ]
    listed = f"{', '.join(said[:-1])} and {said[-1]}"
    since = "" if len(told) == len(buckets) else f" from {day_label(told['start'].iloc[0])} on"
    return f"Of {formats.money(sums['total'], shop.currency)} before refunds{since}, {listed}."


def _notes(buckets: pd.DataFrame, shop: Shop) -> str:
    if buckets["known"].all():
        return ""
    return (
        f"Before {day_label(shop.new_from)} many customers look new who are not, because the data begin shortly "
        "before: those bars are pale."
    )
