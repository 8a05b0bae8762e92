"""What a plan of whom to contact says of itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.formats import money, percent, unit_money
from analytics.predictive.value_cut_offs import months_label
from analytics.prescriptive.retention_worth import LaterShare
from analytics.shop import Shop

if TYPE_CHECKING:
    from analytics.prescriptive.retention import RetentionPlan

OURS, EVERYONE, RISKIEST = "ours", "everyone", "riskiest"
POLICIES = {OURS: "This plan", EVERYONE: "Mail everyone", RISKIEST: "Mail the riskiest"}
AS_WELL = 0.01
"""A simple policy that comes so near to the plan, as a share of its net benefit, does as well."""


SMALLEST_PRICE = 1e-6
"""What one more of a limit would leave, below which the limit does not matter."""


@dataclass(frozen=True)
class PlanWords:
    """The sentence on top of the page, those of policies and other budgets, how all is computed, and which limit binds.

    Nothing is said of limits where there are none.
    """

    headline: str
    policies: str
    budgets: str
    explained: str
    limits: str = ""


def plan_words(plan: "RetentionPlan", shop: Shop, margin: float, later: LaterShare, gap: float) -> PlanWords:
    """The sentences of a plan."""
    explained = _explained(plan, margin, later, gap)
    return PlanWords(_headline(plan, shop), _policies(plan, shop), _budgets(plan, shop), explained, _limits(plan, shop))


def _headline(plan: "RetentionPlan", shop: Shop) -> str:
    amount = f"**{money(plan.net, shop.currency)}**"
    between = f"{money(plan.low, shop.currency)} to {money(plan.high, shop.currency)}"
    number = f"{plan.contacted:,} of {plan.customers:,} customers" if plan.contacted > 1 else "one customer"
    said = (
        f"Contact {number} for {money(plan.spend, shop.currency)}: that is expected to leave {amount} of contribution "
        f"margin more than doing nothing, over {months_label(plan.months)} ({between} in four of five cases)."
    )
    if plan.hold_out.customers:
        left = money(plan.net - plan.hold_out_cost, shop.currency)
        said += f" About {plan.hold_out.customers:,} of them are left alone by lot: {left} of it is left then."
    if plan.assumed_share > 0.005:
        said += f" {percent(plan.assumed_share, 0)} of it rests on offers whose effect nothing has measured yet."
    return said


def _policies(plan: "RetentionPlan", shop: Shop) -> str:
    simple = plan.policies[plan.policies["policy"] != OURS]
    if simple.empty:
        return "No simpler policy is possible within these limits."
    best = simple.loc[simple["net"].idxmax()]
    named = f"{best['name'][0].lower()}{best['name'][1:]}"
    gain = plan.net - best["net"]
    if gain <= AS_WELL * abs(plan.net):
        return f"To {named} with “{best['offer']}” does as well as this plan: take that, it is simpler."
    others = "; ".join(
        f"to {row['name'][0].lower()}{row['name'][1:]} ({row['customers']:,}, “{row['offer']}”) leaves "
        f"{money(row['net'], shop.currency)} for {money(row['spend'], shop.currency)}"
        for row in simple.to_dict("records")
    )
    within = "Within the same limits" if plan.limits.budget is not None else "Without a budget"
    return (
        f"{within} this plan leaves {money(gain, shop.currency)} more than the better of the simple policies, each "
        f"with the one offer that suits it best: {others}."
    )


def _budgets(plan: "RetentionPlan", shop: Shop) -> str:
    rows = plan.curve.set_index("times")
    less, own, more = (rows.loc[times] for times in (0.8, 1.0, 1.2))
    said = (
        f"With a fifth less ({money(less['budget'], shop.currency)}) the best plan leaves "
        f"{money(less['net'], shop.currency)}, {money(own['net'] - less['net'], shop.currency)} less"
    )
    if more["net"] - own["net"] <= 1e-6 * max(abs(own["net"]), 1.0):
        return f"{said}; a fifth more brings nothing: everybody worth a contact gets one within the other limits."
    price = plan.choice.budget_price
    left = unit_money(price, shop.currency)
    end = f" At the margin one more {shop.currency} spent leaves {left}." if price > SMALLEST_PRICE else ""
    return (
        f"{said}; with a fifth more ({money(more['budget'], shop.currency)}) it leaves "
        f"{money(more['net'], shop.currency)}, {money(more['net'] - own['net'], shop.currency)} more.{end}"
    )


def _limits(plan: "RetentionPlan", shop: Shop) -> str:
    """Which of budget and contacts holds the plan, what a little more of it would leave, and what stays unspent."""
    limits, choice = plan.limits, plan.choice
    held_by = []
    if plan.one_more_contact > SMALLEST_PRICE:
        held_by.append(
            f"the number of contacts (one more would leave {unit_money(plan.one_more_contact, shop.currency)})"
        )
    if limits.budget is not None and choice.budget_price > SMALLEST_PRICE:
        more = unit_money(choice.budget_price, shop.currency)
        held_by.append(f"the budget (one more {shop.currency} would leave about {more})")
    elif limits.budget is not None:
        unspent = f"{money(limits.budget - plan.spend, shop.currency)} of the budget is not needed"
        return f"The plan is held by {held_by[0]}; {unspent}." if held_by else f"No limit set here holds it: {unspent}."
    if held_by:
        return f"The plan is held by {' and by '.join(held_by)}."
    return "" if limits.capacity is None else "No limit set here holds the plan."


def _explained(plan: "RetentionPlan", margin: float, later: LaterShare, gap: float) -> str:
    seen = f"as {later.customers:,} such customers of the past did" if later.customers else "an assumption of ours"
    return (
        "For each customer and offer: chance to be silent × share kept × value at risk, less the contact and less the "
        "discount to whoever orders, those who would have come anyway included. Value at risk is contribution margin "
        f"({percent(margin)} of revenue) over {months_label(plan.months)}: what is expected of the customer averages "
        "over futures with and without him, so it is taken apart into what one who orders brings and what a silent "
        f"one brings later all the same ({percent(later.share, 0)} of it, {seen}). Offers that an experiment found to "
        "bring more orders of those still there are counted by these orders, as far as they are not merely brought "
        "forward. An integer programme then takes at most one offer a customer within budget and capacity; its choice "
        f"is at most {percent(gap, 3)} below the best there can be. Ranges: what offers do, by how much values are off "
        "together, and who happens to stay, drawn together; 80 %."
    )
