"""Breakdowns: members add up to the total, missing dimensions are said, distributions count what was answered."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.chance import NORMAL_95
from analytics.descriptive.activity import daily_activity
from analytics.descriptive.breakdowns import (
    _surplus,
    delivery_distribution,
    metric_by_member,
    metric_by_two,
    satisfaction_distribution,
)
from analytics.descriptive.cells import revenue_cells
from analytics.descriptive.headline import largest_movers, movers_sentence, period_headline
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of
from warehouse.engine import Warehouse

SPRING = Filters(Period(date(2026, 3, 1), date(2026, 4, 20)), compare="previous")


def kpis_of(orders, filters, shop):
    daily = daily_activity(orders, filters, shop)
    return current_kpis(orders, daily, day_dispersions(daily), filters, shop)


def breakdown_of(orders, filters, shop, dimension="channel", key="revenue"):
    cells = revenue_cells(orders, filters, shop)
    return metric_by_member(orders, cells, kpis_of(orders, filters, shop), filters, shop, dimension, key)


def headline_of(orders, filters, shop):
    return period_headline(orders, revenue_cells(orders, filters, shop), kpis_of(orders, filters, shop), filters, shop)


def movers_of(orders, filters, shop):
    return largest_movers(orders, None, kpis_of(orders, filters, shop), filters, shop)


@pytest.mark.parametrize("key", [k for k, m in METRICS.items() if m.adds_up])
@pytest.mark.parametrize("dimension", ["channel", "region"])
def test_members_add_up_to_the_key_figure(key, dimension):
    orders = random_orders(11)
    members = breakdown_of(orders, SPRING, shop_of(orders), dimension, key).members
    inside = orders[orders["date"].between("2026-03-01", "2026-04-20")]
    firsts = orders.sort_values(["date", "transaction_id"]).drop_duplicates("customer_id")
    expected = {
        "revenue": inside["revenue"].sum(),
        "orders": len(inside),
        "new_customers": firsts["date"].between("2026-03-01", "2026-04-20").sum(),
    }
    assert members["value"].sum() == pytest.approx(expected[key])
    assert members["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("key", [k for k, m in METRICS.items() if m.from_daily])
def test_summed_cells_say_the_same_as_a_query_of_their_own(hand_orders, hand_shop, second_week, key):
    kpis = kpis_of(hand_orders, second_week, hand_shop)
    cells = revenue_cells(hand_orders, second_week, hand_shop)
    summed = metric_by_member(hand_orders, cells, kpis, second_week, hand_shop, "region", key)
    asked = metric_by_member(hand_orders, None, kpis, second_week, hand_shop, "region", key)
    pd.testing.assert_frame_equal(summed.members, asked.members)


def test_customers_are_counted_afresh_for_every_member(hand_orders, hand_shop, second_week):
    customers = breakdown_of(hand_orders, second_week, hand_shop, "channel", "customers").members.set_index("member")
    assert customers["value"].to_dict() == {"Web": 2, "Shop": 1}  # a and b, whose order was worth nothing; c
    assert customers["previous"].to_dict() == {"Web": 2, "Shop": 0}  # the guest is nobody
    repeat_rate = breakdown_of(hand_orders, second_week, hand_shop, "channel", "repeat_rate").members
    assert repeat_rate.set_index("member")["value"].to_dict() == {"Web": 1.0, "Shop": 0.0}


def test_customers_of_two_dimensions_are_those_of_each_combination(hand_orders, hand_shop, second_week):
    cells = revenue_cells(hand_orders, second_week, hand_shop)
    table = metric_by_two(hand_orders, cells, second_week, hand_shop, "region", "channel", "customers")
    assert table.loc["North"].to_dict() == {"Web": 1, "Shop": 1}
    assert table.loc["South", "Web"] == 1
    assert table.isna().loc["South", "Shop"]


@pytest.mark.parametrize("key", METRICS)
def test_the_warehouse_gives_the_breakdown_of_its_orders_as_a_frame(key, stored, tmp_path):
    orders = random_orders(4, days=60)
    orders.loc[::5, "customer_id"] = None
    orders = orders.assign(segment="any", category="any", payment_method="any", age_group="any")
    filters = Filters(Period(date(2026, 2, 1), date(2026, 2, 20)), compare="previous", region=("North",))
    shop = shop_of(orders)
    of_the_frame = breakdown_of(orders, filters, shop, "channel", key)
    with Warehouse(stored(orders, tmp_path / "shop.db")).tables() as tables:
        keys = int(tables.orders.customer_key.max().execute())
        of_the_warehouse = breakdown_of(tables.orders, filters, replace(shop, customer_keys=keys), "channel", key)
    assert of_the_warehouse.sentence == of_the_frame.sentence
    plain = of_the_warehouse.members.astype({"member": of_the_frame.members["member"].dtype})
    pd.testing.assert_frame_equal(plain, of_the_frame.members)


def test_a_shop_with_too_many_combinations_has_no_cells(hand_orders, hand_shop, second_week):
    many = {"region": tuple(f"r{i}" for i in range(300)), "channel": tuple(f"c{i}" for i in range(300))}
    assert revenue_cells(hand_orders, second_week, replace(hand_shop, members=many)) is None


def test_a_refund_counts_where_it_happened(hand_orders, hand_shop, second_week):
    members = breakdown_of(hand_orders, second_week, hand_shop).members.set_index("member")
    assert members.loc["Web", "value"] == 100
    assert members.loc["Web", "orders"] == 2
    assert members.loc["Web", "previous"] == 140


def test_a_shop_without_the_dimension_says_what_would_help(hand_orders, hand_shop, second_week):
    with pytest.raises(NotEnoughData, match="carry no segment: import a file that has it and map the column"):
        breakdown_of(hand_orders, second_week, hand_shop, "segment")
    with pytest.raises(ValueError, match="dimension: expected one of region, segment"):
        breakdown_of(hand_orders, second_week, hand_shop, "colour")


def test_two_dimensions_leave_empty_combinations_missing(hand_orders, hand_shop, second_week):
    table = metric_by_two(hand_orders, None, second_week, hand_shop, "region", "channel")
    assert table.loc["North", "Web"] == 100
    assert table.loc["South", "Web"] == 0
    assert table.isna().loc["South", "Shop"]


def test_scores_are_shares_of_the_scored_orders(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="none")
    scores = satisfaction_distribution(hand_orders, filters, hand_shop)
    assert scores.counts["orders"].tolist() == [0, 0, 1, 2, 1]
    assert (scores.answered, scores.asked) == (4, 6)
    assert scores.sentence == "75 % of scored orders gave 4 or 5, 0 % gave 1 or 2; 4 of 6 orders were scored (67 %)."


def test_delivery_days_tell_half_and_nine_tenths(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="none")
    delivery = delivery_distribution(hand_orders, filters, hand_shop)
    assert delivery.counts["value"].tolist() == [1, 2, 3, 4, 6]
    assert delivery.sentence.startswith("Half of the orders arrive within 3 days, nine of ten within 6;")


def test_a_shop_without_scores_says_so(hand_orders, second_week):
    bare = hand_orders.drop(columns="satisfaction_score")
    with pytest.raises(NotEnoughData, match="carry no scores"):
        satisfaction_distribution(bare, second_week, shop_of(bare))


def test_the_headline_of_quiet_shops_claims_nothing_in_nineteen_of_twenty():
    claims = 0
    for seed in range(100, 130):
        orders = random_orders(seed)
        headline = headline_of(orders, SPRING, shop_of(orders))
        claims += "which chance alone does" not in headline.change
    assert claims <= 5  # 5 % of 30, and more than twice its standard error


def test_the_headline_names_the_member_behind_a_collapse():
    orders = random_orders(22, per_day=40)
    gone = (orders["channel"] == "Web") & (orders["date"] >= "2026-03-01") & (orders.index % 10 < 9)
    left = orders[~gone]
    headline = headline_of(left, SPRING, shop_of(left))
    assert "**down" in headline.change
    assert "mostly from fewer orders" in headline.change
    assert "of the change came from **Web**" in headline.change


def test_a_headline_without_a_comparison_says_why(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="previous")
    headline = headline_of(hand_orders, filters, hand_shop)
    assert headline.change == (
        "Revenue was **€ 330**; there is nothing to compare it with: the data begin on 5 Jan 2026."
    )


def test_many_looks_at_a_quiet_shop_name_nobody_in_most_shops():
    named = 0
    for seed in range(30):
        orders = random_orders(seed)
        shop = shop_of(orders)
        movers = movers_of(orders, SPRING, shop)
        named += bool(movers["beyond_chance"].any())
    assert named <= 5  # 5 % of 30, and twice its standard error


def test_the_largest_mover_is_the_one_that_collapsed():
    orders = random_orders(22, per_day=40)
    left = orders[~((orders["channel"] == "Store") & (orders["date"] >= "2026-03-01"))]
    movers = movers_of(left, SPRING, shop_of(left))
    assert movers.loc[0, "member"] == "Store"
    assert "Store" in movers_sentence(movers)


def test_a_rise_of_the_whole_shop_is_no_members_own():
    """Half as many orders again everywhere: each member's change is far beyond chance, and none is special."""
    named = 0
    for seed in range(10):
        quiet = random_orders(seed, per_day=40)
        extra = quiet[(quiet["date"] >= "2026-03-01") & (quiet.index % 2 == 0)]
        extra = extra.assign(transaction_id="x" + extra["transaction_id"], customer_id="x" + extra["customer_id"])
        orders = pd.concat([quiet, extra], ignore_index=True)
        kpis, shop = kpis_of(orders, SPRING, shop_of(orders)), shop_of(orders)
        movers = largest_movers(orders, None, kpis, SPRING, shop)
        own = breakdown_of(orders, SPRING, shop, "region").members
        assert (own["change"] > own["noise"]).all()
        named += bool(movers["beyond_chance"].any())
        growth = kpis.figures.loc["revenue", "value"] / kpis.figures.loc["revenue", "previous"] - 1
        assert f"the shop as a whole (+{growth * 100:.1f} %)" in movers_sentence(movers, kpis)
    assert named <= 2


def test_a_member_that_stood_still_while_the_shop_rose_is_special():
    quiet = random_orders(22, per_day=60)
    grown = (quiet["date"] >= "2026-03-01") & (quiet["channel"] != "Store")
    extra = quiet[grown].assign(transaction_id="x" + quiet["transaction_id"], customer_id="x" + quiet["customer_id"])
    orders = pd.concat([quiet, extra], ignore_index=True)
    movers = movers_of(orders, SPRING, shop_of(orders)).set_index("member")
    assert movers.index[0] == "Store"
    assert movers.loc["Store", "surplus"] < 0
    assert movers.loc["Store", "beyond_chance"]


@pytest.mark.parametrize(
    "key", ["revenue", "orders", "customers", "average_order_value", "satisfaction", "repeat_rate"]
)
def test_what_members_moved_beyond_the_shop_cancels_out(key):
    """Of sums; of means the members' surpluses are weighted by orders, and need not."""
    orders = random_orders(7, per_day=10)
    kpis, shop = kpis_of(orders, SPRING, shop_of(orders)), shop_of(orders)
    movers = largest_movers(orders, None, kpis, SPRING, shop, key=key, most=99)
    assert (movers["noise"] > 0).all()
    if METRICS[key].denominator is None:
        assert movers.groupby("dimension")["surplus"].sum().to_numpy() == pytest.approx(0, abs=1e-6)


def test_the_noise_of_a_surplus_is_what_shops_drawn_anew_show():
    """Poisson orders of exponential value: standard deviation over 400 shops against the formula, for two metrics."""
    chance, found = np.random.default_rng(5), {"revenue": [], "average_order_value": []}
    noise = {"revenue": [], "average_order_value": []}
    for _ in range(400):
        parts = []
        for growth in (1.3, 1.0):
            counts = chance.poisson(growth * np.array([500, 300, 200]))
            values = [chance.exponential(50.0, n) for n in counts]
            sums, squares = (np.array([(v**p).sum() for v in values]) for p in (1, 2))
            names = ("revenue", "sales", "orders", "revenue_squared", "sales_squared")
            parts.append(dict(zip(names, (sums, sums, counts, squares, squares), strict=True)))
        for key in found:
            surplus, half_width = _surplus(METRICS[key], *parts, 1.0)
            found[key].append(surplus)
            noise[key].append(half_width)
    for key, surpluses in found.items():
        spread = np.std(surpluses, axis=0)
        assert np.mean(noise[key], axis=0) / NORMAL_95 == pytest.approx(spread, rel=0.12)
        assert np.mean(surpluses, axis=0) == pytest.approx(0, abs=4 * spread.max() / 20)


def test_where_nothing_was_before_the_surplus_is_the_whole_change():
    now, before = (
        {p: np.array(v) for p, v in (("orders", o), ("revenue", r), ("revenue_squared", s))}
        for o, r, s in (
            ([2.0, 1.0], [30.0, 10.0], [500.0, 100.0]),
            ([0.0, 0.0], [0.0, 0.0], [0.0, 0.0]),
        )
    )
    surplus, noise = _surplus(METRICS["revenue"], now, before, 1.0)
    assert surplus.tolist() == [30, 10]
    assert noise == pytest.approx(NORMAL_95 * np.sqrt([500, 100]))


def test_bars_can_stand_by_the_size_of_their_change():
    orders = random_orders(22, per_day=40)
    left = orders[~((orders["channel"] == "Store") & (orders["date"] >= "2026-03-01"))]
    shop = shop_of(left)
    cells, kpis = revenue_cells(left, SPRING, shop), kpis_of(left, SPRING, shop)
    ranked = metric_by_member(left, cells, kpis, SPRING, shop, "channel", "revenue", sort="change")
    by_value = metric_by_member(left, cells, kpis, SPRING, shop, "channel", "revenue")
    assert ranked.members["member"].iloc[0] == "Store"
    assert by_value.members["member"].iloc[-1] == "Store"
    assert ranked.members["change"].abs().is_monotonic_decreasing
    assert ranked.sentence == by_value.sentence
    pd.testing.assert_frame_equal(
        ranked.members.sort_values("member", ignore_index=True),
        by_value.members.sort_values("member", ignore_index=True),
    )
    with pytest.raises(ValueError, match="sort: expected one of value, change, got 'luck'"):
        metric_by_member(left, cells, kpis, SPRING, shop, sort="luck")


def test_a_mean_of_a_few_orders_is_not_ranked_first_for_its_luck():
    orders = random_orders(3, per_day=20)
    orders.loc[orders.index[::400], "channel"] = "Rare"
    shop = shop_of(orders)
    kpis = kpis_of(orders, SPRING, shop)
    asked = {"dimension": "channel", "key": "average_order_value", "sort": "change"}
    members = metric_by_member(orders, None, kpis, SPRING, shop, **asked).members
    assert members["member"].iloc[-1] == "Rare"


def test_without_a_comparison_an_order_by_change_keeps_that_by_value(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="none")
    kpis = kpis_of(hand_orders, filters, hand_shop)
    ranked = metric_by_member(hand_orders, None, kpis, filters, hand_shop, "region", sort="change").members
    assert ranked["member"].tolist() == ["North", "South"]


def test_movers_need_something_to_compare_with(hand_orders, hand_shop):
    filters = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)), compare="previous")
    with pytest.raises(NotEnoughData, match="cannot be compared, for the data begin on 5 Jan 2026"):
        movers_of(hand_orders, filters, hand_shop)


@pytest.mark.parametrize("key", ["revenue", "satisfaction"])
def test_two_dimensions_show_the_members_of_the_period_alone_with_and_without_cells(key):
    """The cells also hold the periods compared with, where other members may have ordered."""
    orders = random_orders(5, per_day=2)
    shop = shop_of(orders)
    asked = {"rows": "region", "columns": "channel", "key": key}
    for day in pd.date_range("2026-03-02", "2026-03-12").date:
        filters = Filters(Period(day, day))
        try:
            alone = metric_by_two(orders, None, filters, shop, **asked)
        except NotEnoughData:
            with pytest.raises(NotEnoughData):
                metric_by_two(orders, revenue_cells(orders, filters, shop), filters, shop, **asked)
            continue
        both = metric_by_two(orders, revenue_cells(orders, filters, shop), filters, shop, **asked)
        pd.testing.assert_frame_equal(both, alone)
