"""The lines of a text file, whatever its encoding, even when its lines do not agree on one."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

import charset_normalizer

MAX_LINE_CHARACTERS = 1_000_000
"""A longer line is no order; it is kept cut short and the rest of it is skipped."""

MAX_RAW_CHARACTERS = 20_000
"""How much of a rejected row's text is kept."""

LIKELY_ENCODINGS = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "koi8_r", "cp932", "gb18030", "big5", "euc_kr"),
    *("cp1255", "cp1256", "euc_jp", "mac_roman"),
]


def wide_encoding(sample: bytes) -> str | None:
    """The encoding of text in units of two or four bytes, told by its byte-order mark or its zeros; else None."""
    for mark, encoding in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return encoding
    half = max(1, len(sample) // 2)
    if sample[1::2].count(0) > 0.4 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.4 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def encoding_of(sample: bytes) -> str:
    """The encoding for lines that are not UTF-8, or of the whole file when characters are two or four bytes wide."""
    wide = wide_encoding(sample)
    if wide:
        return wide
    foreign = b"\n".join(line for line in sample.split(b"\n")[:-1] or [sample] if not _is_utf8(line))
    if not foreign:
        return "utf-8-sig" if newline_of(sample) == "\r" else "cp1252"
    guess = charset_normalizer.from_bytes(foreign[:65_536], cp_isolation=LIKELY_ENCODINGS).best()
    return guess.encoding if guess is not None and guess.coherence > 0 else "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class TooLong(str):
    """The beginning of a line that was too long to keep."""


def newline_of(sample: bytes) -> str:
    """What ends a line; a carriage return alone only in files that know nothing else."""
    return "\r" if b"\r" in sample and b"\n" not in sample else "\n"


def physical_lines(stream: BinaryIO, encoding: str, newline: str) -> Iterator[str]:
    """Physical lines with their ends, each decoded on its own, so that one foreign line spoils no other."""
    if newline == "\r" or _is_wide(encoding):
        text = io.TextIOWrapper(stream, encoding, errors="replace", newline=newline)
        try:
            yield from _complete_lines(text.readline, newline)
        finally:
            text.detach()
    else:
        for number, line in enumerate(_complete_lines(stream.readline, b"\n")):
            text_line = _decoded(line, encoding)
            text_line = text_line.removeprefix("\ufeff") if number == 0 else text_line
            yield TooLong(text_line) if isinstance(line, _TooLongBytes) else text_line


class _TooLongBytes(bytes):
    pass


def _complete_lines(read, newline: str | bytes) -> Iterator[str | bytes]:
    too_long = TooLong if isinstance(newline, str) else _TooLongBytes
    while line := read(MAX_LINE_CHARACTERS):
        rest = line
        while len(rest) == MAX_LINE_CHARACTERS and not rest.endswith(newline):
            line = too_long(line[:MAX_RAW_CHARACTERS])
            rest = read(MAX_LINE_CHARACTERS)
        yield line


def _is_wide(encoding: str) -> bool:
    return encoding.startswith(("utf-16", "utf-32"))


def _decoded(line: bytes, fallback: str) -> str:
    for encoding in ("utf-8", fallback):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")
