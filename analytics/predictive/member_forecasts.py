"""Forecasts of members, as of regions, that add up to the forecast of all: each day's total is shared out.

Three ways to share are tried from the same days in the past: by the last eight weeks, by the same weekdays of these, or
by what a regression of each member expects. The best of them is used, so that what is shared out is always exactly what
is expected of all. Going down from the total loses nothing here, because one asks for the same total by every dimension
(Athanasopoulos et al. 2009: top-down by forecast proportions).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.predictive.history import History
from analytics.predictive.model import Tell
from analytics.predictive.regression import regression_forecast

MOST_MEMBERS = 6
OTHERS = "All others"
SHARE_DAYS = 56
WAYS = ("their share of the last eight weeks", "their share of the same weekdays", "a regression of each")


@dataclass(frozen=True, eq=False)
class MemberForecasts:
    """``expected`` has a row per day ahead and a column per member; each row adds up to the total's.

    ``way`` is how the total is shared out, ``errors`` and ``levels`` those of the trial by it: origin, day, member;
    ``wapes`` the error of members' days by each way.
    """

    members: tuple[str, ...]
    expected: np.ndarray
    way: str
    errors: np.ndarray
    levels: np.ndarray
    wapes: dict[str, float]


def member_forecasts(
    parts: pd.DataFrame,
    total: History,
    calendar: pd.DataFrame,
    expected: np.ndarray,
    tried: np.ndarray,
    known: list[int],
    tell: Tell,
) -> MemberForecasts:
    """Share the forecast of all out to members.

    Parameters
    ----------
    parts : a row per day of the ``total``, a column per member; rows add up to the total's values.
    expected : the forecast of all, by day ahead.
    tried : what was expected of all in the trial: origin, day ahead.
    known : how many days were known at each origin.
    """
    values, horizon = parts.to_numpy(dtype="float64"), len(expected)
    levels = {way: [] for way in WAYS}
    for n, of_all in zip(known, tried, strict=True):
        tell(n / len(values), "sharing the forecasts out")
        for way in WAYS:
            levels[way].append(_shared(way, values[:n], total.up_to(n), calendar, of_all))
    actual = np.array([values[n : n + horizon] for n in known])
    size = np.abs(actual).sum()
    wapes = {w: float(np.abs(actual - np.array(of)).sum() / size) if size else np.nan for w, of in levels.items()}
    way = min(WAYS, key=lambda w: (np.nan_to_num(wapes[w], nan=np.inf), WAYS.index(w)))
    own = _shared(way, values, total, calendar, expected)
    return MemberForecasts(tuple(parts.columns), own, way, actual - levels[way], np.array(levels[way]), wapes)


def gathered(parts: pd.DataFrame) -> pd.DataFrame:
    """The largest members of the last year, the rest as one."""
    recent = parts.iloc[-365:].sum().sort_values(ascending=False, kind="stable")
    if len(recent) <= MOST_MEMBERS:
        return parts[recent.index]
    named = list(recent.index[: MOST_MEMBERS - 1])
    return parts[named].assign(**{OTHERS: parts.drop(columns=named).sum(axis=1)})


def _shared(way: str, values: np.ndarray, total: History, calendar: pd.DataFrame, expected: np.ndarray) -> np.ndarray:
    horizon, recent = len(expected), np.maximum(values[-SHARE_DAYS:], 0.0)
    plain = np.tile(_shares(recent.sum(axis=0)), (horizon, 1))
    if way == WAYS[1]:
        weekday, ahead = total.days[-SHARE_DAYS:].dayofweek, total.next_days(horizon).dayofweek
        by_weekday = np.array([_shares(recent[weekday == n].sum(axis=0) + recent.sum(axis=0) / 7) for n in range(7)])
        plain = by_weekday[ahead]
    if way == WAYS[2]:
        of_each = [
            regression_forecast(History(total.key, total.days, own, total.closed).calmed(), calendar, horizon)
            for own in values.T
        ]
        sums = np.array(of_each).T
        enough = sums.sum(axis=1) > 0
        plain[enough] = sums[enough] / sums[enough].sum(axis=1, keepdims=True)
    shared = expected[:, None] * plain
    shared[:, 0] += expected - shared.sum(axis=1)  # what rounding leaves, so that rows add up to the last bit or so
    return shared


def _shares(sums: np.ndarray) -> np.ndarray:
    return sums / sums.sum() if sums.sum() > 0 else np.full(len(sums), 1 / len(sums))
