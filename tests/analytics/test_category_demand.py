"""Demand by category adds up, counts units where lines say them, and refuses what it cannot tell."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from resource_shops import CATEGORIES, NO_EVENTS, given, lines_of, orders_of

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.category_demand import WHOLE, CategoryDemand, category_demand
from analytics.prescriptive.demand_trial import MOST_ORIGINS, origins
from analytics.shop import NOT_STATED


def demanded(orders: pd.DataFrame, lines: pd.DataFrame | None = None, days: int = 14, **members) -> CategoryDemand:
    first, last = orders["date"].min().date(), orders["date"].max().date()
    shop, filters, daily, _ = given(orders, Filters(Period(first, last), **members))
    return category_demand(orders, lines, daily, NO_EVENTS, filters, shop, days)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return orders_of()


@pytest.fixture(scope="module")
def demand(orders) -> CategoryDemand:
    return demanded(orders, lines_of(orders))


def test_categories_add_up_to_the_total_and_are_about_what_came_before(demand):
    assert set(demand.orders.members) == set(CATEGORIES)
    assert demand.orders.total == pytest.approx(20 * 14, rel=0.15)
    rows = demand.orders.rows()
    assert rows["expected"].iloc[-1] == pytest.approx(rows["expected"].iloc[:-1].sum())
    assert rows["before"].iloc[-1] == rows["before"].iloc[:-1].sum()


def test_units_are_those_of_the_lines_and_are_priced_by_them(orders, demand):
    assert demand.counted.key == "units"
    assert demand.units.total == pytest.approx(2 * demand.orders.total, rel=1e-6)
    assert demand.value["cost"].to_numpy() == pytest.approx(demand.value["price"].to_numpy() / 2)


def test_bands_hold_what_is_expected_and_the_wider_one_is_wider(demand):
    rows = demand.counted.rows()
    assert (rows["low_95"] <= rows["low_80"]).all() and (rows["low_80"] <= rows["expected"]).all()
    assert (rows["expected"] <= rows["high_80"]).all() and (rows["high_80"] <= rows["high_95"]).all()


def test_without_lines_orders_alone_are_told_at_their_mean_value(orders):
    found = demanded(orders)
    assert found.units is None
    assert found.counted.key == "orders"
    means = orders.groupby("category")["revenue"].mean()
    assert found.value["price"].tolist() == pytest.approx(means[list(found.value["member"])].tolist())
    assert found.value["cost"].isna().all()


def test_lines_without_units_are_no_units(orders):
    assert demanded(orders, lines_of(orders).assign(quantity=0.0)).units is None
    assert demanded(orders, lines_of(orders).iloc[:0]).units is None


def test_lines_without_costs_leave_the_cost_unknown(orders):
    found = demanded(orders, lines_of(orders).assign(unit_cost=np.nan))
    assert found.value["cost"].isna().all()
    assert found.value["price"].notna().all()


def test_a_line_without_a_category_is_of_that_of_its_order(orders, demand):
    found = demanded(orders, lines_of(orders).assign(category=None))
    assert found.units.expected == pytest.approx(demand.units.expected)


def test_orders_that_name_no_category_are_told_as_one(orders):
    found = demanded(orders.assign(category=None))
    assert found.orders.members == (WHOLE,)
    some = demanded(orders.assign(category=orders["category"].where(orders["category"] == "Tea")))
    assert set(some.orders.members) == {"Tea", NOT_STATED}


def test_filters_choose_orders_and_their_units(orders):
    found = demanded(orders, lines_of(orders), category=("Tea",))
    assert found.units.members == ("Tea",)
    assert found.units.total == pytest.approx(2 * found.orders.total, rel=1e-6)


def test_refunds_are_no_demand(orders, demand):
    back = orders.sample(200, random_state=1).assign(revenue=-5.0, transaction_id=[f"r{n}" for n in range(200)])
    found = demanded(pd.concat([orders, back], ignore_index=True))
    assert found.orders.total == pytest.approx(demand.orders.total, rel=1e-6)


def test_three_weeks_of_orders_are_refused_in_a_sentence():
    with pytest.raises(NotEnoughData, match="21 days of orders are too few .* at least 75 are needed"):
        demanded(orders_of(days=21))


def test_filters_that_match_nothing_say_which(orders):
    with pytest.raises(NotEnoughData, match="no orders of Mars: take one of these filters away"):
        demanded(orders, region=("Mars",))


def test_a_horizon_of_no_day_is_refused(orders):
    with pytest.raises(ValueError, match="days: expected at least one, got 0"):
        demanded(orders, days=0)


def test_two_demands_of_the_same_orders_are_the_same_question_and_of_others_another(orders, demand):
    assert repr(demanded(orders, lines_of(orders))) == repr(demand)
    assert repr(demanded(orders_of(2), lines_of(orders_of(2)))) != repr(demand)


def test_origins_end_with_the_history_and_are_as_many_as_fit():
    assert origins(730, 21)[-1] == 709
    assert len(origins(730, 21)) == MOST_ORIGINS
    assert len(origins(56 + 21 + 5, 21)) == 6
    with pytest.raises(NotEnoughData, match="81 days of orders"):
        origins(56 + 21 + 4, 21)


def test_a_shop_that_ended_long_ago_is_told_of_its_own_last_day():
    old = orders_of(days=120)
    assert old["date"].max().date() < date(2026, 6, 1)
    assert demanded(old).orders.total > 0
