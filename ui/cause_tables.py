"""The tables of the Root cause page: segments that moved, what they are made of, and what else happened then."""

import html
from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.descriptive.headline import FALSE_DISCOVERIES
from analytics.diagnostic.where import Where
from analytics.filters import Filters
from analytics.metrics import Metric, metric
from analytics.periods import day_label
from analytics.shop import Shop
from ui.addresses import root_cause_link
from ui.charts.look import current_look
from ui.shown import note_markup
from ui.tables import cell_kind, odds_as_said, table_style


def lead_to_why(filters: Filters, measured: Metric) -> None:
    """A link to why a metric changed in these filters."""
    address, colour = html.escape(root_cause_link(filters, {"metric": measured.name})), current_look().accent
    st.html(f'<a href="{address}" style="color:{colour};font-size:.85rem">Why did it change?</a>')


def segments_table(where: Where, filters: Filters, asked: Mapping[str, str], shop: Shop) -> None:
    """The segments found; each leads to its own root cause.

    Parameters
    ----------
    asked : see ``root_cause_link``.
    """
    if where.segments.empty:
        return
    st.html(_segments(where, filters, asked, shop))
    note_markup(partial(_segments, where, None, asked, shop))


def _segments(where: Where, filters: Filters | None, asked: Mapping[str, str], shop: Shop) -> str:
    measured = metric(where.searched)
    rows = "".join(_segment(row, measured, filters, asked, shop) for row in where.segments.to_dict("records"))
    return (
        f'{table_style(current_look())}<div class="fit"><table class="movers"><tr><th>Segment</th><th>Before</th>'
        f"<th>Now</th><th>Beyond the rest</th><th>Of the change</th><th>By chance</th></tr>{rows}</table></div>"
    )


def _segment(row: dict, measured: Metric, filters: Filters | None, asked: Mapping[str, str], shop: Shop) -> str:
    name = html.escape(row["segment"])
    if filters is not None:
        address = root_cause_link(filters.narrowed(row["members"]), asked)
        name = f'<a href="{html.escape(address)}" title="Look into it alone">{name}</a>'
    before, now = (html.escape(measured.format(row[column], shop.currency)) for column in ("before", "now"))
    moved = _moved(row, measured)
    kind, mark = cell_kind(measured, row["beyond"], sure=row["by_chance"] <= FALSE_DISCOVERIES)
    beyond = html.escape(measured.format_difference(row["beyond"], shop.currency))
    return (
        f'<tr><th scope="row">{name}</th><td>{before}</td><td>{now}<small>{html.escape(moved)}</small></td>'
        f'<td class="{kind}"><b>{mark} {beyond}</b></td><td>{formats.percent(row["share"], 0)}</td>'
        f"<td>{html.escape(odds_as_said(row['by_chance']))}</td></tr>"
    )


def _moved(row: dict, measured: Metric) -> str:
    if measured.denominator is None and not row["now"]:
        return "gone"
    return measured.format_change(row["now"], row["before"])


def mechanisms_table(mechanisms: pd.DataFrame, key: str, shop: Shop) -> None:
    """What each mechanism brought, a row per segment."""
    st.html(_mechanisms(mechanisms, key, shop))
    note_markup(partial(_mechanisms, mechanisms, key, shop))


def _mechanisms(mechanisms: pd.DataFrame, key: str, shop: Shop) -> str:
    measured = metric(key)
    steps = list(dict.fromkeys(mechanisms["step"]))
    head = "".join(f"<th>{html.escape(step)}</th>" for step in steps)
    rows = ""
    for segment, own in mechanisms.groupby("segment", sort=False):
        by_step = own.set_index("step").to_dict("index")
        cells = "".join(_mechanism(by_step.get(step), measured, shop) for step in steps)
        rows += f'<tr><th scope="row">{html.escape(segment)}</th>{cells}</tr>'
    return (
        f'{table_style(current_look())}<div class="fit"><table class="movers"><tr><th>Segment</th>{head}</tr>'
        f"{rows}</table></div>"
    )


def _mechanism(row: dict | None, measured: Metric, shop: Shop) -> str:
    if row is None:
        return "<td>–</td>"
    kind, mark = cell_kind(measured, row["contribution"], sure=row["by_chance"] <= FALSE_DISCOVERIES)
    amount = html.escape(measured.format_difference(row["contribution"], shop.currency))
    noise = html.escape(measured.format(row["noise"], shop.currency))
    return f'<td class="{kind}"><b>{mark} {amount}</b><small>± {noise}</small></td>'


def mixes_table(mixes: pd.DataFrame, key: str, shop: Shop) -> None:
    """What mix and own values brought, a row per dimension."""
    st.html(_mixes(mixes, key, shop))
    note_markup(partial(_mixes, mixes, key, shop))


def _mixes(mixes: pd.DataFrame, key: str, shop: Shop) -> str:
    measured = metric(key)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(row["dimension"])}</th>'
        f"<td>{html.escape(measured.format_difference(row['mix'], shop.currency))}</td>"
        f"<td>{html.escape(measured.format_difference(row['rate'], shop.currency))}</td></tr>"
        for row in mixes.to_dict("records")
    )
    return (
        f'{table_style(current_look())}<div class="fit"><table class="movers"><tr><th>Told apart by</th>'
        f"<th>Another mix</th><th>Members’ own values</th></tr>{rows}</table></div>"
    )


def companions_table(companions: pd.DataFrame) -> None:
    """What else happened around the change, earliest first."""
    st.html(_companions(companions))
    note_markup(partial(_companions, companions))


def _companions(companions: pd.DataFrame) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(row["what"])}</th><td>{day_label(row["since"])}'
        f"<small>{html.escape(_until(row['until']))}</small></td><td>{html.escape(_after(row['days_after']))}</td></tr>"
        for row in companions.to_dict("records")
    )
    return (
        f'{table_style(current_look())}<div class="fit"><table class="movers"><tr><th>What</th><th>Since</th>'
        f"<th>Against the change</th></tr>{rows}</table></div>"
    )


def _until(day: object) -> str:
    return "lasting" if pd.isna(day) else f"to {day_label(day)}"


def _after(days: int) -> str:
    if not days:
        return "the same day"
    counted = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return f"{counted} {'after' if days > 0 else 'before'} it"
