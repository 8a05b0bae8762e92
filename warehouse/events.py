"""Events that people write down, at the desk, and files of events: a row is an event, or is listed with the reason.

The store has a table of events, too: those that came with the data, as the demo's do. What a person writes down lies at
the desk instead. It must outlive every import, which may replace the store; writing it must neither wait for an import
nor make the read copy anew; and a demo's notes are none of a shop's own. Whoever reads events reads both together (see
``analytics.descriptive.events.known_events``), the desk's first.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from analytics.descriptive.event_entries import COLUMNS, Event, event_from_texts
from warehouse.desk import at_desk, desk_as_read
from warehouse.entry_files import EntryForm, RejectedRow, entries_csv, read_entries
from warehouse.errors import StoreError

MOST_EVENTS = 2_000
"""More would shade every day, and what is always expected tells nothing."""
FORM = EntryForm(
    name="event",
    columns=COLUMNS,
    needed=("start_date", "label"),
    synonyms={
        **dict.fromkeys(("start", "from", "first_day", "date", "day", "begin", "begins"), "start_date"),
        **dict.fromkeys(("end", "to", "until", "last_day", "ends"), "end_date"),
        **dict.fromkeys(("name", "event", "title", "description"), "label"),
        **dict.fromkeys(("type", "category"), "kind"),
    },
    most_rows=MOST_EVENTS,
)
"""Of a file of events."""
TEMPLATE = tuple(
    Event(*days, f"Example: {label}", kind)
    for days, label, kind in (
        ((date(2026, 10, 31), date(2026, 11, 8)), "Diwali", "holiday"),
        ((date(2026, 11, 27), date(2026, 11, 30)), "Black Friday", "promotion"),
        ((date(2026, 12, 3), date(2026, 12, 3)), "payment provider down", "outage"),
        ((date(2027, 1, 1), date(2027, 1, 1)), "new price list", "price change"),
    )
)
"""What a file of events may look like."""


@dataclass(frozen=True)
class WrittenEvents:
    """All events that people wrote down, by start; the ``digest`` of the content stands for them where they are named.

    So a long calendar does not make long names, and the same events have the same name, whoever else writes there.
    """

    events: tuple[Event, ...] = field(default=(), repr=False)
    digest: str = ""

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)


@dataclass(frozen=True)
class EventFile:
    """What a file of events holds: ``read`` rows, each of them among ``events`` or ``rejected``."""

    events: tuple[Event, ...]
    rejected: tuple[RejectedRow, ...]

    @property
    def read(self) -> int:
        """Rows of the file."""
        return len(self.events) + len(self.rejected)


def all_events(desk: Path) -> WrittenEvents:
    """Every event written down, by start; none where nothing was ever written down.

    Raises
    ------
    StoreError : the desk cannot be read.
    """
    if not desk.exists():
        return WrittenEvents()
    with desk_as_read(desk) as opened:
        rows = opened.execute("SELECT * FROM events ORDER BY start_date, end_date, label").fetchall()
    try:
        events = tuple(_stored(row) for row in rows)
    except ValueError as error:
        raise StoreError(
            f"{desk} holds an event that cannot be meant ({error}): put it right, or move it away."
        ) from error
    return WrittenEvents(events, hashlib.sha256(repr(events).encode()).hexdigest() if events else "")


def change_events(desk: Path, wanted: Iterable[Event], unwanted: Iterable[Event] = ()) -> None:
    """Forget some events and keep others in one transaction: all of it, or nothing.

    Raises
    ------
    ValueError : one is there already, or there would be too many.
    StoreError : the desk cannot be written.
    """
    with at_desk(desk) as opened:
        opened.executemany(
            "DELETE FROM events WHERE start_date = ? AND end_date = ? AND label = ?", [_key(e) for e in unwanted]
        )
        for event in wanted:
            try:
                opened.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (*_key(event), event.kind))
            except sqlite3.IntegrityError:
                raise ValueError(f"{event.name} is there already") from None
        _check_number(opened)


def put_events(desk: Path, events: Iterable[Event]) -> int:
    """Keep the events of a file, all or none; one that is there already takes the new kind.

    Returns
    -------
    How many were not there before.

    Raises
    ------
    ValueError : there would be too many.
    StoreError : the desk cannot be written.
    """
    with at_desk(desk) as opened:
        before = _number(opened)
        opened.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind",
            [(*_key(event), event.kind) for event in events],
        )
        _check_number(opened)
        return _number(opened) - before


def read_events(path: Path) -> EventFile:
    """The events in a file of one of the formats that orders may come in (CSV, Excel, Parquet, JSON lines).

    Raises
    ------
    ImportRefused : it is no table, lacks a column, or has more rows than there may be events.
    """
    return EventFile(*read_entries(path, FORM, event_from_texts))


def events_csv(events: Iterable[Event]) -> bytes:
    """Events as a CSV file that ``read_events`` reads back, and in which a spreadsheet runs nothing."""
    return entries_csv(COLUMNS, ((*_key(event), event.kind) for event in events))


def _stored(row: sqlite3.Row) -> Event:
    days = (date.fromisoformat(row[column]) for column in ("start_date", "end_date"))
    return Event(*days, row["label"], row["kind"])


def _key(event: Event) -> tuple[str, str, str]:
    return event.start.isoformat(), event.end.isoformat(), event.label


def _number(opened: sqlite3.Connection) -> int:
    return opened.execute("SELECT count(*) FROM events").fetchone()[0]


def _check_number(opened: sqlite3.Connection) -> None:
    if _number(opened) > MOST_EVENTS:
        raise ValueError(f"there can be {MOST_EVENTS:,} events at most: delete some first")
