"""The choices that cards share, each bound to the URL."""

import streamlit as st

from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import GRANULARITIES, fitting_granularity
from analytics.shop import Shop

DISTRIBUTIONS = ("Scores", "Delivery", "Payment")
AUTO = "auto"


def choose_metric(shop: Shop) -> str:
    """The metric that all charts of the page show."""
    keys = [m.key for m in shop.metrics()]
    chosen = st.pills(
        "Show", keys, default="revenue", format_func=lambda k: METRICS[k].name, key="metric", bind="query-params",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    return chosen or "revenue"


def choose_granularity(filters: Filters) -> str:
    """Day, week, month or quarter; by itself the finest that stays readable over the period."""
    chosen = st.segmented_control(
        "Granularity",
        [AUTO, *GRANULARITIES],
        default=AUTO,
        format_func=str.capitalize,
        key="by",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return fitting_granularity(filters.period) if chosen in (None, AUTO) else chosen


def choose_dimension(shop: Shop) -> str:
    """The dimension to break down by."""
    offered = shop.dimensions()
    default = "channel" if "channel" in offered else next(iter(offered), "region")
    if not offered:
        return default
    return st.selectbox(
        "Break down by",
        list(offered),
        index=list(offered).index(default),
        format_func=offered.get,
        key="per",
        bind="query-params",
        label_visibility="collapsed",
    )


def choose_distribution() -> str:
    """Which distribution the last card shows; only the chosen one is computed and drawn."""
    chosen = st.segmented_control(
        "Distribution of",
        DISTRIBUTIONS,
        default=DISTRIBUTIONS[0],
        key="spread",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return chosen or DISTRIBUTIONS[0]
