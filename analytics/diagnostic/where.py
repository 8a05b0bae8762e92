"""Where a change comes from: the fewest segments, of up to three dimensions, that moved otherwise than the rest."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.descriptive.activity import inside
from analytics.descriptive.cells import Cells, cells_of
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.scatter import sampled_every, sampled_units
from analytics.diagnostic.baseline import Baseline, baseline
from analytics.diagnostic.moments import Moments, moments_of
from analytics.diagnostic.scan import Cube, Segment, Units, segments_that_moved
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import ADDITIVE, Metric, metric
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import DIMENSIONS, Shop

MOST_MEMBERS = 100
"""Of a dimension, those with most orders are told apart; the others are looked at together and are never named."""
MOST_COMBINATIONS = 1_000_000
"""Of members that could occur, beyond which the dimensions with most members are left out, and said to be."""
INSTEAD = {"customers": "orders"}
"""Different customers do not add up over segments: where they went is where their orders did."""


@dataclass(frozen=True)
class Where:
    """The segments that moved otherwise than the rest, surest first.

    ``segments`` has one row each: ``segment`` (its members as text), ``members`` (dimension → member), ``before``,
    ``now`` and ``change`` (in the unit of the metric), ``share`` of the whole's change (missing of ratios and
    where the whole hardly moved), ``beyond`` (what it moved beyond the rest, as a part of the whole's metric),
    ``errors`` (the same in standard errors), ``by_chance`` (probability that any of the segments looked at does so by
    chance) and ``orders`` now. ``likeliest`` is such a row of the next one, which chance may have moved as far.
    ``searched`` is the metric looked at.
    """

    metric: str
    searched: str
    baseline: Baseline
    segments: pd.DataFrame
    likeliest: dict | None
    change: float
    sentence: str

    @property
    def hint(self) -> str:
        """What can be done with the segments, if there are any."""
        return "" if self.segments.empty else "A segment's name leads to its own root cause."

    def table(self) -> pd.DataFrame:
        """The segments without what only pages need."""
        return self.segments.drop(columns="members")


def segments_behind_change(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    filters: Filters,
    shop: Shop,
    key: str = "revenue",
    against: str | None = None,
) -> Where:
    """Where a metric's change comes from.

    Parameters
    ----------
    cells : ``revenue_cells`` of the same filters, if there are any.
    against : see ``baseline``.

    Raises
    ------
    ValueError : unknown metric.
    NotEnoughData : nothing to compare with, nothing to tell apart, or a metric that does not add up over segments.
    """
    measured = metric(INSTEAD.get(key, key))
    if not measured.from_daily:
        raise NotEnoughData(
            f"{measured.name} counts different customers, who do not add up over segments: "
            "look where orders or new customers moved."
        )
    base = baseline(filters, shop, against)
    told, left_out = _dimensions(filters, shop)
    cube, members = _cube(orders, cells, filters, measured, base, told)
    units = _units(orders, filters, shop, measured, base, members)
    found, next_one = segments_that_moved(cube, units)
    rows = [_row(segment, cube, members, measured) for segment in found]
    likeliest = _row(next_one, cube, members, measured) if next_one else None
    change = float(_value(cube.now.total(), measured) - _value(cube.before.total(), measured))
    segments = pd.DataFrame(rows, columns=list(_COLUMNS))
    if measured.adds_up and change and _is_telling(change, cube):
        segments["share"] = segments["change"] / change
    notes = _notes(key, measured, left_out)
    sentence = _sentence(segments, likeliest, measured, base, shop) + notes
    return Where(key, measured.key, base, segments, likeliest, change, sentence)


_COLUMNS = ("segment", "members", "before", "now", "change", "share", "beyond", "errors", "by_chance", "orders")


def _dimensions(filters: Filters, shop: Shop) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The dimensions to tell apart, and those left out because the combinations would be too many."""
    offered = [d for d, m in shop.members.items() if len(m) > 1 and len(filters.members.get(d, ())) != 1]
    if not offered:
        raise NotEnoughData("There is nothing to tell apart: every dimension in view has one member.")
    possible, left_out = {d: len(filters.members.get(d, shop.members[d])) for d in offered}, []
    while len(possible) > 1 and np.prod([float(n) for n in possible.values()]) > MOST_COMBINATIONS:
        largest = max(possible, key=possible.get)
        if possible[largest] <= MOST_MEMBERS:
            break
        del possible[largest]
        left_out.append(largest)
    return tuple(possible), tuple(left_out)


def _cube(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    filters: Filters,
    measured: Metric,
    base: Baseline,
    told: tuple[str, ...],
) -> tuple[Cube, dict[str, pd.Index]]:
    """The two periods by all combinations that occur, and the members that are told apart."""
    held = cells.holding(*told) if cells and base.name in cells.inside else None
    names = ("value", *base.names)
    flags = {"value": "value", base.names[0]: base.name} if held else {name: name for name in names}
    held = held or cells_of(orders, filters, told, base.all)
    if not held.inside["value"].any():
        raise NotEnoughData(nothing_matches(filters))
    weight = 1 / len(base.names)
    now = _moments(measured, held, [flags["value"]], 1.0)
    before = _moments(measured, held, [flags[name] for name in base.names], weight)
    kept = {d: _kept(held.codes[d], len(held.members[d]), now.orders + before.orders) for d in told}
    codes = np.array([_renumbered(held.codes[d], kept[d]) for d in told], dtype=np.intp)
    nameable = tuple(np.r_[np.ones(len(kept[d]), dtype=bool), False] for d in told)
    return Cube(codes, nameable, now, before), {d: held.members[d].take(kept[d]) for d in told}


def _moments(measured: Metric, cells: Cells, flags: list[str], weight: float) -> Moments:
    """The sum over some periods, each order of which counts for a ``weight``."""
    times = sum(cells.inside[flag].astype("float64") for flag in flags)

    def part(name: str) -> np.ndarray:
        if name == "refunds":
            return part("sales") - part("revenue")
        return cells.sums[name] * times

    return moments_of(measured, part, weight)


def _kept(codes: np.ndarray, members: int, orders: np.ndarray) -> np.ndarray:
    """The members that are told apart: those with most orders."""
    by_member = np.bincount(codes, orders, members)
    return np.sort(np.argsort(-by_member, kind="stable")[:MOST_MEMBERS])


def _renumbered(codes: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Positions among the members kept; all others come last."""
    at = np.minimum(np.searchsorted(kept, codes), len(kept) - 1)
    return np.where(kept[at] == codes, at, len(kept))


def _units(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    measured: Metric,
    base: Baseline,
    members: dict[str, pd.Index],
) -> Units:
    """What single customers did by the same members; of large shops a sample of customers."""
    every = sampled_every(shop)
    parts = {"refunds": ("sales", "revenue")}.get(measured.numerator, (measured.numerator,))
    parts = tuple(dict.fromkeys([*parts, *((measured.denominator,) if measured.denominator else ())]))
    asked = {"dimensions": tuple(members), "parts": parts, "every": every, "has_keys": bool(shop.customer_keys)}
    counted = collected_within(_sums_by_unit_and_member, orders, filters, base.all, **asked)
    codes = np.array([_coded_as(counted[d], names) for d, names in members.items()], dtype=np.intp)
    unit, _ = pd.factorize(counted["unit"])
    sums = {part: np.nan_to_num(counted[part].to_numpy(dtype="float64", na_value=np.nan)) for part in parts}
    if measured.numerator == "refunds":
        sums["refunds"] = sums["sales"] - sums["revenue"]
    top = sums[measured.numerator]
    bottom = sums[measured.denominator] if measured.denominator else np.zeros_like(top)
    now = counted["in_value"].to_numpy(dtype="float64")
    before = sum(counted[f"in_{name}"].to_numpy(dtype="float64") for name in base.names) / len(base.names)
    return Units(codes, unit, top * now, bottom * now, top * before, bottom * before, every)


def _coded_as(column: pd.Series, names: pd.Index) -> np.ndarray:
    found = names.astype(str).get_indexer(column.astype(str))
    return np.where(found >= 0, found, len(names))


def _sums_by_unit_and_member(
    rows: ir.Table,
    periods: dict[str, Period],
    dimensions: tuple[str, ...],
    parts: tuple[str, ...],
    every: int,
    has_keys: bool,
) -> ir.Table:
    """By customer, or guest's order, by members, and by the periods that rows lie in."""
    rows, unit = sampled_units(rows, every, has_keys)
    named = {d: rows[d].cast("string") for d in dimensions}
    flags = {f"in_{name}": where for name, where in inside(rows, periods).items()}
    return rows.group_by(unit=unit, **named, **flags).agg(**{part: ADDITIVE[part](rows) for part in parts})


def _value(moments: Moments, measured: Metric) -> np.ndarray:
    return moments.top if measured.denominator is None else moments.ratio()


def _row(segment: Segment, cube: Cube, members: dict[str, pd.Index], measured: Metric) -> dict:
    inside_cells = cube.inside(segment.scope)
    now, before = cube.now.total(inside_cells), cube.before.total(inside_cells)
    dimensions = list(members)
    scope = {dimensions[d]: str(members[dimensions[d]][code]) for d, code in segment.scope}
    values = {"before": float(_value(before, measured)), "now": float(_value(now, measured))}
    return {
        "segment": " · ".join(scope.values()),
        "members": scope,
        **values,
        "change": values["now"] - values["before"],
        "share": np.nan,
        "beyond": segment.beyond,
        "errors": segment.errors,
        "by_chance": segment.by_chance,
        "orders": float(now.orders),
    }


def _is_telling(change: float, cube: Cube) -> bool:
    """Whether the whole moved by more than chance moves independent orders: else shares of it say nothing."""
    return abs(change) > 2 * float(np.sqrt(cube.now.top_squared.sum() + cube.before.top_squared.sum()))


def _notes(key: str, measured: Metric, left_out: tuple[str, ...]) -> str:
    notes = ""
    if measured.key != key:
        notes += f" Searched by {measured.name.lower()}: different customers do not add up over segments."
    if left_out:
        names = ", ".join(DIMENSIONS[d].lower() for d in left_out)
        notes += f" Not searched, for it has too many members: {names}."
    return notes


def _sentence(segments: pd.DataFrame, likeliest: dict | None, measured: Metric, base: Baseline, shop: Shop) -> str:
    against = base.words()
    if segments.empty:
        said = f"No segment moved otherwise than the rest against {against}, beyond what chance does"
        if likeliest is None:
            return f"{said}."
        odds = "nearly all" if likeliest["by_chance"] > 0.95 else formats.percent(likeliest["by_chance"], 0) + " of"
        return f"{said}; likeliest: {_said(likeliest, measured, shop)}, but in {odds} cases chance moves one so far."
    said = [_said(row, measured, shop) for row in segments.head(2).to_dict("records")]
    more = f" ({len(segments) - 2} more)" if len(segments) > 2 else ""
    return f"Against {against}: {'; '.join(said)}{more}."


def _said(row: dict, measured: Metric, shop: Shop) -> str:
    """What became of one segment."""
    if measured.denominator is None and not row["before"]:
        return f"{row['segment']} is new ({measured.format(row['now'], shop.currency)})"
    if measured.denominator is None and not row["now"]:
        return f"{row['segment']} is gone (was {measured.format(row['before'], shop.currency)})"
    moved = measured.format_change(row["now"], row["before"])
    share = "" if pd.isna(row["share"]) else f", {formats.percent(row['share'], 0)} of the change"
    return f"{row['segment']} moved by {moved}{share}"
