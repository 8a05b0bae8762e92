"""Probabilities adjusted for looking at many things at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from analytics.chance import odds_among_many, wilson_interval


@given(st.lists(st.floats(-12, 12), min_size=1, max_size=60))
def test_the_odds_are_those_of_scipy(errors):
    expected = false_discovery_control(2 * norm.sf(np.abs(errors)))
    assert odds_among_many(np.array(errors)) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_of_nothing_there_are_no_odds():
    assert len(odds_among_many(np.array([]))) == 0


def test_of_shops_where_nothing_happens_few_have_anything_called_real():
    chance = np.random.default_rng(7)
    called = [(odds_among_many(chance.standard_normal(30)) <= 0.05).any() for _ in range(2000)]
    assert 0.03 < np.mean(called) < 0.07


def test_the_range_of_a_share_is_wilsons():
    """Newcombe 1998, table I: 81 of 263 lies between 0.2553 and 0.3662, 15 of 148 between 0.0624 and 0.1605."""
    low, high = wilson_interval(np.array([81, 15]), np.array([263, 148]), 1.959964)
    assert low == pytest.approx([0.2553, 0.0624], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1605], abs=5e-5)


def test_of_no_tries_no_share_is_known():
    low, high = wilson_interval(np.array([0]), np.array([0]))
    assert np.isnan(low[0])
    assert np.isnan(high[0])
