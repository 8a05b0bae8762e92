"""How long delivery takes in each region, category, channel or segment: not only the mean, but the slow tenth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES
from analytics.descriptive.needs import need_dimension
from analytics.diagnostic.drivers import chi_square_odds
from analytics.diagnostic.scored_orders import NO_DAYS, OrderCells, no_days_among
from analytics.errors import NotEnoughData
from analytics.shop import DIMENSIONS, Shop

QUANTILES = {"fast_tenth": 0.1, "quarter": 0.25, "median": 0.5, "three_quarters": 0.75, "slow_tenth": 0.9}
"""Column → the share of deliveries that took at most so long."""
FEWEST_DELIVERIES = 30


@dataclass(frozen=True)
class DeliverySpread:
    """Delivery days by member.

    ``members`` has one row per member, slowest first: ``member``, ``orders`` (deliveries), ``mean`` and the columns of
    ``QUANTILES``, all in days. ``by_chance`` is how often chance alone sets their means so far apart.
    """

    dimension: str
    members: pd.DataFrame
    by_chance: float
    sentence: str
    explained: str


def delivery_spread(order_cells: OrderCells, shop: Shop, dimension: str = "region") -> DeliverySpread:
    """Quantiles of delivery days by member of a dimension.

    Parameters
    ----------
    order_cells : of the filters in force.

    Raises
    ------
    ValueError : it is no dimension.
    NotEnoughData : no delivery days in view, or the shop lacks the dimension.
    """
    if "delivery_days" not in shop.has:
        raise NotEnoughData(NO_DAYS)
    need_dimension(dimension, shop)
    known = ~np.isnan(order_cells.days)
    if not known.any():
        raise no_days_among(order_cells.orders.sum())
    names, code = order_cells.members[dimension], order_cells.codes[dimension][known]
    days, place = np.unique(order_cells.days[known], return_inverse=True)
    counts = np.zeros((len(names), len(days)))
    np.add.at(counts, (code, place), order_cells.orders[known])
    orders = counts.sum(axis=1)
    seen = orders > 0
    reached = counts[seen].cumsum(axis=1) / orders[seen, None]
    members = pd.DataFrame({"member": names[seen], "orders": orders[seen].astype("int64")})
    members["mean"] = counts[seen] @ days / orders[seen]
    for name, share in QUANTILES.items():
        members[name] = days[(reached < share - 1e-12).sum(axis=1)]
    by_chance = _chance_of(members, counts[seen] @ days**2)
    members = members.sort_values(["mean", "member"], ascending=[False, True], ignore_index=True)
    return DeliverySpread(dimension, members, by_chance, _sentence(members, by_chance, dimension), _EXPLAINED)


def _sentence(members: pd.DataFrame, by_chance: float, dimension: str) -> str:
    told = members[members["orders"] >= FEWEST_DELIVERIES]
    if len(told) < 2:
        row = members.iloc[0]
        within = f"{row['median']:.0f} days, nine of ten within {row['slow_tenth']:.0f}"
        return f"{row['member']}: half of the deliveries came within {within}."
    slow, fast, name = told.iloc[0], told.iloc[-1], DIMENSIONS[dimension].lower()
    if by_chance > FALSE_DISCOVERIES:
        return (
            f"By {name} no difference beyond chance is seen: {fast['mean']:.1f} to {slow['mean']:.1f} days in the "
            f"mean, nine of ten within {slow['slow_tenth']:.0f}."
        )
    return (
        f"Slowest {name}: {slow['member']}, {slow['mean']:.1f} days in the mean, nine of ten within "
        f"{slow['slow_tenth']:.0f}; fastest: {fast['member']}, {fast['mean']:.1f} days, nine of ten within "
        f"{fast['slow_tenth']:.0f}."
    )


def _chance_of(members: pd.DataFrame, squares: np.ndarray) -> float:
    """How often chance alone sets the means of members with the same deliveries so far apart.

    Source: Welch's (1951) weighted sum of squares, of members with enough deliveries, against chi-square.
    """
    told = (members["orders"] >= FEWEST_DELIVERIES).to_numpy()
    orders, mean = (members[c].to_numpy(dtype="float64")[told] for c in ("orders", "mean"))
    variance = (squares[told] / orders - mean**2) / (orders - 1)
    if told.sum() < 2 or not (variance > 0).all():
        return 1.0 if told.sum() < 2 or np.ptp(mean) == 0 else 0.0
    middle = np.average(mean, weights=1 / variance)
    return chi_square_odds(float(((mean - middle) ** 2 / variance).sum()), int(told.sum()) - 1)


_EXPLAINED = (
    "Of the orders in view whose delivery days are known. A quantile is the fewest whole days within which that share "
    "of the deliveries came."
)
