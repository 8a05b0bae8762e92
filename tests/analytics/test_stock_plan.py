"""Safety stock, reorder points and what they cost: by hand, at the level that the margin asks for, and refusals."""

from dataclasses import replace

import numpy as np
import pytest
from resource_shops import CATEGORIES, NO_EVENTS, given, lines_of, orders_of

from analytics.errors import NotEnoughData
from analytics.prescriptive.assumptions import Stock
from analytics.prescriptive.category_demand import CategoryDemand, category_demand
from analytics.prescriptive.stock_plan import YEAR, own_level, protection_days, stock_plan
from analytics.shop import Shop

STOCK = Stock(lead_days=7, review_days=7)
SHARES = tuple((name, 0.5) for name in CATEGORIES)


@pytest.fixture(scope="module")
def told() -> tuple[CategoryDemand, Shop]:
    orders = orders_of()
    shop, filters, daily, _ = given(orders)
    demand = category_demand(orders, lines_of(orders), daily, NO_EVENTS, filters, shop, protection_days(STOCK))
    return demand, shop


def test_the_reorder_point_is_what_is_expected_and_the_safety_stock(told):
    rows = stock_plan(*told, STOCK, SHARES).rows
    assert rows["reorder_at"].to_numpy() == pytest.approx((rows["expected"] + rows["safety"]).to_numpy())
    assert (rows["safety"] > 0).all()


def test_a_higher_level_keeps_more_and_misses_less(told):
    plans = [stock_plan(*told, Stock(7, 7, level), SHARES).rows for level in (0.8, 0.9, 0.95, 0.99, 0.999)]
    for fewer, more in zip(plans, plans[1:], strict=False):
        assert (more["safety"] >= fewer["safety"]).all()
        assert (more["missed"] <= fewer["missed"] + 1e-9).all()


def test_holding_is_the_mean_stock_at_its_cost(told):
    row = stock_plan(*told, STOCK, SHARES).rows.iloc[0]
    assert row["cost"] == pytest.approx(row["price"] / 2)
    assert row["holding"] == pytest.approx((row["safety"] + row["order_quantity"] / 2) * row["cost"] * 0.25)


def test_an_order_is_for_a_review_period_unless_an_order_costs_something(told):
    plain = stock_plan(*told, STOCK, SHARES).rows.iloc[0]
    assert plain["order_quantity"] == np.ceil(plain["expected"] / 2)
    costly = stock_plan(*told, Stock(7, 7, order_cost=5000.0), SHARES).rows.iloc[0]
    a_year = costly["expected"] * YEAR / 14
    assert costly["order_quantity"] == np.ceil(np.sqrt(2 * 5000 * a_year / (costly["cost"] * 0.25)))
    assert "not stated" in stock_plan(*told, STOCK, SHARES).notes
    assert "not stated" not in stock_plan(*told, Stock(7, 7, order_cost=5000.0), SHARES).notes


def test_the_margins_own_level_costs_least_from_either_side(told):
    for level in (0.8, 0.95, 0.9999):
        rows = stock_plan(*told, Stock(7, 7, level), SHARES).rows
        scale = (rows["holding"] + rows["missed"]).to_numpy()
        assert (rows["saved"].to_numpy() >= -0.02 * scale).all(), level
    curve = stock_plan(*told, STOCK, SHARES).curve
    least = curve.loc[curve["cost"].idxmin(), "level"]
    own = stock_plan(*told, STOCK, SHARES).rows["own_level"]
    assert least == pytest.approx(own.mean(), abs=0.02)


def test_the_critical_ratio_by_hand():
    stock = Stock(review_days=73, holding_cost=0.5)
    assert own_level(np.array([9.0]), np.array([90.0]), stock)[0] == pytest.approx(0.5)
    assert np.isnan(own_level(np.array([-1.0, 0.0, np.nan]), np.array([5.0, 5.0, 5.0]), stock)).all()


def test_a_stock_that_is_ordered_seldom_runs_out_seldom(told):
    plain, costly = (stock_plan(*told, Stock(7, 7, order_cost=cost), SHARES).rows for cost in (None, 5_000.0))
    often, seldom = (rows["expected"] * YEAR / 14 / rows["order_quantity"] for rows in (plain, costly))
    assert (often > 3 * seldom).all(), "an order that costs something by itself is for more"
    said = [stock_plan(*told, Stock(7, 7, order_cost=cost), SHARES).explained for cost in (None, 5_000.0)]
    assert ["what is missed less, than is told" in text for text in said] == [False, True]
    assert costly["missed"].to_numpy() == pytest.approx((plain["missed"] * seldom / often).to_numpy(), rel=0.05)
    assert (costly["own_level"] < plain["own_level"]).all(), "what is on the shelf for longer costs more"
    margin, cost, holding = costly["margin"].iloc[0] * 0.65, costly["cost"].iloc[0], 0.25
    over = cost * holding / seldom.iloc[0]
    assert costly["own_level"].iloc[0] == pytest.approx(margin / (margin + over))


@pytest.mark.parametrize("order_cost", [None, 5_000.0])
def test_the_days_ahead_are_not_taken_for_a_year(told, order_cost):
    """Where they are a season of twice the usual, a year holds and misses half of what it would at their pace."""
    demand, shop = told
    stock, units = Stock(7, 7, order_cost=order_cost), demand.units
    usual = replace(demand, units=replace(units, a_year=units.a_year / 2))
    at_pace, in_season = (stock_plan(of, shop, stock, SHARES).rows for of in (demand, usual))
    assert (in_season["reorder_at"] == at_pace["reorder_at"]).all(), "what is kept now is for the days ahead"
    if order_cost is None:
        for name in ("holding", "missed", "held_more", "saved"):
            assert in_season[name].to_numpy() == pytest.approx(at_pace[name].to_numpy() / 2), name
        assert (in_season["order_quantity"] == at_pace["order_quantity"]).all()
        assert (in_season["own_level"] == at_pace["own_level"]).all()
    else:
        assert in_season["order_quantity"].to_numpy() == pytest.approx(at_pace["order_quantity"] / np.sqrt(2), abs=1)
        assert (in_season["missed"] < at_pace["missed"] / 2).all()


def test_a_year_is_the_last_one_where_there_is_one(told):
    demand, _ = told
    assert demand.units.a_year == pytest.approx(demand.units.expected * YEAR / 14), "200 days are no year"
    orders = orders_of(days=430)
    tea = orders["category"] == "Tea"
    young = orders[~tea | (orders["date"] >= orders["date"].max() - np.timedelta64(80, "D"))]
    shop, filters, daily, _ = given(young)
    lines = lines_of(young)
    found = category_demand(young, lines, daily, NO_EVENTS, filters, shop, 14).units
    last = young["date"] > young["date"].max() - np.timedelta64(YEAR, "D")
    for place, name in enumerate(found.members):
        sold = 2.0 * ((young["category"] == name) & last).sum()
        pace = found.expected[place] * YEAR / 14
        assert found.a_year[place] == pytest.approx(pace if name == "Tea" else sold), name


def test_without_a_margin_no_money_is_said(told):
    orders = orders_of()
    shop, filters, daily, _ = given(orders)
    demand = category_demand(orders, None, daily, NO_EVENTS, filters, shop, 14)
    plan = stock_plan(demand, shop, STOCK)
    assert not plan.has_money
    assert plan.curve.empty
    assert "No margin is known" in plan.notes
    assert "Units are not known" in plan.notes
    assert not any("cost" in name or "missed" in name for name, *_ in plan.tiles)


def test_a_category_that_earns_nothing_has_no_level_of_its_own(told):
    plan = stock_plan(*told, STOCK, (("Tea", -0.1), ("Cups", 0.5), ("Books", 0.5)))
    row = plan.rows.set_index("member").loc["Tea"]
    assert np.isnan(row["own_level"]) and np.isnan(row["saved"])
    assert "Tea earns nothing by a sale" in plan.notes


def test_a_category_without_a_margin_is_named(told):
    plan = stock_plan(*told, STOCK, (("Tea", 0.5), ("Cups", 0.5)))
    assert "No margin is known of Books" in plan.notes


def test_nothing_lost_is_nothing_missed(told):
    rows = stock_plan(*told, replace(STOCK, lost_if_missing=0.0), SHARES).rows
    assert (rows["missed"] == 0).all()
    assert rows["own_level"].isna().all()


@pytest.mark.parametrize("lost", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(lost):
    with pytest.raises(ValueError, match="lost_if_missing: expected a number from 0 to 1"):
        replace(STOCK, lost_if_missing=lost)


def test_what_is_missed_is_in_proportion_to_what_is_lost_and_says_where_the_share_is_from(told):
    half, whole = (stock_plan(*told, replace(STOCK, lost_if_missing=share), SHARES) for share in (0.5, 1.0))
    assert whole.rows["missed"].to_numpy() == pytest.approx(2 * half.rows["missed"].to_numpy())
    assert (whole.rows["own_level"] > half.rows["own_level"]).all()
    assert "50 % (as stated)" in half.explained
    assert "our own choice" in stock_plan(*told, STOCK, SHARES).explained


def test_demand_of_other_days_is_refused(told):
    with pytest.raises(ValueError, match="expected that of 21 days, got 14"):
        stock_plan(*told, Stock(14, 7), SHARES)


def test_a_shop_that_sells_nothing_any_more_needs_no_stock(told):
    demand, shop = told
    gone = replace(demand, units=replace(demand.units, expected=np.zeros(3)))
    with pytest.raises(NotEnoughData, match="Nothing is expected"):
        stock_plan(gone, shop, STOCK, SHARES)


def test_texts_hold_no_missing_numbers(told):
    for shares in ((), SHARES):
        plan = stock_plan(*told, STOCK, shares)
        said = f"{plan.sentence} {plan.notes} {plan.explained} {plan.tiles}"
        assert "nan" not in said
