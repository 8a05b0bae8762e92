"""A daily figure with the day on which it moved to another level."""

import pandas as pd

from analytics.diagnostic.change_moment import Moment
from analytics.formats import currency_symbol
from analytics.metrics import metric
from analytics.shop import Shop
from ui.charts.days import event_shades, time_axis
from ui.charts.look import Figure, axis_prefix, current_look, lean_figure
from ui.charts.remembered import remembered

DAY = pd.Timedelta(days=1)


@remembered
def moment_lines(moment: Moment, shop: Shop, events: pd.DataFrame | None = None, height: int = 300) -> Figure:
    """The days, what was to be expected of them, and the same without the change; its beginning is marked.

    Parameters
    ----------
    events : rows of ``start_date``, ``end_date``, ``label`` to shade behind the lines.
    """
    look, measured, days = current_look(), metric(moment.metric), moment.days
    told = [measured.format(value, shop.currency, exact=True) for value in days["value"]]
    usual = [measured.format(value, shop.currency) for value in days["usual"]]
    traces = [
        _line(days.index, days["value"], look.faded(look.accent, 0.45), 1.2, "day", told),
        _line(days.index, days["usual"], look.context, 1.6, "usual", usual, "dot"),
    ]
    buckets = pd.DataFrame({"start": days.index, "value": days["value"].to_numpy()})
    shapes, labels = event_shades(events, buckets, "day")
    if moment.since is not None:
        during = days["expected"].where(days["expected"] != days["usual"])
        texts = [measured.format(value, shop.currency) for value in during]
        traces.append(_line(days.index, during, look.accent, 2.6, "after the change", texts))
        since, low, high = (pd.Timestamp(day) for day in (moment.since, moment.low, moment.high))
        across = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
        shapes += [
            across
            | {"type": "rect", "x0": low - DAY / 2, "x1": high + DAY / 2, "layer": "below", "line": {"width": 0}}
            | {"fillcolor": look.text, "opacity": 0.08},
            across
            | {"type": "line", "x0": since - DAY / 2, "x1": since - DAY / 2}
            | {"line": {"color": look.text, "width": 1.2, "dash": "dash"}},
        ]
    range_mode = "normal" if measured.unit in ("score", "days") else "tozero"
    return lean_figure(
        *traces,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis=time_axis(buckets["start"], "day"),
        yaxis={"rangemode": range_mode} | axis_prefix(measured.unit, currency_symbol(shop.currency)),
        shapes=shapes,
        annotations=labels,
    )


def _line(
    days: pd.Index, values: pd.Series, colour: str, width: float, name: str, texts: list[str], dash: str = "solid"
) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "y": values,
        "line": {"color": colour, "width": width, "dash": dash},
        "text": texts,
        "hovertemplate": "%{text}",
        "name": name,
    }
