"""A shop's files: written to a folder beside the old one, which is replaced only when the new one is whole."""

import errno
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simulation.shop import SimulatedShop

ROWS_PER_GROUP = 250_000
TABLES = (
    "transactions",
    "customers",
    "order_lines",
    "marketing_spend",
    "campaign_contacts",
    "events",
    "truth_customers",
)


FILES = {*(f"{name}.parquet" for name in TABLES), "shop.json", "ground_truth.json"}


def write_shop(shop: SimulatedShop, out: Path) -> Path:
    """Write all files of a shop into the folder ``out``, in place of those of an earlier one.

    Raises
    ------
    OSError : the folder cannot be written, holds other files, or the disk is full; ``out`` is then as it was.
    """
    out = Path(out).resolve()
    fresh, old = (out.with_name(f".{out.name}.{state}") for state in ("new", "old"))
    _tidy(out, fresh, old)
    _refuse_other_files(out)
    fresh.mkdir(parents=True)
    try:
        _write_files(shop, fresh)
        _put_in_place(fresh, out, old)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return out


def _tidy(out: Path, fresh: Path, old: Path) -> None:
    """Undo what a run that was killed left behind."""
    shutil.rmtree(fresh, ignore_errors=True)
    if old.exists() and not out.exists():
        old.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _refuse_other_files(out: Path) -> None:
    """The folder is replaced as a whole, so nothing else may live in it."""
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "it is a file, not a folder")
    others = sorted({path.name for path in out.iterdir()} - FILES) if out.is_dir() else []
    if others:
        raise FileExistsError(errno.EEXIST, f"the folder holds other files, such as {others[0]}")


def _write_files(shop: SimulatedShop, folder: Path) -> None:
    for name in TABLES:
        if (table := getattr(shop, name)) is not None:
            _write_table(table, folder / f"{name}.parquet")
    _write_json(shop.truth["shop"], folder / "shop.json")
    _write_json(shop.truth, folder / "ground_truth.json")


def _write_table(table: pa.Table, file: Path) -> None:
    pq.write_table(table, file, row_group_size=ROWS_PER_GROUP, compression="zstd")


def _write_json(facts: dict, file: Path) -> None:
    file.write_text(json.dumps(facts, ensure_ascii=False) + "\n", encoding="utf-8")


def _put_in_place(fresh: Path, out: Path, old: Path) -> None:
    """A folder cannot be swapped for another in one step: the old one steps aside, and is back if the second fails."""
    if out.exists():
        out.rename(old)
    try:
        fresh.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
