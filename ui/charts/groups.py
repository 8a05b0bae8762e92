"""Charts of compared groups: each with its interval, and the difference beside zero."""

import numpy as np

from analytics.diagnostic.group_comparison import GroupComparison, amount
from analytics.diagnostic.member_comparison import MemberComparison
from analytics.formats import currency_symbol, signed
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.look import Figure, Look, axis_prefix, current_look, escaped, lean_figure, lean_x_axis, lean_y_axis
from ui.charts.marks import shortened
from ui.charts.remembered import remembered

LONGEST_NAME = 24
ROW_HEIGHT, FRAME_HEIGHT = 34, 70


@remembered
def group_dots(compared: GroupComparison, shop: Shop, height: int = 300) -> Figure:
    """Above, both groups with their 95 % intervals; below, their difference beside zero and what would be seen."""
    look, measured = current_look(), metric(compared.key)
    rows = compared.groups.to_dict("records")
    names = [escaped(shortened(row["group"], LONGEST_NAME)) for row in rows]
    above = [_interval(row["value_low"], row["value_high"], place, look.context, "y") for place, row in enumerate(rows)]
    values = _dots(
        [row["value"] for row in rows],
        [0, 1],
        [look.accent, look.context],
        [
            f"<b>{escaped(row['group'])}</b><br>{measured.format(row['value'], shop.currency, exact=True)}"
            f"<br>{_between(row['value_low'], row['value_high'], measured, shop)}"
            f"<br>{row['orders']:,} orders, {row['customers']:,} customers looked at"
            for row in rows
        ],
        [measured.format(row["value"], shop.currency) for row in rows],
        look.text,
    )
    colour = _colour(compared.difference, compared.beyond_chance, measured, look)
    below = _interval(compared.low, compared.high, 0, colour, "y2") | {"xaxis": "x2"}
    text = signed(amount(measured, compared.difference, shop))
    difference = _dots(
        [compared.difference],
        [0],
        [colour],
        [
            f"<b>Difference</b> {text}<br>({amount(measured, compared.low, shop)} to "
            f"{amount(measured, compared.high, shop)})"
        ],
        [text],
        look.text,
    ) | {"xaxis": "x2", "yaxis": "y2"}
    reach = max(abs(compared.low), abs(compared.high), compared.detectable) * 1.12
    unit = axis_prefix(measured.unit, currency_symbol(shop.currency)) | {"nticks": 5, "showgrid": True}
    unit |= {"gridcolor": look.grid}
    low = min(row["value_low"] for row in rows)
    high = max(row["value_high"] for row in rows)
    room = (high - low) * 0.14 or 1.0
    return lean_figure(
        *above,
        values,
        below,
        difference,
        height=height,
        top=14,
        hovermode="closest",
        shapes=[_unseen(compared.detectable, look), _zero(look)],
        annotations=[
            _note("pale: differences that would not surely be seen", look),
        ],
        xaxis=unit | {"range": [low - room, high + room]},
        yaxis=_named(names) | {"domain": [0.56, 1.0]},
        xaxis2=lean_x_axis(unit | {"range": [-reach, reach], "anchor": "y2"}),
        yaxis2=lean_y_axis(_named(["Difference"]) | {"domain": [0.0, 0.3], "range": [0.75, -0.75]}),
    )


@remembered
def member_differences(compared: MemberComparison, shop: Shop) -> Figure:
    """The difference of each member from all others, with its 95 % interval; grey is within chance."""
    look, measured = current_look(), metric(compared.key)
    rows = compared.members.sort_values("difference", ascending=False).to_dict("records")
    colours = [_colour(row["difference"], row["beyond_chance"], measured, look) for row in rows]
    ranges = [
        _interval(row["difference_low"], row["difference_high"], place, colour, "y")
        for place, (row, colour) in enumerate(zip(rows, colours, strict=True))
    ]
    dots = _dots(
        [row["difference"] for row in rows],
        list(range(len(rows))),
        colours,
        [
            f"<b>{escaped(row['member'])}</b>: {measured.format(row['value'], shop.currency)}, all others "
            f"{measured.format(row['others'], shop.currency)}<br>{signed(amount(measured, row['difference'], shop))} "
            f"({amount(measured, row['difference_low'], shop)} to {amount(measured, row['difference_high'], shop)})"
            + ("" if row["beyond_chance"] else "<br>within chance")
            for row in rows
        ],
        [signed(amount(measured, row["difference"], shop)) for row in rows],
        look.text,
    )
    ends = np.array([[row["difference_low"], row["difference_high"]] for row in rows])
    room = (max(ends.max(), 0) - min(ends.min(), 0)) * 0.08 or 1.0
    return lean_figure(
        *ranges,
        dots,
        height=FRAME_HEIGHT + ROW_HEIGHT * len(rows),
        top=10,
        hovermode="closest",
        shapes=[_zero(look, "x")],
        xaxis=axis_prefix(measured.unit, currency_symbol(shop.currency))
        | {
            "range": [min(ends.min(), 0) - room, max(ends.max(), 0) + room],
            "showgrid": True,
            "gridcolor": look.grid,
            "nticks": 5,
            "title": {"text": "difference from all others", "font": {"size": 12}},
        },
        yaxis=_named([escaped(shortened(row["member"], LONGEST_NAME)) for row in rows]),
    )


def _between(low: float, high: float, measured: Metric, shop: Shop) -> str:
    return f"{measured.format(low, shop.currency)} to {measured.format(high, shop.currency)} in 95 of 100 cases"


def _interval(low: float, high: float, place: int, colour: str, axis: str) -> dict:
    return {
        "type": "scatter",
        "x": [low, high],
        "y": [place, place],
        "yaxis": axis,
        "mode": "lines",
        "line": {"color": colour, "width": 3},
        "hoverinfo": "skip",
        "name": "interval",
    }


def _dots(x: list, y: list, colours: list[str], said: list[str], labels: list[str], text: str) -> dict:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers+text",
        "marker": {"color": colours, "size": 11},
        "text": labels,
        "textposition": "top center",
        "textfont": {"color": text, "size": 12},
        "hovertext": said,
        "hoverinfo": "text",
        "cliponaxis": False,
        "name": "value",
    }


def _named(names: list[str]) -> dict:
    look = current_look()
    return {
        "showgrid": False,
        "range": [len(names) - 0.4, -0.75],
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "tickfont": {"color": look.text},
        "nticks": len(names) + 1,
    }


def _colour(difference: float, beyond: bool, measured: Metric, look: Look) -> str:
    good = measured.favourable(difference)
    if not beyond or good is None:
        return look.context
    return look.good if good else look.bad


def _zero(look: Look, axis: str = "x2") -> dict:
    line = {"color": look.muted, "width": 1.4}
    below = {"y0": 0, "y1": 0.3 if axis == "x2" else 1, "yref": "paper", "xref": axis}
    return {"type": "line", "x0": 0, "x1": 0, "line": line, "layer": "below"} | below


def _unseen(detectable: float, look: Look) -> dict:
    place = {"x0": -detectable, "x1": detectable, "y0": 0, "y1": 0.3, "yref": "paper", "xref": "x2"}
    return {"type": "rect", "fillcolor": look.grid, "line": {"width": 0}, "layer": "below"} | place


def _note(text: str, look: Look) -> dict:
    place = {"x": 1, "y": 0.32, "xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "font": {"size": 11, "color": look.muted}}
