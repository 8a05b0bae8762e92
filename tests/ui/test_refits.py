"""What the server fits anew by itself: models of the whole shop that know less days than there are."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

import warehouse.model_runs as model_runs
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.model import Model, Run, whole_shop
from ui import data, fits, refits

fitted: list[int] = []


def day_fit(shop, tell, horizon_days=28) -> Run:
    fitted.append(horizon_days)
    return Run({"today": shop.today.isoformat()}, {})


MODEL = Model("days", "Days", 2, day_fit, Filters.without_period)


@pytest.fixture(autouse=True)
def _known(shop, monkeypatch):
    monkeypatch.setattr(refits, "MODELS", (MODEL,))
    fitted.clear()
    data.pin_version()


def kept(model=MODEL, members=None, days_behind=1, horizon_days=28) -> int:
    question = {"members": members or {}, "settings": {"horizon_days": horizon_days}}
    until = data.shop().today - timedelta(days_behind)
    return model_runs.keep_run(data.models_path(), model, question, "earlier data", until, 9, Run({}, {}), 1.0)


def test_a_model_of_the_whole_shop_is_fitted_anew_after_a_new_day(shop):
    kept(), kept(horizon_days=90)
    refits.refit_what_is_due()
    assert sorted(fitted) == [28, 90]
    asked = fits.wanted(MODEL, Filters(data.shop().days), horizon_days=90)
    assert fits.newest_run(asked).facts == {"today": data.shop().today.isoformat()}
    refits.refit_what_is_due()
    assert len(fitted) == 2


def test_nothing_is_due_where_nothing_was_asked_for(shop):
    refits.refit_what_is_due()
    assert fitted == []
    assert not data.models_path().exists()


def test_nothing_is_due_while_the_first_run_is_still_being_fitted(shop):
    """The file of runs is there already, and holds none."""
    kept()
    with sqlite3.connect(data.models_path()) as opened:
        opened.execute("DELETE FROM parts")
        opened.execute("DELETE FROM runs")
    opened.close()
    assert refits.due() == []


def test_models_of_some_members_and_of_other_programs_wait_until_they_are_asked_for(shop):
    kept(members={"region": ["North"]})
    kept(model=replace(MODEL, key="unknown"))
    kept(days_behind=0)
    assert refits.due() == []


def test_a_change_of_settings_alone_is_no_new_day(shop):
    kept(days_behind=0)
    refits.refit_what_is_due()
    assert fitted == []


def test_an_earlier_edition_is_fitted_anew_with_the_next_day(shop):
    kept(model=replace(MODEL, edition=1))
    refits.refit_what_is_due()
    assert fitted == [28]


@pytest.mark.parametrize("model", [MODEL, replace(MODEL, edition=1)])
def test_what_advice_rests_on_is_fitted_anew_after_any_change(shop, monkeypatch, model):
    monkeypatch.setattr(refits, "ADVISING", (MODEL,))
    refits.asked_for.set()
    assert not refits.refit_for_advice()
    assert not refits.asked_for.is_set()
    kept(model=model, days_behind=0, horizon_days=90)  # asked for with other settings alone
    assert not refits.refit_for_advice()
    kept(model=model, days_behind=0)
    assert [asked.question["settings"] for asked in refits.behind_for_advice()] == [{"horizon_days": 28}]
    assert refits.refit_for_advice()
    assert fitted == [28]
    assert refits.behind_for_advice() == []
    assert not refits.refit_for_advice()


def test_what_advice_rests_on_and_the_data_refuse_is_told_and_not_tried_again(shop, monkeypatch):
    def refusing_fit(shop, tell) -> Run:
        fitted.append(0)
        raise NotEnoughData("Too few days.")

    refusing = Model("refusing", "Refusing", 1, refusing_fit, whole_shop)
    monkeypatch.setattr(refits, "ADVISING", (refusing,))
    question = {"members": {}, "settings": {}}
    model_runs.keep_run(data.models_path(), refusing, question, "earlier", data.shop().today, 9, Run({}, {}), 1.0)
    assert fits.why_not_fitted(*refits.behind_for_advice()) is None
    for _ in range(2):
        assert not refits.refit_for_advice()
    assert fits.why_not_fitted(*refits.behind_for_advice()) == "Too few days."
    assert fitted == [0]


def test_what_cannot_be_fitted_does_not_stop_the_others(shop, monkeypatch):
    def refusing_fit(shop, tell) -> Run:
        raise NotEnoughData("Too few days.")

    refusing = Model("refusing", "Refusing", 1, refusing_fit, whole_shop)
    monkeypatch.setattr(refits, "MODELS", (MODEL, refusing))
    kept()
    until = data.shop().today - timedelta(1)
    question = {"members": {}, "settings": {}}
    model_runs.keep_run(data.models_path(), refusing, question, "earlier", until, 9, Run({}, {}), 1.0)
    refits.refit_what_is_due()
    assert fitted == [28]
