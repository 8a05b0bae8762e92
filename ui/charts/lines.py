"""Lines over time."""

import pandas as pd
import plotly.graph_objects as go

from analytics.descriptive.trends import Trend
from analytics.formats import currency_symbol
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.look import axis_prefix, current_look, escaped, lean_figure

DAY_SHARE_PER_LETTER = 0.012
"""Share of the chart's width that a letter of an event's name takes, roughly."""

REFERENCE_NAMES = {"previous": "period before", "last_year": "last year"}


def trend_lines(trend: Trend, shop: Shop, events: pd.DataFrame | None = None, height: int = 300) -> go.Figure:
    """A metric over time: thin raw line under a thick 7-day mean by day, bars' worth of points otherwise.

    Parameters
    ----------
    trend : see ``Trend``.
    events : rows of ``start_date``, ``end_date``, ``label`` to shade behind the lines.
    """
    look, measured, rows = current_look(), metric(trend.metric), trend.buckets
    by_day = trend.granularity == "day" and rows["mean"].notna().any()
    main = rows["mean"] if by_day else rows["value"]
    traces = []
    if trend.reference_name:
        reference = rows["reference_mean"] if by_day else rows["reference"].where(rows["complete"])
        hover = _texts(measured, reference, shop)
        name = REFERENCE_NAMES[trend.reference_name]
        traces.append(_line(rows, reference, look.context, 1.6, hover, name, dash="dot"))
    if by_day:
        hover = _texts(measured, rows["value"], shop)
        traces.append(_line(rows, rows["value"], look.faded(look.accent, 0.4), 1.1, hover, "day"))
    named = "7-day mean" if by_day else trend.granularity
    traces.append(
        _line(rows, main.where(rows["complete"] | by_day), look.accent, 2.6, _texts(measured, main, shop), named)
    )
    if not by_day and not rows["complete"].all():
        traces.append(_partial(rows, look.accent, _texts(measured, rows["value"], shop)))
    figure = lean_figure(*traces, height=height, hovermode="x unified")
    figure.update_yaxes(rangemode="normal" if measured.unit in ("score", "days") else "tozero")
    figure.update_yaxes(**axis_prefix(measured.unit, currency_symbol(shop.currency)))
    figure.update_xaxes(type="date", hoverformat="%a %d %b %Y" if trend.granularity == "day" else "from %d %b %Y")
    _name_lines(figure, named, trend, by_day)
    _shade(figure, events, trend)
    return figure


def _line(
    rows: pd.DataFrame, values: pd.Series, colour: str, width: float, hover: list[str], name: str, dash: str = "solid"
) -> go.Scatter:
    return go.Scatter(
        x=rows["start"],
        y=values,
        mode="lines" if len(rows) > 1 else "markers",
        line={"color": colour, "width": width, "dash": dash},
        marker={"color": colour, "size": 8},
        text=hover,
        hovertemplate="%{text}",
        name=name,
    )


def _partial(rows: pd.DataFrame, colour: str, hover: list[str]) -> go.Scatter:
    """Buckets that the period or the calendar cuts: open circles, off the line."""
    cut = ~rows["complete"]
    return go.Scatter(
        x=rows["start"][cut],
        y=rows["value"][cut],
        mode="markers",
        marker={"color": "rgba(0,0,0,0)", "size": 8, "line": {"color": colour, "width": 1.6}},
        text=[f"{text} (partial)" for text, is_cut in zip(hover, cut, strict=True) if is_cut],
        hovertemplate="%{text}",
        name="partial",
    )


def _texts(measured: Metric, values: pd.Series, shop: Shop) -> list[str]:
    return [measured.format(v, shop.currency, exact=measured.unit == "count") for v in values]


def _name_lines(figure: go.Figure, named: str, trend: Trend, by_day: bool) -> None:
    """What each line is, in its colour, above the plot: nothing to collide with, nothing to look up."""
    look = current_look()
    said = [f'<span style="color:{look.accent}"><b>━ {named}</b></span>']
    if by_day:
        said.append(f'<span style="color:{look.muted}">─ single days</span>')
    if trend.reference_name:
        said.append(f'<span style="color:{look.muted}">┈ {REFERENCE_NAMES[trend.reference_name]}</span>')
    if not by_day and not trend.buckets["complete"].all():
        said.append(f'<span style="color:{look.muted}">○ partial {trend.granularity}</span>')
    figure.add_annotation(
        text="   ".join(said), x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom", showarrow=False
    )
    figure.update_layout(margin={"t": 26})


def _shade(figure: go.Figure, events: pd.DataFrame | None, trend: Trend) -> None:
    """Known events behind the lines; names where there is room for them, all of them on hover in the events card."""
    first, last = pd.Timestamp(trend.buckets["start"].iloc[0]), pd.Timestamp(trend.buckets["start"].iloc[-1])
    if events is None or events.empty or first == last:
        return
    look = current_look()
    free_from = first
    for event in events.itertuples():
        start = max(pd.Timestamp(event.start_date), first)
        end = min(pd.Timestamp(event.end_date) + pd.Timedelta(days=1), last)
        if end <= start:
            continue
        figure.add_vrect(x0=start, x1=end, fillcolor=look.accent, opacity=0.07, line_width=0, layer="below")
        if start >= free_from:
            figure.add_annotation(
                x=start, y=1, yref="paper", text=escaped(event.label), showarrow=False, xanchor="left", yanchor="top",
                font={"size": 10.5, "color": look.muted},
            )  # fmt: skip
            free_from = start + (last - first) * (0.04 + len(event.label) * DAY_SHARE_PER_LETTER)
