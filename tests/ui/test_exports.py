"""Files that a card hands out: numbers stay numbers, days days, and no cell runs anything."""

import csv
import io
import re
from dataclasses import replace
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from analytics.shop import Shop
from ui.exports import csv_bytes, excel_bytes, file_name, flat_table, readable_table

FILTERS = Filters(Period(date(2026, 8, 3), date(2026, 10, 31)), region=("=1+1",))
SHOP = Shop("=cmd|' /C calc'!A0", "EUR", "monday", date(2025, 1, 1), date(2026, 10, 31), date(2026, 10, 31), 7)
FORMULAS = ("=1+1", "+1+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0")
HARMLESS = ("North", "-12.5", "+1", "1=1", "a@b.c", "", "ü€😀", 'quo"te', "semi;colon,comma", "line\nbreak")


def csv_rows(table: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))


def excel_sheet(table: pd.DataFrame, name: str = "Numbers"):
    return openpyxl.load_workbook(io.BytesIO(excel_bytes(table, "=Heading", FILTERS, SHOP)))[name]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_cell_or_heading_is_text_in_csv(formula):
    heading, cell = csv_rows(pd.DataFrame({formula: [formula]}))
    assert heading == [f"'{formula}"]
    assert cell == [f"'{formula}"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_cell_or_heading_is_text_in_excel(formula):
    sheet = excel_sheet(pd.DataFrame({formula: [formula]}))
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type in ("s", "inlineStr")
            assert str(cell.value).startswith("'")


def test_a_formula_in_the_shops_name_or_a_filter_is_text_too():
    sheet = excel_sheet(pd.DataFrame({"value": [1]}), "About")
    values = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in values)
    assert not [c.value for c in values if str(c.value).startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_left_as_it_is(text):
    assert csv_rows(pd.DataFrame({"a": [text], "b": [1]}))[1][0] == text
    assert (excel_sheet(pd.DataFrame({"a": [text], "b": [1]}))["A2"].value or "") == text


def test_a_negative_number_stays_a_number():
    table = pd.DataFrame({"revenue": [-50.0, 1e-9, 12345678.91], "orders": [-1, 0, 3]})
    assert csv_rows(table)[1:] == [["-50.0", "-1"], ["1e-09", "0"], ["12345678.91", "3"]]
    assert [c.value for c in excel_sheet(table)["A"]][1:] == [-50, 1e-9, 12345678.91]
    assert all(c.data_type == "n" for c in excel_sheet(table)["A"][1:])


@settings(deadline=None)
@given(st.lists(st.floats(-1e15, 1e15, allow_nan=False), min_size=1, max_size=20))
def test_every_number_comes_back_as_it_was(numbers):
    table = pd.DataFrame({"value": numbers})
    assert [float(row[0]) for row in csv_rows(table)[1:]] == numbers


@settings(deadline=None, max_examples=25)
@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=10))
def test_every_number_comes_back_from_excel_to_fifteen_digits(numbers):
    sheet = excel_sheet(pd.DataFrame({"value": numbers}))
    back = [float(sheet.cell(row, 1).value) for row in range(2, len(numbers) + 2)]
    assert back == pytest.approx(numbers, rel=1e-14, abs=1e-300)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=10))
def test_no_text_at_all_begins_like_a_formula(texts):
    for row in csv_rows(pd.DataFrame({"a": texts, "b": range(len(texts))}))[1:]:
        assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r")) or re.fullmatch(r"[+-][\d.,]+", row[0])


def test_days_are_days_and_gaps_are_empty():
    table = pd.DataFrame({"start": pd.to_datetime(["2026-10-01", None]), "value": [1.5, np.nan]})
    assert csv_rows(table)[1:] == [["2026-10-01", "1.5"], ["", ""]]
    sheet = excel_sheet(table)
    assert sheet["A2"].is_date
    assert sheet["A2"].value.date() == date(2026, 10, 1)
    assert sheet["A3"].value is None
    assert sheet["B3"].value is None


def test_categories_with_formulas_are_text_too():
    table = pd.DataFrame({"member": pd.Categorical(["=1+1", "North"])})
    assert [row[0] for row in csv_rows(table)[1:]] == ["'=1+1", "North"]


def test_the_table_given_is_not_changed():
    table = pd.DataFrame({"=a": ["=1+1"]})
    before = table.copy()
    csv_bytes(table)
    excel_bytes(table, "Heading", FILTERS, SHOP)
    pd.testing.assert_frame_equal(table, before)


def test_an_empty_table_is_a_heading():
    assert csv_rows(pd.DataFrame({"a": [], "b": []})) == [["a", "b"]]
    assert excel_sheet(pd.DataFrame({"a": [], "b": []})).max_row == 1


@pytest.mark.parametrize(
    "heading", ["Revenue by channel", "../../etc/passwd", "Région × <b>", "CON\r\nSet-Cookie: x", ""]
)
def test_a_file_name_is_plain(heading):
    name = file_name(heading, FILTERS)
    assert name.endswith("_2026-08-03_2026-10-31")
    assert all(c.isalnum() and c.isascii() or c in "-_" for c in name)


def crossed(rows: list[str], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(1.23456, pd.Index(rows, name="region"), pd.Index(columns, name="segment"))


@pytest.mark.parametrize("prepared", [lambda t: t, lambda t: t.reset_index()], ids=["as it is", "index reset before"])
def test_members_called_like_columns_or_like_each_other_all_stay(prepared):
    flat = flat_table(prepared(crossed(["value", "region"], ["member", "value", "last_year", "Region"])))
    assert flat.shape == (2, 5)
    assert len(set(flat.columns)) == 5
    assert {"member", "value", "last_year"} <= set(flat.columns), "members are called as they are"
    assert flat.iloc[:, 0].tolist() == ["value", "region"]


def test_a_member_called_like_the_rows_does_not_get_in_their_way():
    flat = flat_table(crossed(["North"], ["region", "Region"]))
    assert list(flat.columns) == ["Region", "region", "Region (2)"]


def test_categories_as_headings_are_flattened_too():
    table = crossed(["North"], ["A", "B"])
    table.columns = pd.CategoricalIndex(table.columns, name="segment")
    assert list(flat_table(table).columns) == ["Region", "A", "B"]


def test_rows_that_are_only_numbered_get_no_column():
    assert list(flat_table(pd.DataFrame({"value": [1.0], "last_year": [2.0]})).columns) == ["Value", "Last year"]


def test_months_and_days_are_headings_without_a_clock_time():
    months = pd.DataFrame([[1.0, 2.0]], pd.Index(["Mon"], name="weekday"), pd.to_datetime(["2026-01-01", "2026-02-01"]))
    assert list(flat_table(months).columns) == ["Weekday", "2026-01", "2026-02"]


def test_a_table_is_written_for_people():
    table = pd.DataFrame(
        {
            "start": pd.to_datetime(["2026-10-01"]),
            "value": [1234.56789],
            "share": [0.123456],
            "noise": [0.1 + 0.2],
            "orders": [3],
            "complete": [True],
        }
    )
    shown, units = readable_table(table, SHOP, METRICS["revenue"])
    assert shown.to_dict("records") == [
        {
            "Start": date(2026, 10, 1),
            "Value": 1234.57,
            "Share": 0.1235,
            "Noise (±)": 0.3,
            "Orders": 3,
            "Complete": "yes",
        }
    ]
    assert units == {"Start": "day", "Value": "money", "Share": "share", "Noise (±)": "money", "Orders": "count"}
    sheet = openpyxl.load_workbook(io.BytesIO(excel_bytes(shown, "Heading", FILTERS, SHOP, units)))["Numbers"]
    formats = [cell.number_format for cell in sheet[2]]
    assert formats == ["yyyy-mm-dd", "#,##0.00", "0.0%", "#,##0.00", "#,##0", "General"]


def test_amounts_are_written_to_the_coin_of_their_currency():
    yen = replace(SHOP, currency="JPY")
    shown, units = readable_table(pd.DataFrame({"value": [1234.4]}), yen, METRICS["revenue"])
    assert shown["Value"].tolist() == [1234.0]
    sheet = openpyxl.load_workbook(io.BytesIO(excel_bytes(shown, "Heading", FILTERS, yen, units)))["Numbers"]
    assert sheet["A2"].number_format == "#,##0"


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_of_little_or_nothing_is_readable(rows):
    table = pd.DataFrame({"start": [date(2026, 1, 1)], "value": [np.nan], "beyond_chance": [False]}).head(rows)
    assert list(readable_table(table, SHOP, METRICS["orders"])[0].columns) == ["Start", "Value", "Beyond chance"]
