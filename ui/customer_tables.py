"""Tables about customers: the cohort triangle, the movement between segments, the list."""

import html
from functools import partial

import pandas as pd
import streamlit as st

from analytics.descriptive.cohorts import ALL, Cohorts
from analytics.descriptive.customer_list import COLUMNS, CustomerPage, CustomerTimeline
from analytics.descriptive.rfm import NOT_YET, Rfm
from analytics.formats import currency_decimals, currency_symbol, money, percent
from analytics.shop import NOT_STATED, Shop
from ui.charts.look import Look, current_look
from ui.charts.remembered import remembered
from ui.shown import note_markup

LISTED = (
    "customer_id",
    "rfm",
    "rfm_scores",
    "revenue_in_view",
    "revenue",
    "orders",
    "last_order_on",
    "average_order_value",
    "satisfaction",
    "first_order_on",
    "orders_in_view",
)
"""Columns of the list from left to right: what a narrow screen shows first is what tells customers apart."""
TINTS = 12
STRONGEST_TINT = 0.85


def cohort_table(cohorts: Cohorts, measure: str, shop: Shop) -> None:
    """The triangle: a row per cohort with its size, a column per month or quarter since; darker is more."""
    st.html(_cohort_table(cohorts, measure, shop))
    note_markup(partial(_cohort_table, cohorts, measure, shop))


def movement_table(rfm: Rfm) -> None:
    """From which segment (rows) into which (columns) how many customers moved; both margins add up.

    Where nobody was a customer before there is nothing to draw: the sentence below says so.
    """
    if rfm.movement.drop(index=NOT_YET).to_numpy().any():
        st.html(_movement_table(rfm))
        note_markup(partial(_movement_table, rfm))


def customer_table(page: CustomerPage, shop: Shop) -> None:
    """One page of the list; a chosen row opens that customer."""
    key = f"customers-{page.first}"
    shown = page.rows[[c for c in LISTED if c in page.rows and not _is_empty(page.rows[c])]]
    st.dataframe(
        shown,
        hide_index=True,
        column_config=_columns(shop),
        height="content",
        on_select=partial(_open_chosen, key, tuple(page.rows["customer_id"])),
        selection_mode="single-row",
        placeholder="–",
        key=key,
    )


def orders_table(timeline: CustomerTimeline, shop: Shop) -> None:
    """One customer's orders, newest first."""
    shown = timeline.orders.drop(columns=[c for c in timeline.orders if _is_empty(timeline.orders[c])])
    st.dataframe(
        shown,
        hide_index=True,
        column_config=_columns(shop) | {"revenue": _amount("Revenue", shop)},
        height=min(320, 38 + 35 * len(shown)),
        placeholder="–",
        key="customer-orders",
    )


def _is_empty(values: pd.Series) -> bool:
    """Whether this shop's data say nothing here."""
    return bool((values.isna() | (values.astype("object") == NOT_STATED)).all())


def _open_chosen(key: str, ids: tuple[str, ...]) -> None:
    """A row was chosen: its customer is opened, and the address names it. The browser may send anything."""
    chosen = st.session_state[key].selection.rows
    if chosen and 0 <= chosen[0] < len(ids):
        st.session_state["customer"] = ids[chosen[0]]


def _columns(shop: Shop) -> dict[str, object]:
    number, day, text = st.column_config.NumberColumn, st.column_config.DateColumn, st.column_config.TextColumn
    kinds = {
        "customer_id": text(COLUMNS["customer_id"], pinned=True),
        "rfm": text(COLUMNS["rfm"]),
        "rfm_scores": text("R-F-M"),
        "satisfaction": number(COLUMNS["satisfaction"], format="%.2f"),
        "satisfaction_score": number("Score"),
        "transaction_id": text("Order"),
        "category": text("Category"),
        "channel": text("Channel"),
        "date": day("Day"),
    }
    kinds |= {c: day(COLUMNS[c]) for c in ("first_order_on", "last_order_on")}
    kinds |= {c: number(COLUMNS[c], format="localized") for c in ("orders", "orders_in_view")}
    amounts = ("revenue_in_view", "revenue", "average_order_value")
    return kinds | {c: _amount(COLUMNS[c], shop) for c in amounts}


def _amount(name: str, shop: Shop) -> object:
    """A column of money, to the coin."""
    heading = f"{name} ({currency_symbol(shop.currency)})"
    return st.column_config.NumberColumn(heading, format="localized", step=10.0 ** -currency_decimals(shop.currency))


@remembered
def _cohort_table(cohorts: Cohorts, measure: str, shop: Shop) -> str:
    look = current_look()
    ages = sorted(cohorts.cells["age"].unique())
    later = cohorts.cells[cohorts.cells["age"] > 0][measure] if measure == "retention" else cohorts.cells[measure]
    low, high = (0.0, later.max()) if later.notna().any() else (0.0, 1.0)
    by_name = {name: rows.set_index("age") for name, rows in cohorts.cells.groupby("cohort", sort=False)}
    first = "Joined" if cohorts.per is None else "First order"
    head = "".join(f'<th scope="col">{age}</th>' for age in ages)
    body = _cohort_row(ALL, cohorts.total.set_index("age"), ages, measure, low, high, shop, "all")
    for row in cohorts.rows.to_dict("records"):
        name = row["cohort"] if row["known"] else f"{row['cohort']} °"
        cells = by_name.get(row["cohort"])
        body += _cohort_row(name, cells, ages, measure, low, high, shop, "" if row["known"] else "old")
    return (
        f'{_style(look)}<div class="tri"><table><tr><th scope="col">{first}</th><th scope="col">Customers</th>'
        f"{head}</tr>{body}</table></div>"
    )


def _cohort_row(
    name: str,
    cells: pd.DataFrame | None,
    ages: list[int],
    measure: str,
    low: float,
    high: float,
    shop: Shop,
    kind: str,
) -> str:
    known = {} if cells is None else cells.to_dict("index")
    size = f"{known[0]['customers']:,.0f}" if 0 in known else "0"
    drawn = "".join(_cohort_cell(known.get(age), age, measure, low, high, shop) for age in ages)
    return f'<tr class="{kind}"><th scope="row">{html.escape(name)}</th><td>{size}</td>{drawn}</tr>'


def _cohort_cell(cell: dict | None, age: int, measure: str, low: float, high: float, shop: Shop) -> str:
    if cell is None or pd.isna(cell[measure]):
        return "<td></td>"
    if measure == "retention":
        shown = percent(cell[measure], 0)
        between = f"{percent(cell['retention_low'])} to {percent(cell['retention_high'])}"
        title = f"{cell['ordered']:,.0f} of {cell['customers']:,.0f}: {percent(cell[measure])} ({between})"
    else:
        shown = money(cell[measure], shop.currency).removeprefix(currency_symbol(shop.currency)).strip()
        title = f"{money(cell[measure], shop.currency, exact=True)} for each of {cell['customers']:,.0f}"
    if measure == "retention" and age == 0:
        return f'<td title="{html.escape(title)}">{shown}</td>'
    return f'<td class="t{_tint(cell[measure], low, high)}" title="{html.escape(title)}">{shown}</td>'


@remembered
def _movement_table(rfm: Rfm) -> str:
    counts = rfm.movement
    off = counts.where([[a != b for b in counts.columns] for a in counts.index], 0)
    high = max(int(off.to_numpy().max()), 1)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in counts.columns)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(_movement_cell(name, to, int(n), high) for to, n in row.items())
        + f"<td><b>{row.sum():,}</b></td></tr>"
        for name, row in counts.iterrows()
    )
    sums = "".join(f"<td><b>{n:,}</b></td>" for n in counts.sum())
    return (
        f'{_style(current_look())}<div class="tri"><table class="mv"><tr><th scope="col">From ↓ to →</th>{head}'
        f'<th scope="col">All</th></tr>{body}<tr class="all"><th scope="row">All now</th>{sums}'
        f"<td><b>{counts.to_numpy().sum():,}</b></td></tr></table></div>"
    )


def _movement_cell(source: str, target: str, number: int, high: int) -> str:
    if not number:
        return "<td>·</td>"
    if source in (target, NOT_YET):
        return f"<td>{number:,}</td>"
    return f'<td class="t{_tint(number, 0, high)}">{number:,}</td>'


def _tint(value: float, low: float, high: float) -> int:
    share = (value - low) / (high - low) if high > low else 0.5
    return min(TINTS - 1, max(0, int(share * TINTS)))


def _style(look: Look) -> str:
    """Tints by class: a colour in each of some hundred cells would weigh more than their numbers."""
    strengths = [0.05 + (STRONGEST_TINT - 0.05) * i / (TINTS - 1) for i in range(TINTS)]
    tints = "".join(
        f".tri .t{i}{{background:{look.faded(look.accent, s)};color:{look.legible_on(look.accent, s)}}}"
        for i, s in enumerate(strengths)
    )
    return (
        "<style>.tri{overflow-x:auto}.tri table{border-collapse:separate;border-spacing:2px;font-size:.76rem;"
        "font-variant-numeric:tabular-nums}"
        f".tri th{{font-weight:500;color:{look.muted};text-align:right;padding:.15rem .3rem;white-space:nowrap;"
        "border:0}"
        f".tri th[scope=row],.tri th:first-child{{text-align:left;color:{look.text};position:sticky;left:0;"
        f"background:{look.page}}}.tri .mv th{{white-space:normal}}"
        ".tri td{text-align:right;padding:.2rem .3rem;border:0;border-radius:3px;white-space:nowrap;min-width:2.3rem}"
        ".tri .mv th[scope=col]:not(:first-child){writing-mode:vertical-rl;transform:rotate(180deg);text-align:left;"
        "white-space:nowrap;padding:.3rem .1rem}.tri .mv{font-size:.72rem}.tri .mv td{min-width:0;padding:.2rem .1rem}"
        f".tri .old th[scope=row]{{color:{look.muted}}}.tri .all th,.tri .all td{{font-weight:650}}{tints}</style>"
    )
