"""The choices of the panel about the marketing budget, each bound to the URL."""

import math

import streamlit as st

from analytics.formats import currency_symbol, money
from analytics.shop import Shop
from ui.bound import one_of_few

WAYS = {True: "Spend all", False: "Only what pays"}
"""Whether all of a budget is to be spent, with the names on screen and in the URL."""
MOST = 1e12


def known_budget_choices() -> dict[str, list[str]]:
    """What the address can ask of the panel, by parameter, beside an amount."""
    return {"spend": list(WAYS.values())}


KNOWN_NUMBERS = {"budget": (0.0, MOST)}
"""Between which values the address can ask for a number of the page, by parameter."""


def choose_budget(present_total: float, shop: Shop) -> tuple[float | None, bool]:
    """The budget a month, None for as much as at present, and whether all of it is to be spent."""
    step = 10.0 ** math.floor(math.log10(max(present_total, 10.0) / 5))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        total = st.number_input(
            f"Budget a month ({currency_symbol(shop.currency)})",
            min_value=0.0,
            max_value=MOST,
            value=None,
            step=step,
            format="%.0f",
            key="budget",
            bind="query-params",
            placeholder=f"as at present, {money(present_total, shop.currency)}",
            width=260,
            help="Empty: as much as at present, the mean of the last 13 weeks.",
        )
        spend_all = one_of_few("Of the budget", list(WAYS), "spend", WAYS.get, True)
    return total, spend_all
