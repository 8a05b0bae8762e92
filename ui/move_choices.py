"""The choices of the page of revenue moves, each bound to the URL."""

from collections.abc import Sequence

import streamlit as st

from analytics.prescriptive.cross_sell import BROUGHT, OfferDefaults
from analytics.prescriptive.pairs import PAIRED, WITHIN
from analytics.prescriptive.price_days import PRICED
from analytics.shop import Shop
from ui.bound import one_of_few, one_of_many
from ui.budget_choices import known_budget_choices

MOVES = ("Pricing", "Channel budget", "Cross-sell")
"""The parts of the page, as its address names them."""


def known_move_choices() -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    own = {
        "move": list(MOVES),
        "priced": list(PRICED.values()),
        "paired": list(PAIRED.values()),
        "within": list(WITHIN.values()),
    }
    return own | known_budget_choices()


def choose_move() -> str:
    """Which part of the page is shown; only that one is worked out."""
    return one_of_few("Move", list(MOVES), "move")


def choose_priced() -> str:
    """Whether prices of categories or of single products are looked at."""
    return one_of_few("Prices of", list(PRICED), "priced", PRICED.get)


def choose_group(groups: Sequence[str]) -> str:
    """The category or product that is looked at closely; the first until another is chosen."""
    return one_of_many("Look at", list(groups), "group", width=260)


def choose_pairs() -> tuple[str, int]:
    """What pairs are of, and whether they are of one order or of one after the other, within how many days."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        by = one_of_few("Pairs of", list(PAIRED), "paired", PAIRED.get)
        days = one_of_few("Bought", list(WITHIN), "within", WITHIN.get)
    return by, days


def choose_offer_terms(defaults: OfferDefaults, shop: Shop) -> tuple[float, float]:
    """How much of what goes together an offer brings about (0–1), and what a contact costs."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        brought = st.slider(
            "An offer brings about (%)",
            1,
            100,
            round(BROUGHT * 100),
            key="brought",
            bind="query-params",
            width=230,
            help="Of what buyers are likelier to buy than others alike. An assumption: only a comparison with "
            "customers left alone by lot tells.",
        )
        cost = st.slider(
            f"Cost of a contact ({shop.currency})", 0.0, defaults.most_cost, defaults.cost, defaults.step,
            key="contact_cost", bind="query-params", width=230,
        )  # fmt: skip
    return brought / 100, cost
