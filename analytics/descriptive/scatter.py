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

from analytics.descriptive.activity import Parts, inside
from analytics.filters import Filters
from analytics.metrics import ADDITIVE, Metric, standard_error
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop

SAMPLED_CUSTOMERS = 30_000
"""Of larger shops about so many customers are looked at: the range of chance needs no more digits than they give."""

ORDERS_PER_GUEST_SHOP_CUSTOMER = 20
"""So that a shop of guests, whose every order is a unit of its own, is sampled too."""

Errors = dict[str, dict[str, float]]
"""By comparison and metric: the standard error of the change."""

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
    every = sampled_every(shop)
    asked = {"every": every, "has_keys": bool(shop.customer_keys)}
    counted = collected_within(_sums_by_unit, orders, filters, periods, **asked)
    code, units = pd.factorize(counted["unit"])
    known = np.zeros(len(units), dtype=bool)
    known[code] = counted["known"].to_numpy(dtype=bool)
    inside = {name: counted[f"in_{name}"].to_numpy(dtype=bool) for name in periods}
    sums = {}
    for part in (*_SUMS, "repeats"):
        values = np.nan_to_num(counted[part].to_numpy(dtype="float64", na_value=np.nan))
        for name, chosen in inside.items():
            sums[name, part] = np.bincount(code[chosen], weights=values[chosen], minlength=len(units))
    return CustomerSums(sums, known, every)


def standard_errors_of_change(customers: CustomerSums, shop: Shop, periods: dict[str, Period], parts: Parts) -> Errors:
    """The standard error of every metric's change against every comparison, clustered by customer.

    Parameters
    ----------
    customers : ``customer_sums`` of the same periods.
    periods : ``value`` and those compared with.
    parts : ``parts_by_period`` of the same periods.

    Returns
    -------
    By comparison and metric of the shop, in the metric's unit. Missing where a ratio rests on nothing in one of the
    periods.
    """
    errors = {name: {} for name in periods if name != "value"}
    for measured in shop.metrics() if errors else ():
        pulls = {name: influence(measured, name, customers, parts[name]) for name in periods}
        for name in errors:
            squares = np.sum((pulls["value"] - pulls[name]) ** 2)
            errors[name][measured.key] = float(np.sqrt(customers.every * squares))
    return errors


def scatter_factors(shop: Shop, parts: Parts, errors: Errors) -> dict[str, float]:
    """Per metric how many times the variance of independent orders its change shows, for the noise of members.

    A member has too few customers to cluster by itself; the whole shop's factor is applied to it.
    """
    if not errors:
        return {}
    reference, changes = next(iter(errors.items()))
    factors = {}
    for measured in shop.metrics():
        alone = sum(standard_error(measured, parts[name]) ** 2 for name in ("value", reference))
        ratio = changes[measured.key] ** 2 / alone if alone else np.nan
        if np.isfinite(ratio) and ratio > 0:
            factors[measured.key] = float(ratio)
    return factors


def _sums_by_unit(rows: ir.Table, periods: dict[str, Period], every: int, has_keys: bool) -> ir.Table:
    """By customer, or guest's order, and by the periods that rows lie in."""
    rows, unit = sampled_units(rows, every, has_keys)
    flags = {f"in_{name}": where for name, where in inside(rows, periods).items()}
    counted = {part: ADDITIVE[part](rows) for part in _SUMS}
    return rows.group_by(unit=unit, known=rows.customer_key.notnull(), **flags).agg(
        **counted, repeats=rows.is_repeat.sum()
    )


def sampled_units(rows: ir.Table, every: int, has_keys: bool) -> tuple[ir.Table, ir.Value]:
    """The rows of one of so many customers, chosen by their key, and whose each is: a guest's is one of its own."""
    if not has_keys:
        return rows, ibis.coalesce(rows.customer_key.cast("string"), "guest " + rows.transaction_id.cast("string"))
    unit = ibis.coalesce(rows.customer_key, -rows.transaction_key - 1)
    rows = rows.filter(unit.abs() % every == 0) if every > 1 else rows
    return rows, ibis.coalesce(rows.customer_key, -rows.transaction_key - 1)


def influence(measured: Metric, period: str, customers: CustomerSums, parts: dict[str, float]) -> np.ndarray | float:
    """What each customer contributes to the metric in a period: its sum, or its pull on the ratio.

    Parameters
    ----------
    parts : the metric's parts in that period, of all customers.
    """
    top = customers.part(measured.numerator, period)
    if measured.denominator is None:
        return top
    total = parts[measured.denominator]
    if not total:
        return np.nan
    ratio = parts[measured.numerator] / total
    return (top - ratio * customers.part(measured.denominator, period)) / total


def sampled_every(shop: Shop) -> int:
    """One of how many customers is looked at; 1 where all are."""
    units = max(shop.customer_keys, shop.orders // ORDERS_PER_GUEST_SHOP_CUSTOMER)
    return max(1, units // SAMPLED_CUSTOMERS) if shop.customer_keys else 1
