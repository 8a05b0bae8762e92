"""Before a shop's data reach back far enough most customers look new: every view says so, or leaves those days out.

The hand shop's data begin on 5 January, and new can be told from old from the 12th on: a and b seem new on the 5th and
6th, c is new on the 13th.
"""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.breakdowns import metric_by_member
from analytics.descriptive.cells import revenue_cells
from analytics.descriptive.cohorts import customer_cohorts
from analytics.descriptive.headline import period_headline
from analytics.descriptive.kpi_tree import kpi_tree
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.member_trends import metric_trend_by_member
from analytics.descriptive.returning import revenue_by_kind
from analytics.descriptive.trends import (
    metric_trend,
    months_cut,
    sparkline_values,
    weekday_by_month,
    weekday_sentence,
)
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

TOLD_FROM = date(2026, 1, 12)
DOUBT = "Before 12 Jan 2026 most customers look new, because the data begin shortly before"
BOTH_WEEKS = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="none")
FIRST_WEEK = replace(BOTH_WEEKS, period=Period(date(2026, 1, 5), date(2026, 1, 11)))


@pytest.fixture
def young(hand_orders):
    return shop_of(hand_orders, known_from=TOLD_FROM)


def kpis_of(orders, filters, shop):
    daily = daily_activity(orders, filters, shop)
    return current_kpis(orders, daily, day_dispersions(daily), filters, shop)


def trend_of(orders, filters, shop, key="new_customers", granularity="week", **parameters):
    return metric_trend(orders, daily_activity(orders, filters, shop), filters, shop, key, granularity, **parameters)


def asked(orders, filters, shop):
    """What analyses by member start from."""
    return orders, revenue_cells(orders, filters, shop), kpis_of(orders, filters, shop), filters, shop


def test_only_what_looks_back_is_doubted_and_only_so_early(young, hand_shop):
    doubted = {key for key, measured in METRICS.items() if young.doubt(measured, date(2026, 1, 11))}
    assert doubted == {"new_customers", "repeat_rate"}
    assert not any(young.doubt(measured, TOLD_FROM) for measured in METRICS.values())
    assert not any(hand_shop.doubt(measured, date(2020, 1, 1)) for measured in METRICS.values())


def test_a_key_figure_is_shown_with_its_doubt(hand_orders, young, second_week):
    kpis = kpis_of(hand_orders, BOTH_WEEKS, young)
    assert kpis.figures.loc["new_customers", "value"] == 3
    assert kpis.doubtful == dict.fromkeys(("new_customers", "repeat_rate"), f"{DOUBT}.")
    assert kpis_of(hand_orders, second_week, young).doubtful == {}


def test_the_headline_is_silent_about_what_cannot_be_told():
    """Nearly everyone is new in January; in February hardly anyone is."""
    orders = random_orders(3, days=59)
    filters = Filters(Period(date(2026, 2, 1), date(2026, 2, 28)), compare="previous")
    said = {}
    for known_from in (None, date(2026, 1, 20), date(2026, 2, 10)):
        shop = shop_of(orders, known_from=known_from)
        said[known_from] = period_headline(*asked(orders, filters, shop)).also
    assert "new customers fell" in said.pop(None), "it would be said, were it known"
    assert not any("new customers" in also or "repeat rate" in also for also in said.values())


@pytest.mark.parametrize("compare", ["none", "previous"])
def test_the_tree_does_not_tell_new_from_returning_and_says_why(compare, hand_orders, young, hand_shop, second_week):
    view = replace(second_week if compare == "previous" else BOTH_WEEKS, compare=compare)
    tree = kpi_tree(hand_orders, kpis_of(hand_orders, view, young), view, young)
    assert not {"new_customers", "returning_customers"} & set(tree.nodes.index)
    assert tree.nodes["is_leaf"]["customers"]
    assert tree.notes == f" New and returning customers are not told apart: {DOUBT[0].lower()}{DOUBT[1:]}."
    told = kpi_tree(hand_orders, kpis_of(hand_orders, view, hand_shop), view, hand_shop)
    assert "new_customers" in told.nodes.index
    assert told.notes == ""


def test_a_trend_marks_what_cannot_be_told_and_names_none_of_it(hand_orders, young):
    trend = trend_of(hand_orders, BOTH_WEEKS, young)
    assert trend.buckets["value"].tolist() == [2, 1]
    assert trend.buckets["known"].tolist() == [False, True]
    assert trend.sentence == f"New customers 1 in the week from 12 Jan 2026. {DOUBT}: what lies before is pale."
    assert trend_of(hand_orders, FIRST_WEEK, young).sentence == f"{DOUBT}: what lies before is pale."
    assert "known" in trend.table()
    assert "known" not in trend_of(hand_orders, BOTH_WEEKS, young, "revenue").table()


def test_neither_its_mean_nor_its_comparison_rests_on_what_cannot_be_told(hand_orders, young, hand_shop, second_week):
    days = trend_of(hand_orders, second_week, young, granularity="day")
    assert days.reference_name is None
    assert days.buckets["mean"].notna().tolist() == [False] * 6 + [True]
    assert trend_of(hand_orders, second_week, young, "revenue", "day").buckets["mean"].notna().any()
    assert trend_of(hand_orders, second_week, hand_shop).reference_name == "previous"


def test_small_lines_begin_where_it_can_be_told(hand_orders, young):
    lines = sparkline_values(hand_orders, daily_activity(hand_orders, BOTH_WEEKS, young), BOTH_WEEKS, young)
    assert np.isnan(lines["new_customers"]).tolist() == [True] * 7 + [False] * 7
    assert np.isnan(lines["repeat_rate"][:7]).all()
    assert sum(lines["orders"]) == 6


def test_weekdays_and_months_leave_those_days_out(hand_orders, young):
    daily = daily_activity(hand_orders, BOTH_WEEKS, young)
    values = weekday_by_month(daily, BOTH_WEEKS, "new_customers", shop=young)
    assert values[pd.Timestamp("2026-01-01")].tolist() == [0, 1, 0, 0, 0, 0, 0], "c alone, on Tuesday the 13th"
    cut = months_cut(daily, BOTH_WEEKS, young, key="new_customers")
    assert cut == {date(2026, 1, 1): Period(date(2026, 1, 12), date(2026, 1, 18))}
    said = weekday_sentence(METRICS["new_customers"], BOTH_WEEKS, cut, young)
    assert said.endswith(f"* In part: 12 Jan – 18 Jan 2026. {DOUBT}: those days are left out.")
    assert DOUBT not in weekday_sentence(METRICS["revenue"], BOTH_WEEKS, cut, young)
    with pytest.raises(NotEnoughData, match=f"{DOUBT}: choose a period that ends later"):
        weekday_by_month(daily, FIRST_WEEK, "new_customers", shop=young)


@pytest.mark.parametrize("key", ["new_customers", "repeat_rate"])
def test_a_breakdown_names_nobody(key, hand_orders, young, hand_shop):
    sentence = metric_by_member(*asked(hand_orders, BOTH_WEEKS, young), "channel", key).sentence
    assert sentence == f"2 channels with orders. {DOUBT}."
    assert DOUBT not in metric_by_member(*asked(hand_orders, BOTH_WEEKS, hand_shop), "channel", key).sentence


@pytest.mark.parametrize("key", ["new_customers", "repeat_rate"])
def test_members_over_time_leave_it_out(key, hand_orders, young):
    trends = metric_trend_by_member(*asked(hand_orders, BOTH_WEEKS, young), "channel", key, "week")
    by_week = trends.buckets.groupby("start")[["value", "share", "mean"]].agg(lambda column: column.notna().any())
    assert by_week["value"].tolist() == [False, True]
    assert not by_week["share"].iloc[0]
    assert trends.sentence.endswith(f"{DOUBT}: what lies before is left out.")
    with pytest.raises(NotEnoughData, match=f"{DOUBT}: choose a later period"):
        metric_trend_by_member(*asked(hand_orders, FIRST_WEEK, young), "channel", key, "week")


def test_means_of_members_begin_a_window_later(hand_orders, young):
    days = metric_trend_by_member(*asked(hand_orders, BOTH_WEEKS, young), "channel", "new_customers", "day").buckets
    assert days.loc[days["member"] == "Shop", "mean"].notna().tolist() == [False] * 13 + [True]


def test_revenue_by_kind_counts_only_what_can_be_told(hand_orders, young):
    assert revenue_by_kind(hand_orders, BOTH_WEEKS, young, "week").sentence == (
        "Of € 150 before refunds from 12 Jan 2026 on, 80.0 % (€ 120) from returning customers and "
        "20.0 % (€ 30.00) from first orders."
    )
    early = revenue_by_kind(hand_orders, FIRST_WEEK, young, "week").sentence
    assert early == "Orders brought in € 200 before refunds; from whom cannot be told so soon after the data begin."


def test_a_file_of_cohorts_marks_those_that_may_hold_old_customers():
    orders = random_orders(3, days=120)
    filters = Filters(Period(date(2026, 1, 1), date(2026, 4, 30)))
    young = customer_cohorts(orders, filters, shop_of(orders, known_from=date(2026, 2, 1))).table()
    assert young.drop_duplicates("cohort").set_index("cohort")["known"].to_dict() == {
        "Jan 2026": False,
        "Feb 2026": True,
        "Mar 2026": True,
        "Apr 2026": True,
    }
    assert "known" not in customer_cohorts(orders, filters, shop_of(orders)).table()
