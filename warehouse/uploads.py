"""Files that visitors hand over, kept on disk only while somebody looks at them or imports them.

They hold customers' names and addresses, so only the user that the program runs as may read them, and each is removed
when it is imported, replaced or given up, when the visit ends, and when the program does. What a killed
program left behind is removed by the next one.
"""

import atexit
import os
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from warehouse.errors import StoreError

PREFIX = "shop-uploads-"
"""Begins the name of each program's folder; its process's number follows."""

LONGEST_NAME = 100


class Upload:
    """One file handed over; it vanishes with the last reference to it, if not removed before.

    Parameters
    ----------
    file_id : tells the visitor's uploads apart.
    name : as the visitor's machine calls it; the file's own name is made harmless.
    content : its bytes.
    """

    def __init__(self, file_id: str, name: str, content: bytes | memoryview) -> None:
        self.file_id = file_id
        folder = Path(tempfile.mkdtemp(dir=_folder()))
        self.path = folder / (re.sub(r"[^\w.\- ]", "_", Path(name).name)[-LONGEST_NAME:].lstrip(".") or "orders")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._lock = threading.Lock()
        self._users = 0
        self._wanted = True
        self.path.touch(mode=0o600, exist_ok=False)
        self.path.write_bytes(content)

    @property
    def is_wanted(self) -> bool:
        """Whether it has not been given up."""
        return self._wanted

    @contextmanager
    def in_use(self) -> Iterator[Path]:
        """Hold the file while it is worked on: given up meanwhile, it is removed at the end.

        Raises
        ------
        StoreError : it has been given up already.
        """
        with self._lock:
            if not self._wanted:
                raise StoreError("The file is no longer kept: upload it once more.")
            self._users += 1
        try:
            yield self.path
        finally:
            with self._lock:
                self._users -= 1
                self._remove_unless_needed()

    def give_up(self) -> None:
        """Remove the file as soon as nobody works on it."""
        with self._lock:
            self._wanted = False
            self._remove_unless_needed()

    def _remove_unless_needed(self) -> None:
        if not self._wanted and not self._users:
            self._remove()


@lru_cache(maxsize=1)
def _folder() -> Path:
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))  # made with mode 0700
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def sweep() -> None:
    """Remove what programs that no longer run have left; called before this one keeps anything."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = re.match(rf"{PREFIX}(\d+)-", folder.name)
        if number is None or not _runs(int(number[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether another process of that number runs; one of our own number can only be a predecessor."""
    if process == os.getpid():
        return False
    if os.name == "nt":
        return True  # there the question would end the process
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True
