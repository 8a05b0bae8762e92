"""The list of customers, searched, sorted and cut into pages by the engine, and one customer's orders."""

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics import formats
from analytics.collect import collected
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_customers
from analytics.descriptive.rfm import GRID, SEGMENTS, Boundaries, RfmGroups, score, segment_expression
from analytics.errors import NotEnoughData
from analytics.filters import Filters, in_period
from analytics.metrics import different_customers
from analytics.orders import as_orders, customer_ids
from analytics.periods import day_label
from analytics.shop import Shop

COLUMNS = {
    "revenue_in_view": "Revenue in view",
    "orders_in_view": "Orders in view",
    "revenue": "Revenue, all time",
    "orders": "Orders, all time",
    "average_order_value": "Average order value",
    "satisfaction": "Mean satisfaction",
    "last_order_on": "Last order",
    "first_order_on": "First order",
    "rfm": "RFM segment",
    "customer_id": "Customer",
}
"""What the list can be sorted by, with the names on screen; in the order offered."""
PAGE_ROWS = 25
BLOCK_PAGES = 200
"""So many pages are put in order at once: the next page then waits for the figures of its own customers alone."""
LONGEST_SEARCH = 100
MOST_ORDERS = 1_000
"""Of one customer that are shown, the newest."""


@dataclass(frozen=True)
class CustomerPage:
    """One page of the list: ``rows`` as in ``customers_table``, ``first`` the number of its first row, from 1."""

    rows: pd.DataFrame
    first: int
    total: int
    sentence: str

    @property
    def explained(self) -> str:
        """What the columns stand for."""
        return (
            "In view: within the filters and their period. RFM segment: at the period's end, among the customers in "
            "the filters. All other columns: the whole shop, all time; order value before refunds."
        )

    @property
    def explained_with_files(self) -> str:
        """The same, and which of the list's customers a file holds."""
        return (
            f"{self.explained} This table is the page shown; the menu beside the title has a file of the whole list, "
            "searched and sorted as here."
        )


@dataclass(frozen=True)
class CustomerBlock:
    """Who is on some pages of the list in a row, in the order asked for.

    A block of all customers would be megabytes for each order and each search; one of ``BLOCK_PAGES`` is some thousand
    keys. Its text leaves the keys out: the rest of it, with the filters and the data, already says which they are.
    """

    search: str
    sort: str
    descending: bool
    number: int
    keys: tuple = field(repr=False)

    @property
    def first(self) -> int:
        """How many customers of the list come before it."""
        return self.number * BLOCK_PAGES * PAGE_ROWS


@dataclass(frozen=True)
class CustomerTimeline:
    """One customer's orders and refunds, newest first.

    ``orders`` has ``date``, ``revenue`` (the shop's currency; negative for refunds), ``transaction_id``, ``category``,
    ``channel`` and ``satisfaction_score`` (missing where not given).
    """

    customer_id: str
    orders: pd.DataFrame
    sentence: str


def customers_table(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    search: str = "",
    sort: str = "revenue_in_view",
    descending: bool = True,
    boundaries: Boundaries | None = None,
) -> ir.Table:
    """Every customer with a row of the members in the filters up to the period's end, as an expression of the engine.

    *In view* is what the filters keep, in their period. All other figures are of the whole shop over all time, but the
    segment, which is that of the period's end among the customers in the filters.

    Parameters
    ----------
    orders, customers : rows of the shop; of customers ``customer_id`` and, where orders have one, ``customer_key``.
    search : a part of the customer's id, in capitals or not.
    sort : a column of ``COLUMNS``; equal ones are in the order of their keys, missing ones last; of
        segments Champions are the highest.
    boundaries : the quintile boundaries of ``rfm_groups`` for the same filters; without them nobody has a segment.

    Returns
    -------
    One row per customer, sorted: ``customer_id``, ``first_order_on``, ``last_order_on`` (missing for who never
    ordered), ``orders``, ``revenue`` (the shop's currency, refunds deducted), ``orders_in_view``, ``revenue_in_view``,
    ``average_order_value`` (before refunds), ``satisfaction`` (1–5), ``rfm`` (the segment's name) and ``rfm_scores``
    (recency, frequency and monetary value, 1–5, as ``5-4-3``).

    Raises
    ------
    ValueError : no such column.
    """
    if sort not in COLUMNS:
        raise ValueError(f"sort: expected one of {', '.join(COLUMNS)}, got {sort!r}")
    counted = _counted(_rows_of(orders, customers, search), filters, shop, tuple(_FROM), boundaries)
    listed = counted.inner_join(customer_ids(customers), "customer_key")
    return listed.order_by(_order(listed, sort, descending)).select(*_SHOWN)


def customer_count(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    search: str = "",
) -> int:
    """How many customers the list has in all."""
    rows = _rows_of(orders, customers, search)
    number = different_customers(rows, _in_filters(rows, filters), shop.customer_keys)
    return int(collected(rows.agg(n=number))["n"].iloc[0])


def pages_of(total: int) -> int:
    """How many pages that many customers take, at least one.

    >>> pages_of(0), pages_of(25), pages_of(26)
    (1, 1, 2)
    """
    return max(1, -(-total // PAGE_ROWS))


def customer_block(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    rfm_groups: RfmGroups,
    filters: Filters,
    shop: Shop,
    search: str = "",
    sort: str = "revenue_in_view",
    descending: bool = True,
    number: int = 0,
) -> CustomerBlock:
    """Who is on ``BLOCK_PAGES`` pages of the list: of all customers the one figure is worked out they are sorted by.

    Parameters
    ----------
    rfm_groups : of the same filters.
    number : of the block, from 0; see ``block_of``.

    Raises
    ------
    ValueError : no such column, or a block before the first.
    """
    if sort not in COLUMNS:
        raise ValueError(f"sort: expected one of {', '.join(COLUMNS)}, got {sort!r}")
    if number < 0:
        raise ValueError(f"number: expected a block from 0, got {number}")
    needed = () if sort == "customer_id" else ("rfm_rank",) if sort == "rfm" else (sort,)
    counted = _counted(_rows_of(orders, customers, search), filters, shop, needed, rfm_groups.boundaries)
    if sort == "customer_id":
        counted = counted.inner_join(customer_ids(customers), "customer_key")
    ordered = counted.order_by(_order(counted, sort, descending)).select("customer_key")
    rows = BLOCK_PAGES * PAGE_ROWS
    keys = collected(ordered.limit(rows, offset=number * rows))["customer_key"]
    return CustomerBlock(search, sort, descending, number, tuple(keys.tolist()))


def block_of(page: int, total: int) -> int:
    """The number of the block that a page of a list of so many customers lies in, from 0.

    >>> block_of(1, 1_000_000), block_of(200, 1_000_000), block_of(201, 1_000_000), block_of(201, 30)
    (0, 0, 1, 0)
    """
    return (_page_in(page, total) - 1) // BLOCK_PAGES


def customer_page(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    rfm_groups: RfmGroups,
    filters: Filters,
    shop: Shop,
    total: int,
    block: CustomerBlock,
    page: int = 1,
) -> CustomerPage:
    """The rows of one page of ``customers_table``.

    Parameters
    ----------
    rfm_groups : of the same filters.
    total : ``customer_count`` of the same filters and search.
    block : the ``customer_block`` of the same filters that the page lies in; it says the search and the order.
    page : from 1; beyond the last it is the last.

    Raises
    ------
    NotEnoughData : nobody is in the filters, or nobody's id holds what is searched for.
    ValueError : the page lies in another block.
    """
    need_customers(shop)
    if not total:
        raise NotEnoughData(_nobody(filters, block.search))
    if block.number != block_of(page, total):
        raise ValueError(f"block: expected number {block_of(page, total)} for page {page}, got {block.number}")
    first = (_page_in(page, total) - 1) * PAGE_ROWS
    keys = list(block.keys[first - block.first :][:PAGE_ROWS])
    own = _rows_of(orders, customers, "").filter(lambda rows: rows.customer_key.isin(keys))
    counted = _counted(
        own, filters, shop, tuple(c for c in _FROM if c not in ("rfm", "rfm_rank")), rfm_groups.boundaries
    )
    rows = collected(counted.inner_join(customer_ids(customers), "customer_key"))
    rows = rows.set_index("customer_key").loc[keys].reset_index(drop=True)
    rows = rows.assign(rfm=[_segment_of(scores) for scores in rows["rfm_scores"]])[list(_SHOWN)]
    return CustomerPage(rows, first + 1, total, _page_sentence(first, len(rows), total, block.sort, block.descending))


def _page_in(page: int, total: int) -> int:
    return min(max(page, 1), pages_of(total))


def customer_timeline(
    orders: ir.Table | pd.DataFrame, customers: ir.Table | pd.DataFrame, shop: Shop, customer: str
) -> CustomerTimeline:
    """All orders and refunds of one customer, whatever the filters.

    Raises
    ------
    NotEnoughData : no customer of the shop has that id.
    """
    need_customers(shop)
    ids = customer_ids(customers)
    one = as_orders(orders).inner_join(ids.filter(ids.customer_id == customer).select("customer_key"), "customer_key")
    columns = ["date", "revenue", "transaction_id", "category", "channel", "satisfaction_score"]
    shown = one.order_by([one.date.desc(), one.transaction_id.desc()]).select(*columns)
    found = collected(shown.limit(MOST_ORDERS))
    if found.empty:
        shortened = customer if len(customer) <= 40 else f"{customer[:39]}…"
        raise NotEnoughData(f"No order of this shop is by a customer “{shortened}”: choose one from the list.")
    found["date"] = pd.to_datetime(found["date"])
    return CustomerTimeline(customer, found, _told(found, shop))


_SHOWN = (
    "customer_id",
    "first_order_on",
    "last_order_on",
    "orders",
    "revenue",
    "orders_in_view",
    "revenue_in_view",
    "average_order_value",
    "satisfaction",
    "rfm",
    "rfm_scores",
)
_FROM = {column: (column,) for column in _SHOWN if column not in ("customer_id", "rfm", "rfm_scores")} | {
    "rfm": ("last_in_filters", "orders_in_filters"),
    "rfm_rank": ("last_in_filters", "orders_in_filters"),
    "rfm_scores": ("last_in_filters", "orders_in_filters", "revenue_in_filters"),
}
"""Per column the figures that it rests on."""


_RANKS = {name: -rank for rank, name in enumerate(SEGMENTS)}
"""What segments are sorted by: the best is the highest."""


def _rows_of(orders: ir.Table | pd.DataFrame, customers: ir.Table | pd.DataFrame, search: str) -> ir.Table:
    """The rows of known customers whose id holds what is searched for."""
    rows = as_orders(orders)
    known = rows.filter(rows.customer_key.notnull())
    if not (wanted := search.strip().lower()[:LONGEST_SEARCH]):
        return known
    ids = customer_ids(customers)
    return known.semi_join(ids.filter(ids.customer_id.lower().contains(wanted)), "customer_key")


def _end(filters: Filters) -> ir.DateScalar:
    return ibis.date(filters.period.end.isoformat())


def _in_filters(rows: ir.Table, filters: Filters) -> ir.BooleanValue:
    kept = (rows[d].isin(members) for d, members in filters.members.items())
    return ibis.and_(rows.date <= _end(filters), *kept)


def _counted(
    rows: ir.Table, filters: Filters, shop: Shop, needed: tuple[str, ...], boundaries: Boundaries | None
) -> ir.Table:
    """The customers of the list with the columns needed, and no more: each costs the engine a pass over all orders."""
    in_filters = _in_filters(rows, filters)
    figures = _figures(rows, in_filters, in_filters & in_period(rows, filters.period))
    asked = {name: figures[name] for column in needed for name in _FROM.get(column, ())}
    everybody = not filters.members and filters.period.end >= shop.last_day
    counted = rows.group_by("customer_key").agg(**asked, listed=ibis.literal(1) if everybody else in_filters.sum())
    counted = counted if everybody else counted.filter(counted.listed > 0)
    scores = _scores(counted, filters, boundaries) if set(needed) & {"rfm", "rfm_scores", "rfm_rank"} else {}
    return counted.mutate(**{name: value for name, value in scores.items() if name in needed})


def _figures(rows: ir.Table, in_filters: ir.BooleanValue, in_view: ir.BooleanValue) -> dict[str, ir.Scalar]:
    is_order = rows.revenue >= 0
    return {
        "first_order_on": rows.date.min(where=is_order),
        "last_order_on": rows.date.max(where=is_order),
        "orders": rows.revenue.count(where=is_order),
        "revenue": rows.revenue.sum(),
        "orders_in_view": rows.revenue.count(where=in_view & is_order),
        "revenue_in_view": rows.revenue.sum(where=in_view).fill_null(0.0),
        "average_order_value": rows.revenue.mean(where=is_order),
        "satisfaction": rows.satisfaction_score.mean(where=is_order),
        "last_in_filters": rows.date.max(where=in_filters & is_order),
        "orders_in_filters": rows.revenue.count(where=in_filters & is_order),
        "revenue_in_filters": rows.revenue.sum(where=in_filters),
    }


def _scores(counted: ir.Table, filters: Filters, boundaries: Boundaries | None) -> dict[str, ir.StringValue]:
    """The segment, and the three scores as text; missing for who had not ordered by the period's end."""
    if boundaries is None:
        return {"rfm": ibis.null("string"), "rfm_scores": ibis.null("string"), "rfm_rank": ibis.null("int64")}
    days = _end(filters).delta(counted.last_in_filters, unit="day")
    recency = score(days, list(boundaries.recency), falling=True)
    frequency = score(counted.orders_in_filters, list(boundaries.frequency))
    found = {
        "rfm": segment_expression(recency, frequency),
        "rfm_rank": segment_expression(recency, frequency, _RANKS),
    }
    if "revenue_in_filters" in counted.columns:
        monetary = score(counted.revenue_in_filters, list(boundaries.monetary))
        found["rfm_scores"] = ibis.literal("-").join([s.cast("string") for s in (recency, frequency, monetary)])
    ordered = counted.last_in_filters.notnull()
    return {name: ordered.ifelse(value, ibis.null(value.type())) for name, value in found.items()}


def _segment_of(scores: str | None) -> str | None:
    """The segment from ``5-4-3``."""
    if pd.isna(scores):
        return None
    recency, frequency, _ = scores.split("-")
    return GRID[int(recency) - 1][int(frequency) - 1]


def _order(listed: ir.Table, sort: str, descending: bool) -> list[ir.Value]:
    by = listed["rfm_rank" if sort == "rfm" else sort]
    return [by.desc(nulls_first=False) if descending else by.asc(nulls_first=False), listed.customer_key]


def _nobody(filters: Filters, search: str) -> str:
    if search.strip():
        return "No customer in these filters has that in the id: shorten what is searched for, or reset the filters."
    return nothing_matches(filters)


def _page_sentence(first: int, shown: int, total: int, sort: str, descending: bool) -> str:
    by = COLUMNS[sort]
    by = by if by.startswith("RFM") else by[0].lower() + by[1:]
    order = "falling" if descending else "rising"
    if total == 1:
        return "One customer."
    return f"Customers {first + 1:,} to {first + shown:,} of {total:,}, by {order} {by}."


def _told(orders: pd.DataFrame, shop: Shop) -> str:
    placed = orders[orders["revenue"] >= 0]
    capped = f"; the newest {MOST_ORDERS:,} are shown" if len(orders) == MOST_ORDERS else ""
    refunds = len(orders) - len(placed)
    if placed.empty:
        return f"No order, {refunds} refund{'s' if refunds > 1 else ''} of together {_money(orders, shop)}."
    said = f"{len(placed):,} order{'s' if len(placed) > 1 else ''}"
    if refunds:
        said += f" and {refunds:,} refund{'s' if refunds > 1 else ''}"
    days = placed["date"].dt.date
    when = (
        f"on {day_label(days.max())}"
        if days.nunique() == 1
        else f"from {day_label(days.min())} to {day_label(days.max())}"
    )
    return f"{said} of together {_money(orders, shop)}, {when}{capped}."


def _money(orders: pd.DataFrame, shop: Shop) -> str:
    return formats.money(orders["revenue"].sum(), shop.currency, exact=True)
