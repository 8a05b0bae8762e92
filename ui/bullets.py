"""Targets as bars: so far, where it will end, and what was wanted; one element for all of them."""

import html
from functools import partial

import streamlit as st

from analytics.descriptive.standings import STATES, Standing
from analytics.descriptive.target_entries import Target
from analytics.descriptive.targets import standings_in_view, standings_table
from analytics.filters import Filters
from analytics.formats import is_missing
from analytics.metrics import METRICS
from analytics.shop import Shop
from ui import data, desk
from ui.charts.look import Look, current_look
from ui.page import PAGES_FOLDER, Card, card, said_in_place, say
from ui.shown import note_markup

MOST_BULLETS = 6
ROOM = 1.06
"""How far the bar goes beyond the largest of its marks."""
METHOD = (
    "So far: up to the last complete day. Where it will end: the days left are taken to be like the same weekdays of "
    "the last four weeks, moved half way by last year's season where a year of history is there. The band holds the "
    "end in 80 of 100 cases: it comes from how wrong the same projection was in this shop's own past, and from the "
    "scatter of single days where the past is too short. A year's band is the least sure and holds fewer: two years "
    "have too few stretches of its length to learn from. A ratio adds up its two sums, so far and ahead. Different "
    "customers cannot be added up over days, so their end is not projected."
)
_MARKS = {"good": "▲", "bad": "▼", "flat": "≈", "none": "·"}
_KINDS = {"reached": "good", "there": "good", "ahead": "good", "missed": "bad", "behind": "bad"}
_UNSURE = ("likely", "open", "unlikely")


def targets_panel(card: Card, filters: Filters) -> None:
    """The targets that run at the end of the period, and the way to set some."""
    with said_in_place():
        standings = data.answer(standings_in_view, filters, targets=desk.stored_targets())
        target_bullets(standings[:MOST_BULLETS], data.shop())
        if len(standings) > MOST_BULLETS:
            say(f"{MOST_BULLETS} of {len(standings)}; all are in the card's menu and on the Targets page.")
        card.explain(METHOD, standings_table(standings), filters)
    link_to_targets()


def targets_card(filters: Filters) -> None:
    """The card of targets on a page that is about more: a link alone until a target is set."""
    with said_in_place():
        if not desk.stored_targets():
            link_to_targets()
            return
        with card("Targets") as drawn:
            targets_panel(drawn, filters)


def link_to_targets() -> None:
    """The way to set some."""
    st.page_link(f"{PAGES_FOLDER}/workspace/targets.py", label="Set targets", icon=":material/flag:")


def target_bullets(standings: tuple[Standing, ...], shop: Shop) -> None:
    """One bar per target with its sentence below; state in words and by a mark, not by colour alone."""
    st.html(_drawn(standings, shop))
    note_markup(partial(_drawn, standings, shop))


def _drawn(standings: tuple[Standing, ...], shop: Shop) -> str:
    rows = "".join(_bullet(standing, shop) for standing in standings)
    keys = {"now": "so far", "band": "where it will end", "pace": "even pace", "aim": "target"}
    legend = "".join(f'<span><span class="{mark}"></span>{name}</span>' for mark, name in keys.items())
    return f'{_style(current_look())}<div class="goals">{rows}<div class="key">{legend}</div></div>'


def target_name(target: Target) -> str:
    """The metric and the period, as people say them."""
    return METRICS[target.metric].name if target.metric in METRICS else target.metric


def _bullet(standing: Standing, shop: Shop) -> str:
    target, kind = standing.target, _kind(standing.state)
    of = f" · {html.escape(target.member)}" if target.member else ""
    state = f"{_MARKS[kind]} {STATES[standing.state]}"
    said = html.escape(standing.sentence)
    return (
        f'<div class="goal"><div class="top"><span class="nm">{html.escape(target_name(target))}{of}'
        f"<small>{target.period_label}</small></span>"
        f'<b class="{kind}">{state}</b></div>{_bar(standing, said)}<small>{said}</small></div>'
    )


def _kind(state: str) -> str:
    return _KINDS.get(state, "flat" if state in _UNSURE else "none")


def _bar(standing: Standing, said: str) -> str:
    """Marks as shares of the bar's width; nothing where nothing is known."""
    if is_missing(standing.actual):
        return ""
    low, high = _range(standing)
    at = {
        name: 100 * min(1.0, max(0.0, (value - low) / (high - low)))
        for name in ("actual", "pace", "landing", "low", "high")
        if not is_missing(value := getattr(standing, name))
    }
    aim = 100 * (standing.target.value - low) / (high - low)
    marks = ""
    if "low" in at and standing.days_left:
        marks += f'<div class="band" style="left:{at["low"]:.1f}%;width:{max(0.6, at["high"] - at["low"]):.1f}%"></div>'
    marks += f'<div class="now" style="width:{at["actual"]:.1f}%"></div>'
    if "landing" in at and standing.days_left:
        marks += f'<div class="end" style="left:{at["landing"]:.1f}%"></div>'
    if "pace" in at:
        marks += f'<div class="pace" style="left:{at["pace"]:.1f}%"></div>'
    marks += f'<div class="aim" style="left:{aim:.1f}%"></div>'
    return f'<div class="bar" role="img" aria-label="{said}">{marks}</div>'


def _range(standing: Standing) -> tuple[float, float]:
    """From zero, or from the lowest score, to beyond the largest mark."""
    key = standing.target.metric
    if key in METRICS and METRICS[key].unit == "score":
        return 1.0, 5.0
    shown = (standing.actual, standing.target.value, standing.landing, standing.high)
    return 0.0, ROOM * max(v for v in shown if not is_missing(v)) or 1.0


def _style(look: Look) -> str:
    band, muted = look.faded(look.accent, 0.38), look.muted
    return (
        "<style>.goals{display:grid;gap:.8rem;font-variant-numeric:tabular-nums}"
        ".goal .top{display:flex;justify-content:space-between;gap:.6rem;font-size:.86rem;flex-wrap:wrap}"
        ".goal .nm{font-weight:560;min-width:0;overflow-wrap:anywhere}"
        f".goals small{{font-size:.75rem;line-height:1.4;color:{muted};font-weight:400}}"
        ".goal .nm small{margin-left:.5rem}.goal>small{display:block}"
        f".goal b{{font-weight:560;color:{muted};white-space:nowrap}}.goal b.good{{color:{look.good}}}"
        f".goal b.bad{{color:{look.bad}}}.goal b.flat{{color:{look.text}}}"
        f".goal .bar{{position:relative;height:16px;background:{look.grid};border-radius:3px;margin:.3rem 0 .25rem;"
        "overflow:hidden}.goal .bar div{position:absolute;top:0;bottom:0}"
        f".goals .band{{background:{band}}}.goal .bar .now{{top:4px;bottom:4px;left:0;border-radius:0 2px 2px 0}}"
        f".goals .now{{background:{look.accent}}}"
        f".goal .bar .end{{width:2px;margin-left:-1px;background:{look.accent}}}"
        f".goal .bar .pace{{border-left:2px dotted {muted};margin-left:-1px}}"
        f".goal .bar .aim{{width:3px;margin-left:-1.5px;background:{look.text}}}"
        f".goals .key{{display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.72rem;color:{muted}}}"
        ".goals .key span span{display:inline-block;height:9px;width:14px;margin-right:.3rem;vertical-align:-1px}"
        f".goals .key .pace{{width:0!important;border-left:2px dotted {muted}}}"
        f".goals .key .aim{{width:3px!important;background:{look.text}}}</style>"
    )
