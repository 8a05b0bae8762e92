"""Writing down events: one by one, in the table, or from a file; and what is known of the days in view."""

from datetime import date, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from analytics.descriptive.event_entries import FIRST_YEAR, KINDS, LAST_YEAR, Event, event_label
from analytics.descriptive.events import events_in_view, known_events
from analytics.filters import Filters
from analytics.shop import Shop
from ui import data, desk
from ui.entry_panel import FILE_KINDS, counted, note, read_once, rejected_table, say_what_was_done, table_key
from ui.page import PAGES_FOLDER, Card, said_in_place, say
from ui.tables import events_table
from warehouse.errors import StoreError
from warehouse.events import EventFile

DAYS_OFFERED = {"min_value": date(FIRST_YEAR, 1, 1), "max_value": date(LAST_YEAR, 12, 31)}
ANY_DAY = {"min_value": date.min, "max_value": date.max}
"""Of the form, which would keep the day before to itself where one too early is typed; what cannot be is refused."""
DAY_FORMAT = "D MMM YYYY"


def event_form(shop: Shop) -> None:
    """One event: its days, its name, its kind."""
    today = shop.today + timedelta(1)
    with st.form("event", border=False):
        first, second, third, fourth = st.columns(4)
        first.text_input("Name", key="event-label", placeholder="Summer sale")
        second.selectbox("Kind", KINDS, format_func=str.capitalize, key="event-kind")
        third.date_input("First day", today, key="event-start", format="DD/MM/YYYY", **ANY_DAY)
        fourth.date_input(
            "Last day",
            None,
            key="event-end",
            format="DD/MM/YYYY",
            help="The event lasts this day, too. Without one it lasts its first day.",
            **ANY_DAY,
        )
        st.form_submit_button("Add event", icon=":material/add:", on_click=_add_event)
    say_what_was_done("events", "form")


def event_table(shop: Shop) -> None:
    """Every event, the latest first; those written down can be changed and ticked off in place."""
    written = sorted(data.written_events(), reverse=True)
    key = table_key("events", [event.key for event in written])
    say_what_was_done("events", "table")
    if written:
        _editor(written, key, shop)
    else:
        say("No event has been written down here yet. Add one below, or upload a file.")
    _came_with_the_data({event.key for event in written})


def event_files(shop: Shop) -> None:
    """Events from a file, with every bad row listed; and all of them as a file that can be uploaded again."""
    say(
        "Columns: start_date, end_date, label, kind "
        f"({', '.join(KINDS)}). Without end_date an event lasts one day; one that is there already takes the new kind."
    )
    upload = st.file_uploader("CSV or Excel", type=FILE_KINDS, key="events-file")
    with said_in_place():
        found = read_once(upload, "events", desk.read_events)
        if found is not None:
            _offer(found, shop)
    say_what_was_done("events", "file")
    with st.container(horizontal=True, gap="small"):
        _download("Download a template", partial(desk.events_csv, desk.EVENT_TEMPLATE), "events-template.csv")
        _download("Download all events (CSV)", _all_as_csv, "events.csv")


def events_panel(card: Card, filters: Filters) -> None:
    """The events in view in short, for the morning look."""
    events = data.answer(events_in_view, filters)
    events_table(events)
    with said_in_place():
        data.written_events()  # so that a desk that cannot be read is not taken for one without events
    st.page_link(f"{PAGES_FOLDER}/workspace/events.py", label="Write down events", icon=":material/event:")
    card.explain("What came with the data, and what was written down on the Events page.", events, filters)


def _editor(written: list[Event], key: str, shop: Shop) -> None:
    day = partial(st.column_config.DateColumn, format=DAY_FORMAT, required=True, **DAYS_OFFERED)
    st.data_editor(
        pd.DataFrame([_row(event, shop) for event in written]),
        hide_index=True,
        key=key,
        disabled=["Days", "When"],
        height="content" if len(written) <= 15 else 562,
        column_config={
            "First day": day("First day"),
            "Last day": day("Last day"),
            "Name": st.column_config.TextColumn("Name", width=280, required=True),
            "Kind": st.column_config.SelectboxColumn("Kind", options=list(KINDS), required=True),
            "Delete": st.column_config.CheckboxColumn("Delete", width=80),
        },
        placeholder="",
    )
    st.button("Save changes", icon=":material/save:", on_click=partial(_save_changes, written, key))


def _came_with_the_data(written: set[tuple]) -> None:
    """Those of the store, which belong to the data and so are only shown."""
    known = data.answer(known_events).iloc[::-1]
    keys = zip(known["start_date"].dt.date, known["end_date"].dt.date, known["label"], strict=True)
    shown = known[[key not in written for key in keys]]
    if shown.empty:
        return
    say(f"{len(shown):,} {'more ' if written else ''}came with the data and are only shown:")
    day = st.column_config.DateColumn(format=DAY_FORMAT)
    st.dataframe(
        shown.set_axis(["First day", "Last day", "Name", "Kind"], axis="columns"),
        hide_index=True,
        placeholder="",
        key="events-of-the-data",
        height="content" if len(shown) <= 8 else 317,
        column_config={"First day": day, "Last day": day},
    )


def _known() -> list[Event]:
    """All events that a file can bring back."""
    rows = data.answer(known_events).itertuples(index=False)
    found = []
    for row in rows:
        try:
            found.append(Event(row.start_date.date(), row.end_date.date(), event_label(row.label), row.kind))
        except ValueError:  # came with the data, but no file could bring it back
            continue
    return found


def _offer(found: EventFile, shop: Shop) -> None:
    entries = counted(len(found.events), "event")
    say(f"{counted(found.read, 'row')} read: {entries}, {len(found.rejected):,} rejected.")
    rejected_table(found.rejected, "events")
    if found.events:
        rows = pd.DataFrame([_row(event, shop) for event in sorted(found.events)]).drop(columns="Delete")
        day = st.column_config.DateColumn(format=DAY_FORMAT)
        days = {"First day": day, "Last day": day}
        st.dataframe(rows, hide_index=True, placeholder="", key="events-found", column_config=days)
        count = f"{len(found.events):,} events" if len(found.events) > 1 else "1 event"
        st.button(
            f"Store {count}", icon=":material/save:", type="primary", key="store-events",
            on_click=partial(_store_file, found.events),
        )  # fmt: skip


def _download(label: str, content: partial, name: str) -> None:
    st.download_button(label, content, name, "text/csv", icon=":material/download:", on_click="ignore")


def _all_as_csv() -> bytes:
    return desk.events_csv(_known())


def _add_event() -> None:
    state = st.session_state
    try:
        if state["event-start"] is None:
            raise ValueError("give the first day")
        last = state["event-end"] or state["event-start"]
        event = Event(state["event-start"], last, event_label(state["event-label"]), state["event-kind"])
        desk.change_events([event])
    except (ValueError, StoreError) as error:
        note("events", "form", f"Not added: {str(error).rstrip('.')}.", fault=True)
        return
    state["event-label"], state["event-end"] = "", None
    _changed("form", f"Added: {event.name}.")


def _save_changes(written: list[Event], key: str) -> None:
    """What was changed in the table, all or none of it."""
    edited = st.session_state[key]["edited_rows"]
    unwanted, wanted = [], []
    try:
        for position, cells in edited.items():
            event = written[int(position)]
            unwanted.append(event)
            if not cells.get("Delete"):
                wanted.append(_edited(event, cells))
        desk.change_events(wanted, unwanted)
    except (ValueError, StoreError) as error:
        note("events", "table", f"Nothing was saved: {str(error).rstrip('.')}.", fault=True)
        return
    gone = len(unwanted) - len(wanted)
    done = [f"{len(wanted)} changed"] * bool(wanted) + [f"{gone} deleted"] * bool(gone)
    _changed("table", f"{', '.join(done).capitalize()}." if done else "Nothing was changed.")


def _edited(event: Event, cells: dict) -> Event:
    start, end = (
        date.fromisoformat(cells[column][:10]) if cells.get(column) else day
        for column, day in (("First day", event.start), ("Last day", event.end))
    )
    return Event(start, end, event_label(cells.get("Name", event.label) or ""), cells.get("Kind") or event.kind)


def _store_file(events: tuple[Event, ...]) -> None:
    try:
        new = desk.put_events(events)
    except (ValueError, StoreError) as error:
        note("events", "file", f"Nothing was stored: {str(error).rstrip('.')}.", fault=True)
        return
    known = f", {len(events) - new:,} there already" if new < len(events) else ""
    _changed("file", f"Stored: {new:,} new{known}.")


def _changed(place: str, text: str) -> None:
    st.session_state["_events_version"] = st.session_state.get("_events_version", 0) + 1
    note("events", place, text)


def _row(event: Event, shop: Shop) -> dict[str, object]:
    return {
        "First day": event.start,
        "Last day": event.end,
        "Name": event.label,
        "Kind": event.kind,
        "Days": event.period.days,
        "When": event.standing(shop),
        "Delete": False,
    }
