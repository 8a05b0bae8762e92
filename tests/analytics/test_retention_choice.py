"""Who gets which offer: equal to trying everything, never beyond a limit or at a loss, near its bound when large."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.prescriptive.retention_choice import NOBODY, Limits, best_choice


def _tried(net: np.ndarray, spend: np.ndarray, limits: Limits) -> float:
    """The best of all choices there are."""
    best = 0.0
    for own in product(range(-1, net.shape[1]), repeat=len(net)):
        some = [(i, j) for i, j in enumerate(own) if j >= 0]
        spent = sum(spend[at] for at in some)
        of_each = [sum(j == k for _, j in some) for k in range(net.shape[1])]
        fits = (limits.budget is None or spent <= limits.budget) and (
            limits.capacity is None or len(some) <= limits.capacity
        )
        if fits and all(most is None or n <= most for n, most in zip(of_each, limits.most, strict=True)):
            best = max(best, sum(net[at] for at in some))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_the_programme_finds_what_trying_everything_finds(seed):
    chance = np.random.default_rng(seed)
    customers, offers = chance.integers(1, 7), chance.integers(1, 4)
    net, spend = chance.normal(1, 2, (customers, offers)), chance.uniform(0.1, 3, (customers, offers))
    net[chance.random(net.shape) < 0.15] = -np.inf
    most = tuple(chance.choice([None, 0, 1, 2]) for _ in range(offers))
    limits = Limits(chance.choice([None, 0.0, 2.0, 5.0]), chance.choice([None, 0, 1, 3]), most)
    found, best = best_choice(net, spend, limits), _tried(net, spend, limits)
    assert found.net == pytest.approx(best, abs=1e-6)
    assert found.bound >= best - 1e-6


amounts = st.floats(-50, 100, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(amounts, amounts, st.floats(0, 20), st.floats(0, 20)), min_size=1, max_size=40),
       st.floats(0, 200), st.integers(0, 20))  # fmt: skip
def test_no_limit_is_exceeded_and_nothing_is_chosen_at_a_loss(rows, budget, capacity):
    table = np.array(rows)
    net, spend = table[:, :2], table[:, 2:]
    found = best_choice(net, spend, Limits(budget, capacity, (5, None)))
    who = np.flatnonzero(found.offer != NOBODY)
    assert (net[who, found.offer[who]] > 0).all()
    assert found.spend <= budget + 1e-6
    assert len(who) <= capacity
    assert (found.offer == 0).sum() <= 5
    assert found.net == pytest.approx(net[who, found.offer[who]].sum())
    assert found.net <= found.bound + 1e-6


def test_more_budget_never_lowers_what_is_left():
    chance = np.random.default_rng(5)
    net, spend = chance.lognormal(1, 1, (60, 2)), chance.uniform(0.5, 4, (60, 2))
    nets = [best_choice(net, spend, Limits(float(budget))).net for budget in range(0, 160, 8)]
    assert all(later >= earlier - 1e-6 for earlier, later in zip(nets, nets[1:], strict=False))
    steps = np.diff(nets)
    assert steps[0] > steps[-2] >= -1e-6, "the first money goes where it brings most"


def test_the_price_of_the_budget_is_what_a_little_more_brings():
    chance = np.random.default_rng(6)
    net, spend = chance.lognormal(2, 1, (4000, 3)), chance.uniform(0.5, 4, (4000, 3))
    found = best_choice(net, spend, Limits(2000.0))
    more = best_choice(net, spend, Limits(2020.0))
    assert (more.net - found.net) / 20 == pytest.approx(found.budget_price, rel=0.15)


def test_a_large_list_is_chosen_near_its_bound():
    chance = np.random.default_rng(7)
    net, spend = chance.lognormal(2, 1, (20_000, 4)), chance.uniform(0.5, 4, (20_000, 4))
    found = best_choice(net, spend, Limits(9_000.0, 5_000, (None, 500, 900, None)))
    assert found.gap < 1e-3
    assert found.spend <= 9_000.0 and (found.offer >= 0).sum() <= 5_000
    assert [(found.offer == j).sum() <= most for j, most in ((1, 500), (2, 900))] == [True, True]


def test_tables_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="spend: expected a table of"):
        best_choice(np.ones((2, 2)), np.ones((2, 1)), Limits())
    with pytest.raises(ValueError, match="spend: expected amounts of at least 0"):
        best_choice(np.ones((1, 1)), -np.ones((1, 1)), Limits())


def test_customers_whom_nothing_pays_get_nothing():
    found = best_choice(np.array([[-1.0, -np.inf]]), np.ones((1, 2)), Limits(10.0))
    assert (found.offer.tolist(), found.net, found.gap) == ([NOBODY], 0.0, 0.0)
