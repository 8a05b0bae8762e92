"""What customers did in some days."""

from datetime import date

import pandas as pd
import pytest

from analytics.predictive.outcomes import bought_between


@pytest.fixture
def orders() -> pd.DataFrame:
    rows = [
        ("1", "ann", "2026-03-01", 10.0),
        ("2", "ann", "2026-03-02", 20.0),
        ("3", "ann", "2026-03-05", -5.0),
        ("4", "bob", "2026-03-05", 7.0),
        ("5", None, "2026-03-03", 99.0),
        ("6", "cat", "2026-03-04", -3.0),
        ("7", "bob", "2026-03-06", 50.0),
        ("8", "dan", "2026-03-03", 0.0),
    ]
    return pd.DataFrame(rows, columns=["transaction_id", "customer_id", "date", "revenue"])


def test_orders_and_what_they_came_to_by_hand(orders):
    customers = pd.DataFrame({"customer_id": ["ann", "bob", "cat", "dan", "eve"]})
    found = bought_between(orders, customers, date(2026, 3, 2), date(2026, 3, 5)).set_index("customer_id")
    assert found.to_dict("index") == {
        "ann": {"orders": 1, "brought": 15.0},
        "bob": {"orders": 1, "brought": 7.0},
        "cat": {"orders": 0, "brought": -3.0},
        "dan": {"orders": 1, "brought": 0.0},
    }


def test_days_without_orders_have_nobody(orders):
    customers = pd.DataFrame({"customer_id": ["ann"]})
    assert bought_between(orders, customers, date(2027, 1, 1), date(2027, 2, 1)).empty
