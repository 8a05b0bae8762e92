"""What a shop wants to be told of: rules, in words, checked against the shop, and a set to begin with."""

import json
import math
from dataclasses import asdict, dataclass, fields
from numbers import Real

from analytics import formats
from analytics.metrics import METRICS, Metric, metric
from analytics.periods import day_label
from analytics.shop import DIMENSIONS, Shop

KINDS = {
    "unusual": "Unusual for the weekday and season",
    "change": "Change against earlier days",
    "threshold": "Above or below a limit",
}
DIRECTIONS = {"down": "Falls", "up": "Rises", "both": "Either way"}
WINDOWS = {1: "A day", 7: "A week", 28: "Four weeks"}
AGAINST = {"before": "the same number of weeks before", "year": "52 weeks earlier"}
SEVERITIES = {"info": "For information", "warning": "Warning", "critical": "Critical"}
COUNTS = ("orders", "new_customers")
"""Metrics whose members' shares of the shop can be watched."""
MOST_FALSE_ALARMS = 52.0
LARGEST_CHANGE = 10.0
LARGEST_LIMIT = 1e15


@dataclass(frozen=True)
class AlertRule:
    """When to speak up. Every rule looks at each day that is complete, and back over its window.

    ``dimension`` and ``member``: empty for the whole shop; a dimension without a member means each of its members,
    with odds corrected for looking at so many. ``false_alarms_a_year`` is how often an *unusual* rule may fire in a
    year in which nothing happens. ``limit`` is, for a *threshold*, in the metric's unit; for a *change* a share (0.2
    is 20 %). ``least_orders`` is how many orders its window must usually hold, so that two sales instead of four are no
    news. ``least_change`` and ``least_share`` are by how much the metric must deviate at least, in its unit and as a
    share of what is usual: to a shop of many orders a fall of 3 % is beyond chance and still no news. A ``relative``
    rule watches members' shares of the shop's total, so that a bad day of all is not told once for every member.
    """

    metric: str
    kind: str = "unusual"
    direction: str = "down"
    dimension: str = ""
    member: str = ""
    window_days: int = 1
    false_alarms_a_year: float = 1.0
    limit: float | None = None
    against: str = "before"
    least_orders: float = 10.0
    least_change: float = 0.0
    relative: bool = False
    least_share: float = 0.0

    def __post_init__(self) -> None:
        allowed = {"metric": METRICS, "kind": KINDS, "direction": DIRECTIONS, "window_days": WINDOWS}
        for name, known in (allowed | {"against": AGAINST, "dimension": {"": "", **DIMENSIONS}}).items():
            if getattr(self, name) not in list(known):
                expected = ", ".join(map(str, known))
                raise ValueError(f"{name}: expected one of {expected}, got {getattr(self, name)!r}")
        for name in _NUMBERS:
            value = getattr(self, name)
            if not (_is_number(value) or (name == "limit" and value is None)):
                raise ValueError(f"{name}: expected a number, got {value!r}")
        if not (isinstance(self.member, str) and isinstance(self.relative, bool)):
            raise ValueError(f"member, relative: expected text and yes or no, got {self.member!r}, {self.relative!r}")

    @property
    def measured(self) -> Metric:
        """The metric it watches."""
        return metric(self.metric)

    @property
    def scope(self) -> str:
        """Where it looks, as people say it."""
        if not self.dimension:
            return "the whole shop"
        return self.member or f"every {DIMENSIONS[self.dimension].lower()}"

    def to_json(self) -> str:
        """The rule as it is stored.

        >>> AlertRule.from_json(AlertRule("orders").to_json()) == AlertRule("orders")
        True
        """
        numbers = {name: float(value) for name in _NUMBERS if (value := getattr(self, name)) is not None}
        return json.dumps(asdict(self) | numbers, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "AlertRule":
        """A stored rule; what a later version added and this one does not know is left out.

        Raises
        ------
        ValueError : it is no rule that this version understands.
        """
        known = {field.name for field in fields(cls)}
        stored = json.loads(text)
        if not isinstance(stored, dict) or "metric" not in stored:
            raise ValueError(f"definition: expected a rule, got {text[:80]!r}")
        return cls(**{name: value for name, value in stored.items() if name in known})


_NUMBERS = ("false_alarms_a_year", "limit", "least_orders", "least_change", "least_share")


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def rule_sentence(rule: AlertRule, shop: Shop) -> str:
    """The rule as one reads it.

    >>> from datetime import date
    >>> shop = Shop("S", "EUR", "monday", date(2026, 1, 1), date(2026, 9, 30), date(2026, 9, 30), 9)
    >>> rule_sentence(AlertRule("orders", dimension="region", member="West"), shop)
    'Orders of a day in West unusually low for weekday and season (about 1 false alarm a year)'
    """
    of = {1: "of a day", 7: "of 7 days", 28: "of 28 days"}[rule.window_days]
    name = f"Share of {rule.measured.name.lower()}" if rule.relative else rule.measured.name
    subject = f"{name} {of} in {rule.scope}"
    if rule.kind == "threshold":
        side = "above" if rule.direction == "up" else "below"
        return f"{subject} {side} {rule.measured.format(rule.limit, shop.currency, exact=True)}"
    if rule.kind == "change":
        verb = {"down": "down", "up": "up", "both": "changed"}[rule.direction]
        return f"{subject} {verb} by {formats.percent(rule.limit, 0)} or more on {_against(rule)}"
    how = {"down": "low", "up": "high", "both": "low or high"}[rule.direction]
    often = rule.false_alarms_a_year
    alarms = f"{often:g} false alarm{'' if often == 1 else 's'} a year"
    return f"{subject} unusually {how} for weekday and season (about {alarms})"


def _against(rule: AlertRule) -> str:
    if rule.against == "year":
        return "the same weekdays 52 weeks earlier"
    return {1: "the same weekday a week before", 7: "the 7 days before", 28: "the 28 days before"}[rule.window_days]


def rule_problem(rule: AlertRule, shop: Shop) -> str | None:
    """Why the rule makes no sense for this shop, in one sentence that says how to mend it; None where it does."""
    checks = (_metric_problem, _scope_problem, _share_problem, _window_problem, _limit_problem, _floor_problem)
    return next((said for check in checks if (said := check(rule, shop))), None)


def _metric_problem(rule: AlertRule, shop: Shop) -> str | None:
    if rule.measured in shop.metrics():
        return None
    return (
        f"This shop's data cannot give {rule.measured.name.lower()}: choose another metric, or import a file that has "
        "what it needs."
    )


def _scope_problem(rule: AlertRule, shop: Shop) -> str | None:
    if not rule.dimension:
        return None
    name = DIMENSIONS[rule.dimension].lower()
    if rule.dimension not in shop.members:
        return f"This shop's orders carry no {name}: choose the whole shop or another dimension."
    if rule.member and rule.member not in shop.members[rule.dimension]:
        return f"“{rule.member}” is no {name} in this shop's data (any more): choose another one or delete the rule."
    return None


def _share_problem(rule: AlertRule, shop: Shop) -> str | None:
    if not rule.relative:
        return None
    if not rule.dimension:
        return "The whole shop is all of itself: choose a dimension, or watch the metric, not its share."
    if rule.kind != "unusual" or rule.metric not in COUNTS:
        counts = " or ".join(METRICS[key].name.lower() for key in COUNTS)
        return f"Shares of the shop are watched for {counts}, by a rule of the unusual kind: choose those."
    return None


def _window_problem(rule: AlertRule, shop: Shop) -> str | None:
    if rule.window_days > 1 and rule.kind != "unusual" and not rule.measured.from_daily:
        return f"{rule.measured.name} of several days cannot be added up: watch a single day, or another metric."
    return None


def _limit_problem(rule: AlertRule, shop: Shop) -> str | None:
    if rule.kind == "unusual":
        if 0 < rule.false_alarms_a_year <= MOST_FALSE_ALARMS:
            return None
        return f"False alarms a year: choose more than 0 and at most {MOST_FALSE_ALARMS:g}."
    if rule.limit is None:
        return "Set the limit from which the rule should fire."
    if rule.kind == "change":
        if 0 < rule.limit <= LARGEST_CHANGE and not (rule.direction == "down" and rule.limit >= 1):
            return None
        return (
            f"A change must be more than 0 % and at most {formats.percent(LARGEST_CHANGE, 0)}, and a fall less than "
            "100 %: nothing can fall by more than all of it."
        )
    if rule.direction == "both":
        return "A limit is crossed one way: choose above or below, and a second rule for the other."
    return _threshold_problem(rule, shop)


def _threshold_problem(rule: AlertRule, shop: Shop) -> str | None:
    """A limit that the metric can never cross, or never be on the other side of."""
    low, high = {"score": (1.0, 5.0), "share": (0.0, 1.0)}.get(rule.measured.unit, (0.0, float("inf")))
    if rule.metric == "revenue":
        low = float("-inf")
    if rule.metric == "refund_rate":  # refunds of earlier orders can exceed what a day sells
        high = float("inf")
    if abs(rule.limit) > LARGEST_LIMIT:
        return f"No shop comes to {rule.limit:,.3g}: choose a limit of at most {LARGEST_LIMIT:,.3g}."
    never = rule.limit >= high if rule.direction == "up" else rule.limit <= low
    always = rule.limit < low if rule.direction == "up" else rule.limit > high
    if not (never or always):
        return None
    bounds = f"{rule.measured.format(low, shop.currency)} to {rule.measured.format(high, shop.currency)}"
    bounds = bounds if high < float("inf") else f"{rule.measured.format(low, shop.currency)} or more"
    said = "can never be" if never else "is always"
    side = "above" if rule.direction == "up" else "below"
    limit = rule.measured.format(rule.limit, shop.currency, exact=True)
    return f"{rule.measured.name} lies from {bounds}, so it {said} {side} {limit}: choose another limit."


def _floor_problem(rule: AlertRule, shop: Shop) -> str | None:
    if min(rule.least_orders, rule.least_change, rule.least_share) < 0:
        return "The least number of orders and the least change cannot be negative: choose 0 or more."
    if rule.least_share > LARGEST_CHANGE or (rule.direction == "down" and rule.least_share >= 1):
        return (
            f"Told of from: choose at most {formats.percent(LARGEST_CHANGE, 0)} of the usual, and for a fall less than "
            "100 %: nothing can fall by more than all of it."
        )
    return None


def default_rules(shop: Shop) -> list[tuple[AlertRule, str]]:
    """Rules that make sense for any shop, as far as its data go, each with a severity.

    The whole shop is watched by the day. So are the shares of where and how people buy, where breakdowns strike, while
    what sells and who buys, which move slowly, are watched by four weeks. Set so that all together speak up on few
    days of a quiet year; see the proofs.
    """
    wanted = [(AlertRule(**rule), severity) for rule, severity in _OF_THE_SHOP]
    for dimension, rules in _OF_MEMBERS.items():
        if len(shop.members.get(dimension, ())) > 1:
            wanted += [(AlertRule(dimension=dimension, **rule), "warning") for rule in rules]
    return [(rule, severity) for rule, severity in wanted if rule_problem(rule, shop) is None]


_OF_THE_SHOP = (
    ({"metric": "revenue", "direction": "down", "least_share": 0.1}, "critical"),
    ({"metric": "orders", "direction": "both", "false_alarms_a_year": 2.0, "least_share": 0.1}, "critical"),
    ({"metric": "average_order_value", "direction": "both", "least_share": 0.05}, "warning"),
    ({"metric": "satisfaction", "direction": "down", "least_share": 0.03}, "warning"),
    ({"metric": "delivery_days", "direction": "up", "least_share": 0.1}, "warning"),
    ({"metric": "refund_rate", "direction": "up", "window_days": 28, "least_share": 0.2}, "warning"),
)
_SHARE = {"metric": "orders", "relative": True, "false_alarms_a_year": 0.5, "least_share": 0.1}
_A_DAY = _SHARE | {"least_orders": 5.0}
_FOUR_WEEKS = _SHARE | {"window_days": 28, "least_orders": 20.0}
_SLOW = {"metric": "delivery_days", "direction": "up", "false_alarms_a_year": 0.5, "least_share": 0.1}
_OF_MEMBERS = {
    "channel": (_A_DAY, _FOUR_WEEKS),
    "payment_method": (_A_DAY,),
    "region": (_FOUR_WEEKS, _SLOW | {"window_days": 7}),
    "category": (_FOUR_WEEKS,),
    "segment": (_FOUR_WEEKS,),
}


def first_judged_sentence(shop: Shop, learning_days: int) -> str:
    """From when on rules can speak for this shop."""
    known = (shop.today - shop.first_day).days + 1
    if known <= learning_days:
        return (
            f"Rules of the unusual kind need {learning_days} days to learn what is usual; there are {known} so far, to "
            f"{day_label(shop.today)}."
        )
    return f"What is usual is learnt from the first {learning_days} days; judged is every complete day after them."
