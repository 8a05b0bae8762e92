"""What follows from orders for each customer, added up by hand."""

import pytest

from warehouse.connection import settings
from warehouse.customers import refresh_customers
from warehouse.replacing import replacing
from warehouse.writing import writing

ORDERS = [
    ("T1", "A", "2026-01-10", 10.0, 900),
    ("T2", "A", "2026-01-10", 20.0, 600),
    ("T3", "A", "2026-05-01", 30.0, None),
    ("T4", "A", "2026-05-20", -30.0, None),
    ("T5", "B", "2026-05-11", 5.0, None),
    ("T6", "C", "2026-05-11", -5.0, None),
    ("T7", None, "2026-05-21", 1.0, None),
]
STATE = (
    "SELECT customer_id, first_purchase_date, last_purchase_date, first_transaction_id, order_count, "
    "days_since_purchase, is_churned FROM customers ORDER BY 1"
)


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with replacing(path) as connection:
        connection.executemany("INSERT INTO customers (customer_id) VALUES (?)", [("A",), ("B",), ("C",)])
        insert(connection, ORDERS)
    return path


def insert(connection, orders, import_id=None):
    connection.executemany(
        "INSERT INTO transactions (transaction_id, customer_id, date, revenue, order_minute, import_id) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [(*order, import_id) for order in orders],
    )


def test_refunds_are_no_purchases_and_the_earliest_minute_comes_first(shop, rows):
    assert settings(shop)["last_complete_day"] == "2026-05-21"
    assert rows(shop, STATE) == [
        ("A", "2026-01-10", "2026-05-01", "T2", 3, 20, 0),
        ("B", "2026-05-11", "2026-05-11", "T5", 1, 10, 0),
        ("C", None, None, None, 0, None, None),
    ]


def test_an_append_recounts_its_customers_and_ages_all_others(shop, rows):
    with writing(shop, appends_only=True) as connection:
        connection.execute("INSERT INTO imports VALUES (1, 'f', 'h', 1, 1, 0, 0, '', '2026-08-01T00:00:00')")
        insert(connection, [("T8", "B", "2026-08-01", 7.0, None)], import_id=1)
        refresh_customers(connection, only_import=1)
    assert rows(shop, STATE) == [
        ("A", "2026-01-10", "2026-05-01", "T2", 3, 92, 1),
        ("B", "2026-05-11", "2026-08-01", "T5", 2, 0, 0),
        ("C", None, None, None, 0, None, None),
    ]


def test_days_since_are_never_negative_for_orders_on_a_partial_day(shop, rows):
    with writing(shop) as connection:
        for week in range(1, 9):
            day = f"2026-0{4 if week > 4 else 5}-{(week * 3):02}"
            insert(connection, [(f"W{week}-{order}", None, day, 1.0, 1200) for order in range(4)])
        insert(connection, [("T9", "B", "2026-05-22", 1.0, 100)])
        refresh_customers(connection)
    assert settings(shop)["last_complete_day"] == "2026-05-21"
    assert rows(shop, "SELECT days_since_purchase FROM customers WHERE customer_id = 'B'") == [(0,)]


def test_a_shop_without_orders_has_no_last_complete_day(tmp_path):
    with replacing(tmp_path / "shop.db") as connection:
        connection.execute("INSERT INTO customers (customer_id) VALUES ('A')")
    assert "last_complete_day" not in settings(tmp_path / "shop.db")
