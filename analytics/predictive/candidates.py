"""The methods that a forecast is chosen from; each takes a history and says what to expect of the days after it.

The first is the simplest thing that could work: the same weekday of the last week. Statsmodels is loaded with the first
forecast and not before: it takes a second.
"""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics.predictive.history import History
from analytics.predictive.regression import regression_forecast

Method = Callable[[History, pd.DataFrame, int], np.ndarray]
"""``method(history, calendar, horizon)``: the values to be expected of the next days."""

WEEK = 7
WEEKS_OF_MEAN = 8


def seasonal_naive(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """The same weekday of the last week, again and again."""
    return np.resize(history.values[-WEEK:], horizon)


def weekday_mean(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """The mean of the same weekday over eight weeks."""
    weeks = min(WEEKS_OF_MEAN, len(history.values) // WEEK)
    return np.resize(history.values[-WEEK * weeks :].reshape(weeks, WEEK).mean(axis=0), horizon)


def exponential_smoothing(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """Level, damped trend and weekdays, each smoothed (Holt & Winters; Gardner 1985)."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with _quiet():
        model = ExponentialSmoothing(
            history.values, trend="add", damped_trend=True, seasonal="add", seasonal_periods=WEEK
        )
        return np.asarray(model.fit().forecast(horizon))


def theta(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """The mean of a straight line and a smoothed level, beside weekdays (Assimakopoulos & Nikolopoulos 2000)."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    with _quiet():
        series = pd.Series(history.values, history.days)
        return ThetaModel(series, period=WEEK, deseasonalize=True, method="additive").fit().forecast(horizon).to_numpy()


def arima(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """ARIMA(5, 1, 2) of the values as they are."""
    from statsmodels.tsa.arima.model import ARIMA

    with _quiet():
        return np.asarray(ARIMA(history.values, order=(5, 1, 2)).fit().forecast(horizon))


def seasonal_and_trend(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """Weekdays by loess (STL, Cleveland et al. 1990), the rest by a smoothed level with a damped trend."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.forecasting.stl import STLForecast

    with _quiet():
        series = pd.Series(history.values, history.days)
        asked = {"error": "add", "trend": "add", "damped_trend": True}
        model = STLForecast(series, ETSModel, model_kwargs=asked, period=WEEK, robust=True)
        return model.fit(fit_kwargs={"disp": False}).forecast(horizon).to_numpy()


METHODS: dict[str, Method] = {
    "Same weekday last week": seasonal_naive,
    "Mean of eight weeks": weekday_mean,
    "Regression on calendar and events": regression_forecast,
    "Exponential smoothing": exponential_smoothing,
    "Theta": theta,
    "STL and damped trend": seasonal_and_trend,
    "ARIMA(5,1,2)": arima,
}
"""Name on screen → method; the first is what all others have to beat."""
NAIVE = next(iter(METHODS))


def expected(name: str, history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """What a method expects of the next days: nothing on weekdays on which the shop is closed, and never less."""
    values = METHODS[name](history, calendar, horizon)
    closed = history.closed[history.next_days(horizon).dayofweek]
    return np.where(closed, 0.0, np.maximum(values, 0.0))


class _quiet(warnings.catch_warnings):  # noqa: N801 - read as a word: with _quiet()
    """Statsmodels warns of starting values and of fits that stop early; what they are worth, the backtest says."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
