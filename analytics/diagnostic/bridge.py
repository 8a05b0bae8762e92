"""By what mechanism a metric moved between two periods: steps that add up to its change, each with its noise."""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many
from analytics.descriptive.decomposition import Parts, contributions
from analytics.descriptive.revenue_parts import contribution_errors, revenue_sums, unit_sums
from analytics.diagnostic.baseline import Baseline
from analytics.diagnostic.compared import Compared, compared_sums, mean_of_periods
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
    need_product(key)
    return bridge_of(compared_sums(orders, daily, filters, shop, against), orders, filters, shop, key)


def need_product(key: str) -> None:
    """Say that a metric is no product of others.

    Raises
    ------
    NotEnoughData : it is none.
    """
    if key not in SHARED_OUT:
        raise NotEnoughData(f"{metric(key).name} is not made of other metrics: see which members it comes from.")


def bridge_of(compared: Compared, orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, key: str) -> Bridge:
    """The same of sums that were asked for before.

    Parameters
    ----------
    compared : ``compared_sums`` of the same filters.

    Raises
    ------
    NotEnoughData : the metric is no product of others.
    """
    need_product(key)
    base, customers = compared.baseline, compared.customers
    early = min(period.start for period in base.all.values()) < shop.new_from
    by_new = "customer_key" in shop.has and not early
    people = {n: {part: compared.parts[n][part] for part in ("customers", "new_customers")} for n in base.all}
    sums = revenue_sums(orders, filters, base.all, people)
    parts = mean_of_periods([sums[name] for name in base.names]), sums["value"]

    def share_out(before: Parts, now: Parts) -> dict[str, float]:
        return SHARED_OUT[key](before, now, by_new)

    shares = share_out(*parts)
    units = compared.customers_before(), unit_sums(customers, "value")
    errors = contribution_errors(share_out, *parts, units, customers.every)
    told = [name for name in _IN_ORDER if name in shares and name != key and (shares[name] or errors[name])]
    steps = pd.DataFrame({"step": [DEFINITIONS[name].name for name in told]}, index=pd.Index(told, name="key"))
    steps["contribution"] = [shares[name] for name in told]
    steps["noise"] = [NORMAL_95 * errors[name] for name in told]
    in_errors = (NORMAL_95 * steps["contribution"] / steps["noise"].where(steps["noise"] > 0)).fillna(0.0)
    steps["by_chance"] = odds_among_many(in_errors.to_numpy()) if told else []
    before, now = (_VALUE[key](part) for part in parts)
    told_apart = by_new or "customer_key" not in shop.has
    note = "" if told_apart else f"New and returning are not told apart: {shop.too_early}."
    return Bridge(key, base, before, now, NORMAL_95 * errors[key], steps, note)


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
