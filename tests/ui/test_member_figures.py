"""Figures of members over time: on shared axes, in stable colours, light, and with names as text."""

import json
import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from analytics.descriptive.member_trends import MemberTrends
from analytics.metrics import METRICS
from analytics.shop import Shop
from ui import chart_element, charts
from ui.charts.look import DARK, LIGHT, use_look
from ui.charts.members import MOST_LINES, member_mark

HOSTILE = ["<b>x</b>", "%{x} & {{7*7}}", "A very long name of a member that goes on"]
EVENTS = pd.DataFrame({"start_date": [date(2026, 10, 2)], "end_date": [date(2026, 10, 3)], "label": ["<i>Sale</i>"]})


@pytest.fixture(autouse=True, params=[LIGHT, DARK], ids=lambda look: look.name)
def look(request):
    yield use_look(request.param.name)
    use_look("light")


def shop_of(members: list[str]) -> Shop:
    day = date(2026, 10, 31)
    return Shop("Shop", "EUR", "monday", date(2025, 1, 1), day, day, 7, members={"region": tuple(members)})


def trends_of(names: list[str], days: int = 10, granularity: str = "month", key: str = "revenue") -> MemberTrends:
    starts = [date(2026, 10, 1) + timedelta(i) for i in range(days)]
    buckets = pd.DataFrame({"member": np.repeat(names, days), "start": starts * len(names)})
    buckets["value"] = np.arange(len(buckets), dtype="float64")
    for column in ("mean", "share", "share_mean", "reference", "reference_mean"):
        buckets[column] = buckets["value"] / 2 if granularity == "day" or "mean" not in column else np.nan
    buckets["complete"] = [day != starts[-1] for day in starts] * len(names)
    members = pd.DataFrame({"member": names, "value": 1.0})
    return MemberTrends("region", key, granularity, members, buckets, "last_year", "previous", "Said.")


def drawn(chart, *given) -> go.Figure:
    return go.Figure(json.loads(chart_element.encoded(chart(*given))))


CHARTS = {
    "lines": lambda trends, shop: drawn(charts.member_lines, trends, shop, EVENTS),
    "shares": lambda trends, shop: drawn(charts.member_lines, trends, shop, EVENTS, 1),
    "panels": lambda trends, shop: drawn(charts.member_panels, trends, shop, EVENTS),
}


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("granularity", ["day", "month"])
@pytest.mark.parametrize("number", [1, 2, 3, 8, 38])
@pytest.mark.parametrize("days", [1, 2, 10, 200, 900])
def test_any_number_of_members_and_days_can_be_sent(chart, granularity, number, days):
    names = [f"Land {i}" for i in range(number)]
    figure = CHARTS[chart](trends_of(names, days, granularity), shop_of(names))
    spec = json.loads(figure.to_json())
    assert "title" not in spec["layout"]
    assert len({trace.name for trace in figure.data}) > 1
    assert len(json.dumps(spec["layout"])) < 9_000


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("key", METRICS)
def test_every_metric_is_written_in_its_unit(chart, key):
    names = ["North", "South"]
    lines = CHARTS[chart](trends_of(names, key=key), shop_of(names)).data
    templates = {trace.hovertemplate for trace in lines if trace.name != "partial"}
    (template,) = templates
    unit = "share" if chart == "shares" else METRICS[key].unit
    assert {"money": "€ ", "share": "%}", "days": " d", "count": "{y:,.0f}", "score": "{y:.2f}"}[unit] in template


def test_panels_share_their_axes():
    names = [f"Land {i}" for i in range(5)]
    figure = CHARTS["panels"](trends_of(names), shop_of(names))
    assert len({(trace.xaxis, trace.yaxis) for trace in figure.data}) == 5
    layout = figure.layout
    assert layout.xaxis2.matches == "x"
    assert layout.yaxis2.matches == layout.yaxis3.matches == "y"
    heights = [axis.domain[1] - axis.domain[0] for axis in (layout.yaxis, layout.yaxis2, layout.yaxis3)]
    assert heights == pytest.approx([heights[0]] * 3)
    assert layout.yaxis.domain[0] > layout.yaxis2.domain[1] > layout.yaxis2.domain[0] > layout.yaxis3.domain[1]


def test_partial_buckets_are_open_circles_off_every_line():
    names = ["North", "South"]
    for chart in CHARTS:
        traces = CHARTS[chart](trends_of(names), shop_of(names)).data
        cut = [trace for trace in traces if trace.name == "partial"]
        assert sum(len(trace.x) for trace in cut) == 2
        assert all("(partial)" in text for trace in cut for text in trace.text)
        assert all(trace.y[-1] is None for trace in traces if trace.name != "partial")


@pytest.mark.parametrize("chart", CHARTS)
def test_names_of_strangers_are_text(chart):
    figure = CHARTS[chart](trends_of(HOSTILE), shop_of(HOSTILE))
    texts = [a.text for a in figure.layout.annotations] + [trace.name for trace in figure.data]
    texts += [text for trace in figure.data for text in trace.text or []]
    for text in texts:
        assert not re.search(r"<(?!/?b>|br>|/?span)", text), text
        assert "<b>x" not in text
        assert "goes on" not in text
    assert all("7*7" not in (trace.hovertemplate or "") for trace in figure.data)


def test_only_so_many_are_drawn_and_the_biggest():
    names = [f"Land {i:02}" for i in range(38)]
    lines = CHARTS["lines"](trends_of(names, granularity="day"), shop_of(names[::-1])).data
    assert [line.name for line in lines if line.name != "partial"] == names[:MOST_LINES]


def test_a_member_has_the_mark_of_its_place_in_the_shop(look):
    names = [f"Land {i:02}" for i in range(38)]
    shop = shop_of(names)
    marks = [member_mark(name, "region", shop) for name in names]
    assert len(set(marks)) == 38, "colour and dash together tell forty apart"
    assert marks[0] == (look.members[0], "solid")
    assert marks[10] == (look.members[0], "dash")
    assert member_mark("Gone", "region", shop) == marks[0], "one that left with an import is drawn all the same"


def test_a_comparison_is_in_the_panels_alone():
    names = ["North", "South"]
    assert "last year" in {t.name for t in CHARTS["panels"](trends_of(names), shop_of(names)).data}
    assert "last year" not in {t.name for t in CHARTS["lines"](trends_of(names), shop_of(names)).data}
