"""What is stored: quality, imports with their rejected rows, the shop's own facts, and the way back."""

from functools import partial

import pandas as pd
import streamlit as st

from analytics.descriptive.quality import DataQuality
from analytics.formats import plain
from analytics.periods import day_label
from analytics.shop import Shop
from ui import data, jobs
from ui.entry_panel import note, say_what_was_done
from ui.page import say

WEEK_STARTS = ("monday", "sunday")


def shop_facts_text(shop: Shop) -> str:
    """Whose orders these are, in a sentence."""
    whose = "the simulated demo shop" if shop.is_demo else shop.name
    return (
        f"{shop.orders:,} orders of {whose}, {day_label(shop.first_day)} to {day_label(shop.last_day)}, "
        f"in {shop.currency}."
    )


def quality_table(quality: DataQuality) -> None:
    """Missing values, ranges and what follows from them."""
    say(quality.freshness + (" " + " ".join(quality.oddities) if quality.oddities else ""))
    st.dataframe(
        quality.columns,
        hide_index=True,
        column_config={
            "column": "Column",
            "missing": st.column_config.ProgressColumn("Missing", format="percent", min_value=0, max_value=1),
            "lowest": st.column_config.NumberColumn("Lowest", format="localized"),
            "highest": st.column_config.NumberColumn("Highest", format="localized"),
            "members": st.column_config.NumberColumn("Members", format="%d"),
            "consequence": st.column_config.TextColumn("What follows", width="large"),
        },
        key="quality",
        height="content",
        placeholder="",
    )


def imports_panel(imports: pd.DataFrame) -> None:
    """The imports so far; the rejected rows of the one chosen, with their reasons, to look at and to download."""
    if imports.empty:
        st.caption("Nothing has been imported yet.")
        return
    st.dataframe(
        imports.drop(columns="id").assign(imported_at=pd.to_datetime(imports["imported_at"], utc=True)),
        hide_index=True,
        column_config={
            "source_name": "File",
            "imported_at": st.column_config.DatetimeColumn("Imported", format="localized"),
            **{f"rows_{outcome}": _counted(f"Rows {outcome}") for outcome in ("read", "accepted", "rejected")},
            "rows_duplicate": _counted("Duplicates"),
        },
        placeholder="",
        key="imports",
    )
    with_rejects = imports[imports["rows_rejected"] > 0]
    if with_rejects.empty:
        st.caption("No row was rejected.")
        return
    names = dict(zip(with_rejects["id"], with_rejects["source_name"], strict=True))
    chosen = st.selectbox(
        "Rejected rows of", list(names), format_func=lambda i: f"{names[i]} (import {i})", key="rejects-of"
    )
    st.dataframe(
        data.rejected_rows(chosen),
        hide_index=True,
        column_config={
            "line_number": st.column_config.NumberColumn("Line", format="%d"),
            "column_name": "Column",
            "reason": st.column_config.TextColumn("Reason", width="large"),
            "raw_text": st.column_config.TextColumn("The row as it stood", width="large"),
        },
        height=220,
        placeholder="",
        key="rejects",
    )
    st.download_button(
        "Download all rejected rows (CSV)",
        partial(data.rejected_rows_csv, chosen),
        f"rejected-rows-{chosen}.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def settings_form(shop: Shop) -> None:
    """The shop's own facts, which no code may assume."""
    with st.form("settings", border=False):
        left, middle, right = st.columns(3)
        name = left.text_input("Shop's name", shop.name, max_chars=80)
        currency = left.text_input("Currency (ISO code)", shop.currency, max_chars=3)
        zone = middle.text_input("Time zone", shop.time_zone)
        week = middle.selectbox(
            "A week begins on", WEEK_STARTS, WEEK_STARTS.index(shop.week_start), format_func=str.capitalize
        )
        margin = right.number_input(
            "Gross margin, % of revenue",
            0.0,
            100.0,
            None if shop.gross_margin is None else shop.gross_margin * 100,
            1.0,
            help="Used where money is at stake",
        )
        if st.form_submit_button("Save", icon=":material/save:"):
            _save(name, currency, zone, week, margin)
    say_what_was_done("settings", "facts")


def way_back(is_demo: bool) -> None:
    """To the demo, and back to one's own orders; a store without orders has a way, too."""
    busy = (job := jobs.current_job()) is not None and job.running
    if is_demo and not data.has_previous():
        st.caption("The demo shop is in place. Once you have imported orders, the way back to it is here.")
    with st.container(horizontal=True):
        if not is_demo:
            st.button(
                "Back to demo data",
                icon=":material/science:",
                disabled=busy,
                on_click=partial(jobs.start, "Back to demo data", data.back_to_demo),
                help="Your orders are kept as a copy beside the database and can be brought back here.",
            )
        if data.has_previous():
            st.button(
                "Bring back the orders replaced last",
                icon=":material/undo:",
                disabled=busy,
                on_click=partial(jobs.start, "Bringing orders back", data.restore_previous),
            )


def _counted(heading: str) -> dict:
    return st.column_config.NumberColumn(heading, format="localized")


def _save(name: str, currency: str, zone: str, week: str, margin: float | None) -> None:
    facts = {
        "shop_name": name.strip() or "Your shop",
        "currency": currency.strip().upper(),
        "time_zone": zone.strip(),
        "week_start": week,
        "gross_margin": None if margin is None else margin / 100,
    }
    try:
        data.change_settings(**facts)
    except ValueError as error:
        st.error(plain(f"Not saved: {error}."), icon=":material/error:")
    else:
        note("settings", "facts", "Saved.")
        st.rerun()
