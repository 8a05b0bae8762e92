"""A shop small enough to add up by hand, and a way to make bigger ones."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import DIMENSIONS, Shop


@pytest.fixture
def hand_orders() -> pd.DataFrame:
    """Ten rows over two January weeks: three customers, one guest, one refund, gaps in score and delivery.

    Week of 5 January: a 100, b 40, guest 60 (sum 200); week of 12 January: a 120, c 30, a −20 (refund), b 0.
    """
    rows = [
        ("t1", "a", "2026-01-05", 100.0, "Web", "North", 5, 2),
        ("t2", "b", "2026-01-06", 40.0, "Web", "South", 4, 3),
        ("t3", None, "2026-01-06", 60.0, "Shop", "South", None, None),
        ("t4", "a", "2026-01-12", 120.0, "Web", "North", 3, 6),
        ("t5", "c", "2026-01-13", 30.0, "Shop", "North", 4, 1),
        ("t6", "a", "2026-01-14", -20.0, "Web", "North", None, None),
        ("t7", "b", "2026-01-14", 0.0, "Web", "South", None, 4),
    ]
    columns = ["transaction_id", "customer_id", "date", "revenue", "channel", "region", "satisfaction_score"]
    return pd.DataFrame(rows, columns=[*columns, "delivery_days"])


@pytest.fixture
def hand_shop(hand_orders) -> Shop:
    return shop_of(hand_orders)


@pytest.fixture
def second_week() -> Filters:
    return Filters(Period(date(2026, 1, 12), date(2026, 1, 18)), compare="previous")


def shop_of(orders: pd.DataFrame, **changes: object) -> Shop:
    days = pd.to_datetime(orders["date"])
    members = {
        d: tuple(orders.groupby(d)["revenue"].sum().sort_values(ascending=False).index)
        for d in DIMENSIONS
        if d in orders and orders[d].notna().any()
    }
    has = {c for c in ("satisfaction_score", "delivery_days") if c in orders and orders[c].notna().any()}
    has |= {"customer_key"} if orders["customer_id"].notna().any() else set()
    has |= {"refunds"} if (orders["revenue"] < 0).any() else set()
    facts = {
        "name": "Hand shop",
        "currency": "EUR",
        "week_start": "monday",
        "first_day": days.min().date(),
        "last_day": max(days.max().date(), date(2026, 1, 18)),
        "today": max(days.max().date(), date(2026, 1, 18)),
        "orders": int((orders["revenue"] >= 0).sum()),
        "members": members,
        "has": frozenset(has),
    }
    return Shop(**(facts | changes))


def random_orders(seed: int, days: int = 120, per_day: float = 20.0, start: str = "2026-01-01") -> pd.DataFrame:
    """A shop whose intensity is the same every day: whatever moves in it moved by chance."""
    chance = np.random.default_rng(seed)
    counts = chance.poisson(per_day, days)
    n = int(counts.sum())
    return pd.DataFrame(
        {
            "transaction_id": [f"t{i:07d}" for i in range(n)],
            "customer_id": [f"c{i}" for i in chance.integers(0, max(2, n // 4), n)],
            "date": np.repeat(pd.date_range(start, periods=days), counts),
            "revenue": np.round(chance.lognormal(4, 0.8, n), 2),
            "channel": chance.choice(["Web", "App", "Store"], n, p=[0.5, 0.3, 0.2]),
            "region": chance.choice(["North", "South"], n),
            "satisfaction_score": chance.choice([1, 2, 3, 4, 5], n),
            "delivery_days": chance.poisson(4, n),
        }
    )
