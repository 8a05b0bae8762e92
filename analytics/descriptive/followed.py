"""Series made ready to be followed day by day: on a scale on which chance moves them as far at every level.

Sums and counts are followed by their square root, because the variance of a Poisson count, and of a sum of that many
amounts, is then the same at every level; amounts per order by their logarithm; shares of a total by the arcsine of
their root.
Source: square roots of counts and arcsines of shares (Anscombe 1948).
"""

from dataclasses import dataclass

import numpy as np

from analytics.metrics import Metric

DAYS_TO_LEARN = 28
"""Days before anything is judged; the first ones know those to come among them."""
MEMORY_DAYS = 90
"""Days over which sums are remembered from which the variance of pure chance follows."""
LEAST_DEVIATION = 1e-4
"""Of single amounts or scores, as a share of their mean, where all are alike: computers reckon no finer for long."""
COUNTED = 3 / 8
"""Added to a count before its root is taken, which makes the variance the same down to a few."""


@dataclass(frozen=True)
class Followed:
    """Series to be followed: arrays by series and day.

    ``values`` are in the metric's unit, ``seen`` in the scale in which they are followed (missing where there was
    nothing to see), ``variance`` is what pure chance would give a day there; ``scale`` is count, root, log, arcsine or
    plain.
    """

    values: np.ndarray
    seen: np.ndarray
    variance: np.ndarray
    scale: str


def followed_series(measured: Metric, parts: dict[str, np.ndarray]) -> Followed:
    """A metric of several series, made ready to be followed.

    Parameters
    ----------
    parts : the metric's parts, its ``spread`` and ``orders``: arrays by series and day.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.asarray(measured.value(parts), dtype="float64")
        if measured.denominator is None:
            counts = measured.spread is None
            seen = np.sqrt(values + COUNTED) if counts else _root(values)
            return Followed(values, seen, _variance_of_root(measured, parts), "count" if counts else "root")
        if measured.numerator == "refunds":
            return Followed(values, _root(values), _variance_of_refund_rate(parts), "root")
        n = np.where(parts[measured.denominator] > 0, parts[measured.denominator], np.nan)
        variance = _variance_of_mean(measured, parts, n)
        if measured.unit == "money":
            level = _remembered(parts[measured.numerator]) / _remembered(parts[measured.denominator])
            return Followed(values, np.log(np.where(values > 0, values, np.nan)), variance / level**2, "log")
        return Followed(values, values, variance, "plain")


def followed_shares(counts: np.ndarray, of: np.ndarray) -> Followed:
    """Counts as shares of a total, made ready to be followed; missing where there is no total.

    By the arcsine of the root, whose variance is that of the total alone (Anscombe 1948).

    Parameters
    ----------
    counts : by series and day.
    of : their total, by day.
    """
    total = np.where(of > 0, of, np.nan)
    seen = np.arcsin(np.sqrt((counts + COUNTED) / (total + 2 * COUNTED)))
    variance = np.broadcast_to(1 / (4 * total + 2), counts.shape)
    return Followed(counts / total, seen, variance, "arcsine")


def _root(values: np.ndarray) -> np.ndarray:
    """The square root, of what lies below 0 taken downwards."""
    return np.sign(values) * np.sqrt(np.abs(values))


def _variance_of_refund_rate(parts: dict[str, np.ndarray]) -> np.ndarray:
    """As of a sum, over the sales that it is a share of; squares of revenue hold those of sales and of refunds."""
    squares = parts["revenue_squared"] - parts["sales_squared"]
    sales = np.where(parts["sales"] > 0, parts["sales"], np.nan)
    return _remembered(squares) / (4 * np.abs(_remembered(parts["refunds"]))) / sales


def refunds_a_day(parts: dict[str, np.ndarray]) -> np.ndarray:
    """How many refunds of equal size would scatter as much as those of the days up to each, by day."""
    squares = _remembered(parts["revenue_squared"] - parts["sales_squared"])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(_remembered(parts["refunds"]) ** 2 / squares) / MEMORY_DAYS


def _variance_of_root(measured: Metric, parts: dict[str, np.ndarray]) -> np.ndarray:
    """Of the square root of a count 1/4; of a sum a quarter of the mean square over the mean of what it sums."""
    if measured.spread is None:
        return np.full(parts[measured.numerator].shape, 0.25)
    return _remembered(parts[measured.spread]) / (4 * np.abs(_remembered(parts[measured.numerator])))


def _variance_of_mean(measured: Metric, parts: dict[str, np.ndarray], n: np.ndarray) -> np.ndarray:
    total = _remembered(parts[measured.denominator])
    if measured.spread:
        mean = _remembered(parts[measured.numerator]) / total
        return np.maximum(_remembered(parts[measured.spread]) / total - mean**2, (LEAST_DEVIATION * mean) ** 2) / n
    share = _remembered(parts[measured.numerator]) / total
    return np.maximum(share * (1 - share), 1e-6) / n


def _remembered(daily: np.ndarray) -> np.ndarray:
    """Sums of the days up to each, older ones counting less; the first days know those to come of their first month."""
    kept = 1 - 1 / MEMORY_DAYS
    started = daily[:, :DAYS_TO_LEARN].mean(axis=1) / (1 - kept)
    sums = np.empty(daily.shape)
    for day in range(daily.shape[1]):
        started = sums[:, day] = kept * started + daily[:, day]
    return sums


BACK = {
    "root": lambda root: np.sign(root) * root**2,
    "count": lambda root: np.maximum(np.maximum(root, 0.0) ** 2 - COUNTED, 0.0),  # there are no fewer than none
    "log": np.exp,
    "plain": lambda value: value,
    "arcsine": lambda angle: np.sin(np.clip(angle, 0, np.pi / 2)) ** 2,
}
"""From the scale in which a series is followed back to the metric's unit."""
