"""The classifiers that compete for the churn score, learnt in folds of whole customers, and made honest as chances."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData

MODELS = {"forest": "Random forest", "logistic": "Logistic regression", "boosting": "Histogram boosting"}
BASELINES = {"recency": "Recency alone", "majority": "Majority class"}
SEED = 11
FOLDS = 4
FEWEST_OF_A_CLASS = 40
"""Customers of either kind below which nothing is learnt from them."""
SEASON_DAYS = 15
"""A cut-off a year earlier, give or take so many days, is of the same season."""
SEASON_REPEATS = 2 / 3
"""Of what a cut-off a year earlier was off by, so much comes again; the rest was that year's own (our own choice)."""
SURE = 1e-6


def classifier(name: str) -> object:
    """An unfitted classifier of scikit-learn, by its name in ``MODELS`` or ``recency``."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if name == "forest":
        return RandomForestClassifier(n_estimators=100, max_depth=10, random_state=SEED)
    if name == "boosting":
        return HistGradientBoostingClassifier(
            max_iter=120, learning_rate=0.05, max_leaf_nodes=8, early_stopping=False, random_state=SEED
        )
    if name in ("logistic", "recency"):
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    raise ValueError(f"name: expected one of {', '.join((*MODELS, 'recency'))}, got {name!r}")


def fitted_classifier(name: str, design: np.ndarray, churned: np.ndarray) -> object:
    """The same, learnt; on one core, since cores that wait for each other are slower than one."""
    unfitted = classifier(name)
    with _threads().limit(limits=1):
        return unfitted.fit(design, churned)


def raw_chances(fitted: object, design: np.ndarray) -> np.ndarray:
    """What a classifier says of each row, 0–1, not yet calibrated."""
    with _threads().limit(limits=1):
        return fitted.predict_proba(design)[:, 1]


@cache
def _threads() -> object:
    """Looked up once: to find the libraries that bring threads takes longer than most predictions."""
    import sklearn.ensemble  # noqa: F401 - the libraries must be loaded to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def folds_of_customers(
    churned: np.ndarray, customer: np.ndarray, folds: int = FOLDS
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to learn from and rows to judge by, with equal shares of churned: no customer is on both sides of a fold."""
    from sklearn.model_selection import StratifiedGroupKFold

    split = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED)
    return list(split.split(churned, churned, customer))


def chances_out_of_fold(
    name: str,
    design: np.ndarray,
    churned: np.ndarray,
    folds: list[tuple[np.ndarray, np.ndarray]],
    between: Callable[[int], None] = lambda fold: None,
) -> np.ndarray:
    """For each row what a classifier says that learnt from other customers alone."""
    said = np.empty(len(churned))
    for number, (learnt, judged) in enumerate(folds):
        between(number)
        said[judged] = raw_chances(fitted_classifier(name, design[learnt], churned[learnt]), design[judged])
    return said


@dataclass(frozen=True)
class Calibration:
    """A line through the log-odds that makes said chances come true on customers that were not learnt from.

    ``season`` is by how many log-odds churn is higher in the season ahead than customers and their features tell.
    """

    slope: float
    intercept: float
    season: float = 0.0

    def chances(self, raw: np.ndarray) -> np.ndarray:
        """Calibrated chances.

        >>> Calibration(1.0, 0.0).chances(np.array([0.25, 0.5]))
        array([0.25, 0.5 ])
        """
        return _chance(self.slope * _log_odds(raw) + self.intercept + self.season)

    def facts(self) -> dict[str, float]:
        """The same as plain data."""
        return {"slope": self.slope, "intercept": self.intercept, "season": self.season}


def calibrated(raw: np.ndarray, churned: np.ndarray) -> Calibration:
    """The line of the highest likelihood (Platt 1999), by Newton's steps; never falling.

    Parameters
    ----------
    raw : chances of customers that were not learnt from.
    """
    design = np.column_stack([_log_odds(raw), np.ones(len(raw))])
    line = np.array([1.0, 0.0])
    loss = log_loss(_chance(design @ line), churned)
    for _ in range(50):
        chance = _chance(design @ line)
        weight = np.maximum(chance * (1 - chance), SURE)
        step = np.linalg.solve((design * weight[:, None]).T @ design + SURE * np.eye(2), design.T @ (churned - chance))
        while (then := log_loss(_chance(design @ (line + step)), churned)) > loss and np.abs(step).max() > SURE:
            step = step / 2  # Newton's step may go too far where chances are far off
        if then >= loss:
            break
        line, loss = line + step, then
    return Calibration(max(float(line[0]), SURE), float(line[1]))


def season_of(chances: np.ndarray, churned: np.ndarray, days: np.ndarray, ahead_of: np.datetime64) -> float:
    """By how much churn will be higher in the season ahead, judged by the same season a year before.

    Cut-offs differ by more than their customers do: who is looked at before the busiest weeks comes back sooner. At
    each cut-off the log-odds by which calibrated chances were too low are estimated; most of what a cut-off a year
    earlier was off by is taken (``SEASON_REPEATS``), shrunk by how much of the spread between cut-offs is more than the
    chance of single customers (empirical Bayes).

    Parameters
    ----------
    chances : calibrated, of customers that were not learnt from; ``days`` are their cut-offs.
    ahead_of : the cut-off to be scored.
    """
    known = np.unique(days)
    off = pd.DataFrame([_off(chances[days == day], churned[days == day]) for day in known], index=known)
    a_year_ago = np.abs((ahead_of - np.timedelta64(364, "D") - known) / np.timedelta64(1, "D"))
    if len(known) < 3 or a_year_ago.min() > SEASON_DAYS:
        return 0.0
    by_chance = off["variance"].mean()
    between = max(float((off["by"] ** 2).mean() - by_chance), 0.0)
    same = off.iloc[int(a_year_ago.argmin())]
    return float(SEASON_REPEATS * same["by"] * between / (between + same["variance"]))


def _off(chances: np.ndarray, churned: np.ndarray) -> dict[str, float]:
    by, spread = 0.0, 1.0
    for _ in range(8):
        moved = _chance(_log_odds(chances) + by)
        spread = max(float((moved * (1 - moved)).sum()), SURE)
        by = float(np.clip(by + (churned - moved).sum() / spread, -5, 5))
    return {"by": by, "variance": 1 / spread}


def need_both_kinds(churned: np.ndarray, customer: np.ndarray, when: str) -> None:
    """Refuse to learn where nobody, or everybody, was lost.

    Raises
    ------
    NotEnoughData : fewer than ``FEWEST_OF_A_CLASS`` different customers of a kind.
    """
    lost, kept = (len(np.unique(customer[churned == kind])) for kind in (True, False))
    if min(lost, kept) < FEWEST_OF_A_CLASS:
        raise NotEnoughData(
            f"Of the customers {when}, {lost:,} did not come back and {kept:,} did: to tell them apart takes "
            f"{FEWEST_OF_A_CLASS} of either kind. Import a longer history or choose another number of days ahead."
        )


def log_loss(chances: np.ndarray, churned: np.ndarray) -> float:
    """Mean negative log-likelihood: what a model is chosen by, since it rewards ranking and honest chances at once."""
    inside = np.clip(chances, SURE, 1 - SURE)
    return float(-np.where(churned, np.log(inside), np.log1p(-inside)).mean())


def _log_odds(chances: np.ndarray) -> np.ndarray:
    inside = np.clip(chances, 1e-4, 1 - 1e-4)
    return np.log(inside) - np.log1p(-inside)


def _chance(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))
