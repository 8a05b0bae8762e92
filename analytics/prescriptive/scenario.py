"""A plan as figures: what it takes, what it moves, how sure that is, over which time."""

import math
from dataclasses import dataclass

from analytics.formats import one_line
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS

MOST_MONTHS = 120
LONGEST_NAME = 80


@dataclass(frozen=True)
class Uncertain:
    """A figure that is not known: most likely ``likely``, with four in five chances from ``low`` to ``high``.

    One that is known has all three equal.
    """

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(v) for v in (self.low, self.likely, self.high)):
            raise ValueError(f"expected numbers, got {self.low}, {self.likely}, {self.high}")
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"expected low ≤ likely ≤ high, got {self.low:g}, {self.likely:g}, {self.high:g}")

    @classmethod
    def known(cls, value: float) -> "Uncertain":
        """A figure without a doubt."""
        return cls(value, value, value)


INPUTS = {
    "retention": ("customers", "contact_cost", "kept", "value_each", "investment", "monthly_cost"),
    "price": ("revenue_a_month", "price_change", "elasticity", "margin", "investment", "monthly_cost"),
    "channel": ("spend_a_month", "margin_per_spend", "investment", "monthly_cost"),
    "delivery": (
        "orders_a_month", "cost_per_order", "days_saved", "lift_per_day", "margin_per_order",
        "investment", "monthly_cost",
    ),
    "own": ("affected_a_month", "lift", "margin_each", "cost_each", "investment", "monthly_cost"),
}  # fmt: skip
"""Kind of scenario → what it is made of. Money is the shop's currency, shares are 0–1, margins are contribution.

retention: ``customers`` contacted once at the beginning, each at ``contact_cost``; ``kept`` share of them kept who
would have been lost; ``value_each`` the margin that a kept one brings over the horizon, in equal parts a month.
price: ``revenue_a_month`` now, ``price_change`` (0.05 is 5 % dearer), ``elasticity`` (−2.6), ``margin`` share now.
channel: ``spend_a_month`` more than now (less where negative), ``margin_per_spend`` incremental margin per unit of it.
delivery: ``orders_a_month``, ``cost_per_order`` more than now, ``days_saved`` (slower where negative),
``lift_per_day`` share of margin gained per day saved, ``margin_per_order``.
own: ``affected_a_month`` customers or orders, ``lift`` share of them, each bringing ``margin_each``; each of the
affected costs ``cost_each``.
All: ``investment`` at the beginning, ``monthly_cost`` each month.
"""


@dataclass(frozen=True)
class Scenario:
    """A plan of one ``kind`` over some ``months``, money later discounted at ``discount_rate`` a year.

    Benefits grow in equal steps to their full size over ``ramp_months``, and from then on a share of ``fade`` of them
    is lost each month. ``inputs`` has an ``Uncertain`` for each of the kind's ``INPUTS``, in their order.

    Raises
    ------
    ValueError : it cannot be meant; the message names what, what is expected and what it got.
    """

    kind: str
    name: str
    inputs: tuple[Uncertain, ...]
    months: int = 12
    discount_rate: float = 0.10
    ramp_months: int = 0
    fade: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in INPUTS:
            raise ValueError(f"kind: expected one of {', '.join(INPUTS)}, got {self.kind!r}")
        if self.name != one_line(self.name) or not 0 < len(self.name) <= LONGEST_NAME:
            raise ValueError(f"name: expected 1 to {LONGEST_NAME} characters on one line, got {self.name!r}")
        if len(self.inputs) != len(INPUTS[self.kind]):
            raise ValueError(f"inputs: expected {len(INPUTS[self.kind])}, got {len(self.inputs)}")
        for name, given in zip(INPUTS[self.kind], self.inputs, strict=True):
            known = KNOWN_INPUTS[name]
            for value in (given.low, given.high):
                if not known.least <= value <= known.most:
                    raise ValueError(f"{name}: expected a number from {known.least:g} to {known.most:g}, got {value:g}")
        if not 1 <= self.months <= MOST_MONTHS:
            raise ValueError(f"months: expected 1 to {MOST_MONTHS}, got {self.months}")
        if not 0 <= self.ramp_months <= self.months:
            raise ValueError(f"ramp_months: expected 0 to {self.months}, got {self.ramp_months}")
        for name in ("discount_rate", "fade"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}: expected a share from 0 to 1, got {getattr(self, name):g}")

    def input(self, name: str) -> Uncertain:
        """One of its inputs by name."""
        return self.inputs[INPUTS[self.kind].index(name)]


def scenario_of(kind: str, name: str, months: int = 12, discount_rate: float = 0.10, **inputs: object) -> Scenario:
    """A scenario from inputs by name, each a number or a (low, likely, high); those left out are 0.

    >>> plan = scenario_of("own", "New boxes", affected_a_month=100, lift=(0.01, 0.02, 0.04), margin_each=12)
    >>> plan.input("lift").likely, plan.input("investment").likely
    (0.02, 0.0)

    Raises
    ------
    ValueError : an input that this kind does not have, or as ``Scenario``.
    """
    if kind not in INPUTS:
        raise ValueError(f"kind: expected one of {', '.join(INPUTS)}, got {kind!r}")
    unknown = set(inputs) - set(INPUTS[kind])
    if unknown:
        raise ValueError(f"inputs: expected {', '.join(INPUTS[kind])}, got {min(unknown)!r}")
    given = (inputs.get(each, 0.0) for each in INPUTS[kind])
    return Scenario(kind, name, tuple(map(_uncertain, given)), months, discount_rate)


def _uncertain(given: object) -> Uncertain:
    if isinstance(given, Uncertain):
        return given
    return Uncertain(*map(float, given)) if isinstance(given, tuple) else Uncertain.known(float(given))
