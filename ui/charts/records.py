"""What models said beside what came."""

import pandas as pd

from analytics import formats
from analytics.formats import currency_symbol
from analytics.metrics import metric
from analytics.predictive.forecast_record import BANDS, ForecastRecord
from analytics.predictive.score_record import ScoreRecord
from analytics.shop import Shop
from ui.charts.days import time_axis
from ui.charts.look import Figure, above, axis_prefix, current_look, lean_figure
from ui.charts.marks import band
from ui.charts.remembered import remembered

STRENGTH = {0.80: 0.22, 0.95: 0.12}


@remembered
def record_lines(record: ForecastRecord, key: str, shop: Shop, height: int = 280) -> Figure:
    """Each judged day: what came, what had been expected, and between which values it was said to lie.

    Parameters
    ----------
    key : the metric that was forecast.
    """
    look, measured, rows = current_look(), metric(key), record.days
    at = rows["day"]
    traces = []
    for promised, (low, high) in sorted(BANDS.items(), reverse=True):
        traces += band(at, rows[low], rows[high], look.faded(look.accent, STRENGTH[promised]))
    for name, colour, width, dash in (("expected", look.accent, 1.6, "dot"), ("actual", look.text, 1.8, "solid")):
        texts = [f"{name} {measured.format(v, shop.currency, exact=measured.unit == 'count')}" for v in rows[name]]
        line = {"color": colour, "width": width, "dash": dash}
        traces.append(
            {"type": "scatter", "x": at, "y": rows[name], "line": line, "name": name, "text": texts}
            | {"mode": "lines" if len(rows) > 1 else "markers", "hovertemplate": "%{text}"}
        )
    shaded = f'<span style="color:{look.faded(look.accent, 0.5)}">▮</span> 80 % and 95 % band'
    return lean_figure(
        *traces,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis=time_axis(at, "day"),
        yaxis={"rangemode": "tozero"} | axis_prefix(measured.unit, currency_symbol(shop.currency)),
        annotations=[above("━ what came", f'<span style="color:{look.accent}">┈ expected</span>', shaded)],
    )


@remembered
def said_and_seen(record: ScoreRecord, height: int = 280) -> Figure:
    """Per tenth of the customers by what was said: the share expected to stay away beside the share that did."""
    look, bins = current_look(), record.bins
    most = max(1e-9, float(pd.concat([bins["expected"], bins["actual"]]).max())) * 1.05
    texts = [
        f"{formats.percent(b.expected)} expected, {formats.percent(b.actual)} seen<br>{b.customers:,} customers"
        for b in bins.itertuples()
    ]
    equal = {"type": "scatter", "x": [0, most], "y": [0, most], "mode": "lines", "hoverinfo": "skip"}
    points = {"type": "scatter", "x": bins["expected"], "y": bins["actual"], "mode": "markers", "text": texts}
    points |= {"cliponaxis": False}
    axis = {"range": [0, most], "tickformat": ".0%", "showgrid": True, "gridcolor": look.grid}
    return lean_figure(
        equal | {"line": {"color": look.context, "width": 1.2, "dash": "dot"}, "name": "as said"},
        points | {"marker": {"color": look.accent, "size": 9}, "hovertemplate": "%{text}", "name": "tenths"},
        height=height,
        top=26,
        hovermode="closest",
        xaxis=axis | {"title": {"text": "share expected not to come back"}},
        yaxis=axis,
        annotations=[above("share that did not, by tenth", "┈ as said")],
    )
