"""The last complete day."""

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest

from warehouse.completeness import last_complete_day
from warehouse.schema import TABLES

FRIDAY = date(2026, 5, 15)
LATER = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture
def shop():
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES)
    yield connection
    connection.close()


def order(shop, day, minute=None, revenue=1.0):
    name = f"T{shop.execute('SELECT count(*) FROM transactions').fetchone()[0]}"
    shop.execute(
        "INSERT INTO transactions (transaction_id, date, revenue, order_minute) VALUES (?, ?, ?, ?)",
        (name, day.isoformat(), revenue, minute),
    )


def usual_days(shop, weeks=range(1, 9), minutes=(600, 720, 840, 960, 1080)):
    for week in weeks:
        for minute in minutes:
            order(shop, FRIDAY - timedelta(weeks=week), minute)


def test_a_day_that_ends_at_noon_is_partial_when_fridays_go_on_until_evening(shop):
    usual_days(shop)
    order(shop, FRIDAY, 725)
    assert last_complete_day(shop, LATER) == FRIDAY - timedelta(days=1)


def test_a_day_that_ends_as_fridays_do_is_complete(shop):
    usual_days(shop)
    order(shop, FRIDAY, 1075)
    order(shop, FRIDAY, 1081)
    assert last_complete_day(shop, LATER) == FRIDAY


def test_a_refund_in_the_evening_does_not_complete_a_day(shop):
    usual_days(shop)
    order(shop, FRIDAY, 725)
    order(shop, FRIDAY, 1200, revenue=-1.0)
    assert last_complete_day(shop, LATER) == FRIDAY - timedelta(days=1)


def test_with_few_earlier_fridays_the_last_open_days_tell(shop):
    for days in range(1, 8):
        for minute in (600, 1200, 1210, 1220):
            order(shop, FRIDAY - timedelta(days=days), minute)
    order(shop, FRIDAY, 700)
    assert last_complete_day(shop, LATER) == FRIDAY - timedelta(days=1)


def test_an_early_end_tells_nothing_where_orders_are_few(shop):
    usual_days(shop, minutes=(600, 900, 1080))
    order(shop, FRIDAY, 610)
    assert last_complete_day(shop, LATER) == FRIDAY


def test_without_times_of_day_only_today_is_partial(shop):
    order(shop, FRIDAY)
    assert last_complete_day(shop, datetime(2026, 5, 15, 12, tzinfo=UTC)) == FRIDAY - timedelta(days=1)
    assert last_complete_day(shop, datetime(2026, 5, 16, 12, tzinfo=UTC)) == FRIDAY


def test_today_is_the_shops_today(shop):
    shop.execute("INSERT INTO settings VALUES ('time_zone', 'Asia/Kolkata')")
    order(shop, FRIDAY)
    assert last_complete_day(shop, datetime(2026, 5, 15, 20, tzinfo=UTC)) == FRIDAY


def test_a_first_day_has_nothing_to_compare_with(shop):
    order(shop, FRIDAY, 700)
    assert last_complete_day(shop, LATER) == FRIDAY


def test_without_orders_there_is_none(shop):
    order(shop, FRIDAY, revenue=-1.0)
    assert last_complete_day(shop, LATER) is None
