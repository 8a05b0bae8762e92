"""Charts of who will not come back: chances that come true, risk by tenth, nets, importance, one customer's reasons."""

import pandas as pd

from analytics.formats import currency_symbol, money, percent
from analytics.predictive.churn_list import ChurnReasons
from analytics.predictive.churn_offer import PER, OfferThreshold
from analytics.predictive.churn_people import points
from analytics.predictive.churn_quality import Told
from analytics.shop import Shop
from ui.charts.look import Figure, above, axis_prefix, current_look, escaped, lean_figure
from ui.charts.marks import band, level, shortened, upright
from ui.charts.remembered import remembered
from ui.charts.whiskers import Whisker, whisker_figure

STEP_HEIGHT, FRAME_HEIGHT = 34, 56
ROOM = 0.06
LONGEST_STEP = 26


@remembered
def reliability_dots(told: Told, height: int = 300) -> Figure:
    """What happened against what was said, bin by bin, beside the line on which both are equal."""
    look, rows = current_look(), told.table
    line = {
        "type": "scatter",
        "x": [0, 1],
        "y": [0, 1],
        "mode": "lines",
        "line": {"color": look.context, "width": 1.2, "dash": "dot"},
        "hoverinfo": "skip",
        "name": "equal",
    }
    dots = {
        "type": "scatter",
        "x": rows["said"],
        "y": rows["happened"],
        "mode": "markers",
        "marker": {"color": look.accent, "size": 9},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": rows["happened_high"] - rows["happened"],
            "arrayminus": rows["happened"] - rows["happened_low"],
            "color": look.accent,
            "thickness": 1.6,
            "width": 0,
        },
        "text": [
            f"<b>{r.customers:,} customers</b><br>expected {percent(r.said)}<br>happened {percent(r.happened)} "
            f"({percent(r.happened_low)} to {percent(r.happened_high)})"
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": "happened",
    }
    return lean_figure(
        line,
        dots,
        height=height,
        top=26,
        hovermode="closest",
        annotations=[above(f'<span style="color:{look.context}">┈ where both are equal</span>')],
        xaxis={"title": {"text": "expected not to come back", "font": {"size": 12}}, "tickformat": ".0%",
               "range": [-0.02, 1.02]},
        yaxis={"title": {"text": "did not", "font": {"size": 12}}, "tickformat": ".0%", "range": [-0.02, 1.02]},
    )  # fmt: skip


@remembered
def lift_bars(told: Told, height: int = 300) -> Figure:
    """The share lost in each tenth of the customers, the riskiest first, beside that of all and of recency alone."""
    look, rows = current_look(), told.table
    rate = rows["share_of_all"].iloc[0]
    names = [str(number) for number in rows["decile"]]
    bars = {
        "type": "bar",
        "x": names,
        "y": rows["share"],
        "marker": {"color": look.accent, "cornerradius": 3},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": rows["share_high"] - rows["share"],
            "arrayminus": rows["share"] - rows["share_low"],
            "color": look.muted,
            "thickness": 1.1,
            "width": 3,
        },
        "hovertext": [
            f"<b>Tenth {r.decile}</b><br>{r.lost:,} of {r.customers:,} lost ({percent(r.share)})"
            + ("" if pd.isna(r.lift) else f"<br>lift {r.lift:.2f}<br>{percent(r.found, 0)} of all lost so far")
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": "lost",
    }
    recency = {
        "type": "scatter",
        "x": names,
        "y": rows["lift_of_recency"] * rate,
        "mode": "markers",
        "marker": {"symbol": "line-ew", "size": 20, "line": {"width": 2.4, "color": look.context}},
        "hoverinfo": "skip",
        "name": "recency alone",
    }
    return lean_figure(
        bars,
        recency,
        height=height,
        top=44,
        bargap=0.3,
        shapes=[level(rate, look.text, layer="above")],
        annotations=[
            above(
                f'<span style="color:{look.text}">┈ all customers {percent(rate, 0)}</span>'
                f'<br><span style="color:{look.context}"><b>━ by recency alone</b></span>'
            )
        ],
        xaxis={"type": "category", "title": {"text": "tenth of the customers, riskiest first", "font": {"size": 12}},
               "nticks": 11},
        yaxis={"tickformat": ".0%", "range": [0, 1.02]},
    )  # fmt: skip


@remembered
def importance_whiskers(told: Told) -> Figure:
    """What each feature is worth to the ranking, with its range."""
    rows = [
        Whisker(
            row["name"],
            row["loss"],
            row["low"],
            row["high"],
            hover=f"<b>{escaped(row['name'])}</b><br>ROC AUC lost {row['loss']:.3f} "
            f"({row['low']:.3f} to {row['high']:.3f})",
            strong=row["low"] > 0,
        )
        for row in told.table.to_dict("records")
    ]
    axis = {"title": {"text": "ROC AUC lost without it", "font": {"size": 12}}, "tickformat": ".2f"}
    return whisker_figure(rows, axis)


@remembered
def net_line(offer: OfferThreshold, shop: Shop, height: int = 300) -> Figure:
    """Net of contacting everybody from a chance on, with its 95 % band and the threshold that the amounts ask for."""
    look, rows = current_look(), offer.curve
    line = {
        "type": "scatter",
        "x": rows["threshold"],
        "y": rows["net"],
        "mode": "lines",
        "line": {"color": look.accent, "width": 2.4},
        "text": [
            f"<b>from {percent(r.threshold, 0)} on</b><br>{percent(r.contacted, 0)} contacted<br>net "
            f"{money(r.net, shop.currency)} per {PER:,}<br>({money(r.net_low, shop.currency)} to "
            f"{money(r.net_high, shop.currency)})"
            for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": "net",
    }
    shapes = [level(0.0, look.context), upright(offer.threshold, look.text)]
    said = f'<span style="color:{look.text}">┊ contact from {percent(offer.threshold, 0)} on</span>'
    return lean_figure(
        *band(rows["threshold"], rows["net_low"], rows["net_high"]),
        line,
        height=height,
        top=26,
        hovermode="closest",
        shapes=shapes,
        annotations=[above(said)],
        xaxis={"title": {"text": "contacted from this chance on", "font": {"size": 12}}, "tickformat": ".0%",
               "range": [-0.01, 1.01]},
        yaxis=axis_prefix("money", currency_symbol(shop.currency)),
    )  # fmt: skip


@remembered
def reason_steps(reasons: ChurnReasons) -> Figure:
    """From the mean chance of customers to this one's, step by step; the steps add up."""
    look, steps = current_look(), reasons.steps
    ends = reasons.base + steps["moves_chance"].cumsum()
    starts = ends - steps["moves_chance"]
    names = [
        f"{escaped(shortened(s, LONGEST_STEP))}<br>{points(c)}"
        for s, c in zip(steps["step"], steps["moves_chance"], strict=True)
    ]
    rows = ["Mean of customers", *names, "This customer"]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "base": starts.tolist(),
        "x": steps["moves_chance"].tolist(),
        "marker": {"color": [look.bad if c > 0 else look.good for c in steps["moves_chance"]], "cornerradius": 2},
        "hovertext": [
            f"<b>{escaped(s)}</b><br>{points(c, 2)}" for s, c in zip(steps["step"], steps["moves_chance"], strict=True)
        ],
        "hoverinfo": "text",
        "name": "steps",
    }
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [reasons.base, reasons.chance],
        "y": [rows[0], rows[-1]],
        "marker": {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": [look.context, look.accent]}},
        "text": [f" {percent(value)} " for value in (reasons.base, reasons.chance)],
        "textposition": [_side(reasons.base, reasons.chance), _side(reasons.chance, reasons.base)],
        "textfont": {"color": look.text, "size": 12.5},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "name": "ends",
    }
    within = [reasons.base, reasons.chance, *starts, *ends]
    low, high = min(within), max(within)
    room = max(high - low, 0.05) * ROOM
    return lean_figure(
        bars,
        marks,
        height=FRAME_HEIGHT + STEP_HEIGHT * len(rows),
        bargap=0.42,
        xaxis={"range": [low - 2 * room, high + 2 * room], "showgrid": True, "gridcolor": look.grid, "nticks": 5,
               "tickformat": ".0%", "title": {"text": "chance not to come back", "font": {"size": 12}}},
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": rows[::-1],
            "showgrid": False,
            "tickfont": {"color": look.text, "size": 12},
            "nticks": len(rows) + 1,
        },
    )  # fmt: skip


def _side(value: float, other: float) -> str:
    """Towards the other end: outside there may be no room."""
    return "middle right" if value < other else "middle left"
