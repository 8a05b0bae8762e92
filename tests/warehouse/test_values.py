"""Amounts and dates as shops write them."""

from datetime import UTC, date, datetime

import pytest

from warehouse.errors import ImportRefused
from warehouse.mapping import COLUMN_FIELDS, Mapping
from warehouse.moments import read_moments
from warehouse.staging import scratch, told_by_data
from warehouse.validation import validate


@pytest.fixture(scope="module")
def connection():
    with scratch() as connection:
        yield connection


def put(connection, **columns):
    fields = ", ".join(f"{name} VARCHAR" for name in COLUMN_FIELDS)
    connection.execute(f"CREATE OR REPLACE TABLE source (line BIGINT, raw VARCHAR, fault VARCHAR, {fields})")
    for line, values in enumerate(zip(*columns.values(), strict=True), 1):
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO source (line, {', '.join(columns)}) VALUES (?, {marks})", [line, *values])


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("12.50", ".", 12.5),
        ("-12.50", ".", -12.5),
        ("−12.50", ".", -12.5),
        ("1,234.50", ".", 1234.5),
        ("1,24,000.75", ".", 124000.75),
        ("₹ 1,24,000.75", ".", 124000.75),
        ("£12", ".", 12.0),
        ("-£12", ".", -12.0),
        ("£-12", ".", -12.0),
        ("(12.50)", ".", -12.5),
        ("12.50-", ".", -12.5),
        ("USD 12.50", ".", 12.5),
        ("12.50 EUR", ".", 12.5),
        ("1'234.50", ".", 1234.5),
        ("1 234,50 €", ",", 1234.5),
        ("1.234.567,5", ",", 1234567.5),
        ("12,5", ",", 12.5),
        ("Rs. 1,200.00", ".", 1200.0),
        ("1e3", ".", 1000.0),
        (".5", ".", 0.5),
        ("5.", ".", 5.0),
        ("12,50", ".", None),
        ("1.234.5", ".", None),
        ("1,2345", ".", None),
        ("abc", ".", None),
        ("nan", ".", None),
        ("inf", ".", None),
        ("12abc", ".", None),
        ("--5", ".", None),
        ("", ".", None),
        (".", ".", None),
        ("€", ",", None),
        ("1;5", ".", None),
    ],
)
def test_amounts(connection, text, mark, value):
    assert connection.execute("SELECT number(?, ?)", [text, mark]).fetchone() == (value,)


@pytest.mark.parametrize(("text", "value"), [("5", 5), ("5.0", 5), ("-2", -2), ("4.5", None), ("x", None), ("", None)])
def test_whole_numbers(connection, text, value):
    assert connection.execute("SELECT whole(?)", [text]).fetchone() == (value,)


@pytest.mark.parametrize(
    ("text", "day", "minute"),
    [
        ("2026-05-14", date(2026, 5, 14), None),
        ("2026/5/4", date(2026, 5, 4), None),
        ("20260514", date(2026, 5, 14), None),
        ("14/05/2026", date(2026, 5, 14), None),
        ("14.05.26", date(2026, 5, 14), None),
        ("14-05-99", date(1999, 5, 14), None),
        ("14 May 2026", date(2026, 5, 14), None),
        ("May 14, 2026", date(2026, 5, 14), None),
        ("14-May-2026 7:05 pm", date(2026, 5, 14), 19 * 60 + 5),
        ("Thu, 14 May 2026 11:23:45 +0000", date(2026, 5, 14), 12 * 60 + 23),
        ("2026-05-14 11:23:45 +0100", date(2026, 5, 14), 11 * 60 + 23),
        ("2026-05-14T23:30:00Z", date(2026, 5, 15), 30),
        ("2026-05-14T23:30:00.123-02:00", date(2026, 5, 15), 150),
        ("2026-01-14 23:30:00 UTC", date(2026, 1, 14), 23 * 60 + 30),
        ("2026-05-14 12:05 AM", date(2026, 5, 14), 5),
        ("2026-05-14 00:00:00.000000000", date(2026, 5, 14), None),
        ("14/05/2026, 08:00", date(2026, 5, 14), 480),
        ("31/02/2026", None, None),
        ("2026-13-01", None, None),
        ("1e9", None, None),
        ("45000", None, None),
        ("2026-05-14 25:00", None, None),
        ("2026-05-14 13:00 pm", None, None),
        ("yesterday", None, None),
        ("2026-05-14 and more", None, None),
    ],
)
def test_dates_and_times_in_london(connection, text, day, minute):
    put(connection, date=[text])
    read_moments(connection, Mapping(date="d", day_first=True), "Europe/London")
    found = connection.execute("SELECT day, minute FROM moments").fetchall()
    assert (found or [(None, None)])[0] == (day, minute)


def test_a_stated_format_is_followed_and_a_senseless_one_refused(connection):
    put(connection, date=["26|05|14 10h30", "x"])
    read_moments(connection, Mapping(date="d", date_format="%y|%m|%d %Hh%M"), "UTC")
    assert connection.execute("SELECT day, minute FROM moments WHERE day IS NOT NULL").fetchall() == [
        (date(2026, 5, 14), 630)
    ]
    with pytest.raises(ImportRefused, match="date_format"):
        read_moments(connection, Mapping(date="d", date_format="%Q"), "UTC")


@pytest.mark.parametrize(
    ("dates", "day_first"),
    [
        (["2026-05-14"], None),
        (["13/04/2026", "03/04/2026"], True),
        (["04/13/2026", "03/04/2026"], False),
        (["03.04.2026"], True),
        (["05/05/2026"], None),
        (["14/05/2026", "14/06/2026", "05/14/2026"], True),
        (["03/04/2026"], "day_first"),
        (["13/04/2026", "04/13/2026", "03/04/2026"], "day_first"),
    ],
)
def test_the_data_tell_the_order_of_day_and_month_or_it_is_asked(connection, dates, day_first):
    put(connection, date=dates)
    mapping, needs = told_by_data(connection, Mapping(date="d"), "csv")
    assert (needs[0].key if needs else mapping.day_first) == day_first


@pytest.mark.parametrize(
    ("amounts", "mark"),
    [
        (["12.50", "1,234"], "."),
        (["12,50", "1.234"], ","),
        (["1.234,50"], ","),
        (["1,234,567"], "."),
        (["0.125"], "."),
        (["1234.125"], "."),
        (["12", "13"], "."),
        (["12.50", "13.50", "12,50"], "."),
        (["1,234"], "decimal_mark"),
        (["1.234"], "decimal_mark"),
        (["1.50", "1,50"], "decimal_mark"),
    ],
)
def test_the_data_tell_the_decimal_mark_or_it_is_asked(connection, amounts, mark):
    put(connection, revenue=amounts)
    mapping, needs = told_by_data(connection, Mapping(revenue="r"), "csv")
    assert (needs[0].key if needs else mapping.decimal_mark) == mark


def test_numbers_of_typed_files_have_a_point(connection):
    put(connection, revenue=["1.234"])
    assert told_by_data(connection, Mapping(revenue="r"), "parquet")[0].decimal_mark == "."


@pytest.mark.parametrize(
    ("values", "column", "reason"),
    [
        ({"order_id": None}, "id", "the order id is missing"),
        ({"order_id": "x" * 201}, "id", "the order id is longer than 200 characters"),
        ({"date": None}, "d", "the date is missing"),
        ({"date": "31/02/2026"}, "d", "not a date: 31/02/2026"),
        ({"date": "bob@example.com"}, "d", "not a date"),
        ({"date": "1989-12-31"}, "d", "the date lies before 1990: 1989-12-31"),
        ({"date": "2026-06-17"}, "d", "the date lies in the future: 2026-06-17"),
        ({"revenue": None}, "r", "the revenue is missing"),
        ({"revenue": "NaN"}, "r", "the revenue is not a number"),
        ({"revenue": "1e999"}, "r", "the revenue is not a number: 1e999"),
        ({"revenue": "1000000000000"}, "r", "the revenue is absurdly large"),
        ({"quantity": "many"}, "q", "the quantity is not a number"),
        ({"unit_price": "x"}, "p", "the unit price is not a number"),
        ({"unit_cost": "x"}, "uc", "the unit cost is not a number"),
        ({"refunded_amount": "x"}, "ra", "the refunded amount is not a number"),
        ({"satisfaction_score": "6"}, "s", "the score is not a whole number from 1 to 5: 6"),
        ({"satisfaction_score": "4.5"}, "s", "the score is not a whole number from 1 to 5: 4.5"),
        ({"delivery_days": "-1"}, "dd", "the delivery days are negative"),
        ({"delivery_days": "soon"}, "dd", "the delivery days are not a whole number"),
        ({"delivery_days": "4000"}, "dd", "the delivery took more than ten years"),
        ({"fulfilled_date": "2026-05-01"}, "dd", "the delivery days are negative"),
        ({"fulfilled_date": "soon"}, "fd", "not a date"),
        ({"category": "x" * 301}, "c", "the text is longer than 300 characters"),
        ({"product": "x" * 1001}, "pr", "the text is longer than 1000 characters"),
        ({"customer": "x" * 201}, "cu", "the customer is too long a text"),
        ({"currency_column": "USD"}, "cc", "the amount is not in the shop's currency, EUR"),
        ({"category": "a\0b"}, None, "the row contains NUL bytes"),
        ({"date": "2026-06-16"}, None, None),
        (
            {"revenue": "-5", "satisfaction_score": "1", "delivery_days": "0", "fulfilled_date": "2026-05-14"},
            None,
            None,
        ),
    ],
)
def test_the_first_wrong_column_is_blamed_with_the_reason(connection, values, column, reason):
    mapping = Mapping(
        order_id="id", date="d", revenue="r", quantity="q", unit_price="p", unit_cost="uc", refunded_amount="ra",
        satisfaction_score="s", delivery_days="dd", fulfilled_date="fd", category="c", product="pr", customer="cu",
        currency_column="cc", day_first=True, decimal_mark=".",
    )  # fmt: skip
    row = {"order_id": "1", "date": "2026-05-14", "revenue": "1"} | values
    put(connection, **{name: [value] for name, value in row.items()})
    validate(connection, mapping, currency="EUR", time_zone="UTC", now=datetime(2026, 6, 15, 12, tzinfo=UTC))
    (problem,) = connection.execute("SELECT problem FROM typed").fetchone()
    assert problem == (None if reason is None else {"column": column, "reason": reason})
