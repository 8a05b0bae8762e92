"""The one error that the store lets through: a sentence with what is wrong and what to do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreError(Exception):
    """Something about the stored data stops the work; the message is one sentence that says how to go on."""


class DamagedError(StoreError):
    """A file that is no database, or no longer one."""


class ImportRefused(StoreError):  # noqa: N818 - the outcome, as the person who imports reads it
    """A file that cannot be read as orders at all; nothing of it was stored."""


class ImportCancelled(StoreError):  # noqa: N818
    """The person who started an import stopped it; nothing of it was stored."""


REBUILD = "move it away, or build a new one with `python db_setup.py --force`"
"""What to do about a damaged store."""


def _explained(error: sqlite3.Error | OSError, path: Path, remedy: str) -> str | None:
    """The sentence for a fault of the machine or of the file; None when the fault is in the program."""
    text = str(error).lower()
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC or "disk is full" in text:
        return f"The disk is full: free some space in {path.parent} and try again; what was stored before is unchanged."
    if "locked" in text or "busy" in text:
        return f"{path} is in use by another program: wait until it has finished, or close it, and try again."
    if _is_damage(error):
        return f"{path} is damaged or not a database of this program and was left untouched: {remedy}."
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or "readonly" in text:
        return f"{path} cannot be written: allow writing to the file and to its folder, and try again."
    if number == errno.EISDIR or "unable to open" in text:
        return f"{path} cannot be opened: check that the folder exists and may be read and written."
    if "disk i/o" in text or number == errno.EIO:
        return f"Reading or writing {path} failed: check the disk and its free space, and try again."
    return None


def _is_damage(error: sqlite3.Error | OSError) -> bool:
    text = str(error).lower()
    return "not a database" in text or "malformed" in text or "unsupported file format" in text


@contextmanager
def explained(path: Path, remedy: str = REBUILD) -> Iterator[None]:
    """Turn faults of the machine and of the file into a StoreError; let faults of the program through as they are.

    Parameters
    ----------
    remedy : what to do about a damaged file, as the end of a sentence.
    """
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        sentence = _explained(error, path, remedy)
        if sentence is None:
            raise
        raise (DamagedError if _is_damage(error) else StoreError)(sentence) from error
