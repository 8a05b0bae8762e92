"""Lines over time."""

import pandas as pd

from analytics.descriptive.trends import Trend
from analytics.formats import currency_symbol
from analytics.metrics import Metric, metric
from analytics.periods import day_label
from analytics.shop import Shop
from ui.charts.look import Figure, Look, axis_prefix, current_look, escaped, lean_figure
from ui.charts.remembered import remembered

WIDTH_PER_LETTER = 0.015
"""Share of the chart's width that a letter of an event's name takes on a telephone; less on wider screens."""
ROOM_BETWEEN = 0.02
"""Share of the width that stays free between two names."""
ROWS_OF_NAMES, ROW_HEIGHT = 2, 13

REFERENCE_NAMES = {"previous": "period before", "last_year": "last year"}


@remembered
def trend_lines(trend: Trend, shop: Shop, events: pd.DataFrame | None = None, height: int = 300) -> Figure:
    """A metric over time: single days thin under a thick 7-day mean, or one point per week, month or quarter.

    Parameters
    ----------
    trend : see ``Trend``.
    events : rows of ``start_date``, ``end_date``, ``label`` to shade behind the lines.
    """
    look, measured, rows = current_look(), metric(trend.metric), trend.buckets
    by_day = trend.granularity == "day" and rows["mean"].notna().any()
    main = rows["mean"] if by_day else rows["value"].where(rows["complete"])
    reference = rows["reference_mean"] if by_day else rows["reference"].where(rows["complete"])
    named = "7-day mean" if by_day else trend.granularity
    traces = []
    if trend.reference_name:
        name = REFERENCE_NAMES[trend.reference_name]
        traces.append(_line(rows, reference, measured, shop, look.context, 1.6, name, "dot"))
    if by_day:
        traces.append(_line(rows, rows["value"], measured, shop, look.faded(look.accent, 0.4), 1.1, "day"))
    traces.append(_line(rows, main, measured, shop, look.accent, 2.6, named))
    if not by_day and not rows["complete"].all():
        traces.append(_partial(rows, measured, shop, look))
    shapes, labels = _shades(events, trend, look)
    range_mode = "normal" if measured.unit in ("score", "days") else "tozero"
    return lean_figure(
        *traces,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis={"type": "date", "hoverformat": "%a %-d %b %Y" if trend.granularity == "day" else "from %-d %b %Y"}
        | _few_days(rows["start"]),
        yaxis={"rangemode": range_mode} | axis_prefix(measured.unit, currency_symbol(shop.currency)),
        shapes=shapes,
        annotations=[_names(named, trend, by_day, look), *labels],
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


def _partial(rows: pd.DataFrame, measured: Metric, shop: Shop, look: Look) -> dict:
    """Buckets that the period or the calendar cuts: open circles, off the line."""
    cut = rows[~rows["complete"]]
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


def _texts(measured: Metric, values: pd.Series, shop: Shop) -> list[str]:
    return [measured.format(v, shop.currency, exact=measured.unit == "count") for v in values]


def _names(named: str, trend: Trend, by_day: bool, look: Look) -> dict:
    """What each line is, in its colour, above the plot: nothing to collide with, nothing to look up."""
    said = [f'<span style="color:{look.accent}"><b>━ {named}</b></span>']
    if by_day:
        said.append("─ single days")
    if trend.reference_name:
        said.append(f"┈ {REFERENCE_NAMES[trend.reference_name]}")
    if not by_day and not trend.buckets["complete"].all():
        said.append(f"○ partial {trend.granularity}")
    place = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    return place | {"text": "   ".join(said), "showarrow": False}


def _few_days(starts: pd.Series) -> dict:
    """Axis settings for one or two points, between which Plotly would tick minutes."""
    if not 0 < len(starts) <= 2:
        return {}
    days = [pd.Timestamp(start) for start in starts]
    margin = max((days[-1] - days[0]) / 2, pd.Timedelta(hours=12))
    around = [days[0] - margin, days[-1] + margin]
    return {"range": around, "tickvals": days, "ticktext": [day_label(day) for day in days]}


def _shades(events: pd.DataFrame | None, trend: Trend, look: Look) -> tuple[list[dict], list[dict]]:
    """Known events behind the lines, and the names of those that have room for it."""
    shapes, labels = [], []
    known = trend.buckets.loc[trend.buckets["value"].notna(), "start"]
    if events is None or events.empty or len(known) < 2:
        return shapes, labels
    first, last = pd.Timestamp(known.iloc[0]), pd.Timestamp(known.iloc[-1])
    half = pd.Timedelta(hours=12) if trend.granularity == "day" else pd.Timedelta(0)
    free_from = [first] * ROWS_OF_NAMES
    for event in events.itertuples():
        start = max(pd.Timestamp(event.start_date) - half, first)
        end = min(pd.Timestamp(event.end_date) + pd.Timedelta(days=1) - half, last)
        if end <= start:
            continue
        across = {"type": "rect", "xref": "x", "yref": "paper", "x0": start, "x1": end, "y0": 0, "y1": 1}
        shapes.append(across | {"fillcolor": look.accent, "opacity": 0.07, "line": {"width": 0}, "layer": "below"})
        wide = (last - first) * len(event.label) * WIDTH_PER_LETTER
        at_the_end = start + wide > last
        begins = last - wide if at_the_end else start
        row = next((row for row, free in enumerate(free_from) if begins >= free), None)
        if row is not None:
            side = {"x": last, "xanchor": "right"} if at_the_end else {"x": start, "xanchor": "left"}
            place = {"y": 1, "xref": "x", "yref": "paper", "yanchor": "top", "yshift": -ROW_HEIGHT * row} | side
            font = {"size": 10.5, "color": look.muted}
            labels.append(place | {"text": escaped(event.label), "showarrow": False, "font": font})
            free_from[row] = begins + wide + (last - first) * ROOM_BETWEEN
    return shapes, labels
