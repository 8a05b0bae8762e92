"""What the server fits anew by itself: models of the whole shop that know less days than there are."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

import warehouse.model_runs as model_runs
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


def test_what_cannot_be_fitted_does_not_stop_the_others(shop, monkeypatch):
    from analytics.errors import NotEnoughData

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
