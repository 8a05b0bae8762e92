"""Changing the stored data: one writer at a time, everything or nothing, and a new data version."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.connection import connect, rows_state_of, state_of
from warehouse.customers import refresh_customers
from warehouse.errors import StoreError, explained
from warehouse.settings import DEFAULTS, RULES, checked_settings, get_settings, new_token, put_settings

LOCK_WAIT_SECONDS = 3.0
"""How long a second writer waits for the first before it says so."""

FOLLOWED = frozenset({"churn_days", "time_zone"})
"""Settings that columns of ``customers`` follow from."""

LONGEST_LINEAGE = 100
"""How many appends a copy of the data may lie behind and still be brought up to date by the appended rows alone."""


@contextmanager
def write_lock(path: Path, *, wait_seconds: float | None = None) -> Iterator[None]:
    """Hold the right to change the database at ``path``, against other threads and other processes.

    The operating system drops the lock with the process, so a killed import leaves nothing locked.
    """
    wait_seconds = LOCK_WAIT_SECONDS if wait_seconds is None else wait_seconds
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(path.name + ".lock"), timeout=wait_seconds)
        try:
            lock.acquire()
        except Timeout:
            raise StoreError(
                f"Another import into {path} is running: wait until it has finished and try again."
            ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def writing(
    path: Path, *, appends_only: bool = False, settings_only: bool = False, wait_seconds: float | None = None
) -> Iterator[sqlite3.Connection]:
    """One transaction on the stored data: all of it on success, none of it on any error.

    A transaction that changed nothing leaves the data version as it was. Whoever only adds rows to
    ``transactions`` and ``order_lines`` says so with ``appends_only``, so that copies of the data need not be rebuilt.
    Whoever writes ``settings`` alone, and what follows from them, says so with ``settings_only``.
    """
    path = Path(path)
    with write_lock(path, wait_seconds=wait_seconds):
        connection = connect(path)
        try:
            with explained(path):
                connection.execute("BEGIN IMMEDIATE")
                facts = get_settings(connection)
                changes_before = connection.total_changes
                try:
                    yield connection
                    if connection.total_changes == changes_before:
                        connection.execute("ROLLBACK")
                    else:
                        _count_version(connection, facts, appends_only, settings_only)
                        connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        finally:
            connection.close()


def _count_version(
    connection: sqlite3.Connection, before: dict[str, str], appends_only: bool, settings_only: bool
) -> None:
    after = {"version": str(int(before["version"]) + 1), "token": new_token()}
    appended_to = before.get("lineage", "").split() if appends_only or settings_only else []
    lineage = [*appended_to, state_of(after)][-LONGEST_LINEAGE:]
    stated = get_settings(connection)
    rows_stay = settings_only and all(stated.get(key) == before.get(key) for key in FOLLOWED)
    rows = rows_state_of(before) if rows_stay else state_of(after)
    put_settings(connection, {**after, "lineage": " ".join(lineage), "rows": rows})


def change_settings(path: Path, **values: object) -> None:
    """Store facts about the shop, and what follows from them, such as who counts as churned.

    None for a fact without a default, such as ``gross_margin``, means that it is not known.

    Raises
    ------
    ValueError
        When a name is unknown or a value not allowed; the message names it.
    """
    unknown = {key for key, value in values.items() if value is None and key in RULES and key not in DEFAULTS}
    checked = checked_settings({key: value for key, value in values.items() if key not in unknown})
    with writing(path, settings_only=True) as connection:
        changed = {key for key, value in checked.items() if get_settings(connection).get(key) != value}
        put_settings(connection, checked)
        connection.executemany("DELETE FROM settings WHERE key = ?", [(key,) for key in unknown])
        if changed & FOLLOWED:
            refresh_customers(connection)
