"""What the figures of a plan are called, in which unit they are, and between which values one can be meant."""

from dataclasses import dataclass

KINDS = {"retention": "Retention", "price": "Price", "channel": "Channel", "delivery": "Delivery", "own": "Own"}
"""Kinds of scenario, with their names on screen."""
MOST_MONEY, MOST_COUNT = 1e12, 1e9


@dataclass(frozen=True)
class Input:
    """A figure of a plan: ``unit`` is money, count, share, days or factor, ``meaning`` what it stands for.

    It lies from ``least`` to ``most``; beyond these it cannot be meant, and no draw goes there.
    """

    label: str
    unit: str
    least: float
    most: float
    meaning: str


def _money(label: str, meaning: str, least: float = 0.0) -> Input:
    return Input(label, "money", least, MOST_MONEY, meaning)


KNOWN_INPUTS = {
    "customers": Input("Customers contacted", "count", 0, MOST_COUNT, "All of them once, at the beginning."),
    "contact_cost": _money("Cost of a contact", "Paid for each customer contacted, at the beginning."),
    "kept": Input("Share kept", "share", 0, 1, "Share of those contacted who are kept and would have been lost else."),
    "value_each": _money(
        "Margin of a kept customer", "What one brings over all months of the plan, in equal parts a month.", -MOST_MONEY
    ),
    "revenue_a_month": _money("Revenue a month", "Of what is priced anew, at today's prices."),
    "price_change": Input("Change of prices", "share", -0.9, 2, "5 % is dearer by a twentieth."),
    "elasticity": Input("Price elasticity", "factor", -50, 10, "By how many per cent units change for 1 % of price."),
    "margin": Input("Margin now", "share", -1e4, 1, "Contribution margin as a share of revenue, before the change."),
    "spend_a_month": _money("Spend a month, more than now", "Below 0: less than now.", -MOST_MONEY),
    "margin_per_spend": Input(
        "Margin for each unit spent", "factor", -1e4, 1e4, "Margin that would not have come without the spend."
    ),
    "orders_a_month": Input("Orders a month", "count", 0, MOST_COUNT, "Of those that are delivered otherwise."),
    "cost_per_order": _money("Cost of an order, more than now", "Below 0: cheaper than now.", -MOST_MONEY),
    "days_saved": Input("Days saved", "days", -365, 365, "Below 0: slower than now."),
    "lift_per_day": Input("Margin gained for a day", "share", -1, 1, "Share of margin gained for each day saved."),
    "margin_per_order": _money("Margin of an order", "Contribution margin, now.", -MOST_MONEY),
    "affected_a_month": Input("Affected a month", "count", 0, MOST_COUNT, "Customers or orders that the plan reaches."),
    "lift": Input("Lift", "share", -1, 1, "Share of those affected who do it and would not have else."),
    "margin_each": _money("Margin of each", "Contribution margin that each of these brings.", -MOST_MONEY),
    "cost_each": _money("Cost of each affected", "Paid for each that the plan reaches, whatever it does."),
    "investment": _money("Investment", "Paid at the beginning, whatever comes."),
    "monthly_cost": _money("Cost a month", "Paid each month, whatever comes.", -MOST_MONEY),
}
"""By the names that ``scenario.INPUTS`` has for each kind."""

LEVERS = {
    "retention": "kept",
    "price": "elasticity",
    "channel": "margin_per_spend",
    "delivery": "lift_per_day",
    "own": "lift",
}
"""The input of each kind that says what the plan does to people: what it must at least be is told."""
