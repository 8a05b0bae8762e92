"""Correlations: as scipy reckons them, with intervals that hold, and stars that chance does not earn."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.diagnostic.correlations import daily_correlations, order_correlations
from analytics.diagnostic.rank_correlation import rank_correlation
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of
from tests.analytics.test_unusual_days import found_in

SPRING = Filters(Period(date(2026, 3, 1), date(2026, 4, 20)), compare="none")


@pytest.mark.parametrize(("true", "n"), [(0.0, 40), (0.5, 40), (-0.7, 150)])
def test_the_interval_holds_the_truth_in_95_of_100_cases(true, n):
    chance = np.random.default_rng(3)
    rank = 6 / np.pi * np.arcsin(true / 2)  # Spearman's of a normal pair
    held, tries = 0, 1500
    for _ in range(tries):
        a, b = chance.multivariate_normal([0, 0], [[1, true], [true, 1]], n).T
        found = rank_correlation(a, b, np.ones(n))
        held += found.low <= rank <= found.high
    assert 0.935 <= held / tries <= 0.975


def test_orders_correlate_as_in_scipy_and_say_on_how_many_they_rest():
    orders = random_orders(4, days=120)
    orders["satisfaction_score"] = (5 - orders["delivery_days"] // 3).clip(1, 5).astype(float)
    orders.loc[::7, "satisfaction_score"] = None
    orders.loc[::11, "delivery_days"] = None
    found = order_correlations(orders, SPRING, shop_of(orders)).pairs.set_index(["first", "second"])
    inside = orders[orders["date"].between("2026-03-01", "2026-04-20")]
    for names, columns in {
        ("Delivery days", "Score"): ["delivery_days", "satisfaction_score"],
        ("Delivery days", "Order value"): ["delivery_days", "revenue"],
        ("Score", "Order value"): ["satisfaction_score", "revenue"],
    }.items():
        both = inside[columns].dropna()
        assert found.loc[names, "n"] == len(both)
        assert found.loc[names, "correlation"] == pytest.approx(stats.spearmanr(both).statistic, abs=2e-3)
    assert found.loc[("Delivery days", "Score"), "stars"] == "***"


def test_refunds_are_no_orders_and_free_orders_are():
    orders = random_orders(4, days=120)
    extra = orders.head(50).assign(date=pd.Timestamp("2026-03-05"))
    refunds = extra.assign(revenue=-5.0, transaction_id="r" + extra["transaction_id"])
    free = extra.assign(revenue=0.0, transaction_id="f" + extra["transaction_id"])
    both = order_correlations(pd.concat([orders, refunds, free]), SPRING, shop_of(orders)).pairs
    before = order_correlations(orders, SPRING, shop_of(orders)).pairs
    assert (both["n"] - before["n"] == 50).all()


def test_stars_are_adjusted_as_in_scipy():
    orders = random_orders(5, days=120)
    orders["satisfaction_score"] = (orders["satisfaction_score"] - (orders["delivery_days"] > 6)).clip(1, 5)
    pairs = order_correlations(orders, SPRING, shop_of(orders)).pairs
    plain = 2 * stats.norm.sf(np.abs(np.arctanh(pairs["correlation"])) * np.sqrt(pairs["n"] - 3))
    np.testing.assert_allclose(pairs["by_chance"], stats.false_discovery_control(plain))


def test_metrics_that_share_weekday_and_growth_alone_do_not_go_together_once_these_are_out():
    chance, kept = np.random.default_rng(6), []
    orders = random_orders(6, days=260, per_day=150)
    share = 0.3 + 0.7 * np.linspace(0, 1, 260) ** 2  # growth, of which scores fall alike
    day = (orders["date"] - orders["date"].min()).dt.days
    kept = orders[chance.random(len(orders)) < share[day]].copy()
    worse = chance.random(len(kept)) < share[(kept["date"] - orders["date"].min()).dt.days] / 2
    kept["satisfaction_score"] = np.where(worse, 1, kept["satisfaction_score"])
    found = found_in(kept, members=False)
    pair = daily_correlations(found, Filters(Period(date(2026, 2, 1), date(2026, 9, 17)))).pairs
    pair = pair.set_index(["first", "second"]).loc[("Orders", "Satisfaction")]
    assert pair["plain"] < -0.5
    assert abs(pair["correlation"]) < 0.2
    assert pair["stars"] == ""
    assert pair["n"] == 229


def test_what_does_go_together_is_told_with_its_interval():
    orders = random_orders(7, days=200, per_day=60)
    slow = np.random.default_rng(7).random(200) < 0.5
    late = slow[(orders["date"] - orders["date"].min()).dt.days]
    orders["delivery_days"] += 2 * late
    orders["satisfaction_score"] = np.where(
        late, (orders["satisfaction_score"] - 1).clip(1), orders["satisfaction_score"]
    )
    found = daily_correlations(found_in(orders, members=False), Filters(Period(date(2026, 2, 1), date(2026, 7, 19))))
    pair = found.pairs.set_index(["first", "second"]).loc[("Satisfaction", "Delivery days")]
    assert pair["high"] < -0.3
    assert pair["stars"] == "***"
    assert "Going together is not one causing the other." in found.sentence


def test_days_of_quiet_shops_earn_few_stars():
    stars = 0
    for seed in range(12):
        orders = random_orders(20 + seed, days=150, per_day=40)
        found = daily_correlations(
            found_in(orders, members=False), Filters(Period(date(2026, 2, 1), date(2026, 5, 30)))
        )
        independent = found.pairs[
            ~(found.pairs["first"] == "Revenue") | ~found.pairs["second"].isin(["Orders", "Average order value"])
        ]
        stars += (independent["stars"] != "").sum()
    assert stars <= 5, "of 96 pairs that have nothing to do with each other"


def test_too_few_pairs_are_refused():
    orders = random_orders(4, days=120)
    found = found_in(orders, members=False)
    with pytest.raises(NotEnoughData, match="Too few days with two numbers"):
        daily_correlations(found, Filters(Period(date(2026, 3, 1), date(2026, 3, 3))))
    bare = orders.assign(satisfaction_score=None, delivery_days=None)
    with pytest.raises(NotEnoughData, match="carry neither scores nor delivery days"):
        order_correlations(bare, SPRING, shop_of(bare))
    nothing = Filters(Period(date(2027, 3, 1), date(2027, 3, 3)))
    with pytest.raises(NotEnoughData, match="No orders in"):
        order_correlations(orders, nothing, shop_of(orders))
