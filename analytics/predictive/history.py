"""The daily course of a sum, made ready to be forecast: complete days alone, from the first order on."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class History:
    """``values`` of each of the ``days``, without gaps; ``closed`` says whether the shop is, by weekday (Monday 0)."""

    key: str
    days: pd.DatetimeIndex
    values: np.ndarray
    closed: np.ndarray

    def up_to(self, number: int) -> "History":
        """The first so many days."""
        return History(self.key, self.days[:number], self.values[:number], self.closed)

    def next_days(self, horizon: int) -> pd.DatetimeIndex:
        """The days that follow."""
        return pd.date_range(self.days[-1] + pd.Timedelta(days=1), periods=horizon)


def daily_history(daily: pd.DataFrame, shop: Shop, key: str = "revenue") -> History:
    """What is known of a sum by day.

    Parameters
    ----------
    daily : ``daily_activity`` of the members to be forecast.

    Raises
    ------
    ValueError : a metric that is not forecast.
    NotEnoughData : fewer than eight weeks of complete days.
    """
    if key not in FORECAST:
        raise ValueError(f"key: expected one of {', '.join(FORECAST)}, got {key!r}")
    complete = daily.loc[: pd.Timestamp(shop.today)]
    sold = np.flatnonzero(complete["orders"].to_numpy()) if len(complete) else np.array([], dtype=int)
    complete = complete.iloc[sold[0] :] if sold.size else complete.iloc[:0]
    if len(complete) < FEWEST_DAYS:
        raise NotEnoughData(
            f"There are {len(complete)} complete days with orders up to {day_label(shop.today)}: "
            f"a forecast of {metric(key).name.lower()} rests on at least {FEWEST_DAYS}."
        )
    values = complete[metric(key).numerator].to_numpy(dtype="float64")
    return History(key, complete.index, values, _closed(complete["orders"]))


def _closed(orders: pd.Series) -> np.ndarray:
    recent = orders.iloc[-7 * RECENT_WEEKS :]
    by_weekday = recent.groupby(recent.index.dayofweek).mean().reindex(range(7), fill_value=0.0).to_numpy()
    return by_weekday < CLOSED_SHARE * by_weekday.mean()
