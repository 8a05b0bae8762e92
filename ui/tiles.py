"""Key figures as tiles: value, two comparisons and a small line; one element, for each costs the browser time."""

import html
import urllib.parse

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.descriptive.kpis import Kpis
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.look import Look, current_look

WIDTH, HEIGHT = 150, 34
_AGAINST = {"previous": "previous", "last_year": "last year"}


def kpi_tiles(kpis: Kpis, sparklines: dict[str, list[float]], shop: Shop) -> None:
    """One tile per metric. A change is coloured only where it is beyond chance; an arrow and words say it too."""
    look = current_look()
    tiles = "".join(
        _tile(metric(key), row, kpis, sparklines.get(key, []), shop, look) for key, row in kpis.figures.iterrows()
    )
    st.html(f'{_style(look)}<div class="tiles" role="list">{tiles}</div>')


def _tile(measured: Metric, row: pd.Series, kpis: Kpis, line: list[float], shop: Shop, look: Look) -> str:
    value = html.escape(measured.format(row["value"], shop.currency))
    exact = html.escape(measured.format(row["value"], shop.currency, exact=True))
    changes = "".join(_change(measured, row, name, shop) for name in kpis.periods if name != "value")
    missing = "".join(
        f'<div class="chg" title="{html.escape(why)}">– vs {_AGAINST[name]}</div>'
        for name, why in kpis.unavailable.items()
    )
    return (
        f'<div class="tile" role="listitem" title="{html.escape(measured.definition)}">'
        f'<div class="nm">{measured.name}</div>'
        f'<div class="row"><div class="val" title="{exact}">{value}</div>{_sparkline(line, measured, look)}</div>'
        f"{changes}{missing}</div>"
    )


def _change(measured: Metric, row: pd.Series, name: str, shop: Shop) -> str:
    change = row["value"] - row[name]
    noise = row[f"noise_{name}"]
    beyond = abs(change) > noise if pd.notna(noise) else change != 0
    good = measured.favourable(change)
    kind = "flat" if good is None or not beyond else "good" if good else "bad"
    arrow = "▲" if change > 0 else "▼" if change < 0 else "＝"
    said = html.escape(measured.format_change(row["value"], row[name]))
    was = measured.format(row[name], shop.currency, exact=True)
    news = {"flat": "within what chance alone does", "good": "favourable", "bad": "unfavourable"}[kind]
    title = html.escape(
        f"Was {was}; {news}" + (f" (chance: ± {_unit(measured, noise, shop)})" if pd.notna(noise) else "")
    )
    mark = arrow if kind != "flat" else "≈"
    return f'<div class="chg {kind}" title="{title}"><b>{mark} {said}</b> vs {_AGAINST[name]}</div>'


def _unit(measured: Metric, amount: float, shop: Shop) -> str:
    return formats.money(amount, shop.currency) if measured.unit == "money" else measured.format(amount, shop.currency)


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
        f".tile .chg{{font-size:.76rem;line-height:1.5;color:{look.muted};white-space:nowrap}}"
        f".tile .good b{{color:{look.good}}}.tile .bad b{{color:{look.bad}}}.tile .flat b{{font-weight:500}}"
        f".tile .row{{display:flex;align-items:center;gap:.8rem;justify-content:space-between}}"
        f".tile .spark{{flex:1 1 40px;min-width:40px;max-width:110px;height:{HEIGHT}px;display:block}}"
        "@media(max-width:640px){.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}}</style>"
    )
