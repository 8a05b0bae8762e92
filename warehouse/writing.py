"""Changing the stored data: one writer at a time, everything or nothing, and a new data version."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.connection import connect, state_of
from warehouse.customers import refresh_customers
from warehouse.errors import StoreError, explained
from warehouse.settings import DEFAULTS, RULES, checked_settings, get_settings, new_token, put_settings

LOCK_WAIT_SECONDS = 3.0
"""How long a second writer waits for the first before it says so."""

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
    path: Path, *, appends_only: bool = False, wait_seconds: float | None = None
) -> Iterator[sqlite3.Connection]:
    """One transaction on the stored data: all of it on success, none of it on any error.

    A transaction that changed nothing leaves the data version as it was. Whoever only adds rows to
    ``transactions`` and ``order_lines`` says so with ``appends_only``, so that copies of the data need not be rebuilt.
    """
    path = Path(path)
    with write_lock(path, wait_seconds=wait_seconds):
        connection = connect(path)
        try:
            with explained(path):
                connection.execute("BEGIN IMMEDIATE")
                changes_before = connection.total_changes
                try:
                    yield connection
                    if connection.total_changes == changes_before:
                        connection.execute("ROLLBACK")
                    else:
                        _count_version(connection, appends_only)
                        connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        finally:
            connection.close()


def _count_version(connection: sqlite3.Connection, appends_only: bool) -> None:
    before = get_settings(connection)
    after = {"version": str(int(before["version"]) + 1), "token": new_token()}
    appended_to = before.get("lineage", "").split() if appends_only else []
    lineage = [*appended_to, state_of(after)][-LONGEST_LINEAGE:]
    put_settings(connection, {**after, "lineage": " ".join(lineage)})


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
    # The rows of orders stay as they are, so this counts as an append for those who copy them.
    with writing(path, appends_only=True) as connection:
        changed = {key for key, value in checked.items() if get_settings(connection).get(key) != value}
        put_settings(connection, checked)
        connection.executemany("DELETE FROM settings WHERE key = ?", [(key,) for key in unknown])
        if changed & {"churn_days", "time_zone"}:
            refresh_customers(connection)
