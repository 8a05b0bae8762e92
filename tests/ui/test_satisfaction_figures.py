"""Figures of scores and delivery: Plotly takes them, they wear the palette, and they show what the answers say."""

import json
import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from analytics.diagnostic.bends import Bend
from analytics.diagnostic.coming_back import ComingBack
from analytics.diagnostic.day_costs import DayCosts
from analytics.diagnostic.delivery_spread import QUANTILES, DeliverySpread
from analytics.diagnostic.dose_response import DoseResponse
from analytics.diagnostic.drivers import Drivers, LimitCheck
from analytics.diagnostic.on_time import OnTime
from analytics.diagnostic.rank_correlation import Correlation, ScoreCorrelations
from ui import chart_element, charts
from ui.charts.look import DARK, LIGHT, use_look

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\b")
NAME = '<img src="x"> & co, a member whose name is long'


@pytest.fixture(autouse=True, params=[LIGHT, DARK], ids=lambda look: look.name)
def look(request):
    yield use_look(request.param.name)
    use_look("light")


def with_ends(frame: pd.DataFrame, *columns: str, half: float = 0.1) -> pd.DataFrame:
    for column in columns:
        frame = frame.assign(**{f"{column}_low": frame[column] - half, f"{column}_high": frame[column] + half})
    return frame


def drivers(good: float = 0.05) -> Drivers:
    rows = pd.DataFrame(
        {
            "factor": ["Delivery days", "Region", "Region"],
            "level": ["one day later", NAME, "South"],
            "reference": ["as it came", "North", "North"],
            "orders": [900, 300, 200],
            "score": [-0.2, 0.3, 0.01],
            "good": [good, good, good],
            "odds": [-0.25, 0.5, 0.02],
            "by_chance": [0.0, 0.01, 0.8],
        }
    )
    return Drivers(with_ends(rows, "score", "good", "odds"), pd.DataFrame(), 900, "Said.", "", "")


def dose(groups: int = 5) -> DoseResponse:
    days = pd.DataFrame({"label": [str(n) for n in range(1, groups + 1)], "day": np.arange(1.0, groups + 1)})
    days["orders"] = 40
    for column in ("score", "adjusted_score"):
        days[column] = 4.5 - 0.2 * days["day"]
    for column in ("good", "adjusted_good"):
        days[column] = 0.9 - 0.05 * days["day"]
    curve = pd.DataFrame({"day": [1.0, float(groups)], "score": [4.4, 3.5], "good": [0.9, 0.6]})
    days = with_ends(days, "score", "adjusted_score", "good", "adjusted_good")
    return DoseResponse(days, with_ends(curve, "score", "good"), Bend(False, 0.5, ""), "Said.", "", "")


def on_time(reference: str | None = "previous", buckets: int = 4) -> OnTime:
    share = {"orders": 100.0, "share": 0.8, "share_low": 0.7, "share_high": 0.9, "last_year": np.nan, "factor": 1.0}
    share |= (
        {"previous": 0.85, "change": -0.05, "noise": 0.1}
        if reference
        else dict.fromkeys(("previous", "change", "noise"), np.nan)
    )
    members = pd.DataFrame([{"member": NAME} | share, {"member": "South"} | share]).drop(columns="factor")
    course = pd.DataFrame({"start": [date(2026, 1, 5) + timedelta(7 * n) for n in range(buckets)], "orders": 25})
    course = with_ends(course.assign(share=0.8), "share").assign(
        reference=0.85 if reference else np.nan, complete=[n > 0 for n in range(buckets)]
    )
    members = members.assign(by_chance=[0.01, 0.7])
    return OnTime(4, "region", "week", reference, share, members, course, 0, "Said.", "Said.", "")


def spread() -> DeliverySpread:
    rows = pd.DataFrame({"member": [NAME, "South"], "orders": [50, 60], "mean": [5.5, 4.0]})
    return DeliverySpread("region", rows.assign(**dict.fromkeys(QUANTILES, 4.0)), 0.5, "Said.", "")


def back(late: int = 40) -> ComingBack:
    days = pd.DataFrame({"label": ["2", "5", "8+"], "day": [2.0, 5.0, 9.1], "customers": 40, "share": [0.6, 0.5, 0.4]})
    sides = pd.DataFrame(
        {"label": ["on time", "late"], "customers": [80, late], "share": [0.6, 0.4 if late else np.nan]}
    )
    apart, ranks = (-0.2, -0.3, -0.1), Correlation(-0.1, -0.2, 0.0, 120)
    return ComingBack(90, 5, with_ends(days, "share"), with_ends(sides, "share"), apart, ranks, ranks, "", "", "")


def limits() -> LimitCheck:
    rows = with_ends(
        pd.DataFrame({"limit": ["2 or more", "5", "all limits together"], "odds": [-0.2, -0.3, -0.25]}), "odds"
    )
    return LimitCheck(rows, 0.4, f"{NAME} against North", "Said.", "")


def costs() -> DayCosts:
    rows = pd.DataFrame({"member": [NAME, "South"], "orders": [40, 50], "score": [-0.2, -0.1], "good": [-0.06, -0.04]})
    return DayCosts("region", with_ends(rows, "score", "good"), 0.5, "Said.", "")


def ranks(partial: float = -0.2) -> ScoreCorrelations:
    rows = pd.DataFrame({"held_equal": ["plain", NAME], "correlation": [-0.3, partial], "orders": 200})
    return ScoreCorrelations(with_ends(rows, "correlation"), "Said.", "")


DRAWN = {
    "effects in points": lambda: charts.effect_whiskers(drivers(), "score"),
    "effects in shares": lambda: charts.effect_whiskers(drivers(), "good"),
    "effects in odds": lambda: charts.effect_whiskers(drivers(), "odds"),
    "effects of which shares cannot be told": lambda: charts.effect_whiskers(drivers(np.nan), "good"),
    "limits": lambda: charts.limit_whiskers(limits()),
    "costs of a day in points": lambda: charts.day_cost_whiskers(costs(), "score"),
    "costs of a day in shares": lambda: charts.day_cost_whiskers(costs(), "good"),
    "ranks": lambda: charts.correlation_whiskers(ranks()),
    "ranks with nothing left": lambda: charts.correlation_whiskers(ranks(np.nan)),
    "scores by days": lambda: charts.dose_lines(dose(), "score"),
    "shares by days": lambda: charts.dose_lines(dose(), "good"),
    "scores by thirty days": lambda: charts.dose_lines(dose(30), "score"),
    "on time": lambda: charts.on_time_whiskers(on_time()),
    "on time with nothing to compare": lambda: charts.on_time_whiskers(on_time(None)),
    "the course": lambda: charts.on_time_line(on_time()),
    "the course of one week": lambda: charts.on_time_line(on_time(None, 1)),
    "the spread": lambda: charts.spread_bars(spread()),
    "coming back": lambda: charts.again_dots(back()),
    "coming back, none late": lambda: charts.again_dots(back(0)),
}


def drawn(what: str) -> tuple[go.Figure, dict]:
    sent = json.loads(chart_element.encoded(DRAWN[what]()))
    return go.Figure(sent), sent


@pytest.mark.parametrize("what", DRAWN)
def test_a_figure_is_taken_and_draws_something(what):
    figure, sent = drawn(what)
    assert figure.data or what == "effects of which shares cannot be told"
    assert sent["layout"]["height"] > 100
    assert "NaN" not in json.dumps(sent)


@pytest.mark.parametrize("what", DRAWN)
def test_a_figure_wears_the_colours_of_the_page_alone(what, look):
    allowed = {c.upper() for c in (look.surface, look.text, look.muted, look.grid, look.accent, look.context)}
    assert {c.upper() for c in COLOUR.findall(json.dumps(drawn(what)[1]))} <= allowed


@pytest.mark.parametrize("what", DRAWN)
def test_a_name_is_text_in_a_figure(what):
    texts = json.dumps({k: v for k, v in drawn(what)[1].items() if k == "layout"})
    for trace in drawn(what)[1]["data"]:
        texts += json.dumps([trace.get(part) for part in ("text", "hovertext", "name")])
    assert "<img" not in texts


def test_what_is_beyond_chance_is_in_the_accent_and_the_rest_grey(look):
    sent = drawn("effects in points")[1]
    strength = {trace["marker"]["color"]: trace["x"] for trace in sent["data"]}
    assert strength[look.accent] == [-0.2, 0.3]
    assert strength[look.context] == [0.01]


def test_a_click_hands_over_the_member_itself():
    for what in ("on time", "the spread"):
        members = [m for trace in drawn(what)[1]["data"] for m in trace.get("customdata", [])]
        assert NAME in members


def test_partial_weeks_are_off_the_line_and_named():
    figure, sent = drawn("the course")
    line = next(trace for trace in figure.data if trace.name == "week")
    assert line.y[0] is None
    assert "partial week" in sent["layout"]["annotations"][0]["text"]


def test_ticks_of_many_days_leave_room():
    assert len(drawn("scores by thirty days")[1]["layout"]["xaxis"]["tickvals"]) <= 12


def test_the_whiskers_end_where_the_range_does():
    trace = next(t for t in drawn("ranks")[1]["data"] if t.get("error_x"))
    assert trace["x"][0] + trace["error_x"]["array"][0] == pytest.approx(-0.2)
    assert trace["x"][0] - trace["error_x"]["arrayminus"][0] == pytest.approx(-0.4)


def test_a_period_without_a_comparison_has_no_hollow_marks():
    assert "period before" not in json.dumps(drawn("on time with nothing to compare")[1])
    assert on_time(None).notes.startswith("Shaded")
