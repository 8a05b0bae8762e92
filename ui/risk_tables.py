"""Tables of the page about who will not come back: key figures, the list, models, the matrix, other horizons."""

import html
from functools import partial

import pandas as pd
import streamlit as st

from analytics.filters import Filters
from analytics.formats import MISSING, currency_decimals, currency_symbol, percent
from analytics.predictive.churn_offer import OfferThreshold
from analytics.predictive.churn_quality import ChurnSummary, Told
from analytics.shop import Shop
from ui.addresses import PAGES_FOLDER, as_shown, link
from ui.charts.look import current_look
from ui.figures import figure_table, figure_tiles
from ui.shown import ShownTable, note_key_figures, note_markup

LISTED = ("customer_id", "probability", "tier", "reasons", "revenue_at_risk", "recency_days", "orders", "revenue",
          "average_order_value", "satisfaction", "delivery_days", "segment", "region", "age_group")  # fmt: skip
"""Columns of the list from left to right: what a narrow screen shows first is who and why."""


def summary_tiles(summary: ChurnSummary) -> None:
    """The key figures side by side, each with what it is to be held against."""
    st.html(_tiles(summary))
    table = pd.DataFrame(summary.tiles, columns=["key_figure", "figure", "beside"])
    note_key_figures("Key figures", ShownTable(table), partial(_tiles, summary))


def risk_table(rows: pd.DataFrame, page: int, shop: Shop) -> None:
    """One page of the list; a chosen row opens that customer's reasons."""
    key = f"risks-{page}"
    shown = rows[[c for c in LISTED if c in rows]].assign(probability=rows["probability"] * 100)
    st.dataframe(
        shown,
        hide_index=True,
        column_config=_columns(shop),
        height="content",
        on_select=partial(_open_chosen, key, tuple(rows["customer_id"])),
        selection_mode="single-row",
        placeholder="–",
        key=key,
    )


def model_table(told: Told) -> None:
    """Every model by every measure, the one that gives the scores in bold."""
    st.html(_models(told))
    note_markup(partial(_models, told))


def matrix_table(offer: OfferThreshold) -> None:
    """Who would have been contacted against who was lost."""
    st.html(_matrix(offer))


def horizon_table(told: Told) -> None:
    """What changes with the number of days that decide."""
    st.html(_horizons(told))
    note_markup(partial(_horizons, told))


def lead_to_orders(customer: str, filters: Filters) -> None:
    """A link to all orders of a customer, which takes the filters along."""
    address, colour = link(f"/customers?{as_shown({**filters.query(), 'customer': customer})}"), current_look().accent
    anchor = f'<a href="{html.escape(address)}" style="color:{colour}">All orders of this customer</a>'
    st.html(f'<div style="font-size:.88rem">{anchor}</div>')


def lead_to_factors() -> None:
    """From each customer's chance to what makes customers stay away in general."""
    page = PAGES_FOLDER / "diagnostic/churn_factors.py"
    st.page_link(page, label="What makes customers stay away: Churn factors", icon=":material/person_off:")


def lead_to_risks() -> None:
    """The way back."""
    page = PAGES_FOLDER / "predictive/churn.py"
    st.page_link(page, label="Who will not come back: each customer's chance", icon=":material/person_search:")


def _open_chosen(key: str, ids: tuple[str, ...]) -> None:
    """A row was chosen: its customer is opened, and the address names it. The browser may send anything."""
    chosen = st.session_state[key].selection.rows
    if chosen and 0 <= chosen[0] < len(ids):
        st.session_state["customer"] = ids[chosen[0]]


def _columns(shop: Shop) -> dict[str, object]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    symbol, coin = currency_symbol(shop.currency), 10.0 ** -currency_decimals(shop.currency)
    amounts = {"revenue_at_risk": "Revenue at risk", "revenue": "Value", "average_order_value": "Average order value"}
    return {
        "customer_id": text("Customer", pinned=True),
        "probability": number("Chance", format="%.1f %%", help="Not to come back, calibrated"),
        "tier": text("Risk"),
        "reasons": text("Reasons (points of chance)", width=440),
        "recency_days": number("Days silent", format="localized"),
        "orders": number("Orders", format="localized"),
        "satisfaction": number("Mean score", format="%.2f"),
        "delivery_days": number("Mean delivery days", format="%.1f"),
        "segment": text("Segment"),
        "region": text("Region"),
        "age_group": text("Age group"),
    } | {c: number(f"{name} ({symbol})", format="localized", step=coin) for c, name in amounts.items()}


def _tiles(summary: ChurnSummary) -> str:
    return figure_tiles(summary.tiles)


def _models(told: Told) -> str:
    shares = ("accuracy", "precision", "recall", "f1")
    heads = ("Model", "ROC AUC", "95 % range", "Av. prec.", "Brier", "Accuracy", "Precision", "Recall", "F1")
    rows = []
    for row in told.table.to_dict("records"):
        figures = [f"{row['auc']:.3f}", f"{row['auc_low']:.3f}–{row['auc_high']:.3f}"]
        figures += [f"{row[key]:.3f}" for key in ("average_precision", "brier")]
        figures += [percent(row[key]) for key in shares]
        rows.append((row["model"], *figures, row["used"]))
    return figure_table(heads, [r[:-1] for r in rows], [bool(r[-1]) for r in rows])


def _matrix(offer: OfferThreshold) -> str:
    rows = [(r.called, f"{r.lost:,}", f"{r.kept:,}") for r in offer.matrix.itertuples()]
    return figure_table(("Tested customers", "were lost", "came back"), rows)


def _horizons(told: Told) -> str:
    heads = ("Not back within", "Lost", "ROC AUC", "Recency alone", "Same at high risk")
    rows = []
    for row in told.table.to_dict("records"):
        if pd.isna(row["churned"]):
            rows.append((f"{row['horizon_days']} days", *[MISSING] * 4))
            continue
        auc = [MISSING if pd.isna(row[key]) else f"{row[key]:.3f}" for key in ("auc", "auc_recency")]
        same = f"{row['same']:,.0f} of {row['riskiest']:,}"
        rows.append((f"{row['horizon_days']} days", percent(row["churned"]), *auc, same))
    return figure_table(heads, rows)
