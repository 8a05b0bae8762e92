"""What the engine counts: parts of metrics by day, by period and by member. Everything else is small frames."""

import math
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.filters import Filters, in_period
from analytics.metrics import ADDITIVE, DERIVED, DISTINCT
from analytics.orders import as_orders
from analytics.periods import Period
from analytics.shop import Shop

MOST_CELLS = 50_000
"""Combinations of members up to which one answer for all breakdowns is faster than one for each."""


def daily_activity(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop | None = None) -> pd.DataFrame:
    """What the shop did on each day of its history, for the members in the filters.

    All days are counted, whatever the period of the filters, so that one answer serves every period,
    comparison and moving average.

    Returns
    -------
    One row per calendar day of the shop (of the rows where no shop is given), days without orders as zeros; indexed by
    ``date`` (midnight timestamps), one column per part of ``metrics.ADDITIVE`` and ``DERIVED``. Empty without rows.
    """
    rows = filters.within(as_orders(orders))
    counted = collected(rows.group_by("date").agg(**_sums(rows)))
    counted = _completed(counted.set_index(pd.DatetimeIndex(counted.pop("date"), name="date"))).sort_index()
    if counted.empty:
        return counted
    ends = (shop.first_day, shop.last_day) if shop else (counted.index[0], counted.index[-1])
    days = pd.date_range(*ends, name="date")
    return counted.reindex(days, fill_value=0.0)


def parts_by_period(daily: pd.DataFrame, periods: dict[str, Period], distinct: pd.DataFrame) -> pd.DataFrame:
    """All parts of metrics in several periods, which may overlap: sums of days, and distinct customers counted before.

    Parameters
    ----------
    daily : ``daily_activity``.
    distinct : one row per period, one column per distinct part.

    Returns
    -------
    One row per period, in the order given; one column per part.
    """
    sums = pd.DataFrame({name: daily.loc[str(p.start) : str(p.end)].sum() for name, p in periods.items()}).T
    return sums.join(distinct).astype("float64")


def distinct_by_period(
    orders: ir.Table | pd.DataFrame, filters: Filters, periods: dict[str, Period], keys: int = 0
) -> pd.DataFrame:
    """Distinct customers in several periods in one pass over the rows; ``keys`` as in ``different_customers``.

    Returns
    -------
    One row per period, one column per part of ``metrics.DISTINCT``.
    """
    rows = _rows_of(orders, filters, periods)
    inside = {name: in_period(rows, period) for name, period in periods.items()}
    asked = {
        f"{name}__{part}": DISTINCT[part](rows, where, keys) for name, where in inside.items() for part in DISTINCT
    }
    flat = collected(rows.agg(**asked)).iloc[0]
    return pd.DataFrame({name: {part: flat[f"{name}__{part}"] for part in DISTINCT} for name in periods}).T


def parts_by_member(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    dimensions: tuple[str, ...],
    periods: dict[str, Period],
    distinct: tuple[str, ...] = (),
    keys: int = 0,
) -> pd.DataFrame:
    """The parts by member of one or more dimensions in several periods: what adds up, and the ``distinct`` ones asked.

    Returns
    -------
    One row per member (or combination) with rows in any of the periods; columns are a two-level index
    (period, part). Indexed by the dimensions.
    """
    rows = _rows_of(orders, filters, periods)
    named = {d: rows[d].cast("string") for d in dimensions}
    inside = {name: in_period(rows, period) for name, period in periods.items()}
    # Rows are told apart by the periods they lie in (these may overlap): a third of the sums, and of their compilation.
    counted = collected(rows.group_by(**named, **{f"in_{n}": where for n, where in inside.items()}).agg(**_sums(rows)))
    frames = {
        n: _completed(counted[counted[f"in_{n}"]].groupby(list(dimensions))[list(ADDITIVE)].sum()) for n in periods
    }
    if distinct:
        asked = {f"{n}__{part}": DISTINCT[part](rows, where, keys) for n, where in inside.items() for part in distinct}
        people = collected(rows.group_by(**named).agg(**asked)).set_index(list(dimensions))
        for n in periods:
            frames[n] = frames[n].join(people[[f"{n}__{p}" for p in distinct]].set_axis(list(distinct), axis="columns"))
    return pd.concat(frames, axis="columns", names=["period", "part"]).fillna(0.0).sort_index()


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
    return parts_by_member(orders, filters, tuple(shop.members), covered_periods(filters, shop))


def covered_periods(filters: Filters, shop: Shop) -> dict[str, Period]:
    """The filters' own period as ``value``, and those compared with that lie wholly in the data.

    A period whose last day is only partly in the data is compared with nothing.
    """
    if filters.period.end > shop.today:
        return {"value": filters.period}
    return {"value": filters.period} | {n: p for n, p in filters.comparisons().items() if shop.days.contains(p)}


def parts_by_bucket(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    period: Period,
    edges: list[date],
    parts: tuple[str, ...],
    keys: int = 0,
) -> pd.DataFrame:
    """Distinct parts in consecutive buckets of days; each bucket begins on an edge.

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
    every = ibis.literal(True)
    counted = rows.group_by(bucket=bucket.cast("int32")).agg(
        **{part: DISTINCT[part](rows, every, keys) for part in parts}
    )
    return collected(counted).set_index("bucket").astype("float64").sort_index()


def _rows_of(orders: ir.Table | pd.DataFrame, filters: Filters, periods: dict[str, Period]) -> ir.Table:
    rows = as_orders(orders)
    needed = [in_period(rows, period) for period in periods.values()]
    return filters.within(rows).filter(ibis.or_(*needed))


def _sums(rows: ir.Table) -> dict[str, ir.Scalar]:
    return {name: part(rows) for name, part in ADDITIVE.items()}


def _completed(sums: pd.DataFrame) -> pd.DataFrame:
    """Sums over nothing are zero; what follows from other parts is added."""
    whole = sums.astype("float64").fillna(0.0)
    return whole.assign(**{name: derived(whole) for name, derived in DERIVED.items()})
