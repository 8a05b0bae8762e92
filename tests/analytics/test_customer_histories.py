"""What was known of customers on a day, and what followed: counted by hand, and the outcome in nothing that is known.

Of the ten rows over two weeks (see ``hand_orders``): a orders on 5 and 12 January and has 20 back on the 14th, b orders
on the 6th and for nothing on the 14th, c orders on the 13th, a guest on the 6th.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.predictive.customer_histories import customer_histories, purchases_of
from analytics.predictive.shop_clock import Clock, calendar_clock, orders_by_day, shop_clock
from tests.analytics.conftest import random_orders

FIRST, MIDDLE, LAST = date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 18)


def of(histories: pd.DataFrame, customer: str) -> dict:
    return histories.set_index("customer_key").loc[customer].to_dict()


def test_all_that_is_known_is_added_up_by_hand(hand_orders):
    told = customer_histories(hand_orders, LAST)
    assert told["customer_key"].tolist() == ["a", "b", "c"]
    a = of(told, "a")
    assert (a["purchases"], a["orders"], a["spent"], a["brought"]) == (2, 2, 220.0, 200.0)
    assert a["satisfaction"] == 4.0
    assert (a["first_on"], a["last_on"]) == (pd.Timestamp("2026-01-05"), pd.Timestamp("2026-01-12"))
    assert (a["region"], a["channel"], a["segment"]) == ("North", "Web", "Not stated")
    assert of(told, "b")["purchases"] == 2


def test_what_followed_is_told_apart_from_what_was_known(hand_orders):
    told = customer_histories(hand_orders, MIDDLE, LAST)
    assert told["customer_key"].tolist() == ["a", "b"], "c had not bought by then"
    assert (of(told, "a")["then_purchases"], of(told, "a")["then_brought"]) == (0, -20.0)
    assert (of(told, "b")["then_purchases"], of(told, "b")["then_brought"]) == (1, 0.0)


def test_nothing_of_the_time_after_is_in_what_is_known():
    """A target made of its own features, or features that know the outcome: neither can be where this holds."""
    orders = random_orders(3)
    day = date(2026, 3, 1)
    before = orders[orders["date"] <= pd.Timestamp(day)]
    changed = pd.concat([before, orders[orders["date"] > pd.Timestamp(day)].assign(revenue=9e9, region="South")])
    known = [c for c in customer_histories(orders, day).columns if not c.startswith("then_")]
    alone, with_later, with_others = (
        customer_histories(rows, day, until)[known]
        for rows, until in ((before, None), (orders, date(2026, 4, 1)), (changed, date(2026, 4, 1)))
    )
    pd.testing.assert_frame_equal(alone, with_later)
    pd.testing.assert_frame_equal(alone, with_others)


def test_recent_and_late_are_parts_of_what_is_known(hand_orders):
    told = customer_histories(hand_orders, LAST, recent_from=date(2026, 1, 10), lately_from=date(2026, 1, 13))
    a = of(told, "a")
    assert (a["recent_orders"], a["recent_spent"], a["satisfaction"], a["lately_brought"]) == (1, 120.0, 3.0, -20.0)
    assert a["spent"] == 220.0
    assert np.isnan(of(customer_histories(hand_orders, LAST, recent_from=date(2026, 1, 15)), "a")["satisfaction"])


def test_orders_of_a_day_are_one_purchase(hand_orders):
    twice = pd.concat([hand_orders, hand_orders.assign(transaction_id="x" + hand_orders["transaction_id"])])
    a = of(customer_histories(twice, LAST), "a")
    assert (a["purchases"], a["orders"], a["spent"]) == (2, 4, 440.0)


def test_who_only_gave_back_is_no_customer(hand_orders):
    told = customer_histories(hand_orders[hand_orders["revenue"] < 0], LAST)
    assert told.empty


def test_in_weeks_of_the_calendar_and_of_the_shop(hand_orders):
    histories = customer_histories(hand_orders, LAST)
    calendar = purchases_of(histories, calendar_clock(FIRST, LAST))
    assert calendar.unit_days == 7
    assert calendar.last.tolist() == pytest.approx([1, 8 / 7, 0])
    assert calendar.age.tolist() == pytest.approx([13 / 7, 12 / 7, 5 / 7])
    counted = orders_by_day(hand_orders, FIRST, LAST)
    assert counted.tolist() == [1, 2, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0]
    own = shop_clock(counted, FIRST, LAST)
    assert own.now == pytest.approx(14), "the last year's mean pace is that of the calendar"
    assert np.all(purchases_of(histories, own).last <= purchases_of(histories, own).age)


def test_a_clock_of_a_season_goes_faster_in_it():
    season = np.r_[np.full(200, 10.0), np.full(100, 30.0), np.full(200, 10.0)]
    clock = shop_clock(season, date(2025, 1, 1), date(2026, 5, 15))
    days = pd.Series(pd.to_datetime(["2025-07-19", "2025-10-26", "2026-05-15"]))
    slow, fast, end = np.diff(np.r_[0, clock.readings(days)])
    assert fast / 99 == pytest.approx(3 * slow / 200, rel=0.2)
    assert clock.ahead(365) == pytest.approx(365)
    assert clock.ahead(100) == pytest.approx(clock.pace[-365:][:100].sum())
    assert clock.ahead(165) > 200, "the season was at this time of the year"
    young = Clock(date(2026, 1, 1), np.ones(100))
    assert young.ahead(30) == 30


def test_a_shop_without_orders_keeps_the_calendar():
    clock = shop_clock(np.zeros(30), date(2026, 1, 1), date(2026, 1, 30))
    assert clock.now == 30


def test_later_days_do_not_change_a_clock():
    by_day = np.random.default_rng(1).poisson(20, 400).astype("float64")
    seen_to = date(2025, 6, 30)
    early, all_known = (
        shop_clock(by_day[:181], date(2025, 1, 1), seen_to),
        shop_clock(by_day, date(2025, 1, 1), seen_to),
    )
    assert early.pace.tolist() == all_known.pace.tolist()


def test_a_clock_does_not_stand_still_when_the_whole_shop_falls_silent():
    """Else nobody would be seen to have left: a lull beyond last year's counts for half, one that last year had too
    is season.
    """
    sold = np.r_[np.full(600, 10.0), np.zeros(128), [2.0, 3.0]]
    halted = shop_clock(sold, date(2024, 1, 1), date(2025, 12, 30))
    before = float(halted.pace[500])
    assert halted.lately(110) == pytest.approx(110 * before / 2)
    assert halted.lately(110) > 50, "the last year's mean pace is 1"
    closed_in_summer = np.r_[np.full(200, 10.0), np.zeros(60), np.full(105, 10.0)]
    seasonal = shop_clock(np.tile(closed_in_summer, 3), date(2023, 1, 1), date(2025, 12, 30))
    assert seasonal.pace[-130] < 0.2 * seasonal.pace[-1]
    halved = shop_clock(np.r_[np.full(365, 10.0), np.full(365, 6.0)], date(2024, 1, 1), date(2025, 12, 30))
    assert halved.pace[-1] == pytest.approx(0.6 * halved.pace[100]), "a poor year is the shop's own time"
