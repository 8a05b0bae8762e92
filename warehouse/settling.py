"""From valid rows to orders: what belongs together, what is there already, and the verdict on every row."""

import json
import sqlite3

import duckdb
import pyarrow as pa

from warehouse.mapping import Mapping
from warehouse.moments import sql
from warehouse.privacy import customer_id, is_personal_column

ORDER_VALUES = (
    *("customer_id", "day", "minute", "revenue", "category", "channel", "payment_method", "delivery_days", "score"),
    *("segment", "region", "age_group"),
)
"""What makes the content of an order, next to its lines."""

LINE_VALUES = ("product_id", "product", "category", "quantity", "unit_price", "unit_cost")

IDS_PER_LOOKUP = 5_000

_CONTENT = "md5(concat_ws(chr(31), " + ", ".join(f"coalesce({name}::VARCHAR, '∅')" for name in ORDER_VALUES) + "))"

_LINES_CONTENT = (
    "sum(hash(" + ", ".join(f"coalesce({name}::VARCHAR, '∅')" for name in LINE_VALUES) + ")::HUGEINT)::VARCHAR"
)
"""The same for the same lines in any order: a set of lines with how often each occurs."""


def name_customers(connection: duckdb.DuckDBPyConnection, mapping: Mapping, key: bytes) -> None:
    """Make the table ``known``: for each customer's text in the valid rows, the id under which it is stored."""
    personal = mapping.customer is not None and is_personal_column(mapping.customer)
    texts = connection.execute(
        "SELECT DISTINCT customer FROM typed WHERE customer IS NOT NULL AND problem IS NULL"
    ).fetchall()
    customers = [text for (text,) in texts]
    ids = [customer_id(text, key, personal_column=personal) for text in customers]
    columns = [pa.array(customers, pa.string()), pa.array(ids, pa.string())]
    connection.register("named", pa.Table.from_arrays(columns, ["customer", "customer_id"]))
    connection.execute("CREATE OR REPLACE TABLE known AS SELECT * FROM named")
    connection.unregister("named")


def settle(connection: duckdb.DuckDBPyConnection, mapping: Mapping, store: sqlite3.Connection | None) -> None:
    """Make ``orders``, ``articles`` and ``verdicts`` from the typed rows.

    Each row gets one verdict, accepted, rejected or duplicate, so the three always add up to the rows read. Of an order
    id with several contents the first one in the file counts and the others are rejected; equal ones
    are duplicates. With ``store`` (when appending) what is stored already counts as first.
    """
    _group_rows(connection, mapping)
    _collect_articles(connection, mapping)
    _collect_orders(connection, mapping)
    _look_up_stored(connection, store)
    _judge_orders(connection)
    _judge_rows(connection, mapping)


def _group_rows(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Make ``valid``: rows that can be stored, with their order's key and the line on which that order begins."""
    moment = "day::VARCHAR || 'T' || coalesce(minute::VARCHAR, '')"
    lost_key = f"'lost-' || coalesce(customer_id, 'guest') || '-' || {moment}"
    key = f"coalesce(order_id, {lost_key})" if mapping.lost_order_ids else "order_id"
    connection.execute(f"""
        CREATE OR REPLACE TABLE keyed AS
        SELECT typed.*, known.customer_id, {key} AS order_key FROM typed LEFT JOIN known USING (customer)""")
    if mapping.layout == "lines":
        begins = "begins.line"
        beginnings = "SELECT order_key, min(line) AS line FROM keyed WHERE problem IS NULL GROUP BY order_key"
        joined = f"LEFT JOIN ({beginnings}) AS begins USING (order_key)"
    else:
        begins = (
            "line"
            if mapping.layout == "orders"
            else """max(CASE WHEN NOT follows THEN line END)
            OVER (PARTITION BY order_key ORDER BY line ROWS UNBOUNDED PRECEDING)"""
        )
        joined = ""
    connection.execute(f"CREATE OR REPLACE TABLE grouped AS SELECT keyed.*, {begins} AS first_line FROM keyed {joined}")
    connection.execute("DROP TABLE typed")
    connection.execute("DROP TABLE keyed")
    connection.execute("CREATE OR REPLACE VIEW valid AS SELECT * FROM grouped WHERE problem IS NULL")


def _collect_articles(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Make ``articles``: the order lines, numbered within their order."""
    pieces = "coalesce(quantity, 1)" if mapping.layout == "lines" else "quantity"
    price = f"coalesce(unit_price, revenue / nullif({pieces}, 0))" if mapping.layout == "lines" else "unit_price"
    connection.execute(f"""
        CREATE OR REPLACE TABLE articles AS
        SELECT order_key, first_line, row_number() OVER (PARTITION BY first_line ORDER BY line) AS number,
            product_id, product, coalesce(line_category, category) AS category,
            {pieces} AS quantity, {price} AS unit_price, unit_cost
        FROM valid WHERE first_line IS NOT NULL AND {pieces} IS NOT NULL AND {price} IS NOT NULL""")


def _collect_orders(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Make ``orders``: one row per order and per refund that stands in an order's row, each with its content."""
    if mapping.layout == "lines":
        # An invoice's own values stand on each of its lines; where they differ the first line counts.
        others = ("customer_id", *(name for name in ORDER_VALUES[4:]))
        firsts = ", ".join(f"arg_min({name}, line) AS {name}" for name in others)
        orders = f"""
            SELECT order_key, first_line, FALSE AS is_refund, arg_min(day, line) AS day,
                arg_min(minute, line) FILTER (minute IS NOT NULL) AS minute,
                round(fsum(revenue), 6) + 0.0 AS revenue, {firsts}
            FROM valid GROUP BY ALL"""
    else:
        values = ", ".join(ORDER_VALUES)
        replaced = {"revenue": "-refund", "delivery_days": "NULL", "score": "NULL"}
        refund = ", ".join(replaced.get(name, name) for name in ORDER_VALUES)
        orders = f"SELECT order_key, first_line, FALSE AS is_refund, {values} FROM valid WHERE NOT follows"
        refunds = f"SELECT order_key || '-refund', first_line, TRUE, {refund} FROM valid WHERE refund > 0"
        orders += f" UNION ALL {refunds}"
    connection.execute(f"CREATE OR REPLACE TABLE collected AS {orders}")
    connection.execute(f"""
        CREATE OR REPLACE TABLE orders AS
        SELECT collected.*, {_CONTENT} || coalesce(lines.content, '') AS content
        FROM collected LEFT JOIN (
            SELECT first_line, {_LINES_CONTENT} AS content FROM articles GROUP BY first_line
        ) AS lines ON lines.first_line = collected.first_line AND NOT is_refund""")
    connection.execute("DROP TABLE collected")


def _look_up_stored(connection: duckdb.DuckDBPyConnection, store: sqlite3.Connection | None) -> None:
    """Make ``stored``: the content of those of the orders that the store has already."""
    for table, values, like in (("stored_orders", ORDER_VALUES, "orders"), ("stored_lines", LINE_VALUES, "articles")):
        columns = ", ".join(values)
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT order_key, {columns} FROM {like} LIMIT 0")
    if store is not None:
        ids = connection.cursor().execute("SELECT DISTINCT order_key FROM orders")
        while chunk := ids.fetchmany(IDS_PER_LOOKUP):
            _copy_stored(connection, store, json.dumps([order_key for (order_key,) in chunk]))
    connection.execute(f"""
        CREATE OR REPLACE TABLE stored AS
        SELECT order_key, {_CONTENT} || coalesce(lines.content, '') AS content
        FROM stored_orders LEFT JOIN (
            SELECT order_key, {_LINES_CONTENT} AS content FROM stored_lines GROUP BY order_key
        ) AS lines USING (order_key)""")


def _copy_stored(connection: duckdb.DuckDBPyConnection, store: sqlite3.Connection, ids: str) -> None:
    among = "transaction_id IN (SELECT value FROM json_each(?))"
    orders = store.execute(
        "SELECT transaction_id, customer_id, date, order_minute, revenue, category, channel, payment_method, "
        f"delivery_days, satisfaction_score, segment, region, age_group FROM transactions WHERE {among}",
        (ids,),
    ).fetchall()
    lines = store.execute(
        f"SELECT transaction_id, {', '.join(LINE_VALUES)} FROM order_lines WHERE {among}", (ids,)
    ).fetchall()
    for table, rows in (("stored_orders", orders), ("stored_lines", lines)):
        if rows:
            types = [kind for _, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
            arrays = [pa.array(column) for column in zip(*rows, strict=True)]
            connection.register("fetched", pa.Table.from_arrays(arrays, [f"f{n}" for n in range(len(arrays))]))
            casts = ", ".join(f"f{n}::{kind}" for n, kind in enumerate(types))
            connection.execute(f"INSERT INTO {table} SELECT {casts} FROM fetched")
            connection.unregister("fetched")


def _judge_orders(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each order its verdict: new, duplicate or rejected, with the reason."""
    connection.execute("""
        CREATE OR REPLACE TABLE judged AS
        SELECT *, CASE
            WHEN known_content = content AND (place > 1 OR is_stored) THEN 'duplicate'
            WHEN known_content = content THEN 'new'
            ELSE 'rejected' END AS verdict,
            CASE WHEN known_content = content THEN NULL
                WHEN is_stored THEN 'order ' || order_key || ' is already stored with other content'
                ELSE 'order ' || order_key || ' already stands at line ' || known_line || ' with other content'
                END AS reason
        FROM (
            SELECT orders.*, stored.content IS NOT NULL AS is_stored,
                coalesce(stored.content, first_value(orders.content) OVER same) AS known_content,
                first_value(first_line) OVER same AS known_line, row_number() OVER same AS place
            FROM orders LEFT JOIN stored USING (order_key)
            WINDOW same AS (PARTITION BY orders.order_key ORDER BY first_line))""")
    connection.execute("""
        CREATE OR REPLACE TABLE orders AS
        SELECT judged.* EXCLUDE (verdict), CASE WHEN parent.verdict = 'rejected' THEN 'rejected' ELSE judged.verdict
            END AS verdict
        FROM judged LEFT JOIN (SELECT first_line, verdict FROM judged WHERE NOT is_refund) AS parent
            ON judged.is_refund AND parent.first_line = judged.first_line""")
    connection.execute("DROP TABLE judged")


def _judge_rows(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """Make ``verdicts``: line, verdict, column and reason for every row that was read."""
    id_column = sql(mapping.order_id) if mapping.order_id else "NULL"
    connection.execute(f"""
        CREATE OR REPLACE TABLE verdicts AS
        SELECT line, CASE WHEN isfinite(revenue) THEN revenue ELSE 0 END AS revenue, CASE
                WHEN problem IS NOT NULL OR own.verdict IS NULL OR own.verdict = 'rejected' THEN 'rejected'
                WHEN own.verdict = 'new' THEN 'accepted'
                WHEN NOT follows AND refund.verdict = 'new' THEN 'accepted'
                WHEN NOT follows AND refund.verdict = 'rejected' THEN 'rejected'
                ELSE 'duplicate' END AS verdict,
            CASE WHEN problem IS NOT NULL THEN problem['column'] ELSE {id_column} END AS column_name,
            CASE WHEN problem IS NOT NULL THEN problem['reason']
                WHEN grouped.first_line IS NULL THEN 'no row above begins order ' || grouped.order_key
                WHEN own.verdict IS NULL THEN 'line ' || grouped.first_line || ', where this order begins, was rejected'
                ELSE coalesce(own.reason, refund.reason) END AS reason
        FROM grouped
        LEFT JOIN (SELECT first_line, verdict, reason FROM orders WHERE NOT is_refund) AS own
            ON own.first_line = grouped.first_line
        LEFT JOIN (SELECT first_line, verdict, reason FROM orders WHERE is_refund) AS refund
            ON refund.first_line = grouped.first_line""")
