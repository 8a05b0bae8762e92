"""What models said and what came of it, gathered from the runs that were kept and from the orders since."""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

import warehouse.model_runs as model_runs
from analytics.descriptive.activity import daily_activity
from analytics.filters import Filters
from analytics.metrics import metric
from analytics.predictive.forecast_record import ForecastRecord, forecast_record, of_all_members
from analytics.predictive.kept_scores import ChurnHistory, Told, ValueHistory, churn_history, value_history
from analytics.predictive.model import StoredRun
from analytics.predictive.models import CHURN, CUSTOMER_VALUE, FORECAST, MODELS
from analytics.predictive.outcomes import bought_between
from analytics.predictive.states import ModelState, model_state
from ui import data
from ui.data import answer, shop
from ui.fits import inputs_of, is_of_this_shop

MOST_FORECASTS = 120
"""Of a question, the newest that are judged."""
MOST_RUNS = 24
"""Of a model's scores, those that are looked at, spread over all that were kept: most of the newest are not over."""
MOST_HELD = 8
"""Records that are kept in memory, by run and version of the data: a page that warns asks at each look."""
TOLD_IN = {CHURN.key: "scores", CUSTOMER_VALUE.key: "values"}
"""Model → the table in which it says something of each customer."""
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
            found.append((run, model_state(model.title, run, model.edition, inputs_of(model))))
    return found


def record_of_forecasts(run: StoredRun) -> ForecastRecord:
    """The kept forecasts of a run's question against the complete days since."""
    return _record_of_forecasts(run, data.pin_version())


@lru_cache(maxsize=MOST_HELD)
def _record_of_forecasts(run: StoredRun, _version: str) -> ForecastRecord:
    path = data.models_path()
    runs = _kept_of_this_shop(run).head(MOST_FORECASTS)
    made_on = dict(zip(runs["id"], runs["data_until"], strict=True))
    tables = model_runs.kept_tables(path, "forecast", list(made_on))
    kept = {run_id: of_all_members(table) for run_id, table in tables.items()}
    filters = Filters(shop().days, **{d: tuple(m) for d, m in run.question["members"].items()}).without_period()
    daily = answer(daily_activity, filters)
    actual = daily.loc[: pd.Timestamp(shop().today), metric(run.question["settings"]["metric"]).numerator]
    return forecast_record(kept, made_on, actual)


def warnings_of(run: StoredRun) -> tuple[str, ...]:
    """What is wrong with a model by what came of what it said before; nothing where that cannot be told yet."""
    if run.model == FORECAST.key:
        return record_of_forecasts(run).warnings
    if run.model == CHURN.key:
        return next((record.warnings for _, record in history_of_churn(run).over), ())
    return ()


def history_of_churn(run: StoredRun) -> ChurnHistory:
    """The kept chances of a run's question against who did not come back."""
    return _history_of_churn(run, data.pin_version())


@lru_cache(maxsize=MOST_HELD)
def _history_of_churn(run: StoredRun, _version: str) -> ChurnHistory:
    return churn_history((told, bought_since(told) if is_over(told) else None) for told in _told_by(run))


def history_of_values(run: StoredRun) -> ValueHistory:
    """The kept values of a run's question against what customers brought."""
    return _history_of_values(run, data.pin_version())


@lru_cache(maxsize=MOST_HELD)
def _history_of_values(run: StoredRun, _version: str) -> ValueHistory:
    return value_history((told, bought_since(told) if is_over(told) else None) for told in _told_by(run))


def _told_by(run: StoredRun) -> Iterator[Told]:
    """What runs of a question said of customers, newest first, one after the other: all of them are much to hold."""
    runs = _kept_of_this_shop(run).drop_duplicates("data_until")
    spread = runs.iloc[np.unique(np.linspace(0, len(runs) - 1, MOST_RUNS).astype(int))] if len(runs) else runs
    for kept in spread.itertuples():
        tables = model_runs.kept_tables(data.models_path(), TOLD_IN[run.model], [kept.id])
        if (rows := tables.get(kept.id)) is not None and (days := _days_ahead(run, rows)):
            made_on = kept.data_until.date()
            yield Told(made_on, made_on + timedelta(days), rows)


def _kept_of_this_shop(run: StoredRun) -> pd.DataFrame:
    """The runs of a question of which something was kept, newest first, but for those of another shop."""
    runs = model_runs.runs_of(data.models_path(), run.model, run.question)
    own = [is_of_this_shop(r.data_until.date(), r.orders) for r in runs.itertuples()]
    return runs[runs["has_parts"] & np.array(own, dtype=bool)]


def _days_ahead(run: StoredRun, rows: pd.DataFrame) -> int:
    """How many days the scores speak of; none where nobody was scored."""
    if rows.empty:
        return 0
    return int(rows["horizon_days"].iloc[0] if "horizon_days" in rows else run.question["settings"]["horizon_days"])


def is_over(told: Told) -> bool:
    """Whether the days that it speaks of are over."""
    return told.until <= shop().today


def bought_since(told: Told) -> pd.DataFrame:
    """Who bought in the days that it speaks of; see ``bought_between``."""
    return answer(bought_between, first=told.made_on + timedelta(1), last=told.until)
