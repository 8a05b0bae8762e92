"""Plans and advice: what cannot be meant is refused, what is written down comes back as it was."""

import json
import math

import pytest

from analytics.prescriptive.advice import Advice, advice_as_written, advice_from
from analytics.prescriptive.scenario import INPUTS, Scenario, Uncertain, scenario_of

PLAN = scenario_of("retention", "Call the best", customers=40, contact_cost=30, kept=(0.05, 0.1, 0.2), value_each=400)
FACTS = {
    "key": "retention", "kind": "retention", "title": "Call 40 customers", "sentence": "They are worth it.",
    "net_benefit": 400.0, "low": -200.0, "high": 2_000.0, "probability": 0.75, "cost": 1_200.0, "months": 12.0,
    "effort": 2, "days": 7, "assumption": "One in ten stays.", "would_change": "Fewer than 3 in 40 stay.",
    "rests_on": "assumed", "page": "prescriptive/retention", "scenario": PLAN, "members": (("segment", "Premium"),),
}  # fmt: skip


def test_an_advice_comes_back_from_json_as_it_was():
    advice = Advice(**FACTS)
    assert advice_from(json.loads(json.dumps(advice_as_written(advice)))) == advice
    plain = Advice(**FACTS | {"scenario": None, "members": ()})
    assert advice_from(json.loads(json.dumps(advice_as_written(plain)))) == plain


@pytest.mark.parametrize("broken", [{}, {"kind": "retention"}, {**FACTS, "scenario": {"kind": "own"}, "members": []}])
def test_what_is_no_advice_is_refused(broken):
    with pytest.raises(ValueError, match="an advice is expected"):
        advice_from(broken)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "luck"}, "kind: expected one of retention"),
        ({"rests_on": "hope"}, "rests_on: expected one of experiment"),
        ({"net_benefit": math.nan}, "net_benefit: expected a number"),
        ({"probability": 1.2}, "probability, effort"),
        ({"effort": 0}, "probability, effort"),
    ],
)
def test_an_advice_that_cannot_be_meant_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        Advice(**FACTS | changed)


@pytest.mark.parametrize("kind", INPUTS)
def test_what_is_left_out_of_a_plan_is_nothing(kind):
    assert {each.likely for each in scenario_of(kind, "Plan").inputs} == {0.0}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: scenario_of("own", "Plan", colour=1), "inputs: expected affected_a_month"),
        (lambda: scenario_of("luck", "Plan"), "kind: expected one of retention"),
        (lambda: Scenario("own", "Plan", ()), "inputs: expected 6, got 0"),
        (lambda: scenario_of("own", " Plan"), "name: expected"),
        (lambda: scenario_of("own", "Plan", months=0), "months: expected 1 to 120, got 0"),
        (lambda: scenario_of("own", "Plan", discount_rate=math.nan), "discount_rate: expected a share"),
        (lambda: scenario_of("own", "Plan", lift=(0.3, 0.2, 0.4)), "expected low ≤ likely ≤ high"),
        (lambda: Uncertain.known(math.inf), "expected numbers"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
