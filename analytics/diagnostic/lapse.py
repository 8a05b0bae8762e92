"""The lapse point of this shop: how long a silence must last before a return becomes unlikely."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.diagnostic.gaps import Gaps, gap_counts
from analytics.diagnostic.kaplan_meier import LifeTable, kaplan_meier, life_table
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.shop import Shop

YEAR = 365
UNLIKELY = (0.5, 0.25, 0.1)
"""Chances to come back below which a return may be called unlikely; the visitor chooses."""
SHORTEST = 28
"""Days of looking ahead below which nothing useful is told."""
FEWEST_AT_RISK = 30
"""Gaps still looked at when the look ahead ends, below which the chance is not told."""
HOLDS = 30
"""Days for which the chance has to stay below, so that the scatter of a thin tail decides nothing."""
DRAWS = 200
"""Bootstrap samples of customers."""


@dataclass(frozen=True)
class LapsePoint:
    """After how many days of silence the chance to come back falls below ``unlikely``.

    ``chances`` has one row per day of silence: ``days``, ``chance`` of a return within the next ``ahead`` days with
    ``chance_low`` and ``chance_high`` (95 %). ``days`` is the first day from which the chance stays below; None where
    there is none, ``low`` and ``high`` its 95 % range (None where that has no end). ``setting`` is the silence after
    which the shop calls a customer churned, and ``chance_at_setting`` the chance then (missing where it is not told).
    """

    unlikely: float
    ahead: int
    chances: pd.DataFrame
    days: int | None
    low: int | None
    high: int | None
    setting: int
    chance_at_setting: float
    sentence: str

    @property
    def explained(self) -> str:
        """How the figures come about."""
        return (
            f"Of the gaps after all orders that last t days, the share that end within the next {self.ahead}: "
            f"1 − S(t + {self.ahead}) ÷ S(t), S being the Kaplan–Meier share that lasts longer. Told where at least "
            f"{FEWEST_AT_RISK} gaps are still looked at at the end. Ranges: 95 %, {DRAWS} bootstrap samples of "
            "customers with all their gaps."
        )


def lapse_point(
    orders: ir.Table | pd.DataFrame, gaps: Gaps, filters: Filters, shop: Shop, unlikely: float = 0.25
) -> LapsePoint:
    """The days of silence after which the chance to come back within the next year stays below a share.

    Where the history is too short for a year's look ahead it is half as long as the history.

    Parameters
    ----------
    gaps : ``order_gaps`` of the same filters.
    unlikely : the share (0–1).

    Raises
    ------
    ValueError : the share is not between 0 and 1.
    NotEnoughData : the history is too short, or too few gaps are followed.
    """
    if not 0 < unlikely < 1:
        raise ValueError(f"unlikely: expected a share between 0 and 1, got {unlikely!r}")
    counted = gap_counts(orders, filters, shop, gaps, "any", None)
    days, ended, number = (counted[c].to_numpy() for c in ("days", "returned", "gaps"))
    longest = int(days.max(initial=0))
    ahead = YEAR if longest >= 1.25 * YEAR else longest // 2
    if ahead < SHORTEST:
        raise NotEnoughData(
            f"Customers' silences can be followed for {longest} days only: to tell after which one a return becomes "
            f"unlikely, at least {2 * SHORTEST} are needed. Choose a later period or import a longer history."
        )
    table = life_table(days, ended.astype(bool), np.zeros(len(days)), number.astype("float64"), longest)
    told = int(np.sum(table.at_risk[ahead:] >= FEWEST_AT_RISK))
    if told < 2:
        raise NotEnoughData(
            f"Fewer than {FEWEST_AT_RISK} silences can be followed for {ahead} days: choose a later period, take a "
            "filter away or import a longer history."
        )
    chance = _chances(table, ahead, told)
    drawn = _drawn(gaps, longest, ahead, told)
    low, high = _around(chance, drawn, gaps.every)
    frame = pd.DataFrame({"days": np.arange(told), "chance": chance, "chance_low": low, "chance_high": high})
    at, first, last = _crossing_with_range(chance, drawn, unlikely, gaps.every)
    setting = shop.churn_days
    now = float(chance[setting]) if setting < told else float("nan")
    point = (unlikely, ahead, frame, at, first, last, setting, now)
    return LapsePoint(*point, _sentence(*point))


def _chances(table: LifeTable, ahead: int, told: int) -> np.ndarray:
    """By days of silence from 0 on: the share of the gaps that last so long which end within the next days."""
    away = np.concatenate([[1.0], kaplan_meier(table)[0]])
    with np.errstate(divide="ignore", invalid="ignore"):  # everybody may be back
        return 1 - away[ahead : ahead + told] / away[:told]


def _drawn(gaps: Gaps, longest: int, ahead: int, told: int) -> np.ndarray:
    """The same of bootstrap samples of customers: each counts as often as it is drawn (Poisson, mean 1)."""
    rng = np.random.default_rng(0)  # the same data give the same range
    customers, entry = int(gaps.customer.max()) + 1, np.zeros(len(gaps.days))
    drawn = np.empty((DRAWS, told))
    for place in range(DRAWS):
        often = rng.poisson(1.0, customers)[gaps.customer]
        drawn[place] = _chances(life_table(gaps.days, gaps.returned, entry, often, longest), ahead, told)
    return drawn


def _around(chance: np.ndarray, drawn: np.ndarray, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Of a sample of customers the spread is wider than that of all by the root of how many times fewer they are."""
    with np.errstate(invalid="ignore"):
        spread = (np.nanquantile(drawn, [0.025, 0.975], axis=0) - np.nanmedian(drawn, axis=0)) / np.sqrt(every)
    return np.clip(chance + spread[0], 0, 1), np.clip(chance + spread[1], 0, 1)


def _crossing(chance: np.ndarray, unlikely: float) -> float:
    """The first day from which the chance stays below for a while; infinite where there is none."""
    below = np.concatenate([chance < unlikely, np.ones(HOLDS, dtype=bool)])
    holds = np.lib.stride_tricks.sliding_window_view(below, HOLDS + 1).all(axis=1)
    return float(np.argmax(holds)) if holds.any() else np.inf


def _crossing_with_range(
    chance: np.ndarray, drawn: np.ndarray, unlikely: float, every: int
) -> tuple[int | None, int | None, int | None]:
    at = _crossing(chance, unlikely)
    days = np.array([_crossing(row, unlikely) for row in drawn])
    ends = np.quantile(days, [0.025, 0.975], method="nearest")
    middle = np.median(days)
    if np.isfinite(at) and np.isfinite(middle):
        ends = at + (ends - middle) / np.sqrt(every)
    return tuple(int(round(day)) if np.isfinite(day) else None for day in (at, *ends))


def _sentence(
    unlikely: float,
    ahead: int,
    chances: pd.DataFrame,
    days: int | None,
    low: int | None,
    high: int | None,
    setting: int,
    now: float,
) -> str:
    soon = "the next year" if ahead == YEAR else f"the next {ahead} days"
    share = formats.percent(unlikely, 0)
    if days is None:
        last = chances.iloc[-1]
        said = (
            f"Even after {int(last['days'])} days of silence {formats.percent(last['chance'])} come back within "
            f"{soon}, not less than {share}: a longer history would tell when."
        )
    else:
        between = f" ({low} to {high} in 95 of 100 cases)" if high is not None and low is not None else ""
        between = between or (f" (at least {low})" if low is not None else "")
        said = f"After {days} days of silence{between} fewer than {share} come back within {soon}."
    if formats.is_missing(now):
        return f"{said} Set as churned: after {setting} days, of which these data cannot tell."
    return f"{said} Set as churned: after {setting} days, when {formats.percent(now)} still come back."
