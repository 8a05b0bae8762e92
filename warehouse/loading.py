"""Accepted orders and rejected rows, from the scratch database into the store."""

import sqlite3
from collections.abc import Callable, Iterator

import duckdb

ROWS_AT_A_TIME = 20_000

_NEW = "verdict = 'new'"

_CUSTOMERS = f"""
SELECT customer_id, arg_max(segment, moment), arg_max(region, moment), arg_max(age_group, moment), max(day)::VARCHAR
FROM (SELECT *, (day - DATE '1970-01-01') * 1440 + coalesce(minute, 0) AS moment FROM orders)
WHERE {_NEW} AND customer_id IS NOT NULL GROUP BY customer_id ORDER BY customer_id
"""

# What an order says about its customer holds unless a later order, stored before, said otherwise.
_PUT_CUSTOMER = """
INSERT INTO customers (customer_id, segment, region, age_group, order_count) VALUES (?1, ?2, ?3, ?4, 0)
ON CONFLICT (customer_id) DO UPDATE SET
    segment = CASE WHEN ?5 >= ifnull(last_purchase_date, '') THEN ifnull(?2, segment) ELSE ifnull(segment, ?2) END,
    region = CASE WHEN ?5 >= ifnull(last_purchase_date, '') THEN ifnull(?3, region) ELSE ifnull(region, ?3) END,
    age_group = CASE WHEN ?5 >= ifnull(last_purchase_date, '') THEN ifnull(?4, age_group)
                ELSE ifnull(age_group, ?4) END
"""

_TRANSACTIONS = f"""
SELECT order_key, customer_id, day::VARCHAR, revenue, category, channel, payment_method, delivery_days, score, segment,
    region, age_group, minute, ? FROM orders WHERE {_NEW} ORDER BY day, minute, first_line, order_key
"""

_PUT_TRANSACTION = """
INSERT INTO transactions (transaction_id, customer_id, date, revenue, category, channel, payment_method, delivery_days,
    satisfaction_score, segment, region, age_group, order_minute, import_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
"""

_LINES = f"""
SELECT articles.order_key, number, product_id, product, articles.category, quantity, articles.unit_price, unit_cost
FROM articles JOIN (SELECT first_line FROM orders WHERE {_NEW} AND NOT is_refund) USING (first_line)
ORDER BY articles.order_key, number
"""

_PUT_LINE = """
INSERT INTO order_lines (transaction_id, line, product_id, product, category, quantity, unit_price, unit_cost)
VALUES (?,?,?,?,?,?,?,?)
"""


def store_orders(
    scratch: duckdb.DuckDBPyConnection, store: sqlite3.Connection, import_id: int, stored: Callable[[int], None]
) -> None:
    """Write customers, orders and lines that are new, customers first because orders name them."""
    for select, values, put in (
        (_CUSTOMERS, [], _PUT_CUSTOMER),
        (_TRANSACTIONS, [import_id], _PUT_TRANSACTION),
        (_LINES, [], _PUT_LINE),
    ):
        rows = scratch.cursor().execute(select, values)
        while chunk := rows.fetchmany(ROWS_AT_A_TIME):
            store.executemany(put, chunk)
            stored(len(chunk))


def rejected_rows(
    scratch: duckdb.DuckDBPyConnection, mask: Callable[[str], str], at_most: int | None = None
) -> Iterator[tuple[int, str, str | None, str]]:
    """Line, text without personal data, column and reason of each rejected row, in the file's order."""
    rows = scratch.cursor().execute(
        "SELECT line, replace(raw, chr(0), '␀'), column_name, reason FROM verdicts JOIN source USING (line) "
        "WHERE verdict = 'rejected' ORDER BY line" + (f" LIMIT {at_most}" if at_most is not None else "")
    )
    while chunk := rows.fetchmany(ROWS_AT_A_TIME):
        for line, raw, column, reason in chunk:
            yield line, mask(raw), column, reason


def store_rejected(
    store: sqlite3.Connection,
    rejected: Iterator[tuple[int, str, str | None, str]],
    import_id: int,
    source_name: str,
    imported_at: str,
) -> None:
    """Keep each rejected row with where it stood and why."""
    store.executemany(
        "INSERT INTO rejected_rows (import_id, source_file, line_number, raw_text, column_name, reason, imported_at) "
        "VALUES (?,?,?,?,?,?,?)",
        ((import_id, source_name, line, raw, column, reason, imported_at) for line, raw, column, reason in rejected),
    )
