"""Delivery and coming back: of customers whose first order took so many days, how many ordered again.

Only first orders old enough to be judged count: one placed last week had no time to be followed by another. As with
cohorts, filters choose customers by their first order, all their later orders count, and the period's end is the day as
of which is looked.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import wilson_interval
from analytics.collect import collected
from analytics.descriptive.needs import need_customers
from analytics.diagnostic.day_groups import day_groups
from analytics.diagnostic.drivers import points
from analytics.diagnostic.rank_correlation import Correlation, dummies, rank_correlation
from analytics.diagnostic.scored_orders import CONTROLS, MOST_LEVELS, NO_DAYS
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.orders import as_orders
from analytics.periods import day_label
from analytics.shop import Shop

WITHIN = (30, 60, 90, 180)
"""Days after the first order in which the next must come, as offered."""
FEWEST_CUSTOMERS = 60
FEWEST_A_DAY = 30
"""First orders in all, and of a group of days."""
FEWEST_A_SIDE = 15
"""First orders on time, and late, below which the two are not held against each other."""


@dataclass(frozen=True)
class ComingBack:
    """Who ordered again, by delivery days of the first order.

    ``days`` has one row per day, few gathered: ``label``, ``day`` (mean), ``customers``, ``share`` (0–1) who ordered
    again in time, ``share_low`` and ``share_high``. ``sides`` has a row for on time and one for late with the same
    columns but the day. ``difference`` is late less on time, with its interval (missing where a side is too small).
    """

    within: int
    promise: int
    days: pd.DataFrame
    sides: pd.DataFrame
    difference: tuple[float, float, float]
    correlation: Correlation
    partial: Correlation
    sentence: str
    notes: str
    explained: str


def coming_back(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, promise: int, within: int = 90
) -> ComingBack:
    """Of first orders, the share followed by another within so many days, by their delivery days.

    Parameters
    ----------
    orders : rows of the shop.
    promise : delivery days up to which an order was on time.
    within : days, one of ``WITHIN``.

    Raises
    ------
    ValueError : another number of days.
    NotEnoughData : no customers, no delivery days, or too few first orders old enough.
    """
    if within not in WITHIN:
        raise ValueError(f"within: expected one of {', '.join(map(str, WITHIN))}, got {within}")
    need_customers(shop)
    if "delivery_days" not in shop.has:
        raise NotEnoughData(NO_DAYS)
    seen_to = min(filters.period.end, shop.today)
    counted = collected(_first_orders(as_orders(orders), filters, shop, seen_to, within))
    judged, counts = _judged(counted, shop, seen_to, within)
    number = int(judged["customers"].sum())
    if number < FEWEST_CUSTOMERS:
        raise NotEnoughData(_too_few(number, counts, within, seen_to))
    days, customers, again = (judged[c].to_numpy(dtype="float64") for c in ("days", "customers", "again"))
    sides = _sides(days, customers, again, promise)
    difference = _difference(sides)
    came = np.concatenate([np.ones(len(days)), np.zeros(len(days))])
    pairs = (np.tile(days, 2), came, np.concatenate([again, customers - again]))
    told = pairs[2] > 0
    pairs = tuple(part[told] for part in pairs)
    held = [np.tile(pd.factorize(judged[d])[0], 2)[told] for d in _controls(shop)]
    held = dummies([code for code in held if len(np.unique(code)) > 1])
    correlation, partial = rank_correlation(*pairs), rank_correlation(*pairs, held)
    return ComingBack(
        within,
        promise,
        _by_days(days, customers, again),
        sides,
        difference,
        correlation,
        partial,
        _sentence(sides, difference, correlation, within, promise),
        _notes(counts, number, within, seen_to, shop),
        _explained(within, partial, held is not None),
    )


def _controls(shop: Shop) -> list[str]:
    return [d for d in CONTROLS if 1 < len(shop.members.get(d, ())) <= MOST_LEVELS]


def _first_orders(rows: ir.Table, filters: Filters, shop: Shop, seen_to: date, within: int) -> ir.Table:
    """First orders by delivery days and members: how many, and how many were followed in time."""
    placed = rows.filter(rows.customer_key.notnull(), rows.revenue >= 0, rows.date <= ibis.date(seen_to.isoformat()))
    soon = placed.date.delta(placed.first_order_on, unit="day") <= within
    later = placed.filter(placed.is_repeat & soon).select("customer_key")
    first = filters.within(placed).filter(~placed.is_repeat)
    judged_to, known_from = seen_to - timedelta(within), shop.new_from
    marked = first.select(
        days=first.delivery_days,
        old=first.date <= ibis.date(judged_to.isoformat()),
        known=first.date >= ibis.date(known_from.isoformat()),
        came=first.customer_key.isin(later.customer_key),
        **{d: first[d].cast("string") for d in _controls(shop)},
    )
    return marked.group_by("days", "old", "known", *_controls(shop)).agg(
        customers=marked.count(), again=marked.count(where=marked.came)
    )


def _judged(counted: pd.DataFrame, shop: Shop, seen_to: date, within: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """The first orders that can be judged, and how many are left out for what."""
    size = counted["customers"]
    old, known, timed = counted["old"].astype(bool), counted["known"].astype(bool), counted["days"].notna()
    counts = {
        "all": int(size.sum()),
        "unknown": int(size[~known].sum()),
        "young": int(size[known & ~old].sum()),
        "untimed": int(size[known & old & ~timed].sum()),
    }
    return counted[known & old & timed], counts


def _too_few(number: int, counts: dict[str, int], within: int, seen_to: date) -> str:
    judged = (
        "No first order is"
        if not number
        else "Only 1 first order is"
        if number == 1
        else f"Only {number} first orders are"
    )
    return (
        f"{judged} known with delivery days and old enough to be judged ({within} days before {day_label(seen_to)}): "
        f"at least {FEWEST_CUSTOMERS} are needed. Choose fewer days, a later period or fewer filters."
    )


def _sides(days: np.ndarray, customers: np.ndarray, again: np.ndarray, promise: int) -> pd.DataFrame:
    rows = []
    for name, side in (("on time", days <= promise), ("late", days > promise)):
        rows.append({"label": name, "customers": customers[side].sum(), "again": again[side].sum()})
    return _with_shares(pd.DataFrame(rows))


def _with_shares(rows: pd.DataFrame) -> pd.DataFrame:
    low, high = wilson_interval(rows["again"].to_numpy(), rows["customers"].to_numpy())
    share = rows["again"] / rows["customers"].where(rows["customers"] > 0)
    rows = rows.assign(share=share, share_low=low, share_high=high, customers=rows["customers"].astype("int64"))
    return rows.drop(columns="again")


def _difference(sides: pd.DataFrame) -> tuple[float, float, float]:
    """Late less on time, with the interval that two of Wilson's make. Source: Newcombe (1998), method 10."""
    if sides["customers"].min() < FEWEST_A_SIDE:
        return np.nan, np.nan, np.nan
    on_time, late = (row for _, row in sides.iterrows())
    apart = late["share"] - on_time["share"]
    down = np.hypot(late["share"] - late["share_low"], on_time["share_high"] - on_time["share"])
    up = np.hypot(late["share_high"] - late["share"], on_time["share"] - on_time["share_low"])
    return float(apart), float(apart - down), float(apart + up)


def _by_days(days: np.ndarray, customers: np.ndarray, again: np.ndarray) -> pd.DataFrame:
    """By group of days: those with few first orders join the next, the last ones those before."""
    group, labels = day_groups(days, customers, FEWEST_A_DAY)
    total = np.bincount(group, customers)
    rows = {"label": labels, "day": np.bincount(group, customers * days) / total, "customers": total}
    return _with_shares(pd.DataFrame(rows | {"again": np.bincount(group, again)}))


def _sentence(
    sides: pd.DataFrame, difference: tuple[float, float, float], correlation: Correlation, within: int, promise: int
) -> str:
    on_time, late = (row for _, row in sides.iterrows())
    in_days = f"{promise} day{'' if promise == 1 else 's'}"
    said = f"Rank correlation of days and ordering again: {correlation.said()}."
    if np.isnan(correlation.value):
        said = ""
    if np.isnan(difference[0]):
        side = "late" if late["customers"] < on_time["customers"] else "on time"
        return f"Fewer than {FEWEST_A_SIDE} of these first orders were {side}: choose another promise. {said}".strip()
    apart, low, high = (points(100 * value, 1) for value in difference)
    beyond = "" if low.startswith(formats.MINUS) == high.startswith(formats.MINUS) else ", which chance alone does"
    return (
        f"{formats.percent(on_time['share'], 0)} ordered again within {within} days where the first order came within "
        f"{in_days}, {formats.percent(late['share'], 0)} where it came later: {apart} pp ({low} to {high}){beyond}. "
        f"{said}"
    ).strip()


def _notes(counts: dict[str, int], number: int, within: int, seen_to: date, shop: Shop) -> str:
    said = f"{number:,} first orders up to {day_label(seen_to - timedelta(within))}, whatever the period's first day."
    left = []
    if counts["young"]:
        left.append(f"{counts['young']:,} younger than {within} days")
    if counts["untimed"]:
        left.append(f"{counts['untimed']:,} without delivery days")
    if counts["unknown"]:
        left.append(f"{counts['unknown']:,} before {day_label(shop.new_from)}, when old customers still look new")
    if left:
        said += f" Left out: {'; '.join(left)}."
    return f"{said} Correlation, not proof of cause."


def _explained(within: int, partial: Correlation, is_held: bool) -> str:
    said = (
        f"Customers by their first order in the whole shop; again: another order within {within} days of it. First "
        "orders that had not that long yet are left out, so that the young do not look lost. Intervals: Wilson's; of "
        "the difference Newcombe's; 95 of 100 cases."
    )
    if not is_held or np.isnan(partial.value):
        return said
    return f"{said} Rank correlation with category, channel, region and segment held equal: {partial.said()}."
