"""Bars: members of a dimension, and counts of values."""

import pandas as pd

from analytics.descriptive.breakdowns import Breakdown, Distribution
from analytics.formats import percent
from analytics.metrics import metric
from analytics.shop import Shop
from ui.charts.look import Figure, current_look, escaped, lean_figure
from ui.charts.marks import shortened
from ui.charts.remembered import remembered

MOST_BARS = 8
LONGEST_NAME = 18
PIXELS_PER_LETTER = 6
"""Of the text behind a bar, for which Plotly reserves no room."""
ROOM_FOR_LOSSES = 1.75
"""How far the axis goes beyond the largest loss, whose text stands on the left."""


@remembered
def member_bars(breakdown: Breakdown, shop: Shop, height: int = 300) -> Figure:
    """Horizontal bars, largest on top, from zero, each with its value and its change written behind it."""
    look, measured = current_look(), metric(breakdown.metric)
    rows = breakdown.members.dropna(subset=["value"]).head(MOST_BARS).iloc[::-1]
    records, names = rows.to_dict("records"), [escaped(m) for m in rows["member"]]
    low, high = (rows["value"].min(), rows["value"].max()) if records else (0, 1)
    bars = {
        "type": "bar",
        "x": rows["value"],
        "y": names,
        "orientation": "h",
        "marker": {"color": look.accent, "cornerradius": 3},
        "text": [_label(row, breakdown, shop) for row in records],
        "textposition": "outside",
        "textfont": {"color": look.text, "size": 12},
        "cliponaxis": False,
        "customdata": rows["member"],
        "hovertext": [
            f"<b>{escaped(r['member'])}</b><br>{measured.format(r['value'], shop.currency, exact=True)}"
            f"<br>{r['orders']:,.0f} orders"
            for r in records
        ],
        "hoverinfo": "text",
    }
    room = [min(0, low * ROOM_FOR_LOSSES), max(high, 0) or 1]
    return lean_figure(
        bars,
        height=height,
        right=12 + PIXELS_PER_LETTER * max((len(text) for text in bars["text"]), default=0),
        bargap=0.38,
        xaxis={"visible": False, "range": room},
        yaxis={
            "type": "category",
            "showgrid": False,
            "tickfont": {"color": look.text},
            "ticklabelstandoff": 6,
            "tickvals": names,
            "ticktext": [_short(m) for m in rows["member"]],
        },
    )


@remembered
def count_bars(distribution: Distribution, unit: str, highlight_from: int | None = None, height: int = 300) -> Figure:
    """One bar per value with its share on top; values from ``highlight_from`` on in the accent colour.

    Long tails are gathered in a last bar, so that one odd value does not squeeze the rest.
    """
    look = current_look()
    rows = _with_gathered_tail(distribution.counts)
    accented = [highlight_from is None or v >= highlight_from for v in rows["value"]]
    bars = {
        "type": "bar",
        "x": rows["label"],
        "y": rows["share"],
        "marker": {"color": [look.accent if a else look.context for a in accented], "cornerradius": 3},
        "text": [percent(s, 0) if s >= 0.005 else "" for s in rows["share"]],
        "textposition": "outside",
        "textfont": {"color": look.text, "size": 12},
        "cliponaxis": False,
        "hovertext": [
            f"<b>{r['label']} {unit}</b><br>{r['orders']:,.0f} orders, {percent(r['share'])}"
            + ("" if pd.isna(r["previous"]) else f"<br>period before: {percent(r['previous'])}")
            for r in rows.to_dict("records")
        ],
        "hoverinfo": "text",
    }
    return lean_figure(
        bars,
        height=height,
        bargap=0.3,
        xaxis={"type": "category", "title": {"text": unit, "font": {"size": 12}}},
        yaxis={"visible": False, "range": [0, rows["share"].max() * 1.18]},
    )


def _with_gathered_tail(counts: pd.DataFrame, most: int = 15) -> pd.DataFrame:
    rows = counts.assign(label=counts["value"].astype(str))
    if len(rows) <= most:
        return rows
    tail = rows.iloc[most - 1 :]
    gathered = tail.iloc[[0]].assign(
        label=f"{tail['value'].iloc[0]}+", **{c: tail[c].sum(min_count=1) for c in ("orders", "share", "previous")}
    )
    return pd.concat([rows.iloc[: most - 1], gathered], ignore_index=True)


def _label(row: dict, breakdown: Breakdown, shop: Shop) -> str:
    measured = metric(breakdown.metric)
    value = measured.format(row["value"], shop.currency)
    reference = row[breakdown.reference] if breakdown.reference else float("nan")
    return value if pd.isna(reference) else f"{value}  {measured.format_change(row['value'], reference)}"


def _short(member: str) -> str:
    return escaped(shortened(member, LONGEST_NAME))
