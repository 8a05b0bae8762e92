"""Dose and response: means by hand, adjusted where it matters, bends where they were planted and nowhere else."""

import numpy as np
import pandas as pd
import pytest

from analytics.chance import NORMAL_95, wilson_interval
from analytics.diagnostic.day_costs import day_costs
from analytics.diagnostic.day_groups import day_groups
from analytics.diagnostic.dose_response import FEWEST_A_DAY, dose_response
from analytics.errors import NotEnoughData
from tests.analytics.conftest import shop_of
from tests.analytics.satisfaction_shops import CUTS, model_of, scored_shop


def bent_at(day: float, before: float = -0.15, beyond: float = -0.6):
    return lambda days: before * days + (beyond - before) * np.maximum(days + 4 - day, 0.0)


def test_raw_points_are_the_means_and_shares_of_each_day():
    orders = scored_shop()
    days = dose_response(model_of(orders)).days.set_index("label")
    third = orders.loc[orders["delivery_days"] == 3, "satisfaction_score"]
    assert days.loc["3", "orders"] == len(third)
    assert days.loc["3", "score"] == pytest.approx(third.mean())
    half = NORMAL_95 * third.std() / np.sqrt(len(third))
    assert days.loc["3", "score_high"] - third.mean() == pytest.approx(half)
    good = (third >= 4).sum()
    assert days.loc["3", ["good_low", "good_high"]].tolist() == pytest.approx(
        [end.item() for end in wilson_interval(np.array([good]), np.array([len(third)]))]
    )


def test_without_anything_to_adjust_for_adjusted_is_raw():
    orders = scored_shop(number=4000).drop(columns=["region", "category"])
    days = dose_response(model_of(orders)).days
    np.testing.assert_allclose(days["adjusted_score"], days["score"], atol=0.04)


def test_adjusting_takes_out_who_waits():
    """Toys come three days later and are liked far less: the raw line is too steep, the adjusted one is not."""
    orders = scored_shop(4, 6000)
    toys = (orders["category"] == "Toys").to_numpy()
    same = scored_shop(4, 6000, slope=lambda days: -0.3 * (days + 3 * toys), category={"Toys": -1.5})
    same["delivery_days"] = orders["delivery_days"] + 3 * toys
    dose = dose_response(model_of(same))
    days = dose.days.set_index("label")
    raw, adjusted = (days.loc["2", c] - days.loc["8", c] for c in ("score", "adjusted_score"))
    assert raw > adjusted + 0.3
    pleased = -0.3 * (np.array([2, 8])[:, None] - 4) - 1.5 * toys.astype(float)  # the truth for these very orders
    truth = [(1 + (1 / (1 + np.exp(-(p[:, None] + CUTS)))).sum(axis=1)).mean() for p in pleased]
    for label, true in zip(("2", "8"), truth, strict=True):
        assert days.loc[label, "adjusted_score_low"] < true < days.loc[label, "adjusted_score_high"]


def test_days_with_few_orders_stand_together():
    dose = dose_response(model_of(scored_shop(number=700)))
    assert (dose.days["orders"] >= FEWEST_A_DAY).all()
    assert dose.days["orders"].sum() == 700
    assert dose.days["label"].iloc[-1].endswith("+")
    assert f"fewer than {FEWEST_A_DAY} scored orders are gathered" in dose.notes


def test_groups_of_days_lose_no_order():
    chance = np.random.default_rng(2)
    for _ in range(50):
        days = chance.integers(0, 30, 40).astype("float64")
        orders = chance.integers(1, 9, 40)
        group, names = day_groups(days, orders, 12)
        size = np.bincount(group, orders)
        assert size.sum() == orders.sum()
        assert len(names) == len(size)
        assert (size >= 12).all() or len(size) == 1
        assert (np.diff(group[np.argsort(days, kind="stable")]) >= 0).all()


def test_a_planted_bend_is_found_where_it_is():
    hits = 0
    for seed in range(10):
        bend = dose_response(model_of(scored_shop(seed, 4000, slope=bent_at(4)))).bend
        assert bend.seen
        hits += bend.first <= 4 <= bend.last
    assert hits >= 8


def test_the_sentence_of_a_bend_says_both_slopes():
    dose = dose_response(model_of(scored_shop(1, 8000, slope=bent_at(4))))
    assert "The line bends after day 4" in dose.sentence
    days = dose.curve["day"].to_numpy()
    log_odds = np.log(dose.curve["good"] / (1 - dose.curve["good"]))
    slopes = np.gradient(log_odds, days)
    assert slopes[days > 5].mean() < 2 * slopes[days < 3.5].mean() < 0


def test_a_straight_line_is_called_bent_one_time_in_twenty():
    seen = [dose_response(model_of(scored_shop(seed, 1500))).bend for seed in range(60)]
    assert sum(bend.seen for bend in seen) <= 8
    assert 0.35 < np.mean([bend.by_chance for bend in seen]) < 0.65
    assert "No bend is seen" in next(bend for bend in seen if not bend.seen).sentence


def test_a_bend_too_small_to_matter_is_not_drawn():
    orders = scored_shop(2, 4000, slope=bent_at(4, -0.30, -0.32))
    often = pd.concat([orders.assign(transaction_id=orders["transaction_id"] + f"-{n}") for n in range(60)])
    bend = dose_response(model_of(often)).bend
    assert not bend.seen or abs(np.diff(bend.fit.slopes[[0, -1]])).item() > 0.02


def test_two_days_alone_have_no_bend_to_look_for():
    orders = scored_shop()
    orders["delivery_days"] = 2 + (orders["delivery_days"] > 4)
    bend = dose_response(model_of(orders)).bend
    assert not bend.seen
    assert np.isnan(bend.by_chance)
    assert "differ too little" in bend.sentence


def test_the_curve_of_the_model_lies_near_the_points():
    dose = dose_response(model_of(scored_shop(number=8000)))
    at = np.interp(dose.days["day"], dose.curve["day"], dose.curve["score"])
    assert np.abs(at - dose.days["adjusted_score"]).max() < 0.2
    for column in ("score", "good"):
        assert (dose.curve[f"{column}_low"] < dose.curve[column]).all()
        assert (dose.curve[column] < dose.curve[f"{column}_high"]).all()


def test_a_day_costs_more_where_that_was_planted():
    orders = scored_shop(6, 6000)
    east = (orders["region"] == "East").to_numpy()
    unlike = scored_shop(6, 6000, slope=lambda days: np.where(east, -0.8, -0.2) * days)
    costs = day_costs(model_of(unlike), shop_of(unlike), "region")
    rows = costs.members.set_index("member")
    assert rows.loc["East", "odds_low"] < np.expm1(-0.8) < rows.loc["East", "odds_high"]
    assert rows.loc["North", "odds_low"] < np.expm1(-0.2) < rows.loc["North", "odds_high"]
    assert costs.by_chance < 0.001
    assert costs.sentence.startswith("A day costs most in East")


def test_where_a_day_costs_the_same_everywhere_no_member_is_named():
    orders = scored_shop(7, 3000)
    assert "no difference beyond chance" in day_costs(model_of(orders), shop_of(orders), "region").sentence


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda o: o.drop(columns="delivery_days"), "carry no delivery days"),
        (lambda o: o.assign(delivery_days=o["delivery_days"].where(o.index < 50)), "Only 50 scored orders .* delivery"),
        (lambda o: o.assign(delivery_days=3), "All 3,000 scored orders with delivery days arrived on day 3"),
    ],
)
def test_without_delivery_days_there_is_no_curve(changed, said):
    orders = changed(scored_shop())
    for analysis in (dose_response, lambda model: day_costs(model, shop_of(orders), "region")):
        with pytest.raises(NotEnoughData, match=said):
            analysis(model_of(orders))


def test_one_region_has_nothing_to_be_held_against():
    orders = scored_shop().assign(region="North")
    with pytest.raises(NotEnoughData, match="By region fewer than two members"):
        day_costs(model_of(orders), shop_of(orders), "region")
