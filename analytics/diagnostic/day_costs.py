"""What a day of delivery costs in each region, category, channel or segment: the same everywhere, or not?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES, NORMAL_95
from analytics.descriptive.needs import need_dimension
from analytics.diagnostic.dose_response import need_delivery
from analytics.diagnostic.drivers import chi_square_odds, in_hundred, ranged
from analytics.diagnostic.proportional_odds import OrdinalFit, fitted_odds, independent_columns, standardised
from analytics.diagnostic.score_model import ScoreModel, member_columns
from analytics.errors import NotEnoughData
from analytics.shop import DIMENSIONS, Shop


@dataclass(frozen=True)
class DayCosts:
    """What one day later does to the orders of each member.

    ``members`` has one row per member, most orders first: ``member``, ``orders``, ``score`` (points of their mean),
    ``good`` (difference of their share of 4 and 5; missing where that cannot differ) and ``odds`` (relative change of
    the odds of a better score), each with ``…_low`` and ``…_high``.
    ``by_chance`` is how often chance alone makes members differ so much.
    """

    dimension: str
    members: pd.DataFrame
    by_chance: float
    sentence: str
    explained: str


def day_costs(score_model: ScoreModel, shop: Shop, dimension: str = "region") -> DayCosts:
    """The effect of one day later by member of a dimension, all else equal.

    Parameters
    ----------
    score_model : of the filters in force.
    dimension : one of the model's.

    Raises
    ------
    ValueError : it is no dimension.
    NotEnoughData : delivery days play no part, the shop lacks the dimension, or fewer than two members can be told.
    """
    need_dimension(dimension, shop)
    need_delivery(score_model)
    scored = score_model.scored
    levels = scored.levels.get(dimension, ())
    own = [(scored.codes[dimension] == n) for n in range(len(levels))]
    varying = [n for n, rows in enumerate(own) if len(np.unique(scored.days[rows])) > 1]
    if len(varying) < 2:
        raise NotEnoughData(
            f"By {DIMENSIONS[dimension].lower()} fewer than two members have scored orders whose delivery days differ: "
            "choose a longer period or fewer filters."
        )
    slopes = np.column_stack([own[n] * (scored.days - score_model.centre) for n in varying])
    x = np.hstack([slopes, *(column for *_, column in member_columns(scored))])
    x = x[:, independent_columns(x, scored.orders)]
    fit = fitted_odds(x, scored.counts)
    covariance = fit.covariance(scored.clusters)
    rows = []
    for column, n in enumerate(varying):
        later = x.copy()
        later[own[n], column] += 1.0
        told = {"member": levels[n], "orders": int(scored.orders[own[n]].sum())}
        for measure in ("score", "good"):
            told |= _moved(score_model, fit, covariance, later, own[n], measure)
        place = len(fit.cuts) + column
        half = NORMAL_95 * covariance[place, place] ** 0.5
        odds = np.expm1(fit.slopes[column] + np.array([0.0, -half, half]))
        rows.append(told | dict(zip(("odds", "odds_low", "odds_high"), odds.tolist(), strict=True)))
    members = pd.DataFrame(rows)
    places = len(fit.cuts) + np.arange(len(varying))
    between = np.eye(len(varying))[1:] - np.eye(len(varying))[0]
    apart = between @ fit.slopes[: len(varying)]
    spread = between @ covariance[np.ix_(places, places)] @ between.T
    by_chance = chi_square_odds(apart @ np.linalg.solve(spread, apart), len(apart))
    return DayCosts(dimension, members, by_chance, _sentence(members, by_chance, dimension), _EXPLAINED)


def _moved(
    model: ScoreModel, fit: OrdinalFit, covariance: np.ndarray, later: np.ndarray, among: np.ndarray, measure: str
) -> dict[str, float]:
    """What the mean, or the share of 4 and 5, of some orders would change by, had they come later."""
    if (gain := model.gains(measure)) is None:
        return dict.fromkeys((measure, f"{measure}_low", f"{measure}_high"), np.nan)
    moved = standardised(fit, later, gain, among) - standardised(fit, fit.x, gain, among)
    low, high = moved.interval(covariance, NORMAL_95)
    return {measure: moved.value, f"{measure}_low": low, f"{measure}_high": high}


def _sentence(members: pd.DataFrame, by_chance: float, dimension: str) -> str:
    name = DIMENSIONS[dimension].lower()
    most = members.loc[members["score"].idxmin()]
    told = ranged(most["score"], most["score_low"], most["score_high"], " points")
    if by_chance > FALSE_DISCOVERIES:
        return (
            f"By {name} no difference beyond chance is seen in what a day does to the odds (chance alone makes as much "
            f"in {in_hundred(by_chance)} of 100 cases)."
        )
    return f"A day costs most in {most['member']}, {told}; members differ beyond chance."


_EXPLAINED = (
    "The same proportional-odds model with a slope of its own for each member. Points: what the mean score of the "
    "member's own orders would lose, had all come a day later."
)
