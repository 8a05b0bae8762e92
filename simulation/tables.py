"""The store's tables as Arrow tables, with text in dictionaries."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation import market
from simulation.lines import NOUNS, PRODUCTS, VARIANTS, Lines, drawn_lines
from simulation.trade import LINES, REFUNDS, Trade, generator

ORDERS_PER_DRAW = 500_000
"""Orders whose lines are drawn together."""
REFUND_AFTER_DAYS = (3, 21)
CAMPAIGN, OFFER, CONTACT_COST = "Spring thank-you", "15 % off the next order", 12.0


def numbered(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    """Identifiers such as ``T0000001``, from numbers that count from 0."""
    width = max(width, len(str(int(numbers.max(initial=0)) + 1)))
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers.astype(np.int64) + 1), pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, pa.scalar(""))


def named(codes: np.ndarray, names) -> pa.DictionaryArray:
    """Text from codes, negative ones missing."""
    codes = pa.array(codes, mask=codes < 0) if (codes < 0).any() else pa.array(codes)
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(names)))


def day_column(days: np.ndarray, start) -> pa.Array:
    """Days counted from ``start`` as dates."""
    first = np.datetime64(start, "D").astype(int)
    return pa.array((days.astype(np.int32) + np.int32(first)).astype(np.int32)).cast(pa.date32())


def present(values: np.ndarray, missing: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Values, some of them missing."""
    return pa.array(values, type=kind, mask=missing)


def drawn_baskets(trade: Trade) -> Iterator[tuple[int, Lines]]:
    """The lines of all orders, in batches, each with the number of its first order."""
    process, orders = trade.process, trade.orders
    segments = trade.people.segment[orders.customer]
    for batch, first in enumerate(range(0, len(orders.day), ORDERS_PER_DRAW)):
        rows = slice(first, first + ORDERS_PER_DRAW)
        category, day = orders.category[rows], orders.day[rows]
        index = process.calendar.price_index[category, day]
        rng = generator(process.settings.seed, LINES, batch)
        yield first, drawn_lines(segments[rows], category, index, _value_factor(trade, rows), rng)


def _value_factor(trade: Trade, rows: slice) -> np.ndarray:
    factor = np.ones(len(trade.orders.day[rows]))
    for incident, days in trade.process.of("order value"):
        part = trade.orders.taken(rows)
        factor[in_scope(trade, part, incident.scope, days)] *= 1 + incident.size
    return factor


def in_scope(trade: Trade, orders, scope: dict[str, str], days: slice) -> np.ndarray:
    """Which orders fall on the days and have the members."""
    inside = (orders.day >= days.start) & (orders.day < days.stop)
    for dimension, member in scope.items():
        codes = getattr(orders, dimension, None)
        codes = getattr(trade.people, dimension)[orders.customer] if codes is None else codes
        inside &= codes == market.MEMBERS[dimension].index(member)
    return inside


def customer_numbers(trade: Trade) -> np.ndarray:
    """Number of each of the people by time of the first order, from 0; -1 for who never came."""
    firsts = np.flatnonzero(trade.orders.first)
    numbers = np.full(len(trade.people.region), -1, dtype=np.int32)
    numbers[trade.orders.customer[firsts]] = np.arange(len(firsts))
    return numbers


@dataclass(frozen=True)
class Rows:
    """The rows of ``transactions`` in order of time: which order each is about, when, and whether it is a refund."""

    order: np.ndarray
    day: np.ndarray
    minute: np.ndarray
    refund: np.ndarray

    @property
    def of_orders(self) -> np.ndarray:
        """The row of each order."""
        return np.flatnonzero(~self.refund)


def booked_rows(trade: Trade) -> Rows:
    """All orders, and the refunds of some of them a while later (those due after the last day are not seen)."""
    orders, settings = trade.orders, trade.process.settings
    rng = generator(settings.seed, REFUNDS)
    refunded = np.flatnonzero(rng.random(len(orders.day)) < settings.refund_share) if settings.refund_share else []
    refunded = np.asarray(refunded, dtype=np.int64)
    day = orders.day[refunded] + rng.integers(*REFUND_AFTER_DAYS, len(refunded))
    refunded, day = refunded[day < trade.process.days], day[day < trade.process.days].astype(np.int16)
    minute = rng.integers(9 * 60, 19 * 60, len(refunded)).astype(np.int16)
    rows = Rows(
        np.concatenate([np.arange(len(orders.day)), refunded]),
        np.concatenate([orders.day, day]),
        np.concatenate([orders.minute, minute]),
        np.repeat([False, True], [len(orders.day), len(refunded)]),
    )
    if not len(refunded):
        return rows
    in_time = np.argsort(rows.day.astype(np.int32) * 1440 + rows.minute, kind="stable")
    return Rows(rows.order[in_time], rows.day[in_time], rows.minute[in_time], rows.refund[in_time])


def transaction_table(trade: Trade, rows: Rows, paise: np.ndarray, numbers: np.ndarray) -> pa.Table:
    """One row per order or refund, in order of time."""
    orders, people = trade.orders.taken(rows.order) if rows.refund.any() else trade.orders, trade.people
    count, customer = len(rows.day), numbers[orders.customer]
    revenue = np.where(rows.refund, -1, 1) * paise[rows.order] / 100
    return pa.table(
        {
            "transaction_id": numbered("T", np.arange(count), 7),
            "customer_id": pa.DictionaryArray.from_arrays(pa.array(customer), customer_ids(numbers)),
            "date": day_column(rows.day, trade.process.settings.start),
            "revenue": pa.array(revenue),
            "category": named(orders.category, market.CATEGORIES),
            "channel": named(orders.channel, market.CHANNELS),
            "payment_method": named(orders.payment_method, market.PAYMENT_METHODS),
            "delivery_days": present(orders.delivery_days, (orders.delivery_days < 0) | rows.refund, pa.int16()),
            "satisfaction_score": present(orders.score, (orders.score < 1) | rows.refund, pa.int8()),
            "segment": named(people.segment[orders.customer], market.SEGMENTS),
            "region": named(people.region[orders.customer], market.REGIONS),
            "age_group": named(people.age_group[orders.customer], market.AGE_GROUPS),
            "order_minute": pa.array(rows.minute, type=pa.int16()),
        }
    )


def customer_ids(numbers: np.ndarray) -> pa.Array:
    """Identifiers of all customers, in order of their numbers."""
    return numbered("C", np.arange(numbers.max() + 1), 5)


def customer_table(trade: Trade, numbers: np.ndarray) -> pa.Table:
    """One row per customer, by time of the first order."""
    people, came = trade.people, people_by_number(numbers)
    return pa.table(
        {
            "customer_id": customer_ids(numbers),
            "segment": named(people.segment[came], market.SEGMENTS),
            "region": named(people.region[came], market.REGIONS),
            "acquisition_date": day_column(trade.lives.first_order_day[came], trade.process.settings.start),
            "age_group": named(people.age_group[came], market.AGE_GROUPS),
        }
    )


def people_by_number(numbers: np.ndarray) -> np.ndarray:
    """Position in the population of each numbered customer."""
    came = np.flatnonzero(numbers >= 0)
    return came[np.argsort(numbers[came])]


def line_table(lines: Lines, transactions: np.ndarray) -> pa.Table:
    """``transactions`` is the row number of each order that the lines count through."""
    code = lines.category.astype(np.int16) * PRODUCTS + lines.product
    ids = [f"P{number:03d}" for number in range(1, len(market.CATEGORIES) * PRODUCTS + 1)]
    products = [f"{noun} {variant}" for name in market.CATEGORIES for noun in NOUNS[name] for variant in VARIANTS]
    return pa.table(
        {
            "transaction_id": numbered("T", transactions, 7).take(pa.array(lines.order)),
            "line": pa.array(lines.line, type=pa.int16()),
            "product_id": named(code, ids),
            "product": named(code, products),
            "category": named(lines.category, market.CATEGORIES),
            "quantity": pa.array(lines.quantity.astype(float)),
            "unit_price": pa.array(lines.unit_price / 100),
            "unit_cost": pa.array(lines.unit_cost / 100),
        }
    )


def spend_table(trade: Trade) -> pa.Table:
    """One row per day and channel."""
    calendar, channels = trade.process.calendar, len(market.CHANNELS)
    days = np.repeat(np.arange(trade.process.days), channels)
    return pa.table(
        {
            "date": day_column(days, calendar.start),
            "channel": named(np.tile(np.arange(channels, dtype=np.int8), trade.process.days), market.CHANNELS),
            "spend": pa.array(calendar.spend.T.ravel()),
        }
    )


def contact_table(trade: Trade, numbers: np.ndarray) -> pa.Table:
    """The campaign's experiment: some of the customers known by then, half of them with the offer, by chance."""
    came, first_day = people_by_number(numbers), trade.process.campaign_days[0]
    known = trade.lives.first_order_day[came] < first_day
    contacted = np.flatnonzero(known & trade.people.contacted[came] & trade.process.settings.campaign)
    treated = trade.people.treated[came][contacted]
    return pa.table(
        {
            "campaign": pa.array([CAMPAIGN] * len(contacted), pa.string()).dictionary_encode(),
            "customer_id": customer_ids(numbers).take(pa.array(contacted)),
            "contacted_on": day_column(np.full(len(contacted), first_day), trade.process.settings.start),
            "treated": pa.array(treated.astype(np.int8)),
            "offer": pa.array(np.where(treated, OFFER, None), pa.string()).dictionary_encode(),
            "cost": pa.array(np.where(treated, CONTACT_COST, 0.0)),
        }
    )


def event_table(trade: Trade) -> pa.Table:
    """What the shop knows of: holidays, sales, and incidents it noticed."""
    columns = list(zip(*trade.process.calendar.events, strict=True)) or [[], [], [], []]
    names = ("start_date", "end_date", "label", "kind")
    kinds = (pa.date32(), pa.date32(), pa.string(), pa.string())
    return pa.table({n: pa.array(c, type=k) for n, c, k in zip(names, columns, kinds, strict=True)})
