"""Days in buckets: where weeks, months and quarters begin, which are whole, and what each is held against."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.descriptive.activity import covered_periods
from analytics.filters import Filters
from analytics.metrics import Metric
from analytics.periods import GRANULARITIES, Period, bucket_end, bucket_start, by_calendar, last_year_day
from analytics.shop import Shop

MEAN_WINDOWS = (0, 7, 28)
"""Days that a moving mean may span; 0 for none. Whole weeks, so that no weekday weighs more than another."""


def need_granularity(granularity: str) -> None:
    """Refuse what is no granularity.

    Raises
    ------
    ValueError : it is none of ``GRANULARITIES``.
    """
    if granularity not in GRANULARITIES:
        raise ValueError(f"granularity: expected one of {', '.join(GRANULARITIES)}, got {granularity!r}")


def need_mean_window(mean_days: int) -> None:
    """Refuse what is no window of a moving mean.

    Raises
    ------
    ValueError : it is none of ``MEAN_WINDOWS``.
    """
    if mean_days not in MEAN_WINDOWS:
        raise ValueError(f"mean_days: expected one of {', '.join(map(str, MEAN_WINDOWS))}, got {mean_days!r}")


def bucket_edges(period: Period, granularity: str, week_start: str) -> list[date]:
    """The first day inside the period of each day, week, month or quarter that it touches."""
    edges = [period.start]
    while True:
        after = bucket_end(bucket_start(edges[-1], granularity, week_start), granularity) + timedelta(1)
        if after > period.end:
            return edges
        edges.append(after)


def complete_buckets(filters: Filters, shop: Shop, edges: list[date], granularity: str) -> list[bool]:
    """Per bucket whether all of its days lie in the period and are over."""
    whole = []
    for edge in edges:
        start = bucket_start(edge, granularity, shop.week_start)
        end = bucket_end(start, granularity)
        whole.append(start >= filters.period.start and end <= min(filters.period.end, shop.today))
    return whole


def bucket_of(days: np.ndarray, edges: list[date]) -> np.ndarray:
    """The position of the bucket that each day (``datetime64``) lies in; before the first edge it is −1."""
    return np.searchsorted(pd.DatetimeIndex(edges).to_numpy(), days, side="right") - 1


def corresponding_day(day: date, name: str, period: Period) -> date:
    """The day of a comparison (``previous`` or ``last_year``) that a day of the period is held against."""
    return last_year_day(day, period) if name == "last_year" else day - timedelta(period.days)


def told_buckets(measured: Metric, edges: list[date], shop: Shop) -> list[bool]:
    """Per bucket whether the metric can be trusted in it: one that looks back cannot as soon as the data begin."""
    return [not shop.doubt(measured, edge) for edge in edges]


def overlaid_period(filters: Filters, shop: Shop, measured: Metric) -> tuple[str | None, Period | None]:
    """The comparison drawn under a metric's line: last year where it is asked for and can be told, else the period
    before."""
    covered = covered_periods(filters, shop)
    told = [n for n in ("last_year", "previous") if n in covered and not shop.doubt(measured, covered[n].start)]
    return next(((name, covered[name]) for name in told), (None, None))


def overlay_sentence(name: str | None, filters: Filters) -> str:
    """Which days lie under which in a comparison that is drawn; empty where none is.

    Parameters
    ----------
    name : ``previous``, ``last_year`` or None.
    """
    if name is None:
        return ""
    if name == "previous":
        days = filters.period.days
        return "Dotted: the day before." if days == 1 else f"Dotted: the {days} days before, in their order."
    if by_calendar(filters.period):
        return "Dotted: last year, the same dates."
    return "Dotted: last year, the same weekdays (52 weeks earlier)."
