"""The plan of whom to contact as one thing to do, with what it rests on, and as figures for the what-if page."""

import ibis.expr.types as ir
import pandas as pd

from analytics.chance import NORMAL_80
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import money, percent, unmarked
from analytics.predictive.model import Run
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.campaigns import MORE
from analytics.prescriptive.retention import RetentionPlan, current_ground_parts, retention_plan
from analytics.prescriptive.retention_offers import CataloguedOffer
from analytics.prescriptive.scenario import Scenario, scenario_of
from analytics.shop import Shop

PAGE = "prescriptive/retention"
EFFORT, DAYS = 2, 7
MOSTLY = 0.5
VISIBLE_NEAR = 0.02
"""A hold-out is of whole customers, and so a little larger or smaller than what would show the difference exactly."""


def retention_advice(
    campaign_contacts: ir.Table | pd.DataFrame,
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    filters: Filters,
    assumptions: Assumptions,
    margins: pd.DataFrame,
    churn: Run,
    value: Run,
) -> tuple[Advice, ...]:
    """Whom to contact with which offer, as one advice; nothing where no contact pays or nothing can be said.

    Parameters
    ----------
    churn, value : runs of the models of churn and of customer value.
    """
    measured, later = current_ground_parts(campaign_contacts, orders, customers, shop, churn, value)
    try:
        plan = retention_plan(shop, filters, assumptions, margins, churn, value, measured, later)
    except NotEnoughData:
        return ()
    return (plan_advice(plan, assumptions, shop),)


def plan_advice(plan: RetentionPlan, assumptions: Assumptions, shop: Shop) -> Advice:
    """A plan as an advice: what it promises is of those contacted, without those left alone by lot."""
    net, left = plan.net - plan.hold_out_cost, plan.after_hold_out
    used = plan.by_offer[plan.by_offer["customers"] > 0].sort_values("net", ascending=False)
    first = str(used.iloc[0]["offer"])
    others = f" and {len(used) - 1} more offer{'' if len(used) == 2 else 's'}" if len(used) > 1 else ""
    weightiest = _weightiest(plan, used)
    who = "one customer" if plan.contacted == 1 else f"{plan.contacted:,} customers"
    return Advice(
        key="retention",
        kind="retention",
        title=f"Contact {who} with “{first}”{others}",
        sentence=unmarked(plan.words.headline),
        net_benefit=net,
        low=min(left.low, net),
        high=max(left.high, net),
        probability=left.probability,
        cost=plan.spend * _contacted_share(plan),
        months=float(plan.months),
        effort=EFFORT,
        days=DAYS,
        assumption=_assumption(weightiest),
        would_change=_would_change(plan, shop),
        rests_on="experiment" if weightiest.measured else "assumed",
        page=PAGE,
        scenario=plan_scenario(plan, assumptions),
        metric="revenue",
    )


def _contacted_share(plan: RetentionPlan) -> float:
    return 1 - plan.hold_out.customers / plan.contacted


def _weightiest(plan: RetentionPlan, used: pd.DataFrame) -> CataloguedOffer:
    """The offer by whose uncertain effect the benefit moves most; one that nothing measured, where most is assumed."""
    by_name = {one.offer.name: one for one in plan.offers}
    if plan.assumed_share > MOSTLY:
        used = used[[by_name[name].measured is None for name in used["offer"]]]
    swings = {row["offer"]: row["added"] * _spread(by_name[row["offer"]]) for row in used.to_dict("records")}
    return by_name[max(swings, key=swings.get)]


def _spread(one: CataloguedOffer) -> float:
    """From the low to the high end of what an offer does, relative to what is counted on."""
    low, likely, high = _effect(one)
    return (high - low) / abs(likely) if likely else 1.0


def _effect(one: CataloguedOffer) -> tuple[float, float, float]:
    """What an offer does, with the range that holds it in four of five cases."""
    if one.measured is None:
        return one.offer.kept_low, one.offer.kept, one.offer.kept_high
    told = one.measured.groups.iloc[0]
    half = NORMAL_80 * float(told["used_error"])
    return float(told["used"]) - half, float(told["used"]), float(told["used"]) + half


def _assumption(one: CataloguedOffer) -> str:
    """What it does, and how that is known."""
    low, likely, high = (percent(value) for value in _effect(one))
    if one.measured is None:
        return (
            f"That “{one.offer.name}” keeps {likely} of those who would be lost ({low} to {high}): nothing has "
            "measured it."
        )
    does = "brings that much more orders" if one.measured.way == MORE else "keeps that share"
    return f"That “{one.offer.name}” {does}: {likely} ({low} to {high}), as “{one.measured.campaign}” measured it."


def _would_change(plan: RetentionPlan, shop: Shop) -> str:
    if plan.added <= 0:
        return "Any offer that costs less."
    least = plan.spend / plan.added
    said = f"If offers did only {percent(least, 0)} of what is counted on, nothing would be left"
    alone = plan.hold_out
    if not alone.customers:
        return f"{said}; nobody is left alone, so nothing will show what they do."
    shows = (
        "shows whether they do."
        if alone.foreseen > 0 and alone.visible <= alone.foreseen * (1 + VISIBLE_NEAR)
        else f"shows differences of {100 * alone.visible:.1f} points in the share ordering, and "
        f"{100 * alone.foreseen:.1f} are foreseen: it takes several campaigns."
    )
    return (
        f"{said}; the hold-out of {alone.customers:,} customers, which costs "
        f"{money(plan.hold_out_cost, shop.currency)}, {shows}"
    )


def plan_scenario(plan: RetentionPlan, assumptions: Assumptions) -> Scenario:
    """The same plan as figures: who is kept, and what each of them brings, on average over those contacted."""
    kept, share = min(max(float(plan.list["orders"].mean()), 1e-6), 1.0), _contacted_share(plan)
    spend, added, ends = share * plan.spend, share * plan.added, (plan.after_hold_out.low, plan.after_hold_out.high)
    low, high = (min(max(kept * (end + spend) / added, 0.0), 1.0) for end in ends)
    return scenario_of(
        "retention",
        f"Retention, {plan.contacted:,} customers",
        months=plan.months,
        discount_rate=assumptions.finance.discount_rate,
        customers=plan.contacted - plan.hold_out.customers,
        contact_cost=plan.spend / plan.contacted,
        kept=(min(low, kept), kept, max(high, kept)),
        value_each=plan.added / (plan.contacted * kept),
    )
