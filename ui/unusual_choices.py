"""The choices of the Anomalies page, each bound to the URL."""

import streamlit as st

from analytics.diagnostic.unusual_days import ALONG, WATCHED, WHOLE, UnusualDays
from analytics.diagnostic.unusual_view import WHERE
from analytics.metrics import METRICS
from analytics.shop import Shop

TOGETHER = {"days": "Days", "orders": "Orders"}


def known_unusual_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the Anomalies page, by parameter."""
    places = [WHOLE, *(member for dimension in ALONG for member in shop.members.get(dimension, ()))]
    return {
        "unusual": list(WHERE.values()),
        "course": [f"{METRICS[key].name} · {place}" for key in WATCHED for place in places],
        "together": list(TOGETHER.values()),
    }


def choose_where() -> str:
    """Whether days of the shop as a whole are listed, those of its members, or both."""
    chosen = st.segmented_control(
        "Where",
        list(WHERE),
        default="all",
        format_func=WHERE.get,
        key="unusual",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return chosen or "all"


def choose_course(found: UnusualDays, first: str | None) -> str:
    """The series whose days are drawn; that of the farthest unusual day is offered ``first``."""
    names = [series.name for series in found.series]
    chosen = st.selectbox(
        "Series",
        names,
        index=names.index(first) if first in names else 0,
        key="course",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or names[0]


def choose_together() -> str:
    """Whether days or orders are correlated; only the chosen one is computed."""
    chosen = st.segmented_control(
        "Of",
        list(TOGETHER),
        default="days",
        format_func=TOGETHER.get,
        key="together",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return chosen or "days"
