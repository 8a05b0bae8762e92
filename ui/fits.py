"""Fits of models beside the pages: found again where they were done already, one at a time for each model."""

import hashlib
import inspect
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from filelock import Timeout

import warehouse.model_runs as model_runs
from analytics.descriptive.activity import daily_activity
from analytics.filters import Filters
from analytics.predictive.model import FitCancelled, Model, Run, StoredRun, Tell, as_models_see
from ui import data, jobs
from ui.jobs import Job

STOPPED = "The fit was stopped."
MOST_READ = 24
"""Questions whose newest run is kept in memory once it was read."""
MOST_ENDED = 200
"""Fits that ended without a run which are remembered, so that they are not begun again with every look at a page."""
WAITING = "Waiting for another fit of this model"
WAITS_SECONDS = 0.3
FAULT_SECONDS = 60.0
"""After which a fault that the data did not make, a full disk for one, is no answer any more."""
SAME_SHOP = 0.05
"""Share of the orders by which a shop may differ from what it was."""
TOLD_BY_ROWS = ("members", "has")
"""Of the shop, what nothing but its rows can change: sets, whose members come in any order."""
UNSEEN_SECONDS = 10.0
"""After which a fit that still waits for its turn is given up: whoever tries some filters waits for the last alone."""


@dataclass(frozen=True)
class Wanted:
    """A model for some filters and settings, of the data as this page sees them."""

    path: Path
    model: Model
    filters: Filters
    settings: tuple[tuple[str, Hashable], ...]
    inputs: str

    @property
    def question(self) -> dict[str, Any]:
        """What tells it from others of the same model."""
        return self.model.question(self.filters, dict(self.settings))

    @property
    def key(self) -> tuple[Path, str, int, str]:
        """The same whatever the data are."""
        return self.path, self.model.key, self.model.edition, question_text(self.question)


def question_text(question: Mapping[str, Any]) -> str:
    """The same for questions that ask the same."""
    return orjson.dumps(question, option=orjson.OPT_SORT_KEYS).decode()


_lock = threading.Lock()
_read: OrderedDict[tuple, StoredRun] = OrderedDict()
_fits: OrderedDict[tuple, tuple[str, Job]] = OrderedDict()


def wanted(model: Model, filters: Filters, **settings: Hashable) -> Wanted:
    """A model for some filters and settings, of the data version of this page.

    Raises
    ------
    StoreError : the data cannot be read.
    """
    return Wanted(data.models_path(), model, filters, tuple(sorted(settings.items())), inputs_of(model))


def inputs_of(model: Model) -> str:
    """What tells whether a model would see the same: the stored rows, the shop as models see it, written events."""
    seen = as_models_see(data.shop())
    stated = [(f.name, getattr(seen, f.name)) for f in fields(seen) if f.name not in TOLD_BY_ROWS]
    digest = hashlib.sha256(repr(stated).encode()).hexdigest()[:16]
    return data.inputs_of(model.fit, f"{data.rows_version()} {digest}")


def newest_run(asked: Wanted) -> StoredRun | None:
    """The newest run for it, of whatever data; None where there is none that can be read.

    Raises
    ------
    StoreError : runs cannot be read.
    """
    run_id = model_runs.newest_run_id(asked.path, asked.model, asked.question)
    if run_id is None:
        return None
    with _lock:
        run = _read.get(asked.key)
    if run is None or run.id != run_id:
        run = model_runs.stored_run(asked.path, run_id)
    if run is not None:
        with _lock:
            _read[asked.key] = run
            _read.move_to_end(asked.key)
            while len(_read) > MOST_READ:
                _read.popitem(last=False)
    return run


def fit_of(asked: Wanted, *, again: bool = False) -> Job:
    """The fit under way for it, or that which ended for the same data without a run; begun where there is none.

    What the data refused is refused again, and what was stopped stays so. Other faults pass: a minute later, whoever
    asks begins anew.

    Parameters
    ----------
    again : begin anew what ended without a run.
    """
    with _lock:
        inputs, job = _fits.get(asked.key, ("", None))
        if job is not None and (job.running or (inputs == asked.inputs and _stands(job) and not again)):
            if job.running:
                job.looked_at = time.monotonic()
            return job
        job = jobs.begin(Job(asked.model.title), lambda job: _fitted(asked, job))
        _fits[asked.key] = (asked.inputs, job)
        _fits.move_to_end(asked.key)
        for key in [key for key, (_, other) in _fits.items() if not other.running][: max(0, len(_fits) - MOST_ENDED)]:
            del _fits[key]
        return job


def wait_for_fits(seconds: float) -> None:
    """Wait until no fit is under way, as long as so many seconds."""
    with _lock:
        under_way = [job for _, job in _fits.values() if job.running]
    until = time.monotonic() + seconds
    for job in under_way:
        job.wait(max(0.0, until - time.monotonic()))


def _stands(job: Job) -> bool:
    """Whether an ended fit without a run is the answer."""
    lately = time.monotonic() - job.looked_at < FAULT_SECONDS
    return bool(job.fault) and (job.refused or job.fault == STOPPED or lately)


def is_of_this_shop(known: date, orders: int) -> bool:
    """Whether the shop is still the one that had so many orders up to a day, or nearly.

    An import may put another shop in its place, or the same one with a few orders more or less.
    """
    return abs(_orders_until(known) - orders) <= SAME_SHOP * max(orders, 1)


def why_not_fitted(asked: Wanted) -> str | None:
    """Why there is no run, where a fit of the same data ended without one and that is the answer; None otherwise."""
    with _lock:
        inputs, job = _fits.get(asked.key, ("", None))
        ended = job is not None and not job.running and inputs == asked.inputs and _stands(job)
        return job.fault if ended else None


def fit_under_way(asked: Wanted) -> Job | None:
    """The fit at work for it, which is thereby still waited for; None where there is none, and none is begun."""
    with _lock:
        _, job = _fits.get(asked.key, ("", None))
        if job is None or not job.running:
            return None
        job.looked_at = time.monotonic()
        return job


def stop_fits(seconds: float) -> None:
    """Stop all fits under way at their next step, and wait for that as long as so many seconds.

    No visitor has stopped them: whoever asks for them afterwards begins them anew.
    """
    with _lock:
        under_way = {key: job for key, (_, job) in _fits.items() if job.running}
    for job in under_way.values():
        job.cancel()
    wait_for_fits(seconds)
    with _lock:
        for key, job in under_way.items():
            if _fits.get(key, ("", None))[1] is job and not job.running:
                del _fits[key]


def _fitted(asked: Wanted, job: Job) -> int | None:
    """Fit and keep it, when it is this fit's turn; None where it was stopped, or nobody waits for it any more."""
    try:
        with _turn(asked, job):
            return data.of_newest_version(lambda: _kept(asked, job))
    except _NobodyWaitsError:
        return None
    except FitCancelled:
        job.fault = STOPPED
        return None


def _kept(asked: Wanted, job: Job) -> int:
    """The id of the run of the newest data, fitted now unless another process has done so meanwhile."""
    newest = wanted(asked.model, asked.filters, **dict(asked.settings))
    if newest.path != asked.path:  # another shop was put in its place
        raise FitCancelled
    if (run := newest_run(newest)) is not None and run.inputs == newest.inputs:
        return run.id

    def tell(share: float, doing: str) -> None:
        if job.cancelled():
            raise FitCancelled
        job.tell(share, doing)

    tell(0.0, "Reading the orders")
    began = time.perf_counter()
    run = _run(asked, tell)
    tell(0.99, "Keeping it")
    seconds = time.perf_counter() - began
    known = data.shop().today, _orders_until(data.shop().today)
    return model_runs.keep_run(newest.path, asked.model, asked.question, newest.inputs, *known, run, seconds)


def _run(asked: Wanted, tell: Tell) -> Run:
    fit, filters, given = asked.model.fit, asked.model.matters(asked.filters), dict(asked.settings)
    if "shop" in inspect.signature(fit).parameters:
        given["shop"] = as_models_see(data.shop())
    return data.asked_anew(fit, filters, tell=tell, **given)


def _orders_until(day: date) -> int:
    """How many orders the shop has up to a day."""
    daily = data.answer(daily_activity, Filters(data.shop().days).without_period())
    return int(daily.loc[: pd.Timestamp(day), "orders"].sum())


class _NobodyWaitsError(Exception):
    """Whoever wanted a fit went on to something else before it was its turn."""


class _turn:  # noqa: N801 - read as a word: with _turn(…)
    """Held while a model is fitted: whoever else wants one of the same model waits, here and in other processes."""

    def __init__(self, asked: Wanted, job: Job) -> None:
        self._lock, self._job = model_runs.fitting_lock(asked.path, asked.model), job

    def __enter__(self) -> None:
        while True:
            if self._job.cancelled():
                raise FitCancelled
            if time.monotonic() - self._job.looked_at > UNSEEN_SECONDS:
                raise _NobodyWaitsError
            try:
                self._lock.acquire(timeout=WAITS_SECONDS)
                return
            except Timeout:
                self._job.tell(0.0, WAITING)

    def __exit__(self, *_: object) -> None:
        self._lock.release()
