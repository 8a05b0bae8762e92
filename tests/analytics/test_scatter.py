"""The range of chance holds what it promises on shops where nothing changes, as a process of customers makes them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity, distinct_by_period, parts_by_period
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.scatter import customer_sums, scatter_factors, standard_errors_of_change
from analytics.descriptive.variation import DAYS_NEEDED, TRIMMED_CHI_SQUARE, day_dispersions, dispersion
from analytics.filters import Filters
from analytics.periods import Period, preset_period
from data_generation import quiet_settings, simulate
from tests.analytics.conftest import random_orders, shop_of

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))


def errors_of(orders: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    shop = shop_of(orders)
    filters = Filters(FEBRUARY, compare="previous")
    periods = {"value": FEBRUARY, "previous": JANUARY}
    daily, distinct = daily_activity(orders, filters, shop), distinct_by_period(orders, filters, periods)
    parts = parts_by_period(daily, periods, distinct)
    errors = standard_errors_of_change(customer_sums(orders, filters, shop, periods), shop, periods, parts)
    return errors["previous"], scatter_factors(shop, parts, errors)


def orders_of(*rows: tuple[str | None, str, float]) -> pd.DataFrame:
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "revenue"])
    return orders.assign(transaction_id=[f"t{i}" for i in range(len(orders))])


def test_the_variance_is_the_sum_of_each_customers_squared_contribution():
    errors, _ = errors_of(
        orders_of(
            ("steady", "2026-01-10", 50.0),
            ("steady", "2026-02-10", 50.0),
            ("came", "2026-02-11", 30.0),
            ("left", "2026-01-12", 40.0),
        )
    )
    assert errors["revenue"] == pytest.approx(np.hypot(30, 40))  # the steady customer adds nothing
    assert errors["orders"] == pytest.approx(np.sqrt(2))
    assert errors["customers"] == pytest.approx(np.sqrt(2))


def test_a_wholesale_order_cancelled_the_same_month_is_no_shock():
    calm = orders_of(("a", "2026-01-10", 50.0), ("b", "2026-02-10", 60.0))
    with_mistake = orders_of(
        ("a", "2026-01-10", 50.0),
        ("b", "2026-02-10", 60.0),
        ("w", "2026-02-09", 168_470.0),
        ("w", "2026-02-09", -168_470.0),
    )
    assert errors_of(with_mistake)[0]["revenue"] == pytest.approx(errors_of(calm)[0]["revenue"])


def test_guests_are_units_of_their_own():
    errors, _ = errors_of(orders_of((None, "2026-01-10", 3.0), (None, "2026-02-10", 4.0), ("a", "2026-02-10", 0.0)))
    assert errors["revenue"] == pytest.approx(5.0)


def test_customers_who_order_often_scatter_more_than_their_orders_would_alone():
    bursts = [(f"c{i}", f"2026-0{1 + i % 2}-1{d}", 10.0) for i in range(40) for d in range(5)]
    _, factors = errors_of(orders_of(*bursts))
    assert factors["orders"] == pytest.approx(5.0)  # five orders that always come together: variance 25 per 5 orders


QUIET_SHOPS = 16


@pytest.fixture(scope="module")
def moved_in_quiet_shops() -> pd.DataFrame:
    """Changes in units of their 95 % range, for shops whose intensity is flat: one row each."""
    rows = []
    for seed in range(QUIET_SHOPS):
        orders = simulate(quiet_settings(20, 730, seed)).transactions.to_pandas()
        orders["date"] = pd.to_datetime(orders["date"])
        last = orders["date"].max().date()
        shop = shop_of(orders, last_day=last, today=last)
        shop = replace(shop, known_from=shop.first_day + timedelta(days=400))
        for preset in ("30d", "90d", "12m"):
            filters = Filters(preset_period(preset, shop.first_day, shop.today))
            daily = daily_activity(orders, filters, shop)
            kpis = current_kpis(orders, daily, day_dispersions(daily), filters, shop)
            for key, row in kpis.figures.iterrows():
                for name in kpis.periods:
                    if name != "value" and pd.notna(row[name]):
                        moved = (row["value"] - row[name]) / row[f"noise_{name}"]
                        rows.append({"preset": preset, "against": name, "metric": key, "moved": moved})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("preset", ["30d", "90d", "12m"])
def test_one_change_in_twenty_is_called_beyond_chance_where_nothing_changes(moved_in_quiet_shops, preset):
    """Sixteen shops and six metrics or more: some 5 % are meant."""
    moved = moved_in_quiet_shops.query("preset == @preset")["moved"]
    assert len(moved) >= 96
    assert 0.005 < (moved.abs() > 1).mean() < 0.12


def test_the_range_is_not_too_wide_either(moved_in_quiet_shops):
    """In units of the 95 % range a normal change has a standard deviation of 1 / 1.96."""
    spread = moved_in_quiet_shops.groupby("metric")["moved"].std() * 1.96
    assert (spread > 0.7).all(), spread
    assert (spread < 1.3).all(), spread


def test_new_customers_are_not_compared_with_the_first_months_of_the_data():
    orders = random_orders(1, days=300, per_day=5, start="2026-01-01")
    shop = replace(shop_of(orders), known_from=date(2026, 6, 1))
    filters = Filters(Period(date(2026, 7, 1), date(2026, 8, 31)), compare="previous")
    daily = daily_activity(orders, filters, shop)
    kpis = current_kpis(orders, daily, day_dispersions(daily), filters, shop)
    assert np.isnan(kpis.figures.loc["new_customers", "previous"])
    assert np.isnan(kpis.figures.loc["repeat_rate", "previous"])
    assert not np.isnan(kpis.figures.loc["customers", "previous"])
    assert "most customers look new" in kpis.unavailable["new_customers", "previous"]


def test_a_period_with_a_day_that_is_not_over_is_compared_with_nothing():
    orders = random_orders(1)
    shop = shop_of(orders, today=date(2026, 4, 29))
    filters = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), compare="previous")
    daily = daily_activity(orders, filters, shop)
    kpis = current_kpis(orders, daily, day_dispersions(daily), filters, shop)
    assert list(kpis.periods) == ["value"]
    assert kpis.unavailable == {"previous": "30 Apr 2026 is only partly in the data"}


def test_days_of_pure_chance_have_no_extra_scatter():
    factors = [dispersion(daily_activity(random_orders(seed), Filters(JANUARY)), "orders") for seed in range(12)]
    assert np.mean(factors) == pytest.approx(1.0, abs=0.15)


def test_the_trimming_takes_from_pure_noise_what_theory_says():
    squares = np.sort(np.random.default_rng(0).standard_normal(200_000) ** 2)
    assert squares[: int(0.95 * len(squares))].mean() == pytest.approx(TRIMMED_CHI_SQUARE, abs=0.01)


def test_a_few_days_teach_nothing_about_scatter():
    few = daily_activity(random_orders(1, days=DAYS_NEEDED - 1), Filters(JANUARY))
    assert dispersion(few, "orders") == 1.0
    assert dispersion(few, "no such part") == 1.0


def test_customers_told_by_their_sums_are_those_counted_in_the_engine():
    orders = random_orders(9)
    orders.loc[::7, "customer_id"] = None
    filters = Filters(FEBRUARY, compare="previous", channel=("Web",))
    periods = {"value": FEBRUARY, "previous": JANUARY}
    customers = customer_sums(orders, filters, shop_of(orders), periods)
    counted = distinct_by_period(orders, filters, periods)
    for period in periods:
        assert customers.part("customers", period).sum() == counted[period]["customers"]
        assert customers.part("repeat_customers", period).sum() == counted[period]["repeat_customers"]
