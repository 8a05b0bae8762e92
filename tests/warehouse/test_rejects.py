"""Rejected rows as a file that a spreadsheet can open."""

import csv
import io

import pytest

from warehouse.rejects import harmless, rejected_rows_csv


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\tx", "\rx", " =1", "＝1", "-1+2"])
def test_what_could_run_as_a_formula_gets_an_apostrophe(cell):
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.50", "+3", "text", "", None, 7, "a=b", "-1,234.50", "-5%"])
def test_numbers_and_plain_texts_stay(cell):
    assert harmless(cell) == cell


def test_the_rejected_rows_of_one_import_or_of_all_are_streamed_as_csv(imported):
    imported("1,2026-05-14,C1,1.00,North,,", "=cmd,never,C1,1.00,North,,")
    _, path = imported("2,2026-05-14,C1,1.00,North,,", "3,2026-05-14,C1,1.00,<b>,9,", append=True)
    everything = list(csv.reader(io.StringIO("".join(rejected_rows_csv(path)), newline="")))
    assert everything == [
        ["source_file", "line_number", "column", "reason", "raw_text"],
        ["orders.csv", "3", "Date", "not a date", "'=cmd,never,C1,1.00,North,,"],
        ["orders.csv", "3", "Score", "the score is not a whole number from 1 to 5: 9", "3,2026-05-14,C1,1.00,<b>,9,"],
    ]
    assert len(list(csv.reader(io.StringIO("".join(rejected_rows_csv(path, 2)))))) == 2
