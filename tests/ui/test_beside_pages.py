"""What the server does beside the pages goes on, whatever breaks in one of its tasks."""

import logging

import pytest

from ui import beside_pages
from ui.data import DamagedCopyError
from warehouse.errors import StoreError


class EnoughError(BaseException):
    """Ends the rounds of a test."""


@pytest.mark.parametrize(
    "fault", [StoreError("The disk is full."), DamagedCopyError("x"), AttributeError("[] has no get")]
)
def test_a_task_that_fails_does_not_end_the_others(monkeypatch, caplog, fault):
    done, rounds = [], []

    def broken() -> None:
        raise fault

    def slept(_seconds: float) -> None:
        rounds.append(1)
        if len(rounds) > 2:
            raise EnoughError

    monkeypatch.setattr(beside_pages, "judge_new_days", broken)
    monkeypatch.setattr(beside_pages, "prepare_marks", broken)
    monkeypatch.setattr(beside_pages, "refit_what_is_due", lambda: done.append(1))
    monkeypatch.setattr(beside_pages.time, "sleep", slept)
    with caplog.at_level(logging.WARNING), pytest.raises(EnoughError):
        beside_pages._keep_working()
    assert len(done) == 2
    assert "New days were not judged" in caplog.text


def test_whoever_waits_for_advice_is_heard_and_what_breaks_does_not_end_it(monkeypatch, caplog):
    done = []

    def prepare() -> None:
        done.append(1)
        if len(done) == 1:
            raise AttributeError("[] has no get")
        raise EnoughError

    monkeypatch.setattr(beside_pages, "prepare_advice", prepare)
    monkeypatch.setattr(beside_pages.time, "sleep", lambda _seconds: None)
    beside_pages.asked_for.set()
    with caplog.at_level(logging.WARNING), pytest.raises(EnoughError):
        beside_pages._keep_advising()
    beside_pages.asked_for.clear()
    assert "Nothing was advised" in caplog.text


def test_a_fit_that_advice_waits_for_is_followed_by_advice(monkeypatch):
    done = []

    def refit() -> bool:
        done.append(1)
        if len(done) == 1:
            return True
        raise EnoughError

    monkeypatch.setattr(beside_pages.refits, "refit_for_advice", refit)
    beside_pages.refits.asked_for.set()
    beside_pages.asked_for.clear()
    with pytest.raises(EnoughError):
        beside_pages._keep_fitting_for_advice()
    assert beside_pages.asked_for.is_set()
    beside_pages.asked_for.clear()
    beside_pages.refits.asked_for.clear()
