"""Fits beside the pages: begun once, found again, stopped, and told."""

import inspect
import threading
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
import screen
from streamlit.testing.v1 import AppTest

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive.model import Model, Run, StoredRun, whole_shop
from analytics.predictive.models import MODELS
from ui import data, fits
from ui.jobs import Job
from warehouse import events, model_runs, store
from warehouse.errors import StoreError

VIEW = Filters(Period(date(2026, 1, 1), date(2026, 2, 1)))
fitted: list[dict] = []
"""What was fitted, in turn."""
gate = threading.Event()
"""Closed, it keeps a fit from going on."""


def count_fit(orders, shop, filters, tell, least=0) -> Run:
    fitted.append({"members": filters.members, "least": least})
    tell(0.5, "Counting")
    gate.wait(20)
    tell(0.7, "Counting on")
    rows = int(filters.within(orders).filter(orders.revenue >= least).count().execute())
    if rows < 10:
        raise NotEnoughData(f"{rows} orders are too few to count.")
    return Run({"orders": rows}, {"said": pd.DataFrame({"orders": [rows]})})


def event_fit(calendar, tell) -> Run:
    fitted.append({"events": len(calendar)})
    return Run({"events": len(calendar)}, {})


MODEL = Model("count", "Count", 1, count_fit, Filters.without_period, kept=("said",))
EVENTS = Model("events", "Events", 1, event_fit, whole_shop)


@pytest.fixture(autouse=True)
def _forgotten(shop):
    fitted.clear()
    gate.set()
    data._pinned.set(None)


def run_of(model: Model = MODEL, filters: Filters = VIEW, **settings) -> StoredRun | None:
    """The run after the fit that may be needed for it."""
    data.pin_version()
    asked = fits.wanted(model, filters, **settings)
    run = fits.newest_run(asked)
    if run is None or run.inputs != asked.inputs:
        job = fits.fit_of(asked)
        assert job.wait(30)
        assert job.fault is None, job.fault
    return fits.newest_run(asked)


def test_a_fit_is_found_again(shop):
    run = run_of()
    assert run.facts == {"orders": data.shop().orders}
    assert run.data_until == data.shop().today
    assert run_of() is run
    fits._read.clear()
    assert run_of().facts == run.facts
    assert run_of(filters=replace(VIEW, period=Period(date(2025, 1, 1), date(2025, 2, 1)))).id == run.id
    assert len(fitted) == 1


def test_a_setting_that_the_fit_takes_by_itself_asks_nothing_else_when_it_is_named(shop):
    assert run_of(least=0).id == run_of().id
    assert fitted == [{"members": {}, "least": 0}]
    assert run_of().question == {"members": {}, "settings": {"least": 0}}


def test_members_and_settings_are_other_questions(shop):
    everything, north = run_of(), run_of(filters=replace(VIEW, region=("North",)))
    assert run_of(least=2000).facts["orders"] < everything.facts["orders"] > north.facts["orders"]
    assert len(fitted) == 3
    assert fitted[1]["members"] == {"region": ("North",)}


def test_new_data_are_fitted_anew_and_the_older_run_is_found_meanwhile(shop):
    before = run_of()
    store.change_settings(shop, churn_days=77)
    data.pin_version()
    asked = fits.wanted(MODEL, VIEW)
    assert fits.newest_run(asked) is before
    assert before.inputs != asked.inputs
    assert run_of().id > before.id
    assert len(fitted) == 2


def test_what_the_shop_is_called_and_what_its_orders_earn_is_no_news_to_a_model(shop):
    before = run_of()
    store.change_settings(shop, shop_name="Corner", gross_margin=0.317)
    assert data.pin_version()
    assert (data.shop().name, data.shop().gross_margin) == ("Corner", 0.317)
    assert run_of() is before
    store.change_settings(shop, currency="CHF")
    assert run_of().id > before.id
    with store.writing(shop) as connection:
        connection.execute("UPDATE transactions SET revenue = revenue + 1 WHERE rowid = 1")
    run_of()
    assert len(fitted) == 3


def test_models_are_not_shown_what_their_inputs_do_not_tell_apart(shop):
    seen = []

    def spying_fit(shop, tell) -> Run:
        seen.append(shop)
        return Run({}, {})

    store.change_settings(shop, gross_margin=0.317)
    run_of(Model("spying", "Spying", 1, spying_fit, whole_shop))
    assert [(s.name, s.gross_margin, s.currency) for s in seen] == [("", None, data.shop().currency)]
    for model in MODELS:
        assert not {"margins", "assumptions"} & set(inspect.signature(model.fit).parameters)


def test_an_event_written_down_is_news_to_a_model_that_asks_for_them_alone(desk):
    run_of(), run_of(EVENTS)
    seen = run_of(EVENTS).facts["events"]
    events.put_events(desk, [events.Event(date(2026, 1, 3), date(2026, 1, 4), "Fair", "promotion")])
    assert run_of(EVENTS).facts["events"] == seen + 1
    run_of()
    assert [f for f in fitted if "least" in f] == [{"members": {}, "least": 0}]


def test_what_cannot_be_fitted_is_told_and_not_tried_again_before_the_data_change(shop):
    data.pin_version()
    asked = fits.wanted(MODEL, VIEW, least=10**9)
    for _ in range(3):
        job = fits.fit_of(asked)
        assert job.wait(30)
        assert job.fault == "0 orders are too few to count."
    assert len(fitted) == 1
    store.change_settings(shop, churn_days=77)
    data.pin_version()
    assert fits.fit_of(fits.wanted(MODEL, VIEW, least=10**9)).wait(30)
    assert len(fitted) == 2


def at_work(job: Job) -> Job:
    """The same, once it is its turn: of two that are begun the second may come first."""
    while job.doing != "Counting":
        assert not job.wait(0.02)
    return job


def test_whoever_watches_a_fit_begins_none(shop):
    data.pin_version()
    asked = fits.wanted(MODEL, VIEW)
    assert fits.fit_under_way(asked) is None
    gate.clear()
    job = fits.fit_of(asked)
    assert fits.fit_under_way(asked) is job
    gate.set()
    assert job.wait(30)
    assert fits.fit_under_way(asked) is None
    assert len(fitted) == 1


def test_a_fit_can_be_stopped_and_begun_again(shop):
    gate.clear()
    data.pin_version()
    asked = fits.wanted(MODEL, VIEW)
    job = fits.fit_of(asked)
    assert fits.fit_of(asked) is job
    job.cancel()
    gate.set()
    assert job.wait(30)
    assert job.fault == fits.STOPPED
    assert fits.newest_run(asked) is None
    assert fits.fit_of(asked) is job, "whoever stopped it does not get it again by looking"
    again = fits.fit_of(asked, again=True)
    assert again.wait(30)
    assert fits.newest_run(asked).id == again.outcome


def test_of_one_model_one_fit_runs_at_a_time_and_another_model_does_not_wait(shop):
    gate.clear()
    data.pin_version()
    first = at_work(fits.fit_of(fits.wanted(MODEL, VIEW)))
    second = fits.fit_of(fits.wanted(MODEL, VIEW, least=10))
    other = fits.fit_of(fits.wanted(EVENTS, VIEW))
    assert other.wait(30)
    while second.doing != "Waiting for another fit of this model":
        assert not second.wait(0.05)
    assert first.running
    second.cancel()
    assert second.wait(5), "a wait can be stopped, too"
    gate.set()
    assert first.wait(30)
    assert first.fault is None


def test_a_fit_that_waits_is_given_up_when_nobody_looks_any_more(shop, monkeypatch):
    monkeypatch.setattr(fits, "UNSEEN_SECONDS", 0.5)
    gate.clear()
    data.pin_version()
    first, other = at_work(fits.fit_of(fits.wanted(MODEL, VIEW))), fits.wanted(MODEL, VIEW, least=10)
    second = fits.fit_of(other)
    assert second.wait(10)
    assert (second.outcome, second.fault) == (None, None)
    assert first.running, "one that is at work goes on"
    gate.set()
    assert first.wait(30)
    assert fits.fit_of(other).wait(30), "and is begun when it is asked for again"
    assert len(fitted) == 2


def test_another_process_that_fitted_it_meanwhile_is_believed(shop):
    data.pin_version()
    asked = fits.wanted(MODEL, VIEW)
    with model_runs.fitting_lock(asked.path, MODEL):
        job = fits.fit_of(asked)
        elsewhere = Run({"orders": 42}, {})
        known = asked.inputs, data.shop().today, data.shop().orders
        run_id = model_runs.keep_run(asked.path, MODEL, asked.question, *known, elsewhere, 1.0)
    assert job.wait(30)
    assert job.outcome == run_id
    assert not fitted


def test_fits_that_end_with_the_server_are_begun_anew_afterwards(shop):
    gate.clear()
    data.pin_version()
    asked = fits.wanted(MODEL, VIEW)
    job = at_work(fits.fit_of(asked))
    threading.Timer(0.2, gate.set).start()
    fits.stop_fits(30.0)
    assert job.fault == fits.STOPPED
    anew = fits.fit_of(asked)
    assert anew.wait(30)
    assert fits.newest_run(asked).id == anew.outcome


def test_a_disk_that_is_full_is_told_and_tried_again_a_minute_later(shop, monkeypatch):
    def full(*_, **__):
        raise StoreError("The disk is full: free some space.")

    data.pin_version()
    asked = fits.wanted(MODEL, VIEW)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(model_runs, "keep_run", full)
        job = fits.fit_of(asked)
        assert job.wait(30)
    assert job.fault == "The disk is full: free some space."
    assert fits.fit_of(asked) is job, "not at every look"
    monkeypatch.setattr(fits, "FAULT_SECONDS", 0.0)
    again = fits.fit_of(asked)
    assert again.wait(30)
    assert again.fault is None


def a_page(least: int) -> None:
    import streamlit as st
    from test_model_fits import MODEL, VIEW

    from ui import data
    from ui.models import fitted_run

    data.pin_version()
    run = fitted_run(MODEL, VIEW, least=least)
    st.caption(f"orders: {run.facts['orders'] if run else 'none yet'}")


def page_of(least: int = 0) -> AppTest:
    return AppTest.from_function(a_page, default_timeout=30, args=(least,)).run()


def finished(page: AppTest) -> AppTest:
    for _, job in list(fits._fits.values()):
        assert job.wait(30)
    return page.run()


def test_a_page_shows_progress_then_the_run(shop):
    gate.clear()
    page = page_of()
    assert "orders: none yet" in screen.plain_words(page)
    assert [b.label for b in page.button] == ["Stop"]
    assert "the fit goes on and is kept" in screen.plain_words(page)
    gate.set()
    page = finished(page)
    assert f"orders: {data.shop().orders}" in screen.plain_words(page)
    assert not page.button
    assert not page.exception


def test_a_page_shows_an_older_run_as_such_while_the_data_are_fitted_anew(shop):
    run_of(least=0)
    store.change_settings(shop, churn_days=77)
    gate.clear()
    page = page_of()
    assert f"orders: {data.shop().orders}" in screen.plain_words(page)
    assert "the data have changed since" in screen.plain_words(page)
    gate.set()
    assert "the data have changed since" not in screen.plain_words(finished(page))


def test_nothing_of_another_shop_stands_for_one_that_was_put_in_its_place(shop):
    run = run_of()
    store.change_settings(shop, churn_days=77)
    data.pin_version()
    path, today = data.models_path(), data.shop().today
    elsewhere = Run({"orders": 10**6}, {})
    model_runs.keep_run(path, MODEL, run.question, "another shop", today, 10**6, elsewhere, 1.0)
    gate.clear()
    page = page_of()
    assert "orders: none yet" in screen.plain_words(page)
    gate.set()
    assert f"orders: {data.shop().orders}" in screen.plain_words(finished(page))


def test_what_the_data_refuse_is_not_answered_by_an_older_run(shop):
    data.pin_version()
    asked = fits.wanted(MODEL, VIEW, least=10**9)
    known = "earlier data", data.shop().today, data.shop().orders
    model_runs.keep_run(asked.path, MODEL, asked.question, *known, Run({"orders": 77}, {}), 1.0)
    page = finished(page_of(10**9))
    assert "0 orders are too few to count." in screen.plain_words(page)
    assert "orders: none yet" in screen.plain_words(page)
    assert not page.button


def test_a_page_says_why_there_is_no_run(shop):
    page = finished(page_of(10**9))
    assert "0 orders are too few to count." in screen.plain_words(page)
    assert "orders: none yet" in screen.plain_words(page)


def test_a_stopped_fit_is_begun_again_by_a_button(shop):
    gate.clear()
    page = page_of().button[0].click().run()
    gate.set()
    page = finished(page)
    assert "The fit was stopped." in screen.plain_words(page)
    page = finished(screen.press(page, "Fit it now"))
    assert f"orders: {data.shop().orders}" in screen.plain_words(page)
