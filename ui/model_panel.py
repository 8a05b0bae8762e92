"""The cards of the page about models."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import plain
from analytics.predictive import kept_scores
from analytics.predictive.cards import asked_for, model_card
from analytics.predictive.forecast_record import LEAD_DAYS
from analytics.predictive.model import StoredRun
from analytics.predictive.score_record import DRIFTED, MOVED
from analytics.predictive.states import ModelState
from ui import charts, model_records, model_tables
from ui.data import shop
from ui.page import Card, say, show_chart

Fitted = Sequence[tuple[StoredRun, ModelState]]

HOW_FORECASTS = (
    f"Every forecast is kept. A day is judged once it is over, by the newest forecast made at least {LEAD_DAYS} days "
    "before it. WAPE is the sum of absolute errors over the sum of what came; the baseline is what the same weekday of "
    "the last week known would have said. A warning is given where chance alone does as much once in twenty times at "
    "most; days that follow each other are not taken for independent (Newey & West 1987)."
)
HOW_CHURN = (
    "Every chance is kept. When the days it speaks of are over, it is held against who bought in them. The Brier score "
    "is the mean squared error of the chances; beside it that of one and the same chance for everybody."
)
HOW_VALUE = (
    "Every expected value is kept. When the months it speaks of are over, it is held against what the customers "
    "brought in them, refunds deducted."
)
HOW_DRIFT = (
    "Population stability index of each number that the churn model is told, between the customers scored first and "
    f"last of those kept: below {MOVED} as before, from {DRIFTED} on moved much (Siddiqi 2006)."
)
DRIFTING = (
    "probability", "orders", "revenue", "average_order_value", "satisfaction", "delivery_days", "recency_days",
)  # fmt: skip


def forecasts_and_what_came(shown: Card, fitted: Fitted, filters: Filters) -> None:
    """The kept forecasts of one question against the days since."""
    runs = _runs_of("forecast", fitted)
    if not runs:
        raise NotEnoughData(
            "No forecast has been made yet: open the Revenue forecast page, and it is kept from then on."
        )
    run = _one_of(runs, "Forecast of", "forecast-of")
    record = model_records.record_of_forecasts(run)
    say(record.sentence)
    for warning in record.warnings:
        st.warning(warning, icon=":material/warning:")
    if len(record.days):
        key = str(run.question["settings"]["metric"])
        show_chart(charts.record_lines(record, key, shop()), "record-lines", record.sentence)
        model_tables.forecasts_table(record.forecasts)
        shown.explain(HOW_FORECASTS, record.days, filters)


def churn_said_and_seen(shown: Card, fitted: Fitted, filters: Filters) -> None:
    """Kept chances not to come back against who did not."""
    runs = _runs_of("churn", fitted)
    if not runs:
        raise NotEnoughData("No chances not to come back have been kept yet: open the Churn page, and they are.")
    run = _one_of(runs, "Churn of", "churn-of")
    history = model_records.history_of_churn(run)
    sentence = kept_scores.churn_sentence(history.rows, history.next_until)
    say(sentence)
    if not history.over:
        return
    _, newest = history.over[0]
    for warning in newest.warnings:
        st.warning(warning, icon=":material/warning:")
    show_chart(charts.said_and_seen(newest), "said-and-seen", sentence)
    shown.explain(HOW_CHURN, history.rows, filters)


def value_said_and_brought(shown: Card, fitted: Fitted, filters: Filters) -> None:
    """Kept values of customers against what they brought."""
    runs = _runs_of("customer_value", fitted)
    if not runs:
        raise NotEnoughData("No customer values have been kept yet: open the Customer value page, and they are.")
    history = model_records.history_of_values(_one_of(runs, "Value of", "value-of"))
    say(kept_scores.value_sentence(history.rows, history.next_until, shop()))
    if len(history.rows):
        model_tables.values_table(history.rows, shop())
        shown.explain(HOW_VALUE, history.rows, filters)


def customers_then_and_now(shown: Card, fitted: Fitted, filters: Filters) -> None:
    """How far the customers that are scored have moved between the first and the last kept run of a question."""
    runs = _runs_of("churn", fitted)
    history = model_records.history_of_churn(runs[0]) if runs else None
    if history is None or history.first is None:
        number = "on one day alone" if runs else "on no day yet"
        raise NotEnoughData(f"Churn was scored {number}: it takes two to see how far customers have moved.")
    before, now = history.first, history.last
    rows = kept_scores.drift_rows(before.rows, now.rows, DRIFTING)
    say(kept_scores.drift_sentence(rows, before.made_on, now.made_on))
    model_tables.drift_table(rows)
    shown.explain(HOW_DRIFT, rows, filters)


def model_card_to_read(fitted: Fitted) -> None:
    """The card of a fit, to read and to keep."""
    if not fitted:
        raise NotEnoughData("There is no model yet: open a page of forecasts, churn or customer value.")
    titles = {run.id: state.title for run, state in fitted}
    run = _one_of([run for run, _ in fitted], "Model", "card-of", titles)
    card = partial(model_card, titles[run.id], run, shop().name)
    st.download_button(
        "Download", card, f"model-card-{run.model}-{run.id}.md", "text/markdown", key="card-file", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip
    with st.container(height=420, border=False):
        st.markdown(_smaller(card(plain)))


def _one_of(runs: Sequence[StoredRun], label: str, key: str, titles: dict[int, str] | None = None) -> StoredRun:
    named = {f"{titles[r.id]} · {asked_for(r.question)}" if titles else asked_for(r.question): r for r in runs}
    return named[st.selectbox(label, list(named), key=key)]


def _runs_of(model: str, fitted: Fitted) -> list[StoredRun]:
    return [run for run, _ in fitted if run.model == model]


def _smaller(text: str) -> str:
    """A document's headings are smaller inside a card."""
    return text.replace("\n## ", "\n##### ").replace("# Model card", "#### Model card", 1)
