"""The sums that revenue is made of, by period, and how far chance moves what each brings to a change."""

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.activity import inside
from analytics.descriptive.decomposition import TREE_PARTS, Parts
from analytics.descriptive.scatter import CustomerSums
from analytics.filters import Filters
from analytics.periods import Period
from analytics.questions import collected_within

ShareOut = Callable[[Parts, Parts], dict[str, float]]
UnitSums = dict[str, np.ndarray]
NUDGE = 1e-5
"""By what share a sum is moved to see how the contributions follow."""
SUMS = ("customer_sales", "customer_orders", "guest_sales", "guest_orders", "refunds")


def revenue_sums(
    orders: ir.Table | pd.DataFrame, filters: Filters, periods: dict[str, Period], people: dict[str, Parts]
) -> dict[str, Parts]:
    """The ``TREE_PARTS`` and ``returning_customers`` of each period.

    Parameters
    ----------
    people : by period the ``customers`` and ``new_customers``, counted before.
    """
    flat = collected_within(_sums_of_tree, orders, filters, periods).iloc[0].fillna(0.0)
    found = {}
    for name in periods:
        sums = {part: float(flat[f"{name}__{part}"]) for part in SUMS} | people[name]
        found[name] = sums | {"returning_customers": sums["customers"] - sums["new_customers"]}
    return found


def contribution_errors(
    share_out: ShareOut, before: Parts, now: Parts, customers: tuple[UnitSums, UnitSums], every: int
) -> dict[str, float]:
    """The standard error of each contribution, with customers as the independent units (see ``scatter``).

    Each sum of each period is moved a little to see how the contributions follow; a customer pulls on them by what it
    adds to the sums.

    Parameters
    ----------
    share_out : the contributions to a change, of the parts before and now.
    customers : ``unit_sums`` of before and of now.
    every : as in ``CustomerSums``.
    """
    slopes = _slopes(share_out, (before, now))
    errors = {}
    for key in share_out(before, now):
        pulls = sum(slope[key] * customers[which][part] for (which, part), slope in slopes.items())
        errors[key] = float(np.sqrt(every * np.sum(np.square(pulls))))
    return errors


def unit_sums(customers: CustomerSums, period: str) -> UnitSums:
    """The ``TREE_PARTS`` of single customers in a period."""
    known = customers.known.astype("float64")
    orders, sales = customers.part("orders", period), customers.part("sales", period)
    return {
        "customers": customers.part("customers", period),
        "new_customers": customers.part("new_customers", period),
        "customer_orders": orders * known,
        "customer_sales": sales * known,
        "guest_orders": orders * (1 - known),
        "guest_sales": sales * (1 - known),
        "refunds": customers.part("refunds", period),
    }


def _slopes(share_out: ShareOut, both: tuple[Parts, Parts]) -> dict[tuple[int, str], dict[str, float]]:
    """By period and sum: how much each contribution changes for one more of it; nothing where there is none of it."""
    base = share_out(*both)
    found = {}
    for which, sums in enumerate(both):
        for part in TREE_PARTS:
            if sums[part] > 0:
                step = sums[part] * NUDGE
                moved = [*both]
                moved[which] = sums | {part: sums[part] + step}
                after = share_out(*moved)
                found[which, part] = {key: (after[key] - base[key]) / step for key in base}
    return found


def _sums_of_tree(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    sold, is_order = ibis.greatest(rows.revenue, 0.0), rows.revenue >= 0
    known, refund = rows.customer_key.notnull(), ibis.greatest(-rows.revenue, 0.0)
    sums = {}
    for name, where in inside(rows, periods).items():
        sums[f"{name}__customer_sales"] = sold.sum(where=where & known)
        sums[f"{name}__customer_orders"] = rows.revenue.count(where=where & known & is_order)
        sums[f"{name}__guest_sales"] = sold.sum(where=where & ~known)
        sums[f"{name}__guest_orders"] = rows.revenue.count(where=where & ~known & is_order)
        sums[f"{name}__refunds"] = refund.sum(where=where)
    return rows.agg(**sums)
