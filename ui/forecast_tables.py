"""Tables and tiles of the page about what comes next."""

from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.formats import MISSING, percent, signed
from analytics.predictive.forecast_quality import Told
from analytics.predictive.forecast_view import ForecastSummary, MemberShares, amount
from analytics.shop import Shop
from ui.charts.remembered import remembered
from ui.figures import figure_table, figure_tiles
from ui.shown import ShownTable, note_key_figures, note_markup

LONGEST_SECONDS = 0.05


def forecast_tiles(summary: ForecastSummary) -> None:
    """The key figures side by side, each with what it is held against."""
    st.html(_tiles(summary))
    table = pd.DataFrame(summary.tiles, columns=["key_figure", "figure", "beside"])
    note_key_figures("Key figures", ShownTable(table), partial(_tiles, summary))


def methods_table(told: Told) -> None:
    """A row per method with its errors on the past; the one in use is bold."""
    st.html(_methods(told))
    note_markup(partial(_methods, told))


def split_table(told: Told, shop: Shop) -> None:
    """The scores of the fixed split."""
    st.html(_split(told, shop))
    note_markup(partial(_split, told, shop))


def members_table(shares: MemberShares, shop: Shop) -> None:
    """A row per member, and their sum, which is the total."""
    st.html(_members(shares, shop))
    note_markup(partial(_members, shares, shop))


@remembered
def _tiles(summary: ForecastSummary) -> str:
    return figure_tiles(summary.tiles)


@remembered
def _methods(told: Told) -> str:
    rows = []
    for row in told.table.to_dict("records"):
        seconds = "< 0.05 s" if row["seconds"] < LONGEST_SECONDS else f"{row['seconds']:.1f} s"
        figures = [percent(row["wape"]), _number(row["mase"]), _size(row["rmse"]), signed(percent(row["bias"]))]
        inside = [percent(row["coverage_80"], 0), percent(row["coverage_95"], 0)]
        if formats.is_missing(row["wape"]):
            inside = [MISSING, MISSING]
        rows.append((row["method"], *figures, *inside, seconds))
    heads = ("Method", "WAPE", "MASE", "RMSE", "Bias", "In 80 %", "In 95 %", "A fit")
    return figure_table(heads, rows, list(told.table["used"]))


@remembered
def _split(told: Told, shop: Shop) -> str:
    rows = []
    for row in told.facts["scores"].to_dict("records"):
        sizes = [amount(told.key, row[name], shop.currency) for name in ("mae", "rmse")]
        rows.append((row["method"], *sizes, percent(row["wape"]), _number(row["mase"]), percent(row["accuracy"])))
    return figure_table(("Method", "MAE", "RMSE", "WAPE", "MASE", "Accuracy"), rows)


@remembered
def _members(shares: MemberShares, shop: Shop) -> str:
    rows = []
    for row in shares.rows.to_dict("records"):
        ends = (
            f"{amount(shares.key, row['low_80'], shop.currency)} – {amount(shares.key, row['high_80'], shop.currency)}"
        )
        change = signed(percent(row["moved"]))
        rows.append((row["member"], amount(shares.key, row["expected"], shop.currency), ends, change))
    total = amount(shares.key, shares.rows["expected"].sum(), shop.currency)
    rows.append(("All", total, "", ""))
    heads = (shares.dimension.capitalize(), "Expected", "In 80 of 100", "Change")
    return figure_table(heads, rows, [False] * (len(rows) - 1) + [True])


def _number(value: float) -> str:
    return MISSING if formats.is_missing(value) else f"{value:.2f}"


def _size(value: float) -> str:
    return MISSING if formats.is_missing(value) else formats.compact(value)
