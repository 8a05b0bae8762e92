"""Small shops whose scores answer to delivery and members as a test wants it."""

from datetime import date

import numpy as np
import pandas as pd

from analytics.diagnostic.score_model import ScoreModel, score_model
from analytics.diagnostic.scored_orders import order_cells
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import shop_of

SPRING = Filters(Period(date(2026, 1, 1), date(2026, 4, 30)), compare="none")
CUTS = np.array([3.5, 2.2, 1.0, -0.5])


def scored_shop(seed: int = 1, number: int = 3000, slope=lambda days: -0.3 * days, **liking: dict[str, float]):
    """Orders of 120 days; ``slope`` gives log odds by delivery days, ``liking`` by member of a dimension."""
    chance = np.random.default_rng(seed)
    orders = pd.DataFrame(
        {
            "transaction_id": [f"t{i:06d}" for i in range(number)],
            "customer_id": [f"c{i}" for i in chance.integers(0, number // 4, number)],
            "date": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.sort(chance.integers(0, 120, number)), unit="D"),
            "revenue": 10.0,
            "region": chance.choice(["North", "South", "East"], number, p=[0.5, 0.3, 0.2]),
            "category": chance.choice(["Books", "Toys"], number, p=[0.7, 0.3]),
            "delivery_days": 1 + chance.poisson(3.0, number),
        }
    )
    pleased = slope(orders["delivery_days"].to_numpy(dtype="float64") - 4) + chance.logistic(size=number)
    for dimension, sizes in liking.items():
        pleased = pleased + orders[dimension].map(sizes).fillna(0.0).to_numpy()
    return orders.assign(satisfaction_score=1 + (np.asarray(pleased)[:, None] + CUTS > 0).sum(axis=1))


def model_of(orders: pd.DataFrame, filters: Filters = SPRING) -> ScoreModel:
    shop = shop_of(orders)
    return score_model(orders, order_cells(orders, filters, shop), filters, shop)
