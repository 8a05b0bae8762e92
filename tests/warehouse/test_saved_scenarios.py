"""Saved plans at the desk: a name stands for one plan, nothing is lost without being handed back."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from analytics.prescriptive.scenario import scenario_of
from warehouse import scenarios
from warehouse.desk import DESK_VERSION, at_desk
from warehouse.scenarios import delete_scenario, put_back, save_scenario, saved_scenarios
from warehouse.views import save_view, saved_views

PLAN = scenario_of("own", "Boxes", affected_a_month=100, lift=(0.01, 0.02, 0.04), margin_each=12)


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "shop.desk.db"


def test_a_desk_that_is_not_there_yet_has_no_plans_and_is_not_made_by_looking(desk):
    assert saved_scenarios(desk) == []
    assert not desk.exists()


def test_a_plan_comes_back_as_it_was_saved(desk):
    assert save_scenario(desk, PLAN) is None
    (saved,) = saved_scenarios(desk)
    assert saved.name == "Boxes"
    assert saved.scenario() == PLAN


def test_plans_stand_by_name_as_people_sort_them(desk):
    for name in ("beta", "Alpha", "Gamma", "alpha"):
        save_scenario(desk, replace(PLAN, name=name))
    assert [saved.name for saved in saved_scenarios(desk)] == ["Alpha", "alpha", "beta", "Gamma"]


def test_saving_under_a_name_again_hands_back_what_it_stood_for(desk):
    save_scenario(desk, PLAN)
    (first,) = saved_scenarios(desk)
    assert save_scenario(desk, replace(PLAN, months=24)) == first
    assert [saved.scenario().months for saved in saved_scenarios(desk)] == [24]
    put_back(desk, first)
    assert saved_scenarios(desk) == [first]


def test_a_deleted_plan_can_be_put_back(desk):
    save_scenario(desk, PLAN)
    (saved,) = saved_scenarios(desk)
    assert delete_scenario(desk, "Boxes") == saved
    assert saved_scenarios(desk) == []
    assert delete_scenario(desk, "Boxes") is None
    put_back(desk, saved)
    assert saved_scenarios(desk) == [saved]


def test_names_that_look_alike_are_one_whichever_keyboard_wrote_them(desk):
    save_scenario(desk, replace(PLAN, name="cafe\u0301"))
    assert save_scenario(desk, replace(PLAN, name="caf\u00e9")).name == "caf\u00e9"
    assert len(saved_scenarios(desk)) == 1


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "'; DROP TABLE scenarios; --", "=1+1", "a_b_1"])
def test_hostile_names_are_kept_as_text(name, desk):
    save_scenario(desk, replace(PLAN, name=name))
    (saved,) = saved_scenarios(desk)
    assert saved.name == saved.scenario().name == name


def test_there_is_an_end_to_saving(desk, monkeypatch):
    monkeypatch.setattr(scenarios, "SCENARIOS", replace(scenarios.SCENARIOS, most=2))
    for name in ("a", "b"):
        save_scenario(desk, replace(PLAN, name=name))
    with pytest.raises(ValueError, match="delete one first"):
        save_scenario(desk, replace(PLAN, name="c"))
    assert save_scenario(desk, replace(PLAN, name="b", months=3)) is not None, "replacing needs no place"


def test_a_plan_of_another_version_is_listed_and_refused_when_it_is_opened(desk):
    with at_desk(desk) as opened:
        opened.execute("INSERT INTO scenarios VALUES ('Old', '0_own_12', '2026-01-01T00:00:00+00:00')")
    (saved,) = saved_scenarios(desk)
    with pytest.raises(ValueError, match="another version"):
        saved.scenario()


def test_a_desk_of_the_third_version_gets_its_table_of_plans_and_keeps_the_rest(desk, rows):
    save_view(desk, "Monday", "/kpis")
    with closing(sqlite3.connect(desk)) as opened:
        opened.execute("DROP TABLE scenarios")
        opened.execute("PRAGMA user_version = 3")
    assert saved_scenarios(desk) == []
    assert [view.name for view in saved_views(desk)] == ["Monday"]
    assert rows(desk, "PRAGMA user_version") == [(DESK_VERSION,)]
