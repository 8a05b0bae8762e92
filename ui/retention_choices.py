"""The choices of the page about whom to contact, each bound to the URL: limits of the plan, and what is looked at."""

import streamlit as st

from analytics.predictive.churn import TIERS
from analytics.prescriptive.campaigns import SOON_DAYS, MeasuredOffer, Measurements
from analytics.prescriptive.retention_list import (
    ALL_OFFERS,
    ALL_TIERS,
    LONGEST_CAMPAIGN,
    LONGEST_SEARCH,
    first_campaign,
)
from analytics.prescriptive.retention_offers import CataloguedOffer
from analytics.shop import Shop
from ui.bound import one_of_few, one_of_many, search_box

BY_POWER = "What shows the lift"
HELD = {BY_POWER: None, "Nobody": 0.0, "5 %": 0.05, "10 %": 0.1, "20 %": 0.2, "50 %": 0.5}
"""Share left alone: name on screen and in the URL → of the list; None is worked out."""
COUNTED = {14: "2 weeks", 28: "4 weeks", SOON_DAYS: "6 weeks", 90: "90 days"}
"""Days after a contact: name on screen and in the URL."""
OFFERED_TIERS = (ALL_TIERS, *TIERS)


def known_retention_choices() -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    return {"alone": list(HELD), "tier": list(OFFERED_TIERS), "counted": list(COUNTED.values())}


def choose_counted() -> int:
    """How many days after the contact more orders are looked for in an experiment."""
    return one_of_many(
        "Effect counted over", list(COUNTED), "counted", COUNTED.get, default=SOON_DAYS, labelled=True, width=165
    )


KNOWN_NUMBERS = {"to_spend": (0.0, None), "contacts": (0, None)}
"""Between which values the address can ask for a number of the page, by parameter."""


def choose_limits(shop: Shop) -> dict[str, object]:
    """What the plan must keep within: budget, contacts, and who is left alone."""
    budget = st.number_input(
        f"Budget ({shop.currency})",
        min_value=0.0,
        value=None,
        placeholder="as much as pays",
        format="%.0f",
        key="to_spend",
        bind="query-params",
        width=205,
        help="For contacts and discounts together.",
    )
    capacity = st.number_input(
        "Contacts",
        min_value=0,
        value=None,
        step=1,
        placeholder="as many as pay",
        key="contacts",
        bind="query-params",
        width=195,
        help="How many customers can be contacted at most.",
    )
    held = one_of_many("Left alone by lot", list(HELD), "alone", labelled=True, width=180)
    return {"budget": budget, "capacity": None if capacity is None else int(capacity), "held": HELD[held]}


def choose_left_out(offers: tuple[CataloguedOffer, ...]) -> tuple[str, ...]:
    """Names of the offers that the plan is not to use."""
    names = [one.offer.name for one in offers]
    left_out = st.multiselect("Leave out", names, key="without", bind="query-params", placeholder="No offer", width=220)
    return tuple(name for name in names if name in left_out)


def choose_listed(offers: tuple[CataloguedOffer, ...], shop: Shop) -> tuple[str, dict[str, str]]:
    """The campaign's name, and which customers of the list are meant."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        campaign = st.text_input(
            "Name of the campaign",
            key="campaign",
            bind="query-params",
            max_chars=LONGEST_CAMPAIGN,
            placeholder=f"Campaign: {first_campaign(shop)}",
            label_visibility="collapsed",
            width=220,
        )
        tier = one_of_few("Risk", list(OFFERED_TIERS), "tier")
        offer = one_of_many("Offer", [ALL_OFFERS, *(one.offer.name for one in offers)], "with", width=190)
        search = search_box(LONGEST_SEARCH)
    named = (campaign or "").strip() or first_campaign(shop)
    return named, {"tier": tier, "offer": offer, "search": search}


def choose_measured(measured: Measurements) -> MeasuredOffer | None:
    """The offer whose experiment is shown; None where there is none."""
    named = {one.name: one for one in measured.offers}
    if len(named) < 2:
        return next(iter(named.values()), None)
    return named[one_of_many("Experiment", list(named), "measured", width=260)]
