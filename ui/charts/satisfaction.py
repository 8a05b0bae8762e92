"""Charts of the score: what moves it, how it goes with delivery days, and how closely."""

import pandas as pd

from analytics.chance import FALSE_DISCOVERIES
from analytics.diagnostic.day_costs import DayCosts
from analytics.diagnostic.dose_response import DoseResponse
from analytics.diagnostic.drivers import Drivers, LimitCheck, points
from analytics.diagnostic.rank_correlation import ScoreCorrelations
from analytics.formats import percent
from ui.charts.look import Figure, above, current_look, escaped, lean_figure
from ui.charts.marks import band, see_through, shortened
from ui.charts.remembered import remembered
from ui.charts.whiskers import Whisker, whisker_figure

BESIDE = 0.09
"""Days by which raw and adjusted points stand apart, so that neither hides the other."""
_SCALES = {
    "score": (1.0, 2, "points of the mean score"),
    "good": (100.0, 1, "pp of scores of 4–5"),
    "odds": (100.0, 0, "% change of the odds"),
}
"""Factor, decimals and name of what effects are drawn in."""


@remembered
def effect_whiskers(drivers: Drivers, measure: str) -> Figure:
    """Effects by factor, the strongest first; grey where chance alone does as much."""
    scale, places, unit = _SCALES[measure]
    rows = []
    for factor, effects in drivers.effects.groupby("factor", sort=False):
        reference = effects["reference"].iloc[0]
        is_delivery = effects["level"].iloc[0] == "one day later"
        rows.append(Whisker(factor if is_delivery else f"{factor}, against {shortened(reference, 14)}"))
        rows += [_effect(row, measure, scale, places) for row in effects.to_dict("records") if pd.notna(row[measure])]
    return whisker_figure(rows, {"title": {"text": unit, "font": {"size": 12}}})


def _effect(row: dict, measure: str, scale: float, places: int) -> Whisker:
    value, low, high = (row[c] * scale for c in (measure, f"{measure}_low", f"{measure}_high"))
    hover = (
        f"<b>{escaped(row['level'])}</b><br>{points(value, places)} ({points(low, places)} to {points(high, places)})"
        f"<br>{row['orders']:,} orders<br>by chance: {_odds(row['by_chance'])}"
    )
    strong = row["by_chance"] <= FALSE_DISCOVERIES
    return Whisker(row["level"], value, low, high, points(value, places), hover, strong)


@remembered
def limit_whiskers(check: LimitCheck) -> Figure:
    """The same effect at each limit of the score, and of all together."""
    rows = [Whisker(f"Odds, {check.subject}, of a score of")]
    for row in check.limits.to_dict("records"):
        value, low, high = (100 * row[c] for c in ("odds", "odds_low", "odds_high"))
        told = f"{points(value, 0)} %"
        hover = f"<b>{escaped(row['limit'])}</b><br>{points(value, 1)} % ({points(low, 1)} to {points(high, 1)})"
        rows.append(Whisker(row["limit"], value, low, high, told, hover, row["limit"].startswith("all")))
    return whisker_figure(rows, {"title": {"text": "% change of the odds", "font": {"size": 12}}}, mark=None)


@remembered
def day_cost_whiskers(costs: DayCosts, measure: str) -> Figure:
    """What one day later does to the score of each member's orders."""
    scale, places, unit = _SCALES[measure]
    rows = []
    for row in costs.members.dropna(subset=measure).to_dict("records"):
        value, low, high = (row[c] * scale for c in (measure, f"{measure}_low", f"{measure}_high"))
        told = points(value, places)
        ends = f"{told} ({points(low, places)} to {points(high, places)})"
        hover = f"<b>{escaped(row['member'])}</b><br>one day later: {ends}<br>{row['orders']:,} orders"
        rows.append(Whisker(row["member"], value, low, high, told, hover))
    return whisker_figure(rows, {"title": {"text": f"{unit}, one day later", "font": {"size": 12}}})


@remembered
def correlation_whiskers(correlations: ScoreCorrelations) -> Figure:
    """The plain rank correlation and that with other things held equal."""
    rows = []
    for row, name in zip(correlations.rows.to_dict("records"), ("plain", "all else equal"), strict=True):
        if pd.isna(row["correlation"]):
            continue
        value = row["correlation"]
        low, high = (value if pd.isna(row[c]) else row[c] for c in ("correlation_low", "correlation_high"))
        hover = f"<b>{escaped(row['held_equal'])}</b><br>{points(value)} ({points(low)} to {points(high)})"
        rows.append(Whisker(name, value, low, high, points(value), f"{hover}<br>{row['orders']:,} orders"))
    return whisker_figure(rows, {"title": {"text": "rank correlation of days and score", "font": {"size": 12}}})


@remembered
def dose_lines(dose: DoseResponse, measure: str, height: int = 330) -> Figure:
    """The score over delivery days: raw grey, adjusted in the accent colour, the model's line with its band."""
    look, rows, curve = current_look(), dose.days, dose.curve
    shade = band(curve["day"], curve[f"{measure}_low"], curve[f"{measure}_high"], see_through(look.accent))
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": curve["day"],
        "y": curve[measure],
        "line": {"color": look.faded(look.accent, 0.6), "width": 2},
        "hoverinfo": "skip",
        "name": "model",
    }
    raw = _dots(rows, "", measure, -BESIDE, look.context, "raw")
    adjusted = _dots(rows, "adjusted_", measure, BESIDE, look.accent, "adjusted")
    said = [
        f'<span style="color:{look.context}"><b>●</b></span> raw',
        f'<span style="color:{look.accent}"><b>● adjusted</b></span>',
        f'<span style="color:{look.faded(look.accent, 0.6)}"><b>━</b></span> model',
    ]
    return lean_figure(
        *shade,
        line,
        raw,
        adjusted,
        height=height,
        top=26,
        hovermode="closest",
        annotations=[above(*said)],
        xaxis={"title": {"text": "delivery days", "font": {"size": 12}}} | day_ticks(rows),
        yaxis={"tickformat": ".0%"} if measure == "good" else {},
    )


def day_ticks(rows: pd.DataFrame) -> dict:
    """A tick for each group of days; of many every second or third."""
    step = -(-len(rows) // 12)
    shown = rows.iloc[::step]
    return {"tickvals": shown["day"].round(3).tolist(), "ticktext": shown["label"].tolist()}


def _dots(rows: pd.DataFrame, prefix: str, measure: str, aside: float, colour: str, name: str) -> dict:
    value, low, high = (rows[f"{prefix}{measure}{end}"] for end in ("", "_low", "_high"))
    written = (lambda v: percent(v)) if measure == "good" else (lambda v: f"{v:.2f}")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": rows["day"] + aside,
        "y": value,
        "marker": {"color": colour, "size": 7},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": high - value,
            "arrayminus": value - low,
            "color": colour,
            "thickness": 1.3,
            "width": 0,
        },
        "hovertext": [
            f"<b>{label} days, {name}</b><br>{written(v)} ({written(a)} to {written(b)})<br>{n:,} orders"
            for label, v, a, b, n in zip(rows["label"], value, low, high, rows["orders"], strict=True)
        ],
        "hoverinfo": "text",
        "name": name,
    }


def _odds(share: float) -> str:
    return "< 0.1 %" if share < 0.001 else percent(share)
