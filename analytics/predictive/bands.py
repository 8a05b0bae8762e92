"""Between which values a day, or a sum of days, will lie: from how far forecasts of the past were off."""

import numpy as np

NEARBY = 0.25
"""Share of the horizon to either side whose errors count for a day ahead."""


def band(
    forecast: np.ndarray, errors: np.ndarray, levels: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Low and high end for each day ahead, never below 0.

    Errors are taken as shares of what was expected, so that the band is wide where much is expected, and come from
    forecasts of about as many days ahead. The quantile is that of so many errors and one more (split conformal
    prediction, Vovk et al. 2005): with a hundred errors, 95 of 100 of the next lie inside it.

    Parameters
    ----------
    forecast : the values expected.
    errors : of the backtest, a row per origin and a column per day ahead.
    levels : what was expected there.
    confidence : share of days that are to lie inside.
    """
    horizon = len(forecast)
    reach = max(3, round(NEARBY * horizon))
    scale = np.sqrt(np.maximum(levels, _floor(levels)))
    shares = errors / scale
    own = np.sqrt(np.maximum(forecast, _floor(levels)))
    low, high = np.empty(horizon), np.empty(horizon)
    for ahead in range(horizon):
        near = shares[:, max(0, ahead - reach) : ahead + reach + 1].ravel()
        low[ahead] = forecast[ahead] + own[ahead] * quantile(near, (1 - confidence) / 2)
        high[ahead] = forecast[ahead] + own[ahead] * quantile(near, (1 + confidence) / 2)
    return np.maximum(low, 0.0), np.maximum(high, 0.0)


def quantile(values: np.ndarray, share: float) -> float:
    """The quantile of so many values and one more; the farthest value where that lies beyond them.

    >>> quantile(np.arange(1.0, 20.0), 0.95), quantile(np.arange(1.0, 20.0), 0.05)
    (19.0, 1.0)
    """
    ranked, n = np.sort(values), len(values)
    rank = np.ceil((n + 1) * share) if share >= 0.5 else np.floor((n + 1) * share)
    return float(ranked[int(np.clip(rank, 1, n)) - 1])


def _floor(levels: np.ndarray) -> float:
    """A tenth of the mean level: on days on which nothing is expected, an error is not infinite."""
    return max(0.1 * float(np.mean(levels)), 1e-9)
