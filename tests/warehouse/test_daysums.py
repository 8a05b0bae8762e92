"""Sums beside the orders: they must say what the orders say, and be made anew with every copy."""

from datetime import date
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.breakdowns import metric_by_member, metric_by_two
from analytics.descriptive.cells import revenue_cells
from analytics.descriptive.courses import usual_course
from analytics.descriptive.headline import largest_movers, period_headline
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.member_trends import metric_trend_by_member
from analytics.descriptive.profile import shop_profile
from analytics.descriptive.target_entries import Target
from analytics.descriptive.targets import all_standings
from analytics.descriptive.variation import day_dispersions
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from analytics.shop import DIMENSIONS
from analytics.summed import summed
from tests.analytics.conftest import random_orders
from warehouse import daysums, readcopy, store
from warehouse.engine import Tables, Warehouse

NO_EVENTS = pd.DataFrame({name: [] for name in ("start_date", "end_date", "label", "kind")})
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 20))
VIEWS = (
    Filters(FEBRUARY, "previous"),
    Filters(FEBRUARY, "previous", region=("North",)),
    Filters(FEBRUARY, "previous", region=("North",), channel=("Web", "Shop")),
    Filters(FEBRUARY, "previous", payment_method=("Card",)),
    Filters(FEBRUARY, "previous", channel=("Web",), age_group=("Old",)),
)
FORMAT_OF_SUMS = (3, 2658073258)
"""The copy's format, and the checksum of what its sums are made of."""


@pytest.fixture(scope="module")
def database(stored, tmp_path_factory):
    """Sixty days of a shop with six dimensions, guests, refunds and orders that state no region."""
    orders = random_orders(5, days=60)
    orders.loc[::7, "customer_id"] = None
    orders.loc[::11, "region"] = None
    for n, (dimension, members) in enumerate(
        {
            "segment": "ABC",
            "category": "UVWX",
            "payment_method": ("Card", "Cash", "Transfer"),
            "age_group": ("Old", "Middle", "Young"),
        }.items()
    ):
        orders[dimension] = [members[(row + row // (3 + n)) % len(members)] for row in range(len(orders))]
    return stored(orders, tmp_path_factory.mktemp("sums") / "shop.db")


@pytest.fixture(scope="module")
def with_sums(database, tmp_path_factory) -> Warehouse:
    """A warehouse whose copy has sums though the shop is small; each has all of its dimensions."""
    return warehouse_of(database, tmp_path_factory.mktemp("with") / "shop.db", smaller=0.01)


def warehouse_of(database: Path, copied: Path, smaller: float) -> Warehouse:
    """The same shop elsewhere, with sums that hold at most this part of as many rows as there are orders."""
    with store.reading(database) as opened:
        opened.execute("VACUUM INTO ?", (str(copied),))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(readcopy, "WORTH_SUMMING", 1)
        patched.setattr(daysums, "SMALLER", smaller)
        readcopy.make_read_copy(copied)
    return Warehouse(copied)


def answers(tables: Tables, sums: tuple, filters: Filters) -> dict[str, object]:
    """What pages are told of a view."""
    orders, shop = tables.orders, shop_profile(tables.orders, tables.customers, tables.shop)
    daily = daily_activity(orders, filters.without_period(), shop, sums)
    kpis = current_kpis(orders, daily, day_dispersions(daily), filters, shop)
    view = (orders, revenue_cells(orders, filters, shop, sums), kpis, filters, shop)
    targets = [Target("revenue", "month", date(2026, 2, 1), 5e4, *of) for of in (("", ""), ("channel", "Web"))]
    found = {"daily": daily, "kpis": kpis.figures, "headline": period_headline(*view), "movers": largest_movers(*view)}
    found["targets"] = [s.sentence for s in all_standings(orders, shop, tuple(targets), sums)]
    for dimension in DIMENSIONS:
        found[dimension] = metric_by_member(*view, dimension=dimension, key="satisfaction").members
        trend = metric_trend_by_member(*view, dimension=dimension, key="refund_rate", granularity="week", sums=sums)
        found[f"{dimension} by week"] = trend.buckets
    for rows, columns in (("region", "segment"), ("category", "age_group")):
        found[f"{rows} × {columns}"] = metric_by_two(*view[:2], filters, shop, rows, columns, "revenue")
    return found


@pytest.mark.parametrize("filters", VIEWS, ids=lambda f: " ".join(f.members) or "all")
def test_what_is_asked_of_sums_is_what_the_orders_say(with_sums, filters):
    with with_sums.tables() as tables:
        assert len(tables.sums) == 2
        of_sums, of_orders = answers(tables, tables.sums, filters), answers(tables, (), filters)
    for name, said in of_orders.items():
        if isinstance(said, pd.DataFrame):
            pd.testing.assert_frame_equal(of_sums[name], said, check_exact=False, rtol=1e-9, atol=1e-6, obj=name)
        else:
            assert of_sums[name] == said, name


@pytest.mark.parametrize("dimension", ["", "channel", "age_group"])
def test_rules_judge_by_sums_as_they_would_by_orders(with_sums, dimension):
    with with_sums.tables() as tables:
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
        for key in METRICS:
            of_sums, of_orders = (
                usual_course(tables.orders, NO_EVENTS, shop, key, dimension, sums=sums) for sums in (tables.sums, ())
            )
            np.testing.assert_allclose(of_sums.usual.errors, of_orders.usual.errors, rtol=1e-6, atol=1e-9, err_msg=key)


def test_a_view_is_asked_of_sums_only_where_they_tell_its_members_apart(with_sums):
    with with_sums.tables() as tables:
        trade, buyer = tables.sums
        assert summed(tables.orders, tables.sums, ("region", "channel")) is trade
        assert summed(tables.orders, tables.sums, ("age_group",)) is buyer
        assert summed(tables.orders, tables.sums, ("channel", "age_group")) is tables.orders
        assert summed(tables.orders, (), ()) is tables.orders


def test_each_row_of_sums_is_a_day_of_equal_members(with_sums):
    with with_sums.tables() as tables:
        frame, orders = tables.sums[0].to_pandas(), tables.orders.to_pandas()
    keys = ["date", "region", "segment", "category", "channel"]
    assert not frame.duplicated(keys).any()
    assert frame["date"].is_monotonic_increasing
    expected = orders.groupby(keys, observed=True)["revenue"].sum()
    np.testing.assert_allclose(frame.set_index(keys)["revenue"].sort_index(), expected.sort_index())
    assert frame["orders"].sum() == (orders["revenue"] >= 0).sum()


def test_a_dimension_that_would_make_sums_as_long_as_the_orders_is_left_out(database, tmp_path):
    with warehouse_of(database, tmp_path / "shop.db", smaller=2).tables() as tables:
        orders = tables.orders.count().execute()
        for table in tables.sums:
            assert table.count().execute() <= 1.05 * orders / 2  # the number of combinations is estimated
            assert set(DIMENSIONS) - set(table.columns)
        filters = VIEWS[2]
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
        cells = revenue_cells(tables.orders, filters, shop, tables.sums)
        assert set(cells.members) == set(DIMENSIONS), "what sums cannot tell apart is asked of the orders"


def test_a_small_shop_has_no_sums(database):
    with Warehouse(database).tables() as tables:
        assert tables.sums == ()


def test_an_append_is_in_the_sums(database, tmp_path, monkeypatch):
    copied = warehouse_of(database, tmp_path / "shop.db", smaller=0.01).database
    monkeypatch.setattr(readcopy, "WORTH_SUMMING", 1)
    monkeypatch.setattr(daysums, "SMALLER", 0.01)
    monkeypatch.setattr(readcopy, "_build", lambda *_: pytest.fail("built from nothing after an append"))
    with store.writing(copied, appends_only=True) as connection:
        connection.execute(
            "INSERT INTO transactions (transaction_id, date, revenue, region) "
            "VALUES ('late', '2026-02-03', 4.0, 'North')"
        )
        store.refresh_customers(connection)
    readcopy.make_read_copy(copied)
    with Warehouse(copied).tables() as tables:
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
        of_sums = daily_activity(tables.orders, VIEWS[1], shop, tables.sums)
        pd.testing.assert_frame_equal(of_sums, daily_activity(tables.orders, VIEWS[1], shop))
        assert tables.sums[0].orders.sum().execute() == (tables.orders.revenue >= 0).sum().execute()


def test_sums_defined_anew_are_a_new_format_of_the_copy():
    made_of = daysums.sums_query(DIMENSIONS)
    assert (readcopy.COPY_FORMAT, crc32(made_of.encode())) == FORMAT_OF_SUMS, (
        "copies already made hold sums of another definition: raise COPY_FORMAT and write both down"
    )


def test_sums_hold_every_part_of_every_metric_that_adds_up(with_sums):
    with with_sums.tables() as tables:
        for measured in METRICS.values():
            if measured.from_daily:
                assert set(measured.parts) - {"refunds"} <= set(tables.sums[0].columns)
