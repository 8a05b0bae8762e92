"""The tests of two groups against scipy, by hand, and on groups that differ by chance alone."""

import numpy as np
import pytest
from scipy import stats

from analytics.diagnostic.group_tests import (
    Pulls,
    mann_whitney,
    odds_if_alike,
    permutation,
    standard_error,
    two_proportions,
    welch,
)


def mean_of(values: np.ndarray, of: int, start: int) -> Pulls:
    """The mean of one value per customer, as the influence of customers who come after ``start`` others."""
    pull, inside = np.zeros(of), np.zeros(of, dtype=bool)
    place = slice(start, start + len(values))
    pull[place], inside[place] = (values - values.mean()) / len(values), True
    return Pulls(float(values.mean()), pull, inside)


def two(seed: int, first: int = 60, second: int = 90, apart: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return chance.normal(10 + apart, 2, first), chance.normal(10, 5, second)


def test_with_one_value_for_each_customer_it_is_welchs_test():
    a, b = two(1, apart=1.0)
    ours = welch(mean_of(a, 150, 0), mean_of(b, 150, 60))
    theirs = stats.ttest_ind(a, b, equal_var=False)
    assert ours.difference == pytest.approx(a.mean() - b.mean())
    assert standard_error(mean_of(a, 150, 0), mean_of(b, 150, 60)) == pytest.approx(ours.difference / theirs.statistic)
    assert ours.by_chance == pytest.approx(theirs.pvalue, rel=0.03)  # fewer customers carry the scatter than there are
    interval = theirs.confidence_interval()
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), abs=0.01)


def test_what_one_customer_does_on_both_sides_is_taken_together():
    """Everybody twice as high in one group as in the other, always: nothing scatters but by that."""
    values = np.random.default_rng(2).normal(10, 3, 50)
    a, b = mean_of(values + 1, 50, 0), mean_of(values, 50, 0)
    assert standard_error(a, b) == pytest.approx(0, abs=1e-6)
    apart = standard_error(mean_of(values + 1, 100, 0), mean_of(values, 100, 50))
    assert apart > 0.5


def test_of_a_sample_of_customers_the_scatter_is_that_of_all():
    a, b = two(3, 4000, 4000)
    every = standard_error(mean_of(a, 8000, 0), mean_of(b, 8000, 4000))
    half = standard_error(mean_of(a[::4], 2000, 0), mean_of(b[::4], 2000, 1000))
    scaled = mean_of(a[::4], 2000, 0), mean_of(b[::4], 2000, 1000)
    shrunk = [Pulls(p.value, p.pull / 4, p.inside) for p in scaled]  # sums over a quarter, divided by the total of all
    assert standard_error(*shrunk, every=4) == pytest.approx(every, rel=0.1)
    assert half == pytest.approx(2 * every, rel=0.1)


def test_shares_are_compared_as_newcombe_does():
    """His example (1998, table II a): 56 of 70 against 48 of 80, interval 0.0524 to 0.3339."""
    found = two_proportions((56, 48), (70, 80))
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    table = np.array([[56, 14], [48, 32]])
    assert found.by_chance == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)


def test_shares_at_the_end_of_the_scale_have_an_interval_inside_it():
    found = two_proportions((0, 5), (10, 10))
    assert -1 <= found.low < found.difference < found.high <= 0.05


def test_ranks_are_compared_as_mann_and_whitney_do():
    a, b = two(4, apart=1.0)
    found, delta = mann_whitney(a, b)
    u = stats.mannwhitneyu(a, b).statistic
    assert delta == pytest.approx(2 * u / (60 * 90) - 1)
    assert found.difference == pytest.approx(np.median(a[:, None] - b[None, :]))
    assert found.low < found.difference < found.high
    assert found.by_chance == pytest.approx(stats.brunnermunzel(a, b, distribution="normal").pvalue, rel=0.15)


def test_ties_count_half():
    found, delta = mann_whitney(np.array([1.0, 2, 2, 3]), np.array([2.0, 2, 2, 2]))
    assert delta == 0
    assert found.difference == 0


def test_a_permutation_of_few_finds_what_is_there_and_keeps_its_interval_with_its_odds():
    chance = np.random.default_rng(5)
    top, in_a = chance.normal(10, 1, 20), np.arange(20) < 8
    for apart in (0.0, 0.9, 3.0):
        found = permutation(top + apart * in_a, np.ones(20), in_a)
        assert (found.low <= 0 <= found.high) == (found.by_chance > 0.05)
    assert found.by_chance < 0.001
    assert found.difference == pytest.approx(3 + top[in_a].mean() - top[~in_a].mean())


def test_one_permutation_in_twenty_calls_alike_groups_unlike():
    alarms = []
    for seed in range(150):
        chance = np.random.default_rng(seed)
        orders = 1 + chance.poisson(2, 24)
        spent = orders * chance.lognormal(3, 0.7, 24)
        alarms.append(permutation(spent, orders.astype("float64"), np.arange(24) < 9).by_chance <= 0.05)
    assert np.mean(alarms) < 0.11


@pytest.mark.parametrize("by", ["welch", "ranks"])
def test_what_is_called_detectable_is_found_four_times_of_five(by):
    def judged(seed: int, apart: float):
        a, b = two(seed, 150, 200, apart)
        if by == "ranks":
            return mann_whitney(a, b)[0]
        return welch(mean_of(a, 350, 0), mean_of(b, 350, 150))

    detectable = np.mean([judged(seed, 0.0).detectable for seed in range(20)])
    found = [judged(1000 + seed, detectable).by_chance <= 0.05 for seed in range(200)]
    assert 0.72 < np.mean(found) < 0.88


def test_a_small_group_without_large_customers_is_less_sure_of_itself_seen_from_all():
    calm = Pulls(5.0, np.array([0.1, -0.1, 0.05, -0.05, 0, 0, 0, 0]), np.arange(8) < 4)
    wild = Pulls(9.0, np.array([0, 0, 0, 0, 2.0, -1.0, -0.5, -0.5]), np.arange(8) >= 4)
    seen_from_all = Pulls(5.0, calm.pull - 0.7 * calm.inside, calm.inside)
    assert odds_if_alike(seen_from_all, wild) > odds_if_alike(calm, wild)
