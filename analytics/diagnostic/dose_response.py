"""Dose and response: the score by delivery days as it is and with all else equal, and where the line bends.

Raw means mix what a day does with who waits: if a remote region waits longer and likes less anyway, the raw line is too
steep. The adjusted one asks what the score of the very same orders would be, had all of them come on that day.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95, wilson_interval
from analytics.diagnostic.bends import Bend, bend_in
from analytics.diagnostic.day_groups import day_groups
from analytics.diagnostic.drivers import points, ranged
from analytics.diagnostic.proportional_odds import OrdinalFit, fitted_odds, independent_columns, standardised
from analytics.diagnostic.score_model import GOOD, ScoreModel, gains, member_columns
from analytics.diagnostic.scored_orders import ScoredOrders
from analytics.errors import NotEnoughData

MEASURES = {"score": "Mean score", "good": "Share of 4–5"}
FEWEST_A_DAY = 30
"""Scored orders below which days stand together with their neighbours."""
POINTS_OF_CURVE = 40
OUTER = 0.05
"""Share of orders left out at either end where a sentence says from where to where the score falls."""


@dataclass(frozen=True)
class DoseResponse:
    """The score by delivery days.

    ``days`` has one row per day, days with few orders gathered: ``label``, ``day`` (the mean of those gathered),
    ``orders``; ``score`` (mean, 1–5) and ``good`` (share of 4 and 5, 0–1; missing where it cannot differ) as they are,
    ``adjusted_score`` and ``adjusted_good`` with all else equal, each with ``…_low`` and ``…_high``. ``curve`` has the
    model's line over the days: ``day``, ``score`` and ``good`` with their ends. ``bend`` says whether the line bends.
    """

    days: pd.DataFrame
    curve: pd.DataFrame
    bend: Bend
    sentence: str
    notes: str
    explained: str


def dose_response(score_model: ScoreModel) -> DoseResponse:
    """The score by delivery days: raw, adjusted for the members of all dimensions, and as the model's line.

    Parameters
    ----------
    score_model : of the filters in force.

    Raises
    ------
    NotEnoughData : delivery days play no part, or there are too few to tell two groups of days apart.
    """
    need_delivery(score_model)
    scored = score_model.scored
    bucket, labels = day_groups(scored.days, scored.orders, FEWEST_A_DAY)
    if bucket.max() < 1:
        raise NotEnoughData(
            f"Fewer than two groups of days have {FEWEST_A_DAY} scored orders: choose a longer period or fewer filters."
        )
    days = _raw(scored, bucket, labels).assign(**_adjusted(scored, bucket))
    bend = bend_in(score_model)
    curve = _curve(score_model, bend, days["day"].min(), days["day"].max())
    return DoseResponse(
        days, curve, bend, _sentence(score_model, bend, curve), _notes(score_model, days), _explained(bend)
    )


def need_delivery(score_model: ScoreModel) -> None:
    """Say why delivery days play no part, where that is so.

    Raises
    ------
    NotEnoughData : there are none, too few, or they do not differ.
    """
    if score_model.delivery is None:
        why = "Delivery days follow from the other dimensions here: what a day does cannot be told from what they do."
        raise NotEnoughData(score_model.scored.without_days or why)


def _raw(scored: ScoredOrders, bucket: np.ndarray, labels: list[str]) -> pd.DataFrame:
    """Means and shares as they are."""
    number = bucket.max() + 1
    counts = np.zeros((number, len(scored.scores)))
    np.add.at(counts, bucket, scored.counts)
    orders = counts.sum(axis=1)
    mean = counts @ scored.scores / orders
    variance = counts @ scored.scores**2 / orders - mean**2
    half = NORMAL_95 * np.sqrt(np.maximum(variance, 0.0) / np.maximum(orders - 1, 1))
    good = counts[:, scored.scores >= GOOD].sum(axis=1)
    low, high = wilson_interval(good, orders)
    can_differ = gains(scored.scores, "good") is not None
    return pd.DataFrame(
        {
            "label": labels,
            "day": np.bincount(bucket, scored.orders * scored.days) / orders,
            "orders": orders.astype("int64"),
            "score": mean,
            "score_low": mean - half,
            "score_high": mean + half,
            "good": good / orders if can_differ else np.nan,
            "good_low": low if can_differ else np.nan,
            "good_high": high if can_differ else np.nan,
        }
    )


def _adjusted(scored: ScoredOrders, bucket: np.ndarray) -> dict[str, np.ndarray]:
    """What the mean of all these orders would be, had all come in each group of days."""
    own = np.equal.outer(bucket, np.arange(1, bucket.max() + 1)).astype("float64")
    x = np.hstack([own, *(column for *_, column in member_columns(scored))])
    kept = independent_columns(x, scored.orders)
    fit = fitted_odds(x[:, kept], scored.counts)
    covariance = fit.covariance(scored.clusters)
    found = {}
    for measure in MEASURES:
        rows = [_had(fit, covariance, scored, kept, number, own.shape[1], measure) for number in range(len(own.T) + 1)]
        for name, values in zip(("", "_low", "_high"), zip(*rows, strict=True), strict=True):
            found[f"adjusted_{measure}{name}"] = np.array(values)
    return found


def _had(
    fit: OrdinalFit,
    covariance: np.ndarray,
    scored: ScoredOrders,
    kept: list[int],
    number: int,
    groups: int,
    measure: str,
) -> tuple[float, float, float]:
    """The mean with its interval, had all orders come in one group of days."""
    x = fit.x.copy()
    of_days = [place for place, column in enumerate(kept) if column < groups]
    x[:, of_days] = 0.0
    if number:
        x[:, kept.index(number - 1)] = 1.0
    return with_interval(fit, covariance, x, scored.scores, measure)


def with_interval(
    fit: OrdinalFit, covariance: np.ndarray, x: np.ndarray, scores: np.ndarray, measure: str
) -> tuple[float, float, float]:
    """A standardised mean score or share with its 95 % interval; missing where the share cannot differ.

    Intervals of shares, and of means between the lowest and the highest score, are taken on the scale of log odds, so
    that they stay inside.
    """
    if (gain := gains(scores, measure)) is None:
        return np.nan, np.nan, np.nan
    told = standardised(fit, x, gain)
    share = told.value / gain.sum()
    error = float(np.sqrt(told.slope @ covariance @ told.slope)) / gain.sum()
    middle, half = np.log(share / (1 - share)), NORMAL_95 * error / (share * (1 - share))
    low, high = (1 / (1 + np.exp(-(middle + side))) for side in (-half, half))
    lowest = scores[0] if measure == "score" else 0.0
    return tuple(float(lowest + gain.sum() * v) for v in (share, low, high))


def _curve(model: ScoreModel, bend: Bend, first: float, last: float) -> pd.DataFrame:
    """The model's line: straight in log odds, with a bend where there is one."""
    days = np.linspace(first, last, POINTS_OF_CURVE)
    fit, covariance = (bend.fit, bend.covariance) if bend.seen else (model.fit, model.covariance)
    column = model.delivery.columns[0]
    rows = {f"{m}{end}": [] for m in MEASURES for end in ("", "_low", "_high")}
    for day in days:
        x = fit.x.copy()
        x[:, column] = day - model.centre
        if bend.seen:
            x[:, -1] = max(day - bend.day, 0.0)
        for measure in MEASURES:
            told = with_interval(fit, covariance, x, model.scored.scores, measure)
            for end, value in zip(("", "_low", "_high"), told, strict=True):
                rows[f"{measure}{end}"].append(value)
    return pd.DataFrame({"day": days, **rows})


def _sentence(model: ScoreModel, bend: Bend, curve: pd.DataFrame) -> str:
    days, orders = model.scored.days, model.scored.orders
    order = np.argsort(days)
    reached = orders[order].cumsum() / orders.sum()
    first, last = (days[order][np.searchsorted(reached, share)] for share in (OUTER, 1 - OUTER))
    start, end = (float(np.interp(day, curve["day"], curve["score"])) for day in (first, last))
    said = (
        f"With all else equal the mean score goes from {start:.2f} at {first:.0f} day{'s' if first != 1 else ''} to "
        f"{end:.2f} at {last:.0f}. "
        if last > first
        else ""
    )
    return f"{said}{bend.sentence}"


def _notes(model: ScoreModel, days: pd.DataFrame) -> str:
    """What adjusting does, and which days stand together."""
    column = model.scored.days[:, None] - model.centre
    alone = fitted_odds(column, model.scored.counts)
    plain = np.expm1(alone.slopes[0]) * 100
    own = model.delivery.columns[0]
    slope, error = model.fit.slopes[own], model.error(own)
    low, high = (np.expm1(slope + side * NORMAL_95 * error) * 100 for side in (-1, 1))
    adjusted = ranged(np.expm1(slope) * 100, low, high, " %", 0)
    said = f"A day more: the odds of a better score {adjusted} adjusted, {points(plain, 0)} % raw."
    gathered = [label for label in days["label"] if not label.isdigit()]
    if gathered:
        said += f" Days with fewer than {FEWEST_A_DAY} scored orders are gathered ({', '.join(gathered)})."
    return said


def _explained(bend: Bend) -> str:
    return (
        "Raw: the scored orders of each day, with the 95 % interval of their mean (of shares Wilson's). Adjusted: a "
        "proportional-odds model with an effect for each day and for the members of category, channel, region and "
        "segment; shown is what the mean of all these orders would be, had all come on that day. The line is the "
        f"model with one effect per day. {bend.explained}"
    )
