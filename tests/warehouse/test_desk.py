"""The desk: made when first needed, left alone where it is not ours, and never touched by what happens to orders."""

import hashlib
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import date

import pytest

from warehouse import connection
from warehouse.alert_desk import has_defaults, recorded_firings, silent_rules, stored_rules
from warehouse.demo import load_demo
from warehouse.desk import APPLICATION_ID, DESK_VERSION, at_desk, desk_as_read, desk_path
from warehouse.errors import StoreError
from warehouse.events import all_events
from warehouse.importing import import_orders
from warehouse.replacing import restore_previous
from warehouse.targets import all_targets
from warehouse.views import saved_views

TABLES = {"targets", "events", "alert_rules", "firings", "views", "facts", "assumptions", "actions", "scenarios"}


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "shop.desk.db"


def put_fact(desk, key="a", value="b"):
    with at_desk(desk) as opened:
        opened.execute("INSERT INTO facts VALUES (?, ?)", (key, value))


def facts(desk) -> dict[str, str]:
    with desk_as_read(desk) as opened:
        return {row["key"]: row["value"] for row in opened.execute("SELECT * FROM facts")}


def digest(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_desk_is_made_when_it_is_first_used(tmp_path, rows):
    desk = tmp_path / "new" / "folder" / "shop.desk.db"
    assert facts(desk) == {}
    assert {name for (name,) in rows(desk, "SELECT name FROM sqlite_schema WHERE type = 'table'")} >= TABLES
    assert rows(desk, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert rows(desk, "PRAGMA user_version") == [(DESK_VERSION,)]


def test_an_empty_file_becomes_a_desk(desk):
    desk.touch()
    put_fact(desk)
    assert facts(desk) == {"a": "b"}


def test_what_is_written_stays(desk):
    put_fact(desk)
    assert facts(desk) == {"a": "b"}


def test_a_transaction_that_fails_leaves_nothing(desk):
    put_fact(desk)
    with pytest.raises(RuntimeError, match="stopped"), at_desk(desk) as opened:
        opened.execute("INSERT INTO facts VALUES ('c', 'd')")
        raise RuntimeError("stopped")
    assert facts(desk) == {"a": "b"}
    put_fact(desk, "e")
    assert set(facts(desk)) == {"a", "e"}


def test_a_desk_whose_making_was_killed_is_made_anew(desk):
    child = os.fork()
    if child == 0:
        with at_desk(desk):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    put_fact(desk)
    assert facts(desk) == {"a": "b"}


def foreign(desk):
    with closing(sqlite3.connect(desk)) as opened:
        opened.execute("CREATE TABLE recipes (name TEXT)")
        opened.commit()


def corrupt(desk):
    desk.write_bytes(b"a diary, not a database " * 400)


def damaged(desk):
    put_fact(desk)
    whole = desk.read_bytes()
    desk.write_bytes(whole[:100] + b"\xff" * 3000 + whole[3100:])


def newer(desk):
    put_fact(desk)
    with closing(sqlite3.connect(desk)) as opened:
        opened.execute(f"PRAGMA user_version = {DESK_VERSION + 1}")


def older(desk):
    put_fact(desk)
    with closing(sqlite3.connect(desk)) as opened:
        opened.execute("PRAGMA user_version = 0")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (foreign, "is not where this program keeps targets.*left untouched: move it away"),
        (corrupt, "damaged or not a database of this program and was left untouched"),
        (damaged, "damaged or not a database of this program and was left untouched"),
        (newer, "made by a newer version of this program: update the program, or move it away"),
        (older, "made by an older version of this program"),
    ],
)
def test_a_file_that_is_no_desk_of_this_version_is_told_in_one_sentence_and_left_as_it_is(desk, made, said):
    made(desk)
    before = digest(desk)
    for _ in range(2):
        with pytest.raises(StoreError, match=said), desk_as_read(desk):
            pass
        with pytest.raises(StoreError, match=said) as told, at_desk(desk) as opened:
            opened.execute("INSERT INTO facts VALUES ('x', 'y')")
        assert len(str(told.value).splitlines()) == 1
        assert str(desk) in str(told.value)
    assert digest(desk) == before


def test_a_desk_in_use_for_too_long_is_told(desk, monkeypatch):
    put_fact(desk)
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 50)
    with closing(sqlite3.connect(desk, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another program"):
            put_fact(desk, "c")
        other.execute("ROLLBACK")
    put_fact(desk, "c")
    assert set(facts(desk)) == {"a", "c"}


READERS = (
    facts,
    stored_rules,
    has_defaults,
    lambda desk: silent_rules(desk, "7"),
    lambda desk: recorded_firings(desk, date(2026, 1, 1), date(2026, 12, 31)),
    all_targets,
    all_events,
    saved_views,
)


def test_whoever_reads_does_not_wait_for_one_who_writes(desk, monkeypatch):
    put_fact(desk)
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 0)
    with at_desk(desk) as opened:
        opened.execute("INSERT INTO facts VALUES ('c', 'd')")
        for read in READERS:
            read(desk)
        assert facts(desk) == {"a": "b"}, "as it was before"
        with pytest.raises(StoreError, match="in use by another program"):
            put_fact(desk, "e")
    assert set(facts(desk)) == {"a", "c"}


def test_whoever_reads_sees_one_moment_and_can_write_nothing(desk):
    put_fact(desk)
    with desk_as_read(desk) as opened, pytest.raises(sqlite3.OperationalError, match="readonly"):
        opened.execute("INSERT INTO facts VALUES ('c', 'd')")
    assert facts(desk) == {"a": "b"}


def test_reading_leaves_the_desk_as_it_is(desk):
    put_fact(desk)
    before = digest(desk)
    for read in READERS:
        read(desk)
    assert digest(desk) == before


def test_what_was_being_written_when_a_process_was_killed_is_not_read(desk):
    put_fact(desk)
    child = os.fork()
    if child == 0:
        with at_desk(desk) as opened:
            opened.execute("PRAGMA cache_size = 1")  # so that pages are written before the end
            opened.executemany("INSERT INTO facts VALUES (?, ?)", [(f"x{n}", "y" * 4000) for n in range(50)])
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert desk.with_name(f"{desk.name}-journal").exists()
    assert facts(desk) == {"a": "b"}


def test_a_folder_in_the_place_of_the_desk_is_told(desk):
    desk.mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        facts(desk)


def test_a_full_disk_is_told_and_what_was_written_before_stays(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        desk = folder / "shop.desk.db"
        put_fact(desk)
        with pytest.raises(StoreError, match="The disk is full: free some space"):
            put_fact(desk, "big", "x" * 1_000_000)
        assert facts(desk) == {"a": "b"}
    finally:
        subprocess.run(["umount", folder], check=True)


def test_the_demo_and_the_own_orders_have_desks_of_their_own(tmp_path):
    store = tmp_path / "shop.db"
    demo, own = desk_path(store, is_demo=True), desk_path(store, is_demo=False)
    put_fact(demo, "whose", "demo")
    put_fact(own, "whose", "own")
    assert (facts(demo), facts(own)) == ({"whose": "demo"}, {"whose": "own"})


def test_imports_replacements_and_restorations_leave_the_desks_as_they_are(database, orders_file, demo_files):
    desks = [desk_path(database, is_demo=is_demo) for is_demo in (True, False)]
    for desk in desks:
        put_fact(desk)
    before = [digest(desk) for desk in desks]
    import_orders(orders_file("1,2026-05-14,C1,9.50,North,5,3", "2,2026-05-15,C2,0.50,North,5,3"), database)
    import_orders(orders_file("3,2026-05-16,C1,1.50,South,5,3"), database, append=True)
    load_demo(demo_files, database)
    restore_previous(database)
    assert [digest(desk) for desk in desks] == before


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO alert_rules (definition, severity, created_at) VALUES ('no json', 'info', 'now')",
        "INSERT INTO alert_rules (definition, severity, created_at) VALUES ('{}', 'loud', 'now')",
        "INSERT INTO alert_rules (definition, severity, created_at, snoozed_until) VALUES ('{}', 'info', 'x', 'soon')",
        "INSERT INTO firings (rule_id, day, recorded_at) VALUES (99, '2026-01-01', 'now')",
        "INSERT INTO targets VALUES ('revenue', 'week', '2026-01-01', '', '', 1.0)",
        "INSERT INTO targets VALUES ('revenue', 'month', '2026-02-30', '', '', 1.0)",
        "INSERT INTO targets VALUES ('revenue', 'month', '2026-01-01', 'region', '', 1.0)",
        "INSERT INTO views VALUES ('', '/kpis', 'now')",
    ],
)
def test_the_tables_themselves_refuse_what_makes_no_sense(desk, statement):
    with pytest.raises(sqlite3.IntegrityError), at_desk(desk) as opened:
        opened.execute(statement)


def test_a_desk_of_the_first_version_gets_its_table_of_events_and_keeps_the_rest(desk, rows):
    put_fact(desk)
    with closing(sqlite3.connect(desk)) as opened:
        opened.executescript(
            "DROP TABLE events; DROP TABLE assumptions; DROP TABLE actions; DROP TABLE scenarios;"
            "PRAGMA user_version = 1;"
        )
    assert facts(desk) == {"a": "b"}
    assert rows(desk, "SELECT count(*) FROM events") == [(0,)]
    assert rows(desk, "PRAGMA user_version") == [(DESK_VERSION,)]


def test_a_desk_of_the_second_version_gets_its_tables_of_plans_and_keeps_the_rest(desk, rows):
    put_fact(desk)
    with closing(sqlite3.connect(desk)) as opened:
        opened.executescript(
            "DROP TABLE assumptions; DROP TABLE actions; DROP TABLE scenarios; PRAGMA user_version = 2;"
        )
    assert facts(desk) == {"a": "b"}
    assert rows(desk, "SELECT count(*) FROM assumptions") == [(0,)]
    assert rows(desk, "SELECT count(*) FROM actions") == [(0,)]
    assert rows(desk, "PRAGMA user_version") == [(DESK_VERSION,)]
