"""How far a day must deviate: often enough to be found, rarely enough to be believed."""

import math

import numpy as np
import pytest

from analytics.descriptive.alert_odds import critical_errors, two_days, visible_errors


def fires_of(errors: np.ndarray, bar: float) -> np.ndarray:
    """On which days a rule of a day fires that watches falls."""
    return (errors < -bar) | (two_days(errors) < -bar)


def binomial_limit(chance: float, looks: int) -> float:
    return 4 * math.sqrt(chance * (1 - chance) / looks)


@pytest.mark.parametrize("odds", [0.1, 0.02, 1 / 365.25])
def test_a_day_rule_fires_at_the_promised_rate_on_normal_deviates(odds):
    errors = np.random.default_rng(1).standard_normal((1, 2_000_000))
    fires = fires_of(errors, critical_errors(odds))
    assert abs(fires.mean() - odds) < 1.5 * binomial_limit(odds, errors.size), "1.5: two days share one"


@pytest.mark.parametrize("window", [7, 28])
@pytest.mark.parametrize("odds", [0.1, 0.01])
def test_a_window_rule_fires_at_the_promised_rate_on_normal_deviates(window, odds):
    errors = np.random.default_rng(2).standard_normal((20_000, window))
    fires = errors.sum(axis=1) / math.sqrt(window) < -critical_errors(odds, window)
    assert abs(fires.mean() - odds) < binomial_limit(odds, len(errors))


def test_the_bar_rises_as_alarms_become_rarer():
    odds = np.geomspace(0.14, 1e-7, 40)
    for window in (1, 7):
        bars = [critical_errors(float(o), window) for o in odds]
        assert (np.diff(bars) > 0).all()
    assert critical_errors(0.001, 1) > critical_errors(0.001, 7), "two days together take some of the odds"


@pytest.mark.parametrize("bar", [0.8, 2.0, 3.0, 4.0])
def test_a_visible_change_is_found_within_two_days_in_nine_of_ten_cases(bar):
    moved = np.random.default_rng(3).standard_normal((200_000, 2)) - visible_errors(bar)
    found = fires_of(moved, bar).any(axis=1).mean()
    limit = binomial_limit(0.9, len(moved))
    assert 0.9 - limit < found < (0.9 + limit if bar > 1 else 1)


def test_two_days_count_together_only_where_both_clearly_lie_on_one_side():
    errors = np.array([[-2.0, -2.0, -0.5, -3.0, 2.0, 2.0, np.nan, 2.0]])
    together = two_days(errors)[0]
    assert together[1] == pytest.approx(-4 / math.sqrt(2))
    assert together[5] == pytest.approx(4 / math.sqrt(2))
    assert together[[0, 2, 3, 4, 6, 7]].tolist() == [0.0] * 6
