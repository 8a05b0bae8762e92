"""What is kept at the desk under a name: one text a name, replaced by the next, forgotten, and put back."""

import sqlite3
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from analytics.formats import one_line
from warehouse.desk import at_desk, desk_as_read

LONGEST_NAME = 80


class Named(Protocol):
    """What stands on a shelf; ``saved_at`` is an instant in UTC, as ISO."""

    name: str
    saved_at: str


Kept = TypeVar("Kept", bound=Named)


@dataclass(frozen=True)
class Shelf(Generic[Kept]):
    """A table of the desk of three columns: name, text, and when it was saved.

    ``record`` makes of a row what stands there, ``thing`` names it in messages, and ``most`` is how many may stand
    there: more would be a list that nobody reads.
    """

    table: str
    record: Callable[[str, str, str], Kept]
    thing: str
    most: int

    def all(self, desk: Path) -> list[Kept]:
        """All of them, by name as people sort names; none where nothing was ever written down.

        Raises
        ------
        StoreError : the desk cannot be read.
        """
        if not desk.exists():
            return []
        with desk_as_read(desk) as opened:
            rows = opened.execute(f"SELECT * FROM {self.table}").fetchall()
        return sorted((self.record(*row) for row in rows), key=lambda kept: (kept.name.casefold(), kept.name))

    def keep(self, desk: Path, name: str, text: str) -> Kept | None:
        """Keep a text under a name.

        Returns
        -------
        What had this name before and is replaced; None where there was none.

        Raises
        ------
        ValueError : the name cannot be one (see ``kept_name``), or there are too many.
        StoreError : the desk cannot be written; it is then as it was.
        """
        name = kept_name(name, self.thing)
        with at_desk(desk) as opened:
            replaced = self._named(opened, name)
            (count,) = opened.execute(f"SELECT count(*) FROM {self.table}").fetchone()
            if not replaced and count >= self.most:
                raise ValueError(f"There are {self.most} saved {self.thing}s already: delete one first.")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._put(opened, name, text, now)
        return replaced

    def forget(self, desk: Path, name: str) -> Kept | None:
        """Forget one; returns it, so that it can be put back, or None where somebody else was quicker.

        Raises
        ------
        StoreError : the desk cannot be written; it is then as it was.
        """
        with at_desk(desk) as opened:
            forgotten = self._named(opened, name)
            opened.execute(f"DELETE FROM {self.table} WHERE name = ?", (name,))
        return forgotten

    def put_back(self, desk: Path, name: str, text: str, saved_at: str) -> None:
        """Undo a deletion or a replacement.

        Raises
        ------
        StoreError : the desk cannot be written; it is then as it was.
        """
        with at_desk(desk) as opened:
            self._put(opened, name, text, saved_at)

    def _named(self, opened: sqlite3.Connection, name: str) -> Kept | None:
        row = opened.execute(f"SELECT * FROM {self.table} WHERE name = ?", (name,)).fetchone()
        return self.record(*row) if row else None

    def _put(self, opened: sqlite3.Connection, *row: str) -> None:
        opened.execute(f"INSERT OR REPLACE INTO {self.table} VALUES (?, ?, ?)", row)


def kept_name(written: str, thing: str) -> str:
    """A name as it is kept: what can be seen of it, on one line, its letters with their accents as one sign each.

    So two names that look alike are one, whichever keyboard wrote them.

    Parameters
    ----------
    thing : what is named, for the message.

    >>> kept_name("  Monday \\n look ", "view"), len(kept_name("cafe\\u0301", "view"))
    ('Monday look', 4)

    Raises
    ------
    ValueError : nothing is left of it, or it is too long.
    """
    name = unicodedata.normalize("NFC", one_line(written))
    if not name:
        raise ValueError(f"A {thing} needs a name.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME} characters, this one has {len(name)}.")
    return name
