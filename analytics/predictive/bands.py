"""Between which values a day, or a sum of days, will lie: from how far forecasts of the past were off."""

import numpy as np

NEARBY = 0.25
"""Share of the horizon to either side whose errors count for a day ahead."""


def band(
    forecast: np.ndarray, errors: np.ndarray, levels: np.ndarray, confidence: float, signed: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end for each day ahead, below 0 only where ``signed``, and around what is expected.

    Errors are taken as shares of what was expected, so that the band is wide where much is expected, and come from
    forecasts of about as many days ahead. The quantile is that of so many errors and one more (split conformal
    prediction, Vovk et al. 2005): with a hundred errors, 95 of 100 of the next lie inside it.

    Parameters
    ----------
    forecast : the values expected.
    errors : of the backtest, a row per origin and a column per day ahead.
    levels : what was expected there.
    confidence : share of days that are to lie inside.
    signed : days may be below 0: what is expected is then no measure of how far it may be off, and errors are taken as
        they are.
    """
    horizon = len(forecast)
    reach = max(3, round(NEARBY * horizon))
    scale = np.ones_like(levels) if signed else np.sqrt(np.maximum(levels, _floor(levels)))
    shares = np.where(_open(errors, levels), errors / scale, np.nan)
    own = np.ones(horizon) if signed else np.sqrt(np.maximum(forecast, _floor(levels)))
    low, high = np.empty(horizon), np.empty(horizon)
    for ahead in range(horizon):
        near = shares[:, max(0, ahead - reach) : ahead + reach + 1].ravel()
        near = near[~np.isnan(near)] if not np.isnan(near).all() else np.zeros(1)
        low[ahead] = forecast[ahead] + own[ahead] * quantile(near, (1 - confidence) / 2)
        high[ahead] = forecast[ahead] + own[ahead] * quantile(near, (1 + confidence) / 2)
    least = -np.inf if signed else 0.0
    return np.maximum(np.minimum(low, forecast), least), np.maximum(np.maximum(high, forecast), least)


def quantile(values: np.ndarray, share: float) -> float:
    """The quantile of so many values and one more; the farthest value where that lies beyond them.

    >>> quantile(np.arange(1.0, 20.0), 0.95), quantile(np.arange(1.0, 20.0), 0.05)
    (19.0, 1.0)
    """
    ranked, n = np.sort(values), len(values)
    rank = np.ceil((n + 1) * share) if share >= 0.5 else np.floor((n + 1) * share)
    return float(ranked[int(np.clip(rank, 1, n)) - 1])


def _open(errors: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """All days but those on which nothing was expected and nothing came: that a shop is shut is no success."""
    return (errors != 0) | (levels != 0)


def _floor(levels: np.ndarray) -> float:
    """A tenth of the mean level: on days on which nothing is expected, an error is not infinite."""
    return max(0.1 * float(np.mean(levels)), 1e-9)


def sum_band(
    expected: float,
    days: int,
    errors: np.ndarray,
    levels: np.ndarray,
    noise: float,
    confidence: float,
    signed: bool = False,
) -> tuple[float, float]:
    """Low and high end of a sum of days ahead, below 0 only where ``signed``: from how far such sums were off.

    What a sum is off by has two parts, the chance of single orders, which grows with its root, and a wrong level, which
    grows with the sum itself; past errors are taken in units of both. Of fewer errors than the tail needs, their
    spread counts and Student's t says how far out the tail lies, with as many degrees as there are origins.

    Parameters
    ----------
    expected : the sum of those days.
    days : how many.
    errors, levels : of single days as in ``band``.
    noise : variance of a day's value over its expectation, as of ``order_noise``.
    signed : as in ``band``.
    """
    off, level = sums_of_days(errors, days), sums_of_days(levels, days)
    if signed:
        low, high = _ends(off, confidence)
        return min(expected + low, expected), max(expected + high, expected)
    level = np.maximum(level, _floor(level))
    beyond = max(0.0, float(np.mean(off**2 - noise * level)) / float(np.mean(level**2)))
    units = off / np.sqrt(noise * level + beyond * level**2 + 1e-18)
    own = np.sqrt(noise * max(expected, 0.0) + beyond * max(expected, 0.0) ** 2)
    low, high = (expected + own * end for end in _ends(units, confidence))
    return max(float(low), 0.0), max(float(high), 0.0)


def sums_of_days(rows: np.ndarray, days: int) -> np.ndarray:
    """Sums of so many days after each other, as often as they fit into each row; of fewer days where none does.

    >>> sums_of_days(np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]), 2)
    array([[3., 7.]])
    """
    days = min(days, rows.shape[1])
    fit = rows.shape[1] // days
    return rows[:, : fit * days].reshape(len(rows), fit, days).sum(axis=2)


def coverage(errors: np.ndarray, levels: np.ndarray, confidence: float, signed: bool = False) -> float:
    """The share (0–1) of days of the past that lay inside the band that the other origins give."""
    return float(np.mean(days_inside(errors, levels, confidence, signed)))


def days_inside(errors: np.ndarray, levels: np.ndarray, confidence: float, signed: bool = False) -> np.ndarray:
    """Whether each day of the past lay inside the band that the other origins give: a row per origin.

    An origin's own errors say nothing of the band that it is held against; earlier ones alone would leave the first
    origins without any.
    """
    inside = []
    for origin in range(len(errors)):
        others = np.arange(len(errors)) != origin
        low, high = band(levels[origin], errors[others], levels[others], confidence, signed)
        came = levels[origin] + errors[origin]
        inside.append((came >= low) & (came <= high))
    return np.array(inside)


def _ends(units: np.ndarray, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    if (units.size + 1) * tail >= 1:
        return quantile(units.ravel(), tail), quantile(units.ravel(), 1 - tail)
    from scipy.stats import t

    reach = float(t.ppf(1 - tail, len(units)) * np.sqrt(np.mean(units**2)))
    return -reach, reach
