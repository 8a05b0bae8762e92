"""How much the lever of a plan must do for the plan to be worth nothing and cost nothing."""

import math
from dataclasses import dataclass

from analytics.prescriptive.cash_flows import Amounts, amounts, benefit_shape, discount_factors
from analytics.prescriptive.scenario import Scenario
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS, LEVERS


@dataclass(frozen=True)
class BreakEven:
    """The ``value`` of the ``lever`` at which the net present value is 0, the other figures likely.

    ``pays_above`` is whether more of it pays, less where False. Missing where nothing of it decides or no value that
    can be meant would do, with the reason ``why``, a part of a sentence.
    """

    lever: str
    value: float
    pays_above: bool = True
    why: str = ""


def break_even(scenario: Scenario) -> BreakEven:
    """The lever of the kind (``LEVERS``) at which the plan breaks even: in closed form.

    The net present value is a straight line in a share kept, a lift, a margin per spend; in an elasticity e it is
    revenue × ((1 + c)^e (c + m) − m) less costs, which is solved by a logarithm.

    >>> from analytics.prescriptive.scenario import scenario_of
    >>> plan = scenario_of("retention", "A", 1, 0.0, customers=100, contact_cost=2, kept=0.1, value_each=50)
    >>> break_even(plan).value
    0.04
    """
    lever = LEVERS[scenario.kind]
    known = KNOWN_INPUTS[lever]
    value, pays_above = (_elasticity if scenario.kind == "price" else _straight)(scenario, lever)
    if math.isnan(value):
        return BreakEven(lever, value, why="the plan's worth does not depend on it")
    if not known.least <= value <= known.most:
        return BreakEven(lever, float("nan"), why=_no_value(value, pays_above, known.least, known.most))
    return BreakEven(lever, value, pays_above)


def _no_value(value: float, pays_above: bool, least: float, most: float) -> str:
    beyond_most = value > most
    never = beyond_most if pays_above else not beyond_most
    return "no value that it can have would make the plan pay" if never else "it pays at any value that this can have"


def _straight(scenario: Scenario, lever: str) -> tuple[float, bool]:
    nothing, whole = (_worth(scenario, amounts(scenario, {lever: value})) for value in (0.0, 1.0))
    slope = whole - nothing
    if slope == 0:
        return float("nan"), True
    return -nothing / slope + 0.0, slope > 0


def _elasticity(scenario: Scenario, lever: str) -> tuple[float, bool]:
    change, margin = scenario.input("price_change").likely, scenario.input("margin").likely
    shape, factors = _weights(scenario)
    full = scenario.input("revenue_a_month").likely * float(shape @ factors[1:])
    fixed = amounts(scenario)
    costs = -float(Amounts(fixed.start, 0.0, fixed.cost).present_value(shape, factors))
    if change == 0 or full <= 0 or change + margin == 0:
        return float("nan"), True
    pays_above = (change + margin) * math.log1p(change) > 0
    units = (margin + costs / full) / (change + margin)
    if units <= 0:  # no change of units does: always or never, by the worth at none
        always = _worth(scenario, amounts(scenario, {lever: 0.0})) > 0
        return math.inf if always != pays_above else -math.inf, pays_above
    return math.log(units) / math.log1p(change) + 0.0, pays_above


def _worth(scenario: Scenario, of: Amounts) -> float:
    return float(of.present_value(*_weights(scenario)))


def _weights(scenario: Scenario) -> tuple:
    return benefit_shape(scenario), discount_factors(scenario.discount_rate, scenario.months)
