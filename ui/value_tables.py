"""Tables and tiles of the page about customers' value."""

import html
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
from ui.charts.look import Look, current_look
from ui.charts.remembered import remembered
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
    look = current_look()
    kind = "revenue" if total.money == "revenue" else "margin"
    between = f"80 %: {money(total.low, shop.currency)} to {money(total.high, shop.currency)}"
    each = total.expected / total.customers if total.customers else float("nan")
    tiles = (
        (f"Expected {kind}", total.expected, between),
        ("For each customer", each, f"{customers_label(total.customers)} of today"),
        (f"{kind.capitalize()} so far", total.realised, "of the same customers"),
        ("Lifetime value", total.lifetime, "so far and expected"),
    )
    drawn = "".join(_tile(name, money(value, shop.currency), money(value, shop.currency, exact=True), said)
                    for name, value, said in tiles)  # fmt: skip
    share = percent(total.buyers / total.customers, 0) if total.customers else formats.MISSING
    drawn += _tile("Will buy at all", f"{total.buyers:,.0f}", f"{total.buyers:,.1f}", f"{share} of the customers")
    return f'{_tile_style(look)}<div class="worth" role="list">{drawn}</div>'


def _tile(name: str, value: str, exact: str, said: str) -> str:
    return (
        f'<div class="tile" role="listitem"><div class="nm">{html.escape(name)}</div>'
        f'<div class="row"><div class="val" title="{html.escape(exact)}">{html.escape(value)}</div></div>'
        f'<div class="chg">{html.escape(said)}</div></div>'
    )


def _tile_style(look: Look) -> str:
    return (
        "<style>.worth{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem}"
        f".worth .tile{{border:1px solid {look.grid};border-radius:.6rem;padding:.6rem .75rem;"
        f"background:{look.surface}}}"
        f".worth .nm,.worth .chg{{font-size:.8rem;color:{look.muted}}}.worth .val{{font-size:1.45rem;font-weight:620;"
        f"color:{look.text};font-variant-numeric:tabular-nums;white-space:nowrap}}</style>"
    )


@remembered
def _board(judged: ValueJudged, shop: Shop) -> str:
    heads = ("Method", "Each", "R²", "Rank", "Total", "Customer", "Tenth", "Both")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    rows = "".join(_board_row(row, shop, judged.method) for row in judged.leaderboard.to_dict("records"))
    return f'{_style(current_look())}<div class="vt"><table><tr>{head}</tr>{rows}</table></div>'


def _board_row(row: dict, shop: Shop, used: str) -> str:
    cells = (
        money(row["mae"], shop.currency),
        _plain(row["r2"]),
        _plain(row["rank_correlation"]),
        formats.signed(percent(row["total_error"], 0)),
        percent(row["customer_error"], 0),
        percent(row["decile_error"]),
        f"{row['error']:.2f}",
    )
    told = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    kind = ' class="used"' if row["method"] == used else ""
    return f'<tr{kind}><th scope="row">{html.escape(row["name"])}</th>{told}</tr>'


@remembered
def _parameters(models: ValueModels) -> str:
    table = models.parameters
    names = list(dict.fromkeys(table["parameter"]))
    head = "".join(f'<th scope="col">{SYMBOLS.get(name, name)}</th>' for name in names)
    rows = ""
    for group, own in table.groupby("group", sort=False):
        cells = own.set_index("parameter").loc[names]
        told = "".join(f"<td>{_figure(c.value)}<br><i>{_error(c.error)}</i></td>" for c in cells.itertuples())
        customers = f"{int(own['customers'].iloc[0]):,}"
        rows += f'<tr><th scope="row">{html.escape(str(group))}</th><td>{customers}</td>{told}</tr>'
    return (
        f'{_style(current_look())}<div class="vt"><table><tr><th scope="col">Group</th><th scope="col">Customers</th>'
        f"{head}</tr>{rows}</table></div>"
    )


def _style(look: Look) -> str:
    return (
        "<style>.vt{overflow-x:auto}.vt table{width:100%;border-collapse:collapse;font-size:.8rem;"
        "font-variant-numeric:tabular-nums}"
        f".vt th,.vt td{{padding:.28rem .35rem;border:0;border-bottom:1px solid {look.grid};text-align:right;"
        f"white-space:nowrap}}.vt th{{font-weight:500;color:{look.muted}}}"
        f".vt th:first-child{{text-align:left}}.vt th[scope=row]{{color:{look.text};white-space:normal;"
        f"min-width:9rem}}.vt i{{color:{look.muted};font-style:normal;font-size:.74rem}}"
        f".vt .used th,.vt .used td{{font-weight:650;color:{look.text}}}</style>"
    )


def _plain(value: float) -> str:
    return formats.MISSING if formats.is_missing(value) else f"{value:.2f}".replace("-", formats.MINUS)


def _figure(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _error(value: float) -> str:
    return formats.MISSING if formats.is_missing(value) else f"± {_figure(value)}"
