"""Changing what is stored: one at a time, all or nothing, a new version for every change."""

import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest

from warehouse import writing as writing_module
from warehouse.connection import PROJECT_ROOT, data_version, rows_version_of, settings
from warehouse.errors import StoreError
from warehouse.writing import change_settings, write_lock, writing

ADD = "INSERT INTO transactions (transaction_id, date, revenue) VALUES ('new', '2026-05-30', 5.0)"


def lineage(database):
    """The versions in the lineage; its last entry is the present state."""
    stored = settings(database)
    states = stored["lineage"].split()
    assert states[-1] == f"{stored['version']}-{stored['token']}"
    return [int(state.partition("-")[0]) for state in states]


def test_a_committed_change_raises_the_version_and_begins_a_lineage(database, rows):
    with writing(database) as connection:
        connection.execute(ADD)
    assert rows(database, "SELECT count(*) FROM transactions") == [(21,)]
    assert lineage(database) == [2]


def test_an_append_lengthens_the_lineage(database):
    before = settings(database)
    with writing(database, appends_only=True) as connection:
        connection.execute(ADD)
    assert lineage(database) == [1, 2]
    assert settings(database)["lineage"].startswith(before["lineage"])


def test_the_lineage_forgets_its_oldest_states(database, monkeypatch):
    monkeypatch.setattr(writing_module, "LONGEST_LINEAGE", 3)
    for days in range(10, 15):
        change_settings(database, churn_days=days)
    assert lineage(database) == [4, 5, 6]


def test_a_store_that_knows_no_token_gets_one_with_its_next_write(database):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM settings WHERE key IN ('token', 'lineage')")
    assert data_version(database) == f"{settings(database)['store_id']}-1-"
    change_settings(database, shop_name="Corner shop")
    assert lineage(database) == [2]


def test_a_transaction_that_changes_nothing_leaves_the_version(database):
    before = data_version(database)
    with writing(database) as connection:
        connection.execute("SELECT 1")
    assert data_version(database) == before


def test_an_error_takes_everything_back(database, rows):
    before = data_version(database)
    with pytest.raises(RuntimeError), writing(database) as connection:
        connection.execute(ADD)
        raise RuntimeError
    assert data_version(database) == before
    assert rows(database, "SELECT count(*) FROM transactions") == [(20,)]


def test_rules_of_the_schema_hold(database):
    with pytest.raises(Exception, match="CHECK constraint"), writing(database) as connection:
        connection.execute("INSERT INTO transactions (transaction_id, date, revenue) VALUES ('x', '2026-02-31', 1.0)")
    with pytest.raises(Exception, match="FOREIGN KEY"), writing(database) as connection:
        connection.execute(
            "INSERT INTO transactions (transaction_id, customer_id, date, revenue) VALUES ('x', '?', '2026-02-01', 1.0)"
        )


def test_a_second_writer_in_this_process_is_told_about_the_first(database):
    import threading

    told = []

    def second():
        try:
            with writing(database, wait_seconds=0.1):
                pass
        except StoreError as error:
            told.append(str(error))

    with write_lock(database):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(told) == 1
    assert "Another import into" in told[0]


def test_a_second_writer_in_another_process_is_told_and_a_killed_one_leaves_nothing_locked(database, monkeypatch):
    monkeypatch.setattr(writing_module, "LOCK_WAIT_SECONDS", 0.1)
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(f"""
            import sys, time
            sys.path.insert(0, {str(PROJECT_ROOT)!r})
            from pathlib import Path
            from warehouse.writing import writing
            with writing(Path({str(database)!r})) as connection:
                connection.execute({ADD!r})
                print("held", flush=True)
                time.sleep(60)
        """)],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="Another import .* is running"), writing(database):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    with writing(database) as connection:
        assert connection.execute("SELECT count(*) FROM transactions").fetchone() == (20,)


def test_settings_are_checked_stored_and_counted_once(database):
    change_settings(database, shop_name="Corner shop", gross_margin=0.25)
    assert settings(database)["shop_name"] == "Corner shop"
    version = data_version(database)
    change_settings(database, shop_name="Corner shop", gross_margin=0.25)
    assert data_version(database) == version


def test_rows_are_of_the_same_version_while_settings_alone_change(database):
    def rows_version():
        return rows_version_of(settings(database))

    built = rows_version()
    assert built == data_version(database)
    change_settings(database, shop_name="Corner shop", gross_margin=0.25)
    change_settings(database, currency="CHF", gross_margin=None)
    assert rows_version() == built != data_version(database)
    seen = {built}
    for change in (
        lambda: change_settings(database, churn_days=45),  # the customers' column follows from it
        lambda: change_settings(database, gross_margin=0.3, time_zone="Asia/Tokyo"),
        lambda: _add_an_order(database),
    ):
        change()
        assert rows_version() == data_version(database)
        assert rows_version() not in seen
        seen.add(rows_version())


def _add_an_order(database):
    with writing(database, appends_only=True) as connection:
        connection.execute(ADD)


def test_the_margin_is_unknown_until_stated_and_can_be_unknown_again(database):
    assert "gross_margin" not in settings(database)
    change_settings(database, gross_margin=0.25)
    assert settings(database)["gross_margin"] == "0.25"
    change_settings(database, gross_margin=None)
    assert "gross_margin" not in settings(database)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("currency", "euro"),
        ("time_zone", "Mars/Olympus"),
        ("week_start", "friday"),
        ("gross_margin", 1.2),
        ("gross_margin", "nan"),
        ("currency", None),
        ("churn_days", 0),
        ("shop_name", "  "),
        ("version", 7),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(database, name, value):
    with pytest.raises(ValueError, match=name):
        change_settings(database, **{name: value})
    assert settings(database)["version"] == "1"


def test_more_churn_days_make_fewer_churned_customers(database, rows):
    change_settings(database, churn_days=1)
    assert rows(database, "SELECT sum(is_churned) FROM customers")[0][0] > 0
    change_settings(database, churn_days=300)
    assert rows(database, "SELECT sum(is_churned) FROM customers") == [(0,)]
