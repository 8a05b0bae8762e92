"""How demand answers to prices: by how many per cent orders change when a price changes by one.

A group's share of each day's orders is held against its price on that day. What moves all groups of a day alike
(season, weekday, holidays, promotions, advertising, how many customers there are) drops out of shares; each group
keeps a trend and a season of its own. Where there is one group alone, or all prices move together, nothing is left to
compare with, and orders are held against the calendar instead.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.errors import NotEnoughData
from analytics.formats import MINUS, percent
from analytics.prescriptive.price_days import PriceDays
from analytics.prescriptive.price_response import fitted_by_calendar, fitted_by_shares

PUBLISHED, PUBLISHED_SPREAD = -2.62, 1.5
"""Mean of 1,851 published elasticities of 81 studies (Bijmolt, van Heerde & Pieters 2005). The spread between things
sold is our own choice: about half of them then lie between −3.6 and −1.6, and nearly all below 0."""
TELLS = 0.5
"""What the shop's own prices must weigh against what is published, else they tell less than it does."""
MOVED = 0.002
"""Standard deviation of the logarithm of a price below which it stood still."""
TOGETHER = 0.15
"""Share of the movement of prices that must be apart from that of all, for groups to be compared with each other."""
SAME_PRICE = 0.004
FEWEST_ORDERS = 50
FEWEST_SHOWN = 10
"""Orders expected in a stretch of days with one price, for it to be shown."""
ONE_PRICE = 0.9
"""Share of lines that must have been sold at the price of their day, for it to be a price that demand answers to."""


@dataclass(frozen=True, eq=False, repr=False)
class Elasticities:
    """``table`` has one row per group listed: ``group``, ``orders``, ``price_spread`` (standard deviation of the
    price's logarithm), ``at_price`` (share of lines sold at the price of their day), ``price_changes`` (moves of 1 %
    and more), ``own`` (from this shop alone), ``own_low``,
    ``own_high`` (95 %), ``elasticity`` (drawn towards what is published), ``low``, ``high`` (95 %), ``error`` (its
    standard deviation), ``own_weight`` (0–1), ``told`` (whether the shop's own prices tell anything) and ``why`` not.

    ``spells`` has one row per group and stretch of days with one price: ``group``, ``start``, ``end``, ``price`` (share
    of today's), ``orders``, ``at_todays_price`` (orders as a share of those that the days' calendar and customers
    would have brought at the price of today), ``at_low``, ``at_high`` (95 %, by chance alone).

    ``compared`` tells whether groups were held against each other; ``dispersion`` how many times more orders scatter
    than chance alone would let them.
    """

    table: pd.DataFrame
    spells: pd.DataFrame
    compared: bool
    dispersion: float
    by: str
    sentence: str
    explained: str

    def __repr__(self) -> str:
        return f"elasticities {self.table['own'].round(9).tolist()}"

    @property
    def told(self) -> pd.DataFrame:
        """The rows of which something can be said."""
        return self.table[self.table["told"]]

    @property
    def seen(self) -> list[str]:
        """The groups of which there is something to see, those that can be told first.

        Raises
        ------
        NotEnoughData : there is none.
        """
        order = self.table.sort_values("told", ascending=False, kind="stable")["group"]
        seen = [g for g in order if g in set(self.spells["group"])]
        if not seen:
            raise NotEnoughData("No price moved that could be looked at.")
        return seen


def elasticities(prices: PriceDays, calendar: pd.DataFrame) -> Elasticities:
    """The elasticity of each group, with what this shop's prices tell weighed against what is published.

    Orders are counted, not money: what an order holds varies more from order to order than with prices. The range is
    the wider of two: one from the scatter of single days, one that lets days in a row err together.

    Parameters
    ----------
    calendar : ``known_events``; holidays and promotions stand for themselves where groups are not compared.

    Raises
    ------
    NotEnoughData : no group is in view.

    Source: Poisson pseudo maximum likelihood with fixed effects of days (Hausman, Hall & Griliches 1984; Santos Silva
    & Tenreyro 2006), errors of days in a row (Newey & West 1987), normal-normal shrinkage (Efron & Morris 1975),
    published mean (Bijmolt, van Heerde & Pieters 2005).
    """
    spread = np.array([_spread(prices, n) for n in range(len(prices.names))])
    counts = np.where(prices.offered, prices.orders, 0.0)
    fits = [n for n in range(len(prices.names)) if counts[:, n].sum() >= FEWEST_ORDERS]
    compared = len(fits) > 1 and _apart(prices)
    own = np.full(len(prices.names), np.nan)
    error, dispersion = np.full(len(prices.names), np.inf), 1.0
    expected = np.full(counts.shape, np.nan)
    if compared:
        moved = [spread[n] >= MOVED for n in fits]
        own[fits], error[fits], dispersion, expected[:, fits] = fitted_by_shares(prices, fits, moved)
    else:
        for n in fits:
            if spread[n] >= MOVED:
                own[n], error[n], more, expected[prices.offered[:, n], n] = fitted_by_calendar(prices, n, calendar)
                dispersion = max(dispersion, more)
    rows = [_row(prices, n, spread[n], own[n], error[n]) for n in map(prices.place, prices.listed)]
    if not rows:
        raise NotEnoughData("Nothing of the categories in view has been sold: take the filter of categories away.")
    table = pd.DataFrame(rows)
    told = _sentence(table, prices.by), _explained(prices, compared, dispersion)
    shown = [
        _spells(prices, n, own[n], expected[:, n]) for n in map(prices.place, prices.listed) if np.isfinite(own[n])
    ]
    spells = pd.concat(shown, ignore_index=True) if shown else pd.DataFrame(columns=_SPELL)
    return Elasticities(table, spells, compared, dispersion, prices.by, *told)


def shrunk(own: float, error: float) -> tuple[float, float, float]:
    """An estimate drawn towards the published mean: its mean, its standard deviation, and what the estimate weighs.

    >>> [round(value, 2) for value in shrunk(-1.4, 1.5)], shrunk(-1.4, float("inf"))
    ([-2.01, 1.06, 0.5], (-2.62, 1.5, 0.0))
    """
    if not np.isfinite(own) or not np.isfinite(error):
        return PUBLISHED, PUBLISHED_SPREAD, 0.0
    weight = PUBLISHED_SPREAD**2 / (PUBLISHED_SPREAD**2 + error**2)
    return weight * own + (1 - weight) * PUBLISHED, float(np.sqrt(weight) * error), weight


def _row(prices: PriceDays, n: int, spread: float, own: float, error: float) -> dict[str, object]:
    mean, deviation, weight = shrunk(own, error)
    known = bool(np.isfinite(own) and np.isfinite(error))
    moved = prices.log_price[prices.offered[:, n], n]
    why = ""
    if prices.orders[:, n].sum() < FEWEST_ORDERS:
        why = f"fewer than {FEWEST_ORDERS} orders"
    elif spread < MOVED:
        why = "the price hardly moved"
    elif prices.at_price[n] < ONE_PRICE:
        why = "orders of one day paid different prices"
    elif not known or weight < TELLS:
        why = "the price moved too little for so few orders"
    elif own - NORMAL_95 * error > 0:
        why = "orders rose with the price: something else moved both"
    elif mean > 0:
        why = "orders did not fall when the price rose"
    return {
        "group": prices.names[n],
        "orders": int(prices.orders[:, n].sum()),
        "price_spread": spread,
        "at_price": float(prices.at_price[n]),
        "price_changes": int((np.abs(np.diff(moved)) >= 0.01).sum()),
        "own": own if known else np.nan,
        "own_low": own - NORMAL_95 * error if known else np.nan,
        "own_high": own + NORMAL_95 * error if known else np.nan,
        "elasticity": mean,
        "low": mean - NORMAL_95 * deviation,
        "high": mean + NORMAL_95 * deviation,
        "error": deviation,
        "own_weight": weight,
        "told": not why,
        "why": why,
    }


def as_figure(elasticity: float) -> str:
    """An elasticity as it is written.

    >>> as_figure(-2.618)
    '−2.6'
    """
    return f"{MINUS if round(elasticity, 1) < 0 else ''}{abs(elasticity):.1f}"


def seen_sentence(answers: Elasticities, group: str) -> str:
    """What was seen at the prices of a group, and what it comes to."""
    row = answers.table[answers.table["group"] == group].iloc[0]
    spells = answers.spells[answers.spells["group"] == group]
    said = (
        f"{group}: {len(spells):,} stretches of days with one price, from {percent(spells['price'].min(), 0)} to "
        f"{percent(spells['price'].max(), 0)} of today's. By themselves they say an elasticity of "
        f"{as_figure(row['own'])} ({as_figure(row['own_low'])} to {as_figure(row['own_high'])})"
    )
    if not row["told"]:
        return f"{said}; yet the data cannot tell: {row['why']}."
    return (
        f"{said}; weighed {percent(row['own_weight'], 0)} against what is published, {as_figure(row['elasticity'])} "
        f"({as_figure(row['low'])} to {as_figure(row['high'])})."
    )


def _sentence(table: pd.DataFrame, by: str) -> str:
    things = {"category": "categories", "product": "products"}[by]
    told = table[table["told"]].sort_values("elasticity")
    if told.empty:
        reasons = table["why"].value_counts()
        if len(table) == 1:
            return f"Cannot tell what the price of {table['group'].iloc[0]} does: {reasons.index[0]}."
        return f"Cannot tell what prices do to any of the {len(table):,} {things}: of most, {reasons.index[0]}."
    most = told.iloc[0]
    said = (
        f"Orders of {most['group']} answer most: a price 1 % higher takes {abs(most['elasticity']):.1f} % of them "
        f"({abs(most['high']):.1f} to {abs(most['low']):.1f})"
    )
    if len(told) > 1:
        least = told.iloc[-1]
        said += f"; those of {least['group']} least, {abs(least['elasticity']):.1f} %"
    silent = len(table) - len(told)
    return f"{said}." + (f" Of {silent:,} of {len(table):,} {things} the data cannot tell." if silent else "")


def _explained(prices: PriceDays, compared: bool, dispersion: float) -> str:
    held = (
        "Each group's share of a day's orders is held against its price on that day, so that season, weekday, "
        "holidays, promotions and the number of customers, which move all groups alike, drop out; each group keeps a "
        "trend and a season of its own. What one group loses to another by its price counts as lost."
        if compared
        else "Orders are held against their price, weekday, season, trend, holidays and promotions: prices move "
        "together or of one group alone, so that there is nothing to compare with."
    )
    return (
        f"{held} Learnt from all {len(prices.days):,} days of the data by the members in view, whatever the period. "
        "Prices are an index of the whole shop in which only prices move, not what is bought. Orders scatter "
        f"{dispersion:.2f} times as much as by chance alone. Each estimate is drawn towards {as_figure(PUBLISHED)}, "
        "the mean of 1,851 published elasticities (Bijmolt, van Heerde & Pieters 2005; spread between things sold "
        f"{PUBLISHED_SPREAD:g}, our own choice) by how little the shop's own prices moved; where these weigh less than "
        f"{percent(TELLS, 0)} it is not told. Ranges: 95 %."
    )


_SPELL = ["group", "start", "end", "price", "orders", "at_todays_price", "at_low", "at_high"]


def _spells(prices: PriceDays, n: int, own: float, expected: np.ndarray) -> pd.DataFrame:
    known = np.isfinite(expected) & prices.offered[:, n]
    price = prices.log_price[known, n]
    number = np.concatenate([[0], np.cumsum(np.abs(np.diff(price)) >= SAME_PRICE)]) if len(price) else price
    at = pd.DataFrame(
        {
            "spell": number,
            "day": prices.days[known],
            "price": price,
            "orders": prices.orders[known, n],
            "usual": expected[known] * np.exp(-own * price),
        }
    )
    groups = at.groupby("spell")
    ends = groups["day"].agg(start="min", end="max")
    by = ends.join(groups.agg({"price": "mean", "orders": "sum", "usual": "sum"}))
    by = by[by["usual"] >= FEWEST_SHOWN]
    reach = NORMAL_95 * np.sqrt(by["orders"] + 1)
    return pd.DataFrame(
        {
            "group": prices.names[n],
            "start": by["start"],
            "end": by["end"],
            "price": np.exp(by["price"]),
            "orders": by["orders"].astype(int),
            "at_todays_price": by["orders"] / by["usual"],
            "at_low": np.maximum(by["orders"] - reach, 0) / by["usual"],
            "at_high": (by["orders"] + reach) / by["usual"],
        },
        columns=_SPELL,
    )


def _spread(prices: PriceDays, n: int) -> float:
    inside = prices.offered[:, n]
    return float(prices.log_price[inside, n].std()) if inside.any() else 0.0


def _apart(prices: PriceDays) -> bool:
    """Whether prices move apart from each other, so that groups can be compared within a day."""
    several = prices.offered.sum(axis=1) > 1
    if prices.offered.shape[1] < 2 or several.mean() < 0.5:
        return False
    kept = np.where(prices.offered, prices.log_price, np.nan)[several]
    with np.errstate(invalid="ignore"):
        kept = kept - np.nanmean(kept, axis=0)
        apart = kept - np.nanmean(kept, axis=1, keepdims=True)
    whole = np.nanvar(kept)
    return bool(whole <= 0 or np.nanvar(apart) >= TOGETHER * whole)
