"""How many orders come on each weekday of the weeks ahead, how far a day may lie from that, and at which hours."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive.history import daily_history
from analytics.prescriptive.count_spread import CountSpread, count_share, count_spread, drawn_counts
from analytics.prescriptive.demand_trial import need_orders, trial
from analytics.questions import collected_within
from analytics.shop import Shop

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKS = 4
YEAR = 365
HOUR_WEEKS = 26
OWN_HOURS_FROM = 50.0
"""Orders of a weekday that count as much as the hours of all weekdays together."""


@dataclass(frozen=True, eq=False, repr=False)
class WeekdayDemand:
    """``days`` has the orders expected of each day ahead, a row per week and a column per weekday from Monday on.

    ``closed`` says on which weekdays the shop takes none, ``hours`` has the share of a weekday's orders that come in
    each of the 24 hours (a row per weekday; None where orders have no clock times). ``pace`` is how many orders a week
    of the last year had for each of the weeks ahead (1 where there is no year yet).
    """

    days: np.ndarray
    spread: CountSpread
    closed: np.ndarray
    hours: np.ndarray | None
    method: str
    wape: float
    naive_wape: float
    first: pd.Timestamp
    pace: float = 1.0

    @property
    def expected(self) -> np.ndarray:
        """Orders of a weekday in the mean of those of its days on which the shop is not shut."""
        return self.days.sum(axis=0) / np.maximum((self.days > 0).sum(axis=0), 1)

    @property
    def shut(self) -> int:
        """Days ahead on which nothing is expected though the shop usually opens on such a weekday."""
        return int((self.days[:, ~self.closed] <= 0).sum())

    def quantile(self, share: float) -> np.ndarray:
        """Orders of each weekday that are not exceeded in so many cases."""
        return self.spread.quantile(self.expected, share)

    def below(self, orders: np.ndarray) -> np.ndarray:
        """In how many of all cases no more come than so many on each weekday (0–1), put right by what came.

        Days on which the shop is shut are no success and are left out.
        """
        counts, are_open = np.asarray(orders)[None, :], self.days > 0
        each = count_share(counts, self.days, self.spread.variance(self.days)) * are_open
        model = each.sum(axis=0) / np.maximum(are_open.sum(axis=0), 1)
        return np.where(are_open.any(axis=0), [self.spread.held(share) for share in model], 1.0)

    def drawn(self, chance: np.random.Generator, number: int) -> np.ndarray:
        """Orders of the weeks as they may come, so many times: run, day."""
        flat = self.days.ravel()
        return drawn_counts(flat, self.spread.variance(flat), chance, (number, len(flat)))

    def __repr__(self) -> str:
        parts = [self.days, self.spread.ranks] + ([] if self.hours is None else [self.hours])
        return f"orders by weekday {hashlib.sha256(b''.join(p.tobytes() for p in parts)).hexdigest()[:16]}"


def weekday_demand(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    dispersions: dict[str, float],
    calendar: pd.DataFrame,
    filters: Filters,
    shop: Shop,
) -> WeekdayDemand:
    """Orders by weekday over the next four weeks, by the quick method that was least wrong.

    Parameters
    ----------
    daily, dispersions : ``daily_activity`` and ``day_dispersions`` of the filters.
    calendar : ``known_events``.

    Raises
    ------
    NotEnoughData : no orders in view, or too short a history.
    """
    need_orders(daily, filters)
    history = daily_history(daily, shop, "orders", 1)
    best = trial(history, calendar, 7 * WEEKS)
    if not best.expected.sum() > 0:
        raise NotEnoughData("No orders are expected in the weeks ahead, so nobody is needed to handle them.")
    first = history.next_days(1)[0]
    days = np.roll(best.expected.reshape(WEEKS, 7), first.dayofweek, axis=1)
    known = [history.up_to(n).next_days(7 * WEEKS).dayofweek for n in best.known]
    is_open = ~history.closed[np.array(known)]
    told = (
        best.tried[is_open][:, None],
        best.actual[is_open][:, None],
        np.array([dispersions["orders"]]),
        best.independent,
    )
    hours = _hours(orders, filters, shop) if "order_minute" in shop.has else None
    return WeekdayDemand(
        days, count_spread(*told), history.closed, hours, best.method, best.wape, best.naive_wape, first,
        _pace(history.values, best.expected),
    )  # fmt: skip


def _pace(values: np.ndarray, expected: np.ndarray) -> float:
    """The weeks ahead may be those of a season: a year has others as well."""
    if len(values) < YEAR:
        return 1.0
    return float(values[-YEAR:].mean() / expected.mean())


def _hours(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> np.ndarray | None:
    """Shares of the hours of each weekday; a weekday of few orders has those of all, none are told of a clock that
    stands still."""
    since = max(shop.first_day, shop.today - timedelta(7 * HOUR_WEEKS - 1))
    counted = collected_within(_orders_by_hour, orders, filters, {"value": Period(since, shop.today)})
    counted = counted[counted["hour"].between(0, 23)]
    if counted.empty or counted["hour"].nunique() < 2:
        return None
    table = np.zeros((7, 24))
    weekday = pd.to_datetime(counted["date"]).dt.dayofweek.to_numpy()
    np.add.at(table, (weekday, counted["hour"].to_numpy(dtype=int)), counted["orders"].to_numpy(dtype="float64"))
    of_all = table.sum(axis=0) / table.sum()
    own = table + OWN_HOURS_FROM * of_all
    return own / own.sum(axis=1, keepdims=True)


def _orders_by_hour(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    placed = rows.filter(rows.revenue >= 0, rows.order_minute.notnull())
    return placed.group_by("date", hour=(placed.order_minute // 60).cast("int32")).agg(orders=lambda of: of.count())
