"""Gamma-gamma: printed figures reproduced, planted ones found, means drawn to that of all by how little is known."""

import numpy as np
import pytest

from analytics.predictive.gamma_gamma import fitted_gamma_gamma
from tests.analytics.cdnow import cdnow_sample, needs_sample


@needs_sample
def test_the_published_parameters_come_out():
    purchases, means, _ = cdnow_sample()
    model = fitted_gamma_gamma(purchases.repeats, means)
    assert model.customers == 946
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.006)
    assert model.together == pytest.approx(0.11, abs=0.005)


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts and means of three thousand customers of the process, and the true mean of each."""
    chance = np.random.default_rng(4)
    counts = chance.geometric(0.3, 3_000).astype("float64")
    rates = chance.gamma(3.5, 1 / 20.0, 3_000)
    means = chance.gamma(5.0 * counts, 1 / (counts * rates))
    return counts, means, 5.0 / rates


def test_planted_parameters_are_found(planted):
    counts, means, _ = planted
    model = fitted_gamma_gamma(counts, means)
    for value, error, true in zip((model.p, model.q, model.v), model.errors, (5.0, 3.5, 20.0), strict=True):
        assert abs(value - true) < 3 * error


def test_what_is_expected_of_a_purchase_is_nearer_than_the_own_mean(planted):
    counts, means, true = planted
    told = fitted_gamma_gamma(counts, means).expected(counts, means)
    assert np.mean((told - true) ** 2) < 0.9 * np.mean((means - true) ** 2)
    assert told.mean() == pytest.approx(true.mean(), rel=0.03)


def test_of_whom_nothing_is_known_the_mean_of_all_is_expected(planted):
    model = fitted_gamma_gamma(*planted[:2])
    told = model.expected(np.array([0.0, 1.0, 50.0]), np.array([np.nan, 500.0, 500.0]))
    assert told[0] == pytest.approx(model.mean_of_all)
    assert told[0] < told[1] < told[2] < 500


def test_amounts_may_be_in_any_currency(planted):
    counts, means, _ = planted
    pounds, rupees = fitted_gamma_gamma(counts, means), fitted_gamma_gamma(counts, means * 100)
    assert rupees.v == pytest.approx(100 * pounds.v, rel=1e-3)
    assert rupees.q == pytest.approx(pounds.q, rel=1e-3)


def test_amounts_that_do_not_differ_tell_nothing():
    assert fitted_gamma_gamma(np.ones(50), np.full(50, 9.0)) is None
    assert fitted_gamma_gamma(np.ones(50), np.zeros(50)) is None
    assert fitted_gamma_gamma(np.zeros(50), np.linspace(1, 9, 50)) is None
