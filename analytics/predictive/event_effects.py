"""What holidays and promotions did, by the regression, and what those to come bring to a forecast."""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.predictive.history import History
from analytics.predictive.regression import KINDS, fitted_regression

COLUMNS = ("label", "kind", "seen", "days", "effect", "effect_low", "effect_high", "added", "added_low", "added_high")


def event_effects(history: History, calendar: pd.DataFrame, expected: np.ndarray) -> pd.DataFrame:
    """What each named event does to a day, and what it brings within the days forecast.

    Parameters
    ----------
    calendar : ``known_events``.
    expected : what is forecast of each of the next days, events included.

    Returns
    -------
    One row per name of events on a known day, those to come first and by what they bring: ``label``, ``kind``,
    ``seen`` (days known), ``days`` (to come within the forecast), ``effect`` (mean change of a day, −1 and up; on the
    days to come where there are any), ``added`` (to the forecast, in the metric's unit; missing where it has none),
    each with its 95 % range. The effect of a name is that of its kind, its own, its course and the days after it.
    """
    horizon = len(expected)
    fit = fitted_regression(history.calmed(), calendar, horizon)
    known, columns = len(history.days), fit.design.columns
    rows: list[dict[str, Hashable]] = []
    meant = calendar[calendar["kind"].isin(KINDS)].drop_duplicates(["label", "kind"])
    names = fit.design.keys
    for label, kind in meant[["label", "kind"]].itertuples(index=False):
        if ("name", label) not in names:
            continue
        inside = columns[:, names.index(("name", label))] > 0
        after = columns[:, names.index(("after", label))] > 0 if ("after", label) in names else inside
        told = np.where(inside[known:].any(), np.arange(len(inside)) >= known, True) & inside
        own = columns * fit.design.of_event(label, kind) * (inside | after)[:, None]
        ahead = own[known:]
        effect, of_effect = float(np.mean(own[told] @ fit.effects)), own[told].mean(axis=0)
        spread = NORMAL_95 * float(np.sqrt(of_effect @ fit.covariance @ of_effect))
        row = {"label": label, "kind": kind, "seen": int(inside[:known].sum()), "days": int(inside[known:].sum())}
        row |= dict(zip(COLUMNS[4:7], np.expm1([effect, effect - spread, effect + spread]), strict=True))
        usual = expected * np.exp(-ahead @ fit.effects)
        added, slope = float((expected - usual).sum()), (usual * np.exp(ahead @ fit.effects)) @ ahead
        reach = NORMAL_95 * float(np.sqrt(slope @ fit.covariance @ slope))
        ends = (added, added - reach, added + reach) if (inside | after)[known:].any() else (np.nan,) * 3
        rows.append(row | dict(zip(COLUMNS[7:], ends, strict=True)))
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.sort_values(["added", "effect"], key=lambda of: of.abs(), ascending=False, ignore_index=True)
