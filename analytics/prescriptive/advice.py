"""One thing to do, what it is worth beyond doing nothing, and what that rests on."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from analytics.filters import Filters
from analytics.prescriptive.scenario import Scenario, Uncertain

KINDS = {
    "retention": "Retention",
    "price": "Price",
    "channel": "Channel budget",
    "cross_sell": "Cross-sell",
    "stock": "Stock",
    "delivery": "Delivery",
    "staff": "Staffing",
}
"""Kinds of advice, with their names on screen."""
RESTS_ON = {
    "experiment": "measured in an experiment",
    "observed": "estimated from what was observed",
    "assumed": "rests on an assumption that nothing has measured yet",
}
"""How what matters most is known, surest first, as a part of a sentence."""


@dataclass(frozen=True)
class Advice:
    """An action with its expected net benefit: incremental contribution margin after its cost, the shop's currency.

    ``key`` stays the same while the action does (``price:Beauty``), so that what was planned is found again. ``title``
    says what to do (``Raise prices of Beauty by 4 %``), ``sentence`` why and what it is worth. ``net_benefit`` is what
    is expected over ``months``, from ``low`` to ``high`` in four of five cases; ``probability`` that it is above 0;
    ``cost`` what is to be spent for it. ``effort`` goes from 1 (a click) to 5 (a project), ``days`` pass until
    it begins to work. ``assumption`` matters most; ``would_change`` says what would change the advice;
    ``rests_on`` is one of ``RESTS_ON``. ``page`` is where the evidence is (``prescriptive/retention``), ``scenario``
    the same plan for the what-if page. What happened is read back on ``metric`` (one of ``METRICS``) of the orders
    of ``members`` (dimension, member), where the action moves one; by ``moves`` (0.04: 4 % more) where that is known.
    """

    key: str
    kind: str
    title: str
    sentence: str
    net_benefit: float
    low: float
    high: float
    probability: float
    cost: float
    months: float
    effort: int
    days: int
    assumption: str
    would_change: str
    rests_on: str
    page: str
    scenario: Scenario | None = None
    metric: str | None = "revenue"
    members: tuple[tuple[str, str], ...] = ()
    moves: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {self.kind!r}")
        if self.rests_on not in RESTS_ON:
            raise ValueError(f"rests_on: expected one of {', '.join(RESTS_ON)}, got {self.rests_on!r}")
        for name in ("net_benefit", "low", "high", "cost", "months"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name}: expected a number, got {getattr(self, name)}")
        if not 0 <= self.probability <= 1 or not 1 <= self.effort <= 5:
            raise ValueError("probability, effort: expected 0 to 1 and 1 to 5")


def advice_within(advice: Advice, filters: Filters) -> Advice:
    """The same advice as one of the members in view: what is worked out of a part of the shop promises for it alone.

    It says which part, is another action than that of the whole shop, and is read back within that part.
    """
    own = {dimension for dimension, _ in advice.members}
    kept = {dimension: members for dimension, members in filters.members.items() if dimension not in own}
    if not kept:
        return advice
    named = " · ".join(", ".join(members) for members in kept.values())
    narrower = tuple((dimension, member) for dimension, members in kept.items() for member in members)
    return replace(
        advice,
        key=f"{advice.key} of {named}",
        title=f"{advice.title} ({named})",
        members=(*narrower, *advice.members) if advice.members else (),
    )


def advice_as_written(advice: Advice) -> dict[str, object]:
    """What JSON can hold of it; ``advice_from`` reads it back."""
    return asdict(advice)


def advice_from(written: Mapping[str, object]) -> Advice:
    """An advice as it was written down.

    Raises
    ------
    ValueError : it is none, or cannot be meant.
    """
    try:
        scenario = written["scenario"]
        if scenario is not None:
            inputs = tuple(Uncertain(**each) for each in scenario["inputs"])
            scenario = Scenario(**{**scenario, "inputs": inputs})
        members = tuple((dimension, member) for dimension, member in written["members"])
        return Advice(**{**written, "scenario": scenario, "members": members})
    except (TypeError, KeyError) as error:
        raise ValueError(f"an advice is expected, and it is none ({error})") from error
