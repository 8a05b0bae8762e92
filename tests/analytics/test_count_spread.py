"""How far counts may lie from what is expected: moments, what came in the past, and few sums to learn from."""

import numpy as np
import pytest

from analytics.prescriptive.count_spread import (
    CountSpread,
    count_quantile,
    count_ranks,
    count_share,
    count_spread,
    drawn_counts,
    expected_short,
)


def counted(chance: np.random.Generator, mean: float, drift: float, shape: tuple[int, int]) -> np.ndarray:
    return chance.poisson(mean * chance.gamma(1 / drift, drift, shape)) if drift else chance.poisson(mean, shape)


def test_chance_alone_leaves_no_drift_and_a_poisson_quantile():
    chance = np.random.default_rng(1)
    found = count_spread(np.full((400, 3), 20.0), counted(chance, 20, 0, (400, 3)), np.ones(3))
    assert (found.drift < 0.01).all()
    assert found.quantile(np.full(3, 20.0), 0.95) == pytest.approx([28, 28, 28], abs=1.5)


def test_a_level_that_is_wrong_by_a_share_of_itself_is_found_as_drift():
    chance = np.random.default_rng(2)
    found = count_spread(np.full((400, 2), 50.0), counted(chance, 50, 0.09, (400, 2)), np.ones(2))
    assert found.drift == pytest.approx([0.09, 0.09], rel=0.25)


def test_forecasts_that_were_always_too_low_are_put_right():
    chance = np.random.default_rng(3)
    came = counted(chance, 40, 0.02, (60, 3))
    found = count_spread(np.full((60, 3), 30.0), came, np.ones(3))
    new = counted(chance, 40, 0.02, (20_000, 3))
    assert (new <= found.quantile(np.full(3, 30.0), 0.9)).mean() == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8, 0.95, 0.99, 0.999])
def test_what_is_put_right_is_undone(share):
    ranks = np.sort(np.random.default_rng(4).beta(0.8, 0.8, 90))
    found = CountSpread(np.ones(1), np.zeros(1), ranks, 13)
    assert found.held(found.put_right(share)) == pytest.approx(share, abs=1e-3)


def test_shares_farther_out_give_larger_counts_even_beyond_what_past_sums_tell():
    ranks = np.sort(np.random.default_rng(5).uniform(size=20))
    found = CountSpread(np.full(1, 2.0), np.full(1, 0.05), ranks, 13)
    counts = [found.quantile(np.array([60.0]), share)[0] for share in np.linspace(0.01, 0.9999, 60)]
    assert (np.diff(counts) >= 0).all()
    assert counts[-1] > counts[-20]


def test_what_few_sums_tell_is_kept_farther_out():
    spread = [CountSpread(np.ones(1), np.full(1, 0.04), np.array([]), freedom) for freedom in (np.inf, 10)]
    sure, unsure = (s.quantile(np.array([100.0]), 0.95)[0] for s in spread)
    assert unsure > sure


def test_the_mean_shortfall_is_that_of_drawn_counts():
    found = CountSpread(np.full(1, 2.0), np.full(1, 0.03), np.array([]))
    mean, held = np.array([40.0]), np.array([50.0])
    came = drawn_counts(mean, found.variance(mean), np.random.default_rng(6), (200_000, 1))
    short = np.maximum(came - held, 0).mean()
    assert expected_short(found.course(mean), held)[0] == pytest.approx(short, rel=0.03)


def test_drawn_counts_have_the_moments_asked_for():
    came = drawn_counts(
        np.array([30.0, 30.0, 0.0]), np.array([30.0, 90.0, 0.0]), np.random.default_rng(7), (100_000, 3)
    )
    assert came.mean(axis=0) == pytest.approx([30, 30, 0], rel=0.01)
    assert came.var(axis=0) == pytest.approx([30, 90, 0], rel=0.03)


def test_nothing_expected_is_nothing_needed():
    nothing = np.array([0.0])
    assert count_quantile(nothing, nothing, 0.99).tolist() == [0.0]
    assert count_share(nothing, nothing, nothing).tolist() == [1.0]
    found = count_spread(np.zeros((20, 1)), np.zeros((20, 1)), np.ones(1))
    assert found.quantile(nothing, 0.95).tolist() == [0.0]


def test_ranks_of_what_the_model_says_are_even():
    mean, variance = np.full(50_000, 25.0), np.full(50_000, 60.0)
    ranks = count_ranks(drawn_counts(mean, variance, np.random.default_rng(8), (50_000,)), mean, variance)
    assert np.quantile(ranks, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.02)
