"""What orders of each series would do whatever is spent: calendar, events and wandering levels, by regression.

Effects multiply and are fitted by Poisson quasi-likelihood, each with a spread that is usual for its kind, as in
``analytics.predictive.regression``, whose columns are shared by all series: a season moves them alike. Each series has
a level, weekdays, a trend and a wandering of its own beside them, so that a channel that grows is not taken for one
that answers to its spend.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.periods import DAYS_A_YEAR
from analytics.predictive.history import History
from analytics.predictive.regression import FARTHEST, fitted_regression
from analytics.prescriptive.media_data import MediaHistory

OWN_SPREAD = {"weekday": 0.1, "trend": 0.3, "level": 0.04}
"""Standard deviation of the logarithm of a series' own effects beside the shared ones; the level's by quarter."""
QUARTER_DAYS = 91
MOST_STEPS = 25
WEEK_DAYS = 7


@dataclass(frozen=True, eq=False)
class Calendar:
    """The regression's columns: a row per day, the first ``shared`` of them with one effect for all ``series``.

    ``precision`` is one over the square of each effect's spread: the shared ones, then those of each series.
    ``counts`` says on which days the shop was open at all.
    """

    columns: np.ndarray
    shared: int
    series: int
    precision: np.ndarray
    counts: np.ndarray

    def effects_of(self, series: int) -> np.ndarray:
        """The positions of the effects that a series has."""
        own = self.columns.shape[1] - self.shared
        first = self.shared + series * own
        return np.concatenate([np.arange(self.shared), np.arange(first, first + own)])

    def linear(self, effects: np.ndarray) -> np.ndarray:
        """The logarithm of what is expected, a row per series."""
        return np.array([self.columns @ effects[self.effects_of(s)] for s in range(self.series)])

    def slopes(self, by_day: np.ndarray) -> np.ndarray:
        """What a row of each series pulls on each effect."""
        pulls = np.zeros(len(self.precision))
        for s, row in enumerate(by_day):
            np.add.at(pulls, self.effects_of(s), self.columns.T @ row)
        return pulls

    def curve(self, weights: np.ndarray) -> np.ndarray:
        """The curvature of the likelihood, the spreads of the effects included."""
        found = np.diag(self.precision)
        for s, row in enumerate(weights):
            at = self.effects_of(s)
            found[np.ix_(at, at)] += (self.columns * row[:, None]).T @ self.columns
        return found


def media_calendar(history: MediaHistory, events: pd.DataFrame) -> Calendar:
    """The columns for the days of a history.

    Parameters
    ----------
    events : ``known_events``.
    """
    days, total = history.days, history.orders.sum(axis=0)
    shop = History("orders", days, total, np.zeros(7, dtype=bool), total).up_to(len(days))
    design = fitted_regression(shop, events, 0).design
    own, spreads = _own_columns(days, len(history.series) > 1)
    precision = [design.precision[1:], *[spreads**-2.0] * len(history.series)]
    open_days = ~shop.closed[days.day_of_week] & ~shop.idle
    columns = np.hstack([design.columns[:, 1:], own])
    return Calendar(columns, design.columns.shape[1] - 1, len(history.series), np.concatenate(precision), open_days)


def _own_columns(days: pd.DatetimeIndex, several: bool) -> tuple[np.ndarray, np.ndarray]:
    """A level, and where there are several series how each differs from the others."""
    number, columns, spreads = np.arange(len(days)), [np.ones(len(days))], [1e4]
    if several:
        columns += [(days.day_of_week == n).astype("float64") for n in range(7)]
        columns.append((number - len(days)) / DAYS_A_YEAR)
        spreads += [OWN_SPREAD["weekday"]] * 7 + [OWN_SPREAD["trend"]]
    for first in range(len(days) - QUARTER_DAYS, QUARTER_DAYS // 2, -QUARTER_DAYS):
        columns.append(np.clip((number - first) / QUARTER_DAYS, 0.0, 1.0) - 1.0)
        spreads.append(OWN_SPREAD["level"])
    return np.array(columns).T, np.array(spreads)


@dataclass(frozen=True, eq=False)
class CalendarFit:
    """Effects given what spend does: ``expected`` orders by series and day, and the ``scatter`` of days around it.

    ``bounded`` are the orders, none farther out than days ever are; ``curve`` is the curvature at ``effects``.
    """

    effects: np.ndarray
    expected: np.ndarray
    scatter: float
    bounded: np.ndarray
    curve: np.ndarray


def fitted_calendar(
    calendar: Calendar, orders: np.ndarray, media: np.ndarray, before: CalendarFit | None = None
) -> CalendarFit:
    """Fit the effects beside a known effect of media.

    Parameters
    ----------
    media : logarithm of the factor by which spend moves orders, by series and day.
    before : an earlier fit to start from.
    """
    scatter, bounded = (before.scatter, before.bounded) if before else (1.0, orders)
    effects = before.effects if before else _start(calendar, orders, media)
    for _ in range(2):
        effects, curve = _climbed(calendar, bounded, media, effects, scatter)
        expected = np.exp(np.clip(calendar.linear(effects) + media, -20, 20))
        reach = FARTHEST * np.sqrt(scatter * expected)
        bounded = np.clip(orders, np.maximum(expected - reach, 0.0), expected + reach)
        scatter = _scatter(calendar, bounded, expected, curve, scatter)
    effects, curve = _climbed(calendar, bounded, media, effects, scatter)
    expected = np.exp(np.clip(calendar.linear(effects) + media, -20, 20)) * calendar.counts
    return CalendarFit(effects, expected, scatter, bounded, curve)


def _start(calendar: Calendar, orders: np.ndarray, media: np.ndarray) -> np.ndarray:
    effects, open_days = np.zeros(len(calendar.precision)), calendar.counts
    for s in range(calendar.series):
        level = max(orders[s, open_days].mean(), 1e-6)
        effects[calendar.effects_of(s)[calendar.shared]] = np.log(level) - media[s, open_days].mean()
    return effects


def _climbed(
    calendar: Calendar, orders: np.ndarray, media: np.ndarray, effects: np.ndarray, scatter: float
) -> tuple[np.ndarray, np.ndarray]:
    """Newton's steps, halved where one makes it worse; also the curvature there."""
    loss = _loss(calendar, orders, media, effects, scatter)
    for _ in range(MOST_STEPS):
        mean = np.exp(np.clip(calendar.linear(effects) + media, -20, 20)) * calendar.counts
        pulls = calendar.slopes((orders * calendar.counts - mean) / scatter) - calendar.precision * effects
        curve = calendar.curve(mean / scatter)
        step = np.linalg.solve(curve, pulls)
        for _ in range(20):
            tried = _loss(calendar, orders, media, effects + step, scatter)
            if tried <= loss:
                break
            step = step / 2
        effects, gained, loss = effects + step, loss - tried, tried
        if gained < 1e-3:
            break
    return effects, curve


def _loss(calendar: Calendar, orders: np.ndarray, media: np.ndarray, effects: np.ndarray, scatter: float) -> float:
    linear = np.clip(calendar.linear(effects) + media, -20, 20)
    each = (np.exp(linear) - orders * linear) * calendar.counts
    return float(each.sum() / scatter + np.sum(calendar.precision * effects**2) / 2)


def _scatter(calendar: Calendar, orders: np.ndarray, expected: np.ndarray, curve: np.ndarray, scatter: float) -> float:
    """Variance of days over their mean, or of weeks where that is larger: days that go together say less.

    At least 1, for orders are counts. What the effects took up of each stretch of days is allowed for.
    """
    off, mean = (orders - expected) * calendar.counts, expected * calendar.counts
    weights, covariance = mean / scatter, np.linalg.inv(curve)
    found = [1.0]
    for length in (1, WEEK_DAYS):
        whole = off.shape[1] // length * length
        total, free = 0.0, 0.0
        for s in range(calendar.series):
            at = calendar.effects_of(s)
            pulls = (calendar.columns * weights[s][:, None])[-whole:].reshape(-1, length, len(at)).sum(axis=1)
            blocks, means = (row[s, -whole:].reshape(-1, length).sum(axis=1) for row in (off, mean))
            taken = np.einsum("bi,ij,bj->b", pulls, covariance[np.ix_(at, at)], pulls, optimize=True) * scatter
            there = means > 0
            total += float((blocks[there] ** 2 / means[there]).sum())
            free += float((1 - taken[there] / means[there]).clip(min=0.0).sum())
        found.append(total / free if free > 1 else 1.0)
    return max(found)
