"""What customers' scores say of prices: a second opinion, weaker than what orders say."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95
from analytics.errors import NotEnoughData
from analytics.prescriptive.price_days import PriceDays

FEWEST_SCORES = 100
RISE = 0.10
"""Scores are told for a price so much higher."""
BEARS, CAREFUL, NO_VIEW = "May bear more", "Be careful", "No view"


@dataclass(frozen=True, eq=False)
class PriceScores:
    """``table`` has one row per group, the best liked first.

    ``group``, ``scores`` (how many), ``score`` (mean), ``score_low``, ``score_high`` (95 %), ``moved`` (points of
    score for a price 10 % higher, at equal delivery), ``moved_low``, ``moved_high`` (95 %) and ``opinion``.
    """

    table: pd.DataFrame
    mean: float
    sentence: str
    explained: str


def price_scores(prices: PriceDays) -> PriceScores:
    """How well each group is liked, and whether its scores fell when its price rose.

    A group that is liked better than the others and whose scores did not fall with dearer prices may bear more; one
    that is liked less, or whose scores fell, calls for care. Scores say little of who did not buy: they are a second
    opinion.

    Raises
    ------
    NotEnoughData : too few orders in view have a score.

    Source: our own choice; least squares with a level for each group and month, weighted by scores.
    """
    cells = prices.sums[prices.sums["scores"] > 0]
    if cells["scores"].sum() < FEWEST_SCORES:
        raise NotEnoughData(
            f"A second opinion needs {FEWEST_SCORES} scored orders with lines: there are {cells['scores'].sum():,.0f}."
        )
    mean = float(cells["score"].sum() / cells["scores"].sum())
    effects, errors, scatter = _regression(cells, prices)
    rows = []
    for name in prices.listed:
        own = cells[cells["group"] == name]
        count = float(own["scores"].sum())
        if count:
            rows.append(_row(name, own, count, effects.get(name, np.nan), errors.get(name, np.nan), scatter, mean))
    if not rows:
        raise NotEnoughData("No order of the categories in view has a score.")
    table = pd.DataFrame(rows).sort_values("score", ascending=False, ignore_index=True)
    return PriceScores(table, mean, _sentence(table), _EXPLAINED)


_EXPLAINED = (
    "Scores of all days by the members in view. Points that a price 10 % higher moves a score: least squares on the "
    "mean score of each group and day, with a level for each group and each month and the mean days of delivery, "
    "weighted by scores. May bear more: liked beyond chance better than all orders, and scores did not fall beyond "
    "chance with the price. Be careful: liked beyond chance less, or scores fell. Weaker evidence than orders: those "
    "who stayed away for the price gave no score. Ranges: 95 %."
)


def _regression(cells: pd.DataFrame, prices: PriceDays) -> tuple[dict[str, float], dict[str, float], float]:
    """Points for a logarithm of price by group, their standard errors, and the scatter of a single score."""
    at = (cells["day"] - prices.days[0]).dt.days.to_numpy()
    group = cells["group"].map(prices.names.index).to_numpy()
    months = pd.factorize(cells["day"].dt.to_period("M"))[0]
    price = prices.log_price[at, group]
    columns = [np.eye(len(prices.names))[group], np.eye(months.max() + 1)[months][:, 1:]]
    columns.append((cells["delivery_days"] / cells["scores"]).to_numpy()[:, None])
    slopes = np.eye(len(prices.names))[group] * price[:, None]
    kept = [n for n in range(slopes.shape[1]) if slopes[:, n].std() > 1e-6]
    design = np.concatenate([*columns, slopes[:, kept]], axis=1)
    weight, score = cells["scores"].to_numpy(), (cells["score"] / cells["scores"]).to_numpy()
    ridge = 1e-8 * np.eye(design.shape[1])
    inverse = np.linalg.inv(design.T @ (design * weight[:, None]) + ridge)
    effects = inverse @ (design.T @ (weight * score))
    left = score - design @ effects
    scatter = float((weight * left**2).sum() / max(len(left) - design.shape[1], 1))
    errors = np.sqrt(np.diag(inverse) * scatter)
    first = design.shape[1] - len(kept)
    found = {prices.names[n]: first + place for place, n in enumerate(kept)}
    return {n: float(effects[p]) for n, p in found.items()}, {n: float(errors[p]) for n, p in found.items()}, scatter


def _row(name: str, own: pd.DataFrame, count: float, effect: float, error: float, scatter: float, mean: float) -> dict:
    score, reach = own["score"].sum() / count, NORMAL_95 * np.sqrt(scatter / count)
    step = np.log1p(RISE)
    moved, spread = effect * step, NORMAL_95 * error * step
    if count < FEWEST_SCORES or not np.isfinite(moved):
        opinion = NO_VIEW
    elif score + reach < mean or moved + spread < 0:
        opinion = CAREFUL
    elif score - reach > mean:
        opinion = BEARS
    else:
        opinion = NO_VIEW
    return {
        "group": name,
        "scores": int(count),
        "score": score,
        "score_low": score - reach,
        "score_high": score + reach,
        "moved": moved,
        "moved_low": moved - spread,
        "moved_high": moved + spread,
        "opinion": opinion,
    }


def _sentence(table: pd.DataFrame) -> str:
    bears, careful = (table.loc[table["opinion"] == o, "group"].tolist() for o in (BEARS, CAREFUL))
    fell = table.loc[table["moved_high"] < 0, "group"].tolist()
    said = []
    if bears:
        said.append(f"Liked better than all orders, so that dearer prices may be borne: {', '.join(bears)}.")
    if careful:
        said.append(f"Liked less, or liked less when dearer, so that care is called for: {', '.join(careful)}.")
    if not said:
        said.append("Nothing is liked better or less than all orders beyond chance: scores give no second opinion.")
    many = "the score of none" if not fell else f"that of {', '.join(fell)}"
    return f"{' '.join(said)} Beyond chance {many} fell with the price."


def agreement(verdict: str, opinion: str) -> str:
    """Whether the second opinion goes along with what orders say.

    >>> agreement("Raise", BEARS), agreement("Raise", CAREFUL), agreement("Keep", BEARS)
    ('agrees', 'disagrees', '')
    """
    pairs = {("Raise", BEARS): "agrees", ("Raise", CAREFUL): "disagrees", ("Lower", CAREFUL): "agrees",
             ("Lower", BEARS): "disagrees"}  # fmt: skip
    return pairs.get((verdict, opinion), "")


def opinions(scores: PriceScores) -> dict[str, str]:
    """The opinion of each group."""
    return dict(zip(scores.table["group"], scores.table["opinion"], strict=True))


def points(value: float) -> str:
    """Points of a score as they are written.

    >>> points(-0.123)
    '−0.12'
    """
    return formats.signed(f"{value:.2f}") if np.isfinite(value) else formats.MISSING
