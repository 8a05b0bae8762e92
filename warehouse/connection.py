"""Where the database is, and how to open it without harm."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from warehouse.errors import StoreError, explained
from warehouse.schema import APPLICATION_ID, SCHEMA_VERSION

try:
    import fcntl
except ImportError:  # Windows: there a file in use cannot be replaced at all, so nothing needs guarding
    fcntl = None

PROJECT_ROOT = Path(__file__).resolve().parent.parent

DEFAULT_URL = "sqlite:///data/shop.db"

BUSY_TIMEOUT_MS = 10_000
"""How long one statement waits for another connection's write before it says that the database is in use."""


def database_path(url: str | None = None) -> Path:
    """The SQLite file that ``url`` names, else the one that the environment's DATABASE_URL names.

    Three slashes are followed by a path relative to the project (``sqlite:///data/shop.db``),
    four by an absolute one (``sqlite:////srv/shop.db``).

    >>> database_path("sqlite:////srv/shop.db").as_posix()
    '/srv/shop.db'
    """
    url = url or os.environ.get("DATABASE_URL") or DEFAULT_URL
    scheme, _, rest = url.partition("://")
    if scheme != "sqlite" or len(rest) < 2 or not rest.startswith("/") or rest == "/:memory:":
        raise StoreError(
            f"DATABASE_URL is {_without_password(url)}, but orders are stored in SQLite files only at present: "
            f"write it as {DEFAULT_URL} (in the project's folder) or sqlite:////an/absolute/path.db."
        )
    return PROJECT_ROOT / unquote(rest[1:])


def _without_password(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}…" if "@" in rest else url


@contextmanager
def door(path: Path, *, shut: bool = False) -> Iterator[None]:
    """Keep the opening of a database and its replacement by another apart.

    SQLite finds a database's write-ahead log by its *name*. Whoever opened the file in the instant between the
    removal of the old log and the renaming of the new database would give the new database a log that
    belongs to the old one. So opening holds a shared lock for as long as it takes (microseconds), and
    replacing an exclusive one for two renames. One door serves a folder. The lock falls with the
    process that holds it.
    """
    if fcntl is None or not os.access(path.parent, os.W_OK):
        yield
        return
    handle = os.open(path.with_name(".store.door"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if shut else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open the shop's database, or say in one sentence why that is impossible.

    The file is never created and never changed by being opened; a file that is damaged, foreign or newer than this
    program is left as it is. Transactions are begun and ended by the caller (``isolation_level=None``).
    Keep connections short: one that outlives a replacement goes on reading the replaced database.

    Raises
    ------
    StoreError
        When the file is missing, damaged, not ours, made by a newer version, or locked.
    """
    path = Path(path)
    if not path.exists():
        raise StoreError(f"There is no database at {path} yet: build one with `python db_setup.py`.")
    with explained(path), door(path):
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={'ro' if readonly else 'rw'}",
            uri=True,
            timeout=BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
        )
        try:
            _check_identity(connection, path)
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
    return connection


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    # PRAGMAs read the header only; this read opens the write-ahead log too, while the door is held.
    connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    if application != APPLICATION_ID:
        raise StoreError(
            f"{path} is not a database of this program and was left untouched: "
            "name another file, or replace it with `python db_setup.py --force`."
        )
    if version > SCHEMA_VERSION:
        raise StoreError(f"{path} was made by a newer version of this program: update the program to open it.")
    if version < SCHEMA_VERSION:
        raise StoreError(f"{path} was made by an older version of this program: rebuild it with `python db_setup.py`.")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read, closed at the end, whose faults are told in a sentence."""
    connection = connect(path, readonly=True)
    try:
        with explained(Path(path)):
            yield connection
    finally:
        connection.close()


def data_version(path: Path) -> str:
    """A text that changes with every committed change of the stored data, and with nothing else.

    Equal texts mean equal data: a backup put back and changed again reaches the same version, never the same token.
    """
    query = "SELECT key, value FROM settings WHERE key IN ('store_id', 'version', 'token')"
    with reading(path) as connection:
        return version_of(dict(connection.execute(query)))


def version_of(facts: dict[str, str]) -> str:
    """The data version that a store's settings state."""
    return f"{facts['store_id']}-{state_of(facts)}"


def state_of(facts: dict[str, str]) -> str:
    """Which of a store's states its settings speak of, as ``lineage`` lists them."""
    return f"{facts['version']}-{facts.get('token', '')}"  # a store that knows no token gets one with its next write


def rows_state_of(facts: dict[str, str]) -> str:
    """Since which of a store's states nothing but settings was written, and nothing that follows from them."""
    return facts.get("rows") or state_of(facts)


def rows_version_of(facts: dict[str, str]) -> str:
    """As the data version, but the same after a change of settings that no other row follows from."""
    return f"{facts['store_id']}-{rows_state_of(facts)}"


def settings(path: Path) -> dict[str, str]:
    """The shop's own facts and the store's bookkeeping, as described beside the schema."""
    with reading(path) as connection:
        return dict(connection.execute("SELECT key, value FROM settings"))
