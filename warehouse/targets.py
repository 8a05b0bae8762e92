"""Targets at the desk, and files of targets: a row of a file is a target, or is listed with the reason it is none."""

import csv
import io
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analytics.descriptive.target_entries import COLUMNS, Target, target_from_texts
from warehouse.desk import at_desk
from warehouse.errors import ImportRefused, StoreError
from warehouse.rejects import harmless
from warehouse.sources import open_source

NEEDED = ("metric", "period", "value")
MOST_ROWS = 10_000
SYNONYMS = {"start": "period", "month": "period", "quarter": "period", "year": "period", "target": "value"}
"""Other headings that a file may use."""


@dataclass(frozen=True)
class RejectedTarget:
    """A row of a file that is no target: where it stands, why, and the row itself."""

    line: int
    reason: str
    row: str


@dataclass(frozen=True)
class TargetFile:
    """What a file of targets holds: ``read`` rows, each of them among ``targets`` or ``rejected``."""

    targets: tuple[Target, ...]
    rejected: tuple[RejectedTarget, ...]

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
    with at_desk(desk) as opened:
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


def change_targets(desk: Path, wanted: Iterable[Target], unwanted: Iterable[Target]) -> None:
    """Keep some targets and forget others in one transaction; one that is there already takes the new value.

    Raises
    ------
    StoreError : the desk cannot be written; it is then as it was.
    """
    with at_desk(desk) as opened:
        opened.executemany(
            "DELETE FROM targets WHERE metric = ? AND granularity = ? AND start = ? AND dimension = ? AND member = ?",
            [_key(target) for target in unwanted],
        )
        opened.executemany(
            "INSERT INTO targets (metric, granularity, start, dimension, member, value) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET value = excluded.value",
            [(*_key(target), float(target.value)) for target in wanted],
        )


def read_targets(path: Path) -> TargetFile:
    """The targets in a file of one of the formats that orders may come in (CSV, Excel, Parquet, JSON lines).

    Raises
    ------
    ImportRefused : it is no table, lacks a column, or has more rows than anyone sets targets.
    """
    source = open_source(Path(path))
    places = _places(source.columns)
    targets: dict[tuple, Target] = {}
    rejected: list[RejectedTarget] = []
    for batch in source.batches():
        rows = batch.rows.to_pylist()
        if len(targets) + len(rejected) + len(rows) > MOST_ROWS:
            raise ImportRefused(f"{Path(path).name} has more than {MOST_ROWS:,} rows: split it, or check the file.")
        for row in rows:
            try:
                target = _target(row, places)
                if target.key in targets:
                    raise ValueError("the same target stands further up in this file")
            except ValueError as error:
                rejected.append(RejectedTarget(row["line"], str(error), row["raw"]))
            else:
                targets[target.key] = target
    return TargetFile(tuple(targets.values()), tuple(rejected))


def targets_csv(targets: Iterable[Target]) -> bytes:
    """Targets as a CSV file that ``read_targets`` reads back, and in which a spreadsheet runs nothing."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for t in targets:
        cells = (t.metric, t.granularity, t.period_code, t.dimension, t.member, repr(float(t.value)))
        writer.writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _stored(row: sqlite3.Row) -> Target:
    start = date.fromisoformat(row["start"])
    return Target(row["metric"], row["granularity"], start, row["value"], row["dimension"], row["member"])


def _key(target: Target) -> tuple[str, str, str, str, str]:
    return target.metric, target.granularity, target.start.isoformat(), target.dimension, target.member


def _places(columns: tuple[str, ...]) -> dict[str, str]:
    """Our columns → the source's own names for them (``c0``, ``c1`` …)."""
    found: dict[str, str] = {}
    for position, heading in enumerate(columns):
        named = heading.strip().lower().replace(" ", "_")
        named = SYNONYMS.get(named, named)
        if named in COLUMNS:
            found.setdefault(named, f"c{position}")
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise ImportRefused(
            f"The file has no column {' and no column '.join(missing)}: "
            f"name the columns {', '.join(COLUMNS)}; dimension, member and granularity may be left out."
        )
    return found


def _target(row: dict, places: dict[str, str]) -> Target:
    if row["fault"]:
        raise ValueError(row["fault"])
    return target_from_texts({name: row[place] or "" for name, place in places.items()})
