"""What a plan is worth, and how sure that is."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics import formats
from analytics.prescriptive.appraisal import internal_rate, payback_month
from analytics.prescriptive.break_even import BreakEven, break_even
from analytics.prescriptive.cash_flows import amounts, benefit_shape, discount_factors
from analytics.prescriptive.scenario import INPUTS, MOST_MONTHS, Scenario
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS, LEVERS
from analytics.prescriptive.scenario_words import figure_text, months_text, phrase
from analytics.prescriptive.simulated_plan import SimulatedPlan, simulated_plan
from analytics.prescriptive.tornado import tornado
from analytics.prescriptive.uncertainty import DRAWS, SEED
from analytics.shop import Shop

MARGINS = ("margin", "margin_each", "margin_per_order", "value_each")
"""Inputs that are a margin."""
WORTH = "net present value"


@dataclass(frozen=True)
class WhatIf:
    """A plan, appraised; money is the shop's currency, missing is NaN.

    Of the likely figures: ``net_benefit`` all that comes less all that is paid, ``outlay`` what is paid, ``roi`` the
    one over the other (missing where nothing is paid), ``npv`` the net benefit in today's money, ``irr`` the rate a
    year at which that is 0 and ``irr_why`` why there is none, ``payback`` and ``payback_discounted`` months (see
    ``appraisal``), ``payback_later`` the month beyond the horizon in which it would be back if it went on. ``cash``
    has per ``month`` ``flow``, ``so_far``, ``so_far_discounted``, ``so_far_low`` and ``so_far_high``.
    """

    scenario: Scenario
    net_benefit: float
    outlay: float
    roi: float
    npv: float
    irr: float
    irr_why: str
    payback: float
    payback_discounted: float
    payback_later: float
    break_even: BreakEven
    simulated: SimulatedPlan
    tornado: pd.DataFrame
    cash: pd.DataFrame
    sentence: str
    back: str
    chances: str
    matters: str
    warnings: tuple[str, ...]
    explained: str


def what_if(scenario: Scenario, shop: Shop, draws: int = DRAWS, seed: int = SEED) -> WhatIf:
    """Appraise a plan: by its likely figures, and by many draws of those that are not known.

    Flows come at the end of each month and are discounted by a rate a year that compounds (see ``discount_factors``).
    """
    of, shape = amounts(scenario), benefit_shape(scenario)
    factors = discount_factors(scenario.discount_rate, scenario.months)
    flows = of.monthly(shape) + 0.0
    net, outlay = float(flows.sum()), float(of.outlay(scenario.months))
    rate = internal_rate(flows)
    simulated = simulated_plan(scenario, draws, seed)
    found = WhatIf(
        scenario=scenario,
        net_benefit=net,
        outlay=outlay,
        roi=net / outlay if outlay > 0 else float("nan"),
        npv=float(flows @ factors),
        irr=rate.a_year,
        irr_why=rate.why,
        payback=payback_month(flows),
        payback_discounted=payback_month(flows * factors),
        payback_later=_payback_later(scenario),
        break_even=break_even(scenario),
        simulated=simulated,
        tornado=tornado(scenario),
        cash=_cash(flows, factors, simulated),
        sentence="",
        back="",
        chances="",
        matters="",
        warnings=(),
        explained="",
    )
    return replace(
        found,
        sentence=_sentence(found, shop),
        back=_back(found),
        chances=_chances(found, shop),
        matters=_matters(found, shop),
        warnings=tuple(_warnings(found, shop)),
        explained=_explained(found, draws, seed),
    )


def _cash(flows: np.ndarray, factors: np.ndarray, simulated: SimulatedPlan) -> pd.DataFrame:
    likely = {"flow": flows, "so_far": np.cumsum(flows), "so_far_discounted": np.cumsum(flows * factors)}
    return simulated.cash.assign(**likely)[["month", *likely, "so_far_low", "so_far_high"]]


def _payback_later(scenario: Scenario) -> float:
    """When the money would be back if the plan went on after its horizon; a kept customer's worth is of the horizon."""
    if scenario.kind == "retention":
        return float("nan")
    month = payback_month(amounts(scenario).monthly(benefit_shape(scenario, MOST_MONTHS)))
    return month if month > scenario.months else float("nan")


def _sentence(found: WhatIf, shop: Shop) -> str:
    plan, simulated, currency = found.scenario, found.simulated, shop.currency
    expected, low, high = (formats.money(v + 0.0, currency) for v in (simulated.mean, simulated.low, simulated.high))
    over = months_text(plan.months)
    if not np.any(found.cash["flow"]) and simulated.low == simulated.high == 0:
        return "As it stands the plan pays nothing and brings nothing."
    if simulated.low == simulated.high:
        sure = f"It is worth {expected} in today's money over {over}, if every figure is as stated."
    else:
        sure = (
            f"Over {over} the plan is expected to be worth {expected} in today's money, {low} to {high} in four of "
            f"five cases; the chance that it loses money is {chance_text(simulated.loss)}."
        )
    return " ".join(filter(None, (sure, _undiscounted(found, expected, currency), _back(found))))


def _undiscounted(found: WhatIf, expected: str, currency: str) -> str:
    """The net benefit that advice tells, where it reads otherwise than what the plan is worth today."""
    net = formats.money(found.net_benefit, currency)
    if found.scenario.discount_rate == 0 or net == expected:
        return ""
    return f"Before discounting its net benefit is {net}, every figure as likely."


def _back(found: WhatIf) -> str:
    if found.payback == 0:
        return "Nothing is out of pocket at any time, by the likely figures."
    if not formats.is_missing(found.payback):
        return f"By the likely figures the money is back by the end of month {found.payback:.0f}."
    over = months_text(found.scenario.months)
    if formats.is_missing(found.payback_later):
        return f"By the likely figures the money does not come back within {over}."
    return (
        f"By the likely figures the money does not come back within {over}: if it went on in the same way, by the end "
        f"of month {found.payback_later:.0f}."
    )


def _chances(found: WhatIf, shop: Shop) -> str:
    simulated = found.simulated
    if simulated.low == simulated.high:
        return "Every figure is taken as known, so that there is one case alone."
    middle, mean, likely = (
        formats.money(v + 0.0, shop.currency) for v in (simulated.middle, simulated.mean, found.npv)
    )
    return (
        f"In half of the cases the plan is worth more than {middle} in today's money, on average {mean}; with every "
        f"figure as likely {likely}. It loses money in {chance_text(simulated.loss)} of the cases."
    )


def chance_text(share: float) -> str:
    """A chance as so many draws can tell it.

    >>> chance_text(0.0), chance_text(0.083), chance_text(1.0)
    ('below 0.1 %', '8 %', 'above 99.9 %')
    """
    if share < 0.001:
        return "below 0.1 %"
    if share > 0.999:
        return "above 99.9 %"
    return formats.percent(share, 0 if 0.05 <= share <= 0.95 else 1)


def _matters(found: WhatIf, shop: Shop) -> str:
    """The figure with the widest swing, and how far the lever may fall short."""
    said = [_widest(found, shop)] if len(found.tornado) else ["No figure has a range: give the unsure ones one."]
    said.append(break_even_sentence(found.break_even, found.scenario, shop.currency))
    return " ".join(said)


def break_even_sentence(lever: BreakEven, plan: Scenario, currency: str) -> str:
    """Where the lever breaks even, beside what is likely."""
    if lever.why:
        return f"Break-even by {phrase(lever.lever)}: {lever.why}."
    likely = plan.input(lever.lever).likely
    enough = likely >= lever.value if lever.pays_above else likely <= lever.value
    value, stated = (figure_text(lever.lever, each, currency) for each in (lever.value, likely))
    return (
        f"It breaks even at a {phrase(lever.lever)} of {value}; likely is {stated}, {'' if enough else 'not '}enough."
    )


def _widest(found: WhatIf, shop: Shop) -> str:
    first = found.tornado.iloc[0]
    low, high = (figure_text(first["input"], first[end], shop.currency) for end in ("low", "high"))
    at_low, at_high = (formats.money(first[f"npv_at_{end}"] + 0.0, shop.currency) for end in ("low", "high"))
    said = f"What matters most is {phrase(first['input'])}: from {low} to {high} the {WORTH} "
    said += f"goes from {at_low} to {at_high}"
    decides = min(first["npv_at_low"], first["npv_at_high"]) < 0 < max(first["npv_at_low"], first["npv_at_high"])
    return said + (", which alone decides whether the plan pays." if decides else ".")


def _warnings(found: WhatIf, shop: Shop) -> list[str]:
    """What makes the figures mean less than they seem to."""
    plan, said = found.scenario, []
    for name in MARGINS:
        if name in INPUTS[plan.kind] and plan.input(name).likely < 0:
            label = KNOWN_INPUTS[name].label
            said.append(f"{label} is below 0: each order loses money, and more of them lose more.")
    if formats.is_missing(found.roi):
        said.append("Nothing is paid, so there is no return on it: ROI is left out.")
    if found.irr_why:
        said.append(f"There is no internal rate of return: {found.irr_why}.")
    if plan.ramp_months == plan.months > 1:
        said.append("The benefit reaches its full size only in the last month.")
    return said


def _explained(found: WhatIf, draws: int, seed: int) -> str:
    plan = found.scenario
    return (
        f"{_FORMULAS[plan.kind]} Money counts that would not have moved without the plan. Each month's net stands at "
        f"its end and is discounted by (1 + {formats.percent(plan.discount_rate)})^(months / 12). ROI is the net "
        "benefit over all that is paid; the internal rate of return makes the net present value 0, months compounding "
        "to a year; the money is back from the month on from which the sum is never below 0 again. Break-even is "
        f"solved for {phrase(LEVERS[plan.kind])}, the other figures likely. {draws:,} draws (seed {seed}): a range "
        "holds four in five draws, two halves of normal distributions that meet at the likely value, and every figure "
        "is drawn on its own. Where figures go together, say a dearer contact keeps more, the true range is another."
    )


_FORMULAS = {
    "retention": "Paid at the beginning: the investment and a contact for each customer. Each month brings customers "
    "× share kept × margin of a kept one / months.",
    "price": "Each month brings revenue × ((1 + c)^e (c + m) − m) for a change of prices c, an elasticity e and a "
    "margin m: units follow the price, the cost of a unit stays.",
    "channel": "Each month brings the spend × margin for each unit spent, and costs the spend: true of small steps, "
    "for the curve flattens.",
    "delivery": "Each month brings orders × margin of an order × margin gained for a day × days saved, and costs "
    "orders × cost of an order more than now.",
    "own": "Each month brings those affected × lift × margin of each, and costs those affected × cost of each.",
}
