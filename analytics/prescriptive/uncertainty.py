"""Draws of figures that are not known."""

import numpy as np

from analytics.chance import NORMAL_80
from analytics.prescriptive.scenario import INPUTS, Scenario, Uncertain
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS

DRAWS = 10_000
SEED = 1


def drawn(scenario: Scenario, draws: int = DRAWS, seed: int = SEED) -> dict[str, np.ndarray]:
    """Draws of each input by name, each input on its own: nothing tells how they go together.

    The same seed gives the same draws, and an input's do not hang on the ranges of the others: where one figure is
    changed, what is seen is that change and not another throw of dice.
    """
    names = INPUTS[scenario.kind]
    errors = np.random.default_rng(seed).standard_normal((len(names), draws))
    known = (KNOWN_INPUTS[name] for name in names)
    return {
        name: quantiles(given, standard, each.least, each.most)
        for name, given, standard, each in zip(names, scenario.inputs, errors, known, strict=True)
    }


def quantiles(given: Uncertain, standard: np.ndarray, least: float, most: float) -> np.ndarray:
    """Values of a figure where a normal one has so many standard errors.

    Two halves of normal distributions, one below and one above what is likely, each with a tenth of all beyond its
    end: so the likely value is both the middle and the most frequent, and four in five lie from low to high, whether
    the range is lopsided or not. What would lie beyond ``least`` or ``most`` lies there.

    >>> quantiles(Uncertain(0.02, 0.1, 0.3), np.array([-9.0, -NORMAL_80, 0.0, NORMAL_80]), 0.0, 1.0).round(9).tolist()
    [0.0, 0.02, 0.1, 0.3]

    Source: our own choice, for the ease of saying it; a three-point estimate read as the 10th, 50th and 90th
    percentile (Keefer & Bodily 1983).
    """
    width = np.where(standard < 0, given.likely - given.low, given.high - given.likely) / NORMAL_80
    return np.clip(given.likely + width * standard, least, most)
