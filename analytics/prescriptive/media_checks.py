"""Whether spend was free to show what it does: does it move with the season, does it follow the orders?"""

import math

import numpy as np

from analytics.chance import odds_among_many
from analytics.periods import DAYS_A_YEAR
from analytics.predictive.regression import DAYS_FOR_A_YEAR, HARMONICS
from analytics.prescriptive.media_calendar import Calendar, CalendarFit
from analytics.prescriptive.media_data import MediaHistory

WEEK = 7
FEWEST_WEEKS = 12
FEWEST_FOR_A_WAVE = 180
"""Days: half a year, for a wave of the year to be told from a trend."""
SMALLEST_SPEND = 0.02
"""Of the usual spend, added before logarithms are taken: days without spend have none."""


def season_shares(history: MediaHistory, calendar: Calendar) -> np.ndarray:
    """How much of the moves of each channel's spend goes with trend and season (0–1), by channel.

    Such moves tell nothing: orders would have gone the same way. Of less than two years a single wave is tried.
    """
    days, number = history.days, np.arange(len(history.days))
    columns = [np.ones(len(days)), number / len(days)]
    angle, waves = (
        2 * np.pi * days.day_of_year.to_numpy() / DAYS_A_YEAR,
        HARMONICS if len(days) >= DAYS_FOR_A_YEAR else 1,
    )
    if len(days) >= FEWEST_FOR_A_WAVE:
        columns += [wave(n * angle) for n in range(1, waves + 1) for wave in (np.sin, np.cos)]
    matrix = np.array(columns).T[calendar.counts]
    found = []
    for spend in _logs(history)[:, calendar.counts]:
        effects, *_ = np.linalg.lstsq(matrix, spend, rcond=None)
        moves = float(np.var(spend))
        found.append(1 - float(np.var(spend - matrix @ effects)) / moves if moves > 1e-12 else 0.0)
    return np.clip(found, 0.0, 1.0)


def follows_odds(history: MediaHistory, fit: CalendarFit) -> np.ndarray:
    """The odds that chance alone makes each channel's spend go so with what orders did the week before.

    Spend is held against the spend of the week before and by how much the orders that it acts on were then above what
    calendar and spend explain (Granger 1969). Where the odds are small, part of what looks like an effect may be
    spend that went where orders had been.
    """
    weeks = len(history.days) // WEEK
    if weeks < FEWEST_WEEKS:
        return np.ones(len(history.channels))
    off = _by_week(fit.bounded * (fit.expected > 0) - fit.expected, weeks)
    usual = np.sqrt(np.maximum(_by_week(fit.expected, weeks) * fit.scatter, 1e-9))
    spend, errors = _by_week(_logs(history), weeks) / WEEK, []
    for row, acts in zip(spend, history.acts_on, strict=True):
        above = off[acts].sum(axis=0) / np.sqrt((usual[acts] ** 2).sum(axis=0))
        matrix = np.column_stack([np.ones(weeks - 1), row[:-1], above[:-1]])
        effects, *_ = np.linalg.lstsq(matrix, row[1:], rcond=None)
        left = row[1:] - matrix @ effects
        variance = float(left @ left) / (weeks - 4) * float(np.linalg.pinv(matrix.T @ matrix)[2, 2])
        errors.append(effects[2] / math.sqrt(variance) if variance > 1e-12 else 0.0)
    return odds_among_many(np.array(errors))


def _logs(history: MediaHistory) -> np.ndarray:
    usual = history.spend.mean(axis=1, keepdims=True)
    return np.log(history.spend / usual + SMALLEST_SPEND)


def _by_week(by_day: np.ndarray, weeks: int) -> np.ndarray:
    return by_day[:, -weeks * WEEK :].reshape(len(by_day), weeks, WEEK).sum(axis=2)
