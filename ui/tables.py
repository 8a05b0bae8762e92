"""Small tables that are read, not scrolled: one element each, numbers right-aligned."""

import html
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.filters import Filters
from analytics.metrics import Metric, metric
from analytics.periods import Period
from analytics.shop import DIMENSIONS, Shop
from ui.addresses import root_cause_link
from ui.charts.look import Look, current_look
from ui.charts.remembered import remembered
from ui.shown import note_markup

MOST_ROWS = 9
STRONGEST_TINT = 0.5
_DIMENSION_NAMED = {name: dimension for dimension, name in DIMENSIONS.items()}


def two_way_table(values: pd.DataFrame, key: str, shop: Shop) -> None:
    """A metric by two dimensions, each cell tinted by its size with text that stays legible."""
    st.html(_two_way(values, key, shop))
    note_markup(partial(_two_way, values, key, shop))
    if len(values) > MOST_ROWS:
        st.caption(f"The {MOST_ROWS} largest of {len(values)}; all are in the card's menu.")


@remembered
def _two_way(values: pd.DataFrame, key: str, shop: Shop) -> str:
    look, measured = current_look(), metric(key)
    shown = values.head(MOST_ROWS)
    low, high = shown.min().min(), shown.max().max()
    head = "".join(f'<th scope="col">{html.escape(str(c))}</th>' for c in shown.columns)
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(member))}</th>'
        + "".join(_cell(v, low, high, measured, shop, look) for v in row)
        + "</tr>"
        for member, row in zip(shown.index, shown.to_numpy(), strict=True)
    )
    return f'{table_style(look)}<div class="fit"><table class="two"><tr><th></th>{head}</tr>{body}</table></div>'


def movers_table(movers: pd.DataFrame, key: str, filters: Filters, shop: Shop) -> None:
    """Who moved otherwise than the shop: value, change, what of it is the member's own, and whether chance did it.

    A member's name leads to its root cause; in a file, which has no pages beside it, nowhere.
    """
    st.html(_movers(movers, key, filters, shop))
    note_markup(partial(_movers, movers, key, None, shop))


def _movers(movers: pd.DataFrame, key: str, filters: Filters | None, shop: Shop) -> str:
    measured = metric(key)
    rows = "".join(_mover(row, measured, filters, shop) for row in movers.to_dict("records"))
    return (
        f'{table_style(current_look())}<div class="fit"><table class="movers"><tr><th>Member</th><th>Change</th>'
        f"<th>Beyond the shop’s</th><th>By chance</th></tr>{rows}</table></div>"
    )


def events_table(events: pd.DataFrame, most: int = 6) -> None:
    """The newest events of the period by day, kind and name."""
    if events.empty:
        st.caption("No event is known in this period.")
        return
    st.html(_events(events, most))
    note_markup(partial(_events, events, most))
    if len(events) > most:
        st.caption(f"The newest {most} of {len(events)}; all are in the card's menu.")


def _events(events: pd.DataFrame, most: int) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(e.label)}</th><td>{html.escape(e.kind)}</td>'
        f"<td>{Period(e.start_date.date(), e.end_date.date()).label()}</td></tr>"
        for e in events.iloc[::-1].head(most).itertuples()
    )
    return f'{table_style(current_look())}<div class="fit"><table class="movers">{rows}</table></div>'


def _mover(row: dict, measured: Metric, filters: Filters | None, shop: Shop) -> str:
    name = html.escape(row["member"])
    if filters is not None:
        narrowed = filters.narrowed({_DIMENSION_NAMED[row["dimension"]]: row["member"]})
        address = html.escape(root_cause_link(narrowed, {"metric": measured.name}))
        name = f'<a href="{address}" title="Why it moved">{name}</a>'
    kind, mark = cell_kind(measured, row["surplus"], sure=row["beyond_chance"])
    change, surplus = (formats.signed(measured.format(row[c], shop.currency)) for c in ("change", "surplus"))
    relative = measured.format_change(row["value"], row["reference"])
    return (
        f'<tr><th scope="row">{name}'
        f"<small>{html.escape(row['dimension'])} · {measured.format(row['value'], shop.currency)}</small></th>"
        f"<td>{html.escape(change)}<small>{html.escape(relative)}</small></td>"
        f'<td class="{kind}"><b>{mark} {html.escape(surplus)}</b></td>'
        f"<td>{html.escape(odds_as_said(row['by_chance']))}</td></tr>"
    )


def cell_kind(measured: Metric, change: float, *, sure: bool) -> tuple[str, str]:
    """The class of a cell that tells a change, coloured only beyond chance; the mark says the same without colour."""
    good = measured.favourable(change)
    if not sure or good is None:
        return "flat", "≈"
    return "good" if good else "bad", "▲" if change > 0 else "▼"


def odds_as_said(share: float) -> str:
    """A small probability as it is said."""
    return "< 0.1 %" if share < 0.001 else formats.percent(share)


def _cell(value: float, low: float, high: float, measured: Metric, shop: Shop, look: Look) -> str:
    if pd.isna(value):
        return "<td>–</td>"
    strength = 0.06 + (STRONGEST_TINT - 0.06) * ((value - low) / (high - low) if high > low else 0.5)
    return (
        f'<td style="background:{look.faded(look.accent, strength)};color:{look.legible_on(look.accent, strength)}" '
        f'title="{html.escape(measured.format(value, shop.currency, exact=True))}">'
        f"{html.escape(measured.format(value, shop.currency))}</td>"
    )


def table_style(look: Look) -> str:
    """The style of these tables."""
    return (
        "<style>.fit{overflow-x:auto}.fit table{width:100%;border-collapse:separate;border-spacing:2px;"
        "font-size:.82rem;font-variant-numeric:tabular-nums}"
        f".fit th{{font-weight:500;color:{look.muted};text-align:right;padding:.3rem .25rem;"
        "white-space:nowrap;border:0}"
        f".fit th[scope=row],.movers th:first-child{{text-align:left;color:{look.text}}}"
        f".fit small{{display:block;color:{look.muted};font-size:.72rem;font-weight:400}}"
        ".fit td{text-align:right;padding:.4rem .3rem;border:0;border-radius:3px;white-space:nowrap}"
        f".movers td,.movers th{{border-bottom:1px solid {look.grid}!important;border-radius:0;padding:.4rem .25rem}}"
        ".movers th{white-space:normal}.movers th[scope=row]{min-width:6.5rem;overflow-wrap:anywhere}"
        f".fit a{{color:{look.text};text-decoration:underline;text-decoration-color:{look.context};"
        "text-underline-offset:.15em}"
        f".fit .good b{{color:{look.good}}}.fit .bad b{{color:{look.bad}}}.fit .flat b{{font-weight:500}}</style>"
    )
