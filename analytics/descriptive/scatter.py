"""How far figures move by chance, given that the orders of one customer belong together.

Two periods of the very same shop differ, because different customers happen to buy. Customers are taken as the
independent units (a guest's order is one of its own): the variance of a change is the sum over customers of the square
of what each contributed to it. So a customer who buys steadily in both periods adds nothing, a wholesale order that is
cancelled the same week adds nothing, and one who comes and goes adds all.
Source: cluster-robust variance (Liang & Zeger 1986), with influence values for ratios.
"""

from dataclasses import dataclass

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
"""Of larger shops about so many customers are looked at: the range of chance needs no more digits than they give."""

ORDERS_PER_GUEST_SHOP_CUSTOMER = 20
"""So that a shop of guests, whose every order is a unit of its own, is sampled too."""

_SUMS = ("revenue", "sales", "orders", "score_sum", "scored", "delivery_sum", "delivered", "new_customers")


@dataclass(frozen=True)
class CustomerSums:
    """What each customer did in each period; a guest's order is a customer of its own.

    ``sums`` has an array per (period, part), one entry per customer; ``known`` is False for guests. ``every`` is 1
    where all customers are there, k where they are one of k, chosen by their key.
    """

    sums: dict[tuple[str, str], np.ndarray]
    known: np.ndarray
    every: int

    def part(self, part: str, period: str) -> np.ndarray:
        """A part of a metric per customer; for distinct customers 1 or 0."""
        if part == "customers":
            return ((self.sums[period, "orders"] > 0) & self.known).astype("float64")
        if part == "repeat_customers":
            return (self.sums[period, "repeats"] > 0).astype("float64")
        if part == "refunds":
            return self.sums[period, "sales"] - self.sums[period, "revenue"]
        return self.sums[period, part]


def customer_sums(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, periods: dict[str, Period]
) -> CustomerSums:
    """What each customer did in each of some periods, which may overlap; of large shops a sample of customers.

    Parameters
    ----------
    orders : rows of the shop.
    """
    every = _sampled_every(shop)
    rows = as_orders(orders)
    inside = {name: in_period(rows, period) for name, period in periods.items()}
    rows = filters.within(rows).filter(ibis.or_(*inside.values()))
    if shop.customer_keys:
        unit = ibis.coalesce(rows.customer_key, -rows.transaction_key - 1)
        rows = rows.filter(unit.abs() % every == 0) if every > 1 else rows
        unit = ibis.coalesce(rows.customer_key, -rows.transaction_key - 1)
    else:
        unit = ibis.coalesce(rows.customer_key.cast("string"), "guest " + rows.transaction_id.cast("string"))
    flags = {f"in_{name}": in_period(rows, period) for name, period in periods.items()}
    counted = collected(
        rows.group_by(unit=unit, known=rows.customer_key.notnull(), **flags).agg(
            **{part: ADDITIVE[part](rows) for part in _SUMS}, repeats=rows.is_repeat.sum()
        )
    )
    code, units = pd.factorize(counted["unit"])
    known = np.zeros(len(units), dtype=bool)
    known[code] = counted["known"].to_numpy(dtype=bool)
    sums = {}
    for name in periods:
        inside = counted[f"in_{name}"].to_numpy(dtype=bool)
        for part in (*_SUMS, "repeats"):
            values = counted[part].fillna(0).to_numpy(dtype="float64")
            sums[name, part] = np.bincount(code[inside], weights=values[inside], minlength=len(units))
    return CustomerSums(sums, known, every)


def standard_errors_of_change(
    customers: CustomerSums, shop: Shop, periods: dict[str, Period], parts: pd.DataFrame
) -> pd.DataFrame:
    """The standard error of every metric's change against every comparison, clustered by customer.

    Parameters
    ----------
    customers : ``customer_sums`` of the same periods.
    periods : ``value`` and those compared with.
    parts : ``parts_by_period`` of the same periods.

    Returns
    -------
    One row per metric of the shop, one column per comparison; in the metric's unit. Missing where a ratio rests on
    nothing in one of the periods.
    """
    errors = {}
    for name in (n for n in periods if n != "value"):
        column = {}
        for measured in shop.metrics():
            pulls = [_influence(measured, p, customers, parts) for p in ("value", name)]
            column[measured.key] = np.sqrt(customers.every * np.sum((pulls[0] - pulls[1]) ** 2))
        errors[name] = column
    return pd.DataFrame(errors, index=[m.key for m in shop.metrics()])


def scatter_factors(shop: Shop, parts: pd.DataFrame, errors: pd.DataFrame) -> dict[str, float]:
    """Per metric how many times the variance of independent orders its change shows, for the noise of members.

    A member has too few customers to cluster by itself; the whole shop's factor is applied to it.
    """
    if errors.empty:
        return {}
    reference = errors.columns[0]
    factors = {}
    for measured in shop.metrics():
        alone = sum(standard_error(measured, parts.loc[name]) ** 2 for name in ("value", reference))
        ratio = errors.loc[measured.key, reference] ** 2 / alone if alone else np.nan
        if np.isfinite(ratio) and ratio > 0:
            factors[measured.key] = float(ratio)
    return factors


def _influence(measured: Metric, period: str, customers: CustomerSums, parts: pd.DataFrame) -> np.ndarray | float:
    """What each customer contributes to the metric in a period: its sum, or its pull on the ratio."""
    top = customers.part(measured.numerator, period)
    if measured.denominator is None:
        return top
    total = parts.loc[period, measured.denominator]
    if not total:
        return np.nan
    ratio = parts.loc[period, measured.numerator] / total
    return (top - ratio * customers.part(measured.denominator, period)) / total


def _sampled_every(shop: Shop) -> int:
    units = max(shop.customer_keys, shop.orders // ORDERS_PER_GUEST_SHOP_CUSTOMER)
    return max(1, units // SAMPLED_CUSTOMERS) if shop.customer_keys else 1
