"""Killed at any moment, the store is the old one or the new one, whole; readers never see a mixture."""

import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from warehouse import connection as connection_module
from warehouse import replacing as replacing_module
from warehouse.connection import connect, data_version
from warehouse.replacing import previous_path, replacing, restore_previous
from warehouse.settings import put_settings
from warehouse.writing import writing

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

WATCHED = {replacing_module.__file__, connection_module.__file__}


def build(path: Path, marker: int, orders: int = 20, demo: bool = False) -> None:
    with replacing(path) as connection:
        put_settings(connection, {"is_demo": "1" if demo else "0"})
        connection.executemany(
            "INSERT INTO transactions (transaction_id, date, revenue) VALUES (?, '2026-05-01', ?)",
            [(f"T{n}", float(marker)) for n in range(orders)],
        )


def append(path: Path, marker: int) -> None:
    with writing(path, appends_only=True) as connection:
        connection.executemany(
            "INSERT INTO transactions (transaction_id, date, revenue) VALUES (?, '2026-05-01', ?)",
            [(f"A{marker}-{n}", float(marker)) for n in range(500)],
        )


def markers(path: Path) -> list[tuple[float, int]]:
    """What the database holds, after a look at its health."""
    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute("SELECT revenue, count(*) FROM transactions GROUP BY 1 ORDER BY 1").fetchall()


def in_child(work) -> int:
    """Do the work in a child process; 0 when it came to its end, else the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed_at_line(number: int, work) -> bool:
    """Whether the work was killed before it came to an end: just before the so-manieth line of the store's code."""

    def killing():
        lines = 0

        def trace(frame, event, _):
            nonlocal lines
            if frame.f_code.co_filename not in WATCHED:
                return None
            if event == "line":
                lines += 1
                if lines == number:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        work()

    return in_child(killing) == signal.SIGKILL


def test_killed_before_any_line_of_a_replacement_the_old_or_the_new_database_is_whole(tmp_path):
    path = tmp_path / "shop.db"
    build(path, 1)
    marker, number, kills, seen = 1, 0, 0, set()
    while True:
        number += 3
        killed = killed_at_line(number, partial(build, path, marker + 1))
        found = markers(path)
        assert found in ([(marker, 20)], [(marker + 1, 20)])
        seen.add(found == [(marker + 1, 20)])
        marker = int(found[0][0])
        if not killed:
            break
        kills += 1
    assert kills > 40
    assert seen == {False, True}
    build(path, 99)
    assert [file.name for file in tmp_path.iterdir() if "building" in file.name or "aside" in file.name] == []


def test_killed_before_any_line_of_a_restoration_no_own_orders_are_lost(tmp_path):
    path = tmp_path / "shop.db"
    build(path, 1)
    build(path, 2)
    number = 0
    while killed_at_line(number := number + 7, lambda: restore_previous(path)):
        build(path, 0, demo=True)  # whatever replaces next first finishes what the killed one began
        kept = markers(previous_path(path))
        assert kept in ([(1, 20)], [(2, 20)])
        restore_previous(path)
        assert markers(path) == kept
        build(path, 1)
        build(path, 2)
    assert number > 60


def test_killed_at_random_moments_of_appends_every_append_is_there_or_not(tmp_path):
    path = tmp_path / "shop.db"
    build(path, 1)
    chance = random.Random(7)
    for marker in range(2, 32):
        child = os.fork()
        if child == 0:
            try:
                append(path, marker)
            finally:
                os._exit(0)
        time.sleep(chance.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        counts = dict(markers(path))
        assert counts.pop(1) == 20
        assert set(counts.values()) <= {500}
    before = data_version(path)
    append(path, 1000)
    assert data_version(path) != before


def test_readers_in_another_process_see_one_whole_database_while_it_is_replaced_again_and_again(tmp_path):
    path = tmp_path / "shop.db"
    build(path, 1)
    stop = tmp_path / "stop"

    def read_on():
        kept = []
        while not stop.exists():
            connection = connect(path, readonly=True)
            kept = [*kept[-3:], connection]
            for old in kept:
                found = old.execute("SELECT revenue, count(*) FROM transactions GROUP BY 1").fetchall()
                if len(found) != 1 or found[0][1] != 20:
                    os.kill(os.getpid(), signal.SIGTERM)

    readers = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            try:
                read_on()
                os._exit(0)
            except sqlite3.Error:
                os._exit(3)
            finally:
                os._exit(4)
        readers.append(child)
    for marker in range(2, 40):
        build(path, marker)
        with writing(path) as connection:
            connection.execute("UPDATE transactions SET revenue = revenue + 0.5")
    stop.touch()
    assert [os.waitpid(reader, 0)[1] for reader in readers] == [0, 0]
    assert markers(path) == [(39.5, 20)]
