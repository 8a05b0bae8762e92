"""Mappings for the exports of well-known shop systems, recognised by their columns."""

from collections.abc import Sequence
from dataclasses import replace

from warehouse.mapping import Mapping

SHOPIFY = Mapping(
    preset="shopify",
    layout="orders_with_lines",
    order_id="Name",
    date="Created at",
    customer="Email",
    revenue="Total",
    quantity="Lineitem quantity",
    unit_price="Lineitem price",
    product="Lineitem name",
    product_id="Lineitem sku",
    line_category="Vendor",
    channel="Source",
    payment_method="Payment Method",
    fulfilled_date="Fulfilled at",
    region="Shipping Country",
    currency_column="Currency",
    status="Financial Status",
    refunded_amount="Refunded Amount",
    cancelled_at="Cancelled at",
    decimal_mark=".",
    not_orders=("voided",),
)
"""Shopify's orders export: one row per article; an order's own values stand on its first row only, so a total is
never added up twice. A voided order, and one cancelled before it was paid, is rejected with that reason. What was
refunded becomes a row of its own, ``<order>-refund``, with negative revenue on the day of the order, because
the export has no day of refund."""

WOOCOMMERCE = Mapping(
    preset="woocommerce",
    layout="orders",
    order_id="Order #",
    date="Date",
    customer="Customer",
    revenue="N. Revenue",
    segment="Customer type",
    channel="Attribution",
    status="Status",
    not_orders=("cancelled", "failed", "pending", "pending payment", "draft", "trash", "checkout-draft"),
    refund_statuses=("refunded",),
)
"""WooCommerce's analytics export: one row per order, amounts as formatted text, refunds as rows with a negative amount.
Its list of articles has no prices and so cannot become order lines."""

ONLINE_RETAIL = Mapping(
    preset="online_retail",
    layout="lines",
    order_id="Invoice",
    date="InvoiceDate",
    customer="Customer ID",
    quantity="Quantity",
    unit_price="Price",
    region="Country",
    product_id="StockCode",
    product="Description",
    decimal_mark=".",
    time_zone="Europe/London",
    currency="GBP",
    lost_order_ids=True,
    free_guest_lines_are_corrections=True,
)
"""Invoice lines in the layout of UCI's Online Retail: revenue is quantity × price summed over an invoice's lines.
Cancellations have negative quantities and are refunds. Where the invoice number was lost, an order is what one
customer had booked in one minute (all guests of that minute together). Lines without customer and price are
corrections of the stock and are rejected."""

PRESETS: dict[str, Mapping] = {mapping.preset: mapping for mapping in (SHOPIFY, WOOCOMMERCE, ONLINE_RETAIL)}

_OTHER_NAMES = {
    "online_retail": {"InvoiceNo": "Invoice", "CustomerID": "Customer ID", "UnitPrice": "Price"},
    "woocommerce": {
        "Order Number": "Order #",
        "Net Revenue": "N. Revenue",
        "N. Revenue (formatted)": "N. Revenue",
        "Customer Type": "Customer type",
    },
    "shopify": {"Billing Country": "Shipping Country"},
}
"""Names that some versions of an export use for a preset's columns."""

_RECOGNISED_BY = {
    "shopify": {"Name", "Financial Status", "Created at", "Total", "Lineitem quantity"},
    "woocommerce": {"Date", "Order #", "Status", "Customer", "N. Revenue"},
    "online_retail": {"Invoice", "StockCode", "Quantity", "InvoiceDate", "Price"},
}


def preset_mapping(name: str) -> Mapping:
    """The preset of that name, with all its columns."""
    if name not in PRESETS:
        raise ValueError(f"preset: expected one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]


def fitted_preset(name: str, columns: Sequence[str]) -> Mapping:
    """A preset with the names that this file uses, and without the optional columns that it lacks."""
    preset = preset_mapping(name)
    here = _columns_by_preset_name(name, columns)
    indispensable = ("order_id", "date", "revenue")
    return replace(
        preset,
        **{
            target: here.get(column, column if target in indispensable else None)
            for target, column in preset.columns().items()
        },
    )


def recognised_preset(columns: Sequence[str]) -> Mapping | None:
    """The preset whose telling columns are all in the file, fitted to it; None when there is none."""
    for name, telling in _RECOGNISED_BY.items():
        if telling <= _columns_by_preset_name(name, columns).keys():
            return fitted_preset(name, columns)
    return None


def _columns_by_preset_name(name: str, columns: Sequence[str]) -> dict[str, str]:
    known = {column.lower(): column for column in {*PRESETS[name].columns().values(), *_RECOGNISED_BY[name]}}
    others = {other.lower(): column for other, column in _OTHER_NAMES[name].items()}
    found: dict[str, str] = {}
    for column in columns:
        for names in (known, others):
            if (preset_name := names.get(column.lower())) is not None:
                found.setdefault(preset_name, column)
    return found
