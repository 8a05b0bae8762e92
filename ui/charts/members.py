"""Members of a dimension over time: all in one plot, or a small plot for each."""

import pandas as pd

from analytics.descriptive.member_trends import MemberTrends
from analytics.formats import currency_symbol
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.days import event_shades, time_axis
from ui.charts.lines import REFERENCE_NAMES
from ui.charts.look import Figure, axis_prefix, current_look, escaped, lean_figure, lean_x_axis, lean_y_axis
from ui.charts.marks import shortened
from ui.charts.remembered import remembered

MOST_LINES = 8
"""Members drawn; more lines, or panels, are not told apart at a glance."""
LONGEST_NAME = 22
DASHES = ("solid", "dash", "dot", "dashdot")
BETWEEN_COLUMNS = 0.05
"""Share of the width between two panels side by side."""
ROOM_FOR_A_NAME, TOP, BOTTOM = 21, 4, 30
PANEL_HEIGHTS = {1: 236, 2: 126, 3: 98}
"""Pixels of a panel by rows of panels; of more rows as of the most."""


def member_mark(member: str, dimension: str, shop: Shop) -> tuple[str, str]:
    """The colour and the dash of a member, the same on every page: by its place among all members of the shop."""
    place = shop.members[dimension].index(member) if member in shop.members.get(dimension, ()) else 0
    colours = current_look().members
    return colours[place % len(colours)], DASHES[place // len(colours) % len(DASHES)]


@remembered
def member_lines(
    trends: MemberTrends, shop: Shop, events: pd.DataFrame | None = None, shares: int = 0, height: int = 340
) -> Figure:
    """The biggest members in one plot; a press on a name in the legend takes its line away.

    Parameters
    ----------
    shares : 1 for each member's share of the total instead of the metric itself.
    """
    measured = metric(trends.metric)
    column = "share" if shares else "value"
    lines = [_line(trends, name, column, shop) for name in _drawn(trends)]
    cut = _partial(trends, _drawn(trends), column, measured, shop)
    shapes, labels = event_shades(events, _first(trends), trends.granularity)
    return lean_figure(
        *lines,
        *([cut] if cut else []),
        height=height,
        top=6,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}, "itemwidth": 30},
        hovermode="x unified",
        xaxis=time_axis(_first(trends)["start"], trends.granularity),
        yaxis=_value_axis(measured, shares, shop),
        shapes=shapes,
        annotations=labels,
    )


@remembered
def member_panels(trends: MemberTrends, shop: Shop, events: pd.DataFrame | None = None) -> Figure:
    """A small plot for each of the biggest members, all on the same axes, over the comparison.

    All are drawn on two axes across and one up for each row, so that a figure stays light.
    """
    names, measured = _drawn(trends), metric(trends.metric)
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    inner = rows * (PANEL_HEIGHTS.get(rows, PANEL_HEIGHTS[3]) + ROOM_FOR_A_NAME)
    places = {name: (_axis("x", n % columns), _axis("y", n // columns)) for n, name in enumerate(names)}
    starts = _first(trends)["start"]
    across = time_axis(starts, trends.granularity) | {"nticks": 4, "tickformat": _short_days(starts), "tickangle": 0}
    up = _value_axis(measured, 0, shop) | {"nticks": 4}
    axes = {
        f"xaxis{n + 1}": lean_x_axis(
            across | {"domain": _column(n, columns), "anchor": _axis("y", rows - 1), "matches": "x"}
        )
        for n in range(1, columns)
    } | {
        f"yaxis{n + 1}": lean_y_axis(up | {"domain": _row(n, rows, inner), "anchor": "x", "matches": "y"})
        for n in range(1, rows)
    }
    return lean_figure(
        *(trace for name in names for trace in _panel(trends, name, measured, shop, *places[name])),
        height=inner + TOP + BOTTOM,
        top=TOP,
        hovermode="x unified",
        xaxis=across | {"domain": _column(0, columns), "anchor": _axis("y", rows - 1)},
        yaxis=up | {"domain": _row(0, rows, inner), "anchor": "x"},
        shapes=_shaded(events, trends, columns),
        annotations=[_name(trends, name, shop, *places[name]) for name in names],
        **axes,
    )


def _drawn(trends: MemberTrends) -> list[str]:
    return trends.members["member"].head(MOST_LINES).tolist()


def _of(trends: MemberTrends, name: str) -> pd.DataFrame:
    return trends.buckets[trends.buckets["member"] == name]


def _first(trends: MemberTrends) -> pd.DataFrame:
    """The buckets of one member, where each has a value: its days are those of all."""
    return _of(trends, trends.members["member"].iloc[0]).fillna({"value": 0.0})


def _has_mean(trends: MemberTrends) -> bool:
    return trends.granularity == "day" and bool(trends.buckets["mean"].notna().any())


def _line(trends: MemberTrends, name: str, column: str, shop: Shop) -> dict:
    colour, dash = member_mark(name, trends.dimension, shop)
    rows, measured = _of(trends, name), metric(trends.metric)
    values = rows[f"{column}_mean" if column == "share" else "mean"] if _has_mean(trends) else rows[column]
    values = values.where(rows["complete"])
    return {
        "type": "scatter",
        "x": rows["start"],
        "y": values,
        "mode": "lines" if values.notna().sum() > 1 else "markers",
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"color": colour, "size": 8},
        "name": _short(name),
        "hovertemplate": _in_units(measured, column == "share", shop),
    }


def _panel(trends: MemberTrends, name: str, measured: Metric, shop: Shop, xaxis: str, yaxis: str) -> list[dict]:
    place = {"xaxis": xaxis, "yaxis": yaxis}
    traces = []
    if trends.reference_name:
        rows = _of(trends, name)
        earlier = rows["reference_mean"] if _has_mean(trends) else rows["reference"].where(rows["complete"])
        look = {"line": {"color": current_look().context, "width": 1.4, "dash": "dot"}, "mode": "lines"}
        said = {"name": REFERENCE_NAMES[trends.reference_name], "hovertemplate": _in_units(measured, False, shop)}
        traces.append({"type": "scatter", "x": rows["start"], "y": earlier} | look | said | place)
    line = _line(trends, name, "value", shop)
    traces.append(line | {"name": _mean_name(trends), "line": line["line"] | {"dash": "solid"}} | place)
    if cut := _partial(trends, [name], "value", measured, shop):
        traces.append(cut | place)
    return traces


def _partial(trends: MemberTrends, names: list[str], column: str, measured: Metric, shop: Shop) -> dict | None:
    """Buckets that the period or the calendar cuts: open circles, off the lines."""
    cut = trends.buckets[~trends.buckets["complete"] & trends.buckets["member"].isin(names)]
    if cut.empty:
        return None
    colours = [member_mark(name, trends.dimension, shop)[0] for name in cut["member"]]
    written = [
        f"{_short(name)}: {_written(value, column, measured, shop)} (partial)"
        for name, value in zip(cut["member"], cut[column], strict=True)
    ]
    return {
        "type": "scatter",
        "x": cut["start"],
        "y": cut[column],
        "mode": "markers",
        "marker": {"color": "rgba(0,0,0,0)", "size": 7, "line": {"color": colours, "width": 1.6}},
        "text": written,
        "hovertemplate": "%{text}<extra></extra>",
        "name": "partial",
        "showlegend": False,
    }


def _written(value: float, column: str, measured: Metric, shop: Shop) -> str:
    return f"{value:.1%}" if column == "share" else measured.format(value, shop.currency)


def _mean_name(trends: MemberTrends) -> str:
    return f"{trends.mean_days}-day mean" if _has_mean(trends) else trends.granularity


def _in_units(measured: Metric, share: bool, shop: Shop) -> str:
    """A template that writes the number itself, so that no text has to be sent for each point."""
    if share or measured.unit == "share":
        return "%{y:.1%}"
    if measured.unit == "money":
        return f"{currency_symbol(shop.currency)} %{{y:,.0f}}"
    return {"count": "%{y:,.0f}", "score": "%{y:.2f}", "days": "%{y:.1f} d"}[measured.unit]


def _value_axis(measured: Metric, shares: int, shop: Shop) -> dict:
    unit = "share" if shares else measured.unit
    mode = "normal" if unit in ("score", "days") else "tozero"
    return {"rangemode": mode} | axis_prefix(unit, currency_symbol(shop.currency))


def _axis(letter: str, position: int) -> str:
    """Plotly's name of an axis: x, x2, x3…"""
    return letter if position == 0 else f"{letter}{position + 1}"


def _column(position: int, columns: int) -> list[float]:
    wide = (1 - BETWEEN_COLUMNS * (columns - 1)) / columns
    return [position * (wide + BETWEEN_COLUMNS), position * (wide + BETWEEN_COLUMNS) + wide]


def _row(position: int, rows: int, inner: int) -> list[float]:
    """From below to above, with the name's room on top of the panel."""
    return [1 - (position + 1) / rows, 1 - position / rows - ROOM_FOR_A_NAME / inner]


def _short_days(starts: pd.Series) -> str:
    """Days as they fit under a narrow panel."""
    days = (starts.iloc[-1] - starts.iloc[0]).days
    return "%-d %b" if days <= 45 else "%b" if days <= 300 else "%b %y"


def _name(trends: MemberTrends, name: str, shop: Shop, xaxis: str, yaxis: str) -> dict:
    """Whose panel it is, in its colour."""
    mark = f'<span style="color:{member_mark(name, trends.dimension, shop)[0]}"><b>━</b></span>'
    place = {
        "xref": f"{xaxis} domain",
        "yref": f"{yaxis} domain",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
    }
    text = f"{mark} <b>{_short(name)}</b>"
    return place | {"text": text, "showarrow": False, "font": {"size": 12, "color": current_look().text}}


def _shaded(events: pd.DataFrame | None, trends: MemberTrends, columns: int) -> list[dict]:
    """Events behind each column of panels; their names would not fit, so they stand under the chart."""
    shapes, _ = event_shades(events, _first(trends), trends.granularity)
    return [shape | {"xref": _axis("x", n)} for shape in shapes for n in range(columns)]


def _short(member: str) -> str:
    return escaped(shortened(member, LONGEST_NAME))
