"""The axis of days, and what the shop itself knows of them."""

import pandas as pd

from analytics.periods import day_label
from ui.charts.look import current_look, escaped

WIDTH_PER_LETTER = 0.02
"""Share of the chart's width that a letter of an event's name takes on a telephone; less on wider screens."""
ROOM_BETWEEN = 0.02
"""Share of the width that stays free between two names."""
ROWS_OF_NAMES, ROW_HEIGHT = 2, 13


def time_axis(starts: pd.Series, granularity: str) -> dict:
    """An axis of days; of one or two points, between which Plotly would tick minutes, each has its tick."""
    axis = {"type": "date", "hoverformat": "%a %-d %b %Y" if granularity == "day" else "from %-d %b %Y"}
    if not 0 < len(starts) <= 2:
        return axis
    days = [pd.Timestamp(start) for start in starts]
    margin = max((days[-1] - days[0]) / 2, pd.Timedelta(hours=12))
    around = [days[0] - margin, days[-1] + margin]
    return axis | {"range": around, "tickvals": days, "ticktext": [day_label(day) for day in days]}


def event_shades(events: pd.DataFrame | None, buckets: pd.DataFrame, granularity: str) -> tuple[list[dict], list[dict]]:
    """Known events behind the lines, and the names of those that have room for it.

    Parameters
    ----------
    events : rows of ``start_date``, ``end_date``, ``label``.
    buckets : rows of ``start`` and ``value``, in order.
    """
    look, shapes, labels = current_look(), [], []
    known = buckets.loc[buckets["value"].notna(), "start"]
    if events is None or events.empty or len(known) < 2:
        return shapes, labels
    first, last = pd.Timestamp(known.iloc[0]), pd.Timestamp(known.iloc[-1])
    half = pd.Timedelta(hours=12) if granularity == "day" else pd.Timedelta(0)
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
