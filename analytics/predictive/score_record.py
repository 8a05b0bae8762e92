"""What came of probabilities that were kept, held against what then happened; and how far inputs have moved.

Source: population stability index (Siddiqi 2006).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95

FEWEST_CUSTOMERS = 100
SURE = 1.645
"""Standard errors beyond which chance goes once in twenty times, to one side."""
WORTH_TELLING = 0.03
"""By how much the share that left may differ from what was expected, however sure: seasons differ by as much."""
BINS = 10
MOVED, DRIFTED = 0.1, 0.25
"""Population stability index from which a distribution moved, and from which a model is asked of other customers."""


@dataclass(frozen=True)
class ScoreRecord:
    """How the kept probabilities of one run did: ``customers`` of them, ``expected`` and ``actual`` share that left.

    ``brier`` is the mean squared error, ``baseline_brier`` that of the share expected for everybody, ``auc`` how well
    they were ranked. ``bins`` has one row per tenth by probability: ``expected``, ``actual``, ``customers``.
    """

    customers: int
    expected: float
    actual: float
    brier: float
    baseline_brier: float
    auc: float
    bins: pd.DataFrame
    warnings: tuple[str, ...]


def score_record(probability: np.ndarray, happened: np.ndarray, baseline: float) -> ScoreRecord:
    """Hold probabilities against what happened.

    Parameters
    ----------
    probability : 0–1, by customer.
    happened : whether it did.
    baseline : the share that was expected for everybody alike when the scores were made.
    """
    happened = happened.astype("float64")
    squares, alike = (probability - happened) ** 2, (baseline - happened) ** 2
    record = {
        "customers": len(happened),
        "expected": float(probability.mean()),
        "actual": float(happened.mean()),
        "brier": float(squares.mean()),
        "baseline_brier": float(alike.mean()),
        "auc": _auc(probability, happened > 0),
        "bins": _bins(probability, happened),
    }
    return ScoreRecord(**record, warnings=tuple(_score_warnings(probability, happened, squares - alike)))


def _auc(probability: np.ndarray, happened: np.ndarray) -> float:
    """The share of pairs, one of either kind, that are ranked rightly; ties count half."""
    if happened.all() or not happened.any():
        return np.nan
    ranks = pd.Series(probability).rank().to_numpy()
    n = happened.sum()
    return float((ranks[happened].sum() - n * (n + 1) / 2) / (n * (len(happened) - n)))


def _bins(probability: np.ndarray, happened: np.ndarray) -> pd.DataFrame:
    place = (pd.Series(probability).rank(method="first") - 1) * BINS // len(probability)
    told = pd.DataFrame({"expected": probability, "actual": happened, "bin": place.to_numpy()})
    found = told.groupby("bin").agg(
        expected=("expected", "mean"), actual=("actual", "mean"), customers=("actual", "size")
    )
    return found.reset_index(drop=True)


def _score_warnings(probability: np.ndarray, happened: np.ndarray, worse: np.ndarray) -> list[str]:
    if len(happened) < FEWEST_CUSTOMERS:
        return []
    said = []
    if worse.mean() > SURE * worse.std() / np.sqrt(len(worse)):
        said.append("The probabilities were farther off than one and the same for everybody, beyond chance.")
    off = float(probability.mean() - happened.mean())
    spread = np.sqrt(np.mean(probability * (1 - probability)) / len(happened))
    if abs(off) > max(WORTH_TELLING, NORMAL_95 * spread):
        more = "more" if off < 0 else "fewer"
        left, expected = (formats.percent(values.mean(), 0) for values in (happened, probability))
        said.append(f"{left} did not come back, {more} than the {expected} expected: probabilities are off as a whole.")
    return said


def population_stability(before: np.ndarray, now: np.ndarray) -> float:
    """How far a distribution has moved: 0 not at all, from 0.1 on somewhat, from 0.25 on much.

    Bins hold a tenth of ``before`` each; an empty bin counts as half a customer.

    >>> population_stability(np.arange(100.0), np.arange(100.0))
    0.0
    """
    before, now = (np.asarray(v, dtype="float64")[~np.isnan(np.asarray(v, dtype="float64"))] for v in (before, now))
    if not len(before) or not len(now):
        return np.nan
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    shares = [
        np.maximum(np.bincount(np.searchsorted(edges, v, side="right"), minlength=len(edges) + 1), 0.5) / len(v)
        for v in (before, now)
    ]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
