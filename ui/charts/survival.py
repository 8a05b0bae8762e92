"""Charts of coming back: curves with their numbers at risk, hazard ratios, and the chance after a silence."""

import numpy as np
import pandas as pd

from analytics.diagnostic.churn_factors import ChurnFactors
from analytics.diagnostic.gaps import FACTORS
from analytics.diagnostic.lapse import LapsePoint
from analytics.diagnostic.survival import ReturnCurves
from analytics.formats import percent
from ui.charts.look import Figure, Look, above, current_look, escaped, lean_figure, lean_y_axis
from ui.charts.marks import SHADE, band, level, shortened, upright
from ui.charts.remembered import remembered

MOST_POINTS = 150
"""Days drawn of a curve: more cannot be told apart."""
ROW_AT_RISK = 17
"""Pixels of a row of numbers below the curves."""
TICKS = (0, 30, 60, 90, 120, 180, 240, 300, 365, 450, 540, 630, 730)
MOST_TICKS = 5
LONGEST_NAME = 26
ROW_HEIGHT, FRAME_HEIGHT = 19, 62
STEPS = {"width": 0, "shape": "hv"}
"""A range that goes down by steps, as its curve does."""


@remembered
def return_lines(curves: ReturnCurves, height: int = 330) -> Figure:
    """The share not yet back over the days since the order, with 95 % bands, and below it how many are looked at."""
    look, names = current_look(), list(curves.members["member"])
    colours = {name: look.members[i % len(look.members)] for i, name in enumerate(names)}
    drawn = {name: curves.curves[curves.curves["member"] == name] for name in names}
    traces = [t for name, rows in drawn.items() for t in _band(_thinned(rows), name, colours[name], look)]
    traces += [_line(_thinned(rows), name, colours[name]) for name, rows in drawn.items()]
    longest = int(curves.curves["days"].max())
    ticks = _ticks(curves.from_day, longest)
    traces += [_at_risk(rows, ticks, len(names) - 1 - i, colours[n]) for i, (n, rows) in enumerate(drawn.items())]
    below = ROW_AT_RISK * (len(names) + 1)
    height = height + below + ROW_AT_RISK * len(names)
    share = below / (height - 40 - ROW_AT_RISK * len(names))
    said = [f'<span style="color:{colours[n]}"><b>━ {escaped(shortened(n, LONGEST_NAME))}</b></span>' for n in names]
    return lean_figure(
        *traces,
        height=height,
        top=10 + 16 * len(names),
        hovermode="closest",
        xaxis={
            "title": {"text": "days since the order", "font": {"size": 12}},
            "tickvals": ticks,
            "range": [curves.from_day - 0.04 * longest, longest * 1.03],
            "anchor": "y2",
        },
        yaxis={"tickformat": ".0%", "range": [0, 1.01], "domain": [share, 1.0]},
        yaxis2=lean_y_axis({"domain": [0, share * 0.86], "visible": False, "range": [-0.6, len(names) + 0.4]}),
        annotations=[
            above("<br>".join(said)),
            {
                "text": "orders still looked at",
                "x": 0,
                "y": len(names),
                "xref": "paper",
                "yref": "y2",
                "xanchor": "left",
                "yanchor": "middle",
                "showarrow": False,
                "font": {"size": 11, "color": look.muted},
            },
        ],
    )


@remembered
def hazard_ratio_dots(factors: ChurnFactors) -> Figure:
    """A dot with its 95 % range for every level, on a log scale around 1; factors with their reference as headings."""
    look, rows = current_look(), _rows_of(factors)
    compared = [row for row in rows if row["level"]]
    colours = [_colour(row, look) for row in compared]
    dots = {
        "type": "scatter",
        "x": [row["ratio"] for row in compared],
        "y": [row["place"] for row in compared],
        "mode": "markers",
        "marker": {"color": colours, "size": 9},
        "text": [_ratio_text(row, factors) for row in compared],
        "hoverinfo": "text",
        "name": "ratio",
    }
    ranges = [
        {
            "type": "scatter",
            "x": [row["ratio_low"], row["ratio_high"]],
            "y": [row["place"]] * 2,
            "mode": "lines",
            "line": {"color": colour, "width": 2},
            "hoverinfo": "skip",
            "name": "range",
        }
        for row, colour in zip(compared, colours, strict=True)
    ]
    low = min([row["ratio_low"] for row in compared], default=0.5)
    high = max([row["ratio_high"] for row in compared], default=2.0)
    ticks = [t for t in (0.1, 0.2, 0.33, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10) if low * 0.8 <= t <= high * 1.25]
    return lean_figure(
        *ranges,
        dots,
        height=FRAME_HEIGHT + ROW_HEIGHT * len(rows),
        top=24,
        hovermode="closest",
        shapes=[upright(1.0, look.muted, dash="solid")],
        annotations=[
            above(f'<span style="color:{look.bad}">◀ later</span>'),
            above(f'<span style="color:{look.good}">sooner ▶</span>', x=1.0, anchor="right"),
            *(_head(row) for row in rows if not row["level"]),
        ],
        xaxis={
            "type": "log",
            "title": {"text": "hazard ratio", "font": {"size": 12}},
            "tickvals": ticks,
            "ticktext": [f"{t:g}" for t in ticks],
            "range": [np.log10(min(low * 0.92, 0.9)), np.log10(max(high * 1.08, 1.1))],
            "showgrid": True,
            "gridcolor": look.grid,
        },
        yaxis={
            "showgrid": False,
            "range": [len(rows) - 0.4, -0.6],
            "tickvals": [row["place"] for row in compared],
            "ticktext": [escaped(shortened(row["level"], LONGEST_NAME)) for row in compared],
            "tickfont": {"color": look.text, "size": 12},
            "nticks": len(rows) + 1,
        },
    )


@remembered
def lapse_line(point: LapsePoint, height: int = 300) -> Figure:
    """The chance to come back by days of silence, with the lapse point and the setting in force marked."""
    look, rows = current_look(), _thinned(point.chances)
    line = {
        "type": "scatter",
        "x": rows["days"],
        "y": rows["chance"],
        "mode": "lines",
        "line": {"color": look.accent, "width": 2.4},
        "text": [
            f"<b>{r.days} days</b> of silence<br>{percent(r.chance)} come back within {point.ahead} days<br>"
            f"({percent(r.chance_low)} to {percent(r.chance_high)})"
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": "chance",
    }
    shapes = [level(point.unlikely, look.context)]
    said = []
    if point.days is not None:
        shapes.append(upright(point.days, look.accent, dash="solid"))
        said.append(f'<span style="color:{look.accent}"><b>│ unlikely from day {point.days}</b></span>')
    if point.setting <= rows["days"].max():
        shapes.append(upright(point.setting, look.text))
        said.append(f'<span style="color:{look.text}">┊ set as churned: day {point.setting}</span>')
    return lean_figure(
        *band(rows["days"], rows["chance_low"], rows["chance_high"], line=STEPS),
        line,
        height=height,
        top=10 + 16 * len(said),
        hovermode="closest",
        shapes=shapes,
        annotations=[above("<br>".join(said))] if said else [],
        xaxis={"title": {"text": "days of silence", "font": {"size": 12}}, "rangemode": "tozero"},
        yaxis={"tickformat": ".0%", "range": [0, 1.01]},
    )


def _thinned(rows: pd.DataFrame) -> pd.DataFrame:
    if len(rows) <= MOST_POINTS:
        return rows
    return rows.iloc[np.unique(np.linspace(0, len(rows) - 1, MOST_POINTS).astype(int))]


def _band(rows: pd.DataFrame, name: str, colour: str, look: Look) -> list[dict]:
    rows = rows.dropna(subset=["away_low", "away_high"])
    if rows.empty:
        return []
    return band(rows["days"], rows["away_low"], rows["away_high"], look.faded(colour, SHADE), line=STEPS)


def _line(rows: pd.DataFrame, name: str, colour: str) -> dict:
    return {
        "type": "scatter",
        "x": rows["days"],
        "y": rows["away"],
        "mode": "lines",
        "line": {"color": colour, "width": 2.2, "shape": "hv"},
        "text": [
            f"<b>{escaped(name)}</b>, day {r.days}<br>{percent(r.away)} not back yet"
            + (f" ({percent(r.away_low)} to {percent(r.away_high)})" if r.away_low == r.away_low else "")
            + f"<br>{r.at_risk:,.0f} looked at"
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": escaped(name),
    }


def _at_risk(rows: pd.DataFrame, ticks: list[int], row: int, colour: str) -> dict:
    numbers = rows.set_index("days")["at_risk"]
    shown = [day for day in ticks if day in numbers.index]
    return {
        "type": "scatter",
        "x": shown,
        "y": [row] * len(shown),
        "yaxis": "y2",
        "mode": "text",
        "text": [f"{numbers[day]:,.0f}" for day in shown],
        "textfont": {"color": colour, "size": 11},
        "hoverinfo": "skip",
        "name": "at risk",
    }


def _ticks(first: int, longest: int) -> list[int]:
    inside = [day for day in TICKS if first + longest / 10 < day <= longest] or [longest]
    step = -(-len(inside) // MOST_TICKS)
    return [first, *inside[::-1][::step][::-1]]


def _rows_of(factors: ChurnFactors) -> list[dict]:
    """A row per factor that names its reference, then one per level."""
    rows: list[dict] = []
    for factor, levels in factors.levels.groupby("factor", sort=False):
        reference = levels.loc[levels["reference"], "level"].iloc[0]
        rows.append({"level": "", "head": f"{FACTORS[factor]}, against {shortened(_plainly(reference), LONGEST_NAME)}"})
        rows += levels[~levels["reference"]].to_dict("records")
    return [row | {"place": place} for place, row in enumerate(rows)]


def _plainly(level: str) -> str:
    """Without what is explained in brackets."""
    return level.partition(" (")[0]


def _head(row: dict) -> dict:
    """Across the plot, where no dot is in the way and names of levels need no room for it."""
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": row["place"], "yanchor": "middle", "showarrow": False}
    return place | {"text": f"<b>{escaped(row['head'])}</b>", "font": {"color": current_look().text, "size": 11.5}}


def _colour(row: dict, look: Look) -> str:
    if not row["beyond_chance"]:
        return look.context
    return look.good if row["ratio"] > 1 else look.bad


def _ratio_text(row: dict, factors: ChurnFactors) -> str:
    said = (
        f"<b>{escaped(row['level'])}</b><br>hazard ratio {row['ratio']:.2f} "
        f"({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
        f"<br>{row['returned']:,} of {row['gaps']:,} gaps ended"
    )
    if row["early"] == row["early"] and row["late"] == row["late"]:
        said += f"<br>{row['early']:.2f} up to day {factors.split_day}, {row['late']:.2f} after"
    return said + ("" if row["beyond_chance"] else "<br>within chance")
