"""Targets at the desk, and files of targets: a row of a file is a target, or is listed with the reason it is none."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from analytics.descriptive.target_entries import COLUMNS, Target, target_from_texts
from warehouse.desk import at_desk, desk_as_read
from warehouse.entry_files import EntryForm, RejectedRow, entries_csv, read_entries
from warehouse.errors import StoreError

FORM = EntryForm(
    name="target",
    columns=COLUMNS,
    needed=("metric", "period", "value"),
    synonyms={"start": "period", "month": "period", "quarter": "period", "year": "period", "target": "value"},
    most_rows=10_000,
)
"""Of a file of targets."""
_VALUE_OF = (
    "SELECT value FROM targets WHERE metric = ? AND granularity = ? AND start = ? AND dimension = ? AND member = ?"
)


@dataclass(frozen=True)
class TargetFile:
    """What a file of targets holds: ``read`` rows, each of them among ``targets`` or ``rejected``."""

    targets: tuple[Target, ...]
    rejected: tuple[RejectedRow, ...]

    @property
    def read(self) -> int:
        """Rows of the file."""
        return len(self.targets) + len(self.rejected)


def all_targets(desk: Path) -> tuple[Target, ...]:
    """Every target, by period and metric; none where nothing was ever written down.

    Raises
    ------
    StoreError : the desk cannot be read.
    """
    if not desk.exists():
        return ()
    with desk_as_read(desk) as opened:
        rows = opened.execute("SELECT * FROM targets ORDER BY start, granularity, metric, dimension, member").fetchall()
    try:
        return tuple(_stored(row) for row in rows)
    except ValueError as error:
        raise StoreError(
            f"{desk} holds a target that cannot be meant ({error}): put it right, or move it away."
        ) from error


def put_targets(desk: Path, targets: Iterable[Target]) -> None:
    """Keep targets, all or none; see ``change_targets``."""
    change_targets(desk, targets, ())


def delete_targets(desk: Path, targets: Iterable[Target]) -> None:
    """Forget targets, all or none; see ``change_targets``."""
    change_targets(desk, (), targets)


def change_targets(desk: Path, wanted: Iterable[Target], unwanted: Iterable[Target]) -> tuple[Target, ...]:
    """Keep some targets and forget others in one transaction; one that is there already takes the new value.

    Returns
    -------
    Those that took a new value, as they were before.

    Raises
    ------
    StoreError : the desk cannot be written; it is then as it was.
    """
    wanted = tuple(wanted)
    with at_desk(desk) as opened:
        opened.executemany(
            "DELETE FROM targets WHERE metric = ? AND granularity = ? AND start = ? AND dimension = ? AND member = ?",
            [_key(target) for target in unwanted],
        )
        before = [(target, opened.execute(_VALUE_OF, _key(target)).fetchone()) for target in wanted]
        opened.executemany(
            "INSERT INTO targets (metric, granularity, start, dimension, member, value) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET value = excluded.value",
            [(*_key(target), float(target.value)) for target in wanted],
        )
    return tuple(replace(target, value=row["value"]) for target, row in before if row and row["value"] != target.value)


def read_targets(path: Path) -> TargetFile:
    """The targets in a file of one of the formats that orders may come in (CSV, Excel, Parquet, JSON lines).

    Raises
    ------
    ImportRefused : it is no table, lacks a column, or has more rows than anyone sets targets.
    """
    return TargetFile(*read_entries(path, FORM, target_from_texts))


def targets_csv(targets: Iterable[Target]) -> bytes:
    """Targets as a CSV file that ``read_targets`` reads back, and in which a spreadsheet runs nothing."""
    rows = ((t.metric, t.granularity, t.period_code, t.dimension, t.member, repr(float(t.value))) for t in targets)
    return entries_csv(COLUMNS, rows)


def _stored(row: sqlite3.Row) -> Target:
    start = date.fromisoformat(row["start"])
    return Target(row["metric"], row["granularity"], start, row["value"], row["dimension"], row["member"])


def _key(target: Target) -> tuple[str, str, str, str, str]:
    return target.metric, target.granularity, target.start.isoformat(), target.dimension, target.member
