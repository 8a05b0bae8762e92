"""Tables and tiles of the page about customers' value."""

from functools import partial
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.filters import Filters
from analytics.formats import currency_decimals, currency_symbol, money, percent
from analytics.predictive.value_judged import ValueJudged, ValueModels
from analytics.predictive.value_methods import customers_label
from analytics.predictive.value_quadrants import COLUMNS, ValuePage
from analytics.predictive.value_view import ValueTotal
from analytics.shop import NOT_STATED, Shop
from ui.addresses import as_shown, link
from ui.charts.remembered import remembered
from ui.figures import figure_table, figure_tiles
from ui.shown import ShownTable, note_key_figures, note_markup

LISTED = ("customer_id", "quadrant", "expected", "risk", "likely_lost", "if_back", "realised", "lifetime", "purchases",
          "last_on", "segment", "region", "channel")  # fmt: skip
AMOUNTS = ("expected", "likely_lost", "if_back", "realised", "lifetime")
SYMBOLS = {"alpha": "α"}


def value_tiles(total: ValueTotal, shop: Shop) -> None:
    """What is expected, what was brought so far and both, and how many are expected to come back."""
    st.html(_tiles(total, shop))
    note_key_figures("Key figures", ShownTable(total.table()), partial(_tiles, total, shop))


def leaderboard_table(judged: ValueJudged, shop: Shop) -> None:
    """A row per method with its errors after the cut-off; the one that is used stands on top."""
    st.html(_board(judged, shop))
    note_markup(partial(_board, judged, shop))


def parameters_table(models: ValueModels) -> None:
    """A row per group of customers, a column per parameter with its standard error."""
    st.html(_parameters(models))
    note_markup(partial(_parameters, models))


def value_table(page: ValuePage, shop: Shop, filters: Filters) -> None:
    """One page of the list; an id leads to that customer's orders."""
    rows = page.rows
    shown = rows[[c for c in LISTED if not _is_empty(rows[c])]]
    asked = as_shown(filters.query())
    addresses = [link(f"/customers?{asked}&{urlencode({'customer': name})}") for name in shown["customer_id"]]
    st.dataframe(
        shown.assign(customer_id=addresses),
        hide_index=True,
        column_config=_columns(shop),
        height="content",
        placeholder="–",
        key=f"values-{page.first}",
    )


def _is_empty(values: pd.Series) -> bool:
    return bool((values.isna() | (values.astype("object") == NOT_STATED)).all())


def _columns(shop: Shop) -> dict[str, object]:
    kinds = st.column_config
    step = 10.0 ** -currency_decimals(shop.currency)
    symbol = currency_symbol(shop.currency)
    amounts = {c: kinds.NumberColumn(f"{COLUMNS[c]} ({symbol})", format="localized", step=step) for c in AMOUNTS}
    return amounts | {
        "customer_id": kinds.LinkColumn("Customer", display_text=r"customer=([^&]*)", pinned=True),
        "quadrant": kinds.TextColumn("Quadrant"),
        "risk": kinds.NumberColumn("Risk", format="percent"),
        "purchases": kinds.NumberColumn("Purchases", format="localized"),
        "last_on": kinds.DateColumn("Last purchase"),
        "segment": kinds.TextColumn("Segment"),
        "region": kinds.TextColumn("Region"),
        "channel": kinds.TextColumn("First channel"),
    }


@remembered
def _tiles(total: ValueTotal, shop: Shop) -> str:
    kind = "revenue" if total.money == "revenue" else "margin"
    between = f"80 %: {money(total.low, shop.currency)} to {money(total.high, shop.currency)}"
    each = total.expected / total.customers if total.customers else float("nan")
    amounts = (
        (f"Expected {kind}", total.expected, between),
        ("For each customer", each, f"{customers_label(total.customers)} of today"),
        (f"{kind.capitalize()} so far", total.realised, "of the same customers"),
        ("Lifetime value", total.lifetime, "so far and expected"),
    )
    tiles = [(name, money(value, shop.currency), said) for name, value, said in amounts]
    share = percent(total.buyers / total.customers, 0) if total.customers else formats.MISSING
    return figure_tiles([*tiles, ("Will buy at all", f"{total.buyers:,.0f}", f"{share} of the customers")])


@remembered
def _board(judged: ValueJudged, shop: Shop) -> str:
    heads = ("Method", "Each", "R²", "Rank", "Total", "Customer", "Tenth", "Both")
    rows = [_board_row(row, shop) for row in judged.leaderboard.to_dict("records")]
    return figure_table(heads, rows, list(judged.leaderboard["method"] == judged.method))


def _board_row(row: dict, shop: Shop) -> tuple[str, ...]:
    return (
        row["name"],
        money(row["mae"], shop.currency),
        _plain(row["r2"]),
        _plain(row["rank_correlation"]),
        formats.signed(percent(row["total_error"], 0)),
        percent(row["customer_error"], 0),
        percent(row["decile_error"]),
        f"{row['error']:.2f}",
    )


@remembered
def _parameters(models: ValueModels) -> str:
    table = models.parameters
    names = list(dict.fromkeys(table["parameter"]))
    rows = []
    for group, own in table.groupby("group", sort=False):
        cells = own.set_index("parameter").loc[names].itertuples()
        told = [(_figure(c.value), _error(c.error)) for c in cells]
        rows.append((str(group), f"{int(own['customers'].iloc[0]):,}", *told))
    return figure_table(("Group", "Customers", *(SYMBOLS.get(name, name) for name in names)), rows)


def _plain(value: float) -> str:
    return formats.MISSING if formats.is_missing(value) else f"{value:.2f}".replace("-", formats.MINUS)


def _figure(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _error(value: float) -> str:
    return formats.MISSING if formats.is_missing(value) else f"± {_figure(value)}"
