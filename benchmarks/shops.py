"""Simulated shops of a given size, made once and kept for later runs."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

from benchmarks.processes import timed_run
from benchmarks.results import CACHE
from warehouse import readcopy, store

DEMO, MILLION, TEN_MILLION = 15_000, 1_000_000, 10_000_000
SIZES = (DEMO, MILLION, TEN_MILLION)


def size_name(orders: int) -> str:
    """A size as people say it.

    >>> size_name(15_000), size_name(10_000_000)
    ('15 k', '10 M')
    """
    return f"{orders // 1_000_000} M" if orders >= 1_000_000 else f"{orders // 1_000} k"


def shop_database(orders: int, *, lines: bool = False) -> Path:
    """The SQLite store of a simulated shop with that many orders, with its read copy made.

    Parameters
    ----------
    lines : with what each order is made of, which prices and what goes together are read from.
    """
    folder = CACHE / "shops" / (f"{orders}-lines" if lines else str(orders))
    database = folder / "shop.db"
    if not _is_current(database):
        print(f"Making a shop of {size_name(orders)} orders; it is kept in {folder} …", flush=True)
        without = [] if lines else ["--no-lines"]
        timed_run(["data_generation.py", "--orders", str(orders), *without, "--out", str(folder)])
        timed_run(["-c", _LOAD, str(folder), str(database)])
    readcopy.read_copy(database)
    return database


def scratch_copy(database: Path) -> Path:
    """A copy of a store that may be written to, without a read copy."""
    folder = CACHE / "scratch"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    target = folder / database.name
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
    return target


def _is_current(database: Path) -> bool:
    """Whether it is there and of the form that this version reads."""
    if not database.exists():
        return False
    try:
        store.data_version(database)
    except store.StoreError:
        return False
    return True


_LOAD = "import pathlib, sys; from warehouse.demo import load_demo; load_demo(*map(pathlib.Path, sys.argv[1:]))"
