"""How a metric went: by day, week, month or quarter, with its comparison laid over it."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.activity import days_within, parts_by_bucket
from analytics.descriptive.buckets import (
    bucket_edges,
    bucket_of,
    complete_buckets,
    corresponding_day,
    need_granularity,
    need_mean_window,
    overlaid_period,
    told_buckets,
)
from analytics.descriptive.kpis import anything_in, nothing_matches
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DISTINCT, Metric, metric
from analytics.periods import Period, bucket_end, day_label
from analytics.shop import Shop

MEAN_DAYS = 7


@dataclass(frozen=True)
class Trend:
    """A metric over time.

    ``buckets`` has one row per day, week, month or quarter of the period, in order: ``start`` (its first day inside the
    period), ``value`` (missing where a ratio rests on nothing), ``mean`` (over the last ``mean_days``, at day
    granularity only), ``reference`` and ``reference_mean`` (the same of the comparison's corresponding days) and
    ``complete`` (False where the period cuts the bucket or its last day is not over), and ``known`` (False where a
    metric that looks back cannot be told yet, because the data begin shortly before: then there is no mean either).
    """

    metric: str
    granularity: str
    buckets: pd.DataFrame
    reference_name: str | None
    sentence: str
    mean_days: int = MEAN_DAYS
    last_day: date | None = None
    """Of the last bucket, inside the period."""

    def table(self) -> pd.DataFrame:
        """The buckets for files; which can be told only where some cannot."""
        return self.buckets.drop(columns="known") if self.buckets["known"].all() else self.buckets


def metric_trend(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    key: str = "revenue",
    granularity: str = "day",
    mean_days: int = MEAN_DAYS,
    overlay: bool = True,
) -> Trend:
    """A metric by day, week, month or quarter over the filtered period.

    Parameters
    ----------
    orders : rows of the shop; read only for metrics that count distinct customers.
    daily : ``daily_activity`` of the same filters.
    key : a metric of the registry.
    granularity : day, week, month or quarter.
    mean_days : days that the moving mean spans, one of ``MEAN_WINDOWS``.
    overlay : whether the comparison is computed too.

    Raises
    ------
    ValueError : unknown metric, granularity or window.
    NotEnoughData : no row matches the filters.
    """
    measured = metric(key)
    need_granularity(granularity)
    need_mean_window(mean_days)
    if not anything_in(filters.period, daily):
        raise NotEnoughData(nothing_matches(filters))
    by_day = granularity == "day"
    edges = bucket_edges(filters.period, granularity, shop.week_start)
    values = _values(orders, daily, filters, measured, filters.period, edges, shop.customer_keys)
    complete = complete_buckets(filters, shop, edges, granularity)
    buckets = pd.DataFrame({"start": edges, "value": values, "complete": complete})
    buckets["known"] = told_buckets(measured, edges, shop)
    buckets["mean"] = _moving_mean(daily, measured, edges, mean_days, shop) if by_day else np.nan
    name, reference = overlaid_period(filters, shop, measured) if overlay else (None, None)
    buckets["reference"] = buckets["reference_mean"] = np.nan
    if reference:
        earlier = [corresponding_day(edge, name, filters.period) for edge in edges]
        different = sorted(set(earlier))  # 29 February and the 28th share one
        of_different = _values(orders, daily, filters, measured, reference, different, shop.customer_keys)
        buckets["reference"] = of_different[np.searchsorted(different, earlier)]
        if by_day:
            buckets["reference_mean"] = _moving_mean(daily, measured, earlier, mean_days, shop)
    sentence = _sentence(measured, buckets, granularity, daily, shop)
    return Trend(key, granularity, buckets, name, sentence, mean_days, filters.period.end)


def sparkline_values(
    orders: ir.Table | pd.DataFrame, daily: pd.DataFrame, filters: Filters, shop: Shop, points: int = 30
) -> dict[str, list[float]]:
    """Every metric of the shop in at most ``points`` equal stretches of the period, for the small lines of the tiles.

    The stretches end with the period; days at its beginning that do not fill one are left out, because a short
    stretch would look like a fall.

    Returns
    -------
    Per metric key its values in time order; missing stretches are NaN, as are those in which a metric that looks back
    cannot be told yet.
    """
    length = -(-filters.period.days // points)
    left_over = filters.period.days % length
    period = Period(filters.period.start + timedelta(left_over), filters.period.end)
    edges = [period.start + timedelta(d) for d in range(0, period.days, length)]
    needed = {p for m in shop.metrics() for p in m.parts}
    parts = _added_up(daily, needed - set(DISTINCT), period, edges)
    if distinct := tuple(sorted(needed & set(DISTINCT))):
        parts |= parts_by_bucket(orders, filters, period, edges, distinct, shop.customer_keys)
    return {m.key: np.where(told_buckets(m, edges, shop), m.value(parts), np.nan).tolist() for m in shop.metrics()}


def weekday_by_month(
    daily: pd.DataFrame, filters: Filters, key: str = "revenue", months: int = 12, shop: Shop | None = None
) -> pd.DataFrame:
    """The mean day of each weekday in each of the last months up to the period's end.

    Sums and counts are per day of that weekday (a month with five Mondays is not a better month for Mondays);
    ratios are taken over all orders of those days.

    Returns
    -------
    Rows Monday to Sunday, columns month starts; missing where no such day lies in the data.

    Raises
    ------
    NotEnoughData : the metric counts distinct customers, or no day is in view.
    """
    measured = metric(key)
    if not measured.from_daily:
        raise NotEnoughData(f"{measured.name} cannot be added up over days: choose another metric for this view.")
    last_month = np.datetime64(filters.period.end, "M")
    seen = slice(
        daily.index.searchsorted((last_month - (months - 1)).astype("M8[us]")), days_within(daily, filters.period).stop
    )
    if shop and (doubt := shop.doubt(measured, (last_month - (months - 1)).astype("M8[D]").item())):
        seen = slice(max(seen.start, daily.index.searchsorted(pd.Timestamp(shop.new_from))), seen.stop)
        if seen.start >= seen.stop:
            raise NotEnoughData(f"{doubt[:-1]}: choose a period that ends later.")
    days = daily.index[seen]
    if days.empty:
        raise NotEnoughData(nothing_matches(filters))
    month_starts, column = np.unique(days.to_numpy().astype("M8[M]"), return_inverse=True)
    cell = days.day_of_week.to_numpy() * len(month_starts) + column
    number = np.bincount(cell, minlength=7 * len(month_starts)).reshape(7, -1)
    parts = {p: np.bincount(cell, daily[p].to_numpy()[seen], number.size).reshape(number.shape) for p in measured.parts}
    means = {p: sums / np.where(number > 0, number, np.nan) for p, sums in parts.items()}
    values = pd.DataFrame(
        measured.value(means),
        index=pd.Index(_WEEKDAYS, name="weekday"),
        columns=pd.DatetimeIndex(month_starts.astype("M8[us]"), name="date"),
    )
    return values[number.any(axis=1)]


def months_cut(
    daily: pd.DataFrame, filters: Filters, shop: Shop, months: int = 12, key: str = "revenue"
) -> dict[date, Period]:
    """The months of ``weekday_by_month`` of which not all days are in it, and the days that are.

    The data begin inside the first, or the metric can be told from a day inside it, the period ends inside the last, or
    that is not over yet.

    Returns
    -------
    By the first day of the month, in order.
    """
    last = filters.period.end
    first_month = (np.datetime64(last, "M") - (months - 1)).astype("M8[D]").item()
    start = max(first_month, daily.index[0].date()) if len(daily) else first_month
    start = max(start, shop.new_from) if shop.doubt(metric(key), start) else start
    cut = {}
    for month in {start.replace(day=1), last.replace(day=1)}:
        end = bucket_end(month, "month")
        if start <= last and (start > month or min(last, shop.today) < end):
            cut[month] = Period(max(start, month), min(last, end))
    return dict(sorted(cut.items()))


def weekday_sentence(measured: Metric, filters: Filters, cut: dict[date, Period], shop: Shop, months: int = 12) -> str:
    """What ``weekday_by_month`` shows, which of its months are cut, and which days are left out."""
    first_month = (np.datetime64(filters.period.end, "M") - (months - 1)).astype("M8[D]").item()
    doubt = shop.doubt(measured, first_month)
    return (
        f"{measured.name} of a mean day, by weekday and month, in the twelve months to the period's end."
        + cut_months_sentence(cut)
        + (f" {doubt[:-1]}: those days are left out." if doubt else "")
    )


def cut_months_sentence(cut: dict[date, Period]) -> str:
    """Which days of the months marked are meant, to follow another sentence; empty where none is.

    >>> cut_months_sentence({date(2026, 9, 1): Period(date(2026, 9, 1), date(2026, 9, 20))})
    ' * In part: 1 Sep – 20 Sep 2026.'
    """
    return f" * In part: {' and '.join(days.label() for days in cut.values())}." if cut else ""


def _values(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    filters: Filters,
    measured: Metric,
    period: Period,
    edges: list[date],
    keys: int,
) -> np.ndarray:
    if measured.from_daily:
        parts = _added_up(daily, measured.parts, period, edges)
    else:
        parts = parts_by_bucket(orders, filters, period, edges, measured.parts, keys)
    return measured.value(parts)


def _added_up(
    daily: pd.DataFrame, parts: set[str] | tuple[str, ...], period: Period, edges: list[date]
) -> dict[str, np.ndarray]:
    days = days_within(daily, period)
    bucket = bucket_of(daily.index[days].to_numpy(), edges)
    sums = {p: np.bincount(bucket, daily[p].to_numpy()[days], minlength=len(edges)) for p in parts}
    return {p: values.astype("float64") for p, values in sums.items()}  # of no days at all they would be integers


def _moving_mean(daily: pd.DataFrame, measured: Metric, edges: list[date], window: int, shop: Shop) -> np.ndarray:
    """Over the last so many days including days before the period, so that the line starts with the chart.

    Missing where one of these days cannot be told.
    """
    if not measured.from_daily or not window:
        return np.full(len(edges), np.nan)
    before = np.full(window - 1, np.nan)
    means = {
        p: np.lib.stride_tricks.sliding_window_view(np.concatenate([before, daily[p]]), window).mean(axis=1)
        for p in measured.parts
    }
    position = daily.index.get_indexer(pd.DatetimeIndex(edges))
    told = told_buckets(measured, [edge - timedelta(window - 1) for edge in edges], shop)
    return np.where((position >= 0) & told, measured.value(means)[position], np.nan)


def _sentence(measured: Metric, buckets: pd.DataFrame, granularity: str, daily: pd.DataFrame, shop: Shop) -> str:
    """Highest and lowest; a weekday on which the shop never sells is closed, and no low.

    What cannot be told is neither.
    """
    doubt = shop.doubt(measured, buckets["start"].iloc[0])
    doubt = f"{doubt[:-1]}: what lies before is pale." if doubt else ""
    whole = buckets[buckets["complete"] & buckets["value"].notna()]
    if granularity == "day":
        sold = np.bincount(daily.index.day_of_week, daily["orders"], minlength=7)
        whole = whole[[sold[day.weekday()] > 0 for day in whole["start"]]]
    if whole.empty:
        return f"No {granularity} of this period is complete and has orders. {doubt}".rstrip()
    if not whole["known"].any():
        return doubt
    return f"{_extremes(measured, whole[whole['known']], granularity, shop)} {doubt}".rstrip()


def _extremes(measured: Metric, whole: pd.DataFrame, granularity: str, shop: Shop) -> str:
    best, worst = whole.loc[whole["value"].idxmax()], whole.loc[whole["value"].idxmin()]
    high, low = (measured.format(row["value"], shop.currency) for row in (best, worst))
    from_day = "" if granularity == "day" else "from "
    if len(whole) == 1:
        when = "on" if granularity == "day" else f"in the {granularity} from"
        return f"{measured.name} {high} {when} {day_label(best['start'])}."
    if best["value"] == worst["value"]:
        return f"{measured.name} {high} {'on' if granularity == 'day' else 'in'} every {granularity}."
    return (
        f"Highest {granularity}: {high} ({from_day}{day_label(best['start'])}); "
        f"lowest: {low} ({from_day}{day_label(worst['start'])})."
    )


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
