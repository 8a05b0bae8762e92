"""How far what was expected of customers was from what they then brought: each of them, their tenths, their total."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_80, NORMAL_95

DECILES = 10
T_80 = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397)
"""Half-width of an 80 % range in standard errors, where these rest on one, two, … observations."""
USUAL_LEVEL, COUNTS_AS = 0.1, 2
"""How far totals are taken to be off before any cut-off is seen, and how many cut-offs that counts as."""
LEAST_POWER, LARGEST_POWER = 0.5, 2.0


@dataclass(frozen=True)
class Noise:
    """How widely what single customers bring scatters around what is expected of them, and how far totals were off.

    The variance of a customer of whom ``m`` is expected is ``size * m ** power`` (Taylor's law). ``level`` is the
    standard deviation of the logarithm by which whole totals are off, learnt at ``cut_offs`` earlier days. A few of
    these that were right by luck do not make it nothing: about 10 % counts as two more (our own choice; published
    totals of CDNOW are 12 % off, those of simulated shops 5 to 10 %).
    """

    size: float
    power: float
    level: float
    cut_offs: int

    def of_customers(self, expected: np.ndarray) -> float:
        """The standard deviation of the sum of these customers, from their own scatter alone."""
        return math.sqrt(float(np.sum(self.size * np.power(np.maximum(expected, 0.0), self.power))))

    def range_of_sum(self, expected: np.ndarray) -> tuple[float, float]:
        """Between which amounts the sum of what these customers bring lies in 80 of 100 cases."""
        total, own = float(np.sum(expected)), NORMAL_80 * self.of_customers(expected)
        level = T_80[min(self.cut_offs + COUNTS_AS, len(T_80)) - 1] * self.level
        down, up = total * -math.expm1(-level), total * math.expm1(min(level, 5.0))
        return max(0.0, total - math.hypot(down, own)), total + math.hypot(up, own)


def value_scores(expected: np.ndarray, actual: np.ndarray) -> dict[str, float]:
    """How good an expectation was.

    Returns
    -------
    ``mae`` and ``rmse`` (the shop's currency), ``r2``, ``total_error`` (expected over actual, less 1),
    ``rank_correlation`` (Spearman), ``customer_error`` (mean absolute error relative to the mean that customers
    brought), ``decile_error`` (the same of the means of tenths, see ``value_deciles``) and ``error``, the sum of both,
    by which methods are chosen: the first says how well customers are told apart, the second whether sums of them
    hold. A guess of what the median customer brings, mostly nothing, is best by the first alone and useless for sums.

    >>> round(value_scores(np.array([1.0, 3.0]), np.array([2.0, 4.0]))["total_error"], 3)
    -0.333
    """
    off, mean = expected - actual, float(actual.mean())
    spread = float(((actual - mean) ** 2).sum())
    ranks = np.corrcoef(pd.Series(expected).rank(), pd.Series(actual).rank()) if _differ(expected, actual) else None
    tenths = value_deciles(expected, actual)
    shares = (np.abs(off).mean() / mean, float((tenths["expected"] - tenths["actual"]).abs().mean()) / mean)
    return {
        "mae": float(np.abs(off).mean()),
        "rmse": float(np.sqrt((off**2).mean())),
        "r2": 1 - float((off**2).sum()) / spread if spread > 0 else float("nan"),
        "total_error": float(expected.sum() / actual.sum() - 1),
        "rank_correlation": float("nan") if ranks is None else float(ranks[0, 1]),
        "customer_error": float(shares[0]),
        "decile_error": float(shares[1]),
        "error": float(sum(shares)),
    }


def value_deciles(expected: np.ndarray, actual: np.ndarray) -> pd.DataFrame:
    """Customers in ten groups by what was expected of them, and what they brought.

    Returns
    -------
    One row per ``decile``, 1 the best: ``customers``, ``expected`` and ``actual`` (means, the shop's currency), and
    ``actual_low`` and ``actual_high`` (95 % range of the mean: which other customers like these might have been there).
    """
    best_first = np.argsort(-expected, kind="stable")
    number = np.empty(len(expected), dtype="int64")
    number[best_first] = np.arange(len(expected)) * DECILES // max(1, len(expected)) + 1
    groups = pd.DataFrame({"decile": number, "expected": expected, "actual": actual}).groupby("decile")
    told = groups.agg(customers=("actual", "size"), expected=("expected", "mean"), actual=("actual", "mean"))
    half = NORMAL_95 * groups["actual"].std().fillna(0.0) / np.sqrt(told["customers"])
    return told.assign(actual_low=told["actual"] - half, actual_high=told["actual"] + half).reset_index()


def noise_of(expected: np.ndarray, actual: np.ndarray, level_errors: list[tuple[float, float]]) -> Noise:
    """How far sums of expectations may be off, learnt after a cut-off and from totals at earlier ones.

    Parameters
    ----------
    expected, actual : of each customer after the cut-off.
    level_errors : per cut-off the logarithm of actual over expected total, and how much of its variance the scatter of
        single customers explains.
    """
    squares = (actual - expected * actual.sum() / expected.sum()) ** 2
    tenths = value_deciles(expected, squares)
    told = tenths[(tenths["expected"] > 0) & (tenths["actual"] > 0)]
    power = 1.0
    if len(told) > 2 and told["expected"].nunique() > 1:
        power = float(np.polyfit(np.log(told["expected"]), np.log(told["actual"]), 1)[0])
    power = min(max(power, LEAST_POWER), LARGEST_POWER)
    size = float(squares.sum() / np.sum(np.power(np.maximum(expected, 0.0), power)))
    beyond = max(0.0, sum(error**2 - own for error, own in level_errors))
    level = math.sqrt((beyond + COUNTS_AS * USUAL_LEVEL**2) / (len(level_errors) + COUNTS_AS))
    return Noise(size, power, level, len(level_errors))


def _differ(*arrays: np.ndarray) -> bool:
    return all(np.ptp(values) > 0 for values in arrays)
