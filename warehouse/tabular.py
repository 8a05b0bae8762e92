"""Workbooks, Parquet files and JSON lines, read as the same text columns as delimited text."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.errors import ImportRefused
from warehouse.sources import BATCH_ROWS, Batch, distinct_names, refusals, text_table, unpacked

if TYPE_CHECKING:  # what only an import of files needs is not waited for by the first page
    from openpyxl import Workbook
    from pyarrow import parquet

JSON_SAMPLE_LINES = 1_000
"""The columns of JSON lines are the keys of the first so many objects."""

MAX_JSON_LINE = 1_000_000


@dataclass(frozen=True)
class ExcelWorkbook:
    """The first sheet of a workbook, and further sheets with the same header; rows are counted through the sheets."""

    path: Path
    columns: tuple[str, ...]
    kind: str = "excel"

    @classmethod
    def open(cls, path: Path) -> "ExcelWorkbook":
        with _workbook(path) as book:
            header = next((row for _, row in _sheet_rows(book.worksheets[0])), []) if book.worksheets else []
        while header and not header[-1].strip():
            header.pop()
        if len(header) < 2:
            raise ImportRefused(f"{path.name} has no table in its first sheet: put the column names in its first row.")
        return cls(path, distinct_names(header))

    def batches(self) -> Iterator[Batch]:
        with _workbook(self.path) as book:
            rows = self._rows(book)
            total = sum(sheet.max_row or 0 for sheet in book.worksheets) or 1
            done = 0
            while batch := list(islice(rows, BATCH_ROWS)):
                done += len(batch)
                yield Batch(self._table(batch), min(1.0, done / total))

    def _rows(self, book: "Workbook") -> Iterator[tuple[int, list[str]]]:
        before = 0
        for sheet in book.worksheets:
            number = 0
            rows = _sheet_rows(sheet)
            header = next(rows, (0, []))[1]
            if distinct_names(header)[: len(self.columns)] == self.columns:
                for number, row in rows:
                    yield before + number, row
                before += number

    def _table(self, batch: list[tuple[int, list[str]]]) -> pa.Table:
        width = len(self.columns)
        cells, faults = [], []
        for _, row in batch:
            surplus = any(cell.strip() for cell in row[width:])
            faults.append(f"the row has {len(row)} cells, the header has {width}" if surplus else None)
            cells.append((row + [""] * width)[:width])
        raws = [as_csv_line(row) for _, row in batch]
        return text_table([line for line, _ in batch], raws, faults, list(zip(*cells, strict=True)))


@contextmanager
def _workbook(path: Path) -> Iterator["Workbook"]:
    import openpyxl

    # Opened here, because openpyxl refuses a workbook whose name does not end as it expects.
    with refusals(path), path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        # openpyxl answers a damaged workbook with whatever its parsing ran into, from KeyError to a syntax error.
        except Exception as error:
            raise ImportRefused(f"{path.name} is damaged ({error}): save it anew in Excel, or as CSV.") from error
        with closing(book):
            yield book


def _parquet(path: Path) -> "parquet.ParquetFile":
    from pyarrow import parquet

    return parquet.ParquetFile(path)


def _sheet_rows(sheet) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells as text, for every row with anything in it."""
    if not hasattr(sheet, "iter_rows"):
        return
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # the size a file states for itself is often wrong
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(rows, None)
        except Exception as error:  # as above: the parser's own errors are of many kinds
            raise ImportRefused(
                f"Row {number} of sheet {sheet.title} is damaged ({error}): save the file as CSV and import that."
            ) from error
        if row is None:
            return
        cells = [_cell_text(value) for value in row]
        if any(cell.strip() for cell in cells):
            yield number, cells


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def as_csv_line(cells: Sequence[object], delimiter: str = ",") -> str:
    """Cells as one line of CSV, the form in which a rejected row is kept."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(cells)
    return line.getvalue()


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file; every column is read as the text that would stand in a CSV file."""

    path: Path
    columns: tuple[str, ...]
    kind: str = "parquet"

    @classmethod
    def open(cls, path: Path) -> "ParquetFile":
        with refusals(path), _parquet(path) as file:
            names = file.schema_arrow.names
        if len(names) < 2:
            raise ImportRefused(f"{path.name} has fewer than two columns: export it as a table with names.")
        return cls(path, distinct_names(names))

    def batches(self) -> Iterator[Batch]:
        with refusals(self.path), _parquet(self.path) as file:
            total, done = file.metadata.num_rows or 1, 0
            for batch in file.iter_batches(BATCH_ROWS):
                texts = [_column_text(column) for column in batch.columns]
                lines = pa.array(range(done + 1, done + 1 + batch.num_rows), pa.int64())
                raws = pc.binary_join_element_wise(*map(_quoted, texts), ",", null_handling="replace")
                names = ["line", "raw", "fault", *(f"c{position}" for position in range(len(texts)))]
                done += batch.num_rows
                rows = pa.Table.from_arrays([lines, raws, pa.nulls(len(lines), pa.string()), *texts], names)
                yield Batch(rows, done / total)


def _column_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        values = (None if value is None else _clean(str(value)) for value in column.to_pylist())
        return pa.array(list(values), pa.string())


def _quoted(texts: pa.Array) -> pa.Array:
    """Cells as they stand in a line of CSV."""
    doubled = pc.replace_substring(texts, '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(pc.match_substring_regex(texts, '[",\r\n]'), quoted, texts)


@dataclass(frozen=True)
class JsonLines:
    """One JSON object per line."""

    path: Path
    columns: tuple[str, ...]
    kind: str = "json"

    @classmethod
    def open(cls, path: Path) -> "JsonLines":
        columns: dict[str, None] = {}
        with unpacked(path) as opened:
            for line in islice(_json_lines(opened.stream), JSON_SAMPLE_LINES):
                columns.update(dict.fromkeys(_json_object(line)[0]))
        if len(columns) < 2:
            raise ImportRefused(f"{path.name} is not JSON lines: write one object with the order's fields per line.")
        return cls(path, tuple(columns))

    def batches(self) -> Iterator[Batch]:
        with unpacked(self.path) as opened:
            numbered = ((n, line) for n, line in enumerate(_json_lines(opened.stream), 1) if line.strip())
            while batch := list(islice(numbered, BATCH_ROWS)):
                parsed = [_json_object(line) for _, line in batch]
                columns = [tuple(fields.get(name) for fields, _ in parsed) for name in self.columns]
                faults = [fault for _, fault in parsed]
                raws = [_clean(line.decode("utf-8", "replace").strip())[:20_000] for _, line in batch]
                yield Batch(text_table([n for n, _ in batch], raws, faults, columns), opened.share_read)


def _json_lines(stream) -> Iterator[bytes]:
    while line := stream.readline(MAX_JSON_LINE):
        complete = line.endswith(b"\n") or len(line) < MAX_JSON_LINE
        while not complete:
            rest = stream.readline(MAX_JSON_LINE)
            complete = rest.endswith(b"\n") or len(rest) < MAX_JSON_LINE
        yield line.removeprefix(b"\xef\xbb\xbf")


def _json_object(line: bytes) -> tuple[dict[str, str | None], str | None]:
    """The fields as text, numbers exactly as written, and what is wrong with the line, if anything."""
    try:
        fields = json.loads(line.decode("utf-8"), parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return {}, "the line is not a JSON object"
    if not isinstance(fields, dict):
        return {}, "the line is not a JSON object"
    return {_clean(key): _json_text(value) for key, value in fields.items()}, None


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else _clean(value)
    return _clean(json.dumps(value, ensure_ascii=False))


def _clean(text: str) -> str:
    """Text that can be stored: half a surrogate pair, which JSON can spell, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
