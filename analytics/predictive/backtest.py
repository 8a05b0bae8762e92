"""How well methods would have forecast: again and again from a day in the past, always with what was known then."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.predictive.candidates import METHODS, NAIVE, TOGETHER, WEEK, expected
from analytics.predictive.history import History
from analytics.predictive.model import Tell

ORIGINS = 8
FEWEST_ORIGINS = 6
FEWEST_DAYS_BEFORE = 56
"""Known before the first of the days forecast from."""
FEWEST_DAYS_TRIED = FEWEST_DAYS_BEFORE + 2 * WEEK
"""With which a week ahead can be tried."""
GAP_DAYS = 28
"""Between the days forecast from, at most: forecasts of a long horizon overlap."""


@dataclass(frozen=True)
class Backtest:
    """``errors`` has, by method, a row per origin and a column per day ahead: actual less expected.

    ``expected`` has the forecasts themselves, ``actual`` what happened; ``seconds`` what a forecast took.
    """

    errors: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]
    actual: np.ndarray
    origins: pd.DatetimeIndex
    scale: float
    """Mean absolute error of the same weekday a week before, within the history (for MASE)."""
    seconds: dict[str, float]

    @property
    def criterion(self) -> str:
        """The score that methods are chosen by: ``wape``, or ``rmse`` where most days bring nothing.

        Of such days the least absolute error is had by always expecting nothing, which is no forecast of their sum; the
        squared error is least for the mean.
        """
        return "wape" if np.median(self.actual) > 0 else "rmse"

    def scores(self) -> pd.DataFrame:
        """Best first: ``wape``, ``mase``, ``rmse``, ``bias`` (mean error over mean value) and ``seconds`` by method.

        WAPE = Σ|error| ÷ Σ|actual|; MASE = mean |error| ÷ ``scale`` (Hyndman & Koehler 2006).
        """
        size = np.abs(self.actual).sum()
        rows = {
            name: {
                "wape": np.abs(errors).sum() / size if size else np.nan,
                "mase": np.abs(errors).mean() / self.scale if self.scale else np.nan,
                "rmse": float(np.sqrt(np.mean(errors**2))),
                "bias": -errors.sum() / abs(self.actual.sum()) if self.actual.sum() else np.nan,
                "seconds": self.seconds[name],
            }
            for name, errors in self.errors.items()
        }
        return (
            pd.DataFrame.from_dict(rows, orient="index")
            .rename_axis("method")
            .sort_values(self.criterion, kind="stable")
        )

    def best(self) -> str:
        """The method of the least error; the naive one where none is better."""
        scores = self.scores()[self.criterion]
        return scores.index[0] if scores.iloc[0] < scores[NAIVE] else NAIVE

    def until(self, day: pd.Timestamp) -> "Backtest":
        """What of it was known on a day: the forecasts whose last day had passed by then."""
        horizon = self.actual.shape[1]
        over = np.asarray(self.origins + pd.Timedelta(days=horizon) <= day)
        kept = [{name: rows[over] for name, rows in of.items()} for of in (self.errors, self.expected)]
        return Backtest(*kept, self.actual[over], self.origins[over], self.scale, self.seconds)


def backtest(
    history: History,
    calendar: pd.DataFrame,
    horizon: int,
    methods: tuple[str, ...] = tuple(METHODS),
    tell: Tell = lambda share, doing: None,
) -> Backtest:
    """Forecast from several days in the past, each time with what was known before it.

    Parameters
    ----------
    calendar : ``known_events``: of holidays and promotions one knows beforehand.
    horizon : days ahead.

    Raises
    ------
    ValueError : a horizon of less than a day, or an unknown method.
    NotEnoughData : fewer than six origins fit into the history.
    """
    if horizon < 1:
        raise ValueError(f"horizon: expected at least one day, got {horizon}")
    if unknown := set(methods) - set(METHODS):
        raise ValueError(f"methods: expected some of {', '.join(METHODS)}, got {', '.join(sorted(unknown))}")
    known = origins(len(history.values), horizon)
    actual = np.array([history.values[n : n + horizon] for n in known])
    forecasts: dict[str, np.ndarray] = {}
    seconds: dict[str, float] = {}
    tried = list(dict.fromkeys([NAIVE, *methods]))
    for place, name in enumerate(tried):
        rows = []
        started = time.perf_counter()
        for step, n in enumerate(known):
            tell((place + step / len(known)) / len(tried), f"trying {name} on the past")
            rows.append(expected(name, history.up_to(n), calendar, horizon))
        forecasts[name], seconds[name] = np.array(rows), (time.perf_counter() - started) / len(known)
    for name, parts in TOGETHER.items():
        if set(parts) <= set(tried):
            forecasts[name] = np.mean([forecasts[part] for part in parts], axis=0)
            seconds[name] = sum(seconds[part] for part in parts)
    errors = {name: actual - forecast for name, forecast in forecasts.items()}
    scale = float(np.mean(np.abs(history.values[WEEK:] - history.values[:-WEEK])))
    return Backtest(errors, forecasts, actual, history.days[[n - 1 for n in known]], scale, seconds)


def origins(days: int, horizon: int) -> list[int]:
    """How many days are known at each origin, the last of which ends with the history."""
    last = days - horizon
    room = last - FEWEST_DAYS_BEFORE
    step = min(GAP_DAYS, room // (ORIGINS - 1)) if room > 0 else 0
    known = [last - step * n for n in range(ORIGINS - 1, -1, -1)] if step >= 1 else []
    if len(known) < FEWEST_ORIGINS:
        helps = "choose a shorter horizon" if days >= FEWEST_DAYS_TRIED else "a longer history would tell"
        raise NotEnoughData(
            f"{days} days are too few to try a forecast of {horizon} days from {FEWEST_ORIGINS} days in the past: "
            f"{helps}."
        )
    return known
