"""What is said of how far a forecast can be trusted: no accuracy without that of the simplest thing beside it."""

import pandas as pd
import pytest

from analytics.predictive.candidates import NAIVE
from analytics.predictive.forecast import ARIMA
from analytics.predictive.forecast_quality import forecast_errors, forecast_split
from analytics.predictive.model import Run
from tests.analytics.conftest import shop_of


def tried(method: str = "Theta", floor: float = 0.05, **naive: float) -> Run:
    wapes = {"day": 0.31, "week": 0.1296, "month": 0.09}
    rows = [
        {"granularity": name, "days": days, "wape": wapes[name], "naive": naive[name], "floor": floor, "tried": 8}
        for name, days in (("day", 1), ("week", 7), ("month", 28))
    ]
    facts = {"untried": "", "metric": "revenue", "method": method, "naive": NAIVE}
    return Run(facts, {"granularity": pd.DataFrame(rows)})


def test_an_accuracy_stands_beside_that_of_the_last_week_again():
    said = forecast_errors(tried(day=0.4, week=0.15, month=0.12)).sentence
    assert "reached for weeks: 87.0 %; the last week again reaches 85.0 %." in said.replace("\u00a0", " ")
    assert "no better" not in said


@pytest.mark.parametrize(
    ("week", "month", "where"),
    [(0.1296, 0.12, "weeks"), (0.12, 0.05, "weeks and four weeks"), (0.2, 0.09, "four weeks")],
)
def test_where_a_method_does_no_better_than_the_last_week_again_it_says_so(week, month, where):
    said = forecast_errors(tried(day=0.4, week=week, month=month)).sentence
    assert f" For {where} the method does no better than the last week again." in said


def test_the_last_week_again_is_not_held_against_itself():
    said = forecast_errors(tried(NAIVE, day=0.31, week=0.1296, month=0.09)).sentence
    assert "by the last week again" in said
    assert "no better" not in said


def test_the_split_says_on_which_scale_and_on_which_days_it_is():
    day = pd.date_range("2026-01-05", periods=2)
    score = {"mae": 1.0, "rmse": 1.0, "wape": 0.2, "mase": 0.9, "accuracy": 0.8}
    scores = [{"method": name} | score for name in (ARIMA, NAIVE, "Theta")]
    run = tried(day=0.4, week=0.2, month=0.1)
    facts = run.facts | {"split": {"train": 8, "test": 2, "scores": scores}}
    orders = pd.DataFrame({"transaction_id": ["t"], "customer_id": ["c"], "date": day[:1], "revenue": [1.0]})
    told = forecast_split(Run(facts, {"split": pd.DataFrame({"day": day})}), shop_of(orders)).explained
    assert "within the first four fifths" in told
    assert "Theta was chosen by a trial on days that overlap those here" in told


def test_an_error_far_below_chance_makes_chance_no_floor():
    """As where refunds follow sales: what is reached cannot be out of reach for anybody."""
    said = forecast_errors(tried(floor=2.0, day=0.4, week=0.2, month=0.1)).sentence
    assert "that is no floor" in said
    assert "nobody could reach" not in said
    assert "knew the true demand" not in said
    assert "knew the true demand" in forecast_errors(tried(floor=0.35, day=0.4, week=0.2, month=0.1)).sentence
