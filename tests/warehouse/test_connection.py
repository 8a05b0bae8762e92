"""Opening the database: only ours, only whole, never changed by being opened."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from warehouse.connection import DEFAULT_URL, PROJECT_ROOT, connect, data_version, database_path, settings
from warehouse.errors import StoreError


def test_without_an_url_the_database_lies_in_the_projects_data_folder(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert database_path() == PROJECT_ROOT / "data" / "shop.db"
    assert database_path(DEFAULT_URL) == PROJECT_ROOT / "data" / "shop.db"


def test_the_environment_names_the_database(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:////srv/my%20shop.db")
    assert database_path() == Path("/srv/my shop.db")


@pytest.mark.parametrize("url", ["postgresql://me:secret@host/shop", "shop.db", "sqlite:///:memory:", "sqlite://"])
def test_other_engines_are_refused_in_a_sentence_without_the_password(url):
    with pytest.raises(StoreError, match="SQLite files only at present") as refused:
        database_path(url)
    assert "secret" not in str(refused.value)


def test_a_missing_database_is_not_created(tmp_path):
    with pytest.raises(StoreError, match="no database at .* yet: build one with `python db_setup.py`"):
        connect(tmp_path / "shop.db")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"no database, just text" * 50, b"", b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path, content):
    path = tmp_path / "shop.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="left untouched"):
        connect(path)
    assert path.read_bytes() == content


def test_a_foreign_database_is_refused(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("CREATE TABLE notes (text)")
    with pytest.raises(StoreError, match="not a database of this program"):
        connect(path)


@pytest.mark.parametrize(("version", "words"), [(99, "newer version"), (0, "older version")])
def test_a_database_of_another_version_is_refused(database, version, words):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError, match=words):
        connect(database)


def test_a_database_cut_in_the_middle_is_refused(database):
    database.write_bytes(database.read_bytes()[:5000])
    with pytest.raises(StoreError, match="damaged"):
        data_version(database)


def test_connections_keep_foreign_keys_wait_for_others_and_log_ahead(database):
    with closing(connect(database)) as connection:
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] >= 5_000
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_reading_connection_cannot_write(database):
    with closing(connect(database, readonly=True)) as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM transactions")


def test_the_data_version_is_the_store_its_version_and_its_token(database):
    stored = settings(database)
    assert data_version(database) == f"{stored['store_id']}-1-{stored['token']}"


def test_the_data_version_is_cheap_enough_to_ask_on_every_rerun(database):
    data_version(database)
    started = time.process_time()
    for _ in range(100):
        data_version(database)
    assert (time.process_time() - started) / 100 < 0.005


def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path):
    with pytest.raises(StoreError, match="opened"):
        connect(tmp_path)
