"""Tables of the page about models."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.periods import day_label
from analytics.predictive.cards import asked_for
from analytics.predictive.states import ModelState
from analytics.shop import Shop
from ui.figures import figure_table
from ui.shown import note_markup

MOST_ROWS = 12


def states_table(states: Sequence[ModelState]) -> None:
    """Every model that was fitted: its score beside the simplest alternative, the data it saw, and how it stands."""
    st.html(_states(states))
    note_markup(partial(_states, states))


def _states(states: Sequence[ModelState]) -> str:
    rows = [
        (
            (state.title, asked_for(state.question)),
            (state.kind.capitalize(), state.sentence),
            (_number(state.value), state.score),
            _number(state.baseline),
            (day_label(state.data_until), f"fitted {day_label(state.fitted_at.date())}, {state.seconds:.1f} s"),
        )
        for state in states
    ]
    return figure_table(("Model", "State", "Score", "Simplest alternative", "Data to"), rows)


def _number(value: float | None) -> str:
    return formats.MISSING if value is None else f"{value:,.3f}".replace("-", formats.MINUS)


def forecasts_table(forecasts: pd.DataFrame) -> None:
    """Every kept forecast of which a day is over: its error, the baseline's, and the days inside its bands."""
    st.html(_forecasts(forecasts))
    note_markup(partial(_forecasts, forecasts))


def _forecasts(forecasts: pd.DataFrame) -> str:
    rows = [
        (
            (day_label(f.made_on.date()), f"{f.days:,} days over"),
            formats.percent(f.wape),
            formats.percent(f.naive_wape),
            formats.percent(f.inside_80, 0),
            formats.percent(f.inside_95, 0),
        )
        for f in forecasts.head(MOST_ROWS).itertuples()
    ]
    return figure_table(("Made on", "WAPE", "Baseline", "In 80 %", "In 95 %"), rows)


def values_table(rows: pd.DataFrame, shop: Shop) -> None:
    """Every kept total of customers' values whose months are over, beside what they brought."""
    st.html(_values(rows, shop))
    note_markup(partial(_values, rows, shop))


def _values(rows: pd.DataFrame, shop: Shop) -> str:
    said = [
        (
            (day_label(r.made_on), f"to {day_label(r.until)}"),
            formats.money(r.expected, shop.currency),
            formats.money(r.actual, shop.currency),
            formats.signed(formats.percent(r.off)),
        )
        for r in rows.head(MOST_ROWS).itertuples()
    ]
    return figure_table(("Said on", "Expected", "Brought", "Off by"), said)


def drift_table(rows: pd.DataFrame) -> None:
    """Per number that the churn model is told: its mean then and now, and how far it has moved."""
    st.html(_drift(rows))
    note_markup(partial(_drift, rows))


def _drift(rows: pd.DataFrame) -> str:
    said = [
        (
            r.column.replace("_", " ").capitalize(),
            f"{r.before:,.2f}",
            f"{r.now:,.2f}",
            (f"{r.stability:.2f}", r.verdict),
        )
        for r in rows.itertuples()
    ]
    return figure_table(("Number", "Mean then", "Mean now", "Moved"), said)
