"""Tables of the page about churn."""

import html
from functools import partial

import pandas as pd
import streamlit as st

from analytics.chance import odds_in_words
from analytics.diagnostic.churn_factors import ChurnFactors
from analytics.formats import MISSING
from ui.charts.look import current_look
from ui.shown import note_markup


def checks_table(factors: ChurnFactors) -> None:
    """Per factor how often chance alone makes its ratios drift so, and the level that moved most."""
    st.html(_checks(factors))
    note_markup(partial(_checks, factors))


def _checks(factors: ChurnFactors) -> str:
    look, day = current_look(), factors.split_day
    rows = "".join(_row(row) for row in factors.checks_table().to_dict("records"))
    return (
        "<style>.checks{width:100%;border-collapse:collapse;font-size:.8rem;font-variant-numeric:tabular-nums}"
        f".checks th,.checks td{{padding:.28rem .3rem;border-bottom:1px solid {look.grid};text-align:right}}"
        f".checks th{{font-weight:500;color:{look.muted}}}.checks th[scope=row],.checks td.lv{{text-align:left}}"
        f".checks th[scope=row]{{color:{look.text}}}.checks .no{{color:{look.bad};font-weight:600}}</style>"
        '<table class="checks"><tr><th scope="col" style="text-align:left">Factor</th><th scope="col">By chance</th>'
        f'<th scope="col" style="text-align:left">Moved most</th><th scope="col">to day {day}</th>'
        f'<th scope="col">after</th></tr>{rows}</table>'
    )


def _row(row: dict) -> str:
    early, late = (MISSING if pd.isna(row[name]) else f"{row[name]:.2f}" for name in ("early", "late"))
    kind = "" if row["holds"] else ' class="no"'
    return (
        f'<tr><th scope="row">{html.escape(row["factor"])}</th><td{kind}>{html.escape(_odds(row["by_chance"]))}</td>'
        f'<td class="lv">{html.escape(row["level"])}</td><td>{early}</td><td>{late}</td></tr>'
    )


def _odds(odds: float) -> str:
    return odds_in_words(odds).replace("less than", "<")
