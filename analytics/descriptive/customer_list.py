"""The list of customers, searched, sorted and cut into pages by the engine, and one customer's orders."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics import formats
from analytics.collect import collected
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_customers
from analytics.descriptive.rfm import Boundaries, RfmGroups, score, segment_expression
from analytics.errors import NotEnoughData
from analytics.filters import Filters, in_period
from analytics.orders import as_orders
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
    sort : a column of ``COLUMNS``; equal ones are in the order of their ids, missing ones last.
    boundaries : the quintile boundaries of ``rfm_groups`` for the same filters; without them nobody has a segment.

    Returns
    -------
    One row per customer, sorted: ``customer_id``, ``first_order_on``, ``last_order_on`` (missing for who never
    ordered), ``orders``, ``revenue`` (the shop's currency, refunds deducted), ``orders_in_view``, ``revenue_in_view``,
    ``average_order_value`` (before refunds), ``satisfaction`` (1–5) and ``rfm`` (the segment's name).

    Raises
    ------
    ValueError : no such column.
    """
    if sort not in COLUMNS:
        raise ValueError(f"sort: expected one of {', '.join(COLUMNS)}, got {sort!r}")
    counted = _counted(_rows_of(orders, customers, search), filters, boundaries)
    listed = counted.inner_join(_ids(customers), "customer_key").select(*_SHOWN)
    first = listed[sort].desc(nulls_first=False) if descending else listed[sort].asc(nulls_first=False)
    return listed.order_by([first, listed.customer_id])


def customer_count(
    orders: ir.Table | pd.DataFrame, customers: ir.Table | pd.DataFrame, filters: Filters, search: str = ""
) -> int:
    """How many customers the list has in all."""
    rows = _rows_of(orders, customers, search)
    in_filters = filters.within(rows).filter(lambda r: r.date <= _end(filters))
    return int(collected(in_filters.agg(n=in_filters.customer_key.nunique()))["n"].iloc[0])


def pages_of(total: int) -> int:
    """How many pages that many customers take, at least one.

    >>> pages_of(0), pages_of(25), pages_of(26)
    (1, 1, 2)
    """
    return max(1, -(-total // PAGE_ROWS))


def customer_page(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    rfm_groups: RfmGroups,
    filters: Filters,
    shop: Shop,
    total: int,
    search: str = "",
    sort: str = "revenue_in_view",
    descending: bool = True,
    page: int = 1,
) -> CustomerPage:
    """The rows of one page of ``customers_table``.

    Parameters
    ----------
    rfm_groups : of the same filters.
    total : ``customer_count`` of the same filters and search.
    page : from 1; beyond the last it is the last.

    Raises
    ------
    NotEnoughData : nobody is in the filters, or nobody's id holds what is searched for.
    """
    need_customers(shop)
    if not total:
        raise NotEnoughData(_nobody(filters, search))
    first = (min(max(page, 1), pages_of(total)) - 1) * PAGE_ROWS
    listed = customers_table(orders, customers, filters, shop, search, sort, descending, rfm_groups.boundaries)
    rows = collected(listed.limit(PAGE_ROWS, offset=first))
    return CustomerPage(rows, first + 1, total, _page_sentence(first, len(rows), total, sort, descending))


def customer_timeline(
    orders: ir.Table | pd.DataFrame, customers: ir.Table | pd.DataFrame, shop: Shop, customer: str
) -> CustomerTimeline:
    """All orders and refunds of one customer, whatever the filters.

    Raises
    ------
    NotEnoughData : no customer of the shop has that id.
    """
    need_customers(shop)
    ids = _ids(customers)
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
)


def _ids(customers: ir.Table | pd.DataFrame) -> ir.Table:
    """Key and id of each customer; where orders carry no keys the ids are the keys."""
    table = ibis.memtable(customers[["customer_id"]]) if isinstance(customers, pd.DataFrame) else customers
    key = table.customer_key if "customer_key" in table.columns else table.customer_id
    return table.select(customer_key=key, customer_id=table.customer_id.cast("string"))


def _rows_of(orders: ir.Table | pd.DataFrame, customers: ir.Table | pd.DataFrame, search: str) -> ir.Table:
    """The rows of known customers whose id holds what is searched for."""
    rows = as_orders(orders)
    known = rows.filter(rows.customer_key.notnull())
    if not (wanted := search.strip().lower()[:LONGEST_SEARCH]):
        return known
    ids = _ids(customers)
    return known.semi_join(ids.filter(ids.customer_id.lower().contains(wanted)), "customer_key")


def _end(filters: Filters) -> ir.DateScalar:
    return ibis.date(filters.period.end.isoformat())


def _counted(rows: ir.Table, filters: Filters, boundaries: Boundaries | None) -> ir.Table:
    in_filters = (rows.date <= _end(filters)) & ibis.and_(
        ibis.literal(True), *(rows[d].isin(kept) for d, kept in filters.members.items())
    )
    in_view = in_filters & in_period(rows, filters.period)
    is_order = rows.revenue >= 0
    counted = rows.group_by("customer_key").agg(
        first_order_on=rows.date.min(where=is_order),
        last_order_on=rows.date.max(where=is_order),
        orders=rows.revenue.count(where=is_order),
        revenue=rows.revenue.sum(),
        orders_in_view=rows.revenue.count(where=in_view & is_order),
        revenue_in_view=rows.revenue.sum(where=in_view).fill_null(0.0),
        average_order_value=rows.revenue.mean(where=is_order),
        satisfaction=rows.satisfaction_score.mean(),
        listed=in_filters.sum(),
        last_in_filters=rows.date.max(where=in_filters & is_order),
        orders_in_filters=rows.revenue.count(where=in_filters & is_order),
    )
    counted = counted.filter(counted.listed > 0)
    return counted.mutate(rfm=_segment(counted, filters, boundaries))


def _segment(counted: ir.Table, filters: Filters, boundaries: Boundaries | None) -> ir.StringValue:
    if boundaries is None:
        return ibis.null("string")
    days = _end(filters).delta(counted.last_in_filters, unit="day")
    named = segment_expression(
        score(days, list(boundaries.recency), falling=True),
        score(counted.orders_in_filters, list(boundaries.frequency)),
    )
    return counted.last_in_filters.notnull().ifelse(named, ibis.null("string"))


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
