"""A forecast by regression on what is known of the days to come: level, weekday, season of the year and known events.

Effects multiply, because a holiday moves a large shop by more than a small one. They are fitted by Poisson
quasi-likelihood, which asks nothing of the values but that their mean is right and that they are not negative. Each
effect has a spread that is usual for its kind, and is drawn to nothing by as much as the scatter of days hides it; the
level wanders from fortnight to fortnight. A day farther out than days ever are counts as the farthest that they are.
Source: quasi-likelihood (Wedderburn 1974), normal priors as ridge penalties (Hoerl & Kennard 1970), Fourier terms for
the year (Harvey 1989), a wandering level (Harvey 1989), bounded residuals (Huber 1964); the spreads are our own choice.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.periods import DAYS_A_YEAR
from analytics.predictive.history import History

HARMONICS = 2
DAYS_FOR_A_YEAR = 500
"""From which a season of the year is told from a trend: its second turn has begun by months."""
AFTER_EVENT_DAYS = 3
LONG_EVENT_DAYS = 8
"""From which an event has a course of its own from its first day to its last."""
DAYS_OF_COURSE = 3
STEP_DAYS = 14
SPREAD = {
    "weekday": 0.2,
    "trend": 0.15,
    "year": 0.1,
    "kind": 0.2,
    "name": 0.25,
    "course": 0.25,
    "after": 0.15,
    "level": 0.03,
}
"""Standard deviation of the logarithm of an effect; of the trend by year, of the level by ``STEP_DAYS``."""
FARTHEST = 5.0
"""Residuals beyond so many usual ones count as that many."""
SMALLEST_RESIDUAL = 0.1
MOST_STEPS = 40
ROUNDS = 3
KINDS = ("holiday", "promotion")


@dataclass(frozen=True, eq=False)
class Design:
    """What is known of the ``days``, those forecast included: a row per day, a column per effect.

    ``keys`` says what a column is, ``("name", "Easter")``; ``precision`` is one over the square of its spread.
    """

    days: pd.DatetimeIndex
    keys: tuple[tuple[str, str], ...]
    columns: np.ndarray
    precision: np.ndarray

    def of_event(self, label: str, kind: str) -> np.ndarray:
        """Which columns make up the effect of an event, the days after it included."""
        own = {("name", label), ("kind", kind), ("after", label)}
        return np.array([key in own or (key[0] == "course" and key[1].startswith(f"{label}\n")) for key in self.keys])


@dataclass(frozen=True, eq=False)
class Fit:
    """Effects as logarithms, with their covariance; ``expected`` has every day of the design, the known ones first."""

    design: Design
    effects: np.ndarray
    covariance: np.ndarray
    expected: np.ndarray


def regression_forecast(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """The values to be expected of the next days.

    Parameters
    ----------
    calendar : ``known_events``; holidays and promotions to come are used as far as they are written down.
    """
    return fitted_regression(history, calendar, horizon).expected[len(history.days) :]


def fitted_regression(history: History, calendar: pd.DataFrame, horizon: int) -> Fit:
    """The regression itself, for whoever asks what an event does."""
    ahead = history.next_days(horizon)
    design = _design(history.days.append(ahead), len(history.days), calendar)
    counts = ~history.closed[history.days.dayofweek] & ~history.idle
    values = np.maximum(history.values, 0.0)[counts]
    level = values.mean() if len(values) else 0.0
    size = len(design.keys)
    if level <= 0:
        return Fit(design, np.zeros(size), np.diag(1 / design.precision), np.zeros(len(design.days)))
    effects, covariance = _fitted(design.columns[: len(history.days)][counts], values / level, design.precision)
    expected = level * _exp(design.columns @ effects)
    return Fit(design, effects, covariance, np.where(history.closed[design.days.dayofweek], 0.0, expected))


def _design(days: pd.DatetimeIndex, known: int, calendar: pd.DataFrame) -> Design:
    columns: dict[tuple[str, str], np.ndarray] = {("level", ""): np.ones(len(days))}
    spreads = [1e4]
    weekday, number = days.dayofweek.to_numpy(), np.arange(len(days))
    for n in range(7):
        columns["weekday", str(n)] = (weekday == n).astype("float64")
    columns["trend", ""] = (np.minimum(number, known - 1) - known) / DAYS_A_YEAR  # a trend is not carried on
    spreads += [SPREAD["weekday"]] * 7 + [SPREAD["trend"]]
    if known >= DAYS_FOR_A_YEAR:
        angle = 2 * np.pi * days.dayofyear.to_numpy() / DAYS_A_YEAR
        for n in range(1, HARMONICS + 1):
            columns["year", f"sin {n}"], columns["year", f"cos {n}"] = np.sin(n * angle), np.cos(n * angle)
            spreads += [SPREAD["year"] / n] * 2
    events = {key: inside for key, inside in _events(days, calendar).items() if inside[:known].any()}
    columns |= events
    spreads += [SPREAD[kind] for kind, _ in events]
    for first in range(known - STEP_DAYS, STEP_DAYS, -STEP_DAYS):
        columns["step", str(first)] = np.clip((number - first) / STEP_DAYS, 0.0, 1.0) - 1.0
        spreads.append(SPREAD["level"])
    return Design(days, tuple(columns), np.array(list(columns.values())).T, np.array(spreads) ** -2.0)


def _events(days: pd.DatetimeIndex, calendar: pd.DataFrame) -> dict[tuple[str, str], np.ndarray]:
    """A column per kind of event and per name, for the course of long ones, counted back from their last day."""
    at = days.to_numpy().astype("M8[D]")
    found: dict[tuple[str, str], np.ndarray] = {}
    for event in calendar[calendar["kind"].isin(KINDS)].to_dict("records"):
        start, end = (np.datetime64(pd.Timestamp(event[c]), "D") for c in ("start_date", "end_date"))
        before_end, length = (end - at).astype(int), int((end - start).astype(int)) + 1
        during = (before_end >= 0) & (before_end < length)
        name = str(event["label"])
        own = {("kind", event["kind"]): during, ("name", name): during}
        own["after", name] = (before_end < 0) & (before_end >= -AFTER_EVENT_DAYS)
        if length >= LONG_EVENT_DAYS:
            for place in range(-(-length // DAYS_OF_COURSE) + 1):
                near = 1 - np.abs(before_end - place * DAYS_OF_COURSE) / DAYS_OF_COURSE
                own["course", f"{name}\n{place}"] = np.maximum(near, 0.0) * during
        for key, inside in own.items():
            found[key] = np.maximum(found.get(key, 0.0), inside.astype("float64"))
    return found


def _fitted(columns: np.ndarray, values: np.ndarray, precision: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Effects and their covariance; the scatter of days and what lies too far out are found in turns."""
    effects = np.zeros(columns.shape[1])
    effects[0] = np.log(max(values.mean(), 1e-9))
    scatter, bounded = max(float(np.var(np.diff(values))) / 2, 1e-3) if len(values) > 2 else 1.0, values
    for _ in range(ROUNDS):
        effects, curve = _climbed(columns, bounded, precision, scatter, effects)
        mean = _exp(columns @ effects)
        size = np.sqrt(mean)
        usual = max(1.4826 * float(np.median(np.abs(values - mean) / size)), SMALLEST_RESIDUAL)
        bounded = np.clip(values, np.maximum(mean - FARTHEST * usual * size, 0.0), mean + FARTHEST * usual * size)
        used = np.trace(np.linalg.solve(curve, (columns * (mean / scatter)[:, None]).T @ columns))
        scatter = max(float(np.sum((bounded - mean) ** 2 / mean)) / max(len(values) - used, 10.0), 1e-4)
    effects, curve = _climbed(columns, bounded, precision, scatter, effects)
    return effects, np.linalg.inv(curve)


def _climbed(
    columns: np.ndarray, values: np.ndarray, precision: np.ndarray, scatter: float, effects: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Iteratively reweighted least squares; halves a step that makes it worse. Also the curvature there."""
    loss = _loss(columns, values, effects, precision, scatter)
    for _ in range(MOST_STEPS):
        mean = _exp(columns @ effects)
        slope = columns.T @ (values - mean) / scatter - precision * effects
        curve = (columns * (mean / scatter)[:, None]).T @ columns + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        for _ in range(20):
            tried = _loss(columns, values, effects + step, precision, scatter)
            if tried <= loss:
                break
            step = step / 2
        effects, gained, loss = effects + step, loss - tried, tried
        if gained < 1e-7 * len(values):
            break
    return effects, curve


def _loss(columns: np.ndarray, values: np.ndarray, effects: np.ndarray, precision: np.ndarray, scatter: float) -> float:
    linear = np.clip(columns @ effects, -20, 20)
    return float(np.sum(np.exp(linear) - values * linear) / scatter + np.sum(precision * effects**2) / 2)


def _exp(linear: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(linear, -20, 20))
