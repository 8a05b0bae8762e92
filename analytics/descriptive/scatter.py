"""How far figures move by chance, given that the orders of one customer belong together.

Two periods of the very same shop differ, because different customers happen to buy. Customers are taken as the
independent units (a guest's order is one of its own): the variance of a change is the sum over customers of the square
of what each contributed to it. So a customer who buys steadily in both periods adds nothing, a wholesale order that is
cancelled the same week adds nothing, and one who comes and goes adds all.
Source: cluster-robust variance (Liang & Zeger 1986), with influence values for ratios.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.filters import Filters, in_period
from analytics.metrics import ADDITIVE, Metric, standard_error
from analytics.orders import as_orders
from analytics.periods import Period
from analytics.shop import Shop

SAMPLED_CUSTOMERS = 30_000
"""About so many customers suffice: a variance from 30,000 of them is within 2 % of that from all."""

ORDERS_PER_GUEST_SHOP_CUSTOMER = 20

_SUMS = ("revenue", "sales", "orders", "score_sum", "scored", "delivery_sum", "delivered", "new_customers")


def standard_errors_of_change(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, periods: dict[str, Period], parts: pd.DataFrame
) -> pd.DataFrame:
    """The standard error of every metric's change against every comparison, clustered by customer.

    Parameters
    ----------
    orders : rows of the shop.
    periods : ``value`` and those compared with.
    parts : ``parts_by_period`` of the same periods.

    Returns
    -------
    One row per metric of the shop, one column per comparison; in the metric's unit. Missing where a ratio rests on
    nothing in one of the periods.
    """
    references = [name for name in periods if name != "value"]
    if not references:
        return pd.DataFrame(index=[m.key for m in shop.metrics()])
    clusters = _clusters(orders, filters, shop, periods)
    every = _sampled_every(shop)
    squares = {
        f"{m.key}__{r}": ((_influence(m, "value", clusters, parts) - _influence(m, r, clusters, parts)) ** 2).sum()
        for m in shop.metrics()
        for r in references
        if _defined(m, parts, r)
    }
    flat = collected(clusters.agg(**squares)).iloc[0].astype("float64")
    errors = {
        r: {m.key: np.sqrt(flat.get(f"{m.key}__{r}", np.nan) * every) for m in shop.metrics()} for r in references
    }
    return pd.DataFrame(errors)


def scatter_factors(shop: Shop, parts: pd.DataFrame, errors: pd.DataFrame) -> dict[str, float]:
    """Per metric how many times the variance of independent orders its change shows, for the noise of members.

    A member has too few customers to cluster by itself; the whole shop's factor is applied to it.
    """
    if errors.empty or not len(errors.columns):
        return {}
    reference = errors.columns[0]
    factors = {}
    for measured in shop.metrics():
        alone = sum(standard_error(measured, parts.loc[name]) ** 2 for name in ("value", reference))
        ratio = errors.loc[measured.key, reference] ** 2 / alone if alone else np.nan
        if np.isfinite(ratio) and ratio > 0:
            factors[measured.key] = float(ratio)
    return factors


def _clusters(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, periods: dict[str, Period]) -> ir.Table:
    rows = as_orders(orders)
    rows = filters.within(rows).filter(ibis.or_(*(in_period(rows, period) for period in periods.values())))
    if shop.customer_keys:
        unit = ibis.coalesce(rows.customer_key, -rows.transaction_key - 1)
        rows = rows.filter((unit.abs() % _sampled_every(shop)) == 0) if _sampled_every(shop) > 1 else rows
        unit = ibis.coalesce(rows.customer_key, -rows.transaction_key - 1)
    else:
        unit = ibis.coalesce(rows.customer_key.cast("string"), "guest " + rows.transaction_id.cast("string"))
    inside = {name: in_period(rows, period) for name, period in periods.items()}
    sums = {
        f"{name}__{part}": ADDITIVE[part](rows, where).fill_null(0) for name, where in inside.items() for part in _SUMS
    }
    repeats = {f"{name}__repeats": rows.is_repeat.sum(where=where).fill_null(0) for name, where in inside.items()}
    return rows.group_by(unit=unit, known=rows.customer_key.notnull()).agg(**sums, **repeats)


def _influence(measured: Metric, period: str, clusters: ir.Table, parts: pd.DataFrame) -> ir.NumericValue:
    """What a customer contributes to the metric in a period: its sum, or its pull on the ratio."""
    top = _part(measured.numerator, period, clusters)
    if measured.denominator is None:
        return top
    total = float(parts.loc[period, measured.denominator])
    ratio = float(parts.loc[period, measured.numerator]) / total
    return (top - ratio * _part(measured.denominator, period, clusters)) / total


def _part(part: str, period: str, clusters: ir.Table) -> ir.NumericValue:
    if part == "customers":
        return ((clusters[f"{period}__orders"] > 0) & clusters.known).cast("int32")
    if part == "repeat_customers":
        return (clusters[f"{period}__repeats"] > 0).cast("int32")
    if part == "refunds":
        return clusters[f"{period}__sales"] - clusters[f"{period}__revenue"]
    return clusters[f"{period}__{part}"]


def _defined(measured: Metric, parts: pd.DataFrame, reference: str) -> bool:
    return measured.denominator is None or bool((parts.loc[["value", reference], measured.denominator] != 0).all())


def _sampled_every(shop: Shop) -> int:
    units = max(shop.customer_keys, shop.orders // ORDERS_PER_GUEST_SHOP_CUSTOMER)
    return max(1, units // SAMPLED_CUSTOMERS) if shop.customer_keys else 1
