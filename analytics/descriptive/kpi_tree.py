"""What revenue is made of, and which part of it moved it, each with what chance alone does."""

from dataclasses import dataclass, replace
from functools import partial

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95, odds_among_many
from analytics.descriptive.decomposition import Parts, contributions
from analytics.descriptive.headline import FALSE_DISCOVERIES, Headline
from analytics.descriptive.kpis import Kpis
from analytics.descriptive.revenue_parts import contribution_errors, revenue_sums, unit_sums
from analytics.descriptive.scatter import CustomerSums, customer_sums
from analytics.errors import NotEnoughData
from analytics.filters import COMPARED_WITH, Filters
from analytics.metrics import DEFINITIONS, METRICS, Metric
from analytics.periods import Period
from analytics.shop import Shop

PARENTS = {
    "revenue": "",
    "customer_revenue": "revenue",
    "customers": "customer_revenue",
    "new_customers": "customers",
    "returning_customers": "customers",
    "orders_per_customer": "customer_revenue",
    "customer_order_value": "customer_revenue",
    "guest_revenue": "revenue",
    "guest_orders": "guest_revenue",
    "guest_order_value": "guest_revenue",
    "refunded": "revenue",
}
"""Every node → the node that it is a part of, as they are read."""


@dataclass(frozen=True)
class KpiTree:
    """Revenue and its parts.

    ``nodes`` has one row per node, as they are read, indexed by metric key: ``parent``, ``value`` and ``reference``
    (the metric's own unit; missing where there is nothing to compare with), ``contribution`` (to the change in
    revenue, in money), ``noise`` (half-width of the range in which the contribution lies by chance in 95 of 100
    cases), ``by_chance`` (probability of such a contribution by chance; of the leaves, adjusted for looking at all
    of them) and ``is_leaf``. ``reference`` names the comparison, ``against`` are its days. ``notes`` say what is left
    out, to follow another sentence.
    """

    nodes: pd.DataFrame
    reference: str | None
    against: Period | None
    headline: Headline
    notes: str = ""

    def leaves(self) -> pd.DataFrame:
        """The nodes that have no parts; what they brought adds up to the change in revenue.

        Raises
        ------
        NotEnoughData : there is nothing to compare with, and so no change.
        """
        if self.reference is None:
            raise NotEnoughData(
                "Nothing is compared, so nothing moved: choose a comparison, or a later or shorter period."
            )
        return self.nodes[self.nodes["is_leaf"]]

    def table(self) -> pd.DataFrame:
        """The nodes by name, for files: ``metric``, ``part_of``, and the columns of ``nodes``."""
        names = {key: DEFINITIONS[key].name for key in self.nodes.index} | {"": ""}
        numbers = self.nodes[["value", "reference", "contribution", "noise", "by_chance"]].reset_index(drop=True)
        numbers.insert(0, "metric", [names[key] for key in self.nodes.index])
        numbers.insert(1, "part_of", [names[key] for key in self.nodes["parent"]])
        return numbers


def kpi_tree(orders: ir.Table | pd.DataFrame, kpis: Kpis, filters: Filters, shop: Shop) -> KpiTree:
    """What revenue is made of in the period, and what moved it against the first comparison that there is.

    Parameters
    ----------
    orders : rows of the shop.
    kpis : ``current_kpis`` of the same filters.

    Raises
    ------
    NotEnoughData : no row matches the filters.
    """
    reference = next((name for name in ("previous", "last_year") if name in kpis.periods), None)
    periods = {name: kpis.periods[name] for name in ("value", reference) if name}
    parts = _parts(orders, kpis, filters, periods)
    doubt = _doubt(kpis, reference)
    by_new = not doubt and not np.isnan([parts[name]["new_customers"] for name in periods]).any()
    parents = _parents(parts, by_new)
    keys = list(parents)
    nodes = pd.DataFrame({"parent": parents.values()}, index=pd.Index(keys, name="metric"))
    nodes["value"] = [_value(key, parts["value"]) for key in keys]
    nodes["reference"] = [_value(key, parts[reference]) if reference else np.nan for key in keys]
    nodes["is_leaf"] = [key not in set(nodes["parent"]) for key in keys]
    nodes[["contribution", "noise", "by_chance"]] = np.nan
    if reference:
        customers = customer_sums(orders, filters, shop, periods)
        shares = contributions(parts[reference], parts["value"], by_new=by_new)
        nodes["contribution"] = [shares[key] for key in keys]
        nodes["noise"] = _noise(parts, reference, customers, kpis, keys, by_new)
        nodes["by_chance"] = _by_chance(nodes)
    notes = f" New and returning customers are not told apart: {doubt}." if doubt and "customers" in keys else ""
    return KpiTree(nodes, reference, periods.get(reference), _headline(nodes, kpis, reference, shop), notes)


def _doubt(kpis: Kpis, reference: str | None) -> str:
    """Why new customers cannot be told from old ones in one of the periods; empty where they can."""
    why = kpis.doubtful.get("new_customers") or kpis.unavailable.get(("new_customers", reference), "")
    return why[:1].lower() + why[1:].rstrip(".")


def leading_kpis(kpis: Kpis, shop: Shop) -> Kpis:
    """The key figures that move before revenue does.

    Raises
    ------
    NotEnoughData : the shop's data have none of them.
    """
    leading = [m.key for m in shop.metrics() if m.leads]
    if not leading:
        raise NotEnoughData(
            "Nothing in these data leads revenue: add customers, scores or delivery days to the orders."
        )
    return replace(kpis, figures=kpis.figures.loc[leading])


def kpi_dictionary(shop: Shop) -> pd.DataFrame:
    """Every metric as it is defined, one row each: the text comes from the registry that all pages compute from."""
    return pd.DataFrame([_entry(measured, shop) for measured in DEFINITIONS.values()])


def _entry(measured: Metric, shop: Shop) -> dict[str, str]:
    there = measured.needs is None or measured.needs in shop.has
    return {
        "key": measured.key,
        "name": measured.name,
        "unit": shop.currency if measured.unit == "money" else measured.unit,
        "good_when": measured.better,
        "definition": measured.definition,
        "formula": measured.formula,
        "kind": "leading" if measured.leads else "lagging",
        "why_leading": measured.leads,
        "adds_up": "over members and days" if measured.adds_up else "no",
        "needed_column": measured.needs or "none beyond day and revenue",
        "in_these_data": "yes" if there else "no",
        "shown_on": "KPIs and the tree"
        if measured.key in METRICS and measured.key in PARENTS
        else "KPIs"
        if measured.key in METRICS
        else "KPI tree",
    }


def _parts(
    orders: ir.Table | pd.DataFrame, kpis: Kpis, filters: Filters, periods: dict[str, Period]
) -> dict[str, Parts]:
    """The sums behind the tree, by period; customers come from the key figures, which have counted them."""
    people = {
        name: {key: float(kpis.figures[name].get(key, 0.0)) for key in ("customers", "new_customers")}
        for name in periods
    }
    return revenue_sums(orders, filters, periods, people)


def _parents(parts: dict[str, Parts], by_new: bool) -> dict[str, str]:
    """The nodes that this shop has → what they are a part of: no branch for guests or refunds where there are none.

    Where revenue has a single branch, that is revenue itself, and what it is made of hangs on revenue.
    """
    without = set()
    if not any(p["guest_orders"] for p in parts.values()):
        without |= {"guest_revenue", "guest_orders", "guest_order_value"}
    if not any(p["customer_orders"] for p in parts.values()):
        without |= {"customer_revenue", "customers", "orders_per_customer", "customer_order_value"}
    if not by_new or "customers" in without:
        without |= {"new_customers", "returning_customers"}
    if not any(p["refunds"] for p in parts.values()):
        without |= {"refunded"}
    found = {key: parent for key, parent in PARENTS.items() if key not in without}
    branches = [key for key, parent in found.items() if parent == "revenue"]
    if len(branches) == 1 and branches[0] in found.values():
        del found[branches[0]]
        found = {key: "revenue" if parent == branches[0] else parent for key, parent in found.items()}
    return found


def _value(key: str, parts: Parts) -> float:
    if key == "revenue":
        return parts["customer_sales"] + parts["guest_sales"] - parts["refunds"]
    return float(DEFINITIONS[key].value(parts))


def _noise(
    parts: dict[str, Parts], reference: str, customers: CustomerSums, kpis: Kpis, keys: list[str], by_new: bool
) -> list[float]:
    """How far each contribution moves by chance (see ``contribution_errors``).

    Where days scatter more than customers explain, all are widened as revenue's own range is.
    """
    both, units = zip(*((parts[name], unit_sums(customers, name)) for name in (reference, "value")), strict=True)
    errors = contribution_errors(partial(contributions, by_new=by_new), *both, units, customers.every)
    half_widths = {key: NORMAL_95 * errors[key] for key in keys}
    of_revenue = kpis.figures.loc["revenue", f"noise_{reference}"]
    wider = max(1.0, of_revenue / half_widths["revenue"]) if half_widths["revenue"] > 0 else 1.0
    return [half_widths[key] * wider for key in keys]


def _by_chance(nodes: pd.DataFrame) -> np.ndarray:
    """Per node; the leaves are looked at together, so theirs are raised."""
    errors = (NORMAL_95 * nodes["contribution"] / nodes["noise"].where(nodes["noise"] > 0)).fillna(0.0).to_numpy()
    odds = np.array([odds_among_many(np.array([error]))[0] for error in errors])
    leaves = nodes["is_leaf"].to_numpy()
    odds[leaves] = odds_among_many(errors[leaves])
    return odds


def _headline(nodes: pd.DataFrame, kpis: Kpis, reference: str | None, shop: Shop) -> Headline:
    """What moved revenue most, and whether chance does as much."""
    revenue = nodes.loc["revenue"]
    value = f"Revenue was **{formats.money(revenue['value'], shop.currency)}**"
    if reference is None:
        why = next((why for key, why in kpis.unavailable.items() if isinstance(key, str)), None)
        return Headline(f"{value}." if why is None else f"{value}; there is nothing to compare it with: {why}.", "")
    against = COMPARED_WITH[reference]
    if not revenue["contribution"]:
        return Headline(f"{value}, the same as {against}. {_most(nodes, shop)}", _others(nodes))
    change, noise = (formats.money(abs(revenue[name]), shop.currency) for name in ("contribution", "noise"))
    verb = "up" if revenue["contribution"] > 0 else "down"
    beyond = abs(revenue["contribution"]) > revenue["noise"]
    moved = f"**{verb} by {change}**" if beyond else f"{verb} by {change}"
    surely = "beyond what" if beyond else "which"
    said = f"{value}, {moved} on {against}, {surely} chance alone does (± {noise} in 95 of 100 cases)"
    return Headline(f"{said}. {_most(nodes, shop)}", _others(nodes))


def _most(nodes: pd.DataFrame, shop: Shop) -> str:
    """The part that brought or took most."""
    leaves = nodes[nodes["is_leaf"]]
    key = leaves["contribution"].abs().idxmax()
    top = leaves.loc[key]
    amount = formats.signed(formats.money(top["contribution"], shop.currency))
    noise = formats.money(top["noise"], shop.currency)
    if top["by_chance"] <= FALSE_DISCOVERIES:
        surely = "beyond chance"
    elif abs(top["contribution"]) > top["noise"]:
        surely = f"much by itself, but one of {len(leaves)} parts may move so by chance"
    else:
        surely = "which chance alone does"
    return f"Largest contribution: {DEFINITIONS[key].name.lower()}, {amount} (± {noise}; {surely})."


def _others(nodes: pd.DataFrame) -> str:
    """The other parts that moved revenue beyond chance."""
    leaves = nodes[nodes["is_leaf"]]
    largest = leaves["contribution"].abs().idxmax()
    sure = leaves.index[(leaves["by_chance"] <= FALSE_DISCOVERIES) & (leaves.index != largest)]
    return ", ".join(DEFINITIONS[key].name.lower() for key in sure)
