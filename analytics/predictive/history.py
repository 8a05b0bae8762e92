"""The daily course of a sum, made ready to be forecast: complete days alone, from the first order on."""

import warnings
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.metrics import metric
from analytics.periods import day_label
from analytics.shop import Shop

FORECAST = ("revenue", "orders")
FEWEST_DAYS = 56
CLOSED_SHARE = 0.02
"""Of the orders of a mean weekday, below which the shop is closed on a weekday."""
RECENT_WEEKS = 26
"""On which it is judged whether the shop opens on a weekday."""
FEWEST_ON_A_WEEKDAY = 10
"""Orders that a weekday has in these weeks in the mean, below which one may well have none by chance."""
IDLE_DAYS = 3
"""In a row without an order, from which a shop is taken to have been shut."""
IDLE_SHARE = 0.02
"""Of its open days, beyond which single days without an order are nothing special, and so are some in a row."""
FEWEST_YEARS = 2
"""On whose same dates a shop was shut, from which it is taken to be so again."""
HOLIDAY = "holiday"
BELOW_NOTHING = 0.025
"""Of days, up to which a sum below 0 lies in the lower tail of the widest band: that of 95 % may then end at 0."""
LATELY_DAYS = 56
WEEKS_AROUND = 4
"""To either side, among which a day is judged."""
FARTHEST = 8.0
"""Usual distances from the middle beyond which a day is set to that."""
SMALLEST_SCATTER = 0.15
"""Of the middle: days that are all alike are no reason to call the next one far out."""


@dataclass(frozen=True)
class History:
    """``values`` of each of the ``days``, without gaps; ``closed`` says whether the shop is, by weekday (Monday 0).

    It is learnt from ``orders`` by day; without these it is as stated.
    """

    key: str
    days: pd.DatetimeIndex
    values: np.ndarray
    closed: np.ndarray
    orders: np.ndarray | None = None

    def up_to(self, number: int) -> "History":
        """The first so many days, with nothing learnt from those after them."""
        first = replace(self, days=self.days[:number], values=self.values[:number])
        if self.orders is None:
            return first
        orders = self.orders[:number]
        return replace(first, orders=orders, closed=_closed(pd.Series(orders, first.days)))

    @property
    def below_nothing(self) -> bool:
        """Whether days below 0 are a habit, of all days or lately, and no accident such as one large refund."""
        return falls_below(self.values)

    @property
    def idle(self) -> np.ndarray:
        """Days of a run on which a busy shop sold nothing though it usually opens, as over Christmas."""
        return self._shut_runs & ~self.closed[self.days.dayofweek]

    def shut(self, days: pd.DatetimeIndex, calendar: pd.DataFrame | None = None) -> np.ndarray:
        """Whether nothing is sold on days to come: closed weekdays, and days of such a run in every year before.

        One year is an outage as well as a habit: it takes two that agree, or a holiday of the ``calendar`` to come
        again on whose days before the shop was shut, all of them.
        """
        by_date = pd.Series(self._shut_runs).groupby([self.days.month, self.days.day]).agg(["min", "size"])
        habits = by_date["min"] & (by_date["size"] >= FEWEST_YEARS)
        again = habits.reindex(pd.MultiIndex.from_arrays([days.month, days.day])).fillna(False).to_numpy(dtype=bool)
        return self.closed[days.dayofweek] | again | self._shut_holidays(days, calendar)

    def _shut_holidays(self, days: pd.DatetimeIndex, calendar: pd.DataFrame | None) -> np.ndarray:
        found = np.zeros(len(days), dtype=bool)
        if calendar is None or not self._shut_runs.any():
            return found
        for _, events in calendar[calendar["kind"] == HOLIDAY].groupby("label"):
            starts, ends = (pd.to_datetime(events[name]).to_numpy() for name in ("start_date", "end_date"))
            then, ahead = (
                ((of.to_numpy()[:, None] >= starts) & (of.to_numpy()[:, None] <= ends)).any(axis=1)
                for of in (self.days, days)
            )
            if then.any() and self._shut_runs[then].all():
                found |= ahead
        return found

    @cached_property
    def _shut_runs(self) -> np.ndarray:
        """Days of runs without a sale, closed weekdays within them included."""
        usually_open = ~self.closed[self.days.dayofweek]
        nothing = (self.values == 0) | ~usually_open
        run = np.cumsum(np.diff(nothing, prepend=False))
        long = np.bincount(run, nothing & usually_open)[run] >= IDLE_DAYS
        is_busy = (nothing & usually_open & ~long).sum() <= IDLE_SHARE * usually_open.sum()
        return nothing & long & is_busy

    def calmed(self) -> "History":
        """The same without days that lie farther out than days ever do: those are set to the farthest that they are.

        The middle and the scatter are those of the same weekday in the weeks around, the scatter at least half of that
        of all days; a day that is idle counts as the middle one. Where most days sell nothing, none lies too far out.
        What a negative day was is not known to a forecast either: it counts as nothing sold, unless such days are a
        habit.
        """
        middle, apart = _around(self.values, self.idle)
        usual = np.median(self.values[~self.closed[self.days.dayofweek]]) if len(self.values) else 0.0
        signed = self.below_nothing
        least = -np.inf if signed else 0.0
        if usual <= 0:
            if signed:
                return self
            return replace(self, values=np.maximum(self.values, 0.0))
        overall = 1.4826 * np.median(np.abs(self.values - usual)) / 2
        reach = FARTHEST * np.maximum(np.maximum(apart, overall), SMALLEST_SCATTER * np.maximum(middle, 0.0))
        bounded = np.clip(self.values, np.maximum(middle - reach, least), np.maximum(middle + reach, least))
        return replace(self, values=np.where(self.idle, middle, bounded))

    @property
    def far_out(self) -> pd.DatetimeIndex:
        """The days that ``calmed`` moves, idle ones apart."""
        return self.days[(self.calmed().values != self.values) & ~self.idle]

    def next_days(self, horizon: int) -> pd.DatetimeIndex:
        """The days that follow."""
        return pd.date_range(self.days[-1] + pd.Timedelta(days=1), periods=horizon)


def daily_history(daily: pd.DataFrame, shop: Shop, key: str = "revenue", fewest: int = FEWEST_DAYS) -> History:
    """What is known of a sum by day.

    Parameters
    ----------
    daily : ``daily_activity`` of the members to be forecast.
    fewest : complete days that are needed.

    Raises
    ------
    ValueError : a metric that is not forecast.
    NotEnoughData : fewer complete days than needed.
    """
    if key not in FORECAST:
        raise ValueError(f"key: expected one of {', '.join(FORECAST)}, got {key!r}")
    complete = daily.loc[: pd.Timestamp(shop.today)]
    sold = np.flatnonzero(complete["orders"].to_numpy()) if len(complete) else np.array([], dtype=int)
    complete = complete.iloc[sold[0] :] if sold.size else complete.iloc[:0]
    if len(complete) < fewest:
        raise NotEnoughData(
            f"There are {len(complete)} complete days with orders up to {day_label(shop.today)}: "
            f"a forecast of {metric(key).name.lower()} rests on at least {fewest}."
        )
    values = complete[metric(key).numerator].to_numpy(dtype="float64")
    orders = complete["orders"].to_numpy(dtype="float64")
    return History(key, complete.index, values, _closed(complete["orders"]), orders)


def falls_below(values: np.ndarray) -> bool:
    """Whether more days than the tail of a band lie below 0.

    >>> falls_below(np.array([5.0] * 99 + [-900.0])), falls_below(np.array([5.0] * 9 + [-1.0]))
    (False, True)
    """
    spans = (values, values[-LATELY_DAYS:])
    return len(values) > 0 and any(np.mean(of < 0) > BELOW_NOTHING for of in spans)


def _closed(orders: pd.Series) -> np.ndarray:
    recent = orders.iloc[-7 * RECENT_WEEKS :]
    by_weekday = recent.groupby(recent.index.dayofweek).sum().reindex(range(7), fill_value=0.0).to_numpy()
    return (by_weekday < CLOSED_SHARE * by_weekday.mean()) & (by_weekday.mean() >= FEWEST_ON_A_WEEKDAY)


def _around(values: np.ndarray, idle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each day, the median of the same weekday in the weeks around it, and the usual distance from it."""
    weeks = -(-len(values) // 7)
    table = np.full(7 * (weeks + 2 * WEEKS_AROUND), np.nan)
    own = slice(7 * WEEKS_AROUND, 7 * WEEKS_AROUND + len(values))
    table[own] = np.where(idle, np.nan, values)
    near = np.lib.stride_tricks.sliding_window_view(table.reshape(-1, 7), 2 * WEEKS_AROUND + 1, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of weekdays on which all weeks around are idle
        middle = np.nanmedian(near, axis=2)
        apart = 1.4826 * np.nanmedian(np.abs(near - middle[:, :, None]), axis=2)
    fallback = float(np.median(values))
    return tuple(np.nan_to_num(part.ravel()[: len(values)], nan=fallback) for part in (middle, apart))
