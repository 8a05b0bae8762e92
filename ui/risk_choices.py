"""The choices of the page about who will not come back, each bound to the URL."""

from inspect import signature

import streamlit as st

from analytics.predictive.churn import TIERS, churn_fit
from analytics.predictive.churn_features import HORIZONS
from analytics.predictive.churn_list import ALL_TIERS, LONGEST_SEARCH
from analytics.predictive.churn_offer import FIRST_KEPT, OfferDefaults
from analytics.predictive.churn_people import WHOM
from analytics.shop import Shop
from ui.bound import one_of_few, search_box

FIRST_HORIZON = signature(churn_fit).parameters["horizon_days"].default
AHEAD = {horizon: f"{horizon} days" for horizon in HORIZONS}
RECENCY = {True: "With recency", False: "Without"}
OFFERED_TIERS = (ALL_TIERS, *TIERS)
MOST_KEPT = 50
"""Per cent of leavers that an offer keeps at the very most."""


def known_risk_choices() -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    return {
        "ahead": list(AHEAD.values()),
        "recency": list(RECENCY.values()),
        "whom": list(WHOM.values()),
        "tier": list(OFFERED_TIERS),
    }


def choose_model_and_whom() -> tuple[dict[str, int | bool], str]:
    """The settings, days ahead that decide and whether silence is a feature; and whose chances are looked at."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        horizon = one_of_few("Not back within", list(HORIZONS), "ahead", AHEAD.get, FIRST_HORIZON)
        with_recency = one_of_few("Recency as a feature", list(RECENCY), "recency", RECENCY.get, True)
        whom = one_of_few("Customers", list(WHOM), "whom", WHOM.get)
    return {"horizon_days": horizon, "with_recency": with_recency}, whom


def choose_tier_and_search() -> tuple[str, str]:
    """The risk tier of the list, and what is searched for in it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        tier = one_of_few("Risk", list(OFFERED_TIERS), "tier")
        search = search_box(LONGEST_SEARCH)
    return tier, search


def choose_offer(defaults: OfferDefaults, shop: Shop) -> tuple[float, float, float]:
    """What a contact costs, what a kept customer is worth, and how many of the leavers contacted are kept (0–1)."""
    amounts = (
        ("Cost of a contact", "contact", defaults.cost, defaults.most_cost, defaults.cost_step),
        ("Worth of a kept customer", "worth", defaults.value, defaults.most_value, defaults.value_step),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        cost, value = (
            st.slider(f"{label} ({shop.currency})", 0.0, most, first, step, key=key, bind="query-params", width=230)
            for label, key, first, most, step in amounts
        )
        kept = st.slider(
            "Leavers kept by it (%)",
            1,
            MOST_KEPT,
            round(FIRST_KEPT * 100),
            key="kept",
            bind="query-params",
            width=230,
            help="An assumption: only a comparison with customers left alone by lot tells how many an offer keeps.",
        )
    return cost, value, kept / 100
