"""Errors of expected values by hand, tenths, and ranges of sums that hold."""

import math

import numpy as np
import pytest

from analytics.predictive.value_scores import Noise, noise_of, value_deciles, value_scores


def test_errors_are_added_up_by_hand():
    told, was = np.array([10.0, 0.0, 20.0, 30.0]), np.array([20.0, 0.0, 0.0, 60.0])
    scores = value_scores(told, was)
    assert scores["mae"] == 15
    assert scores["rmse"] == pytest.approx(math.sqrt(1400 / 4))
    assert scores["total_error"] == pytest.approx(-0.25)
    assert scores["customer_error"] == pytest.approx(15 / 20)
    assert scores["r2"] == pytest.approx(1 - 1400 / 2400)
    assert scores["rank_correlation"] == pytest.approx(np.corrcoef([2, 1, 3, 4], [3, 1.5, 1.5, 4])[0, 1])
    assert scores["error"] == pytest.approx(scores["customer_error"] + scores["decile_error"])


def test_tenths_are_by_what_was_expected_and_best_first():
    told = np.arange(100.0)
    tenths = value_deciles(told, told * 2)
    assert tenths["customers"].tolist() == [10] * 10
    assert tenths["expected"].tolist() == sorted(tenths["expected"], reverse=True)
    assert tenths["actual"].tolist() == (2 * tenths["expected"]).tolist()
    assert (tenths["actual_low"] < tenths["actual"]).all()


def test_one_guess_for_all_is_right_by_tenths_and_wrong_by_customers():
    """Tenths alone cannot choose: who tells nobody apart would win."""
    chance = np.random.default_rng(1)
    was = chance.exponential(100, 2_000)
    same, knowing = np.full(2_000, was.mean()), was * chance.lognormal(-0.02, 0.2, 2_000)
    assert value_scores(same, was)["decile_error"] < 0.1
    assert value_scores(knowing, was)["error"] < value_scores(same, was)["error"]
    assert math.isnan(value_scores(same, was)["rank_correlation"])


def test_guessing_nothing_does_not_win():
    """Customers alone cannot choose: most bring nothing, so that nothing is a good guess of each, and useless."""
    chance = np.random.default_rng(2)
    was = np.where(chance.random(3_000) < 0.8, 0.0, chance.exponential(100, 3_000))
    nothing, mean = np.full(3_000, 1e-9), np.full(3_000, was.mean())
    assert value_scores(nothing, was)["customer_error"] < value_scores(mean, was)["customer_error"]
    assert value_scores(nothing, was)["error"] > value_scores(mean, was)["error"]


def many(seed: int, customers: int = 1_500) -> tuple[np.ndarray, np.ndarray]:
    """Expected values, and what customers bring around them: few buy at all, and amounts vary."""
    chance = np.random.default_rng(seed)
    told = chance.lognormal(3, 1.2, customers)
    return told, told * chance.poisson(1.5, customers) / 1.5 * chance.lognormal(-0.125, 0.5, customers)


def test_sums_scatter_as_told_where_totals_are_right():
    """The range from the scatter of single customers is that of drawing customers anew."""
    noise = noise_of(*many(0), [])
    group = np.arange(200, 500)
    sums, told = [], many(0)[0]
    for seed in range(400):
        chance = np.random.default_rng(seed)
        was = told * chance.poisson(1.5, len(told)) / 1.5 * chance.lognormal(-0.125, 0.5, len(told))
        sums.append(was[group].sum())
    assert noise.of_customers(told[group]) == pytest.approx(np.std(sums), rel=0.25)
    low, high = Noise(noise.size, noise.power, 0.0, 3).range_of_sum(told[group])
    assert np.mean([low <= s <= high for s in sums]) == pytest.approx(0.8, abs=0.08)


def test_a_bootstrap_over_customers_says_the_same():
    told, was = many(3)
    noise = noise_of(told, was, [])
    chance = np.random.default_rng(0)
    drawn = [chance.integers(0, len(was), len(was)) for _ in range(500)]
    spread = np.std([(was[who] - told[who] * was.sum() / told.sum()).sum() for who in drawn])
    assert noise.of_customers(told) == pytest.approx(spread, rel=0.1)


def test_no_range_is_a_constant_share():
    """A ±x % band for every sum: small groups would seem as sure as the whole shop."""
    told, was = many(5)
    noise = noise_of(told, was, [(0.05, 0.0), (-0.05, 0.0)])
    widths = []
    for number in (10, 100, 1_500):
        low, high = noise.range_of_sum(told[:number])
        widths.append((high - low) / told[:number].sum())
    assert widths[0] > 1.5 * widths[1] > 2 * widths[2]


def test_totals_that_were_off_widen_the_range_and_chance_is_not_counted_twice():
    told, was = many(7)
    calm, off = noise_of(told, was, [(0.0, 0.0)] * 3), noise_of(told, was, [(0.2, 0.0), (-0.2, 0.0), (0.2, 0.0)])
    explained = noise_of(told, was, [(0.2, 0.04)] * 3)
    assert calm.level == pytest.approx(explained.level)
    assert calm.level == pytest.approx(math.sqrt(2 * 0.1**2 / 5)), (
        "three that were right by luck do not make it nothing"
    )
    assert off.level == pytest.approx(math.sqrt((3 * 0.2**2 + 2 * 0.1**2) / 5))
    assert off.range_of_sum(told)[1] > calm.range_of_sum(told)[1] * 1.1
    few = Noise(off.size, off.power, off.level, 1)
    assert few.range_of_sum(told)[1] > off.range_of_sum(told)[1], "one cut-off tells less than three"


def test_a_sum_is_never_below_nothing():
    assert Noise(50.0, 1.0, 1.5, 1).range_of_sum(np.array([1.0]))[0] == 0
    assert Noise(50.0, 1.0, 0.1, 3).range_of_sum(np.array([])) == (0.0, 0.0)
