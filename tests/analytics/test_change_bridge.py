"""Steps that lead from one period to the other: by hand, always adding up, and refusing what has none."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.kpi_tree import kpi_tree
from analytics.descriptive.kpis import current_kpis
from analytics.diagnostic.bridge import change_bridge
from analytics.diagnostic.mix_and_rate import mix_and_rate, mix_by_dimension, mix_sentence
from analytics.diagnostic.whole_change import whole_change
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of


def bridge_of(orders, filters, key="revenue", against="previous", **facts):
    shop = shop_of(orders, **facts)
    return change_bridge(orders, daily_activity(orders, filters.without_period(), shop), filters, shop, key, against)


def test_every_step_by_hand(hand_orders, second_week):
    """Customers a, b (140 in 2 orders) → a, b, c (150 in 3); a guest's 60 → 0; 20 given back."""
    bridge = bridge_of(hand_orders, second_week)
    steps = bridge.steps["contribution"]
    assert (bridge.before, bridge.now, bridge.change) == (200, 130, -70)
    assert steps["guest_orders"] == -60
    assert steps["refunded"] == -20
    weight = (150 - 140) / np.log(150 / 140)
    assert steps["new_customers"] + steps["returning_customers"] == pytest.approx(weight * np.log(3 / 2))
    assert steps["customer_order_value"] == pytest.approx(weight * np.log(50 / 70))
    assert steps["orders_per_customer"] == 0, "one order each before and after"
    assert steps.sum() == pytest.approx(-70)


def test_orders_and_customers_have_steps_of_their_own(hand_orders, second_week):
    orders = bridge_of(hand_orders, second_week, "orders")
    assert (orders.before, orders.now) == (3, 3)
    assert orders.steps["contribution"]["guest_orders"] == -1
    assert orders.steps["contribution"].sum() == pytest.approx(0)
    customers = bridge_of(hand_orders, second_week, "customers")
    assert customers.steps["contribution"].to_dict() == {"new_customers": -1, "returning_customers": 2}


def test_the_steps_of_revenue_are_the_leaves_of_the_tree():
    orders = random_orders(5)
    filters = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous")
    shop = shop_of(orders, known_from=date(2026, 1, 20))
    daily = daily_activity(orders, filters.without_period(), shop)
    kpis = current_kpis(orders, daily, {}, filters, shop)
    leaves = kpi_tree(orders, kpis, filters, shop).leaves()
    bridge = change_bridge(orders, daily, filters, shop, "revenue", "previous")
    shown = leaves.loc[bridge.steps.index]
    assert shown["contribution"].tolist() == pytest.approx(bridge.steps["contribution"].tolist())
    assert shown["noise"].tolist() == pytest.approx(bridge.steps["noise"].tolist(), rel=1e-6)
    assert bridge.noise == pytest.approx(kpis.figures.at["revenue", "noise_previous"], rel=1e-6)


def random_rows(seed: int, n: int) -> pd.DataFrame:
    """Forty days of anything: guests, refunds, free orders, members that come and go."""
    chance = np.random.default_rng(seed)
    customers = np.array(["a", "b", "c", None], dtype=object)[chance.integers(0, 4, n)]
    return pd.DataFrame(
        {
            "transaction_id": [f"t{i}" for i in range(n)],
            "customer_id": customers,
            "date": pd.Timestamp("2026-03-01") + pd.to_timedelta(chance.integers(0, 40, n), unit="D"),
            "revenue": np.round(chance.normal(200, 400, n), 2) * (chance.random(n) > 0.1),
            "channel": chance.choice(["Web", "App", "Shop"], n),
            "satisfaction_score": pd.array(chance.choice([1, 3, 5, None], n), dtype="Int64"),
            "delivery_days": pd.array(chance.choice([2, 9, None], n), dtype="Int64"),
        }
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60))
def test_contributions_add_up_whatever_the_shop(seed, n):
    orders = random_rows(seed, n)
    filters = Filters(Period(date(2026, 3, 21), date(2026, 4, 9)), "previous")
    facts = {"first_day": date(2026, 3, 1), "last_day": date(2026, 4, 9), "today": date(2026, 4, 9)}
    for key in ("revenue", "orders", "customers"):
        try:
            bridge = bridge_of(orders, filters, key, **facts)
        except NotEnoughData:
            continue
        assert bridge.steps["contribution"].sum() == pytest.approx(bridge.change, abs=0.01)
        assert (bridge.steps["noise"].dropna() >= 0).all()
    shop = shop_of(orders, **facts)
    for measured in METRICS.values():
        try:
            shared = mix_and_rate(orders, filters, shop, measured.key, "channel", "previous")
        except NotEnoughData:
            continue
        assert shared.members["contribution"].sum() == pytest.approx(shared.change, abs=0.01)
        assert shared.steps()["contribution"].sum() == pytest.approx(shared.change, abs=0.01)


def test_mix_and_rate_by_hand():
    """Web 10 × 2 orders and App 30 × 2 → Web 10 × 1 and App 40 × 3: 20 → 32.5."""
    rows = [("Web", 10.0, 6)] * 2 + [("App", 30.0, 6)] * 2 + [("Web", 10.0, 13)] + [("App", 40.0, 13)] * 3
    orders = pd.DataFrame(
        [(f"t{i}", f"c{i}", f"2026-01-{day:02d}", amount, channel) for i, (channel, amount, day) in enumerate(rows)],
        columns=["transaction_id", "customer_id", "date", "revenue", "channel"],
    )
    filters = Filters(Period(date(2026, 1, 12), date(2026, 1, 18)), "previous")
    shop = shop_of(orders, first_day=date(2026, 1, 5))
    shared = mix_and_rate(orders, filters, shop, "average_order_value", "channel")
    members = shared.members.set_index("member")
    assert (shared.before, shared.now) == (20, 32.5)
    assert members.at["App", "rate"] == pytest.approx((0.5 + 0.75) / 2 * 10)
    assert members.at["Web", "rate"] == 0
    middle = (20 + 32.5) / 2
    assert shared.mix == pytest.approx(0.25 * (35 - middle) - 0.25 * (10 - middle))
    assert shared.mix + shared.rate == pytest.approx(12.5)
    assert shared.steps()["step"].tolist()[-1] == "Mix of channels"


def test_every_dimension_shares_out_the_same_change():
    orders = random_orders(9)
    filters = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous")
    shop = shop_of(orders)
    mixes = mix_by_dimension(orders, filters, shop, "satisfaction", "previous")
    assert mixes["dimension"].tolist() in (["Channel", "Region"], ["Region", "Channel"])
    whole = mix_and_rate(orders, filters, shop, "satisfaction", "region", "previous").change
    assert (mixes["mix"] + mixes["rate"]).tolist() == pytest.approx([whole, whole])
    assert abs(mixes["mix"].iloc[0]) >= abs(mixes["mix"].iloc[1])
    assert "the mix of any one dimension brought at most" in mix_sentence(mixes, "satisfaction", shop)
    with pytest.raises(NotEnoughData, match="Orders adds up over members"):
        mix_by_dimension(orders, filters, shop, "orders")


def test_a_member_of_one_period_only_is_all_mix_and_no_infinite_change():
    orders = random_orders(3)
    late = pd.to_datetime(orders["date"]) >= "2026-04-01"
    orders.loc[late & (orders["channel"] == "App"), "channel"] = "Kiosk"
    filters = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous")
    members = mix_and_rate(orders, filters, shop_of(orders), "satisfaction", "channel").members.set_index("member")
    assert np.isnan(members.at["Kiosk", "before"])
    assert np.isnan(members.at["App", "now"])
    assert members.loc[["Kiosk", "App"], "rate"].tolist() == [0, 0]
    assert np.isfinite(members["contribution"]).all()


def test_the_whole_change_is_that_of_the_key_figures():
    orders = random_orders(7)
    filters = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous")
    shop = shop_of(orders)
    daily = daily_activity(orders, filters.without_period(), shop)
    dispersions = {"revenue": 1.7, "orders": 1.2, "new_customers": 1.0}
    figures = current_kpis(orders, daily, dispersions, filters, shop).figures
    for key in figures.index:
        change = whole_change(orders, daily, dispersions, filters, shop, key, "previous")
        assert change.now == pytest.approx(figures.at[key, "value"])
        assert change.before == pytest.approx(figures.at[key, "previous"])
        assert change.noise == pytest.approx(figures.at[key, "noise_previous"])


def test_the_usual_of_four_weeks_scatters_less_than_one():
    orders = random_orders(8)
    week = Filters(Period(date(2026, 4, 20), date(2026, 4, 26)), "previous")
    shop = shop_of(orders)
    daily = daily_activity(orders, week.without_period(), shop)
    one, four = (whole_change(orders, daily, {}, week, shop, "orders", a) for a in ("previous", "usual"))
    assert four.now == one.now
    starts = pd.to_datetime(["2026-04-13", "2026-04-06", "2026-03-30", "2026-03-23"])
    earlier = [daily.loc[day : day + pd.Timedelta(days=6), "orders"].sum() for day in starts]
    assert four.before == pytest.approx(np.mean(earlier))
    assert four.noise == pytest.approx(one.noise * np.sqrt(1.25 / 2), rel=0.15)


def test_a_metric_that_is_no_product_says_so(hand_orders, second_week):
    with pytest.raises(NotEnoughData, match="Satisfaction is not made of other metrics"):
        bridge_of(hand_orders, second_week, "satisfaction")
    with pytest.raises(NotEnoughData, match="Repeat rate counts different customers"):
        mix_and_rate(hand_orders, second_week, shop_of(hand_orders), "repeat_rate", "channel")


def test_a_metric_without_values_before_is_not_shared_out(hand_orders, second_week):
    unscored = hand_orders.copy()
    unscored.loc[unscored["date"] < "2026-01-12", "satisfaction_score"] = None
    with pytest.raises(NotEnoughData, match="Satisfaction is not known before"):
        mix_and_rate(unscored, second_week, shop_of(unscored), "satisfaction", "channel")
