"""The days of a rule: what was, what was usual, and where it fired."""

import numpy as np
import pandas as pd

from analytics.descriptive.alerts import History
from analytics.formats import currency_symbol, percent
from analytics.metrics import Metric
from analytics.shop import Shop
from ui.charts.look import Figure, Look, above, axis_prefix, current_look, lean_figure
from ui.charts.marks import band
from ui.charts.remembered import remembered


@remembered
def rule_days(history: History, member: str, shop: Shop, days: int = 400, height: int = 280) -> Figure:
    """The last days of one series of a rule, with the range in which it keeps silent.

    Parameters
    ----------
    member : one of the history's ``members``.
    """
    look, row = current_look(), history.members.index(member)
    seen = slice(-days, None)
    at = history.course.days[seen]
    value, expected, low, high = (a[row, seen] for a in (history.value, history.expected, history.low, history.high))
    fired = history.fires[row, seen]
    texts = _texts(history, value, expected, fired, shop)
    traces = [
        *_range(at, low, high, expected, look),
        _line(at, expected, look.context, 1.4, "dot", "usual"),
        _line(at, value, look.accent, 1.6, "solid", "value") | {"text": texts, "hovertemplate": "%{text}"},
        _fired(at[fired], value[fired], look),
    ]
    unit = "share" if history.course.relative else history.rule.measured.unit
    range_mode = "normal" if unit in ("score", "days") else "tozero"
    return lean_figure(
        *traces,
        height=height,
        top=24,
        hovermode="x",
        xaxis={"type": "date", "hoverformat": "%a %-d %b %Y"},
        yaxis={"rangemode": range_mode} | axis_prefix(unit, currency_symbol(shop.currency)),
        annotations=[_names(look)],
    )


def _line(at: pd.DatetimeIndex, values: np.ndarray, colour: str, width: float, dash: str, name: str) -> dict:
    return {
        "type": "scatter",
        "x": at,
        "y": values,
        "mode": "lines",
        "line": {"color": colour, "width": width, "dash": dash},
        "name": name,
        "hoverinfo": "skip",
    }


def _range(at, low: np.ndarray, high: np.ndarray, expected: np.ndarray, look: Look) -> list[dict]:
    """Shaded where the rule keeps silent; on a side that it does not watch, to what is usual."""
    if np.isnan(low).all() and np.isnan(high).all():
        return []
    bottom = np.where(np.isnan(low), expected, low)
    top = np.where(np.isnan(high), expected, high)
    told = ~(np.isnan(bottom) | np.isnan(top))  # over a gap, what is shaded would fold over
    return band(at[told], bottom[told], top[told], look.faded(look.accent, 0.13))


def _fired(at: pd.DatetimeIndex, values: np.ndarray, look: Look) -> dict:
    marker = {"color": look.bad, "size": 9, "symbol": "diamond", "line": {"color": look.surface, "width": 1}}
    return {
        "type": "scatter",
        "x": at,
        "y": values,
        "mode": "markers",
        "marker": marker,
        "name": "fires",
        "hoverinfo": "skip",
    }


def _texts(history: History, value: np.ndarray, expected: np.ndarray, fired: np.ndarray, shop: Shop) -> list[str]:
    said = []
    for was, usual, fires in zip(value, expected, fired, strict=True):
        text = f"{_figure(history, was, shop)}, usually {_figure(history, usual, shop)}"
        said.append(f"<b>fires</b>: {text}" if fires else text)
    return said


def _figure(history: History, value: float, shop: Shop) -> str:
    measured: Metric = history.rule.measured
    if history.course.relative:
        return percent(value)
    return measured.format(value, shop.currency, exact=measured.unit == "count")


def _names(look: Look) -> dict:
    said = [
        f'<span style="color:{look.accent}"><b>━ value</b></span>',
        "┈ usual",
        "▒ silent",
        f'<span style="color:{look.bad}">◆ fires</span>',
    ]
    return above(*said)
