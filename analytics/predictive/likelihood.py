"""Parameters that make data most likely, with their standard errors: the search that models of customers share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Loss = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""Minus the log-likelihood of the mean customer at the logarithms of parameters, and its slopes there."""

SMALLEST, LARGEST = 1e-4, 1e5
"""Between which a parameter is looked for: beyond, the distributions no longer change."""
NEAR_SPREAD = 0.7
"""Standard deviation of the logarithm by which groups of customers are taken to differ from all of them."""
STEP = 1e-4


@dataclass(frozen=True)
class Likeliest:
    """Where the search ended: ``values`` of the parameters, their standard ``errors`` and the log-likelihood."""

    values: np.ndarray
    errors: np.ndarray
    log_likelihood: float


def likeliest(
    loss: Loss,
    starts: Sequence[Sequence[float]],
    weight: float,
    near: Sequence[float] | None = None,
    largest: Sequence[float] | None = None,
) -> Likeliest | None:
    """The best end of searches from each of some starts; None where none has an end.

    Parameters
    ----------
    weight : customers that the mean is of.
    near : parameters of a larger group that these are held near to, the more the fewer the customers: of a handful no
        four numbers can be told, and nothing then runs away.
    largest : per parameter, where another end is meant than ``LARGEST``.
    """
    from scipy.optimize import minimize

    held = loss if near is None else _held(loss, np.log(near), weight)
    bounds = [(np.log(SMALLEST), np.log(most)) for most in largest or [LARGEST] * len(starts[0])]
    ends = [minimize(held, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds) for start in starts]
    best = min(ends, key=lambda end: end.fun)
    if not np.isfinite(best.fun):
        return None
    values = np.exp(best.x)
    return Likeliest(values, values * _errors(held, best.x, weight), -float(loss(best.x)[0]) * weight)


def _held(loss: Loss, near: np.ndarray, weight: float) -> Loss:
    """The loss with a normal prior around ``near``."""

    def held(logs: np.ndarray) -> tuple[float, np.ndarray]:
        value, slopes = loss(logs)
        away = (logs - near) / NEAR_SPREAD
        return value + float(away @ away) / 2 / weight, slopes + away / NEAR_SPREAD / weight

    return held


def _errors(loss: Loss, best: np.ndarray, weight: float) -> np.ndarray:
    """Standard errors of the logarithms, from how the slopes change around the best place."""
    curved = np.empty((len(best), len(best)))
    for i, aside in enumerate(np.eye(len(best)) * STEP):
        curved[i] = (loss(best + aside)[1] - loss(best - aside)[1]) / (2 * STEP)
    try:
        spread = np.diag(np.linalg.inv((curved + curved.T) / 2 * weight))
    except np.linalg.LinAlgError:
        return np.full(len(best), np.nan)
    return np.sqrt(np.where(spread > 0, spread, np.nan))
