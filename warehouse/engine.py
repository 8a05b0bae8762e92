"""The warehouse as analyses see it: Ibis tables over the read copy, safe to use from many threads.

A DuckDB connection must not be used by two threads at once, so each visitor borrows a cursor of one
shared connection for as long as an answer takes. When the store changes, new borrowers get the new
copy; those at work finish on the old one.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir

from analytics.summed import Sums
from warehouse import readcopy, store
from warehouse.daysums import DAY_SUMS
from warehouse.errors import StoreError

MEMORY_LIMIT = "2GB"
"""What the engine may hold before it spills to disk; the copies of 10 M orders need far less."""

FEW_ORDERS = 500_000
"""Up to so many orders one thread answers a question in milliseconds. With more threads, those of many visitors'
questions wait for each other: fifty visitors of a small shop had to wait twenty times as long."""

_OUT_OF_ORDER = (duckdb.InternalException, duckdb.FatalException)
"""After these a connection answers nothing any more, though its file may be whole."""


Files = tuple[tuple[int, int, int] | None, ...]
"""Per file its number on the disk, its size and when it was last written to; None where it is empty or not there."""


@dataclass(frozen=True)
class Tables:
    """The tables of one data version; see ``warehouse/schema.py`` for their columns.

    ``sums`` are the orders added up by day and members (see ``daysums``), where the shop is large.
    """

    version: str
    orders: ir.Table
    customers: ir.Table
    order_lines: ir.Table
    marketing_spend: ir.Table
    campaign_contacts: ir.Table
    events: ir.Table
    shop: ir.Table
    sums: Sums = ()


class Warehouse:
    """Lends the tables of the newest data version.

    Parameters
    ----------
    database : the SQLite store, by default the one that ``DATABASE_URL`` names.
    """

    def __init__(self, database: Path | None = None) -> None:
        self.database = database or store.database_path()
        self._lock = threading.Lock()
        self._open: _OpenCopy | None = None
        self._files_asked: Files | None = None

    def version(self) -> str:
        """The data version of the store now: cheap enough to ask at every rerun."""
        return store.data_version(self.database)

    @contextlib.contextmanager
    def tables(self, version: str | None = None) -> Iterator[Tables]:
        """Borrow the tables; a copy that turns out damaged is made again, and the borrower told to ask anew.

        DuckDB's errors do not tell a broken file from a full disk or a faulty question, so the file itself is read
        through before it is given up.

        Parameters
        ----------
        version : what the borrower's other answers speak of. Where the open copy has it and nobody has written to the
            store's files since it was asked for its version, the store is not asked again, which takes a page a
            dozen times a millisecond. The tables lent are of the newest version all the same: see theirs.

        Raises
        ------
        StoreError : the store cannot be read, or there is no disk space for what an answer needs meanwhile.
        DamagedCopyError : the file broke under the reader; asking once more gets a new one.
        """
        copy = self._current(version)
        try:
            with copy.lend() as tables:
                yield tables
        except duckdb.Error as error:
            said = str(error).partition("\n")[0]
            if not readcopy.is_whole(copy.path):
                self._drop(copy)
                raise DamagedCopyError(said) from error
            if isinstance(error, _OUT_OF_ORDER):
                self._close(copy)
            if isinstance(error, duckdb.IOException):
                raise StoreError(
                    f"The disk failed an answer ({said}): free some space in {copy.path.parent} and reload."
                ) from error
            raise

    def _current(self, known: str | None) -> "_OpenCopy":
        files = self._files()
        with self._lock:
            untouched = self._open is not None and self._open.version == known and self._files_asked == files
            if untouched and self._open.path.exists():
                return self._open
        version = self.version()
        with self._lock:
            if self._open is None or self._open.version != version or not self._open.path.exists():
                self._open = None
                self._open = self._opened()
            self._files_asked = files
            return self._open

    def _files(self) -> "Files":
        """What tells that the store's files were written to: the database, and its log while that holds anything."""
        log = self.database.with_name(f"{self.database.name}-wal")
        return tuple(_state(file) for file in (self.database, log))

    def _opened(self) -> "_OpenCopy":
        for attempt in (1, 2):
            path = readcopy.read_copy(self.database)
            try:
                return _OpenCopy(path)
            except duckdb.Error:
                if attempt == 2:
                    raise
                readcopy.discard(path)
        raise AssertionError("unreachable")

    def _drop(self, copy: "_OpenCopy") -> None:
        with self._lock:
            if self._open is copy:
                self._open = None
                readcopy.discard(copy.path)

    def _close(self, copy: "_OpenCopy") -> None:
        with self._lock:
            if self._open is copy:
                self._open = None


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:  # SQLite takes its log away whenever the last connection is closed
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else None


class DamagedCopyError(Exception):
    """The read copy broke while it was read; it has been discarded and will be made again."""


class _OpenCopy:
    """One opened file and its idle cursors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.version = path.name.rsplit(".f", 1)[0]
        self._idle: list[Tables] = []
        self._connection = duckdb.connect(path, read_only=True, config={"memory_limit": MEMORY_LIMIT})
        self._sums = self._tables_of_sums()
        with self.lend() as tables:  # proves that the file can be read before anyone is given it
            if tables.orders.count().execute() <= FEW_ORDERS:
                self._connection.execute("SET threads = 1")

    def _tables_of_sums(self) -> list[str]:
        there = {name for (name,) in self._connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        return [name for name in DAY_SUMS if name in there]

    @contextlib.contextmanager
    def lend(self) -> Iterator[Tables]:
        try:
            tables = self._idle.pop()
        except IndexError:
            tables = self._bound()
        yield tables
        self._idle.append(tables)  # only after success: a cursor that failed is not lent again

    def _bound(self) -> Tables:
        backend = ibis.duckdb.from_connection(self._connection.cursor())
        named = {name: backend.table(name) for name in Tables.__dataclass_fields__ if name not in ("version", "sums")}
        return Tables(version=self.version, **named, sums=tuple(map(backend.table, self._sums)))
