"""What to offer to whom next: each customer's best offer among what goes with what they bought and do not have yet."""

from dataclasses import dataclass, replace
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.collect import collected
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import quoted
from analytics.orders import as_orders, customer_ids
from analytics.periods import day_label
from analytics.prescriptive.pairs import Pairs, item_of
from analytics.prescriptive.sold_lines import sold_lines
from analytics.shop import Shop

LOOK_BACK_DAYS = 90
"""How long ago a customer may have bought the first, for pairs of one order; of others it is their own days."""
MOST_PAIRS = 1_000
"""Pairs that offers are made of, those farthest beyond chance."""
MOST_LISTED = 20_000
COSTED = 0.9
FEWEST_ORDERS = 5
PAGE_ROWS = 15
LONGEST_SEARCH = 100


@dataclass(frozen=True, eq=False, repr=False)
class NextOffers:
    """``table`` has one row per customer with an offer, those worth most first; ``pairs`` one per pair they come from.

    ``customer_id``, ``bought`` (what the offer goes with), ``bought_on`` (day), ``offer``, ``chance`` (the pair's
    confidence), ``usual`` (that of customers alike), ``uplift`` (the difference), ``margin``
    (contribution of an order of it, the shop's currency) and ``worth`` (``uplift`` × ``margin``). Of ``pairs``:
    ``first``, ``then``, ``customers``, ``chance``, ``usual``, ``uplift``, ``error`` (of the logarithm of the lift),
    ``margin``.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    customers: int
    asked: str
    order_value: float
    margin_sources: tuple[str, ...]
    explained: str
    keyed: pd.DataFrame
    """The same customers by key: ``who``, ``item`` (the offer's key)."""

    def __repr__(self) -> str:
        return f"offers by {self.asked}"


def next_offers(
    pairs: Pairs,
    order_lines: ir.Table,
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    filters: Filters,
    margins: pd.DataFrame,
) -> NextOffers:
    """Each customer's best offer: what goes beyond chance with something bought lately and was never bought.

    Worth is what buyers of the first are likelier to buy than customers alike, times what an order of it leaves. It is
    no effect of an offer yet: how much of it an offer brings about, nothing in orders tells. And it is that of all
    baskets, those of customers who buy both all the time among them: of who lacks the other, less comes (see
    ``offers_tested``).

    Raises
    ------
    NotEnoughData : no pair goes together beyond chance, or nobody is left to be offered something.
    """
    rules = _rules(pairs)
    if rules.empty:
        raise NotEnoughData(f"There is nothing to offer: {pairs.sentence[0].lower()}{pairs.sentence[1:]}")
    until = min(filters.period.end, shop.today)
    kept = replace(filters.without_period(), category=())
    rows = as_orders(orders)
    lines = sold_lines(order_lines, kept.within(rows.filter(rows.date <= ibis.date(until.isoformat()))))
    lines = lines.mutate(thing=item_of(lines, pairs.by))
    priced = _priced(lines, sorted(set(rules["then_item"])), margins)
    rules = rules.merge(priced, on="then_item")
    since = until - timedelta(days=(pairs.days or LOOK_BACK_DAYS) - 1)
    found = _best(lines, rules, since)
    if found.empty:
        raise NotEnoughData(
            f"Nobody who bought since {day_label(since)} lacks what goes with it: there is nothing to offer."
        )
    ids = collected(customer_ids(customers)).set_index("customer_key")["customer_id"]
    found = found.assign(customer_id=ids.reindex(found["who"]).to_numpy())
    found = found.sort_values(["worth", "customer_id"], ascending=[False, True], ignore_index=True)
    by_pair = found.groupby(["bought", "offer"], sort=False).agg(
        customers=("who", "size"), **{c: (c, "first") for c in ("chance", "usual", "uplift", "error", "margin")}
    )
    by_pair = by_pair.reset_index().rename(columns={"bought": "first", "offer": "then"})
    table = found.head(MOST_LISTED)[
        ["customer_id", "bought", "bought_on", "offer", "chance", "usual", "uplift", "margin", "worth"]
    ]
    value = float(collected(rows.filter(rows.revenue > 0).agg(value=rows.revenue.mean()))["value"].iloc[0])
    sources = tuple(sorted(set(priced["source"])))
    said = _explained(pairs, since, len(found), sources)
    keyed = found.head(MOST_LISTED)[["who", "then_item"]].rename(columns={"then_item": "item"})
    return NextOffers(table, by_pair, len(found), f"{pairs!r} {filters.period.end}", value, sources, said, keyed)


def _rules(pairs: Pairs) -> pd.DataFrame:
    """What to offer for what: pairs of one order lead both ways."""
    found = pairs.beyond.head(MOST_PAIRS)
    error = np.log(found["alike_high"] / found["alike_low"]) / (2 * NORMAL_95)
    ahead = found.assign(chance=found["confidence"], error=error)
    if pairs.days:
        both = ahead
    else:
        turned = {"first": "then", "then": "first", "first_item": "then_item", "then_item": "first_item"}
        both = pd.concat([ahead, ahead.rename(columns=turned).assign(chance=found["confidence_back"])])
    usual = both["chance"] / both["alike"]
    both = both.assign(usual=usual, uplift=both["chance"] - usual)
    columns = ["first", "then", "first_item", "then_item", "chance", "usual", "uplift", "error"]
    return both[columns].reset_index(drop=True)


def _priced(lines: ir.Table, items: list[str], margins: pd.DataFrame) -> pd.DataFrame:
    """What an order of each item leaves: ``then_item``, ``margin`` (the shop's currency), ``source``."""
    own = lines.filter(lines.thing.isin(items))
    amount = own.quantity * own.unit_price
    sums = own.group_by(then_item=own.thing).agg(
        category=own.line_category.max(),
        revenue=amount.sum(),
        orders=own.order.nunique(),
        cost=(own.quantity * own.unit_cost).sum(),
        costed=ibis.ifelse(own.unit_cost.notnull(), amount, 0.0).sum(),
    )
    found = collected(sums).merge(margins[["category", "share", "source"]], on="category", how="left")
    by_cost = (found["costed"] >= COSTED * found["revenue"]) & (found["source"] != "stated")
    share = np.where(by_cost, 1 - found["cost"] / found["costed"].where(found["costed"] > 0), found["share"])
    source = np.where(by_cost, "unit costs", found["source"])
    priced = found.assign(margin=share * found["revenue"] / found["orders"], source=source)
    return priced.loc[priced["margin"] > 0, ["then_item", "margin", "source"]]


def _best(lines: ir.Table, rules: pd.DataFrame, since) -> pd.DataFrame:
    """Of each customer the offer that is worth most."""
    known = lines.filter(lines.customer_key.notnull())
    first = known.filter(known.thing.isin(sorted(set(rules["first_item"]))), known.date >= ibis.date(since.isoformat()))
    bought = collected(first.group_by(who=first.customer_key, first_item=first.thing).agg(bought_on=first.date.max()))
    then = known.filter(known.thing.isin(sorted(set(rules["then_item"]))))
    has = collected(then.select(who=then.customer_key, then_item=then.thing).distinct())
    rules = rules.assign(worth=rules["uplift"] * rules["margin"])
    offered = bought.merge(rules, on="first_item").merge(has, on=["who", "then_item"], how="left", indicator=True)
    offered = offered[offered["_merge"] == "left_only"]
    best = offered.sort_values(["worth", "then_item", "first_item"], ascending=[False, True, True], kind="stable")
    best = best.drop_duplicates("who").rename(columns={"first": "bought", "then": "offer"})
    return best.assign(bought_on=pd.to_datetime(best["bought_on"]))


def _explained(pairs: Pairs, since, customers: int, sources: tuple[str, ...]) -> str:
    more = f" The list holds the {MOST_LISTED:,} worth most." if customers > MOST_LISTED else ""
    again = "" if pairs.days else " Pairs of one order say what happens when they buy the first again."
    return (
        f"Customers who bought the first since {day_label(since)} and never what it goes with.{again} Chance: the "
        "share of those with the first who buy the other; usual: that of baskets as full, of customers as busy. "
        "Worth: the difference times the contribution margin of an order of it "
        f"(by {' and '.join(sources)}); of several offers the one worth most. The {MOST_PAIRS:,} pairs farthest "
        f"beyond chance are used.{more}"
    )


def next_offer_rows(offers: NextOffers, share: float, cost: float, search: str = "", came: float = 1.0) -> pd.DataFrame:
    """The customers of the list whose id holds what is searched for, with ``expected`` margin of an offer.

    Parameters
    ----------
    share : of ``uplift`` that an offer brings about (0–1), ``cost`` : of a contact (the shop's currency).
    came : share of ``uplift`` that was seen of such offers in the past (see ``offers_tested``).

    Raises
    ------
    NotEnoughData : nobody's id holds it.
    """
    rows = offers.table
    if wanted := search.strip().lower()[:LONGEST_SEARCH]:
        rows = rows[rows["customer_id"].str.lower().str.contains(wanted, regex=False, na=False)]
        if rows.empty:
            raise NotEnoughData(f"Nobody on the list has an id that holds {quoted(search)}.")
    return rows.assign(expected=share * max(came, 0.0) * rows["worth"] - cost).reset_index(drop=True)


def next_offer_page(
    offers: NextOffers, share: float, cost: float, search: str, page: int, came: float = 1.0
) -> pd.DataFrame:
    """One page of them."""
    rows = next_offer_rows(offers, share, cost, search, came)
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    first = (min(max(page, 1), pages) - 1) * PAGE_ROWS
    return rows.take(np.arange(first, min(first + PAGE_ROWS, len(rows)))).reset_index(drop=True)
