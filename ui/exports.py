"""Tables as they are read and as files: numbers as numbers, days as days, and nothing that a spreadsheet would run."""

import io
import re
from collections.abc import Iterable
from datetime import date

import pandas as pd

from analytics.filters import Filters
from analytics.formats import currency_decimals
from analytics.metrics import Metric
from analytics.shop import DIMENSIONS, Shop
from ui.data import harmless

OF_THE_METRIC = ("value", "previous", "last_year", "reference", "change", "noise", "mean", "reference_mean", "surplus",
                 "value_low", "value_high", "detectable", "others", "difference", "difference_low",
                 "difference_high", "expected", "low_80", "high_80", "low_95", "high_95", "before", "so_far", "actual",
                 "added", "added_low", "added_high")  # fmt: skip
"""Columns in the unit of the metric that a table is about."""
COUNTS = (
    "orders",
    "customers",
    "members",
    "rows_accepted",
    "rows_rejected",
    "rows_read",
    "gaps",
    "returned",
    "at_risk",
    "lost",
    "riskiest",
    "same",
    "purchases",
)
SHARES = ("share", "previous", "missing", "share_low", "share_high", "share_of_customers", "share_of_revenue",
          "retention", "retention_low", "retention_high", "good", "good_low", "good_high", "adjusted_good",
          "adjusted_good_low", "adjusted_good_high", "odds", "odds_low", "odds_high", "previous_share",
          "last_year_share", "change_of_share", "noise_of_share", "back", "back_low", "back_high", "away", "away_low",
          "away_high", "chance", "chance_low", "chance_high", "probability", "said", "happened", "happened_low",
          "happened_high", "found", "share_of_all", "threshold", "contacted", "accuracy", "accuracy_low",
          "accuracy_high", "churned", "moves_chance", "wape", "naive", "floor", "best_accuracy", "bias", "coverage_80",
          "coverage_95", "effect", "effect_low", "effect_high", "moved", "risk", "buys", "alive", "share_of_value",
          "total_error", "customer_error", "decile_error", "up_and_down_by", "orders_differ_by",
          "bought", "bought_control", "kept", "kept_low", "kept_high", "more_orders", "more_orders_low",
          "more_orders_high", "gone_by", "discount", "risk_from", "told_by_its_data",
          "chance_of_a_loss", "roi", "irr")  # fmt: skip
AMOUNTS = (
    "revenue",
    "revenue_in_view",
    "revenue_per_customer",
    "value_per_customer",
    "average_order_value",
    "mean_revenue",
    "revenue_at_risk",
    "margin_at_risk",
    "net",
    "net_low",
    "net_high",
    "expected_value",
    "expected_value_low",
    "expected_value_high",
    "value_each",
    "value_each_low",
    "value_each_high",
    "brought",
    "brought_low",
    "brought_high",
    "lifetime_value",
    "value_if_back",
    "likely_lost",
    "value_at_risk",
    "margin_added",
    "net_benefit",
    "net_benefit_low",
    "net_benefit_high",
    "budget",
    "contact_cost",
    "revenue_each",
    "revenue_each_control",
    "revenue_lift",
    "mean_absolute_error",
    "root_mean_square_error",
    "spend",
    "spend_at_present",
    "spend_proposed",
    "least_spend",
    "most_spend",
    "one_more_brings_now",
    "one_more_brings_now_low",
    "one_more_brings_now_high",
    "one_more_brings_then",
    "one_more_brings_then_low",
    "one_more_brings_then_high",
    "worth_of_bound",
    "margin_brought",
    "margin_brought_low",
    "margin_brought_high",
    "net_margin",
    "below_the_proposed",
    "hangs_on_the_doubt",
    "spend_up",
    "spend_down",
    "cost_of_the_test",
    "net_of_month",
    "cash_so_far",
    "cash_so_far_discounted",
    "cash_so_far_low",
    "cash_so_far_high",
    "npv_at_low",
    "npv_at_high",
    "npv_from",
    "npv_to",
    "npv_expected",
    "npv_low",
    "npv_high",
    "npv_likely",
    "swing",
    "paid",
)
NAMES = DIMENSIONS | {
    "rfm": "RFM segment",
    "wape": "WAPE",
    "mase": "MASE",
    "rmse": "RMSE",
    "naive": "WAPE of the last week again",
    "floor": "WAPE of chance alone",
    "low_80": "80 %, low",
    "high_80": "80 %, high",
    "low_95": "95 %, low",
    "high_95": "95 %, high",
    "coverage_80": "Inside 80 %",
    "coverage_95": "Inside 95 %",
    "auc": "ROC AUC",
    "auc_low": "ROC AUC, low",
    "auc_high": "ROC AUC, high",
    "auc_recency": "ROC AUC, recency alone",
    "f1": "F1",
    "roi": "ROI",
    "irr": "IRR a year",
    "npv_at_low": "Net present value at low",
    "npv_at_high": "Net present value at high",
    "npv_from": "Net present value, from",
    "npv_to": "Net present value, to",
    "npv_expected": "Net present value, expected",
    "npv_low": "Net present value, low",
    "npv_high": "Net present value, high",
    "npv_likely": "Net present value, all as likely",
    "noise": "Noise (±)",
    "noise_previous": "Noise against previous (±)",
    "noise_last_year": "Noise against last year (±)",
    "by_chance": "By chance",
    "errors": "Standard errors",
    "mean": "Moving mean",
    "reference": "Compared with",
    "reference_mean": "Compared with, moving mean",
    "share_mean": "Share, moving mean",
    "surplus": "Beyond the shop's change",
    "start_date": "First day",
    "end_date": "Last day",
    "label": "Name",
    "known": "Can be told",
    "good": "Share of 4–5",
    "good_low": "Share of 4–5, low",
    "good_high": "Share of 4–5, high",
    "adjusted_good": "Share of 4–5, adjusted",
    "adjusted_good_low": "Share of 4–5, adjusted, low",
    "adjusted_good_high": "Share of 4–5, adjusted, high",
    "brought_low": "Brought, low",
    "brought_high": "Brought, high",
    "value_if_back": "If coming back",
    "value_each": "Expected value, for each",
    "value_each_low": "Expected value, for each, low",
    "value_each_high": "Expected value, for each, high",
    "buys": "Will buy at all",
    "r2": "R²",
}
"""Headings that a column's own name would not make."""
DAYS_FORMAT = "yyyy-mm-dd"
UNITS = "units"
"""Of a table's ``attrs``: the unit of columns by name, where whoever made the table says it (see ``ui.measured``)."""


def readable_table(table: pd.DataFrame, shop: Shop, metric: Metric | None = None) -> tuple[pd.DataFrame, dict]:
    """A table for people: headings in words, amounts to the coin, shares to a hundredth of a per cent, yes and no.

    Returns
    -------
    The table, and per heading its unit where it has one: money, share, count, score, days or day.
    """
    flat = flat_table(table)
    keys = _keys(table)
    said = table.attrs.get(UNITS, {})
    units = {
        heading: said.get(key) or _unit(key, flat[heading], metric)
        for heading, key in zip(flat.columns, keys, strict=True)
    }
    for heading, unit in units.items():
        flat[heading] = _readable(flat[heading], unit, shop)
    return flat, {heading: unit for heading, unit in units.items() if unit}


def flat_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same rows under one row of different headings, with what named the rows as first columns.

    Members stand as they are, and may be called like a column or like each other.

    >>> flat_table(pd.DataFrame({"region": [1.0], "last_year": [2.0]}, index=pd.Index(["North"], name="region")))
      Region  Region (2)  Last year
    0  North         1.0        2.0
    """
    columns = [*_row_names(table).values(), *(table.iloc[:, i] for i in range(table.shape[1]))]
    flat = pd.concat([pd.Series(c.array).rename(i) for i, c in enumerate(columns)], axis="columns")
    are_members = table.columns.name is not None
    headings = [_heading(key, False) for key in _row_names(table)]
    flat.columns = _different([*headings, *(_heading(key, are_members) for key in table.columns)])
    return flat


def column_formats(units: dict[str, str]) -> dict[str, str]:
    """Per heading how a table on screen shows its numbers; see ``readable_table``."""
    return {heading: "percent" if unit == "share" else "localized" for heading, unit in units.items() if unit != "day"}


def csv_bytes(table: pd.DataFrame) -> bytes:
    """UTF-8 with a byte-order mark, so that Excel reads names right."""
    return neutralised(table).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def excel_bytes(
    table: pd.DataFrame, heading: str, filters: Filters, shop: Shop, units: dict[str, str] | None = None
) -> bytes:
    """A workbook: what is looked at on the first sheet, the numbers on the second."""
    about = pd.DataFrame(
        {
            "What": ["Table", "Shop", "Filters", "Data to", "Currency"],
            "Value": [
                heading,
                shop.name,
                filters.sentence(shop.days, shop.members, shop.today),
                shop.last_day.isoformat(),
                shop.currency,
            ],
        }
    )
    buffer = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    days = {"date_format": DAYS_FORMAT, "datetime_format": DAYS_FORMAT}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs=options, **days) as workbook:
        neutralised(about).to_excel(workbook, sheet_name="About", index=False)
        neutralised(table).to_excel(workbook, sheet_name="Numbers", index=False)
        formats = excel_formats(shop)
        for position, column in enumerate(table.columns):
            if form := formats.get((units or {}).get(column)):
                style = workbook.book.add_format({"num_format": form})
                workbook.sheets["Numbers"].set_column(position, position, None, style)
        for sheet in workbook.sheets.values():
            sheet.autofit()
    return buffer.getvalue()


def excel_formats(shop: Shop) -> dict[str, str]:
    """How Excel writes numbers of each unit."""
    decimals = currency_decimals(shop.currency)
    money = "#,##0" + ("." + "0" * decimals if decimals else "")
    return {"money": money, "share": "0.0%", "count": "#,##0", "score": "0.00", "days": "0.0", "day": DAYS_FORMAT}


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


def _row_names(table: pd.DataFrame) -> dict[object, pd.Index]:
    """What names the rows, by its own name; nothing where rows are only numbered."""
    levels = [table.index.get_level_values(i) for i in range(table.index.nlevels)]
    return {level.name or "member": level for level in levels if level.name or not isinstance(level, pd.RangeIndex)}


def _keys(table: pd.DataFrame) -> list[object]:
    """What the code calls each column; ``value`` for the members and months of a table by two."""
    crossed = table.columns.name is not None
    own = ["value" if crossed or isinstance(key, date) else key for key in table.columns]
    return [*_row_names(table), *own]


def _heading(key: object, is_member: bool) -> str:
    if isinstance(key, date):  # pandas' instants are dates too
        return f"{key:%Y-%m}" if key.day == 1 else f"{key:%Y-%m-%d}"
    name = str(key)
    if is_member or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return name
    return NAMES.get(name, name.replace("_", " ").capitalize())


def _different(headings: Iterable[str]) -> list[str]:
    """The same with a number behind each that occurred before."""
    taken: dict[str, None] = {}
    for heading in headings:
        number, unlike = 2, heading
        while unlike in taken:
            unlike, number = f"{heading} ({number})", number + 1
        taken[unlike] = None
    return list(taken)


def _unit(key: object, column: pd.Series, metric: Metric | None) -> str | None:
    if pd.api.types.is_datetime64_any_dtype(column) or isinstance(column.dropna().iloc[:1].squeeze(), date):
        return "day"
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return None
    if key in OF_THE_METRIC and metric:
        return metric.unit
    if key in AMOUNTS:
        return "money"
    return "count" if key in COUNTS else "share" if key in SHARES else None


def _readable(column: pd.Series, unit: str | None, shop: Shop) -> pd.Series:
    if pd.api.types.is_bool_dtype(column):
        return column.map({True: "yes", False: "no"})
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.date
    if pd.api.types.is_float_dtype(column):
        return column.round({"money": currency_decimals(shop.currency), "score": 2, "days": 1}.get(unit, 4))
    return column
