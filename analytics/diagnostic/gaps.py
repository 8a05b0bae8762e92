"""How long customers stay away after an order: the clock that everything about lapsing is measured with.

A shop without contracts is never told that a customer has left; it only sees silence. So the clock starts with an order
and stops with the next one. Where there is none by the last complete day, all that is known is that the silence lasts
at least so long: the gap is censored there, neither counted as gone nor left out. As each clock starts with an order
that is seen, nothing that happened before the data begin is needed, and customers who were old by then count like all.

Orders of one day are one purchase. What is known of a gap is known when its clock starts, but for two things. Whether a
delivery is late is known on the day after which it would be; what it was scored, once it is there. Gaps are compared by
these from that day on alone, among those that still last: whoever comes back earlier does so before anyone knew (a
landmark, without immortal time; Anderson, Cain & Gelber 1983, Suissa 2008).
"""

from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.descriptive.needs import need_customers
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.orders import as_orders
from analytics.periods import Period, day_label
from analytics.shop import DIMENSIONS, NOT_STATED, Shop

CLOCKS = {"any": "After every order", "first": "After the first order"}
"""Which orders start a clock: name in the code → name on screen and in the URL."""

OUTCOMES = {"delivery": "Delivery", "score": "Score"}
POSITION = "order"
FACTORS = DIMENSIONS | OUTCOMES | {POSITION: "First or later order"}
"""What orders may differ by, with their names on screen."""

LATE_SHARE = 0.8
"""A delivery that took longer than so many of this shop's is late: no file says what was promised."""
LOW_SCORE, HIGH_SCORE = 2, 4
FIRST, LATER, UNTOLD = "First order", "Later order", "Cannot be told"

SAMPLED_CUSTOMERS = 8_000
"""Of larger shops about so many customers are looked at where single gaps are needed; curves count all of them."""


@dataclass(frozen=True)
class Gaps:
    """Gaps after orders, one entry each in all arrays.

    ``days`` to the next order or to the last complete day, ``returned`` whether it is the former, ``delivered_after``
    days the parcel was there (0 where it is not stated), ``customer`` a number, and per factor of
    ``members`` (names) the ``codes`` among them. ``every`` is 1 where all customers are there, k where one of k is.
    ``late_after`` is the longest delivery that is not late, None where none is stated; ``seen_to`` the last day looked
    at and ``first_told_from`` the day from which a first order can be told from one that only seems to be.
    """

    days: np.ndarray
    returned: np.ndarray
    delivered_after: np.ndarray
    customer: np.ndarray
    members: dict[str, list[str]]
    codes: dict[str, np.ndarray]
    every: int
    late_after: int | None
    seen_to: date
    first_told_from: date

    def of(self, clock: str) -> "Gaps":
        """Those after every order, or after the first alone, which are one for each customer."""
        if clock not in CLOCKS:
            raise ValueError(f"clock: expected one of {', '.join(CLOCKS)}, got {clock!r}")
        if clock == "any":
            return self
        return self.kept(self.codes[POSITION] == self.members[POSITION].index(FIRST))

    def kept(self, which: np.ndarray) -> "Gaps":
        """The gaps picked by a mask."""
        arrays = {name: getattr(self, name)[which] for name in ("days", "returned", "delivered_after", "customer")}
        codes = {factor: code[which] for factor, code in self.codes.items()}
        told = (self.members, codes, self.every, self.late_after, self.seen_to, self.first_told_from)
        return Gaps(*arrays.values(), *told)

    def entry(self, *factors: str) -> np.ndarray:
        """The days after which these factors are all known of each gap."""
        if self.late_after is None or not set(factors) & set(OUTCOMES):
            return np.zeros_like(self.days)
        least = np.full_like(self.days, self.late_after)
        return np.maximum(self.delivered_after, least) if "score" in factors else least


def order_gaps(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> Gaps:
    """How long customers stayed away after each order up to the period's end; of large shops a sample of customers.

    The start of the filters' period does not matter: how long people stay away is learnt over long times. Filters
    choose the orders that start a clock; the next order stops it, whatever it is.

    Raises
    ------
    NotEnoughData : no order names its customer, or none that starts a clock matches the filters.
    """
    need_customers(shop)
    seen_to, every = min(filters.period.end, shop.today), _sampled_every(shop)
    rows = collected(_gaps(as_orders(orders), filters, shop, seen_to, every))
    if rows.empty:
        raise NotEnoughData(_nothing(filters, seen_to))
    delivery = rows["delivery_days"].to_numpy(dtype="float64", na_value=np.nan)
    late_after = _late_after(delivery)
    members, codes = {}, {}
    for dimension in shop.members:
        codes[dimension], names = pd.factorize(rows[dimension].astype("str"), sort=True)
        members[dimension] = list(names)
    score = rows["satisfaction_score"].to_numpy(dtype="float64", na_value=np.nan)
    if late_after is not None:
        members["delivery"], codes["delivery"] = delivery_names(late_after), _delivery_codes(delivery, late_after)
    if (~np.isnan(score)).any():
        members["score"], codes["score"] = score_names(), _score_codes(score)
    members[POSITION], codes[POSITION] = [FIRST, LATER, UNTOLD], rows["position"].to_numpy(dtype="int64")
    return Gaps(
        days=rows["days"].to_numpy(dtype="int64"),
        returned=rows["returned"].to_numpy(dtype=bool),
        delivered_after=np.nan_to_num(delivery).astype("int64"),
        customer=pd.factorize(rows["customer_key"])[0],
        members=members,
        codes=codes,
        every=every,
        late_after=late_after,
        seen_to=seen_to,
        first_told_from=shop.new_from,
    )


def as_of(filters: Filters) -> Filters:
    """What ``order_gaps`` reads of filters: their end and their members."""
    return replace(filters, period=Period(date.min, filters.period.end), compare="none")


def gap_counts(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, gaps: Gaps, clock: str, factor: str | None
) -> pd.DataFrame:
    """How many gaps of all customers ended after so many days, counted in the engine.

    Parameters
    ----------
    gaps : ``order_gaps`` of the same filters, for what a late delivery is.
    factor : one of ``FACTORS``; None takes all gaps together.

    Returns
    -------
    One row per ``member``, ``days``, ``returned`` and ``entry`` (days after which the factor is known), with the
    number of ``gaps``. What ended before its factor was known is left out.
    """
    rows = _gaps(as_orders(orders), filters, shop, gaps.seen_to, 1)
    if clock == "first":
        rows = rows.filter(rows.position == 0)
    rows = rows.mutate(member=_member(rows, factor, gaps), entry=_entry(rows, factor, gaps.late_after))
    counted = rows.filter(rows.days > rows.entry).group_by("member", "days", "returned", "entry")
    return collected(counted.agg(gaps=lambda of: of.count()))


def clock_sentence(gaps: Gaps, clock: str = "any") -> str:
    """What is measured, of whom, and why so."""
    own = gaps.of(clock)
    orders = f"{len(own.days):,} {'first orders' if clock == 'first' else 'orders'} of"
    sample = f" (a sample of one in {gaps.every}; curves count all)" if gaps.every > 1 else ""
    since = f" from {day_label(gaps.first_told_from)} on" if clock == "first" else ""
    customers = f"{len(np.unique(own.customer)):,} customers{sample}{since}"
    return (
        f"The clock starts with an order and stops with the customer's next: {orders} {customers}, "
        f"{int(own.returned.sum()):,} of them followed by another. Silence that lasts to {day_label(gaps.seen_to)} is "
        "counted until then, since nobody knows how it ends: no one is declared gone, and customers older than these "
        "data count like all others. The period's start does not matter, its end does."
    )


def delivery_names(late_after: int) -> list[str]:
    """The members of the factor ``delivery``, in the order of their codes."""
    return [f"In time (up to {late_after} days)", f"Late (more than {late_after} days)", NOT_STATED]


def score_names() -> list[str]:
    """The members of the factor ``score``, in the order of their codes."""
    return [f"High ({HIGH_SCORE}–5)", "Middle (3)", f"Low (1–{LOW_SCORE})", "No score"]


def _gaps(rows: ir.Table, filters: Filters, shop: Shop, seen_to: date, every: int) -> ir.Table:
    """The next order is looked for among all of a customer's, and only then the filters choose."""
    last = ibis.date(seen_to.isoformat())
    placed = rows.filter(rows.revenue >= 0, rows.customer_key.notnull(), rows.date <= last)
    if every > 1:
        placed = placed.filter(placed.customer_key % every == 0)
    number = "transaction_key" if "transaction_key" in placed.columns else "transaction_id"
    own = ibis.window(group_by="customer_key", order_by=["date", number])
    gaps = placed.mutate(next_on=placed.date.lead().over(own))
    gaps = filters.within(gaps.filter(gaps.next_on.isnull() | (gaps.next_on > gaps.date)))
    told = gaps.date >= ibis.date(shop.new_from.isoformat())
    seems_first = gaps.date == gaps.first_order_on
    gaps = gaps.select(
        "customer_key",
        *DIMENSIONS,
        "delivery_days",
        "satisfaction_score",
        position=ibis.cases((~seems_first, 1), (told, 0), else_=2).cast("int8"),
        days=ibis.coalesce(gaps.next_on, last).delta(gaps.date, unit="day").cast("int32"),
        returned=gaps.next_on.notnull(),
    )
    return gaps.filter(gaps.days > 0)


def _member(rows: ir.Table, factor: str | None, gaps: Gaps) -> ir.StringValue:
    if factor is None:
        return ibis.literal("All")
    if factor in DIMENSIONS:
        return rows[factor].cast("string")
    names = gaps.members[factor]
    if factor == POSITION:
        return ibis.cases((rows.position == 0, names[0]), (rows.position == 1, names[1]), else_=names[2])
    if factor == "delivery":
        days = rows.delivery_days
        return ibis.cases((days <= gaps.late_after, names[0]), (days > gaps.late_after, names[1]), else_=names[2])
    score = rows.satisfaction_score
    return ibis.cases(
        (score >= HIGH_SCORE, names[0]), (score > LOW_SCORE, names[1]), (score <= LOW_SCORE, names[2]), else_=names[3]
    )


def _entry(rows: ir.Table, factor: str | None, late_after: int | None) -> ir.IntegerValue:
    """The same as ``Gaps.entry``."""
    if late_after is None or factor not in OUTCOMES:
        return ibis.literal(0, type="int32")
    if factor == "delivery":
        return ibis.literal(late_after, type="int32")
    return ibis.greatest(rows.delivery_days.fill_null(0).cast("int32"), late_after)


def _delivery_codes(delivery: np.ndarray, late_after: int) -> np.ndarray:
    return np.where(np.isnan(delivery), 2, np.where(delivery > late_after, 1, 0))


def _score_codes(score: np.ndarray) -> np.ndarray:
    return np.select([score >= HIGH_SCORE, score > LOW_SCORE, score <= LOW_SCORE], [0, 1, 2], default=3)


def _late_after(delivery: np.ndarray) -> int | None:
    stated = delivery[~np.isnan(delivery)]
    return int(np.quantile(stated, LATE_SHARE, method="inverted_cdf")) if stated.size else None


def _sampled_every(shop: Shop) -> int:
    return max(1, shop.customer_keys // SAMPLED_CUSTOMERS)


def _nothing(filters: Filters, seen_to: date) -> str:
    narrowed = filters.kept()
    if not narrowed:
        return f"No customer ordered before {day_label(seen_to)}: choose a later period."
    return (
        f"No customer's order of {narrowed} lies before {day_label(seen_to)}: take one of these filters away or choose "
        "a later period."
    )
