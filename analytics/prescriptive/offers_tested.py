"""What became of offers that would have been made a while ago, beside the best-selling thing that was lacked."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import wilson_interval
from analytics.collect import collected
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import percent
from analytics.orders import as_orders
from analytics.periods import Period, day_label
from analytics.prescriptive.next_offers import LOOK_BACK_DAYS, NextOffers, next_offers
from analytics.prescriptive.pairs import Pairs, item_of, pairs
from analytics.prescriptive.sold_lines import sold_lines
from analytics.shop import Shop

AHEAD_DAYS = 90
FEWEST = 30
"""Customers with an offer, for what became of them to say something."""


@dataclass(frozen=True, eq=False, repr=False)
class OffersTested:
    """``table`` has a row for each of three: ``what``, ``customers``, ``bought`` (share of them), ``low``, ``high``
    (95 %; missing for the second): what was to be offered to each, the same things by others who lacked them, and the
    best-selling thing that each lacked. ``better`` tells whether offers were bought more often than by those others.
    ``promised`` is by how much more the pairs said (the mean uplift), ``came`` the share of it that was seen, with its
    standard error ``came_error``.
    """

    table: pd.DataFrame
    better: bool
    promised: float
    came: float
    came_error: float
    sentence: str
    explained: str

    def __repr__(self) -> str:
        return f"offers tested: {self.came!r} ± {self.came_error!r} came, {self.sentence}"


def offers_tested(
    order_lines: ir.Table,
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    filters: Filters,
    margins: pd.DataFrame,
    by: str = "product",
    days: int = 0,
) -> OffersTested:
    """Who bought within ninety days, by themselves, what they would have been offered before them.

    Pairs and offers are those of the day ninety days before the end of the period, from nothing that came later.

    Raises
    ------
    NotEnoughData : there was nothing to offer then, or to too few.

    Source: our own choice; ranges by Wilson 1927.
    """
    end = min(filters.period.end, shop.today)
    cut = end - timedelta(days=AHEAD_DAYS)
    if cut <= shop.first_day:
        raise NotEnoughData(f"Offers are tested on the {AHEAD_DAYS} days before the end: the data begin later.")
    then = replace(filters, period=Period(min(filters.period.start, cut), cut))
    found = pairs(order_lines, orders, shop, then, by, days)
    offers = next_offers(found, order_lines, orders, customers, shop, then, margins)
    if len(offers.table) < FEWEST:
        raise NotEnoughData(
            f"On {day_label(cut)} {len(offers.table):,} customers had an offer: {FEWEST} are needed to tell what came."
        )
    seen = _seen(found, order_lines, orders, filters, cut, end, by)
    return _tested(found, offers, *seen, cut)


def _seen(
    found: Pairs,
    order_lines: ir.Table,
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    cut: date,
    end: date,
    by: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Index]:
    """Who had what on the day, who bought what after it (``who``, ``item``), and who had bought anything lately."""
    kept = replace(filters.without_period(), category=())
    lines = sold_lines(order_lines, kept.within(as_orders(orders)))
    lines = lines.filter(lines.customer_key.notnull(), lines.date <= ibis.date(end.isoformat()))
    named = lines.select(who=lines.customer_key, item=item_of(lines, by), day=lines.date)
    of_items = named.filter(named["item"].isin(found.items["item"].tolist()))
    day = ibis.date(cut.isoformat())
    had = collected(of_items.filter(of_items.day <= day).select("who", "item").distinct())
    bought = collected(of_items.filter(of_items.day > day).select("who", "item").distinct())
    since = ibis.date((cut - timedelta(days=(found.days or LOOK_BACK_DAYS) - 1)).isoformat())
    active = collected(named.filter(named.day >= since, named.day <= day).select("who").distinct())
    return had, bought, pd.Index(active["who"])


def _tested(
    found: Pairs, offers: NextOffers, had: pd.DataFrame, bought: pd.DataFrame, active: pd.Index, cut: date
) -> OffersTested:
    asked = offers.keyed
    bought_by = pd.MultiIndex.from_frame(bought[["who", "item"]])
    hits = pd.MultiIndex.from_frame(asked[["who", "item"]]).isin(bought_by)
    had_active = had[had["who"].isin(active)].assign(has=True)
    came = bought[bought["who"].isin(active)].merge(had_active, on=["who", "item"], how="left")
    lacked = len(active) - had_active.groupby("item").size()
    rate = came[came["has"].isna()].groupby("item").size() / lacked.reindex(came["item"].unique()).fillna(len(active))
    alike = float(rate.reindex(asked["item"]).fillna(0.0).mean())
    best, had_by = found.items["item"].tolist(), had.groupby("who")["item"].agg(set).to_dict()
    lacks = [(who, next((i for i in best if i not in had_by.get(who, ())), best[0])) for who in asked["who"]]
    popular = pd.MultiIndex.from_tuples(lacks).isin(bought_by)
    counts = np.array([hits.sum(), popular.sum()])
    low, high = wilson_interval(counts, np.array([len(asked), len(asked)]))
    table = pd.DataFrame(
        {
            "what": ["Their best offer", "The same, others who lacked it", "The best-selling thing they lacked"],
            "customers": len(asked),
            "bought": [hits.mean(), alike, popular.mean()],
            "low": [low[0], np.nan, low[1]],
            "high": [high[0], np.nan, high[1]],
        }
    )
    better, own = bool(low[0] > alike), float(hits.mean())
    promised = float(offers.table["uplift"].mean())
    error = float(np.sqrt(max(own * (1 - own), 1 / len(asked)) / len(asked)))
    came = ((own - alike) / promised, error / promised)
    return OffersTested(table, better, promised, *came, _sentence(table, better, promised, cut), _EXPLAINED)


def _sentence(table: pd.DataFrame, better: bool, promised: float, cut: date) -> str:
    own, alike, popular = table["bought"]
    of_own = f"{percent(own)} ({percent(table['low'].iloc[0])} to {percent(table['high'].iloc[0])})"
    said = (
        f"Of the {table['customers'].iloc[0]:,} customers who would have had an offer on {day_label(cut)}, {of_own} "
        f"bought it by themselves within {AHEAD_DAYS} days; of others who lacked the same things {percent(alike)}, "
    )
    said += "which is fewer beyond chance" if better else "which is not fewer beyond chance"
    said += f" (their pairs alone would say {percent(promised)} fewer)"
    if popular > own:
        return (
            f"{said}. The best-selling thing they lacked was bought more often, by {percent(popular)}: where an offer "
            "is only to meet demand, offer that."
        )
    return f"{said}. The best-selling thing they lacked was bought by {percent(popular)}."


_EXPLAINED = (
    f"Pairs and offers as of {AHEAD_DAYS} days before the end of the period, from nothing that came later; nobody was "
    "offered anything because of them, so this tells who wanted what, not what an offer brings about. Others: "
    "customers who bought anything in the same days and lacked the thing. Ranges: 95 %."
)
