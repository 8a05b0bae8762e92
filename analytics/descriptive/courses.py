"""The courses that rules are judged on: metrics day by day, of the shop and of its members, with what was usual."""

from collections.abc import Iterable
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.followed import Followed, followed_series, followed_shares
from analytics.descriptive.usual import MOST_DAYS, Events, Usual, usual_of_several
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import ADDITIVE, DERIVED, DISTINCT, metric
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop
from analytics.summed import Sums, added_up, summed

MOST_MEMBERS = 60
"""Of a dimension with more members the biggest are watched."""
AFTERMATH_DAYS = 2
"""Days after a holiday or promotion that are expected to differ, too."""
EXPECTED_KINDS = ("holiday", "promotion")
"""Events that are meant to move the figures; an outage is not."""


@dataclass(frozen=True)
class Course:
    """A metric day by day, of the shop or of each member of a dimension, with what was usual.

    ``parts`` are arrays by series and day; ``members`` name the series, one empty name for the whole shop. Where it is
    ``relative``, each member's share of the shop's total is followed.
    """

    metric: str
    dimension: str
    relative: bool
    members: tuple[str, ...]
    left_out: int
    days: pd.DatetimeIndex
    parts: dict[str, np.ndarray]
    usual: Usual


def usual_course(
    orders: ir.Table | pd.DataFrame,
    calendar: pd.DataFrame,
    shop: Shop,
    key: str,
    dimension: str = "",
    relative: bool = False,
    sums: Sums = (),
) -> Course:
    """A metric of every complete day, of the shop or of each of its biggest members, with what was usual then.

    Parameters
    ----------
    orders : rows of the shop; all of them are looked at, whatever a page is filtered to.
    calendar : ``known_events``.
    dimension : empty for the whole shop.
    relative : follow each member's share of the shop's count, which a rise of the whole shop leaves as it is.
    sums : of the same orders, if there are any.

    Raises
    ------
    NotEnoughData : no order is there, or the orders do not carry the dimension.
    """
    return usual_courses(orders, calendar, shop, [(key, dimension, relative)], sums)[0]


def usual_courses(
    orders: ir.Table | pd.DataFrame,
    calendar: pd.DataFrame,
    shop: Shop,
    watched: Iterable[tuple[str, str, bool]],
    sums: Sums = (),
) -> list[Course]:
    """The same of several metrics and dimensions, followed day by day together, which takes a fraction of the time.

    Parameters
    ----------
    watched : metric, dimension and whether it is relative, of each.

    Raises
    ------
    NotEnoughData : as ``usual_course``, of any of them.
    """
    days = pd.date_range(shop.first_day, shop.today)[-MOST_DAYS:]
    if days.empty:
        raise NotEnoughData("No day of this shop is complete yet: rules begin to judge when the first one is over.")
    prepared = [(asked, *_series(orders, shop, days, *asked, sums)) for asked in watched]
    calendar_days = days.union(days[-1:] + pd.Timedelta(days=1))
    followed = [series for *_, series in prepared]
    usual = usual_of_several(followed, days, known_disturbances(calendar, calendar_days))
    return [
        Course(*asked, members, left_out, days, parts, one)
        for (asked, members, left_out, parts, _), one in zip(prepared, usual, strict=True)
    ]


def _series(
    orders: ir.Table | pd.DataFrame,
    shop: Shop,
    days: pd.DatetimeIndex,
    key: str,
    dimension: str,
    relative: bool,
    sums: Sums,
) -> tuple[tuple[str, ...], int, dict[str, np.ndarray], Followed]:
    """The members watched, how many are left out, the metric's parts by series and day, and what is followed."""
    if dimension and dimension not in shop.members:
        raise NotEnoughData(f"This shop's orders carry no {dimension.replace('_', ' ')}: watch the whole shop.")
    measured = metric(key)
    members = shop.members[dimension][:MOST_MEMBERS] if dimension else ("",)
    left_out = len(shop.members[dimension]) - len(members) if dimension else 0
    needed = {"orders", *measured.parts, *((measured.spread,) if measured.spread else ())}
    needed |= {"revenue_squared", "sales_squared"} if "refunds" in needed else set()
    rows = orders if needed & set(DISTINCT) else summed(orders, sums, (dimension,) if dimension else ())
    parts = parts_by_day(rows, shop, dimension, members, days, needed)
    if not relative:
        return members, left_out, parts, followed_series(measured, parts)
    whole = parts_by_day(rows, shop, "", ("",), days, {measured.numerator})[measured.numerator]
    parts["total"] = np.broadcast_to(whole, parts[measured.numerator].shape)
    return members, left_out, parts, followed_shares(parts[measured.numerator], parts["total"][0])


def parts_by_day(
    orders: ir.Table | pd.DataFrame,
    shop: Shop,
    dimension: str,
    members: tuple[str, ...],
    days: pd.DatetimeIndex,
    needed: set[str],
    kept: Filters | None = None,
) -> dict[str, np.ndarray]:
    """Parts of metrics by day, of the shop (one empty name) or of some members of a dimension.

    Parameters
    ----------
    days : consecutive days.
    kept : filters whose members alone are counted, over whatever time.

    Returns
    -------
    By part: a row per member, a column per day; 0 where there is nothing.
    """
    asked = tuple(sorted((needed | ({"sales", "revenue"} if needed & set(DERIVED) else set())) - set(DERIVED)))
    everything = Filters(Period(days[0].date(), days[-1].date()), "none", **(kept.members if kept else {}))
    shape = {"dimension": dimension, "parts": asked, "keys": shop.customer_keys}
    counted = collected_within(_by_day, orders, everything, {"value": everything.period}, **shape)
    row = pd.Index(members).get_indexer(counted["member"].astype(str)) if dimension else np.zeros(len(counted), int)
    column = days.get_indexer(pd.DatetimeIndex(counted["date"]))
    there = (row >= 0) & (column >= 0)
    parts = {part: np.zeros((len(members), len(days))) for part in asked}
    for part in asked:
        parts[part][row[there], column[there]] = counted[part].to_numpy(dtype="float64", na_value=0.0)[there]
    return parts | {name: derived(parts) for name, derived in DERIVED.items() if name in needed}


def _by_day(rows: ir.Table, periods: dict[str, Period], dimension: str, parts: tuple[str, ...], keys: int) -> ir.Table:
    every = rows.revenue.notnull()
    counted = {p: added_up(rows, p) if p in ADDITIVE else DISTINCT[p](rows, every, keys) for p in parts}
    by = {"date": rows.date} | ({"member": rows[dimension].cast("string")} if dimension else {})
    return rows.group_by(**by).agg(**counted)


def known_disturbances(calendar: pd.DataFrame, days: pd.DatetimeIndex) -> Events:
    """The holidays and promotions of the calendar, and the days after each, which are often slow, as events too.

    An event that ends before it begins is none.
    """
    meant = calendar[calendar["kind"].isin(EXPECTED_KINDS)]
    starts, ends = (pd.to_datetime(meant[c]).to_numpy().astype("M8[D]") for c in ("start_date", "end_date"))
    at = days.to_numpy().astype("M8[D]")[:, None]
    during = (at >= starts) & (at <= ends)
    after = (at > ends) & (at <= ends + AFTERMATH_DAYS) & (ends >= starts)
    active = np.concatenate([during, after & ~during.any(axis=1, keepdims=True)], axis=1)
    labels, sorts = (np.r_[meant[c], "after " + meant[c].astype(object)].astype(object) for c in ("label", "kind"))
    changes = np.r_[True, (active[1:] != active[:-1]).any(axis=1)]
    number = np.where(active.any(axis=1), np.cumsum(changes), 0)
    first = {int(number[day]): active[day] for day in np.flatnonzero(changes & (number > 0))}
    names, kinds = ({n: frozenset(told[seen]) for n, seen in first.items()} for told in (labels, sorts))
    return Events(number, names, kinds)
