"""Trends: totals agree with the key figures, partial buckets are marked, comparisons lie on the right days."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.buckets import overlay_sentence
from analytics.descriptive.trends import metric_trend, months_cut, sparkline_values, weekday_by_month
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import GRANULARITIES, Period
from tests.analytics.conftest import random_orders, shop_of


@pytest.fixture(scope="module")
def orders():
    return random_orders(5, days=500, per_day=6, start="2025-01-01")


def trend_of(orders, filters, shop, **parameters):
    return metric_trend(orders, daily_activity(orders, filters), filters, shop, **parameters)


@settings(max_examples=30, deadline=None)
@given(
    start=some.dates(date(2025, 1, 1), date(2026, 4, 1)),
    days=some.integers(1, 120),
    granularity=some.sampled_from(GRANULARITIES),
    week_start=some.sampled_from(["monday", "sunday"]),
)
def test_the_buckets_of_any_period_add_up_to_its_total(orders, start, days, granularity, week_start):
    period = Period(start, start + pd.Timedelta(days=days - 1))
    filters = Filters(period, compare="none")
    inside = orders[orders["date"].between(pd.Timestamp(period.start), pd.Timestamp(period.end))]
    trend = trend_of(orders, filters, shop_of(orders, week_start=week_start), granularity=granularity)
    assert trend.buckets["value"].sum() == pytest.approx(inside["revenue"].sum())
    assert trend.buckets["start"].is_monotonic_increasing


@pytest.mark.parametrize("key", METRICS)
@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_every_metric_has_a_trend_at_every_granularity(orders, key, granularity):
    filters = Filters(Period(date(2026, 1, 10), date(2026, 4, 20)), compare="last_year")
    trend = trend_of(orders, filters, shop_of(orders), key=key, granularity=granularity)
    assert trend.buckets["value"].notna().all()
    assert trend.reference_name == "last_year"


def test_distinct_customers_are_counted_per_bucket_not_added(orders):
    filters = Filters(Period(date(2026, 1, 1), date(2026, 2, 28)), compare="none")
    buckets = trend_of(orders, filters, shop_of(orders), key="customers", granularity="month").buckets
    january = orders[orders["date"].between("2026-01-01", "2026-01-31")]
    assert buckets["value"].iloc[0] == january["customer_id"].nunique()


def test_the_weeks_that_the_period_cuts_are_partial(orders):
    filters = Filters(Period(date(2026, 1, 7), date(2026, 2, 4)), compare="none")  # Wednesday to Wednesday
    complete = trend_of(orders, filters, shop_of(orders), granularity="week").buckets["complete"].tolist()
    assert complete == [False, True, True, True, False]


def test_a_month_that_is_not_over_is_partial(orders):
    shop = shop_of(orders, today=date(2026, 3, 20))
    filters = Filters(Period(date(2026, 2, 1), date(2026, 3, 31)), compare="none")
    assert trend_of(orders, filters, shop, granularity="month").buckets["complete"].tolist() == [True, False]


def test_the_comparison_of_a_bucket_is_made_of_the_corresponding_days(orders):
    filters = Filters(Period(date(2026, 2, 3), date(2026, 2, 23)), compare="previous")
    buckets = trend_of(orders, filters, shop_of(orders), granularity="week").buckets
    first = orders[orders["date"].between("2026-01-13", "2026-01-18")]  # 3–8 February moved by 21 days
    assert buckets["reference"].iloc[0] == pytest.approx(first["revenue"].sum())


def test_the_seven_day_mean_starts_with_the_chart(orders):
    filters = Filters(Period(date(2026, 2, 10), date(2026, 2, 20)), compare="none")
    buckets = trend_of(orders, filters, shop_of(orders)).buckets
    week = orders[orders["date"].between("2026-02-04", "2026-02-10")]
    assert buckets["mean"].iloc[0] == pytest.approx(week["revenue"].sum() / 7)


def test_the_mean_spans_as_many_days_as_asked_for_and_none_where_none_are(orders):
    filters = Filters(Period(date(2026, 2, 10), date(2026, 2, 20)), compare="last_year")
    month = trend_of(orders, filters, shop_of(orders), mean_days=28)
    last = orders[orders["date"].between("2026-01-24", "2026-02-20")]
    assert month.buckets["mean"].iloc[-1] == pytest.approx(last["revenue"].sum() / 28)
    assert month.buckets["reference_mean"].isna().sum() == 0
    none = trend_of(orders, filters, shop_of(orders), mean_days=0, overlay=False)
    assert none.buckets[["mean", "reference", "reference_mean"]].isna().all().all()
    assert none.reference_name is None
    with pytest.raises(ValueError, match="mean_days: expected one of 0, 7, 28, got 14"):
        trend_of(orders, filters, shop_of(orders), mean_days=14)


def test_a_leap_day_and_the_28th_are_held_against_the_same_day():
    orders = random_orders(8, days=500, per_day=4, start="2023-01-01")
    filters = Filters(Period(date(2024, 2, 1), date(2024, 3, 10)), compare="last_year")
    buckets = trend_of(orders, filters, shop_of(orders)).buckets.set_index("start")
    day = orders.loc[orders["date"] == "2023-02-28", "revenue"].sum()
    assert buckets.loc[date(2024, 2, 28), "reference"] == pytest.approx(day)
    assert buckets.loc[date(2024, 2, 29), "reference"] == pytest.approx(day)


@pytest.mark.parametrize(
    ("name", "period", "said"),
    [
        (None, Period(date(2026, 2, 3), date(2026, 2, 9)), ""),
        ("previous", Period(date(2026, 2, 3), date(2026, 2, 3)), "Dotted: the day before."),
        ("previous", Period(date(2026, 2, 3), date(2026, 2, 9)), "Dotted: the 7 days before, in their order."),
        ("last_year", Period(date(2026, 2, 1), date(2026, 2, 9)), "Dotted: last year, the same dates."),
        (
            "last_year",
            Period(date(2026, 2, 3), date(2026, 2, 9)),
            "Dotted: last year, the same weekdays (52 weeks earlier).",
        ),
    ],
)
def test_it_is_said_which_days_lie_under_which(name, period, said):
    assert overlay_sentence(name, Filters(period)) == said


def test_a_day_without_orders_is_zero_revenue_and_a_missing_order_value(hand_orders, hand_shop, second_week):
    revenue = trend_of(hand_orders, second_week, hand_shop).buckets
    value = trend_of(hand_orders, second_week, hand_shop, key="average_order_value").buckets
    friday = revenue["start"] == date(2026, 1, 16)
    assert revenue.loc[friday, "value"].item() == 0
    assert np.isnan(value.loc[friday, "value"].item())


def test_the_sentence_names_the_highest_and_lowest_day(hand_orders, hand_shop, second_week):
    sentence = trend_of(hand_orders, second_week, hand_shop).sentence
    assert sentence == "Highest day: € 120 (12 Jan 2026); lowest: −€ 20.00 (14 Jan 2026)."


def test_an_unknown_granularity_is_refused(hand_orders, hand_shop, second_week):
    with pytest.raises(ValueError, match="granularity: expected one of day, week, month, quarter, got 'hour'"):
        trend_of(hand_orders, second_week, hand_shop, granularity="hour")


def test_no_orders_in_view_is_an_answer(hand_orders, hand_shop):
    with pytest.raises(NotEnoughData, match="No orders in 1 Feb"):
        trend_of(hand_orders, Filters(Period(date(2026, 2, 1), date(2026, 2, 2))), hand_shop)


def test_sparklines_add_up_to_the_period(orders):
    filters = Filters(Period(date(2026, 1, 1), date(2026, 3, 31)), compare="none")
    lines = sparkline_values(orders, daily_activity(orders, filters), filters, shop_of(orders))
    inside = orders[orders["date"].between("2026-01-01", "2026-03-31")]
    assert sum(lines["orders"]) == len(inside)
    assert len(lines["customers"]) == len(lines["revenue"]) == 30


def test_a_weekday_of_a_month_is_the_mean_of_its_days(orders):
    filters = Filters(Period(date(2026, 1, 1), date(2026, 3, 31)))
    values = weekday_by_month(daily_activity(orders, filters), filters, "revenue")
    mondays = orders[(orders["date"].dt.day_of_week == 0) & orders["date"].between("2026-02-01", "2026-02-28")]
    assert values.loc["Mon", pd.Timestamp("2026-02-01")] == pytest.approx(mondays["revenue"].sum() / 4)
    assert values.shape == (7, 12)


@pytest.mark.parametrize(
    ("start", "end", "today", "cut"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), date(2026, 5, 15), {}),
        (date(2026, 1, 1), date(2026, 3, 30), date(2026, 5, 15), {date(2026, 3, 1): "1 Mar – 30 Mar 2026"}),
        (date(2025, 3, 1), date(2025, 9, 30), date(2026, 5, 15), {date(2025, 1, 1): "5 Jan – 31 Jan 2025"}),
        (date(2025, 1, 5), date(2025, 1, 20), date(2026, 5, 15), {date(2025, 1, 1): "5 Jan – 20 Jan 2025"}),
        (date(2026, 4, 1), date(2026, 4, 30), date(2026, 4, 29), {date(2026, 4, 1): "1 Apr – 30 Apr 2026"}),
    ],
)
def test_months_that_the_period_or_the_data_cut_are_told(orders, start, end, today, cut):
    young = orders[orders["date"] >= "2025-01-05"]
    filters, shop = Filters(Period(start, end)), shop_of(young, today=today)
    found = months_cut(daily_activity(young, filters), filters, shop)
    assert {month: days.label() for month, days in found.items()} == cut
    drawn = weekday_by_month(daily_activity(young, filters), filters)
    assert {pd.Timestamp(month) for month in found} <= set(drawn.columns)


def test_distinct_customers_have_no_weekday_table(orders):
    filters = Filters(Period(date(2026, 1, 1), date(2026, 3, 31)))
    with pytest.raises(NotEnoughData, match="Customers cannot be added up over days"):
        weekday_by_month(daily_activity(orders, filters), filters, "customers")


def test_a_single_week_or_month_is_named_as_one(hand_orders, hand_shop, second_week):
    week = trend_of(hand_orders, second_week, hand_shop, granularity="week").sentence
    assert week == "Revenue € 130 in the week from 12 Jan 2026."
    day = Filters(Period(date(2026, 1, 13), date(2026, 1, 13)), compare="none")
    assert trend_of(hand_orders, day, hand_shop).sentence == "Revenue € 30.00 on 13 Jan 2026."


def test_buckets_that_are_all_alike_have_no_highest(hand_orders, hand_shop):
    two_days = Filters(Period(date(2026, 1, 12), date(2026, 1, 13)), compare="none")
    assert trend_of(hand_orders, two_days, hand_shop, key="orders").sentence == "Orders 1 on every day."


def test_refunds_alone_are_something(hand_orders, hand_shop):
    refunds = hand_orders[hand_orders["revenue"] < 0]
    fortnight = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="none")
    trend = trend_of(refunds, fortnight, hand_shop, granularity="week")
    assert trend.buckets["value"].sum() == -20
