"""What came of forecasts that were kept, held against what then happened.

A forecast is told to be worse than its baseline, or than the coverage it promised, when chance does that once in twenty
times at most; days that follow each other are not taken for independent (Newey & West 1987).
Source: comparison of two forecasts by their absolute errors (Diebold & Mariano 1995).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats

LEAD_DAYS = 7
"""A day is judged by the newest forecast that was made at least so many days before it."""
FEWEST_DAYS = 28
"""Judged days, below which nothing is said of a forecast."""
LAGS = 7
SURE = 1.645
"""Standard errors beyond which chance goes once in twenty times, to one side."""
WORTH_TELLING = 0.03
"""Of coverage: less is too little to act on, however sure."""
BANDS = {0.80: ("low_80", "high_80"), 0.95: ("low_95", "high_95")}


@dataclass(frozen=True)
class ForecastRecord:
    """How the kept forecasts of one question did.

    ``days`` has one row per judged day: ``day``, ``made_on``, ``ahead`` (days), ``actual``, ``expected``, ``naive`` and
    the ends of the bands. ``forecasts`` has one row per forecast of which at least a day is over, newest first:
    ``run_id``, ``made_on``, ``days``, ``wape``, ``naive_wape``, ``inside_80`` and ``inside_95`` (shares).
    ``warnings`` says what is wrong, if anything is.
    """

    days: pd.DataFrame
    forecasts: pd.DataFrame
    wape: float
    naive_wape: float
    inside: dict[float, float]
    warnings: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The record in words."""
        if not len(self.days):
            return "No day that was forecast is over yet: errors are shown here from the first complete day on."
        days = "1 day" if len(self.days) == 1 else f"{len(self.days):,} days"
        covered = " and ".join(
            f"{formats.percent(held, 0)} in the {formats.percent(promised, 0)} band"
            for promised, held in self.inside.items()
        )
        return (
            f"Over {days} that were forecast at least {LEAD_DAYS} days before, the error was "
            f"{formats.percent(self.wape)} of what came ({formats.percent(self.naive_wape)} for the same weekday of "
            f"the last week known then); {covered} of days."
        )


def forecast_record(
    kept: Mapping[int, pd.DataFrame], made_on: Mapping[int, pd.Timestamp], actual: pd.Series
) -> ForecastRecord:
    """Hold forecasts against what happened.

    Parameters
    ----------
    kept : by run, its forecast: ``day``, ``expected``, ``naive`` (what the baseline said) and the ends of both bands.
    made_on : by run, the last complete day that it knew.
    actual : what happened on each complete day, by day.
    """
    held = [_held(run_id, table, made_on[run_id], actual) for run_id, table in kept.items()]
    held = [table for table in held if len(table)]
    every = pd.concat(held, ignore_index=True) if held else _held(0, _nothing(), pd.NaT, actual)
    forecasts = pd.DataFrame([_of_one(group) for _, group in every.groupby("run_id")])
    due = every[every["ahead"] >= LEAD_DAYS].sort_values(["day", "made_on"])
    days = due.drop_duplicates("day", keep="last").reset_index(drop=True)
    inside = {promised: float(_inside(days, *ends).mean()) if len(days) else np.nan for promised, ends in BANDS.items()}
    return ForecastRecord(
        days.drop(columns="run_id"),
        forecasts.sort_values("made_on", ascending=False, ignore_index=True) if len(forecasts) else forecasts,
        _wape(days, "expected"),
        _wape(days, "naive"),
        inside,
        tuple(_forecast_warnings(days, inside)),
    )


def of_all_members(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a kept forecast that are of everything in view, not of one member of a ``dimension``."""
    return table[table["dimension"] == ""].drop(columns=["dimension", "member"])


def _nothing() -> pd.DataFrame:
    columns = ["day", "expected", "naive", *(end for ends in BANDS.values() for end in ends)]
    return pd.DataFrame(columns=columns).astype({c: "float64" for c in columns[1:]} | {"day": "datetime64[us]"})


def _held(run_id: int, table: pd.DataFrame, made_on: pd.Timestamp, actual: pd.Series) -> pd.DataFrame:
    over = table[table["day"].isin(actual.index)]
    ahead = (over["day"] - made_on).dt.days
    return over.assign(
        run_id=run_id, made_on=made_on, ahead=ahead, actual=actual.reindex(over["day"]).to_numpy(dtype="float64")
    )


def _of_one(held: pd.DataFrame) -> dict[str, object]:
    told = {"run_id": held["run_id"].iloc[0], "made_on": held["made_on"].iloc[0], "days": len(held)}
    errors = {"wape": _wape(held, "expected"), "naive_wape": _wape(held, "naive")}
    return told | errors | {f"inside_{p:.0%}".rstrip("%"): _inside(held, *ends).mean() for p, ends in BANDS.items()}


def _wape(held: pd.DataFrame, column: str) -> float:
    size = held["actual"].abs().sum()
    return float((held["actual"] - held[column]).abs().sum() / size) if size else np.nan


def _inside(held: pd.DataFrame, low: str, high: str) -> pd.Series:
    return held["actual"].between(held[low], held[high])


def _forecast_warnings(days: pd.DataFrame, inside: Mapping[float, float]) -> list[str]:
    if len(days) < FEWEST_DAYS:
        return []
    said = []
    worse = (days["actual"] - days["expected"]).abs() - (days["actual"] - days["naive"]).abs()
    if worse.mean() > SURE * standard_error(worse.to_numpy()) and worse.mean() > 0:
        said.append(
            f"Over {len(days)} days the forecast was farther off than the same weekday of the last week known, beyond "
            "chance: go by that until it is fitted anew."
        )
    for promised, held in inside.items():
        hits = _inside(days, *BANDS[promised]).to_numpy(dtype="float64")
        short = promised - held
        if short > max(WORTH_TELLING, SURE * max(standard_error(hits), _exact_error(promised, len(days)))):
            said.append(
                f"{formats.percent(held, 0)} of {len(days)} days lay inside the {formats.percent(promised, 0)} band: "
                "it is too narrow for what happens now."
            )
    return said


def _exact_error(promised: float, days: int) -> float:
    return float(np.sqrt(promised * (1 - promised) / days))


def standard_error(values: np.ndarray, lags: int = LAGS) -> float:
    """Of a mean of values that follow each other (Newey & West).

    >>> round(standard_error(np.array([1.0, -1.0] * 50), lags=0), 3)
    0.1
    """
    centred = values - values.mean()
    variance = centred @ centred
    for lag in range(1, min(lags, len(values) - 1) + 1):
        variance += 2 * (1 - lag / (lags + 1)) * (centred[lag:] @ centred[:-lag])
    return float(np.sqrt(max(variance, 0.0))) / len(values)
