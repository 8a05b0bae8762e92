"""The columns of ``customers`` that follow from their orders, brought up to date with every write."""

import sqlite3

from warehouse.completeness import last_complete_day
from warehouse.settings import DEFAULTS, get_settings, put_settings

# A refund has negative revenue and is not a purchase. Of orders on one day, the one with the earliest known time
# counts as first, and of those without a time the one stored first.
_PURCHASES = """
CREATE TEMP TABLE purchases AS
SELECT customer_id, min(date) AS first_date, max(date) AS last_date, count(*) AS orders
FROM transactions WHERE revenue >= 0 AND customer_id IS NOT NULL {only} GROUP BY customer_id
"""

_UPDATE_PURCHASES = """
UPDATE customers SET
    first_purchase_date = purchases.first_date,
    last_purchase_date = purchases.last_date,
    order_count = purchases.orders,
    first_transaction_id = (
        SELECT transaction_id FROM transactions
        WHERE customer_id = purchases.customer_id AND date = purchases.first_date AND revenue >= 0
        ORDER BY coalesce(order_minute, 1440), rowid LIMIT 1
    )
FROM purchases WHERE customers.customer_id = purchases.customer_id
"""

_TOUCHED = "AND customer_id IN (SELECT customer_id FROM transactions WHERE import_id = ?)"

_UPDATE_RECENCY = """
UPDATE customers SET days_since_purchase = recency.days, is_churned = recency.days > :churn_days
FROM (
    SELECT customer_id, max(0, CAST(julianday(:today) - julianday(last_purchase_date) AS INTEGER)) AS days
    FROM customers WHERE last_purchase_date IS NOT NULL
) AS recency
WHERE customers.customer_id = recency.customer_id
  AND (days_since_purchase IS NOT recency.days OR is_churned IS NOT (recency.days > :churn_days))
"""


def refresh_customers(connection: sqlite3.Connection, only_import: int | None = None) -> None:
    """Recompute what follows from orders: the last complete day, purchases per customer, days since, churned.

    Part of the caller's transaction. With ``only_import``, purchases are recounted for the customers of that import
    alone; days since the last purchase move for everybody when the last complete day does. Customers who
    never bought have no dates, no days since, and are neither churned nor not.
    """
    today = last_complete_day(connection)
    if today is None:
        return
    put_settings(connection, {"last_complete_day": today.isoformat()})
    connection.execute("DROP TABLE IF EXISTS temp.purchases")
    if only_import is None:
        connection.execute(_PURCHASES.format(only=""))
    else:
        connection.execute(_PURCHASES.format(only=_TOUCHED), (only_import,))
    connection.execute(_UPDATE_PURCHASES)
    connection.execute("DROP TABLE temp.purchases")
    churn_days = int(get_settings(connection).get("churn_days", DEFAULTS["churn_days"]))
    connection.execute(_UPDATE_RECENCY, {"today": today.isoformat(), "churn_days": churn_days})
