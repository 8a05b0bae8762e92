"""Where a period will end: what is there so far, the days ahead projected, and how wrong such projections were before.

The days ahead are taken to be like the same weekdays of the last four weeks. Where a year of history is there, they
are moved half way by what the same projection was wrong by 52 weeks earlier, which is last year's season. On simulated
shops of three years that takes a third off the error eight months ahead; one month ahead it takes a fifth off it for
shops of 20 orders a day and more, and nothing for those of 4. Last year's season taken whole is better for the largest
shops alone, and eight weeks instead of four for none.

The band comes from the shop's own past: the same projection, made every week of the history for as many days ahead,
against what came. Where the history is too short for eight such stretches one after the other, shorter stretches are
taken, and where it is too short for these, the scatter of single days.

`make proofs` says how often the band holds the end of months, quarters and years of simulated shops. Of delivery days
it holds more, for their past holds a breakdown that the year judged has not. A year cannot be tested on eight of its
like in two years: its errors are those of shorter stretches, and its band holds fewer ends than it claims.
Source: prequential evaluation (Dawid 1984) with conformal ranks (Vovk et al. 2005); the projection is our own choice.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

LEVEL_WEEKS = 4
LEVEL_DAYS = 7 * LEVEL_WEEKS
SEASON_DAYS = 364
SEASON_TRUST = 0.5
"""The power to which last year's ratio is raised."""
LARGEST_SEASON = 4.0
STRETCHES_NEEDED = 8
BAND = 0.8
"""The share of cases in which the end lies inside the band."""
SMALLEST_RATIO = 1e-12
"""Below that share of what came, what was expected was nothing, and is no measure of an error."""
MOST_CAUTION = 1.05
"""How much further out than their share errors are read at most: past stretches overlap, and so are fewer than they
look, but with eight of them the full rank would be the worst that ever was."""
_GRID = np.array([NormalDist().inv_cdf((i + 0.5) / 200) for i in range(200)])


@dataclass(frozen=True, eq=False)
class Outlook:
    """An end value: ``expected``, with ``low`` and ``high`` around it in 80 of 100 cases.

    ``ahead`` is what is expected of the days ahead alone, of the numerator and of the denominator (1 where there is
    none). ``ends`` are equally likely end values; ``basis`` says what they rest on: past, shorter, scatter or none.
    """

    expected: float
    low: float
    high: float
    ahead: tuple[float, float]
    ends: np.ndarray
    basis: str

    def chance_of(self, value: float, *, at_least: bool) -> float:
        """The probability (0–1) that the end is at least, or at most, a value; missing without a band."""
        if not len(self.ends):
            return math.nan
        reached = (self.ends >= value).sum() if at_least else (self.ends <= value).sum()
        return float((reached + 0.5) / (len(self.ends) + 1))


def projected(values: np.ndarray, standing: np.ndarray, days: int) -> np.ndarray:
    """What the days ahead are expected to come to in sum, standing at the end of some days.

    Parameters
    ----------
    values : one per day of the history.
    standing : positions of the days stood on, each at least ``LEVEL_DAYS - 1``; nothing after them is looked at.
    days : how many days ahead.
    """
    plain = _level(values, standing, days)
    before = standing - SEASON_DAYS
    seasonal = (before >= LEVEL_DAYS - 1) & (days <= SEASON_DAYS)
    if not seasonal.any():
        return plain
    expected, came = _level(values, before[seasonal], days), _came(values, before[seasonal], days)
    usable = (expected > 0) & (came > 0)
    ratio = np.where(usable, came / np.where(usable, expected, 1.0), 1.0)
    plain[seasonal] *= np.clip(ratio, 1 / LARGEST_SEASON, LARGEST_SEASON) ** SEASON_TRUST
    return plain


def sum_outlook(values: np.ndarray, elapsed: int, days: int, day_variance: float) -> Outlook:
    """Where a sum will end.

    Parameters
    ----------
    values : one per day, up to the last complete day.
    elapsed : how many of the last days belong to the period.
    days : how many are ahead, at least 1.
    day_variance : of a single day's sum, for histories too short to learn from past projections.

    Raises
    ------
    ValueError : the history is shorter than the four weeks that the level rests on.
    """
    now = _now(values)
    so_far, ahead = float(values[len(values) - elapsed :].sum()), float(projected(values, now, days)[0])
    spread = _scattered(math.sqrt(day_variance * days * (1 + days / LEVEL_DAYS)))
    tested = min(days, _longest_tested(values))
    errors, basis = spread, "scatter"
    if tested:
        origins = _origins(values, tested)
        expected, came = projected(values, origins, tested), _came(values, origins, tested)
        usable = (expected > 0) & (expected > SMALLEST_RATIO * came)
        if ahead > 0 and usable.sum() >= STRETCHES_NEEDED:
            past = ahead * (came[usable] / expected[usable] - 1)
            errors, basis = (past, "past") if tested == days else (_wider(past, spread), "shorter")
    ends = so_far + ahead + np.maximum(errors, -max(ahead, 0.0))
    return _outlook(so_far + ahead, (ahead, 1.0), ends, basis, _stretches(values, tested))


def ratio_outlook(
    top: np.ndarray, bottom: np.ndarray, elapsed: int, days: int, order_variance: float = math.nan
) -> Outlook:
    """Where a ratio of two sums, such as a mean, will end: both sums so far and ahead are combined.

    Parameters
    ----------
    top, bottom : the sums of each day, up to the last complete day.
    elapsed, days : see ``sum_outlook``.
    order_variance : of what a single unit of ``bottom`` contributes; missing where it is not known, and then a history
        too short to learn from gives no band.

    Raises
    ------
    ValueError : the history is shorter than the four weeks that the level rests on.
    """
    now = _now(top)
    above, below = (float(projected(part, now, days)[0]) for part in (top, bottom))
    units = float(bottom[len(bottom) - elapsed :].sum())
    expected = _divided(float(top[len(top) - elapsed :].sum()) + above, units + below)
    tested = min(days, _longest_tested(top, elapsed))
    errors, basis = np.empty(0), "none"
    if below > 0 and order_variance >= 0:
        recent = float(bottom[-LEVEL_DAYS:].sum())
        share = below / (units + below)
        errors = _scattered(share * math.sqrt(order_variance * (1 / below + 1 / recent)))
        basis = "scatter"
    if tested:
        past = _past_errors(top, bottom, elapsed, tested)
        if len(past) >= STRETCHES_NEEDED:
            errors, basis = (past, "past") if tested == days else (_wider(past, errors), "shorter")
    return _outlook(expected, (above, below), expected + errors, basis, _stretches(top, tested))


def even_share(values: np.ndarray, elapsed: int, days: int) -> float:
    """The share (0–1) of a period's sum that an even course has by now, each weekday with its weight."""
    weekly = values[-LEVEL_DAYS:].reshape(LEVEL_WEEKS, 7).mean(axis=0)
    gone, ahead = _weight(weekly[::-1], elapsed), _weight(weekly, days)
    if (weekly < 0).any() or not gone + ahead > 0:
        return elapsed / (elapsed + days)
    return float(gone / (gone + ahead))


def _level(values: np.ndarray, standing: np.ndarray, days: int) -> np.ndarray:
    """The days ahead as the mean of the same weekdays of the last weeks."""
    ahead, back = np.arange(1, 8), 7 * np.arange(1, LEVEL_WEEKS + 1)
    weekly = values[standing[:, None, None] + ahead[None, :, None] - back[None, None, :]].mean(axis=2)
    return days // 7 * weekly.sum(axis=1) + weekly[:, : days % 7].sum(axis=1)


def _came(values: np.ndarray, standing: np.ndarray, days: int) -> np.ndarray:
    """What the days ahead really came to."""
    running = np.concatenate([[0.0], np.cumsum(values)])
    return running[standing + days + 1] - running[standing + 1]


def _past_errors(top: np.ndarray, bottom: np.ndarray, elapsed: int, days: int) -> np.ndarray:
    """How far a ratio ended from where it was expected, in past stretches of as many days gone and ahead."""
    origins = _origins(top, days, elapsed)
    gone = [_came(part, origins - elapsed, elapsed) for part in (top, bottom)]
    ahead = [projected(part, origins, days) for part in (top, bottom)]
    came = [_came(part, origins, days) for part in (top, bottom)]
    usable = (gone[1] + ahead[1] > 0) & (gone[1] + came[1] > 0)
    ended, expected = ((gone[0] + rest[0])[usable] / (gone[1] + rest[1])[usable] for rest in (came, ahead))
    return ended - expected


def _now(values: np.ndarray) -> np.ndarray:
    if len(values) < LEVEL_DAYS:
        raise ValueError(f"values: expected at least {LEVEL_DAYS} days, got {len(values)}")
    return np.array([len(values) - 1])


def _origins(values: np.ndarray, days: int, elapsed: int = 0) -> np.ndarray:
    """Every seventh day of the history on which one could have stood, with all that came afterwards known."""
    return np.arange(len(values) - 1 - days, max(LEVEL_DAYS, elapsed) - 2, -7)


def _longest_tested(values: np.ndarray, elapsed: int = 0) -> int:
    """The most days ahead for which the history holds enough stretches one after the other; 0 where it holds none."""
    return max(0, len(values) - max(LEVEL_DAYS, elapsed)) // STRETCHES_NEEDED


def _stretches(values: np.ndarray, tested: int) -> float:
    """How many stretches one after the other the errors rest on; they overlap, and so are worth no more."""
    return max(1.0, (len(values) - LEVEL_DAYS) / tested) if tested else math.inf


def _outlook(expected: float, ahead: tuple[float, float], ends: np.ndarray, basis: str, stretches: float) -> Outlook:
    if not len(ends) or not math.isfinite(expected):
        return Outlook(expected, math.nan, math.nan, ahead, np.empty(0), "none")
    level = 1.0 if basis == "scatter" else min(MOST_CAUTION, 1 + 1 / stretches)
    high = min(1.0, (1 + BAND) / 2 * level)
    low, high = np.quantile(ends, [1 - high, high])
    return Outlook(expected, float(low), float(high), ahead, ends, basis)


def _scattered(deviation: float) -> np.ndarray:
    return deviation * _GRID


def _wider(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (
        one
        if not len(other) or np.ptp(np.quantile(one, [0.1, 0.9])) >= np.ptp(np.quantile(other, [0.1, 0.9]))
        else other
    )


def _weight(weekly: np.ndarray, days: int) -> float:
    return days // 7 * weekly.sum() + weekly[: days % 7].sum()


def _divided(top: float, bottom: float) -> float:
    return top / bottom if bottom else math.nan
