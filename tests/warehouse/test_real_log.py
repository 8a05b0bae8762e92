"""A real log of a million invoice lines goes in, and every line and penny of it is accounted for."""

import os
from pathlib import Path

import pytest

from warehouse.connection import data_version, settings
from warehouse.importing import import_orders

ROOT = Path(__file__).resolve().parents[2]
LOG = Path(os.environ.get("SHOP_DATA_DIR", ROOT / "../shared/data")) / "online_retail_ii.parquet"

LINES = 1_044_847
REVENUE = 18_909_744.12

pytestmark = [
    pytest.mark.real_log,
    pytest.mark.slow,
    pytest.mark.skipif(
        not LOG.exists(), reason=f"the real order log is not at {LOG}; SHOP_DATA_DIR may name its folder"
    ),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("real") / "shop.db"
    return import_orders(LOG, path), path


def test_accepted_rejected_and_duplicate_lines_are_all_lines(shop):
    report, _ = shop
    assert report.preset == "online_retail"
    assert report.accepted + report.rejected + report.duplicates == report.read == LINES


def test_the_revenue_of_all_lines_adds_up_to_the_penny(shop):
    report, _ = shop
    assert round(report.revenue + report.revenue_rejected + report.revenue_duplicate, 2) == REVENUE


def test_the_store_holds_what_the_report_says(shop, rows):
    report, path = shop
    assert rows(path, "SELECT round(sum(revenue), 2), sum(revenue >= 0), sum(revenue < 0) FROM transactions") == [
        (report.revenue, report.orders, report.refunds)
    ]
    assert rows(path, "SELECT count(*), round(sum(quantity * unit_price), 2) FROM order_lines") == [
        (report.accepted, report.revenue)
    ]
    assert rows(path, "SELECT count(*) FROM rejected_rows") == [(report.rejected,)]
    assert rows(path, "SELECT count(*) FROM customers") == [(report.customers,)] == [(5_942,)]
    assert rows(path, "SELECT count(DISTINCT region) FROM transactions") == [(43,)]


def test_the_last_day_ends_at_noon_and_is_partial(shop):
    report, path = shop
    assert (report.first_day, report.last_day, report.last_complete_day) == ("2009-12-01", "2011-12-09", "2011-12-08")
    stored = settings(path)
    assert (stored["currency"], stored["time_zone"]) == ("GBP", "Europe/London")


def test_the_same_log_again_changes_nothing(shop):
    _, path = shop
    before = data_version(path)
    again = import_orders(LOG, path, append=True)
    assert (again.read, again.accepted, again.duplicates) == (LINES, 0, LINES)
    assert round(again.revenue_duplicate, 2) == REVENUE
    assert data_version(path) == before
