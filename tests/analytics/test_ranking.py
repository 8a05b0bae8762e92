"""Which advice comes first, by return and by weighted criteria; and what is said of how firm that is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.prescriptive.advice import Advice
from analytics.prescriptive.ranking import CRITERIA, Weights, criteria_of, ranked_advice

ONE = Advice(
    key="a", kind="price", title="A", sentence="", net_benefit=1_200.0, low=0.0, high=2_000.0, probability=0.9,
    cost=600.0, months=12.0, effort=1, days=0, assumption="", would_change="", rests_on="observed", page="p",
)  # fmt: skip
EVEN = Weights(1, 1, 1, 1)


def named(title: str, **changes: object) -> Advice:
    return replace(ONE, key=title, title=title, **changes)


def titles(advices, weights=EVEN) -> list[str]:
    return [advices[n].title for n in ranked_advice(advices, weights).table["advice"]]


def test_criteria_are_added_up_as_by_hand():
    other = named("B", net_benefit=100.0, months=1.0, probability=0.5, effort=5, days=30)
    # A: 100 a month of at most 100, surely 0.9, a click, at once; B: 100 a month, 0.5, a project, a month
    np.testing.assert_allclose(criteria_of([ONE, other]), [[1, 0.9, 1, 1], [1, 0.5, 0, 0.5]])
    table = ranked_advice([ONE, other], Weights(2, 1, 1, 0)).table
    np.testing.assert_allclose(table["score"], [(2 + 0.9 + 1) / 4, (2 + 0.5) / 4])


def test_what_costs_nothing_returns_most_and_then_what_brings_more_for_its_cost():
    advices = [ONE, named("free", cost=0.0, net_benefit=1.0), named("cheap", cost=1.0, net_benefit=50.0)]
    table = ranked_advice(advices, EVEN).table.set_index("advice")
    assert table["by_return"].to_dict() == {0: 3, 1: 1, 2: 2}


def test_a_loss_has_no_benefit_to_count():
    assert criteria_of([ONE, named("B", net_benefit=-5_000.0)])[1, 0] == 0.0
    assert criteria_of([named("B", net_benefit=-1.0)])[0, 0] == 0.0


def test_the_weight_that_turns_the_first_is_told():
    sure = named("Sure", net_benefit=600.0, probability=1.0)
    large = named("Large", net_benefit=1_200.0, probability=0.5)
    ranking = ranked_advice([large, sure], Weights(3, 1, 0, 0))
    # large first: 0.75 + 0.125 against 0.375 + 0.25; equal where benefit counts a half
    assert titles([large, sure], Weights(3, 1, 0, 0))[0] == "Large"
    assert "“Sure” would be with a weight of" in ranking.sentence
    assert "benefit below 50 %" in ranking.sentence or "certainty above 50 %" in ranking.sentence


def test_one_that_is_better_on_everything_is_first_whatever_is_weighed():
    better = named("B", net_benefit=2_000.0, probability=0.95)
    assert "“B” is first whatever a single weight is" in ranked_advice([ONE, better], EVEN).sentence


def test_a_rank_reversal_is_said():
    """Against 10,000 a month 1,000 and 400 differ by 0.06; among themselves by 0.6, more than certainty tells apart."""
    giant = named("Giant", net_benefit=120_000.0, probability=0.2)
    middle = named("Middle", net_benefit=12_000.0, probability=0.5)
    small = named("Small", net_benefit=4_800.0, probability=0.7)
    sentence = ranked_advice([giant, middle, small], Weights(1, 1, 0, 0)).sentence
    assert "Without “Giant” “Middle” would stand before “Small”" in sentence
    assert "No action on the list turns two others round" in ranked_advice([ONE, middle], EVEN).sentence


@pytest.mark.parametrize("weights", [(0, 0, 0, 0), (-1, 1, 1, 1), (float("nan"), 1, 1, 1)])
def test_weights_that_weigh_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights: expected"):
        Weights(*weights)


def test_one_action_or_none_is_an_order_too():
    assert titles([ONE]) == ["A"]
    assert ranked_advice([], EVEN).table.empty


@given(
    some.lists(some.tuples(*[some.floats(0.01, 1)] * 2, some.integers(1, 5), some.integers(0, 90)), min_size=2),
    some.integers(1, 9),
)
def test_only_the_proportions_of_weights_matter(rows, times):
    advices = [
        named(str(n), net_benefit=1_000 * b, probability=p, effort=e, days=d) for n, (b, p, e, d) in enumerate(rows)
    ]
    once, more = (ranked_advice(advices, Weights(*[times_ * w for w in (4, 3, 2, 1)])) for times_ in (1, times))
    np.testing.assert_allclose(once.table["score"], more.table["score"])
    assert sorted(once.table["by_criteria"]) == list(range(1, len(rows) + 1))
    assert len(CRITERIA) == 4
