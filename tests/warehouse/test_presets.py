"""Exports of well-known shop systems, in the form in which they are downloaded."""

import pytest

from warehouse.importing import import_orders, preview
from warehouse.presets import PRESETS, fitted_preset, preset_mapping, recognised_preset

SHOPIFY = (
    "\ufeffName,Email,Financial Status,Paid at,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing Zip,Shipping Country,"
    "Cancelled at,Payment Method,Refunded Amount,Vendor,Tags,Source\n"
)
SHOPIFY_ROWS = (
    "#1001,Ann@Example.com,paid,2026-05-14 11:24:00 +0100,2026-05-16 09:00:00 +0100,GBP,30,0,0,30.00,0,"
    "2026-05-14 11:23:45 +0100,2,Mug,10.00,M1,Ann Lee,'01234,GB,,Shopify Payments,0.00,Acme,,web",
    "#1001,,,,,,,,,,,,1,Spoon,10.00,S1,,,,,,,Acme,,",
    "#1002,ann@example.com ,partially_refunded,,,GBP,50,0,0,50.00,0,2026-05-15 23:30:00 +0100,5,Mug,10.00,M1,Ann Lee,,"
    "GB,,Klarna,20.00,Acme,,pos",
    "#1003,bob@example.com,voided,,,GBP,10,0,0,10.00,0,2026-05-15 10:00:00 +0100,1,Mug,10.00,M1,Bob,,"
    "GB,,Klarna,0,Acme,,web",
    "#1003,,,,,,,,,,,,1,Spoon,10.00,S1,,,,,,,Acme,,",
    "#1004,,pending,,,GBP,10,0,0,10.00,0,2026-05-15 10:00:00 +0100,1,Mug,10.00,M1,,,GB,"
    "2026-05-16 10:00:00 +0100,,0,Acme,,web",
    "#1005,,pending,,,GBP,10,0,0,10.00,0,2026-05-15 10:00:00 +0100,1,Mug,10.00,M1,,,GB,,,0,Acme,,web",
    "#1009,,,,,,,,,,,,1,Spoon,10.00,S1,,,,,,,Acme,,",
)


def test_a_shopify_export_never_adds_a_total_up_twice(imported, rows):
    report, path = imported(*SHOPIFY_ROWS, header=SHOPIFY)
    assert report.preset == "shopify"
    assert (report.read, report.accepted, report.rejected) == (8, 4, 4)
    assert (report.orders, report.refunds, report.customers, report.revenue) == (3, 1, 1, 70.0)
    assert rows(
        path,
        "SELECT transaction_id, date, revenue, delivery_days, channel, payment_method, region FROM transactions "
        "ORDER BY 1",
    ) == [
        ("#1001", "2026-05-14", 30.0, 2, "web", "Shopify Payments", "GB"),
        ("#1002", "2026-05-15", 50.0, None, "pos", "Klarna", "GB"),
        ("#1002-refund", "2026-05-15", -20.0, None, "pos", "Klarna", "GB"),
        ("#1005", "2026-05-15", 10.0, None, "web", None, "GB"),
    ]
    assert rows(
        path, "SELECT product, quantity, unit_price, category FROM order_lines WHERE transaction_id = '#1001'"
    ) == [
        ("Mug", 2.0, 10.0, "Acme"),
        ("Spoon", 1.0, 10.0, "Acme"),
    ]
    assert [reject.reason for reject in report.samples] == [
        "the status is voided, so this is no order",
        "line 5, where this order begins, was rejected",
        "cancelled before it was paid",
        "no row above begins order #1009",
    ]


def test_nobody_in_a_shopify_export_can_be_recognised_in_the_database(imported):
    _, path = imported(*SHOPIFY_ROWS, "#1010,eve@example.com,paid", header=SHOPIFY)
    stored = path.read_bytes()
    for personal in (b"ann@", b"Ann@", b"bob@", b"Bob", b"Ann Lee", b"eve@", b"01234"):
        assert personal not in stored


def test_a_later_refund_of_a_stored_order_is_added(imported, rows):
    imported(*SHOPIFY_ROWS[:2], header=SHOPIFY)
    report, path = imported(
        SHOPIFY_ROWS[0].replace(",0.00,Acme", ",12.00,Acme"), SHOPIFY_ROWS[1], header=SHOPIFY, append=True
    )
    assert (report.accepted, report.duplicates, report.refunds) == (1, 1, 1)
    assert rows(path, "SELECT sum(revenue) FROM transactions") == [(18.0,)]
    again, _ = imported(
        SHOPIFY_ROWS[0].replace(",0.00,Acme", ",15.00,Acme"), SHOPIFY_ROWS[1], header=SHOPIFY, append=True
    )
    assert again.samples[0].reason == "order #1001-refund is already stored with other content"


def test_a_shopify_order_that_occurs_twice_is_a_duplicate_with_its_lines(imported):
    report, _ = imported(*SHOPIFY_ROWS[:2], *SHOPIFY_ROWS[:2], header=SHOPIFY)
    assert (report.accepted, report.duplicates) == (2, 2)


def test_a_woocommerce_export_has_formatted_amounts_and_refunds_as_negative_rows(imported, rows):
    report, path = imported(
        '2026-05-14 10:00:00,501,"£1,250.00",completed,Ann Lee,returning,"2× Mug, 1× Spoon",3,,1250,organic',
        '2026-05-15 10:00:00,502,"-£20.00",refunded,Ann Lee,returning,,0,,-20,organic',
        '2026-05-15 10:00:00,503,"£20.00",failed,Bob Ray,new,1× Mug,1,,20,organic',
        header="Date,Order #,N. Revenue,Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,"
        "Attribution\n",
    )
    assert report.preset == "woocommerce"
    assert (report.orders, report.refunds, report.customers, report.revenue) == (1, 1, 1, 1230.0)
    assert rows(path, "SELECT count(*) FROM customers WHERE customer_id LIKE 'h-%'") == [(1,)]
    assert b"Ann Lee" not in path.read_bytes()
    assert b"Bob Ray" not in path.read_bytes()


ONLINE = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"


def test_an_invoice_log_knows_lost_numbers_gifts_and_corrections(imported, rows):
    report, path = imported(
        "1,A,Mug,2,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
        "1,A,Mug,2,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
        "1,B,Gift,1,2010-12-01 08:27:00,0,17850.0,United Kingdom",
        "C2,A,Mug,-1,2010-12-02 09:00:00,2.55,17850.0,United Kingdom",
        ",,,-1,2010-12-03 09:00:00,2.00,17850.0,United Kingdom",
        ",,,-1,2010-12-03 09:00:59,1.00,17850.0,United Kingdom",
        ",,,-1,2010-12-03 09:00:00,4.00,,United Kingdom",
        "3,C,damaged,-5,2010-12-03 09:00:00,0,,United Kingdom",
        "A4,B,Adjust bad debt,1,2010-12-03 09:00:00,-11.50,,United Kingdom",
        header=ONLINE,
    )
    assert report.preset == "online_retail"
    assert (report.accepted, report.rejected, report.orders, report.refunds) == (8, 1, 1, 4)
    assert report.samples[0].reason == "a line without customer and price corrects the stock and is no sale"
    assert rows(
        path, "SELECT transaction_id, order_minute, revenue, customer_id FROM transactions ORDER BY date, 1"
    ) == [
        ("1", 506, 10.2, "17850"),
        ("C2", 540, -2.55, "17850"),
        ("A4", 540, -11.5, None),
        ("lost-17850-2010-12-03T540", 540, -3.0, "17850"),
        ("lost-guest-2010-12-03T540", 540, -4.0, None),
    ]
    assert rows(path, "SELECT value FROM settings WHERE key IN ('currency', 'time_zone') ORDER BY key") == [
        ("GBP",),
        ("Europe/London",),
    ]


def test_other_spellings_of_an_export_are_fitted():
    mapping = recognised_preset(
        ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    )
    assert (mapping.order_id, mapping.unit_price, mapping.product) == ("InvoiceNo", "UnitPrice", None)
    assert recognised_preset(["a", "b"]) is None


def test_a_preset_keeps_indispensable_columns_that_the_file_lacks_so_that_they_are_asked_for():
    assert fitted_preset("shopify", ["Name"]).date == "Created at"


def test_an_unknown_preset_is_named():
    with pytest.raises(ValueError, match="shopify, woocommerce, online_retail, got 'ebay'"):
        preset_mapping("ebay")
    assert set(PRESETS) == {"shopify", "woocommerce", "online_retail"}


def test_the_preview_says_which_export_it_recognised(orders_file, tmp_path):
    file = orders_file(*SHOPIFY_ROWS, header=SHOPIFY)
    assert preview(file).preset == "shopify"
    assert import_orders(file, tmp_path / "a.db", preview(file).mapping).preset == "shopify"
