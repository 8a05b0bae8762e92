"""Whom to contact: worth by hand, plans within their limits, ranges, hold-outs, lists, and what is refused."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from retention_runs import ANYWHERE, MARGINS, NEVER_LATER, NOTHING_MEASURED, SHOP, many, runs

from analytics.errors import NotEnoughData
from analytics.prescriptive.assumptions import Assumptions, Offer
from analytics.prescriptive.campaigns import MORE, MeasuredOffer, Measurements
from analytics.prescriptive.experiment import ALL
from analytics.prescriptive.holdout import HOLD_OUT, TREAT, hold_out, lots
from analytics.prescriptive.retention import retention_plan
from analytics.prescriptive.retention_advice import plan_advice, retention_advice
from analytics.prescriptive.retention_list import (
    LONGEST_SEARCH,
    list_page,
    pages_of,
    those_meant,
    whole_list,
)
from analytics.prescriptive.retention_offers import catalogue
from analytics.prescriptive.retention_words import EVERYONE, OURS, RISKIEST
from analytics.prescriptive.retention_worth import LaterShare, customers_at_risk, later_share, offer_figures

VOUCHER = Offer("Voucher", 1.0, discount=0.1, kept=0.2, kept_low=0.1, kept_high=0.3)
CALL = Offer("Call", 4.0, kept=0.4, kept_low=0.2, kept_high=0.5, risk_from=0.5)


def listed_customers(plan, churn, campaign: str, *meant, **more) -> pd.DataFrame:
    return those_meant(whole_list(plan, churn, campaign), plan, *meant, **more)


def stated(*offers: Offer) -> Assumptions:
    return Assumptions(offers=offers, stated=frozenset({"offers"}))


def plan_of(found, *offers, **asked):
    given = {"measured": NOTHING_MEASURED, "later": NEVER_LATER, "margins": MARGINS} | asked
    return retention_plan(SHOP, ANYWHERE, stated(*offers), churn=found[0], value=found[1], **given)


def measured(way: str, used: float, error: float = 0.05, name: str = "Voucher") -> Measurements:
    groups = pd.DataFrame({"group": [ALL], "used": [used], "used_error": [error], "kept": [used], "kept_error": [error],
                           "more": [used], "more_error": [error]})  # fmt: skip
    told = MeasuredOffer(name, "Spring", 1.0, 90, 90, way, {}, groups, pd.DataFrame(), True, "", "")
    return Measurements((told,), ())


def test_the_net_of_a_customer_is_added_up_by_hand():
    customer = ("a", "Premium", 0.4, 50.0, 300.0, 0.1, 6.0)
    plan = plan_of(runs([customer]), VOUCHER)
    one = plan.list.iloc[0]
    at_risk = 0.5 * 300 / (1 - 0.4)
    assert one["value_at_risk"] == pytest.approx(at_risk), "what one brings who orders: 300 is the mean of him and none"
    assert one["added"] == pytest.approx(0.4 * 0.2 * at_risk)
    assert one["spend"] == pytest.approx(1.0 + 0.1 * 50 * (0.6 + 0.4 * 0.2)), "whoever would have come takes it too"
    assert plan.net == pytest.approx(one["added"] - one["spend"])
    assert plan.roi == pytest.approx(plan.net / plan.spend)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_value_at_risk_takes_the_mean_value_apart(share):
    chance, expected = 0.4, 300.0
    found = runs([("a", "Premium", chance, 50.0, expected, 0.0, 6.0)])
    later = LaterShare(share, 50, 90, 365)
    one = customers_at_risk(*found, ANYWHERE, later, 1.0).iloc[0]
    ordering, silent = one["if_ordering"], share * one["if_ordering"]
    assert (1 - chance) * ordering + chance * silent == pytest.approx(expected)
    assert one["value_at_risk"] == pytest.approx(ordering - silent)


def test_a_model_of_value_that_knows_nothing_of_leaving_is_not_multiplied():
    found = runs([("a", "Premium", 0.95, 50.0, 300.0, 1.0, 6.0)])
    assert customers_at_risk(*found, ANYWHERE, NEVER_LATER, 1.0).iloc[0]["if_ordering"] == 300.0


def test_the_plan_says_which_limit_holds_it():
    found = runs([(str(n), "Premium", 0.3 + n / 40, 50.0, 100.0 + 20 * n, 0.1, 6.0) for n in range(20)])

    def told(**limits):
        return plan_of(found, VOUCHER, **limits).words.limits

    assert told() == ""
    free = plan_of(found, VOUCHER)
    assert (
        told(budget=free.spend + 500, capacity=20) == "No limit set here holds it: € 500 of the budget is not needed."
    )
    assert told(capacity=20) == "No limit set here holds the plan."
    few = told(budget=500.0, capacity=5)
    more = plan_of(found, VOUCHER, capacity=6).net - plan_of(found, VOUCHER, capacity=5).net
    assert re.search(r"number of contacts \(one more would leave € ([\d.]+)\)", few)[1] == f"{more:.2f}"
    assert few.endswith("of the budget is not needed.")
    poor = told(budget=20.0)
    assert poor.startswith("The plan is held by the budget (one more EUR would leave about €")
    assert "contacts" not in poor


def test_nothing_is_counted_of_who_would_have_come_anyway():
    """Leak: an offer to customers who order for certain adds nothing, whatever they are worth."""
    plan_free = replace(VOUCHER, contact_cost=0.0, discount=0.0)
    sure = runs([(f"c{n}", "Premium", 0.0, 50.0, 10_000.0, 1.0, 20.0) for n in range(5)])
    with pytest.raises(NotEnoughData, match="No contact pays"):
        plan_of(sure, plan_free)
    customers = customers_at_risk(*sure, ANYWHERE, NEVER_LATER, 0.5)
    assert offer_figures(customers, VOUCHER, None, 0.5, 90).added.sum() == 0.0
    assert offer_figures(customers, VOUCHER, None, 0.5, 90).spend.tolist() == [1.0 + 0.1 * 50] * 5


def test_more_orders_are_those_that_are_not_merely_brought_forward():
    steady = runs([("a", "Premium", 0.2, 50.0, 300.0, 1.0, 7.3)])
    customers = customers_at_risk(*steady, ANYWHERE, NEVER_LATER, 0.5)
    assert customers["late_pace"].iloc[0] == pytest.approx(7.3 / 365), "of who never leaves all are left"
    own = offer_figures(customers, VOUCHER, measured(MORE, 0.3).offers[0], 0.5, 90)
    assert own.orders[0] == pytest.approx(0.3 * 7.3 * 90 / 365)
    assert own.added[0] == pytest.approx(own.orders[0] * 50 * 0.5)
    assert own.chance[0] == pytest.approx(1 - 0.2**1.3)
    leaving = steady[1].tables["parameters"].assign(value=[1.0, 10.0, 0.5, 1.5])  # leaves after one in ten orders
    value = replace(steady[1], tables={**steady[1].tables, "parameters": leaving})
    pace = customers_at_risk(steady[0], value, ANYWHERE, NEVER_LATER, 0.5)["late_pace"].iloc[0]
    assert 0 < pace < 7.3 / 365
    each, leaves = 7.3, 0.5 / (2.0 + 3)
    rate = -np.log(1 - leaves * each) / (leaves * 365)
    assert pace == pytest.approx(rate * (1 - leaves * each))


def test_a_measured_lift_takes_the_place_of_the_assumed_one_and_it_is_said():
    found = many(200)
    assumed, known = plan_of(found, VOUCHER), plan_of(found, VOUCHER, measured=measured("keeps", 0.4))
    assert known.added > assumed.added
    assert assumed.assumed_share == pytest.approx(1.0)
    assert "nothing has measured yet" in assumed.words.headline
    assert known.by_offer["source"].tolist() == ["measured"]
    assert "nothing has measured yet" not in known.words.headline


def test_a_plan_does_not_go_by_a_campaign_whose_arms_were_not_alike():
    found, unlike = many(200), measured("keeps", 0.4)
    unlike = Measurements((replace(unlike.offers[0], alike=False),), ())
    assumed, told = plan_of(found, VOUCHER), plan_of(found, VOUCHER, measured=unlike)
    assert told.net == assumed.net
    assert told.by_offer["source"].tolist() == ["stated"]
    assert plan_advice(told, stated(VOUCHER), SHOP).rests_on == "assumed"
    without = catalogue(Assumptions(), unlike, found[0])
    assert not [one for one in without if one.source == "measured"]


def test_a_plan_keeps_within_its_limits_and_never_contacts_at_a_loss():
    found = many(400)
    for asked in ({}, {"budget": 60.0}, {"budget": 60.0, "capacity": 20}, {"capacity": 5}):
        plan = plan_of(found, VOUCHER, replace(CALL, most=7), **asked)
        assert (plan.list["net"] > 0).all()
        assert plan.spend <= asked.get("budget", np.inf) + 1e-6
        assert plan.contacted <= asked.get("capacity", np.inf)
        assert (plan.list["offer"] == "Call").sum() <= 7
        called = plan.list[plan.list["offer"] == "Call"].merge(found[0].tables["scores"], on="customer_key")
        assert (called["probability"] >= 0.5).all(), "eligible from that risk on"
        assert plan.by_tier["net"].sum() == pytest.approx(plan.net)
        assert plan.by_offer["net"].sum() == pytest.approx(plan.net)
        assert plan.low < plan.net < plan.high
        assert plan.net <= plan.choice.bound + 1e-6


def test_the_plan_is_above_the_simple_policies_at_the_same_budget():
    for asked in ({"budget": 40.0}, {"budget": 300.0}, {}):
        told = plan_of(many(400), VOUCHER, CALL, **asked).policies.set_index("policy")
        assert told.loc[OURS, "net"] >= told.loc[[EVERYONE, RISKIEST], "net"].max()
        if asked:
            assert (told["spend"] <= asked["budget"] + 1e-6).all()


def test_more_budget_leaves_more_and_the_curve_holds_the_plan():
    curve = plan_of(many(400), VOUCHER, CALL, budget=80.0).curve
    assert curve["net"].is_monotonic_increasing
    assert {0.8, 1.0, 1.2} <= set(curve["times"])


def test_a_wider_range_of_what_is_kept_makes_a_wider_range_of_the_net():
    found = many(400)
    narrow = plan_of(found, replace(VOUCHER, kept_low=0.19, kept_high=0.21))
    wide = plan_of(found, replace(VOUCHER, kept_low=0.02, kept_high=0.5))
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    assert wide.probability < narrow.probability


def test_what_cannot_be_planned_is_said_in_one_sentence():
    found = many(50)
    for asked, said in (
        ({"budget": 0.0}, "With a budget of nothing"),
        ({"capacity": 0}, "With a capacity of 0"),
        ({"budget": 0.01}, "does not pay for one contact"),
        ({"left_out": ("Voucher",)}, "There is no offer to choose from"),
        ({"margins": MARGINS.assign(share=-0.1)}, "to keep a customer earns nothing"),
    ):
        with pytest.raises(NotEnoughData, match=said):
            plan_of(found, VOUCHER, **asked)
    with pytest.raises(NotEnoughData, match="There is no offer"):
        plan_of(found)
    with pytest.raises(NotEnoughData, match="may get any of the offers"):
        plan_of(found, replace(VOUCHER, segments=("Nobody",)))
    with pytest.raises(NotEnoughData, match="No contact pays"):
        plan_of(found, replace(VOUCHER, contact_cost=1e6))
    with pytest.raises(NotEnoughData, match="allows 0 customers"):
        plan_of(found, replace(VOUCHER, most=0))
    for wrong in ({"budget": -1.0}, {"budget": float("nan")}, {"capacity": -1}, {"held": 2.0}):
        with pytest.raises(ValueError, match="expected"):
            plan_of(found, VOUCHER, **wrong)


def test_without_stated_offers_usual_ones_are_taken_and_said_to_be_assumed():
    found = many(200)
    plan = retention_plan(SHOP, ANYWHERE, Assumptions(), MARGINS, *found, measured("keeps", 0.3), NEVER_LATER)
    sources = dict(zip(plan.by_offer["offer"], plan.by_offer["source"], strict=True))
    assert sources["Voucher"] == "measured"
    assert sources["Reminder"] == "assumed"


def test_hold_outs_are_large_enough_and_no_larger():
    told = hold_out(20_000, 0.3, 0.33)
    assert told.share == told.needed
    smaller = hold_out(20_000, 0.3, 0.33, told.needed - 0.004)
    assert told.visible <= 0.03 < smaller.visible
    hopeless = hold_out(200, 0.3, 0.33)
    assert hopeless.needed is None and hopeless.share == 0.1
    assert f"{hopeless.needed_list:,}" in hopeless.sentence
    assert "Nobody is left alone" in hold_out(200, 0.3, 0.33, 0.0).sentence


def test_lots_hang_on_the_customer_and_the_campaign_alone():
    ids = [f"C{n}" for n in range(4000)]
    drawn = lots(ids, "spring")
    assert (lots(ids[::-1], "spring")[::-1] == drawn).all()
    assert lots(["C7"], "spring")[0] == drawn[7]
    assert abs((drawn < 0.2).mean() - 0.2) < 0.02
    assert abs(np.corrcoef(drawn, lots(ids, "autumn"))[0, 1]) < 0.05


def test_the_list_is_searched_narrowed_and_paged():
    found = many(200)
    plan = plan_of(found, VOUCHER, CALL)
    rows = listed_customers(plan, found[0], "spring")
    assert len(rows) == plan.contacted
    assert rows["net"].is_monotonic_decreasing
    assert set(rows["group"]) == {TREAT, HOLD_OUT}
    assert set(listed_customers(plan, found[0], "spring", "High", "Call")["tier"]) == {"High"}
    one = rows["customer_id"].iloc[3]
    assert one in listed_customers(plan, found[0], "spring", search=one.lower())["customer_id"].tolist()
    page = list_page(rows, plan, SHOP, 2)
    assert len(page) == 15 and page["reason"].str.contains("to be kept by it").all()
    assert list_page(rows, plan, SHOP, 10_000)["customer_id"].tolist()[-1] == rows["customer_id"].iloc[-1]
    assert pages_of(rows) == -(-len(rows) // 15)
    with pytest.raises(NotEnoughData, match="whose id holds “nobody”"):
        listed_customers(plan, found[0], "spring", search="nobody")
    assert len(listed_customers(plan, found[0], "spring", search=" " * 500)) == plan.contacted
    assert LONGEST_SEARCH < 500
    with pytest.raises(ValueError, match="tier: expected one of"):
        listed_customers(plan, found[0], "spring", "Doomed")


def test_a_plan_is_one_advice_and_the_same_figures_as_a_scenario():
    plan = plan_of(many(400), VOUCHER, CALL, held=0.0)
    advice = plan_advice(plan, stated(VOUCHER, CALL), SHOP)
    assert advice.net_benefit == plan.net and advice.low <= advice.net_benefit <= advice.high
    assert advice.rests_on == "assumed"
    assert "nothing has measured it" in advice.assumption
    inputs = {name: advice.scenario.input(name).likely for name in ("customers", "contact_cost", "kept", "value_each")}
    added = inputs["customers"] * inputs["kept"] * inputs["value_each"]
    assert added - inputs["customers"] * inputs["contact_cost"] == pytest.approx(plan.net)


@pytest.mark.parametrize("held", [0.1, 0.5, None])
def test_an_advice_promises_nothing_of_those_left_alone_by_lot(held):
    plan = plan_of(many(400), VOUCHER, CALL, held=held)
    advice = plan_advice(plan, stated(VOUCHER, CALL), SHOP)
    contacted = plan.contacted - plan.hold_out.customers
    assert 0 < contacted < plan.contacted
    assert advice.net_benefit == pytest.approx(plan.net * contacted / plan.contacted)
    assert advice.cost == pytest.approx(plan.spend * contacted / plan.contacted)
    assert advice.low <= advice.net_benefit <= advice.high
    assert advice.high - advice.low < plan.high - plan.low
    inputs = {name: advice.scenario.input(name).likely for name in ("customers", "contact_cost", "kept", "value_each")}
    added = inputs["customers"] * inputs["kept"] * inputs["value_each"]
    assert added - inputs["customers"] * inputs["contact_cost"] == pytest.approx(advice.net_benefit)
    assert f"About {plan.hold_out.customers:,} of them are left alone by lot" in advice.sentence
    shows = plan.hold_out.needed is not None and plan.hold_out.share >= plan.hold_out.needed
    assert ("shows whether they do" in advice.would_change) == shows
    assert ("it takes several campaigns" in advice.would_change) == (not shows)


def test_the_board_gets_an_advice_or_nothing():
    found = many(300)
    people = found[0].tables["scores"][["customer_id"]]
    orders = pd.DataFrame({"transaction_id": ["1"], "customer_id": ["C1"], "date": [SHOP.first_day], "revenue": [5.0]})
    none = pd.DataFrame({"campaign": [], "customer_id": [], "contacted_on": [], "treated": [], "offer": [], "cost": []})
    none = none.astype({"campaign": "str", "customer_id": "str", "offer": "str", "treated": "int8"})
    asked = (none, orders, people, SHOP, ANYWHERE)
    (advice,) = retention_advice(*asked, stated(VOUCHER), MARGINS, *found)
    assert advice.key == "retention" and advice.page == "prescriptive/retention"
    assert retention_advice(*asked, stated(replace(VOUCHER, contact_cost=1e6)), MARGINS, *found) == ()


def test_what_silent_customers_bring_later_is_read_off_the_past():
    cut_off = pd.Timestamp(SHOP.today) - pd.Timedelta(days=365)
    rows = []
    for n in range(120):
        rows.append((f"c{n}", cut_off - pd.Timedelta(days=20), 10.0))
        if n % 2:  # these order soon, and bring 40 in all; the others fall silent and bring 10 much later
            rows += [(f"c{n}", cut_off + pd.Timedelta(days=day), 20.0) for day in (30, 200)]
        else:
            rows.append((f"c{n}", cut_off + pd.Timedelta(days=200), 10.0))
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "revenue"])
    orders["transaction_id"] = orders.index.astype("str")
    told = later_share(orders, SHOP, *many(3))
    assert told.share == pytest.approx(10 / 40)
    assert told.customers == 60
    assert later_share(orders.head(9), SHOP, *many(3)).customers == 0, "of too few it is assumed"
