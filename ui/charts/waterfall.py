"""From one period's value to the other's, step by step, each with what chance alone does."""

import pandas as pd

from analytics.descriptive.headline import FALSE_DISCOVERIES
from analytics.formats import currency_symbol
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.look import Figure, Look, axis_prefix, current_look, escaped, lean_figure
from ui.charts.remembered import remembered

ROW_HEIGHT, FRAME_HEIGHT = 36, 48
ROOM = 0.08
"""Share of the range that stays free on either side."""


@remembered
def waterfall(key: str, before: float, now: float, steps: pd.DataFrame, shop: Shop) -> Figure:
    """Two values as marks, and between them the steps that lead from one to the other.

    The values are marks and not bars, because the axis begins where the steps are to be seen, not at zero. A step
    within chance is grey and marked ≈; what is beyond is coloured, and its sign is written.

    Parameters
    ----------
    steps : rows of ``step``, ``contribution``, ``noise`` and ``by_chance``, which add up to ``now`` − ``before``.
    """
    look, measured = current_look(), metric(key)
    ends = before + steps["contribution"].cumsum()
    starts = ends - steps["contribution"]
    sure = (steps["by_chance"] <= FALSE_DISCOVERIES).tolist()
    names = [*_names(steps, sure, measured, shop)]
    rows = ["Before", *names, "Now"]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "base": starts.tolist(),
        "x": steps["contribution"].tolist(),
        "marker": {"color": _colours(steps, sure, measured, look), "cornerradius": 2},
        "error_x": {"type": "data", "array": steps["noise"], "color": look.muted, "thickness": 1.1, "width": 3},
        "hovertext": _hovers(steps, measured, shop),
        "hoverinfo": "text",
    }
    ends_drawn = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [before, now],
        "y": ["Before", "Now"],
        "marker": {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": [look.context, look.accent]}},
        "text": [f" {measured.format(value, shop.currency)} " for value in (before, now)],
        "textposition": [_side(before, now), _side(now, before)],
        "textfont": {"color": look.text, "size": 12.5},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    within = [before, now, *(ends - steps["noise"].fillna(0)), *(ends + steps["noise"].fillna(0)), *starts]
    low, high = min(within), max(within)
    room = (high - low or abs(now) or 1) * ROOM
    return lean_figure(
        bars,
        ends_drawn,
        height=FRAME_HEIGHT + ROW_HEIGHT * len(rows),
        right=24,
        bargap=0.42,
        xaxis={"range": [low - room, high + room], "showgrid": True, "gridcolor": look.grid, "nticks": 5}
        | axis_prefix(measured.unit, currency_symbol(shop.currency)),
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": rows[::-1],
            "showgrid": False,
            "tickfont": {"color": look.text},
            "nticks": len(rows) + 1,
        },
    )


def _names(steps: pd.DataFrame, sure: list[bool], measured: Metric, shop: Shop) -> list[str]:
    named = []
    for row, beyond in zip(steps.to_dict("records"), sure, strict=True):
        amount = measured.format_difference(row["contribution"], shop.currency)
        named.append(f"{escaped(row['step'])}<br>{amount if beyond else f'≈ {amount}'}")
    return named


def _hovers(steps: pd.DataFrame, measured: Metric, shop: Shop) -> list[str]:
    hovers = []
    for row in steps.to_dict("records"):
        amount = measured.format_difference(row["contribution"], shop.currency)
        chance = "" if pd.isna(row["noise"]) else f"<br>chance: ± {measured.format(row['noise'], shop.currency)}"
        hovers.append(f"<b>{escaped(row['step'])}</b><br>{amount} of the change{chance}")
    return hovers


def _colours(steps: pd.DataFrame, sure: list[bool], measured: Metric, look: Look) -> list[str]:
    return [
        look.context if not beyond else look.good if measured.favourable(change) else look.bad
        for change, beyond in zip(steps["contribution"], sure, strict=True)
    ]


def _side(value: float, other: float) -> str:
    return "middle left" if value > other else "middle right"
