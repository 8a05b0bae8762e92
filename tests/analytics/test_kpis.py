"""Key figures: definitions by hand, equality with plain Python, and the honesty of the chance range."""

import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.kpis import current_kpis, get_current_kpis
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of


def kpis_of(orders, filters, shop):
    daily = daily_activity(orders, filters)
    return current_kpis(orders, daily, day_dispersions(daily), filters, shop)


def test_the_five_figures_of_the_hand_shop(hand_orders):
    kpis = get_current_kpis(hand_orders)
    assert kpis == {
        "total_revenue": pytest.approx(330.0),
        "total_orders": 6,
        "total_customers": 3,
        "avg_order_value": pytest.approx(350 / 6),
        "avg_satisfaction": pytest.approx(4.0),
    }


def test_a_refund_lowers_revenue_but_not_the_order_count(hand_orders):
    without = get_current_kpis(hand_orders[hand_orders["revenue"] >= 0])
    with_refund = get_current_kpis(hand_orders)
    assert with_refund["total_revenue"] == without["total_revenue"] - 20
    assert with_refund["total_orders"] == without["total_orders"]
    assert with_refund["avg_order_value"] == without["avg_order_value"]


def test_a_guest_is_an_order_but_no_customer(hand_orders):
    guests = get_current_kpis(hand_orders[hand_orders["customer_id"].isna()])
    assert (guests["total_orders"], guests["total_customers"]) == (1, 0)


def test_means_over_nothing_are_missing_and_sums_are_zero(hand_orders):
    kpis = get_current_kpis(hand_orders.iloc[:0])
    assert (kpis["total_revenue"], kpis["total_orders"], kpis["total_customers"]) == (0, 0, 0)
    assert math.isnan(kpis["avg_order_value"]) and math.isnan(kpis["avg_satisfaction"])


def test_a_frame_without_revenue_is_refused(hand_orders):
    with pytest.raises(
        ValueError, match="orders: expected columns transaction_id, date, revenue, got none named revenue"
    ):
        get_current_kpis(hand_orders.drop(columns="revenue"))


an_order = some.fixed_dictionaries(
    {
        "customer_id": some.one_of(some.none(), some.sampled_from(["a", "b", "c", "d"])),
        "date": some.dates(date(2020, 1, 1), date(2030, 12, 31)),
        "revenue": some.floats(-1e7, 1e7, allow_nan=False).map(lambda x: round(x, 2)),
        "satisfaction_score": some.one_of(some.none(), some.integers(1, 5)),
    }
)


@settings(max_examples=40, deadline=None)
@given(some.lists(an_order, max_size=30))
def test_any_frame_of_valid_orders_gives_the_figures_of_plain_python(orders):
    frame = pd.DataFrame(orders, columns=["customer_id", "date", "revenue", "satisfaction_score"])
    frame["transaction_id"] = [f"t{i}" for i in range(len(frame))]
    placed = [o for o in orders if o["revenue"] >= 0]
    scores = [o["satisfaction_score"] for o in placed if o["satisfaction_score"] is not None]
    expected = {
        "total_revenue": math.fsum(o["revenue"] for o in orders),
        "total_orders": len(placed),
        "total_customers": len({o["customer_id"] for o in placed if o["customer_id"] is not None}),
        "avg_order_value": math.fsum(o["revenue"] for o in placed) / len(placed) if placed else math.nan,
        "avg_satisfaction": sum(scores) / len(scores) if scores else math.nan,
    }
    assert get_current_kpis(frame) == pytest.approx(expected, rel=1e-9, abs=1e-5, nan_ok=True)


def test_a_period_is_compared_with_the_same_number_of_days_before(hand_orders, hand_shop, second_week):
    kpis = kpis_of(hand_orders, second_week, hand_shop)
    assert kpis.periods["previous"] == Period(date(2026, 1, 5), date(2026, 1, 11))
    revenue = kpis.figures.loc["revenue"]
    assert (revenue["value"], revenue["previous"]) == (130.0, 200.0)
    assert math.isnan(revenue["last_year"])


def test_new_and_returning_customers_are_told_apart(hand_orders, hand_shop, second_week):
    figures = kpis_of(hand_orders, second_week, hand_shop).figures
    assert figures.loc["customers", "value"] == 3  # a, b and c ordered in the second week
    assert figures.loc["new_customers", "value"] == 1  # only c for the first time
    assert figures.loc["repeat_rate", "value"] == pytest.approx(2 / 3)
    assert figures.loc["new_customers", "previous"] == 2  # a and b; the guest is nobody


def test_a_second_order_on_the_first_day_is_a_repeat_order():
    orders = pd.DataFrame(
        {"transaction_id": ["x", "y"], "customer_id": ["a", "a"], "date": ["2026-01-13"] * 2, "revenue": [5.0, 6.0]}
    )
    filters = Filters(Period(date(2026, 1, 13), date(2026, 1, 13)), compare="none")
    figures = kpis_of(orders, filters, shop_of(orders)).figures
    assert figures.loc["new_customers", "value"] == 1
    assert figures.loc["repeat_rate", "value"] == 1.0


def test_a_comparison_that_begins_before_the_data_is_left_out_with_its_reason(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 7), date(2026, 1, 18)), compare="both")
    kpis = kpis_of(hand_orders, filters, hand_shop)
    assert list(kpis.periods) == ["value"]
    assert kpis.unavailable == dict.fromkeys(("previous", "last_year"), "the data begin on 5 Jan 2026")


def test_metrics_without_data_are_not_offered(hand_orders, second_week):
    bare = hand_orders.drop(columns=["satisfaction_score", "delivery_days"])
    figures = kpis_of(bare, second_week, shop_of(bare)).figures
    assert not {"satisfaction", "delivery_days"} & set(figures.index)
    assert "refund_rate" in figures.index


def test_a_filter_without_a_match_says_which_to_take_away(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 12), date(2026, 1, 18)), region=("North",), channel=("Nowhere",))
    with pytest.raises(NotEnoughData, match="No order of North · Nowhere in 12 Jan – 18 Jan 2026: take one"):
        kpis_of(hand_orders, filters, hand_shop)


def test_chance_alone_leaves_its_range_in_one_of_twenty_comparisons():
    """40 shops × 7 metrics whose intensity never changes: at the 5 % level 14 ± 8 of 280 may seem to have moved."""
    beyond = []
    for seed in range(40):
        orders = random_orders(seed)
        filters = Filters(Period(date(2026, 3, 2), date(2026, 4, 29)), compare="previous")
        figures = kpis_of(orders, filters, shop_of(orders)).figures
        steady = figures.drop(index=["new_customers", "repeat_rate"])  # these change while a young shop fills up
        beyond += list((steady["value"] - steady["previous"]).abs() > steady["noise_previous"])
    assert 0.015 < sum(beyond) / len(beyond) < 0.085


def test_a_shop_that_scatters_more_than_chance_gets_a_wider_range():
    orders = random_orders(1, days=120)
    wild = pd.concat(
        [orders] * 3, ignore_index=True
    )  # each order thrice: the variance is thrice that of a Poisson count
    wild["transaction_id"] = [f"w{i}" for i in range(len(wild))]
    filters = Filters(Period(date(2026, 3, 2), date(2026, 4, 29)), compare="previous")
    calm_noise = kpis_of(orders, filters, shop_of(orders)).figures.loc["orders", "noise_previous"]
    wild_noise = kpis_of(wild, filters, shop_of(wild)).figures.loc["orders", "noise_previous"]
    assert wild_noise / calm_noise == pytest.approx(3.0, rel=0.15)


def test_a_drop_of_a_third_is_beyond_chance():
    orders = random_orders(3)
    late = orders["date"] >= pd.Timestamp(date(2026, 3, 2))
    dropped = orders[~late | (orders.index % 3 > 0)]
    filters = Filters(Period(date(2026, 3, 2), date(2026, 4, 29)), compare="previous")
    row = kpis_of(dropped, filters, shop_of(dropped)).figures.loc["orders"]
    assert row["previous"] - row["value"] > row["noise_previous"]
