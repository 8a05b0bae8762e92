"""The choices of the page about resources, each bound to the URL; figures begin with what the shop assumes."""

from dataclasses import replace

import streamlit as st

from analytics.prescriptive.assumptions import Staff, Stock
from analytics.prescriptive.staff_demand import WEEKDAYS
from ui.bound import one_of_few, one_of_many

STOCK, DELIVERY, STAFFING = "Stock", "Delivery", "Staffing"
RESOURCES = (STOCK, DELIVERY, STAFFING)
SPLITS = {False: "Split regions", True: "One carrier each"}
MEASURES = {"units": "Units", "orders": "Orders"}


def known_resource_choices() -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    return {
        "resource": list(RESOURCES),
        "regions_go": list(SPLITS.values()),
        "demand_in": list(MEASURES.values()),
        "hours_of": list(WEEKDAYS),
    }


KNOWN_NUMBERS = {
    "level": (50.0, 99.99), "lead": (0, 365), "ordered_every": (1, 365), "holding": (0.0, 1000.0), "lost": (0.0, 100.0),
    "most_days": (0.0, 365.0), "minutes": (0.1, 1440.0), "shift": (0.5, 24.0), "workdays": (1, 7),
    "on_the_day": (50.0, 99.99), "most_people": (0, 100_000),
}  # fmt: skip
"""Between which values the address can ask for a number of the page, by parameter."""


def choose_resource() -> str:
    """Which resource is planned: only that is computed."""
    return one_of_few("Plan", RESOURCES, "resource")


def choose_stock(assumed: Stock) -> Stock:
    """How goods come in and how much of what is missing is lost, tried out in this view alone."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        level = _number("Service level (%)", 100 * assumed.service_level, "level", 0.5)
        lead = _number("Lead time (days)", assumed.lead_days, "lead", 1)
        review = _number("Ordered every (days)", assumed.review_days, "ordered_every", 1)
        holding = _number("Holding, a year (%)", 100 * assumed.holding_cost, "holding", 1.0)
        lost = _number(
            "Lost if missing (%)", 100 * assumed.lost_if_missing, "lost", 5.0,
            "Of what is asked for and not there: the rest is bought later. Nothing in orders tells, so it is assumed.",
        )  # fmt: skip
    return replace(
        assumed, service_level=level / 100, lead_days=int(lead), review_days=int(review), holding_cost=holding / 100,
        lost_if_missing=lost / 100,
    )  # fmt: skip


def choose_demand_in() -> str:
    """Whether demand is told in units or in orders."""
    return one_of_few("Demand in", list(MEASURES), "demand_in", MEASURES.get)


def choose_delivery(quickest: float, slowest: float) -> tuple[bool, float | None]:
    """Whether regions go whole, and how many days delivery may take in the mean (None: as many as pay)."""
    least, longest = KNOWN_NUMBERS["most_days"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        whole = one_of_few("Regions", list(SPLITS), "regions_go", SPLITS.get, False)
        most = st.number_input(
            "At most, in the mean (days)", min_value=least, max_value=longest, value=None, step=0.1, key="most_days",
            bind="query-params", placeholder="any", format="%.2f", width=210,
            help=f"Carriers can do from {quickest:.2f} to {slowest:.2f}. Empty: as many as a day is worth its cost.",
        )  # fmt: skip
    return whole, None if most is None else float(most)


def choose_staff(assumed: Staff) -> Staff:
    """How orders are handled, tried out in this view alone."""
    fewest, largest = KNOWN_NUMBERS["most_people"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        minutes = _number("Minutes an order", assumed.minutes, "minutes", 0.5)
        hours = _number("Hours a shift", assumed.hours, "shift", 0.5)
        days = _number("Days a week", assumed.days_a_week, "workdays", 1)
        level = _number("Service level (%)", 100 * assumed.service_level, "on_the_day", 0.5)
        most = st.number_input(
            "At most (people)", min_value=fewest, max_value=largest, value=assumed.most, step=1, key="most_people",
            bind="query-params", placeholder="any", width=150,
        )  # fmt: skip
    return replace(
        assumed, minutes=minutes, hours=hours, days_a_week=int(days), service_level=level / 100,
        most=None if most is None else int(most),
    )  # fmt: skip


def choose_hours_of(weekdays: list[str]) -> str:
    """The weekday whose hours are drawn."""
    wanted = st.session_state.get("hours_of")
    if wanted is not None and wanted not in weekdays:
        st.session_state["hours_of"] = weekdays[0]
    return one_of_many("Hours of", weekdays, "hours_of", width=150)


def _number(label: str, value: float, key: str, step: float, help_text: str | None = None) -> float:
    least, most = KNOWN_NUMBERS[key]
    kind = int if isinstance(step, int) else float
    first = kind(min(max(value, least), most)) if kind is int else round(float(min(max(value, least), most)), 4)
    given = st.number_input(
        label, min_value=kind(least), max_value=kind(most), value=first, step=kind(step), key=key, bind="query-params",
        help=help_text, width=150, format="%d" if kind is int else "%g",
    )  # fmt: skip
    return first if given is None else given
