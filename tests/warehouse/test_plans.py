"""Assumptions and actions at the desk: every version is kept, an action is taken up once, a refusal changes nothing."""

import sqlite3
from dataclasses import replace
from datetime import date

import pytest

from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions, Finance, Margin
from analytics.prescriptive.scenario import scenario_of
from warehouse import actions as kept_actions
from warehouse import assumptions as kept_assumptions
from warehouse.actions import all_actions, change_action, drop_action, take_up
from warehouse.assumptions import (
    assumptions_in_force,
    assumptions_toml,
    read_assumptions,
    save_assumptions,
    saved_versions,
)
from warehouse.desk import at_desk
from warehouse.errors import ImportRefused, StoreError

TEA = Assumptions(margins=(Margin("Tea", 0.4),), stated=("margins",))
RATE = Assumptions(finance=Finance(0.08), stated=("finance",))
ADVICE = Advice(
    key="price:Tea", kind="price", title="Raise Tea by 4 %", sentence="It pays.", net_benefit=100.0, low=-20.0,
    high=300.0, probability=0.8, cost=0.0, months=12.0, effort=1, days=1, assumption="Buyers answer as before.",
    would_change="An elasticity beyond −4.", rests_on="observed", page="prescriptive/revenue_moves",
    scenario=scenario_of("price", "Tea", revenue_a_month=9, price_change=0.04), members=(("category", "Tea"),),
)  # fmt: skip
DAY = date(2026, 11, 1)


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "shop.desk.db"


def test_a_shop_that_stated_nothing_has_the_defaults(desk):
    assert assumptions_in_force(desk) == Assumptions()
    assert saved_versions(desk) == []
    assert not desk.exists()


def test_what_was_saved_last_is_in_force_and_what_was_before_is_kept(desk):
    assert save_assumptions(desk, TEA, "first  look") == 1
    assert save_assumptions(desk, RATE) == 2
    assert assumptions_in_force(desk) == RATE
    assert [(v.version, v.note, v.assumptions) for v in saved_versions(desk)] == [(2, "", RATE), (1, "first look", TEA)]


def test_saving_the_same_again_is_no_new_version(desk):
    save_assumptions(desk, TEA)
    assert save_assumptions(desk, TEA, "again") == 1
    assert len(saved_versions(desk)) == 1


def test_the_oldest_versions_beyond_the_limit_are_forgotten(desk, monkeypatch):
    monkeypatch.setattr(kept_assumptions, "MOST_VERSIONS", 3)
    for n in range(5):
        save_assumptions(desk, Assumptions(finance=Finance(n / 100), stated=("finance",)))
    assert [v.version for v in saved_versions(desk)] == [5, 4, 3]


def test_assumptions_that_cannot_be_meant_are_told_and_not_taken(desk):
    with at_desk(desk) as opened:
        opened.execute("INSERT INTO assumptions (content, saved_at) VALUES ('{\"finance\": {\"x\": 1}}', 'now')")
    with pytest.raises(StoreError, match="holds assumptions that cannot be meant"):
        assumptions_in_force(desk)


def test_a_file_of_assumptions_is_read_back_as_it_was_written(tmp_path):
    path = tmp_path / "assumptions.toml"
    path.write_bytes(assumptions_toml(TEA))
    assert read_assumptions(path) == TEA


def test_a_file_names_the_currency_of_its_amounts_and_no_other_shop_takes_them(tmp_path):
    path = tmp_path / "assumptions.toml"
    path.write_bytes(assumptions_toml(TEA, "INR"))
    assert read_assumptions(path, "INR") == read_assumptions(path) == TEA
    with pytest.raises(ImportRefused, match="states amounts in “INR”, those of this shop are in EUR: convert them"):
        read_assumptions(path, "EUR")
    path.write_bytes(assumptions_toml(TEA))
    assert read_assumptions(path, "EUR") == TEA, "a file that names none is of the shop that takes it"
    path.write_bytes(b"currency = 7\n")
    with pytest.raises(ImportRefused, match="amounts in “7”"):
        read_assumptions(path, "EUR")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[finance\n", "cannot be read as TOML"),
        (b"\xff\xfe\x00", "cannot be read as TOML"),
        (b"[finance]\ndiscount_rate = nan\n", "discount_rate: expected a number from 0 to 1, got nan"),
        (b"a = " + b"[" * 5_000, "cannot be read as TOML"),
        (b"#" * 1_000_001, "too large"),
        (b"[staff]\nwage = 1" + b"0" * 400, "wage: expected a number, got one beyond"),
        (b"[staff]\nmost = 1" + b"0" * 5_000, "cannot be read as TOML"),
    ],
)
def test_a_file_that_states_nothing_that_can_be_meant_is_refused_in_a_sentence(tmp_path, content, said):
    path = tmp_path / "assumptions.toml"
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=said):
        read_assumptions(path)


def test_an_advice_is_taken_up_once_and_comes_back_whole(desk):
    first = take_up(desk, ADVICE, DAY)
    assert (first.advice, first.status, first.planned_on) == (ADVICE, "planned", DAY)
    assert take_up(desk, ADVICE, date(2026, 11, 9)) == first
    assert all_actions(desk) == [first]


def test_an_action_runs_and_is_done_and_may_be_taken_up_again(desk):
    first = take_up(desk, ADVICE, DAY)
    change_action(desk, first.id, "running", "Asha", "from  Monday", date(2026, 11, 2), None)
    change_action(desk, first.id, "done", "Asha", "", date(2026, 11, 2), date(2026, 11, 20))
    second = take_up(desk, ADVICE, date(2026, 11, 21))
    assert [(a.id, a.status, a.owner) for a in all_actions(desk)] == [
        (second.id, "planned", ""),
        (first.id, "done", "Asha"),
    ]
    with pytest.raises(ValueError, match="taken up again since"):
        change_action(desk, first.id, "running", "", "", date(2026, 11, 2), None)
    drop_action(desk, second.id)
    assert [a.id for a in all_actions(desk)] == [first.id]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (("planned", "", "", DAY, None), "a day on which it began"),
        (("running", "", "", None, None), "a day on which it began"),
        (("running", "", "", DAY, DAY), "a day on which it began"),
        (("done", "", "", DAY, date(2026, 10, 31)), "cannot be done before it began"),
        (("waiting", "", "", None, None), "status: expected one of planned"),
        (("planned", "x" * 81, "", None, None), "at most 80 characters"),
        (("planned", "", "x" * 501, None, None), "a note 500"),
    ],
)
def test_a_state_that_cannot_be_is_refused_and_changes_nothing(desk, state, said):
    action = take_up(desk, ADVICE, DAY)
    with pytest.raises(ValueError, match=said):
        change_action(desk, action.id, *state)
    assert all_actions(desk) == [action]


def test_there_are_only_as_many_open_actions_as_anybody_works_through(desk, monkeypatch):
    monkeypatch.setattr(kept_actions, "MOST_OPEN", 1)
    take_up(desk, ADVICE, DAY)
    with pytest.raises(ValueError, match="1 open actions already"):
        take_up(desk, replace(ADVICE, key="price:Cups"), DAY)


def test_an_action_that_cannot_be_meant_is_told(desk):
    take_up(desk, ADVICE, DAY)
    with at_desk(desk) as opened:
        opened.execute("UPDATE actions SET advice = '{}'")
    with pytest.raises(StoreError, match="holds an action that cannot be meant"):
        all_actions(desk)


def test_the_tables_refuse_states_that_cannot_be(desk):
    take_up(desk, ADVICE, DAY)
    for change in ("status = 'done'", "started_on = '2026-11-01'", "status = 'lost'", "planned_on = 'soon'"):
        with pytest.raises(sqlite3.IntegrityError), at_desk(desk) as opened:
            opened.execute(f"UPDATE actions SET {change}")
