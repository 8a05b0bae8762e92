"""Every newly complete day is judged and recorded once, however the days came and whatever stopped the judging."""

import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.alert_rules import AlertRule
from tests.analytics.conftest import random_orders
from warehouse import alert_desk, alerts
from warehouse.alerts import LOOKS_BACK_DAYS, evaluate, main, pending
from warehouse.customers import refresh_customers
from warehouse.desk import at_desk, desk_path
from warehouse.engine import DamagedCopyError, Warehouse
from warehouse.errors import StoreError
from warehouse.importing import import_orders
from warehouse.writing import writing

ROOT = Path(__file__).resolve().parents[2]
START = pd.Timestamp("2026-01-01")
DAYS = 150
DROPS = (START + pd.Timedelta(days=110), START + pd.Timedelta(days=135))


@pytest.fixture(scope="module")
def eventful(tmp_path_factory, stored) -> Path:
    """A shop of thirty orders a day, which on two days had hardly any; copy it before changing it."""
    orders = random_orders(5, days=DAYS, per_day=30).assign(
        segment="A", age_group=None, category="Books", payment_method="Card"
    )
    lost = orders["date"].isin(DROPS) & (np.arange(len(orders)) % 10 > 0)
    shop = stored(orders[~lost], tmp_path_factory.mktemp("eventful") / "shop.db", shop_name="Eventful")
    with Warehouse(shop).tables():  # so that it is copied with its read copy
        return shop


@pytest.fixture
def shop(eventful, tmp_path) -> Path:
    return copied(eventful, tmp_path / "one")


def copied(shop: Path, folder: Path) -> Path:
    return Path(shutil.copytree(shop.parent, folder)) / shop.name


def desk_of(shop: Path) -> Path:
    return desk_path(shop, is_demo=False)


def firings(shop: Path, after: date = date(2000, 1, 1)) -> list[tuple]:
    rules = {stored.id: stored.rule.to_json() for stored in alert_desk.stored_rules(desk_of(shop))}
    kept = alert_desk.recorded_firings(desk_of(shop), after + timedelta(1), date(2100, 1, 1))
    columns = ("value", "expected", "errors")
    rounded = kept[list(columns)].round(6).itertuples(index=False, name=None)
    keys = zip(kept["rule_id"], kept["member"], kept["day"], rounded, strict=True)
    return sorted((rules[rule_id], member, day.date(), figures) for rule_id, member, day, figures in keys)


def days_fired(shop: Path, metric: str) -> set[pd.Timestamp]:
    rules = {s.id for s in alert_desk.stored_rules(desk_of(shop)) if (s.rule.metric, s.rule.dimension) == (metric, "")}
    kept = alert_desk.recorded_firings(desk_of(shop), date(2000, 1, 1), date(2100, 1, 1))
    return set(kept.loc[kept["rule_id"].isin(rules), "day"])


def cut(shop: Path, last: pd.Timestamp) -> list[tuple]:
    """Take the orders after a day away; returns them."""
    with writing(shop) as connection:
        later = connection.execute("SELECT * FROM transactions WHERE date > ?", (f"{last:%Y-%m-%d}",)).fetchall()
        connection.execute("DELETE FROM transactions WHERE date > ?", (f"{last:%Y-%m-%d}",))
        refresh_customers(connection)
    return [tuple(row) for row in later]


def append(shop: Path, rows: list[tuple]) -> None:
    with writing(shop, appends_only=True) as connection:
        connection.executemany(f"INSERT INTO transactions VALUES ({', '.join('?' * len(rows[0]))})", rows)
        refresh_customers(connection)


def test_the_first_evaluation_lays_out_the_defaults_and_finds_what_happened(shop):
    assert pending(shop)
    done = evaluate(shop)
    rules = alert_desk.stored_rules(desk_of(shop))
    assert done.judged == len(rules) >= 6
    assert done.recorded == len(firings(shop)) == len(done.found) > 0
    assert set(DROPS) <= days_fired(shop, "orders")
    assert set(DROPS) <= days_fired(shop, "revenue")
    assert len(days_fired(shop, "orders")) < 8
    assert any(f"{DROPS[0]:%Y-%m-%d} Orders of a day in the whole shop" in line for line in done.found)
    judged = [rule for rule in rules if rule.id not in done.silent]
    assert {rule.evaluated_through for rule in judged} == {(START + pd.Timedelta(days=DAYS - 1)).date()}


def test_a_second_evaluation_finds_nothing_new(shop):
    evaluate(shop)
    before = firings(shop)
    again = evaluate(shop)
    assert (again.recorded, again.found) == (0, [])
    assert firings(shop) == before
    assert not pending(shop)


def test_judging_day_by_day_as_orders_come_in_finds_the_same_as_judging_at_once(shop, tmp_path):
    whole = copied(shop, tmp_path / "whole")
    first = START + pd.Timedelta(days=105)
    later = cut(shop, first)
    evaluate(shop)
    assert not set(DROPS) & days_fired(shop, "orders")
    date_column = 2
    for through in (5, 30, DAYS):
        last = f"{first + pd.Timedelta(days=through):%Y-%m-%d}"
        come = [row for row in later if row[date_column] <= last]
        later = [row for row in later if row[date_column] > last]
        append(shop, come)
        assert pending(shop)
        evaluate(shop)
    evaluate(whole)
    assert firings(shop) == firings(whole)
    assert firings(whole, after=first.date())


def test_after_orders_that_end_earlier_rules_go_on_from_there(shop):
    evaluate(shop)
    desk, first = desk_of(shop), START + pd.Timedelta(days=120)
    whole = firings(shop)
    later = cut(shop, first)
    assert pending(shop), "what was judged is of days that are gone"
    assert evaluate(shop).recorded == 0
    assert not pending(shop)
    assert firings(shop) == [firing for firing in whole if firing[2] <= first.date()]
    judged = {rule.evaluated_through for rule in alert_desk.stored_rules(desk)} - {None}
    assert judged == {first.date()}
    append(shop, later)
    evaluate(shop)
    assert firings(shop) == whole, "each found again, once"


def test_what_someone_saw_to_or_spoke_of_stays_though_its_day_is_gone(shop):
    evaluate(shop)
    desk, drop = desk_of(shop), DROPS[1].date()
    rules = sorted({firing[0] for firing in firings(shop) if firing[2] == drop})
    ids = {stored.rule.to_json(): stored.id for stored in alert_desk.stored_rules(desk)}
    assert len(rules) > 1
    alert_desk.comment(desk, ids[rules[0]], "", drop, drop, "The till was broken.")
    cut(shop, START + pd.Timedelta(days=120))
    evaluate(shop)
    assert [firing[0] for firing in firings(shop) if firing[2] == drop] == [rules[0]]


def test_of_what_is_found_again_only_what_is_new_is_told(shop):
    """Someone spoke of one of two firings before orders came that end earlier: it stays, the other is found anew."""
    evaluate(shop)
    desk, drop = desk_of(shop), DROPS[1].date()
    orders = next(s.id for s in alert_desk.stored_rules(desk) if (s.rule.metric, s.rule.dimension) == ("orders", ""))
    alert_desk.comment(desk, orders, "", drop, drop, "The till was broken.")
    later = cut(shop, START + pd.Timedelta(days=120))
    evaluate(shop)
    append(shop, later)
    done = evaluate(shop)
    told = [line for line in done.found if line.startswith(f"{drop}")]
    assert told
    assert not [line for line in told if line.startswith(f"{drop} Orders of a day in the whole shop")]
    assert done.recorded == len(done.found)


def test_a_new_rule_looks_back_over_a_year_and_no_further(shop, monkeypatch):
    monkeypatch.setattr(alerts, "LOOKS_BACK_DAYS", 20)
    evaluate(shop)
    assert days_fired(shop, "orders") & set(DROPS) == {DROPS[1]}
    assert LOOKS_BACK_DAYS == 366


def test_a_desk_made_for_something_else_still_gets_its_rules(shop):
    with at_desk(desk_of(shop)) as opened:
        opened.execute("INSERT INTO facts VALUES ('a', 'b')")
    assert pending(shop)
    evaluate(shop)
    assert alert_desk.stored_rules(desk_of(shop))


def test_defaults_that_were_deleted_do_not_come_back(shop):
    evaluate(shop)
    for stored in alert_desk.stored_rules(desk_of(shop)):
        alert_desk.delete_rule(desk_of(shop), stored.id)
    assert not pending(shop)
    assert evaluate(shop).judged == 0
    assert alert_desk.stored_rules(desk_of(shop)) == []


def test_a_snoozed_rule_is_judged_and_recorded_all_the_same(shop):
    alert_desk.lay_out_defaults(desk_of(shop), [])
    rule_id = alert_desk.add_rule(desk_of(shop), AlertRule("orders"))
    alert_desk.change_rule(desk_of(shop), rule_id, snoozed_until=date(2100, 1, 1))
    assert evaluate(shop).recorded > 0
    assert set(DROPS) <= days_fired(shop, "orders")


def test_a_rule_deleted_while_it_is_judged_records_nothing(shop, monkeypatch):
    record = alert_desk.record

    def deleted_first(desk, rule_id, found, through):
        alert_desk.delete_rule(desk, rule_id)
        return record(desk, rule_id, found, through)

    monkeypatch.setattr(alert_desk, "record", deleted_first)
    done = evaluate(shop)
    assert (done.recorded, done.found) == (0, [])
    assert alert_desk.stored_rules(desk_of(shop)) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from warehouse import alert_desk, alerts
record, recorded = alert_desk.record, []
def killed(*what):
    if len(recorded) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    recorded.append(what)
    return record(*what)
alert_desk.record = killed
alerts.evaluate(Path(sys.argv[1]))
"""


def test_killed_between_judging_and_recording_the_next_evaluation_records_each_day_once(shop, tmp_path):
    whole = copied(shop, tmp_path / "whole")
    evaluate(whole)
    run = subprocess.run([sys.executable, "-c", KILLED, shop, "1"], cwd=ROOT, capture_output=True)
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()
    judged = [stored.evaluated_through is not None for stored in alert_desk.stored_rules(desk_of(shop))]
    assert (judged[0], any(judged[1:])) == (True, False)
    assert pending(shop)
    evaluate(shop)
    assert firings(shop) == firings(whole)


def test_a_rule_without_data_says_why_and_is_judged_once_an_import_brings_them(orders_file, tmp_path):
    shop = tmp_path / "shop.db"
    days = pd.date_range(START, periods=60)

    def lines(orders: pd.DatetimeIndex, score: str) -> list[str]:
        return [
            f"{day:%m%d}-{score}-{n},{day:%Y-%m-%d},C{n},10.00,North,{score},3" for day in orders for n in range(15)
        ]

    import_orders(orders_file(*lines(days[:40], "")), shop)
    desk = desk_of(shop)
    alert_desk.lay_out_defaults(desk, [])
    rule_id = alert_desk.add_rule(desk, AlertRule("satisfaction", "threshold", "down", limit=3.5))
    done = evaluate(shop)
    assert done.silent == {rule_id: done.silent[rule_id]}
    assert "cannot give satisfaction: choose another metric, or import" in done.silent[rule_id]
    assert alert_desk.stored_rules(desk)[0].evaluated_through is None
    assert not pending(shop), "nothing has changed that could let it speak"
    import_orders(orders_file(*lines(days[40:], "2")), shop, append=True)
    assert pending(shop)
    done = evaluate(shop)
    assert (done.silent, done.recorded) == ({}, 20)
    assert not pending(shop)


def test_a_rule_of_a_member_that_a_new_import_no_longer_has_is_silent_with_its_reason(shop, orders_file):
    desk = desk_of(shop)
    alert_desk.lay_out_defaults(desk, [])
    rule_id = alert_desk.add_rule(desk, AlertRule("orders", dimension="region", member="North"))
    assert evaluate(shop).silent == {}
    import_orders(orders_file(*(f"{n},2026-{6 + n % 4:02}-{1 + n % 28:02},C1,9.50,Moon,5,3" for n in range(90))), shop)
    assert "“North” is no region in this shop's data (any more)" in evaluate(shop).silent[rule_id]
    assert not pending(shop)


def test_a_shop_of_one_day_is_judged_without_a_fault(orders_file, tmp_path):
    shop = tmp_path / "shop.db"
    import_orders(orders_file("1,2026-05-14,C1,9.50,North,5,3"), shop)
    done = evaluate(shop)
    assert done.recorded == 0
    assert len(done.silent) == done.judged
    assert all("need 28 days to learn what is usual; there are 1 so far" in why for why in done.silent.values())


def test_a_shop_whose_only_day_is_not_over_yet_is_judged_without_a_fault(orders_file, tmp_path):
    shop = tmp_path / "shop.db"
    import_orders(orders_file(f"1,{date.today() + timedelta(1)},C1,9.50,North,5,3"), shop)
    done = evaluate(shop)
    assert len(done.silent) == done.judged
    assert done.recorded == 0


def test_the_demo_keeps_its_rules_at_its_own_desk(demo_database, tmp_path):
    shop = Path(shutil.copyfile(demo_database, tmp_path / "shop.db"))
    done = evaluate(shop)
    assert done.judged > 10
    assert not desk_of(shop).exists()
    assert len(alert_desk.stored_rules(desk_path(shop, is_demo=True))) == done.judged
    assert not pending(shop)


def test_the_command_prints_a_line_for_each_new_firing(shop, use_database, capsys):
    use_database(shop)
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{len(alert_desk.stored_rules(desk_of(shop)))} rules judged, {len(lines) - 1} new firings."
    told = [
        line for line in lines if line.startswith(f"{DROPS[0]:%Y-%m-%d} Orders of a day in the whole shop unusually")
    ]
    assert len(told) == 1
    assert " as usual" in told[0]
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(" rules judged, 0 new firings.")


def test_the_command_says_in_one_sentence_that_the_read_copy_broke(shop, use_database, capsys, monkeypatch):
    def broken(*asked, **_):
        raise DamagedCopyError

    use_database(shop)
    monkeypatch.setattr(alerts, "usual_courses", broken)
    assert main([]) == 1
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert "run this again" in told.err


def test_the_command_tells_a_program_in_json(shop, use_database, capsys):
    use_database(shop)
    assert main(["--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"judged", "recorded", "silent", "found"}
    assert told["recorded"] == len(told["found"]) == len(firings(shop))


def test_the_command_names_members_and_is_one_sentence_where_there_is_nothing_to_judge(
    shop, empty_database, use_database, tmp_path, capsys
):
    alert_desk.lay_out_defaults(desk_of(shop), [])
    alert_desk.add_rule(desk_of(shop), AlertRule("orders", dimension="region", false_alarms_a_year=6))
    use_database(shop)
    assert main([]) == 0
    assert "Orders of a day in every region unusually low" in (out := capsys.readouterr().out)
    assert "(North): " in out
    for missing, said in ((tmp_path / "none.db", "db_setup.py"), (empty_database, "no orders yet")):
        use_database(missing)
        assert main([]) == 1
        told = capsys.readouterr()
        assert said in told.err
        assert (told.out, len(told.err.splitlines())) == ("", 1)


def test_an_empty_shop_has_nothing_pending_and_a_missing_one_says_so(empty_database, tmp_path):
    assert not pending(empty_database)
    with pytest.raises(StoreError, match="db_setup"):
        pending(tmp_path / "none.db")


def test_the_command_runs_from_a_shell(shop):
    run = subprocess.run(
        [sys.executable, "-m", "warehouse.alerts", "--json"],
        cwd=ROOT, env={**os.environ, "DATABASE_URL": f"sqlite:///{shop}"}, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["recorded"] == len(firings(shop))
