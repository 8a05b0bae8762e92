"""The regressions behind elasticities: shares of a day's orders on prices, or one group's orders on the calendar."""

import numpy as np
import pandas as pd

from analytics.periods import DAYS_A_YEAR
from analytics.prescriptive.price_days import PriceDays

DAYS_FOR_A_SEASON = 500
HARMONICS = 2
LAG_DAYS = 28
"""Days over which what the model does not know may go on; about as long as a price stands at the least."""
BEND_DAYS = 91
ROUNDS = 40
RIDGE = 1e-4


def _own_course(days: pd.DatetimeIndex) -> np.ndarray:
    """Level, trend and, of long histories, season of a group."""
    number = np.arange(len(days))
    columns = [np.ones(len(days)), (number - number.mean()) / DAYS_A_YEAR]
    if len(days) >= DAYS_FOR_A_SEASON:
        angle = 2 * np.pi * days.dayofyear.to_numpy() / DAYS_A_YEAR
        columns += [wave(n * angle) for n in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)]
    return np.array(columns).T


def fitted_by_shares(
    prices: PriceDays, fits: list[int], moved: list[bool]
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Elasticity, standard error of each group fitted, the dispersion, the orders expected: all groups at once."""
    offered, course = prices.offered[:, fits], _own_course(prices.days)
    counts = np.where(offered, prices.orders[:, fits], 0.0)
    designs = []
    for place, n in enumerate(fits):
        price = prices.log_price[:, [n]] if moved[place] else np.zeros((len(course), 0))
        own = np.concatenate([course if place else course[:, :0], price], axis=1)
        designs.append(own * offered[:, [place]])
    sizes = np.cumsum([0, *(d.shape[1] for d in designs)])
    places = [slice(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
    total, effects = counts.sum(axis=1, keepdims=True), np.zeros(sizes[-1])
    shares, curve = _shares(designs, places, offered, effects), np.eye(sizes[-1])
    for _ in range(ROUNDS):
        slope = np.concatenate([d.T @ (counts - total * shares)[:, g] for g, d in enumerate(designs)])
        curve = _curve(designs, places, total, shares) + RIDGE * np.eye(sizes[-1])
        step = np.linalg.solve(curve, slope - RIDGE * effects)
        effects = effects + step / max(1.0, np.abs(step).max() / 2)
        shares = _shares(designs, places, offered, effects)
        if np.abs(step).max() < 1e-8:
            break
    scores = np.concatenate([d * (counts - total * shares)[:, [g]] for g, d in enumerate(designs)], axis=1)
    expected = np.where(offered, total * shares, np.nan)
    free = max(np.isfinite(expected).sum() - len(total) - sizes[-1], 1)
    dispersion = float(np.nansum((counts - expected) ** 2 / np.maximum(expected, 1e-9)) / free)
    errors = _errors(np.linalg.inv(curve), scores, dispersion)
    own, error = np.full(len(fits), np.nan), np.full(len(fits), np.inf)
    for g, place in enumerate(places):
        if moved[g]:
            own[g], error[g] = effects[place.stop - 1], errors[place.stop - 1]
    return own, error, dispersion, expected


def _shares(designs: list, places: list[slice], offered: np.ndarray, effects: np.ndarray) -> np.ndarray:
    pull = np.array([d @ effects[p] for d, p in zip(designs, places, strict=True)]).T
    pull = np.where(offered, pull, -np.inf)
    top = np.where(offered.any(axis=1), pull.max(axis=1, initial=-np.inf), 0.0)
    weight = np.exp(pull - top[:, None])
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)


def _curve(designs: list, places: list[slice], total: np.ndarray, shares: np.ndarray) -> np.ndarray:
    size = places[-1].stop
    curve, expected = np.zeros((size, size)), total * shares
    for g, (own, here) in enumerate(zip(designs, places, strict=True)):
        for h in range(g, len(designs)):
            weight = expected[:, [g]] * ((g == h) - shares[:, [h]])
            block = own.T @ (designs[h] * weight)
            curve[here, places[h]] = block
            curve[places[h], here] = block.T
    return curve


def _errors(inverse: np.ndarray, scores: np.ndarray, dispersion: float) -> np.ndarray:
    """Standard errors: the larger of what the scatter of days says and what days in a row say."""
    together = scores.T @ scores
    for lag in range(1, min(LAG_DAYS, len(scores) - 1) + 1):
        later = scores[lag:].T @ scores[:-lag]
        together += (1 - lag / (LAG_DAYS + 1)) * (later + later.T)
    robust = np.diag(inverse @ together @ inverse)
    return np.sqrt(np.maximum(np.diag(inverse) * max(dispersion, 1.0), robust))


def fitted_by_calendar(prices: PriceDays, n: int, calendar: pd.DataFrame) -> tuple[float, float, float, np.ndarray]:
    """Elasticity, standard error, dispersion and expected orders of one group, its orders held against the calendar."""
    inside = prices.offered[:, n]
    days = prices.days[inside]
    known = [
        _own_course(days),
        _bends(days),
        np.eye(7)[days.dayofweek][:, 1:],
        _events(days, calendar),
        prices.log_price[inside, n : n + 1],
    ]
    design, counts = np.concatenate(known, axis=1), prices.orders[inside, n]
    effects = np.zeros(design.shape[1])
    effects[0] = np.log(max(counts.mean(), 1e-9))
    penalty = RIDGE * np.eye(len(effects))
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(design @ effects, -30, 30))
        curve = design.T @ (design * mean[:, None]) + penalty
        step = np.linalg.solve(curve, design.T @ (counts - mean) - RIDGE * effects)
        effects = effects + step / max(1.0, np.abs(step).max() / 2)
        if np.abs(step).max() < 1e-8:
            break
    mean = np.exp(np.clip(design @ effects, -30, 30))
    dispersion = float(((counts - mean) ** 2 / np.maximum(mean, 1e-9)).sum() / max(len(counts) - len(effects), 1))
    error = _errors(np.linalg.inv(curve), design * (counts - mean)[:, None], dispersion)
    return float(effects[-1]), float(error[-1]), dispersion, mean


def _bends(days: pd.DatetimeIndex) -> np.ndarray:
    """The trend may bend every quarter of a year: what else changes a shop slowly is no answer to a price."""
    number = np.arange(len(days))
    knots = range(BEND_DAYS, len(days) - BEND_DAYS // 2, BEND_DAYS)
    return np.array([np.maximum(number - knot, 0) / DAYS_A_YEAR for knot in knots]).reshape(len(knots), len(days)).T


def _events(days: pd.DatetimeIndex, calendar: pd.DataFrame) -> np.ndarray:
    """A column for each name of holidays and promotions."""
    at = days.to_numpy().astype("M8[D]")
    found: dict[str, np.ndarray] = {}
    for event in calendar[calendar["kind"].isin(("holiday", "promotion"))].to_dict("records"):
        start, end = (np.datetime64(pd.Timestamp(event[c]), "D") for c in ("start_date", "end_date"))
        during = ((at >= start) & (at <= end)).astype("float64")
        if during.any() and not during.all():
            found[str(event["label"])] = np.maximum(found.get(str(event["label"]), 0.0), during)
    return np.array(list(found.values())).reshape(len(found), len(days)).T
