"""Rules and firings at the desk: recorded once each, whoever records, and whenever who does so is killed."""

import multiprocessing
import os
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.alert_rules import AlertRule
from warehouse import alert_desk as alert_desk_module
from warehouse import beside
from warehouse import desk as desk_module
from warehouse.alert_desk import (
    LONGEST_TEXT,
    acknowledge,
    add_rule,
    change_rule,
    comment,
    delete_rule,
    has_defaults,
    lay_out_defaults,
    record,
    recorded_firings,
    remember_silent,
    silent_rules,
    stored_rules,
)
from warehouse.desk import at_desk, desk_path
from warehouse.errors import StoreError

ORDERS, REVENUE = AlertRule("orders"), AlertRule("revenue", dimension="region")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "shop.desk.db"


def found(*days: int, member: str = "", value: float = 5.0) -> pd.DataFrame:
    """Firings on days of May 2026."""
    figures = {"value": value, "expected": 10.0, "low": 6.0, "high": np.nan, "errors": -4.0}
    return pd.DataFrame({"day": pd.to_datetime([f"2026-05-{day:02}" for day in days]), "member": member, **figures})


def may(day: int) -> date:
    return date(2026, 5, day)


def firings(desk) -> list[tuple]:
    kept = recorded_firings(desk, FIRST, LAST)
    return list(zip(kept["rule_id"], kept["member"], kept["day"].dt.day, strict=True))


def test_a_new_rule_was_judged_on_no_day_and_sleeps_on_none(desk):
    rule_id = add_rule(desk, ORDERS, "critical", "ask Ann")
    (stored,) = stored_rules(desk)
    assert (stored.id, stored.rule, stored.severity, stored.note) == (rule_id, ORDERS, "critical", "ask Ann")
    assert (stored.snoozed_until, stored.evaluated_through) == (None, None)
    assert not stored.is_snoozed(may(1))


def test_the_same_rule_twice_is_one(desk):
    assert add_rule(desk, AlertRule("orders", "threshold", limit=3)) == add_rule(
        desk, AlertRule("orders", "threshold", limit=3.0)
    )
    assert add_rule(desk, REVENUE) != add_rule(desk, ORDERS)
    assert [stored.rule.metric for stored in stored_rules(desk)] == ["orders", "revenue", "orders"]


def test_a_severity_of_no_such_name_is_refused(desk):
    with pytest.raises(ValueError, match="severity: expected one of info, warning, critical, got 'loud'"):
        add_rule(desk, ORDERS, "loud")
    rule_id = add_rule(desk, ORDERS)
    with pytest.raises(ValueError, match="got 'loud'"):
        change_rule(desk, rule_id, severity="loud")
    assert [stored.severity for stored in stored_rules(desk)] == ["warning"]


def test_what_people_decide_about_a_rule_changes_alone(desk):
    rule_id, other = add_rule(desk, ORDERS), add_rule(desk, REVENUE)
    change_rule(desk, rule_id, severity="info", note="x" * (LONGEST_TEXT + 5), snoozed_until=may(10))
    changed, untouched = stored_rules(desk)
    assert (changed.severity, len(changed.note), changed.snoozed_until) == ("info", LONGEST_TEXT, may(10))
    assert (untouched.id, untouched.severity, untouched.snoozed_until) == (other, "warning", None)
    assert changed.is_snoozed(may(10))
    assert not changed.is_snoozed(may(11))
    change_rule(desk, rule_id, note="")
    assert stored_rules(desk)[0].note == ""
    assert stored_rules(desk)[0].snoozed_until == may(10)
    change_rule(desk, rule_id, awake=True)
    assert stored_rules(desk)[0].snoozed_until is None
    assert stored_rules(desk)[0].severity == "info"


def test_a_deleted_rule_takes_its_firings_with_it_and_its_number_is_not_given_again(desk):
    kept, deleted = add_rule(desk, ORDERS), add_rule(desk, REVENUE)
    for rule_id in (kept, deleted):
        record(desk, rule_id, found(3), may(4))
    delete_rule(desk, deleted)
    assert firings(desk) == [(kept, "", 3)]
    assert add_rule(desk, REVENUE) > deleted


def test_rules_that_this_version_cannot_read_are_left_out_and_kept(desk, rows):
    rule_id = add_rule(desk, ORDERS)
    with at_desk(desk) as opened:
        for definition in (
            '{"metric": "profit"}',
            '{"metric": ["orders"]}',
            '{"metric": "orders", "limit": "x"}',
            "[]",
        ):
            opened.execute(
                "INSERT INTO alert_rules (definition, severity, created_at) VALUES (?, 'info', '')", (definition,)
            )
    assert [stored.id for stored in stored_rules(desk)] == [rule_id]
    assert rows(desk, "SELECT count(*) FROM alert_rules") == [(5,)]


def test_defaults_are_laid_out_once_in_a_desks_life(desk):
    assert not has_defaults(desk)
    assert lay_out_defaults(desk, [(ORDERS, "critical"), (REVENUE, "info")])
    assert [stored.severity for stored in stored_rules(desk)] == ["critical", "info"]
    for stored in stored_rules(desk):
        delete_rule(desk, stored.id)
    assert has_defaults(desk)
    assert not lay_out_defaults(desk, [(ORDERS, "critical")])
    assert stored_rules(desk) == []


def test_the_demo_and_the_own_orders_have_rules_of_their_own(tmp_path):
    demo, own = (desk_path(tmp_path / "shop.db", is_demo=is_demo) for is_demo in (True, False))
    lay_out_defaults(demo, [(ORDERS, "info")])
    assert stored_rules(own) == []
    assert not has_defaults(own)


def test_rules_that_could_not_be_judged_are_remembered_for_one_version_of_the_data(desk):
    assert silent_rules(desk, "7") == frozenset()
    remember_silent(desk, "7", {3, 1})
    assert (silent_rules(desk, "7"), silent_rules(desk, "8")) == ({1, 3}, frozenset())
    remember_silent(desk, "8", ())
    assert silent_rules(desk, "7") == silent_rules(desk, "8") == frozenset()


def test_firings_come_back_as_they_were_found_newest_first(desk):
    rule_id = add_rule(desk, ORDERS)
    assert len(record(desk, rule_id, pd.concat([found(3, 5), found(4, member="North")]), may(6))) == 3
    kept = recorded_firings(desk, FIRST, LAST)
    assert firings(desk) == [(rule_id, "", 5), (rule_id, "North", 4), (rule_id, "", 3)]
    row = kept.iloc[0]
    assert (row["value"], row["expected"], row["low"], row["errors"]) == (5.0, 10.0, 6.0, -4.0)
    assert np.isnan(row["high"])
    assert (row["acknowledged"], row["comment"]) == (False, "")
    assert firings(desk)[1:] == [
        (f["rule_id"], f["member"], f["day"].day) for _, f in recorded_firings(desk, may(1), may(4)).iterrows()
    ]


def test_a_desk_without_firings_has_an_empty_table_of_the_same_columns(desk):
    none = recorded_firings(desk, FIRST, LAST)
    record(desk, add_rule(desk, ORDERS), found(3), may(4))
    assert none.empty
    assert list(none.columns) == list(recorded_firings(desk, FIRST, LAST).columns)
    assert none["day"].dtype.kind == "M"
    assert none["value"].dtype == "float64"


def test_a_day_is_never_recorded_twice(desk):
    rule_id = add_rule(desk, ORDERS)
    assert len(record(desk, rule_id, found(3, 5), may(6))) == 2
    assert len(record(desk, rule_id, found(3, 5, value=99.0), may(6))) == 0
    assert len(record(desk, rule_id, found(2, 4, 6), may(6))) == 0, "judged already, and found quiet then"
    assert len(record(desk, rule_id, found(6, 7), may(7))) == 1
    assert [day for _, _, day in firings(desk)] == [7, 5, 3]
    assert recorded_firings(desk, FIRST, LAST)["value"].tolist() == [5.0, 5.0, 5.0]


def test_what_is_recorded_says_which_of_its_firings_are_new(desk):
    rule_id = add_rule(desk, REVENUE)
    both = pd.concat([found(3, member="North"), found(3, member="South")])
    assert record(desk, rule_id, both.iloc[:1], may(3)) == [("North", may(3))]
    with at_desk(desk) as opened:
        opened.execute("UPDATE alert_rules SET evaluated_through = '2026-05-02'")
    assert record(desk, rule_id, both, may(3)) == [("South", may(3))]


def test_a_day_without_firings_is_judged_too(desk):
    rule_id = add_rule(desk, ORDERS)
    assert len(record(desk, rule_id, found(), may(6))) == 0
    assert stored_rules(desk)[0].evaluated_through == may(6)


def test_days_beyond_the_last_judged_are_not_recorded(desk):
    rule_id = add_rule(desk, ORDERS)
    assert len(record(desk, rule_id, found(6, 7), may(6))) == 1
    assert len(record(desk, rule_id, found(7), may(7))) == 1


def test_the_last_judged_day_never_goes_back(desk):
    rule_id = add_rule(desk, ORDERS)
    record(desk, rule_id, found(), may(9))
    assert len(record(desk, rule_id, found(5), may(6))) == 0
    assert stored_rules(desk)[0].evaluated_through == may(9)


def test_a_rule_deleted_meanwhile_records_nothing(desk):
    rule_id = add_rule(desk, ORDERS)
    delete_rule(desk, rule_id)
    assert len(record(desk, rule_id, found(3), may(4))) == 0
    assert firings(desk) == []


def test_two_rules_and_two_members_may_fire_on_one_day(desk):
    one, two = add_rule(desk, ORDERS), add_rule(desk, REVENUE)
    record(desk, one, found(3), may(4))
    record(desk, two, pd.concat([found(3, member="North"), found(3, member="South")]), may(4))
    assert firings(desk) == [(one, "", 3), (two, "North", 3), (two, "South", 3)]


def test_firings_are_acknowledged_and_commented_by_member_and_days(desk):
    rule_id = add_rule(desk, REVENUE)
    record(desk, rule_id, pd.concat([found(3, 4, 9, member="North"), found(3, member="South")]), may(9))
    acknowledge(desk, rule_id, "North", may(3), may(4))
    comment(desk, rule_id, "North", may(3), may(4), "the bridge was closed" + "!" * LONGEST_TEXT)

    def told():
        kept = recorded_firings(desk, FIRST, LAST)
        named = zip(kept["member"], kept["day"].dt.day, kept["acknowledged"], kept["comment"].str.len(), strict=True)
        return {(member, day): (seen, length) for member, day, seen, length in named}

    done, open_ = (True, LONGEST_TEXT), (False, 0)
    assert told() == {("North", 3): done, ("North", 4): done, ("North", 9): open_, ("South", 3): open_}
    acknowledge(desk, rule_id, "North", may(3), may(3), done=False)
    comment(desk, rule_id, "North", may(3), may(3), "")
    assert told() == {("North", 3): open_, ("North", 4): done, ("North", 9): open_, ("South", 3): open_}


def test_hostile_members_and_notes_are_kept_as_text(desk):
    hostile = "'; DROP TABLE firings; -- <script>"
    rule_id = add_rule(desk, AlertRule("orders", dimension="region", member=hostile), note=hostile)
    record(desk, rule_id, found(3, member=hostile), may(3))
    assert firings(desk) == [(rule_id, hostile, 3)]
    assert stored_rules(desk)[0].rule.member == stored_rules(desk)[0].note == hostile


def _record_when_all_are_ready(desk, rule_id, barrier, counts):
    barrier.wait(timeout=60)
    counts.put(len(record(desk, rule_id, found(*range(1, 29)), may(28))))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_processes_that_record_the_same_days_at_once_record_them_once(desk):
    rule_id = add_rule(desk, ORDERS)
    fork = multiprocessing.get_context("fork")
    barrier, counts = fork.Barrier(4), fork.Queue()
    work = (desk, rule_id, barrier, counts)
    processes = [fork.Process(target=_record_when_all_are_ready, args=work) for _ in range(4)]
    for process in processes:
        process.start()
    recorded = sorted(counts.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(timeout=60)
    assert recorded == [0, 0, 0, 28]
    assert len(firings(desk)) == 28


WATCHED = {alert_desk_module.__file__, desk_module.__file__, beside.__file__}


def _killed_at_line(number: int, work) -> bool:
    """Whether the work was killed before its end: just before the so-manieth line of the desk's code."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    lines = 0

    def trace(frame, event, _):
        nonlocal lines
        if frame.f_code.co_filename not in WATCHED:
            return None
        lines += event == "line"
        if lines == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    try:
        sys.settrace(trace)
        work()
    finally:
        os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_before_any_line_of_recording_all_is_recorded_or_nothing_and_the_next_records_the_rest(desk):
    rule_id = add_rule(desk, ORDERS)
    day, kills = date(2026, 1, 1), 0
    expected: list[date] = []
    while True:
        day += timedelta(1)
        firing = found(1).assign(day=pd.Timestamp(day))
        if not _killed_at_line(4 * kills + 1, lambda: record(desk, rule_id, firing, day)):  # noqa: B023
            break
        kills += 1
        (stored,) = stored_rules(desk)
        whole = recorded_firings(desk, FIRST, LAST)["day"].dt.date.tolist()[::-1]
        assert whole in (expected, [*expected, day])
        assert (stored.evaluated_through == day) == (day in whole)
        record(desk, rule_id, firing, day)
        expected.append(day)
        assert recorded_firings(desk, FIRST, LAST)["day"].dt.date.tolist()[::-1] == expected
    assert kills > 10


def test_a_desk_that_is_none_is_told_at_every_door(desk):
    with closing(sqlite3.connect(desk)) as opened:
        opened.execute("CREATE TABLE recipes (name TEXT)")
        opened.commit()
    for ask in (
        lambda: stored_rules(desk),
        lambda: add_rule(desk, ORDERS),
        lambda: has_defaults(desk),
        lambda: lay_out_defaults(desk, []),
        lambda: record(desk, 1, found(3), may(4)),
        lambda: recorded_firings(desk, FIRST, LAST),
    ):
        with pytest.raises(StoreError, match="left untouched"):
            ask()
