"""Small databases that lie beside the store and outlive every import: what people write down, what models said."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from warehouse import connection
from warehouse.errors import StoreError, explained


@dataclass(frozen=True)
class Beside:
    """A kind of such databases, made when they are first used.

    ``application_id`` marks a file as one of ours (``PRAGMA application_id``); ``version`` is raised when a table
    changes shape and kept in ``user_version``. ``upgrades`` has by version what makes one of it one of the next.
    ``holds`` says what is kept in it, and ``remedy`` what to do about a damaged one, as parts of sentences.
    """

    application_id: int
    version: int
    tables: str
    holds: str
    remedy: str
    upgrades: Mapping[int, str] = field(default_factory=dict)

    @contextmanager
    def transaction(self, path: Path) -> Iterator[sqlite3.Connection]:
        """All of what is done on success, nothing on any error; the file is made where there is none.

        Rows are read by name (``sqlite3.Row``).

        Raises
        ------
        StoreError : the file is damaged, foreign or newer than this program, locked for too long, or the disk is full.
        """
        with self._opened(path) as opened:
            opened.execute("BEGIN IMMEDIATE")
            try:
                self._check_identity(opened, path)
                yield opened
                opened.execute("COMMIT")
            except BaseException:
                if opened.in_transaction:
                    opened.execute("ROLLBACK")
                raise

    @contextmanager
    def as_read(self, path: Path) -> Iterator[sqlite3.Connection]:
        """The file at one moment, to read alone: nobody who writes is waited for, nor made to wait for longer.

        One that is not there yet, or is of an earlier version, is first made or brought up to date.

        Raises
        ------
        StoreError : as ``transaction``.
        """
        with self._opened(path) as opened:
            opened.execute("BEGIN")
            if not self._is_laid_out(opened):
                opened.execute("ROLLBACK")
                with self.transaction(path):
                    pass
                opened.execute("BEGIN")
            opened.execute("PRAGMA query_only = ON")
            yield opened

    @contextmanager
    def _opened(self, path: Path) -> Iterator[sqlite3.Connection]:
        """A transaction that is still open at the end is taken back."""
        with explained(path, remedy=self.remedy):
            path.parent.mkdir(parents=True, exist_ok=True)
            opened = sqlite3.connect(path, timeout=connection.BUSY_TIMEOUT_MS / 1000, isolation_level=None)
            opened.row_factory = sqlite3.Row
            try:
                opened.execute("PRAGMA foreign_keys = ON")
                yield opened
            finally:
                opened.close()

    def _is_laid_out(self, opened: sqlite3.Connection) -> bool:
        (application,) = opened.execute("PRAGMA application_id").fetchone()
        (version,) = opened.execute("PRAGMA user_version").fetchone()
        opened.execute("SELECT 1 FROM sqlite_schema").fetchall()  # the two before read the header only
        return (application, version) == (self.application_id, self.version)

    def _check_identity(self, opened: sqlite3.Connection, path: Path) -> None:
        (application,) = opened.execute("PRAGMA application_id").fetchone()
        (version,) = opened.execute("PRAGMA user_version").fetchone()
        (tables,) = opened.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if not tables and not application:
            self._lay_out(opened)
        elif application != self.application_id:
            raise StoreError(
                f"{path} is not where this program keeps {self.holds}, and was left untouched: move it away and reload."
            )
        elif version in self.upgrades:
            self._upgrade(opened, version)
        elif version != self.version:
            age = "a newer" if version > self.version else "an older"
            raise StoreError(f"{path} was made by {age} version of this program: update the program, or move it away.")

    def _lay_out(self, opened: sqlite3.Connection) -> None:
        _run(opened, self.tables)
        opened.execute(f"PRAGMA application_id = {self.application_id}")
        opened.execute(f"PRAGMA user_version = {self.version}")

    def _upgrade(self, opened: sqlite3.Connection, version: int) -> None:
        """In the transaction of whoever comes first, so that a file is of one version or the other."""
        for step in range(version, self.version):
            _run(opened, self.upgrades[step])
        opened.execute(f"PRAGMA user_version = {self.version}")


def _run(opened: sqlite3.Connection, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            opened.execute(statement)
