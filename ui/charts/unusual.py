"""The course of a daily series with its usual range and the days out of it, and a matrix of correlations."""

import numpy as np
import pandas as pd

from analytics.diagnostic.correlations import Correlations
from analytics.diagnostic.unusual_days import Series, UnusualDays
from analytics.diagnostic.unusual_view import course_table, how_unusual
from analytics.filters import Filters
from analytics.formats import MINUS, MISSING, currency_symbol
from analytics.metrics import Metric, metric
from analytics.shop import Shop
from ui.charts.days import event_shades, time_axis
from ui.charts.look import Figure, Look, above, axis_prefix, current_look, lean_figure
from ui.charts.marks import band
from ui.charts.remembered import remembered

CELL = 62


@remembered
def unusual_course(
    one: Series, found: UnusualDays, filters: Filters, shop: Shop, events: pd.DataFrame, height: int = 300
) -> Figure:
    """The days of a series: the range in which 95 of 100 lie, what was usual, what was, and what was out of it."""
    look, measured, rows = current_look(), metric(one.metric), course_table(one, found, filters)
    at, value = rows["date"], rows["value"]
    told = rows[rows["low"].notna() & rows["high"].notna()]  # over a gap, what is shaded would fold over
    unusual = rows["unusual"]
    traces = [
        *band(told["date"], told["low"], told["high"], look.faded(look.accent, 0.13)),
        _line(at, rows["expected"], look.context, 1.4, "usual", "dot"),
        _line(at, value, look.accent, 1.6, "value") | _told(rows, measured, shop),
        unusual_marks(at[unusual], value[unusual], look) | {"hoverinfo": "skip"},
    ]
    buckets = pd.DataFrame({"start": at, "value": value})
    shapes, labels = event_shades(events, buckets, "day")
    return lean_figure(
        *traces,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis=time_axis(at, "day"),
        yaxis={"rangemode": "normal" if measured.unit in ("score", "days") else "tozero"}
        | axis_prefix(measured.unit, currency_symbol(shop.currency)),
        shapes=shapes,
        annotations=[_names(look), *labels],
    )


def unusual_marks(at: pd.Series, values: pd.Series, look: Look) -> dict:
    """A diamond on each unusual day."""
    marker = {"color": look.bad, "size": 9, "symbol": "diamond", "line": {"color": look.surface, "width": 1}}
    return {"type": "scatter", "x": at, "y": values, "mode": "markers", "marker": marker, "name": "unusual"}


@remembered
def correlation_matrix(found: Correlations) -> Figure:
    """Each pair once, below the diagonal: its correlation with stars, blue together and red against each other."""
    look, names = current_look(), list(found.names)
    pairs = {frozenset((row["first"], row["second"])): row for row in found.pairs.to_dict("records")}
    rows, columns = names[1:], names[:-1]
    values, texts, hovers = (np.full((len(rows), len(columns)), fill, dtype=object) for fill in (None, "", ""))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns[: i + 1]):
            pair = pairs[frozenset((row, column))]
            values[i, j], texts[i, j] = _cell(pair)
            hovers[i, j] = _hover(pair, row, column)
    colours = [[0, look.faded(look.bad, 0.75)], [0.5, look.surface], [1, look.faded(look.accent, 0.75)]]
    cells = {
        "type": "heatmap",
        "x": [name.replace(" ", "<br>") for name in columns],
        "y": rows,
        "z": values.tolist(),
        "text": texts.tolist(),
        "texttemplate": "%{text}",
        "textfont": {"color": look.text},
        "customdata": hovers.tolist(),
        "hovertemplate": "%{customdata}<extra></extra>",
        "colorscale": colours,
        "zmin": -1,
        "zmax": 1,
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "hoverongaps": False,
    }
    return lean_figure(
        cells,
        height=96 + CELL * max(len(rows), 2),
        xaxis={"type": "category", "tickfont": {"color": look.text}, "linecolor": "rgba(0,0,0,0)", "tickangle": 0},
        yaxis={"type": "category", "tickfont": {"color": look.text}, "showgrid": False, "autorange": "reversed"},
    )


def _cell(pair: dict) -> tuple[float | None, str]:
    if pd.isna(pair["correlation"]):
        return None, "–"
    return pair["correlation"], f"{_two(pair['correlation'])}{pair['stars']}"


def _hover(pair: dict, row: str, column: str) -> str:
    if pd.isna(pair["correlation"]):
        return f"{row} and {column}: too few pairs ({pair['n']:,.0f})"
    said = (
        f"<b>{row} and {column}</b><br>{_two(pair['correlation'])} (95 %: {_two(pair['low'])} to {_two(pair['high'])})"
    )
    plain = "" if pd.isna(pair["plain"]) else f"<br>as they are: {_two(pair['plain'])}"
    return f"{said}<br>{pair['n']:,.0f} pairs{plain}"


def _two(value: float) -> str:
    return MISSING if pd.isna(value) else f"{round(value, 2) + 0.0:.2f}".replace("-", MINUS)


def _told(rows: pd.DataFrame, measured: Metric, shop: Shop) -> dict:
    texts = []
    for row in rows.to_dict("records"):
        exact = measured.unit == "count"
        was = measured.format(row["value"], shop.currency, exact=exact)
        said = f"{was}, usually {measured.format(row['expected'], shop.currency, exact=exact)}"
        if row["unusual"]:
            said = f"<b>{said}</b>: {how_unusual(row['value'], row['expected'], row['errors'])}"
        texts.append(said)
    return {"text": texts, "hovertemplate": "%{text}<extra></extra>", "hoverinfo": "text"}


def _line(at: pd.Series, values: pd.Series, colour: str, width: float, name: str, dash: str = "solid") -> dict:
    line = {"color": colour, "width": width, "dash": dash}
    mode = "lines" if len(at) > 1 else "markers"
    return {"type": "scatter", "x": at, "y": values, "mode": mode, "line": line, "name": name, "hoverinfo": "skip"}


def _names(look: Look) -> dict:
    said = [
        f'<span style="color:{look.accent}"><b>━ day</b></span>',
        "┈ usual",
        "▒ 95 of 100 days",
        f'<span style="color:{look.bad}">◆ unusual</span>',
    ]
    return above(*said)
