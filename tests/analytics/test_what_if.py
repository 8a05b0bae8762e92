"""What a plan is worth: cases that are added up by hand, ends that must meet, and plans of which little can be said."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import numpy_financial
import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.formats import money
from analytics.prescriptive.appraisal import internal_rate, payback_month
from analytics.prescriptive.break_even import break_even
from analytics.prescriptive.cash_flows import amounts, benefit_shape, discount_factors, price_gain
from analytics.prescriptive.scenario import INPUTS, Scenario, Uncertain, scenario_of
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS, LEVERS
from analytics.prescriptive.simulated_plan import simulated_plan
from analytics.prescriptive.tornado import tornado
from analytics.prescriptive.uncertainty import drawn
from analytics.prescriptive.what_if import what_if
from analytics.shop import Shop

DAY = date(2026, 11, 30)
SHOP = Shop("Tiny", "INR", "monday", DAY, DAY, DAY, 5)
NAMES = ("net_benefit", "outlay", "roi", "npv", "irr", "payback", "payback_discounted", "payback_later")

OWN = {"affected_a_month": 10, "lift": 0.5, "margin_each": 20, "cost_each": 1, "monthly_cost": 5, "investment": 500}
PLANS = {
    "retention": {"customers": (180, 200, 230), "contact_cost": (1, 2, 3), "kept": (0.02, 0.08, 0.15),
                  "value_each": (200, 300, 500), "investment": 500},
    "price": {"revenue_a_month": (9e4, 1e5, 1.1e5), "price_change": -0.05, "elasticity": (-4.0, -2.62, -1.2),
              "margin": (0.3, 0.4, 0.45), "investment": 2000},
    "channel": {"spend_a_month": 1000, "margin_per_spend": (0.5, 1.2, 2.0), "investment": 800},
    "delivery": {"orders_a_month": 1000, "cost_per_order": (3, 5, 6), "days_saved": (0.5, 1, 1.5),
                 "lift_per_day": (0.005, 0.01, 0.02), "margin_per_order": (300, 400, 500), "investment": 5000},
    "own": {"affected_a_month": (800, 1000, 1300), "lift": (0.005, 0.01, 0.02), "margin_each": (300, 400, 500),
            "cost_each": (1, 2, 3), "investment": 9000, "monthly_cost": 100},
}  # fmt: skip
"""One plan of each kind, most of its figures unsure."""


def plan_of(kind: str, months: int = 12, rate: float = 0.1) -> Scenario:
    return scenario_of(kind, kind, months, rate, **PLANS[kind])


@some.composite
def plans(draw) -> Scenario:
    """Plans of sizes that a shop may have."""
    kind = draw(some.sampled_from(sorted(INPUTS)))
    sizes = {"money": (0.0, 1e4), "count": (1.0, 1e4), "share": (0.01, 0.6), "days": (0.1, 5.0), "factor": (0.1, 3.0)}
    given = {}
    for name in INPUTS[kind]:
        ends = (-5.0, -1.1) if name == "elasticity" else sizes[KNOWN_INPUTS[name].unit]
        within = some.floats(*ends)
        given[name] = tuple(sorted(draw(some.tuples(within, within, within))))
    months = draw(some.integers(1, 60))
    made = scenario_of(kind, "A", months, draw(some.floats(0, 0.5)), **given)
    return replace(made, ramp_months=draw(some.integers(0, months)), fade=draw(some.floats(0, 0.2)))


def worth(plan: Scenario, **values: float) -> float:
    shape, factors = benefit_shape(plan), discount_factors(plan.discount_rate, plan.months)
    return float(amounts(plan, values).present_value(shape, factors))


def figures(found) -> list[float]:
    return [getattr(found, name) for name in NAMES]


def test_an_own_plan_is_added_up_by_hand():
    """10 × 50 % × 20 = 100 a month, less 10 for the affected and 5 each month: 85, of an investment of 500."""
    found = what_if(scenario_of("own", "A", 12, 0.0, **OWN), SHOP)
    assert found.cash["flow"].tolist() == [-500.0] + [85.0] * 12
    assert found.net_benefit == found.npv == 12 * 85 - 500
    assert found.outlay == 500 + 12 * 15
    assert found.roi == 520 / 680
    assert found.payback == 6, "after five months 425 of 500 are back"
    assert found.break_even.value == pytest.approx((500 / 12 + 15) / 200)
    assert found.simulated.loss == 0
    assert found.simulated.low == found.simulated.high == 520


def test_contacts_are_paid_at_the_beginning_and_kept_customers_bring_the_same_each_month():
    plan = scenario_of("retention", "A", 4, 0.0, customers=100, contact_cost=3, kept=0.1, value_each=80, investment=20)
    assert what_if(plan, SHOP).cash["flow"].tolist() == [-320.0, 200.0, 200.0, 200.0, 200.0]


def test_spending_less_saves_now_and_loses_margin():
    found = what_if(scenario_of("channel", "A", 2, 0.0, spend_a_month=-100, margin_per_spend=0.7), SHOP)
    assert found.cash["flow"].tolist() == pytest.approx([0.0, 30.0, 30.0])
    assert math.isnan(found.roi), "a saving is no outlay"


def test_a_faster_delivery_gains_a_share_of_margin_for_each_day_and_costs_each_order():
    plan = scenario_of("delivery", "A", 1, 0.0, orders_a_month=100, cost_per_order=2, days_saved=1.5, lift_per_day=0.02,
                       margin_per_order=90)  # fmt: skip
    assert what_if(plan, SHOP).cash["flow"].tolist() == pytest.approx([0.0, 100 * 90 * 0.03 - 200])


def test_dearer_goods_sell_less_and_cost_the_same_to_make():
    """10 % dearer at an elasticity of −2: 82.6 % of the units, each with 0.5 instead of 0.4."""
    assert price_gain(0.1, -2.0, 0.4) == pytest.approx(0.5 / 1.21 - 0.4)
    plan = scenario_of("price", "A", 1, 0.0, revenue_a_month=1000, price_change=0.1, elasticity=-2, margin=0.4)
    assert what_if(plan, SHOP).net_benefit == pytest.approx(1000 * (0.5 / 1.21 - 0.4))


@pytest.mark.parametrize("elasticity", [-1.5, -2.62, -4.0])
def test_no_price_gains_more_than_the_one_of_lerners_rule(elasticity):
    """The best price is e / (1 + e) times the cost of a unit."""
    best = elasticity / (1 + elasticity)
    margin = 0.3
    change = best * (1 - margin) - 1
    gains = price_gain(change + np.array([-0.01, 0.0, 0.01]), elasticity, margin)
    assert gains.argmax() == 1


def test_benefits_grow_in_equal_steps_and_fade_from_then_on():
    plan = replace(scenario_of("own", "A", 5, 0.0, **OWN), ramp_months=2, fade=0.1)
    assert benefit_shape(plan).tolist() == pytest.approx([0.5, 1.0, 0.9, 0.81, 0.729])


def test_a_rate_a_year_compounds_over_twelve_months():
    assert discount_factors(0.1, 12)[12] == pytest.approx(1 / 1.1)
    flows = np.array([-100.0] + [0.0] * 11 + [110.0])
    assert internal_rate(flows).a_year == pytest.approx(0.1, abs=1e-12)
    assert float(flows @ discount_factors(0.1, 12)) == pytest.approx(0, abs=1e-12)


def test_an_annuity_of_one_per_cent_a_month_returns_its_rate():
    payment = 1000 * 0.01 / (1 - 1.01**-12)
    assert internal_rate(np.array([-1000.0] + [payment] * 12)).a_year == pytest.approx(1.01**12 - 1, abs=1e-10)


@given(some.lists(some.floats(1, 1e6), min_size=1, max_size=60), some.floats(0.5, 2), some.floats(0, 1))
def test_rates_and_present_values_are_those_of_numpy_financial(gains, times, rate):
    flows = np.array([-times * sum(gains), *gains])
    monthly = (1 + rate) ** (1 / 12) - 1
    worth_today = numpy_financial.npv(monthly, flows)
    assert float(flows @ discount_factors(rate, len(gains))) == pytest.approx(worth_today, abs=1e-9 * sum(gains))
    growth = (1 + internal_rate(flows).a_year) ** (1 / 12) - 1
    assert growth == pytest.approx(numpy_financial.irr(flows), abs=1e-6)


@pytest.mark.parametrize(
    ("flows", "said"),
    [
        ([0.0, 0.0], "nothing is paid before"),
        ([0.0, 5.0, 5.0], "nothing is paid before"),
        ([-5.0, -1.0], "nothing comes back"),
        ([100.0, -60.0, -60.0], "nothing is paid before"),
        ([-100.0, 230.0, -132.0], "change direction more than once"),
    ],
)
def test_where_there_is_no_rate_or_several_none_is_told(flows, said):
    found = internal_rate(np.array(flows))
    assert math.isnan(found.a_year)
    assert said in found.why


def test_a_late_repair_does_not_hide_the_one_rate_above_nothing():
    flows = np.array([-100.0, 80.0, 80.0, -5.0])
    rate = internal_rate(flows).a_year
    assert rate > 0
    assert float(flows @ discount_factors(rate, 3)) == pytest.approx(0, abs=1e-9)


def test_money_is_back_for_good_or_not_at_all():
    assert payback_month(np.array([-100.0, 50.0, 50.0, 1.0])) == 2
    assert payback_month(np.array([-100.0, 120.0, -40.0])) != payback_month(np.array([-100.0, 120.0, -10.0])) == 1
    assert math.isnan(payback_month(np.array([-100.0, 120.0, -40.0])))
    assert payback_month(np.array([0.0, -10.0, 30.0])) == 2
    assert payback_month(np.array([0.0, 10.0])) == 0


def test_a_horizon_shorter_than_the_payback_is_said_with_the_month_it_would_take():
    found = what_if(scenario_of("own", "A", 5, 0.0, **OWN), SHOP)
    assert math.isnan(found.payback)
    assert found.payback_later == 6
    assert "does not come back within 5 months: if it went on in the same way, by the end of month 6" in found.sentence


@given(plans())
def test_at_break_even_the_plan_is_worth_nothing(plan):
    found = break_even(plan)
    if found.why:
        assert math.isnan(found.value)
        return
    size = max(abs(worth(plan)), abs(worth(plan, **{found.lever: 0.0})), 1.0)
    assert worth(plan, **{found.lever: found.value}) == pytest.approx(0, abs=1e-7 * size)
    step = max(abs(found.value), 1e-3) * 1e-3
    assert (worth(plan, **{found.lever: found.value + step}) > 0) == found.pays_above


def test_where_no_lift_would_pay_or_any_would_it_is_said():
    assert "no value that it can have" in break_even(scenario_of("own", "A", **OWN | {"investment": 1e6})).why
    gift = scenario_of("own", "A", **OWN | {"monthly_cost": -1e6})
    assert "pays at any value" in break_even(gift).why
    assert "does not depend on it" in break_even(scenario_of("price", "A", revenue_a_month=10, elasticity=-2)).why


@given(plans(), some.floats(0.01, 100))
def test_a_plan_in_another_currency_is_worth_as_much(plan, rate):
    def exchanged(name: str, each: Uncertain) -> Uncertain:
        size = rate if KNOWN_INPUTS[name].unit == "money" else 1.0
        return Uncertain(each.low * size, each.likely * size, each.high * size)

    inputs = tuple(exchanged(*pair) for pair in zip(INPUTS[plan.kind], plan.inputs, strict=True))
    other = replace(plan, inputs=inputs)
    assert worth(other) == pytest.approx(rate * worth(plan), rel=1e-9, abs=1e-6 * rate)


@given(plans())
def test_the_tornado_ends_where_a_plan_with_that_figure_is_worth(plan):
    table = tornado(plan)
    assert table["swing"].is_monotonic_decreasing
    assert len(table) == sum(each.low < each.high for each in plan.inputs)
    for row in table.itertuples():
        assert row.npv_at_low == pytest.approx(worth(plan, **{row.input: row.low}))
        assert row.npv_at_high == pytest.approx(worth(plan, **{row.input: row.high}))
        assert row.swing == pytest.approx(abs(row.npv_at_high - row.npv_at_low))


@pytest.mark.parametrize("kind", INPUTS)
def test_the_same_plan_with_the_same_seed_has_the_same_figures(kind):
    first, again = (what_if(plan_of(kind), SHOP) for _ in range(2))
    assert figures(first) == pytest.approx(figures(again), nan_ok=True, abs=0)
    assert first.simulated.histogram.equals(again.simulated.histogram)
    assert first.sentence == again.sentence
    other = simulated_plan(plan_of(kind), seed=2)
    assert other.mean != first.simulated.mean
    assert other.mean == pytest.approx(first.simulated.mean, abs=6 * first.simulated.error)


@pytest.mark.parametrize("kind", INPUTS)
def test_four_in_five_draws_lie_in_the_range_and_half_of_them_below_what_is_likely(kind):
    plan = plan_of(kind)
    for name, draws in drawn(plan).items():
        given_ = plan.input(name)
        if given_.low == given_.high:
            assert np.ptp(draws) == 0
            continue
        assert (draws < given_.low).mean() == pytest.approx(0.1, abs=0.012)
        assert (draws > given_.high).mean() == pytest.approx(0.1, abs=0.012)
        assert np.median(draws) == pytest.approx(given_.likely, abs=0.03 * (given_.high - given_.low))


def test_no_draw_leaves_what_a_figure_can_be():
    kept = drawn(scenario_of("retention", "A", kept=(0.0, 0.5, 1.0), customers=(0, 1, 900)))
    assert kept["kept"].min() == 0
    assert kept["kept"].max() == 1
    assert kept["customers"].min() == 0


def test_figures_are_drawn_each_on_its_own():
    draws = drawn(plan_of("delivery"))
    unsure = np.array([values for values in draws.values() if np.ptp(values)])
    off = np.corrcoef(unsure) - np.eye(len(unsure))
    assert np.abs(off).max() < 0.04


@pytest.mark.parametrize("kind", INPUTS)
def test_chances_histogram_and_cash_agree(kind):
    found = what_if(plan_of(kind), SHOP)
    bins = found.simulated.histogram
    assert bins["share"].sum() == pytest.approx(1)
    assert bins.loc[bins["npv_to"] <= 1e-6, "share"].sum() == pytest.approx(found.simulated.loss, abs=1e-9)
    assert found.cash["so_far"].iloc[-1] == pytest.approx(found.net_benefit)
    assert found.cash["so_far_discounted"].iloc[-1] == pytest.approx(found.npv)
    assert (found.cash["so_far_low"] <= found.cash["so_far_high"]).all()
    assert len(found.cash) == found.scenario.months + 1


def test_a_plan_of_nothing_is_said_to_be_one():
    found = what_if(scenario_of("own", "A", 1, 0.1), SHOP)
    assert "pays nothing and brings nothing" in found.sentence
    assert (found.net_benefit, found.npv, found.payback, found.simulated.loss) == (0, 0, 0, 0)
    assert math.isnan(found.roi)
    assert math.isnan(found.irr)
    assert "No figure has a range" in found.matters


def test_without_an_outlay_there_is_no_return_on_it_and_not_an_endless_one():
    found = what_if(
        scenario_of("price", "A", revenue_a_month=1000, price_change=0.05, elasticity=-1.2, margin=0.3), SHOP
    )
    assert found.net_benefit > 0
    assert math.isnan(found.roi)
    assert any("ROI is left out" in said for said in found.warnings)
    assert any("no internal rate of return" in said for said in found.warnings)


def test_a_margin_below_nothing_is_said():
    found = what_if(
        scenario_of("price", "A", revenue_a_month=1000, price_change=0.05, elasticity=-2, margin=-0.2), SHOP
    )
    assert any("below 0: each order loses money" in said for said in found.warnings)


DISCOUNTED = {"investment": 100.0, "monthly_cost": -20.0}


def test_what_a_plan_leaves_before_discounting_is_told_where_it_is_another_figure():
    found = what_if(scenario_of("own", "A", 12, 0.1, **DISCOUNTED), SHOP)
    assert found.net_benefit == pytest.approx(140)
    assert found.npv < 135
    assert f"its net benefit is {money(140, SHOP.currency)}, every figure as likely." in found.sentence
    for plan in (scenario_of("own", "A", 12, 0.0, **DISCOUNTED), scenario_of("own", "A", 12, 0.1, investment=100.0)):
        assert "net benefit" not in what_if(plan, SHOP).sentence


@pytest.mark.parametrize(
    ("kind", "inputs", "said"),
    [
        ("own", {"lift": 1.2}, "lift: expected a number from -1 to 1, got 1.2"),
        ("retention", {"kept": (0.1, 0.5, 1.01)}, "kept: expected a number from 0 to 1, got 1.01"),
        ("own", {"lift": math.nan}, "expected numbers, got nan"),
        ("own", {"affected_a_month": -5}, "affected_a_month: expected a number from 0"),
        ("price", {"margin": 1.5}, "margin: expected a number from -10000 to 1, got 1.5"),
        ("price", {"price_change": -1.0}, "price_change: expected a number from -0.9"),
        ("own", {"investment": math.inf}, "expected numbers, got inf"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(kind, inputs, said):
    with pytest.raises(ValueError, match=said):
        scenario_of(kind, "A", **inputs)


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("months", [1, 120])
def test_every_kind_is_appraised_over_the_shortest_and_the_longest_horizon(kind, months):
    found = what_if(plan_of(kind, months), SHOP)
    for text in (found.sentence, found.matters, found.explained, *found.warnings):
        assert "nan" not in text.lower()
        assert "inf" not in text.lower()
    assert found.break_even.lever == LEVERS[kind]
    assert found.simulated.low <= found.simulated.middle <= found.simulated.high
