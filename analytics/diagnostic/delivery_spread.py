"""How long delivery takes in each region, category, channel or segment: not only the mean, but the slow tenth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.descriptive.needs import need_dimension
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
    ``QUANTILES``, all in days.
    """

    dimension: str
    members: pd.DataFrame
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
    members = members.sort_values(["mean", "member"], ascending=[False, True], ignore_index=True)
    return DeliverySpread(dimension, members, _sentence(members, dimension), _EXPLAINED)


def _sentence(members: pd.DataFrame, dimension: str) -> str:
    told = members[members["orders"] >= FEWEST_DELIVERIES]
    if len(told) < 2:
        row = members.iloc[0]
        within = f"{row['median']:.0f} days, nine of ten within {row['slow_tenth']:.0f}"
        return f"{row['member']}: half of the deliveries came within {within}."
    slow, fast = told.iloc[0], told.iloc[-1]
    return (
        f"Slowest {DIMENSIONS[dimension].lower()}: {slow['member']}, {slow['mean']:.1f} days in the mean, nine of ten "
        f"within {slow['slow_tenth']:.0f}; fastest: {fast['member']}, {fast['mean']:.1f} days, nine of ten within "
        f"{fast['slow_tenth']:.0f}."
    )


_EXPLAINED = (
    "Of the orders in view whose delivery days are known. A quantile is the fewest whole days within which that share "
    "of the deliveries came."
)
