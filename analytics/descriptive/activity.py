"""What the engine counts: parts of metrics by day, by period and by bucket of days. Everything else is small frames."""

from collections.abc import Hashable
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.filters import Filters, in_period
from analytics.metrics import ADDITIVE, DERIVED, DISTINCT
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop
from analytics.summed import Sums, added_up, summed

Parts = dict[str, dict[str, float]]
"""By period: every part of the metrics."""


def daily_activity(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop | None = None, sums: Sums = ()
) -> pd.DataFrame:
    """What the shop did on each day of its history, for the members in the filters.

    All days are counted, whatever the period of the filters, so that one answer serves every period,
    comparison and moving average.

    Parameters
    ----------
    sums : of the same orders, if there are any.

    Returns
    -------
    One row per calendar day of the shop (of the rows where no shop is given), days without orders as zeros; indexed by
    ``date`` (midnight timestamps), one column per part of ``metrics.ADDITIVE`` and ``DERIVED``. Empty without rows.
    """
    counted = collected_within(_sums_by_day, summed(orders, sums, filters.members), filters, {})
    counted = counted.set_index(pd.DatetimeIndex(counted.pop("date"), name="date")).astype("float64").fillna(0.0)
    if len(counted):
        ends = (shop.first_day, shop.last_day) if shop else (counted.index.min(), counted.index.max())
        counted = counted.reindex(pd.date_range(*ends, name="date"), fill_value=0.0)
    return counted.assign(**{name: derived(counted) for name, derived in DERIVED.items()})


def days_within(daily: pd.DataFrame, period: Period) -> slice:
    """The positions of a period's days in ``daily_activity``."""
    first = daily.index.searchsorted(pd.Timestamp(period.start))
    return slice(first, daily.index.searchsorted(pd.Timestamp(period.end), side="right"))


def parts_by_period(daily: pd.DataFrame, periods: dict[str, Period], distinct: Parts) -> Parts:
    """All parts of metrics in several periods, which may overlap: sums of days, and distinct customers counted before.

    Parameters
    ----------
    daily : ``daily_activity``.
    distinct : the distinct parts of each period.
    """
    days = daily.to_numpy()
    sums = {name: days[days_within(daily, period)].sum(axis=0).tolist() for name, period in periods.items()}
    return {name: dict(zip(daily.columns, sums[name], strict=True)) | distinct[name] for name in periods}


def distinct_by_period(
    orders: ir.Table | pd.DataFrame, filters: Filters, periods: dict[str, Period], keys: int = 0
) -> Parts:
    """Distinct customers in several periods; ``keys`` as in ``different_customers``.

    Returns
    -------
    By period: the parts of ``metrics.DISTINCT``.
    """
    counted = collected_within(_distinct_customers, orders, filters, periods, keys=keys).set_index("period")
    return {name: {part: float(counted.at[name, part]) for part in DISTINCT} for name in periods}


def covered_periods(filters: Filters, shop: Shop) -> dict[str, Period]:
    """The filters' own period as ``value``, and those compared with that lie wholly in the data.

    A period whose last day is only partly in the data is compared with nothing.
    """
    return {"value": filters.period} | filters.comparisons_in(shop.days, shop.today)


def parts_by_bucket(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    period: Period,
    edges: list[date],
    parts: tuple[str, ...],
    keys: int = 0,
) -> dict[str, np.ndarray]:
    """Distinct parts in consecutive buckets of days; each bucket begins on an edge, the first with the period.

    Returns
    -------
    By part: one number per bucket.
    """
    counted = _counted_by_bucket(orders, filters, period, edges, parts=parts, keys=keys)
    found = {part: np.zeros(len(edges)) for part in parts}
    for part in parts:
        found[part][counted["bucket"].to_numpy(dtype=np.intp)] = counted[part]
    return found


def parts_by_member_and_bucket(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    period: Period,
    edges: list[date],
    parts: tuple[str, ...],
    dimension: str,
    members: pd.Index,
    keys: int = 0,
) -> dict[str, np.ndarray]:
    """The same for each of some members of a dimension.

    Returns
    -------
    By part: a row per member, a column per bucket.
    """
    counted = _counted_by_bucket(orders, filters, period, edges, parts=parts, keys=keys, dimension=dimension)
    row = members.get_indexer(counted["member"])
    known = row >= 0
    place = row[known], counted["bucket"].to_numpy(dtype=np.intp)[known]
    found = {part: np.zeros((len(members), len(edges))) for part in parts}
    for part in parts:
        found[part][place] = counted[part].to_numpy()[known]
    return found


def _counted_by_bucket(
    orders: ir.Table | pd.DataFrame, filters: Filters, period: Period, edges: list[date], **asked: Hashable
) -> pd.DataFrame:
    starts = tuple((edge - period.start).days for edge in edges)
    step = starts[1] if len(starts) > 1 else period.days
    even = starts == tuple(range(0, period.days, step))  # one template for all periods, without a case for each bucket
    asked |= {"step": step} if even else {"starts": starts}
    return collected_within(_distinct_by_bucket, orders, filters, {"value": period}, **asked)


def inside(rows: ir.Table, periods: dict[str, Period]) -> dict[str, ir.BooleanValue]:
    """Per period whether a row's day lies in it."""
    return {name: in_period(rows, period) for name, period in periods.items()}


def sums_of(rows: ir.Table) -> dict[str, ir.Scalar]:
    """All parts that add up."""
    return {part: added_up(rows, part) for part in ADDITIVE}


def _sums_by_day(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    return rows.group_by("date").agg(**sums_of(rows))


def _distinct_customers(rows: ir.Table, periods: dict[str, Period], keys: int) -> ir.Table:
    """Period by period: a third less work than telling the periods apart in each aggregate of one pass."""
    every, counted = ibis.literal(True), []
    for name, where in inside(rows, periods).items():
        of_period = rows.filter(where)
        parts = {part: DISTINCT[part](of_period, every, keys) for part in DISTINCT}
        counted.append(of_period.agg(**parts).mutate(period=ibis.literal(name)))
    return ibis.union(*counted)


def _distinct_by_bucket(
    rows: ir.Table,
    periods: dict[str, Period],
    parts: tuple[str, ...],
    keys: int,
    step: int = 0,
    starts: tuple[int, ...] = (),
    dimension: str = "",
) -> ir.Table:
    """Buckets of so many days each, or those that begin so many days after the first; by member where asked."""
    day = rows.date.delta(ibis.date(periods["value"].start.isoformat()), unit="day")
    bucket = day // step if step else day.bucket(starts, close_extreme=False, include_over=True)
    every = ibis.literal(True)
    counted = {part: DISTINCT[part](rows, every, keys) for part in parts}
    members = {"member": rows[dimension].cast("string")} if dimension else {}
    return rows.group_by(bucket=bucket.cast("int32"), **members).agg(**counted)
