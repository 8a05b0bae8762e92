"""Charts of customers' value: what they hold, that Plotly takes it, and that names from the data are text."""

import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from analytics.predictive.model import Run
from analytics.predictive.value_judged import ValueJudged, value_judged
from analytics.predictive.value_quadrants import QUADRANTS, value_quadrants
from analytics.predictive.value_view import ValueGroups, value_groups
from tests.analytics.test_value_view import EVERYBODY, SHOP, judged_run, run, values
from ui import charts
from ui.chart_element import encoded
from ui.charts.look import DARK, LIGHT, use_look

HOSTILE = "<b>North</b> & <i>South"
__all__ = ["run"]


@pytest.fixture
def judged() -> ValueJudged:
    chance = np.random.default_rng(1)
    told = chance.lognormal(5, 1.5, 200)
    points = pd.DataFrame({"expected": told, "actual": np.where(chance.random(200) < 0.4, 0.0, told * 1.1)})
    tenths = pd.DataFrame({"decile": range(1, 11), "customers": 20, "expected": range(100, 0, -10)})
    tenths = tenths.assign(actual=tenths["expected"] + 3.0, actual_low=tenths["expected"] - 5.0, actual_high=120.0)
    plain = judged_run("bg_nbd", 1.0, 0.8)
    return value_judged(Run(plain.facts, {**plain.tables, "points": points, "deciles": tenths}), SHOP)


def groups_of(name: str) -> ValueGroups:
    one = values().assign(region=["North", name, "South", "South"])
    facts = {"horizon_months": 12, "noise": {"size": 4.0, "power": 1.0, "level": 0.1, "cut_offs": 3}}
    return value_groups(Run(facts, {"values": one}), EVERYBODY, SHOP, "region")


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_plotly_takes_every_figure_in_both_looks(look, judged, run):
    use_look(look.name)
    quadrants = value_quadrants(run, EVERYBODY, SHOP)
    drawn = (
        charts.value_scatter(judged, SHOP),
        charts.value_decile_bars(judged, SHOP),
        charts.value_group_bars(groups_of("West"), SHOP, "each"),
        charts.value_group_bars(groups_of("West"), SHOP, "all"),
        charts.quadrant_map(quadrants, SHOP),
    )
    use_look("light")
    for figure in drawn:
        go.Figure(figure)
        assert "NaN" not in encoded(figure).decode()
        assert figure["layout"]["height"] > 100


def test_who_brought_nothing_stands_at_the_foot(judged):
    figure = charts.value_scatter(judged, SHOP)
    dots = figure["data"][0]
    nothing = (judged.points["actual"] == 0).to_numpy()
    assert len(set(np.round(np.array(dots["y"])[nothing], 9))) == 1
    assert min(dots["y"]) == np.array(dots["y"])[nothing][0]
    assert "nothing" in figure["layout"]["yaxis"]["ticktext"]


def test_all_customers_who_brought_nothing_still_draw():
    plain = judged_run("bg_nbd", 1.0, 0.8)
    empty = pd.DataFrame({"expected": [0.0, 5.0], "actual": [0.0, 0.0]})
    judged = value_judged(Run(plain.facts, {**plain.tables, "points": empty}), SHOP)
    assert len(charts.value_scatter(judged, SHOP)["data"][0]["x"]) == 1


def test_a_groups_name_is_text_to_plotly(run):
    figure = json.loads(encoded(charts.value_group_bars(groups_of(HOSTILE), SHOP, "all")))
    assert "<b>North</b>" not in json.dumps(figure["layout"]["yaxis"]["ticktext"])
    hostile = Run(run.facts, {"values": values().assign(customer_id=HOSTILE)})
    dots = charts.quadrant_map(value_quadrants(hostile, EVERYBODY, SHOP), SHOP)["data"][0]
    assert all("&lt;b&gt;North" in text for text in dots["text"])


def test_bars_of_members_are_by_what_is_shown_and_cohorts_by_time(run):
    each = charts.value_group_bars(groups_of("West"), SHOP, "each")["data"][0]["x"]
    assert list(each) == sorted(each)
    cohorts = charts.value_group_bars(value_groups(run, EVERYBODY, SHOP), SHOP, "each")
    assert cohorts["layout"]["yaxis"]["ticktext"] == ["2025 Q2", "2024 Q2", "2024 Q1 or before"], "from the foot up"


def test_every_mark_of_the_quadrants_carries_its_quadrant(run):
    dots, names = charts.quadrant_map(value_quadrants(run, EVERYBODY, SHOP), SHOP)["data"]
    assert set(dots["customdata"]) <= set(QUADRANTS)
    assert list(names["customdata"]) == list(QUADRANTS)
