"""How far counts may lie from what is expected: negative binomial, as wide as forecasts of the past were off.

Orders that come by chance scatter by the root of their number; days scatter more, and a forecast's level is wrong by a
share of itself. A negative binomial count has both parts in its variance: ``φ·m + ρ·m²``. That is a model; what it
promises is put right by what came of it: if of the past sums 95 % lay below the model's 97 % point, then that is where
the 95 % point is (conformal prediction of distributions, Vovk et al. 2005; Chernozhukov et al. 2021).
Source: negative binomial demand (Agrawal & Smith 1996); the moments and their pooling are our own choice.
"""

from dataclasses import dataclass

import numpy as np

POOLED_LIKE = 6.0
"""The pool of all members counts as so many independent sums of a member's own."""
SMALLEST = 1e-9
SHARES = np.concatenate([np.linspace(0.001, 0.95, 60), 1 - np.geomspace(0.045, 1e-5, 50)])
"""Of all cases, at which a whole distribution is told."""


@dataclass(frozen=True, eq=False)
class CountSpread:
    """``scatter`` (φ) and ``drift`` (ρ), one entry per member; ``ranks`` where past sums lay in the model, sorted.

    A rank is the share (0–1) of the model's distribution below what came. All of it was learnt from ``freedom`` sums
    that are independent of each other.
    """

    scatter: np.ndarray
    drift: np.ndarray
    ranks: np.ndarray
    freedom: float = np.inf

    def variance(self, mean: np.ndarray) -> np.ndarray:
        """Of a count that is expected to be ``mean``, one entry per member."""
        return self.scatter * mean + self.drift * mean**2

    def quantile(self, mean: np.ndarray, share: float) -> np.ndarray:
        """The count that is not exceeded in so many of all cases (``share``), one entry per member."""
        return count_quantile(mean, self.variance(mean), self.put_right(share))

    def course(self, mean: np.ndarray) -> np.ndarray:
        """The counts not exceeded at each of ``SHARES``: a row per share, an entry per member."""
        return np.array([self.quantile(mean, float(share)) for share in SHARES])

    def put_right(self, share: float) -> float:
        """The model's share at which so many of all cases lie below.

        Farther out, as the model was learnt from few sums, and where so many of the past sums lay below.

        Where these do not reach as far out, the model's tail is as much farther out as theirs at the end of what they
        tell.
        """
        if share < 0.5:
            return 1.0 - self._mirrored().put_right(1.0 - share)
        wanted = _unsure(share, self.freedom)
        told, own = self._told(wanted)
        beyond = (1.0 - own) * (1.0 - wanted) / (1.0 - told)
        return float(np.clip(1.0 - beyond, SMALLEST, 1.0 - SMALLEST))

    def held(self, share: float) -> float:
        """In how many of all cases (0–1) less comes than where the model has that share below: ``put_right`` undone."""
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if self.put_right(middle) <= share else (low, middle)
        return low

    def _told(self, share: float) -> tuple[float, float]:
        """The share itself, or the largest that past sums tell, and the model's where so many of them lie below."""
        n = len(self.ranks)
        if n < 2:
            return share, share
        told = min(share, (n - 0.5) / (n + 1.0))
        return told, float(np.interp((n + 1) * told - 1, np.arange(n), self.ranks))

    def _mirrored(self) -> "CountSpread":
        return CountSpread(self.scatter, self.drift, np.sort(1.0 - self.ranks), self.freedom)


def _unsure(share: float, freedom: float) -> float:
    """The share of a model whose middle and width were learnt from few: Student's t as the normal distribution has it.

    >>> round(_unsure(0.95, 13), 3), _unsure(0.95, np.inf)
    (0.967, 0.95)
    """
    if not np.isfinite(freedom):
        return share
    from scipy.special import ndtr, stdtrit

    return float(ndtr(stdtrit(max(freedom, 1.0), share) * np.sqrt(1 + 1 / max(freedom, 1.0))))


def count_spread(levels: np.ndarray, actual: np.ndarray, scatter: np.ndarray, freedom: float = np.inf) -> CountSpread:
    """The spread of members' counts from how far forecasts of the past were off.

    Parameters
    ----------
    levels, actual : what was expected and what came: a row per origin, a column per member.
    scatter : variance over mean of a member's days beside their neighbours, at least 1.
    freedom : how many of the rows are independent of each other: sums of overlapping days are not.
    """
    scatter = np.maximum(np.asarray(scatter, dtype="float64"), 1.0)
    beyond = (actual - levels) ** 2 - scatter * levels
    own = beyond.sum(axis=0) / np.maximum((levels**2).sum(axis=0), SMALLEST)
    pool = float(beyond.sum() / max((levels**2).sum(), SMALLEST))
    n = len(levels)
    drift = np.maximum((n * own + POOLED_LIKE * pool) / (n + POOLED_LIKE), 0.0)
    drift = np.where(levels.sum(axis=0) > 0, drift, 0.0)
    told = levels > 0
    variance = scatter * levels + drift * levels**2
    ranks = count_ranks(actual[told], levels[told], variance[told])
    return CountSpread(scatter, drift, np.sort(ranks), freedom)


def count_quantile(mean: np.ndarray, variance: np.ndarray, share: float) -> np.ndarray:
    """The quantile of negative binomial counts of given moments (Poisson where they scatter no more than chance).

    >>> count_quantile(np.array([10.0, 10.0, 0.0]), np.array([10.0, 30.0, 0.0]), 0.95).tolist()
    [15.0, 20.0, 0.0]
    """
    from scipy.stats import nbinom, poisson

    mean, variance = np.asarray(mean, dtype="float64"), np.asarray(variance, dtype="float64")
    apart = variance > mean * (1 + 1e-6)
    size, chance = _shape(mean, variance, apart)
    found = np.where(apart, nbinom.ppf(share, size, chance), poisson.ppf(share, np.maximum(mean, SMALLEST)))
    return np.where(mean > 0, found, 0.0)


def count_share(counts: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The share of the model's distribution up to each count, the count itself included."""
    from scipy.stats import nbinom, poisson

    mean, variance = np.asarray(mean, dtype="float64"), np.asarray(variance, dtype="float64")
    apart = variance > mean * (1 + 1e-6)
    size, chance = _shape(mean, variance, apart)
    counts = np.floor(counts)
    found = np.where(apart, nbinom.cdf(counts, size, chance), poisson.cdf(counts, np.maximum(mean, SMALLEST)))
    return np.where(mean > 0, found, 1.0)


def count_ranks(counts: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The share of the model's distribution below each count; half of what falls on it belongs to it."""
    from scipy.stats import nbinom, poisson

    apart = variance > mean * (1 + 1e-6)
    size, chance = _shape(mean, variance, apart)
    counts = np.round(counts)
    below, up_to = (
        np.where(apart, nbinom.cdf(k, size, chance), poisson.cdf(k, np.maximum(mean, SMALLEST)))
        for k in (counts - 1, counts)
    )
    return (below + up_to) / 2


def expected_short(course: np.ndarray, held: np.ndarray) -> np.ndarray:
    """How much of the demand is not there to be sold in the mean, E[max(D − held, 0)], one entry per member.

    Parameters
    ----------
    course : as of ``CountSpread.course``.

    >>> flat = np.tile(np.array([[4.0]]), (len(SHARES), 1))
    >>> expected_short(flat, np.array([1.0])).round(2).tolist()
    [3.0]
    """
    edges = np.concatenate([[0.0], (SHARES[1:] + SHARES[:-1]) / 2, [1.0]])
    return np.diff(edges) @ np.maximum(course - np.asarray(held)[None, :], 0.0)


def drawn_counts(
    mean: np.ndarray, variance: np.ndarray, chance: np.random.Generator, shape: tuple[int, ...]
) -> np.ndarray:
    """Counts drawn from the model: ``shape`` of them, the last axis being the members."""
    mean, variance = np.asarray(mean, dtype="float64"), np.asarray(variance, dtype="float64")
    apart = variance > mean * (1 + 1e-6)
    size, odds = _shape(mean, variance, apart)
    own = np.where(apart, chance.gamma(np.broadcast_to(size, shape)) * (1 - odds) / odds, mean)
    return chance.poisson(np.where(mean > 0, own, 0.0))


def _shape(mean: np.ndarray, variance: np.ndarray, apart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Size and chance of a negative binomial of these moments; of any where they are not apart."""
    extra = np.where(apart, variance - mean, 1.0)
    size = np.where(apart, mean**2 / extra, 1.0)
    chance = np.where(apart, mean / np.where(apart, variance, 1.0), 0.5)
    return np.maximum(size, SMALLEST), np.clip(chance, SMALLEST, 1 - SMALLEST)
