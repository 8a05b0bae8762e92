"""Members over time: they add up to the key figure, shares are of the total, partial buckets and gaps are marked."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.cells import revenue_cells
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.member_trends import (
    MOST_MEMBERS,
    left_out_sentence,
    metric_trend_by_member,
    need_shares,
)
from analytics.descriptive.trends import metric_trend
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import GRANULARITIES, Period
from tests.analytics.conftest import random_orders, shop_of
from warehouse.engine import Warehouse

SPRING = Filters(Period(date(2026, 1, 10), date(2026, 4, 20)), compare="last_year")


@pytest.fixture(scope="module")
def orders():
    return random_orders(5, days=500, per_day=6, start="2025-01-01")


def kpis_of(orders, filters, shop):
    daily = daily_activity(orders, filters, shop)
    return current_kpis(orders, daily, day_dispersions(daily), filters, shop)


def trends_of(orders, filters, shop, dimension="channel", key="revenue", **parameters):
    cells, kpis = revenue_cells(orders, filters, shop), kpis_of(orders, filters, shop)
    return metric_trend_by_member(orders, cells, kpis, filters, shop, dimension, key, **parameters)


def of(trends, member):
    return trends.buckets[trends.buckets["member"] == member].reset_index(drop=True)


@settings(max_examples=25, deadline=None)
@given(
    start=some.dates(date(2025, 1, 1), date(2026, 4, 1)),
    days=some.integers(1, 120),
    granularity=some.sampled_from(GRANULARITIES),
    key=some.sampled_from([k for k, m in METRICS.items() if m.adds_up]),
)
def test_members_of_any_period_add_up_to_the_trend_of_the_shop(orders, start, days, granularity, key):
    period = Period(start, start + pd.Timedelta(days=days - 1))
    filters, shop = Filters(period, compare="both"), shop_of(orders)
    try:
        trends = trends_of(orders, filters, shop, key=key, granularity=granularity)
    except NotEnoughData:
        return
    whole = metric_trend(orders, daily_activity(orders, filters, shop), filters, shop, key, granularity)
    by_bucket = trends.buckets.groupby("start")
    assert by_bucket["value"].sum().to_numpy() == pytest.approx(whole.buckets["value"].to_numpy())
    assert trends.members["value"].sum() == pytest.approx(whole.buckets["value"].sum())
    shares = by_bucket["share"].sum(min_count=1).dropna()
    assert shares.to_numpy() == pytest.approx(1)
    assert trends.reference_name == whole.reference_name
    if whole.reference_name:
        assert by_bucket["reference"].sum().to_numpy() == pytest.approx(whole.buckets["reference"].to_numpy())


@pytest.mark.parametrize("key", METRICS)
@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("dimension", ["channel", "region"])
def test_a_filter_to_one_member_gives_that_members_line(orders, key, granularity, dimension):
    """The same numbers by two ways: split by member, and the whole trend of the shop narrowed to it."""
    shop = shop_of(orders)
    trends = trends_of(orders, SPRING, shop, dimension, key, granularity=granularity)
    name = shop.members[dimension][-1]
    narrowed = replace(SPRING, **{dimension: (name,)})
    alone = metric_trend(orders, daily_activity(orders, narrowed, shop), narrowed, shop, key, granularity)
    columns = ["value", "mean", "reference", "reference_mean", "complete"]
    found = of(trends, name)
    assert found["start"].tolist() == alone.buckets["start"].tolist()
    pd.testing.assert_frame_equal(found[columns], alone.buckets[columns], check_dtype=False)


@pytest.mark.parametrize("key", METRICS)
def test_the_warehouse_gives_the_trends_of_its_orders_as_a_frame(key, stored, tmp_path):
    orders = random_orders(4, days=60)
    orders.loc[::5, "customer_id"] = None
    orders = orders.assign(segment="any", category="any", payment_method="any", age_group="any")
    filters = Filters(Period(date(2026, 2, 1), date(2026, 2, 20)), compare="previous", region=("North",))
    shop = shop_of(orders)
    of_the_frame = trends_of(orders, filters, shop, key=key, granularity="week")
    with Warehouse(stored(orders, tmp_path / "shop.db")).tables() as tables:
        keys = int(tables.orders.customer_key.max().execute())
        of_the_warehouse = trends_of(
            tables.orders, filters, replace(shop, customer_keys=keys), key=key, granularity="week"
        )
    assert of_the_warehouse.sentence == of_the_frame.sentence
    pd.testing.assert_frame_equal(of_the_warehouse.buckets, of_the_frame.buckets, check_dtype=False)


def test_shares_added_by_hand(hand_orders, hand_shop, second_week):
    """Monday: all of the 120 were bought on the Web. Wednesday: a refund alone, which has no shares."""
    trends = trends_of(hand_orders, second_week, hand_shop, mean_days=0)
    web, shop = of(trends, "Web"), of(trends, "Shop")
    assert web["share"].iloc[0] == 1.0
    assert shop["share"].iloc[1] == 1.0
    assert np.isnan(web["share"].iloc[2])
    assert web["value"].tolist() == [120, 0, -20, 0, 0, 0, 0]
    assert web["reference"].tolist() == [100, 40, 0, 0, 0, 0, 0]
    assert trends.members.set_index("member")["share"].to_dict() == pytest.approx({"Web": 100 / 130, "Shop": 30 / 130})


def test_a_ratio_of_a_day_without_orders_is_missing_not_zero(hand_orders, hand_shop, second_week):
    web = of(trends_of(hand_orders, second_week, hand_shop, key="average_order_value"), "Web")
    assert web["value"].iloc[0] == 120
    assert web["value"].iloc[3:].isna().all()


def test_a_share_over_seven_days_is_that_of_the_week(hand_orders, hand_shop, second_week):
    trends = trends_of(hand_orders, second_week, hand_shop)
    sunday = of(trends, "Web").iloc[-1]
    assert sunday["mean"] == pytest.approx(100 / 7)
    assert sunday["share_mean"] == pytest.approx(100 / 130)


def test_a_mean_that_would_begin_before_the_data_is_missing(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="none")
    web = of(trends_of(hand_orders, filters, hand_shop), "Web")
    assert web["mean"].isna().tolist() == [True] * 6 + [False] * 8
    assert web["share_mean"].isna().tolist() == [True] * 6 + [False] * 8


@pytest.mark.parametrize("window", [7, 28])
def test_the_mean_spans_its_window(orders, window):
    filters = Filters(Period(date(2026, 2, 10), date(2026, 2, 20)), compare="none")
    trends = trends_of(orders, filters, shop_of(orders), mean_days=window)
    last = orders[orders["date"].between(pd.Timestamp(2026, 2, 21) - pd.Timedelta(days=window), "2026-02-20")]
    web = last.loc[last["channel"] == "Web", "revenue"].sum()
    assert of(trends, "Web")["mean"].iloc[-1] == pytest.approx(web / window)
    assert trends.mean_days == window


def test_no_mean_and_no_overlay_where_none_is_asked_for(orders):
    trends = trends_of(orders, SPRING, shop_of(orders), mean_days=0, overlay=False)
    assert trends.buckets[["mean", "reference", "reference_mean"]].isna().all().all()
    assert trends.reference_name is None


def test_a_member_without_orders_in_part_of_the_period_is_zero_there(orders):
    gone = orders[~((orders["channel"] == "Store") & (orders["date"] >= "2026-03-01"))]
    store = of(trends_of(gone, SPRING, shop_of(gone), granularity="month"), "Store")
    assert (store["value"].iloc[:2] > 0).all()
    assert store["value"].iloc[2:].tolist() == [0, 0]
    value = of(trends_of(gone, SPRING, shop_of(gone), key="satisfaction", granularity="month"), "Store")
    assert value["value"].iloc[2:].isna().all()


def test_buckets_that_the_period_cuts_are_partial_for_every_member(orders):
    trends = trends_of(orders, SPRING, shop_of(orders), granularity="month")
    for name in ("Web", "App", "Store"):
        assert of(trends, name)["complete"].tolist() == [False, True, True, False]


def test_a_leap_day_is_held_against_the_28th(orders):
    leap = random_orders(8, days=500, per_day=4, start="2023-01-01")
    filters = Filters(Period(date(2024, 2, 1), date(2024, 3, 10)), compare="last_year")
    web = of(trends_of(leap, filters, shop_of(leap)), "Web").set_index("start")["reference"]
    day = leap[(leap["date"] == "2023-02-28") & (leap["channel"] == "Web")]["revenue"].sum()
    assert web[date(2024, 2, 28)] == web[date(2024, 2, 29)] == pytest.approx(day)


def test_a_shop_of_one_day_has_one_bucket_and_nothing_to_compare():
    orders = random_orders(3, days=1, per_day=30)
    filters, shop = Filters(Period(date(2026, 1, 1), date(2026, 1, 1))), shop_of(orders, last_day=date(2026, 1, 1))
    trends = trends_of(orders, filters, replace(shop, today=date(2026, 1, 1)))
    assert of(trends, "Web")["value"].tolist() == [
        pytest.approx(orders.loc[orders["channel"] == "Web", "revenue"].sum())
    ]
    assert trends.sentence == "3 channels in view, compared with nothing."


def test_one_member_in_view_is_nothing_to_tell_apart(orders):
    trends = trends_of(orders, replace(SPRING, channel=("Web",)), shop_of(orders))
    assert trends.members["member"].tolist() == ["Web"]
    assert trends.sentence == "Only Web is in view: there is nothing to tell apart."


def test_many_members_count_in_the_total_though_not_all_are_drawn(orders):
    many = orders.assign(region=[f"R {i % 57:02}" for i in range(len(orders))])
    trends = trends_of(many, SPRING, shop_of(many), "region")
    assert len(trends.members) == 57
    assert trends.buckets["member"].nunique() == MOST_MEMBERS
    assert trends.members["value"].is_monotonic_decreasing
    assert trends.buckets.groupby("start")["share"].sum().mean() < 1
    said = left_out_sentence(trends, 8)
    assert said.startswith(f"Not drawn, being smaller: {trends.members['member'].iloc[8]}, ")
    assert said.endswith(" and 45 more.")
    assert left_out_sentence(trends, 57) == ""
    assert left_out_sentence(trends, 56).endswith(f": {trends.members['member'].iloc[56]}.")


def test_the_sentence_names_the_member_that_collapsed():
    orders = random_orders(22, per_day=40)
    left = orders[~((orders["channel"] == "Store") & (orders["date"] >= "2026-03-01"))]
    spring = Filters(Period(date(2026, 3, 1), date(2026, 4, 20)), compare="previous")
    trends = trends_of(left, spring, shop_of(left))
    assert "Store fell most (−€" in trends.sentence
    assert trends.sentence.endswith("1 of 3 channels changed so, against the period before.")


def test_quiet_shops_are_said_to_be_quiet_in_most_cases():
    spring, named = Filters(Period(date(2026, 3, 1), date(2026, 4, 20)), compare="previous"), 0
    for seed in range(30):
        orders = random_orders(seed)
        sentence = trends_of(orders, spring, shop_of(orders), granularity="month").sentence
        named += not sentence.startswith("None of the 3 channels changed by more than chance does")
    assert named <= 5  # 5 % of 30, and twice its standard error


def test_a_change_of_a_mean_is_said_in_its_unit():
    orders = random_orders(9, per_day=40)
    worse = (orders["channel"] == "Web") & (orders["date"] >= "2026-03-01")
    orders.loc[worse, "satisfaction_score"] = orders.loc[worse, "satisfaction_score"].clip(upper=2)
    spring = Filters(Period(date(2026, 3, 1), date(2026, 4, 20)), compare="previous")
    sentence = trends_of(orders, spring, shop_of(orders), key="satisfaction").sentence
    assert "Web fell most (−1." in sentence


@pytest.mark.parametrize("key", [k for k, m in METRICS.items() if not m.adds_up])
def test_what_does_not_add_up_has_no_shares_and_says_so(orders, key):
    with pytest.raises(NotEnoughData, match=f"{METRICS[key].name} of the members does not add up to a total"):
        need_shares(METRICS[key])
    assert trends_of(orders, SPRING, shop_of(orders), key=key).buckets["share"].isna().all()


def test_what_adds_up_has_shares():
    assert need_shares(METRICS["revenue"]) is None


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"granularity": "hour"}, "granularity: expected one of day, week"),
        ({"mean_days": 9}, "mean_days: expected one of 0, 7, 28, got 9"),
        ({"dimension": "colour"}, "dimension: expected one of region"),
        ({"key": "profit"}, "metric: expected one of revenue"),
    ],
)
def test_what_is_not_offered_is_refused(orders, asked, refused):
    shop = shop_of(orders)
    with pytest.raises(ValueError, match=refused):
        metric_trend_by_member(orders, None, kpis_of(orders, SPRING, shop), SPRING, shop, **asked)


def test_a_dimension_that_the_shop_lacks_and_an_empty_view_are_answers(hand_orders, hand_shop, second_week):
    kpis = kpis_of(hand_orders, second_week, hand_shop)
    with pytest.raises(NotEnoughData, match="carry no segment"):
        metric_trend_by_member(hand_orders, None, kpis, second_week, hand_shop, "segment")
    nobody = replace(second_week, region=("Nowhere",))
    with pytest.raises(NotEnoughData, match="No order of Nowhere"):
        metric_trend_by_member(hand_orders, None, kpis, nobody, hand_shop, "channel")
