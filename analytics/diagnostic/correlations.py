"""What moves together: daily metrics once weekday, season and level are taken out, and the numbers that orders carry.

Spearman's rank correlation throughout: order values are skewed, scores are ranks to begin with, and one wild day must
not speak for all. Its interval is Fisher's, with the variance of ranks (Bonett & Wright 2000). Two daily series share
their weekdays and their growth, which correlates anything with anything; so what is correlated is by how many standard
errors each day lay from its usual, and the plain correlation stands beside it.
Source: Spearman 1904; Fisher 1921; Bonett & Wright 2000; false discovery rate (Benjamini & Hochberg 1995).
"""

import math
from dataclasses import dataclass
from itertools import combinations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES, odds_among_many
from analytics.descriptive.kpis import nothing_matches
from analytics.diagnostic.rank_correlation import Correlation, rank_correlation
from analytics.diagnostic.unusual_days import UnusualDays
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop

FEWEST_PAIRS = 10
"""Of fewer pairs a correlation says nothing."""
STARS = ((0.001, "***"), (0.01, "**"), (FALSE_DISCOVERIES, "*"))
OF_ORDERS = {"delivery_days": "Delivery days", "satisfaction_score": "Score", "revenue": "Order value"}
DIGITS = 3
"""Significant digits to which order values are ranked: so many orders share each that the engine brings back few."""


@dataclass(frozen=True)
class Correlations:
    """Correlations of some columns, pair by pair.

    ``pairs`` has one row per pair: ``first``, ``second`` (names), ``n``, ``correlation`` (−1 to 1), ``low`` and
    ``high`` (its 95 % interval), ``by_chance`` (adjusted for the number of pairs), ``stars``, and ``plain``, the
    correlation of the values as they are (missing where that is the same).
    """

    names: tuple[str, ...]
    pairs: pd.DataFrame
    sentence: str


def daily_correlations(found: UnusualDays, filters: Filters) -> Correlations:
    """How the shop's daily metrics move together over the period, beyond weekday, season and level.

    Parameters
    ----------
    found : ``unusual_days``; of the shop as a whole.

    Raises
    ------
    NotEnoughData : fewer than two metrics, or too few days.
    """
    first, last = pd.Timestamp(filters.period.start), pd.Timestamp(filters.period.end)
    within = (found.days >= first) & (found.days <= last)
    own = {METRICS[s.metric].name: s for s in found.series if not s.member}
    left = {name: one.away[within].astype("float64") for name, one in own.items()}
    plain = {name: one.value[within].astype("float64") for name, one in own.items()}
    rows = []
    for a, b in combinations(own, 2):
        there = ~np.isnan(left[a]) & ~np.isnan(left[b])
        rows.append(_pair(a, b, *(column[there] for column in (left[a], left[b], plain[a], plain[b]))))
    return _correlations(tuple(own), rows, "days")


def order_correlations(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> Correlations:
    """How delivery days, score and value of the orders in view go together.

    Parameters
    ----------
    orders : rows of the shop.

    Raises
    ------
    NotEnoughData : the orders carry fewer than two of them, or too few carry both.
    """
    has = [c for c in OF_ORDERS if c == "revenue" or c in shop.has]
    if len(has) < 2:
        raise NotEnoughData(
            "This shop's orders carry neither scores nor delivery days: import a file that has them and map the "
            "columns."
        )
    counted = collected_within(_by_numbers, orders, filters, {"value": filters.period}, columns=tuple(has))
    if counted.empty:
        raise NotEnoughData(nothing_matches(filters))
    values = {c: counted[c].to_numpy(dtype="float64", na_value=np.nan) for c in has}
    weight = counted["orders"].to_numpy(dtype="float64")
    rows = []
    for a, b in combinations(has, 2):
        there = ~np.isnan(values[a]) & ~np.isnan(values[b])
        rows.append((OF_ORDERS[a], OF_ORDERS[b], _ranked(values[a][there], values[b][there], weight[there]), np.nan))
    return _correlations(tuple(OF_ORDERS[c] for c in has), rows, "orders")


def _by_numbers(rows: ir.Table, periods: dict[str, Period], columns: tuple[str, ...]) -> ir.Table:
    """How many orders there are of each combination of the numbers, values to some significant digits."""
    placed = rows.filter(rows.revenue >= 0)
    step = ibis.literal(10.0) ** (placed.revenue.nullif(0).log10().floor() - (DIGITS - 1))
    told = {"revenue": ((placed.revenue / step).round() * step).fill_null(0.0)}
    return placed.group_by(**{c: told.get(c, placed[c]) for c in columns}).agg(orders=placed.count())


def _pair(a: str, b: str, left_a: np.ndarray, left_b: np.ndarray, plain_a: np.ndarray, plain_b: np.ndarray) -> tuple:
    once = np.ones(len(left_a))
    return a, b, _ranked(left_a, left_b, once), _ranked(plain_a, plain_b, once).value


def _ranked(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> Correlation:
    """The rank correlation; missing of too few pairs."""
    if weight.sum() < FEWEST_PAIRS:
        return Correlation(np.nan, np.nan, np.nan, int(weight.sum()))
    return rank_correlation(a, b, weight)


def _correlations(names: tuple[str, ...], rows: list[tuple], what: str) -> Correlations:
    figures = [(a, b, r.pairs, r.value, r.low, r.high, plain) for a, b, r, plain in rows]
    columns = ["first", "second", "n", "correlation", "low", "high", "plain"]
    pairs = pd.DataFrame(figures, columns=columns).astype({"plain": "float64", "n": "int64"})
    if pairs.empty or pairs["correlation"].isna().all():
        raise NotEnoughData(
            f"Too few {what} with two numbers that vary are in view: a correlation needs {FEWEST_PAIRS} of them. "
            "Choose a longer period or fewer filters."
        )
    told = pairs["correlation"].notna().to_numpy()
    pairs["by_chance"] = np.nan
    away = [_errors(r, n) for r, n in pairs.loc[told, ["correlation", "n"]].to_numpy()]
    pairs.loc[told, "by_chance"] = odds_among_many(np.array(away))
    pairs["stars"] = [stars(odds) for odds in pairs["by_chance"]]
    pairs = pairs[["first", "second", "n", "correlation", "low", "high", "by_chance", "stars", "plain"]]
    return Correlations(names, pairs, _sentence(pairs, what))


def _errors(correlation: float, n: float) -> float:
    """How many standard errors from nothing at all, by Fisher's transformation."""
    return math.inf if abs(correlation) >= 1 else math.atanh(correlation) * math.sqrt(n - 3)


def stars(odds: float) -> str:
    """Stars for a probability that has been adjusted already.

    >>> stars(0.0004), stars(0.03), stars(0.2)
    ('***', '*', '')
    """
    return next((marks for bar, marks in STARS if odds <= bar), "")


def _sentence(pairs: pd.DataFrame, what: str) -> str:
    sure = pairs[pairs["stars"] != ""]
    most = int(pairs["n"].max())
    if sure.empty:
        return f"No two of these go together by more than chance does among {len(pairs)} pairs (up to {most:,} {what})."
    top = sure.loc[sure["correlation"].abs().idxmax()]
    way = "rise and fall together" if top["correlation"] > 0 else "go opposite ways"
    within = "" if pd.isna(top["low"]) else f"95 %: {_two(top['low'])} to {_two(top['high'])}; "
    return (
        f"{top['first']} and {top['second'].lower()} {way} most: {_two(top['correlation'])} "
        f"({within}{int(top['n']):,} {what}). {len(sure)} of {len(pairs)} "
        "pairs are beyond chance. Going together is not one causing the other."
    )


def _two(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
