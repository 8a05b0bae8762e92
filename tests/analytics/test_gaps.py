"""The clock of coming back: what starts it, what stops it, and what is known when it starts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic.cox import Gathered, fitted
from analytics.diagnostic.gaps import CLOCKS, FIRST, LATER, POSITION, UNTOLD, clock_sentence, gap_counts, order_gaps
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import Shop
from tests.analytics.conftest import random_orders, shop_of

JANUARY = Filters(Period(date(2026, 1, 1), date(2026, 1, 31)), "none")


def orders_of(*rows: tuple) -> pd.DataFrame:
    columns = ["customer_id", "date", "revenue", "channel", "delivery_days", "satisfaction_score"]
    orders = pd.DataFrame([(*row, *[None] * (6 - len(row))) for row in rows], columns=columns)
    return orders.assign(transaction_id=[f"t{i}" for i in range(len(orders))])


HAND = orders_of(
    ("a", "2026-01-01", 10.0, "Web"),
    ("a", "2026-01-11", 10.0, "App"),
    ("a", "2026-01-11", 5.0, "Web"),
    ("b", "2026-01-05", 10.0, "Web"),
    ("b", "2026-01-08", -10.0, "Web"),
    ("c", "2026-01-20", 10.0, "App"),
    ("c", "2026-01-31", 10.0, "App"),
    (None, "2026-01-15", 10.0, "Web"),
)
SHOP = shop_of(HAND, last_day=date(2026, 1, 31), today=date(2026, 1, 31))
"""a: ten days to the next order, then 20 of silence; b: 26 of silence, a refund is no order; c: eleven, then none."""


def followed(orders: pd.DataFrame, filters: Filters = JANUARY, shop: Shop = SHOP) -> list[tuple[int, bool]]:
    gaps = order_gaps(orders, filters, shop)
    return sorted(zip(gaps.days.tolist(), gaps.returned.tolist(), strict=True))


def test_a_gap_lasts_to_the_next_order_or_is_cut_off_by_the_last_complete_day():
    assert followed(HAND) == [(10, True), (11, True), (20, False), (26, False)]


def test_orders_of_one_day_are_one_purchase_and_refunds_and_guests_none():
    alone = HAND.drop(index=[2, 4, 7])
    assert followed(alone) == followed(HAND)


def test_what_happens_after_the_periods_end_is_not_known():
    until = replace(JANUARY, period=Period(date(2026, 1, 1), date(2026, 1, 8)))
    assert followed(HAND, until) == [(3, False), (7, False)]
    assert followed(HAND[pd.to_datetime(HAND["date"]) <= "2026-01-08"], until) == followed(HAND, until)


def test_the_start_of_the_period_does_not_matter():
    assert followed(HAND, Filters(Period(date(2026, 1, 30), date(2026, 1, 31)), "none")) == followed(HAND)


def test_filters_choose_the_order_that_starts_the_clock_and_any_order_stops_it():
    orders = orders_of(("a", "2026-01-01", 1.0, "Web"), ("a", "2026-01-04", 1.0, "App"))
    assert followed(orders, replace(JANUARY, channel=("Web",))) == [(3, True)]
    assert followed(orders, replace(JANUARY, channel=("App",))) == [(27, False)]


def test_a_first_order_is_told_only_where_the_data_reach_back_far_enough():
    shop = replace(SHOP, known_from=date(2026, 1, 10))
    gaps = order_gaps(HAND, JANUARY, shop)
    position = {name: (gaps.codes[POSITION] == i).sum() for i, name in enumerate(gaps.members[POSITION])}
    assert position == {FIRST: 1, LATER: 1, UNTOLD: 2}
    assert gaps.of("first").days.tolist() == [11]


def test_the_engine_counts_the_gaps_that_the_analysis_sees():
    orders = random_orders(5)
    shop = shop_of(orders)
    filters = Filters(shop.days, "none", channel=("Web", "App"))
    gaps = order_gaps(orders, filters, shop)
    for clock in CLOCKS:
        own = gaps.of(clock)
        for factor in ("region", "delivery", "score", POSITION):
            if factor == POSITION and clock == "first":
                continue
            counted = gap_counts(orders, filters, shop, gaps, clock, factor)
            names = np.array(own.members[factor])[own.codes[factor]]
            seen = own.days > own.entry(factor)
            wanted = pd.DataFrame(
                {"member": names, "days": own.days, "returned": own.returned, "entry": own.entry(factor)}
            )[seen]
            wanted = wanted.value_counts().rename("gaps").reset_index()
            keys = ["member", "days", "returned", "entry"]
            left, right = (t.sort_values(keys).reset_index(drop=True)[[*keys, "gaps"]] for t in (counted, wanted))
            pd.testing.assert_frame_equal(left, right, check_dtype=False)


def test_what_is_known_of_a_gap_is_what_its_own_order_says():
    orders = random_orders(6, days=90)
    orders["channel"] = np.where(orders["date"].dt.day < 16, orders["channel"], "Late in the month")
    shop = shop_of(orders)
    gaps = order_gaps(orders, Filters(shop.days, "none"), shop)
    starts = orders.sort_values(["date", "transaction_id"]).drop_duplicates(["customer_id", "date"], keep="last")
    starts = starts[starts["date"] < pd.Timestamp(shop.today)]
    names = pd.Series(np.array(gaps.members["channel"])[gaps.codes["channel"]]).value_counts()
    assert names.to_dict() == starts["channel"].value_counts().to_dict()
    low = gaps.codes["score"] == 2
    assert low.sum() == (starts["satisfaction_score"] <= 2).sum()


def test_nothing_that_happens_later_can_enter_what_is_known_of_a_gap():
    """Whatever comes after the day looked from, and whatever it is like, the gaps until then stay what they were."""
    orders = random_orders(6, days=90)
    shop = shop_of(orders)
    cut = date(2026, 2, 15)
    later = orders["date"].dt.date > cut
    changed = orders.assign(channel=orders["channel"].where(~later, "Store"))
    changed.loc[later, ["satisfaction_score", "revenue"]] = [1, 0.5]
    changed = changed[~later | (np.arange(len(changed)) % 2 == 0)]
    until = Filters(Period(shop.first_day, cut), "none")
    first, second = (order_gaps(frame, until, shop) for frame in (orders, changed))
    assert sorted(zip(first.days, first.returned, strict=True)) == sorted(
        zip(second.days, second.returned, strict=True)
    )
    for factor in ("channel", "region", "score", POSITION):
        names = [np.sort(np.array(g.members[factor])[g.codes[factor]]) for g in (first, second)]
        assert (names[0] == names[1]).all(), factor


def leaking_shop(seed: int, customers: int = 700) -> pd.DataFrame:
    """Deliveries do not matter here, but a parcel still under way when its customer orders again is sent with the next.

    So a short gap has a short delivery, because it is short: the delivery tells what has happened since.
    """
    chance = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        day = chance.integers(0, 60)
        while day < 200:
            gap = 1 + int(chance.exponential(14))
            rows.append((f"c{customer}", day, min(1 + chance.poisson(6), gap)))
            day += gap
    orders = pd.DataFrame(rows, columns=["customer_id", "day", "delivery_days"])
    dates = pd.Timestamp("2026-01-01") + pd.to_timedelta(orders.pop("day"), unit="D")
    return orders.assign(transaction_id=np.arange(len(orders)).astype(str), date=dates, revenue=1.0)


def test_a_delivery_that_tells_what_came_after_is_caught_by_looking_from_the_day_on_which_it_is_known():
    orders = leaking_shop(1)
    shop = shop_of(orders, today=date(2026, 7, 19), last_day=date(2026, 7, 19))
    gaps = order_gaps(orders, Filters(shop.days, "none"), shop)

    def ratio(entry: np.ndarray) -> tuple[float, float]:
        seen = gaps.days > entry
        late = (gaps.codes["delivery"] == 1).astype("float64")[seen, None]
        fit = fitted(Gathered(gaps.days[seen], gaps.returned[seen], entry[seen], late, gaps.customer[seen]))
        return fit.coefficients[0], fit.errors[0]

    naive, error = ratio(np.zeros_like(gaps.days))
    assert naive < -6 * error, "the leak must be seen by who does not mind it"
    careful, error = ratio(gaps.entry("delivery"))
    assert abs(careful) < 2.5 * error


def test_the_clock_is_explained_with_its_numbers():
    said = clock_sentence(order_gaps(HAND, JANUARY, SHOP))
    assert "4 orders of 3 customers, 2 of them followed by another" in said
    assert "31 Jan 2026" in said


def test_a_shop_of_guests_says_what_to_add():
    guests = HAND.assign(customer_id=None)
    with pytest.raises(NotEnoughData, match="names its customer"):
        order_gaps(guests, JANUARY, shop_of(guests))


def test_members_without_orders_say_which_filter_to_relax():
    with pytest.raises(NotEnoughData, match="order of Phone lies before .* take one of these filters away"):
        order_gaps(HAND, replace(JANUARY, channel=("Phone",)), SHOP)


def test_an_unknown_clock_is_the_callers_mistake():
    with pytest.raises(ValueError, match="clock: expected one of any, first, got 'sun'"):
        order_gaps(HAND, JANUARY, SHOP).of("sun")
