"""On which days rules fire: as often as promised where nothing happens, where they should where something does."""

import math
import warnings
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive import alerts
from analytics.descriptive.alert_rules import AlertRule
from analytics.descriptive.alerts import History, rule_history
from analytics.descriptive.courses import Course, known_disturbances, usual_course
from analytics.descriptive.followed import followed_series
from analytics.descriptive.profile import shop_profile
from analytics.descriptive.usual import no_events, usual_days
from analytics.errors import NotEnoughData
from analytics.metrics import metric
from analytics.shop import Shop
from tests.analytics.conftest import random_orders, shop_of
from warehouse.engine import Warehouse

NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})
START = pd.Timestamp("2026-01-01")


def orders_of(counts: list[int], revenue: float = 10.0, start: pd.Timestamp = START, **columns: object) -> pd.DataFrame:
    """So many orders a day of one amount each, by a customer each."""
    days = np.repeat(pd.date_range(start, periods=len(counts)), counts)
    ids = [f"t{n}" for n in range(len(days))]
    return pd.DataFrame({"transaction_id": ids, "customer_id": ids, "date": days, "revenue": revenue}).assign(**columns)


def shop_until(orders: pd.DataFrame, **changes: object) -> Shop:
    last = orders["date"].max().date()
    return shop_of(orders, **({"today": last, "last_day": last} | changes))


def history_of(orders: pd.DataFrame, rule: AlertRule, calendar: pd.DataFrame = NO_EVENTS, **changes) -> History:
    shop = shop_until(orders, **changes)
    return rule_history(usual_course(orders, calendar, shop, rule.metric, rule.dimension, rule.relative), rule, shop)


def fired(history: History) -> list[int]:
    """Numbers of the days on which any series fired, from 0."""
    return np.flatnonzero(history.fires.any(axis=0)).tolist()


def test_the_odds_of_all_members_together_are_those_of_the_rule():
    for looks in (1, 4, 60):
        for direction, sides in (("down", 1), ("both", 2)):
            each = alerts._odds_of_each(AlertRule("orders", direction=direction, false_alarms_a_year=6), looks)
            assert 1 - (1 - sides * each) ** looks == pytest.approx(6 / 365.25, rel=0.02)


def test_watching_each_of_many_members_raises_the_bar():
    orders = random_orders(1, days=90, per_day=60)
    one = history_of(orders, AlertRule("orders", dimension="channel", member="Web"))
    every = history_of(orders, AlertRule("orders", dimension="channel"))
    assert (one.members, every.members) == (["Web"], list(shop_of(orders).members["channel"]))
    assert every.bar > one.bar


def test_members_of_too_few_orders_do_not_raise_the_bar_for_the_one_that_sells():
    chance = np.random.default_rng(2)
    counts = np.vstack([chance.poisson(60, 200), chance.poisson(0.05, (39, 200))])
    members = tuple(f"M{n}" for n in range(40))
    days = pd.date_range(START, periods=200)
    first, last = days[0].date(), days[-1].date()
    shop = Shop("S", "EUR", "monday", first, last, last, 9, members={"region": members})
    parts = {"orders": counts.astype("float64")}
    usual = usual_days(followed_series(metric("orders"), parts), days, no_events(len(days) + 1))
    course = Course("orders", "region", False, members, 0, days, parts, usual)
    every = rule_history(course, AlertRule("orders", dimension="region"), shop)
    one = rule_history(course, AlertRule("orders", dimension="region", member="M0"), shop)
    assert every.bar == one.bar
    np.testing.assert_array_equal(every.fires[0], one.fires[0])
    assert every.quiet_a_month() == pytest.approx(1 / 12, rel=0.01), "what the rule is set to"


def test_a_quiet_shop_fires_about_as_often_as_the_rule_allows():
    quiet = [random_orders(seed, days=300, per_day=30) for seed in range(6)]
    histories = [history_of(orders, AlertRule("orders", direction="both", false_alarms_a_year=12)) for orders in quiet]
    often = sum(h.fires.sum() for h in histories)
    judged = sum(h.judged_days for h in histories)
    expected = judged * 12 / 365.25
    assert judged == 6 * (300 - 28)
    assert abs(often - expected) < 4 * math.sqrt(expected)
    assert histories[0].quiet_a_month() == pytest.approx(1.0, rel=0.02)


def test_a_fall_is_found_on_its_day_with_what_was_usual_beside_it():
    counts = np.random.default_rng(4).poisson(100, 120)
    counts[100] = 45
    history = history_of(orders_of(counts), AlertRule("orders"))
    assert 100 in fired(history)
    row = history.firings(after=date(2026, 4, 10)).iloc[0]
    assert (row["day"], row["member"], row["value"]) == (START + pd.Timedelta(days=100), "", 45.0)
    assert 90 < row["expected"] < 110
    assert 45 < row["low"] < row["expected"]
    assert np.isnan(row["high"])
    assert row["errors"] < -5
    assert history.firings(after=date(2026, 4, 11)).empty


def test_a_rise_is_nothing_to_a_rule_that_watches_falls_and_the_other_way_round():
    counts = np.random.default_rng(4).poisson(100, 120)
    counts[100], counts[110] = 45, 180
    days = {
        way: fired(history_of(orders_of(counts), AlertRule("orders", direction=way))) for way in ("down", "up", "both")
    }
    assert (100 in days["down"], 110 in days["down"]) == (True, False)
    assert (100 in days["up"], 110 in days["up"]) == (False, True)
    assert {100, 110} <= set(days["both"])


WEEKS = [10] * 35
"""Five weeks of ten orders of 10.00 a day."""


def test_a_limit_on_a_day_fires_on_the_days_beyond_it_and_not_on_it():
    counts = [*WEEKS, 9, 8, 7, 12]
    assert fired(history_of(orders_of(counts), AlertRule("orders", "threshold", "down", limit=8))) == [37]
    assert fired(history_of(orders_of(counts), AlertRule("orders", "threshold", "up", limit=11))) == [38]
    assert fired(history_of(orders_of(counts), AlertRule("revenue", "threshold", "down", limit=85))) == [36, 37]


def test_a_limit_on_a_week_is_held_against_the_sum_of_seven_days():
    counts = [*WEEKS, 10, 10, 10, 3, 10, 10, 10, 10, 10, 10, 10]  # the week with the 3 comes to 63
    history = history_of(orders_of(counts), AlertRule("orders", "threshold", "down", limit=64, window_days=7))
    assert fired(history) == list(range(38, 45))
    assert history.value[0, 38] == 63
    rate = AlertRule("average_order_value", "threshold", "down", limit=9.6, window_days=7)
    orders = orders_of(counts)
    orders.loc[orders["date"] == START + pd.Timedelta(days=40), "revenue"] = 7.0  # 9.52 a week with the 3, 9.57 without
    week = history_of(orders, rate)
    assert week.value[0, 40] == pytest.approx((53 * 10 + 10 * 7) / 63)
    assert fired(week)[0] == 40


def test_a_change_on_the_same_weekday_a_week_before_is_added_up_by_hand():
    counts = [*WEEKS, 10, 7, 8]  # on ten each: down by 30 % and by 20 %
    assert fired(history_of(orders_of(counts), AlertRule("orders", "change", "down", limit=0.25))) == [36]
    assert fired(history_of(orders_of([*WEEKS, 12, 13]), AlertRule("orders", "change", "up", limit=0.25))) == [36]
    both = AlertRule("orders", "change", "both", limit=0.25)
    history = history_of(orders_of([*WEEKS, 7, 13]), both)
    assert fired(history) == [35, 36]
    assert (history.low[0, 35], history.high[0, 35]) == (7.5, 12.5)


def test_a_change_of_a_week_is_held_against_the_week_before():
    counts = [*WEEKS, *[7] * 7]  # 70 → 49
    down = AlertRule("orders", "change", "down", limit=0.25, window_days=7)
    history = history_of(orders_of(counts), down)
    assert fired(history) == [40, 41], "after six days of 7 the week holds 52, after seven 49; 52.5 is the limit"
    assert history.low[0, 41] == 52.5


def test_a_change_on_a_year_ago_looks_back_52_weeks_and_is_silent_before():
    counts = [10] * 364 + [10, 6, 10]
    history = history_of(orders_of(counts), AlertRule("orders", "change", "down", limit=0.3, against="year"))
    assert fired(history) == [365]
    assert not history.judged[:, :364].any()
    with pytest.raises(NotEnoughData, match="nothing to compare with"):
        history_of(orders_of([10] * 100), AlertRule("orders", "change", "down", limit=0.3, against="year"))


def test_a_change_from_nothing_is_no_change():
    counts = [*WEEKS[:28], 0, *[10] * 6, 5]
    history = history_of(orders_of(counts), AlertRule("orders", "change", "down", limit=0.3))
    assert 35 not in fired(history)
    assert not history.judged[0, 35]


def test_a_window_of_fewer_orders_than_asked_for_is_not_judged():
    counts = [*WEEKS, 2]
    few = AlertRule("orders", "threshold", "down", limit=3, least_orders=10)
    assert fired(history_of(orders_of(counts), few)) == [35]
    with pytest.raises(NotEnoughData, match="never had 11 orders or more.*Lower the least number"):
        history_of(orders_of(counts), replace(few, least_orders=11))
    week = replace(few, least_orders=11, window_days=7, limit=63)
    assert fired(history_of(orders_of(counts), week)) == [35]


def test_a_deviation_smaller_than_asked_for_is_not_told():
    counts = np.random.default_rng(4).poisson(100, 120)
    counts[100] = 45
    orders = orders_of(counts)
    assert 100 in fired(history_of(orders, AlertRule("orders", least_change=40)))
    assert fired(history_of(orders, AlertRule("orders", least_change=80))) == []


def test_a_day_that_is_not_over_is_not_judged():
    orders = orders_of([*WEEKS, 2])
    rule = AlertRule("orders", "threshold", "down", limit=5)
    assert fired(history_of(orders, rule)) == [35]
    assert fired(history_of(orders, rule, today=date(2026, 2, 4))) == []


def test_what_looks_back_is_judged_only_once_it_is_known_who_is_new():
    orders = random_orders(3, days=120, per_day=40)
    known = START + pd.Timedelta(days=80)
    new = AlertRule("new_customers", "threshold", "up", limit=0)
    judged = history_of(orders, new, known_from=known.date()).judged[0]
    assert not judged[:80].any()
    assert judged[80:].all()
    assert history_of(orders, replace(new, metric="orders"), known_from=known.date()).judged[0, 28:80].all()


def test_a_far_limit_is_never_crossed_by_chance_and_one_at_the_usual_half_the_time():
    orders = random_orders(8, days=150, per_day=100)
    far = history_of(orders, AlertRule("orders", "threshold", "down", limit=20))
    assert far.quiet_a_month() < 1e-6
    assert far.a_month() == 0
    near = history_of(orders, AlertRule("orders", "threshold", "down", limit=100))
    assert 12 < near.quiet_a_month() < 18.5
    assert 11 < near.a_month() < 19.5


def calendar_of(*events: tuple[int, int, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (START + pd.Timedelta(days=first), START + pd.Timedelta(days=last), kind.title(), kind)
            for first, last, kind in events
        ],
        columns=["start_date", "end_date", "label", "kind"],
    )


def test_a_known_promotion_is_expected_and_an_outage_is_not():
    counts = np.random.default_rng(6).poisson(np.where((np.arange(130) > 99) & (np.arange(130) < 106), 135, 100))
    up, orders = AlertRule("orders", direction="up"), orders_of(counts)
    surprised = [set(fired(history_of(orders, up, calendar))) & set(range(101, 106)) for calendar in (
        calendar_of((100, 105, "promotion")), calendar_of((100, 105, "outage")), NO_EVENTS,
    )]  # fmt: skip
    assert surprised[0] == set()
    assert surprised[1] == surprised[2] != set()


def test_an_event_whose_end_precedes_its_start_is_none():
    days = pd.date_range(START, periods=20)
    assert not known_disturbances(calendar_of((9, 5, "promotion")), days).number.any()
    both = known_disturbances(calendar_of((9, 5, "promotion"), (12, 13, "holiday")), days)
    assert np.flatnonzero(both.number)[:2].tolist() == [12, 13]


def test_what_is_expected_of_the_last_day_of_the_data_in_an_event_is_what_it_is_later():
    orders = random_orders(2, days=120, per_day=80)
    holiday = calendar_of((100, 106, "holiday"))
    whole = history_of(orders, AlertRule("orders"), holiday)
    for last in (100, 103, 106):
        so_far = orders[orders["date"] <= START + pd.Timedelta(days=last)]
        cut = history_of(so_far, AlertRule("orders"), holiday)
        np.testing.assert_array_equal(cut.low, whole.low[:, : last + 1])


@pytest.mark.parametrize("metric", ["revenue", "orders", "average_order_value", "new_customers", "repeat_rate"])
@pytest.mark.parametrize("window", [1, 7, 28])
def test_odd_shops_are_answered_or_told_why_not_without_a_warning(metric, window):
    few = orders_of([1] * 40)
    shops = {
        "one day": (orders_of([30]), "need 28 days to learn what is usual; there are 1 so far"),
        "one customer": (orders_of([12] * 60, customer_id="c"), None),
        "guests only": (orders_of([12] * 60, customer_id=None), None),
        "one order a day": (few, "No day can be judged"),
        "closed for weeks": (orders_of([*[12] * 40, *[0] * 40, *[12] * 10]), None),
    }
    for name, (orders, said) in shops.items():
        rule = AlertRule(metric, window_days=window)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                history = history_of(orders, rule)
                history.firings()
        except NotEnoughData as why:
            told = str(why)
            guests = name == "guests only" and metric in ("new_customers", "repeat_rate")
            assert guests or window > 1 or said in told, name
            assert told.endswith("."), name
        else:
            assert np.isfinite(history.quiet_a_month()), name


def test_shares_of_a_shop_that_is_closed_for_weeks_are_missing_without_a_warning():
    orders = random_orders(4, days=160, per_day=30)
    orders = orders[
        (orders["date"] < START + pd.Timedelta(days=70)) | (orders["date"] > START + pd.Timedelta(days=110))
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        for window in (1, 7, 28):
            rule = AlertRule("orders", dimension="channel", relative=True, window_days=window)
            history = history_of(orders, rule)
            assert np.isnan(history.value[:, 100]).all()
            assert not history.fires[:, 100].any()
            np.testing.assert_allclose(history.value[:, 60].sum(), 1.0)
            np.testing.assert_allclose(history.expected[:, 60].sum(), 1.0, atol=0.03)


def test_a_member_that_loses_its_orders_is_found_by_name():
    orders = random_orders(9, days=120, per_day=60)
    lost = (orders["channel"] == "Web") & (orders["date"] == START + pd.Timedelta(days=100))
    for relative in (False, True):
        found = history_of(orders[~lost], AlertRule("orders", dimension="channel", relative=relative)).firings()
        assert ("Web", START + pd.Timedelta(days=100)) in set(zip(found["member"], found["day"], strict=True))
        assert found["day"].is_monotonic_increasing


def test_members_beyond_the_biggest_sixty_are_told_not_to_be_watched():
    orders = orders_of([70] * 40)
    orders["region"] = [f"R{n % 70:02}" for n in range(len(orders))]
    orders["revenue"] = [100.0 - n % 70 for n in range(len(orders))]
    shop = shop_until(orders)
    rule = AlertRule("orders", "threshold", limit=0.5, dimension="region", member="R69", least_orders=0)
    course = usual_course(orders, NO_EVENTS, shop, "orders", "region")
    assert (len(course.members), course.left_out) == (60, 10)
    with pytest.raises(
        NotEnoughData, match="“R69” is not among the 60 biggest members.*filter the pages to it instead"
    ):
        rule_history(course, rule, shop)
    assert rule_history(course, replace(rule, member="R00"), shop).members == ["R00"]


def test_shares_are_of_the_whole_shop_though_only_the_biggest_members_are_watched():
    orders = orders_of([70] * 40)
    orders["region"] = [f"R{n % 70:02}" for n in range(len(orders))]
    orders["revenue"] = [100.0 - n % 70 for n in range(len(orders))]
    course = usual_course(orders, NO_EVENTS, shop_until(orders), "orders", "region", True)
    np.testing.assert_allclose(course.usual.followed.values, 1 / 70)


def test_what_makes_no_sense_is_told_before_anything_is_judged():
    orders = orders_of(WEEKS)
    with pytest.raises(NotEnoughData, match="cannot give satisfaction"):
        history_of(orders, AlertRule("satisfaction"))
    with pytest.raises(NotEnoughData, match="carry no payment method: watch the whole shop"):
        usual_course(orders, NO_EVENTS, shop_until(orders), "orders", "payment_method")
    with pytest.raises(NotEnoughData, match="No day of this shop is complete yet"):
        usual_course(orders, NO_EVENTS, shop_until(orders, today=START.date() - timedelta(1)), "orders")


def test_few_refunds_are_told_to_be_too_few():
    orders = random_orders(1, days=60)
    orders.loc[orders.index[::400], "revenue"] *= -1
    with pytest.raises(NotEnoughData, match="Refunds are too few to judge the whole shop.*Look over more days"):
        history_of(orders, AlertRule("refund_rate", direction="up"))


def test_frames_and_the_warehouse_give_the_same_answers(stored, tmp_path):
    orders = random_orders(7, days=100, per_day=30).assign(
        segment="A", age_group=None, category="Books", payment_method="Card"
    )
    with Warehouse(stored(orders, tmp_path / "shop.db")).tables() as tables:
        shop = shop_profile(tables.orders, tables.customers, tables.shop)
        for key, dimension in (("revenue", ""), ("orders", "channel"), ("repeat_rate", ""), ("satisfaction", "region")):
            ours = usual_course(tables.orders, NO_EVENTS, shop, key, dimension)
            frames = usual_course(orders, NO_EVENTS, replace(shop, customer_keys=0), key, dimension)
            assert isinstance(ours, Course)
            np.testing.assert_allclose(ours.usual.errors, frames.usual.errors, rtol=1e-6, atol=1e-8)
            np.testing.assert_allclose(ours.usual.followed.values, frames.usual.followed.values)


@pytest.mark.parametrize("factor", [0.01, 1000])
@pytest.mark.parametrize("key", ["revenue", "average_order_value"])
def test_the_currency_in_which_revenue_is_counted_changes_nothing(key, factor):
    orders = random_orders(12, days=150, per_day=30)
    refunded = orders.assign(revenue=np.where(np.arange(len(orders)) % 20 == 0, -orders["revenue"], orders["revenue"]))
    rule = AlertRule(key, direction="both", false_alarms_a_year=24)
    one = history_of(refunded, rule)
    other = history_of(refunded.assign(revenue=refunded["revenue"] * factor), rule)
    np.testing.assert_array_equal(one.fires, other.fires)
    np.testing.assert_allclose(one.errors, other.errors, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(one.expected * factor, other.expected, rtol=1e-6)


def test_distinct_customers_of_a_week_are_judged_by_their_days_together():
    counts = np.random.default_rng(4).poisson(60, 120)
    counts[100:107] = 40
    history = history_of(orders_of(counts), AlertRule("customers", window_days=7))
    assert set(range(104, 107)) <= set(fired(history))
    assert history.value[0, 106] == counts[106]


@pytest.mark.parametrize("window", [7, 28])
def test_a_window_is_held_against_what_was_usual_when_it_began_and_a_level_that_stays_falls_silent(window):
    chance = np.random.default_rng(6)
    counts = chance.poisson(np.where(np.arange(260) >= 160, 60, 100))
    history = history_of(orders_of(counts.tolist()), AlertRule("orders", window_days=window))
    days = fired(history)
    full = 160 + window - 1
    assert set(range(166, full + 1)) <= set(days), "from a week after the fall until the window holds nothing else"
    assert max(days) < 160 + window + 14
    assert history.expected[0, full] == pytest.approx(100 * window, rel=0.06)
    assert history.expected[0, 259] == pytest.approx(60 * window, rel=0.06)


def test_a_lasting_fall_is_told_for_days_and_not_for_weeks():
    counts = np.random.default_rng(6).poisson(np.where(np.arange(260) >= 160, 100, 200))
    history = history_of(orders_of(counts.tolist()), AlertRule("orders"))
    assert [day for day in fired(history) if day >= 160] == [160, 161, 162, 163, 164]
    assert history.expected[0, 165] == pytest.approx(100, rel=0.15)


def test_a_window_longer_than_the_history_has_no_day_to_judge():
    with pytest.raises(NotEnoughData):
        history_of(orders_of([5, 6, 7, 5] * 6), AlertRule("orders", window_days=28))
