"""Probabilities that were kept, held against what happened; distributions that moved."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from analytics.predictive.score_record import DRIFTED, MOVED, population_stability, score_record


def drawn(seed: int, customers: int = 2000):
    random = np.random.default_rng(seed)
    probability = random.beta(2, 3, size=customers)
    return probability, random.random(customers) < probability


def test_figures_are_those_of_scikit_learn():
    probability, happened = drawn(1)
    probability = probability.round(2)
    record = score_record(probability, happened, 0.4)
    assert record.auc == pytest.approx(roc_auc_score(happened, probability))
    assert record.brier == pytest.approx(brier_score_loss(happened, probability))
    assert record.baseline_brier == pytest.approx(np.mean((happened - 0.4) ** 2))
    assert (record.expected, record.actual) == (pytest.approx(probability.mean()), pytest.approx(happened.mean()))
    assert record.customers == 2000


def test_tenths_hold_a_tenth_each_and_add_up():
    probability, happened = drawn(2, customers=1005)
    bins = score_record(probability, happened, 0.4).bins
    assert bins["customers"].sum() == 1005
    assert set(bins["customers"]) <= {100, 101}
    assert (bins["actual"] * bins["customers"]).sum() == pytest.approx(happened.sum())
    assert bins["expected"].is_monotonic_increasing


def test_true_probabilities_are_seldom_warned_of():
    assert np.mean([bool(score_record(*drawn(seed), 0.4).warnings) for seed in range(100)]) <= 0.05


def test_probabilities_that_say_nothing_are_warned_of():
    random = np.random.default_rng(5)
    record = score_record(random.beta(2, 3, size=2000), random.random(2000) < 0.4, 0.4)
    assert any("farther off than one and the same for everybody" in w for w in record.warnings)


@pytest.mark.parametrize(("off", "said"), [(-0.1, "more than"), (0.1, "fewer than")])
def test_probabilities_that_are_off_as_a_whole_are_warned_of(off, said):
    probability, happened = drawn(6)
    record = score_record(np.clip(probability + off, 0, 1), happened, 0.4)
    assert any(said in w and "off as a whole" in w for w in record.warnings)


@pytest.mark.parametrize("all_of_them", [True, False])
def test_where_everybody_or_nobody_left_there_is_no_ranking(all_of_them):
    record = score_record(np.linspace(0.1, 0.9, 200), np.full(200, all_of_them), 0.5)
    assert np.isnan(record.auc)
    assert record.actual == float(all_of_them)


def test_few_customers_are_not_judged():
    assert score_record(np.full(50, 0.9), np.zeros(50, dtype=bool), 0.1).warnings == ()


def test_stability_by_hand():
    before, now = np.repeat([0.0, 1.0], 50), np.repeat([0.0, 1.0], [25, 75])
    by_hand = (0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5)
    assert population_stability(before, now) == pytest.approx(by_hand)
    assert population_stability(now, now) == 0


def test_a_moved_distribution_is_told_from_a_sample_of_the_same():
    random = np.random.default_rng(7)
    before = random.normal(size=3000)
    assert population_stability(before, random.normal(size=3000)) < MOVED
    assert MOVED < population_stability(before, random.normal(0.4, size=3000)) < DRIFTED
    assert population_stability(before, random.normal(1.0, size=3000)) > DRIFTED
    assert np.isnan(population_stability(before, np.array([np.nan])))
    assert population_stability(before, np.full(100, 9.0)) > DRIFTED
