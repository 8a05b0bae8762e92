"""What models said and what came of it, gathered from the runs that were kept and from the orders since."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

import warehouse.model_runs as model_runs
from analytics.descriptive.activity import daily_activity
from analytics.filters import Filters
from analytics.metrics import metric
from analytics.predictive.forecast_record import ForecastRecord, forecast_record, of_all_members
from analytics.predictive.kept_scores import Told, churn_record
from analytics.predictive.model import StoredRun
from analytics.predictive.models import CHURN, CUSTOMER_VALUE, FORECAST, MODELS
from analytics.predictive.outcomes import bought_between
from analytics.predictive.score_record import ScoreRecord
from analytics.predictive.states import ModelState, model_state
from ui import data
from ui.data import answer, shop

MOST_FORECASTS = 120
"""Of a question, the newest that are judged."""
MOST_RUNS = 24
"""Of a model's scores, the newest that are judged."""
BY_KEY = {model.key: model for model in MODELS}


def fitted_models() -> list[tuple[StoredRun, ModelState]]:
    """The newest run of every question that can be read, newest first, and how it stands.

    Raises
    ------
    StoreError : runs cannot be read.
    """
    path, found = data.models_path(), []
    latest = model_runs.latest_runs(path)
    for row in latest[latest["model"].isin(BY_KEY)].itertuples():
        model = BY_KEY[row.model]
        if (run := model_runs.stored_run(path, row.id)) is not None:
            found.append((run, model_state(model.title, run, model.edition, data.inputs_of(model.fit))))
    return found


def record_of_forecasts(run: StoredRun) -> ForecastRecord:
    """The kept forecasts of a run's question against the complete days since."""
    return _record_of_forecasts(run, data.pin_version())


@lru_cache(maxsize=64)
def _record_of_forecasts(run: StoredRun, _version: str) -> ForecastRecord:
    """Read once for a run and a version of the data: a page that warns of a model asks whenever it is drawn."""
    path = data.models_path()
    tables = model_runs.kept_tables(path, FORECAST.key, run.question, "forecast", MOST_FORECASTS)
    kept = {run_id: of_all_members(table) for run_id, table in tables.items()}
    made_on = {row.id: row.data_until for row in model_runs.runs_of(path, FORECAST.key, run.question).itertuples()}
    filters = Filters(shop().days, **{d: tuple(m) for d, m in run.question["members"].items()}).without_period()
    daily = answer(daily_activity, filters)
    actual = daily.loc[: pd.Timestamp(shop().today), metric(run.question["settings"]["metric"]).numerator]
    return forecast_record(kept, made_on, actual)


def churn_records() -> list[tuple[Told, ScoreRecord]]:
    """The kept chances not to come back whose days are over, newest first, against who did not."""
    return [(told, churn_record(told, bought_since(told))) for told in churn_told() if is_over(told)]


def warnings_of(run: StoredRun) -> tuple[str, ...]:
    """What is wrong with a model by what came of what it said before; nothing where that cannot be told yet."""
    return _warnings_of(run, data.pin_version())


@lru_cache(maxsize=64)
def _warnings_of(run: StoredRun, _version: str) -> tuple[str, ...]:
    if run.model == FORECAST.key:
        return record_of_forecasts(run).warnings
    if run.model == CHURN.key:
        return next((record.warnings for _, record in churn_records()), ())
    return ()


def churn_told() -> list[Told]:
    """The kept chances of customers not to come back, newest first."""
    return _told(CHURN.key, "scores", lambda asked, _: asked["settings"]["horizon_days"])


def values_told() -> list[Told]:
    """The kept values of customers, newest first."""
    return _told(CUSTOMER_VALUE.key, "values", lambda _, rows: int(rows["horizon_days"].iloc[0]))


def _told(key: str, table: str, days: Callable[[Mapping, pd.DataFrame], int]) -> list[Told]:
    """Of each question and each day that was known then, the newest run."""
    path, found = data.models_path(), {}
    runs = model_runs.runs_of(path, key)
    for question in {str(q): q for q in runs["question"]}.values():
        for run_id, rows in model_runs.kept_tables(path, key, question, table, MOST_RUNS).items():
            if len(rows):
                made_on = runs.set_index("id").loc[run_id, "data_until"].date()
                until = made_on + timedelta(days(question, rows))
                found[made_on, until] = Told(made_on, until, rows)
    return sorted(found.values(), key=lambda told: (told.made_on, told.until), reverse=True)


def is_over(told: Told) -> bool:
    """Whether the days that it speaks of are over."""
    return told.until <= shop().today


def bought_since(told: Told) -> pd.DataFrame:
    """Who bought in the days that it speaks of; see ``bought_between``."""
    return answer(bought_between, first=told.made_on + timedelta(1), last=told.until)


def next_until(all_told: list[Told]) -> date | None:
    """When the next of them can be judged."""
    return min((told.until for told in all_told if not is_over(told)), default=None)
