"""Charts about customers: who comes back, who they are, what they bring."""

import html
import re

import numpy as np
import pandas as pd

from analytics.descriptive.cohorts import Cohorts
from analytics.descriptive.concentration import Concentration
from analytics.descriptive.customer_list import CustomerTimeline
from analytics.descriptive.returning import PARTS, RevenueByKind
from analytics.descriptive.rfm import Rfm
from analytics.formats import currency_symbol, money, percent
from analytics.periods import day_label
from analytics.shop import NOT_STATED, Shop
from ui.charts.look import Figure, Look, above, axis_prefix, current_look, escaped, lean_figure
from ui.charts.marks import shortened
from ui.charts.remembered import remembered

NAMED_MEMBERS = 8
"""Lines that get a colour and a name of their own."""
FEWEST_DRAWN = 10
"""Customers below which a member's share is no point of its line: one of two who came back would be 50 %."""
NEWEST = 3
"""Cohorts drawn stronger than those before them."""
OLDER = 0.45
"""Strength of the lines of those."""
LETTERS_IN_A_ROW = 44
"""Of what stands above a chart: as many as a telephone has room for."""
NAMED_MONTHS = 6
"""Bars that stand apart far enough for a name below each."""


@remembered
def cohort_lines(cohorts: Cohorts, measure: str, shop: Shop, height: int = 340) -> Figure:
    """A cohort's course after joining: all together thick, the newest in the accent's colour, older ones grey.

    Laid out by a dimension, each member has its colour.

    Parameters
    ----------
    measure : one of ``cohorts.MEASURES``.
    """
    look, unit = current_look(), "share" if measure == "retention" else "money"
    names = list(cohorts.rows["cohort"])
    shown = names[:NAMED_MEMBERS] if cohorts.per else names
    newest = _newest(cohorts, measure)
    traces, said = [], []
    for position, name in enumerate(shown):
        rows = cohorts.cells[cohorts.cells["cohort"] == name]
        rows = _surely_a_share(rows) if cohorts.per else rows
        colour, width = _stroke(look, cohorts, position, name in newest)
        traces.append(_curve(rows, measure, unit, shop, colour, width, name))
        if cohorts.per and len(rows):
            said.append(f'<span style="color:{colour}"><b>━ {escaped(shortened(name, 14))}</b></span>')
    if not cohorts.per:
        said = ["─ older cohorts", f'<span style="color:{look.accent}">━ newest {NEWEST}</span>']
    traces.append(_curve(cohorts.total, measure, unit, shop, look.text, 2.8, "all"))
    said.append(f'<span style="color:{look.text}"><b>━ all</b></span>')
    if cohorts.per and cohorts.cells["customers"].lt(FEWEST_DRAWN).any():
        said.append(f"drawn from {FEWEST_DRAWN} customers on")
    rows_above = _in_rows(said)
    return lean_figure(
        *traces,
        height=height,
        top=14 + 16 * len(rows_above),
        hovermode="closest",
        xaxis={"title": {"text": f"{cohorts.unit}s since the first order", "font": {"size": 12}}, "tickformat": "d"},
        yaxis={"rangemode": "tozero"} | axis_prefix(unit, currency_symbol(shop.currency)),
        annotations=[above("<br>".join(rows_above))],
    )


@remembered
def rfm_bars(rfm: Rfm, shop: Shop, height: int = 400) -> Figure:
    """Per segment two bars: its share of the customers, and of what all have spent."""
    look, rows = current_look(), rfm.segments.iloc[::-1]
    traces = [
        _share_bars(rows, "share_of_revenue", look.accent, look, shop),
        _share_bars(rows, "share_of_customers", look.context, look, shop),
    ]
    said = [
        f'<span style="color:{look.muted}"><b>■ of customers</b></span>',
        f'<span style="color:{look.accent}"><b>■ of revenue</b></span>',
    ]
    return lean_figure(
        *traces,
        height=height,
        top=26,
        right=50,
        bargap=0.25,
        bargroupgap=0.05,
        barmode="group",
        annotations=[above(*said)],
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis={"type": "category", "showgrid": False, "tickfont": {"color": look.text}, "nticks": 10},
    )


@remembered
def kind_bars(by_kind: RevenueByKind, shop: Shop, height: int = 300) -> Figure:
    """Stacked bars by week or month: returning below, new above, guests on top; pale where old look new.

    Partial buckets are outlined instead of filled at full strength.
    """
    look, rows = current_look(), by_kind.buckets
    colours = {"returning": look.accent, "new": look.members[1], "guests": look.context}
    parts = [p for p in ("returning", "new", "guests") if rows[p].sum() > 0 or p != "guests"]
    strength = np.where(rows["known"], 1.0, 0.45) * np.where(rows["complete"], 1.0, 0.6)
    traces = [
        {
            "type": "bar",
            "x": rows["start"],
            "y": rows[part],
            "marker": {"color": [look.faded(colours[part], s) for s in strength]},
            "text": [_kind_text(row, part, shop) for row in rows.to_dict("records")],
            "textposition": "none",
            "hovertemplate": "%{text}",
            "name": PARTS[part],
        }
        for part in parts
    ]
    said = [f'<span style="color:{colours[p]}"><b>■ {p}</b></span>' for p in parts]
    return lean_figure(
        *traces,
        height=height,
        top=28,
        barmode="stack",
        bargap=0.25,
        hovermode="x unified",
        annotations=[above(*said)],
        xaxis={"type": "date", "hoverformat": "from %-d %b %Y"} | _named_bars(by_kind),
        yaxis=axis_prefix("money", currency_symbol(shop.currency)),
    )


@remembered
def concentration_curve(concentration: Concentration, shop: Shop, height: int = 300) -> Figure:
    """Share of revenue over share of customers, best first; the straight line is a shop where all spend alike."""
    look, curve = current_look(), concentration.curve
    x = [0.0, *curve["share_of_customers"]]
    y = [0.0, *curve["share_of_revenue"]]
    line = {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "line": {"color": look.accent, "width": 2.6},
        "text": [
            f"The best {percent(a)} of customers:<br><b>{percent(b)}</b> of revenue" for a, b in zip(x, y, strict=True)
        ],
        "hoverinfo": "text",
        "name": "curve",
    }
    even = {
        "type": "scatter",
        "x": [0, 1],
        "y": [0, 1],
        "mode": "lines",
        "line": {"color": look.context, "width": 1.4, "dash": "dot"},
        "hoverinfo": "skip",
        "name": "all alike",
    }
    tops = concentration.tops
    marks = {
        "type": "scatter",
        "x": tops["customers"] / concentration.customers,
        "y": tops["share"],
        "mode": "markers+text",
        "marker": {"color": look.accent, "size": 9},
        "text": [f"best {p} %: {percent(s, 0)}" for p, s in zip(tops["percent"], tops["share"], strict=True)],
        "textposition": "middle right",
        "textfont": {"color": look.text, "size": 12},
        "hoverinfo": "skip",
        "name": "tops",
    }
    return lean_figure(
        even,
        line,
        marks,
        height=height,
        annotations=[above("┈ if all spent alike")],
        top=26,
        hovermode="closest",
        xaxis={"tickformat": ".0%", "range": [0, 1], "title": {"text": "customers, best first", "font": {"size": 12}}},
        yaxis={"tickformat": ".0%", "range": [min(0.0, min(y)), max(1.0, max(y)) * 1.02]},
    )


@remembered
def timeline_stems(timeline: CustomerTimeline, shop: Shop, height: int = 220) -> Figure:
    """One stem per order at its day; refunds hang below the line in the warning colour."""
    look, rows = current_look(), timeline.orders
    colours = [look.accent if r >= 0 else look.bad for r in rows["revenue"]]
    stems = {
        "type": "scatter",
        "x": rows["date"],
        "y": rows["revenue"],
        "mode": "markers",
        "marker": {"color": colours, "size": 8},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [0.0] * len(rows),
            "arrayminus": rows["revenue"],
            "width": 0,
            "thickness": 1.2,
            "color": look.context,
        },
        "text": [_order_text(row, shop) for row in rows.to_dict("records")],
        "hoverinfo": "text",
    }
    first, last = rows["date"].min(), rows["date"].max()
    margin = max((last - first) * 0.04, pd.Timedelta(days=3))
    return lean_figure(
        stems,
        height=height,
        hovermode="closest",
        xaxis={"type": "date", "range": [first - margin, last + margin], "nticks": 6},
        yaxis={"rangemode": "tozero", "zeroline": True, "zerolinecolor": look.grid}
        | axis_prefix("money", currency_symbol(shop.currency)),
    )


def _surely_a_share(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["customers"] >= FEWEST_DRAWN]


def _named_bars(by_kind: RevenueByKind) -> dict[str, object]:
    """A tick below each of few bars: Plotly's own would stand between months."""
    starts, by_month = by_kind.buckets["start"], by_kind.unit == "month"
    if len(starts) > (NAMED_MONTHS if by_month else 3):
        return {}
    return {"tickvals": starts, "ticktext": [f"{day:%b %Y}" if by_month else day_label(day) for day in starts]}


def _newest(cohorts: Cohorts, measure: str) -> set[str]:
    """The newest cohorts that have a curve: of the share that comes back, one that has just joined has none."""
    drawn = cohorts.cells[cohorts.cells["age"] >= (1 if measure == "retention" else 0)]
    return set([name for name in cohorts.rows["cohort"] if name in set(drawn["cohort"])][-NEWEST:])


def _stroke(look: Look, cohorts: Cohorts, position: int, is_newest: bool) -> tuple[str, float]:
    if cohorts.per:
        return look.members[position % len(look.members)], 1.8
    return (look.accent, 2.0) if is_newest else (look.faded(look.context, OLDER), 1.1)


def _curve(
    rows: pd.DataFrame, measure: str, unit: str, shop: Shop, colour: str, width: float, name: str
) -> dict[str, object]:
    from_joining = rows[rows["age"] > 0] if measure == "retention" else rows
    return {
        "type": "scatter",
        "x": from_joining["age"],
        "y": from_joining[measure],
        "mode": "lines+markers" if len(from_joining) == 1 else "lines",
        "line": {"color": colour, "width": width},
        "marker": {"color": colour, "size": 6},
        "text": [_cell_text(escaped(name), row, measure, unit, shop) for row in from_joining.to_dict("records")],
        "hoverinfo": "text",
        "name": escaped(name),
    }


def _cell_text(name: str, row: dict, measure: str, unit: str, shop: Shop) -> str:
    if unit == "money":
        value = money(row[measure], shop.currency, exact=True)
        return f"<b>{name}</b>, {row['age']} on<br>{value} of {row['customers']:,.0f} customers each"
    return (
        f"<b>{name}</b>, {row['age']} on<br>{percent(row['retention'])} "
        f"({percent(row['retention_low'])} to {percent(row['retention_high'])})"
        f"<br>{row['ordered']:,.0f} of {row['customers']:,.0f} customers"
    )


def _share_bars(rows: pd.DataFrame, column: str, colour: str, look: Look, shop: Shop) -> dict[str, object]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": rows[column],
        "y": rows["segment"],
        "marker": {"color": colour, "cornerradius": 2},
        "text": [percent(v, 0) if v >= 0.005 else "" for v in rows[column].fillna(0)],
        "textposition": "outside",
        "textfont": {"color": look.text, "size": 11},
        "cliponaxis": False,
        "hovertext": [
            f"<b>{r['segment']}</b>: {r['meaning']}<br>{r['customers']:,} customers, "
            f"{money(r['revenue'], shop.currency)}"
            for r in rows.to_dict("records")
        ],
        "hoverinfo": "text",
        "name": column,
    }


def _kind_text(row: dict, part: str, shop: Shop) -> str:
    share = f" ({percent(row[part] / row['total'], 0)})" if row["total"] > 0 else ""
    return money(row[part], shop.currency) + share + ("" if row["complete"] else ", partial")


def _order_text(row: dict, shop: Shop) -> str:
    said = [f"<b>{money(row['revenue'], shop.currency, exact=True)}</b>", day_label(row["date"].date())]
    said += [escaped(str(row[c])) for c in ("category", "channel") if row[c] != NOT_STATED]
    if pd.notna(row["satisfaction_score"]):
        said.append(f"score {row['satisfaction_score']:.0f}")
    return "<br>".join(said)


def _in_rows(said: list[str]) -> list[str]:
    """As many beside each other as there is room for."""
    rows, free = [], 0
    for text in said:
        letters = len(html.unescape(re.sub(r"<[^>]*>", "", text))) + 3
        if not rows or letters > free:
            rows, free = [*rows, text], LETTERS_IN_A_ROW
        else:
            rows[-1] += f"   {text}"
        free -= letters
    return rows
