"""How fitted models stand."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from analytics.predictive.model import StoredRun
from analytics.predictive.states import BEHIND, CURRENT, OLDER, model_state, states_sentence, states_table


def run(value=0.2, baseline=0.3, better="down") -> StoredRun:
    score = {"name": "WAPE", "value": value, "baseline": baseline, "better": better}
    return StoredRun(
        {"headline_score": score}, {}, edition=2, inputs="v2", data_until=date(2026, 3, 31), seconds=2.0,
        fitted_at=datetime(2026, 4, 1, tzinfo=UTC), question={"members": {}, "settings": {"horizon_days": 28}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("edition", "inputs", "kind"), [(2, "v2", CURRENT), (2, "v3", BEHIND), (3, "v2", OLDER), (3, "v3", OLDER)]
)
def test_a_run_is_of_the_data_in_view_of_earlier_ones_or_of_an_older_edition(edition, inputs, kind):
    state = model_state("Forecast", run(), edition, inputs)
    assert state.kind == kind
    assert ("Of the data in view" in state.sentence) == (kind == CURRENT)


@pytest.mark.parametrize(
    ("value", "baseline", "better", "worse"),
    [
        (0.2, 0.3, "down", False),
        (0.3, 0.3, "down", True),
        (0.4, 0.3, "down", True),
        (0.8, 0.7, "up", False),
        (0.6, 0.7, "up", True),
        (None, 0.7, "up", False),
        (0.6, None, "up", False),
    ],
)
def test_a_model_is_worse_when_it_is_no_better_than_the_simplest_alternative(value, baseline, better, worse):
    state = model_state("x", run(value, baseline, better), 2, "v2")
    assert state.is_worse == worse
    assert ("no better than the simplest alternative" in state.sentence) == worse


def test_a_run_without_a_score_is_shown_without_one():
    state = model_state("x", replace(run(), facts={}), 2, "v2")
    assert (state.score, state.value, state.is_worse) == ("", None, False)


def test_all_of_them_in_a_sentence_and_as_rows():
    good, old, worse = (model_state("x", run(v), 2, i) for v, i in ((0.2, "v2"), (0.2, "v1"), (0.5, "v2")))
    assert states_sentence([]).startswith("No model has been fitted yet")
    assert states_sentence([good]) == (
        "1 fit is kept, all of the data in view; 1 of 1 with a score did better than the simplest alternative on data "
        "they had not seen."
    )
    said = states_sentence([good, old, worse])
    assert said.startswith("3 fits are kept, 1 of them of earlier data; 2 of 3 with a score did better than")
    rows = states_table([good, old])
    assert list(rows["asked"]) == ["whole shop · 28 days ahead"] * 2
    assert list(rows["value"]) == [0.2, 0.2]
