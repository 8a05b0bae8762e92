"""What a plan of whom to contact stands on: what can be said before any fit, and the runs of its two models."""

import streamlit as st

from analytics.descriptive.needs import need_customers
from analytics.filters import Filters
from analytics.predictive.churn import CHURN
from analytics.predictive.customer_value import CUSTOMER_VALUE
from analytics.predictive.model import StoredRun
from analytics.prescriptive.campaigns import Measurements, measured_offers
from analytics.prescriptive.retention import margin_to_plan_by, need_room
from ui.data import answer, shop
from ui.models import fitted_run, kept_run
from ui.page import said_in_place
from ui.retention_choices import choose_counted


def need_named_customers() -> None:
    """End the page where no order names its customer, and say what to add."""
    if "customer_key" not in shop().has:
        with said_in_place():
            need_customers(shop())
        st.stop()


def is_possible(filters: Filters, budget: float | None, capacity: int | None, **_: object) -> bool:
    """Whether there can be a plan, for all that is known before any model is fitted; if not, why is said."""
    with said_in_place():
        need_room(budget, capacity)
        answer(margin_to_plan_by, filters)
        return True
    return False


def choose_measured_over(churn: StoredRun) -> Measurements:
    """What experiments showed over as many days as are chosen; without an experiment there is nothing to choose."""
    measured = answer(measured_offers, window_days=churn.facts["horizon_days"])
    if not measured.offers:
        return measured
    return answer(measured_offers, window_days=churn.facts["horizon_days"], soon_days=choose_counted())


def runs_of_customers(filters: Filters, possible: bool) -> tuple[StoredRun, StoredRun]:
    """The runs of churn and of customer value; the page ends where one is not there.

    Nobody waits for a fit that no plan can come of.
    """
    run_of = fitted_run if possible else kept_run
    churn, value = run_of(CHURN, filters), run_of(CUSTOMER_VALUE, filters)
    if churn is None or value is None:
        st.stop()
    return churn, value
