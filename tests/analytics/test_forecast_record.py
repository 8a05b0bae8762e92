"""Forecasts that were kept, held against what happened: each day once, warned of when they are worse than they said."""

import numpy as np
import pandas as pd
import pytest

from analytics import formats
from analytics.predictive.forecast_record import FEWEST_DAYS, forecast_record, standard_error

Z80, Z95 = 1.2816, 1.96


def forecast(start: str, expected, naive=None, spread: float = 10.0) -> pd.DataFrame:
    expected = np.asarray(expected, dtype="float64")
    days = pd.date_range(start, periods=len(expected))
    ends = {f"{end}_{p}": expected + sign * z * spread for p, z in ((80, Z80), (95, Z95)) for end, sign in _ENDS}
    return pd.DataFrame({"day": days, "expected": expected, "naive": expected if naive is None else naive} | ends)


_ENDS = (("low", -1), ("high", 1))


def actual(start: str, values) -> pd.Series:
    return pd.Series(np.asarray(values, dtype="float64"), pd.date_range(start, periods=len(values)))


def on(day: str) -> pd.Timestamp:
    return pd.Timestamp(day)


def test_nothing_is_judged_before_a_forecast_day_is_over():
    record = forecast_record(
        {1: forecast("2026-03-02", [100] * 5)}, {1: on("2026-03-01")}, actual("2026-02-01", [90] * 29)
    )
    assert record.days.empty
    assert record.forecasts.empty
    assert np.isnan(record.wape)
    assert record.sentence.startswith("No day that was forecast is over yet")
    assert record.warnings == ()
    assert forecast_record({}, {}, actual("2026-02-01", [1.0])).days.empty


def test_errors_coverage_and_baseline_by_hand():
    table = forecast("2026-03-02", [100] * 10, naive=[80.0] * 10, spread=10)
    happened = actual("2026-03-02", [100] * 7 + [110, 130, 100])  # days 8 to 10 lie 7 days ahead or more, and day 7
    record = forecast_record({4: table}, {4: on("2026-03-01")}, happened)
    assert list(record.days["ahead"]) == [7, 8, 9, 10]
    assert record.wape == pytest.approx((10 + 30) / 440)
    assert record.naive_wape == pytest.approx((20 + 30 + 50 + 20) / 440)
    assert record.inside == {0.8: 0.75, 0.95: 0.75}
    (one,) = record.forecasts.to_dict("records")
    assert (one["run_id"], one["made_on"], one["days"]) == (4, on("2026-03-01"), 10)
    assert one["wape"] == pytest.approx(40 / 1040)
    assert (one["inside_80"], one["inside_95"]) == (0.9, 0.9)
    assert "Over 4 days that were forecast at least 7 days before" in record.sentence
    assert f"{formats.percent(0.75, 0)} in the {formats.percent(0.8, 0)} band" in record.sentence


def test_a_day_is_judged_once_by_the_newest_forecast_that_is_old_enough():
    kept = {n: forecast(f"2026-03-{2 + n:02d}", [100 + n] * 20) for n in (1, 2, 3)}
    record = forecast_record(kept, {n: on(f"2026-03-{1 + n:02d}") for n in kept}, actual("2026-03-01", [100] * 11))
    assert list(record.days["day"].dt.day) == [9, 10, 11]
    assert list(record.days["expected"]) == [101, 102, 103]
    assert list(record.forecasts["run_id"]) == [3, 2, 1]
    assert list(record.forecasts["days"]) == [7, 8, 9]


def test_days_without_a_known_outcome_are_not_judged():
    happened = actual("2026-03-02", [100] * 20).drop(on("2026-03-12"))
    record = forecast_record({1: forecast("2026-03-02", [100] * 30)}, {1: on("2026-03-01")}, happened)
    assert on("2026-03-12") not in set(record.days["day"])
    assert record.days["day"].max() == on("2026-03-21")


def drawn(seed: int, days: int = 84, *, off: float = 0.0, spread: float = 10.0, naive_noise: float = 14.0):
    """A year's worth of months judged: noise of ten, as the bands of a spread of ten say."""
    random = np.random.default_rng(seed)
    happened = actual("2026-03-02", 100 + random.normal(scale=10, size=days + 7))
    naive = 100 + random.normal(scale=naive_noise - 4, size=days + 7)
    table = forecast("2026-03-02", np.full(days + 7, 100 + off), naive=naive, spread=spread)
    return forecast_record({1: table}, {1: on("2026-03-01")}, happened)


def test_a_forecast_as_good_as_it_says_is_seldom_warned_of():
    warned = [bool(drawn(seed).warnings) for seed in range(200)]
    assert np.mean(warned) <= 0.10  # two bands and a baseline, one in twenty each at most


def test_a_forecast_worse_than_its_baseline_is_warned_of():
    found = [
        any("farther off than the same weekday" in w for w in drawn(s, off=25, spread=40).warnings) for s in range(40)
    ]
    assert np.mean(found) >= 0.95


def test_bands_that_are_too_narrow_are_warned_of():
    found = [any("it is too narrow" in w for w in drawn(seed, spread=5).warnings) for seed in range(40)]
    assert np.mean(found) >= 0.95


def test_few_days_are_not_judged():
    table = forecast("2026-03-02", [500.0] * 60, naive=[100.0] * 60, spread=1)
    few = forecast_record({1: table}, {1: on("2026-03-01")}, actual("2026-03-02", [100] * (FEWEST_DAYS + 5)))
    assert len(few.days) == FEWEST_DAYS - 1
    assert few.warnings == ()
    enough = forecast_record({1: table}, {1: on("2026-03-01")}, actual("2026-03-02", [100] * (FEWEST_DAYS + 6)))
    assert len(enough.warnings) == 3


def test_the_error_of_a_mean_knows_that_days_follow_each_other():
    random = np.random.default_rng(3)
    means = []
    for _ in range(400):
        steps = random.normal(size=401)
        means.append((steps[1:] + 0.8 * steps[:-1]).mean())
    steps = random.normal(size=401)
    said = standard_error(steps[1:] + 0.8 * steps[:-1])
    assert said == pytest.approx(np.std(means), rel=0.25)
    assert standard_error(steps[1:] + 0.8 * steps[:-1], lags=0) < 0.8 * np.std(means)
