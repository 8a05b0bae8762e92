"""Plans filled in from the data in view: added up by hand, and said to be assumed where nothing tells."""

from datetime import date

import pandas as pd
import pytest

from analytics.descriptive.kpis import Kpis
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import DAYS_A_MONTH, Period
from analytics.predictive.model import Run
from analytics.prescriptive.assumptions import Assumptions, Finance, Offer
from analytics.prescriptive.elasticity import PUBLISHED
from analytics.prescriptive.prefilled import (
    ASSUMED,
    KEPT_WORTH,
    MARGIN_UNTOLD,
    OBSERVED,
    STATED,
    mean_elasticity,
    prefilled_plan,
    spend_in_view,
)
from analytics.prescriptive.scenario import INPUTS
from analytics.prescriptive.spend_step import SpendStep
from analytics.shop import Shop

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
SHOP = Shop("Tiny", "INR", "monday", FIRST, LAST, LAST, 5)
YEAR = Filters(Period(FIRST, LAST))
MONTHS = YEAR.period.days / DAYS_A_MONTH


def kpis(revenue=365_250.0, orders=1461.0, customers=300.0) -> Kpis:
    values = {"revenue": revenue, "orders": orders, "customers": customers, "average_order_value": 250.0}
    return Kpis(pd.DataFrame({"value": values}), {}, {}, {}, int(orders))


def filled(kind, assumptions=None, figures=None, **known):
    return prefilled_plan(figures or kpis(), SHOP, YEAR, assumptions or Assumptions(), kind, **known)


@pytest.mark.parametrize("kind", INPUTS)
def test_every_kind_has_a_source_for_each_figure_that_is_not_nothing(kind):
    plan = filled(kind)
    for name in INPUTS[kind]:
        assert (name in plan.known) == any((plan.scenario.input(name).low, plan.scenario.input(name).high)), name
    assert plan.scenario.kind == kind
    assert plan.scenario.months == 12


def test_a_month_of_the_view_is_added_up_by_hand():
    plan = filled("price", margin=0.4, margin_from=(STATED, "margins in Settings"))
    revenue = plan.scenario.input("revenue_a_month")
    assert revenue.likely == pytest.approx(365_250 / MONTHS, rel=0.005)
    assert (revenue.low, revenue.high) == pytest.approx((revenue.likely * 0.9, revenue.likely * 1.1), rel=0.01)
    assert plan.known["revenue_a_month"][0] == OBSERVED
    assert plan.known["margin"] == (STATED, "margins in Settings")
    orders = filled("delivery", margin=0.4).scenario
    assert orders.input("orders_a_month").likely == pytest.approx(1461 / MONTHS, rel=0.005)
    assert orders.input("margin_per_order").likely == 100


def test_a_margin_that_nothing_tells_is_assumed_with_a_range_and_so_is_what_rests_on_it():
    plan = filled("own")
    assert plan.known["margin_each"][0] == ASSUMED
    each = plan.scenario.input("margin_each")
    assert (each.low, each.likely, each.high) == tuple(250 * share for share in MARGIN_UNTOLD)


def test_what_the_shop_states_is_taken():
    stated = Assumptions(
        finance=Finance(discount_rate=0.2, price_band=0.03),
        offers=(Offer("Voucher", 2.0, discount=0.1, kept=0.3, kept_low=0.2, kept_high=0.4),),
    )
    assert filled("price", stated).scenario.discount_rate == 0.2
    assert filled("price", stated).scenario.input("price_change").likely == 0.03
    plan = filled("retention", stated)
    assert plan.known["contact_cost"] == (STATED, "offer “Voucher”")
    assert plan.scenario.input("contact_cost").likely == pytest.approx(2 + 0.1 * 250 * 2 / 3, rel=0.005)
    assert plan.scenario.input("kept").likely == pytest.approx(0.3 / 3, rel=0.005)


def test_customers_at_risk_are_those_of_the_churn_run():
    scores = pd.DataFrame({
        "tier": ["High", "High", "Low"], "probability": [0.9, 0.7, 0.1], "revenue": [1000.0, 3000.0, 9000.0],
        "lapsed": False, "region": "North", "segment": "A", "age_group": "x",
    })  # fmt: skip
    run = Run({"lookback_days": 365.25, "today": "2026-12-31", "churn_days": 90}, {"scores": scores})
    plan = filled("retention", margin=0.5, margin_from=(STATED, "x"), run=run)
    assert plan.scenario.input("customers").likely == 2
    assert plan.known["customers"][0] == OBSERVED
    assert plan.scenario.input("kept").likely == pytest.approx(0.8 * 0.08, rel=0.005)
    assert plan.scenario.input("value_each").likely == pytest.approx(2000 * 0.5 * KEPT_WORTH[1])


def test_a_customer_of_a_month_is_not_taken_to_buy_every_month_of_a_year():
    """Of 300 customers with 36,525 a month: 121.75 each in the month seen, 1,461 a year where a year is seen."""
    month = Filters(Period(date(2026, 12, 1), date(2026, 12, 30)))
    figures = kpis(revenue=36_525.0 * 30 / DAYS_A_MONTH, orders=150.0)
    short = prefilled_plan(figures, SHOP, month, Assumptions(), "retention", margin=0.4)
    seen = 36_525.0 * 30 / DAYS_A_MONTH / 300
    assert short.scenario.input("value_each").likely == pytest.approx(seen * 0.4 * KEPT_WORTH[1], rel=0.01)
    assert "in view alone" in short.known["value_each"][1]
    long = filled("retention", margin=0.4)
    assert long.scenario.input("value_each").likely == pytest.approx(365_250 / 300 * 0.4 * KEPT_WORTH[1], rel=0.01)
    assert "over a year" in long.known["value_each"][1]


def test_guests_are_counted_by_their_orders_and_called_so():
    plan = filled("retention", figures=kpis(customers=float("nan")))
    assert plan.scenario.input("customers").likely == pytest.approx(1461, rel=0.005)
    assert plan.known["customers"][1].startswith("orders in view")


def test_a_view_that_sells_far_below_cost_has_a_plan_too():
    assert filled("price", margin=-1.4).scenario.input("margin").likely == -1.4


def test_elasticities_are_averaged_by_orders_where_most_are_told():
    table = pd.DataFrame({
        "orders": [300, 100, 200], "elasticity": [-2.0, -4.0, -9.0], "error": [0.2, 0.4, 1.5],
        "told": [True, True, False],
    })  # fmt: skip
    low, mean, high = mean_elasticity(table)
    assert mean == -2.5
    assert high - mean == pytest.approx(1.2816 * ((0.75 * 0.2) ** 2 + (0.25 * 0.4) ** 2) ** 0.5, abs=0.01)
    assert mean - low == pytest.approx(high - mean, abs=0.01)
    assert mean_elasticity(table.assign(told=[False, True, False])) is None
    assert filled("price", elasticity=(low, mean, high)).known["elasticity"][0] == OBSERVED
    assert filled("price").known["elasticity"][0] == ASSUMED
    assert filled("price").scenario.input("elasticity").likely == PUBLISHED


def test_spend_of_the_channels_in_view_is_a_months():
    spent = pd.DataFrame({
        "date": pd.to_datetime(["2026-01-05", "2026-02-05", "2026-02-05", "2027-01-05"]),
        "channel": ["Web", "Web", "App", "Web"], "spend": [100.0, 200.0, 50.0, 9999.0],
    })  # fmt: skip
    assert spend_in_view(spent, YEAR) == pytest.approx(350 / MONTHS)
    assert spend_in_view(spent, Filters(YEAR.period, channel=("App",))) == pytest.approx(50 / MONTHS)
    assert spend_in_view(spent.head(0), YEAR) is None
    assert filled("channel", spend=1000.0).scenario.input("spend_a_month").likely == 100
    assert "no spend is stored" in filled("channel").known["spend_a_month"][1]


@pytest.mark.parametrize("days", [365, 335])
def test_days_whose_bills_are_not_in_yet_are_not_taken_for_days_without_spend(days):
    booked = pd.DataFrame({"date": pd.date_range(YEAR.period.start, periods=days), "channel": "Web", "spend": 10.0})
    assert spend_in_view(booked, YEAR) == pytest.approx(10 * 365 / MONTHS)
    stopped = booked.head(100)
    assert spend_in_view(stopped, YEAR) < 10 * 120 / MONTHS, "after a month it was ended"


def test_a_unit_of_spend_brings_what_the_curves_say_or_what_is_published():
    """0.12 % more sales for 1 % more advertising: of 30,438 a month at a margin of 0.4, 1,461 for 100 % of 1,000."""
    told = SpendStep(0.8, 1.2, 1.7, ("Search",), ("TV",))
    by_curves = filled("channel", spend=1000.0, margin=0.4, brings=told)
    each = by_curves.scenario.input("margin_per_spend")
    assert (each.low, each.likely, each.high) == (0.8, 1.2, 1.7)
    how, where = by_curves.known["margin_per_spend"]
    assert how == OBSERVED
    assert "of TV the data do not tell it" in where
    published = filled("channel", spend=1000.0, margin=0.4, brings="The data do not tell it")
    each = published.scenario.input("margin_per_spend")
    assert each.likely == pytest.approx(0.12 * 365_250 / MONTHS * 0.4 / 1000, rel=0.005)
    assert each.high / each.likely == pytest.approx(each.likely / each.low, rel=0.01)
    how, where = published.known["margin_per_spend"]
    assert how == ASSUMED
    assert where.startswith("the data do not tell it; published: 1 % more advertising, 0.12 % more sales")
    assert filled("channel").known["margin_per_spend"][1].startswith("no spend is stored; published")
    assert filled("channel", spend=1e-6, margin=0.4).scenario.input("margin_per_spend").likely <= 1_000


def test_a_day_of_delivery_is_worth_what_was_bought_later_as_a_share_of_an_order():
    lift = filled("delivery", day_worth=(5.0, 1.0)).scenario.input("lift_per_day")
    assert (lift.low, lift.likely, lift.high) == pytest.approx((0.0149, 0.02, 0.0251), abs=1e-4)
    assert filled("delivery", day_worth=(5.0, 1.0)).known["lift_per_day"][0] == OBSERVED
    assert filled("delivery").known["lift_per_day"][0] == ASSUMED


def test_without_an_order_in_view_there_is_no_plan():
    with pytest.raises(NotEnoughData, match="no orders with a value in view"):
        filled("own", figures=kpis(revenue=-50.0, orders=0.0))


def test_no_other_kind_is_filled_in():
    with pytest.raises(ValueError, match="kind: expected one of retention"):
        filled("magic")
