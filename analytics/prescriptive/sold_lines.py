"""The lines of orders with what is known of their order: what was sold, when, at which price and cost."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.orders import as_orders
from analytics.shop import NOT_STATED

NEEDS_LINES = (
    "This needs the lines of orders (what was bought, how many, at which price): import a file that has a row for "
    "each of them, or an order_lines file beside the orders."
)
"""What is said where there are none."""
_TEXTS = ("product_id", "product", "category")


def sold_lines(order_lines: ir.Table | pd.DataFrame, orders: ir.Table | pd.DataFrame) -> ir.Table:
    """One row per line that was sold for money: all columns of its order, and what the line holds.

    Lines of refunds, lines returned (quantity below 0) and lines without a price are none: what they cost nobody was
    asked to pay.

    Parameters
    ----------
    order_lines : ``transaction_key`` (or ``transaction_id`` as orders of a frame have it), ``quantity``,
        ``unit_price``, and as many of ``product_id``, ``product``, ``category`` and ``unit_cost`` as there are.
    orders : see ``as_orders``; they may be narrowed already.

    Returns
    -------
    The orders' columns with ``order`` (its key), ``item`` (the line's product, by id where it has one), ``product``
    (its name), ``line_category`` (that of the order where the line has none), ``quantity``, ``unit_price`` and
    ``unit_cost`` (missing where unknown).
    """
    rows = as_orders(orders)
    lines = ibis.memtable(order_lines) if isinstance(order_lines, pd.DataFrame) else order_lines
    key = "transaction_key" if "transaction_key" in rows.columns else "transaction_id"
    lines = lines.mutate(**{c: ibis.null("string") for c in _TEXTS if c not in lines.columns})
    cost = lines.unit_cost.cast("float64") if "unit_cost" in lines.columns else ibis.null("float64")
    lines = lines.filter(lines.quantity > 0, lines.unit_price > 0).select(
        line_of=lines[key],
        item=ibis.coalesce(lines.product_id, lines["product"]).cast("string"),
        product=ibis.coalesce(lines["product"], lines.product_id).cast("string"),
        stated=lines.category.cast("string"),
        quantity=lines.quantity.cast("float64"),
        unit_price=lines.unit_price.cast("float64"),
        unit_cost=cost,
    )
    joined = rows.filter(rows.revenue >= 0).inner_join(lines, rows[key] == lines.line_of)
    stated = ibis.ifelse(joined.stated.notnull() & (joined.stated != NOT_STATED), joined.stated, None)
    category = ibis.coalesce(stated, joined.category.cast("string"), NOT_STATED)
    return joined.mutate(order=joined[key], line_category=category).drop("line_of", "stated")
