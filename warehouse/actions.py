"""The actions that somebody took up, at the desk: the advice as it was then, how far it is, who does it."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analytics.formats import one_line
from analytics.prescriptive.advice import Advice, advice_as_written, advice_from
from warehouse.desk import at_desk, desk_as_read
from warehouse.errors import StoreError

STATUSES = ("planned", "running", "done")
MOST_OPEN = 200
"""More is a list that nobody works through; who takes up the next is told to finish some."""
LONGEST_OWNER, LONGEST_NOTE = 80, 500


@dataclass(frozen=True)
class Action:
    """An advice that was taken up: ``id`` tells it from an earlier one of the same key."""

    id: int
    advice: Advice
    status: str
    owner: str
    note: str
    planned_on: date
    started_on: date | None
    done_on: date | None


def all_actions(desk: Path) -> list[Action]:
    """Every action, the newest first; none where nothing was ever taken up.

    Raises
    ------
    StoreError : the desk cannot be read, or holds what cannot be meant.
    """
    if not desk.exists():
        return []
    with desk_as_read(desk) as opened:
        rows = opened.execute("SELECT * FROM actions ORDER BY id DESC").fetchall()
    try:
        return [_stored(row) for row in rows]
    except ValueError as error:
        raise StoreError(
            f"{desk} holds an action that cannot be meant ({error}): put it right, or move it away."
        ) from error


def take_up(desk: Path, advice: Advice, on: date) -> Action:
    """Plan an action; one of this key that is not done yet stays as it is.

    Raises
    ------
    ValueError : too many are open.
    StoreError : the desk cannot be written.
    """
    with at_desk(desk) as opened:
        row = opened.execute("SELECT * FROM actions WHERE key = ? AND status <> 'done'", (advice.key,)).fetchone()
        if row is None:
            (number,) = opened.execute("SELECT count(*) FROM actions WHERE status <> 'done'").fetchone()
            if number >= MOST_OPEN:
                raise ValueError(f"There are {MOST_OPEN} open actions already: finish or drop some first.")
            written = json.dumps(advice_as_written(advice), ensure_ascii=False)
            new = opened.execute(
                "INSERT INTO actions (key, advice, status, planned_on) VALUES (?, ?, 'planned', ?)",
                (advice.key, written, on.isoformat()),
            ).lastrowid
            row = opened.execute("SELECT * FROM actions WHERE id = ?", (new,)).fetchone()
    return _stored(row)


def change_action(
    desk: Path, which: int, status: str, owner: str, note: str, started_on: date | None, done_on: date | None
) -> None:
    """Write down how far an action is; one that somebody dropped meanwhile stays dropped.

    Parameters
    ----------
    status : one of ``STATUSES``. One that is planned has no ``started_on``, one that is not done no ``done_on``.

    Raises
    ------
    ValueError : the days and the status do not fit, a text is too long, or another one of the key is open.
    StoreError : the desk cannot be written.
    """
    owner, note = one_line(owner), one_line(note)
    if len(owner) > LONGEST_OWNER or len(note) > LONGEST_NOTE:
        raise ValueError(f"An owner has at most {LONGEST_OWNER} characters, a note {LONGEST_NOTE}.")
    if status not in STATUSES:
        raise ValueError(f"status: expected one of {', '.join(STATUSES)}, got {status!r}")
    if (status == "planned") != (started_on is None) or (status == "done") != (done_on is not None):
        raise ValueError("An action that runs has a day on which it began; one that is done also a day of its end.")
    if done_on is not None and done_on < started_on:
        raise ValueError("An action cannot be done before it began.")
    days = [day and day.isoformat() for day in (started_on, done_on)]
    with at_desk(desk) as opened:
        try:
            opened.execute(
                "UPDATE actions SET status = ?, owner = ?, note = ?, started_on = ?, done_on = ? WHERE id = ?",
                (status, owner, note, *days, which),
            )
        except sqlite3.IntegrityError:
            raise ValueError("The same advice was taken up again since: finish or drop that one first.") from None


def drop_action(desk: Path, which: int) -> None:
    """Forget an action."""
    with at_desk(desk) as opened:
        opened.execute("DELETE FROM actions WHERE id = ?", (which,))


def _stored(row: sqlite3.Row) -> Action:
    days = [row[name] and date.fromisoformat(row[name]) for name in ("planned_on", "started_on", "done_on")]
    return Action(row["id"], advice_from(json.loads(row["advice"])), row["status"], row["owner"], row["note"], *days)
