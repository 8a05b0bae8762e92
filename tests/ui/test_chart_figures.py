"""Figures from frames alone: they can be sent, wear the palette, and draw whatever little there is."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import plotly
import plotly.graph_objects as go
import pytest

from analytics.descriptive.breakdowns import Breakdown, Distribution
from analytics.descriptive.trends import Trend
from analytics.metrics import METRICS
from analytics.shop import Shop
from ui import chart_element, charts
from ui.charts.look import DARK, LIGHT, use_look
from ui.early_files import BUNDLE

SHOP = Shop("Shop", "EUR", "monday", date(2025, 1, 1), date(2026, 10, 31), date(2026, 10, 31), 7)
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\b")


@pytest.fixture(autouse=True, params=[LIGHT, DARK], ids=lambda look: look.name)
def look(request):
    yield use_look(request.param.name)
    use_look("light")


def trend(values: list[float], granularity: str = "day", reference: str | None = "last_year", key: str = "revenue"):
    buckets = pd.DataFrame({"start": [date(2026, 10, 1) + timedelta(i) for i in range(len(values))]})
    buckets["value"] = np.array(values, dtype="float64")
    buckets["complete"] = [i < len(values) - 1 for i in range(len(values))]
    buckets["known"] = True
    buckets["reference"] = buckets["value"] * 0.9 if reference else np.nan
    for name, column in (("mean", "value"), ("reference_mean", "reference")):
        buckets[name] = buckets[column].rolling(7, min_periods=1).mean() if granularity == "day" else np.nan
    return Trend(key, granularity, buckets, reference, "Said.")


def breakdown(members: list[str], values: list[float], key: str = "revenue") -> Breakdown:
    frame = pd.DataFrame({"member": pd.Series(members, dtype="str"), "value": np.array(values, dtype="float64")})
    for column in ("orders", "previous", "last_year", "share", "noise_previous"):
        frame[column] = frame["value"]
    return Breakdown("region", key, "previous", frame, "Said.")


def distribution(values: list[int]) -> Distribution:
    counts = pd.DataFrame(
        {"value": values, "orders": [10] * len(values), "share": [1 / max(len(values), 1)] * len(values)}
    )
    return Distribution(counts.assign(previous=np.nan), 10, 10, "Said.")


def drawn(chart, *given) -> go.Figure:
    """A chart's figure, as it is sent and as Plotly's Python package checks it."""
    return go.Figure(json.loads(chart_element.encoded(chart(*given))))


def heat(weekdays: int, months: int) -> pd.DataFrame:
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][:weekdays]
    return pd.DataFrame(
        np.arange(weekdays * months, dtype="float64").reshape(weekdays, months),
        index=pd.Index(names, name="weekday"),
        columns=pd.date_range("2026-01-01", periods=months, freq="MS"),
    )


EVENTS = pd.DataFrame({"start_date": [date(2026, 10, 2)], "end_date": [date(2026, 10, 3)], "label": ["<b>Sale</b>"]})
DRAWN = {
    "a trend by day": lambda: drawn(charts.trend_lines, trend([1.0, 5.0, 3.0] * 5), SHOP, EVENTS),
    "a trend by month with a partial one": lambda: drawn(charts.trend_lines, trend([1.0, 2.0], "month"), SHOP),
    "a trend of one day": lambda: drawn(charts.trend_lines, trend([4.0]), SHOP),
    "a trend of one week without comparison": lambda: drawn(charts.trend_lines, trend([4.0], "week", None), SHOP),
    "a trend with gaps": lambda: drawn(charts.trend_lines, trend([float("nan"), 2.0, float("nan")]), SHOP),
    "a trend of nothing but gaps": lambda: drawn(charts.trend_lines, trend([float("nan")] * 3), SHOP),
    "a trend of no days": lambda: drawn(charts.trend_lines, trend([]), SHOP),
    "bars": lambda: drawn(charts.member_bars, breakdown(["North", "South"], [10.0, 5.0]), SHOP),
    "one bar": lambda: drawn(charts.member_bars, breakdown(["North"], [10.0]), SHOP),
    "bars of nothing": lambda: drawn(charts.member_bars, breakdown([], []), SHOP),
    "bars of zero": lambda: drawn(charts.member_bars, breakdown(["North"], [0.0]), SHOP),
    "bars below zero": lambda: drawn(charts.member_bars, breakdown(["North", "South"], [10.0, -5.0]), SHOP),
    "bars all below zero": lambda: drawn(charts.member_bars, breakdown(["North", "South"], [-1.0, -5.0]), SHOP),
    "thirty-eight bars": lambda: drawn(charts.member_bars, breakdown([f"L {i}" for i in range(38)], [2.0] * 38), SHOP),
    "scores": lambda: drawn(charts.count_bars, distribution([1, 2, 3, 4, 5]), "score", 4),
    "one score": lambda: drawn(charts.count_bars, distribution([5]), "score", 4),
    "a long tail of delivery days": lambda: drawn(charts.count_bars, distribution(list(range(40))), "days"),
    "weekdays by months": lambda: drawn(charts.weekday_month_heatmap, heat(7, 12), "revenue", SHOP),
    "one weekday in one month": lambda: drawn(charts.weekday_month_heatmap, heat(1, 1), "satisfaction", SHOP),
}  # fmt: skip


@pytest.mark.parametrize("what", DRAWN)
def test_a_figure_can_be_sent(what):
    spec = json.loads(DRAWN[what]().to_json())
    assert spec["data"], "something is drawn"
    assert "NaN" not in json.dumps(spec["layout"])


@pytest.mark.parametrize("what", DRAWN)
def test_a_figure_wears_the_colours_of_the_page_alone(what, look):
    figure = DRAWN[what]()
    allowed = {
        c.upper() for c in (look.page, look.surface, look.text, look.muted, look.grid, look.accent, look.context)
    }
    allowed |= {c.upper() for c in (look.good, look.bad, *look.members)}
    used = {c.upper() for c in COLOUR.findall(json.dumps(_without_template(figure)))}
    assert used, "colours are set, not left to Plotly"
    assert used <= allowed


def _without_template(figure) -> dict:
    spec = json.loads(figure.to_json())
    return spec | {"layout": {name: part for name, part in spec["layout"].items() if name != "template"}}


def test_a_figure_carries_no_template_of_others():
    """Streamlit's and Plotly's own are kilobytes, sent and parsed with every figure at every click."""
    template = json.loads(DRAWN["bars"]().to_json())["layout"].get("template") or {}
    assert len(json.dumps(template)) < 100


@pytest.mark.parametrize("what", DRAWN)
def test_a_figure_has_no_title_no_legend_and_a_transparent_ground(what):
    layout = DRAWN[what]().to_plotly_json()["layout"]
    assert "title" not in layout
    assert layout["showlegend"] is False
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert layout["height"] > 0


@pytest.mark.parametrize(
    "name", ["<script>x</script>", '<a href="http://x">y</a>', "&lt;b&gt;", "<b>bold</b>", "A & B"]
)
def test_a_members_name_is_text_to_plotly(name):
    bars = drawn(charts.member_bars, breakdown([name], [1.0]), SHOP).data[0]
    for label in (bars.y[0], bars.hovertext[0]):
        assert not re.search(r"<(?!/?b>|br>)", label)
        assert "<b>bold" not in label
        assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#)", label)
    assert bars.customdata[0] == name, "a click hands over the name itself"


def test_an_events_name_is_text_to_plotly():
    texts = [a.text for a in drawn(charts.trend_lines, trend([1.0] * 8), SHOP, EVENTS).layout.annotations]
    assert not [t for t in texts if "<b>Sale" in t]


def test_two_long_names_that_begin_alike_stay_two_bars():
    names = ["A very long category name, the first", "A very long category name, the second"]
    bars = drawn(charts.member_bars, breakdown(names, [2.0, 1.0]), SHOP).data[0]
    assert len(set(bars.y)) == 2


def test_the_largest_bar_is_on_top_and_bars_begin_at_zero():
    figure = drawn(charts.member_bars, breakdown(["Large", "Small"], [10.0, 1.0]), SHOP)
    assert list(figure.data[0].y) == ["Small", "Large"]
    assert figure.layout.xaxis.range[0] == 0


def test_a_partial_bucket_is_drawn_as_partial_and_off_the_line():
    figure = drawn(charts.trend_lines, trend([1.0, 2.0, 3.0], "month"), SHOP)
    by_name = {trace.name: trace for trace in figure.data}
    assert list(by_name["partial"].y) == [3.0]
    assert by_name["month"].y[-1] is None
    assert "partial" in " ".join(a.text for a in figure.layout.annotations)


@pytest.mark.parametrize("key", METRICS)
def test_every_metric_draws_with_its_unit(key):
    figure = drawn(charts.trend_lines, trend([0.1, 0.2, 0.3], "month", key=key), SHOP)
    axis = figure.layout.yaxis
    wanted = {"money": axis.tickprefix == "€ ", "share": axis.tickformat == ".0%", "days": axis.ticksuffix == " d"}
    assert wanted.get(METRICS[key].unit, True)


def test_the_tail_of_a_distribution_is_gathered_and_loses_nothing():
    bars = drawn(charts.count_bars, distribution(list(range(40))), "days").data[0]
    assert len(bars.y) == 15
    assert sum(bars.y) == pytest.approx(1)
    assert bars.x[-1].endswith("+")


def test_one_day_has_one_tick_and_it_is_that_day():
    axis = drawn(charts.trend_lines, trend([4.0]), SHOP).layout.xaxis
    assert list(axis.ticktext) == ["1 Oct 2026"]
    first, last = (pd.Timestamp(end) for end in axis.range)
    assert last - first == pd.Timedelta(days=1)


def test_an_event_at_the_edge_is_named_inside_and_shaded_no_further_than_the_data():
    ending = pd.DataFrame({"start_date": [date(2026, 10, 29)], "end_date": [date(2026, 11, 5)], "label": ["Diwali"]})
    layout = drawn(charts.trend_lines, trend([1.0] * 31), SHOP, ending).layout
    (shade,) = layout.shapes
    assert pd.Timestamp(shade.x1) == pd.Timestamp("2026-10-31")
    name = next(a for a in layout.annotations if a.text == "Diwali")
    assert name.xanchor == "right"
    assert pd.Timestamp(name.x) == pd.Timestamp("2026-10-31")


def test_two_events_side_by_side_are_both_named():
    near = pd.DataFrame(
        {"start_date": [date(2026, 10, 5), date(2026, 10, 7)], "end_date": [date(2026, 10, 6), date(2026, 10, 9)]}
    )
    layout = drawn(charts.trend_lines, trend([1.0] * 31), SHOP, near.assign(label=["A long name", "Another"])).layout
    names = {a.text: a.yshift for a in layout.annotations if a.text in ("A long name", "Another")}
    assert len(set(names.values())) == 2


@pytest.mark.parametrize(("lowest", "begins"), [(5.0, 0.0), (0.0, 0.0), (-7.0, -7.0)])
def test_a_closed_day_is_the_lightest_unless_there_are_losses(lowest, begins):
    values = heat(2, 3) + 10
    values.iloc[0, 0] = lowest
    tints = drawn(charts.weekday_month_heatmap, values, "revenue", SHOP).data[0]
    assert tints.zmin == begins
    assert tints.zmax == 15


def test_the_charts_in_the_browser_are_of_the_same_plotly_as_in_python():
    """What a figure may contain is checked by the Python package and drawn by the bundle."""
    of_package = re.search(r"plotly\.js v([\d.]+)", plotly.offline.get_plotlyjs()[:500])[1]
    bundle = Path(chart_element.__file__).parent / "static" / BUNDLE
    with bundle.open(encoding="utf-8") as text:
        of_bundle = re.search(r"plotly\.js \(cartesian - minified\) v([\d.]+)", text.read(500))[1]
    assert of_bundle == of_package
    assert of_bundle in BUNDLE


def test_what_a_figure_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="set"):
        chart_element.encoded({"data": [{"x": {1, 2}}]})


def test_columns_days_and_gaps_are_sent_as_plotly_reads_them():
    days = pd.Series([pd.Timestamp("2026-01-02"), pd.NaT])
    sent = chart_element.encoded(
        {"x": days, "y": pd.Series([1.5, np.nan]), "z": np.array([[1, 2]]), "n": np.float64(2)}
    )
    assert json.loads(sent) == {"x": ["2026-01-02T00:00:00", None], "y": [1.5, None], "z": [[1, 2]], "n": 2.0}


def test_what_cannot_be_told_is_pale_though_the_period_cuts_it():
    cut_at_both_ends = trend([9.0, 4.0, 5.0, 6.0, 2.0], "week")
    cut_at_both_ends.buckets.loc[0, "complete"] = False
    cut_at_both_ends.buckets.loc[:1, "known"] = False
    traces = {trace["name"]: trace for trace in charts.trend_lines(cut_at_both_ends, SHOP)["data"]}
    assert [*traces["partial"]["y"]] == [2.0]
    np.testing.assert_array_equal(traces["too early to tell"]["y"], [9.0, 4.0, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(traces["week"]["y"], [np.nan, np.nan, 5.0, 6.0, np.nan])
