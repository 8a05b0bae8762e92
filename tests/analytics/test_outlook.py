"""Where a period will end: the projection by hand, its band against what comes, and histories too short for one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.descriptive.outlook import LEVEL_DAYS, even_share, projected, ratio_outlook, sum_outlook

WEEK = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])


def noisy_weeks(days: int, seed: int = 0, level: float = 100.0) -> np.ndarray:
    return np.random.default_rng(seed).poisson(level * np.tile(WEEK / 4, days // 7 + 1)[:days]).astype(float)


def test_days_ahead_are_the_same_weekdays_of_the_last_four_weeks():
    values = np.concatenate([np.tile(WEEK, 3), WEEK + 4])
    assert projected(values, np.array([27]), 3)[0] == pytest.approx(1 + 2 + 3 + 3 * 1)
    assert projected(values, np.array([27]), 9)[0] == pytest.approx(28 + 7 + 1 + 2 + 2 * 1)


def test_nothing_after_the_day_stood_on_is_looked_at():
    values = noisy_weeks(200)
    changed = values.copy()
    changed[101:] = 1e9
    assert projected(values, np.array([100]), 30) == projected(changed, np.array([100]), 30)


def test_last_years_season_moves_the_projection_by_the_root_of_its_ratio():
    values = np.ones(420)
    values[420 - 364 : 420 - 364 + 10] = 4.0
    assert projected(values, np.array([419]), 10)[0] == pytest.approx(10 * math.sqrt(4.0))


def test_a_season_of_nothing_or_of_far_too_much_moves_nothing_or_is_held_back():
    values = np.ones(420)
    values[420 - 364 : 420 - 364 + 10] = 0.0
    assert projected(values, np.array([419]), 10)[0] == pytest.approx(10.0)
    values[420 - 364 : 420 - 364 + 10] = 1e6
    assert projected(values, np.array([419]), 10)[0] == pytest.approx(20.0)


def test_a_steady_shop_ends_where_it_says_with_no_band_to_speak_of():
    outlook = sum_outlook(np.tile(WEEK, 60), elapsed=7, days=14, day_variance=0.0)
    assert outlook.basis == "past"
    assert outlook.expected == outlook.low == outlook.high == pytest.approx(28 * 3)
    assert outlook.chance_of(83.0, at_least=True) > 0.95
    assert outlook.chance_of(85.0, at_least=True) < 0.05
    assert outlook.chance_of(85.0, at_least=False) > 0.95


def test_band_holds_what_comes_in_about_80_of_100_cases():
    inside = []
    for seed in range(150):
        values = noisy_weeks(415, seed, level=5.0)
        outlook = sum_outlook(values[:400], elapsed=10, days=15, day_variance=5.0)
        inside.append(outlook.low <= values[390:415].sum() <= outlook.high)
    assert 0.72 <= np.mean(inside) <= 0.9


def test_eight_past_stretches_do_not_make_a_band_of_the_worst_that_ever_was():
    values = noisy_weeks(28 + 8 * 80 + 4)
    outlook = sum_outlook(values, elapsed=10, days=80, day_variance=100.0)
    assert outlook.basis == "past"
    assert outlook.ends.min() < outlook.low
    assert outlook.high < outlook.ends.max()


def test_what_was_expected_to_be_next_to_nothing_is_no_measure_of_an_error():
    values = np.full(360, 6e-307)
    values[39] = 215.0
    outlook = sum_outlook(values, elapsed=1, days=5, day_variance=0.0)
    assert outlook.low <= outlook.high < math.inf


def test_a_short_history_rests_on_the_scatter_of_days_and_a_middling_one_on_shorter_stretches():
    scatter = sum_outlook(noisy_weeks(30), elapsed=5, days=20, day_variance=100.0)
    assert scatter.basis == "scatter"
    half = 1.2816 * math.sqrt(100 * 20 * (1 + 20 / LEVEL_DAYS))
    assert scatter.high - scatter.expected == pytest.approx(half, rel=0.02)
    assert sum_outlook(noisy_weeks(200), elapsed=5, days=60, day_variance=100.0).basis == "shorter"


def test_less_than_four_weeks_are_refused():
    with pytest.raises(ValueError, match="expected at least 28 days, got 27"):
        sum_outlook(noisy_weeks(27), elapsed=3, days=4, day_variance=1.0)


def test_a_shop_that_stopped_is_not_expected_to_go_on():
    values = np.concatenate([noisy_weeks(300), np.zeros(40)])
    outlook = sum_outlook(values, elapsed=5, days=20, day_variance=0.0)
    assert outlook.expected == outlook.low == outlook.high == 0.0


def test_what_is_left_of_a_sum_never_falls_below_nothing():
    outlook = sum_outlook(noisy_weeks(30, level=0.3), elapsed=5, days=5, day_variance=50.0)
    assert outlook.low >= 0


def test_a_ratio_adds_up_its_sums_so_far_and_ahead():
    bottom = np.tile(WEEK, 60)
    top = 4.0 * bottom
    top[-7:] = 2.0 * WEEK
    outlook = ratio_outlook(top, bottom, elapsed=7, days=7)
    ahead = (3 * 4 + 2) / 4 * 28
    assert outlook.expected == pytest.approx((56 + ahead) / 56)
    assert outlook.ahead == (pytest.approx(ahead), pytest.approx(28.0))


def test_a_ratio_over_nothing_is_missing():
    outlook = ratio_outlook(np.zeros(60), np.zeros(60), elapsed=7, days=7, order_variance=1.0)
    assert math.isnan(outlook.expected)
    assert math.isnan(outlook.low)
    assert math.isnan(outlook.chance_of(1.0, at_least=True))


def test_a_ratio_with_a_short_history_has_a_band_only_where_the_scatter_of_orders_is_known():
    bottom = noisy_weeks(30)
    known = ratio_outlook(4 * bottom, bottom, elapsed=7, days=7, order_variance=1.0)
    assert known.basis == "scatter"
    assert known.low < known.expected < known.high
    unknown = ratio_outlook(4 * bottom, bottom, elapsed=7, days=7)
    assert unknown.basis == "none"
    assert math.isnan(unknown.low)
    assert unknown.expected == pytest.approx(4.0)


def test_an_even_course_weighs_weekdays():
    values = np.tile(WEEK, 4)
    assert even_share(values, elapsed=2, days=3) == pytest.approx((7 + 6) / (7 + 6 + 1 + 2 + 3))
    assert even_share(np.zeros(28), elapsed=2, days=6) == pytest.approx(0.25)


@given(
    arrays(float, st.integers(28, 500), elements=st.floats(0, 1e6)),
    st.integers(1, 20),
    st.integers(1, 400),
    st.floats(0, 1e9),
)
def test_any_history_gives_an_ordered_band_around_no_less_than_what_is_there(values, elapsed, days, variance):
    outlook = sum_outlook(values, elapsed, days, variance)
    so_far = values[-elapsed:].sum()
    slack = 1e-6 * (1 + values.sum()) * (1 + days)
    assert so_far - slack <= outlook.low <= outlook.high + slack
    assert 0 <= outlook.chance_of(so_far, at_least=True) <= 1
    assert 0 <= even_share(values, elapsed, days) <= 1
