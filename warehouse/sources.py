"""Files of orders, whatever their format: recognised by content and read as batches of text columns."""

import gzip
import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import pyarrow as pa

from warehouse.errors import ImportRefused

SAMPLE_BYTES = 256 * 1024
"""How much of a file tells its format, encoding and delimiter."""

MAX_UNPACKED_BYTES = 8 * 1024**3
"""A packed file may grow to this size at most."""

SUSPICIOUS_RATIO = 150
"""Order exports pack 5 to 30 times; a file that unpacks to so many times its size was made to fill a disk."""

HARMLESS_UNPACKED_BYTES = 64 * 1024**2
"""Below this size no ratio is suspicious."""

BATCH_ROWS = 20_000

FOREIGN_FORMATS = {
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "a database",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls), which can be saved as .xlsx in Excel",
    b"BZh": "packed with bzip2, which must be unpacked first",
    b"\xfd7zXZ": "packed with xz, which must be unpacked first",
    b"\x28\xb5\x2f\xfd": "packed with zstd, which must be unpacked first",
    b"7z\xbc\xaf": "packed with 7-Zip, which must be unpacked first",
    b"Rar!": "packed with RAR, which must be unpacked first",
}
"""What a file begins with that is certainly no table, and the words for it."""

READABLE = "Save it as CSV, Excel (.xlsx), Parquet or JSON lines."


class Batch(NamedTuple):
    """Some rows of a source: ``line``, ``raw``, ``fault`` (why the row is no row, or null), and text ``c0``, ``c1``…"""

    rows: pa.Table
    share_read: float


class Source(Protocol):
    """A file that has been recognised: its columns in order, and its rows, readable as often as needed."""

    kind: str
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class Opened:
    """A byte stream, unpacked where needed, and how far into the file on disk it has been read."""

    stream: BinaryIO
    on_disk: BinaryIO
    size: int

    @property
    def share_read(self) -> float:
        return min(1.0, self.on_disk.tell() / max(1, self.size))


class _GuardedGzip(gzip.GzipFile):
    """Unpacks until what comes out is out of all proportion to what went in."""

    def __init__(self, packed: BinaryIO):
        super().__init__(fileobj=packed, mode="rb")
        self._packed = packed
        self._unpacked_bytes = 0

    def _counted(self, data: bytes) -> bytes:
        self._unpacked_bytes += len(data)
        if self._unpacked_bytes > HARMLESS_UNPACKED_BYTES and (
            self._unpacked_bytes > MAX_UNPACKED_BYTES
            or self._unpacked_bytes > SUSPICIOUS_RATIO * max(1, self._packed.tell())
        ):
            raise ImportRefused(
                "The file unpacks to a size out of all proportion, as a decompression bomb does: "
                "unpack it yourself and import the result if you trust it."
            )
        return data

    def read(self, size: int = -1) -> bytes:
        return self._counted(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._counted(super().read1(size))

    def readline(self, size: int = -1) -> bytes:
        return self._counted(super().readline(size))


@contextmanager
def unpacked(path: Path) -> Iterator[Opened]:
    """The bytes of a file, unpacked where it is gzipped; damage becomes a refusal in one sentence."""
    with refusals(path), path.open("rb") as on_disk:
        packed = on_disk.read(2) == b"\x1f\x8b"
        on_disk.seek(0)
        stream = _GuardedGzip(on_disk) if packed else on_disk
        yield Opened(stream, on_disk, path.stat().st_size)


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Faults met while reading a file of orders, as refusals that say what to do."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ImportRefused(
            f"{path.name} is packed and damaged or cut off ({error}): fetch it again; nothing of it was imported."
        ) from error
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ImportRefused(f"There is no file {path}: check the name.") from error
    except PermissionError as error:
        raise ImportRefused(f"{path} may not be read: allow reading it and try again.") from error
    except pa.ArrowInvalid as error:
        raise ImportRefused(
            f"{path.name} is damaged or cut off ({str(error).splitlines()[0][:120]}): fetch it again."
        ) from error


def open_source(path: Path) -> Source:
    """Recognise a file by its content.

    Raises
    ------
    ImportRefused
        When it is empty, damaged, no table, or has no rows.
    """
    from warehouse.delimited import DelimitedText
    from warehouse.tabular import ExcelWorkbook, JsonLines, ParquetFile

    path = Path(path)
    with unpacked(path) as opened:
        sample = opened.stream.read(SAMPLE_BYTES)
    if not sample.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise ImportRefused(f"{path.name} is empty: export it again, with at least one row.")
    for beginning, what in FOREIGN_FORMATS.items():
        if sample.startswith(beginning):
            raise ImportRefused(f"{path.name} is {what}, not a table. {READABLE}")
    if sample.startswith(b"PK\x03\x04"):
        return ExcelWorkbook.open(_checked_workbook(path))
    if sample.startswith(b"PAR1"):
        return ParquetFile.open(path)
    if re.match(rb"(\xef\xbb\xbf)?\s*(\{|\[\s*\{)", sample):
        return JsonLines.open(path)
    return DelimitedText.open(path, sample)


def _checked_workbook(path: Path) -> Path:
    """Refuse a zip file that is no workbook, or one that would not fit into memory when unpacked."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            unpacked_bytes = sum(entry.file_size for entry in archive.infolist())
            packed_bytes = sum(entry.compress_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ImportRefused(f"{path.name} is packed and damaged or cut off ({error}): fetch it again.") from error
    if unpacked_bytes > HARMLESS_UNPACKED_BYTES and (
        unpacked_bytes > MAX_UNPACKED_BYTES // 8 or unpacked_bytes > SUSPICIOUS_RATIO * max(1, packed_bytes)
    ):
        raise ImportRefused(
            f"{path.name} would unpack to {unpacked_bytes // 1024**2:,} MiB, out of all proportion: "
            "save it as CSV and take that."
        )
    if "xl/workbook.xml" not in names:
        raise ImportRefused(f"{path.name} is a zip file, not a workbook: unpack it and import the table inside.")
    return path


def content_hash(path: Path) -> str:
    """A text that is the same for files with the same bytes, and for no others."""
    with refusals(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def distinct_names(header: list[str]) -> tuple[str, ...]:
    """The header's names, each one once: blank ones are numbered by position, repeated ones by occurrence.

    >>> distinct_names(["Name", "", "Name"])
    ('Name', 'column 2', 'Name (2)')
    """
    names: list[str] = []
    for position, cell in enumerate(header, 1):
        name = wanted = cell.replace("\0", "").strip() or f"column {position}"
        occurrence = 1
        while name in names:
            occurrence += 1
            name = f"{wanted} ({occurrence})"
        names.append(name)
    return tuple(names)


def text_table(
    lines: list[int], raws: list[str], faults: list[str | None], columns: list[tuple[str | None, ...]]
) -> pa.Table:
    """Rows as the columns that every source yields."""
    arrays = [pa.array(lines, pa.int64()), pa.array(raws, pa.string()), pa.array(faults, pa.string())]
    arrays += [pa.array(column, pa.string()) for column in columns]
    names = ["line", "raw", "fault", *(f"c{position}" for position in range(len(columns)))]
    return pa.Table.from_arrays(arrays, names)
