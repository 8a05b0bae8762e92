"""Kaplan–Meier curves and the log-rank test from small tables: how many ended after so many days."""

from dataclasses import dataclass

import numpy as np

from analytics.chance import NORMAL_95


@dataclass(frozen=True)
class LifeTable:
    """What is needed of any number of gaps: one entry per day from 1 on.

    ``at_risk`` is how many are known to have lasted so long and to belong here by then, ``ended`` how many of these
    ended on the day.
    """

    at_risk: np.ndarray
    ended: np.ndarray

    @property
    def days(self) -> np.ndarray:
        """The days, from 1 on."""
        return np.arange(1, len(self.at_risk) + 1)


def life_table(
    days: np.ndarray, ended: np.ndarray, entry: np.ndarray, number: np.ndarray | None = None, length: int | None = None
) -> LifeTable:
    """The life table of gaps that enter it after ``entry`` days and leave it after ``days``, by ending or unseen.

    Parameters
    ----------
    days, ended, entry : one entry per gap, or per kind of gap of which there are ``number``. A gap that lasts no longer
        than its entry is never seen to be at risk.
    length : days of the table, by default the longest gap.

    >>> table = life_table(np.array([1, 2, 2]), np.array([True, True, False]), np.zeros(3))
    >>> table.at_risk.tolist(), table.ended.tolist()
    ([3.0, 2.0], [1.0, 1.0])
    """
    days, entry = np.asarray(days, dtype="int64"), np.asarray(entry, dtype="int64")
    number = (np.ones(len(days)) if number is None else np.asarray(number)) * (days > entry)
    length = length or int(days.max(initial=1))
    left = np.bincount(days, number, length + 2)[: length + 2]
    came = np.bincount(np.minimum(entry, length + 1), number, length + 2)
    there = np.cumsum(came) - np.cumsum(left)
    return LifeTable(there[:length], np.bincount(days, number * ended, length + 2)[1 : length + 1])


def kaplan_meier(table: LifeTable, factor: float | np.ndarray = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The share that has lasted longer than each day, and the ends of its 95 % band.

    Parameters
    ----------
    factor : how many times Greenwood's variance the shares show, where gaps of one customer belong together.

    Returns
    -------
    Shares (0–1), lower and upper ends: one entry per day. Shares are of those who lasted until the first was at risk,
    and missing from the day on which nobody is any more; where none has ended yet, or all have, there is no band.

    Source: Kaplan & Meier 1958; Greenwood 1926 on the log-log scale (Kalbfleisch & Prentice 2002), which keeps the band
    between 0 and 1.
    """
    begun = np.logical_or.accumulate(table.at_risk > 0)
    at_risk = np.where(begun & (table.at_risk <= 0), np.nan, np.maximum(table.at_risk, 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):  # the last at risk may all end
        share = np.cumprod(1 - table.ended / at_risk)
        greenwood = np.cumsum(table.ended / (at_risk * (at_risk - table.ended)))
        error = np.sqrt(factor * greenwood) / np.abs(np.log(share))
        low, high = share ** np.exp(NORMAL_95 * error), share ** np.exp(-NORMAL_95 * error)
    inside = (share > 0) & (share < 1)
    return share, np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def log_rank(tables: list[LifeTable]) -> tuple[float, int, np.ndarray]:
    """How unlike several groups end, were they all alike but for chance.

    Returns
    -------
    The χ² statistic, its degrees of freedom, and per group how many more ended than expected.

    Source: Mantel 1966; Peto & Peto 1972.
    """
    at_risk, ended = (np.array([getattr(t, name) for t in tables]) for name in ("at_risk", "ended"))
    risk, ends = at_risk.sum(axis=0), ended.sum(axis=0)
    told = (risk > 1) & (ends > 0)
    at_risk, ended, risk, ends = at_risk[:, told], ended[:, told], risk[told], ends[told]
    share = at_risk / risk
    surplus = (ended - share * ends).sum(axis=1)
    weight = ends * (risk - ends) / (risk - 1)
    variance = np.diag((share * weight).sum(axis=1)) - (share * weight) @ share.T
    return float(surplus @ np.linalg.pinv(variance) @ surplus), len(tables) - 1, surplus


def clustered_factor(
    table: LifeTable, days: np.ndarray, ended: np.ndarray, entry: np.ndarray, customer: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """How many times the variance of independent gaps a curve shows on some days, its customers being independent.

    Each gap pulls the cumulative hazard up where it ends and down while it lasts. Pulls of one customer are added up
    before they are squared.

    Parameters
    ----------
    table : the life table of these gaps.
    at : days on which to look.

    Source: cluster-robust variance of the Nelson–Aalen estimator (Ying & Wei 1994).
    """
    if not len(days):
        return np.ones(len(at))
    risk = np.where(table.at_risk > 0, table.at_risk, np.inf)
    pulled = np.concatenate([[0.0], np.cumsum(table.ended / risk**2)])
    who = np.unique(customer, return_inverse=True)[1]
    last = np.minimum(days, len(risk))
    factors = np.ones(len(at))
    for place, day in enumerate(at):
        seen = days > entry
        pull = np.where(seen & ended & (days <= day), 1 / risk[last - 1], 0.0)
        pull -= np.where(seen, np.maximum(pulled[np.minimum(last, day)] - pulled[np.minimum(entry, day)], 0.0), 0.0)
        alone = np.sum(pull**2)
        factors[place] = np.sum(np.bincount(who, pull) ** 2) / alone if alone > 0 else 1.0
    return factors
