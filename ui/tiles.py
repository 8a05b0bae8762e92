"""Key figures as tiles: value, two comparisons and a small line; one element, for each costs the browser time."""

import html
import urllib.parse
from functools import partial

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.descriptive.kpis import Kpis
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.look import Look, current_look
from ui.charts.remembered import remembered
from ui.shown import ShownTable, note_key_figures

WIDTH, HEIGHT = 150, 34
DOUBTFUL = "°"
"""Behind a value that tells too little, as behind a cohort; the tile opens to say why."""
_AGAINST = {"previous": "previous", "last_year": "last year"}
_NOTHING_COMPARED = '<div class="chg">not compared</div>'


def kpi_tiles(kpis: Kpis, sparklines: dict[str, list[float]], shop: Shop) -> None:
    """One tile per metric. A change is coloured only where it is beyond chance; an arrow and words say it too.

    A tile opens, by a press or the keyboard, to say what it was, how far chance alone moves it, and what it means.
    """
    st.html(_tiles(kpis, sparklines, shop))
    rows = tuple(metric(key) for key in kpis.figures.index)
    note_key_figures("Key figures", ShownTable(_noted(kpis), None, rows), partial(_tiles, kpis, sparklines, shop))


def _noted(kpis: Kpis) -> pd.DataFrame:
    """The figures for files, with why some tell too little where that is so."""
    notes = [kpis.doubtful.get(key, "") for key in kpis.figures.index]
    return kpis.figures.assign(note=notes) if any(notes) else kpis.figures


@remembered
def _tiles(kpis: Kpis, sparklines: dict[str, list[float]], shop: Shop) -> str:
    look = current_look()
    tiles = "".join(
        _tile(metric(key), row, kpis, sparklines.get(key, []), shop, look) for key, row in kpis.figures.iterrows()
    )
    return f'{_style(look)}<div class="tiles" role="list">{tiles}</div>'


def _tile(measured: Metric, row: pd.Series, kpis: Kpis, line: list[float], shop: Shop, look: Look) -> str:
    value = html.escape(measured.format(row["value"], shop.currency))
    exact = html.escape(measured.format(row["value"], shop.currency, exact=True))
    missing = _missing(kpis, measured.key)
    compared = [name for name in kpis.periods if name != "value" and name not in missing]
    changes = "".join(_change(measured, row, name) for name in compared)
    changes += "".join(f'<div class="chg">– vs {_AGAINST[name]}</div>' for name in missing)
    doubt = kpis.doubtful.get(measured.key, "")
    more = [f"Exactly {measured.format(row['value'], shop.currency, exact=True)}."]
    more += [f"{DOUBTFUL} {doubt} This period begins earlier."] * bool(doubt)
    more += [_background(measured, row, name, shop) for name in compared]
    more += [f"Against {_AGAINST[name]}: {why}." for name, why in missing.items()]
    more.append(measured.definition)
    return (
        f'<div class="tile" role="listitem"><div class="nm">{measured.name}</div>'
        f'<div class="row"><div class="val" title="{exact}">{value}{_mark_of_doubt(doubt)}</div>'
        f"{_sparkline(line, measured, look)}</div>"
        f"<details><summary>{changes or _NOTHING_COMPARED}</summary>"
        + "".join(f"<div>{html.escape(sentence)}</div>" for sentence in more)
        + "</details></div>"
    )


def _mark_of_doubt(doubt: str) -> str:
    return f'<span class="doubt" title="{html.escape(doubt)}">{DOUBTFUL}</span>' if doubt else ""


def _missing(kpis: Kpis, key: str) -> dict[str, str]:
    """The comparisons that cannot be made for a metric, with the reason."""
    of_all = {name: why for name, why in kpis.unavailable.items() if isinstance(name, str)}
    return of_all | {named[1]: why for named, why in kpis.unavailable.items() if named[0] == key}


def _change(measured: Metric, row: pd.Series, name: str) -> str:
    kind = _kind(measured, row, name)
    said = html.escape(measured.format_change(row["value"], row[name]))
    return f'<div class="chg {kind}"><b>{_mark(row, name)} {said}</b> vs {_AGAINST[name]}</div>'


def _kind(measured: Metric, row: pd.Series, name: str) -> str:
    """Coloured only where the chance range is known and the change lies outside."""
    change = row["value"] - row[name]
    good = measured.favourable(change)
    if good is None or not abs(change) > row[f"noise_{name}"]:
        return "flat"
    return "good" if good else "bad"


def _mark(row: pd.Series, name: str) -> str:
    change, noise = row["value"] - row[name], row[f"noise_{name}"]
    if pd.notna(noise) and abs(change) <= noise or change == 0:
        return "≈"
    return "▲" if change > 0 else "▼" if change < 0 else ""


def _background(measured: Metric, row: pd.Series, name: str, shop: Shop) -> str:
    """What it was, and whether luck alone can have moved it so far."""
    was = f"{_AGAINST[name].capitalize()}: {measured.format(row[name], shop.currency, exact=True)}"
    noise = row[f"noise_{name}"]
    if pd.isna(row["value"] - row[name]):
        return f"{was}."
    if pd.isna(noise):
        return f"{was}; how far chance alone moves it is not known."
    news = {"flat": "within", "good": "favourable, beyond", "bad": "unfavourable, beyond"}[_kind(measured, row, name)]
    return f"{was}; {news} what chance alone does (± {_amount(measured, noise, shop)})."


def _amount(measured: Metric, size: float, shop: Shop) -> str:
    """A difference in the metric's unit: of shares, points."""
    if measured.unit == "share":
        return measured.format_change(size, 0.0).lstrip("+")
    return measured.format(size, shop.currency)


def _sparkline(values: list[float], measured: Metric, look: Look) -> str:
    """An SVG line as an image: inline SVG is stripped, a data address is not."""
    known = [(i, v) for i, v in enumerate(values) if not formats.is_missing(v)]
    if len(known) < 2:
        return ""
    low, high = min(v for _, v in known), max(v for _, v in known)
    span = (high - low) or 1.0
    step = WIDTH / max(len(values) - 1, 1)
    points = " ".join(f"{i * step:.1f},{3 + (HEIGHT - 6) * (1 - (v - low) / span):.1f}" for i, v in known)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<polyline points="{points}" fill="none" stroke="{look.accent}" stroke-width="1.6" '
        f'vector-effect="non-scaling-stroke" stroke-linejoin="round"/></svg>'
    )
    return (
        f'<img class="spark" alt="{measured.name} over the period" src="data:image/svg+xml,{urllib.parse.quote(svg)}">'
    )


def _style(look: Look) -> str:
    """Only what the theme cannot do: a grid of small boxes."""
    return (
        "<style>.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(215px,1fr));gap:.7rem}"
        f".tile{{border:1px solid {look.grid};border-radius:.6rem;padding:.6rem .8rem .55rem;"
        "font-variant-numeric:tabular-nums;min-width:0}"
        f".tile .nm{{font-size:.82rem;color:{look.muted};white-space:nowrap;overflow:hidden;text-overflow:ellipsis}}"
        ".tile .val{font-size:1.5rem;font-weight:600;line-height:1.5;white-space:nowrap}"
        f".tile .doubt{{color:{look.muted};font-weight:400;cursor:help}}"
        f".tile .chg{{font-size:.76rem;line-height:1.5;color:{look.muted};white-space:nowrap}}"
        f".tile .good b{{color:{look.good}}}.tile .bad b{{color:{look.bad}}}.tile .flat b{{font-weight:500}}"
        ".tile summary{list-style:none;cursor:pointer;position:relative;padding-right:.9rem;border-radius:.2rem}"
        ".tile summary::-webkit-details-marker{display:none}"
        ".tile summary::after{content:'⌄';position:absolute;right:0;bottom:.25rem;font-size:.8rem;"
        f"color:{look.muted}}}"
        ".tile details[open] summary::after{content:'⌃';bottom:-.1rem}"
        f".tile summary:focus-visible{{outline:2px solid {look.accent};outline-offset:2px}}"
        f".tile details>div{{font-size:.74rem;line-height:1.4;color:{look.muted};padding-top:.3rem}}"
        f".tile .row{{display:flex;align-items:center;gap:.8rem;justify-content:space-between}}"
        f".tile .spark{{flex:1 1 40px;min-width:40px;max-width:110px;height:{HEIGHT}px;display:block}}"
        "@media(max-width:640px){.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}}</style>"
    )
