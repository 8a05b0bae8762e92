"""Spearman by hand and as SciPy has it, partial where something stands behind both, intervals that hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analytics.diagnostic.rank_correlation import dummies, rank_correlation, score_correlations
from analytics.diagnostic.scored_orders import order_cells
from analytics.errors import NotEnoughData
from tests.analytics.conftest import shop_of
from tests.analytics.satisfaction_shops import SPRING, scored_shop


def told(orders):
    shop = shop_of(orders)
    return score_correlations(order_cells(orders, SPRING, shop), shop)


def test_five_orders_by_hand():
    """Days 1 2 3 4 5 against scores 5 5 3 4 1: ranks 4.5 4.5 2 3 1. Products of deviations: −3 −1.5 0 0 −4,
    squares 10 and 9.5: −8.5 ÷ √95."""
    days, score = np.array([1.0, 2, 3, 4, 5]), np.array([5.0, 5, 3, 4, 1])
    found = rank_correlation(days, score, np.ones(5))
    assert found.value == pytest.approx(-8.5 / np.sqrt(95))
    assert found.pairs == 5


@settings(deadline=None)  # SciPy is imported in the first
@given(some.lists(some.tuples(some.integers(0, 9), some.integers(1, 5), some.integers(1, 6)), min_size=3, max_size=30))
def test_of_counted_pairs_it_is_that_of_scipy_of_single_pairs(rows):
    from scipy.stats import spearmanr

    first, second, orders = (np.array(column, dtype="float64") for column in zip(*rows, strict=True))
    singles = [np.repeat(values, orders.astype(int)) for values in (first, second)]
    found = rank_correlation(first, second, orders).value
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(*singles).statistic, abs=1e-9)


def test_partial_is_the_correlation_of_what_is_left_of_the_ranks():
    from scipy.stats import rankdata

    orders = scored_shop(2, 500, category={"Toys": -1.0})
    ranks = [rankdata(orders[c]) for c in ("delivery_days", "satisfaction_score")]
    left = [r - np.where(orders["category"] == "Toys", r[orders["category"] == "Toys"].mean(),
                         r[orders["category"] == "Books"].mean()) for r in ranks]  # fmt: skip
    code = (orders["category"] == "Toys").to_numpy().astype(int)
    days, score = (orders[c].to_numpy(dtype="float64") for c in ("delivery_days", "satisfaction_score"))
    found = rank_correlation(days, score, np.ones(len(orders)), dummies([code]))
    assert found.value == pytest.approx(np.corrcoef(*left)[0, 1])


def test_what_stands_behind_both_is_taken_out():
    """East waits longer and likes less, and a day itself does nothing: plain there is a connection, partial none."""
    orders = scored_shop(5, 4000, slope=lambda days: 0 * days, region={"East": -1.5})
    orders["delivery_days"] += 4 * (orders["region"] == "East")
    ranks = told(orders)
    plain, partial = ranks.rows["correlation"]
    assert plain < -0.15
    assert abs(partial) < 0.05
    assert "weaker: a part of it comes from where and what is bought" in ranks.sentence


def test_where_nothing_stands_behind_both_holding_it_equal_changes_nothing():
    ranks = told(scored_shop(5, 4000))
    assert "hardly another" in ranks.sentence
    assert ranks.rows["held_equal"].tolist() == ["plain", "category and region held equal"]


def test_the_interval_holds_nineteen_of_twenty_times():
    many = scored_shop(99, 200_000)
    both = (many[c].to_numpy(dtype="float64") for c in ("delivery_days", "satisfaction_score"))
    truth = rank_correlation(*both, np.ones(len(many))).value
    held = 0
    for seed in range(200):
        orders = scored_shop(seed, 300)
        both = (orders[c].to_numpy(dtype="float64") for c in ("delivery_days", "satisfaction_score"))
        found = rank_correlation(*both, np.ones(300))
        held += found.low < truth < found.high
    assert 184 <= held <= 198


def test_nothing_beyond_chance_is_called_so():
    ranks = told(scored_shop(1, 400, slope=lambda days: 0 * days))
    assert "neither higher nor lower scores beyond chance" in ranks.sentence
    assert "hardly another" not in ranks.sentence, "of nothing there is nothing to explain"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda o: o.drop(columns="satisfaction_score"), "carry no scores"),
        (lambda o: o.drop(columns="delivery_days"), "carry no delivery days"),
        (lambda o: o.assign(delivery_days=o["delivery_days"].where(o.index < 12)), "Only 12 orders in view with both"),
        (lambda o: o.assign(delivery_days=4), "All delivery days in view are 4"),
        (lambda o: o.assign(satisfaction_score=5), "All scores in view are 5"),
    ],
)
def test_what_cannot_go_together_is_said(changed, said):
    with pytest.raises(NotEnoughData, match=said):
        told(changed(scored_shop(number=200)))
