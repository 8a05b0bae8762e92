"""Drivers of the score: what was planted is found, what was not is not, and what cannot be told is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic import scored_orders
from analytics.diagnostic.drivers import limit_check, one_day, score_drivers
from analytics.diagnostic.score_model import score_model
from analytics.diagnostic.scored_orders import OTHERS, order_cells, told_apart
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from tests.analytics.conftest import random_orders, shop_of
from tests.analytics.satisfaction_shops import SPRING, model_of, scored_shop
from warehouse.engine import Warehouse


def effect_of(drivers, level: str) -> pd.Series:
    (row,) = (row for _, row in drivers.effects.iterrows() if row["level"] == level)
    return row


def test_a_day_and_a_member_move_the_score_by_what_was_planted():
    drivers = score_drivers(model_of(scored_shop(category={"Toys": 0.8})))
    day, toys = effect_of(drivers, "one day later"), effect_of(drivers, "Toys")
    assert day["odds_low"] < np.expm1(-0.3) < day["odds_high"]
    assert toys["odds_low"] < np.expm1(0.8) < toys["odds_high"]
    assert toys["reference"] == "Books"
    assert day["score"] < 0 < toys["score"]
    assert drivers.factors["factor"].iloc[0] == "Delivery days"
    assert "No difference beyond chance is seen by region" in drivers.sentence
    assert drivers.orders == 3000


def test_effects_in_points_are_differences_of_means_where_nothing_else_differs():
    """With two members and nothing else the model says what the plain means and shares say."""
    orders = scored_shop(slope=lambda days: 0 * days, category={"Toys": 0.6})
    orders = orders.drop(columns=["region", "delivery_days"])
    row = effect_of(score_drivers(model_of(orders)), "Toys")
    means = orders.groupby("category")["satisfaction_score"].mean()
    good = (orders["satisfaction_score"] >= 4).groupby(orders["category"]).mean()
    assert row["score"] == pytest.approx(means["Toys"] - means["Books"], abs=0.02)
    assert row["good"] == pytest.approx(good["Toys"] - good["Books"], abs=0.02)


def test_who_waits_longer_is_not_blamed_for_the_wait():
    """East waits three days longer and likes as much: raw it is worse, all else equal it is not."""
    orders = scored_shop(3)
    east = orders["region"] == "East"
    slower = scored_shop(3, slope=lambda days: -0.3 * (days + 3 * east.to_numpy()))
    slower["delivery_days"] = orders["delivery_days"] + 3 * east
    raw = slower.groupby("region")["satisfaction_score"].mean()
    assert raw["East"] < raw["North"] - 0.3
    row = effect_of(score_drivers(model_of(slower)), "East")
    assert row["score_low"] < 0 < row["score_high"]


def test_nothing_planted_is_nothing_found():
    found = 0
    for seed in range(20):
        drivers = score_drivers(model_of(scored_shop(seed, 800, slope=lambda days: 0 * days)))
        found += drivers.sentence.startswith("None of ")
    assert found >= 17  # one of twenty may be beyond chance; four would be with 1.6 in 100


def test_one_day_less_is_worth_what_one_day_later_costs_nearly():
    model = model_of(scored_shop())
    less, later = one_day(model, "score", -1.0), one_day(model, "score", 1.0)
    assert less[0] == pytest.approx(-later[0], rel=0.15)
    assert less[1] < less[0] < less[2]


def test_the_assumption_holds_where_it_was_planted_and_not_where_it_was_broken():
    kept = limit_check(model_of(scored_shop(5, 6000)))
    assert kept.by_chance > 0.05
    assert "fits" in kept.sentence
    assert kept.limits["limit"].tolist() == ["2 or more", "3 or more", "4 or more", "5", "all limits together"]
    orders = scored_shop(5, 6000)
    late = orders["delivery_days"] > 4
    angry = np.random.default_rng(1).random(6000) < 0.25
    orders.loc[late & angry, "satisfaction_score"] = 1  # some of the late give 1 at once: the lowest limit moves most
    broken = limit_check(model_of(orders))
    assert broken.by_chance < 0.01
    assert "differ more than chance does" in broken.sentence
    assert broken.limits["odds"].iloc[0] < broken.limits["odds"].iloc[3]


def test_the_check_is_beyond_chance_one_time_in_twenty_where_the_assumption_holds():
    by_chance = [limit_check(model_of(scored_shop(seed, 1500))).by_chance for seed in range(60)]
    assert np.mean(np.array(by_chance) <= 0.05) <= 0.15
    assert 0.3 < np.mean(by_chance) < 0.7


def test_refunds_are_no_orders():
    orders = scored_shop(number=600)
    refunds = orders.head(200).assign(revenue=-10.0, satisfaction_score=1, transaction_id=[f"r{i}" for i in range(200)])
    both = pd.concat([orders, refunds], ignore_index=True)
    pd.testing.assert_frame_equal(
        score_drivers(model_of(both)).effects, score_drivers(model_of(orders)).effects, check_exact=False
    )


def test_orders_without_delivery_days_are_left_out_and_named():
    orders = scored_shop()
    orders.loc[orders["category"] == "Toys", "delivery_days"] = np.nan
    drivers = score_drivers(model_of(orders))
    toys = (orders["category"] == "Toys").sum()
    assert f"Left out: {toys:,} without delivery days (all of Toys among them)." in drivers.notes
    assert "Category" not in set(drivers.factors["factor"])


def test_parcels_that_took_a_year_do_not_decide_what_a_day_does():
    orders = scored_shop(number=1500)
    before = effect_of(score_drivers(model_of(orders)), "one day later")
    pleased = orders.index[orders["satisfaction_score"] == 5][:12]
    orders.loc[pleased, "delivery_days"] = 365
    drivers = score_drivers(model_of(orders))
    assert effect_of(drivers, "one day later")["odds"] == pytest.approx(before["odds"], abs=0.02)
    assert "Left out: 12 that took more than" in drivers.notes
    assert drivers.orders == 1488


def test_a_long_tail_is_no_oddity():
    orders = scored_shop(number=3000)
    orders["delivery_days"] = np.random.default_rng(1).geometric(0.15, 3000)
    assert model_of(orders).orders >= 2998, "one in three thousand is far out even there"


def test_a_shop_without_delivery_days_is_told_what_else_moves_the_score():
    orders = scored_shop(category={"Toys": 1.0}).drop(columns="delivery_days")
    drivers = score_drivers(model_of(orders))
    assert drivers.factors["factor"].iloc[0] == "Category"
    assert "carry no delivery days" in drivers.notes


def test_a_dimension_that_says_the_same_as_another_is_left_out_and_named():
    orders = scored_shop(region={"South": 0.5})
    orders["channel"] = orders["region"].map({"North": "Web", "South": "App", "East": "Store"})
    drivers = score_drivers(model_of(orders))
    assert "left out: region" in drivers.notes or "left out: channel" in drivers.notes


def test_small_members_are_gathered_and_those_that_are_too_few_left_out():
    orders = scored_shop(number=1000)
    orders.loc[:7, "region"] = [f"Tiny {i}" for i in range(8)]
    model = model_of(orders)
    assert OTHERS not in model.scored.levels["region"]
    assert "8 of members too small to be told apart" in " ".join(model.scored.left_out)
    assert model.orders == 992
    orders.loc[:15, "region"] = [f"Tiny {i}" for i in range(16)]
    model = model_of(orders)
    assert model.scored.levels["region"][-1] == OTHERS
    assert model.orders == 1000


def test_fifty_thousand_members_are_gathered_in_the_engine():
    orders = scored_shop(number=2000)
    orders["channel"] = [f"Ch {i}" if i % 2 else "Web" for i in range(2000)]
    shop = shop_of(orders)
    assert told_apart(shop)["gathered"] == ("channel",)
    cells = order_cells(orders, SPRING, shop)
    assert len(cells.members["channel"]) <= told_apart(shop)["most"] + 1
    assert cells.orders.sum() == 2000


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda o: o.drop(columns="satisfaction_score"), "carry no scores: import a file that has them"),
        (
            lambda o: o.assign(satisfaction_score=o["satisfaction_score"].where(o.index < 40)),
            "Only 40 orders .* scored",
        ),
        (lambda o: o.assign(satisfaction_score=4), "All 3,000 scored orders in view gave 4"),
        (
            lambda o: o.drop(columns=["region", "category"]).assign(delivery_days=3),
            "Nothing tells these orders apart .* arrived on day 3",
        ),
        (
            lambda o: o.assign(date="2025-01-01"),
            "No orders in 1 Jan – 30 Apr 2026",
        ),
    ],
)
def test_what_cannot_be_told_is_said(changed, said):
    with pytest.raises(NotEnoughData, match=said):
        score_drivers(model_of(changed(scored_shop())))


def test_where_nearly_all_orders_are_of_members_too_small_there_is_no_model():
    orders = scored_shop(number=130)
    orders["region"] = np.where(orders.index < 90, "North", "South")
    orders["category"] = np.where(orders.index < 90, "Books", "Toys")
    orders.loc[orders.index < 90, "satisfaction_score"] = 5
    orders.loc[orders.index >= 90, "satisfaction_score"] = np.where(orders.index[90:] % 2, 1, 5)
    with pytest.raises(NotEnoughData, match="Only 40 scored orders in view are of members that can be told apart"):
        model_of(orders)


def test_no_score_in_view_names_how_many_orders_there_are():
    orders = scored_shop()
    late = Filters(SPRING.period, region=("East",))
    orders.loc[orders["region"] == "East", "satisfaction_score"] = np.nan
    with pytest.raises(NotEnoughData, match=r"None of the \d+ orders in view was scored"):
        model_of(orders, late)


def test_too_few_on_one_side_of_the_limits_are_not_held_against_each_other():
    orders = random_orders(2, days=30)
    orders["satisfaction_score"] = np.where(orders.index < 8, 1, 5)
    with pytest.raises(NotEnoughData, match="both sides of more than one limit"):
        limit_check(model_of(orders))


def test_effects_do_not_depend_on_the_order_of_rows():
    orders = scored_shop(number=900, category={"Toys": 0.4})
    shuffled = orders.sample(frac=1, random_state=3)
    ours, theirs = (score_drivers(model_of(o)).effects for o in (orders, shuffled))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-8)


def test_the_warehouse_gives_the_model_of_its_orders_as_a_frame(stored, tmp_path):
    orders = scored_shop(number=1200, category={"Toys": 0.5})
    orders.loc[::7, "customer_id"] = None
    orders["channel"] = [f"Ch {i % 40}" for i in range(len(orders))]
    orders = orders.assign(payment_method="any", segment="any", age_group="any")
    shop = shop_of(orders)
    of_frame = score_drivers(model_of(orders))
    with Warehouse(stored(orders, tmp_path / "shop.db")).tables() as tables:
        keyed = replace(shop, customer_keys=int(tables.orders.customer_key.max().execute()))
        cells = order_cells(tables.orders, SPRING, keyed)
        of_warehouse = score_drivers(score_model(tables.orders, cells, SPRING, keyed))
    assert of_frame.notes == of_warehouse.notes
    ours, theirs = (d.effects.sort_values(["factor", "level"], ignore_index=True) for d in (of_frame, of_warehouse))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-6)


def test_of_a_large_shop_a_sample_of_customers_tells_how_orders_belong_together(stored, tmp_path, monkeypatch):
    orders = scored_shop(number=3000).assign(channel="any", payment_method="any", segment="any", age_group="any")
    shop = shop_of(orders)
    with Warehouse(stored(orders, tmp_path / "shop.db")).tables() as tables:
        keyed = replace(shop, customer_keys=int(tables.orders.customer_key.max().execute()))
        cells = order_cells(tables.orders, SPRING, keyed)
        whole = score_model(tables.orders, cells, SPRING, keyed)
        monkeypatch.setattr(scored_orders, "SAMPLED_ORDERS", 1500)
        sampled = score_model(tables.orders, cells, SPRING, keyed)
    assert (whole.scored.clusters.every, sampled.scored.clusters.every) == (1, 2)
    assert len(sampled.scored.clusters.unit) < 2000
    np.testing.assert_allclose(sampled.fit.slopes, whole.fit.slopes)
    ratio = np.sqrt(np.diag(sampled.covariance) / np.diag(whole.covariance))
    assert ((ratio > 0.85) & (ratio < 1.18)).all()
