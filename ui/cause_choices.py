"""The choices of the Root cause page, each bound to the URL."""

import streamlit as st

from analytics.diagnostic.baseline import AGAINST
from analytics.filters import Filters
from analytics.metrics import Metric
from analytics.shop import Shop
from ui.addresses import FIRST_AGAINST


def known_cause_choices() -> dict[str, list[str]]:
    """What the address can ask of the Root cause page, by parameter."""
    return {"against": list(AGAINST.values())}


def choose_against(filters: Filters, shop: Shop) -> str:
    """What the period is held against, as ``baseline`` takes it."""
    chosen = st.segmented_control(
        "Held against",
        list(AGAINST),
        default=FIRST_AGAINST,
        format_func=AGAINST.get,
        key="against",
        bind="query-params",
        required=True,
        help="Usual weeks: the mean of the same weekdays of up to four periods of this length before.",
    )
    if chosen != "days":
        return chosen or FIRST_AGAINST
    day = st.date_input(
        "From",
        value=max(shop.first_day, filters.period.shifted(-filters.period.days).start),
        min_value=shop.first_day,
        max_value=shop.last_day,
        key="against_from",
        bind="query-params",
        format="DD/MM/YYYY",
        help=f"The first of {filters.period.days} days.",
        width=150,
    )
    return day.isoformat() if day else FIRST_AGAINST


def asked_against(measured: Metric, against: str) -> dict[str, str]:
    """How the page's address says what is asked: the metric, and what it is held against."""
    if against in AGAINST:
        return {"metric": measured.name, "against": AGAINST[against]}
    return {"metric": measured.name, "against": AGAINST["days"], "against_from": against}
