"""Two groups compared: figures by hand, the test that fits, the sentence, and what is refused."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.diagnostic.group_comparison import RANKS, GroupComparison, compared_members, compared_periods
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
JAN = Filters(JANUARY, "none")


def orders_of(rows: list[tuple]) -> pd.DataFrame:
    orders = pd.DataFrame(rows, columns=["customer_id", "revenue", "region", "channel"])
    return orders.assign(transaction_id=[f"t{i:05d}" for i in range(len(orders))], date="2026-01-10")


def by(orders: pd.DataFrame, dimension: str, a: tuple, b: tuple = (), key: str = "average_order_value", **asked):
    return compared_members(orders, JAN, shop_of(orders), key=key, dimension=dimension, a=a, b=b, **asked)


def many(seed: int = 0, customers: int = 200, north: float = 1.0, score: float = 0.0) -> pd.DataFrame:
    """Customers of two regions with values of their own; each orders by some of three channels."""
    chance = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        region = "North" if customer % 2 else "South"
        own = chance.lognormal(4, 0.5) * (north if region == "North" else 1)
        for _ in range(1 + chance.poisson(2)):
            rows.append((f"c{customer}", own * chance.lognormal(0, 0.3), region, f"C{chance.integers(3)}"))
    orders = orders_of(rows)
    scores = chance.integers(2, 5, len(orders)) + score * (orders["region"] == "North")
    return orders.assign(satisfaction_score=scores.astype(int))


def test_values_and_difference_are_those_added_up_by_hand():
    rows = [("a", 10.0, "North", "Web"), ("a", 30.0, "North", "Web"), ("b", 20.0, "North", "Web")]
    rows += [("c", 50.0, "South", "Web"), ("d", 70.0, "South", "Web")]
    found = by(orders_of(rows), "region", ("North",))
    assert found.groups["value"].tolist() == pytest.approx([20.0, 60.0])
    assert found.difference == pytest.approx(-40.0)
    assert found.groups["orders"].tolist() == [3, 2]
    assert found.groups["customers"].tolist() == [2, 2]
    assert found.test == "Permutation test"
    assert found.low < -40 < found.high


def test_a_planted_difference_is_told_with_its_range_and_odds():
    found = by(many(north=1.5), "region", ("North",))
    assert found.test == "Welch's t-test"
    assert found.beyond_chance
    assert found.sentence.startswith("Average order value: North is higher than South by € ")
    assert "in 95 of 100 cases); chance alone does as much in less than 0.1 % of cases." in found.sentence
    assert "Four samples of five would show a true difference of" in found.notes
    assert found.effect.startswith("Cohen's d +")


def test_where_nothing_differs_it_says_what_would_have_been_seen():
    found = by(many(8), "region", ("North",))
    assert not found.beyond_chance
    assert "North and South cannot be told apart" in found.sentence
    assert f"one of less than € {found.detectable:,.2f} would not surely be seen" in found.sentence


def test_orders_taken_as_independent_would_be_too_sure_and_it_says_so():
    found = by(many(1), "region", ("North",))
    assert found.too_sure > 1.3
    assert f"{found.too_sure:.1f} times too sure: the orders of one customer are alike" in found.notes


def test_guests_are_units_of_their_own():
    guests = many(1).assign(customer_id=None)
    found = by(guests, "region", ("North",))
    assert found.too_sure == pytest.approx(1.0, abs=0.02)
    assert found.groups["customers"].tolist() == found.groups["orders"].tolist()


def test_customers_of_both_groups_are_said_to_pull_on_both():
    found = by(many(), "channel", ("C0",), ("C1", "C2"))
    assert "customers are in both groups, and pull on both sides" in found.why
    assert found.groups["group"].tolist() == ["C0", "C1, C2"]


def test_without_a_second_group_it_is_all_others():
    found = by(many(), "channel", ("C0",))
    assert found.groups["group"].tolist() == ["C0", "all others"]
    assert found.difference == pytest.approx(by(many(), "channel", ("C0",), ("C1", "C2")).difference)


def test_shares_of_customers_apart_are_compared_as_proportions():
    orders = many(2).assign(date=np.where(np.arange(len(many(2))) % 3 == 0, "2026-01-04", "2026-01-20"))
    found = by(orders, "region", ("North",), key="repeat_rate")
    assert found.test == "Two proportions"
    assert found.effect.startswith("risk difference")
    both = by(orders, "channel", ("C0",), key="repeat_rate")
    assert both.test == "Welch's t-test"


def test_one_whale_among_hundreds_is_compared_by_ranks():
    orders = pd.concat([many(4), orders_of([("whale", 5e6, "North", "C0")]).assign(transaction_id="w")])
    found = by(orders, "region", ("North",))
    assert found.test == RANKS
    assert "one customer makes" in found.why
    assert found.effect.startswith("Cliff's delta")
    assert abs(found.difference) < 100, "the whale decides nothing"
    asked = by(orders, "region", ("North",), test="welch")
    assert asked.test == "Welch's t-test"
    assert asked.difference > 1000


def test_a_test_can_be_chosen():
    assert by(many(), "region", ("North",), test="ranks").test == RANKS
    assert by(many(), "region", ("North",), test="deals").test == "Permutation test"
    with pytest.raises(NotEnoughData, match="customers are in both groups, so neither ranks"):
        by(many(), "channel", ("C0",), test="ranks")
    with pytest.raises(NotEnoughData, match="Revenue is a total, for which there is one test"):
        by(many(), "region", ("North",), key="revenue", test="ranks")
    with pytest.raises(ValueError, match="test: expected one of auto"):
        by(many(), "region", ("North",), test="t")


def test_scores_are_compared_too():
    found = by(many(score=1.0), "region", ("North",), key="satisfaction")
    assert found.difference == pytest.approx(1.0, abs=0.2)
    assert found.beyond_chance
    assert "large" in found.effect


@pytest.fixture(scope="module")
def year() -> pd.DataFrame:
    return random_orders(4, days=59)


def periods(orders: pd.DataFrame, other: Period, key: str = "average_order_value", **facts) -> GroupComparison:
    shop = replace(shop_of(orders), **facts)
    filters = Filters(FEBRUARY, "none")
    return compared_periods(orders, daily_activity(orders, filters, shop), filters, shop, key, other)


def test_two_periods_are_compared_with_the_customers_of_both_taken_together(year):
    found = periods(year, JANUARY, "orders")
    assert found.groups["group"].tolist() == ["1 Feb – 28 Feb 2026", "1 Jan – 31 Jan 2026"]
    dates = year["date"].dt.month.value_counts()
    assert found.difference == dates[2] - dates[1]
    assert found.test == "z-test of totals"


def test_every_metric_can_be_compared_or_is_refused_in_a_sentence(year):
    for key in METRICS:
        try:
            assert periods(year, JANUARY, key).sentence.endswith(".")
        except NotEnoughData as why:
            assert str(why).endswith(".")


def test_groups_that_cannot_be_compared_are_refused_in_a_sentence():
    orders = many()
    with pytest.raises(NotEnoughData, match="No channel is in the first group"):
        by(orders, "channel", ())
    with pytest.raises(NotEnoughData, match="Both groups are C0"):
        by(orders, "channel", ("C0",), ("C0",))
    with pytest.raises(NotEnoughData, match="C1 would be compared with itself"):
        by(orders, "channel", ("C0", "C1"), ("C1", "C2"))
    with pytest.raises(NotEnoughData, match="All orders are of the first group"):
        by(orders, "channel", ("C0", "C1", "C2"))
    with pytest.raises(ValueError, match="members: expected some of the channel's, got 'Phone'"):
        by(orders, "channel", ("Phone",))
    with pytest.raises(NotEnoughData, match="carry no age group"):
        by(orders, "age_group", ("old",))


def test_too_little_is_refused_in_a_sentence():
    one = orders_of([("a", 10.0, "North", "Web"), ("b", 20.0, "South", "Web"), ("c", 30.0, "South", "Web")])
    with pytest.raises(NotEnoughData, match="One customer's orders are all that North has"):
        by(one, "region", ("North",))
    alike = orders_of([(f"c{i}", 10.0, ("North", "South")[i % 2], "Web") for i in range(20)])
    with pytest.raises(NotEnoughData, match="is the same for all customers of both groups"):
        by(alike, "region", ("North",))
    scores = many().assign(satisfaction_score=lambda o: o["satisfaction_score"].where(o["region"] == "North"))
    with pytest.raises(NotEnoughData, match="Satisfaction is not known for South"):
        by(scores, "region", ("North",), key="satisfaction")
    later = Filters(FEBRUARY, "none")
    with pytest.raises(NotEnoughData, match="No orders in 1 Feb – 28 Feb 2026: choose a longer period"):
        compared_members(one, later, shop_of(one), dimension="region", a=("North",))


def test_a_filter_that_takes_a_group_away_says_so():
    orders = many()
    filters = replace(JAN, region=("South",))
    with pytest.raises(NotEnoughData, match="keeps no order of North: take the filter on region away"):
        compared_members(orders, filters, shop_of(orders), dimension="region", a=("North",))
    with pytest.raises(NotEnoughData, match="keeps nothing but South, which has nothing to be compared with"):
        compared_members(orders, filters, shop_of(orders), dimension="region", a=("South",))


def test_periods_that_share_days_are_refused(year):
    with pytest.raises(NotEnoughData, match="Both groups are the same days"):
        periods(year, FEBRUARY)
    with pytest.raises(NotEnoughData, match="share days, which would be compared with themselves"):
        periods(year, Period(date(2026, 1, 20), date(2026, 2, 3)))
    with pytest.raises(NotEnoughData, match="most customers look new.* Choose a period that begins later"):
        periods(year, JANUARY, "new_customers", known_from=date(2026, 1, 15))


def test_a_sample_of_customers_says_that_it_is_one(stored, tmp_path, monkeypatch):
    from analytics.descriptive import scatter
    from analytics.descriptive.profile import shop_profile
    from warehouse.engine import Warehouse

    missing = dict.fromkeys(("category", "payment_method", "segment", "age_group", "delivery_days"))
    orders = many(5, 900).assign(**missing)
    with Warehouse(stored(orders, tmp_path / "shop.db")).tables() as tables:
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
        asked = {"key": "average_order_value", "dimension": "region", "a": ("North",)}
        whole = compared_members(tables.orders, JAN, shop, **asked)
        monkeypatch.setattr(scatter, "SAMPLED_CUSTOMERS", 300)
        sample = compared_members(tables.orders, JAN, shop, **asked)
    assert sample.difference == pytest.approx(whole.difference)
    assert sample.high - sample.low == pytest.approx(whole.high - whole.low, rel=0.25)
    assert "Scatter is that of one customer in 3" in sample.notes
