"""How often a customer will buy again: the BG/NBD model, of customers who may have left without a word.

While there, a customer buys at a rate of his own, at random times (Poisson); after each purchase he may leave for good,
with a chance of his own. Rates differ between customers by a gamma distribution (``r``, ``alpha``), chances to leave by
a beta distribution (``a``, ``b``). Of a customer three numbers tell all: how many days with purchases came after the
first, when the last of them was, and how long ago the first.

The time unit is that of the data it is fitted to; ``unit_days`` travels with the parameters, so that days are never
taken for weeks.

Source: Fader, Hardie & Lee 2005, “Counting your customers” the easy way. The expectations are written in a form that
stays exact for customers with many purchases (of the two forms of the hypergeometric function that Euler's
transformation turns into each other, the one whose series ends).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from analytics.predictive.likelihood import likeliest

STARTS = ((0.5, 5.0, 0.7, 2.5), (1.0, 20.0, 0.3, 5.0))
"""Rates and chances to begin the search with; the better end is taken."""
NAMES = ("r", "alpha", "a", "b")
LARGEST = (200.0, 1e5, 1e5, 1e5)
"""Up to which each is looked for: with an ``r`` of 200 rates of customers differ by 7 %, of more by next to nothing."""
TOO_NEAR = 1e-5
"""The expectation is a limit where ``a`` is 1, or ``a + b``: so close to it, it is taken beside."""


Alike = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Repeats, last, age of each combination that occurs, and how many customers have it."""


@dataclass(frozen=True)
class Purchases:
    """What the model knows of customers, one entry each, in units of ``unit_days``.

    ``repeats`` days with a purchase after the first, ``last`` the time from the first to the last of them (0 where
    there is none), ``age`` the time from the first to the day at which all of this is known.
    """

    repeats: np.ndarray
    last: np.ndarray
    age: np.ndarray
    unit_days: float = 7.0

    def __post_init__(self) -> None:
        lengths = {len(self.repeats), len(self.last), len(self.age)}
        if len(lengths) > 1:
            raise ValueError(f"purchases: expected as many of each, got {sorted(lengths)}")
        if len(self.age) and not bool(np.all((self.last >= 0) & (self.last <= self.age))):
            raise ValueError("last: expected times between the first purchase and now, got some outside")
        if not self.unit_days > 0:
            raise ValueError(f"unit_days: expected a positive number, got {self.unit_days}")

    def some(self, which: np.ndarray) -> "Purchases":
        """Those of the customers at these places."""
        return Purchases(self.repeats[which], self.last[which], self.age[which], self.unit_days)


@dataclass(frozen=True)
class BgNbd:
    """Fitted parameters; ``errors`` are their standard errors (missing where the data do not tell)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    errors: tuple[float, float, float, float]
    customers: int
    unit_days: float

    @property
    def parameters(self) -> tuple[float, float, float, float]:
        """In the order of ``NAMES``."""
        return self.r, self.alpha, self.a, self.b

    def expected(self, purchases: Purchases, days: float) -> np.ndarray:
        """Purchases of each customer to expect in the next so many days, given what is known.

        Raises
        ------
        ValueError : the purchases are told in another unit of time than the parameters.
        """
        self._same_unit(purchases)
        ahead = days / self.unit_days
        z = ahead / (self.alpha + purchases.age + ahead)
        return self.alive(purchases) * self._mean_count(purchases.repeats, z)

    def alive(self, purchases: Purchases) -> np.ndarray:
        """The probability that a customer has not left; 1 by construction for whoever bought once."""
        self._same_unit(purchases)
        x, known = purchases.repeats, np.log(self.alpha + purchases.age)
        odds = (self.r + x) * (known - np.log(self.alpha + purchases.last))
        gone = np.where(x > 0, self.a / (self.b + np.maximum(x, 1) - 1) * np.exp(np.minimum(odds, 700.0)), 0.0)
        return 1.0 / (1.0 + gone)

    def buys(self, purchases: Purchases, days: float) -> np.ndarray:
        """The probability of at least one purchase in the next so many days."""
        ahead = days / self.unit_days
        known = self.alpha + purchases.age
        return self.alive(purchases) * -np.expm1((self.r + purchases.repeats) * -np.log1p(ahead / known))

    def expected_of_new(self, days: float) -> float:
        """Purchases after the first to expect of somebody who has just bought for the first time."""
        ahead = days / self.unit_days
        z = ahead / (self.alpha + ahead)
        return float(self._mean_count(np.zeros(1), np.array([z]))[0])

    def _mean_count(self, repeats: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Expected purchases of somebody who is there, after so many repeats; ``z`` is the share of all time ahead."""
        from scipy.special import hyp2f1

        a, many = _beside_one(self.a), self.r + repeats
        c = a + self.b + repeats - 1
        c = np.where(np.abs(c) < TOO_NEAR, TOO_NEAR, c)
        mixed = many < a - 1
        top, side = np.where(mixed, many, c - many), np.where(mixed, self.b + repeats, a - 1)
        return c / (a - 1) * (1 - (1 - z) ** np.where(mixed, many, a - 1) * hyp2f1(top, side, c, z))

    def _same_unit(self, purchases: Purchases) -> None:
        if purchases.unit_days != self.unit_days:
            raise ValueError(
                f"purchases: expected times in units of {self.unit_days:g} days, got {purchases.unit_days:g}"
            )


def fitted_bg_nbd(purchases: Purchases, near: BgNbd | None = None) -> BgNbd | None:
    """The parameters that make what is known most likely; None where the search finds no end.

    Customers alike are counted, not repeated, so that a hundred thousand take little longer than a thousand.

    Parameters
    ----------
    near : the model of a larger group that these customers are of; see ``likeliest``.
    """
    alike = _alike(purchases)
    customers = float(alike[-1].sum())
    if not customers:
        return None
    starts = STARTS if near is None else [near.parameters]
    found = likeliest(partial(_loss, alike=alike), starts, customers, near and near.parameters, LARGEST)
    if found is None:
        return None
    told = (found.log_likelihood, tuple(map(float, found.errors)), int(customers), purchases.unit_days)
    return BgNbd(*map(float, found.values), *told)


def log_likelihood(purchases: Purchases, r: float, alpha: float, a: float, b: float) -> float:
    """The log-likelihood of parameters, for whoever wants to compare."""
    alike = _alike(purchases)
    return -_loss(np.log([r, alpha, a, b]), alike)[0] * float(alike[-1].sum())


def _beside_one(a: float) -> float:
    return a if abs(a - 1) > TOO_NEAR else 1 + TOO_NEAR


def _alike(purchases: Purchases) -> Alike:
    rows = np.column_stack([purchases.repeats, purchases.last, purchases.age]).astype("float64")
    order = np.lexsort(rows.T)
    rows = rows[order]
    first = np.r_[np.ones(min(1, len(rows)), dtype=bool), np.any(rows[1:] != rows[:-1], axis=1)]
    weight = np.diff(np.r_[np.flatnonzero(first), len(rows)]).astype("float64")
    kept = rows[first]
    return kept[:, 0], kept[:, 1], kept[:, 2], weight


def _loss(logs: np.ndarray, alike: Alike) -> tuple[float, np.ndarray]:
    """Minus the mean log-likelihood, and how it changes with the logarithm of each parameter."""
    from scipy.special import digamma, gammaln

    (r, alpha, a, b), (x, last, age, weight) = np.exp(logs), alike
    before = np.maximum(x, 1) - 1
    now, then = np.log(alpha + age), np.log(alpha + last)
    there = -(r + x) * now
    left = np.where(x > 0, np.log(a) - np.log(b + before) - (r + x) * then, -np.inf)
    either = np.logaddexp(there, left)
    share_left = np.exp(left - either)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    value += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x) + either
    to_r = digamma(r + x) - digamma(r) + np.log(alpha) - (1 - share_left) * now - share_left * then
    to_alpha = r / alpha - (r + x) * ((1 - share_left) / (alpha + age) + share_left / (alpha + last))
    to_a = digamma(a + b) - digamma(a + b + x) + share_left / a
    to_b = digamma(a + b) + digamma(b + x) - digamma(b) - digamma(a + b + x) - share_left / (b + before)
    slopes = [
        float(weight @ part) * of for part, of in zip((to_r, to_alpha, to_a, to_b), (r, alpha, a, b), strict=True)
    ]
    total = weight.sum()
    return -float(weight @ value) / total, -np.array(slopes) / total
