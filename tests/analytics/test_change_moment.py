"""The day on which a level moved: planted steps and pauses, chance, closed days, and too little to tell."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.diagnostic.change_moment import moment_of_change
from analytics.diagnostic.companions import companions_of_change
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

APRIL = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous")
NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})


def told(orders: pd.DataFrame, key: str = "orders", filters: Filters = APRIL, calendar: pd.DataFrame = NO_EVENTS):
    shop = shop_of(orders, last_day=date(2026, 4, 30), today=date(2026, 4, 30))
    daily = daily_activity(orders, filters.without_period(), shop)
    return moment_of_change(daily, calendar, filters, shop, key), daily, shop


def thinned(orders: pd.DataFrame, first: str, last: str, share: float = 0.5) -> pd.DataFrame:
    days = pd.to_datetime(orders["date"])
    inside = (days >= first) & (days <= last)
    return orders[~(inside & (np.random.default_rng(1).random(len(orders)) < share))]


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return random_orders(4, per_day=60)


def test_a_lasting_fall_is_told_by_its_first_day(orders):
    moment, _, _ = told(thinned(orders, "2026-04-12", "2026-04-30"))
    assert abs((moment.since - date(2026, 4, 12)).days) <= 1
    assert moment.low <= date(2026, 4, 12) <= moment.high
    assert moment.until is None
    assert moment.size == pytest.approx(-0.5, abs=0.1)
    assert "Orders moved by −" in moment.sentence
    days = moment.days
    assert days.index[0].date() == date(2026, 4, 1) - timedelta(56)
    after = days.loc["2026-04-15":]
    assert (after["expected"] < after["usual"]).all()


def test_a_fall_that_ends_again_has_a_last_day(orders):
    moment, _, _ = told(thinned(orders, "2026-04-08", "2026-04-16"))
    assert abs((moment.since - date(2026, 4, 8)).days) <= 1
    assert abs((moment.until - date(2026, 4, 16)).days) <= 1
    assert f"until {moment.until.day} Apr" in moment.sentence


def test_nothing_is_told_of_chance():
    quiet = [told(random_orders(seed, per_day=60))[0].since is None for seed in range(20)]
    assert sum(quiet) >= 18


def test_what_happened_long_before_the_period_is_another_matter(orders):
    both = thinned(thinned(orders, "2026-02-20", "2026-03-05", 0.7), "2026-04-20", "2026-04-30", 0.4)
    moment, _, _ = told(both)
    assert abs((moment.since - date(2026, 4, 20)).days) <= 1


def test_days_on_which_the_shop_is_closed_are_no_change(orders):
    open_days = orders[pd.to_datetime(orders["date"]).dt.dayofweek != 5]
    assert told(open_days)[0].since is None


def test_a_known_holiday_is_no_change_of_level(orders):
    slow = thinned(orders, "2026-04-10", "2026-04-13", 0.6)
    holiday = pd.DataFrame(
        {"start_date": ["2026-04-10"], "end_date": ["2026-04-13"], "label": ["Easter"], "kind": ["holiday"]}
    )
    assert told(slow)[0].since is not None
    assert told(slow, calendar=holiday)[0].since is None


def test_a_score_moves_in_its_own_unit(orders):
    late = pd.to_datetime(orders["date"]) >= "2026-04-15"
    worse = orders.assign(satisfaction_score=orders["satisfaction_score"].where(~late, 1))
    moment, _, _ = told(worse, "satisfaction")
    assert moment.since == date(2026, 4, 15)
    assert moment.size == pytest.approx(-2, abs=0.3)


def test_too_few_days_and_unknown_metrics_are_refused(orders):
    with pytest.raises(NotEnoughData, match="a change is seen in 28"):
        told(orders, filters=Filters(Period(date(2026, 1, 1), date(2026, 1, 10)), "none"))
    with pytest.raises(NotEnoughData, match="who are not told by day"):
        told(orders, "customers")
    with pytest.raises(NotEnoughData, match="known on too few of these days"):
        told(orders.assign(satisfaction_score=None), "satisfaction")


def test_constants_do_not_change():
    days = pd.date_range("2026-01-01", periods=120)
    same = pd.DataFrame(
        {"transaction_id": [f"t{i}" for i in range(120)], "customer_id": "a", "date": days, "revenue": 10.0}
    )
    for key in ("revenue", "orders", "average_order_value"):
        assert told(same, key)[0].since is None


def test_a_metric_that_moved_before_stands_beside_the_change(orders):
    """Deliveries take twice as long four days before scores fall; an outage is known on that day."""
    days = pd.to_datetime(orders["date"])
    slow = orders["delivery_days"] + 4 * (days >= "2026-04-10")
    low = orders["satisfaction_score"].where(days < "2026-04-14", 1)
    outage = pd.DataFrame(
        {"start_date": ["2026-04-13"], "end_date": ["2026-04-14"], "label": ["App down"], "kind": ["outage"]}
    )
    moment, daily, shop = told(orders.assign(delivery_days=slow, satisfaction_score=low), "satisfaction")
    near = companions_of_change(daily, outage, APRIL, shop, moment)
    assert near["kind"].tolist() == ["metric", "event"]

    assert near["what"].iloc[0].startswith("Delivery days moved by +")
    assert near["what"].iloc[1] == "App down (outage)"
    assert near["days_after"].tolist() == [-4, -1]
    assert near["by_chance"].iloc[0] < 0.001


def test_without_a_change_nothing_is_near_it(orders):
    moment, daily, shop = told(orders)
    assert companions_of_change(daily, NO_EVENTS, APRIL, shop, moment).empty
