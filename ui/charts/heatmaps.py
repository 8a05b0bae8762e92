"""Tables as tints."""

from collections.abc import Container
from datetime import date

import pandas as pd

from analytics.metrics import metric
from analytics.shop import Shop
from ui.charts.look import Figure, current_look, lean_figure
from ui.charts.remembered import remembered


@remembered
def weekday_month_heatmap(
    values: pd.DataFrame, key: str, shop: Shop, cut: Container[date] = (), height: int = 300
) -> Figure:
    """Weekdays down, months across, darker is more; every month has its tick.

    Tints of what adds up begin at nothing, so that a closed day is the lightest; a loss is lighter still.

    Parameters
    ----------
    values : rows weekday, columns month starts; see ``weekday_by_month``.
    cut : the first days of months that are only partly there; they carry a mark.
    """
    look, measured = current_look(), metric(key)
    lowest, highest = _ends(values, adds_up=measured.adds_up)
    months = [f"{month:%b %y}{_mark(month, cut)}" for month in values]
    tints = {
        "type": "heatmap",
        "z": values.to_numpy(),
        "x": list(range(values.shape[1])),
        "y": list(values.index),
        "colorscale": [[0, look.faded(look.accent, 0.06)], [1, look.accent]],
        "zmin": lowest,
        "zmax": highest,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertext": [
            [
                f"<b>{day}, {month:%b %Y}{' (in part)' if _mark(month, cut) else ''}</b>"
                f"<br>{measured.format(v, shop.currency)} a day"
                for month, v in row.items()
            ]
            for day, row in values.iterrows()
        ],
        "hoverinfo": "text",
    }
    ticks = {"tickvals": list(range(len(months))), "ticktext": months, "tickangle": -90, "tickfont": {"size": 11}}
    return lean_figure(
        tints, height=height, xaxis=ticks, yaxis={"autorange": "reversed", "showgrid": False, "nticks": 7}
    )


def _mark(month: pd.Timestamp, cut: Container[date]) -> str:
    return "*" if month.date() in cut else ""


def _ends(values: pd.DataFrame, adds_up: bool) -> tuple[float, float]:
    """The values with the lightest and the darkest tint."""
    low, high = values.min().min(), values.max().max()
    if pd.isna(low):
        return 0.0, 1.0
    low = min(low, 0.0) if adds_up else low
    return (low, high) if high > low else (low, low + 1.0)
