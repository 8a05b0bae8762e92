"""The choices of the Root cause page, each bound to the URL."""

import streamlit as st

from analytics.diagnostic.baseline import AGAINST
from ui.addresses import FIRST_AGAINST


def known_cause_choices() -> dict[str, list[str]]:
    """What the address can ask of the Root cause page, by parameter."""
    return {"against": list(AGAINST.values())}


def choose_against() -> str:
    """What the period is held against."""
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
    return chosen or FIRST_AGAINST
