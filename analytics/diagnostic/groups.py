"""Two groups of orders, by members of a dimension or by period: their sums, and what each customer did in them."""

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.activity import Parts, distinct_by_period, parts_by_period
from analytics.descriptive.cells import MemberSums, cells_of
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_dimension
from analytics.descriptive.scatter import CustomerSums, customer_sums, influence, sampled_every, sampled_units
from analytics.diagnostic.group_tests import Pulls
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import ADDITIVE, DISTINCT, Metric
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import DIMENSIONS, Shop
from analytics.summed import Sums, summed

A, B = "a", "b"
MOST_NAMED = 3
"""Members of a group that its name lists."""
_SUMS = ("revenue", "sales", "orders", "score_sum", "scored", "delivery_sum", "delivered", "new_customers")


@dataclass(frozen=True)
class Groups:
    """Two groups by the names ``a`` and ``b``: how each is called, its parts of metrics, and its customers."""

    names: dict[str, str]
    parts: Parts
    customers: CustomerSums

    def pulls(self, measured: Metric, group: str, alike: bool = False) -> Pulls:
        """What each customer contributes to a metric in a group.

        Parameters
        ----------
        alike : reckon with the value of both groups together, as if they did not differ.
        """
        below = measured.denominator or measured.numerator
        inside = self.customers.part(below, group) != 0
        parts = self.parts[group]
        if alike and measured.denominator:
            whole = {part: sum(self.parts[each][part] for each in (A, B)) for part in measured.parts}
            parts = parts | {measured.numerator: float(measured.value(whole)) * parts[measured.denominator]}
        pull = influence(measured, group, self.customers, parts)
        return Pulls(float(measured.value(self.parts[group])), np.where(inside, pull, 0.0), inside)


def of_members(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    sums: Sums,
    dimension: str,
    a: tuple[str, ...],
    b: tuple[str, ...],
    measured: Metric,
) -> Groups:
    """Two groups of members of a dimension, in the filters.

    Parameters
    ----------
    a, b : members; without any in ``b`` it is all others.

    Raises
    ------
    ValueError : unknown dimension.
    NotEnoughData : the orders do not state the dimension, none is in view, no member is named, or one is in both.
    """
    need_dimension(dimension, shop)
    rest, counted = not b, member_sums(orders, filters, shop, sums, dimension)
    if not counted.of(tuple(counted.members))["orders"]:
        raise NotEnoughData(nothing_matches(filters))
    a, b = _chosen(shop, filters, dimension, a, b)
    names = {A: _named(a), B: "all others" if rest and len(b) > 1 else _named(b)}
    distinct = [part for part in measured.parts if part in DISTINCT]
    parts = {}
    for group, members in ((A, a), (B, b)):
        parts[group] = counted.of(members)
        if distinct:
            parts[group] |= distinct_of(orders, filters, shop, dimension, members)
    units = member_units(orders, filters, shop, dimension)
    return Groups(names, parts, units.of({A: a, B: b}))


def of_periods(
    orders: ir.Table | pd.DataFrame, daily: pd.DataFrame, filters: Filters, shop: Shop, other: Period
) -> Groups:
    """The period of the filters and another one.

    Parameters
    ----------
    daily : ``daily_activity`` of the same filters.

    Raises
    ------
    NotEnoughData : the periods share a day.
    """
    own = filters.period
    if own == other:
        raise NotEnoughData("Both groups are the same days: choose another period to compare with.")
    if own.start <= other.end and other.start <= own.end:
        raise NotEnoughData(
            f"{own.label()} and {other.label()} share days, which would be compared with themselves: choose periods "
            "apart from each other."
        )
    periods = {A: own, B: other}
    distinct = distinct_by_period(orders, filters, periods, shop.customer_keys)
    parts = parts_by_period(daily, periods, distinct)
    if not parts[A]["orders"]:
        raise NotEnoughData(nothing_matches(filters))
    names = {group: period.label() for group, period in periods.items()}
    return Groups(names, parts, customer_sums(orders, filters, shop, periods))


@dataclass(frozen=True)
class SumsOfMembers:
    """What adds up, by member of a dimension."""

    members: pd.Index
    sums: MemberSums

    def of(self, members: tuple[str, ...]) -> dict[str, float]:
        """The parts of metrics of some members together."""
        which = self.members.isin(members)
        return {part: float(self.sums.part(part, "value")[which].sum()) for part in (*ADDITIVE, "refunds")}


@dataclass(frozen=True)
class UnitsOfMembers:
    """What each customer did with each member: one entry per customer and member that occur together.

    ``member`` is the position of its name among ``members``, ``unit`` a customer's among the ``known`` ones and guests.
    """

    unit: np.ndarray
    member: np.ndarray
    members: pd.Index
    sums: dict[str, np.ndarray]
    known: np.ndarray
    every: int

    def of(self, groups: dict[str, tuple[str, ...]]) -> CustomerSums:
        """What each customer did in groups of members; customers of none of them are there with nothing."""
        found = {}
        for group, members in groups.items():
            which = self.members.isin(members)[self.member]
            for part, values in self.sums.items():
                found[group, part] = np.bincount(self.unit[which], values[which], len(self.known))
        return CustomerSums(found, self.known, self.every)


def member_sums(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, sums: Sums, dimension: str
) -> SumsOfMembers:
    """What adds up by member of a dimension, of all orders in the filters."""
    rows = summed(orders, sums, (dimension, *filters.members))
    cells = cells_of(rows, filters, (dimension,), {"value": filters.period})
    return SumsOfMembers(cells.members[dimension].astype("str"), cells.by(dimension))


def distinct_of(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, dimension: str, members: tuple[str, ...]
) -> dict[str, float]:
    """Distinct customers of some members together: they do not add up."""
    narrowed = replace(filters, **{dimension: members})
    return distinct_by_period(orders, narrowed, {"value": filters.period}, shop.customer_keys)["value"]


def member_units(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, dimension: str) -> UnitsOfMembers:
    """What each customer did with each member of a dimension; of large shops a sample of customers."""
    every = sampled_every(shop)
    asked = {"dimension": dimension, "every": every, "has_keys": bool(shop.customer_keys)}
    counted = collected_within(_sums_by_unit_of_dimension, orders, filters, {"value": filters.period}, **asked)
    unit, units = pd.factorize(counted["unit"])
    known = np.zeros(len(units), dtype=bool)
    known[unit] = counted["known"].to_numpy(dtype=bool)
    sums = {
        part: np.nan_to_num(counted[part].to_numpy(dtype="float64", na_value=np.nan)) for part in (*_SUMS, "repeats")
    }
    member, members = pd.factorize(counted["member"].astype("str"))
    return UnitsOfMembers(unit, member, pd.Index(members), sums, known, every)


def _sums_by_unit_of_dimension(
    rows: ir.Table, periods: dict[str, Period], dimension: str, every: int, has_keys: bool
) -> ir.Table:
    """By customer, or guest's order, and member."""
    rows, unit = sampled_units(rows, every, has_keys)
    counted = {part: ADDITIVE[part](rows) for part in _SUMS}
    named = {"member": rows[dimension].cast("string"), "known": rows.customer_key.notnull()}
    return rows.group_by(unit=unit, **named).agg(**counted, repeats=rows.is_repeat.sum())


def _chosen(
    shop: Shop, filters: Filters, dimension: str, a: tuple[str, ...], b: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The members of both groups, those that the filters leave."""
    left = filters.members.get(dimension, shop.members[dimension])
    name = DIMENSIONS[dimension].lower()
    unknown = [member for member in (*a, *b) if member not in shop.members[dimension]]
    if unknown:
        raise ValueError(f"members: expected some of the {name}'s, got {unknown[0]!r}")
    if not a:
        raise NotEnoughData(f"No {name} is in the first group: choose one.")
    if set(a) == set(b):
        raise NotEnoughData(f"Both groups are {', '.join(a)}: choose another {name} for one of them.")
    both = sorted(set(a) & set(b))
    if both:
        raise NotEnoughData(f"{', '.join(both)} would be compared with itself: take it out of one of the groups.")
    b = b or tuple(member for member in left if member not in a)
    if not b and len(left) < len(shop.members[dimension]):
        raise NotEnoughData(
            f"The filter keeps nothing but {', '.join(left)}, which has nothing to be compared with: take the filter "
            f"on {name} away."
        )
    if not b:
        raise NotEnoughData(f"All orders are of the first group: take a {name} out of it, or choose a second one.")
    kept = tuple(tuple(member for member in group if member in left) for group in (a, b))
    for group, members in zip((a, b), kept, strict=True):
        if not members:
            raise NotEnoughData(f"The filter keeps no order of {_named(group)}: take the filter on {name} away.")
    return kept


def _named(members: tuple[str, ...]) -> str:
    if len(members) > MOST_NAMED:
        return f"{', '.join(members[:MOST_NAMED])} and {len(members) - MOST_NAMED} more"
    return ", ".join(members)
