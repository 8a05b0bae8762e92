"""Hazard ratios beside each other: planted ones found, rare and repeated levels seen to, and what is refused."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic import churn_factors as factors_module
from analytics.diagnostic.churn_factors import OTHERS, ChurnFactors, churn_factors
from analytics.diagnostic.gaps import Gaps, order_gaps
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from data_generation import SimulationSettings, simulate
from tests.analytics.conftest import random_orders, shop_of


def factors_of(orders: pd.DataFrame, clock: str = "any", **members: tuple) -> ChurnFactors:
    return churn_factors(gaps_of(orders, **members), clock)


def gaps_of(orders: pd.DataFrame, **members: tuple) -> Gaps:
    shop = shop_of(orders)
    return order_gaps(orders, Filters(shop.days, "none", **members), shop)


@pytest.fixture(scope="module")
def simulated() -> Gaps:
    orders = simulate(SimulationSettings(orders=12_000, seed=5, lines=False)).transactions.to_pandas()
    categories = [c for c in orders if isinstance(orders[c].dtype, pd.CategoricalDtype)]
    orders = orders.astype(dict.fromkeys(categories, "str")).assign(date=pd.to_datetime(orders["date"]))
    shop = replace(shop_of(orders), known_from=date(2025, 6, 1))
    return order_gaps(orders, Filters(shop.days, "none"), shop)


@pytest.mark.parametrize("clock", ["any", "first"])
def test_the_planted_reasons_to_leave_have_ratios_below_one(simulated, clock):
    found = churn_factors(simulated, clock)
    ratios = found.levels.set_index(found.levels["level"].str.partition(" (")[0])
    assert ratios.loc["Late", "ratio_high"] < 1
    assert ratios.loc["Low", "ratio" if clock == "first" else "ratio_high"] < 1  # few first orders score low
    segment = found.levels[found.levels["factor"] == "segment"].set_index("level")["ratio"]
    assert segment["Budget"] < segment["Regular"] < segment["Premium"]
    if clock == "any":
        assert ratios.loc["First order", "ratio_high"] < 1
    assert "a return is" in found.sentence
    assert "hazard ratio" in found.sentence


def test_a_level_that_others_say_already_is_left_out_and_named(simulated):
    """Orders from the store are delivered by nobody: “not stated” is the same orders."""
    found = churn_factors(simulated, "any")
    assert "Not stated" not in set(found.levels["level"])
    assert "Left out, as other levels say the same: delivery not stated." in found.notes


def test_every_factor_has_its_reference_first_and_the_largest(simulated):
    levels = churn_factors(simulated, "any").levels
    for _, own in levels.groupby("factor", sort=False):
        assert own["reference"].tolist() == [True, *[False] * (len(own) - 1)]
        assert own["gaps"].iloc[0] == own["gaps"].max()
        assert own["ratio"].iloc[0] == 1


def test_where_ratios_drift_the_early_and_late_ones_are_told(simulated):
    """Who leaves does so at once, so of those still away after long ever more are gone: the ratio falls with time."""
    found = churn_factors(simulated, "any")
    checks = found.checks.set_index("factor")
    assert not checks.loc["delivery", "holds"]
    late = found.levels[found.levels["level"].str.startswith("Late")].iloc[0]
    assert late["late"] < late["early"]
    assert "proportional hazards do not hold" in found.check_sentence
    assert f"up to day {found.split_day}" in found.check_sentence
    table = found.checks_table()
    assert table["factor"].tolist()[0] == "Region"
    assert f"ratio_to_day_{found.split_day}" in found.table().columns


def test_quiet_shops_have_no_factors():
    """Five per cent of what is called beyond chance may be chance: hardly a shop in ten names anything."""
    named = [factors_of(random_orders(seed, days=150, per_day=12)).levels["beyond_chance"].any() for seed in range(40)]
    assert np.mean(named) <= 0.15


def test_rare_levels_are_gathered():
    orders = random_orders(2, days=200)
    rare = np.random.default_rng(1).random(len(orders)) < 0.02
    orders["channel"] = np.where(rare, [f"rare {n}" for n in range(len(orders))], orders["channel"])
    levels = factors_of(orders).levels
    assert set(levels.loc[levels["factor"] == "channel", "level"]) <= {"Web", "App", "Store", OTHERS}


def test_the_orders_of_a_handful_of_customers_are_no_level():
    orders = random_orders(2, days=200)
    theirs = orders.assign(customer_id=[f"d{n % 5}" for n in range(len(orders))], channel="Wholesale")
    theirs["transaction_id"] = "w" + theirs["transaction_id"]
    both = pd.concat([orders, theirs]).assign(delivery_days=None)  # they order daily: before any delivery is late
    levels = factors_of(both).levels
    assert "Wholesale" not in set(levels["level"])
    assert OTHERS in set(levels["level"])


def test_a_dimension_said_twice_is_said_once():
    orders = random_orders(2, days=200)
    found = factors_of(orders.assign(segment="of " + orders["region"]))
    assert set(found.levels["factor"]) == {"region", "channel", "delivery", "score", "order"}
    assert "segment of" in found.notes


def test_too_little_is_refused_with_what_would_help(monkeypatch):
    with pytest.raises(NotEnoughData, match="can be followed to a next one"):
        factors_of(random_orders(1).head(30))
    monkeypatch.setattr(factors_module, "FEWEST_ENDS", 500)
    with pytest.raises(NotEnoughData, match="are too few for .* levels beside each other: 500 for each"):
        churn_factors(gaps_of(random_orders(1)))


def test_orders_that_differ_in_nothing_have_no_factors():
    orders = random_orders(1).assign(channel="Web", region="North", satisfaction_score=None, delivery_days=None)
    with pytest.raises(NotEnoughData, match="differ in nothing"):
        factors_of(orders, "first")
