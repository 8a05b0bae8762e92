"""Tables of the page about models."""

import html
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.periods import day_label
from analytics.predictive.cards import asked_for
from analytics.predictive.states import CURRENT, ModelState
from analytics.shop import Shop
from ui.charts.look import current_look
from ui.shown import note_markup
from ui.tables import table_style

MOST_ROWS = 12


def states_table(states: Sequence[ModelState]) -> None:
    """Every model that was fitted: its score beside the simplest alternative, the data it saw, and how it stands."""
    st.html(_states(states))
    note_markup(partial(_states, states))


def _states(states: Sequence[ModelState]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("Model", "Score", "Simplest alternative", "Data to", "State"))
    rows = "".join(map(_state, states))
    return f'{table_style(current_look())}<div class="fit"><table class="movers"><tr>{head}</tr>{rows}</table></div>'


def _state(state: ModelState) -> str:
    kind = "good" if state.kind == CURRENT and not state.is_worse else "bad"
    return (
        f'<tr><th scope="row">{html.escape(state.title)}<small>{html.escape(asked_for(state.question))}</small></th>'
        f"<td>{_number(state.value)}<small>{html.escape(state.score)}</small></td><td>{_number(state.baseline)}</td>"
        f"<td>{day_label(state.data_until)}<small>fitted {day_label(state.fitted_at.date())}, "
        f'{state.seconds:.1f} s</small></td><td class="{kind}" style="white-space:normal">'
        f"{html.escape(state.sentence)}</td></tr>"
    )


def _number(value: float | None) -> str:
    return formats.MISSING if value is None else f"{value:,.3f}".replace("-", formats.MINUS)


def forecasts_table(forecasts: pd.DataFrame) -> None:
    """Every kept forecast of which a day is over: its error, the baseline's, and the days inside its bands."""
    st.html(_forecasts(forecasts))
    note_markup(partial(_forecasts, forecasts))


def _forecasts(forecasts: pd.DataFrame) -> str:
    rows = [
        (
            f"{day_label(f.made_on.date())}<small>{f.days:,} days over</small>",
            formats.percent(f.wape),
            formats.percent(f.naive_wape),
            formats.percent(f.inside_80, 0),
            formats.percent(f.inside_95, 0),
        )
        for f in forecasts.head(MOST_ROWS).itertuples()
    ]
    return _table(("Made on", "WAPE", "Baseline", "In 80 %", "In 95 %"), rows)


def values_table(rows: pd.DataFrame, shop: Shop) -> None:
    """Every kept total of customers' values whose months are over, beside what they brought."""
    st.html(_values(rows, shop))
    note_markup(partial(_values, rows, shop))


def _values(rows: pd.DataFrame, shop: Shop) -> str:
    said = [
        (
            f"{day_label(r.made_on)}<small>to {day_label(r.until)}</small>",
            formats.money(r.expected, shop.currency),
            formats.money(r.actual, shop.currency),
            formats.signed(formats.percent(r.off)),
        )
        for r in rows.head(MOST_ROWS).itertuples()
    ]
    return _table(("Said on", "Expected", "Brought", "Off by"), said)


def drift_table(rows: pd.DataFrame) -> None:
    """Per number that the churn model is told: its mean then and now, and how far it has moved."""
    st.html(_drift(rows))
    note_markup(partial(_drift, rows))


def _drift(rows: pd.DataFrame) -> str:
    said = [
        (
            html.escape(r.column.replace("_", " ").capitalize()),
            f"{r.before:,.2f}",
            f"{r.now:,.2f}",
            f"{r.stability:.2f}<small>{html.escape(r.verdict)}</small>",
        )
        for r in rows.itertuples()
    ]
    return _table(("Number", "Mean then", "Mean now", "Moved"), said)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are markup; the first of a row names it."""
    top = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'
        for first, *others in rows
    )
    return f'{table_style(current_look())}<div class="fit"><table class="movers"><tr>{top}</tr>{body}</table></div>'
