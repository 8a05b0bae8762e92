"""Day by day what things cost and how many orders held them: what an elasticity is learnt from."""

from dataclasses import dataclass, field, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import percent
from analytics.orders import as_orders
from analytics.prescriptive.sold_lines import NEEDS_LINES, sold_lines
from analytics.shop import NOT_STATED, Shop

PRICED = {"category": "Category", "product": "Product"}
"""What prices can be looked at of → its name on screen and in the URL."""
MOST_GROUPS = 30
"""Categories or products told one by one, those with most revenue; the others count together, to compare with."""
MOST_ITEMS = 200
"""Products that make up the price index of a category, those sold on most lines."""
REST = "(all others)"
WHOLE = "(all orders)"
FARTHEST = np.log(3.0)
"""A price more than three times its product's usual one, or less than a third, is a slip or another thing."""
MEDIAN_DAYS = 5
"""A price counts when it stands for three of five days: single odd days are no price of the shop."""
FEWEST_DAYS = 60
OFFERED_DAYS = 30
"""What was sold within a month of the end is still offered."""
SAME = 0.03
ROUNDS = 60


@dataclass(frozen=True, eq=False, repr=False)
class PriceDays:
    """Days × groups: ``orders`` that hold the group, ``log_price`` (its index, 0 at the end), ``offered`` or not.

    ``at_price`` has by group the share of lines that were sold within ``SAME`` of the price of their day. ``by`` is
    one of ``PRICED``; ``names`` has what each group is called. ``sums`` has a row per day and group with sales in
    view: ``day``, ``group``, ``orders``, ``revenue``, ``units``, ``cost`` and ``costed`` (revenue whose cost is known;
    the shop's currency), ``scores`` (how many), ``score`` (their sum) and ``delivery_days`` (sum of those of scored
    orders). ``listed`` are the groups told one by one, ``category_of`` has each group's category.
    """

    by: str
    asked: str
    days: pd.DatetimeIndex
    names: tuple[str, ...]
    orders: np.ndarray
    log_price: np.ndarray
    offered: np.ndarray
    at_price: np.ndarray
    sums: pd.DataFrame
    listed: tuple[str, ...]
    category_of: dict[str, str]
    share_left_out: float
    lacks_categories: bool = False
    refunded: dict[str, float] = field(default_factory=dict)
    """Share of revenue that is refunded, of all orders in view (``WHOLE``) and by their category."""

    def __repr__(self) -> str:
        return f"prices and orders by {self.by}, {self.asked}"

    @property
    def note(self) -> str:
        """What is left out, in a sentence; empty where nothing is."""
        lacks = "No line states a category: products are looked at. " if self.lacks_categories else ""
        if not self.share_left_out:
            return lacks.strip()
        things = {"category": "categories", "product": "products"}[self.by]
        return (
            f"{lacks}Told one by one: the {len(self.names) - 1:,} {things} with most revenue. All others, "
            f"{percent(self.share_left_out, 0)} of the revenue, count together."
        )

    def kept_of(self, name: str) -> float:
        """The share of a group's revenue that is not refunded: by its category where refunds name one."""
        return 1.0 - self.refunded.get(self.category_of.get(name, ""), self.refunded.get(WHOLE, 0.0))

    def place(self, name: str) -> int:
        """The column of a group."""
        return self.names.index(name)


def price_days(
    order_lines: ir.Table, orders: ir.Table | pd.DataFrame, shop: Shop, filters: Filters, by: str = "category"
) -> PriceDays:
    """What the groups cost and how often they were bought on each day of the data, by the members in view.

    All days are looked at, whatever the period: ninety days hold one change of a price. A group's price is that of
    the whole shop: an index of its products' prices in which only prices move, not what is bought (time-product
    dummies, weighted by lines), so that a week of dear products is no dear week. A day without a sale has the price
    of the day before.

    Parameters
    ----------
    by : one of ``PRICED``. Where lines have no categories products are looked at.

    Raises
    ------
    ValueError : unknown ``by``.
    NotEnoughData : there are no lines, or too few days.

    Source: time-product dummy index (Summers 1973; de Haan & Krsinich 2014), running median (Tukey 1977).
    """
    if by not in PRICED:
        raise ValueError(f"by: expected one of {', '.join(PRICED)}, got {by!r}")
    rows = as_orders(orders)
    days = pd.date_range(shop.first_day, shop.today)
    whole = sold_lines(order_lines, rows.filter(rows.date <= ibis.date(shop.today.isoformat())))
    ranked = _ranked(whole)
    if ranked.empty:
        raise NotEnoughData(NEEDS_LINES)
    if len(days) < FEWEST_DAYS:
        raise NotEnoughData(
            f"What a price does is told from {FEWEST_DAYS} days on: there are {len(days)} in the data so far."
        )
    lacks_categories = by == "category" and set(ranked["category"]) == {NOT_STATED}
    by = "product" if lacks_categories else by
    groups = _groups(ranked, by)
    kept = replace(filters.without_period(), category=())
    sums = _sums(sold_lines(order_lines, kept.within(rows)), groups, by, shop)
    if sums.empty:
        raise NotEnoughData(f"No order of {filters.kept()} has lines: take one of these filters away.")
    names = tuple(dict.fromkeys([*groups["name"], *sums["group"]]))
    counts = np.zeros((len(days), len(names)))
    at = (sums["day"] - days[0]).dt.days.to_numpy(), sums["group"].map(names.index).to_numpy()
    counts[at] = sums["orders"]
    prices, at_price = _prices(_cells(whole, ranked, groups, by), names, days)
    offered = np.isfinite(prices)
    total = sums["revenue"].sum()
    rest = sums.loc[sums["group"] == REST, "revenue"].sum()
    categories = dict(zip(groups["name"], groups["category"], strict=True))
    listed = [n for n in names if n != REST and (not filters.category or categories[n] in filters.category)]
    asked = f"{kept.query()} {filters.category}"
    return PriceDays(
        by, asked, days, names, counts, np.where(offered, prices, 0.0), offered, at_price, sums,
        tuple(listed), categories, float(rest / total) if total else 0.0, lacks_categories,
        _refunded(kept.within(rows.filter(rows.date <= ibis.date(shop.today.isoformat())))),
    )  # fmt: skip


def _refunded(rows: ir.Table) -> dict[str, float]:
    """Refunds are orders below 0: they name a category as orders do, but seldom what of it came back."""
    told = rows.group_by(category=rows.category.cast("string")).agg(
        sales=rows.revenue.sum(where=rows.revenue > 0), refunds=-rows.revenue.sum(where=rows.revenue < 0)
    )
    found = collected(told).fillna({"sales": 0.0, "refunds": 0.0})
    if not found["sales"].sum() > 0:
        return {}
    named = found[found["category"].notna() & (found["category"] != NOT_STATED) & (found["sales"] > 0)]
    shares = (named["refunds"] / named["sales"]).clip(0.0, 1.0)
    whole = float(np.clip(found["refunds"].sum() / found["sales"].sum(), 0.0, 1.0))
    return dict(zip(named["category"], shares.astype(float), strict=True)) | {WHOLE: whole}


def _ranked(lines: ir.Table) -> pd.DataFrame:
    """Products by falling revenue: ``category``, ``item``, ``product``, ``revenue``, ``lines``."""
    by_item = lines.group_by(category=lines.line_category, item=lines["item"])
    summed = by_item.agg(
        product=lines["product"].max(), revenue=(lines.quantity * lines.unit_price).sum(), lines=lines.count()
    )
    found = collected(summed)
    return found.sort_values(["revenue", "item"], ascending=[False, True], ignore_index=True)


def _groups(ranked: pd.DataFrame, by: str) -> pd.DataFrame:
    """The groups told one by one: ``key`` (as lines have it), ``name``, ``category``; biggest revenue first."""
    if by == "category":
        total = ranked.groupby("category")["revenue"].sum().sort_values(ascending=False, kind="stable")
        told = [c for c in total.index if c != NOT_STATED][:MOST_GROUPS]
        return pd.DataFrame({"key": told, "name": told, "category": told})
    own = ranked[ranked["item"].notna()].drop_duplicates("item").head(MOST_GROUPS)
    name = own["product"].where(~own["product"].duplicated(keep=False), own["product"] + " (" + own["item"] + ")")
    return pd.DataFrame({"key": own["item"], "name": name, "category": own["category"]}).reset_index(drop=True)


def _grouped(lines: ir.Table, groups: pd.DataFrame, by: str) -> ir.StringValue:
    key = lines.line_category if by == "category" else lines["item"]
    return ibis.ifelse(key.isin(groups["key"].tolist()), key, REST)


def _sums(lines: ir.Table, groups: pd.DataFrame, by: str, shop: Shop) -> pd.DataFrame:
    """Orders first, so that one with several lines of a group counts once in it, with its score.

    Where an order brought in less than its lines add up to (a voucher), each of them counts with so much less.
    """
    listed = lines.quantity * lines.unit_price
    of_order = listed.sum().over(ibis.window(group_by=lines.order))
    lines = lines.mutate(amount=listed * ibis.least(lines.revenue / of_order, 1.0))
    amount = lines.amount
    by_order = lines.group_by(day=lines.date, group=_grouped(lines, groups, by), order=lines.order).agg(
        revenue=amount.sum(),
        units=lines.quantity.sum(),
        cost=(lines.quantity * lines.unit_cost).sum(),
        costed=ibis.ifelse(lines.unit_cost.notnull(), amount, 0.0).sum(),
        score=lines.satisfaction_score.max(),
        waited=lines.delivery_days.max(),
    )
    scored = by_order.score.notnull()
    by_day = by_order.group_by("day", "group").agg(
        orders=by_order.count(),
        **{c: by_order[c].fill_null(0.0).sum() for c in ("revenue", "units", "cost", "costed")},
        scores=by_order.score.count(),
        score=by_order.score.fill_null(0).sum(),
        delivery_days=ibis.ifelse(scored, by_order.waited.fill_null(0), 0).sum(),
    )
    found = collected(by_day.filter(by_day.day <= ibis.date(shop.today.isoformat())))
    named = dict(zip(groups["key"], groups["name"], strict=True)) | {REST: REST}
    found = found.assign(day=pd.to_datetime(found["day"]), group=found["group"].map(named))
    found = found.astype({c: "float64" for c in found.columns.drop(["day", "group"])})
    return found.sort_values(["day", "group"], ignore_index=True)


def _cells(lines: ir.Table, ranked: pd.DataFrame, groups: pd.DataFrame, by: str) -> pd.DataFrame:
    """Usual price of each product on each day, of the products that make up the indices."""
    often = ranked.sort_values("lines", ascending=False, kind="stable")
    items = often[often["item"].notna()].groupby("category").head(MOST_ITEMS)["item"].drop_duplicates()
    if by == "product":
        items = pd.Series(list(dict.fromkeys([*groups["key"], *items.head(MOST_ITEMS)])))
    own = lines.filter(lines["item"].isin(items.tolist()))
    cells = own.group_by(group=_grouped(own, groups, by), item=own["item"], day=own.date).agg(
        price=own.unit_price.median(), lines=own.count()
    )
    found = collected(cells)
    named = dict(zip(groups["key"], groups["name"], strict=True)) | {REST: REST}
    return found.assign(
        group=found["group"].map(named), day=pd.to_datetime(found["day"]), log_price=np.log(found["price"])
    )


def _prices(cells: pd.DataFrame, names: tuple[str, ...], days: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """The logarithm of each group's price index by day, missing where nothing of it was sold yet or any more; and the
    share of its lines that were sold at it."""
    prices, at_price = np.full((len(days), len(names)), np.nan), np.ones(len(names))
    for place, name in enumerate(names):
        own = cells[cells["group"] == name]
        if len(own):
            prices[:, place], at_price[place] = _index(own, days)
    return prices, at_price


def _index(cells: pd.DataFrame, days: pd.DatetimeIndex) -> tuple[np.ndarray, float]:
    usual = cells.groupby("item")["log_price"].transform("median")
    all_lines = cells["lines"].sum()
    cells = cells[(cells["log_price"] - usual).abs() <= FARTHEST]
    item = pd.factorize(cells["item"])[0]
    day = (cells["day"] - days[0]).dt.days.to_numpy()
    price, weight = cells["log_price"].to_numpy(), cells["lines"].to_numpy(dtype="float64")
    of_item, of_day = np.bincount(item, weight), np.bincount(day, weight, len(days))
    level = np.zeros(len(days))
    for _ in range(ROUNDS):
        product = np.bincount(item, weight * (price - level[day])) / of_item
        last, level = level, np.bincount(day, weight * (price - product[item]), len(days)) / np.maximum(of_day, 1e-300)
        if np.abs(level - last).max() < 1e-7:
            break
    known = pd.Series(np.where(of_day > 0, level, np.nan), index=days)
    first, end = known.first_valid_index(), known.last_valid_index()
    filled = known.ffill().rolling(MEDIAN_DAYS, center=True, min_periods=1).median().to_numpy()
    same = np.abs(price - product[item] - filled[day]) <= SAME
    if (days[-1] - end).days <= OFFERED_DAYS:
        end = days[-1]
    inside = (days >= first) & (days <= end)
    return np.where(inside, filled - filled[days.get_loc(end)], np.nan), float(weight[same].sum() / all_lines)
