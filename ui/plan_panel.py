"""The what-if page below its title: plans side by side, the controls of one of them, and what it is worth."""

from collections.abc import Sequence
from functools import lru_cache, partial

import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import plain
from analytics.prescriptive.prefilled import Prefilled
from analytics.prescriptive.scenario import INPUTS, Scenario
from analytics.prescriptive.scenario_inputs import KINDS
from analytics.prescriptive.scenario_text import rounded
from analytics.prescriptive.what_if import WhatIf, what_if
from analytics.shop import Shop
from ui import charts
from ui import plan_tables as tables
from ui.addresses import PAGES_FOLDER
from ui.charts.what_if import plans_beside
from ui.data import shop
from ui.entry_panel import say_what_was_done
from ui.figures import figure_tiles
from ui.measured import BESIDE, CASH, CHANCES, MATTERS, measured
from ui.open_scenarios import SLOTS, OpenScenarios, follow_address, open_scenarios, tell_address
from ui.page import card, say, say_headline, show_chart
from ui.plan_controls import KIND_KEY, assumed_sentence, choose_figures, choose_kind, choose_time
from ui.plan_filling import filled_plan
from ui.plan_sheet import sheet_bytes, sheet_name
from ui.redrawn import redrawn_alone
from ui.saved_plans import SAVED, SCENARIOS, draw_saved_plans, save_plan
from ui.shown import note_markup, shown_page

SETTINGS_PAGE = PAGES_FOLDER / "workspace/settings.py"
FIRST_KIND = next(iter(INPUTS))
_PLACE = "plan-place"
MOST_APPRAISED = 64


def draw_plans(filters: Filters) -> None:
    """All of it; the address says which plans are open, and a control redraws this and not the page around it."""
    follow_address(stayed=KIND_KEY in st.session_state)
    _board(filters)


@redrawn_alone
def _board(filters: Filters) -> None:
    held = open_scenarios()
    filled, why_not = _filled(filters, held)
    plan = held.open or (rounded(filled.scenario) if filled else None)
    top = st.container()
    _say_notes(held)
    if plan is None:
        raise NotEnoughData(why_not)
    found = _appraisal(plan, shop())
    plans = _appraised(held, found)
    with top:
        _headline(found)
        st.html(figure_tiles(tables.worth_tiles(found, shop())))
        _actions(held, found, plans, filled, filters)
    left, right = st.columns(2)
    with right:
        _cash(found, filters)
        _chances(found, filters)
    with left:
        _controls(plan, filled, filters)
    if len(plans) > 1:
        _beside(plans, held.chosen, filters)
    left, right = st.columns(2)
    with left:
        _matters(found, filters)
    with right:
        _sources(found, filled, filters)
    with card("Saved plans"):
        draw_saved_plans()


def _filled(filters: Filters, held: OpenScenarios) -> tuple[Prefilled | None, str]:
    """The plan of this kind as the data in view have it; none where they have no orders, with the reason."""
    try:
        return filled_plan(filters, held.open.kind if held.open else FIRST_KIND), ""
    except NotEnoughData as reason:
        return None, str(reason)


@lru_cache(MOST_APPRAISED)
def _appraisal(plan: Scenario, of: Shop) -> WhatIf:
    """Kept here and not with the answers about the data: who moves sliders would push those out."""
    return what_if(plan, of)


def _appraised(held: OpenScenarios, found: WhatIf) -> list[tuple[str, WhatIf]]:
    every = [_appraisal(each, shop()) for each in held.plans] or [found]
    return list(zip(tables.told_apart([each.scenario.name for each in every]), every, strict=True))


def _say_notes(held: OpenScenarios) -> None:
    with st.container():
        for said in held.notes:
            st.warning(plain(said), icon=":material/info:")
    held.notes = ()


def _headline(found: WhatIf) -> None:
    if page := shown_page():
        page.headline.clear()  # a part that is drawn again says it again
    say_headline(Headline(plain(found.sentence), ""))


def _actions(
    held: OpenScenarios, found: WhatIf, plans: Sequence[tuple[str, WhatIf]], filled: Prefilled | None, filters: Filters
) -> None:
    """Which of the plans side by side is being changed, and what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if len(plans) > 1:
            _choose_place(held, [name for name, _ in plans])
        full = len(plans) >= len(SLOTS)
        st.button(
            "Put one beside it", icon=":material/add:", key="plan-add", on_click=_add, args=(found.scenario, filters),
            disabled=full, help=f"At most {len(SLOTS)} plans stand side by side." if full else None,
        )  # fmt: skip
        if held.plans:
            label = "Take it away" if len(held.plans) > 1 else "Begin anew"
            st.button(label, icon=":material/close:", key="plan-remove", on_click=_remove)
        st.button("Save", icon=":material/save:", on_click=save_plan, args=(found.scenario,), key="plan-save")
        st.download_button(
            "One-page summary",
            partial(sheet_bytes, found, plans, filled, filters, shop()),
            f"{sheet_name(found)}.html",
            "text/html",
            icon=":material/description:",
            help="One page that opens in any browser without a connection, and prints on one sheet.",
            on_click="ignore",
            key="plan-sheet",
        )
    say_what_was_done(SCENARIOS, SAVED)


def _cash(found: WhatIf, filters: Filters) -> None:
    with card("Cash, month by month", stretched=False) as drawn:
        show_chart(charts.cash_curve(found, shop()), "cash", found.back)
        say(found.back)
        for said in found.warnings:
            say(said)
        drawn.explain(found.explained, lambda: measured(tables.cash_frame(found), CASH, shop()), filters)


def _controls(plan: Scenario, filled: Prefilled | None, filters: Filters) -> None:
    with card("The plan", stretched=False):
        choose_kind(plan, partial(_anew, filters))
        choose_figures(plan, filled, shop())
        time = st.expander("Time and money", key="plan-time", on_change="rerun")
        if time.open:  # its controls are made once they are looked for
            with time:
                choose_time(plan)
        say(assumed_sentence(plan, filled))


def _anew(filters: Filters, kind: str) -> Scenario:
    """A plan of another kind, filled in."""
    try:
        return filled_plan(filters, kind).scenario
    except NotEnoughData as reason:
        raise ValueError(str(reason)) from reason


def _choose_place(held: OpenScenarios, names: Sequence[str]) -> None:
    st.session_state[_PLACE] = held.chosen
    st.segmented_control(
        "Plan to change", list(range(len(names))), format_func=lambda place: plain(f"{place + 1} · {names[place]}"),
        key=_PLACE, required=True, label_visibility="collapsed", on_change=_choose,
    )  # fmt: skip


def _choose() -> None:
    held = open_scenarios()
    place = st.session_state.get(_PLACE)
    held.chosen = place if isinstance(place, int) and 0 <= place < len(held.plans) else 0
    tell_address()


def _add(plan: Scenario, filters: Filters) -> None:
    """The first kind that is not there yet, so that plans differ; a copy where the data fill in none."""
    held = open_scenarios()
    if not held.plans:
        held.put(plan)
    there = {each.kind for each in held.plans}
    kind = next((each for each in KINDS if each not in there), FIRST_KIND)
    try:
        held.add(filled_plan(filters, kind).scenario)
    except NotEnoughData as reason:
        held.notes += (str(reason),)
    tell_address()


def _remove() -> None:
    open_scenarios().remove()
    tell_address()


def _matters(found: WhatIf, filters: Filters) -> None:
    with card("What matters most") as drawn:
        if len(found.tornado):
            show_chart(charts.tornado_bars(found, shop()), "tornado", found.matters)
        say(found.matters)
        drawn.explain(
            "Each figure goes to its low and its high end while the others stay likely; the widest swing is on top.",
            lambda: measured(tables.tornado_frame(found, shop()), MATTERS, shop()),
            filters,
        )


def _chances(found: WhatIf, filters: Filters) -> None:
    with card("How often it loses", stretched=False) as drawn:
        show_chart(charts.worth_histogram(found, shop()), "worth", found.chances)
        say(found.chances)
        drawn.explain(found.explained, lambda: measured(found.simulated.histogram, CHANCES, shop()), filters)


def _beside(plans: Sequence[tuple[str, WhatIf]], chosen: int, filters: Filters) -> None:
    with card("Side by side") as drawn:
        said = tables.side_by_side_sentence(plans, shop())
        show_chart(plans_beside(plans, shop()), "beside", said)
        markup = partial(tables.side_by_side_table, plans, chosen, shop())
        st.html(markup())
        note_markup(markup)
        say(said)
        drawn.explain(
            "Worth is the net present value expected over many draws, with the range of four in five cases. Horizons "
            "may differ: a longer plan has more time to bring something.",
            measured(tables.side_by_side_frame(plans, shop()), BESIDE, shop()),
            filters,
        )


def _sources(found: WhatIf, filled: Prefilled | None, filters: Filters) -> None:
    with card("Where the figures come from") as drawn:
        markup = partial(tables.inputs_table, found, filled, shop())
        st.html(markup())
        note_markup(markup)
        say("What is assumed holds until you state it here, or in Settings for all pages.")
        st.page_link(SETTINGS_PAGE, label="State margins, offers and the discount rate", icon=":material/tune:")
        drawn.explain(
            "Observed: worked out from the orders in view. Stated: said by somebody. Assumed: a starting value that "
            "nothing has measured.",
            lambda: tables.inputs_file(found, filled, shop()),
            filters,
        )
