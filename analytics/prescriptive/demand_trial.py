"""A forecast of counts by a few quick methods, tried from many days in the past: what stock and staff are planned by.

The page of the forecast tries nine methods from eight days. Planning asks less of the method and more of the errors:
how far a sum of days may lie above what is expected decides how much is kept for it, and a tail is not learnt from
eight errors. So four methods that take milliseconds are tried from up to 20 days.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.candidates import NAIVE, expected
from analytics.predictive.history import History

QUICK = (NAIVE, "Mean of eight weeks", "Regression on calendar and events", "Theta")
"""Of the methods that the forecast is chosen from, those that take milliseconds."""
MOST_ORIGINS = 20
FEWEST_ORIGINS = 6
GAP_DAYS = 14
FEWEST_ORDERS = 30
DAYS_BEFORE = 56
"""Known before the first of the days forecast from."""


@dataclass(frozen=True, eq=False)
class Trial:
    """The best of the quick methods: what it expects, by day ahead, and what it expected in the past and what came.

    ``tried`` and ``actual`` have a row per origin and a column per day ahead; ``known`` how many days were known at
    each origin. ``wape`` is the error of sums over all days ahead (Σ|error| ÷ Σ actual), ``naive_wape`` that of the
    last week again; missing where nothing came.
    """

    method: str
    expected: np.ndarray
    tried: np.ndarray
    actual: np.ndarray
    known: tuple[int, ...]
    wape: float
    naive_wape: float

    @property
    def independent(self) -> float:
        """Spans of as many days as are ahead that fit side by side into what was tried."""
        horizon = self.actual.shape[1]
        return (self.known[-1] - self.known[0]) / horizon + 1


def trial(history: History, calendar: pd.DataFrame, horizon: int, or_else: str = "") -> Trial:
    """Forecast so many days ahead by the quick method whose sums over them were least wrong in the past.

    Parameters
    ----------
    calendar : ``known_events``.
    or_else : what helps beside a longer history, as a part of a sentence.

    Raises
    ------
    NotEnoughData : the history is too short to be tried on.
    """
    known = origins(len(history.values), horizon, or_else)
    actual = np.array([history.values[n : n + horizon] for n in known])
    tried = {m: np.array([expected(m, history.up_to(n), calendar, horizon) for n in known]) for m in QUICK}
    off = {m: np.abs((actual - rows).sum(axis=1)).sum() for m, rows in tried.items()}
    method = min(QUICK, key=lambda m: (np.nan_to_num(off[m], nan=np.inf), QUICK.index(m)))
    size = actual.sum()
    wapes = [float(off[m] / size) if size > 0 else float("nan") for m in (method, NAIVE)]
    ahead = expected(method, history, calendar, horizon)
    return Trial(method, np.maximum(ahead, 0.0), np.maximum(tried[method], 0.0), actual, tuple(known), *wapes)


def need_orders(daily: pd.DataFrame, filters: Filters) -> None:
    """Say which filter to take away, or what is lacking, where hardly anything was ordered.

    Parameters
    ----------
    daily : ``daily_activity`` of the filters.

    Raises
    ------
    NotEnoughData : fewer than 30 orders.
    """
    orders, kept = float(daily["orders"].sum()) if len(daily) else 0.0, filters.kept()
    helps = ": take one of these filters away." if kept else ": a longer history would tell."
    if not orders:
        raise NotEnoughData(f"There are no orders{f' of {kept}{helps}' if kept else ' yet.'}")
    if orders < FEWEST_ORDERS:
        said = f"{orders:,.0f} order{' is' if orders == 1 else 's are'}"
        raise NotEnoughData(f"{said} in view, and a plan rests on at least {FEWEST_ORDERS}{helps}")


def origins(days: int, horizon: int, or_else: str = "") -> list[int]:
    """How many days are known at each origin, the last of which ends with the history.

    Raises
    ------
    NotEnoughData : fewer than six origins fit into it.
    """
    last = days - horizon
    room = last - DAYS_BEFORE
    if room < FEWEST_ORIGINS - 1:
        raise NotEnoughData(
            f"{max(days, 0)} days of orders are too few to try a plan of {horizon} days ahead on the past: at least "
            f"{DAYS_BEFORE + horizon + FEWEST_ORIGINS - 1} are needed. Import a longer history"
            f"{f' or {or_else}' if or_else else ''}."
        )
    step = min(GAP_DAYS, max(1, room // (MOST_ORIGINS - 1)))
    number = min(MOST_ORIGINS, room // step + 1)
    return [last - step * n for n in range(number - 1, -1, -1)]
