"""A new database in the place of the old one: whole, in one step, with own orders kept beside."""

import sqlite3
import subprocess
from contextlib import closing

import pytest
from shop_rows import fill

from warehouse.connection import connect, data_version, settings
from warehouse.errors import StoreError
from warehouse.replacing import holds_own_orders, previous_path, replacing, restore_previous
from warehouse.schema import APPLICATION_ID, SCHEMA_VERSION
from warehouse.settings import put_settings
from warehouse.writing import writing

REVENUES = "SELECT DISTINCT revenue FROM transactions"


def build(path, marker, *, demo=False, **how):
    with replacing(path, **how) as connection:
        put_settings(connection, {"is_demo": "1" if demo else "0"})
        fill(connection, marker)


def leftovers(path):
    return sorted(file.name for file in path.parent.iterdir() if "building" in file.name or "aside" in file.name)


def test_a_new_database_is_marked_indexed_and_logged_ahead(database, rows):
    assert rows(database, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert rows(database, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert rows(database, "PRAGMA journal_mode") == [("wal",)]
    indexes = {name for (name,) in rows(database, "SELECT name FROM sqlite_schema WHERE type = 'index'")}
    assert {"idx_trans_date", "idx_trans_cust", "idx_cust_id"} <= indexes
    stored = settings(database)
    assert (stored["version"], stored["last_complete_day"]) == ("1", "2026-05-20")
    assert stored["lineage"] == f"1-{stored['token']}"


def test_a_replacement_has_another_version_and_leaves_nothing_behind(database, rows):
    before = data_version(database)
    build(database, 2)
    assert data_version(database) != before
    assert rows(database, REVENUES) == [(2.0,)]
    assert leftovers(database) == []


def test_own_orders_are_kept_beside_and_can_be_restored(database, rows):
    own = data_version(database)
    build(database, 2, demo=True)
    assert not holds_own_orders(database)
    assert rows(previous_path(database), REVENUES) == [(1.0,)]
    restore_previous(database)
    assert rows(database, REVENUES) == [(1.0,)]
    assert data_version(database) == own
    assert holds_own_orders(database)
    assert not previous_path(database).exists()


def test_restoring_over_own_orders_swaps_them(database, rows):
    build(database, 2)
    restore_previous(database)
    assert (rows(database, REVENUES), rows(previous_path(database), REVENUES)) == ([(1.0,)], [(2.0,)])
    restore_previous(database)
    assert (rows(database, REVENUES), rows(previous_path(database), REVENUES)) == ([(2.0,)], [(1.0,)])


def test_a_demo_is_not_kept(tmp_path):
    build(tmp_path / "shop.db", 1, demo=True)
    build(tmp_path / "shop.db", 2, demo=True)
    assert not previous_path(tmp_path / "shop.db").exists()
    with pytest.raises(StoreError, match="no earlier orders"):
        restore_previous(tmp_path / "shop.db")


def test_an_error_while_filling_leaves_the_old_database(database, rows):
    before = data_version(database)
    with pytest.raises(RuntimeError), replacing(database) as connection:
        fill(connection, 2)
        raise RuntimeError
    assert data_version(database) == before
    assert leftovers(database) == []


def test_rows_that_name_nobody_are_found_before_the_swap(database, rows):
    with pytest.raises(StoreError, match="a row of transactions names one of customers"), replacing(database) as new:
        new.execute("INSERT INTO transactions (transaction_id, customer_id, date, revenue) VALUES ('1', 'C', "
                    "'2026-01-01', 1.0)")  # fmt: skip
    assert rows(database, REVENUES) == [(1.0,)]


def test_a_foreign_file_is_replaced_only_when_told_and_then_moved_aside(tmp_path, rows):
    path = tmp_path / "shop.db"
    path.write_bytes(b"somebody's thesis " * 100)
    with pytest.raises(StoreError, match="left untouched"):
        build(path, 1)
    build(path, 1, overwrite_foreign=True)
    assert rows(path, REVENUES) == [(1.0,)]
    assert (tmp_path / "shop.replaced.db").read_bytes() == b"somebody's thesis " * 100


def test_an_empty_file_is_nothing_to_lose(tmp_path, rows):
    (tmp_path / "shop.db").touch()
    build(tmp_path / "shop.db", 1)
    assert rows(tmp_path / "shop.db", REVENUES) == [(1.0,)]


def test_an_open_reader_goes_on_reading_the_old_database_and_nobody_mixes_them(database, rows):
    with closing(connect(database, readonly=True)) as reader:
        assert reader.execute(REVENUES).fetchall() == [(1.0,)]
        build(database, 2)
        with closing(connect(database)) as writer:
            writer.execute("UPDATE transactions SET revenue = 3.0")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert reader.execute(REVENUES).fetchall() == [(1.0,)]
    assert rows(database, REVENUES) == [(3.0,)]
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]


def test_changes_that_stand_only_in_the_log_reach_the_previous_database(database, rows):
    with closing(connect(database)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("UPDATE transactions SET revenue = 4.0")
        build(database, 2)
    assert rows(previous_path(database), REVENUES) == [(4.0,)]


def test_a_reader_in_the_middle_of_a_query_holds_the_replacement_up_and_loses_nothing(database, rows, monkeypatch):
    monkeypatch.setattr("warehouse.connection.BUSY_TIMEOUT_MS", 100)
    with closing(connect(database)) as writer, closing(connect(database, readonly=True)) as reader:
        reader.execute("BEGIN")
        reader.execute(REVENUES).fetchall()
        writer.execute("UPDATE transactions SET revenue = 4.0")
        with pytest.raises(StoreError, match="still reading"):
            build(database, 2)
    assert rows(database, REVENUES) == [(4.0,)]


def test_a_copy_that_a_killed_replacement_set_aside_becomes_the_previous_database(database, rows):
    build(database, 2)
    previous_path(database).rename(database.with_name(".shop.db.set-aside"))
    (database.parent / ".shop.db.1234.building").write_bytes(b"half a database")
    build(database, 3, demo=True)
    restore_previous(database)
    assert rows(database, REVENUES) == [(2.0,)]
    assert leftovers(database) == []


def test_a_copy_of_what_is_still_in_place_is_dropped(database):
    copy = database.with_name(".shop.db.set-aside")
    with closing(sqlite3.connect(database)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    build(database, 2, demo=True)
    assert leftovers(database) == []
    assert previous_path(database).exists()


def test_a_set_aside_copy_is_told_by_its_token_from_a_store_of_the_same_version(database, rows):
    copy = database.with_name(".shop.db.set-aside")
    with closing(sqlite3.connect(database)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    for path, revenue in ((database, 2.0), (copy, 3.0)):
        with writing(path) as connection:
            connection.execute("UPDATE transactions SET revenue = ?", (revenue,))
    copy.with_name(copy.name + ".lock").unlink()
    assert settings(database)["version"] == settings(copy)["version"]
    with pytest.raises(RuntimeError), replacing(database):
        raise RuntimeError  # the copy is judged before anything is filled
    assert (rows(database, REVENUES), rows(previous_path(database), REVENUES)) == ([(2.0,)], [(3.0,)])


def test_a_full_disk_is_told_and_the_old_database_stays(tmp_path, rows):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        path = folder / "shop.db"
        build(path, 1)
        with pytest.raises(StoreError, match="The disk is full: free some space"), replacing(path) as connection:
            fill(connection, 2, orders=100_000)
        assert rows(path, REVENUES) == [(1.0,)]
        assert leftovers(path) == []
    finally:
        subprocess.run(["umount", folder], check=True)
