"""What a page shows of a model: the run there is, how far a fit has come, or why there is none."""

from collections.abc import Hashable

import streamlit as st

from analytics.filters import Filters
from analytics.formats import plain
from analytics.periods import day_label
from analytics.predictive.model import Model, StoredRun
from ui import fits
from ui.addresses import PAGES_FOLDER
from ui.fits import Wanted
from ui.jobs import Job
from ui.model_records import warnings_of
from ui.page import note_trouble, said_in_place, say

MODELS_PAGE = PAGES_FOLDER / "predictive/models.py"
LOOKS_AGAIN_SECONDS = 0.7
GOES_ON = "You may leave this page or change the filters; the fit goes on and is kept."
WAITS = "It begins when the one before it is done, if this page is still open."


def fitted_run(model: Model, filters: Filters, **settings: Hashable) -> StoredRun | None:
    """The newest run of a model for the filters and settings; None where there is nothing to show.

    Where there is none of the data in view, a fit is begun beside the page, and its progress or the reason why it
    cannot be is drawn here; an older run of the same shop is returned meanwhile and said to be one. When it is done,
    the page is drawn anew. Where the data cannot be fitted, nothing older stands for them.
    """
    with said_in_place():
        asked = fits.wanted(model, filters, **settings)
        run = fits.newest_run(asked)
        if run is not None and run.inputs == asked.inputs:
            _say_warnings(run)
            return run
        if run is not None and not fits.is_of_this_shop(run.data_until, run.orders):
            run = None
        job = fits.fit_of(asked)
        if job.running and not job.wait(0.05):
            _show_fit(asked, job, run)
        elif job.fault:
            _say_why_not(asked, job)
            if job.refused:
                return None
            if run is not None:
                say(_age(run))
        else:
            st.rerun()
        return run
    return None


def kept_run(model: Model, filters: Filters, **settings: Hashable) -> StoredRun | None:
    """The run of a model of the data in view, where there is one already: nothing is fitted, nothing drawn."""
    with said_in_place():
        asked = fits.wanted(model, filters, **settings)
        run = fits.newest_run(asked)
        return run if run is not None and run.inputs == asked.inputs else None
    return None


def _show_fit(asked: Wanted, job: Job, run: StoredRun | None) -> None:
    """How far a fit is, which is drawn again and again, and a button that stops it, which is not."""
    with st.container(border=True):
        if run is not None:
            st.caption(plain(_age(run)))
        left, right = st.columns([5, 1], vertical_alignment="center")
        right.button("Stop", on_click=job.cancel, disabled=job.cancelled(), key=f"stop-{asked.model.key}")
        with left:
            _watch(asked)


@st.fragment(run_every=LOOKS_AGAIN_SECONDS)
def _watch(asked: Wanted) -> None:
    job = fits.fit_under_way(asked)
    if job is None:
        st.rerun()
    st.progress(job.share, plain(f"{asked.model.title} is being fitted: {job.doing}"))
    st.caption(WAITS if job.doing == fits.WAITING else GOES_ON)


def _say_why_not(asked: Wanted, job: Job) -> None:
    note_trouble(job.fault)
    st.info(plain(job.fault), icon=":material/stop_circle:" if job.fault == fits.STOPPED else ":material/info:")
    if not job.refused:
        st.button(
            "Fit it now", icon=":material/replay:", key=f"fit-{asked.model.key}", on_click=fits.fit_of,
            args=(asked,), kwargs={"again": True},
        )  # fmt: skip


def _say_warnings(run: StoredRun) -> None:
    """What is wrong with the model by what came of what it said before."""
    warnings = warnings_of(run)
    for warning in warnings:
        note_trouble(warning)
        st.warning(plain(warning), icon=":material/warning:")
    if warnings:
        st.page_link(MODELS_PAGE, label="What came of what it said", icon=":material/model_training:")


def _age(run: StoredRun) -> str:
    return (
        f"What is shown below was fitted on {day_label(run.fitted_at.date())}, of data up to "
        f"{day_label(run.data_until)}: the data have changed since."
    )


def say_run(run: StoredRun) -> None:
    """When a run was fitted, of which data, and how long it took."""
    say(f"Fitted {run.fitted_at:%d %b %Y %H:%M} UTC in {run.seconds:.1f} s · data up to {day_label(run.data_until)}")
