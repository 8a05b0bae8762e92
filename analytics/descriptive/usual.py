"""What a day would be like as usual: one step ahead, for its weekday and season, with how far chance moves it.

Each series (a metric of the shop, or of one member) is followed by dynamic linear models: a level with a slope, an
effect per weekday, and one for a known holiday or promotion while it lasts. A day is judged by what was known the day
before, so a history shows what would have been said then. Seven models that forget at different speeds run side by
side and count by how well they have predicted, so a shop of few orders is averaged over months and one of many follows
its season closely. A deviation that lasts for days is taken for a new level (see ``level_shifts``), and the effects of
weekdays and events move with it.
Source: component discounting and model averaging of dynamic linear models (West & Harrison 1997, chapters 6 and 12),
scatter from successive differences (von Neumann 1941); cutting off surprises in the updates is our own choice, so that
an incident does not become the new usual at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics.descriptive.followed import BACK, DAYS_TO_LEARN, Followed
from analytics.descriptive.level_shifts import Spells

FORGETTING = (0.93, 0.97, 0.99, 0.997, 0.92, 0.96, 0.985)
"""What each model keeps from day to day of what it knew of the level, and of its slope if it has one."""
HAS_SLOPE = (0, 0, 0, 0, 1, 1, 1)
"""A shop of few orders is followed better without: a slope is more luck than season."""
WEEKDAYS_KEPT = 0.998
"""The same of the weekdays: they change slowly, and each is seen only once a week."""
MODELS_KEPT = 0.998
"""The same of how well each model predicted."""
SURPRISE = 2.5
"""Standard errors at which a surprise is cut off before it is learnt from."""
EVENT_EFFECT, LIKE_KIND, LIKE_NAME = 0.15, 0.08, 0.05
"""How far a holiday or promotion may move the followed quantity, as a share of its level: one like none before; how far
it may differ from earlier ones of its kind; and from those of the same name. 0.15 of a root is some 30 % of the amount.
"""
KINDS_PRIOR = 2
"""How many events of a kind that differ as much are taken to have been seen before."""
HOLIDAY = "holiday"
EVENT_DRIFT = 0.03
"""The same from one day of an event to the next."""
SCALE_MEMORY, SCALE_PRIOR = 365, 90
"""Days over which the scatter is learnt, and how many days of pure chance it is taken to have been seen before."""
SCATTER_IN_DOUBT = 1.0
"""Standard errors of the scatter by which it must exceed chance before it is taken to."""
NO_SCATTER = 4.0
"""Standard errors from which a day is an incident, and says nothing about the scatter of days."""
LEAST_SCATTER = 0.75
"""Of the variance of chance, below which the scatter is not learnt: days are held to chance anyway, and a series that
was steadier for months would have far to go once it begins to vary."""
LATELY_DAYS = 30
"""Days over which the scatter of late is learnt."""
FAR_MORE, FAR_LESS = 3.3, 0.4
"""How many times the scatter reckoned with that of late must be to take its place: three incidents in a month do not
make it so, days that have begun to scatter several times as far do."""
LEAST_LEARNT = 0.25
"""Of the variance that a level has when it is learnt evenly, below which it does not fall: one that was the same for
months must still be learnt when it begins to vary."""
MOST_RATIO = 4.0
"""How many times as large, or as small, a move of the level makes the effects of weekdays at most."""
WEEKDAYS_IN_DOUBT = 0.25
"""By what share of a move the weekdays may have moved, too, in a scale in which their effects are no shares of it."""
MOST_DAYS = 1100
"""Longer histories are followed over their last three years alone."""

ROOTS_OF_LOG = 2.0
"""A logarithm knows no share of its level, which depends on the currency; a root that moves by 1 % moves it by 0.02."""

_LEVEL, _SLOPE, _EVENT = 0, 1, 8
_WEEK = slice(2, 8)
_STATES = 9


@dataclass(frozen=True)
class Usual:
    """What was expected of each series and day the day before, in the scale in which it is followed.

    ``centre`` and ``spread`` (standard deviation of the day around it), both missing while there is too little to go
    by; ``errors`` is how many spreads the day lay away. ``moved`` is how far up the level was found to have moved by
    the day before, in all.
    """

    followed: Followed
    centre: np.ndarray
    spread: np.ndarray
    moved: np.ndarray | None = None

    @property
    def errors(self) -> np.ndarray:
        """Standard errors by which each day deviated from the usual.

        The root of a count scatters evenly, but of few orders its lower tail is long: no order at all where five are
        usual lies 3.4 spreads below, and comes in one day of 150. Counts to the power of two thirds lie to both sides
        as a normal deviate does (Anscombe 1953), and so deviations are told by that.
        """
        errors = (self.followed.seen - self.centre) / self.spread
        if self.followed.scale != "count":
            return errors
        with np.errstate(invalid="ignore", divide="ignore"):
            wide = self.spread / self.centre  # of roots, so half as wide as the counts themselves
            even = (np.maximum(1 + errors * wide, 0.0) ** (4 / 3) - 1) / (4 / 3 * wide)
        return np.where(self.centre > 0, even, errors)

    def errors_a_day_before(self) -> np.ndarray:
        """The same of the day before each, by the level that is known on the day: a new one explains both."""
        known_since = np.diff(self.moved, axis=1)
        errors = self.errors[:, :-1] - known_since / self.spread[:, :-1]
        return np.concatenate([np.full((len(errors), 1), np.nan), errors], axis=1)

    def at_level_of(self, days_before: int) -> "Usual":
        """The same by the level that was known so many days before each day, or at the beginning."""
        then = np.concatenate([np.repeat(self.moved[:, :1], days_before, axis=1), self.moved], axis=1)
        return replace(self, centre=self.centre - self.moved + then[:, : self.moved.shape[1]])

    def at(self, errors: float | np.ndarray) -> np.ndarray:
        """The value so many standard errors from the usual, in the metric's unit; the same of all days, or by day."""
        if self.followed.scale == "count":
            with np.errstate(invalid="ignore", divide="ignore"):
                wide = self.spread / self.centre
                even = self.centre * np.maximum(1 + 4 / 3 * wide * errors, 0.0) ** (3 / 4)
            return BACK["count"](np.where(self.centre > 0, even, self.centre + errors * self.spread))
        return BACK[self.followed.scale](self.centre + errors * self.spread)

    def expected(self) -> np.ndarray:
        """The mean of the day as usual, in the metric's unit."""
        middle, scale = BACK[self.followed.scale](self.centre), self.followed.scale
        if scale == "count":
            return middle + self.spread**2
        # squares with a sign, where refunds may outweigh orders: off by at most a sixth of the variance, where it is 0
        return middle + np.clip(self.centre / self.spread, -1, 1) * self.spread**2 if scale == "root" else middle

    def deviation(self) -> np.ndarray:
        """The standard deviation of the day around its mean, in the metric's unit."""
        return (self.at(1) - self.at(-1)) / 2


@dataclass(frozen=True)
class Events:
    """The known holidays and promotions: per day the number of the one it lies in, 0 for none.

    It reaches a day further than the days followed, so that the last of these is not taken for the end of its event.
    ``names`` and ``kinds`` of each number say which are alike; where several overlap, all of them together.
    """

    number: np.ndarray
    names: dict[int, frozenset[str]]
    kinds: dict[int, frozenset[str]]


def no_events(days: int) -> Events:
    """None at all."""
    return Events(np.zeros(days, dtype=int), {}, {})


def usual_days(followed: Followed, days: pd.DatetimeIndex, events: Events) -> Usual:
    """Follow the series day by day.

    Parameters
    ----------
    days : consecutive days, one for each column.
    """
    return usual_of_several([followed], days, events)[0]


def usual_of_several(several: Sequence[Followed], days: pd.DatetimeIndex, events: Events) -> list[Usual]:
    """The same of several metrics at once: a day costs about as much for thirty series as for one.

    Returns
    -------
    One for each of them, as ``usual_days`` gives it.
    """
    seen, variance = (np.concatenate([getattr(f, name) for f in several]) for name in ("seen", "variance"))
    scales = np.repeat([f.scale for f in several], [len(f.seen) for f in several])
    centre, spread, moved = _followed(seen, variance, scales, days, events)
    ends = np.cumsum([len(f.seen) for f in several])
    parts = [slice(end - len(f.seen), end) for f, end in zip(several, ends, strict=True)]
    return [Usual(f, centre[at], spread[at], moved[at]) for f, at in zip(several, parts, strict=True)]


def _followed(
    seen: np.ndarray, variance: np.ndarray, scales: np.ndarray, days: pd.DatetimeIndex, events: Events
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre, spread and how far the level has moved, by series and day."""
    model, spells = _Models(seen, variance, scales), Spells(len(seen))
    centre, spread = np.full(seen.shape, np.nan), np.full(seen.shape, np.nan)
    moved = np.zeros(seen.shape)
    weekdays = days.day_of_week.to_numpy()
    number = events.number
    for day in range(len(days)):
        model.evolve(weekdays[day])
        if number[day]:
            begins, ends = (not 0 <= near < len(number) or number[near] != number[day] for near in (day - 1, day + 1))
            model.hold_event(number[day], events, begins=begins, ends=ends)
        model.predict(variance[:, day])
        if day >= DAYS_TO_LEARN:
            centre[:, day], spread[:, day] = model.mixture()
            away = seen[:, day] - centre[:, day]
            far = spells.shifts(np.where(number[day], np.nan, away), spread[:, day])
            if not np.isnan(far).all():
                model.move_level(far, spread[:, day])
                model.predict(variance[:, day])
                moved[:, day + 1 :] += np.nan_to_num(far)[:, None]
        model.learn(seen[:, day])
    return centre, spread, moved


class _Models:
    """All models of all series at once: arrays by model, series and state."""

    def __init__(self, seen: np.ndarray, variance: np.ndarray, scales: np.ndarray) -> None:
        series, models = len(seen), len(FORGETTING)
        first = seen[:, :DAYS_TO_LEARN]
        some = ~np.isnan(first + variance[:, :DAYS_TO_LEARN]).all(axis=1)
        self.is_log, self.has_shares = scales == "log", (scales != "log") & (scales != "plain")
        level, scatter = np.zeros(series), np.ones(series)
        level[some] = np.nanmean(first[some], axis=1)
        scatter[some] = np.nanvar(first[some], axis=1) + np.nanmean(variance[some, :DAYS_TO_LEARN], axis=1)
        self.mean = np.zeros((models, series, _STATES))
        self.mean[:, :, _LEVEL] = level
        self.cov = np.zeros((models, series, _STATES, _STATES))
        self.cov[:, :, _LEVEL, _LEVEL] = 4 * scatter
        self.cov[:, :, _SLOPE, _SLOPE] = 0.01 * scatter * np.array(HAS_SLOPE)[:, None]
        for state in range(_WEEK.start, _WEEK.stop):
            self.cov[:, :, state, state] = (0.15 * self._size()) ** 2 + scatter / 4
        self.keeps = np.array(FORGETTING)[:, None, None, None]
        self.scatter = np.ones((models, series))
        self.learnt = np.zeros((models, series))
        self.lately, self.before = np.ones((models, series)), np.full((models, series), np.nan)
        self.fit = np.zeros((models, series))
        self.effects: dict[int, list[np.ndarray]] = {}
        self.during = 0

    def _size(self) -> np.ndarray:
        """Of what shares are taken: the level, by model and series."""
        return np.where(self.is_log, ROOTS_OF_LOG, self.mean[:, :, _LEVEL])

    def evolve(self, weekday: int) -> None:
        """A day later: the level has moved by the slope, and everything is a little less certain."""
        self.mean[:, :, _LEVEL] += self.mean[:, :, _SLOPE]
        self.cov[:, :, _LEVEL, :] += self.cov[:, :, _SLOPE, :]
        self.cov[:, :, :, _LEVEL] += self.cov[:, :, :, _SLOPE]
        self.cov[:, :, :2, :2] /= self.keeps
        self.cov[:, :, _WEEK, _WEEK] /= WEEKDAYS_KEPT
        self.weekday, self.during = weekday, 0

    def _of_day(self, by_state: np.ndarray) -> np.ndarray:
        """What the states, along the last axis, make of the day: level, weekday, and the event if it lies in one.

        The seven weekdays add up to 0, so the seventh is what the six leave. Not as a product with a vector: that one
        comes out otherwise in its last digit where other series are followed beside it.
        """
        level, week = by_state[..., _LEVEL], by_state[..., _WEEK]
        total = level + week[..., self.weekday] if self.weekday < 6 else level - week.sum(axis=-1)
        return total + by_state[..., _EVENT] if self.during else total

    def hold_event(self, number: int, events: Events, *, begins: bool, ends: bool) -> None:
        """The day lies in an event: its effect is expected to be as that of earlier ones, and learnt as it goes."""
        level = self._size()
        wide = LIKE_KIND if ends and HOLIDAY in events.kinds[number] else EVENT_DRIFT
        if begins:
            share, wide = self._like(number, events)
            self.mean[:, :, _EVENT] = share * level
            self.cov[:, :, _EVENT, :] = self.cov[:, :, :, _EVENT] = 0
            self.effects[number] = []
        self.cov[:, :, _EVENT, _EVENT] += (wide * level) ** 2
        self.during = number

    def _like(self, number: int, events: Events) -> tuple[np.ndarray | float, np.ndarray | float]:
        """The effect of the events before that had the same names, or else the same kinds, and how far to trust it.

        How much those of a kind differ is learnt from them.
        """
        of_kind = [np.mean(self.effects[n], axis=0) for n in self.effects if events.kinds[n] == events.kinds[number]]
        if not of_kind:
            return 0.0, EVENT_EFFECT
        differ = sum((effect - np.mean(of_kind, axis=0)) ** 2 for effect in of_kind)
        wide = np.sqrt((KINDS_PRIOR * LIKE_KIND**2 + differ) / (KINDS_PRIOR + len(of_kind)))
        named = [np.mean(self.effects[n], axis=0) for n in self.effects if events.names[n] == events.names[number]]
        return (np.mean(named, axis=0), np.minimum(wide, LIKE_NAME)) if named else (np.mean(of_kind, axis=0), wide)

    def predict(self, variance: np.ndarray) -> None:
        """Mean and variance of the day to come."""
        self.variance = variance
        least = LEAST_LEARNT * (1 - self.keeps[..., 0, 0]) * variance
        self.cov[:, :, _LEVEL, _LEVEL] = np.fmax(
            self.cov[:, :, _LEVEL, _LEVEL], least
        )  # a day without one has no least
        self.pull = self._of_day(self.cov)
        self.foreseen = self._of_day(self.mean)
        self.uncertain = self._of_day(self.pull) + self._scatter() * np.where(np.isnan(variance), np.inf, variance)

    def _scatter(self) -> np.ndarray:
        """How many times the variance of chance days are taken to show: never less than once."""
        seen_for = SCALE_PRIOR + np.minimum(self.learnt, SCALE_MEMORY)
        return np.maximum(1.0, self.scatter * (1 - SCATTER_IN_DOUBT * np.sqrt(2 / seen_for)))

    def move_level(self, far: np.ndarray, doubt: np.ndarray) -> None:
        """The levels of some series have moved, and everything that is a share of them with it.

        The scatter beyond chance is one, too, as what moves the orders of a day moves them by a share; how far days
        scatter at the new level is then learnt as if it were seen for a month only.

        Parameters
        ----------
        far : how far, by series; missing where they have not.
        doubt : standard deviation of that.
        """
        found, level = ~np.isnan(far), self.mean[:, :, _LEVEL]
        new = level + np.where(found, far, 0.0)
        shares = found & (level > 0) & (new > 0) & self.has_shares
        ratio = np.clip(np.divide(new, level, out=np.ones_like(level), where=shares), 1 / MOST_RATIO, MOST_RATIO)
        self.mean *= ratio[..., None]
        self.cov *= (ratio**2)[..., None, None]
        self.scatter += np.maximum(self.scatter - 1, 0.0) * (ratio**2 - 1)
        self.mean[:, :, _LEVEL] = new
        self.mean[:, :, _SLOPE] = np.where(found, 0.0, self.mean[:, :, _SLOPE])
        self.cov[:, :, _LEVEL, _LEVEL] += np.where(found, doubt, 0.0) ** 2
        self.learnt = np.where(found, np.minimum(self.learnt, _LEARNT_LATELY), self.learnt)
        apart = np.where(found & ~shares, WEEKDAYS_IN_DOUBT * far, 0.0) ** 2
        for state in range(_WEEK.start, _WEEK.stop):
            self.cov[:, :, state, state] += apart

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
        self._learn_scatter(there & (np.abs(seen - self.foreseen) < NO_SCATTER * spread), surprise)
        if not self.during:
            self._learn_scatter_of_late(there, seen - self.foreseen)
        if self.during:
            level = np.where(self._size() != 0, self._size(), np.inf)
            self.effects[self.during].append(self.mean[:, :, _EVENT] / level)

    def _learn_scatter(self, there: np.ndarray, surprise: np.ndarray) -> None:
        """How many times the variance of pure chance the days show, from surprises cut off at their usual size."""
        rate = np.maximum(1 / (self.learnt + SCALE_PRIOR), 1 / SCALE_MEMORY)
        told = self.scatter * (1 - rate + rate * surprise**2 / _MEAN_CUT_SQUARE)
        self.scatter = np.where(there, np.maximum(told, LEAST_SCATTER), self.scatter)
        self.learnt += there

    def _learn_scatter_of_late(self, there: np.ndarray, away: np.ndarray) -> None:
        """The same from differences of successive days, which neither a level nor an incident makes large for long.

        Where it is far from what is reckoned with, it takes its place.
        """
        used = self._scatter()
        at = away / np.sqrt(np.where(there, self.variance, 1.0))
        told = np.minimum((at - self.before) ** 2 / 2, NO_SCATTER**2 * used)
        self.lately += np.where(there & ~np.isnan(self.before), told - self.lately, 0.0) / LATELY_DAYS
        self.before = np.where(there, at, self.before)
        changed = (self.lately > FAR_MORE * used) | (self.lately < FAR_LESS * used)
        self.scatter = np.where(changed, np.maximum(self.lately, LEAST_SCATTER), self.scatter)
        self.learnt = np.where(changed, _LEARNT_LATELY, self.learnt)


_LEARNT_LATELY = LATELY_DAYS - SCALE_PRIOR

_MEAN_CUT_SQUARE = 0.97756
"""Mean square of a normal deviate cut off at 2.5; held by a test."""
