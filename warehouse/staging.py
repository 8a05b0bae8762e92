"""A file's rows in a scratch database: every row, as text, under the names of the mapping's fields."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.errors import StoreError
from warehouse.mapping import COLUMN_FIELDS, Mapping, Need
from warehouse.sources import Source

SCRATCH_MEMORY = "700MB"
"""What does not fit is written to disk."""

NUMBER_FIELDS = ("revenue", "quantity", "unit_price", "unit_cost", "refunded_amount")
"""The fields whose values may have decimals, and so a decimal mark."""

MISSING_WORDS = "na|n/a|#n/a|null|none|-|--"
"""What stands in a cell that says nothing; in fields other than amounts also ``nan``."""


@contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database for the time of one import, removed at the end; a full disk is told in a sentence."""
    with tempfile.TemporaryDirectory(prefix="orders-", ignore_cleanup_errors=True) as folder:
        try:
            connection = duckdb.connect(
                str(Path(folder) / "scratch.duckdb"),
                config={
                    "memory_limit": SCRATCH_MEMORY,
                    "threads": min(4, os.cpu_count() or 1),
                    "temp_directory": folder,
                    "preserve_insertion_order": False,
                },
            )
            with connection:
                connection.execute(MACROS)
                yield connection
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise StoreError(
                f"There is too little free space in {tempfile.gettempdir()} to check the file: free some "
                "or name another folder in TMPDIR, and try again; nothing was stored."
            ) from error


# plain(): an amount's digits, marks and sign, without currency signs, codes and blanks; a sign in brackets or
# behind goes in front. number(): its value when the marks are where they belong, else null.
MACROS = r"""
CREATE MACRO bare(text) AS regexp_replace(regexp_replace(replace(text, '−', '-'),
    '[\p{Sc}\s\x{00a0}\x{202f}\x{2009}''’]', '', 'g'),
    '^([+-]?)(?:[A-Z]{3}|Rs\.?|kr\.?|zł)|(?:[A-Z]{3}|kr\.?|zł|Kč|Ft|,-)$', '\1');
CREATE MACRO plain(text) AS
    regexp_replace(regexp_replace(bare(text), '^\((.+)\)$', '-\1'), '^([^-].*)-$', '-\1');
CREATE MACRO valued(digits) AS
    CASE WHEN regexp_full_match(digits, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?')
    THEN TRY_CAST(digits AS DOUBLE) END;
CREATE MACRO number(text, mark) AS CASE
    WHEN text IS NULL THEN NULL
    WHEN mark = '.' AND regexp_full_match(text, '-?\d+(\.\d+)?') THEN TRY_CAST(text AS DOUBLE)
    WHEN mark = ',' THEN CASE
        WHEN regexp_full_match(plain(text), '[+-]?(\d*|\d{1,3}(\.\d{3})+)(,\d*)?([eE][+-]?\d+)?')
        THEN valued(replace(replace(plain(text), '.', ''), ',', '.')) END
    WHEN regexp_full_match(plain(text), '[+-]?(\d*|\d{1,3}(,\d{2,3})*,\d{3})(\.\d*)?([eE][+-]?\d+)?')
    THEN valued(replace(plain(text), ',', '')) END;
CREATE MACRO whole(text) AS CASE
    WHEN regexp_full_match(text, '[+-]?\d{1,9}([.,]0+)?')
    THEN TRY_CAST(regexp_extract(text, '^[+-]?\d+') AS INTEGER) END;
"""


def stage(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    mapping: Mapping,
    *,
    at_most: int | None = None,
    reading: Callable[[float], None] = lambda share: None,
) -> int:
    """Put the rows into the table ``source`` (line, raw, fault, and a column per field); returns how many there are.

    A field that the mapping does not name is null in every row, so that what follows is written once for all files.
    """
    places = {column: f"c{place}" for place, column in enumerate(source.columns)}
    names = mapping.columns()
    values = ", ".join(f"{_cell(name, places.get(names.get(name)))} AS {name}" for name in COLUMN_FIELDS)
    empty = ", ".join(f"{name} VARCHAR" for name in COLUMN_FIELDS)
    connection.execute(f"CREATE OR REPLACE TABLE source (line BIGINT, raw VARCHAR, fault VARCHAR, {empty})")
    rows = 0
    for batch in source.batches():
        connection.register("batch", batch.rows)
        connection.execute(f"INSERT INTO source SELECT line, raw, fault, {values} FROM batch")
        connection.unregister("batch")
        rows += batch.rows.num_rows
        reading(batch.share_read)
        if at_most is not None and rows >= at_most:
            break
    return rows


def _cell(field: str, column: str | None) -> str:
    if column is None:
        return "NULL"
    missing = MISSING_WORDS if field in NUMBER_FIELDS else f"{MISSING_WORDS}|nan"
    blank = r"[\s\x{a0}\x{feff}]"
    # One pass per cell, because a million rows have many: a cell that says nothing becomes null, blanks around go.
    kept = f"nullif(regexp_replace({column}, '^{blank}*(?i:{missing})?{blank}*$|^{blank}+|{blank}+$', '', 'g'), '')"
    if field in ("order_id", "customer", "product_id"):
        # A column of whole numbers with gaps comes out of many programs as 13085.0.
        return f"regexp_replace({kept}, '^(\\d+)\\.0$', '\\1')"
    return kept


def told_by_data(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, kind: str
) -> tuple[Mapping, tuple[Need, ...]]:
    """The mapping with the order of day and month and the decimal mark that the staged rows tell, and what they don't.

    A day above 12 tells the order of day and month, an amount such as ``1.234,5`` or ``12,50`` the decimal mark; when
    single rows contradict, the many decide and the few are rejected later. Rows that could be read both ways without
    any that could not are a question to the person who imports.
    """
    needs = []
    if mapping.day_first is None and mapping.date_format is None:
        day_first = _day_first(connection)
        if isinstance(day_first, Need):
            needs.append(day_first)
        else:
            mapping = replace(mapping, day_first=day_first)
    if mapping.decimal_mark is None:
        mark = _decimal_mark(connection, kind)
        if isinstance(mark, Need):
            needs.append(mark)
        else:
            mapping = replace(mapping, decimal_mark=mark)
    return mapping, tuple(needs)


def _day_first(connection: duckdb.DuckDBPyConnection) -> bool | Need | None:
    """None when no date is written with day and month as two short numbers."""
    day, month, either, dotted, example = connection.execute(r"""
        WITH parts AS (
            SELECT text, TRY_CAST(regexp_extract(text, '^(\d{1,2})[/.-]', 1) AS INTEGER) AS a,
                TRY_CAST(regexp_extract(text, '^\d{1,2}[/.-](\d{1,2})[/.-]', 1) AS INTEGER) AS b
            FROM (SELECT date AS text FROM source UNION ALL SELECT fulfilled_date FROM source)
            WHERE regexp_matches(text, '^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b'))
        SELECT count(*) FILTER (a BETWEEN 13 AND 31 AND b BETWEEN 1 AND 12),
            count(*) FILTER (b BETWEEN 13 AND 31 AND a BETWEEN 1 AND 12),
            count(*) FILTER (a <= 12 AND b <= 12 AND a <> b), count(*) FILTER (contains(text, '.')),
            min(text) FILTER (a <= 12 AND b <= 12 AND a <> b)
        FROM parts""").fetchone()
    if day != month:
        return day > month
    if not either:
        return True if day else None
    if dotted == day + month + either or dotted > either / 2:
        return True  # with points between, the day stands first wherever that way of writing is used
    return Need("day_first", f"Does {example} begin with the day or with the month?", ("true", "false"))


def _decimal_mark(connection: duckdb.DuckDBPyConnection, kind: str) -> str | Need:
    amounts = " UNION ALL ".join(f"SELECT plain({name}) AS text FROM source" for name in NUMBER_FIELDS)
    point, comma, both_point, both_comma, example = connection.execute(rf"""
        SELECT count(*) FILTER (regexp_matches(text,
                '^[+-]?(\d*\.(\d{{1,2}}|\d{{4,}})|(\d{{4,}}|0|)\.\d{{3}}|\d{{1,3}}(,\d{{2,3}})*,\d{{3}}\.\d*'
                || '|\d{{1,3}}(,\d{{2,3}})+,\d{{3}})$')),
            count(*) FILTER (regexp_matches(text,
                '^[+-]?(\d*,(\d{{1,2}}|\d{{4,}})|(\d{{4,}}|0|),\d{{3}}|\d{{1,3}}(\.\d{{3}})+,\d*'
                || '|\d{{1,3}}(\.\d{{3}}){{2,}})$')),
            count(*) FILTER (regexp_matches(text, '^[+-]?[1-9]\d{{0,2}}\.\d{{3}}$')),
            count(*) FILTER (regexp_matches(text, '^[+-]?[1-9]\d{{0,2}},\d{{3}}$')),
            min(text) FILTER (regexp_matches(text, '^[+-]?[1-9]\d{{0,2}}[.,]\d{{3}}$'))
        FROM ({amounts}) WHERE contains(text, '.') OR contains(text, ',')""").fetchone()
    if point != comma:
        return "." if point > comma else ","
    if not point and not both_comma and (not both_point or kind != "csv"):
        return "."
    return Need("decimal_mark", f"Which mark stands before the decimals, as in {example or 'the amounts'}?", (".", ","))
