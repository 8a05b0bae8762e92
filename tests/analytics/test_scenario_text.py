"""A plan as text: it comes back as it went, and no other text becomes one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.prescriptive.scenario import INPUTS, LONGEST_NAME, Scenario, Uncertain, scenario_of
from analytics.prescriptive.scenario_inputs import KINDS, KNOWN_INPUTS, LEVERS
from analytics.prescriptive.scenario_text import LONGEST, rounded, scenario_from, scenario_text

PLAN = scenario_of("own", "New boxes", affected_a_month=100, lift=(0.01, 0.02, 0.04), margin_each=12)
TEXT = "1_own_12_0.1_0_0_100_0.01to0.02to0.04_12_0_0_0_New boxes"
NAMES = ("Win back", "a_b_1", "2to3", "<b>&amp;</b>", "北京 ₹ 5 %", "=1+1", "x" * LONGEST_NAME)


@some.composite
def scenarios(draw) -> Scenario:
    kind = draw(some.sampled_from(sorted(INPUTS)))
    inputs = []
    for name in INPUTS[kind]:
        known = KNOWN_INPUTS[name]
        within = some.floats(known.least, known.most)
        inputs.append(Uncertain(*sorted(draw(some.tuples(within, within, within)))))
    months = draw(some.integers(1, 120))
    ramp, shares = draw(some.integers(0, months)), some.floats(0, 1)
    name = draw(
        some.sampled_from(["Win back", "a_b_1", "2to3", "<b>&amp;</b>", "北京 ₹ 5 %", "=1+1", "x" * LONGEST_NAME])
    )
    return Scenario(kind, name, tuple(inputs), months, draw(shares), ramp, draw(shares))


@given(scenarios())
def test_a_plan_comes_back_as_its_text_has_it(plan):
    text = scenario_text(plan)
    back = scenario_from(text)
    assert scenario_text(back) == text
    assert len(text) <= LONGEST
    assert (back.kind, back.name, back.months, back.ramp_months) == (
        plan.kind,
        plan.name,
        plan.months,
        plan.ramp_months,
    )
    for mine, theirs in zip(back.inputs, plan.inputs, strict=True):
        for each in ("low", "likely", "high"):
            assert math.isclose(getattr(mine, each), getattr(theirs, each), rel_tol=1e-5, abs_tol=1e-300)


def test_the_text_of_a_plan_is_what_it_was():
    assert scenario_text(PLAN) == TEXT
    assert scenario_from(TEXT) == rounded(PLAN) == PLAN


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "another version"),
        ("0" + TEXT[1:], "another version"),
        ("__import__('os').system('true')", "another version"),
        (TEXT.replace("own", "magic"), "kind: expected one of retention"),
        (TEXT.rpartition("_")[0], "expected 12 figures and a name, got 12 parts"),
        (TEXT.replace("0.04", "1.2"), "lift: expected a number from -1 to 1, got 1.2"),
        (TEXT.replace("0.04", "nan"), "lift: expected a number$"),
        (TEXT.replace("0.04", "1e999"), "lift: expected a number$"),
        (TEXT.replace("0.04", "٤"), "lift: expected a number$"),
        (TEXT.replace("0.04", "0"), "lift: expected low ≤ likely ≤ high"),
        (TEXT.replace("to0.04", ""), "lift: expected a number or a range"),
        (TEXT.replace("_12_0.1", "_0_0.1"), "months: expected 1 to 120, got 0"),
        (TEXT.replace("_12_0.1", "_1e300_0.1"), "months: expected a whole number"),
        (TEXT.replace("_12_0.1", "_12_-0.1"), "discount_rate: expected a share from 0 to 1"),
        (TEXT.replace("_12_0.1_0", "_12_0.1_13"), "ramp_months: expected 0 to 12, got 13"),
        (TEXT.replace("_100_", "_-1_"), "affected_a_month: expected a number from 0"),
        (TEXT.replace("New boxes", "\u200d"), "name: expected 1 to 80 characters"),
        (TEXT + "x" * LONGEST, "expected at most 600 characters"),
    ],
)
def test_what_is_no_plan_is_refused_in_a_sentence(text, said):
    with pytest.raises(ValueError, match=said):
        scenario_from(text)


@given(some.text(max_size=80))
def test_no_text_breaks_the_reading(text):
    for tried in (text, TEXT[: len(text)] + text, TEXT.replace("100", text)):
        try:
            assert scenario_from(tried).kind in INPUTS
        except ValueError as error:
            assert str(error)


def test_a_name_too_long_is_cut():
    assert scenario_from(TEXT + "x" * 200).name == ("New boxes" + "x" * 200)[:LONGEST_NAME]


def test_every_figure_of_every_kind_has_its_name_and_unit():
    named = {name for inputs in INPUTS.values() for name in inputs}
    assert named == set(KNOWN_INPUTS)
    assert set(KINDS) == set(INPUTS) == set(LEVERS)
    assert all(lever in INPUTS[kind] for kind, lever in LEVERS.items())
