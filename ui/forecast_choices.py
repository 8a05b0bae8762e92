"""The choices of the page about what comes next, each bound to the URL."""

from inspect import signature

import streamlit as st

from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.predictive.forecast import HORIZONS, SPLIT_BY, forecast_fit
from analytics.predictive.forecast_view import GRANULARITIES
from analytics.predictive.history import FORECAST
from analytics.shop import DIMENSIONS, Shop
from ui.bound import one_of_few

_OWN = signature(forecast_fit).parameters
FIRST_METRIC, FIRST_HORIZON = _OWN["metric"].default, _OWN["horizon_days"].default
DAYS = {days: f"{days} days" for days in HORIZONS}
TRUST = {
    "errors": "Error and chance",
    "methods": "Methods",
    "month_ago": "A month ago",
    "split": "ARIMA on four fifths",
}
"""Name in the code → name on screen and in the URL."""


def known_forecast_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    return {
        "forecast": [METRICS[key].name for key in FORECAST],
        "next": list(DAYS.values()),
        "step": [unit.capitalize() for unit in GRANULARITIES],
        "shared": [DIMENSIONS[dimension] for dimension in _splits(shop)],
        "trust": list(TRUST.values()),
    }


def choose_forecast() -> dict[str, str | int]:
    """What is forecast and how far, as the model's settings: what it takes by itself is none."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = one_of_few("Forecast of", list(FORECAST), "forecast", lambda k: METRICS[k].name, FIRST_METRIC)
        days = one_of_few("Days ahead", list(HORIZONS), "next", DAYS.get, FIRST_HORIZON)
    settings = {} if key == FIRST_METRIC else {"metric": key}
    return settings | ({} if days == FIRST_HORIZON else {"horizon_days": days})


def choose_step() -> str:
    """Whether days, weeks or months are drawn."""
    return one_of_few("Drawn by", list(GRANULARITIES), "step", str.capitalize)


def choose_shared(shop: Shop, filters: Filters) -> str:
    """The dimension whose members the forecast is shared out to; none of which a single member is in view."""
    offered = [dimension for dimension in _splits(shop) if len(filters.members.get(dimension, ())) != 1]
    if len(offered) < 2:
        return offered[0] if offered else SPLIT_BY[0]
    return one_of_few("Shared out by", offered, "shared", DIMENSIONS.get)


def choose_trust() -> str:
    """What of the forecast's worth is looked at: only that is drawn."""
    return one_of_few("How far to trust it", list(TRUST), "trust", TRUST.get)


def _splits(shop: Shop) -> list[str]:
    return [dimension for dimension in SPLIT_BY if dimension in shop.members]
