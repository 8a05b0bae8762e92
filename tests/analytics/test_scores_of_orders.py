"""Scores and delivery days are those of orders: what a refund's row carries counts nowhere, on tiles as on cards.

Ten days of the hand shop, in which the refund of 14 January was scored 1 and took 9 days. The orders of its week are
scored 3 and 4 and took 6, 1 and 4 days.
"""

import sqlite3
from datetime import date

import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.breakdowns import (
    delivery_distribution,
    metric_by_member,
    metric_by_two,
    satisfaction_distribution,
)
from analytics.descriptive.cells import revenue_cells
from analytics.descriptive.customer_list import customer_block, customer_page
from analytics.descriptive.kpis import current_kpis, get_current_kpis
from analytics.descriptive.member_trends import metric_trend_by_member
from analytics.descriptive.profile import shop_profile
from analytics.descriptive.quality import data_quality
from analytics.descriptive.rfm import rfm_groups
from analytics.descriptive.trends import metric_trend, weekday_by_month
from analytics.descriptive.variation import day_dispersions
from benchmarks.plain_sql import page_answers
from tests.analytics.conftest import shop_of
from warehouse.engine import Warehouse

MEANS = {"satisfaction": 3.5, "delivery_days": 11 / 3}
DISTRIBUTIONS = {"satisfaction": satisfaction_distribution, "delivery_days": delivery_distribution}


@pytest.fixture
def scored_refund(hand_orders) -> pd.DataFrame:
    return hand_orders.assign(
        satisfaction_score=hand_orders["satisfaction_score"].where(hand_orders["revenue"] >= 0, 1),
        delivery_days=hand_orders["delivery_days"].where(hand_orders["revenue"] >= 0, 9),
    )


@pytest.fixture
def kpis(scored_refund, second_week):
    shop = shop_of(scored_refund)
    daily = daily_activity(scored_refund, second_week, shop)
    return current_kpis(scored_refund, daily, day_dispersions(daily), second_week, shop)


@pytest.mark.parametrize("key", MEANS)
def test_the_tile_and_the_distribution_agree(key, scored_refund, second_week, kpis):
    counts = DISTRIBUTIONS[key](scored_refund, second_week, shop_of(scored_refund)).counts
    of_counts = (counts["value"] * counts["orders"]).sum() / counts["orders"].sum()
    assert kpis.figures.loc[key, "value"] == pytest.approx(of_counts) == pytest.approx(MEANS[key])


@pytest.mark.parametrize("key", MEANS)
def test_the_chance_range_is_that_of_orders(key, scored_refund, hand_orders, second_week, kpis):
    daily = daily_activity(hand_orders, second_week)
    bare = current_kpis(hand_orders, daily, day_dispersions(daily), second_week, shop_of(hand_orders))
    pd.testing.assert_series_equal(kpis.figures.loc[key], bare.figures.loc[key])


@pytest.mark.parametrize("key", MEANS)
def test_every_view_of_the_metric_says_the_same(key, scored_refund, hand_orders, second_week, kpis):
    shop = shop_of(scored_refund)
    daily, cells = daily_activity(scored_refund, second_week, shop), revenue_cells(scored_refund, second_week, shop)
    weeks = metric_trend(scored_refund, daily, second_week, shop, key, "week")
    assert weeks.buckets["value"].tolist() == pytest.approx([MEANS[key]])
    members = metric_by_member(scored_refund, cells, kpis, second_week, shop, "channel", key).members
    by_member = {"satisfaction": {"Web": 3.0, "Shop": 4.0}, "delivery_days": {"Web": 5.0, "Shop": 1.0}}[key]
    assert members.set_index("member")["value"].to_dict() == by_member
    lines = metric_trend_by_member(scored_refund, cells, kpis, second_week, shop, "channel", key, "week").buckets
    assert lines.set_index("member")["value"].to_dict() == by_member
    crossed = [
        metric_by_two(orders, None, second_week, shop, "region", "channel", key)
        for orders in (scored_refund, hand_orders)
    ]
    pd.testing.assert_frame_equal(*crossed)
    wednesday = weekday_by_month(daily, second_week, key=key).loc["Wed"].dropna()
    assert wednesday.tolist() == ([] if key == "satisfaction" else [4.0])


def test_the_five_figures_and_the_list_of_customers_leave_it_out(scored_refund, second_week):
    assert get_current_kpis(scored_refund)["avg_satisfaction"] == 4.0
    ids, shop = scored_refund[["customer_id"]].dropna().drop_duplicates(), shop_of(scored_refund)
    asked = (scored_refund, ids, rfm_groups(scored_refund, second_week, shop), second_week, shop)
    rows = customer_page(*asked, 3, customer_block(*asked, number=0)).rows
    assert rows.set_index("customer_id")["satisfaction"]["a"] == 4.0


def test_the_quality_of_scores_is_that_of_orders(scored_refund):
    columns = data_quality(scored_refund, shop_of(scored_refund), date(2026, 1, 20)).columns.set_index("column")
    assert columns.loc["satisfaction_score", ["lowest", "highest"]].tolist() == [3, 5]
    assert columns.loc["delivery_days", ["lowest", "highest"]].tolist() == [1, 6]
    assert columns.loc["revenue", "lowest"] == -20


def test_plain_sql_on_the_store_has_the_same_sums(scored_refund, second_week, kpis, stored, tmp_path):
    whole = scored_refund.assign(category="Books", payment_method="Card", segment="Regular", age_group=None)
    database = stored(whole, tmp_path / "shop.db")
    rows = page_answers(database, second_week, {"value": second_week.period})["period sums and distinct customers"]
    scores, scored, days, delivered = rows[0][4:8]
    assert scores / scored == kpis.figures.loc["satisfaction", "value"]
    assert days / delivered == kpis.figures.loc["delivery_days", "value"]
    with sqlite3.connect(database) as opened:
        assert opened.execute("SELECT total(satisfaction_score) FROM transactions").fetchone()[0] == 17


def test_a_shop_in_which_only_refunds_are_scored_has_no_scores(scored_refund, stored, tmp_path):
    only = scored_refund.assign(satisfaction_score=[None, None, None, None, None, 1, None], delivery_days=None)
    whole = only.assign(category="Books", payment_method="Card", segment="Regular", age_group=None)
    with Warehouse(stored(whole, tmp_path / "shop.db")).tables() as tables:
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
    assert not {"satisfaction_score", "delivery_days"} & shop.has
    assert "satisfaction" not in {m.key for m in shop.metrics()}
