"""Charts of resources: stock by category and what a service level costs, delivery against its cost, staff by day and
hour.
"""

import numpy as np
import pandas as pd

from analytics.formats import currency_symbol, money, percent
from analytics.prescriptive.delivery_plan import DeliveryPlan
from analytics.prescriptive.staff_plan import StaffPlan
from analytics.prescriptive.stock_plan import StockPlan
from analytics.shop import Shop
from ui.charts.look import Figure, above, axis_prefix, current_look, escaped, lean_figure, rows_below_each_other
from ui.charts.marks import shortened
from ui.charts.remembered import remembered
from ui.charts.whiskers import Whisker, whisker_figure

ROW_HEIGHT, FRAME_HEIGHT = 36, 74
SMALL_FONT = {"size": 12}
HEADROOM = 1.2


@remembered
def stock_bars(plan: StockPlan) -> Figure:
    """Of each category what is expected until the next delivery, and the safety stock beyond it: together, when to
    reorder.
    """
    look, rows = current_look(), plan.rows
    places = list(range(len(rows), 0, -1))
    hover = [
        f"<b>{escaped(r.member)}</b><br>expected {r.expected:,.0f}<br>safety {r.safety:,.0f}<br>reorder at "
        f"{r.reorder_at:,.0f}<br>80 %: {r.low_80:,.0f} to {r.high_80:,.0f}"
        for r in rows.itertuples()
    ]
    bar = {"type": "bar", "orientation": "h", "y": places, "hovertext": hover, "hoverinfo": "text"}
    expected = bar | {"x": rows["expected"], "marker": {"color": look.accent}, "name": "expected"}
    safety = bar | {
        "x": rows["safety"],
        "marker": {"color": look.faded(look.accent, 0.42)},
        "name": "safety",
        "text": [f" {value:,.0f}" for value in rows["reorder_at"]],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": look.text, "size": 12},
    }
    said = (
        f'<span style="color:{look.accent}"><b>■ expected until the next delivery</b></span>',
        f'<span style="color:{look.muted}"><b>▧ safety; number: reorder at</b></span>',
    )
    return lean_figure(
        expected,
        safety,
        height=FRAME_HEIGHT + ROW_HEIGHT * max(len(rows), 3),
        top=44,
        right=56,
        barmode="stack",
        bargap=0.4,
        hovermode="closest",
        annotations=[above("<br>".join(said))],
        xaxis={
            "showgrid": True,
            "gridcolor": look.grid,
            "nticks": 5,
            "title": {"text": plan.counted, "font": SMALL_FONT},
        }
        | axis_prefix("count", ""),
        yaxis=rows_below_each_other([escaped(shortened(m, 26)) for m in rows["member"]]),
    )


TOLD_LEVELS = (0.8, 0.9, 0.95, 0.98, 0.995, 0.999)
"""Service levels that the axis names, as many as fit on it."""


@remembered
def service_curve(plan: StockPlan, shop: Shop, height: int = 300) -> Figure:
    """What holding and missing cost in a year at each service level, and both; the level in force is marked."""
    look, rows = current_look(), plan.curve
    names = [percent(level, 1 if level < 0.999 else 2) for level in rows["level"]]
    at = int(np.argmin(np.abs(rows["level"] - plan.stock.service_level)))

    def line(key: str, colour: str, **more: object) -> dict:
        text = [
            f"<b>at {n}</b><br>{LABELS[key]} {money(v, shop.currency)} a year"
            for n, v in zip(names, rows[key], strict=True)
        ]
        drawn = {"type": "scatter", "x": names, "y": rows[key], "mode": "lines", "name": LABELS[key]}
        return drawn | {"line": {"color": colour, **more}, "text": text, "hoverinfo": "text"}

    least = int(np.argmin(rows["cost"]))
    marks = {
        "type": "scatter",
        "x": [names[at], names[least]],
        "y": [rows["cost"].iloc[at], rows["cost"].iloc[least]],
        "mode": "markers",
        "marker": {"size": [10, 10], "color": [look.text, look.good], "symbol": ["circle-open", "circle"],
                   "line": {"width": 2, "color": [look.text, look.good]}},
        "hoverinfo": "skip",
        "name": "levels",
    }  # fmt: skip
    return lean_figure(
        line("holding", look.context, width=1.6),
        line("missed", look.bad, width=1.6, dash="dot"),
        line("cost", look.accent, width=2.6),
        marks,
        height=height,
        top=44,
        hovermode="closest",
        annotations=[
            above(
                f'<span style="color:{look.accent}"><b>━ both</b></span>',
                f'<span style="color:{look.context}"><b>━ holding</b></span>',
                f'<span style="color:{look.bad}"><b>┈ missed</b></span>'
                f'<br><span style="color:{look.text}">○ in force</span>',
                f'<span style="color:{look.good}">● least</span>',
            )
        ],
        xaxis={
            "type": "category",
            "title": {"text": "service level, %", "font": SMALL_FONT},
            "tickvals": [name for name, level in zip(names, rows["level"], strict=True) if level in TOLD_LEVELS],
            "ticktext": [f"{100 * level:g}" for level in rows["level"] if level in TOLD_LEVELS],
            "tickangle": 0,
        },
        yaxis=axis_prefix("money", currency_symbol(shop.currency)) | {"rangemode": "tozero"},
    )


LABELS = {"holding": "holding", "missed": "margin missed", "cost": "both"}


@remembered
def demand_whiskers(rows: pd.DataFrame, unit: str) -> Figure:
    """What is expected of each category with its 80 % range, and what as many days before brought (hollow)."""
    told = [
        Whisker(
            row["member"], row["expected"], row["low_80"], row["high_80"], told=f"{row['expected']:,.0f}",
            hover=f"<b>{escaped(row['member'])}</b><br>{row['expected']:,.0f} {unit} expected<br>80 %: "
            f"{row['low_80']:,.0f} to {row['high_80']:,.0f}<br>95 %: {row['low_95']:,.0f} to "
            f"{row['high_95']:,.0f}<br>as many days before: {row['before']:,.0f}",
        )
        for row in rows.to_dict("records") if row["member"] != "All"
    ]  # fmt: skip
    return whisker_figure(told, {"title": {"text": unit, "font": SMALL_FONT}, "rangemode": "tozero"}, mark=None)


@remembered
def delivery_course(plan: DeliveryPlan, shop: Shop, height: int = 300) -> Figure:
    """The least cost of an order for every mean of delivery days, with the present plan and the best."""
    look, rows = current_look(), plan.course
    line = {
        "type": "scatter",
        "x": rows["days"],
        "y": rows["cost"],
        "mode": "lines",
        "line": {"color": look.context, "width": 2},
        "text": [
            f"<b>{r.days:.2f} days</b><br>{money(r.cost, shop.currency)} an order at least" for r in rows.itertuples()
        ],
        "hoverinfo": "text",
        "name": "least cost",
    }
    ends = [(plan.present, look.text, "circle-open", "now")] if plan.has_present else []
    ends.append((plan.best, look.accent, "circle", "best"))
    marks = [
        {
            "type": "scatter",
            "x": [of.days],
            "y": [of.cost],
            "mode": "markers",
            "marker": {"size": 12, "symbol": symbol, "color": colour, "line": {"width": 2.4, "color": colour}},
            "text": [f"<b>{name}</b><br>{of.days:.2f} days, {money(of.cost, shop.currency)} an order"],
            "hoverinfo": "text",
            "name": name,
        }
        for of, colour, symbol, name in ends
    ]
    return lean_figure(
        line,
        *marks,
        height=height,
        top=26,
        hovermode="closest",
        annotations=[
            above(
                *[f'<span style="color:{look.text}"><b>○ now</b></span>'] * plan.has_present,
                f'<span style="color:{look.accent}"><b>● best</b></span>',
                f'<span style="color:{look.context}"><b>━ least cost</b></span>',
            )
        ],
        xaxis={"title": {"text": "mean delivery days", "font": SMALL_FONT}, "ticksuffix": " d"},
        yaxis=axis_prefix("money", currency_symbol(shop.currency))
        | {"title": {"text": "cost of an order", "font": SMALL_FONT}},
    )


@remembered
def weekday_bars(plan: StaffPlan, height: int = 300) -> Figure:
    """Orders expected of each weekday beside what those on duty can handle."""
    look, rows = current_look(), plan.rows
    names = [day[:3] for day in rows["weekday"]]
    most = max(float(rows["handled"].max()), float(rows["expected"].max()), 1.0)
    hover = [
        f"<b>{r.weekday}</b><br>{r.expected:,.1f} orders expected<br>{r.on_duty} on duty handle {r.handled:,.0f}"
        + ("" if pd.isna(r.covered) else f"<br>all handled in {percent(r.covered, 1)} of cases")
        for r in rows.itertuples()
    ]
    bars = {
        "type": "bar",
        "x": names,
        "y": rows["expected"],
        "marker": {"color": look.accent, "cornerradius": 3},
        "hovertext": hover,
        "hoverinfo": "text",
        "name": "expected",
    }
    marks = {
        "type": "scatter",
        "x": names,
        "y": rows["handled"],
        "mode": "markers+text",
        "marker": {"symbol": "line-ew", "size": 26, "line": {"width": 2.6, "color": look.text}},
        "text": [f"{n:,}" if n else "" for n in rows["on_duty"]],
        "textposition": "top center",
        "textfont": {"color": look.text, "size": 12},
        "hovertext": hover,
        "hoverinfo": "text",
        "cliponaxis": False,
        "name": "handled",
    }
    return lean_figure(
        bars,
        marks,
        height=height,
        top=44,
        bargap=0.35,
        hovermode="closest",
        annotations=[
            above(
                f'<span style="color:{look.accent}"><b>■ orders expected</b></span>'
                f'<br><span style="color:{look.text}"><b>━ those on duty handle; number: people</b></span>'
            )
        ],
        xaxis={"type": "category", "nticks": 8},
        yaxis={"range": [0, most * HEADROOM], "title": {"text": "orders a day", "font": SMALL_FONT}}
        | axis_prefix("count", ""),
    )


@remembered
def hour_bars(plan: StaffPlan, weekday: str, height: int = 260) -> Figure:
    """Hours of work that come in by hour of a weekday, beside the people at work and the work that waits."""
    look = current_look()
    rows = plan.hours[plan.hours["weekday"] == weekday]
    hover = [
        f"<b>{r.hour}:00</b><br>{r.work:.2f} hours of work come in"
        + ("" if pd.isna(r.at_work) else f"<br>{r.at_work:g} at work<br>{r.waits:.2f} hours wait")
        for r in rows.itertuples()
    ]
    x = rows["hour"] + 0.5
    work = {"type": "bar", "x": x, "y": rows["work"], "marker": {"color": look.accent}, "name": "work"}
    work |= {"hovertext": hover, "hoverinfo": "text"}
    line = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    there = [*rows["at_work"], rows["at_work"].iloc[-1]]
    people = line | {"x": [*rows["hour"], 24], "y": there, "name": "at work"}
    people |= {"line": {"color": look.text, "width": 2, "shape": "hv"}}
    waits = line | {"x": x, "y": rows["waits"], "name": "waits"}
    waits |= {"line": {"color": look.bad, "width": 1.6, "dash": "dot"}}
    return lean_figure(
        work,
        people,
        waits,
        height=height,
        top=26,
        bargap=0.2,
        hovermode="closest",
        annotations=[
            above(
                f'<span style="color:{look.accent}"><b>■ hours of work</b></span>',
                f'<span style="color:{look.text}"><b>━ people</b></span>',
                f'<span style="color:{look.bad}"><b>┈ waits</b></span>',
            )
        ],
        xaxis={
            "range": [0, 24],
            "tickvals": [0, 6, 12, 18, 24],
            "ticktext": [f"{hour}:00" for hour in (0, 6, 12, 18, 24)],
        },
        yaxis={"rangemode": "tozero", "tickformat": ""},
    )
