"""The methods that a forecast is chosen from; each takes a history and says what to expect of the days after it.

The first is the simplest thing that could work: the same weekday of the last week. Statsmodels is loaded with the first
forecast and not before: it takes a second.
"""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from analytics.periods import DAYS_A_YEAR
from analytics.predictive.history import History
from analytics.predictive.regression import DAYS_FOR_A_YEAR, HARMONICS, regression_forecast

Method = Callable[[History, pd.DataFrame, int], np.ndarray]
"""``method(history, calendar, horizon)``: the values to be expected of the next days."""

WEEK = 7
SEASON_DAYS = 365
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


def seasons_and_trend(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """Weekdays, and of two years on the year, by loess (MSTL, Bandara et al. 2021); the rest by a damped trend."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.seasonal import MSTL

    periods = (WEEK, SEASON_DAYS) if len(history.values) >= 2 * SEASON_DAYS else (WEEK,)
    with _quiet():
        found = MSTL(history.values, periods=periods, stl_kwargs={"robust": True}).fit()
        seasons = np.asarray(found.seasonal).reshape(len(history.values), len(periods))
        level = ETSModel(history.values - seasons.sum(axis=1), error="add", trend="add", damped_trend=True)
        ahead = np.asarray(level.fit(disp=False).forecast(horizon))
    return ahead + sum(np.resize(own[-period:], horizon) for own, period in zip(seasons.T, periods, strict=True))


def seasonal_arma(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """Weekday and year as regressors, the rest as ARMA(1, 1): SARIMAX with Fourier terms (Young et al. 1999).

    Six dummies are all the Fourier terms that a week has. By exact likelihood of innovations the fit takes a fifth of
    the time of the state space.
    """
    from statsmodels.tsa.arima.model import ARIMA

    days, known = history.days.append(history.next_days(horizon)), len(history.values)
    columns = [(days.dayofweek == n).astype("float64") for n in range(1, WEEK)]
    if known >= DAYS_FOR_A_YEAR:
        angle = 2 * np.pi * days.dayofyear.to_numpy() / DAYS_A_YEAR
        columns += [wave(n * angle) for n in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)]
    seasons, size = np.array(columns).T, float(np.abs(history.values).mean()) or 1.0
    with _quiet():
        model = ARIMA(history.values / size, exog=seasons[:known], order=(1, 0, 1), trend="c")
        return size * np.asarray(model.fit(method="innovations_mle").forecast(horizon, exog=seasons[known:]))


METHODS: dict[str, Method] = {
    "Same weekday last week": seasonal_naive,
    "Mean of eight weeks": weekday_mean,
    "Regression on calendar and events": regression_forecast,
    "SARIMAX with week and year": seasonal_arma,
    "Exponential smoothing": exponential_smoothing,
    "Theta": theta,
    "MSTL and damped trend": seasons_and_trend,
    "ARIMA(5,1,2)": arima,
}
"""Name on screen → method; the first is what all others have to beat."""
NAIVE = next(iter(METHODS))
MEAN = "Mean of regression, SARIMAX and theta"
TOGETHER = {MEAN: ("Regression on calendar and events", "SARIMAX with week and year", "Theta")}
"""Methods that are the mean of others: unlike in kind, so that they are wrong in different ways (Bates & Granger 1969).

Which ones is fixed beforehand: the best few of a trial would be flattered by having been chosen in it."""
AS_THEY_ARE = {NAIVE, "ARIMA(5,1,2)"}
"""Methods that take each value as it is; all others see days that lie too far out calmed."""


def expected(name: str, history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """What a method expects of the next days: nothing while the shop is shut, and less only where days are.

    All are missing where the method finds no solution for such a history.
    """
    if name in TOGETHER:
        return np.mean([expected(part, history, calendar, horizon) for part in TOGETHER[name]], axis=0)
    try:
        values = METHODS[name](history if name in AS_THEY_ARE else history.calmed(), calendar, horizon)
    except (ArithmeticError, ValueError):  # a matrix that has no inverse is a ValueError
        return np.full(horizon, np.nan)
    least = -np.inf if history.below_nothing else 0.0
    return np.where(history.shut(history.next_days(horizon), calendar), 0.0, np.maximum(values, least))


class _quiet(warnings.catch_warnings):  # noqa: N801 - read as a word: with _quiet()
    """Statsmodels warns of starting values and of fits that stop early; what they are worth, the backtest says."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
