"""A shop's assumptions at the desk: every version that was saved, the last one in force; and as a TOML file."""

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from analytics.formats import one_line, quoted
from analytics.prescriptive.assumptions import Assumptions, as_written, assumptions_from
from warehouse.desk import at_desk, desk_as_read
from warehouse.errors import ImportRefused, StoreError

MOST_VERSIONS = 500
"""The oldest beyond so many are forgotten."""
LONGEST_NOTE = 200
LARGEST_FILE = 1_000_000
"""Bytes; nobody states so much."""


@dataclass(frozen=True)
class SavedAssumptions:
    """A version: its number, when it was saved (an instant in UTC, as ISO), and what was noted about it."""

    version: int
    saved_at: str
    note: str
    assumptions: Assumptions


def assumptions_in_force(desk: Path) -> Assumptions:
    """What was saved last; the defaults where nothing ever was.

    Raises
    ------
    StoreError : the desk cannot be read, or holds what cannot be meant.
    """
    saved = _read(desk, "ORDER BY version DESC LIMIT 1")
    return saved[0].assumptions if saved else Assumptions()


def saved_versions(desk: Path) -> list[SavedAssumptions]:
    """Every version, the newest first.

    Raises
    ------
    StoreError : as ``assumptions_in_force``.
    """
    return _read(desk, "ORDER BY version DESC")


def save_assumptions(desk: Path, assumptions: Assumptions, note: str = "") -> int:
    """Make them the ones in force; the same as those in force are not saved again.

    Returns
    -------
    The number of the version in force.

    Raises
    ------
    StoreError : the desk cannot be written.
    """
    content = json.dumps(as_written(assumptions), ensure_ascii=False, sort_keys=True)
    with at_desk(desk) as opened:
        last = opened.execute("SELECT version, content FROM assumptions ORDER BY version DESC LIMIT 1").fetchone()
        if last is not None and last["content"] == content:
            return last["version"]
        now = datetime.now(UTC).isoformat(timespec="seconds")
        row = (content, one_line(note)[:LONGEST_NOTE], now)
        version = opened.execute("INSERT INTO assumptions (content, note, saved_at) VALUES (?, ?, ?)", row).lastrowid
        opened.execute("DELETE FROM assumptions WHERE version <= ?", (version - MOST_VERSIONS,))
    return version


def assumptions_toml(assumptions: Assumptions, currency: str = "") -> bytes:
    """The stated sections as a file that ``read_assumptions`` reads back.

    Parameters
    ----------
    currency : ISO code of the amounts, which the file then names; "" for none.
    """
    named = {"currency": currency} if currency else {}
    return tomli_w.dumps(named | as_written(assumptions)).encode("utf-8")


def read_assumptions(path: Path, currency: str = "") -> Assumptions:
    """The assumptions of a TOML file.

    Parameters
    ----------
    currency : ISO code of the shop's amounts: a file that names another is not taken, for nothing would convert them.

    Raises
    ------
    ImportRefused : it is no TOML, or states what cannot be meant; the message says what and what is expected.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ImportRefused(f"{path.name} is too large to be a file of assumptions.")
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # a ValueError too: numbers of thousands of digits
        raise ImportRefused(f"{path.name} cannot be read as TOML ({error}): correct it and try again.") from error
    its_own = written.pop("currency", currency)
    if currency and its_own != currency:
        raise ImportRefused(
            f"{path.name} states amounts in {quoted(str(its_own))}, those of this shop are in {currency}: convert "
            f'them, then write currency = "{currency}".'
        )
    try:
        return assumptions_from(written)
    except ValueError as error:
        raise ImportRefused(f"{path.name} states what cannot be meant: {error}.") from error


def _read(desk: Path, which: str) -> list[SavedAssumptions]:
    if not desk.exists():
        return []
    with desk_as_read(desk) as opened:
        rows = opened.execute(f"SELECT version, saved_at, note, content FROM assumptions {which}").fetchall()
    try:
        return [SavedAssumptions(*row[:3], assumptions_from(json.loads(row["content"]))) for row in rows]
    except ValueError as error:
        raise StoreError(
            f"{desk} holds assumptions that cannot be meant ({error}): put them right, or move it away."
        ) from error
