"""The best advice of a part of the page of revenue moves, as cards."""

from collections.abc import Sequence

import streamlit as st

from analytics.filters import Filters
from analytics.prescriptive.advice import Advice
from ui.addresses import PAGES_FOLDER
from ui.advice import advice_card

MOST_CARDS = 2
"""Shown as cards of their own; the tables have all."""


def advice_cards(advice: Sequence[Advice], filters: Filters) -> None:
    """The first of them; nothing where there is none."""
    for one in advice[:MOST_CARDS]:
        advice_card(one, filters)


def lead_to_settings(label: str) -> None:
    """Where what is assumed can be stated."""
    st.page_link(PAGES_FOLDER / "workspace/settings.py", label=label, icon=":material/settings:")
