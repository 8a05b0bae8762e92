"""The proportional-odds model of an ordered answer, fitted to counts: ten million orders cost what ten thousand do.

The odds of an answer of at least *s* are ``exp(cut[s] + x·slope)``: whatever moves them moves the odds at every limit
by the same factor. Orders that are alike in all that the model knows stand in one row of counts, so the fit works on as
many rows as there are combinations of members and days. Intervals take the orders of one customer together.
Source: McCullagh (1980), Regression Models for Ordinal Data; clustered covariance Liang & Zeger (1986).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.errors import NotEnoughData

MOST_STEPS = 60
CLOSE_ENOUGH = 1e-9
"""Of the squared step in standard errors: far below what any figure shows."""
FURTHEST = 20.0
"""Log odds beyond which an answer is as good as certain: there is no finite slope then."""
FEWEST_CUSTOMERS = 40
FEWEST_PER_PARAMETER = 3
"""Customers in all, and for each cut and slope, below which the clustered covariance is itself too uncertain."""
FEWEST_SAMPLED = 300
"""Customers of a sample who bear on a parameter, below which its own variance is not read off them."""


@dataclass(frozen=True)
class Clusters:
    """Single answers and whose they are: all of them, or those of one in ``every`` customers.

    ``unit``, ``row`` and ``answer`` have an entry per order: a number of its customer, and where it is counted.
    """

    unit: np.ndarray
    row: np.ndarray
    answer: np.ndarray
    every: int = 1

    @property
    def count(self) -> int:
        """Customers, each guest's order being one."""
        return int(self.unit.max()) + 1 if len(self.unit) else 0


@dataclass(frozen=True)
class OrdinalFit:
    """A fitted model: ``cuts`` for each answer but the lowest, falling, and a slope per column of ``x``.

    ``counts`` has a row per combination and a column per answer, lowest first.
    """

    cuts: np.ndarray
    slopes: np.ndarray
    x: np.ndarray
    counts: np.ndarray
    log_likelihood: float

    @cached_property
    def model_covariance(self) -> np.ndarray:
        """Of cuts and slopes, were all orders independent."""
        return np.linalg.inv(_information(self._at, self.x, self.counts.sum(axis=1)))

    def can_cluster(self, clusters: Clusters) -> bool:
        """Whether there are customers enough to see how the orders of one belong together."""
        parameters = len(self.cuts) + len(self.slopes)
        return clusters.count >= max(FEWEST_CUSTOMERS, FEWEST_PER_PARAMETER * parameters)

    def covariance(self, clusters: Clusters) -> np.ndarray:
        """Of cuts and slopes, the orders of one customer taken together; the model's own for too few customers.

        A sample of customers tells how many times the model's variance each parameter has, and of one on which few of
        them bear nothing: it is taken to be like the others.
        """
        if not self.can_cluster(clusters):
            return self.model_covariance
        pulls = self.pulls(clusters, self.x)
        correction = clusters.every * clusters.count / (clusters.count - 1)
        clustered = self.model_covariance @ (correction * pulls.T @ pulls) @ self.model_covariance
        if clusters.every == 1:
            return clustered
        ratio = np.diag(clustered) / np.diag(self.model_covariance)
        told = (pulls != 0).sum(axis=0) >= FEWEST_SAMPLED
        ratio = np.where(told, ratio, np.median(ratio[told]) if told.any() else 1.0)
        return self.model_covariance * np.sqrt(np.outer(ratio, ratio))

    def pulls(self, clusters: Clusters, x: np.ndarray) -> np.ndarray:
        """The gradient of each customer's log likelihood: a row per customer, cuts first, then the columns of ``x``."""
        local = _local_gradients(self._at)[clusters.row, clusters.answer]
        parts = [np.bincount(clusters.unit, column, clusters.count) for column in local.T]
        whole = local.sum(axis=1)
        parts += [np.bincount(clusters.unit, whole * column[clusters.row], clusters.count) for column in x.T]
        return np.column_stack(parts)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """The slope of the log likelihood in the direction of further columns."""
        local = (_local_gradients(self._at).sum(axis=2) * self.counts).sum(axis=1)
        return x.T @ local

    def information(self, x: np.ndarray) -> np.ndarray:
        """Expected information on the cuts and the slopes of other columns, at this fit."""
        return _information(self._at, x, self.counts.sum(axis=1))

    @cached_property
    def _at(self) -> "_Chances":
        return _chances(self.cuts, self.x @ self.slopes)


@dataclass(frozen=True)
class Standardised:
    """A mean over the same orders under other circumstances, and its slope in every parameter of the fit."""

    value: float
    slope: np.ndarray

    def __sub__(self, other: "Standardised") -> "Standardised":
        return Standardised(self.value - other.value, self.slope - other.slope)

    def interval(self, covariance: np.ndarray, errors: float) -> tuple[float, float]:
        """So many standard errors to either side (delta method)."""
        half = errors * float(np.sqrt(max(self.slope @ covariance @ self.slope, 0.0)))
        return self.value - half, self.value + half


def fitted_odds(x: np.ndarray, counts: np.ndarray) -> OrdinalFit:
    """The most likely cuts and slopes, by Fisher scoring.

    Parameters
    ----------
    x : a row per combination, a column per slope; no column may follow from others (see ``independent_columns``).
    counts : orders by combination and answer, lowest answer first; every answer occurs.

    Raises
    ------
    NotEnoughData : some circumstance leaves no doubt about the answer, so that no slope is the most likely.
    """
    cuts, slopes = _first_cuts(counts), np.zeros(x.shape[1])
    size = counts.sum(axis=1)
    at = _chances(cuts, x @ slopes)
    likelihood = at.log_likelihood(counts)
    for _ in range(MOST_STEPS):
        pull = _gradient(at, x, counts)
        step = np.linalg.solve(_information(at, x, size), pull)
        gain = float(step @ pull)
        share = 1.0
        while True:
            tried_cuts, tried_slopes = cuts + share * step[: len(cuts)], slopes + share * step[len(cuts) :]
            tried = _chances(tried_cuts, x @ tried_slopes)
            found = tried.log_likelihood(counts)
            if found >= likelihood - 1e-9 * abs(likelihood) or share < 1e-6:
                break
            share /= 2
        cuts, slopes, at, likelihood = tried_cuts, tried_slopes, tried, found
        if np.abs(x @ slopes).max(initial=0.0) > FURTHEST:
            break
        if gain < CLOSE_ENOUGH:
            return OrdinalFit(cuts, slopes, x, counts, likelihood)
    raise NotEnoughData(
        "Some of these orders leave no doubt about their score (all alike in one group), so no size can be given to "
        "what moves it: choose a longer period or fewer filters."
    )


def standardised(fit: OrdinalFit, x: np.ndarray, gain: np.ndarray, among: np.ndarray | None = None) -> Standardised:
    """What the answers of all orders would be worth on average, had they the columns ``x``.

    Parameters
    ----------
    x : a row per combination of the fit, or one row for all.
    gain : what each answer but the lowest adds to the one below: steps of the score for its mean, a single 1 for the
        share of answers from there on.
    among : which combinations the mean is of; all by default.

    Returns
    -------
    The mean above the lowest answer's worth, with its slope in cuts and slopes.
    """
    orders = fit.counts.sum(axis=1) * (1 if among is None else among)
    weight = orders / orders.sum()
    x = np.broadcast_to(x, fit.x.shape)
    reached = _logistic(fit.cuts + (x @ fit.slopes)[:, None])
    steep = reached * (1 - reached) * gain * weight[:, None]
    return Standardised(float(weight @ (reached @ gain)), np.concatenate([steep.sum(axis=0), x.T @ steep.sum(axis=1)]))


def independent_columns(x: np.ndarray, weight: np.ndarray) -> list[int]:
    """The columns that do not follow from a constant and the columns before them.

    >>> independent_columns(np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]), np.ones(3))
    [0, 2]
    """
    kept, basis = [], [np.sqrt(weight)]
    basis[0] = basis[0] / np.linalg.norm(basis[0])
    for number, column in enumerate(x.T):
        own = column * np.sqrt(weight)
        length = np.linalg.norm(own)
        for _ in range(2):  # once more against rounding
            for direction in basis:
                own = own - (direction @ own) * direction
        if length and np.linalg.norm(own) > 1e-7 * length:
            kept.append(number)
            basis.append(own / np.linalg.norm(own))
    return kept


@dataclass(frozen=True)
class _Chances:
    """Per combination: the chance of each answer, and how steeply that of reaching it rises."""

    of_answer: np.ndarray
    steep: np.ndarray

    def log_likelihood(self, counts: np.ndarray) -> float:
        seen = counts > 0
        if (self.of_answer[seen] <= 0).any():
            return -np.inf
        return float(counts[seen] @ np.log(self.of_answer[seen]))


def _chances(cuts: np.ndarray, pleased: np.ndarray) -> _Chances:
    log_odds = cuts + pleased[:, None]
    reached = _logistic(log_odds)
    edges = np.concatenate([np.ones((len(reached), 1)), reached, np.zeros((len(reached), 1))], axis=1)
    return _Chances(edges[:, :-1] - edges[:, 1:], reached * _logistic(-log_odds))


def _local_gradients(at: _Chances) -> np.ndarray:
    """By combination, answer and limit: how an order's log likelihood rises with the log odds at that limit."""
    rows, answers = at.of_answer.shape
    found = np.zeros((rows, answers, answers - 1))
    inverse = 1 / np.maximum(at.of_answer, 1e-300)
    for limit in range(answers - 1):
        found[:, limit + 1, limit] = at.steep[:, limit] * inverse[:, limit + 1]
        found[:, limit, limit] = -at.steep[:, limit] * inverse[:, limit]
    return found


def _gradient(at: _Chances, x: np.ndarray, counts: np.ndarray) -> np.ndarray:
    ratio = counts / np.maximum(at.of_answer, 1e-300)
    local = at.steep * (ratio[:, 1:] - ratio[:, :-1])
    return np.concatenate([local.sum(axis=0), x.T @ local.sum(axis=1)])


def _information(at: _Chances, x: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Expected, of cuts and slopes: between limits it is a matrix of three diagonals."""
    inverse = size[:, None] / np.maximum(at.of_answer, 1e-300)
    own = at.steep**2 * (inverse[:, 1:] + inverse[:, :-1])
    beside = -at.steep[:, 1:] * at.steep[:, :-1] * inverse[:, 1:-1]
    by_limit = own.copy()
    by_limit[:, 1:] += beside
    by_limit[:, :-1] += beside
    between = np.diag(own.sum(axis=0)) + np.diag(beside.sum(axis=0), 1) + np.diag(beside.sum(axis=0), -1)
    crossed = by_limit.T @ x
    return np.block([[between, crossed], [crossed.T, (x * by_limit.sum(axis=1)[:, None]).T @ x]])


def _first_cuts(counts: np.ndarray) -> np.ndarray:
    """Those of a model without slopes."""
    reached = counts.sum(axis=0)[::-1].cumsum()[::-1][1:] / counts.sum()
    return np.log(reached / (1 - reached))


def _logistic(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))
