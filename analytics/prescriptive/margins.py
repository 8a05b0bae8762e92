"""What a category's revenue leaves as contribution margin, and how that is known."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.errors import NotEnoughData
from analytics.filters import Filters, in_period
from analytics.orders import as_orders
from analytics.prescriptive.assumptions import Assumptions
from analytics.questions import collected_within
from analytics.shop import Shop

STATED = "stated"
UNIT_COSTS = "unit costs"
OF_THE_SHOP = "shop's gross margin"
FEWEST_LINES = 20
"""Order lines with a unit cost, of a category; fewer say too little about its margin."""
COSTED = 1 / 3
"""Share of a category's sales whose cost must be known, for it to stand for the rest: our own choice."""


def category_margins(
    order_lines: ir.Table | pd.DataFrame,
    orders: ir.Table | pd.DataFrame,
    shop: Shop,
    assumptions: Assumptions,
    filters: Filters,
) -> pd.DataFrame:
    """Contribution margin of each category in view as a share of its revenue.

    The best that is known of each: what the shop stated for it; else what its order lines sold in view cost, where
    that is known of a third of their value; else the gross margin of the whole shop. A category about which nothing of
    this is known is left out. Where an order brought in less than its lines add up to (a voucher), each of its lines
    counts with so much less; where it brought in more, that is no margin of what was sold.

    Parameters
    ----------
    order_lines : ``transaction_key`` (or ``transaction_id``), ``category``, ``quantity``, ``unit_price``,
        ``unit_cost`` (the shop's currency, missing where unknown).

    Returns
    -------
    One row per category, biggest revenue first: ``category``, ``share`` (of revenue; below 0 where it loses),
    ``source`` (``stated``, ``unit costs`` or ``shop's gross margin``) and ``revenue`` (in view, refunds deducted).

    Raises
    ------
    NotEnoughData : there are no orders in view, or nothing is known of what they earn.

    Source: our own choice.
    """
    seen = collected_within(_revenue_by_category, orders, filters, {"view": filters.period})
    if seen.empty:
        raise NotEnoughData(_nothing_in_view(filters))
    stated = {margin.category: margin.share for margin in assumptions.margins}
    costed = _shares_of_lines(order_lines, orders, filters)
    rows = []
    for category, revenue in seen[["category", "revenue"]].itertuples(index=False):
        known = [(stated, STATED), (costed, UNIT_COSTS), ({category: shop.gross_margin}, OF_THE_SHOP)]
        found = [(of[category], source) for of, source in known if of.get(category) is not None]
        rows += [(category, *found[0], revenue)] if found else []
    if not rows:
        raise NotEnoughData(
            "What the orders earn is not known: state the shop's gross margin or margins by category on the Settings "
            "page, or import order lines with unit costs.",
            mended_on="workspace/settings",
        )
    return pd.DataFrame(rows, columns=["category", "share", "source", "revenue"])


def observed_margins(
    order_lines: ir.Table | pd.DataFrame, orders: ir.Table | pd.DataFrame, shop: Shop, filters: Filters
) -> pd.DataFrame:
    """The same without what was stated by category: what stands for it until it is.

    Parameters, rows and errors are those of ``category_margins``.
    """
    return category_margins(order_lines, orders, shop, Assumptions(), filters)


def _nothing_in_view(filters: Filters) -> str:
    when = ("on " if filters.period.days == 1 else "in ") + filters.period.label()
    if kept := filters.kept():
        return f"There are no orders in view, of {kept} {when}: take one of these filters away or lengthen the period."
    return f"There are no orders in view, {when}: choose a longer period."


def mean_margin(margins: pd.DataFrame) -> float:
    """The share of revenue that is left of all categories together, each weighted by its revenue.

    >>> mean_margin(pd.DataFrame({"share": [0.2, 0.5], "revenue": [300.0, 100.0]}))
    0.275
    """
    weights = margins["revenue"].clip(lower=0)
    if not weights.sum():
        return float(margins["share"].mean())
    return float((margins["share"] * weights).sum() / weights.sum())


def _revenue_by_category(rows: ir.Table, periods: dict) -> ir.Table:
    found = rows.group_by(category=rows.category.cast("string")).agg(revenue=rows.revenue.sum())
    return found.order_by(ibis.desc("revenue"), "category")


def _shares_of_lines(
    order_lines: ir.Table | pd.DataFrame, orders: ir.Table | pd.DataFrame, filters: Filters
) -> dict[str, float]:
    lines = ibis.memtable(order_lines) if isinstance(order_lines, pd.DataFrame) else order_lines
    rows = filters.within(as_orders(orders))
    key = "transaction_key" if "transaction_key" in lines.columns else "transaction_id"
    sold = rows.filter(in_period(rows, filters.period), rows.revenue >= 0).select(key, "revenue")
    lines = lines.filter(lines.quantity > 0, lines.unit_price > 0)
    lines = lines.mutate(
        category=lines.category.cast("string"),
        listed=lines.quantity * lines.unit_price,
        costed=lines.unit_cost.notnull(),
    )
    of_order = lines.group_by(key).agg(all_listed=lines.listed.sum()).join(sold, key)
    paid = of_order.select(key, paid=ibis.least(of_order.revenue / of_order.all_listed, 1.0))
    lines = lines.join(paid, key)
    value = lines.listed * lines.paid
    sums = collected(
        lines.group_by("category").agg(
            lines=lines.costed.sum(),
            all_value=value.sum(),
            value=value.sum(where=lines.costed),
            cost=(lines.quantity * lines.unit_cost).sum(where=lines.costed),
        )
    )
    enough = sums[(sums["lines"] >= FEWEST_LINES) & (sums["value"] > 0) & (sums["value"] >= COSTED * sums["all_value"])]
    return dict(zip(enough["category"], 1 - enough["cost"] / enough["value"], strict=True))
