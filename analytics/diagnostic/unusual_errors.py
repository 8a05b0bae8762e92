"""How far days lie from their usual, looked back upon, and how rarely chance does as much where many are looked at.

Source: median absolute deviation as a scale (Hampel 1974); false discovery rate (Benjamini & Hochberg 1995), of weeks;
judging temporary levels by the one before, and days together, are our own choice.
"""

from dataclasses import replace

import numpy as np

from analytics.descriptive.alert_odds import chance_below
from analytics.descriptive.level_shifts import LASTING_DAYS
from analytics.descriptive.usual import Usual
from analytics.metrics import Metric

LEAST_ORDERS = 5.0
"""That a weekday usually has to be judged alone: of fewer one more is no news, and a weekday without any is closed."""
LEAST_BEHIND_MEAN = 5.0
"""That must stand behind a mean on the day itself: that of two deliveries is no normal deviate."""
WINDOWS = {3: 2, 7: 4}
"""Days judged together besides, and how many of them must clearly lie to one side: one does not speak for all."""
MOST_ERRORS = {3: 4.0, 7: 2.5}
"""Standard errors of one of them that count at most: a wild day is told alone, and does not take quiet ones along."""
LEAST_ORDERS_TOGETHER = 15.0
"""That these days usually have together."""
ONE_SIDE = 1.0
"""Standard errors from which a day clearly lies to one side."""
WEEKS_OF_VOLUME = 4
LEAST_SCALE = 1.0
"""Standard errors are never taken to be smaller than chance makes them."""
MAD_TO_DEVIATION = 1.4826
"""Of normal deviates: from their median absolute deviation to their standard deviation."""
LONGEST_INCIDENT = 28
"""Days after which a level that comes back was none of an incident, but a season of its own."""


def where_enough(measured: Metric, parts: dict[str, np.ndarray], errors: np.ndarray) -> np.ndarray:
    """The errors of days whose weekday had orders enough in the weeks before; of means, that have enough themselves."""
    orders = parts["orders"]
    usual = np.mean([np.roll(orders, 7 * week, axis=1) for week in range(1, WEEKS_OF_VOLUME + 1)], axis=0)
    usual[:, : 7 * WEEKS_OF_VOLUME] = 0
    enough = usual >= LEAST_ORDERS
    if measured.denominator:
        enough &= parts[measured.denominator] >= LEAST_BEHIND_MEAN
    return np.where(enough, errors, np.nan)


def of_windows(length: int, orders: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Each day and those before it in a window taken together; nothing where they do not lie to one side."""
    seen = _trailing(~np.isnan(errors) * 1.0, length)
    usual = np.mean([np.roll(orders, 7 * week, axis=1) for week in range(1, WEEKS_OF_VOLUME + 1)], axis=0)
    usual[:, : 7 * WEEKS_OF_VOLUME] = 0
    total = _trailing(np.nan_to_num(np.clip(errors, -MOST_ERRORS[length], MOST_ERRORS[length])), length)
    with np.errstate(invalid="ignore"):
        sides = [_trailing((side * errors > ONE_SIDE) * 1.0, length) for side in (1, -1)]
    clear = np.where(total > 0, *sides) >= WINDOWS[length]
    enough = (seen >= WINDOWS[length]) & (_trailing(usual, length) >= LEAST_ORDERS_TOGETHER)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(enough, np.where(clear, total, 0.0) / np.sqrt(seen), np.nan)


def _trailing(daily: np.ndarray, length: int) -> np.ndarray:
    """Sums over each day and those before it in a window, fewer at the beginning."""
    sums = np.cumsum(daily, axis=1)
    return sums - np.concatenate([np.zeros((len(sums), length)), sums[:, :-length]], axis=1)


def looked_back(usual: Usual) -> Usual:
    """The same with levels that moved and came back within weeks taken for what they were: not the usual.

    Until a week after the return, while the weekdays are learnt again, a day is held against its weekday before.
    """
    centre, spread, moved = usual.centre.copy(), usual.spread.copy(), usual.moved.copy()
    for row in range(len(moved)):
        for start, back in _excursions(moved[row]):
            week = np.arange(start - LASTING_DAYS - 7, start - LASTING_DAYS)
            days = np.arange(start, min(back + 7, moved.shape[1]))
            same_weekday = week[(days - week[0]) % 7]
            centre[row, days], spread[row, days] = centre[row, same_weekday], spread[row, same_weekday]
            moved[row, start:back] = moved[row, start - 1]
    return replace(usual, centre=centre, spread=spread, moved=moved)


def _excursions(moved: np.ndarray) -> list[tuple[int, int]]:
    """From which day to before which the level was away, of all that came back, maybe by steps, within weeks."""
    jumps = np.flatnonzero(np.diff(moved)) + 1
    found, free_from = [], LASTING_DAYS + 7
    for n, start in enumerate(jumps):
        before = moved[start - 1]
        for back in jumps[n + 1 :]:
            if start < free_from or back - start > LONGEST_INCIDENT:
                break
            if abs(moved[back] - before) < np.abs(moved[start:back] - before).max() / 2:
                found.append((int(start), int(back)))
                free_from = back + 1
                break
    return found


def robust(errors: np.ndarray) -> np.ndarray:
    """In robust standard errors of each series: days that scatter more than they were taken to are no incidents."""
    with np.errstate(invalid="ignore"):
        middle = _median(errors)
        scale = MAD_TO_DEVIATION * _median(np.abs(errors - middle[:, None]))
    return errors / np.fmax(scale, LEAST_SCALE)[:, None]


def _median(errors: np.ndarray) -> np.ndarray:
    some = ~np.isnan(errors).all(axis=1)
    found = np.zeros(len(errors))
    found[some] = np.nanmedian(errors[some], axis=1)
    return found


def odds_of_weeks(*looks: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """How often chance does as much, adjusted: what is looked at of the shop is one family, of members another.

    An incident of weeks is seen in dozens of days and windows; counted as so many discoveries it would make room for as
    many false ones. So weeks of each series are what is discovered, each by its surest look, raised for being one of
    many looks within it.
    """
    odds = [{key: np.full(of.shape, np.nan) for key, of in look.items()} for look in looks]
    for rows in (slice(0, 1), slice(1, None)):
        chance = [{key: _by_chance(of[rows]) * 7 * len(looks) for key, of in look.items()} for look in looks]
        weeks = np.concatenate([_surest_of_weeks([look[key] for look in chance]) for key in looks[0]])
        if not len(weeks):
            continue
        weeks = np.sort(weeks)
        adjusted = np.minimum.accumulate((weeks * len(weeks) / np.arange(1, len(weeks) + 1))[::-1])[::-1]
        adjusted = np.minimum(np.append(adjusted, 1.0), 1.0)
        for of, found in zip(chance, odds, strict=True):
            for key, looked in of.items():
                found[key][rows] = np.where(np.isnan(looked), np.nan, adjusted[np.searchsorted(weeks, looked)])
    return odds


def _by_chance(errors: np.ndarray) -> np.ndarray:
    """The probability that chance alone deviates so far to either side; missing where nothing was looked at."""
    return np.where(np.isnan(errors), np.nan, 2 * chance_below(-np.abs(errors)))


def _surest_of_weeks(looks: list[np.ndarray]) -> np.ndarray:
    """The smallest probability of each week of each series in which anything was looked at."""
    rows, days = looks[0].shape
    padded = [np.pad(look, ((0, 0), (-days % 7, 0)), constant_values=np.nan) for look in looks]
    by_week = np.concatenate([look.reshape(rows, -(-days // 7), 7) for look in padded], axis=2)
    surest = np.fmin.reduce(by_week, axis=2).ravel()
    return np.minimum(surest[~np.isnan(surest)], 1.0)


def beyond_the_shop(usual: Usual) -> np.ndarray:
    """By how many standard errors each series lay off what it would have been, had it moved as the shop did."""
    seen, centre = usual.followed.seen, usual.centre
    if usual.followed.scale in ("count", "root"):
        with np.errstate(divide="ignore", invalid="ignore"):
            like = centre * (seen[:1] / centre[:1])
    else:
        like = centre + (seen[:1] - centre[:1])
    return (seen - like) / usual.spread
