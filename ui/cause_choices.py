"""The choices of the Root cause page, each bound to the URL."""

import streamlit as st

from analytics.diagnostic.baseline import AGAINST
from analytics.filters import Filters

DEFAULT_AGAINST = "previous"


def known_cause_choices() -> dict[str, list[str]]:
    """What the address can ask of the Root cause page, by parameter."""
    return {"against": list(AGAINST.values())}


def choose_against(filters: Filters) -> str:
    """What the period is held against."""
    default = "last_year" if filters.compare == "last_year" else DEFAULT_AGAINST
    chosen = st.segmented_control(
        "Held against",
        list(AGAINST),
        default=default,
        format_func=AGAINST.get,
        key="against",
        bind="query-params",
        required=True,
        help="Usual weeks: the mean of the same weekdays of up to four periods of this length before.",
    )
    return chosen or default
