"""A shop for tests of resources: orders in categories, with lines that say units and costs."""

import numpy as np
import pandas as pd

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.variation import day_dispersions
from analytics.filters import Filters
from analytics.shop import Shop
from tests.analytics.conftest import random_orders, shop_of

CATEGORIES = ("Tea", "Cups", "Books")
NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})


def orders_of(seed: int = 1, days: int = 200, per_day: float = 20.0, closed: tuple[int, ...] = ()) -> pd.DataFrame:
    """Orders of three categories, half of them tea; none on closed weekdays (Monday 0)."""
    orders, chance = random_orders(seed, days, per_day), np.random.default_rng(seed)
    category = chance.choice(CATEGORIES, len(orders), p=[0.5, 0.3, 0.2])
    orders = orders.assign(category=category, order_minute=chance.integers(8 * 60, 20 * 60, len(orders)))
    return orders[~orders["date"].dt.dayofweek.isin(closed)].reset_index(drop=True)


def lines_of(orders: pd.DataFrame) -> pd.DataFrame:
    """Two units of each order at half its value, bought for a quarter of it each."""
    return pd.DataFrame(
        {
            "transaction_id": orders["transaction_id"], "line": 1, "product_id": "p", "product": "p",
            "category": orders["category"], "quantity": 2.0, "unit_price": orders["revenue"] / 2,
            "unit_cost": orders["revenue"] / 4,
        }
    )  # fmt: skip


def given(orders: pd.DataFrame, filters: Filters | None = None) -> tuple[Shop, Filters, pd.DataFrame, dict]:
    """The shop of these orders, the filters for all of it, its days and their dispersions."""
    last = orders["date"].max().date()
    has = frozenset({"delivery_days", "satisfaction_score", "customer_key", "order_minute"} & {*orders, "customer_key"})
    shop = shop_of(orders, last_day=last, today=last, has=has)
    filters = filters or Filters(shop.days)
    daily = daily_activity(orders, filters.without_period(), shop)
    return shop, filters, daily, day_dispersions(daily)
