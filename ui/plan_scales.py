"""How far the sliders of a plan go: round ends that hold what is stated, with room to move."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from analytics.prescriptive.cash_flows import amounts
from analytics.prescriptive.scenario import INPUTS, Scenario
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS

ROOM = 2.5
"""Times the largest value stated that a slider reaches."""
STEPS = 200
SIGNED = ("price_change", "days_saved", "spend_a_month", "cost_per_order", "monthly_cost")
"""Inputs that may well be meant with the other sign: their sliders reach as far below 0 as above."""
NOTHING_STATED = {"share": 0.1, "days": 3.0, "count": 1_000.0, "factor": 3.0}
"""Where a slider ends by the unit of a figure that is 0."""


@dataclass(frozen=True)
class Scale:
    """A slider from ``least`` to ``most`` in steps; shares in per cent."""

    least: float
    most: float
    step: float
    times: float = 1.0

    def holds(self, value: float) -> bool:
        """Whether the slider can stand at a value of the plan."""
        return self.least <= value * self.times <= self.most


def scale_of(plan: Scenario, name: str) -> Scale:
    """The slider of an input, by what the plan says of it; of nothing, by what the plan is about."""
    known, given = KNOWN_INPUTS[name], plan.input(name)
    size = max(abs(given.low), abs(given.likely), abs(given.high)) * ROOM or _size(plan, name)
    most = _round_up(size)
    signed = name in SIGNED or (known.least < 0 and given.low < 0)
    low, high = (-most if signed else 0.0), (0.0 if name == "elasticity" and given.high <= 0 else most)
    low, high = max(low, known.least), min(high, known.most)
    times = 100.0 if known.unit == "share" else 1.0
    step = 1.0 if name == "customers" and most >= STEPS else _round_up((high - low) / STEPS)
    return Scale(low * times, high * times, _clean(step * times), times)


def _size(plan: Scenario, name: str) -> float:
    """A size that a figure of nothing might have: money by what the plan moves, in all or for one."""
    unit = KNOWN_INPUTS[name].unit
    if unit != "money":
        return NOTHING_STATED[unit]
    of = amounts(plan)
    month = max(abs(float(of.benefit)), abs(float(of.cost)), abs(float(of.start)) / plan.months)
    one = next((abs(plan.input(each).likely) for each in _OF_ONE if each in INPUTS[plan.kind]), 0.0)
    sized: dict[str, Callable[[], float]] = {
        "investment": lambda: 6 * month,
        "contact_cost": lambda: 0.1 * one,
        "cost_each": lambda: 0.1 * one,
        "cost_per_order": lambda: 0.1 * one,
    }
    return sized.get(name, lambda: 2 * month)() or 1_000.0


_OF_ONE = ("value_each", "margin_per_order", "margin_each")


def _round_up(size: float) -> float:
    """The next of 1, 2 and 5 times a power of ten.

    >>> _round_up(0.2), _round_up(3.1), _round_up(812.0)
    (0.2, 5.0, 1000.0)
    """
    if size <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(size) + 1e-9)
    return _clean(next(times * power for times in (1, 2, 5, 10) if times * power >= size * (1 - 1e-9)))


def _clean(value: float) -> float:
    return float(f"{value:.6g}")
