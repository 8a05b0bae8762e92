"""Rejected rows as a CSV file that a spreadsheet can open without running anything."""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from warehouse.connection import reading
from warehouse.errors import explained

HEADER = ("source_file", "line_number", "column", "reason", "raw_text")

ROWS_AT_A_TIME = 1_000

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula: a text that could begin one gets an apostrophe in front.

    >>> harmless("=1+1"), harmless("-12.50"), harmless("-cmd"), harmless(7)
    ("'=1+1", '-12.50', "'-cmd", 7)
    """
    if isinstance(cell, str) and cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"):
        return cell if _NUMBER.fullmatch(cell) else "'" + cell
    return cell


def rejected_rows_csv(path: Path, import_id: int | None = None) -> Iterator[str]:
    """The rejected rows of one import, or of all, as pieces of a CSV file, in the order in which they stood."""
    chosen = "WHERE import_id = ?" if import_id is not None else ""
    with reading(Path(path)) as connection:
        rows = connection.execute(
            "SELECT source_file, line_number, column_name, reason, raw_text FROM rejected_rows "
            f"{chosen} ORDER BY rowid",
            (import_id,) if import_id is not None else (),
        )
        yield _csv_text([HEADER])
        while chunk := rows.fetchmany(ROWS_AT_A_TIME):
            yield _csv_text(chunk)


def write_rejects(target: Path, source_name: str, rejected: Iterable[tuple[int, str, str | None, str]]) -> None:
    """Write rejected rows that are not in the store, such as those of a dry run."""
    target = Path(target)
    with explained(target), target.open("w", encoding="utf-8", newline="") as file:
        file.write(_csv_text([HEADER]))
        for line, raw, column, reason in rejected:
            file.write(_csv_text([(source_name, line, column, reason, raw)]))


def _csv_text(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=os.linesep).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()
