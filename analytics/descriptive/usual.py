"""What a day would be like as usual: one step ahead, for its weekday and season, with how far chance moves it.

Each series (a metric of the shop, or of one member) is followed by dynamic linear models: a level with a slope, an
effect per weekday, and one for a known holiday or promotion while it lasts. A day is judged by what was known the day
before, so a history shows what would have been said then. Sums and counts are followed by their square root, because
the variance of a Poisson count, and of a sum of that many amounts, is then the same at every level; amounts per order
by their logarithm. Five models that forget at different speeds run side by side and count by how well they have
predicted, so a shop of few orders is averaged over months and one of many follows its season closely.
Source: component discounting and model averaging of dynamic linear models (West & Harrison 1997, chapters 6 and 12),
square roots of counts (Anscombe 1948); cutting off surprises in the updates is our own choice, so that an incident
does not become the new usual at once.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.metrics import DISTINCT, Metric

FORGETTING = (0.92, 0.96, 0.98, 0.993, 0.998)
"""What each model keeps from day to day of what it knew of level and slope."""
WEEKDAYS_KEPT = 0.998
"""The same of the weekdays: they change slowly, and each is seen only once a week."""
MODELS_KEPT = 0.99
"""The same of how well each model predicted."""
SURPRISE = 2.5
"""Standard errors at which a surprise is cut off before it is learnt from."""
EVENT_EFFECT, EVENT_DRIFT = 0.20, 0.04
"""How far a holiday or promotion may move the followed quantity when it begins, and from one of its days to the next,
as a share of its level; 0.2 of a square root is some 40 % of the amount."""
DAYS_TO_LEARN = 28
"""Days before anything is judged."""
SCALE_MEMORY, SCALE_PRIOR = 365, 90
"""Days over which the scatter is learnt, and how many days of pure chance it is taken to have been seen before."""
MOST_DAYS = 1100
"""Longer histories are followed over their last three years alone."""

_LEVEL, _SLOPE, _EVENT = 0, 1, 8
_WEEK = slice(2, 8)
_STATES = 9


@dataclass(frozen=True)
class Followed:
    """Series to be followed: arrays by series and day.

    ``values`` are in the metric's unit, ``seen`` in the scale in which they are followed (missing where there was
    nothing to see), ``variance`` is what pure chance would give a day there; ``scale`` is root, log, arcsine or plain.
    ``known`` tells whether the variance comes from theory: the scatter is then never taken to be less.
    """

    values: np.ndarray
    seen: np.ndarray
    variance: np.ndarray
    scale: str
    known: bool


@dataclass(frozen=True)
class Usual:
    """What was expected of each series and day the day before, in the scale in which it is followed.

    ``centre`` and ``spread`` (standard deviation of the day around it), both missing while there is too little to go
    by; ``errors`` is how many spreads the day lay away.
    """

    followed: Followed
    centre: np.ndarray
    spread: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Standard errors by which each day deviated from the usual."""
        return (self.followed.seen - self.centre) / self.spread

    def at(self, errors: float) -> np.ndarray:
        """The value so many standard errors from the usual, in the metric's unit."""
        return _unscaled(self.centre + errors * self.spread, self.followed.scale)

    def expected(self) -> np.ndarray:
        """The mean of the day as usual, in the metric's unit."""
        if self.followed.scale == "root":
            return self.at(0) + self.spread**2
        return self.at(0)

    def deviation(self) -> np.ndarray:
        """The standard deviation of the day around its mean, in the metric's unit."""
        return (self.at(1) - self.at(-1)) / 2


def followed_series(measured: Metric, parts: dict[str, np.ndarray]) -> Followed:
    """A metric of several series, made ready to be followed.

    Parameters
    ----------
    parts : the metric's parts, its ``spread`` and ``orders``: arrays by series and day.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.asarray(measured.value(parts), dtype="float64")
        if measured.denominator is None:
            seen = np.sign(values) * np.sqrt(np.abs(values))
            return Followed(values, seen, _variance_of_root(measured, parts), "root", True)
        n = np.where(parts[measured.denominator] > 0, parts[measured.denominator], np.nan)
        variance, known = _variance_of_mean(measured, parts, n, values)
        if measured.unit == "money":
            level = _remembered(parts[measured.numerator]) / _remembered(parts[measured.denominator])
            return Followed(values, np.log(np.where(values > 0, values, np.nan)), variance / level**2, "log", known)
        return Followed(values, values, variance, "plain", known)


def followed_shares(counts: np.ndarray, of: np.ndarray) -> Followed:
    """Counts as shares of a total, made ready to be followed; missing where there is no total.

    By the arcsine of the root, whose variance is that of the total alone (Anscombe 1948).

    Parameters
    ----------
    counts : by series and day.
    of : their total, by day.
    """
    total = np.where(of > 0, of, np.nan)
    seen = np.arcsin(np.sqrt((counts + 3 / 8) / (total + 3 / 4)))
    variance = np.broadcast_to(1 / (4 * total + 2), counts.shape)
    return Followed(counts / total, seen, variance, "arcsine", True)


def _variance_of_root(measured: Metric, parts: dict[str, np.ndarray]) -> np.ndarray:
    """Of the square root of a count 1/4; of a sum a quarter of the mean square over the mean of what it sums."""
    if measured.spread is None:
        return np.full(parts[measured.numerator].shape, 0.25)
    return _remembered(parts[measured.spread]) / (4 * np.abs(_remembered(parts[measured.numerator])))


def _variance_of_mean(
    measured: Metric, parts: dict[str, np.ndarray], n: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, bool]:
    if measured.spread:
        total = _remembered(parts[measured.denominator])
        mean = _remembered(parts[measured.numerator]) / total
        return np.maximum(_remembered(parts[measured.spread]) / total - mean**2, 1e-12) / n, True
    if measured.numerator in DISTINCT:
        share = _remembered(parts[measured.numerator]) / _remembered(parts[measured.denominator])
        return np.maximum(share * (1 - share), 1e-6) / n, True
    of_one = np.nanvar(values[:, :DAYS_TO_LEARN], axis=1, keepdims=True) * np.nanmean(n[:, :DAYS_TO_LEARN], axis=1)[0]
    return np.maximum(of_one, 1e-12) / n, False


def _remembered(daily: np.ndarray) -> np.ndarray:
    """Sums of the days up to each, older ones counting less; the first days know those to come of their first month."""
    kept = 1 - 1 / 90
    started = daily[:, :DAYS_TO_LEARN].mean(axis=1) / (1 - kept)
    sums = np.empty(daily.shape)
    for day in range(daily.shape[1]):
        started = sums[:, day] = kept * started + daily[:, day]
    return sums


def usual_days(followed: Followed, days: pd.DatetimeIndex, in_event: np.ndarray) -> Usual:
    """Follow the series day by day.

    Parameters
    ----------
    days : consecutive days, one for each column.
    in_event : per day the number of the known holiday or promotion that it lies in, 0 for none; a new number is a new
        event.
    """
    model = _Models(followed)
    centre, spread = np.full(followed.seen.shape, np.nan), np.full(followed.seen.shape, np.nan)
    weekdays = days.day_of_week.to_numpy()
    for day in range(len(days)):
        model.evolve(weekdays[day], in_event[day], in_event[day] != (in_event[day - 1] if day else 0))
        model.predict(followed.variance[:, day])
        if day >= DAYS_TO_LEARN:
            centre[:, day], spread[:, day] = model.mixture()
        model.learn(followed.seen[:, day])
    return Usual(followed, centre, spread)


def _unscaled(followed: np.ndarray, scale: str) -> np.ndarray:
    return _BACK[scale](followed)


class _Models:
    """All models of all series at once: arrays by model, series and state."""

    def __init__(self, followed: Followed) -> None:
        series, models = len(followed.seen), len(FORGETTING)
        first = followed.seen[:, :DAYS_TO_LEARN]
        some = ~np.isnan(first).all(axis=1)
        level, scatter = np.zeros(series), np.ones(series)
        level[some] = np.nanmean(first[some], axis=1)
        scatter[some] = np.nanvar(first[some], axis=1) + np.nanmean(followed.variance[some, :DAYS_TO_LEARN], axis=1)
        self.mean = np.zeros((models, series, _STATES))
        self.mean[:, :, _LEVEL] = level
        self.cov = np.zeros((models, series, _STATES, _STATES))
        self.cov[:, :, _LEVEL, _LEVEL] = 4 * scatter
        self.cov[:, :, _SLOPE, _SLOPE] = 0.01 * scatter
        for state in range(_WEEK.start, _WEEK.stop):
            self.cov[:, :, state, state] = (0.15 * level) ** 2 + scatter / 4
        self.keeps = np.array(FORGETTING)[:, None, None, None]
        self.scatter = np.ones((models, series))
        self.least = 1.0 if followed.known else 0.0
        self.learnt = np.zeros((models, series))
        self.fit = np.zeros((models, series))

    def evolve(self, weekday: int, in_event: int, begins: bool) -> None:
        """A day later: the level has moved by the slope, and everything is a little less certain."""
        self.mean[:, :, _LEVEL] += self.mean[:, :, _SLOPE]
        self.cov[:, :, _LEVEL, :] += self.cov[:, :, _SLOPE, :]
        self.cov[:, :, :, _LEVEL] += self.cov[:, :, :, _SLOPE]
        self.cov[:, :, :2, :2] /= self.keeps
        self.cov[:, :, _WEEK, _WEEK] /= WEEKDAYS_KEPT
        self.seen_as = np.zeros(_STATES)
        self.seen_as[_LEVEL] = 1
        if weekday < 6:  # the seven effects add up to 0: the seventh is what the six leave
            self.seen_as[_WEEK.start + weekday] = 1
        else:
            self.seen_as[_WEEK] = -1
        if in_event:
            self._hold_event(begins)

    def _hold_event(self, begins: bool) -> None:
        self.seen_as[_EVENT] = 1
        level = np.abs(self.mean[:, :, _LEVEL])
        if begins:
            self.mean[:, :, _EVENT] = 0
            self.cov[:, :, _EVENT, :] = self.cov[:, :, :, _EVENT] = 0
        self.cov[:, :, _EVENT, _EVENT] += ((EVENT_EFFECT if begins else EVENT_DRIFT) * level) ** 2

    def predict(self, variance: np.ndarray) -> None:
        """Mean and variance of the day to come."""
        self.pull = self.cov @ self.seen_as
        self.foreseen = self.mean @ self.seen_as
        self.uncertain = self.pull @ self.seen_as + self.scatter * np.where(np.isnan(variance), np.inf, variance)

    def mixture(self) -> tuple[np.ndarray, np.ndarray]:
        """What the models say together, each weighted by how well it has predicted: mean and standard deviation."""
        weight = np.exp(self.fit - self.fit.max(axis=0))
        weight /= weight.sum(axis=0)
        mean = (weight * self.foreseen).sum(axis=0)
        variance = (weight * (self.uncertain + (self.foreseen - mean) ** 2)).sum(axis=0)
        return mean, np.sqrt(np.where(np.isfinite(variance), variance, np.nan))

    def learn(self, seen: np.ndarray) -> None:
        """Take the day in; one on which there was nothing to see teaches nothing."""
        there = ~np.isnan(seen) & np.isfinite(self.uncertain[0])
        spread = np.sqrt(np.where(there, self.uncertain, 1.0))
        surprise = np.clip(np.where(there, seen - self.foreseen, 0.0) / spread, -SURPRISE, SURPRISE)
        gain = np.where(there[:, None], self.pull, 0.0) / spread[..., None]
        self.mean += gain * surprise[..., None]
        self.cov -= gain[..., :, None] * gain[..., None, :]
        self.fit = np.where(there, MODELS_KEPT * self.fit - np.log(spread) - surprise**2 / 2, self.fit)
        self._learn_scatter(there, surprise)

    def _learn_scatter(self, there: np.ndarray, surprise: np.ndarray) -> None:
        """How many times the variance of pure chance the days show, from surprises cut off at their usual size."""
        rate = np.maximum(1 / (self.learnt + SCALE_PRIOR), 1 / SCALE_MEMORY)
        told = self.scatter * (1 - rate + rate * surprise**2 / _MEAN_CUT_SQUARE)
        self.scatter = np.where(there, np.maximum(told, self.least), self.scatter)
        self.learnt += there


_BACK = {
    "root": lambda root: np.sign(root) * root**2,
    "log": np.exp,
    "plain": lambda value: value,
    "arcsine": lambda angle: np.sin(np.clip(angle, 0, np.pi / 2)) ** 2,
}

_MEAN_CUT_SQUARE = 0.97756
"""Mean square of a normal deviate cut off at 2.5; held by a test."""
