"""How good chances of churn are on customers that were not learnt from, each figure with its range and its baseline."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95

MEASURES = {
    "auc": "ROC AUC",
    "average_precision": "Average precision",
    "brier": "Brier score",
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}
"""Name in the code → name on screen. Those after the Brier score are at a chance of one half."""
RESAMPLES = 200
SEED = 5
BINS = 10
FEWEST_IN_A_BIN = 10


def measures(chances: np.ndarray, churned: np.ndarray, weight: np.ndarray | None = None) -> dict[str, float]:
    """Every measure; one that rests on nothing (precision where nobody is called churned) is missing.

    >>> found = measures(np.array([0.9, 0.6, 0.4, 0.1]), np.array([True, False, True, False]))
    >>> found["auc"], found["accuracy"], found["precision"], found["recall"]
    (0.75, 0.5, 0.5, 0.5)
    """
    weight = np.ones(len(chances)) if weight is None else weight
    auc, average_precision = _ranking(chances, churned, weight)
    called = chances >= 0.5
    total, right = weight.sum(), (weight * (called == churned)).sum()
    hit, named, lost = ((weight * which).sum() for which in (called & churned, called, churned))
    return {
        "auc": auc,
        "average_precision": average_precision,
        "brier": float((weight * (chances - churned) ** 2).sum() / total),
        "accuracy": float(right / total),
        "precision": float(hit / named) if named else np.nan,
        "recall": float(hit / lost) if lost else np.nan,
        "f1": float(2 * hit / (named + lost)) if named + lost else np.nan,
    }


def _ranking(chances: np.ndarray, churned: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """ROC AUC, ties counting half, and average precision, equal chances taken together."""
    order = np.argsort(-chances, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(chances[order]) != 0, True))
    lost = np.cumsum((weight * churned)[order])[ends]
    kept = np.cumsum((weight * ~churned)[order])[ends]
    if not lost[-1] or not kept[-1]:
        return np.nan, np.nan
    before, new, new_kept = np.concatenate([[0], lost[:-1]]), np.diff(lost, prepend=0), np.diff(kept, prepend=0)
    auc = ((before + new / 2) * new_kept).sum() / (lost[-1] * kept[-1])
    return float(auc), float((new / lost[-1] * lost / np.maximum(lost + kept, 1e-12)).sum())


@dataclass(frozen=True)
class Ranking:
    """How well chances rank customers (ROC AUC), by how much better than others do (``gain``), with 95 % ranges."""

    auc: float
    low: float
    high: float
    other: float
    gain: float
    gain_low: float
    gain_high: float


def ranking_against(chances: np.ndarray, other: np.ndarray, churned: np.ndarray) -> Ranking:
    """The ROC AUC of chances and its gain over that of other chances of the same customers.

    Ranges follow from how much single customers matter to it (DeLong, DeLong and Clarke-Pearson 1988), which takes no
    new draws: quick enough to be asked for any group of customers. There must be two lost and two kept at least.
    """
    lost, kept = _placements(chances, churned)
    other_lost, other_kept = _placements(other, churned)
    auc, beside = float(lost.mean()), float(other_lost.mean())
    half, half_gain = _half_range(lost, kept), _half_range(lost - other_lost, kept - other_kept)
    gain = auc - beside
    return Ranking(auc, max(auc - half, 0.0), min(auc + half, 1.0), beside, gain, gain - half_gain, gain + half_gain)


def _placements(chances: np.ndarray, churned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each lost customer the share of the kept below, and of each kept the share of the lost above; ties half."""
    rank = pd.Series(chances).rank().to_numpy()
    lost = (rank[churned] - pd.Series(chances[churned]).rank().to_numpy()) / (~churned).sum()
    kept = 1 - (rank[~churned] - pd.Series(chances[~churned]).rank().to_numpy()) / churned.sum()
    return lost, kept


def _half_range(lost: np.ndarray, kept: np.ndarray) -> float:
    return NORMAL_95 * float(np.sqrt(lost.var(ddof=1) / len(lost) + kept.var(ddof=1) / len(kept)))


def scored_models(said: dict[str, np.ndarray], churned: np.ndarray, against: str) -> pd.DataFrame:
    """Every model by every measure, with 95 % ranges from drawing the customers again.

    Parameters
    ----------
    said : the chances of each model, for the same customers.
    against : the model that AUC and Brier score are held against, drawn alike.

    Returns
    -------
    One row per ``model`` and ``measure``: ``value``, ``low``, ``high``, and ``gain``, ``gain_low``, ``gain_high``, by
    which it is better (positive) than the model ``against``.
    """
    chance = np.random.default_rng(SEED)
    order = {name: np.argsort(-chances, kind="stable") for name, chances in said.items()}  # sorted once for all draws
    draws = [_measures_of_all(said, churned, order, np.ones(len(churned)))]
    for _ in range(RESAMPLES):
        weight = chance.multinomial(len(churned), np.full(len(churned), 1 / len(churned)))
        draws.append(_measures_of_all(said, churned, order, weight))
    table = np.array(draws, dtype="float64")  # draw × model × measure
    sign = np.array([-1.0 if key == "brier" else 1.0 for key in MEASURES])
    gains = (table - table[:, [list(said).index(against)], :]) * sign
    rows = []
    for m, model in enumerate(said):
        for k, key in enumerate(MEASURES):
            low, high = _range(table[1:, m, k])
            gain_low, gain_high = _range(gains[1:, m, k])
            rows.append((model, key, table[0, m, k], low, high, gains[0, m, k], gain_low, gain_high))
    names = ["model", "measure", "value", "low", "high", "gain", "gain_low", "gain_high"]
    return pd.DataFrame(rows, columns=names)


def _measures_of_all(
    said: dict[str, np.ndarray], churned: np.ndarray, order: dict[str, np.ndarray], weight: np.ndarray
) -> list[list[float]]:
    """The measures of each model in their order."""
    return [
        list(measures(chances[order[name]], churned[order[name]], weight[order[name]]).values())
        for name, chances in said.items()
    ]


def _range(draws: np.ndarray) -> tuple[float, float]:
    told = draws[~np.isnan(draws)]
    return (np.nan, np.nan) if not len(told) else tuple(np.quantile(told, [0.025, 0.975]).tolist())


def reliability(chances: np.ndarray, churned: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """Said against happened, in bins of equally many customers by falling certainty.

    Returns
    -------
    One row per bin, by rising chance: ``customers``, ``said`` (mean chance), ``happened`` (share lost) with its 95 %
    range ``happened_low`` and ``happened_high`` (Wilson 1927).
    """
    number = max(1, min(bins, len(chances) // FEWEST_IN_A_BIN))
    parts = np.array_split(np.argsort(chances, kind="stable"), number)
    rows = [(len(p), chances[p].mean(), churned[p].mean(), *wilson(churned[p].sum(), len(p))) for p in parts]
    return pd.DataFrame(rows, columns=["customers", "said", "happened", "happened_low", "happened_high"])


def wilson(hits: float, number: int) -> tuple[float, float]:
    """The 95 % range of a share (Wilson 1927).

    >>> tuple(round(float(end), 3) for end in wilson(5, 10))
    (0.237, 0.763)
    """
    share, spread = hits / number, NORMAL_95**2 / number
    middle = (share + spread / 2) / (1 + spread)
    half = NORMAL_95 * np.sqrt(share * (1 - share) / number + spread / (4 * number)) / (1 + spread)
    return middle - half, middle + half


def calibration_error(chances: np.ndarray, churned: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: by how much bins are off on average, by their customers."""
    table = reliability(chances, churned, bins)
    return float((table["customers"] * (table["said"] - table["happened"]).abs()).sum() / table["customers"].sum())


def calibration_error_by_chance(chances: np.ndarray, draws: int = 200) -> tuple[float, float]:
    """What the calibration error is where every chance is exactly true: its mean, and the 95th of a hundred.

    So few customers make bins differ from what they are said to be; an error within this is none that can be seen.
    """
    chance, found = np.random.default_rng(SEED), []
    parts = np.array_split(np.sort(chances), max(1, min(BINS, len(chances) // FEWEST_IN_A_BIN)))
    for _ in range(draws):
        off = [abs((chance.random(len(p)) < p).sum() - p.sum()) for p in parts]
        found.append(sum(off) / len(chances))
    return float(np.mean(found)), float(np.quantile(found, 0.95))


def lift_by_decile(chances: np.ndarray, churned: np.ndarray) -> pd.DataFrame:
    """How many more are lost among the tenth at highest risk than among all, and so on for each tenth.

    Returns
    -------
    One row per tenth, the riskiest first: ``decile``, ``customers``, ``lost``, ``share`` of them lost with
    ``share_low`` and ``share_high`` (95 %), ``lift`` (share over that of all; missing where nobody is lost) and
    ``found`` (share of all lost who are in this tenth or a riskier one).
    """
    parts = np.array_split(np.argsort(-chances, kind="stable"), min(10, len(chances)))
    rate, rows, found = churned.mean(), [], 0
    for number, part in enumerate(parts, 1):
        lost = int(churned[part].sum())
        found += lost
        share = lost / len(part)
        low, high = wilson(lost, len(part))
        told = (share / rate, found / churned.sum()) if rate else (np.nan, np.nan)
        rows.append((number, len(part), lost, share, low, high, *told))
    names = ["decile", "customers", "lost", "share", "share_low", "share_high", "lift", "found"]
    return pd.DataFrame(rows, columns=names)
