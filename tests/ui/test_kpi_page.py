"""The KPI page: every choice draws, what is shown adds up, a click narrows, a card explains itself."""

import json
import shutil
from datetime import date

import pytest
from screen import charts, clickable_charts, headings, menus, plain_words, tiles, troubles, words

from analytics.descriptive.target_entries import Target
from analytics.metrics import METRICS
from analytics.periods import GRANULARITIES
from analytics.shop import DIMENSIONS
from ui import desk

KPIS = "descriptive/kpis.py"
ADDING_UP = [m.key for m in METRICS.values() if m.adds_up]


@pytest.mark.parametrize("key", [key for key, m in METRICS.items() if m.needs != "refunds"])
def test_every_pair_of_choices_draws(key, visit, demo_url):
    """Six runs a metric, so that each meets every dimension and granularity, and these each other over all metrics."""
    opened = visit(KPIS)
    granularities = ["auto", *GRANULARITIES]
    for position, dimension in enumerate(DIMENSIONS):
        opened.session_state["metric"] = key
        opened.session_state["per"] = dimension
        opened.session_state["by"] = granularities[(position + list(METRICS).index(key)) % len(granularities)]
        opened.run()
        assert not opened.exception
        assert not troubles(opened)
        assert sum(METRICS[key].name in heading for heading in headings(opened)) >= 2
        assert {"trend", "members"} <= set(charts(opened)), (dimension, opened.session_state["by"])


@pytest.mark.parametrize("key", METRICS)
def test_every_metric_draws_for_a_shop_of_eight_orders(key, visit, tiny_database, use_database):
    use_database(tiny_database)
    opened = visit(KPIS)
    opened.session_state["metric"] = key
    drawn = charts(opened.run())
    assert not opened.exception
    assert not troubles(opened)
    assert {"trend", "members"} <= set(drawn)


@pytest.mark.parametrize("kind", ["Scores", "Delivery", "Payment"])
def test_every_distribution_draws(kind, visit, demo_url):
    opened = visit(KPIS)
    opened.session_state["spread"] = kind
    drawn = charts(opened.run())
    assert not opened.exception
    assert {"Scores": "spread-score", "Delivery": "spread-days", "Payment": "payments"}[kind] in drawn


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("key", ADDING_UP)
def test_the_bars_of_what_adds_up_sum_to_the_tile(key, dimension, visit, demo_url):
    opened = visit(KPIS)
    opened.session_state["metric"] = key
    opened.session_state["per"] = dimension
    bars = charts(opened.run())["members"]["data"][0]
    assert sum(bars["x"]) == pytest.approx(tiles(opened)[METRICS[key].name], abs=0.0051)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_the_line_of_revenue_sums_to_the_tile(granularity, visit, demo_url):
    opened = visit(KPIS, period="12m")
    opened.session_state["by"] = granularity
    lines = {trace["name"]: trace for trace in charts(opened.run())["trend"]["data"]}
    if granularity == "day":
        values = lines["day"]["y"]
    else:
        whole, partial = lines[granularity]["y"], lines.get("partial", {"y": []})["y"]
        values = [v for v in [*whole, *partial] if v is not None and v == v]
    assert sum(values) == pytest.approx(tiles(opened)["Revenue"], abs=0.0051)


def test_scores_of_the_distribution_are_those_of_the_orders(visit, demo_url, demo_orders, demo_today):
    opened = visit(KPIS, period="All")
    shares = charts(opened)["spread-score"]["data"][0]["y"]
    scored = demo_orders[(demo_orders["date"] <= demo_today.isoformat())]["satisfaction_score"].dropna()
    assert shares == pytest.approx([(scored == score).mean() for score in range(1, 6)])


def test_the_cells_of_region_and_segment_are_those_of_the_orders(visit, demo_url, demo_orders, demo_today):
    page = words(visit(KPIS, period="All"))
    in_data = demo_orders[demo_orders["date"] <= demo_today.isoformat()]
    cells = in_data.groupby(["region", "segment"])["revenue"].sum()
    for value in cells:
        assert f"₹ {value:,.2f}" in page


def test_what_a_bar_hands_over_is_the_member_itself(visit, demo_url, demo_orders):
    """The click itself is tried in a browser."""
    opened = visit(KPIS, period="All")
    assert clickable_charts(opened) == {"members"}
    assert set(charts(opened)["members"]["data"][0]["customdata"]) == set(demo_orders["channel"])


def test_every_card_explains_how_its_numbers_come_about_and_shows_them(visit, demo_database, use_database, tmp_path):
    use_database(shutil.copy(demo_database, tmp_path / "shop.db"))
    desk.change_targets([Target("revenue", "month", date(2026, 10, 1), 90_000.0)])  # else that card explains nothing
    opened = visit(KPIS)
    assert METRICS["revenue"].formula not in words(opened), "nothing is computed for a menu that is closed"
    assert not opened.dataframe
    assert len(menus(opened)) == len(headings(opened)), "every card has a menu"
    for menu in menus(opened):
        opened.session_state[menu] = True
        opened.run()
        assert not opened.exception
        assert "data to" in plain_words(opened)
        assert len(opened.dataframe[-1].value) > 0, menu
        labels = [b.proto.label for b in opened.get("download_button")]
        assert labels[-2:] == ["CSV", "Excel"], menu
    assert METRICS["revenue"].definition in words(opened)
    assert METRICS["revenue"].formula in words(opened)


def test_a_metric_that_cannot_be_added_up_over_days_says_so_in_its_card_alone(visit, demo_url):
    opened = visit(KPIS)
    opened.session_state["metric"] = "customers"
    drawn = charts(opened.run())
    assert "cannot be added up over days" in "".join(i.value for i in opened.info)
    assert {"trend", "members"} <= set(drawn)


def test_choices_of_the_cards_survive_a_change_of_filter(visit, demo_url):
    opened = visit(KPIS)
    opened.session_state["metric"] = "orders"
    opened.session_state["per"] = "region"
    opened.run()
    opened.session_state["region"] = ["North"]
    opened.run()
    assert "Orders over time" in headings(opened)
    assert charts(opened)["members"]["data"][0]["customdata"] == ["North"]


def test_no_chart_carries_a_title_of_its_own(visit, demo_url):
    for key, figure in charts(visit(KPIS)).items():
        assert "title" not in figure["layout"], key


def test_figures_are_light(visit, demo_url):
    """Ours have no template; what is sent is the data and little else."""
    for key, figure in charts(visit(KPIS)).items():
        own = {name: part for name, part in figure["layout"].items() if name != "template"}
        assert len(json.dumps(own)) < 4_000, key
