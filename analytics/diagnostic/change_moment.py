"""When a change began, and whether it ended: the day on which a daily figure moved to another level, with its interval.

A window that reaches eight weeks back before the period is fitted with a straight trend, weekdays, known holidays and
promotions, and either nothing else, a lasting step, or a step that ends again; every day is tried as its beginning.
Source: change point by least squares (Bai & Perron 1998), on variance-stabilised values (see ``followed``); the
interval is the smallest set of days that holds 95 % of the likelihood, all taken as equally likely beforehand.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.descriptive.courses import known_disturbances
from analytics.descriptive.followed import BACK, followed_series
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import Metric, metric
from analytics.periods import day_label
from analytics.shop import Shop

DAYS_BEFORE = 56
"""Of the window, before the period: what a change is seen against."""
LEAD_DAYS = 14
"""How long before the period a change may have begun that the period still shows; never longer than the period is."""
MOST_EARLIER = 3
FEWEST_DAYS = 28
LONG_EVENT = 6
"""Days from which an event may have a slope of its own."""
SHORTEST = 2
"""Days that a change lasts at least: a single day is no level."""
CONFIDENCE = 0.95
CHANCE = 0.05
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Moment:
    """A change of level.

    ``days`` has one row per day of the window, indexed by date: ``value``, ``expected`` (the fit), ``usual`` (the same
    without the change). ``since`` is None where chance does as much; else the likeliest first day, ``low`` and ``high``
    the interval around it, ``until`` the last day, None where it lasts to the end of the window. ``size`` is the
    change as a share of the usual (in the metric's unit for scores, days and shares), ``by_chance`` the probability of
    so much by chance.
    """

    metric: str
    days: pd.DataFrame
    since: date | None
    low: date | None
    high: date | None
    until: date | None
    size: float
    by_chance: float
    sentence: str


def moment_of_change(
    daily: pd.DataFrame, calendar: pd.DataFrame, filters: Filters, shop: Shop, key: str = "revenue"
) -> Moment:
    """When the metric of the members in the filters changed, as seen from the filters' period.

    Parameters
    ----------
    daily : ``daily_activity`` of the same filters.
    calendar : ``known_events``.

    Raises
    ------
    ValueError : unknown metric.
    NotEnoughData : fewer than four weeks of days to look at, or a metric that is not known by day.
    """
    measured = metric(key)
    if not measured.from_daily:
        raise NotEnoughData(f"{measured.name} counts different customers, who are not told by day: choose orders.")
    end = min(filters.period.end, shop.today)
    window = daily.loc[: pd.Timestamp(end)]
    if len(window) < FEWEST_DAYS:
        raise NotEnoughData(f"There are {len(window)} days up to {day_label(end)}: a change is seen in {FEWEST_DAYS}.")
    parts = {part: window[part].to_numpy()[None, :] for part in window.columns}
    followed = followed_series(measured, parts)
    first = max(0, len(window) - (end - filters.period.start).days - 1 - DAYS_BEFORE)
    at = slice(min(first, len(window) - FEWEST_DAYS), len(window))
    days = window.index[at]
    seen, variance = followed.seen[0, at], followed.variance[0, at]
    earliest = days.searchsorted(pd.Timestamp(filters.period.start - timedelta(min(filters.period.days, LEAD_DAYS))))
    fit = _fitted(seen, variance, _usual_columns(days, calendar), int(earliest))
    if fit is None:
        raise NotEnoughData(f"{measured.name} is known on too few of these days to say when it changed.")
    frame = pd.DataFrame({"value": followed.values[0, at]}, index=days)
    back = BACK[followed.scale]
    frame["expected"], frame["usual"] = back(fit.expected), back(fit.usual)
    return _told(measured, frame, fit, shop)


@dataclass(frozen=True)
class _Fit:
    """``begins`` and ``ends`` are positions of days (the latter one past the last); None without a change."""

    expected: np.ndarray
    usual: np.ndarray
    begins: int | None
    low: int | None
    high: int | None
    ends: int | None
    by_chance: float


def _usual_columns(days: pd.DatetimeIndex, calendar: pd.DataFrame) -> np.ndarray:
    """A level, a trend, the weekdays, and each known event, which may rise or fall while it lasts if it is long."""
    weekdays = np.eye(7)[days.dayofweek.to_numpy()][:, 1:]
    columns = [np.ones(len(days)), np.linspace(-1, 1, len(days)), *weekdays.T]
    number = known_disturbances(calendar, days).number
    for n in np.unique(number[number > 0]):
        inside = (number == n).astype("float64")
        if inside.sum() * 3 >= len(days):
            continue
        columns.append(inside)
        if inside.sum() >= LONG_EVENT:
            columns.append(inside * (np.arange(len(days)) - np.flatnonzero(inside).mean()))
    return np.array(columns).T


def _fitted(seen: np.ndarray, variance: np.ndarray, columns: np.ndarray, earliest: int) -> _Fit | None:
    """The likeliest change that begins from a day on, if any is likelier than chance.

    A likelier one that began earlier is another matter: it is fitted too, and the search goes on beside it.
    """
    known = np.isfinite(seen) & np.isfinite(variance) & (variance > 0)
    if known.sum() < max(FEWEST_DAYS // 2, columns.shape[1] + 4):
        return None
    weight = np.where(known, 1 / np.sqrt(np.where(known, variance, 1.0)), 0.0)
    y = np.where(known, seen, 0.0) * weight
    for _ in range(MOST_EARLIER + 1):
        fit = _best_change(y, weight, columns, known, earliest)
        if fit.begins is None or fit.begins >= earliest:
            return fit
        earlier = _during(len(y), fit.begins, fit.ends)
        columns = np.c_[columns, earlier]
    return _best_change(y, weight, columns, known, earliest, only_late=True)


def _best_change(
    y: np.ndarray, weight: np.ndarray, columns: np.ndarray, known: np.ndarray, earliest: int, *, only_late: bool = False
) -> _Fit:
    base, days = columns * weight[:, None], len(y)
    basis = np.linalg.svd(base, full_matrices=False)
    basis = basis[0][:, basis[1] > 1e-9 * basis[1][0]]
    steps = np.tril(np.ones((days, days))) * weight[:, None]  # column t: from day t on
    y_left, left = y - basis @ (basis.T @ y), steps - basis @ (basis.T @ steps)
    noise = max(1.0, (MAD_TO_DEVIATION * float(np.median(np.abs(y_left[known])))) ** 2)
    gain, begins, ends = _gains(y_left, left, 2 * math.log(known.sum()) * noise)
    if only_late:
        gain[begins < earliest] = -np.inf
    best = np.unravel_index(np.argmax(gain), gain.shape)
    begin, end = int(begins[best[0]]), int(ends[best[1]])
    change = _during(days, begin, end) * weight
    change_left = change - basis @ (basis.T @ change)
    effect = float(change_left @ y_left / max(change_left @ change_left, 1e-12))
    rest = y_left - effect * change_left
    scatter = max(1.0, float(rest @ rest) / max(known.sum() - basis.shape[1] - 1, 1))
    tried = _independent(days, int(np.isfinite(gain).sum()))
    by_chance = min(1.0, tried * math.erfc(math.sqrt(max(float(gain[best]), 0.0) / scatter / 2)))
    if by_chance > CHANCE:
        plain = columns @ np.linalg.lstsq(base, y, rcond=None)[0]
        return _Fit(plain, plain, None, None, None, None, by_chance)
    usual = columns @ np.linalg.lstsq(base, y - effect * change, rcond=None)[0]
    likely = np.exp((gain - gain[best]) / (2 * scatter)).sum(axis=1)
    low, high = _interval(likely / likely.sum(), int(best[0]))
    inside = _during(days, begin, end)
    lasts = None if end == days else end
    return _Fit(usual + effect * inside, usual, begin, int(begins[low]), int(begins[high]), lasts, by_chance)


def _during(days: int, begins: int, ends: int | None) -> np.ndarray:
    """1 from a day on, up to the day before another if there is one."""
    at = np.arange(days)
    return ((at >= begins) & (at < (days if ends is None else ends))).astype("float64")


def _gains(y: np.ndarray, steps: np.ndarray, second_day: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much a change from each day to each later one lowers the sum of squares; the last column lasts to the end.

    One that ends again is two changes: the ``second_day`` has its price (Schwarz 1978).
    """
    n = len(y)
    reach, products = steps.T @ y, steps.T @ steps
    begins, ends = np.arange(1, n - SHORTEST + 1), np.arange(1 + SHORTEST, n + 1)
    closing_reach, closing = np.r_[reach, 0.0][ends], np.pad(products, (0, 1))
    top = reach[begins][:, None] - closing_reach[None, :]
    bottom = np.diag(products)[begins][:, None] - 2 * closing[begins][:, ends] + np.diag(closing)[ends][None, :]
    length = ends[None, :] - begins[:, None]
    usable = (length >= SHORTEST) & (bottom > 1e-6 * np.diag(products).max())
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(usable, top**2 / bottom, -np.inf)
    gain[:, :-1] -= second_day
    return gain, begins, ends


def _independent(days: int, tried: int) -> float:
    """How many changes that have little to do with each other were tried: neighbouring days share most of theirs."""
    return min(float(tried), days * math.log2(max(days, 2)))


def _interval(likely: np.ndarray, best: int) -> tuple[int, int]:
    """The fewest days in a row around the best that hold 95 % of the likelihood."""
    low = high = best
    held = likely[best]
    while held < CONFIDENCE and (low > 0 or high < len(likely) - 1):
        before = likely[low - 1] if low > 0 else -1.0
        after = likely[high + 1] if high < len(likely) - 1 else -1.0
        low, high = (low - 1, high) if before >= after else (low, high + 1)
        held += max(before, after)
    return low, high


def _told(measured: Metric, days: pd.DataFrame, fit: _Fit, shop: Shop) -> Moment:
    if fit.begins is None:
        sentence = (
            f"No day on which {measured.name.lower()} moved to another level: nothing beyond what chance does from day "
            "to day."
        )
        return Moment(measured.key, days, None, None, None, None, float("nan"), fit.by_chance, sentence)
    since, low, high = (days.index[i].date() for i in (fit.begins, fit.low, fit.high))
    until = None if fit.ends is None else days.index[fit.ends - 1].date()
    during = days.iloc[fit.begins : fit.ends]
    usual, now = during["usual"].mean(), during["expected"].mean()
    relative = measured.denominator is None or measured.unit == "money"
    size = (now / usual - 1 if usual > 0 else float("nan")) if relative else now - usual
    moved = measured.format_change(now, usual)
    ended = f" until {day_label(until)}" if until else ""
    within = "" if low == high else f" (between {day_label(low)} and {day_label(high)} in 95 of 100 cases)"
    sentence = f"{measured.name} moved by {moved} on {day_label(since)}{within}{ended}, against its trend and weekdays."
    return Moment(measured.key, days, since, low, high, until, float(size), fit.by_chance, sentence)
