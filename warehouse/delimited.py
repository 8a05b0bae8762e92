"""Delimited text in any encoding: one record at a time, and no damaged record takes its neighbours with it."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from warehouse.errors import ImportRefused
from warehouse.lines import (
    MAX_LINE_CHARACTERS,
    MAX_RAW_CHARACTERS,
    TooLong,
    encoding_of,
    newline_of,
    physical_lines,
    wide_encoding,
)
from warehouse.sources import BATCH_ROWS, READABLE, Batch, Opened, distinct_names, text_table, unpacked

DELIMITERS = (",", ";", "\t", "|")

MAX_RECORD_LINES = 200
"""A quoted note may run over lines, but not over more than these: then its quotation mark was never closed."""

BATCH_CHARACTERS = 16 * 1024**2

MANY_CONTROL_CHARACTERS = 0.02
"""Text holds next to none; a larger share marks pictures, programs and the like."""

csv.field_size_limit(MAX_LINE_CHARACTERS * MAX_RECORD_LINES)


class Record(NamedTuple):
    """A row of a delimited file: where it begins, how it stood there, and its fields."""

    line: int
    raw: str
    cells: list[str]
    fault: str | None


@dataclass(frozen=True)
class DelimitedText:
    """A CSV or TSV file whose encoding and delimiter have been found out."""

    path: Path
    encoding: str
    delimiter: str
    newline: str
    columns: tuple[str, ...]
    kind: str = "csv"

    @classmethod
    def open(cls, path: Path, sample: bytes) -> "DelimitedText":
        _refuse_junk(path, sample)
        encoding = encoding_of(sample)
        newline = newline_of(sample)
        lines = list(islice(physical_lines(io.BytesIO(sample), encoding, newline), 100))
        written = next((line for line in lines if line.strip()), "")
        directive = re.fullmatch(r"sep=(.)\s*", written)
        delimiter = directive[1] if directive else _delimiter([line for line in lines if line.strip()])
        with unpacked(path) as opened:
            header = next(_records(physical_lines(opened.stream, encoding, newline), delimiter), None)
        if header is None or header.fault or len(header.cells) < 2:
            raise ImportRefused(
                f"{path.name} has a single column: separate the columns by comma, semicolon, tab or | and give "
                "each a name in the first line."
            )
        return cls(path, encoding, delimiter, newline, distinct_names(_without_trailing_blanks(header.cells)))

    def batches(self) -> Iterator[Batch]:
        with unpacked(self.path) as opened:
            lines = physical_lines(opened.stream, self.encoding, self.newline)
            records = _records(lines, self.delimiter, len(self.columns))
            yield from _batches(records, opened, len(self.columns))


def _without_trailing_blanks(cells: list[str]) -> list[str]:
    while len(cells) > 2 and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _refuse_junk(path: Path, sample: bytes) -> None:
    if wide_encoding(sample):
        return
    control = sum(byte < 32 and byte not in b"\t\r\n\f\x1a" for byte in sample)
    if control > MANY_CONTROL_CHARACTERS * len(sample) + 20:
        raise ImportRefused(f"{path.name} is not text and no known table format. {READABLE}")


def _delimiter(lines: list[str]) -> str:
    """The delimiter that divides most lines into as many fields as the first one; of equals, the one with more."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = [len(next(csv.reader([line.replace("\r", "")], delimiter=delimiter), [])) for line in lines]
        width = widths[0] if widths else 0
        return (sum(w == width for w in widths) if width > 1 else 0, width)

    return max(DELIMITERS, key=fit)


class _Feed:
    """Lines for the csv module, which remembers what one record took and can take back all but its first line."""

    def __init__(self, lines: Iterator[str]):
        self._lines = lines
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.line = 1
        self.cut = False

    def peek(self) -> str | None:
        if not self._waiting:
            line = next(self._lines, None)
            if line is None:
                return None
            self._waiting.append(line)
        return self._waiting[0]

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        # The csv module asks again only while a quotation mark is open.
        line = self.peek() if len(self.taken) < MAX_RECORD_LINES else None
        if line is None or (self.taken and isinstance(line, TooLong)):
            self.cut = True
            raise StopIteration
        self.taken.append(self._waiting.popleft())
        return line

    def begin(self) -> None:
        self.line += len(self.taken)
        self.taken = []
        self.cut = False

    def keep_first_line_only(self) -> None:
        self._waiting.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _records(lines: Iterator[str], delimiter: str, width: int | None = None) -> Iterator[Record]:
    """The records of a file, every one; with ``width`` (the header's), those after the header.

    Conservation: a line is skipped only when it is blank, is the header or a ``sep=`` directive. Any other line is
    part of exactly one record. A record over several lines that does not come out right is given up
    after its first line, and reading goes on at the next one.
    """
    feed = _Feed(lines)
    header_due = width is not None
    while (first := feed.peek()) is not None:
        feed.begin()
        if not first.strip() or (feed.line == 1 and re.fullmatch(r"sep=.\s*", first)):
            next(feed)
            continue
        record = _record(feed, first, delimiter, None if header_due else width)
        if header_due:
            header_due = False
        else:
            yield record


def _record(feed: _Feed, first: str, delimiter: str, width: int | None) -> Record:
    cells: list[str] = []
    fault = None
    if isinstance(first, TooLong):
        next(feed)
        fault = f"the line is longer than {MAX_LINE_CHARACTERS:,} characters"
    elif '"' not in first and "\r" not in first[:-2]:
        next(feed)
        cells = first.rstrip("\r\n").split(delimiter)
    else:
        try:
            cells = next(csv.reader(feed, delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error as error:
            fault = f"the line cannot be divided into fields ({error})"
        if len(feed.taken) > 1 and (feed.cut or fault or (width is not None and len(cells) != width)) or feed.cut:
            feed.keep_first_line_only()
            fault = "a quotation mark is opened and never closed"
    if not fault and width is not None and len(cells) != width:
        cells, fault = _fitted(cells, width)
    raw = "".join(feed.taken).rstrip("\r\n")
    if not fault and "\0" in raw:
        fault = "the line contains NUL bytes"
    return Record(feed.line, _short(raw), cells, fault)


def _fitted(cells: list[str], width: int) -> tuple[list[str], str | None]:
    """Further fields are no fault as long as they are blank."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width], None
    return cells, f"the line has {len(cells)} fields, the header has {width}"


def _short(raw: str) -> str:
    raw = raw.replace("\0", "␀") if "\0" in raw else raw
    if len(raw) > MAX_RAW_CHARACTERS:
        return f"{raw[:MAX_RAW_CHARACTERS]}… ({len(raw):,} characters)"
    return raw


def _batches(records: Iterator[Record], opened: Opened, width: int) -> Iterator[Batch]:
    nothing = [None] * width
    while batch := _next_batch(records):
        cells = [nothing if record.fault else record.cells for record in batch]
        yield Batch(
            text_table(
                [record.line for record in batch],
                [record.raw for record in batch],
                [record.fault for record in batch],
                list(zip(*cells, strict=True)),
            ),
            opened.share_read,
        )


def _next_batch(records: Iterator[Record]) -> list[Record]:
    batch: list[Record] = []
    characters = 0
    for record in records:
        batch.append(record)
        characters += len(record.raw)
        if len(batch) >= BATCH_ROWS or characters > BATCH_CHARACTERS:
            break
    return batch
