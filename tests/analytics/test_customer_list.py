"""The list of customers: figures by hand, any order, search, pages that follow on from each other, one timeline."""

from datetime import date

import pandas as pd
import pytest

from analytics.collect import collected
from analytics.descriptive import customer_list
from analytics.descriptive.customer_list import (
    COLUMNS,
    PAGE_ROWS,
    block_of,
    customer_block,
    customer_count,
    customer_page,
    customer_timeline,
    customers_table,
)
from analytics.descriptive.rfm import rfm_groups
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

SECOND_WEEK = Filters(Period(date(2026, 1, 12), date(2026, 1, 18)))


def ids(orders: pd.DataFrame) -> pd.DataFrame:
    return orders[["customer_id"]].dropna().drop_duplicates()


def page_of(orders, filters, search="", page=1, **order):
    shop = shop_of(orders)
    total = customer_count(orders, ids(orders), filters, shop, search)
    asked = (orders, ids(orders), rfm_groups(orders, filters, shop), filters, shop)
    block = customer_block(*asked, search=search, **order, number=block_of(page, total))
    return customer_page(*asked, total, block, page)


def test_in_view_is_the_period_and_all_else_all_time(hand_orders):
    page = page_of(hand_orders, SECOND_WEEK)
    assert page.rows["customer_id"].tolist() == ["a", "c", "b"]
    a = page.rows.iloc[0]
    assert [a["revenue_in_view"], a["orders_in_view"], a["revenue"], a["orders"]] == [100.0, 1, 200.0, 2]
    assert [a["average_order_value"], a["satisfaction"]] == [110.0, 4.0]
    assert str(a["first_order_on"])[:10] == "2026-01-05"
    assert str(a["last_order_on"])[:10] == "2026-01-12"
    assert page.rows["rfm"].isna().all(), "three customers have no quintiles"
    assert page.sentence == "Customers 1 to 3 of 3, by falling revenue in view."


def test_filters_keep_customers_with_a_row_of_theirs(hand_orders):
    shop_only = Filters(SECOND_WEEK.period, channel=("Shop",))
    page = page_of(hand_orders, shop_only)
    assert page.rows["customer_id"].tolist() == ["c"]
    assert page.sentence == "One customer."


@pytest.mark.parametrize("sort", COLUMNS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_follow_on_from_each_other_in_the_order_of_the_whole_table(sort, descending):
    orders = random_orders(2, days=60, per_day=4)
    filters = Filters(Period(date(2026, 2, 1), date(2026, 2, 20)), region=("North",))
    shop = shop_of(orders)
    boundaries = rfm_groups(orders, filters, shop).boundaries
    whole = collected(customers_table(orders, ids(orders), filters, shop, "", sort, descending, boundaries))
    first, second = (page_of(orders, filters, sort=sort, descending=descending, page=n) for n in (1, 2))
    assert len(first.rows) == PAGE_ROWS
    together = pd.concat([first.rows, second.rows], ignore_index=True)
    assert together["customer_id"].tolist() == whole["customer_id"].tolist()[: len(together)]
    assert together["rfm"].tolist() == whole["rfm"].tolist()[: len(together)]
    in_view = orders[(orders["region"] == "North") & orders["date"].between("2026-02-01", "2026-02-20")]
    assert whole["revenue_in_view"].sum() == pytest.approx(in_view["revenue"].sum())


def test_a_part_of_the_id_in_any_case_finds_and_nothing_in_it_is_a_pattern(hand_orders):
    assert page_of(hand_orders, SECOND_WEEK, search=" A ").rows["customer_id"].tolist() == ["a"]
    for nothing in ("%", "_", "'", "' OR 1=1 --", "x" * 500):
        with pytest.raises(NotEnoughData, match="shorten what is searched for"):
            page_of(hand_orders, SECOND_WEEK, search=nothing)


def test_pages_in_blocks_of_any_size_show_what_one_block_shows(monkeypatch):
    orders = random_orders(2, days=60, per_day=4)
    filters = Filters(Period(date(2026, 2, 1), date(2026, 2, 20)))
    in_one_block = [page_of(orders, filters, page=n) for n in (1, 2, 3)]
    monkeypatch.setattr(customer_list, "BLOCK_PAGES", 2)
    in_two_blocks = [page_of(orders, filters, page=n) for n in (1, 2, 3)]
    for one, two in zip(in_one_block, in_two_blocks, strict=True):
        pd.testing.assert_frame_equal(one.rows, two.rows)
        assert one.sentence == two.sentence
    assert len({page.first for page in in_two_blocks}) == 3


def test_a_block_says_in_its_text_what_it_is_of_but_not_its_keys(hand_orders):
    shop = shop_of(hand_orders)
    asked = (hand_orders, ids(hand_orders), rfm_groups(hand_orders, SECOND_WEEK, shop), SECOND_WEEK, shop)
    falling, rising = (customer_block(*asked, descending=d) for d in (True, False))
    assert repr(falling) != repr(rising)
    assert falling.keys == tuple(reversed(rising.keys)) == ("a", "c", "b")
    assert "keys" not in repr(falling)


def test_a_block_that_does_not_hold_the_page_is_refused(hand_orders):
    shop = shop_of(hand_orders)
    asked = (hand_orders, ids(hand_orders), rfm_groups(hand_orders, SECOND_WEEK, shop), SECOND_WEEK, shop)
    with pytest.raises(ValueError, match="block: expected number 0 for page 1, got 1"):
        customer_page(*asked, 3, customer_block(*asked, number=1))
    with pytest.raises(ValueError, match="number: expected a block from 0, got -1"):
        customer_block(*asked, number=-1)


def test_a_page_beyond_the_last_is_the_last(hand_orders):
    assert page_of(hand_orders, SECOND_WEEK, page=99).first == 1
    assert page_of(hand_orders, SECOND_WEEK, page=-3).first == 1


def test_customers_with_refunds_alone_are_listed_without_days(hand_orders):
    refunded = hand_orders[hand_orders["revenue"] < 0]
    page = page_of(refunded, SECOND_WEEK)
    assert page.rows.loc[0, "revenue"] == -20
    assert page.rows["last_order_on"].isna().all()
    assert "No order, 1 refund" in customer_timeline(refunded, ids(refunded), shop_of(refunded), "a").sentence


def test_a_timeline_holds_all_of_one_customer_newest_first(hand_orders, hand_shop):
    timeline = customer_timeline(hand_orders, ids(hand_orders), hand_shop, "a")
    assert timeline.orders["revenue"].tolist() == [-20.0, 120.0, 100.0]
    assert timeline.sentence == "2 orders and 1 refund of together € 200.00, from 5 Jan 2026 to 12 Jan 2026."
    assert "1 order of together € 30.00, on 13 Jan 2026" in (
        customer_timeline(hand_orders, ids(hand_orders), hand_shop, "c").sentence
    )


def test_nobody_and_what_cannot_be_asked_are_answered_in_words(hand_orders, hand_shop):
    with pytest.raises(NotEnoughData, match="No order of this shop is by a customer “x{39}…”"):
        customer_timeline(hand_orders, ids(hand_orders), hand_shop, "x" * 90)
    with pytest.raises(NotEnoughData, match="take one of these filters away"):
        page_of(hand_orders, Filters(SECOND_WEEK.period, region=("East",)))
    with pytest.raises(ValueError, match="sort: expected one of"):
        customers_table(hand_orders, ids(hand_orders), SECOND_WEEK, hand_shop, sort="mood")
    with pytest.raises(ValueError, match="sort: expected one of"):
        page_of(hand_orders, SECOND_WEEK, sort="mood")
