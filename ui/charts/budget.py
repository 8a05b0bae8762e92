"""Charts of a marketing budget: what spend on each channel brings, where it stands and where it is to stand."""

import pandas as pd

from analytics.formats import currency_symbol, money
from analytics.prescriptive.budget_next import BudgetCurves
from analytics.shop import Shop
from ui.charts.look import Figure, above, axis_prefix, current_look, escaped, lean_figure, lean_x_axis, lean_y_axis
from ui.charts.marks import SHADE, band, shortened
from ui.charts.remembered import remembered

PANEL_HEIGHT, ROOM_FOR_A_NAME, TOP, BOTTOM = 132, 44, 44, 26
BETWEEN = 0.17
"""Share of the width between two panels side by side, for the amounts beside the axis."""
LONGEST_NAME = 22


@remembered
def response_panels(curves: BudgetCurves, shop: Shop) -> Figure:
    """A small plot per channel: margin by spend with its band, the present amount and the proposed one."""
    names = curves.marks["channel"].tolist()
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    inner = rows * (PANEL_HEIGHT + ROOM_FOR_A_NAME)
    unit = axis_prefix("money", currency_symbol(shop.currency))
    traces, axes, labels = [], {}, []
    for n, name in enumerate(names):
        place = "" if n == 0 else str(n + 1)
        across = {"domain": _column(n % columns, columns), "anchor": f"y{place}", "rangemode": "tozero"}
        across |= {"nticks": 3, "tickangle": 0}
        up = {"domain": _row(n // columns, rows, inner), "anchor": f"x{place}", "nticks": 4, "rangemode": "tozero"}
        axes[f"xaxis{place}"] = unit | across
        axes[f"yaxis{place}"] = unit | up
        traces += _panel(curves, name, shop, place)
        labels.append(_name(curves, name, place))
    look = current_look()
    key = above(
        f'<span style="color:{look.context}">● at present</span>   '
        f'<span style="color:{look.accent}">◆ as proposed</span>'
        f'<br>Margin by spend, a month; <span style="color:{look.accent}">┈ never spent so far</span>'
    )
    first = {"xaxis": axes.pop("xaxis"), "yaxis": axes.pop("yaxis")}
    others = {n: (lean_x_axis if n.startswith("x") else lean_y_axis)(axis) for n, axis in axes.items()}
    return lean_figure(
        *traces,
        height=inner + TOP + BOTTOM,
        top=TOP,
        hovermode="closest",
        annotations=[*labels, key],
        **first,
        **others,
    )


def _panel(curves: BudgetCurves, name: str, shop: Shop, place: str) -> list[dict]:
    look = current_look()
    rows = curves.table[curves.table["channel"] == name]
    mark = curves.marks[curves.marks["channel"] == name].iloc[0]
    axes = {"type": "scatter", "xaxis": f"x{place}", "yaxis": f"y{place}"}
    colour = look.accent if mark["told"] else look.context
    line = axes | {
        "x": rows["spend"],
        "mode": "lines",
        "hovertext": [
            f"<b>{escaped(name)}</b><br>{money(r.spend, shop.currency)} a month brings {money(r.margin, shop.currency)}"
            f"<br>({money(r.low, shop.currency)} to {money(r.high, shop.currency)})"
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
    }
    seen = rows["margin"].where(rows["seen"])
    return [
        *band(rows["spend"], rows["low"], rows["high"], look.faded(colour, SHADE), **axes),
        line | {"y": rows["margin"], "line": {"color": colour, "width": 1.4, "dash": "dot"}, "name": "curve"},
        line | {"y": seen, "line": {"color": colour, "width": 2.4}, "name": "seen"},
        *(_dot(rows, mark[key], axes, key, shop) for key in ("present", "proposed")),
    ]


def _dot(rows: pd.DataFrame, spend: float, axes: dict, key: str, shop: Shop) -> dict:
    """Where a channel stands or is to stand, on its curve."""
    look = current_look()
    after = int(rows["spend"].searchsorted(spend).clip(1, len(rows) - 1))
    (low, high), (below, over) = (rows[c].iloc[[after - 1, after]] for c in ("spend", "margin"))
    height = below + (over - below) * (spend - low) / (high - low)
    symbol, colour, size = {"present": ("circle", look.context, 9), "proposed": ("diamond", look.accent, 11)}[key]
    said = {"present": "at present", "proposed": "as proposed"}[key]
    return axes | {
        "x": [spend],
        "y": [height],
        "mode": "markers",
        "marker": {
            "symbol": symbol,
            "color": colour,
            "size": size,
            "line": {"color": look.surface, "width": 1.5},
        },
        "hovertext": f"{money(spend, shop.currency)} a month {said}<br>brings {money(height, shop.currency)}",
        "hoverinfo": "text",
        "name": said,
        "cliponaxis": False,
    }


def _name(curves: BudgetCurves, name: str, place: str) -> dict:
    told = bool(curves.marks.loc[curves.marks["channel"] == name, "told"].iloc[0])
    short = escaped(shortened(name, LONGEST_NAME))
    where = {"xref": f"x{place} domain", "yref": f"y{place} domain", "x": 0, "y": 1}
    return where | {
        "text": f"<b>{short}</b>" + ("" if told else ", cannot tell"),
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12, "color": current_look().text},
    }


def _column(position: int, columns: int) -> list[float]:
    wide = (1 - BETWEEN * (columns - 1)) / columns
    return [position * (wide + BETWEEN), position * (wide + BETWEEN) + wide]


def _row(position: int, rows: int, inner: int) -> list[float]:
    """From below to above, with room for the name above and for the amounts below the panel."""
    return [1 - (position + 1) / rows + (ROOM_FOR_A_NAME / 2 if position < rows - 1 else 0) / inner,
            1 - position / rows - ROOM_FOR_A_NAME / 2 / inner]  # fmt: skip
