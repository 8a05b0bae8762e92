"""The choices of the page that compares groups, each bound to the URL."""

from datetime import date

import streamlit as st

from analytics.diagnostic.group_comparison import TESTS
from analytics.filters import Filters
from analytics.metrics import Metric
from analytics.periods import Period, previous_period
from analytics.shop import DIMENSIONS, Shop
from ui.addresses import first_dimension
from ui.bound import one_of_few, one_of_many

FACES = {"members": "Two groups", "periods": "Two periods", "each": "Each against all others"}
"""What is compared: name in the code → name on screen and in the URL."""
FIRST_KEY = "average_order_value"
"""A mean, which says more of two groups than which is larger."""


def known_group_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    members = [member for members in shop.members.values() for member in members]
    return {
        "versus": list(FACES.values()),
        "test": list(TESTS.values()),
        "of": [m.name for m in shop.metrics()],
        "groups": list(shop.dimensions().values()),
        "a": members,
        "b": members,
    }


def choose_face() -> str:
    """Groups of members, two periods, or each member against all others."""
    return one_of_few("Compare", list(FACES), "versus", FACES.get)


def choose_compared(shop: Shop) -> str:
    """The metric that is compared."""
    named = {m.key: m.name for m in shop.metrics()}
    default = FIRST_KEY if FIRST_KEY in named else None
    return one_of_many("Metric", list(named), "of", named.get, default=default, labelled=True, width=190)


def choose_grouping(shop: Shop) -> str:
    """The dimension whose members make the groups."""
    offered, default = shop.dimensions(), first_dimension(shop)
    if not offered:
        return default
    asked = {"default": default, "labelled": True, "width": 150, "on_change": _forget_members}
    return one_of_many("Groups by", list(offered), "groups", offered.get, **asked)


def choose_members(shop: Shop, filters: Filters, dimension: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The members of both groups: the largest against all others until others are chosen."""
    offered = list(shop.members.get(dimension, ()))
    name = DIMENSIONS[dimension].lower()
    first = st.multiselect(
        "First group", offered, key="a", bind="query-params", placeholder=f"Largest {name}", width=265
    )
    second = st.multiselect("Second group", offered, key="b", bind="query-params", placeholder="All others", width=265)
    left = filters.members.get(dimension, ())
    largest = next((member for member in offered if member not in second and (not left or member in left)), None)
    return tuple(first) or ((largest,) if largest else ()), tuple(second)


def choose_other_period(shop: Shop, filters: Filters) -> Period:
    """The period that the filters' own is compared with: the one before it until another is chosen."""
    before = previous_period(filters.period)
    fits = shop.days.contains(before)
    start = before.start if fits else shop.first_day
    end = before.end if fits else shop.first_day
    days = st.date_input(
        "Second period",
        value=(start, end),
        min_value=shop.first_day,
        max_value=shop.last_day,
        key="days_b",
        bind="query-params",
        format="DD/MM/YYYY",
        width=280,
    )
    return _period(days, Period(start, end))


def choose_test(measured: Metric) -> str:
    """How groups are compared: the data choose unless somebody does; of totals and shares there is one way."""
    if measured.denominator is None or measured.unit == "share":
        return "auto"
    return one_of_few("Compared by", list(TESTS), "test", TESTS.get)


def _period(days: tuple[date, ...], default: Period) -> Period:
    """A half-picked range changes nothing yet, but for a fresh address, which names equal ends once."""
    if len(days) == 2:
        return Period(*sorted(days))
    return Period(days[0], days[0]) if len(days) == 1 else default


def _forget_members() -> None:
    """Another dimension has other members."""
    for key in ("a", "b"):
        st.session_state[key] = []
