"""Rows for small databases."""

import sqlite3


def fill(connection: sqlite3.Connection, marker: float, orders: int = 20) -> None:
    """Orders that all carry one marker as revenue, so that a mixture of two databases shows."""
    connection.executemany("INSERT INTO customers (customer_id) VALUES (?)", [(f"C{n}",) for n in range(5)])
    connection.executemany(
        "INSERT INTO transactions (transaction_id, customer_id, date, revenue) VALUES (?, ?, ?, ?)",
        [(f"T{n}", f"C{n % 5}", f"2026-05-{1 + n % 28:02}", float(marker)) for n in range(orders)],
    )
