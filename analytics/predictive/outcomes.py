"""What customers did after a day on which a model said what they would do."""

from datetime import date

import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.filters import in_period
from analytics.orders import as_orders, customer_ids
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
    return found.merge(collected(customer_ids(customers)), on="customer_key")[["customer_id", "orders", "brought"]]
