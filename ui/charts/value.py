"""Charts of what customers will bring: expected against brought, by tenth, by group, and worth against risk."""

import numpy as np

from analytics.formats import compact, currency_symbol, money, percent
from analytics.predictive.value_judged import ValueJudged
from analytics.predictive.value_quadrants import KEEP, QUADRANTS, UNLIKELY, WIN_BACK, ValueQuadrants
from analytics.predictive.value_view import COHORT, ValueGroups
from analytics.shop import Shop
from ui.charts.look import Figure, Look, above, axis_prefix, current_look, escaped, lean_figure
from ui.charts.marks import level, shortened, upright
from ui.charts.remembered import remembered

NOTHING = 0.35
"""Of the smallest amount drawn: where those stand who brought nothing, below all others."""
ROOM_BELOW, ROOM_ABOVE = 6, 5
"""How far the axis of worth goes beyond the least and the most, so that words have a place there."""
PIXELS_PER_LETTER = 6
ROW_HEIGHT, FRAME_HEIGHT = 27, 40
LONGEST_NAME = 20


@remembered
def value_scatter(judged: ValueJudged, shop: Shop, height: int = 330) -> Figure:
    """Expected at the cut-off across, brought after it up, both by factors of ten; who brought nothing at the foot."""
    look, points = current_look(), judged.points
    shown = points[points["expected"] > 0]
    positive = shown.loc[shown["actual"] > 0, "actual"]
    floor = max(positive.quantile(0.02), judged.mean_actual / 200) if len(positive) else 1.0
    across = shown["expected"].clip(lower=floor * NOTHING)
    up = shown["actual"].where(shown["actual"] > 0, floor * NOTHING).clip(lower=floor * NOTHING)
    low, high = floor * NOTHING * 0.8, max(across.max(), up.max()) * 1.25 if len(shown) else 10.0
    dots = {
        "type": "scatter",
        "x": across,
        "y": up,
        "mode": "markers",
        "marker": {"color": look.accent, "size": 5, "opacity": 0.45},
        "text": [
            f"expected {money(e, shop.currency)}<br>brought {money(a, shop.currency)}"
            for e, a in zip(shown["expected"], shown["actual"], strict=True)
        ],
        "hoverinfo": "text",
        "name": "customers",
    }
    ticks = _tens(low, high)
    scale = {"type": "log", "range": [np.log10(low), np.log10(high)], "tickvals": ticks, "showgrid": True}
    scale |= {"ticktext": [_tick(t, shop) for t in ticks], "gridcolor": look.grid}
    foot = floor * NOTHING
    return lean_figure(
        dots,
        height=height,
        top=26,
        hovermode="closest",
        shapes=[_diagonal(low, high, look)],
        annotations=[above(f'<span style="color:{look.muted}">╱ as expected</span>')],
        xaxis=scale | {"title": {"text": "expected at the cut-off", "font": {"size": 12}}},
        yaxis=scale
        | {
            "title": {"text": "brought after it", "font": {"size": 12}},
            "tickvals": [foot, *[t for t in ticks if t > foot * 1.5]],
            "ticktext": ["nothing", *[_tick(t, shop) for t in ticks if t > foot * 1.5]],
        },
    )


@remembered
def value_decile_bars(judged: ValueJudged, shop: Shop, height: int = 330) -> Figure:
    """Bars of what was expected of each tenth, dots with their 95 % range of what was brought."""
    look, rows = current_look(), judged.deciles
    bars = {
        "type": "bar",
        "x": rows["decile"],
        "y": rows["expected"],
        "marker": {"color": look.faded(look.accent, 0.55), "cornerradius": 3},
        "text": [_tenth_text(row, shop) for row in rows.to_dict("records")],
        "textposition": "none",
        "hoverinfo": "text",
        "name": "expected",
    }
    dots = {
        "type": "scatter",
        "x": rows["decile"],
        "y": rows["actual"],
        "mode": "markers",
        "marker": {"color": look.text, "size": 7},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": rows["actual_high"] - rows["actual"],
            "arrayminus": rows["actual"] - rows["actual_low"],
            "color": look.text,
            "thickness": 1.4,
            "width": 0,
        },
        "hoverinfo": "skip",
        "name": "brought",
    }
    said = (
        f'<span style="color:{look.accent}"><b>■ expected</b></span>',
        f'<span style="color:{look.text}">● brought</span>',
    )
    return lean_figure(
        bars,
        dots,
        height=height,
        top=26,
        bargap=0.3,
        hovermode="closest",
        annotations=[above(*said)],
        xaxis={"title": {"text": "tenth by expected value, the best first", "font": {"size": 12}}, "dtick": 1},
        yaxis=axis_prefix("money", currency_symbol(shop.currency)) | {"rangemode": "tozero"},
    )


@remembered
def value_group_bars(groups: ValueGroups, shop: Shop, each: str) -> Figure:
    """A bar per group with its 80 % range, for each customer or in all, and the value and number behind it."""
    look, rows = current_look(), groups.rows
    names = ("each", "each_low", "each_high") if each == "each" else ("expected", "low", "high")
    drawn = (rows if groups.by == COHORT else rows.sort_values(names[0], ascending=False)).iloc[::-1]
    value, low, high = (drawn[name] for name in names)
    labels = [
        f"{money(v, shop.currency)}  ({money(a, shop.currency)}–{money(b, shop.currency)})"
        for v, a, b in zip(value, low, high, strict=True)
    ]
    places = list(range(1, len(drawn) + 1))
    bars = {
        "type": "bar",
        "x": value,
        "y": places,
        "orientation": "h",
        "marker": {"color": look.faded(look.accent, 0.55), "cornerradius": 3},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": high - value,
            "arrayminus": value - low,
            "color": look.text,
            "thickness": 1.4,
            "width": 0,
        },
        "hovertext": [_group_text(row, shop) for row in drawn.to_dict("records")],
        "hoverinfo": "text",
    }
    words = [_words(place, of, text, look) for place, of, text in zip(places, high, labels, strict=True)]
    room = max((len(text) for text in labels), default=0) * PIXELS_PER_LETTER
    return lean_figure(
        bars,
        height=FRAME_HEIGHT + ROW_HEIGHT * max(len(drawn), 3),
        right=12 + room,
        bargap=0.38,
        hovermode="closest",
        annotations=words,
        xaxis={"visible": False, "range": [0, (high.max() or 1) * 1.02]},
        yaxis={
            "showgrid": False,
            "range": [0.4, len(drawn) + 0.6],
            "tickvals": places,
            "ticktext": [escaped(shortened(name, LONGEST_NAME)) for name in drawn["group"]],
            "tickfont": {"color": look.text, "size": 12},
            "ticklabelstandoff": 6,
            "nticks": len(drawn) + 1,
        },
    )


@remembered
def quadrant_map(quadrants: ValueQuadrants, shop: Shop, height: int = 390) -> Figure:
    """Risk across, worth if coming back up, some customers as dots; each quarter is named with its number and sum."""
    look, points = current_look(), quadrants.points
    shown = points[points["if_back"] > 0]
    line = quadrants.worth_line if quadrants.worth_line > 0 else 1.0
    least = min(shown["if_back"].quantile(0.02) if len(shown) else line, line / 4)
    low = least / ROOM_BELOW
    high = max(shown["if_back"].max() if len(shown) else line, line * 4) * ROOM_ABOVE
    colours = {WIN_BACK: look.bad, KEEP: look.good}
    dots = {
        "type": "scatter",
        "x": shown["risk"],
        "y": shown["if_back"].clip(lower=least),
        "mode": "markers",
        "marker": {"color": [colours.get(q, look.context) for q in shown["quadrant"]], "size": 5, "opacity": 0.4},
        "text": [
            f"<b>{escaped(str(r.customer_id))}</b><br>risk {percent(r.risk, 0)}<br>if coming back "
            f"{money(r.if_back, shop.currency)}<br>expected {money(r.expected, shop.currency)}"
            for r in shown.itertuples()
        ],
        "hoverinfo": "text",
        "customdata": shown["quadrant"],
        "name": "customers",
    }
    heads = [_quarter(row, low, high, line, look, shop) for row in quadrants.cells.to_dict("records")]
    names = {
        "type": "scatter",
        "x": [head["x"] for head in heads],
        "y": [head["y"] for head in heads],
        "mode": "text",
        "text": [head["text"] for head in heads],
        "textposition": [head["place"] for head in heads],
        "hovertext": [QUADRANTS[head["name"]] for head in heads],
        "hoverinfo": "text",
        "customdata": [head["name"] for head in heads],
        "name": "quadrants",
    }
    ticks = _tens(low, high)
    return lean_figure(
        dots,
        names,
        height=height,
        top=12,
        hovermode="closest",
        shapes=[level(line, look.context), upright(UNLIKELY, look.context, width=1.2)],
        xaxis={
            "title": {
                "text": escaped(f"risk: {quadrants.risk_name[0].lower()}{quadrants.risk_name[1:]}"),
                "font": {"size": 12},
            },
            "tickformat": ".0%",
            "range": [-0.02, 1.02],
        },
        yaxis={
            "type": "log",
            "title": {"text": "if coming back", "font": {"size": 12}},
            "range": [np.log10(low * 0.8), np.log10(high)],
            "tickvals": ticks,
            "ticktext": [_tick(t, shop) for t in ticks],
        },
    )


def _quarter(row: dict, low: float, high: float, line: float, look: Look, shop: Shop) -> dict:
    """Where the words of a quadrant stand, in its outer corner."""
    name = row["quadrant"]
    is_high, is_far = name in (KEEP, WIN_BACK), QUADRANTS[name].endswith("unlikely to come back")
    colour = {WIN_BACK: look.bad, KEEP: look.good}.get(name, look.text)
    said = (
        f'<span style="color:{colour}"><b>{name}</b></span><br>{row["customers"]:,} ({percent(row["share"], 0)})'
        f"<br>{money(row['likely_lost'], shop.currency)} likely lost"
    )
    return {
        "name": name,
        "x": 1.0 if is_far else 0.0,
        "y": high * 0.9 if is_high else low,
        "place": f"{'bottom' if is_high else 'top'} {'left' if is_far else 'right'}",
        "text": said,
    }


def _tenth_text(row: dict, shop: Shop) -> str:
    return (
        f"<b>tenth {row['decile']:.0f}</b>, {row['customers']:,.0f} customers<br>expected "
        f"{money(row['expected'], shop.currency)}<br>brought {money(row['actual'], shop.currency)} "
        f"({money(row['actual_low'], shop.currency)} to {money(row['actual_high'], shop.currency)})"
    )


def _group_text(row: dict, shop: Shop) -> str:
    return (
        f"<b>{escaped(row['group'])}</b><br>{row['customers']:,} customers, {percent(row['share'])} of what is expected"
        f"<br>each {money(row['each'], shop.currency)}, so far {money(row['realised'], shop.currency)}"
        f"<br>in all {money(row['expected'], shop.currency)}"
    )


def _words(place: int, at: float, text: str, look: Look) -> dict:
    where = {"x": at, "y": place, "xanchor": "left", "yanchor": "middle", "xshift": 6, "showarrow": False}
    return where | {"text": text, "font": {"color": look.text, "size": 11.5}}


def _tens(low: float, high: float) -> list[float]:
    return [10.0**n for n in range(int(np.ceil(np.log10(low))), int(np.floor(np.log10(high))) + 1)]


def _tick(amount: float, shop: Shop) -> str:
    return f"{currency_symbol(shop.currency)} {compact(amount, 0)}"


def _diagonal(low: float, high: float, look: Look) -> dict:
    line = {"color": look.muted, "width": 1.2}
    return {"type": "line", "x0": low, "x1": high, "y0": low, "y1": high, "line": line, "layer": "below"}
