"""What every analysis knows of the shop it works for."""

from dataclasses import dataclass, field
from datetime import date

from analytics.metrics import METRICS, Metric
from analytics.periods import Period, day_label

DIMENSIONS = {
    "region": "Region",
    "segment": "Segment",
    "category": "Category",
    "channel": "Channel",
    "payment_method": "Payment",
    "age_group": "Age group",
}
"""Columns of orders that a visitor may filter and break down by, with their names on screen."""

NOT_STATED = "Not stated"
"""The member that stands for a missing value."""


@dataclass(frozen=True)
class Shop:
    """The shop's own facts; none of them is a constant of the code.

    ``today`` is the last complete day in the data; ``members`` has the members of each dimension that this
    shop's orders carry at all, biggest revenue first.
    """

    name: str
    currency: str
    week_start: str
    first_day: date
    last_day: date
    today: date
    orders: int
    is_demo: bool = False
    time_zone: str = "UTC"
    gross_margin: float | None = None
    known_from: date | None = None
    """The day from which a first order can be told from a first order in the data; None where that is the first day."""
    churn_days: int = 90
    """Days of silence after which the shop calls a customer churned."""
    customer_keys: int = 0
    """The largest customer key where keys are dense integers that the engine counts as bits; 0 elsewhere."""
    members: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    has: frozenset[str] = frozenset()
    """Optional columns that hold at least one value: satisfaction_score, delivery_days, customer_key, refunds…"""

    @property
    def days(self) -> Period:
        """From the first day with data to the last."""
        return Period(self.first_day, self.last_day)

    @property
    def new_from(self) -> date:
        """The day from which a customer who seems new is new."""
        return self.known_from or self.first_day

    @property
    def too_early(self) -> str:
        """Why nothing can be said of who was new before that day, as a part of a sentence."""
        return f"before {day_label(self.new_from)} most customers look new, because the data begin shortly before"

    def doubt(self, measured: Metric, start: date) -> str:
        """Why a metric cannot be trusted from so early a day on, in a sentence; empty where it can."""
        if not measured.looks_back or max(start, self.first_day) >= self.new_from:
            return ""
        return f"{self.too_early[0].upper()}{self.too_early[1:]}."

    def metrics(self) -> list[Metric]:
        """The metrics that this shop's data can give."""
        return [m for m in METRICS.values() if m.needs is None or m.needs in self.has]

    def dimensions(self) -> dict[str, str]:
        """The dimensions that this shop's orders carry, with their names on screen."""
        return {d: name for d, name in DIMENSIONS.items() if d in self.members}
