"""The KPI tree: every node by hand, every branch in its place, and shops that lack one."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.kpi_tree import kpi_dictionary, kpi_tree, leading_kpis
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DEFINITIONS, METRICS
from analytics.periods import Period
from analytics.shop import Shop
from tests.analytics.conftest import random_orders, shop_of


def tree_of(orders: pd.DataFrame, filters: Filters, shop: Shop | None = None):
    shop = shop or shop_of(orders)
    daily = daily_activity(orders, filters.without_period(), shop)
    kpis = current_kpis(orders, daily, day_dispersions(daily), filters, shop)
    return kpi_tree(orders, kpis, filters, shop)


def test_every_node_by_hand(hand_orders, second_week):
    """Week of 12 January: a 120, c 30, b 0 by customers, a −20 refunded; the week before: a 100, b 40, a guest 60."""
    nodes = tree_of(hand_orders, second_week).nodes
    assert nodes["value"].to_dict() == pytest.approx(
        {
            "revenue": 130.0,
            "customer_revenue": 150.0,
            "customers": 3.0,
            "new_customers": 1.0,
            "returning_customers": 2.0,
            "orders_per_customer": 1.0,
            "customer_order_value": 50.0,
            "guest_revenue": 0.0,
            "guest_orders": 0.0,
            "guest_order_value": np.nan,
            "refunded": 20.0,
        },
        nan_ok=True,
    )
    assert nodes.loc["revenue", "reference"] == 200.0
    assert nodes.loc["guest_revenue", "reference"] == 60.0
    assert nodes.loc["revenue", "contribution"] == pytest.approx(-70.0)
    assert nodes.loc["guest_orders", "contribution"] == -60.0
    assert nodes.loc["refunded", "contribution"] == -20.0
    assert nodes.loc["customer_revenue", "contribution"] == pytest.approx(10.0)


def test_leaves_add_up_to_the_change_and_children_to_their_parent(hand_orders, second_week):
    tree = tree_of(hand_orders, second_week)
    assert tree.leaves()["contribution"].sum() == pytest.approx(-70.0)
    for parent, children in tree.nodes.groupby("parent"):
        if parent:
            assert children["contribution"].sum() == pytest.approx(tree.nodes.loc[parent, "contribution"])


def test_one_branch_alone_is_revenue_itself(hand_orders, second_week):
    known = hand_orders[hand_orders["customer_id"].notna() & (hand_orders["revenue"] >= 0)]
    nodes = tree_of(known, second_week).nodes
    assert "customer_revenue" not in nodes.index
    assert nodes.loc[["customers", "orders_per_customer", "customer_order_value"], "parent"].unique() == ["revenue"]


def test_a_shop_of_guests_has_their_branch_alone(hand_orders, second_week):
    guests = hand_orders[hand_orders["revenue"] >= 0].assign(customer_id=None)
    nodes = tree_of(guests, second_week).nodes
    assert list(nodes.index) == ["revenue", "guest_orders", "guest_order_value"]
    assert nodes.loc["guest_orders", "contribution"] + nodes.loc["guest_order_value", "contribution"] == pytest.approx(
        150.0 - 200.0
    )


def test_a_shop_of_refunds_alone_has_no_other_part(hand_orders):
    refunds = hand_orders[hand_orders["revenue"] < 0]
    tree = tree_of(refunds, Filters(Period(date(2026, 1, 14), date(2026, 1, 14)), "previous"))
    assert list(tree.nodes.index) == ["revenue", "refunded"]
    assert tree.nodes.loc["revenue", "value"] == -20.0


def test_all_orders_by_one_customer_still_add_up(hand_orders, second_week):
    one = hand_orders.assign(customer_id="a")
    leaves = tree_of(one, second_week).leaves()
    assert leaves["contribution"].sum() == pytest.approx(-70.0)
    assert leaves.loc["new_customers", "contribution"] + leaves.loc["returning_customers", "contribution"] == (
        pytest.approx(0.0)
    )


def test_without_a_comparison_the_values_stand_and_nothing_is_said_to_have_moved(hand_orders, second_week):
    tree = tree_of(hand_orders, replace(second_week, compare="none"))
    assert tree.reference is None
    assert tree.headline.change == "Revenue was **€ 130**."
    assert tree.nodes["contribution"].isna().all()
    with pytest.raises(NotEnoughData, match="choose a comparison"):
        tree.leaves()


def test_one_day_of_data_says_why_there_is_no_comparison(hand_orders):
    day = hand_orders[hand_orders["date"] == "2026-01-06"]
    shop = shop_of(day, last_day=date(2026, 1, 6), today=date(2026, 1, 6))
    tree = tree_of(day, Filters(Period(date(2026, 1, 6), date(2026, 1, 6))), shop)
    assert "nothing to compare it with: the data begin on 6 Jan 2026" in tree.headline.change


def test_where_new_customers_cannot_be_told_they_are_left_out(hand_orders, second_week):
    shop = shop_of(hand_orders, known_from=date(2026, 1, 10))
    nodes = tree_of(hand_orders, second_week, shop).nodes
    assert "new_customers" not in nodes.index
    assert nodes.loc["customers", "is_leaf"]


def test_filters_reach_every_node(hand_orders, second_week):
    north = tree_of(hand_orders, replace(second_week, region=("North",))).nodes
    assert north.loc["revenue", "value"] == 130.0
    assert north.loc["revenue", "reference"] == 100.0
    assert "guest_revenue" not in north.index


def test_nothing_in_view_says_which_filter_to_relax(hand_orders):
    with pytest.raises(NotEnoughData, match="choose a longer period"):
        tree_of(hand_orders, Filters(Period(date(2026, 1, 17), date(2026, 1, 18))))


def test_an_index_of_chance_holds_what_chance_does():
    """Every contribution of shops in which nothing moves lies within its range in about 95 of 100 cases."""
    inside = {}
    for seed in range(60):
        orders = random_orders(seed, days=120)
        shop = shop_of(orders, known_from=date(2026, 1, 1), last_day=date(2026, 4, 30), today=date(2026, 4, 30))
        nodes = tree_of(orders, Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous"), shop).nodes
        for key in ("revenue", "customers", "orders_per_customer", "customer_order_value"):
            inside.setdefault(key, []).append(abs(nodes.loc[key, "contribution"]) <= nodes.loc[key, "noise"])
    assert {key: np.mean(held) > 0.86 for key, held in inside.items()} == dict.fromkeys(inside, True), inside


def test_a_lost_third_of_the_customers_is_found_beyond_chance():
    orders = random_orders(3, days=120, per_day=40)
    gone = (orders["date"] >= "2026-04-01") & orders["customer_id"].str[-1].isin(list("0123"))
    left = orders[~gone]
    shop = shop_of(left, last_day=date(2026, 4, 30), today=date(2026, 4, 30), known_from=date(2026, 4, 30))
    tree = tree_of(left, Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous"), shop)
    assert tree.leaves()["contribution"].idxmin() == "customers"
    assert "Largest contribution: customers, −€" in tree.headline.change
    assert "beyond chance" in tree.headline.change


def test_the_dictionary_is_the_registry(hand_shop):
    dictionary = kpi_dictionary(hand_shop).set_index("key")
    assert list(dictionary.index) == list(DEFINITIONS)
    for key, measured in DEFINITIONS.items():
        assert dictionary.loc[key, "definition"] == measured.definition
        assert dictionary.loc[key, "formula"] == measured.formula
    assert dictionary.loc["satisfaction", "kind"] == "leading"
    assert dictionary.loc["satisfaction", "why_leading"]
    assert dictionary.loc["revenue", "kind"] == "lagging"
    assert dictionary.loc["returning_customers", "adds_up"] == "no"
    assert dictionary.loc["revenue", "unit"] == "EUR"
    assert not set(METRICS) & (set(DEFINITIONS) - set(METRICS))


def test_leading_figures_are_those_that_the_registry_calls_so(hand_orders, second_week):
    shop = shop_of(hand_orders)
    daily = daily_activity(hand_orders, second_week.without_period(), shop)
    kpis = current_kpis(hand_orders, daily, {}, second_week, shop)
    assert list(leading_kpis(kpis, shop).figures.index) == [m.key for m in shop.metrics() if m.leads]
    with pytest.raises(NotEnoughData, match="add customers, scores or delivery days"):
        leading_kpis(kpis, replace(shop, has=frozenset()))


def test_a_table_for_files_names_nodes_and_what_they_are_part_of(hand_orders, second_week):
    table = tree_of(hand_orders, second_week).table().set_index("metric")
    assert table.loc["Refunds", "part_of"] == "Revenue"
    assert table.loc["Revenue", "part_of"] == ""
