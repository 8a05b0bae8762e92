"""What customers did after a day on which a model said what they would do."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.filters import in_period
from analytics.orders import as_orders
from analytics.periods import Period


def bought_between(
    orders: ir.Table | pd.DataFrame, customers: ir.Table | pd.DataFrame, first: date, last: date
) -> pd.DataFrame:
    """Who bought in some days, both ends included, and what it came to.

    Parameters
    ----------
    orders : see ``as_orders``.
    customers : with ``customer_id``, and ``customer_key`` where orders carry keys that are not the ids.

    Returns
    -------
    One row per customer who did: ``customer_id``, ``orders`` (refunds are none) and ``brought`` (the shop's currency,
    refunds deducted). A customer with refunds alone has no orders.
    """
    rows = as_orders(orders)
    kept = rows.filter(rows.customer_key.notnull() & in_period(rows, Period(first, last)))
    sums = kept.group_by("customer_key").agg(orders=(kept.revenue >= 0).cast("int64").sum(), brought=kept.revenue.sum())
    found = collected(sums)
    return found.merge(customer_ids(customers), on="customer_key")[["customer_id", "orders", "brought"]]


def customer_ids(customers: ir.Table | pd.DataFrame) -> pd.DataFrame:
    """``customer_key`` and ``customer_id`` of each customer; where orders carry no keys the ids are the keys."""
    table = ibis.memtable(customers[["customer_id"]]) if isinstance(customers, pd.DataFrame) else customers
    key = table.customer_key if "customer_key" in table.columns else table.customer_id
    ids = collected(table.select(customer_key=key, customer_id=table.customer_id.cast("string")))
    return ids.drop_duplicates("customer_key")
