"""The read copy: equal to the store, incremental, atomic, and made again when damaged."""

import shutil
import sqlite3
import threading
from datetime import date
from pathlib import Path

import duckdb
import pytest

from warehouse import engine, readcopy, store
from warehouse.engine import DamagedCopyError, Warehouse
from warehouse.errors import StoreError

CUSTOMERS = [("a", "Premium", "North"), ("b", None, "South"), ("c", "Budget", None)]
ORDERS = [
    ("t1", "a", "2026-01-05", 100.0, "Web", 5, 2, "North"),
    ("t2", "b", "2026-01-06", 40.0, "Web", None, None, "South"),
    ("t3", None, "2026-01-06", 60.0, None, 4, 3, "South"),
    ("t4", "a", "2026-01-12", 120.5, "Shop", 3, 6, "North"),
    ("t5", "a", "2026-01-14", -20.25, "Web", None, None, "North"),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "a shop?#%.db"  # a name that a careless address would cut short
    with store.replacing(path) as connection:
        connection.executemany("INSERT INTO customers (customer_id, segment, region) VALUES (?, ?, ?)", CUSTOMERS)
        insert(connection, ORDERS)
        connection.execute("INSERT INTO events VALUES ('2026-01-05', '2026-01-06', 'Sale', 'promotion')")
        connection.execute("INSERT INTO order_lines VALUES ('t1', 1, 'p1', 'Pen', NULL, 2, 50, NULL)")
    return path


def insert(connection: sqlite3.Connection, orders: list[tuple]) -> None:
    connection.executemany(
        "INSERT INTO transactions (transaction_id, customer_id, date, revenue, channel, satisfaction_score, "
        "delivery_days, region) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        orders,
    )


def append(database: Path, *orders: tuple) -> None:
    with store.writing(database, appends_only=True) as connection:
        insert(connection, list(orders))
        store.refresh_customers(connection)


def many(orders: int) -> list[tuple]:
    """Orders that fill blocks enough for one of them to break alone."""
    return [(f"m{n}", None, "2026-01-08", n * 0.37, "Web", None, None, "North") for n in range(orders)]


def put_back(backup: Path, database: Path) -> None:
    """A backup in the database's place, as an owner does it with the program stopped."""
    for suffix in ("-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(backup, database)


def read_by(warehouse: Warehouse) -> set[str]:
    """The orders that visitors are shown."""
    with warehouse.tables() as tables:
        return set(tables.orders.transaction_id.execute())


def rows_of(database: Path, query: str) -> list[tuple]:
    with duckdb.connect(readcopy.read_copy(database), read_only=True) as copy:
        return copy.execute(query).fetchall()


def test_the_copy_holds_every_row_with_its_values(database):
    rows = rows_of(database, "SELECT transaction_id, date, revenue, channel, satisfaction_score FROM orders ORDER BY 1")
    assert rows[0] == ("t1", date(2026, 1, 5), 100.0, "Web", 5)
    assert rows[1][4] is None
    assert rows[2][3] == readcopy.NOT_STATED
    assert [r[2] for r in rows] == [100.0, 40.0, 60.0, 120.5, -20.25]


def test_repeat_orders_are_told_from_first_ones_and_from_refunds(database):
    rows = rows_of(database, "SELECT transaction_id, is_repeat, first_order_on FROM orders ORDER BY 1")
    assert [(r[0], r[1]) for r in rows] == [("t1", False), ("t2", False), ("t3", False), ("t4", True), ("t5", False)]
    assert rows[3][2] == date(2026, 1, 5)
    assert rows[2][2] is None  # a guest has no history


def test_lines_and_events_come_along(database):
    assert rows_of(database, "SELECT product, quantity, unit_cost FROM order_lines") == [("Pen", 2.0, None)]
    assert rows_of(database, "SELECT label, start_date FROM events") == [("Sale", date(2026, 1, 5))]


def test_the_same_version_is_not_copied_twice(database):
    first = readcopy.read_copy(database)
    made_at = first.stat().st_mtime_ns
    assert readcopy.read_copy(database) == first
    assert first.stat().st_mtime_ns == made_at


def test_an_append_adds_its_rows_and_reads_no_others(database, monkeypatch):
    readcopy.make_read_copy(database)
    append(database, ("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    monkeypatch.setattr(readcopy, "_build", lambda *_: pytest.fail("built from nothing after an append"))
    readcopy.make_read_copy(database)
    rows = rows_of(database, "SELECT transaction_id, is_repeat FROM orders ORDER BY 1")
    assert rows[-1] == ("t6", True)
    assert len(rows) == 6


def test_an_appended_older_order_moves_the_customers_first_order(database):
    readcopy.read_copy(database)
    append(database, ("t0", "a", "2025-12-24", 5.0, "Web", None, None, "North"))
    rows = dict(rows_of(database, "SELECT transaction_id, is_repeat FROM orders"))
    assert (rows["t0"], rows["t1"]) == (False, True)
    firsts = rows_of(database, "SELECT DISTINCT first_order_on FROM orders WHERE transaction_id IN ('t0', 't1', 't4')")
    assert firsts == [(date(2025, 12, 24),)]


def test_an_appended_new_customer_and_a_new_member_are_read(database):
    readcopy.read_copy(database)
    with store.writing(database, appends_only=True) as connection:
        connection.execute("INSERT INTO customers (customer_id) VALUES ('d')")
        insert(connection, [("t7", "d", "2026-01-21", 7.0, "Television", None, None, "East")])
        store.refresh_customers(connection)
    assert rows_of(database, "SELECT channel, region FROM orders WHERE transaction_id = 't7'") == [
        ("Television", "East")
    ]
    assert rows_of(database, "SELECT count(DISTINCT customer_key) FROM customers") == [(4,)]


def test_a_change_that_is_no_append_is_copied_whole(database):
    readcopy.read_copy(database)
    with store.writing(database) as connection:
        connection.execute("DELETE FROM order_lines")
        connection.execute("DELETE FROM transactions WHERE transaction_id = 't1'")
        store.refresh_customers(connection)
    assert len(rows_of(database, "SELECT 1 FROM orders")) == 4


@pytest.mark.parametrize("appends_only", [True, False])
def test_a_backup_put_back_and_written_to_is_never_taken_for_what_it_replaced(database, tmp_path, appends_only):
    warehouse, backup = Warehouse(database), tmp_path / "backup.db"
    first = read_by(warehouse)
    shutil.copyfile(database, backup)
    append(database, ("b", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    assert read_by(warehouse) == first | {"b"}
    with_b = warehouse.version()

    put_back(backup, database)
    assert read_by(warehouse) == first
    put_back(backup, database)
    with store.writing(database, appends_only=appends_only) as connection:
        insert(connection, [("c", "b", "2026-01-21", 8.0, "Shop", 1, 1, "South")])
        store.refresh_customers(connection)
    assert store.settings(database)["version"] == with_b.split("-")[1] == "2"
    assert warehouse.version() != with_b
    assert read_by(warehouse) == read_by(Warehouse(database)) == first | {"c"}


def test_a_copy_of_another_branch_is_no_base_for_an_append(database, tmp_path):
    backup = tmp_path / "backup.db"
    shutil.copyfile(database, backup)
    append(database, ("b", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    readcopy.read_copy(database)
    put_back(backup, database)
    for name in ("c", "d"):  # the same number of rows and one more: row numbers alone would not tell
        append(database, (name, "b", "2026-01-21", 8.0, "Shop", 1, 1, "South"))
    assert {"c", "d"} <= read_by(Warehouse(database))
    assert "b" not in read_by(Warehouse(database))


def test_older_copies_are_removed(database):
    old = readcopy.read_copy(database)
    append(database, ("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    new = readcopy.read_copy(database)
    assert new != old
    assert [f.name for f in new.parent.glob("*.duckdb")] == [new.name]


def test_a_damaged_older_copy_does_not_spoil_the_next(database):
    readcopy.read_copy(database).write_bytes(b"not a database" * 1000)
    append(database, ("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    assert len(rows_of(database, "SELECT 1 FROM orders")) == 6


def test_an_empty_store_has_an_empty_copy(tmp_path):
    path = tmp_path / "empty.db"
    with store.replacing(path):
        pass
    assert rows_of(path, "SELECT count(*) FROM orders") == [(0,)]


def test_no_space_for_the_copy_is_one_sentence(database, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(readcopy, "_make", full)
    with pytest.raises(StoreError, match="No space left on device.*free some disk space"):
        readcopy.make_read_copy(database)


def test_a_copy_that_cannot_be_made_is_one_sentence_across_processes(database):
    readcopy.read_copy(database).parent.joinpath("building.lock").unlink()
    shutil.rmtree(readcopy.read_copy(database).parent)
    readcopy._copy_path(database, "any").parent.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="could not be written.*free some disk space"):
        readcopy.read_copy(database)


def test_making_a_copy_leaves_a_writers_lock_alone(database):
    with store.writing(database, appends_only=True) as connection:
        insert(connection, [("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South")])
        readcopy.read_copy(database)
        other = sqlite3.connect(database, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_a_missing_store_is_one_sentence(tmp_path):
    with pytest.raises(StoreError, match="There is no database"):
        readcopy.read_copy(tmp_path / "none.db")


def test_the_warehouse_lends_the_newest_version(database):
    warehouse = Warehouse(database)
    with warehouse.tables() as before:
        assert before.orders.count().execute() == 5
    append(database, ("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    with warehouse.tables() as after:
        assert after.orders.count().execute() == 6
        assert after.version != before.version


def test_a_reader_who_knows_the_version_does_not_have_the_store_asked_again(database, monkeypatch):
    warehouse = Warehouse(database)
    with warehouse.tables() as first:
        known = first.version
    monkeypatch.setattr(store, "data_version", lambda _: pytest.fail("asked the store again"))
    with warehouse.tables(known) as again:
        assert (again.version, again.orders.count().execute()) == (known, 5)


def test_a_reader_who_knows_an_older_version_gets_the_newest(database):
    warehouse = Warehouse(database)
    with warehouse.tables() as first:
        known = first.version
    append(database, ("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    with warehouse.tables(known) as after:
        assert after.version != known
        assert after.orders.count().execute() == 6


def test_a_reader_who_knows_the_version_has_a_copy_that_vanished_made_again(database):
    warehouse = Warehouse(database)
    with warehouse.tables() as first:
        known = first.version
    shutil.rmtree(readcopy.read_copy(database).parent)
    with warehouse.tables(known) as again:
        assert (again.version, again.orders.count().execute()) == (known, 5)


def test_a_reader_who_knows_the_version_is_told_that_the_store_is_gone(database):
    warehouse = Warehouse(database)
    with warehouse.tables() as first:
        known = first.version
    database.unlink()
    with pytest.raises(StoreError, match="There is no database"), warehouse.tables(known):
        pass


def test_a_reader_at_work_keeps_its_version_while_the_store_moves_on(database):
    warehouse = Warehouse(database)
    with warehouse.tables() as old:
        append(database, ("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
        with warehouse.tables() as new:
            assert new.orders.count().execute() == 6
        assert old.orders.count().execute() == 5


def test_a_copy_damaged_on_disk_is_made_again(database):
    readcopy.read_copy(database).write_bytes(b"x" * 10_000)
    with Warehouse(database).tables() as tables:
        assert tables.orders.count().execute() == 5


def test_a_copy_that_vanished_is_made_again(database):
    warehouse = Warehouse(database)
    with warehouse.tables():
        pass
    shutil.rmtree(readcopy.read_copy(database).parent)
    with warehouse.tables() as tables:
        assert tables.orders.count().execute() == 5


def test_a_copy_that_breaks_under_the_reader_is_given_up(database):
    append(database, *many(200_000))
    warehouse = Warehouse(database)
    with warehouse.tables() as tables:
        assert tables.orders.count().execute() == 200_005
    copy = readcopy.read_copy(database)
    with copy.open("r+b") as file:
        file.seek(12_288)  # the headers stay
        file.write(b"z" * (copy.stat().st_size - 12_288))
    with pytest.raises(DamagedCopyError), warehouse.tables() as tables:
        tables.orders.agg([tables.orders[name].max() for name in tables.orders.columns]).execute()
    with warehouse.tables() as tables:
        assert tables.orders.transaction_id.max().execute() == "t5"


@pytest.mark.parametrize("said", ["IO Error: No space left on device", "IO Error: could not write block 7"])
def test_a_disk_too_full_for_an_answer_leaves_the_good_copy(database, said):
    warehouse = Warehouse(database)
    copy = readcopy.read_copy(database)
    made_at = copy.stat().st_mtime_ns
    with pytest.raises(StoreError, match=f"{said}.*free some space"), warehouse.tables():
        raise duckdb.IOException(said)
    with warehouse.tables() as tables:
        assert tables.orders.count().execute() == 5
    assert copy.stat().st_mtime_ns == made_at


def test_a_faulty_question_is_the_askers_fault_and_leaves_the_good_copy(database):
    warehouse = Warehouse(database)
    copy = readcopy.read_copy(database)
    made_at = copy.stat().st_mtime_ns
    with pytest.raises(duckdb.ConversionException), warehouse.tables() as tables:
        tables.orders.transaction_id.cast("int64").sum().execute()
    assert copy.stat().st_mtime_ns == made_at


def test_a_folder_that_a_reader_spills_into_is_left_to_it(database):
    spilled = readcopy.read_copy(database).with_suffix(".duckdb.tmp")
    spilled.mkdir()
    append(database, ("t6", "b", "2026-01-20", 9.0, "Shop", 1, 1, "South"))
    assert len(rows_of(database, "SELECT 1 FROM orders")) == 6


def test_twenty_threads_read_the_same_sums(database):
    warehouse = Warehouse(database)
    sums, faults = [], []

    def read() -> None:
        try:
            for _ in range(5):
                with warehouse.tables() as tables:
                    sums.append(round(tables.orders.revenue.sum().execute(), 2))
        except Exception as error:  # noqa: BLE001 - whatever a thread meets is the finding
            faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(20)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert faults == []
    assert sums == [300.25] * 100


@pytest.mark.parametrize(("few", "threads"), [(10, 1), (0, None)])
def test_a_small_shop_is_asked_by_one_thread_and_a_large_one_by_all(few, threads, tiny_database, monkeypatch):
    monkeypatch.setattr(engine, "FEW_ORDERS", few)
    with Warehouse(tiny_database).tables() as tables:
        asked = tables.orders.get_backend().raw_sql("SELECT current_setting('threads')").fetchone()[0]
    assert asked == (threads or duckdb.sql("SELECT current_setting('threads')").fetchall()[0][0])
