"""The choices of the customers page, each bound to the URL."""

import streamlit as st

from analytics.descriptive.cohorts import MEASURES, UNITS
from analytics.descriptive.customer_list import COLUMNS, LONGEST_SEARCH, pages_of
from analytics.descriptive.returning import UNITS as BUCKETS
from analytics.shop import Shop
from ui.bound import one_of_few, one_of_many, page_of_list, search_box

JOINED = "When they joined"
COHORT_VIEWS = ("Table", "Curves")
RFM_VIEWS = ("Segments", "Movement")
DIRECTIONS = ("Falling", "Rising")
LONGEST_ID = 200


def known_customer_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the customers page, by parameter."""
    return {
        "cohort": list(MEASURES.values()),
        "every": [u.capitalize() for u in UNITS],
        "rows": [JOINED, *shop.dimensions().values()],
        "as": list(COHORT_VIEWS),
        "rfm": list(RFM_VIEWS),
        "bars": [b.capitalize() for b in BUCKETS],
        "sort": list(COLUMNS.values()),
        "order": list(DIRECTIONS),
    }


def choose_cohorts(shop: Shop) -> tuple[str, str, str | None, str]:
    """The measure of the cohorts, their unit, the dimension to lay them out by (None: by joining), table or curves."""
    offered = {JOINED: None} | {name: dimension for dimension, name in shop.dimensions().items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        measure = one_of_few("Measure", list(MEASURES), "cohort", MEASURES.get)
        unit = one_of_few("Cohorts by", list(UNITS), "every", str.capitalize)
        rows = one_of_many("Rows", list(offered), "rows", width=190)
        view = one_of_few("Shown as", list(COHORT_VIEWS), "as")
    return measure, unit, offered.get(rows), view


def choose_rfm_view() -> str:
    """The segments themselves, or how customers moved between them."""
    return one_of_few("RFM", list(RFM_VIEWS), "rfm")


def choose_bucket() -> str:
    """Week or month."""
    return one_of_few("Bars by", list(BUCKETS), "bars", str.capitalize, "month")


def choose_list_order() -> tuple[str, str, bool]:
    """What is searched for, the column to sort by, and whether it falls."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = search_box(LONGEST_SEARCH)
        sort = one_of_many("Sort by", list(COLUMNS), "sort", COLUMNS.get, width=210)
        order = one_of_few("Order", list(DIRECTIONS), "order")
    return search, sort, order == DIRECTIONS[0]


def listed_as(address: dict[str, str]) -> dict[str, str]:
    """The search and the order of the list among the parameters of an address, but what cannot be followed."""
    known = {"sort": list(COLUMNS.values()), "order": list(DIRECTIONS)}
    listed = {key: address[key] for key, values in known.items() if address.get(key) in values}
    search = address.get("search", "").strip()[:LONGEST_SEARCH]
    return listed | ({"search": search} if search else {})


def choose_page(customers: int) -> int:
    """The page of a list of so many customers; one that is no longer there is the last."""
    return page_of_list(pages_of(customers))


def choose_customer() -> str:
    """The customer whose orders are shown: chosen in the list, typed, or named by the address."""
    chosen = st.text_input(
        "Customer's id",
        key="customer",
        bind="query-params",
        max_chars=LONGEST_ID,
        placeholder="A customer's id, or choose a row of the list",
        label_visibility="collapsed",
    )
    return (chosen or "").strip()
