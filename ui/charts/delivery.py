"""Charts of delivery: how long it takes, what came on time, and who came back."""

import pandas as pd

from analytics.chance import FALSE_DISCOVERIES
from analytics.diagnostic.coming_back import ComingBack
from analytics.diagnostic.delivery_spread import DeliverySpread
from analytics.diagnostic.on_time import OnTime
from analytics.formats import percent
from ui.charts.days import time_axis
from ui.charts.lines import REFERENCE_NAMES
from ui.charts.look import Figure, above, current_look, escaped, lean_figure, rows_below_each_other
from ui.charts.marks import band, see_through, shortened
from ui.charts.remembered import remembered
from ui.charts.satisfaction import day_ticks
from ui.charts.whiskers import FRAME_HEIGHT, Whisker, whisker_figure

MOST_MEMBERS = 12
SPREAD_ROW = 34


@remembered
def on_time_whiskers(on_time: OnTime) -> Figure:
    """The share on time by member, the fewest on top; grey where no different from all others beyond chance."""
    rows = [_on_time_row("All", on_time.whole, True)]
    for row in on_time.members.dropna(subset="share").head(MOST_MEMBERS).to_dict("records"):
        rows.append(_on_time_row(row["member"], row, row["by_chance"] <= FALSE_DISCOVERIES))
    earlier = REFERENCE_NAMES.get(on_time.reference, "")
    return whisker_figure(rows, {"tickformat": ".0%"}, mark=on_time.whole["share"], earlier=earlier)


def _on_time_row(name: str, row: dict, strong: bool) -> Whisker:
    before = next((row[c] for c in ("previous", "last_year") if pd.notna(row[c])), None)
    ends = f"{percent(row['share_low'])} to {percent(row['share_high'])}"
    hover = f"<b>{escaped(name)}</b><br>{percent(row['share'])} ({ends})<br>{row['orders']:,.0f} deliveries"
    if pd.notna(row["change"]):
        hover += f"<br>before: {percent(before)}; chance: ± {100 * row['noise']:.1f} pp"
    told = percent(row["share"], 0)
    return Whisker(name, row["share"], row["share_low"], row["share_high"], told, hover, strong, name, before)


@remembered
def on_time_line(on_time: OnTime, height: int = 260) -> Figure:
    """The share on time by day, week or month with its range, over the comparison; open circles are partial."""
    look, rows = current_look(), on_time.buckets
    whole = rows["share"].where(rows["complete"])
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": rows["start"],
        "y": whole,
        "line": {"color": look.accent, "width": 2.4},
        "marker": {"color": look.accent, "size": 6},
        "text": [
            f"{percent(r['share'])} ({percent(r['share_low'])} to {percent(r['share_high'])}), {r['orders']:,} orders"
            for r in rows.to_dict("records")
        ],
        "hovertemplate": "%{text}",
        "name": on_time.granularity,
    }
    traces = band(rows["start"], rows["share_low"], rows["share_high"], see_through(look.accent))
    said = [f'<span style="color:{look.accent}"><b>━ on time</b></span>']
    if on_time.reference and rows["reference"].notna().any():
        name = REFERENCE_NAMES[on_time.reference]
        dotted = {"color": look.context, "width": 1.5, "dash": "dot"}
        earlier = {"type": "scatter", "mode": "lines", "x": rows["start"], "y": rows["reference"], "line": dotted}
        traces.append(earlier | {"name": name, "hovertemplate": "%{y:.1%}"})
        said.append(f"┈ {name}")
    cut = rows[~rows["complete"]]
    traces.append(line)
    if len(cut):
        open_circle = {"color": "rgba(0,0,0,0)", "size": 8, "line": {"color": look.accent, "width": 1.6}}
        partial = {"type": "scatter", "mode": "markers", "x": cut["start"], "y": cut["share"], "marker": open_circle}
        traces.append(partial | {"name": "partial", "hovertemplate": "%{y:.1%} (partial)"})
        said.append(f"○ partial {on_time.granularity}")
    return lean_figure(
        *traces,
        height=height,
        top=26,
        hovermode="x unified",
        annotations=[above(*said)],
        xaxis=time_axis(rows["start"], on_time.granularity),
        yaxis={"tickformat": ".0%"},
    )


@remembered
def spread_bars(spread: DeliverySpread) -> Figure:
    """Delivery days by member, slowest on top: from the fast tenth to the slow tenth, the middle half thick."""
    look = current_look()
    rows = spread.members.head(MOST_MEMBERS).iloc[::-1].reset_index(drop=True)
    places = list(range(1, len(rows) + 1))
    hover = [_spread_hover(row) for row in rows.to_dict("records")]
    traces = []
    for first, last, width, strength in (("fast_tenth", "slow_tenth", 3, 0.4), ("quarter", "three_quarters", 10, 0.55)):
        x = [v for row in rows.to_dict("records") for v in (row[first], row[last], None)]
        y = [v for place in places for v in (place, place, None)]
        line = {"color": look.faded(look.accent, strength), "width": width}
        traces.append({"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"})
    for column, mark in (("median", {"symbol": "line-ns", "size": 14, "line": {"width": 2.5, "color": look.text}}),
                         ("mean", {"symbol": "circle", "size": 7, "color": look.accent})):  # fmt: skip
        dots = {"type": "scatter", "mode": "markers", "x": rows[column], "y": places, "marker": mark}
        traces.append(dots | {"hovertext": hover, "hoverinfo": "text", "customdata": rows["member"], "name": column})
    said = [f'<span style="color:{look.text}"><b>❘</b></span> median',
            f'<span style="color:{look.accent}"><b>●</b></span> mean',
            "━ 25–75 %   ─ 10–90 %"]  # fmt: skip
    names = [f"{escaped(shortened(row['member'], 18))}  <b>{row['mean']:.1f}</b>" for row in rows.to_dict("records")]
    return lean_figure(
        *traces,
        height=FRAME_HEIGHT + 42 + SPREAD_ROW * max(len(rows), 3),
        top=42,
        hovermode="closest",
        annotations=[above("   ".join(said[:2]) + f"<br>{said[2]}")],
        xaxis={"rangemode": "tozero", "showgrid": True, "gridcolor": look.grid, "ticksuffix": " d", "nticks": 7},
        yaxis=rows_below_each_other(names),
    )


def _spread_hover(row: dict) -> str:
    return (
        f"<b>{escaped(row['member'])}</b><br>mean {row['mean']:.1f}, median {row['median']:.0f} days"
        f"<br>middle half {row['quarter']:.0f} to {row['three_quarters']:.0f}"
        f"<br>nine of ten within {row['slow_tenth']:.0f}<br>{row['orders']:,} deliveries"
    )


@remembered
def again_dots(back: ComingBack, height: int = 300) -> Figure:
    """Who ordered again by delivery days of the first order; level lines: on time and late, with their shares."""
    look, rows = current_look(), back.days
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": rows["day"],
        "y": rows["share"],
        "marker": {"color": look.accent, "size": 8},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": rows["share_high"] - rows["share"],
            "arrayminus": rows["share"] - rows["share_low"],
            "color": look.accent,
            "thickness": 1.5,
            "width": 0,
        },
        "hovertext": [
            f"<b>{r['label']} days</b><br>{percent(r['share'])} ({percent(r['share_low'])} to "
            f"{percent(r['share_high'])})<br>{r['customers']:,} customers"
            for r in rows.to_dict("records")
        ],
        "hoverinfo": "text",
    }
    edges = (rows["day"].min() - 0.5, back.promise + 0.5, rows["day"].max() + 0.5)
    shapes, said = [], []
    for side, first, last in zip(back.sides.to_dict("records"), edges[:-1], edges[1:], strict=True):
        if pd.isna(side["share"]) or last <= first:
            continue
        line = {"color": look.text, "width": 1.4, "dash": "dash"}
        shapes.append({"type": "line", "x0": first, "x1": last, "y0": side["share"], "y1": side["share"], "line": line})
        said.append(f"┄ {side['label']} {percent(side['share'], 0)}")
    return lean_figure(
        dots,
        height=height,
        top=26,
        hovermode="closest",
        shapes=shapes,
        annotations=[above(*said)],
        xaxis={"title": {"text": "delivery days of the first order", "font": {"size": 12}}} | day_ticks(rows),
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
    )
