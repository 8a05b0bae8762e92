"""The way from a plan on any page to the what-if page: its address, and a button that opens it there."""

import streamlit as st

from analytics.filters import Filters
from analytics.prescriptive.scenario import Scenario
from analytics.prescriptive.scenario_text import scenario_text
from ui.addresses import PAGES_FOLDER, as_shown, own_address
from ui.open_scenarios import SLOTS, add_scenario

WHAT_IF_PAGE = PAGES_FOLDER / "prescriptive/what_if.py"


def scenario_address(scenario: Scenario, filters: Filters | None = None) -> str:
    """The own address that opens this plan alone on the what-if page (see ``ui.addresses``)."""
    asked = filters.query() if filters else {}
    return own_address(f"/what_if?{as_shown({**asked, SLOTS[0]: scenario_text(scenario)})}")


def scenario_link(scenario: Scenario, key: str, label: str = "Open as scenario") -> None:
    """A button that opens a plan on the what-if page, beside those that are open there; the filters go along.

    Parameters
    ----------
    key : names the button on the page; no other may have it.
    """
    told = "There it is worth a little less than its net benefit here: money that comes later counts for less."
    if st.button(label, icon=":material/calculate:", key=key, type="tertiary", help=told):
        # parameters of its own: to clear the address is refused while filters are bound to it
        st.switch_page(WHAT_IF_PAGE, query_params=add_scenario(scenario))
