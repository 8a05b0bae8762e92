"""Days out of the ordinary: of the shop and of its members, looked back upon, with a correction for looking at so many.

What is usual for the weekday, the season and known events is what alert rules hold it to be (``usual``): each day by
what was known the day before. Looking back, more is known: a level that moved and came back was an incident, and its
days are judged by the level before it. How far a day lies away is measured in robust standard errors of its own series,
and of all weeks of all series those are called unusual of which at most one in fifty is chance in the long run.
Source: false discovery rate (Benjamini & Hochberg 1995), for the shop and for its members each on their own; median
absolute deviation as a scale (Hampel 1974); judging temporary levels by the one before is our own choice.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.descriptive.courses import known_disturbances, parts_by_day
from analytics.descriptive.followed import DAYS_TO_LEARN, Followed, followed_series
from analytics.descriptive.usual import MOST_DAYS, Usual, usual_of_several
from analytics.diagnostic.unusual_errors import (
    ONE_SIDE,
    WINDOWS,
    beyond_the_shop,
    looked_back,
    odds_of_weeks,
    of_windows,
    robust,
    where_enough,
)
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DISTINCT, Metric, metric
from analytics.shop import Shop
from analytics.summed import Sums, summed

LEAST_SHARE = {
    "revenue": 0.1,
    "orders": 0.1,
    "average_order_value": 0.05,
    "satisfaction": 0.03,
    "delivery_days": 0.1,
}
"""By what share of the usual a day must deviate to be news, as for the alert rules of a new shop: to a shop of many
orders 2 % is beyond chance."""
WATCHED = tuple(LEAST_SHARE)
FALSE_WEEKS = 0.02
"""Share of the weeks called unusual that may be chance after all. An incident is many such weeks, of the shop and of
members: of the incidents themselves about one in ten is then chance (see the proofs)."""
ALONG = ("region", "segment", "category", "channel")
MOST_MEMBERS = 12
"""Of a dimension with more members the biggest are followed."""
GAP_DAYS = 3
"""Unusual days to the same side at most so many days apart are one run, as in the feed of alerts."""
LIKE_THE_SHOP = 2.0
"""Standard errors within which a member moved as the shop did, which is told of the shop alone."""
BAND = NORMAL_95
"""Standard errors within which 95 of 100 days lie."""
WHOLE = "the whole shop"


@dataclass(frozen=True)
class Series:
    """Some metric day by day: of the shop (``dimension`` and ``member`` empty) or of a member, with what was usual.

    Arrays by day, in the metric's unit: ``value``, ``expected``, ``low`` and ``high`` (between which 95 of 100 days
    lie). ``errors`` are standard errors from the usual (missing where a day was not judged) and ``by_chance`` how often
    chance alone lies so far away, adjusted for looking at all series of its kind; of a day among unusual ones both
    are those of all of them together, where these are surer. ``away`` are the standard errors of every day, whether
    judged or not.
    """

    metric: str
    dimension: str
    member: str
    value: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    errors: np.ndarray
    by_chance: np.ndarray
    away: np.ndarray

    @property
    def is_unusual(self) -> np.ndarray:
        """Which days are called so: beyond chance, and far enough to be news."""
        far = np.abs(self.value - self.expected) >= LEAST_SHARE[self.metric] * np.abs(self.expected)
        return (self.by_chance <= FALSE_WEEKS) & far

    @property
    def name(self) -> str:
        """Metric and place, as in ``Revenue · West``."""
        return series_name(self.metric, self.member)


def series_name(key: str, member: str) -> str:
    """The name of a member's series of a metric; of the shop's without one."""
    return f"{metric(key).name} · {member or WHOLE}"


@dataclass(frozen=True)
class UnusualDays:
    """All series followed, the shop's first, and their unusual days as runs.

    ``runs`` has one row per run, newest first: ``first``, ``last`` and ``farthest`` (days), ``days`` (unusual ones),
    ``metric``, ``dimension``, ``member``, ``value`` and ``expected`` of a mean day of these (the metric's unit),
    ``off`` (share of the expected by which it deviates), ``errors`` and ``by_chance`` (0–1) of the farthest, and
    ``stayed`` (whether the level stayed there).
    ``orders`` are those of each of the ``days``; ``left_out`` says which members are not followed.
    """

    days: pd.DatetimeIndex
    series: tuple[Series, ...]
    runs: pd.DataFrame
    orders: np.ndarray
    left_out: str

    def named(self, name: str) -> Series:
        """The series of that name, or the first."""
        return next((series for series in self.series if series.name == name), self.series[0])


def unusual_days(
    orders: ir.Table | pd.DataFrame,
    calendar: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    sums: Sums = (),
    members: bool = True,
) -> UnusualDays:
    """Which days lay outside the usual, over the whole history.

    Parameters
    ----------
    orders : rows of the shop.
    calendar : ``known_events``.
    filters : the members kept; their period does not matter.
    sums : of the same orders, if there are any.
    members : whether those of region, segment, category and channel are followed beside the shop.

    Raises
    ------
    NotEnoughData : there are too few days to learn what is usual.
    """
    days = pd.date_range(shop.first_day, shop.today)[-MOST_DAYS:]
    if len(days) <= DAYS_TO_LEARN:
        raise NotEnoughData(
            f"What is usual is learnt from {DAYS_TO_LEARN} days, and there are {len(days)}: come back when there are "
            "more, or import an older history."
        )
    measured = [m for m in shop.metrics() if m.key in WATCHED]
    places, left_out = _places(filters, shop, members)
    parts = _parts(orders, sums, filters, shop, places, days, measured)
    events = known_disturbances(calendar, days.union(days[-1:] + pd.Timedelta(days=1)))
    usual = usual_of_several([_followed(m, parts) for m in measured], days, events)
    followed = {m.key: looked_back(of) for m, of in zip(measured, usual, strict=True)}
    alone = {m.key: robust(where_enough(m, parts, followed[m.key].errors)) for m in measured}
    together = [
        {m.key: robust(of_windows(length, parts["orders"], followed[m.key].errors)) for m in measured}
        for length in WINDOWS
    ]
    odds = odds_of_weeks(alone, *together)
    drawn = {m.key: _figures(followed[m.key]) for m in measured}
    series = [
        _series(
            m,
            place,
            row,
            drawn[m.key],
            followed[m.key].errors[row],
            [look[m.key][row] for look in (alone, *together)],
            [o[m.key][row] for o in odds],
        )
        for row, place in enumerate(places)
        for m in measured
    ]
    marked = {m.key: np.array([one.is_unusual for one in series if one.metric == m.key]) for m in measured}
    beyond = {key: beyond_the_shop(usual) for key, usual in followed.items()}
    runs = _runs(series, marked, beyond, days, followed)
    return UnusualDays(days, tuple(series), runs, parts["orders"][0], left_out)


def _places(filters: Filters, shop: Shop, members: bool) -> tuple[list[tuple[str, str]], str]:
    """The shop and the members that are followed, and which are not in a sentence."""
    places, left_out = [("", "")], []
    for dimension in ALONG if members else ():
        kept = filters.members.get(dimension)
        offered = [m for m in shop.members.get(dimension, ()) if not kept or m in kept]
        if len(offered) > 1:
            places += [(dimension, member) for member in offered[:MOST_MEMBERS]]
        if len(offered) > MOST_MEMBERS:
            left_out.append(f"{len(offered) - MOST_MEMBERS:,} by {dimension.replace('_', ' ')}")
    said = f"The smallest members are not followed: {', '.join(left_out)}." if left_out else ""
    return places, said


def _parts(
    orders: ir.Table | pd.DataFrame,
    sums: Sums,
    filters: Filters,
    shop: Shop,
    places: list[tuple[str, str]],
    days: pd.DatetimeIndex,
    measured: list[Metric],
) -> dict[str, np.ndarray]:
    """Parts of all metrics by place and day: one query for the shop, one for each dimension."""
    needed = {"orders"} | {p for m in measured for p in (*m.parts, m.spread) if p and p not in DISTINCT}
    rows = []
    for dimension in dict.fromkeys(d for d, _ in places):
        own = tuple(member for d, member in places if d == dimension)
        asked = summed(orders, sums, (*([dimension] if dimension else []), *filters.members))
        rows.append(parts_by_day(asked, shop, dimension, own, days, needed, filters))
    return {part: np.vstack([of[part] for of in rows]) for part in needed}


def _followed(measured: Metric, parts: dict[str, np.ndarray]) -> Followed:
    return followed_series(measured, {p: parts[p] for p in {"orders", *measured.parts, measured.spread} if p})


def _figures(usual: Usual) -> tuple[np.ndarray, ...]:
    """Value, expected, low and high of all series, in the metric's unit; of what nothing is known, anything."""
    with np.errstate(under="ignore", over="ignore"):
        return usual.followed.values, usual.expected(), usual.at(-BAND), usual.at(BAND)


def _series(
    measured: Metric,
    place: tuple[str, str],
    row: int,
    figures: tuple[np.ndarray, ...],
    own: np.ndarray,
    errors: list[np.ndarray],
    odds: list[np.ndarray],
) -> Series:
    """Days of an unusual window that clearly lie to its side are unusual, by the odds of the window.

    Parameters
    ----------
    figures : of all series; see ``_figures``.
    own : the standard errors of each day, whether it is judged or not.
    errors, odds : of each day alone, then of each of the ``WINDOWS`` that ends on it.
    """
    judged = ~np.isnan(own) & ~np.all(np.isnan(odds), axis=0)
    surest, farthest = np.fmin(odds[0], 1.0), np.nan_to_num(errors[0])
    for length, window_errors, window_odds in zip(WINDOWS, errors[1:], odds[1:], strict=True):
        for end in np.flatnonzero(window_odds <= FALSE_WEEKS):
            days = slice(max(end - length + 1, 0), end + 1)
            better = (own[days] * np.sign(window_errors[end]) > ONE_SIDE) & (window_odds[end] < surest[days])
            surest[days] = np.where(better, window_odds[end], surest[days])
            farthest[days] = np.where(better, window_errors[end], farthest[days])
    odds_told = (np.where(judged, farthest, np.nan), np.where(judged, surest, np.nan))
    told = (*(figure[row] for figure in figures), *odds_told, own)
    with np.errstate(over="ignore", under="ignore"):
        return Series(measured.key, *place, *(figure.astype("float32") for figure in told))


def _runs(
    series: list[Series],
    marked: dict[str, np.ndarray],
    beyond: dict[str, np.ndarray],
    days: pd.DatetimeIndex,
    followed: dict[str, Usual],
) -> pd.DataFrame:
    """Unusual days to the same side, close together, as one; those of members that the shop's tell are left out."""
    found = []
    for number, one in enumerate(series):
        row = number // len(marked)
        at = np.flatnonzero(marked[one.metric][row])
        if not at.size:
            continue
        side = np.sign(one.value[at] - one.expected[at])
        begins = np.flatnonzero(np.r_[True, (np.diff(at) > GAP_DAYS) | (np.diff(side) != 0)])
        for run in np.split(at, begins[1:]):
            if row and marked[one.metric][0, run].any():
                apart = np.nansum(beyond[one.metric][row, run]) / np.sqrt(len(run))
                if abs(apart) <= LIKE_THE_SHOP:
                    continue
            found.append(_run(one, run, days, _stayed(followed[one.metric], row, run)))
    runs = pd.DataFrame(found, columns=list(_RUN)).astype(_RUN)
    newest = runs.sort_values(["last", "by_chance"], ascending=[False, True], kind="stable")
    return newest.reset_index(drop=True)


def _stayed(usual: Usual, row: int, run: np.ndarray) -> bool:
    """Whether the level moved with the run, and by most of it."""
    moved = usual.moved[row]
    jump = moved[min(run[-1] + 1, len(moved) - 1)] - moved[run[0]]
    away = np.nanmean(usual.followed.seen[row, run] - usual.centre[row, run])
    return bool(jump * away > 0 and abs(jump) > abs(away) / 2)


def _run(one: Series, run: np.ndarray, days: pd.DatetimeIndex, stayed: bool) -> tuple:
    far = run[np.argmax(np.abs(one.errors[run]))]
    value, expected = (float(np.nanmean(figure[run])) for figure in (one.value, one.expected))
    off = (value - expected) / abs(expected) if expected else np.nan
    return (
        days[run[0]], days[run[-1]], days[far], len(run), one.metric, one.dimension, one.member,
        value, expected, off, float(one.errors[far]), float(one.by_chance[far]), stayed,
    )  # fmt: skip


_RUN = {
    "first": "datetime64[us]",
    "last": "datetime64[us]",
    "farthest": "datetime64[us]",
    "days": "int64",
    "metric": "object",
    "dimension": "object",
    "member": "object",
    "value": "float64",
    "expected": "float64",
    "off": "float64",
    "errors": "float64",
    "by_chance": "float64",
    "stayed": "bool",
}
