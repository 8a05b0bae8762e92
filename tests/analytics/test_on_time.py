"""On time: shares counted by hand, Wilson's range, days that are late together, and the spread of delivery days."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.chance import wilson_interval
from analytics.diagnostic import on_time as module
from analytics.diagnostic.delivery_spread import delivery_spread
from analytics.diagnostic.on_time import on_time, usual_promise
from analytics.diagnostic.scored_orders import order_cells
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of
from tests.analytics.satisfaction_shops import SPRING, scored_shop
from warehouse.engine import Warehouse


@pytest.fixture
def few_will_do(monkeypatch):
    monkeypatch.setattr(module, "FEWEST_IN_VIEW", 1)


TWO_WEEKS = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="none")


def test_on_time_is_counted_of_those_whose_days_are_known(hand_orders, hand_shop, few_will_do):
    """Deliveries of 2, 3, 6, 1 and 4 days; the guest's is not known, the refund is no order."""
    kept = on_time(hand_orders, TWO_WEEKS, hand_shop, 3)
    assert (kept.whole["orders"], kept.whole["share"], kept.unknown) == (5, 0.6, 1)
    assert [kept.whole["share_low"], kept.whole["share_high"]] == pytest.approx(
        [end.item() for end in wilson_interval(np.array([3]), np.array([5]))]
    )
    rows = kept.members.set_index("member")
    assert rows["share"].to_dict() == pytest.approx({"North": 2 / 3, "South": 1 / 2})
    assert kept.members["member"].tolist() == ["South", "North"], "the fewest on time first"
    assert kept.sentence == (
        "60.0 % of 5 deliveries came within 3 days (23.1 % to 88.2 %). 1 order without delivery days left out."
    )


def test_the_change_is_against_the_days_before(hand_orders, hand_shop, second_week, few_will_do):
    kept = on_time(hand_orders, second_week, hand_shop, 3)
    assert kept.whole["share"] == pytest.approx(1 / 3)
    assert kept.whole["previous"] == 1.0
    assert kept.whole["change"] == pytest.approx(-2 / 3)
    assert kept.whole["noise"] > 0
    assert "−66.7 pp on the period before" in kept.sentence


def test_the_course_adds_up_to_the_whole():
    orders = random_orders(3)
    kept = on_time(orders, Filters(Period(date(2026, 3, 1), date(2026, 4, 20)), compare="previous"), shop_of(orders), 4)
    assert kept.granularity == "week"
    assert kept.buckets["orders"].sum() == kept.whole["orders"]
    weighted = (kept.buckets["share"] * kept.buckets["orders"]).sum() / kept.buckets["orders"].sum()
    assert weighted == pytest.approx(kept.whole["share"])
    assert kept.buckets["reference"].notna().all()
    assert not kept.buckets["complete"].iloc[0]


def test_the_range_holds_the_true_share_of_independent_deliveries_and_of_days_that_are_late_together():
    held = {"independent": 0, "together": 0}
    for seed in range(100):
        chance = np.random.default_rng(seed)
        n = 1500
        day = np.sort(chance.integers(0, 60, n))
        orders = pd.DataFrame({"transaction_id": range(n), "customer_id": None, "revenue": 1.0, "region": "North"})
        orders["date"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(day, unit="D")
        bad_day = chance.choice([-0.25, 0.25], 60)[day]
        for kind, late in (("independent", 0.3), ("together", 0.3 + bad_day)):
            orders["delivery_days"] = 3 + 5 * (chance.random(n) < late)
            whole = on_time(orders, SPRING, shop_of(orders), 4).whole
            held[kind] += whole["share_low"] < 0.7 < whole["share_high"]
    assert held["independent"] >= 90
    assert held["together"] >= 88  # without the days' own scatter about 55


def test_a_member_that_is_late_more_often_is_apart_from_all_others_beyond_chance():
    orders = scored_shop()
    orders["delivery_days"] += 2 * (orders["region"] == "East")
    kept = on_time(orders, SPRING, shop_of(orders), 4)
    assert kept.members["member"].iloc[0] == "East"
    assert kept.members["by_chance"].iloc[0] < 0.01
    assert "Fewest on time: East" in kept.members_sentence


def test_alike_members_are_seldom_called_apart():
    named = 0
    for seed in range(40):
        orders = scored_shop(seed, 900)
        named += "None is apart" not in on_time(orders, SPRING, shop_of(orders), 4).members_sentence
    assert named <= 6


def test_the_promise_to_begin_with_is_what_four_of_five_get():
    orders = scored_shop(number=1000)
    orders["delivery_days"] = np.repeat([2, 3, 5, 9, 40], [300, 300, 250, 148, 2])
    promise = usual_promise(orders, shop_of(orders))
    assert (promise.first, promise.usual, promise.last) == (2, 5, 9)


def test_where_all_come_on_the_same_day_there_are_still_two_promises():
    orders = scored_shop(number=200).assign(delivery_days=3)
    promise = usual_promise(orders, shop_of(orders))
    assert promise.first <= promise.usual <= promise.last
    assert promise.first < promise.last


def test_the_warehouse_says_the_same_as_a_frame(stored, tmp_path):
    orders = scored_shop(number=800).assign(channel="any", payment_method="any", segment="any", age_group="any")
    filters, shop = replace(SPRING, region=("North", "East")), shop_of(orders)
    of_frame = on_time(orders, filters, shop, 4, "category")
    with Warehouse(stored(orders, tmp_path / "shop.db")).tables() as tables:
        of_warehouse = on_time(tables.orders, filters, shop, 4, "category")
    pd.testing.assert_frame_equal(of_frame.members, of_warehouse.members)
    pd.testing.assert_frame_equal(of_frame.buckets, of_warehouse.buckets)


def test_quantiles_of_delivery_days_by_hand(hand_orders, hand_shop):
    """North: 1, 2 and 6 days; South: 3 and 4."""
    spread = delivery_spread(order_cells(hand_orders, TWO_WEEKS, hand_shop), hand_shop)
    rows = spread.members.set_index("member")
    assert rows.loc["North", ["orders", "mean", "median", "slow_tenth", "fast_tenth"]].tolist() == [3, 3, 2, 6, 1]
    assert rows.loc["South", ["orders", "mean", "median", "slow_tenth"]].tolist() == [2, 3.5, 3, 4]
    assert spread.members["member"].tolist() == ["South", "North"], "the slowest first"


def test_quantiles_are_those_of_numpy():
    orders = scored_shop()
    spread = delivery_spread(order_cells(orders, SPRING, shop_of(orders)), shop_of(orders))
    for row in spread.members.to_dict("records"):
        days = orders.loc[orders["region"] == row["member"], "delivery_days"]
        for name, share in (("quarter", 0.25), ("median", 0.5), ("slow_tenth", 0.9)):
            assert row[name] == np.quantile(days, share, method="inverted_cdf")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda o: o.drop(columns="delivery_days"), "carry no delivery days: import a file"),
        (
            lambda o: o.assign(delivery_days=o["delivery_days"].where(o["date"] < "2026-01-02")),
            "None of the .* has deliv",
        ),
        (lambda o: o.drop(columns="region"), "carry no region"),
    ],
)
def test_what_is_missing_is_said(changed, said):
    orders = changed(scored_shop())
    later = replace(SPRING, period=Period(date(2026, 2, 1), date(2026, 3, 31)))
    with pytest.raises(NotEnoughData, match=said):
        on_time(orders, later, shop_of(orders), 4)
    with pytest.raises(NotEnoughData, match=said):
        delivery_spread(order_cells(orders, later, shop_of(orders)), shop_of(orders))


def test_a_filter_that_matches_nothing_says_which_to_relax():
    orders = scored_shop(number=300)
    nowhere = replace(SPRING, region=("West",))
    with pytest.raises(NotEnoughData, match="No order of West"):
        on_time(orders, nowhere, shop_of(orders), 4)


def test_of_a_handful_of_deliveries_there_is_no_share(hand_orders, hand_shop):
    with pytest.raises(NotEnoughData, match="Only 5 deliveries in view: at least 20 are needed"):
        on_time(hand_orders, TWO_WEEKS, hand_shop, 3)


def test_slow_members_are_named_where_chance_does_not_do_as_much():
    named = 0
    for seed in range(40):
        orders = scored_shop(seed, 900)
        spread = delivery_spread(order_cells(orders, SPRING, shop_of(orders)), shop_of(orders), "category")
        named += "no difference beyond chance" not in spread.sentence
    assert named <= 6
    orders["delivery_days"] += orders["category"] == "Toys"
    spread = delivery_spread(order_cells(orders, SPRING, shop_of(orders)), shop_of(orders), "category")
    assert spread.sentence.startswith("Slowest category: Toys")
    assert spread.by_chance < 0.001


def test_a_promise_below_nothing_is_a_mistake(hand_orders, hand_shop):
    with pytest.raises(ValueError, match="promise: expected 0 days or more, got -1"):
        on_time(hand_orders, TWO_WEEKS, hand_shop, -1)
