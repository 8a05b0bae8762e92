"""Runs of the models of churn and of value as small as can be added up by hand."""

from datetime import date

import numpy as np
import pandas as pd

from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive.model import Run
from analytics.prescriptive.campaigns import Measurements
from analytics.prescriptive.retention_worth import LaterShare
from analytics.shop import Shop

SHOP = Shop("", "EUR", "monday", date(2025, 1, 1), date(2026, 10, 31), date(2026, 10, 31), 100,
            gross_margin=0.5, has=frozenset({"customer_key"}))  # fmt: skip
ANYWHERE = Filters(Period(date(2026, 1, 1), date(2026, 10, 31)))
MARGINS = pd.DataFrame({"category": ["all"], "share": [0.5], "source": ["stated"], "revenue": [1.0]})
NOTHING_MEASURED = Measurements((), ())
NEVER_LATER = LaterShare(0.0, 100, 90, 365)


def runs(rows: list[tuple]) -> tuple[Run, Run]:
    """Runs of churn and value for customers given as (id, segment, chance, order value, expected, alive, pace)."""
    names = ["customer_id", "segment", "probability", "order_value", "expected", "alive", "purchases_a_year"]
    told = pd.DataFrame(rows, columns=names)
    told["customer_key"] = np.arange(len(told))
    tier = np.select([told["probability"] >= 0.6, told["probability"] >= 0.3], ["High", "Medium"], "Low")
    scores = told[["customer_key", "customer_id", "segment", "probability"]].assign(
        region="North", age_group="18-24", tier=tier, recency_days=10.0, orders=4.0,
        average_order_value=told["order_value"], revenue=4 * told["order_value"], lapsed=False,
    )  # fmt: skip
    values = told[["customer_key", "customer_id", "expected", "alive"]].assign(
        purchases=4.0, expected_purchases=told["purchases_a_year"], expected_order_value=told["order_value"]
    )
    parameters = pd.DataFrame(
        [("All customers", "BG/NBD", *of) for of in (("r", 1.0), ("alpha", 10.0), ("a", 1e-9), ("b", 1.0))],
        columns=["group", "model", "parameter", "value"],
    )  # fmt: skip
    facts = {"horizon_days": 90, "lookback_days": 365, "churn_days": 90, "today": "2026-10-31"}
    churn = Run(facts | {"guest_orders": None, "guest_revenue": None}, {"scores": scores})
    noise = {"size": 1.0, "power": 1.0, "level": 0.1, "cut_offs": 3}
    value = Run(
        {"horizon_days": 365, "horizon_months": 12, "noise": noise}, {"values": values, "parameters": parameters}
    )
    return churn, value


def many(number: int, seed: int = 1) -> tuple[Run, Run]:
    """As many customers, drawn."""
    chance = np.random.default_rng(seed)
    rows = [
        (f"C{n}", ("Premium", "Regular")[n % 2], p, v, v * k * (1 - p), 1 - p / 2, k)
        for n, (p, v, k) in enumerate(
            zip(chance.beta(1, 1, number), chance.lognormal(3.5, 0.5, number), chance.gamma(1, 4, number), strict=True)
        )
    ]
    return runs(rows)
