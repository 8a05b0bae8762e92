"""The demo's files in, a whole database out."""

import datetime
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.connection import settings
from warehouse.demo import load_demo
from warehouse.errors import StoreError

DAYS = pa.array([datetime.date(2026, 5, 14), datetime.date(2026, 5, 15)])


def write(folder, **changed):
    folder.mkdir(exist_ok=True)
    tables = {
        "customers": {
            "customer_id": ["A", "B"],
            "segment": pa.array(["Premium", "Budget"]).dictionary_encode(),
            "region": ["North", "South"],
            "acquisition_date": DAYS,
            "age_group": ["18-24", None],
            "is_churned": [True, True],
        },
        "transactions": {
            "transaction_id": ["T1", "T2"],
            "customer_id": ["A", None],
            "date": DAYS,
            "revenue": [10.0, -2.5],
            "satisfaction_score": [5, None],
            "something_else": [1, 2],
        },
        "order_lines": {
            "transaction_id": ["T1"],
            "line": [1],
            "quantity": [2.0],
            "unit_price": [5.0],
        },
        "events": {
            "start_date": DAYS,
            "end_date": DAYS,
            "label": ["x", "y"],
            "kind": ["holiday", "other"],
        },
    }
    for name, columns in (tables | changed).items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def test_files_become_tables_and_what_follows_from_orders_is_recomputed(tmp_path, rows):
    folder = write(tmp_path / "demo")
    (folder / "shop.json").write_text(json.dumps({"shop_name": "Demo", "currency": "INR", "churn_days": 60, "seed": 1}))
    told = []
    load_demo(folder, tmp_path / "shop.db", progress=lambda share, doing: told.append(share))
    path = tmp_path / "shop.db"
    assert rows(path, "SELECT transaction_id, customer_id, date, revenue, satisfaction_score FROM transactions") == [
        ("T1", "A", "2026-05-14", 10.0, 5),
        ("T2", None, "2026-05-15", -2.5, None),
    ]
    assert rows(path, "SELECT customer_id, acquisition_date, is_churned FROM customers") == [
        ("A", "2026-05-14", 0),
        ("B", "2026-05-15", None),
    ]
    assert rows(path, "SELECT count(*) FROM order_lines") == [(1,)]
    assert rows(path, "SELECT count(*) FROM events") == [(2,)]
    stored = settings(path)
    assert (stored["is_demo"], stored["currency"], stored["churn_days"]) == ("1", "INR", "60")
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_missing_files_are_named(tmp_path):
    with pytest.raises(StoreError, match=r"lack customers.parquet and transactions.parquet: make them with"):
        load_demo(tmp_path, tmp_path / "shop.db")


def test_files_that_break_a_rule_leave_no_database(tmp_path):
    folder = write(
        tmp_path / "demo", events={"start_date": DAYS, "end_date": DAYS, "label": ["x", "y"], "kind": ["a", "b"]}
    )
    with pytest.raises(StoreError, match="does not fit the store"):
        load_demo(folder, tmp_path / "shop.db")
    assert not (tmp_path / "shop.db").exists()
