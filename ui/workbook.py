"""A whole page as an Excel workbook: what is looked at on the first sheet, then a sheet for each card."""

import io
import re
from datetime import date, datetime

import numpy as np
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ui.data import harmless
from ui.exports import DAYS_FORMAT, excel_formats
from ui.shown import ShownCard, ShownPage, ShownTable

ABOUT = "About"
LONGEST_SHEET_NAME = 31
FORBIDDEN = r"[\[\]:*?/\\\x00-\x1f]"
RESERVED = ("history", "")
"""Names that Excel keeps for itself, or that are none."""

WIDEST_COLUMN = 60
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}


def workbook_bytes(page: ShownPage) -> bytes:
    """The page as it was drawn last, as the content of an xlsx file.

    Numbers are numbers, days are days, and no text is a formula. A card that could not answer has a sheet as well: its
    sentence stands there.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        sheets = [(card, table) for card in page.filled_cards() for table in (card.tables or [None])]
        names = sheet_names([ABOUT, *(card.heading for card, _ in sheets)])
        styles = _Styles(book, page)
        _fill_about(book.add_worksheet(names[0]), page, list(zip(names[1:], sheets, strict=True)), styles)
        for name, (card, table) in zip(names[1:], sheets, strict=True):
            _fill(book.add_worksheet(name), card, table, page, styles)
    return buffer.getvalue()


def sheet_names(headings: list[str]) -> list[str]:
    """Headings as Excel takes them for names of sheets: short, without its marks, each different from the others.

    >>> sheet_names(["Revenue: by/region", "History", "revenue  by region", "x" * 40])
    ['Revenue by region', 'History sheet', 'revenue by region (2)', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']
    """
    names: list[str] = []
    for heading in headings:
        name = _allowed(heading)
        taken, number, wanted = {n.casefold() for n in names}, 2, name
        while name.casefold() in taken:
            ending = f" ({number})"
            name, number = wanted[: LONGEST_SHEET_NAME - len(ending)].rstrip() + ending, number + 1
        names.append(name)
    return names


def _allowed(heading: str) -> str:
    plain = " ".join(re.sub(FORBIDDEN, " ", heading).split())
    short = plain[:LONGEST_SHEET_NAME].strip("' ")
    return f"{short} sheet".strip() if short.casefold() in RESERVED else short


class _Styles:
    """The few formats of a workbook."""

    def __init__(self, book: xlsxwriter.Workbook, page: ShownPage) -> None:
        self.heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.link = book.get_default_url_format()
        self._units = {unit: book.add_format({"num_format": form}) for unit, form in excel_formats(page.shop).items()}

    def of(self, unit: str | None) -> Format | None:
        """How numbers of a unit are written."""
        return self._units.get(unit)


def _fill_about(
    sheet: Worksheet, page: ShownPage, contents: list[tuple[str, tuple[ShownCard, ShownTable | None]]], styles: _Styles
) -> None:
    """Page, filters, comparison, date of the data, and what is on which sheet."""
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, harmless(page.question), styles.title)
    said = [*page.facts().items(), *(("In short", sentence) for sentence in page.headline)]
    for row, (name, text) in enumerate(said, 2):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, harmless(text), styles.text)
    head = len(said) + 3
    sheet.write_row(head, 0, ["Sheet", "What it says"], styles.heading)
    for row, (name, (card, _)) in enumerate(contents, head + 1):
        quoted = name.replace("'", "''")
        sheet.write_url(row, 0, f"internal:'{quoted}'!A1", styles.link, harmless(name))
        sheet.write_string(row, 1, harmless(" ".join(card.texts())), styles.text)


def _fill(sheet: Worksheet, card: ShownCard, shown: ShownTable | None, page: ShownPage, styles: _Styles) -> None:
    if shown is None:
        sheet.set_column(0, 0, 100)
        for row, sentence in enumerate(card.texts()):
            sheet.write_string(row, 0, harmless(sentence), styles.text)
        return
    table, units = shown.readable(page.shop)
    for column, heading in enumerate(table.columns):
        values = table[heading].tolist()
        sheet.write_string(0, column, harmless(heading), styles.heading)
        sheet.set_column(column, column, _width(heading, values))
        for row, value in enumerate(values):
            _write(sheet, row + 1, column, value, styles.of(units[row][column]))
    sheet.freeze_panes(1, 0)


def _write(sheet: Worksheet, row: int, column: int, value: object, style: Format | None) -> None:
    """One cell by what its value is; what is missing stays empty."""
    if value is None or value != value:  # noqa: PLR0124 (missing numbers and days differ from themselves)
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | np.number):
        if np.isfinite(value):
            sheet.write_number(row, column, value, style)
    elif isinstance(value, date | datetime):
        sheet.write_datetime(row, column, value, style)
    else:
        sheet.write_string(row, column, harmless(str(value)))


def _width(heading: str, values: list[object]) -> float:
    """Wide enough for most of what stands in a column."""
    longest = max((len(f"{v:,.2f}") if isinstance(v, float) else len(str(v)) for v in values[:200]), default=0)
    return min(max(len(heading), longest, len(DAYS_FORMAT) * (longest > 0)) + 2, WIDEST_COLUMN)
