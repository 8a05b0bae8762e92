"""Tables of the page about models."""

import html
from collections.abc import Sequence
from functools import partial

import streamlit as st

from analytics import formats
from analytics.periods import day_label
from analytics.predictive.cards import asked_for
from analytics.predictive.states import CURRENT, ModelState
from ui.charts.look import current_look
from ui.shown import note_markup
from ui.tables import table_style


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
