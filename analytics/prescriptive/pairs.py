"""What is bought together, and what is bought after: how much more often than chance would have it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many
from analytics.collect import collected
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.orders import as_orders
from analytics.prescriptive.pair_counts import LARGEST_BASKET, PairCounts, pair_counts
from analytics.prescriptive.sold_lines import NEEDS_LINES, sold_lines
from analytics.shop import NOT_STATED, Shop

PAIRED = {"product": "Products", "category": "Categories"}
"""What pairs can be of → its name on screen and in the URL."""
WITHIN = {0: "In one order", 30: "Within 30 days after", 90: "Within 90 days after", 180: "Within 180 days after"}
"""Days in which the second is bought after the first; 0 for both in one order. With their names on screen."""
MOST_ITEMS = 300
"""Products or categories looked at, those in most orders."""
MOST_CUSTOMERS = 100_000
"""Of a shop with more, every second, third… is counted: shares of so many are known well enough."""
FEWEST_BASKETS = 20
"""Orders that must hold a product, for its pairs to be looked at."""
FEWEST_TOGETHER = 5


@dataclass(frozen=True, eq=False, repr=False)
class Pairs:
    """``table`` has one row per pair seen together often enough, what is surest to be beyond chance first.

    ``usual_factor`` is how many times more often than by chance any two things are together, for some baskets are
    fuller and some customers busier than others.

    ``first``, ``then`` (names), ``first_item``, ``then_item`` (keys), ``together``, ``with_first``, ``with_then``
    (baskets), ``support``, ``confidence`` (share of the baskets with the first that have the other), ``usual`` (share
    of all baskets that have the other), ``confidence_back`` (missing where one follows the other), ``lift``,
    ``lift_low``, ``lift_high`` (95 %), ``alike``, ``alike_low``, ``alike_high`` (the lift against baskets as full, of
    customers as busy), ``odds`` (that chance alone does as much, corrected for all pairs looked at) and ``beyond``
    chance. A basket is an order, or, where one follows the other, an order with the days after it. ``items`` has a row
    per item looked at: ``item``, ``name``, ``baskets``.
    """

    table: pd.DataFrame
    items: pd.DataFrame
    asked: str
    by: str
    days: int
    baskets: int
    looked_at: int
    usual_factor: float
    left_out: str
    sentence: str
    explained: str

    def __repr__(self) -> str:
        return f"pairs {self.asked}"

    @property
    def note(self) -> str:
        """Of how many pairs something can be said, and what is left out."""
        number = len(self.beyond)
        said = f"{number:,} of {self.looked_at:,} pairs go together beyond chance, of {self.baskets:,} baskets."
        shown = " Those farthest beyond it are shown; the file has all." if number else ""
        return f"{said}{shown} {self.left_out}".strip()

    @property
    def beyond(self) -> pd.DataFrame:
        """The pairs bought together more often than by chance."""
        return self.table[self.table["beyond"]]


def pairs(
    order_lines: ir.Table, orders: ir.Table | pd.DataFrame, shop: Shop, filters: Filters, by: str = "product",
    days: int = 0,
) -> Pairs:  # fmt: skip
    """What goes together in the orders in view up to the end of the period, whenever the period begins.

    The lift is how many times more often a basket with the first has the other than any basket has. A full basket has
    everything more often, and after an order of a busy customer everything follows more often: so the lift is held
    against that of any two things as well, and only what goes beyond is called more than chance. Ranges take each
    customer's orders as one piece of evidence.

    Parameters
    ----------
    by : one of ``PAIRED``.
    days : one of ``WITHIN``. Orders whose days after them are not over yet are left out.

    Raises
    ------
    ValueError : unknown ``by`` or ``days``.
    NotEnoughData : there are no lines, no customers where one follows the other, or no pairs.

    Source: support, confidence and lift (Agrawal, Imieliński & Swami 1993; Brin et al. 1997), delta method over
    customers, false discovery rate (Benjamini & Hochberg 1995); the factor for full baskets follows from independence
    given the sizes of baskets (Chung & Lu 2002).
    """
    if by not in PAIRED or days not in WITHIN:
        raise ValueError(f"by, days: expected one of {', '.join(PAIRED)} and of {[*WITHIN]}, got {by!r}, {days!r}")
    if days and "customer_key" not in shop.has:
        raise NotEnoughData("What is bought after something is told of orders that name their customer: none does.")
    until = min(filters.period.end, shop.today)
    kept = replace(filters.without_period(), category=())
    rows = as_orders(orders)
    rows = kept.within(rows.filter(rows.date <= ibis.date(until.isoformat())))
    every = -(-shop.customer_keys // MOST_CUSTOMERS) if "transaction_key" in rows.columns else 0
    if every > 1:
        rows = rows.filter(ibis.coalesce(rows.customer_key, rows.transaction_key) % every == 0)
    lines = sold_lines(order_lines, rows)
    items = _items(lines, by)
    if items.empty:
        _say_why_none(kept, lines, by)
    listed = items.head(MOST_ITEMS)
    counted = _counted(lines, by, listed["item"].tolist(), days, until)
    table, looked_at = _table(counted, listed, days)
    asked = f"{kept.query()} {until} {by} {days}"
    left = _left_out(items, listed, counted.too_large, every)
    said = _sentence(table, by, days, looked_at, counted.baskets), _explained(days, counted, looked_at)
    return Pairs(table, listed, asked, by, days, counted.baskets, looked_at, counted.alike, left, *said)


def _say_why_none(filters: Filters, lines: ir.Table, by: str) -> None:
    if by == "category" and not _items(lines, "product").empty:
        raise NotEnoughData("No line states a category: look at products.")
    if filters.members:
        raise NotEnoughData(f"No order of {filters.kept()} has lines: take one of these filters away.")
    raise NotEnoughData(NEEDS_LINES)


def item_of(lines: ir.Table, by: str) -> ir.StringValue:
    """What a line counts as."""
    return lines["item"] if by == "product" else lines.line_category


def _items(lines: ir.Table, by: str) -> pd.DataFrame:
    """Everything sold, in most orders first: ``item``, ``name``, ``baskets``."""
    name = lines["product"] if by == "product" else lines.line_category
    named = lines.mutate(key=item_of(lines, by), name=name)
    named = named.filter(named.key.notnull(), named.key != NOT_STATED)
    found = collected(named.group_by(item=named.key).agg(name=named.name.max(), baskets=named.order.nunique()))
    found = found.sort_values(["baskets", "item"], ascending=[False, True], ignore_index=True)
    alike = found["name"].duplicated(keep=False)
    return found.assign(name=found["name"].where(~alike, found["name"] + " (" + found["item"] + ")"))


def _held(lines: ir.Table, by: str, listed: list[str]) -> ir.Table:
    """One row per order and item listed, and one without an item for each order that holds others."""
    key = item_of(lines, by)
    kept = ibis.ifelse(key.isin(listed), key, ibis.null("string"))
    return lines.select(order=lines.order, who=lines.customer_key, day=lines.date, item=kept).distinct()


def _counted(lines: ir.Table, by: str, listed: list[str], days: int, until: date) -> PairCounts:
    held = collected(_held(lines, by, listed))
    at = pd.Index(listed)
    coded = pd.DataFrame(
        {
            "order": pd.factorize(held["order"])[0],
            "who": pd.factorize(held["who"])[0],
            "day": pd.to_datetime(held["day"]).to_numpy().astype("M8[D]").astype("int64"),
            "item": at.get_indexer(held["item"]),
        }
    )
    last = np.datetime64(until - timedelta(days=days), "D").astype("int64")
    return pair_counts(coded, len(listed), days, int(last))


def _table(counts: PairCounts, listed: pd.DataFrame, days: int) -> tuple[pd.DataFrame, int]:
    """Every pair seen often enough, and how many were looked at."""
    from scipy.special import erfc, gammainc, ndtri

    often = (counts.firsts >= FEWEST_BASKETS)[:, None] & (counts.thens >= FEWEST_BASKETS)[None, :]
    often &= ~np.eye(len(often), dtype=bool) if days else np.triu(np.ones(often.shape, dtype=bool), 1)
    i, j = np.nonzero(often & (counts.together >= FEWEST_TOGETHER))
    z, a, b, n = counts.together[i, j], counts.firsts[i], counts.thens[j], float(max(counts.baskets, 1))
    lift = z * n / (a * b)
    alike = lift / counts.alike if counts.alike else lift
    least = (1 - a / n) * (1 - b / n) / z  # chance alone varies by as much: few customers may seem to vary less
    error, error_alike = (np.sqrt(np.maximum(v[i, j], least)) for v in (counts.variance, counts.variance_alike))
    times = error_alike**2 * z  # how many baskets are worth one, a customer's own being alike
    few = gammainc(z / times, z / alike / times)  # that a Poisson number reaches what was seen
    odds = np.maximum(0.5 * erfc(np.log(alike) / error_alike / np.sqrt(2)), few)
    errors = np.zeros(int(often.sum()))
    errors[: len(odds)] = -ndtri(np.clip(odds, 1e-300, 1.0) / 2)
    names, keys = listed["name"].to_numpy(), listed["item"].to_numpy()
    table = pd.DataFrame(
        {
            "first": names[i],
            "then": names[j],
            "first_item": keys[i],
            "then_item": keys[j],
            "together": z.astype(int),
            "with_first": a.astype(int),
            "with_then": b.astype(int),
            "support": z / n,
            "confidence": z / a,
            "usual": b / n,
            "confidence_back": np.nan if days else z / b,
            "lift": lift,
            "lift_low": lift * np.exp(-NORMAL_95 * error),
            "lift_high": lift * np.exp(NORMAL_95 * error),
            "alike": alike,
            "alike_low": alike * np.exp(-NORMAL_95 * error_alike),
            "alike_high": alike * np.exp(NORMAL_95 * error_alike),
            "odds": odds_among_many(errors)[: len(odds)] if len(odds) else odds,
        }
    )
    table["beyond"] = (table["odds"] <= FALSE_DISCOVERIES) & (table["alike"] > 1)
    order = table.assign(chance=~table["beyond"]).sort_values(
        ["chance", "alike_low", "first", "then"], ascending=[True, False, True, True], kind="stable"
    )
    return table.loc[order.index].reset_index(drop=True), int(often.sum())


def _left_out(items: pd.DataFrame, listed: pd.DataFrame, too_large: int, every: int) -> str:
    said = [f"counted: one of {every:,} customers"] if every > 1 else []
    if len(items) > len(listed):
        share = listed["baskets"].sum() / items["baskets"].sum()
        said.append(f"looked at: the {len(listed):,} in most orders of {len(items):,}, {share:.0%} of what was bought")
    if too_large:
        many = "order" if too_large == 1 else "orders"
        said.append(f"left out: {too_large:,} {many} of more than {LARGEST_BASKET} of them")
    text = "; ".join(said).replace("%", " %")
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _sentence(table: pd.DataFrame, by: str, days: int, looked_at: int, baskets: int) -> str:
    found = table[table["beyond"]]
    if found.empty:
        if not days and by == "category" and table.empty:
            return "No order holds two categories: look at products, or at what is bought after."
        if not looked_at:
            return (
                f"No two of them are each in {FEWEST_BASKETS} of the {baskets:,} baskets in view, so that no pair can "
                "be looked at: take a filter away."
            )
        what = "bought together" if not days else f"bought within {days} days after each other"
        return (
            f"Of {looked_at:,} pairs looked at none is {what} more often than by chance: nothing to build an offer on."
        )
    top = found.iloc[0]
    digits = 1 if top["lift_low"] >= 2 else 2
    low, lift, high = (f"{top[c]:.{digits}f}" for c in ("lift_low", "lift", "lift_high"))
    more = f"{lift} times as often as others ({low} to {high})"
    if days:
        said = f"Within {days} days after {top['first']}, {top['then']} is bought {more}"
    else:
        said = f"Orders with {top['first']} hold {top['then']} {more}"
    return f"{said}. {len(found):,} of {looked_at:,} pairs go together beyond chance."


def _explained(days: int, counts: PairCounts, looked_at: int) -> str:
    baskets, factor = counts.baskets, counts.alike
    what = (
        f"Baskets: {baskets:,} orders that name their customer and whose {days} days after are over; the other must be "
        f"bought by the same customer on a later day within {days} days. Usual: after any order."
        if days
        else f"Baskets: {baskets:,} orders. Usual: in any order."
    )
    return (
        f"{what} Support: share of baskets with both. Confidence: share of those with the first. Lift: confidence by "
        "the usual share. Against alike: the lift by that of any two things, "
        f"{factor:.2f}, for some baskets are fuller and some customers busier than others. 95 % ranges take each "
        "customer's baskets as one piece of evidence (delta method). Beyond chance: more than alike, corrected for "
        f"{looked_at:,} pairs looked at (Benjamini–Hochberg), so that of those named at most one in twenty is not. "
        "Learnt from all days up to the end of the period. What goes together was not made to: an offer may bring "
        "less, or nothing."
    )
