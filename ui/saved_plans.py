"""Plans that are kept in the database: save the open one, open another beside it, delete one, and take that back."""

import streamlit as st

from analytics.formats import plain
from analytics.prescriptive.scenario import Scenario
from ui import desk
from ui.entry_panel import note, say_what_was_done
from ui.open_scenarios import open_scenarios, tell_address
from warehouse.errors import StoreError
from warehouse.scenarios import SavedScenario

SCENARIOS, SAVED, _DESK = "scenarios", "saved", "desk"
"""What is spoken of, and the two places where it is said: where a plan is saved, and at the list of those saved."""
_CHOSEN, _UNDO = "plan-saved", "_plan_undo"


def draw_saved_plans() -> None:
    """The list of what is saved, with what can be done with it."""
    say_what_was_done(SCENARIOS, _DESK)
    if _UNDO in st.session_state:
        st.button("Undo", icon=":material/undo:", on_click=_undo, key="plan-undo")
    try:
        saved = [each.name for each in desk.saved_scenarios()]
    except StoreError as error:
        st.error(plain(str(error)), icon=":material/database_off:")
        return
    if len(open_scenarios().plans) > 1:
        st.caption("Save keeps the plan that is being changed; a view under Share keeps all that stand side by side.")
    if not saved:
        st.caption(
            "No plan is saved yet. A saved plan is kept with the shop; an address with plans can be pasted anywhere."
        )
        return
    if st.session_state.get(_CHOSEN) not in saved:
        st.session_state[_CHOSEN] = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Saved plans", saved, index=None, key=_CHOSEN, placeholder=f"{len(saved):,} saved: choose one …",
            label_visibility="collapsed", width=320,
        )  # fmt: skip
        st.button("Open", icon=":material/folder_open:", on_click=_open, key="plan-open")
        st.button("Delete", icon=":material/delete:", on_click=_delete, key="plan-delete")


def save_plan(scenario: Scenario) -> None:
    """Keep a plan under its name; what stood there can be brought back."""
    try:
        replaced = desk.save_scenario(scenario)
    except (ValueError, StoreError) as error:
        note(SCENARIOS, SAVED, str(error), fault=True)
        return
    said = ", in place of the plan of that name." if replaced else "."
    _done(SAVED, f"Saved as “{scenario.name}”{said}", replaced)


def _open() -> None:
    name = st.session_state[_CHOSEN]
    try:
        found = next((each for each in desk.saved_scenarios() if each.name == name), None)
        if found is None:
            raise ValueError("choose one that is there")
        open_scenarios().add(found.scenario())
    except ValueError as error:
        note(SCENARIOS, _DESK, f"The plan cannot be opened: {error}.", fault=True)
    except StoreError as error:
        note(SCENARIOS, _DESK, str(error), fault=True)
    else:
        tell_address()


def _delete() -> None:
    name = st.session_state[_CHOSEN]
    if name is None:
        note(SCENARIOS, _DESK, "Choose the plan to delete first.", fault=True)
        return
    try:
        _done(_DESK, f"Deleted “{name}”.", desk.delete_scenario(name))
    except StoreError as error:
        note(SCENARIOS, _DESK, str(error), fault=True)


def _undo() -> None:
    saved = st.session_state.pop(_UNDO, None)
    if saved is None:  # pressed twice
        return
    try:
        desk.put_back_scenario(saved)
    except StoreError as error:
        note(SCENARIOS, _DESK, str(error), fault=True)
    else:
        note(SCENARIOS, _DESK, f"“{saved.name}” is back.")


def _done(place: str, said: str, undoable: SavedScenario | None) -> None:
    note(SCENARIOS, place, said)
    st.session_state.pop(_UNDO, None)
    if undoable:
        st.session_state[_UNDO] = undoable
