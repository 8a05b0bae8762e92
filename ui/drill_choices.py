"""The choices of the Drill-down page, each bound to the URL: the path, and the member chosen on each of its levels."""

import streamlit as st

from analytics.diagnostic.paths import CALENDAR, OWN, PATHS, calendar_spans, path_title
from analytics.shop import DIMENSIONS, Shop
from ui.bound import one_of_many

DEEPEST = len(DIMENSIONS)
OWN_TITLE = "Own order"


def known_drill_choices(of: Shop) -> dict[str, list[str]]:
    """What the address can ask of the Drill-down page, by parameter."""
    spans = [label for step in CALENDAR for label, _ in calendar_spans(step, of.days)]
    members = [*spans, *(member for members in of.members.values() for member in members)]
    places = {place_key(depth): members for depth in range(DEEPEST)}
    return {"path": list(_titles().values()), "levels": list(of.dimensions().values())} | places


def choose_steps(of: Shop) -> tuple[str, ...]:
    """The levels from the top: of a path, or those put together by the visitor."""
    titles = _titles()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = one_of_many("Path", list(titles), "path", titles.get, width=320, on_change=_back_to_top)
        if chosen != OWN:
            return PATHS[chosen]
        offered = of.dimensions()
        levels = st.multiselect(
            "Levels, in their order",
            list(offered),
            default=list(offered)[:2],
            format_func=offered.get,
            key="levels",
            bind="query-params",
            on_change=_back_to_top,
            label_visibility="collapsed",
            placeholder="Levels, in their order",
            width=420,
        )
    return tuple(levels)


def place_key(depth: int) -> str:
    """The parameter that names the member chosen at a depth.

    >>> place_key(0)
    'at_1'
    """
    return f"at_{depth + 1}"


def forget_below(depth: int) -> None:
    """Whoever goes to another member of a level has not chosen any below it; −1 is the top (in a callback)."""
    for deeper in range(depth + 1, DEEPEST):
        if place_key(deeper) in st.session_state:
            st.session_state[place_key(deeper)] = None


def _back_to_top() -> None:
    forget_below(-1)


def _titles() -> dict[str, str]:
    return {name: path_title(steps) for name, steps in PATHS.items()} | {OWN: OWN_TITLE}
