"""What moves the score, all at once: delivery days and the members of every dimension in one ordinal model.

A difference between two regions that deliver at different speeds is partly delivery. The model holds all else equal, so
that each effect is that of its own.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.diagnostic.proportional_odds import OrdinalFit, fitted_odds, independent_columns
from analytics.diagnostic.scored_orders import OrderCells, ScoredOrders, scored_orders
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.shop import DIMENSIONS, Shop

DELIVERY = "delivery_days"
GOOD = 4
"""The lowest score that counts as satisfied."""
SATISFIED = "4 or 5"


@dataclass(frozen=True)
class Factor:
    """What may move the score, and its ``columns`` in the model: one for delivery days, else one per level.

    ``levels`` are those of the columns; they are held against the ``reference``.
    """

    key: str
    columns: tuple[int, ...]
    levels: tuple[str, ...] = ()
    reference: str = ""

    @property
    def name(self) -> str:
        """As on screen."""
        return "Delivery days" if self.key == DELIVERY else DIMENSIONS[self.key]


@dataclass(frozen=True)
class ScoreModel:
    """The fitted model of scored orders.

    ``covariance`` is that of its cuts and slopes with the orders of one customer taken together. ``aliased`` names the
    dimensions that say nothing beyond what others say. Delivery days are counted from ``centre``.
    """

    scored: ScoredOrders
    factors: tuple[Factor, ...]
    fit: OrdinalFit
    covariance: np.ndarray
    centre: float
    aliased: tuple[str, ...]

    @property
    def delivery(self) -> Factor | None:
        """Delivery days, where they play a part."""
        return next((factor for factor in self.factors if factor.key == DELIVERY), None)

    @property
    def orders(self) -> int:
        """How many scored orders it rests on."""
        return int(self.scored.counts.sum())

    def factor(self, key: str) -> Factor | None:
        """The factor of that key, if it plays a part."""
        return next((factor for factor in self.factors if factor.key == key), None)

    def place(self, column: int) -> int:
        """Where a column's slope stands among cuts and slopes."""
        return len(self.fit.cuts) + column

    def error(self, column: int) -> float:
        """The standard error of a column's slope."""
        return float(np.sqrt(self.covariance[self.place(column), self.place(column)]))

    def had(self, factor: Factor, level: str | None = None, later: float = 0.0) -> np.ndarray:
        """The columns of all orders, had they another level of a factor (None: the reference) or come days later."""
        x = self.fit.x.copy()
        if factor.key == DELIVERY:
            x[:, factor.columns[0]] += later
            return x
        x[:, list(factor.columns)] = 0.0
        if level is not None:
            x[:, factor.columns[factor.levels.index(level)]] = 1.0
        return x

    def gains(self, measure: str) -> np.ndarray | None:
        """What each score but the lowest adds: to the mean (``score``) or to the share of 4 and 5 (``good``).

        None where no order reached 4, or all did: their share cannot move.
        """
        return gains(self.scored.scores, measure)


def gains(scores: np.ndarray, measure: str) -> np.ndarray | None:
    """The same for scores of one's own."""
    if measure == "score":
        return np.diff(scores)
    first = np.searchsorted(scores, GOOD)
    if first in (0, len(scores)):
        return None
    return (np.arange(1, len(scores)) == first).astype("float64")


def score_model(orders: ir.Table | pd.DataFrame, order_cells: OrderCells, filters: Filters, shop: Shop) -> ScoreModel:
    """The model of the scored orders in view.

    Parameters
    ----------
    orders : rows of the shop.
    order_cells : of the same filters.

    Raises
    ------
    NotEnoughData : no scores, too few, or all alike; or nothing by which orders could be told apart.
    """
    return fitted_model(scored_orders(orders, order_cells, filters, shop))


def fitted_model(scored: ScoredOrders) -> ScoreModel:
    """The model of scored orders at hand.

    Raises
    ------
    NotEnoughData : nothing tells these orders apart, or some circumstance leaves no doubt about the score.
    """
    days = None if scored.days is None else scored.days[:, None]
    centre = 0.0 if days is None else float(np.round(np.average(days[:, 0], weights=scored.orders)))
    columns = [] if days is None else [(DELIVERY, "", days - centre)]
    columns += member_columns(scored)
    if not columns:
        why = f" {scored.without_days}" if scored.without_days else ""
        raise NotEnoughData(f"Nothing tells these orders apart that could explain their score.{why}")
    x = np.column_stack([column for _, _, column in columns])
    kept = independent_columns(x, scored.orders)
    factors, aliased = _factors([columns[n][:2] for n in kept], scored)
    fit = fitted_odds(x[:, kept], scored.counts)
    return ScoreModel(scored, factors, fit, fit.covariance(scored.clusters), centre, aliased)


def member_columns(scored: ScoredOrders, but: str = "") -> list[tuple[str, str, np.ndarray]]:
    """Dimension, level and column of each member that is held against the first of its dimension."""
    return [
        (dimension, level, (scored.codes[dimension] == number)[:, None].astype("float64"))
        for dimension, levels in scored.levels.items()
        if dimension != but
        for number, level in enumerate(levels)
        if number
    ]


def _factors(kept: list[tuple[str, str]], scored: ScoredOrders) -> tuple[tuple[Factor, ...], tuple[str, ...]]:
    """The factors with the columns that are left, and the dimensions of which none is."""
    factors = [Factor(DELIVERY, (0,))] if kept and kept[0][0] == DELIVERY else []
    aliased = []
    for dimension, levels in scored.levels.items():
        own = [(n, level) for n, (of, level) in enumerate(kept) if of == dimension]
        if own:
            numbers, names = zip(*own, strict=True)
            factors.append(Factor(dimension, numbers, names, levels[0]))
        elif len(levels) > 1:
            aliased.append(DIMENSIONS[dimension])
    return tuple(factors), tuple(aliased)
