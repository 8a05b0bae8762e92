"""What the engine counts: parts of metrics by day, by period and by member. Everything else is small frames."""

import math
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.filters import Filters, in_period
from analytics.metrics import ADDITIVE, DISTINCT, PARTS
from analytics.orders import as_orders
from analytics.periods import Period
from analytics.shop import Shop

MOST_CELLS = 50_000
"""Combinations of members up to which one answer for all breakdowns is faster than one for each."""


def daily_activity(orders: ir.Table | pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """What the shop did on each day of its history, for the members in the filters.

    All days are counted, whatever the period of the filters, so that one answer serves every period,
    comparison and moving average.

    Returns
    -------
    One row per calendar day from the first to the last with rows, days without orders included as zeros; indexed by
    ``date`` (midnight timestamps), one column per additive part of ``metrics.ADDITIVE``. Empty if there are no rows.
    """
    rows = filters.within(as_orders(orders))
    every = ibis.literal(True)
    counted = rows.group_by("date").agg(**{name: part(rows, every) for name, part in ADDITIVE.items()}).to_pandas()
    counted = counted.set_index(pd.DatetimeIndex(counted.pop("date"), name="date")).astype("float64").sort_index()
    if counted.empty:
        return counted
    days = pd.date_range(counted.index[0], counted.index[-1], name="date")
    return counted.reindex(days, fill_value=0.0)


def parts_by_period(
    orders: ir.Table | pd.DataFrame, daily: pd.DataFrame, filters: Filters, periods: dict[str, Period]
) -> pd.DataFrame:
    """All parts of metrics in several periods, which may overlap.

    What adds up is summed from ``daily_activity`` of the same filters; only distinct customers are counted
    afresh, in one pass over the rows.

    Returns
    -------
    One row per period, in the order given; one column per part.
    """
    rows = _rows_of(orders, filters, periods)
    flat = rows.agg(**_conditional(rows, periods, tuple(DISTINCT))).to_pandas().iloc[0]
    sums = {name: daily.loc[str(p.start) : str(p.end)].sum() for name, p in periods.items()}
    counts = {name: pd.Series(_unpacked(flat, name, tuple(DISTINCT))) for name in periods}
    return pd.DataFrame({name: pd.concat([sums[name], counts[name]]) for name in periods}).T.astype("float64")


def parts_by_member(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    dimensions: tuple[str, ...],
    periods: dict[str, Period],
    parts: tuple[str, ...],
) -> pd.DataFrame:
    """The parts by member of one or more dimensions in several periods.

    Returns
    -------
    One row per member (or combination) with rows in any of the periods; columns are a two-level index
    (period, part). Indexed by the dimensions.
    """
    rows = _rows_of(orders, filters, periods)
    keys = {d: rows[d].cast("string") for d in dimensions}
    counted = rows.group_by(**keys).agg(**_conditional(rows, periods, parts)).to_pandas().set_index(list(dimensions))
    ordered = counted.astype("float64")[[_name(p, part) for p in periods for part in parts]]
    ordered.columns = pd.MultiIndex.from_product([list(periods), list(parts)], names=["period", "part"])
    return ordered.sort_index()


def revenue_cells(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> pd.DataFrame | None:
    """What adds up, by every combination of members that occurs, in the period and in those it is compared with.

    One query whose answer serves every breakdown of an additive metric: members' sums are sums of cells.

    Returns
    -------
    As ``parts_by_member`` over all of the shop's dimensions; None where the dimensions have so many members that
    the cells could be more than ``MOST_CELLS``, or the shop has no dimension.
    """
    possible = math.prod(len(members) for members in shop.members.values())
    if not shop.members or possible > MOST_CELLS:
        return None
    return parts_by_member(orders, filters, tuple(shop.members), covered_periods(filters, shop), tuple(ADDITIVE))


def covered_periods(filters: Filters, shop: Shop) -> dict[str, Period]:
    """The filters' own period as ``value``, and those compared with that lie wholly in the data."""
    data = Period(shop.first_day, shop.last_day)
    return {"value": filters.period} | {n: p for n, p in filters.comparisons().items() if data.contains(p)}


def parts_by_bucket(
    orders: ir.Table | pd.DataFrame, filters: Filters, period: Period, edges: list[date], parts: tuple[str, ...]
) -> pd.DataFrame:
    """The parts in consecutive buckets of days (each begins on an edge), counted afresh, as distinct customers need.

    Returns
    -------
    One row per bucket with rows, indexed by ``bucket`` (its position among the edges).
    """
    rows = as_orders(orders)
    rows = filters.within(rows).filter(in_period(rows, period))
    bucket = rows.date.delta(ibis.date(edges[0].isoformat()), unit="day")
    starts = [(edge - edges[0]).days for edge in edges]
    step = starts[1] if len(starts) > 1 else period.days
    if starts == list(range(0, period.days, step)):
        bucket = bucket // step  # compiles in a fraction of the time of a case for each bucket
    else:
        bucket = bucket.bucket(starts, close_extreme=False, include_over=True)
    counted = rows.group_by(bucket=bucket.cast("int32")).agg(
        **{part: PARTS[part](rows, ibis.literal(True)) for part in parts}
    )
    return counted.to_pandas().set_index("bucket").astype("float64").sort_index()


def _rows_of(orders: ir.Table | pd.DataFrame, filters: Filters, periods: dict[str, Period]) -> ir.Table:
    rows = as_orders(orders)
    needed = [in_period(rows, period) for period in periods.values()]
    return filters.within(rows).filter(ibis.or_(*needed))


def _conditional(rows: ir.Table, periods: dict[str, Period], parts: tuple[str, ...]) -> dict[str, ir.Scalar]:
    return {
        _name(name, part): PARTS[part](rows, in_period(rows, period))
        for name, period in periods.items()
        for part in parts
    }


def _unpacked(flat: pd.Series, period: str, parts: tuple[str, ...]) -> dict[str, float]:
    return {part: flat[_name(period, part)] for part in parts}


def _name(period: str, part: str) -> str:
    return f"{period}__{part}"
