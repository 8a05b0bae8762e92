"""Building a whole new database beside the old one, and putting it in its place in one step."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from warehouse.connection import connect, data_version, door, reading, state_of
from warehouse.customers import refresh_customers
from warehouse.errors import StoreError, explained
from warehouse.schema import APPLICATION_ID, INDEXES, SCHEMA_VERSION, TABLES
from warehouse.settings import DEFAULTS, new_token, put_settings
from warehouse.writing import write_lock

BUILD_CACHE_KIB = 200_000
"""Page cache while building: enough to keep a primary key's upper levels in memory at ten million orders."""


def previous_path(path: Path) -> Path:
    """Where the shop's own orders are kept when another database takes their place."""
    return Path(path).with_name(f"{Path(path).stem}.previous.db")


def holds_own_orders(path: Path) -> bool:
    """Whether the database at ``path`` holds orders that did not come with the demo."""
    if not _has_content(path):
        return False
    with reading(path) as connection:
        demo = connection.execute("SELECT 1 FROM settings WHERE key = 'is_demo' AND value = '1'").fetchone()
        return demo is None and connection.execute("SELECT 1 FROM transactions LIMIT 1").fetchone() is not None


@contextmanager
def replacing(
    path: Path, *, overwrite_foreign: bool = False, wait_seconds: float | None = None
) -> Iterator[sqlite3.Connection]:
    """Yield an empty database to fill; on success it takes the place of the one at ``path``, on any error it vanishes.

    The caller fills tables and settings. Then, before the swap: indexes, what follows from orders, the checks
    of keys and of the file, and a write to disk. Until the last step the old database is
    untouched and readable, so a kill at any moment leaves the old one or the new one, whole. Own orders in the old
    database are kept beside it. A damaged or foreign file is moved aside only with ``overwrite_foreign``.
    """
    path = Path(path)
    with write_lock(path, wait_seconds=wait_seconds), explained(path):
        if _has_content(path) and not overwrite_foreign:
            connect(path, readonly=True).close()
        _tidy(path)
        building = _building(path)
        try:
            with closing(_new_database(building)) as connection:
                yield connection
                _finish(connection)
            _swap_in(building, path)
        finally:
            _remove_leftovers(path)


def restore_previous(path: Path) -> None:
    """Put back the shop's own orders that the last replacement set aside.

    Orders of the shop in the present database take their place beside it, so restoring twice changes nothing.
    """
    path = Path(path)
    with write_lock(path), explained(path):
        _tidy(path)
        if not _has_content(previous_path(path)):
            raise StoreError(f"There are no earlier orders to restore beside {path}.")
        building = _building(path)
        try:
            _copy(previous_path(path), building, journal_mode="WAL")
            keeps_present = holds_own_orders(path)
            _swap_in(building, path)
            if not keeps_present:
                _remove_with_logs(previous_path(path))
        finally:
            _remove_leftovers(path)


def _building(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.building")


def _set_aside_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.set-aside")


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _new_database(building: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(building, isolation_level=None)
    # Nobody else knows this file and a failure discards it, so it needs no journal on disk and no
    # synchronising until the end, when it is written to disk as a whole. Keys are checked as a whole too.
    connection.executescript(
        f"PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
        f"PRAGMA cache_size = -{BUILD_CACHE_KIB}; PRAGMA temp_store = FILE; PRAGMA foreign_keys = OFF;"
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
    )
    connection.executescript("BEGIN;" + TABLES)
    state = {"version": "1", "token": new_token()}
    put_settings(connection, {**DEFAULTS, **state, "store_id": secrets.token_hex(8), "lineage": state_of(state)})
    return connection


def _finish(connection: sqlite3.Connection) -> None:
    connection.executescript(INDEXES.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
    refresh_customers(connection)
    if connection.in_transaction:
        connection.execute("COMMIT")
    orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    if orphan is not None:
        raise StoreError(
            f"The new data are not whole: a row of {orphan[0]} names one of {orphan[2]} that does not exist; "
            "the old database is unchanged, so correct the source and try again."
        )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreError(f"The new database failed its check ({verdict}): check the disk; the old one is unchanged.")
    connection.execute("PRAGMA analysis_limit = 1000")
    connection.execute("ANALYZE")
    connection.execute("PRAGMA locking_mode = NORMAL")
    connection.execute("PRAGMA journal_mode = WAL")


def _swap_in(building: Path, path: Path) -> None:
    """Put a finished database in the place of the old one.

    Why this is safe at every step, against a kill and against readers of the old database in any process:

    1.  The new file is complete on disk before anything else happens.
    2.  The old database's log is emptied into its file (checkpoint). From here the old file is whole without its
        log. No writer can add to the log, because the write lock is ours. A reader in the middle of a long query
        holds the checkpoint up; after the busy timeout we give up and nothing has changed.
    3.  Own orders in the old database are copied to a third name. Only after the swap does the copy become the
        previous database; a kill in between leaves that to the next holder of the lock (``_tidy``).
    4.  The log and its index are unlinked while the door is shut. Readers that have them open keep
        them, as they keep the old file: they go on reading a consistent old database, shared with nobody.
        A kill here leaves the old database, whole.
    5.  The unlinking reaches the disk before the renaming, so that not even a power cut shows the new file
        beside the old log.
    6.  The rename is atomic. A kill after it leaves the new database, whole, without a log.
    7.  A program that does not know our door may have opened the old file between 4 and 6 and made a log of that name;
        it is unlinked once more, before any writer can get the write lock and write to it.

    The database file itself is never opened by anything but SQLite: closing a plain handle would drop the locks
    that SQLite holds on the same file in this process.
    """
    _write_to_disk(building)
    if _has_content(path):
        _settle_old(path)
    with door(path, shut=True):
        _remove_logs(path)
        _write_to_disk(path.parent)
        building.replace(path)
        _remove_logs(path)
    _write_to_disk(path.parent)
    _tidy(path)


def _settle_old(path: Path) -> None:
    try:
        connection = connect(path)
    except StoreError:
        _move_aside(path)
        return
    with closing(connection):
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(f"Another program is still reading {path}: close it or wait for it, and try again.")
    if holds_own_orders(path):
        copy = _building(path)
        _copy(path, copy, journal_mode="DELETE")
        _write_to_disk(copy)
        copy.replace(_set_aside_path(path))


def _move_aside(path: Path) -> None:
    """Keep a damaged or foreign file under another name: only reached when told to replace what is not ours."""
    aside = path.with_name(f"{path.stem}.replaced.db")
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{aside}{suffix}")


def _tidy(path: Path) -> None:
    """Finish what a killed replacement began; whoever replaces holds the write lock, and now it is ours."""
    _remove_leftovers(path)
    set_aside = _set_aside_path(path)
    if set_aside.exists():
        if _has_content(path) and data_version(set_aside) == data_version(path):
            _remove_with_logs(set_aside)
        else:
            _remove_logs(previous_path(path))
            set_aside.replace(previous_path(path))
            _remove_logs(set_aside)


def _copy(source: Path, target: Path, journal_mode: str) -> None:
    """A copy with an identity of its own: a second name for the same file would share SQLite's locks with it."""
    with closing(connect(source, readonly=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute(f"PRAGMA journal_mode = {journal_mode}")


def _write_to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(path: Path) -> None:
    for leftover in path.parent.glob(f".{path.name}.*.building*"):
        leftover.unlink(missing_ok=True)


def _remove_logs(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _remove_with_logs(path: Path) -> None:
    path.unlink(missing_ok=True)
    _remove_logs(path)
