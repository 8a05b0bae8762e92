"""The odds of a rule: how far is far enough, and which change it finds."""

import math
from functools import lru_cache

import numpy as np

BOTH_DAYS_BEYOND = 1.0
"""Standard errors that each of two days must deviate for the two to be judged together."""
FOUND = 0.9
"""Chance of being found within two days that makes a change visible."""


def two_days(errors: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """A day and the one before taken together, where both clearly lie on one side; 0 elsewhere.

    Parameters
    ----------
    errors : standard errors by series and day.
    before : those of the day before each, where they are not simply the same, as after the level has moved.
    """
    if before is None:
        before = np.concatenate([np.full((len(errors), 1), np.nan), errors[:, :-1]], axis=1)
    low = (errors < -BOTH_DAYS_BEYOND) & (before < -BOTH_DAYS_BEYOND)
    high = (errors > BOTH_DAYS_BEYOND) & (before > BOTH_DAYS_BEYOND)
    return np.where(low | high, (errors + before) / math.sqrt(2), 0.0)


def chance_below(errors: np.ndarray) -> np.ndarray:
    """The chance of a normal deviate below; 0 where there is no limit."""
    return np.nan_to_num(_erfc(-np.asarray(errors) / math.sqrt(2)) / 2)


_erfc = np.vectorize(math.erfc, otypes=[float])


@lru_cache(maxsize=1000)
def critical_errors(odds: float, window: int = 1) -> float:
    """How many standard errors a day, or a window of days, must deviate to one side to fire by chance this rarely.

    A single day also fires together with the day before, where both lie beyond one standard error on the same side and
    their sum beyond √2 times the bar: so a fall that a day alone leaves in doubt is found on its second day.

    >>> round(critical_errors(0.00135, window=7), 2)
    3.0
    """
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance_of_firing(middle, window) > odds else (low, middle)
    return high


def _chance_of_firing(bar: float, window: int) -> float:
    alone = float(chance_below(-bar))
    return alone if window > 1 or bar <= BOTH_DAYS_BEYOND else alone + _chance_of_two(bar)


def _chance_of_two(bar: float, moved: float = 0.0, first_at_least: float = -np.inf) -> float:
    """That two days, both moved down by so many standard errors, fire together though the second does not alone.

    ``first_at_least`` leaves out the cases in which the first lies below.
    """
    second = np.linspace(-bar, -BOTH_DAYS_BEYOND, 801)
    density = np.exp(-((second + moved) ** 2) / 2) / math.sqrt(2 * math.pi)
    most = np.minimum(-BOTH_DAYS_BEYOND, -math.sqrt(2) * bar - second)
    first = chance_below(most + moved) - chance_below(first_at_least + moved)
    return float(np.trapezoid(density * np.maximum(first, 0.0), second))


@lru_cache(maxsize=1000)
def visible_errors(bar: float) -> float:
    """How many standard errors a day must be moved for the rule to find it within two days in nine of ten cases."""
    low, high = 0.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        silent = 1 - float(chance_below(-bar + middle))
        found = 1 - silent**2 + (_chance_of_two(bar, middle, first_at_least=-bar) if bar > BOTH_DAYS_BEYOND else 0.0)
        low, high = (middle, high) if found < FOUND else (low, middle)
    return high
