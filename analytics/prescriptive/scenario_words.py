"""The figures of plans as they are read."""

import math

from analytics import formats
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS

MOST_RATE = 10.0
"""A rate of return beyond which its size says nothing more."""


def figure_text(name: str, value: float, currency: str) -> str:
    """An input in its unit.

    >>> figure_text("kept", 0.08, "INR"), figure_text("days_saved", -1.5, "INR"), figure_text("investment", 2500, "GBP")
    ('8 %', '−1.5 days', '£ 2,500')
    >>> figure_text("elasticity", -2.62, ""), figure_text("customers", 12_000, ""), figure_text("kept", 0.0123, "")
    ('−2.62', '12.0 k', '1.23 %')
    """
    unit = KNOWN_INPUTS[name].unit
    if formats.is_missing(value):
        return formats.MISSING
    if unit == "money":
        return formats.money(value, currency)
    if unit == "share":
        return formats.percent(value, _decimals(value * 100, 2))
    if unit == "days":
        return _number(value, 2) + (" day" if abs(value) == 1 else " days")
    return formats.compact(value) if unit == "count" else _number(value, 2)


def phrase(name: str) -> str:
    """An input inside a sentence.

    >>> phrase("lift_per_day"), phrase("customers")
    ('margin gained for a day', 'customers contacted')
    """
    label = KNOWN_INPUTS[name].label
    return f"{label[0].lower()}{label[1:]}"


def months_text(months: int) -> str:
    """``1 month``, ``12 months``."""
    return "1 month" if months == 1 else f"{months} months"


def payback_text(month: float) -> str:
    """When the money is back, in few signs.

    >>> payback_text(0.0), payback_text(5.0), payback_text(math.nan)
    ('at once', 'month 5', 'not back')
    """
    if formats.is_missing(month):
        return "not back"
    return "at once" if month == 0 else f"month {month:.0f}"


def rate_text(rate: float) -> str:
    """A return, cut where its size says nothing more.

    >>> rate_text(0.254), rate_text(1e9), rate_text(math.nan)
    ('25.4 %', 'over 1,000 %', '–')
    """
    if formats.is_missing(rate):
        return formats.MISSING
    return f"over {MOST_RATE:,.0%}".replace("%", " %") if rate > MOST_RATE else formats.percent(rate)


def _number(value: float, most: int) -> str:
    return f"{value:,.{_decimals(value, most)}f}".replace("-", formats.MINUS)


def _decimals(value: float, most: int) -> int:
    """As few as tell the value, at most so many."""
    return next((places for places in range(most) if math.isclose(value, round(value, places), abs_tol=1e-9)), most)
