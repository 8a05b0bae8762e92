"""Widgets whose choice stands in the address, by their key: one of few beside each other, or one of many in a box."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def one_of_few(
    label: str, options: Sequence[T], key: str, shown: Callable[[T], str] = str, default: T | None = None
) -> T:
    """One of a few options, all of them to be seen; the first unless another is the default."""
    first = options[0] if default is None else default
    chosen = st.segmented_control(
        label,
        options,
        default=first,
        format_func=shown,
        key=key,
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    return first if chosen is None else chosen


def one_of_many(
    label: str,
    options: Sequence[T],
    key: str,
    shown: Callable[[T], str] = str,
    *,
    default: T | None = None,
    labelled: bool = False,
    width: int | str = "stretch",
    disabled: bool = False,
    on_change: Callable[[], None] | None = None,
) -> T:
    """One option of a list that unfolds; the first unless another is the default."""
    return st.selectbox(
        label,
        options,
        index=0 if default is None else options.index(default),
        format_func=shown,
        key=key,
        bind="query-params",
        label_visibility="visible" if labelled else "collapsed",
        width=width,
        disabled=disabled,
        on_change=on_change,
    )


def search_box(longest: int) -> str:
    """What is searched for among ids; empty for nothing."""
    search = st.text_input(
        "Search by id",
        key="search",
        bind="query-params",
        max_chars=longest,
        placeholder="Search by id",
        label_visibility="collapsed",
        width=220,
    )
    return (search or "").strip()


def page_of_list(pages: int) -> int:
    """The page of a list of so many; one that is no longer there is the last."""
    if st.session_state.get("sheet", 1) > pages:
        st.session_state["sheet"] = pages
    return st.pagination(pages, key="sheet", bind="query-params") if pages > 1 else 1
