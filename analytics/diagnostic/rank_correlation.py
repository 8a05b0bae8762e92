"""Spearman's rank correlation, plain and with other things held equal, from counts.

Ranks ask only whether slower goes with lower, not along which line; ties share their mean rank. The partial one is the
correlation of what is left of both ranks when everything that members of other dimensions explain of them is taken out.
Source: Spearman (1904); its standard error Bonett & Wright (2000); partial as the correlation of rank residuals.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.diagnostic.drivers import listed, points
from analytics.diagnostic.proportional_odds import independent_columns
from analytics.diagnostic.scored_orders import NO_DAYS, NO_SCORES, OrderCells, no_days_among
from analytics.errors import NotEnoughData
from analytics.shop import DIMENSIONS, Shop

FEWEST_PAIRS = 30
HARDLY = 0.02
"""Difference of two correlations that changes nothing for anybody."""
PLAIN = "plain"


@dataclass(frozen=True)
class Correlation:
    """A rank correlation with its 95 % interval; missing where one side is the same throughout."""

    value: float
    low: float
    high: float
    pairs: int

    def said(self) -> str:
        """``−0.35 (−0.37 to −0.33)``."""
        return f"{points(self.value)} ({points(self.low)} to {points(self.high)})"


@dataclass(frozen=True)
class ScoreCorrelations:
    """Delivery days against the score.

    ``rows`` has two rows, the plain correlation and the partial one: ``held_equal`` (what is), ``correlation``
    (−1 to 1) with ``correlation_low`` and ``correlation_high``, ``orders``.
    """

    rows: pd.DataFrame
    sentence: str
    explained: str


def score_correlations(order_cells: OrderCells, shop: Shop) -> ScoreCorrelations:
    """The rank correlation of delivery days and score, plain and with the members of other dimensions held equal.

    Parameters
    ----------
    order_cells : of the filters in force.

    Raises
    ------
    NotEnoughData : no scores or delivery days, too few orders with both, or one of them is the same throughout.
    """
    for column, why in (("satisfaction_score", NO_SCORES), ("delivery_days", NO_DAYS)):
        if column not in shop.has:
            raise NotEnoughData(why)
    cells = order_cells
    if np.isnan(cells.days).all():
        raise no_days_among(cells.orders.sum())
    both = ~np.isnan(cells.days) & ~np.isnan(cells.score)
    days, score, orders = cells.days[both], cells.score[both], cells.orders[both].astype("float64")
    if orders.sum() < FEWEST_PAIRS:
        raise NotEnoughData(
            f"Only {orders.sum():,.0f} order{'s' if orders.sum() != 1 else ''} in view with both a score and delivery "
            f"days: at least {FEWEST_PAIRS} are needed. Choose a longer period or fewer filters."
        )
    for values, what in ((days, "delivery days"), (score, "scores")):
        if len(np.unique(values)) == 1:
            raise NotEnoughData(f"All {what} in view are {values[0]:.0f}: there is nothing to go together with.")
    held = {d: code[both] for d, code in cells.codes.items() if len(np.unique(code[both])) > 1}
    plain = rank_correlation(days, score, orders)
    partial = rank_correlation(days, score, orders, dummies(held.values()))
    names = listed([DIMENSIONS[d].lower() for d in held]) if held else "nothing else"
    rows = pd.DataFrame([_row(PLAIN, plain), _row(f"{names} held equal", partial)])
    return ScoreCorrelations(rows, _sentence(plain, partial, names if held else ""), _EXPLAINED)


def rank_correlation(
    first: np.ndarray, second: np.ndarray, orders: np.ndarray, held: np.ndarray | None = None
) -> Correlation:
    """Spearman's correlation of two columns of counted pairs, with its 95 % interval.

    Parameters
    ----------
    first, second : values of each row.
    orders : how many pairs each row stands for.
    held : columns that are held equal, one row each.

    >>> found = rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([5.0, 4.0, 4.0]), np.array([1.0, 1.0, 2.0]))
    >>> round(found.value, 4), found.pairs
    (-0.8165, 4)
    """
    pairs = int(orders.sum())
    ranks = [_mid_ranks(values, orders) for values in (first, second)]
    x = np.ones((len(orders), 1)) if held is None else np.hstack([np.ones((len(orders), 1)), held])
    if held is not None:
        x = x[:, [0, *(1 + n for n in independent_columns(held, orders))]]
    weighted = x * orders[:, None]
    left = [r - x @ np.linalg.solve(weighted.T @ x, weighted.T @ r) for r in ranks]
    squares = [float(orders @ r**2) for r in left]
    whole = [float(orders @ (r - np.average(r, weights=orders)) ** 2) for r in ranks]
    if any(own <= 1e-9 * of for own, of in zip(squares, whole, strict=True)):
        return Correlation(np.nan, np.nan, np.nan, pairs)
    value = float(np.clip(orders @ (left[0] * left[1]) / np.sqrt(squares[0] * squares[1]), -1, 1))
    free = pairs - 3 - (x.shape[1] - 1)
    if free < 1 or abs(value) == 1:
        return Correlation(value, np.nan, np.nan, pairs)
    half = NORMAL_95 * np.sqrt((1 + value**2 / 2) / free)
    low, high = (float(np.tanh(np.arctanh(value) + side)) for side in (-half, half))
    return Correlation(value, low, high, pairs)


def dummies(codes) -> np.ndarray | None:  # noqa: ANN001 - any collection of arrays
    """A column for each member but the first of each dimension; None without dimensions."""
    columns = [np.equal.outer(code, np.unique(code)[1:]) for code in codes]
    return np.hstack(columns).astype("float64") if columns else None


def _mid_ranks(values: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """The mean rank of those that are alike."""
    _, place = np.unique(values, return_inverse=True)
    size = np.bincount(place, orders)
    return (size.cumsum() - (size - 1) / 2)[place]


def _row(held: str, told: Correlation) -> dict:
    ends = {"correlation_low": told.low, "correlation_high": told.high}
    return {"held_equal": held, "correlation": told.value} | ends | {"orders": told.pairs}


def _sentence(plain: Correlation, partial: Correlation, held: str) -> str:
    if abs(plain.value) == 1 or np.isnan(plain.low):
        said = f"Delivery days and score are ranked with a correlation of {points(plain.value)}"
    elif plain.low <= 0 <= plain.high:
        said = f"Slower deliveries go with neither higher nor lower scores beyond chance: {plain.said()}"
    else:
        how = "lower" if plain.value < 0 else "higher"
        said = f"Slower deliveries go with {how} scores: Spearman {plain.said()}"
    said += f", {plain.pairs:,} orders."
    if not held:
        return said
    if np.isnan(partial.value):
        return f"{said} With {held} held equal nothing is left of the differences in delivery."
    meaning = "" if plain.low <= 0 <= plain.high else f", {_what_it_means(plain, partial)}"
    return f"{said} With {held} held equal: {partial.said()}{meaning}."


def _what_it_means(plain: Correlation, partial: Correlation) -> str:
    if abs(partial.value - plain.value) <= HARDLY:
        return "hardly another: it does not come from who buys what where"
    if abs(partial.value) < abs(plain.value):
        return "weaker: a part of it comes from where and what is bought, not from the days themselves"
    return "stronger: differences in where and what is bought had hidden a part of it"


_EXPLAINED = (
    "Spearman's rank correlation (−1: the slower, the lower without exception; 0: no connection; +1 the reverse) of "
    "the orders with both. Held equal: what members of these dimensions explain of either rank is taken out first. "
    "Intervals by Fisher's transformation, orders taken as independent."
)
