"""The choices of the page that compares groups, each bound to the URL."""

from datetime import date, timedelta

import streamlit as st

from analytics.diagnostic.group_comparison import TESTS
from analytics.filters import Filters
from analytics.metrics import METRICS, Metric
from analytics.periods import Period, previous_period
from analytics.shop import DIMENSIONS, Shop
from ui.addresses import first_dimension

FACES = {"members": "Two groups", "periods": "Two periods", "each": "Each against all others"}
"""What is compared: name in the code → name on screen and in the URL."""
FIRST_KEY = "average_order_value"
"""A mean, which says more of two groups than which is larger."""


def known_group_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    members = [member for members in shop.members.values() for member in members]
    days = [(shop.first_day + timedelta(n)).isoformat() for n in range(shop.days.days)]
    return {
        "versus": list(FACES.values()),
        "test": list(TESTS.values()),
        "of": [m.name for m in shop.metrics()],
        "groups": list(shop.dimensions().values()),
        "a": members,
        "b": members,
        "days_b": days,
    }


def choose_face() -> str:
    """Groups of members, two periods, or each member against all others."""
    chosen = st.segmented_control(
        "Compare",
        list(FACES),
        default="members",
        format_func=FACES.get,
        key="versus",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return chosen or "members"


def choose_compared(shop: Shop) -> str:
    """The metric that is compared."""
    keys = [m.key for m in shop.metrics()]
    default = FIRST_KEY if FIRST_KEY in keys else keys[0]
    chosen = st.selectbox(
        "Metric",
        keys,
        index=keys.index(default),
        format_func=lambda key: METRICS[key].name,
        key="of",
        bind="query-params",
        width=190,
    )
    return chosen or default


def choose_grouping(shop: Shop) -> str:
    """The dimension whose members make the groups."""
    offered, default = shop.dimensions(), first_dimension(shop)
    if not offered:
        return default
    return st.selectbox(
        "Groups by",
        list(offered),
        index=list(offered).index(default),
        format_func=offered.get,
        key="groups",
        bind="query-params",
        on_change=_forget_members,
        width=150,
    )


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
    chosen = st.segmented_control(
        "Compared by",
        list(TESTS),
        default="auto",
        format_func=TESTS.get,
        key="test",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return chosen or "auto"


def _period(days: tuple[date, ...], default: Period) -> Period:
    """A half-picked range changes nothing yet, but for a fresh address, which names equal ends once."""
    if len(days) == 2:
        return Period(*sorted(days))
    return Period(days[0], days[0]) if len(days) == 1 else default


def _forget_members() -> None:
    """Another dimension has other members."""
    for key in ("a", "b"):
        st.session_state[key] = []
