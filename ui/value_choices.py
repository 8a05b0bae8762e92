"""The choices of the page about customers' value, each bound to the URL."""

import streamlit as st

from analytics.predictive.model import Run
from analytics.predictive.value_cut_offs import HORIZONS, fitting_horizons, months_label
from analytics.predictive.value_quadrants import COLUMNS, LONGEST_SEARCH, PAGE_ROWS, QUADRANTS
from analytics.predictive.value_view import COHORT, GROUPS, MONEY, offered_groups
from analytics.shop import Shop
from ui.bound import one_of_few, one_of_many, page_of_list, search_box

EACH = {"each": "For each", "all": "In all"}
EVERYBODY = "Everybody"
OWN, CHURN = "own", "churn"
RISKS = {OWN: "Risk of the months ahead", CHURN: "Risk by the model of churn"}
DIRECTIONS = ("Falling", "Rising")


def known_value_choices(shop: Shop) -> dict[str, list[str]]:
    """What the address can ask of the page, by parameter."""
    return {
        "ahead": [months_label(months) for months in fitting_horizons(shop) or HORIZONS],
        "money": [MONEY[kind] for kind in _moneys(shop)],
        "joined_by": [GROUPS[by] for by in offered_groups(shop)],
        "per_customer": list(EACH.values()),
        "risk_of": list(RISKS.values()),
        "quadrant": [EVERYBODY, *QUADRANTS],
        "worth_by": list(COLUMNS.values()),
        "worth_order": list(DIRECTIONS),
    }


def choose_horizon_and_money(shop: Shop) -> tuple[dict[str, int], str]:
    """How far ahead, as the model's settings (none where it takes the longest by itself), and revenue or margin."""
    fitting = fitting_horizons(shop)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        months = one_of_few("Ahead", fitting, "ahead", months_label) if fitting else None
        kinds = _moneys(shop)
        kind = one_of_few("In", kinds, "money", MONEY.get) if len(kinds) > 1 else kinds[0]
    return ({} if months is None or months == fitting[0] else {"horizon_months": months}), kind


def choose_group(shop: Shop) -> tuple[str, str]:
    """What customers are grouped by, and whether each or all of them are looked at."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        by = one_of_many("Grouped by", offered_groups(shop), "joined_by", GROUPS.get, default=COHORT, width=170)
        each = one_of_few("Of", list(EACH), "per_customer", EACH.get)
    return by, each


def choose_risk(churn: Run | None) -> Run | None:
    """By which risk customers are laid out: that of these months, or, where it has been fitted, the model of churn."""
    if churn is None:
        return None
    by_churn = one_of_few("Risk", list(RISKS), "risk_of", RISKS.get)
    return churn if by_churn == CHURN else None


def choose_quadrant() -> str:
    """The quadrant whose customers are listed; empty for all."""
    chosen = one_of_few("List", [EVERYBODY, *QUADRANTS], "quadrant")
    return "" if chosen == EVERYBODY else chosen


def take_quadrant(clicked: object) -> None:
    """A mark was clicked: what it carries comes from the browser and may be anything."""
    if isinstance(clicked, str) and clicked in QUADRANTS:
        st.session_state["quadrant"] = clicked


def choose_value_order() -> tuple[str, str, bool]:
    """What is searched for, the column to sort by, and whether it falls."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = search_box(LONGEST_SEARCH)
        sort = one_of_many("Sort by", list(COLUMNS), "worth_by", COLUMNS.get, width=190)
        order = one_of_few("Order", list(DIRECTIONS), "worth_order")
    return search, sort, order == DIRECTIONS[0]


def choose_value_page(customers: int) -> int:
    """The page of a list of so many customers; one that is no longer there is the last."""
    return page_of_list(max(1, -(-customers // PAGE_ROWS)))


def _moneys(shop: Shop) -> list[str]:
    return [kind for kind in MONEY if kind == "revenue" or shop.gross_margin is not None]
