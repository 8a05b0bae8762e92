"""The unusual days as a list that leads to their causes, and correlations pair by pair."""

import html
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES
from analytics.diagnostic.baseline import AGAINST
from analytics.diagnostic.correlations import Correlations
from analytics.diagnostic.unusual_days import WHOLE
from analytics.diagnostic.unusual_view import UnusualInView, off_by, run_filters, run_when
from analytics.filters import Filters
from analytics.metrics import metric
from analytics.shop import Shop
from ui.addresses import root_cause_link
from ui.charts.look import current_look
from ui.page import say
from ui.shown import note_markup
from ui.tables import cell_kind, odds_as_said, table_style

MOST_SHOWN = 12
MOST_NAMED = 3
"""Places where the same was seen besides."""


def unusual_list(view: UnusualInView, filters: Filters, shop: Shop) -> None:
    """One row per run of unusual days, newest first; its days lead to the Root cause page."""
    if view.runs.empty:
        return
    st.html(_list(view, filters, shop))
    note_markup(partial(_list, view, None, shop))
    if len(view.incidents) > MOST_SHOWN:
        say(f"The newest {MOST_SHOWN} of {len(view.incidents)}.", hint="All are in the card's menu.")


def _list(view: UnusualInView, filters: Filters | None, shop: Shop) -> str:
    """In a file days lead nowhere."""
    rows = "".join(_run(row, filters, shop) for row in view.incidents.head(MOST_SHOWN).to_dict("records"))
    return (
        f'{table_style(current_look())}<div class="fit"><table class="movers"><tr><th>When</th>'
        f"<th>What, and how far off the usual</th><th>By chance</th></tr>{rows}</table></div>"
    )


def _run(row: dict, filters: Filters | None, shop: Shop) -> str:
    measured = metric(row["metric"])
    when = html.escape(run_when(row))
    if filters is not None:
        when = f'<a href="{html.escape(_address(row, filters))}" title="Why?" style="white-space:nowrap">{when}</a>'
    kind, mark = cell_kind(measured, row["value"] - row["expected"], sure=row["by_chance"] <= FALSE_DISCOVERIES)
    unit = " a day" if measured.denominator is None and row["days"] > 1 else ""
    figures = [measured.format(row[n], shop.currency, exact=measured.unit == "count") for n in ("value", "expected")]
    days = f"{row['days']} unusual days" if row["days"] > 1 else "a day"
    stayed = ", and stayed there" if row["stayed"] else ""
    place = row["member"] or WHOLE
    return (
        f'<tr><th scope="row">{when}<small>{days}{stayed}</small></th>'
        f'<td class="{kind}" style="white-space:normal">{html.escape(measured.name)} · {html.escape(place)}<br>'
        f"<b>{mark} {html.escape(off_by(row))}</b> ({abs(row['errors']):.1f} standard errors)"
        f"<small>{html.escape(figures[0])}{unit} against {html.escape(figures[1])}"
        f"{html.escape(_also(row))}</small></td>"
        f"<td>{html.escape(odds_as_said(row['by_chance']))}</td></tr>"
    )


def _also(row: dict) -> str:
    """Where else the same was seen."""
    if not row["also"]:
        return ""
    more = f" and {len(row['also']) - MOST_NAMED} more" if len(row["also"]) > MOST_NAMED else ""
    return f" · also {', '.join(row['also'][:MOST_NAMED])}{more}"


def _address(row: dict, filters: Filters) -> str:
    """The Root cause page of the run's days and place, held against the usual weeks."""
    asked = {"metric": metric(row["metric"]).name, "against": AGAINST["usual"]}
    return root_cause_link(run_filters(row, filters), asked)


def pairs_table(found: Correlations) -> None:
    """Every pair: how it goes together, between which values that lies, on how many it rests."""
    st.html(_pairs(found))
    note_markup(partial(_pairs, found))


def _pairs(found: Correlations) -> str:
    has_plain = found.pairs["plain"].notna().any()
    head = "<th>As they are</th>" if has_plain else ""
    rows = "".join(_pair(row, has_plain) for row in found.pairs.to_dict("records"))
    return (
        f'{table_style(current_look())}<div class="fit"><table class="movers"><tr><th>Pair</th><th>Together</th>{head}'
        f"<th>By chance</th></tr>{rows}</table></div>"
    )


def _pair(row: dict, has_plain: bool) -> str:
    plain = f"<td>{_two(row['plain'])}</td>" if has_plain else ""
    told = "" if pd.isna(row["correlation"]) else f"{_two(row['low'])} to {_two(row['high'])} · "
    return (
        f'<tr><th scope="row">{html.escape(row["first"])}<small>and {html.escape(row["second"].lower())}</small></th>'
        f"<td><b>{_two(row['correlation'])}{row['stars']}</b><small>{told}{row['n']:,.0f}</small></td>{plain}"
        f"<td>{html.escape(formats.MISSING if pd.isna(row['by_chance']) else odds_as_said(row['by_chance']))}</td></tr>"
    )


def _two(value: float) -> str:
    return formats.MISSING if pd.isna(value) else f"{round(value, 2) + 0.0:.2f}".replace("-", formats.MINUS)
