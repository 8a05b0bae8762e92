"""Lines over time."""

import pandas as pd

from analytics.descriptive.trends import Trend
from analytics.diagnostic.unusual_days import UnusualDays
from analytics.diagnostic.unusual_view import days_marked, how_unusual
from analytics.formats import currency_symbol
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.days import event_shades, time_axis
from ui.charts.look import Figure, Look, above, axis_prefix, current_look, lean_figure
from ui.charts.remembered import remembered

PALE = 0.6
"""Strength of what is shown but cannot be told."""
REFERENCE_NAMES = {"previous": "period before", "last_year": "last year"}


@remembered
def trend_lines(
    trend: Trend,
    shop: Shop,
    events: pd.DataFrame | None = None,
    unusual: UnusualDays | None = None,
    height: int = 300,
) -> Figure:
    """A metric over time: single days thin under a thick moving mean, or one point per week, month or quarter.

    Parameters
    ----------
    trend : see ``Trend``.
    events : rows of ``start_date``, ``end_date``, ``label`` to shade behind the lines.
    unusual : days of the shop as a whole to be marked where single days are drawn.
    """
    look, measured, rows = current_look(), metric(trend.metric), trend.buckets
    by_day = trend.granularity == "day" and rows["mean"].notna().any()
    told = rows["value"].where(rows["known"])
    main = (rows["mean"] if by_day else told).where(rows["complete"])
    reference = rows["reference_mean"] if by_day else rows["reference"].where(rows["complete"])
    named = f"{trend.mean_days}-day mean" if by_day else trend.granularity
    traces = []
    if trend.reference_name:
        name = REFERENCE_NAMES[trend.reference_name]
        traces.append(_line(rows, reference, measured, shop, look.context, 1.6, name, "dot"))
    if by_day:
        traces.append(_line(rows, told, measured, shop, look.faded(look.accent, 0.4), 1.1, "day"))
    traces.append(_line(rows, main, measured, shop, look.accent, 2.6, named) | _last_days(trend))
    if not rows["known"].all():
        traces.append(_untold(rows, measured, shop, look))
    if _is_cut(rows).any():
        traces.append(_partial(rows, measured, shop, look))
    marks = _unusual(trend, unusual, look)
    traces += marks
    shapes, labels = event_shades(events, rows, trend.granularity)
    range_mode = "normal" if measured.unit in ("score", "days") else "tozero"
    return lean_figure(
        *traces,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis=time_axis(rows["start"], trend.granularity),
        yaxis={"rangemode": range_mode} | axis_prefix(measured.unit, currency_symbol(shop.currency)),
        shapes=shapes,
        annotations=[_names(named, trend, by_day, look, bool(marks)), *labels],
    )


def _line(
    rows: pd.DataFrame,
    values: pd.Series,
    measured: Metric,
    shop: Shop,
    colour: str,
    width: float,
    name: str,
    dash: str = "solid",
) -> dict:
    return {
        "type": "scatter",
        "x": rows["start"],
        "y": values,
        "mode": "lines" if values.notna().sum() > 1 else "markers",
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {"color": colour, "size": 8},
        "text": _texts(measured, values, shop),
        "hovertemplate": "%{text}",
        "name": name,
    }


def _last_days(trend: Trend) -> dict:
    """The last day of each point that is more than one, for whoever clicks it."""
    if trend.granularity == "day" or trend.last_day is None:
        return {}
    starts = pd.to_datetime(trend.buckets["start"])
    ends = [*(starts.iloc[1:] - pd.Timedelta(days=1)), pd.Timestamp(trend.last_day)]
    return {"customdata": [end.date().isoformat() for end in ends]}


def _untold(rows: pd.DataFrame, measured: Metric, shop: Shop, look: Look) -> dict:
    """What cannot be told yet, pale: shown, but no part of the line."""
    early = rows["value"].where(~rows["known"])
    line = _line(rows, early, measured, shop, look.faded(look.context, PALE), 1.4, "too early to tell")
    return line | {"text": [f"{text} (too early to tell)" for text in line["text"]]}


def _is_cut(rows: pd.DataFrame) -> pd.Series:
    """Which buckets the period or the calendar cuts, of those that can be told at all."""
    return ~rows["complete"] & rows["known"]


def _partial(rows: pd.DataFrame, measured: Metric, shop: Shop, look: Look) -> dict:
    """Buckets that the period or the calendar cuts: open circles, off the line."""
    cut = rows[_is_cut(rows)]
    return {
        "type": "scatter",
        "x": cut["start"],
        "y": cut["value"],
        "mode": "markers",
        "marker": {"color": "rgba(0,0,0,0)", "size": 8, "line": {"color": look.accent, "width": 1.6}},
        "text": [f"{text} (partial)" for text in _texts(measured, cut["value"], shop)],
        "hovertemplate": "%{text}",
        "name": "partial",
    }


def _unusual(trend: Trend, found: UnusualDays | None, look: Look) -> list[dict]:
    """A small diamond on each day that was out of the ordinary for the shop as a whole, with how far."""
    if found is None or trend.granularity != "day":
        return []
    days = trend.buckets["start"]
    marks = days_marked(found, trend.metric, days.iloc[0], days.iloc[-1])
    if marks.empty:
        return []
    marker = {"color": look.bad, "size": 7, "symbol": "diamond", "line": {"color": look.surface, "width": 1}}
    texts = [how_unusual(*of) for of in marks[["value", "expected", "errors"]].itertuples(index=False)]
    place = {"type": "scatter", "x": marks["day"], "y": marks["value"], "mode": "markers", "marker": marker}
    return [place | {"text": texts, "hovertemplate": "%{text}", "name": "out of the ordinary"}]


def _texts(measured: Metric, values: pd.Series, shop: Shop) -> list[str]:
    return [measured.format(v, shop.currency, exact=measured.unit == "count") for v in values]


def _names(named: str, trend: Trend, by_day: bool, look: Look, marked: bool) -> dict:
    """What each line is."""
    said = [f'<span style="color:{look.accent}"><b>━ {named}</b></span>']
    if by_day:
        said.append("─ single days")
    if trend.reference_name:
        said.append(f"┈ {REFERENCE_NAMES[trend.reference_name]}")
    if not trend.buckets["known"].all():
        said.append(f'<span style="color:{look.faded(look.context, PALE)}">━</span> too early to tell')
    if _is_cut(trend.buckets).any():
        said.append(f"○ partial {trend.granularity}")
    if marked:
        said.append(f'<span style="color:{look.bad}">◆ unusual</span>')
    return above(*said)
