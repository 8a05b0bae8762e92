"""Dates and times as shops write them, as days and minutes in the shop's time zone."""

import duckdb

from warehouse.errors import ImportRefused
from warehouse.mapping import Mapping

MONTH_NAME_FORMATS = (
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%B-%Y"),
    *("%d. %B %Y", "%d. %b %Y", "%d-%b-%y", "%d %b %y", "%Y %b %d", "%Y-%b-%d"),
)


def sql(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def read_moments(connection: duckdb.DuckDBPyConnection, mapping: Mapping, time_zone: str) -> None:
    """Make the table ``moments``: for each text that stands for a date, its day and minute in the shop's time zone.

    Times without an offset are the shop's own; times with one are converted. Texts that are no dates have no day.
    """
    texts = "SELECT DISTINCT date AS text FROM source WHERE date IS NOT NULL UNION "
    texts += "SELECT DISTINCT fulfilled_date FROM source WHERE fulfilled_date IS NOT NULL"
    if mapping.date_format:
        has_clock = "TRUE" if "%H" in mapping.date_format or "%I" in mapping.date_format else "FALSE"
        statement = f"""
            CREATE OR REPLACE TABLE moments AS
            SELECT text, moment::DATE AS day,
                CASE WHEN {has_clock} THEN hour(moment) * 60 + minute(moment) END AS minute
            FROM (SELECT text, TRY_CAST(try_strptime(text, {sql(mapping.date_format)}) AS TIMESTAMP) AS moment
                  FROM ({texts}))"""
    else:
        statement = _moments_statement(texts, mapping.day_first, time_zone)
    try:
        connection.execute(statement)
    except duckdb.InvalidInputException as error:
        raise ImportRefused(
            f"The mapping's date_format {mapping.date_format!r} is not a format such as %d.%m.%Y: correct it."
        ) from error
    # Programs that know no plain days write midnight; when every time is midnight, no time is known.
    connection.execute("UPDATE moments SET minute = NULL WHERE (SELECT max(minute) FROM moments) = 0")


def _moments_statement(texts: str, day_first: bool | None, time_zone: str) -> str:
    day, month = ("p1", "p2") if day_first in (True, None) else ("p2", "p1")
    named = ", ".join(sql(pattern) for pattern in MONTH_NAME_FORMATS)
    return rf"""
    CREATE OR REPLACE TABLE moments AS
    WITH texts AS ({texts}),
    divided AS (
        SELECT text, regexp_extract(
            regexp_replace(text, '^(?i:mon|tue|wed|thu|fri|sat|sun)[a-zA-Z]*\.?,?\s+', ''),
            '^(.+?)(?:(?:T|,?\s+)(\d{{1,2}}):(\d{{2}})(?::\d{{2}}(?:[.,]\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?'
            || '\s*(Z|UTC|GMT|[+-]\d{{2}}:?\d{{2}}|[+-]\d{{2}})?)?$',
            ['day', 'hour', 'minute', 'half', 'zone']) AS part
        FROM texts),
    numbers AS (
        SELECT text, part,
            regexp_extract(part.day, '^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}})$', ['y', 'm', 'd']) AS iso,
            regexp_extract(part.day, '^(\d{{4}})(\d{{2}})(\d{{2}})$', ['y', 'm', 'd']) AS packed,
            regexp_extract(part.day, '^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}})$', ['p1', 'p2', 'y']) AS short,
            TRY_CAST(part.hour AS INTEGER) AS hour, TRY_CAST(part.minute AS INTEGER) AS minute
        FROM divided),
    days AS (
        SELECT *, CASE
            WHEN iso.y <> '' THEN TRY_CAST(iso.y || '-' || iso.m || '-' || iso.d AS DATE)
            WHEN packed.y <> '' THEN TRY_CAST(packed.y || '-' || packed.m || '-' || packed.d AS DATE)
            WHEN short.y <> '' THEN TRY_CAST(
                CASE WHEN length(short.y) = 4 THEN short.y WHEN short.y < '70' THEN '20' || short.y
                     ELSE '19' || short.y END || '-' || short.{month} || '-' || short.{day} AS DATE)
            WHEN regexp_matches(part.day, '[A-Za-z]{{3}}') THEN try_strptime(part.day, [{named}])::DATE
            END AS day
        FROM numbers),
    clocks AS (
        SELECT text, day, minute, part, CASE
            WHEN hour IS NULL THEN NULL
            WHEN minute > 59 OR hour > 23 OR (part.half <> '' AND hour NOT BETWEEN 1 AND 12) THEN -1
            WHEN part.half IN ('p', 'P') THEN hour % 12 + 12
            WHEN part.half IN ('a', 'A') THEN hour % 12
            ELSE hour END AS hour
        FROM days),
    instants AS (
        SELECT text, day, hour, minute, CASE
            WHEN part.zone = '' OR hour IS NULL OR hour < 0 OR day IS NULL THEN NULL
            ELSE timezone({sql(time_zone)}, timezone('UTC', day + to_minutes(CAST(hour * 60 + minute - CASE
                WHEN part.zone IN ('Z', 'UTC', 'GMT') THEN 0
                ELSE (CASE WHEN part.zone[1] = '-' THEN -1 ELSE 1 END) * (CAST(part.zone[2:3] AS INTEGER) * 60
                    + coalesce(TRY_CAST(replace(part.zone, ':', '')[4:5] AS INTEGER), 0)) END AS BIGINT)))) END AS local
        FROM clocks WHERE hour IS NULL OR hour >= 0)
    SELECT text, coalesce(local::DATE, day) AS day,
        CASE WHEN local IS NOT NULL THEN hour(local) * 60 + minute(local) ELSE hour * 60 + minute END AS minute
    FROM instants"""
