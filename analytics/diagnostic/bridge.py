"""By what mechanism a metric moved between two periods: steps that add up to its change, each with its noise."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES, odds_among_many
from analytics.descriptive.activity import distinct_by_period, parts_by_period
from analytics.descriptive.decomposition import Parts, contributions
from analytics.descriptive.kpis import NORMAL, anything_in, nothing_matches
from analytics.descriptive.revenue_parts import contribution_errors, revenue_sums, unit_sums
from analytics.descriptive.scatter import CustomerSums, customer_sums
from analytics.diagnostic.baseline import Baseline, baseline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DEFINITIONS, metric
from analytics.shop import Shop


@dataclass(frozen=True)
class Bridge:
    """From one period's value to the other's.

    ``steps`` has one row per mechanism, indexed by metric key: ``step`` (its name), ``contribution`` (in the metric's
    unit; they add up to ``now`` − ``before``), ``noise`` (half-width of the range of chance in 95 of 100 cases) and
    ``by_chance`` (adjusted for looking at all of them). ``noise`` is that of the whole change.
    """

    metric: str
    baseline: Baseline
    before: float
    now: float
    noise: float
    steps: pd.DataFrame
    note: str = ""

    def sentence(self, shop: Shop) -> str:
        """What the largest step is, and whether chance does as much."""
        measured = metric(self.metric)
        if self.steps.empty or not self.change:
            return f"{measured.name} did not change, and no part of it did."
        top = self.steps.loc[self.steps["contribution"].abs().idxmax()]
        amount, noise = (
            measured.format_difference(top["contribution"], shop.currency),
            measured.format(top["noise"], shop.currency),
        )
        surely = "beyond chance" if top["by_chance"] <= FALSE_DISCOVERIES else "which chance may have done"
        note = f" {self.note}" if self.note else ""
        return f"Largest step: {top['step'].lower()}, {amount} (± {noise}; {surely}).{note}"

    @property
    def change(self) -> float:
        """What is to be explained."""
        return self.now - self.before

    @property
    def beyond_chance(self) -> bool:
        """Whether the whole moved by more than chance does in 95 of 100 cases."""
        return abs(self.change) > self.noise


def change_bridge(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    key: str = "revenue",
    against: str | None = None,
) -> Bridge:
    """By what mechanism revenue, orders or customers moved.

    Revenue = customers × orders per customer × order value, + guests' orders × their value, − refunds; orders and
    customers are parts of that. Sign: a contribution is positive where it raised the metric.

    Parameters
    ----------
    daily : ``daily_activity`` of the same filters.
    against : see ``baseline``.

    Raises
    ------
    NotEnoughData : nothing to compare with, no row in view, or a metric that is no product of others.
    """
    if key not in SHARED_OUT:
        raise NotEnoughData(f"{metric(key).name} is not made of other metrics: see which members it comes from.")
    base = baseline(filters, shop, against)
    if not anything_in(filters.period, daily):
        raise NotEnoughData(nothing_matches(filters))
    parts = _parts(orders, daily, filters, shop, base)
    early = min(period.start for period in base.all.values()) < shop.new_from
    by_new = "customer_key" in shop.has and not early
    customers = customer_sums(orders, filters, shop, base.all)
    return _bridge(key, base, parts, customers, by_new, shop)


def _parts(
    orders: ir.Table | pd.DataFrame, daily: pd.DataFrame, filters: Filters, shop: Shop, base: Baseline
) -> tuple[Parts, Parts]:
    """The sums before, averaged where there are many periods, and now."""
    distinct = distinct_by_period(orders, filters, base.all, shop.customer_keys)
    counted = parts_by_period(daily, base.all, distinct)
    people = {name: {key: counted[name][key] for key in ("customers", "new_customers")} for name in base.all}
    sums = revenue_sums(orders, filters, base.all, people)
    before = {part: sum(sums[name][part] for name in base.names) / len(base.names) for part in sums["value"]}
    return before, sums["value"]


def _bridge(
    key: str, base: Baseline, parts: tuple[Parts, Parts], customers: CustomerSums, by_new: bool, shop: Shop
) -> Bridge:
    def share_out(before: Parts, now: Parts) -> dict[str, float]:
        return SHARED_OUT[key](before, now, by_new)

    shares = share_out(*parts)
    units = (_mean_of_units(customers, base.names), unit_sums(customers, "value"))
    errors = contribution_errors(share_out, *parts, units, customers.every)
    told = [name for name in _IN_ORDER if name in shares and name != key and (shares[name] or errors[name])]
    steps = pd.DataFrame({"step": [DEFINITIONS[name].name for name in told]}, index=pd.Index(told, name="key"))
    steps["contribution"] = [shares[name] for name in told]
    steps["noise"] = [NORMAL * errors[name] for name in told]
    in_errors = (NORMAL * steps["contribution"] / steps["noise"].where(steps["noise"] > 0)).fillna(0.0)
    steps["by_chance"] = odds_among_many(in_errors.to_numpy()) if told else []
    before, now = (_VALUE[key](part) for part in parts)
    note = (
        "" if by_new or "customer_key" not in shop.has else f"New and returning are not told apart: {shop.too_early}."
    )
    return Bridge(key, base, before, now, NORMAL * errors[key], steps, note)


def _mean_of_units(customers: CustomerSums, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    by_period = [unit_sums(customers, name) for name in names]
    return {part: sum(sums[part] for sums in by_period) / len(names) for part in by_period[0]}


def _revenue(before: Parts, now: Parts, by_new: bool) -> dict[str, float]:
    shares = contributions(before, now, by_new=by_new)
    if by_new:
        del shares["customers"]
    return {name: shares[name] for name in shares if name not in ("customer_revenue", "guest_revenue")}


def _orders(before: Parts, now: Parts, by_new: bool) -> dict[str, float]:
    """Orders = customers × orders per customer, + guests' orders: revenue where every order is worth one."""
    worth_one = [
        parts | {"customer_sales": parts["customer_orders"], "guest_sales": parts["guest_orders"], "refunds": 0.0}
        for parts in (before, now)
    ]
    shares = _revenue(*worth_one, by_new)
    names = ("new_customers", "returning_customers", "customers", "orders_per_customer", "guest_orders")
    found = {name: shares[name] for name in names if name in shares}
    return {"orders": sum(found.values())} | found


def _customers(before: Parts, now: Parts, by_new: bool) -> dict[str, float]:
    if not by_new:
        raise NotEnoughData("New and returning customers cannot be told apart in these periods.")
    change = {name: now[name] - before[name] for name in ("customers", "new_customers")}
    return change | {"returning_customers": change["customers"] - change["new_customers"]}


_IN_ORDER = (
    "new_customers",
    "returning_customers",
    "customers",
    "orders_per_customer",
    "customer_order_value",
    "guest_orders",
    "guest_order_value",
    "refunded",
)
SHARED_OUT = {"revenue": _revenue, "orders": _orders, "customers": _customers}
_VALUE = {
    "revenue": lambda parts: parts["customer_sales"] + parts["guest_sales"] - parts["refunds"],
    "orders": lambda parts: parts["customer_orders"] + parts["guest_orders"],
    "customers": lambda parts: parts["customers"],
}
