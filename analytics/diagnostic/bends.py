"""Where the line of delivery days bends: a day from which each further day costs more, or less, than before.

Whoever looks for a bend at ten days finds one at the luckiest of them. So the test asks how often the largest of so
many looks is as large by chance alone.
Source: sup-score test, Hansen (1996); profile likelihood for the day.
"""

from dataclasses import dataclass

import numpy as np

from analytics.chance import FALSE_DISCOVERIES, NORMAL_95
from analytics.diagnostic.drivers import in_hundred, ranged
from analytics.diagnostic.proportional_odds import OrdinalFit, fitted_odds
from analytics.diagnostic.score_model import ScoreModel

FEWEST_BEYOND = 0.10
"""Share of the orders that must lie on either side of a day at which a bend is looked for."""
DRAWS, SEED = 20_000, 20_260_101
TOO_SMALL = 0.02
"""Difference of the odds that a day takes, before and beyond, too small to matter to anybody."""
CHI_SQUARE = 3.84
"""The 95 % quantile with one degree of freedom."""


@dataclass(frozen=True)
class Bend:
    """Whether the line bends: ``by_chance`` is how often chance alone looks so bent (missing where none can be seen).

    Where one is ``seen``: the ``day`` after which it begins, its 95 % range ``first`` to ``last``, and the ``fit`` with
    it, whose last column is the days beyond.
    """

    seen: bool
    by_chance: float
    sentence: str
    day: float = np.nan
    first: float = np.nan
    last: float = np.nan
    fit: OrdinalFit | None = None
    covariance: np.ndarray | None = None

    @property
    def explained(self) -> str:
        """How it is looked for."""
        if np.isnan(self.by_chance):
            return ""
        return (
            "A bend is looked for after each day with a tenth of the orders on either side; the probability is that "
            "of the largest among all these looks."
        )


def bend_in(score_model: ScoreModel) -> Bend:
    """Whether there is a day after which a further day costs more, or less, odds of a better score than before.

    Parameters
    ----------
    score_model : with delivery days among its factors.
    """
    days, orders = score_model.scored.days, score_model.scored.orders
    candidates = _candidates(days, orders)
    if not len(candidates):
        return Bend(False, np.nan, "The days differ too little to see whether the line bends.")
    hinges = np.maximum(days[:, None] - candidates, 0.0)
    pull, covariance = _score_test(score_model, hinges)
    largest = float(np.max(np.abs(pull) / np.sqrt(np.diag(covariance))))
    by_chance = _chance_of_largest(largest, covariance)
    if by_chance > FALSE_DISCOVERIES:
        return Bend(
            False,
            by_chance,
            "No bend is seen: each day takes the same share of the odds as the day before "
            f"(chance alone looks as bent in {in_hundred(by_chance)} of 100 cases).",
        )
    return _located(score_model, candidates, hinges, by_chance)


def _candidates(days: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Days with enough orders up to them and beyond, and with days that differ on both sides."""
    found = []
    for day in np.unique(days)[1:-1]:
        up_to = orders[days <= day].sum() / orders.sum()
        if FEWEST_BEYOND <= up_to <= 1 - FEWEST_BEYOND:
            found.append(day)
    return np.array(found)


def _score_test(model: ScoreModel, hinges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much the likelihood would gain by each bend, and the covariance of that under no bend."""
    fit, clusters = model.fit, model.scored.clusters
    both = np.hstack([fit.x, hinges])
    known = len(fit.cuts) + len(fit.slopes)
    information = fit.information(both)
    carried = np.linalg.solve(information[:known, :known], information[:known, known:])
    pull = fit.gradient(hinges)
    if not fit.can_cluster(clusters):
        return pull, information[known:, known:] - information[known:, :known] @ carried
    pulls = fit.pulls(clusters, both)
    own = pulls[:, known:] - pulls[:, :known] @ carried
    return pull, clusters.every * clusters.count / (clusters.count - 1) * own.T @ own


def _chance_of_largest(largest: float, covariance: np.ndarray) -> float:
    """How often the largest of correlated standard normal deviations is as large."""
    errors = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(errors, errors))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = np.random.default_rng(SEED).standard_normal((DRAWS, len(errors))) @ root.T
    return float((np.abs(drawn).max(axis=1) >= largest).mean())


def _located(model: ScoreModel, candidates: np.ndarray, hinges: np.ndarray, by_chance: float) -> Bend:
    """The day at which a bend makes the scores most likely, and those that are nearly as good."""
    fits = [fitted_odds(np.hstack([model.fit.x, hinge[:, None]]), model.scored.counts) for hinge in hinges.T]
    likelihood = np.array([fit.log_likelihood for fit in fits])
    best = int(likelihood.argmax())
    fit = fits[best]
    covariance = fit.covariance(model.scored.clusters)
    widened = max(1.0, covariance[-1, -1] / fit.model_covariance[-1, -1])
    near = candidates[2 * (likelihood[best] - likelihood) <= CHI_SQUARE * widened]
    day, column = candidates[best], model.delivery.columns[0]
    place = len(fit.cuts) + column
    before = _odds(fit.slopes[column], covariance[place, place])
    together = covariance[place, place] + covariance[-1, -1] + 2 * covariance[place, -1]
    after = _odds(fit.slopes[column] + fit.slopes[-1], together)
    apart = abs(np.expm1(fit.slopes[column] + fit.slopes[-1]) - np.expm1(fit.slopes[column]))
    if apart < TOO_SMALL:
        return Bend(
            False,
            by_chance,
            f"A bend after day {day:.0f} can be told but is too small to matter: a day more changes the odds of a "
            f"better score by {before} up to there, by {after} beyond.",
        )
    said = f"between {near.min():.0f} and {near.max():.0f}" if len(near) > 1 else "the only day that fits"
    sentence = (
        f"The line bends after day {day:.0f} ({said}): up to there a day more changes the odds of a better score by "
        f"{before}, beyond it by {after}."
    )
    return Bend(True, by_chance, sentence, float(day), float(near.min()), float(near.max()), fit, covariance)


def _odds(slope: float, variance: float) -> str:
    half = NORMAL_95 * variance**0.5
    return ranged(*(float(np.expm1(v)) * 100 for v in (slope, slope - half, slope + half)), " %", 0)
