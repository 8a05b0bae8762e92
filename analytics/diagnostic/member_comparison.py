"""Every member of a dimension against all others, with the correction for looking at so many."""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES, odds_among_many
from analytics.descriptive.breakdowns import counted_members
from analytics.descriptive.headline import Headline
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_dimension
from analytics.diagnostic.group_comparison import amount, need_metric
from analytics.diagnostic.group_tests import odds_if_alike, welch
from analytics.diagnostic.groups import (
    A,
    B,
    Groups,
    SumsOfMembers,
    UnitsOfMembers,
    distinct_of,
    member_sums,
    member_units,
)
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DISTINCT, Metric, metric
from analytics.shop import DIMENSIONS, Shop
from analytics.summed import Sums

MOST_MEMBERS = 12
"""Members that are compared, those with most orders first."""
FEWEST_CUSTOMERS = 10
"""Customers of a member, looked at, below which nothing is said about it."""
NAMED = 3


@dataclass(frozen=True)
class MemberComparison:
    """A metric of each member against all others together.

    ``members`` has one row per member, most orders first: ``member``, ``value``, ``others``, ``difference`` with
    ``difference_low`` and ``difference_high`` (95 %, of this member alone), ``by_chance`` (0–1, adjusted for looking at
    all of them), ``beyond_chance``, ``detectable`` (what four samples of five would show), ``orders`` and
    ``customers`` (of a sample: those looked at).
    """

    key: str
    dimension: str
    members: pd.DataFrame
    sentence: str
    notes: str

    @property
    def headline(self) -> Headline:
        """The sentence on top of the page."""
        return Headline(formats.plain(self.sentence), "")

    @property
    def explained(self) -> str:
        """How the figures come about."""
        return (
            "Each member against all others together by Welch's t-test; customers are the units, as the orders of one "
            "belong together, and those who ordered on both sides pull on both. Intervals: 95 %, for each member by "
            "itself. By chance: with the scatter that there would be if members were alike, and raised for looking at "
            "all of them (Benjamini–Hochberg): of those called beyond chance at most 5 % are wrong in the long run."
        )


def compared_with_others(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    sums: Sums = (),
    key: str = "average_order_value",
    dimension: str = "channel",
) -> MemberComparison:
    """A mean or share of each member of a dimension against all others, in the period.

    Raises
    ------
    ValueError : unknown metric or dimension.
    NotEnoughData : the metric is a total, or there are no two members to compare.
    """
    measured = metric(key)
    need_metric(measured, shop, filters.period)
    need_dimension(dimension, shop)
    if measured.denominator is None:
        raise NotEnoughData(
            f"{measured.name} is a total: a member's differs from that of all others because they are more. Compare "
            "two groups, or choose a mean or a share such as average order value."
        )
    counted = member_sums(orders, filters, shop, sums, dimension)
    sizes = pd.Series({name: counted.of((name,))["orders"] for name in counted.members})
    names = [str(name) for name in sizes[sizes > 0].sort_values(ascending=False, kind="stable").index]
    if not names:
        raise NotEnoughData(nothing_matches(filters))
    if len(names) < 2:
        raise NotEnoughData(
            f"All orders in view are of {names[0]}: there are no others. Take a filter away or choose a longer period."
        )
    units = member_units(orders, filters, shop, dimension)
    asked = (orders, filters, shop, dimension)
    rows = [_row(_groups(name, names, counted, units, measured, asked), measured) for name in names[:MOST_MEMBERS]]
    members = pd.DataFrame([row for row in rows if row])
    if members.empty:
        raise NotEnoughData(
            f"No {DIMENSIONS[dimension].lower()} has {FEWEST_CUSTOMERS} customers whose {measured.name.lower()} is "
            "known: choose a longer period."
        )
    odds = odds_among_many(members.pop("errors").to_numpy())
    members = members.assign(by_chance=odds, beyond_chance=odds <= FALSE_DISCOVERIES)
    return MemberComparison(
        key, dimension, members, *_said(members, measured, dimension, len(names), shop, units.every)
    )


def _groups(
    name: str, names: list[str], counted: SumsOfMembers, units: UnitsOfMembers, measured: Metric, asked: tuple
) -> Groups:
    others = tuple(other for other in names if other != name)
    groups = {A: (name,), B: others}
    parts = {group: counted.of(members) for group, members in groups.items()}
    if any(part in DISTINCT for part in measured.parts):
        parts = {group: parts[group] | distinct_of(*asked, members) for group, members in groups.items()}
    return Groups({A: name, B: "all others"}, parts, units.of(groups))


def _row(groups: Groups, measured: Metric) -> dict[str, object] | None:
    values = [float(measured.value(groups.parts[group])) for group in (A, B)]
    if any(formats.is_missing(value) for value in values):
        return None
    a, b = (groups.pulls(measured, group) for group in (A, B))
    if min(a.customers, b.customers) < FEWEST_CUSTOMERS:
        return None
    verdict = welch(a, b, groups.customers.every)
    alike = [groups.pulls(measured, group, alike=True) for group in (A, B)]
    return {
        "member": groups.names[A],
        "value": values[0],
        "others": values[1],
        "difference": verdict.difference,
        "difference_low": verdict.low,
        "difference_high": verdict.high,
        "detectable": verdict.detectable,
        "orders": int(groups.parts[A]["orders"]),
        "customers": a.customers,
        "errors": _as_normal(odds_if_alike(*alike, groups.customers.every)),
    }


def _as_normal(by_chance: float) -> float:
    """The standard errors at which a normal deviation is as rare: nothing where there is no scatter."""
    from scipy.special import ndtri

    return float(min(-ndtri(by_chance / 2), 38.0)) if by_chance == by_chance else 0.0


def _said(
    members: pd.DataFrame, measured: Metric, dimension: str, number: int, shop: Shop, every: int
) -> tuple[str, str]:
    """Who differs beyond chance, and what could have been seen; then what was left out."""
    sure = members[members["beyond_chance"]]
    looked_at = counted_members(len(members), dimension)
    if sure.empty:
        seen = amount(measured, float(members["detectable"].median()), shop)
        sentence = (
            f"{measured.name}: none of {looked_at} differs from all others by more than chance does when so many are "
            f"looked at; for most, a difference of less than {seen} would not surely be seen."
        )
    else:
        order = sure["difference"].abs().sort_values(ascending=False, kind="stable").index[:NAMED]
        said = "; ".join(_clause(row, measured, shop) for row in sure.loc[order].to_dict("records"))
        more = f"; {len(sure) - NAMED} more" if len(sure) > NAMED else ""
        sentence = f"{measured.name} against all others, beyond chance though {looked_at} are looked at: {said}{more}."
    notes = []
    if number > len(members):
        notes.append(
            f"{len(members)} of {number}: those with most orders, at most {MOST_MEMBERS}, and at least "
            f"{FEWEST_CUSTOMERS} customers."
        )
    if every > 1:
        notes.append(f"Scatter is that of one customer in {every}; values are those of all.")
    return sentence, " ".join(notes)


def _clause(row: dict, measured: Metric, shop: Shop) -> str:
    word = "higher" if row["difference"] > 0 else "lower"
    low, high = sorted((abs(row["difference_low"]), abs(row["difference_high"])))
    between = f"{amount(measured, low, shop)} to {amount(measured, high, shop)}"
    return f"{row['member']} {word} by {amount(measured, abs(row['difference']), shop)} ({between})"
