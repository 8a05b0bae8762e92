"""A forecast by regression on what is known of the days to come: trend, weekday, season of the year and known events.

Effects multiply, because a holiday moves a large shop by more than a small one. They are fitted by Poisson
quasi-likelihood, which asks nothing of the values but that their mean is right and that they are not negative, with a
penalty that keeps effects of which little was seen small. What the last weeks did beyond the fit is carried on, and
fades.
Source: quasi-likelihood (Wedderburn 1974), ridge penalty (Hoerl & Kennard 1970), Fourier terms for the year
(Harvey 1989); the fading correction of the level is our own choice.
"""

import numpy as np
import pandas as pd

from analytics.predictive.history import History

YEAR = 365.25
HARMONICS = 4
DAYS_FOR_A_YEAR = 500
"""From which a season of the year is told from a trend."""
AFTER_EVENT_DAYS = 2
PENALTY = {"weekday": 1.0, "trend": 5.0, "year": 2.0, "event": 8.0}
"""In days of the mean level: how many days that say otherwise outweigh that an effect is nothing."""
MEMORY_DAYS = 28.0
"""Over which the last residuals count for the level."""
FADES_DAYS = 60.0
"""Over which the correction of the level fades."""
MOST_STEPS = 40
KINDS = ("holiday", "promotion")


def regression_forecast(history: History, calendar: pd.DataFrame, horizon: int) -> np.ndarray:
    """The values to be expected of the next days.

    Parameters
    ----------
    calendar : ``known_events``; holidays and promotions to come are used as far as they are written down.
    """
    ahead = history.next_days(horizon)
    days = history.days.append(ahead)
    columns, penalties = _columns(days, len(history.days), calendar)
    known, values = columns[: len(history.days)], np.maximum(history.values, 0.0)
    open_days = ~history.closed[history.days.dayofweek]
    level = values[open_days].mean() if open_days.any() else 0.0
    if level <= 0:
        return np.zeros(horizon)
    effects = _fitted(known[open_days], values[open_days] / level, penalties)
    fitted = level * np.exp(np.clip(columns @ effects, -20, 20))
    lately = _correction(values[open_days], fitted[: len(history.days)][open_days])
    fading = lately ** np.exp(-np.arange(horizon) / FADES_DAYS)
    return np.where(history.closed[ahead.dayofweek], 0.0, fitted[len(history.days) :] * fading)


def _columns(days: pd.DatetimeIndex, known: int, calendar: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """One row per day, and the penalty of each column; the first is the level, which has none."""
    columns, penalties = [np.ones(len(days))], [0.0]
    weekday = days.dayofweek.to_numpy()
    for n in range(7):
        columns.append((weekday == n).astype("float64"))
        penalties.append(PENALTY["weekday"])
    columns.append((np.minimum(np.arange(len(days)), known - 1) - known) / YEAR)  # a trend is not carried on
    penalties.append(PENALTY["trend"])
    if known >= DAYS_FOR_A_YEAR:
        angle = 2 * np.pi * days.dayofyear.to_numpy() / YEAR
        for n in range(1, HARMONICS + 1):
            columns += [np.sin(n * angle), np.cos(n * angle)]
            penalties += [PENALTY["year"] * n] * 2
    for inside in _events(days, known, calendar):
        columns.append(inside)
        penalties.append(PENALTY["event"])
    return np.array(columns).T, np.array(penalties)


def _events(days: pd.DatetimeIndex, known: int, calendar: pd.DataFrame) -> list[np.ndarray]:
    """A column per kind of event, per name that comes again, and for the days after; none that was never seen."""
    meant = calendar[calendar["kind"].isin(KINDS)]
    at = days.to_numpy().astype("M8[D]")
    by_name: dict[tuple[str, str], np.ndarray] = {}
    for event in meant.to_dict("records"):
        start, end = (np.datetime64(pd.Timestamp(event[c]), "D") for c in ("start_date", "end_date"))
        during = (at >= start) & (at <= end)
        after = (at > end) & (at <= end + AFTER_EVENT_DAYS)
        for key, inside in (
            (("kind", event["kind"]), during),
            (("name", event["label"]), during),
            (("after", event["kind"]), after),
        ):
            by_name[key] = by_name.get(key, np.zeros(len(days), dtype=bool)) | inside
    return [inside.astype("float64") for inside in by_name.values() if inside[:known].any()]


def _fitted(columns: np.ndarray, values: np.ndarray, penalties: np.ndarray) -> np.ndarray:
    """Iteratively reweighted least squares; halves a step that makes it worse."""
    effects = np.zeros(columns.shape[1])
    effects[0] = np.log(max(values.mean(), 1e-9))
    loss = _loss(columns, values, effects, penalties)
    for _ in range(MOST_STEPS):
        mean = np.exp(np.clip(columns @ effects, -20, 20))
        slope = columns.T @ (values - mean) - penalties * effects
        curve = (columns * mean[:, None]).T @ columns + np.diag(penalties + 1e-9)
        step = np.linalg.solve(curve, slope)
        for _ in range(20):
            tried = _loss(columns, values, effects + step, penalties)
            if tried <= loss:
                break
            step = step / 2
        effects, gained, loss = effects + step, loss - tried, tried
        if gained < 1e-9 * len(values):
            break
    return effects


def _loss(columns: np.ndarray, values: np.ndarray, effects: np.ndarray, penalties: np.ndarray) -> float:
    linear = np.clip(columns @ effects, -20, 20)
    return float(np.sum(np.exp(linear) - values * linear) + np.sum(penalties * effects**2) / 2)


def _correction(values: np.ndarray, fitted: np.ndarray) -> float:
    """How many times the fit the last weeks brought, drawn to 1 by as many days as are remembered."""
    weight = np.exp(-np.arange(len(values))[::-1] / MEMORY_DAYS)
    prior = MEMORY_DAYS / 4 * fitted[-int(MEMORY_DAYS) :].mean()
    return float((weight @ values + prior) / (weight @ fitted + prior))
