"""Saved views: a name and the address that it stands for, kept at the desk."""

import sqlite3
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from analytics.formats import one_line
from warehouse.desk import at_desk, desk_as_read

LONGEST_NAME = 80
MOST_VIEWS = 500
"""More would be a list that nobody reads; the one who saves the next is told to delete some."""


@dataclass(frozen=True)
class View:
    """A view by its name: the address begins with ``/``, the page's own; ``saved_at`` is an instant in UTC, as ISO."""

    name: str
    address: str
    saved_at: str


def view_name(written: str) -> str:
    """A name as it is kept: what can be seen of it, on one line, its letters with their accents as one sign each.

    So two names that look alike are one, whichever keyboard wrote them.

    >>> view_name("  Monday \\n look "), len(view_name("cafe\\u0301"))
    ('Monday look', 4)

    Raises
    ------
    ValueError : nothing is left of it, or it is too long.
    """
    name = unicodedata.normalize("NFC", one_line(written))
    if not name:
        raise ValueError("A view needs a name.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME} characters, this one has {len(name)}.")
    return name


def saved_views(desk: Path) -> list[View]:
    """All views, by name as people sort names."""
    with desk_as_read(desk) as opened:
        rows = opened.execute("SELECT name, address, saved_at FROM views").fetchall()
    return sorted((View(*row) for row in rows), key=lambda view: (view.name.casefold(), view.name))


def save_view(desk: Path, name: str, address: str) -> View | None:
    """Keep an address under a name.

    Returns
    -------
    The view that had this name before and is replaced; None where there was none.

    Raises
    ------
    ValueError : the name cannot be one (see ``view_name``), or there are too many views.
    """
    name = view_name(name)
    with at_desk(desk) as opened:
        replaced = _named(opened, name)
        (count,) = opened.execute("SELECT count(*) FROM views").fetchone()
        if not replaced and count >= MOST_VIEWS:
            raise ValueError(f"There are {MOST_VIEWS} saved views already: delete one first.")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        opened.execute("INSERT OR REPLACE INTO views VALUES (?, ?, ?)", (name, address, now))
    return replaced


def delete_view(desk: Path, name: str) -> View | None:
    """Forget a view; returns it, so that it can be put back, or None where somebody else was quicker."""
    with at_desk(desk) as opened:
        deleted = _named(opened, name)
        opened.execute("DELETE FROM views WHERE name = ?", (name,))
    return deleted


def put_back(desk: Path, view: View) -> None:
    """Undo a deletion or a replacement."""
    with at_desk(desk) as opened:
        opened.execute("INSERT OR REPLACE INTO views VALUES (?, ?, ?)", (view.name, view.address, view.saved_at))


def _named(opened: sqlite3.Connection, name: str) -> View | None:
    row = opened.execute("SELECT name, address, saved_at FROM views WHERE name = ?", (name,)).fetchone()
    return View(*row) if row else None
