"""Imports end to end: from a file to the store, and what the report says about it."""

import gzip
import json
import threading

import pytest

from warehouse.connection import data_version, settings
from warehouse.errors import ImportCancelled, ImportRefused, StoreError
from warehouse.importing import import_orders, preview
from warehouse.mapping import Mapping
from warehouse.replacing import previous_path, replacing
from warehouse.settings import put_settings
from warehouse.writing import write_lock, writing

GOOD = ("1,2026-05-14,C1,9.50,North,5,3", "2,2026-05-15,C2,20.00,South,,", "3,2026-05-16,,1.00,North,4,0")
LINES = "Invoice No,Invoice Date,Customer,Qty,Unit Price,SKU\n"


def test_good_rows_are_stored_as_they_stand(imported, rows):
    report, path = imported(*GOOD)
    assert (report.read, report.accepted, report.rejected, report.duplicates) == (3, 3, 0, 0)
    assert (report.orders, report.customers, report.revenue) == (3, 2, 30.5)
    assert (report.first_day, report.last_day, report.last_complete_day) == ("2026-05-14", "2026-05-16", "2026-05-16")
    assert rows(
        path,
        "SELECT transaction_id, customer_id, date, revenue, region, satisfaction_score, delivery_days, import_id "
        "FROM transactions ORDER BY 1",
    ) == [
        ("1", "C1", "2026-05-14", 9.5, "North", 5, 3, 1),
        ("2", "C2", "2026-05-15", 20.0, "South", None, None, 1),
        ("3", None, "2026-05-16", 1.0, "North", 4, 0, 1),
    ]
    assert rows(path, "SELECT customer_id, region, order_count FROM customers") == [
        ("C1", "North", 1),
        ("C2", "South", 1),
    ]
    assert settings(path)["is_demo"] == "0"


def test_each_bad_row_is_kept_with_line_column_and_reason(imported, rows):
    report, path = imported(*GOOD, "4,31/02/2026,C1,1.00,North,,", "5,2026-05-14,C1,abc,North,,", "6,2026-05-14")
    assert (report.accepted, report.rejected) == (3, 3)
    assert rows(path, "SELECT source_file, line_number, column_name, reason, raw_text FROM rejected_rows") == [
        ("orders.csv", 5, "Date", "not a date: 31/02/2026", "4,31/02/2026,C1,1.00,North,,"),
        ("orders.csv", 6, "Total", "the revenue is not a number", "5,2026-05-14,C1,abc,North,,"),
        ("orders.csv", 7, None, "the line has 2 fields, the header has 7", "6,2026-05-14"),
    ]
    assert report.samples[0].column == "Date"
    assert ("not a date", 1) in report.reasons


def test_of_equal_ids_equal_rows_are_duplicates_and_others_rejected(imported):
    report, _ = imported("1,2026-05-14,C1,9.50,N,5,3", "1,2026-05-14,C1,9.5,N,5,3", "1,2026-05-14,C1,9.51,N,5,3")
    assert (report.accepted, report.rejected, report.duplicates) == (1, 1, 1)
    assert report.samples[0].reason == "order 1 already stands at line 2 with other content"
    assert (report.revenue, report.revenue_rejected, report.revenue_duplicate) == (9.5, 9.51, 9.5)


def test_the_same_file_again_changes_nothing(imported, orders_file, rows):
    _, path = imported(*GOOD, "4,never,C1,1.00,North,,")
    before = data_version(path)
    for append in (True, False):
        again = import_orders(orders_file(*GOOD, "4,never,C1,1.00,North,,"), path, append=append)
        assert (again.accepted, again.rejected, again.duplicates, again.import_id) == (0, 0, 4, None)
        assert "nothing changed" in again.sentence
    assert data_version(path) == before
    assert rows(path, "SELECT count(*) FROM imports") == [(1,)]


def test_appending_adds_what_is_new_and_knows_what_is_stored(imported, rows):
    _, path = imported(*GOOD)
    report, _ = imported(GOOD[0], "2,2026-05-15,C2,21.00,South,,", "4,2026-06-01,C1,5.00,West,,", append=True)
    assert (report.accepted, report.rejected, report.duplicates) == (1, 1, 1)
    assert report.samples[0].reason == "order 2 is already stored with other content"
    assert rows(path, "SELECT count(*), sum(revenue) FROM transactions") == [(4, 35.5)]
    assert rows(path, "SELECT region, order_count, last_purchase_date FROM customers WHERE customer_id = 'C1'") == [
        ("West", 2, "2026-06-01")
    ]
    assert [state.partition("-")[0] for state in settings(path)["lineage"].split()] == ["1", "2"]
    assert settings(path)["last_complete_day"] == "2026-06-01"


def test_appending_to_nothing_builds_a_database(orders_file, tmp_path):
    assert import_orders(orders_file(*GOOD), tmp_path / "new.db", append=True).accepted == 3


def test_appending_to_the_demo_is_refused(orders_file, tmp_path):
    with replacing(tmp_path / "shop.db") as connection:
        put_settings(connection, {"is_demo": "1"})
    with pytest.raises(ImportRefused, match="leave out --append"):
        import_orders(orders_file(*GOOD), tmp_path / "shop.db", append=True)


def test_replacing_own_orders_keeps_them_beside_and_keeps_the_shops_settings(imported, rows):
    _, path = imported(*GOOD)
    with writing(path) as connection:
        put_settings(connection, {"shop_name": "Corner", "gross_margin": "0.2"})
    imported("9,2026-05-14,C1,1.00,North,,")
    assert rows(path, "SELECT transaction_id FROM transactions") == [("9",)]
    assert rows(previous_path(path), "SELECT count(*) FROM transactions") == [(3,)]
    assert (settings(path)["shop_name"], settings(path)["gross_margin"]) == ("Corner", "0.2")


def test_a_dry_run_counts_and_stores_nothing(imported, tmp_path):
    report, path = imported(*GOOD, "4,never,,1,,,", dry_run=True, rejects_csv=tmp_path / "rejects.csv")
    assert (report.accepted, report.rejected, report.import_id) == (3, 1, None)
    assert not path.exists()
    assert not (tmp_path / "customer_hash.key").exists()
    assert "dry run" in report.sentence
    assert "4,never,,1,,," in (tmp_path / "rejects.csv").read_text()


def test_a_dry_run_of_an_append_knows_what_is_stored(imported):
    _, path = imported(*GOOD)
    before = data_version(path)
    report, _ = imported(*GOOD[:2], "7,2026-05-14,C1,1.00,North,,", append=True, dry_run=True)
    assert (report.accepted, report.duplicates) == (1, 2)
    assert data_version(path) == before


def test_a_file_without_one_good_row_replaces_nothing(imported):
    _, path = imported(*GOOD)
    before = data_version(path)
    report, _ = imported("8,never,C1,1.00,North,,")
    assert (report.read, report.rejected, report.import_id) == (1, 1, None)
    assert "no row could be accepted; most often: not a date" in report.sentence
    assert data_version(path) == before


def test_rejected_rows_of_an_append_are_kept_even_when_nothing_is_accepted(imported, rows):
    _, path = imported(*GOOD)
    imported("8,never,C1,1.00,North,,", append=True)
    assert rows(path, "SELECT reason FROM rejected_rows") == [("not a date",)]


def test_a_refund_lowers_revenue_and_is_no_order(imported, rows):
    report, path = imported("1,2026-05-14,C1,10.00,N,,", "2,2026-05-15,C1,-4.00,N,,")
    assert (report.orders, report.refunds, report.revenue) == (1, 1, 6.0)
    assert rows(path, "SELECT order_count, last_purchase_date FROM customers") == [(1, "2026-05-14")]


def test_lines_add_up_to_invoices_and_identical_lines_are_two_scans(imported, rows):
    report, path = imported(
        "A1,2026-05-14 10:05,C1,2,3.00,x",
        "A1,2026-05-14 10:05,C1,2,3.00,x",
        "A1,2026-05-14 10:06,C1,-1,3.00,y",
        "A2,2026-05-14 11:00,,1,0.10,z",
        "A2,2026-05-14 11:00,,1,0.20,z",
        header=LINES,
    )
    assert (report.accepted, report.orders, report.revenue) == (5, 2, 9.3)
    assert rows(path, "SELECT transaction_id, order_minute, revenue FROM transactions ORDER BY 1") == [
        ("A1", 605, 9.0),
        ("A2", 660, 0.3),
    ]
    assert rows(path, "SELECT line, product_id, quantity, unit_price FROM order_lines WHERE transaction_id = 'A1'") == [
        (1, "x", 2.0, 3.0),
        (2, "x", 2.0, 3.0),
        (3, "y", -1.0, 3.0),
    ]


def test_lines_of_a_stored_invoice_are_duplicates_and_of_a_changed_one_rejected(imported):
    first = ("A1,2026-05-14,C1,2,3.00,x", "A1,2026-05-14,C1,1,3.00,y", "A2,2026-05-14,C1,1,5.00,x")
    imported(*first, header=LINES)
    report, _ = imported(
        *first[:2], "A2,2026-05-14,C1,5,1.00,x", "A3,2026-05-15,C1,1,1.00,x", header=LINES, append=True
    )
    assert (report.accepted, report.rejected, report.duplicates) == (1, 1, 2)
    assert report.samples[0].reason == "order A2 is already stored with other content"


def test_a_wrong_amount_of_money_never_rounds_an_invoice_into_a_refund(imported, rows):
    _, path = imported("A1,2026-05-14,C1,1,0.3,x", "A1,2026-05-14,C1,-3,0.1,x", header=LINES)
    assert rows(path, "SELECT revenue, revenue >= 0 FROM transactions") == [(0.0, 1)]


def test_an_open_question_is_asked_and_answered_by_the_mapping(orders_file, tmp_path):
    file = orders_file("1,03/04/2026,C1,1.00,N,,")
    with pytest.raises(ImportRefused, match="day_first = true or day_first = false"):
        import_orders(file, tmp_path / "shop.db")
    shown = preview(file)
    assert [need.key for need in shown.needs] == ["day_first"]
    from dataclasses import replace

    report = import_orders(file, tmp_path / "shop.db", replace(shown.mapping, day_first=True))
    assert report.first_day == "2026-04-03"


def test_a_column_that_was_not_recognised_is_asked_for(orders_file, tmp_path):
    file = orders_file("1,2026-05-14,3", header="nr,when,how much\n")
    with pytest.raises(ImportRefused, match='name it in the mapping, as in order_id = "nr"'):
        import_orders(file, tmp_path / "shop.db")
    assert [need.key for need in preview(file).needs] == ["order_id", "date", "revenue"]
    report = import_orders(file, tmp_path / "shop.db", Mapping(order_id="nr", date="when", revenue="how much"))
    assert report.accepted == 1


def test_a_mapping_that_names_a_column_the_file_lacks_is_refused(orders_file, tmp_path):
    with pytest.raises(ImportRefused, match="which the file lacks"):
        import_orders(orders_file(*GOOD), tmp_path / "x.db", Mapping(order_id="Nope", date="Date", revenue="Total"))


def test_the_preview_shows_columns_rows_and_meaning(orders_file):
    shown = preview(orders_file(*GOOD))
    assert shown.columns[:2] == ("Order ID", "Date")
    assert shown.sample[0] == ("1", "2026-05-14", "C1", "9.50", "North", "5", "3")
    assert (shown.mapping.order_id, shown.mapping.customer, shown.mapping.decimal_mark) == (
        "Order ID",
        "Customer ID",
        ".",
    )
    assert (shown.preset, shown.needs, shown.kind) == (None, (), "csv")


def test_a_preview_reads_on_when_the_first_rows_leave_a_question_open(orders_file, monkeypatch):
    monkeypatch.setattr("warehouse.importing.ROWS_FOR_A_FIRST_LOOK", 1)
    monkeypatch.setattr("warehouse.delimited.BATCH_ROWS", 1)
    shown = preview(orders_file("1,03/04/2026,C1,1.00,N,,", "2,13/04/2026,C1,1.00,N,,"))
    assert (shown.needs, shown.mapping.day_first) == ((), True)


def test_progress_is_told_and_rises(imported):
    told = []
    imported(*GOOD, progress=lambda share, doing: told.append((share, doing)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("when", ["Reading the file", "Checking the rows", "Storing the orders"])
def test_a_stopped_import_changes_nothing(imported, when):
    _, path = imported(*GOOD)
    before = data_version(path)
    doing_now = []
    with pytest.raises(ImportCancelled):
        imported(
            "9,2026-05-14,C1,1.00,North,,",
            progress=lambda share, doing: doing_now.append(doing),
            cancelled=lambda: when in doing_now,
        )
    assert data_version(path) == before


def test_a_second_import_is_told_about_the_first(imported, orders_file, monkeypatch):
    _, path = imported(*GOOD)
    monkeypatch.setattr("warehouse.writing.LOCK_WAIT_SECONDS", 0.1)
    told = []

    def second():
        try:
            import_orders(orders_file("9,2026-05-14,C1,1.00,North,,"), path, append=True)
        except StoreError as error:
            told.append(str(error))

    with write_lock(path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "is running" in told[0]


def test_times_with_an_offset_are_moved_to_the_shops_zone(imported, rows):
    mapping = Mapping(order_id="Order ID", date="Date", revenue="Total", time_zone="Asia/Kolkata")
    _, path = imported("1,2026-05-14 20:00:00 +0000,,1.00,,,", "2,2026-05-14 20:00,,1.00,,,", mapping=mapping)
    assert rows(path, "SELECT date, order_minute FROM transactions ORDER BY transaction_id") == [
        ("2026-05-15", 90),
        ("2026-05-14", 1200),
    ]
    assert settings(path)["time_zone"] == "Asia/Kolkata"


def test_an_unknown_time_zone_is_refused(imported):
    with pytest.raises(ImportRefused, match="time_zone"):
        imported(*GOOD, mapping=Mapping(order_id="Order ID", date="Date", revenue="Total", time_zone="Mars"))


def test_the_usual_currency_is_the_shops_and_other_amounts_are_rejected(imported):
    header = "Order ID,Date,Total,Currency\n"
    lines = ("1,2026-05-14,1,USD", "2,2026-05-14,2,usd", "3,2026-05-14,3,EUR", "4,2026-05-14,4,")
    report, path = imported(*lines, header=header)
    assert (report.accepted, report.rejected, settings(path)["currency"]) == (3, 1, "USD")
    with pytest.raises(ImportRefused, match="the shop's in USD"):
        imported(*GOOD, mapping=Mapping(order_id="Order ID", date="Date", revenue="Total", currency="GBP"), append=True)


def test_a_currency_that_nobody_states_is_said_to_be_assumed(imported):
    tried, _ = imported(*GOOD, dry_run=True)
    report, path = imported(*GOOD)
    for told in (tried, report):
        assert "amounts are taken as EUR: state another with currency in the mapping or on the Data page" in (
            told.sentence
        )
    assert "gross_margin" not in settings(path)


@pytest.mark.parametrize(
    ("header", "line", "stated"),
    [
        ("Order ID,Date,Total,Currency\n", "1,2026-05-14,1,EUR", None),
        ("Order ID,Date,Total\n", "1,2026-05-14,1", "EUR"),
    ],
    ids=["by the file", "by the mapping"],
)
def test_a_currency_that_is_stated_is_not_said_to_be_assumed(imported, header, line, stated):
    mapping = Mapping(order_id="Order ID", date="Date", revenue="Total", currency=stated)
    report, _ = imported(line, header=header, mapping=mapping if stated else None)
    assert (report.currency, report.currency_assumed) == ("EUR", False)
    assert "amounts are taken" not in report.sentence


def test_gzipped_and_plain_files_read_alike(orders_file, tmp_path):
    plain = orders_file(*GOOD)
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert import_orders(packed, tmp_path / "a.db").revenue == import_orders(plain, tmp_path / "b.db").revenue


def test_a_damaged_database_is_refused_and_moved_aside_only_when_told(orders_file, tmp_path):
    path = tmp_path / "shop.db"
    path.write_bytes(b"x" * 1000)
    with pytest.raises(StoreError, match="left untouched"):
        import_orders(orders_file(*GOOD), path)
    assert path.read_bytes() == b"x" * 1000
    assert import_orders(orders_file(*GOOD), path, overwrite_foreign=True).accepted == 3
    assert (tmp_path / "shop.replaced.db").read_bytes() == b"x" * 1000


def test_the_report_is_json_with_the_promised_keys(imported):
    report, _ = imported(*GOOD)
    told = json.loads(report.to_json())
    promised = {"read", "accepted", "rejected", "duplicates", "orders", "customers", "revenue", "first_day", "last_day"}
    assert promised <= told.keys()
    assert told["sentence"] == report.sentence


def test_html_and_formulas_are_text_like_any_other(imported, rows):
    _, path = imported("1,2026-05-14,C1,1.00,<script>alert(1)</script>,,", "2,2026-05-14,C1,1.00,=1+1,,")
    assert rows(path, "SELECT region FROM transactions ORDER BY 1") == [("<script>alert(1)</script>",), ("=1+1",)]
