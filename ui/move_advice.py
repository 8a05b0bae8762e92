"""The best advice of a part of the page of revenue moves, side by side."""

from collections.abc import Sequence

import streamlit as st

from analytics.filters import Filters
from analytics.prescriptive.advice import Advice
from ui.advice import advice_card

MOST_CARDS = 2
"""Shown as cards of their own; the tables have all."""


def advice_cards(advice: Sequence[Advice], filters: Filters) -> None:
    """The first of them; nothing where there is none."""
    shown = list(advice)[:MOST_CARDS]
    for column, one in zip(st.columns(len(shown)) if shown else [], shown, strict=True):
        with column:
            advice_card(one, filters)
