"""The verdict on two groups as a small table."""

import html
from functools import partial

import streamlit as st

from analytics.chance import odds_in_words
from analytics.diagnostic.group_comparison import GroupComparison, amount
from analytics.formats import signed
from analytics.metrics import metric
from analytics.shop import Shop
from ui.charts.look import current_look
from ui.shown import note_markup


def verdict_table(compared: GroupComparison, shop: Shop) -> None:
    """Difference, interval, odds, effect size and what could have been seen, a row each."""
    st.html(_verdict(compared, shop))
    note_markup(partial(_verdict, compared, shop))


def _verdict(compared: GroupComparison, shop: Shop) -> str:
    look, measured = current_look(), metric(compared.key)
    sizes = {name: amount(measured, getattr(compared, name), shop) for name in ("difference", "low", "high")}
    rows = {
        "Difference": signed(sizes["difference"]),
        "in 95 of 100 cases": f"{sizes['low']} to {sizes['high']}",
        "Chance alone does as much": f"in {odds_in_words(compared.by_chance)} of cases",
        "Effect size": compared.effect,
        "Seen four times of five": f"from {amount(measured, compared.detectable, shop)} on",
        "Test": compared.test,
    } | {
        f"Customers in {row['group']}": f"{row['customers']:,} ({row['orders']:,} orders)"
        for row in compared.groups.to_dict("records")
    }
    cells = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(said)}</td></tr>' for name, said in rows.items()
    )
    return (
        "<style>.verdict{width:100%;border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums}"
        f".verdict th,.verdict td{{padding:.34rem .3rem;border-bottom:1px solid {look.grid};vertical-align:top}}"
        f".verdict th{{font-weight:400;color:{look.muted};text-align:left}}"
        f".verdict td{{text-align:right;color:{look.text}}}</style>"
        f'<table class="verdict">{cells}</table>'
    )
