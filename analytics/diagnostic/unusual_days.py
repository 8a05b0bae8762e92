"""Days out of the ordinary: of the shop and of its members, looked back upon, with a correction for looking at so many.

What is usual for the weekday, the season and known events is what alert rules hold it to be (``usual``): each day by
what was known the day before. Looking back, more is known: a level that moved and came back was an incident, and its
days are judged by the level before it. How far a day lies away is measured in robust standard errors of its own series,
and of all days looked at those are called unusual among which at most one in twenty is chance in the long run.
Source: false discovery rate (Benjamini & Hochberg 1995), for the shop and for its members each on their own; median
absolute deviation as a scale (Hampel 1974); judging temporary levels by the one before is our own choice.
"""

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES
from analytics.descriptive.alert_odds import chance_below
from analytics.descriptive.courses import known_disturbances, parts_by_day
from analytics.descriptive.followed import DAYS_TO_LEARN, Followed, followed_series
from analytics.descriptive.level_shifts import BACK_WITHIN
from analytics.descriptive.usual import MOST_DAYS, Usual, usual_of_several
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
ALONG = ("region", "segment", "category", "channel")
MOST_MEMBERS = 12
"""Of a dimension with more members the biggest are followed."""
LEAST_ORDERS = 5.0
"""That a weekday usually has to be judged alone: of fewer one more is no news, and a weekday without any is closed."""
LEAST_BEHIND_MEAN = 5.0
"""That must stand behind a mean on the day itself: that of two deliveries is no normal deviate."""
WINDOWS = {3: 2, 7: 4}
"""Days judged together besides, and how many of them must clearly lie to one side: one does not speak for all."""
MOST_ERRORS = {3: 4.0, 7: 2.5}
"""Standard errors of one of them that count at most: a wild day is told alone, and does not take quiet ones along."""
LEAST_ORDERS_TOGETHER = 15.0
"""That these days usually have together."""
ONE_SIDE = 1.0
"""Standard errors from which a day clearly lies to one side."""
WEEKS_OF_VOLUME = 4
LEAST_SCALE = 1.0
"""Standard errors are never taken to be smaller than chance makes them."""
MAD_TO_DEVIATION = 1.4826
"""Of normal deviates: from their median absolute deviation to their standard deviation."""
GAP_DAYS = 3
"""Unusual days to the same side at most so many days apart are one run, as in the feed of alerts."""
LIKE_THE_SHOP = 2.0
"""Standard errors within which a member moved as the shop did, which is told of the shop alone."""
BAND = 1.96
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
        return (self.by_chance <= FALSE_DISCOVERIES) & far

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
    followed = {m.key: _looked_back(of) for m, of in zip(measured, usual, strict=True)}
    alone = {m.key: _robust(_where_enough(m, parts, followed[m.key].errors)) for m in measured}
    together = [
        {m.key: _robust(_of_windows(length, parts["orders"], followed[m.key].errors)) for m in measured}
        for length in WINDOWS
    ]
    odds = _odds(alone, *together)
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
    beyond = {key: _beyond_the_shop(usual) for key, usual in followed.items()}
    runs = _runs(series, marked, beyond, days, {key: usual.moved for key, usual in followed.items()})
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


def _where_enough(measured: Metric, parts: dict[str, np.ndarray], errors: np.ndarray) -> np.ndarray:
    """The errors of days whose weekday had orders enough in the weeks before; of means, that have enough themselves."""
    orders = parts["orders"]
    usual = np.mean([np.roll(orders, 7 * week, axis=1) for week in range(1, WEEKS_OF_VOLUME + 1)], axis=0)
    usual[:, : 7 * WEEKS_OF_VOLUME] = 0
    enough = usual >= LEAST_ORDERS
    if measured.denominator:
        enough &= parts[measured.denominator] >= LEAST_BEHIND_MEAN
    return np.where(enough, errors, np.nan)


def _of_windows(length: int, orders: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Each day and those before it in a window taken together; nothing where they do not lie to one side."""
    seen = _trailing(~np.isnan(errors) * 1.0, length)
    usual = np.mean([np.roll(orders, 7 * week, axis=1) for week in range(1, WEEKS_OF_VOLUME + 1)], axis=0)
    usual[:, : 7 * WEEKS_OF_VOLUME] = 0
    total = _trailing(np.nan_to_num(np.clip(errors, -MOST_ERRORS[length], MOST_ERRORS[length])), length)
    with np.errstate(invalid="ignore"):
        sides = [_trailing((side * errors > ONE_SIDE) * 1.0, length) for side in (1, -1)]
    clear = np.where(total > 0, *sides) >= WINDOWS[length]
    enough = (seen >= WINDOWS[length]) & (_trailing(usual, length) >= LEAST_ORDERS_TOGETHER)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(enough, np.where(clear, total, 0.0) / np.sqrt(seen), np.nan)


def _trailing(daily: np.ndarray, length: int) -> np.ndarray:
    """Sums over each day and those before it in a window, fewer at the beginning."""
    sums = np.cumsum(daily, axis=1)
    return sums - np.concatenate([np.zeros((len(sums), length)), sums[:, :-length]], axis=1)


def _looked_back(usual: Usual) -> Usual:
    """The same with levels that moved and came back within weeks taken for what they were: not the usual."""
    centre, moved = usual.centre.copy(), usual.moved.copy()
    for row in range(len(moved)):
        jumps = np.flatnonzero(np.diff(moved[row])) + 1
        for start, back in zip(jumps, jumps[1:], strict=False):
            before, during, after = moved[row, start - 1], moved[row, start], moved[row, back]
            if back - start <= BACK_WITHIN and abs(after - before) < abs(during - before) / 2:
                centre[row, start:back] -= during - before
                moved[row, start:back] = before
    return replace(usual, centre=centre, moved=moved)


def _robust(errors: np.ndarray) -> np.ndarray:
    """In robust standard errors of each series: days that scatter more than they were taken to are no incidents."""
    with np.errstate(invalid="ignore"):
        middle = _median(errors)
        scale = MAD_TO_DEVIATION * _median(np.abs(errors - middle[:, None]))
    return errors / np.fmax(scale, LEAST_SCALE)[:, None]


def _median(errors: np.ndarray) -> np.ndarray:
    some = ~np.isnan(errors).all(axis=1)
    found = np.zeros(len(errors))
    found[some] = np.nanmedian(errors[some], axis=1)
    return found


def _odds(*looks: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """How often chance does as much, adjusted: what is looked at of the shop is one family, of members another.

    An incident of weeks is seen in dozens of days and windows; counted as so many discoveries it would make room for as
    many false ones. So weeks of each series are what is discovered, each by its surest look, raised for being one of
    many looks within it.
    """
    odds = [{key: np.full(of.shape, np.nan) for key, of in look.items()} for look in looks]
    for rows in (slice(0, 1), slice(1, None)):
        chance = [{key: _by_chance(of[rows]) * 7 * len(looks) for key, of in look.items()} for look in looks]
        weeks = np.concatenate([_surest_of_weeks([look[key] for look in chance]) for key in looks[0]])
        if not len(weeks):
            continue
        weeks = np.sort(weeks)
        adjusted = np.minimum.accumulate((weeks * len(weeks) / np.arange(1, len(weeks) + 1))[::-1])[::-1]
        adjusted = np.minimum(np.append(adjusted, 1.0), 1.0)
        for of, found in zip(chance, odds, strict=True):
            for key, looked in of.items():
                found[key][rows] = np.where(np.isnan(looked), np.nan, adjusted[np.searchsorted(weeks, looked)])
    return odds


def _by_chance(errors: np.ndarray) -> np.ndarray:
    """The probability that chance alone deviates so far to either side; missing where nothing was looked at."""
    return np.where(np.isnan(errors), np.nan, 2 * chance_below(-np.abs(errors)))


def _surest_of_weeks(looks: list[np.ndarray]) -> np.ndarray:
    """The smallest probability of each week of each series in which anything was looked at."""
    rows, days = looks[0].shape
    padded = [np.pad(look, ((0, 0), (-days % 7, 0)), constant_values=np.nan) for look in looks]
    by_week = np.concatenate([look.reshape(rows, -(-days // 7), 7) for look in padded], axis=2)
    surest = np.fmin.reduce(by_week, axis=2).ravel()
    return np.minimum(surest[~np.isnan(surest)], 1.0)


def _beyond_the_shop(usual: Usual) -> np.ndarray:
    """By how many standard errors each series lay off what it would have been, had it moved as the shop did."""
    seen, centre = usual.followed.seen, usual.centre
    if usual.followed.scale in ("count", "root"):
        with np.errstate(divide="ignore", invalid="ignore"):
            like = centre * (seen[:1] / centre[:1])
    else:
        like = centre + (seen[:1] - centre[:1])
    return (seen - like) / usual.spread


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
        for end in np.flatnonzero(window_odds <= FALSE_DISCOVERIES):
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
    moved: dict[str, np.ndarray],
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
            found.append(_run(one, run, days, moved[one.metric][row]))
    runs = pd.DataFrame(found, columns=list(_RUN)).astype(_RUN)
    newest = runs.sort_values(["last", "by_chance"], ascending=[False, True], kind="stable")
    return newest.reset_index(drop=True)


def _run(one: Series, run: np.ndarray, days: pd.DatetimeIndex, moved: np.ndarray) -> tuple:
    far = run[np.argmax(np.abs(one.errors[run]))]
    value, expected = (float(np.nanmean(figure[run])) for figure in (one.value, one.expected))
    off = (value - expected) / abs(expected) if expected else np.nan
    jump = moved[min(run[-1] + 1, len(moved) - 1)] - moved[run[0]]
    return (
        days[run[0]], days[run[-1]], days[far], len(run), one.metric, one.dimension, one.member,
        value, expected, off, float(one.errors[far]), float(one.by_chance[far]), bool(jump * one.errors[far] > 0),
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
