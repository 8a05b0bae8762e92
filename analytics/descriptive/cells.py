"""What adds up, by combination of members: arrays that every breakdown is summed from."""

import math
from dataclasses import dataclass, field, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.activity import covered_periods, inside, sums_of
from analytics.filters import Filters
from analytics.metrics import ADDITIVE, DISTINCT
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop
from analytics.summed import Sums

MOST_CELLS = 50_000
"""Combinations of members up to which one answer for all breakdowns is faster than one for each."""


@dataclass(frozen=True)
class Cells:
    """One cell per combination of members and of periods (these may overlap) that has rows.

    ``members`` has the names of each dimension, in their order; ``codes`` each cell's position among them, ``inside``
    per period whether the cell's rows lie in it, and ``sums`` the parts of ``metrics.ADDITIVE``: all arrays with one
    entry per cell. ``distinct`` has, by (period, part), distinct customers: one entry per member of the one dimension,
    or a row and a column per member of two. ``others`` are the same rows by other dimensions.
    """

    members: dict[str, pd.Index]
    codes: dict[str, np.ndarray]
    inside: dict[str, np.ndarray]
    sums: dict[str, np.ndarray]
    distinct: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    others: tuple["Cells", ...] = ()

    def holding(self, *dimensions: str) -> "Cells | None":
        """The first of these cells that tell all of some dimensions apart, if there are any."""
        return next((cells for cells in (self, *self.others) if set(dimensions) <= set(cells.members)), None)

    def by(self, *dimensions: str) -> "MemberSums":
        """The cells summed by member of a dimension, or by combination of members of two."""
        shape = tuple(len(self.members[d]) for d in dimensions)
        return MemberSums(self, shape, np.ravel_multi_index([self.codes[d] for d in dimensions], shape))


@dataclass(frozen=True)
class MemberSums:
    """Sums of cells in arrays of a ``shape``: an axis per dimension, an entry per member.

    ``positions`` has each cell's place in such an array, read row by row.
    """

    cells: Cells
    shape: tuple[int, ...]
    positions: np.ndarray

    @property
    def seen(self) -> np.ndarray:
        """Whether there are rows in any of the periods."""
        return self._are_there(self.positions)

    def seen_in(self, period: str) -> np.ndarray:
        """Whether there are rows in a period."""
        return self._are_there(self.positions[self.cells.inside[period]])

    def part(self, part: str, period: str) -> np.ndarray:
        """A part of a metric in a period; 0 where there are no rows."""
        if part == "refunds":
            return self.part("sales", period) - self.part("revenue", period)
        if part in DISTINCT:
            return self.cells.distinct[period, part]
        chosen = self.cells.inside[period]
        sums = np.bincount(self.positions[chosen], self.cells.sums[part][chosen], math.prod(self.shape))
        return sums.reshape(self.shape).astype("float64")  # of nothing at all they would be integers

    def _are_there(self, positions: np.ndarray) -> np.ndarray:
        return np.bincount(positions, minlength=math.prod(self.shape)).astype(bool).reshape(self.shape)


def revenue_cells(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, sums: Sums = ()) -> Cells | None:
    """What adds up, by every combination of members that occurs, in the period and in those it is compared with.

    One answer that serves every breakdown of an additive metric: members' sums are sums of cells.

    Parameters
    ----------
    sums : of the same orders, if there are any. Where they tell all of the shop's dimensions apart between them, the
        cells are those of each: some pairs of dimensions may then be in none.

    Returns
    -------
    The cells over all of the shop's dimensions; None where the dimensions have so many members that the cells could be
    more than ``MOST_CELLS``, or the shop has no dimension.
    """
    asked = _tables_asked(orders, filters, shop, sums)
    if not shop.members or any(_possible(shop, dimensions) > MOST_CELLS for _, dimensions in asked):
        return None
    periods = covered_periods(filters, shop)
    first, *others = (cells_of(rows, filters, dimensions, periods) for rows, dimensions in asked)
    return replace(first, others=tuple(others))


def _tables_asked(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, sums: Sums
) -> list[tuple[ir.Table | pd.DataFrame, tuple[str, ...]]]:
    """The tables that tell all dimensions apart between them, with those that each tells apart."""
    usable = [table for table in sums if set(filters.members) <= set(table.columns)]
    asked = [(table, tuple(d for d in shop.members if d in table.columns)) for table in usable]
    if {d for _, dimensions in asked for d in dimensions} == set(shop.members) != set():
        return asked
    return [(orders, tuple(shop.members))]


def _possible(shop: Shop, dimensions: tuple[str, ...]) -> int:
    return math.prod(len(shop.members[d]) for d in dimensions)


def cells_of(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    dimensions: tuple[str, ...],
    periods: dict[str, Period],
    distinct: tuple[str, ...] = (),
    keys: int = 0,
) -> Cells:
    """What adds up by member of one or more dimensions in several periods, and the ``distinct`` parts asked for.

    Parameters
    ----------
    keys : as in ``different_customers``.
    """
    counted = collected_within(_sums_by_member, orders, filters, periods, dimensions=dimensions)
    members, codes = {}, {}
    for dimension in dimensions:
        members[dimension], codes[dimension] = _coded(counted[dimension])
    inside_period = {name: counted[f"in_{name}"].to_numpy(dtype=bool) for name in periods}
    sums = {part: np.nan_to_num(counted[part].to_numpy(dtype="float64", na_value=np.nan)) for part in ADDITIVE}
    if not distinct:
        return Cells(members, codes, inside_period, sums)
    asked = {"dimensions": dimensions, "parts": distinct, "keys": keys}
    people = collected_within(_distinct_by_member, orders, filters, periods, **asked)
    return Cells(members, codes, inside_period, sums, _placed(people, members))


def _sums_by_member(rows: ir.Table, periods: dict[str, Period], dimensions: tuple[str, ...]) -> ir.Table:
    """Rows are told apart by the periods they lie in, which may overlap: a third of the sums for three periods."""
    named = {d: rows[d].cast("string") for d in dimensions}
    flags = {f"in_{name}": where for name, where in inside(rows, periods).items()}
    return rows.group_by(**named, **flags).agg(**sums_of(rows))


def _distinct_by_member(
    rows: ir.Table, periods: dict[str, Period], dimensions: tuple[str, ...], parts: tuple[str, ...], keys: int
) -> ir.Table:
    named = {d: rows[d].cast("string") for d in dimensions}
    where = inside(rows, periods)
    counted = {f"{name}__{part}": DISTINCT[part](rows, where[name], keys) for name in periods for part in parts}
    return rows.group_by(**named).agg(**counted)


def _coded(column: pd.Series) -> tuple[pd.Index, np.ndarray]:
    """The names in a column in their order, and the position of each entry's among them.

    DuckDB's ENUM columns arrive coded, in the order of the ENUM.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = pd.CategoricalIndex(column.cat.categories, dtype=column.dtype)
        return names, column.cat.codes.to_numpy(dtype=np.intp)
    codes, names = pd.factorize(column, sort=True)
    return pd.Index(names), codes


def _placed(people: pd.DataFrame, members: dict[str, pd.Index]) -> dict[tuple[str, str], np.ndarray]:
    """Counts of distinct customers where ``MemberSums`` has their members."""
    places = tuple(members[d].get_indexer(people[d]) for d in members)
    placed = {}
    for column in people.columns.drop(list(members)):
        name, part = column.split("__")
        placed[name, part] = np.zeros([len(names) for names in members.values()], dtype="int64")
        placed[name, part][places] = people[column]
    return placed
