"""The page about models: what was fitted, what came of what was said, and cards; also where nothing was."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import streamlit as streamlit_page
from screen import charts, headings, plain_words, troubles, words
from streamlit.testing.v1 import AppTest

import warehouse.model_runs as model_runs
from analytics.descriptive.activity import daily_activity
from analytics.filters import Filters
from analytics.predictive.model import Run
from analytics.predictive.models import CHURN, CUSTOMER_VALUE, FORECAST
from analytics.predictive.outcomes import bought_between
from ui import data, fits, model_records

MODELS = "predictive/models.py"
CARD = {
    "data": "All orders.", "target": "Revenue.", "features": ["weekday"], "split": "By time.",
    "scores": [{"name": "WAPE", "value": 0.2, "baseline": 0.3, "unit": "share"}], "calibration": "Fair.",
    "limits": ["Names such as [x](javascript:alert(1)) and <b>b</b> are read as text."],
}  # fmt: skip


def keep(model, settings: dict, days_ago: int, tables: dict, facts: dict | None = None, members=None) -> int:
    until = data.shop().today - timedelta(days_ago)
    score = {"name": "WAPE", "value": 0.2, "baseline": 0.3, "better": "down"}
    told = {"card": CARD, "headline_score": score} | (facts or {})
    question = {"members": members or {}, "settings": settings}
    by_then = fits._orders_until(until)
    return model_runs.keep_run(
        data.models_path(), model, question, f"of {until}", until, by_then, Run(told, tables), 1.0
    )


@pytest.fixture
def daily(shop) -> pd.Series:
    data.pin_version()
    found = data.answer(daily_activity, Filters(data.shop().days).without_period())
    return found.loc[: pd.Timestamp(data.shop().today), "revenue"]


def forecast_of(daily: pd.Series, days_ago: int, *, off: float = 1.0, spread: float = 0.5) -> dict[str, pd.DataFrame]:
    days = pd.date_range(data.shop().today - timedelta(days_ago - 1), periods=90)
    expected = np.full(90, off * daily.mean())
    ends = {f"{end}_{p}": expected * (1 + sign * z * spread) for p, z in ((80, 1.28), (95, 1.96)) for end, sign in ENDS}
    naive = np.resize(daily.iloc[-days_ago - 7 : -days_ago].to_numpy(), 90)
    table = pd.DataFrame({"day": days, "dimension": "", "member": "", "expected": expected, "naive": naive} | ends)
    parts = table.assign(dimension="region", member="North", expected=0.0)
    return {"forecast": pd.concat([table, parts], ignore_index=True)}


ENDS = (("low", -1), ("high", 1))
ASKED = {"metric": "revenue", "horizon_days": 90}


def test_where_nothing_was_fitted_each_card_says_so(visit, shop):
    opened = visit(MODELS)
    assert not opened.exception
    assert not troubles(opened)
    assert len(headings(opened)) == 6
    said = plain_words(opened)
    assert "No model has been fitted yet" in said
    assert "No forecast has been made yet" in said
    assert "No chances not to come back have been kept yet" in said
    assert "Churn was scored on no day yet" in said
    assert charts(opened) == {}


def test_kept_forecasts_are_held_against_the_days_since(visit, shop, daily):
    keep(FORECAST, ASKED, 60, forecast_of(daily, 60))
    keep(FORECAST, ASKED, 30, forecast_of(daily, 30))
    opened = visit(MODELS)
    assert not opened.exception
    drawn = charts(opened)["record-lines"]
    actual = next(t for t in drawn["data"] if t["name"] == "actual")
    assert len(actual["y"]) == 60 - 6
    assert actual["y"][-1] == pytest.approx(daily.iloc[-1])
    assert "Over 54 days that were forecast at least 7 days before" in plain_words(opened)
    assert "made before" not in plain_words(opened)
    assert "The data have changed since" in plain_words(opened)


def test_a_forecast_worse_than_its_baseline_is_warned_of(visit, shop, daily):
    keep(FORECAST, ASKED, 60, forecast_of(daily, 60, off=4.0, spread=0.01))
    opened = visit(MODELS)
    said = " ".join(w.value for w in opened.warning)
    assert "farther off than the same weekday" in said
    assert "too narrow for what happens now" in said


def test_each_question_of_forecasts_is_looked_at_on_its_own(visit, shop, daily):
    keep(FORECAST, ASKED, 60, forecast_of(daily, 60))
    keep(FORECAST, ASKED, 40, forecast_of(daily, 40), members={"region": ["North"]})
    opened = visit(MODELS)
    choice = next(box for box in opened.selectbox if box.label == "Forecast of")
    assert len(choice.options) == 2
    assert any("North" in option for option in choice.options)
    choice.select(choice.options[1]).run()
    assert not opened.exception


def test_kept_chances_are_held_against_who_came_back(visit, shop):
    data.pin_version()
    today = data.shop().today
    bought = data.answer(bought_between, first=data.shop().first_day, last=today)
    since = data.answer(bought_between, first=today - timedelta(89), last=today)
    ids = bought["customer_id"].sort_values(ignore_index=True)
    rows = pd.DataFrame({"customer_id": ids, "probability": np.linspace(0.1, 0.9, len(ids)), "orders": range(len(ids))})
    keep(CHURN, {"horizon_days": 90}, 90, {"scores": rows})
    later = rows.assign(orders=rows["orders"] + 10**6)
    keep(CHURN, {"horizon_days": 90}, 0, {"scores": later})
    opened = visit(MODELS)
    assert not opened.exception
    assert "said-and-seen" in charts(opened)
    stayed_away = 1 - since.loc[since["orders"] > 0, "customer_id"].isin(ids).sum() / len(ids)
    assert f"Of {len(ids):,} customers scored on" in plain_words(opened)
    assert f"{stayed_away * 100:.1f}" in plain_words(opened)
    assert "changed much" in plain_words(opened)
    assert "orders" in plain_words(opened).lower()


def test_chances_whose_days_are_not_over_say_when_they_will_be(visit, shop):
    rows = pd.DataFrame({"customer_id": ["a", "b"], "probability": [0.2, 0.4]})
    keep(CHURN, {"horizon_days": 90}, 10, {"scores": rows})
    opened = visit(MODELS)
    assert "can be judged after" in plain_words(opened)
    assert "said-and-seen" not in charts(opened)


def test_kept_values_are_held_against_what_was_brought(visit, shop):
    data.pin_version()
    since = data.answer(bought_between, first=data.shop().today - timedelta(179), last=data.shop().today)
    rows = pd.DataFrame({"customer_id": since["customer_id"], "expected": since["brought"] * 2, "horizon_days": 180})
    keep(CUSTOMER_VALUE, {"horizon_months": 6}, 180, {"values": rows})
    opened = visit(MODELS)
    assert not opened.exception
    assert "100.0 % too much was said" in plain_words(opened)


def test_what_was_said_of_another_shop_is_not_held_against_this_one(visit, shop, daily):
    keep(FORECAST, ASKED, 60, forecast_of(daily, 60, off=4.0, spread=0.01))
    question = {"members": {}, "settings": ASKED}
    until = data.shop().today - timedelta(50)
    tables = forecast_of(daily, 50, off=9.0)
    model_runs.keep_run(data.models_path(), FORECAST, question, "another", until, 10**6, Run({}, tables), 1.0)
    rows = pd.DataFrame({"customer_id": ["x", "y"] * 80, "probability": 0.2})
    model_runs.keep_run(
        data.models_path(), CHURN, {"members": {}, "settings": {"horizon_days": 90, "with_recency": True}}, "another",
        data.shop().today - timedelta(100), 10**6, Run({}, {"scores": rows}), 1.0,
    )  # fmt: skip
    opened = visit(MODELS)
    assert not opened.exception
    assert "said-and-seen" not in charts(opened)
    assert "Over 54 days" in plain_words(opened)


def test_a_card_is_shown_and_offered_with_names_as_text(visit, shop):
    keep(CHURN, {"horizon_days": 90}, 0, {})
    opened = visit(MODELS)
    assert "Model card: Churn" in words(opened)
    assert "](javascript" not in words(opened)
    assert "\\<b\\>" in words(opened)
    assert not opened.exception


def test_a_damaged_store_of_runs_is_begun_anew(visit, shop):
    keep(CHURN, {"horizon_days": 90}, 0, {})
    data.models_path().write_bytes(b"not a database" * 999)
    opened = visit(MODELS)
    assert not opened.exception
    assert "No model has been fitted yet" in plain_words(opened)
    assert list(shop.parent.glob("*.damaged-*"))


def test_the_page_of_a_model_warns_of_it_by_what_came(visit, shop, daily, monkeypatch):
    keep(FORECAST, ASKED, 60, forecast_of(daily, 60, off=4.0, spread=0.01))
    view = Filters(data.shop().days)
    asked = fits.wanted(FORECAST, view, **ASKED)
    question, tables = asked.question, forecast_of(daily, 0)
    known = asked.inputs, data.shop().today, data.shop().orders
    run_id = model_runs.keep_run(asked.path, FORECAST, question, *known, Run({}, tables), 1.0)
    run = fits.newest_run(asked)
    assert run.id == run_id
    assert any("too narrow" in warning for warning in model_records.warnings_of(run))

    def page() -> None:
        import streamlit as st
        from test_models_page import ASKED, FORECAST, Filters, data

        from ui.models import fitted_run

        data.pin_version()
        run = fitted_run(FORECAST, Filters(data.shop().days), **ASKED)
        st.caption(f"run {run.id}")

    monkeypatch.setattr(streamlit_page, "page_link", lambda *_, **__: None)
    shown = AppTest.from_function(page, default_timeout=30).run()
    assert not shown.exception
    assert any("too narrow" in warning.value for warning in shown.warning)
    assert f"run {run_id}" in words(shown)
