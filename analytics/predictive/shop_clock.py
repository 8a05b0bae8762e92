"""Time as customers live it: a week of high season, in which the shop sells twice as much, counts as two.

Models of purchases take customers to buy at a steady rate. In a shop with seasons they do not: after a high season many
have just bought, and a steady rate takes that for eagerness. Told in the shop's own time, in which its orders come
evenly, season and trend are out of the way, and who stays silent while all others buy is seen to be silent. Where
orders grew because customers did, that time is wrong too; which is better is decided after the cut-off.

When everybody falls silent, the shop's time must not stand still with them: nobody would be seen to have left. A lull
that the year before had too is season; one beyond it slows time to half of what it was then, and no further.

Source: our own choice; a Poisson process with a common intensity is a steady one on the clock of that intensity.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.orders import as_orders

SMOOTHED_DAYS, FEWEST_SMOOTHED = 28, 7
"""Days around each that its pace is the mean of, as far as they are known: whole weeks, so weekdays do not matter."""
YEAR = 365
SLOWEST = 0.5
"""Of the pace a year ago: time goes no slower. Chance and a poor year do not halve a shop's orders, its end does."""


@dataclass(frozen=True)
class Clock:
    """``pace`` of each day from ``first_day`` on; the last year's mean pace is 1, so that a reading is in days."""

    first_day: date
    pace: np.ndarray

    def readings(self, days: pd.Series) -> np.ndarray:
        """The time at the end of each of some days."""
        number = (days - pd.Timestamp(self.first_day)).dt.days.to_numpy()
        return np.cumsum(self.pace)[np.clip(number, 0, len(self.pace) - 1)]

    @property
    def now(self) -> float:
        """The time at the end of the last day."""
        return float(self.pace.sum())

    def lately(self, days: int) -> float:
        """How much time the last days were."""
        return float(self.pace[-days:].sum())

    def ahead(self, days: int) -> float:
        """How much time the next days will be: as the same days a year ago, or at the mean pace where none is known."""
        if len(self.pace) < YEAR:
            return float(days)
        last_year = self.pace[-YEAR:][:days]
        return float(last_year.sum() + max(0, days - YEAR) * last_year.mean())


def calendar_clock(first_day: date, seen_to: date) -> Clock:
    """Every day counts the same."""
    return Clock(first_day, np.ones((seen_to - first_day).days + 1))


def shop_clock(orders_by_day: np.ndarray, first_day: date, seen_to: date) -> Clock:
    """A day counts as much as the shop sold in the four weeks around it.

    Parameters
    ----------
    orders_by_day : of each day from the first on; days after ``seen_to`` are not looked at.
    """
    known = pd.Series(orders_by_day[: (seen_to - first_day).days + 1], dtype="float64")
    smooth = known.rolling(SMOOTHED_DAYS, min_periods=min(FEWEST_SMOOTHED, len(known)), center=True)
    pace = _kept_going(smooth.mean().bfill().ffill().to_numpy())
    mean = pace[-YEAR:].mean()
    return Clock(first_day, pace / mean) if mean > 0 else calendar_clock(first_day, seen_to)


def _kept_going(pace: np.ndarray) -> np.ndarray:
    """The pace, nowhere below ``SLOWEST`` of what it was a year before; in the first year, of its mean so far."""
    told = pace.copy()
    before = np.cumsum(pace[:YEAR]) / np.arange(1, len(pace[:YEAR]) + 1)
    for start in range(0, len(told), YEAR):
        year = told[start : start + YEAR]
        np.maximum(year, SLOWEST * before[: len(year)], out=year)
        before = year
    return told


def orders_by_day(orders: ir.Table | pd.DataFrame, first_day: date, last_day: date) -> np.ndarray:
    """How many orders, guests' included, were placed on each day from the first to the last."""
    rows = as_orders(orders)
    rows = rows.filter(rows.revenue >= 0, rows.date <= ibis.date(last_day.isoformat()))
    counted = collected(rows.group_by("date").agg(orders=rows.count()))
    days = (pd.to_datetime(counted["date"]) - pd.Timestamp(first_day)).dt.days.to_numpy()
    told = np.zeros((last_day - first_day).days + 1)
    inside = (days >= 0) & (days < len(told))
    told[days[inside]] = counted["orders"].to_numpy()[inside]
    return told
