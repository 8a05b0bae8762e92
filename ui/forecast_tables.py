"""Tables and tiles of the page about what comes next."""

import html
from collections.abc import Iterable
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.formats import MISSING, percent, signed
from analytics.predictive.forecast_quality import Told
from analytics.predictive.forecast_view import ForecastSummary, MemberShares, amount
from analytics.shop import Shop
from ui.charts.look import current_look
from ui.charts.remembered import remembered
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
    look = current_look()
    boxes = "".join(
        f'<div role="listitem"><div class="nm">{html.escape(name)}</div><div class="fig">{html.escape(figure)}</div>'
        f'<div class="nm">{html.escape(beside)}</div></div>'
        for name, figure, beside in summary.tiles
    )
    return (
        "<style>.next{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:.6rem;"
        "font-variant-numeric:tabular-nums}"
        f".next>div{{border:1px solid {look.grid};border-radius:.6rem;padding:.6rem .75rem;min-width:0;"
        f"background:{look.surface}}}.next .nm{{font-size:.78rem;color:{look.muted}}}"
        f".next .fig{{font-size:1.3rem;font-weight:620;line-height:1.5;color:{look.text}}}"
        "@media(max-width:640px){.next{grid-template-columns:repeat(2,minmax(0,1fr))}.next .fig{font-size:1.1rem}}"
        f'</style><div class="next" role="list">{boxes}</div>'
    )


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
    return _table(heads, rows, list(told.table["used"]))


@remembered
def _split(told: Told, shop: Shop) -> str:
    rows = []
    for row in told.facts["scores"].to_dict("records"):
        sizes = [amount(told.key, row[name], shop.currency) for name in ("mae", "rmse")]
        rows.append((row["method"], *sizes, percent(row["wape"]), _number(row["mase"]), percent(row["accuracy"])))
    return _table(("Method", "MAE", "RMSE", "WAPE", "MASE", "Accuracy"), rows)


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
    return _table(heads, rows, [False] * (len(rows) - 1) + [True])


def _table(heads: Iterable[str], rows: list[tuple], strong: list[bool] | None = None) -> str:
    look = current_look()
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr{" class=own" if mark else ""}><th scope="row">{html.escape(str(row[0]))}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row, mark in zip(rows, strong or [False] * len(rows), strict=True)
    )
    return (
        "<style>.fct{overflow-x:auto}.fct table{width:100%;border-collapse:collapse;font-size:.8rem;"
        "font-variant-numeric:tabular-nums}"
        f".fct th,.fct td{{padding:.28rem .35rem;border:0;border-bottom:1px solid {look.grid};text-align:right;"
        f"white-space:nowrap}}.fct th{{font-weight:500;color:{look.muted}}}.fct th:first-child{{text-align:left}}"
        f".fct th[scope=row]{{color:{look.text};white-space:normal;min-width:8rem}}"
        f".fct .own th,.fct .own td{{font-weight:650;color:{look.text}}}</style>"
        f'<div class="fct"><table><tr>{head}</tr>{body}</table></div>'
    )


def _number(value: float) -> str:
    return MISSING if formats.is_missing(value) else f"{value:.2f}"


def _size(value: float) -> str:
    return MISSING if formats.is_missing(value) else formats.compact(value)
