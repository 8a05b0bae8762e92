"""Every metric once: name, formula, unit, favourable direction; all pages take it from here.

A metric is a sum, a count or a ratio of two. Its *parts* are what the engine counts; parts that add up
over days and members (all but distinct customers) are counted once a day and summed as needed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats

Part = Callable[[ir.Table], ir.Scalar]


@dataclass(frozen=True)
class Metric:
    """A definition.

    ``unit`` is one of money, count, score (1–5), days, share (0–1) or ratio; ``better`` is up or down.
    ``spread`` names the part that holds the sum of squares behind a mean, for its standard error.
    ``needs`` is the optional column without which the metric does not exist.
    """

    key: str
    name: str
    unit: str
    better: str
    definition: str
    formula: str
    numerator: str
    denominator: str | None = None
    spread: str | None = None
    needs: str | None = None
    leads: str = ""
    """Why it moves before revenue does; empty for what is known only when revenue is."""
    looks_back: bool = False
    """Whether it depends on what customers did before: nothing can be said of the first months of the data."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts it is made of."""
        return tuple(p for p in (self.numerator, self.denominator) if p)

    @property
    def adds_up(self) -> bool:
        """Whether members' values sum to the total (revenue does; a mean or distinct customers do not)."""
        return self.denominator is None and self.from_daily

    @property
    def from_daily(self) -> bool:
        """Whether it can be computed from sums per day."""
        return not any(p in DISTINCT or p == "returning_customers" for p in self.parts)

    def value(self, parts: pd.DataFrame | pd.Series | dict) -> pd.Series | np.ndarray | float:
        """The metric from its parts, numbers or columns or arrays; a ratio over nothing is missing, never 0."""
        top = parts[self.numerator]
        if self.denominator is None:
            return top
        bottom = parts[self.denominator]
        if isinstance(bottom, pd.Series | np.ndarray):
            return top / np.where(bottom != 0, bottom, np.nan)
        return top / bottom if bottom else float("nan")

    def format(self, value: float, currency: str, *, exact: bool = False) -> str:
        """A value as text, compact for headlines or exact for tables and tooltips."""
        if formats.is_missing(value):
            return formats.MISSING
        if self.unit == "money":
            return formats.money(value, currency, exact=exact)
        if self.unit == "share":
            return formats.percent(value)
        if self.unit == "count":
            return f"{value:,.0f}" if exact else formats.compact(value)
        places = 2 if self.unit in ("score", "ratio") else 1
        return f"{value:,.{places}f}".replace("-", formats.MINUS)

    def format_change(self, value: float, reference: float) -> str:
        """A change: per cent for amounts and counts, points or units where per cent would mislead."""
        if formats.is_missing(value) or formats.is_missing(reference):
            return formats.MISSING
        if self.unit == "share":
            return formats.signed(f"{(value - reference) * 100:.1f} pp".replace("-", formats.MINUS))
        if self.unit in ("score", "days"):
            places = 2 if self.unit == "score" else 1
            return formats.signed(f"{value - reference:.{places}f}".replace("-", formats.MINUS))
        if reference <= 0:
            return "new" if reference == 0 and value > 0 else formats.MISSING
        return formats.signed(formats.percent(value / reference - 1))

    def format_difference(self, difference: float, currency: str) -> str:
        """A difference of two values with its sign, in the metric's unit; of shares, in percentage points."""
        if self.unit == "share":
            return self.format_change(difference, 0.0)
        return formats.signed(self.format(difference, currency))

    def favourable(self, change: float) -> bool | None:
        """Whether a change is good news; None where there is none."""
        return None if formats.is_missing(change) or change == 0 else (change > 0) == (self.better == "up")


def _is_order(orders: ir.Table) -> ir.BooleanValue:
    return orders.revenue >= 0


def _sold(orders: ir.Table) -> ir.FloatingValue:
    """What an order came to; nothing for a refund. Quicker to add up than the rows that are orders."""
    return ibis.greatest(orders.revenue, 0.0)


def _real(whole: ir.IntegerValue) -> ir.FloatingValue:
    """DuckDB adds whole numbers up in 128 bits, which takes half as long again as reals; these are exact to 2**53."""
    return whole.cast("float64")


def _of_orders(orders: ir.Table, column: str) -> ir.FloatingValue:
    """A number that orders carry, and nothing of a refund's: as a product, a third quicker than on a condition."""
    return _real(orders[column]) * _is_order(orders).cast("int32")


def _told(orders: ir.Table, column: str) -> ir.FloatingValue:
    """1 for an order that carries the number."""
    return _real((orders[column].notnull() & _is_order(orders)).cast("int32"))


ADDITIVE: dict[str, Part] = {
    "revenue": lambda o: o.revenue.sum(),
    "revenue_squared": lambda o: (o.revenue * o.revenue).sum(),
    "sales": lambda o: _sold(o).sum(),
    "sales_squared": lambda o: (_sold(o) * o.revenue).sum(),
    "orders": lambda o: o.revenue.count(where=_is_order(o)),
    "score_sum": lambda o: _of_orders(o, "satisfaction_score").sum(),
    "score_squared": lambda o: (_of_orders(o, "satisfaction_score") * o.satisfaction_score).sum(),
    "scored": lambda o: _told(o, "satisfaction_score").sum(),
    "delivery_sum": lambda o: _of_orders(o, "delivery_days").sum(),
    "delivery_squared": lambda o: (_of_orders(o, "delivery_days") * o.delivery_days).sum(),
    "delivered": lambda o: _told(o, "delivery_days").sum(),
    "new_customers": lambda o: o.customer_key.count(where=_is_order(o) & ~o.is_repeat),
}
"""Parts that sum over days and members. A first order is one row per customer, so new customers add up too."""

DERIVED = {"refunds": lambda parts: parts["sales"] - parts["revenue"]}
"""Parts that follow from others, and so need not be asked of the engine."""


@ibis.udf.agg.builtin
def bitstring_agg(key: dt.int32, lowest: dt.int32, highest: dt.int32) -> dt.binary:
    """One bit per key that occurs (DuckDB)."""


@ibis.udf.scalar.builtin
def bit_count(bits: dt.binary) -> dt.int64:
    """Bits that are set (DuckDB)."""


def different_customers(orders: ir.Table, where: ir.BooleanValue, keys: int) -> ir.Scalar:
    """How many customers have rows that fulfil a condition.

    Parameters
    ----------
    keys : the largest key where keys are dense integers from 1 in DuckDB; the rows then set bits, which counts the
        same customers up to ten times as fast as a set of keys. 0 elsewhere.
    """
    if not keys:
        return orders.customer_key.nunique(where=where)
    return bit_count(bitstring_agg(orders.customer_key, 0, keys, where=where)).fill_null(0)


DISTINCT: dict[str, Callable[[ir.Table, ir.BooleanValue, int], ir.Scalar]] = {
    "customers": lambda o, where, keys: different_customers(o, where & _is_order(o), keys),
    "repeat_customers": lambda o, where, keys: different_customers(o, where & o.is_repeat, keys),
}
"""Parts that must be counted afresh for every period and member: one customer may order twice."""

METRICS = {
    m.key: m
    for m in (
        Metric(
            "revenue",
            "Revenue",
            "money",
            "up",
            "What orders brought in, less refunds and cancellations, each on its own day.",
            "sum of revenue, refunds counted negative",
            "revenue",
            spread="revenue_squared",
        ),
        Metric(
            "orders",
            "Orders",
            "count",
            "up",
            "Orders placed, guests' included. A refund or cancellation is not an order.",
            "count of rows with revenue ≥ 0",
            "orders",
        ),
        Metric(
            "customers",
            "Customers",
            "count",
            "up",
            "Different customers who ordered. Guests have no identity and are left out.",
            "count of distinct customers with an order",
            "customers",
            needs="customer_key",
        ),
        Metric(
            "average_order_value",
            "Average order value",
            "money",
            "up",
            "What an order was worth when it was placed; refunds are shown as revenue lost, not as smaller orders.",
            "revenue of orders before refunds ÷ orders",
            "sales",
            "orders",
            spread="sales_squared",
        ),
        Metric(
            "satisfaction",
            "Satisfaction",
            "score",
            "up",
            "Mean score of the orders that were scored, 1 to 5; a refund is not an order, whatever score it carries.",
            "sum of scores ÷ orders with a score",
            "score_sum",
            "scored",
            spread="score_squared",
            needs="satisfaction_score",
            leads="who is disappointed today does not order in the months to come",
        ),
        Metric(
            "delivery_days",
            "Delivery days",
            "days",
            "down",
            "Mean days from order to delivery, of the orders where it is known; a refund is not an order.",
            "sum of delivery days ÷ orders with delivery days",
            "delivery_sum",
            "delivered",
            spread="delivery_squared",
            needs="delivery_days",
            leads="slow deliveries lower satisfaction first, and orders later",
        ),
        Metric(
            "new_customers",
            "New customers",
            "count",
            "up",
            "Customers whose first order in the whole shop lies in the period, and among the rows in view.",
            "count of first orders",
            "new_customers",
            needs="customer_key",
            leads="today's first orders are what later orders come from",
            looks_back=True,
        ),
        Metric(
            "repeat_rate",
            "Repeat rate",
            "share",
            "up",
            "Share of the period's customers with an order in view that was not their first in the shop.",
            "customers with a repeat order ÷ customers",
            "repeat_customers",
            "customers",
            needs="customer_key",
            leads="it shows how well customers are kept before those who stay away are missed",
            looks_back=True,
        ),
        Metric(
            "refund_rate",
            "Refund rate",
            "share",
            "down",
            "Refunds and cancellations against the revenue of orders, both by their own day.",
            "refunds ÷ revenue of orders before refunds",
            "refunds",
            "sales",
            needs="refunds",
        ),
    )
}


TREE_METRICS = {
    m.key: m
    for m in (
        Metric(
            "customer_revenue",
            "Customers' orders",
            "money",
            "up",
            "What the orders of known customers came to, before refunds.",
            "sum of revenue of orders that name a customer",
            "customer_sales",
            needs="customer_key",
        ),
        Metric(
            "returning_customers",
            "Returning customers",
            "count",
            "up",
            "Customers of the period whose first order in the shop lies before it, or outside the rows in view.",
            "customers − new customers",
            "returning_customers",
            needs="customer_key",
            looks_back=True,
        ),
        Metric(
            "orders_per_customer",
            "Orders per customer",
            "ratio",
            "up",
            "How often a customer of the period ordered in it; a longer period has more.",
            "orders that name a customer ÷ customers",
            "customer_orders",
            "customers",
            needs="customer_key",
        ),
        Metric(
            "customer_order_value",
            "Value of a customer's order",
            "money",
            "up",
            "What an order of a known customer was worth when it was placed.",
            "revenue of orders that name a customer, before refunds ÷ these orders",
            "customer_sales",
            "customer_orders",
            needs="customer_key",
        ),
        Metric(
            "guest_revenue",
            "Guests' orders",
            "money",
            "up",
            "What the orders that name no customer came to, before refunds.",
            "sum of revenue of orders without a customer",
            "guest_sales",
        ),
        Metric(
            "guest_orders",
            "Number of guests' orders",
            "count",
            "up",
            "Orders that name no customer.",
            "count of orders without a customer",
            "guest_orders",
        ),
        Metric(
            "guest_order_value",
            "Value of a guest's order",
            "money",
            "up",
            "What an order without a customer was worth when it was placed.",
            "revenue of orders without a customer, before refunds ÷ these orders",
            "guest_sales",
            "guest_orders",
        ),
        Metric(
            "refunded",
            "Refunds",
            "money",
            "down",
            "Refunds and cancellations, each on its own day; they lower revenue.",
            "sum of negative revenue, as a positive amount",
            "refunds",
            needs="refunds",
        ),
    )
}
"""What revenue is made of, beside ``METRICS``: nodes of the KPI tree, which have no tile and no chart of their own."""

DEFINITIONS = METRICS | TREE_METRICS
"""Every definition there is."""


def metric(key: str) -> Metric:
    """The metric of that key.

    Raises
    ------
    ValueError : there is none.
    """
    if key not in METRICS:
        raise ValueError(f"metric: expected one of {', '.join(METRICS)}, got {key!r}")
    return METRICS[key]


def standard_error(measured: Metric, parts: dict, factor: float = 1.0) -> np.ndarray | float:
    """How far the metric may lie from its expectation by chance, as if orders came one by one and independently.

    Amounts and counts: a sum's variance is the sum of squares (compound Poisson). Means: standard deviation ÷ √n.
    Shares of customers: binomial. ``factor`` is how many times that variance this shop shows (see ``scatter``), for
    the orders of one customer are not independent.

    Parameters
    ----------
    parts : the metric's parts and its ``spread``, numbers or arrays.

    Returns
    -------
    Standard error in the metric's unit, one for each entry of the parts; missing where fewer than two orders stand
    behind a mean.
    """
    if measured.denominator is None:
        return np.sqrt(factor * parts[measured.spread or measured.numerator])
    n = np.asarray(parts[measured.denominator], dtype="float64")
    if measured.spread:
        several = np.where(n >= 2, n, np.nan)
        variance = np.maximum(parts[measured.spread] / several - (parts[measured.numerator] / several) ** 2, 0.0)
        return np.sqrt(factor * variance / (several - 1))
    if measured.unit == "share" and measured.numerator in DISTINCT:
        some = np.where(n > 0, n, np.nan)
        share = parts[measured.numerator] / some
        return np.sqrt(factor * share * (1 - share) / some)
    return np.full_like(n, np.nan)
