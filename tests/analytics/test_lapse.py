"""The lapse point: by hand, beside the setting, against a process whose truth is known, and where it is refused."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic.gaps import order_gaps
from analytics.diagnostic.lapse import FEWEST_AT_RISK, LapsePoint, lapse_point
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from tests.analytics.conftest import random_orders, shop_of

STAYS, EVERY = 0.8, 25.0
"""After an order a customer stays with this probability, and then orders again after so many days on average."""


def leaving_shop(seed: int, customers: int = 1500, days: int = 900) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    rows, open_ = [], [(c, int(chance.integers(0, days))) for c in range(customers)]
    while open_:
        customer, day = open_.pop()
        if day >= days:
            continue
        rows.append((f"c{customer}", day))
        if chance.random() < STAYS:
            open_.append((customer, day + int(np.ceil(chance.exponential(EVERY)))))
    orders = pd.DataFrame(rows, columns=["customer_id", "day"])
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders.pop("day"), unit="D")
    return orders.assign(transaction_id=np.arange(len(orders)).astype(str), date=dates, revenue=1.0)


def point_of(orders: pd.DataFrame, unlikely: float = 0.25, **facts: object) -> LapsePoint:
    shop = replace(shop_of(orders), **facts)
    filters = Filters(shop.days, "none")
    return lapse_point(orders, order_gaps(orders, filters, shop), filters, shop, unlikely)


def true_chance(silence: np.ndarray) -> np.ndarray:
    """That somebody silent so long is still there, and orders within the year (which nearly all of these do)."""
    there = STAYS * np.exp(-silence / EVERY)
    return there / (there + 1 - STAYS) * (1 - np.exp(-365 / EVERY))


def test_the_chance_after_a_silence_is_the_one_of_the_process():
    """Neighbouring days err together: of twelve shops about one may lie outside on any day."""
    inside, off = [], []
    for seed in range(12):
        chances = point_of(leaving_shop(seed)).chances.iloc[:120]
        truth = true_chance(chances["days"].to_numpy())
        inside.append(((chances["chance_low"] <= truth) & (truth <= chances["chance_high"])).mean())
        off.append((chances["chance"] - truth).mean())
    assert np.mean(inside) > 0.75
    assert abs(np.mean(off)) < 0.01


def test_the_lapse_point_lies_where_the_process_puts_it():
    days = np.arange(400)
    for unlikely in (0.5, 0.25):
        truth = int(np.argmax(true_chance(days) < unlikely))
        found = [point_of(leaving_shop(seed, 500), unlikely) for seed in range(8)]
        assert sum(point.low <= truth <= point.high for point in found) >= 6
        assert np.mean([point.days for point in found]) == pytest.approx(truth, abs=6)


def test_the_sentence_says_the_days_their_range_and_the_setting():
    point = point_of(leaving_shop(2), churn_days=40)
    assert f"After {point.days} days of silence ({point.low} to {point.high} in 95 of 100 cases)" in point.sentence
    assert "fewer than 25 % come back within the next year" in point.sentence
    assert point.chance_at_setting == point.chances["chance"].iloc[40]
    assert "Set as churned: after 40 days, when" in point.sentence


def test_a_setting_beyond_the_data_is_said_to_be():
    assert "of which these data cannot tell" in point_of(leaving_shop(2), churn_days=5000).sentence


def test_a_short_history_looks_less_far_ahead():
    last = date(2024, 10, 26)
    point = point_of(leaving_shop(3, days=300), last_day=last, today=last)
    assert 100 < point.ahead < 150
    assert f"within the next {point.ahead} days" in point.sentence


def test_where_customers_keep_coming_back_no_day_is_named():
    """With longer gaps than can be looked at, most silences end after all."""
    chance = np.random.default_rng(0)
    rows = [(f"c{c}", d) for c in range(400) for d in np.cumsum(1 + chance.integers(100, 400, 8)) if d < 900]
    orders = pd.DataFrame(rows, columns=["customer_id", "day"])
    orders["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders.pop("day"), unit="D")
    point = point_of(orders.assign(transaction_id=np.arange(len(orders)).astype(str), revenue=1.0), 0.1)
    assert point.days is None
    assert "a longer history would tell when" in point.sentence


def test_of_a_sample_of_customers_the_range_is_that_of_all():
    orders = leaving_shop(4)
    shop = shop_of(orders)
    filters = Filters(shop.days, "none")
    gaps = order_gaps(orders, filters, shop)
    whole = lapse_point(orders, gaps, filters, shop)
    of_four = lapse_point(orders, replace(gaps, every=4), filters, shop)
    assert of_four.high - of_four.low == pytest.approx((whole.high - whole.low) / 2, abs=2)


def test_too_little_is_refused_with_what_would_help():
    with pytest.raises(NotEnoughData, match="can be followed for 19 days only: .* at least 56 are needed"):
        point_of(random_orders(1, days=20), last_day=date(2026, 1, 20), today=date(2026, 1, 20))
    with pytest.raises(NotEnoughData, match=f"Fewer than {FEWEST_AT_RISK} silences can be followed"):
        point_of(leaving_shop(1, 60))
    with pytest.raises(ValueError, match="unlikely: expected a share between 0 and 1"):
        point_of(leaving_shop(1, 60), 1.5)
