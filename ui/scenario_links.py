"""The way from a plan on any page to the what-if page: its address, and a link that opens it there."""

import streamlit as st

from analytics.filters import Filters
from analytics.formats import plain
from analytics.prescriptive.scenario import Scenario
from analytics.prescriptive.scenario_text import scenario_text
from ui.addresses import PAGES_FOLDER, as_shown, own_address
from ui.open_scenarios import SLOTS, with_one_more

WHAT_IF_PAGE = PAGES_FOLDER / "prescriptive/what_if.py"


def scenario_address(scenario: Scenario, filters: Filters | None = None) -> str:
    """The own address that opens this plan alone on the what-if page (see ``ui.addresses``)."""
    asked = filters.query() if filters else {}
    return own_address(f"/what_if?{as_shown({**asked, SLOTS[0]: scenario_text(scenario)})}")


def scenario_link(scenario: Scenario, label: str = "Open as scenario") -> None:
    """A link that opens a plan on the what-if page, beside those that are open there; the filters go along.

    A link and no button: it is one step for Back, where switching pages takes one for each filter, of addresses
    that hold only some of them.
    """
    opened = with_one_more(scenario)
    told = "There it is worth a little less than its net benefit here: money that comes later counts for less."
    st.page_link(
        WHAT_IF_PAGE,
        label=label,
        icon=":material/calculate:",
        query_params=opened.query(),
        help=plain(" ".join((told, *opened.notes))),
    )
