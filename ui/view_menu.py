"""Saved views in the menu of a page: name the present one, open another, delete one, and take that back.

A view is opened by a real link, as if its address were pasted: that alone sets every filter and choice exactly, for a
link within the page would leave widgets that are bound to the address as they are.
"""

import html
from urllib.parse import urlencode

import streamlit as st

from analytics.formats import plain
from ui import desk
from ui.addresses import link, own_address
from ui.charts.look import current_look
from warehouse.errors import StoreError
from warehouse.views import View, view_name

_NAME, _UNWANTED = "view-name", "view-unwanted"
_SAID, _UNDO = "_views_said", "_views_undo"


def draw_views() -> None:
    """Below the files: the form for a new view, and the list of those that there are."""
    st.markdown("**Saved views**")
    with st.form("save-view", border=False):
        st.text_input(
            "Name of this view",
            key=_NAME,
            placeholder="Name of this view",
            label_visibility="collapsed",
        )
        st.form_submit_button("Save this view", icon=":material/bookmark_add:", on_click=_save, width="stretch")
    _say_what_was_done()
    try:
        views = desk.saved_views()
    except StoreError as error:  # here and not in the page's own words: the page is as it should be
        st.error(plain(str(error)), icon=":material/database_off:")
        return
    if views:
        st.html(_list(views))
        _deletion([view.name for view in views])
    else:
        st.caption("None yet. A view is this page with its filters and choices; its address can be pasted anywhere.")


def present_address() -> str:
    """The address of the page as the browser shows it, without where the program is served."""
    asked = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    return own_address(f"/{st.session_state['_page']}" + (f"?{urlencode(asked)}" if asked else ""))


def _say_what_was_done() -> None:
    """In a place of its own: what comes and goes here must not move what stands below, or that is there twice for a
    moment."""
    with st.container():
        if said := st.session_state.pop(_SAID, None):
            st.text(said)
        if _UNDO in st.session_state:
            st.button("Undo", icon=":material/undo:", on_click=_undo, key="view-undo")


def _list(views: list[View]) -> str:
    return (
        "<style>.views{max-height:15rem;overflow-y:auto;font-size:.9rem;line-height:1.7}"
        f".views div{{overflow-wrap:anywhere}}.views a{{color:{current_look().accent}}}</style>"
        f'<div class="views" tabindex="0" role="list" aria-label="Saved views">{"".join(map(_entry, views))}</div>'
    )


def _entry(view: View) -> str:
    try:
        named = f'<a href="{html.escape(link(view.address))}">{html.escape(view.name)}</a>'
    except ValueError:
        named = f"{html.escape(view.name)} (leads to no page of this program)"
    return f'<div role="listitem">{named}</div>'


def _deletion(names: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Delete a view",
            names,
            index=None,
            key=_UNWANTED,
            placeholder="Delete a view …",
            label_visibility="collapsed",
        )
        st.button("Delete", icon=":material/delete:", on_click=_delete, key="view-delete")


def _save() -> None:
    """A name that is taken gets the new address; what it stood for can be brought back."""
    try:
        name = view_name(st.session_state[_NAME])
        replaced = desk.save_view(name, present_address())
    except (ValueError, StoreError) as error:
        st.session_state[_SAID] = str(error)
        return
    st.session_state[_NAME] = ""
    _done(f"Saved as “{name}”" + (", in place of the view of that name." if replaced else "."), replaced)


def _delete() -> None:
    name = st.session_state[_UNWANTED]
    if name is None:
        st.session_state[_SAID] = "Choose the view to delete first."
        return
    try:
        _done(f"Deleted “{name}”.", desk.delete_view(name))
    except StoreError as error:
        st.session_state[_SAID] = str(error)
    st.session_state[_UNWANTED] = None


def _undo() -> None:
    view = st.session_state.pop(_UNDO, None)
    if view is None:  # pressed twice
        return
    try:
        desk.put_back_view(view)
    except StoreError as error:
        st.session_state[_SAID] = str(error)
    else:
        st.session_state[_SAID] = f"“{view.name}” is back."


def _done(said: str, undoable: View | None) -> None:
    st.session_state[_SAID] = said
    st.session_state.pop(_UNDO, None)
    if undoable:
        st.session_state[_UNDO] = undoable
