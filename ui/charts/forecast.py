"""Charts of what comes next: the days ahead with their bands, a month ago, the fixed split, errors, members, events."""

import pandas as pd

from analytics.formats import currency_symbol, percent, signed
from analytics.metrics import METRICS, Metric
from analytics.predictive.forecast import ARIMA
from analytics.predictive.forecast_quality import Told
from analytics.predictive.forecast_view import Course, MemberShares, amount
from analytics.shop import Shop
from ui.charts.days import event_shades, time_axis
from ui.charts.look import Figure, Look, above, axis_prefix, current_look, lean_figure
from ui.charts.marks import band
from ui.charts.remembered import remembered
from ui.charts.whiskers import Whisker, whisker_figure

WIDE, NARROW = 0.13, 0.28
"""Strength of the bands of 95 and of 80 %."""
PALE = 0.55
MEAN_DAYS = 7
BAR_HEIGHT, FRAME_HEIGHT = 30, 62
MOST_EVENTS = 14


@remembered
def forecast_lines(course: Course, shop: Shop, height: int = 340) -> Figure:
    """The past, then what is expected with both bands, known events shaded; buckets cut short are open circles."""
    look, unit, past, ahead = current_look(), METRICS[course.key], course.past, course.ahead
    by_day = course.granularity == "day"
    traces = _bands(ahead["start"], ahead, look, unit, shop) if ahead["low_80"].notna().any() else []
    whole = past["value"].where(past["complete"])
    if by_day:
        mean = past["value"].rolling(MEAN_DAYS, min_periods=MEAN_DAYS).mean()
        traces += [_line(past["start"], whole, look.faded(look.context, PALE), 1.1, "day", unit, shop)]
        traces += [_line(past["start"], mean, look.context, 2.2, f"{MEAN_DAYS}-day mean", unit, shop)]
    else:
        traces += [_line(past["start"], whole, look.context, 2.2, course.granularity, unit, shop)]
    told = ahead["expected"].where(ahead["complete"]) if ahead["complete"].any() else ahead["expected"]
    traces.append(_line(ahead["start"], told, look.accent, 2.4, "expected", unit, shop))
    cut = pd.concat([past[~past["complete"]].rename(columns={"value": "expected"}), ahead[~ahead["complete"]]])
    if len(cut):
        traces.append(_cut(cut, unit, shop, look))
    if len(ahead) == 1:
        traces.append(_range_of_one(ahead, look))
    rows = pd.concat([past, ahead.rename(columns={"expected": "value"})], ignore_index=True)
    shapes, labels = event_shades(course.events, rows, course.granularity)
    said = [f'<span style="color:{look.accent}"><b>━ expected</b></span>', "━ 7-day mean" if by_day else "━ past"]
    if ahead["low_80"].notna().any():
        said.append(f'<span style="color:{look.accent}">▒ 80 and 95 %</span>')
    if len(cut):
        said.append("○ cut short")
    return lean_figure(
        *traces,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis=time_axis(rows["start"], course.granularity),
        yaxis={"rangemode": "tozero"} | axis_prefix(unit.unit, currency_symbol(shop.currency)),
        shapes=shapes,
        annotations=[above(*said), *labels],
    )


@remembered
def month_ago_lines(told: Told, shop: Shop, height: int = 280) -> Figure:
    """What would have been said, with its bands, and what came."""
    look, unit, rows = current_look(), METRICS[told.key], told.table
    came = _line(rows["day"], rows["actual"], look.text, 1.8, "came", unit, shop) | {"mode": "lines+markers"}
    came["marker"] = {"color": look.text, "size": 5}
    expected = _line(rows["day"], rows["expected"], look.accent, 2.2, "expected then", unit, shop)
    said = (f'<span style="color:{look.accent}"><b>━ expected then</b></span>', "● came", "▒ 80 and 95 %")
    return lean_figure(
        *_bands(rows["day"], rows, look, unit, shop),
        expected,
        came,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis=time_axis(rows["day"], "day"),
        yaxis={"rangemode": "tozero"} | axis_prefix(unit.unit, currency_symbol(shop.currency)),
        annotations=[above(*said)],
    )


@remembered
def split_lines(told: Told, shop: Shop, height: int = 280) -> Figure:
    """The last fifth of the days, what ARIMA and the last week again said of them."""
    look, unit, rows = current_look(), METRICS[told.key], told.table
    naive = next(name for name in rows.columns if name not in ("day", "actual", ARIMA))
    drawn = (
        _line(rows["day"], rows["actual"], look.faded(look.context, PALE), 1.2, "came", unit, shop),
        _line(rows["day"], rows[naive], look.context, 1.2, naive.lower(), unit, shop, "dot"),
        _line(rows["day"], rows[ARIMA], look.accent, 2.4, ARIMA, unit, shop),
    )
    said = (f'<span style="color:{look.accent}"><b>━ {ARIMA}</b></span>', "┈ last week again", "─ came")
    return lean_figure(
        *drawn,
        height=height,
        top=26,
        hovermode="x unified",
        xaxis=time_axis(rows["day"], "day"),
        yaxis=axis_prefix(unit.unit, currency_symbol(shop.currency)),
        annotations=[above(*said)],
    )


@remembered
def error_bars(told: Told) -> Figure:
    """The error by granularity as a bar, what chance alone leaves as a mark in it, the last week again beside it."""
    look, rows = current_look(), told.table.iloc[::-1]
    names = [{"day": "a day", "week": "a week", "month": "four weeks"}[name] for name in rows["granularity"]]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": rows["wape"],
        "marker": {"color": look.faded(look.accent, 0.75), "cornerradius": 2},
        "text": [percent(wape) for wape in rows["wape"]],
        "textposition": "inside",
        "insidetextanchor": "start",
        "hovertemplate": "error %{x:.1%}<extra></extra>",
        "name": "error",
    }
    marks = [
        _mark(names, rows["floor"], "line-ns", look.text, "chance alone"),
        _mark(names, rows["naive"], "circle-open", look.context, "last week again"),
    ]
    said = (
        f'<span style="color:{look.accent}"><b>▬ error</b></span>',
        f'<span style="color:{look.text}">│ chance alone</span>',
        "○ last week again",
    )
    return lean_figure(
        bars,
        *marks,
        height=FRAME_HEIGHT + BAR_HEIGHT * max(len(rows), 2),
        top=26,
        hovermode="closest",
        xaxis={"tickformat": ".0%", "rangemode": "tozero", "showgrid": True, "gridcolor": look.grid},
        yaxis={"showgrid": False, "tickfont": {"color": look.text, "size": 12}, "ticklabelstandoff": 8},
        annotations=[above(*said)],
    )


@remembered
def member_whiskers(shares: MemberShares, shop: Shop) -> Figure:
    """What each member is expected to bring, with its 80 % range."""
    unit, rows = METRICS[shares.key], []
    for row in shares.rows.to_dict("records"):
        names = ("expected", "low_80", "high_80", "before")
        told, low, high, before = (amount(shares.key, row[name], shop.currency) for name in names)
        ends = (row["expected"], row["low_80"], row["high_80"])
        rows.append(Whisker(str(row["member"]), *ends, hover=f"{told} ({low} to {high})<br>before: {before}"))
    return whisker_figure(rows, {"rangemode": "tozero"} | axis_prefix(unit.unit, currency_symbol(shop.currency)), None)


@remembered
def event_whiskers(told: Told) -> Figure:
    """How much more, or less, a day of each event brings, with its 95 % range; those to come first."""
    rows = [
        Whisker(
            row["label"] + (" ▸" if row["days"] else ""),
            row["effect"],
            row["effect_low"],
            row["effect_high"],
            hover=f"{signed(percent(row['effect'], 0))} ({signed(percent(row['effect_low'], 0))} to "
            f"{signed(percent(row['effect_high'], 0))})<br>{row['seen']} days known, {row['days']} ahead",
            strong=row["effect_low"] > 0 or row["effect_high"] < 0,
        )
        for row in told.table.head(MOST_EVENTS).to_dict("records")
    ]
    return whisker_figure(rows, {"tickformat": "+.0%"})


def _bands(x: pd.Series, rows: pd.DataFrame, look: Look, unit: Metric, shop: Shop) -> list[dict]:
    """The wide band below the narrow one; only the narrow one is read out."""
    traces = []
    for confidence, strength in (("95", WIDE), ("80", NARROW)):
        ends = rows[f"low_{confidence}"], rows[f"high_{confidence}"]
        lower, upper = band(x, *ends, look.faded(look.accent, strength))
        upper["name"] = f"{confidence} %"
        if confidence == "80":
            upper |= {"hoverinfo": "text", "text": _ranges(rows, unit, shop), "hovertemplate": "%{text}"}
        traces += [lower, upper]
    return traces


def _ranges(rows: pd.DataFrame, unit: Metric, shop: Shop) -> list[str]:
    ends = zip(rows["low_80"], rows["high_80"], strict=True)
    return [f"{amount(unit.key, low, shop.currency)} to {amount(unit.key, high, shop.currency)}" for low, high in ends]


def _line(
    x: pd.Series, y: pd.Series, colour: str, width: float, name: str, unit: Metric, shop: Shop, dash: str = "solid"
) -> dict:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines" if y.notna().sum() > 1 else "markers",
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {"color": colour, "size": 8},
        "text": [amount(unit.key, value, shop.currency) for value in y],
        "hovertemplate": "%{text}",
        "name": name,
    }


def _range_of_one(ahead: pd.DataFrame, look: Look) -> dict:
    """A single point has no area around it: its 80 % band is a line."""
    up, down = ahead["high_80"] - ahead["expected"], ahead["expected"] - ahead["low_80"]
    line = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": look.accent, "width": 4}
    place = {"type": "scatter", "x": ahead["start"], "y": ahead["expected"], "mode": "markers"}
    return place | {"marker": {"size": 1, "color": look.accent}, "error_y": line, "hoverinfo": "skip", "name": "80 %"}


def _cut(cut: pd.DataFrame, unit: Metric, shop: Shop, look: Look) -> dict:
    dots = _line(cut["start"], cut["expected"], look.accent, 1.0, "cut short", unit, shop)
    marker = {"color": "rgba(0,0,0,0)", "size": 8, "line": {"color": look.accent, "width": 1.6}}
    return dots | {"mode": "markers", "marker": marker}


def _mark(names: list[str], values: pd.Series, symbol: str, colour: str, name: str) -> dict:
    size = {"symbol": symbol, "size": 22 if symbol == "line-ns" else 10, "line": {"color": colour, "width": 2.2}}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": values,
        "y": names,
        "marker": size | {"color": colour},
        "hovertemplate": f"{name}: %{{x:.1%}}<extra></extra>",
        "name": name,
    }
