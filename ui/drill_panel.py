"""Going down and up: the path, where one stands on it, and the level below, all of it in the address."""

import html
from collections.abc import Callable
from functools import partial

import streamlit as st

from analytics.diagnostic.baseline import AGAINST
from analytics.diagnostic.drill_customers import customer_level
from analytics.diagnostic.drill_down import calendar_level, member_level
from analytics.diagnostic.levels import Level
from analytics.diagnostic.paths import (
    CALENDAR,
    CUSTOMERS,
    STEPS,
    members_of_step,
    standing,
)
from analytics.filters import COMPARED_WITH, Filters
from analytics.metrics import METRICS
from analytics.shop import Shop
from ui.addresses import as_shown, link, root_cause_link
from ui.charts.look import current_look
from ui.data import answer
from ui.drill_choices import forget_below, place_key
from ui.page import say

MOST_OFFERED = 500
"""Of a level with more members the biggest are offered by name; bars lead to no others either."""


def choose_place(filters: Filters, steps: tuple[str, ...], of: Shop) -> tuple[str, ...]:
    """The members gone down by, with buttons to go up again and, for the keyboard, a choice of where to go.

    The choices hold what is chosen, and are in view: the address follows those alone that the browser has drawn.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        crumbs = st.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
        chosen = _chosen(filters, steps, of)
    with crumbs:
        _crumbs(steps, chosen)
    return chosen


def _chosen(filters: Filters, steps: tuple[str, ...], of: Shop) -> tuple[str, ...]:
    """One choice for each level that members are chosen on; those below an open one wait."""
    chosen: list[str] = []
    for depth, step in enumerate(s for s in steps if s != CUSTOMERS):
        key, reached = place_key(depth), len(chosen) == depth
        offered = members_of_step(step, standing(filters, steps, tuple(chosen)), of) if reached else ()
        asked = st.session_state.get(key) or next(iter(st.query_params.get_all(key)), None)
        if key in st.session_state and asked not in offered:
            st.session_state[key] = None
        options = [*offered[:MOST_OFFERED], *([asked] if asked in offered[MOST_OFFERED:] else [])]
        member = st.selectbox(
            STEPS[step],
            [None, *options],
            format_func=partial(_named, STEPS[step]),
            key=key,
            bind="query-params",
            disabled=not reached,
            label_visibility="collapsed",
            width=170,
            on_change=partial(forget_below, depth),
        )
        if reached and member is not None:
            chosen.append(member)
    return tuple(chosen)


def _named(step: str, member: str | None) -> str:
    return f"{step}: all" if member is None else str(member)


def _crumbs(steps: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    """From the top to where one stands; each but the last goes up."""
    for depth, label in enumerate(["All", *chosen]):
        if depth:
            st.markdown("›", width="content")
        here = depth == len(chosen)
        st.button(
            label if not depth else f"{STEPS[steps[depth - 1]]}: {label}",
            key=f"crumb-{depth}",
            type="tertiary" if not here else "secondary",
            on_click=_go_up,
            args=(depth,),
            disabled=here,
            help=None if here else "Go up to here",
        )


def level_below(filters: Filters, steps: tuple[str, ...], chosen: tuple[str, ...], key: str) -> Level:
    """The level below where one stands; at the lowest, the one that it is on."""
    depth = shown_depth(steps, chosen)
    step, above = steps[depth], standing(filters, steps, chosen[:depth])
    if step in CALENDAR:
        return answer(calendar_level, above, step=step, key=key)
    if step == CUSTOMERS:
        return answer(customer_level, above, key=key)
    return answer(member_level, above, step=step, key=key)


def shown_depth(steps: tuple[str, ...], chosen: tuple[str, ...]) -> int:
    """The depth of the level that is drawn."""
    return min(len(chosen), len(steps) - 1)


def standing_on(steps: tuple[str, ...], chosen: tuple[str, ...]) -> str | None:
    """The member that one stands on at the lowest level; None above it."""
    return chosen[-1] if len(chosen) == len(steps) else None


def going_down(steps: tuple[str, ...], chosen: tuple[str, ...]) -> Callable[[object], None] | None:
    """What a click on a bar does; nothing among customers."""
    depth = shown_depth(steps, chosen)
    return None if steps[depth] == CUSTOMERS else partial(_go_down, depth)


def hint_of_level(level: Level) -> str:
    """What can be done with the bars."""
    return "" if level.step == CUSTOMERS else "Click a bar to go down."


def say_where_to(filters: Filters, level: Level) -> None:
    """Links that take where one stands along: to why it changed, and to all customers."""
    asked = {"metric": METRICS[level.metric].name}
    asked |= {"against": AGAINST[level.reference]} if level.reference else {}
    links = {"Why did it change here?": root_cause_link(filters, asked)}
    if level.step == CUSTOMERS:
        links["All of these customers, to search and sort"] = link(f"/customers?{as_shown(filters.query())}")
    colour = current_look().accent
    anchors = [
        f'<a href="{html.escape(address)}" style="color:{colour}">{html.escape(words)}</a>'
        for words, address in links.items()
    ]
    st.html(f'<div style="font-size:.88rem">{" · ".join(anchors)}</div>')


def offer_all_time(steps: tuple[str, ...], filters: Filters, of: Shop) -> None:
    """Years are compared over years: where the period lies in one of several, offer all of them."""
    if steps[:1] == ("year",) and filters.period.start.year == filters.period.end.year != of.first_day.year:
        say(f"The period lies within {filters.period.end.year}.")
        st.button("Look at all time", icon=":material/date_range:", on_click=_all_time, key="all-time")


def how_level_reads(level: Level) -> str:
    """How a level is computed, for its card's menu."""
    compared = f"Change against {COMPARED_WITH[level.reference]}. " if level.reference else "Not compared. "
    return (
        f"{compared}Noise (±): what chance alone does in 95 of 100 cases. New and gone: in one of the two periods "
        f"alone, so that there is no change in per cent. {level.adds_up} {level.notes}"
    ).strip()


def _go_down(depth: int, member: object) -> None:
    """A click comes from the browser: what it names is looked up when the page is drawn, and dropped if unknown."""
    if isinstance(member, str):
        st.session_state[place_key(depth)] = member
        forget_below(depth)


def _go_up(depth: int) -> None:
    forget_below(depth - 1)


def _all_time() -> None:
    st.session_state["period"] = "All"
