"""Files of what people write down, such as targets or events: a row is an entry, or is listed with the reason."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from warehouse.errors import ImportRefused
from warehouse.rejects import harmless
from warehouse.sources import open_source


class Entry(Protocol):
    """What has a key that there is one entry for."""

    @property
    def key(self) -> tuple:
        """Equal for entries of which there can be one."""


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class EntryForm:
    """The columns of a file of entries: those it must have, other headings for them, and how many rows make sense."""

    name: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    synonyms: Mapping[str, str]
    most_rows: int


@dataclass(frozen=True)
class RejectedRow:
    """A row of a file that is no entry: where it stands, why, and the row itself."""

    line: int
    reason: str
    row: str


def read_entries(
    path: Path, form: EntryForm, from_texts: Callable[[dict[str, str]], E]
) -> tuple[tuple[E, ...], tuple[RejectedRow, ...]]:
    """The entries in a file of one of the formats that orders may come in (CSV, Excel, Parquet, JSON lines).

    Parameters
    ----------
    from_texts : an entry from a row's texts by column; a ``ValueError`` says why there is none.

    Returns
    -------
    The entries, and every other row with its reason.

    Raises
    ------
    ImportRefused : it is no table, lacks a column, or has more rows than there may be entries.
    """
    source = open_source(Path(path))
    places = _places(source.columns, form)
    entries: dict[tuple, E] = {}
    rejected: list[RejectedRow] = []
    for batch in source.batches():
        if len(entries) + len(rejected) + batch.rows.num_rows > form.most_rows:
            raise ImportRefused(
                f"{Path(path).name} has more than {form.most_rows:,} rows: is it a file of {form.name}s?"
            )
        for row in batch.rows.to_pylist():
            try:
                entry = from_texts(_texts(row, places))
                if entry.key in entries:
                    raise ValueError(f"the same {form.name} stands further up in this file")
            except ValueError as error:
                rejected.append(RejectedRow(row["line"], str(error), row["raw"]))
            else:
                entries[entry.key] = entry
    return tuple(entries.values()), tuple(rejected)


def entries_csv(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows as a CSV file that ``read_entries`` reads back, and in which a spreadsheet runs nothing."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _places(columns: tuple[str, ...], form: EntryForm) -> dict[str, str]:
    """Our columns → the source's own names for them (``c0``, ``c1`` …)."""
    found: dict[str, str] = {}
    for position, heading in enumerate(columns):
        named = heading.strip().lower().replace(" ", "_")
        named = form.synonyms.get(named, named)
        if named in form.columns:
            found.setdefault(named, f"c{position}")
    missing = [name for name in form.needed if name not in found]
    if missing:
        *others, last = [name for name in form.columns if name not in form.needed]
        optional = f"{', '.join(others)} and {last}" if others else last
        raise ImportRefused(
            f"The file has no column {' and no column '.join(missing)}: "
            f"name the columns {', '.join(form.columns)}; {optional} may be left out."
        )
    return found


def _texts(row: dict, places: dict[str, str]) -> dict[str, str]:
    if row["fault"]:
        raise ValueError(row["fault"])
    return {name: row[place] or "" for name, place in places.items()}
