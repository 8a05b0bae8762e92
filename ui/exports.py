"""Tables as files: numbers as numbers, days as days, and nothing that a spreadsheet would run."""

import io
import re

import pandas as pd

from analytics.filters import Filters
from analytics.shop import Shop
from ui.data import harmless


def csv_bytes(table: pd.DataFrame) -> bytes:
    """UTF-8 with a byte-order mark, so that Excel reads names right."""
    return neutralised(table).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def excel_bytes(table: pd.DataFrame, heading: str, filters: Filters, shop: Shop) -> bytes:
    """A workbook: what is looked at on the first sheet, the numbers on the second."""
    about = pd.DataFrame(
        {
            "What": ["Table", "Shop", "Filters", "Data to", "Currency"],
            "Value": [heading, shop.name, filters.sentence(), shop.last_day.isoformat(), shop.currency],
        }
    )
    buffer = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs=options) as workbook:
        neutralised(about).to_excel(workbook, sheet_name="About", index=False)
        neutralised(table).to_excel(workbook, sheet_name="Numbers", index=False)
        for sheet in workbook.sheets.values():
            sheet.autofit()
    return buffer.getvalue()


def neutralised(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with an apostrophe before every text that a spreadsheet would take for a formula."""
    safe = table.rename(columns=harmless)
    for column in safe.columns[[not pd.api.types.is_numeric_dtype(t) for t in safe.dtypes]]:
        safe[column] = safe[column].map(harmless)
    return safe


def file_name(heading: str, filters: Filters) -> str:
    """``revenue-by-channel_2026-08-03_2026-10-31``."""
    plain = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
    return f"{plain}_{filters.period.start}_{filters.period.end}"
