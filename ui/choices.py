"""The choices that cards share, each bound to the URL."""

import streamlit as st

from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import GRANULARITIES, fitting_granularity
from analytics.shop import Shop
from ui.customer_choices import known_customer_choices

DISTRIBUTIONS = {"Scores": "satisfaction_score", "Delivery": "delivery_days", "Payment": "payment_method"}
"""What can be shown, and the column it needs."""
AUTO = "auto"


def known_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the cards, by parameter."""
    return {
        "metric": [m.name for m in shop.metrics()],
        "by": [g.capitalize() for g in (AUTO, *GRANULARITIES)],
        "per": list(shop.dimensions().values()),
        "spread": _distributions(shop),
    } | known_customer_choices(shop)


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


def crossed_dimensions(shop: Shop) -> tuple[str, str]:
    """The two dimensions of the table: region × segment, or what this shop has instead."""
    offered = ["region", "segment", *shop.dimensions()]
    first, second, *_ = dict.fromkeys(d for d in offered if d in shop.members) | dict.fromkeys(("region", "segment"))
    return first, second


def against(reference: str | None) -> str:
    """What a change is held against, in words."""
    return {"previous": "against the period before", "last_year": "against last year"}.get(reference, "not compared")


def choose_distribution(shop: Shop) -> str:
    """Which distribution the last card shows; only the chosen one is computed and drawn."""
    offered = _distributions(shop)
    if not offered:
        return next(iter(DISTRIBUTIONS))
    chosen = st.segmented_control(
        "Distribution of",
        offered,
        default=offered[0],
        key="spread",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return chosen or offered[0]


def _distributions(shop: Shop) -> list[str]:
    return [name for name, column in DISTRIBUTIONS.items() if column in shop.has or column in shop.members]
