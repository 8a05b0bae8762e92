"""Scores of customers that were kept, held against what they did; by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.predictive.kept_scores import (
    Told,
    churn_history,
    churn_record,
    churn_sentence,
    drift_rows,
    drift_sentence,
    value_history,
    value_record,
    value_sentence,
)
from analytics.shop import Shop

MADE, UNTIL = date(2026, 1, 31), date(2026, 5, 1)
SHOP = Shop("s", "EUR", "monday", date(2025, 1, 1), date(2026, 6, 1), date(2026, 6, 1), 9)
BOUGHT = pd.DataFrame({"customer_id": ["ann", "bob", "new"], "orders": [2, 0, 1], "brought": [30.0, -5.0, 70.0]})


def test_who_has_refunds_alone_did_not_come_back():
    told = Told(MADE, UNTIL, pd.DataFrame({"customer_id": ["ann", "bob", "cat"], "probability": [0.1, 0.5, 0.9]}), 0.5)
    record = churn_record(told, BOUGHT)
    assert record.actual == pytest.approx(2 / 3)
    assert record.brier == pytest.approx((0.01 + 0.25 + 0.01) / 3)
    assert record.baseline_brier == pytest.approx(0.25)
    assert record.auc == 1.0
    history = churn_history([(told, BOUGHT)])
    (row,) = history.rows.to_dict("records")
    assert (row["made_on"], row["until"], row["customers"]) == (MADE, UNTIL, 3)
    said = churn_sentence(history.rows, None)
    assert said.startswith("Of 3 customers scored on 31 Jan 2026, 66.7 % did not come back by 1 May 2026")
    assert "closer than one and the same for everybody" in said


def test_before_any_days_are_over_it_is_said_when_they_will_be():
    assert churn_sentence(churn_history([]).rows, UNTIL).endswith(
        "can be judged after 1 May 2026, the last day they speak of."
    )
    assert churn_sentence(churn_history([]).rows, None) == "No chances not to come back have been kept yet."
    assert "No customer values have been kept" in value_sentence(pd.DataFrame(), None, SHOP)


def test_a_history_tells_what_is_over_what_is_next_and_its_two_ends():
    rows = pd.DataFrame({"customer_id": ["ann"], "probability": [0.1]})
    days = [(date(2026, 6, n), date(2026, 7, n)) for n in (3, 2, 1)]
    told = [Told(made_on, until, rows) for made_on, until in days]
    history = churn_history([(told[0], None), (told[1], None), (told[2], BOUGHT)])
    assert [day for day, _ in history.over] == [days[2]]
    assert history.next_until == date(2026, 7, 2)
    assert (history.first, history.last) == (told[2], told[0])
    assert churn_history([(told[0], None)]).first is None
    values = [
        Told(made_on, until, pd.DataFrame({"customer_id": ["ann"], "expected": [30.0]})) for made_on, until in days
    ]
    worth = value_history([(values[0], None), (values[1], BOUGHT), (values[2], BOUGHT)])
    assert list(worth.rows["made_on"]) == [days[1][0], days[2][0]]
    assert (worth.next_until, list(worth.rows["off"])) == (date(2026, 7, 3), [0.0, 0.0])


def test_value_against_what_was_brought():
    rows = pd.DataFrame({"customer_id": ["ann", "bob", "cat"], "expected": [45.0, 10.0, 5.0]})
    record = value_record(Told(MADE, UNTIL, rows), BOUGHT)
    assert (record["expected"], record["actual"], record["off"]) == (60.0, 25.0, pytest.approx(1.4))
    assert record["error"] == pytest.approx((15 + 15 + 5) / 25)
    assert record["ranks"] == pytest.approx(np.corrcoef([3, 2, 1], [3, 1, 2])[0, 1])
    said = value_sentence(value_history([(Told(MADE, UNTIL, rows), BOUGHT)]).rows, None, SHOP)
    assert "140.0 % too much was said" in said


def test_value_where_nobody_brought_anything():
    rows = pd.DataFrame({"customer_id": ["x"], "expected": [45.0]})
    record = value_record(Told(MADE, UNTIL, rows), BOUGHT)
    assert np.isnan(record["off"])
    assert np.isnan(record["error"])
    assert np.isnan(record["ranks"])


def test_the_farthest_moved_stand_first_and_are_named():
    random = np.random.default_rng(1)
    before = pd.DataFrame({"orders": random.poisson(3, 2000), "total_value": random.normal(size=2000), "only_then": 1})
    now = before.assign(total_value=before["total_value"] + 2).drop(columns="only_then")
    rows = drift_rows(before, now, ("orders", "total_value", "only_then"))
    assert list(rows["column"]) == ["total_value", "orders"]
    assert list(rows["verdict"]) == ["moved much", "as before"]
    assert "(total value)" in drift_sentence(rows, MADE, UNTIL)
    assert "did not change much" in drift_sentence(rows.iloc[1:], MADE, UNTIL)
