"""Advice on resources is what the plans say, with a range that holds it; where money cannot be stated there is none."""

from dataclasses import replace

import pandas as pd
import pytest
from resource_shops import CATEGORIES, NO_EVENTS, given, lines_of, orders_of

from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions, Staff, Stock
from analytics.prescriptive.category_demand import category_demand
from analytics.prescriptive.present_delivery import present_delivery, suggested_network
from analytics.prescriptive.resource_advice import (
    MOST,
    delivery_advice,
    shares_of,
    staffing_advice,
    staffing_advices,
    stock_advice,
    stock_advices,
)
from analytics.prescriptive.staff_demand import weekday_demand
from analytics.prescriptive.staff_plan import staff_plan
from analytics.prescriptive.stock_plan import stock_plan
from tests.analytics.test_delivery_plan import driven_away

MARGINS = pd.DataFrame({"category": CATEGORIES, "share": 0.5, "source": "stated", "revenue": (3.0, 2.0, 1.0)})
LOW = Assumptions(stock=Stock(7, 7, 0.6), stated=frozenset({"stock"}))


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return orders_of()


def stock_advised(orders: pd.DataFrame, assumptions: Assumptions) -> tuple[Advice, ...]:
    shop, filters, daily, _ = given(orders)
    return stock_advice(orders, lines_of(orders), daily, NO_EVENTS, filters, shop, assumptions, MARGINS)


def staff_advised(orders: pd.DataFrame, staff: Staff) -> tuple[Advice, ...]:
    shop, filters, daily, dispersions = given(orders)
    said = Assumptions(staff=staff, stated=frozenset({"staff"}))
    return staffing_advice(orders, daily, dispersions, NO_EVENTS, filters, shop, said)


def weekend_orders() -> pd.DataFrame:
    """Four times as many orders on Saturdays and Sundays."""
    orders = orders_of(days=200, per_day=60)
    keep = (orders["date"].dt.dayofweek >= 5) | (orders.index % 4 == 0)
    return orders[keep].reset_index(drop=True)


def test_stock_too_low_for_its_margin_is_advised_to_be_raised(orders):
    found = stock_advised(orders, LOW)
    assert 0 < len(found) <= MOST
    assert [a.net_benefit for a in found] == sorted((a.net_benefit for a in found), reverse=True)
    for advice in found:
        assert advice.title.startswith("Keep more of")
        assert advice.low < advice.net_benefit < advice.high
        assert advice.key.startswith("stock:")
        assert advice.rests_on == "observed"
        assert advice.scenario.input("monthly_cost").likely == pytest.approx(-advice.net_benefit / 12)


def test_stock_beyond_what_its_margin_asks_for_is_advised_to_be_lowered(orders):
    found = stock_advised(orders, replace(LOW, stock=Stock(7, 7, 0.9999, holding_cost=2.0)))
    assert found
    assert all(a.title.startswith("Keep less of") and a.cost == 0 for a in found)


def test_a_level_that_is_the_margins_own_is_left_alone(orders):
    own = stock_advised(orders, replace(LOW, stock=Stock(7, 7, 0.992)))
    assert own == () or max(a.net_benefit for a in own) < max(a.net_benefit for a in stock_advised(orders, LOW)) / 5


def test_a_share_that_is_lost_as_stated_is_what_the_advice_rests_on(orders):
    sure = stock_advised(orders, replace(LOW, stock=Stock(7, 7, 0.6, lost_if_missing=1.0)))
    unsure = stock_advised(orders, LOW)
    assert "our own choice" in unsure[0].assumption
    assert "100 % (as stated)" in sure[0].assumption
    spread = [(found[0].high - found[0].low) / found[0].net_benefit for found in (sure, unsure)]
    assert spread[0] < spread[1]
    assert stock_advised(orders, replace(LOW, stock=Stock(7, 7, 0.6, lost_if_missing=0.0))) == ()


def test_nothing_is_advised_against_stock_that_is_only_assumed(orders):
    assert stock_advised(orders, replace(LOW, stated=())) == ()


def test_goods_that_no_category_tells_apart_are_not_kept_as_one(orders):
    whole = orders.drop(columns="category")
    shop, filters, daily, _ = given(whole)
    lines = lines_of(orders).drop(columns="category").assign(category=None)
    margins = pd.DataFrame({"category": ["Not stated"], "share": 0.5, "source": "stated", "revenue": 3.0})
    assert stock_advice(whole, lines, daily, NO_EVENTS, filters, shop, LOW, margins) == ()


def test_stock_of_which_no_margin_is_known_is_not_advised_on(orders):
    shop, filters, daily, _ = given(orders)
    demand = category_demand(orders, None, daily, NO_EVENTS, filters, shop, 14)
    assert stock_advices(stock_plan(demand, shop, LOW.stock), shop, LOW) == ()


def test_a_long_name_of_a_category_is_cut_where_a_plan_can_be_called_by_it(orders):
    shop, filters, daily, _ = given(orders)
    demand = category_demand(orders, lines_of(orders), daily, NO_EVENTS, filters, shop, 14)
    plan = stock_plan(demand, shop, LOW.stock, shares_of(MARGINS))
    long = plan.rows.assign(member=[f"{'x' * 70}  {n} and more" for n in range(len(plan.rows))])
    found = stock_advices(replace(plan, rows=long), shop, LOW)
    assert found
    assert {a.scenario.name for a in found} <= {f"Stock of {'x' * 70}", *(f"Stock of {'x' * 70} {n}" for n in range(4))}


def test_shares_name_each_category_and_all_of_them():
    assert dict(shares_of(MARGINS)) == {"Tea": 0.5, "Cups": 0.5, "Books": 0.5, "All orders": 0.5}


def delivered(stated: bool) -> tuple[Advice, ...]:
    orders = driven_away(customers=800)
    shop, filters, *_ = given(orders)
    carriers, lanes = suggested_network(present_delivery(orders, filters, shop))
    said = Assumptions(carriers=carriers, lanes=lanes, stated=frozenset({"carriers", "lanes"}))
    return delivery_advice(orders, filters, shop, said if stated else Assumptions(), MARGINS)


def test_delivery_is_advised_on_once_lanes_are_stated_and_never_before():
    assert delivered(stated=False) == ()
    (advice,) = delivered(stated=True)
    assert advice.kind == "delivery"
    assert advice.low < advice.net_benefit < advice.high
    plan = advice.scenario
    gained = plan.input("lift_per_day").likely * plan.input("margin_per_order").likely * plan.input("days_saved").likely
    net = (gained - plan.input("cost_per_order").likely) * plan.input("orders_a_month").likely * 12
    assert net == pytest.approx(advice.net_benefit, rel=1e-6)


def test_a_roster_is_advised_on_once_a_wage_is_stated_and_where_weekdays_differ():
    orders = weekend_orders()
    assert staff_advised(orders, Staff(minutes=30)) == ()
    (advice,) = staff_advised(orders, Staff(minutes=30, wage=100.0))
    assert advice.low <= advice.net_benefit <= advice.high
    assert advice.net_benefit > 0
    assert advice.probability == 1.0 or advice.low <= 0
    assert staff_advised(orders, Staff(minutes=30, wage=100.0, most=1)) == ()


def test_a_year_of_wages_is_not_that_of_the_busiest_weeks():
    shop, filters, daily, dispersions = given(weekend_orders())
    staff = Staff(minutes=10.0, hours=8.0, wage=100.0)
    said = Assumptions(staff=staff, stated=frozenset({"staff"}))
    demand = weekday_demand(weekend_orders(), daily, dispersions, NO_EVENTS, filters, shop)
    assert demand.pace == 1.0, "200 days are no year"

    def advised(pace: float) -> Advice:
        of = replace(demand, days=4 * demand.days, pace=pace)
        return staffing_advices(staff_plan(of, shop, staff), of, shop, said)[0]

    usual, busy = advised(1.0), advised(0.25)
    assert busy.title == usual.title, "the roster is that of the weeks ahead"
    assert busy.net_benefit < 0.5 * usual.net_benefit
    assert busy.low <= busy.net_benefit <= busy.high
    assert "with as many orders as the last one" in busy.sentence


def test_a_year_of_orders_tells_how_busy_the_weeks_ahead_are():
    orders = orders_of(days=430, per_day=20)
    kept = (orders["date"] > orders["date"].max() - pd.Timedelta(days=70)) | (orders.index % 2 == 0)
    shop, filters, daily, dispersions = given(orders[kept])
    found = weekday_demand(orders[kept], daily, dispersions, NO_EVENTS, filters, shop)
    assert found.pace == pytest.approx((70 * 20 + 295 * 10) / 365 / 20, rel=0.1)


def test_where_every_day_is_alike_no_roster_is_advised():
    assert staff_advised(orders_of(), Staff(minutes=1, wage=100.0)) == ()
