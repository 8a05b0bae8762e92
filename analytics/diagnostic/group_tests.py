"""How sure a difference between two groups of customers is: the tests, each with its interval and its effect size.

Customers are the units: whoever orders often does not count as many people. Groups may share customers (by channel they
do); what these contribute to both sides is taken together.
"""

from dataclasses import dataclass

import numpy as np

from analytics.chance import NORMAL_95, POWER_80

CONFIDENCE, POWER = 0.95, 0.8
PERMUTATIONS = 1999
PAIRS = 1500
"""Customers of each group whose differences, each with each, are looked at for the median of all."""


@dataclass(frozen=True)
class Verdict:
    """A difference with its 95 % interval, how often chance alone does as much, and what 80 % of samples would show.

    ``detectable`` is the smallest true difference that four samples of five like these would tell from none.
    """

    difference: float
    low: float
    high: float
    by_chance: float
    detectable: float


@dataclass(frozen=True)
class Pulls:
    """What each customer contributes to a metric in a group, as its influence; one entry per customer of either group.

    ``inside`` says who belongs to the group at all.
    """

    value: float
    pull: np.ndarray
    inside: np.ndarray

    @property
    def customers(self) -> int:
        """How many belong to the group."""
        return int(self.inside.sum())

    @property
    def variance(self) -> float:
        """Of the group's value."""
        return float(np.sum(self.pull**2)) * self.correction

    @property
    def correction(self) -> float:
        """For the group's value having been taken from the same customers."""
        return self.customers / max(self.customers - 1, 1)

    @property
    def largest_share(self) -> float:
        """How much of the variance the one customer with most of it makes."""
        squares = self.pull**2
        return float(squares.max(initial=0.0) / squares.sum()) if squares.any() else 0.0


def welch(a: Pulls, b: Pulls, every: int = 1) -> Verdict:
    """The difference of two means, ratios or totals whose groups may scatter differently.

    Parameters
    ----------
    every : where the customers are a sample of one in so many, and the values those of all.

    Source: Welch 1947, with influence values of customers (Liang & Zeger 1986).
    """
    from scipy.special import stdtr, stdtrit

    error, freedom = standard_error(a, b, every), _freedom(a, b)
    difference = a.value - b.value
    half = stdtrit(freedom, (1 + CONFIDENCE) / 2) * error
    by_chance = 2 * stdtr(freedom, -abs(difference) / error) if error > 0 else float("nan")
    detectable = half + stdtrit(freedom, POWER) * error
    return Verdict(difference, difference - half, difference + half, float(by_chance), float(detectable))


def standard_error(a: Pulls, b: Pulls, every: int = 1) -> float:
    """Of the difference: customers in both groups pull on both sides."""
    shared = 2 * float(np.sum(a.pull * b.pull)) * np.sqrt(a.correction * b.correction)
    return float(np.sqrt(every * max(a.variance + b.variance - shared, 0.0)))


def odds_if_alike(a: Pulls, b: Pulls, every: int = 1) -> float:
    """How often chance alone makes such a difference, its scatter taken as if the groups were alike.

    A small group that happens to be without its large customers is low and calm at once, and would seem sure of it.
    Where many are looked at, one of them is always like that; seen from the mean of all, it is less calm.

    Parameters
    ----------
    a, b : pulls reckoned with the value of both groups together.

    Source: score test (Rao 1948), with the degrees of freedom of the smaller group.
    """
    from scipy.special import stdtr

    error = standard_error(a, b, every)
    freedom = max(min(_carrying(a), _carrying(b)) - 1, 1.0)
    return float(2 * stdtr(freedom, -abs(a.value - b.value) / error)) if error > 0 else float("nan")


def two_proportions(done: tuple[float, float], number: tuple[float, float]) -> Verdict:
    """The difference of two shares of customers, none of whom is in both groups.

    Source: the score interval of Newcombe 1998 (method 10), which holds for small groups and shares near 0 and 1; the
    pooled z-test.
    """
    from scipy.special import ndtr

    from analytics.chance import wilson_interval

    shares = np.array(done) / np.array(number)
    (low_a, low_b), (high_a, high_b) = wilson_interval(np.array(done), np.array(number))
    difference = float(shares[0] - shares[1])
    low = difference - np.hypot(shares[0] - low_a, high_b - shares[1])
    high = difference + np.hypot(high_a - shares[0], shares[1] - low_b)
    pooled = sum(done) / sum(number)
    error = np.sqrt(pooled * (1 - pooled) * sum(1 / n for n in number))
    by_chance = 2 * ndtr(-abs(difference) / error) if error > 0 else float("nan")
    return Verdict(difference, float(low), float(high), float(by_chance), float(_NORMAL_BOTH * error))


def permutation(top: np.ndarray, bottom: np.ndarray, in_a: np.ndarray) -> Verdict:
    """The difference of two ratios of sums when customers are dealt to the groups anew by chance, many times.

    What is compared each time is the difference in its own standard errors, so that groups of unlike scatter are no
    trouble. The interval is the difference ± what 95 of 100 deals stay within.

    Parameters
    ----------
    top, bottom : what each customer adds above and below the line; each customer is in one group.
    in_a : who is in the first group.

    Source: studentised permutation test (Janssen 1997).
    """
    rng = np.random.default_rng(0)  # the same data give the same answer
    sums = np.column_stack([top, bottom, top**2, bottom**2, top * bottom, np.ones(len(top))])
    whole, own = sums.sum(axis=0), sums[in_a].sum(axis=0)
    difference, error = (float(x[0]) for x in _studentised(own[None], whole))
    size = min(int(in_a.sum()), int((~in_a).sum()))
    dealt = np.array([sums[rng.choice(len(top), size, replace=False, shuffle=False)].sum(axis=0)
                      for _ in range(PERMUTATIONS)])  # fmt: skip
    moved, errors = _studentised(dealt, whole)
    with np.errstate(divide="ignore", invalid="ignore"):  # a deal may have no scatter
        far = np.where((errors > 0) & np.isfinite(moved), np.abs(moved / errors), np.inf)
    seen = abs(difference) / error if error > 0 else np.inf
    if not np.isfinite([difference, error]).all() or error == 0:
        return Verdict(difference, *[float("nan")] * 4)
    by_chance = (1 + np.sum(far >= seen - 1e-12)) / (PERMUTATIONS + 1)
    half = float(np.quantile(far, CONFIDENCE, method="higher")) * error
    return Verdict(difference, difference - half, difference + half, float(by_chance), half + POWER_80 * error)


def mann_whitney(a: np.ndarray, b: np.ndarray) -> tuple[Verdict, float]:
    """By how much a customer of one group is typically above one of the other, and Cliff's delta.

    The difference is the median of all differences of one from each group (Hodges & Lehmann 1963); its interval holds
    the shifts at which the ranks would not differ beyond chance. Cliff's delta (−1 to 1) is how much more often it is
    the one than the other that is above.

    Source: Mann & Whitney 1947, with the variance of DeLong et al. 1988, which allows for unlike scatter.
    """
    from scipy.special import ndtr

    above_b = _placements(a, b)  # for each of a: the share of b below, ties half
    below_a = 1 - _placements(b, a)
    chance = float(above_b.mean())
    error = np.sqrt(above_b.var(ddof=1) / len(a) + below_a.var(ddof=1) / len(b))
    rng = np.random.default_rng(0)
    of_a, of_b = (x if len(x) <= PAIRS else rng.choice(x, PAIRS, replace=False) for x in (a, b))
    ends = np.clip([0.5 - NORMAL_95 * error, 0.5, 0.5 + NORMAL_95 * error], 0, 1)
    low, middle, high = (float(end) for end in np.quantile(of_a[:, None] - of_b[None, :], ends))
    by_chance = 2 * ndtr(-abs(chance - 0.5) / error) if error > 0 else float("nan")
    return Verdict(middle, low, high, float(by_chance), _NORMAL_BOTH / NORMAL_95 * (high - low) / 2), 2 * chance - 1


def _placements(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    ranked = np.sort(others)
    return (np.searchsorted(ranked, values, "left") + np.searchsorted(ranked, values, "right")) / (2 * len(others))


def _studentised(own: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per deal the difference of the ratios and its standard error, from sums of one group and of both."""
    ratios, variances = [], []
    for sums in (own, whole - own):
        top, bottom, top2, bottom2, cross, n = sums.T
        with np.errstate(divide="ignore", invalid="ignore"):  # a deal may have nothing below the line
            ratio = top / bottom
            squares = np.maximum(top2 - 2 * ratio * cross + ratio**2 * bottom2, 0.0)
            variances.append(squares / bottom**2 * n / np.maximum(n - 1, 1))
        ratios.append(ratio)
    return ratios[0] - ratios[1], np.sqrt(variances[0] + variances[1])


def _freedom(a: Pulls, b: Pulls) -> float:
    """Degrees of freedom by Satterthwaite, from as many customers as really carry each variance."""
    parts = [(p.variance, _carrying(p)) for p in (a, b)]
    below = sum(variance**2 / max(carrying - 1, 1) for variance, carrying in parts)
    return max(sum(variance for variance, _ in parts) ** 2 / below, 1.0) if below > 0 else 1.0


def _carrying(pulls: Pulls) -> float:
    """How many customers of equal pull would scatter as these do: a few large ones among many count as few."""
    squares = pulls.pull**2
    fourth = np.sum(squares**2)
    return float(min(pulls.customers, 3 * squares.sum() ** 2 / fourth)) if fourth > 0 else float(pulls.customers)


_NORMAL_BOTH = NORMAL_95 + POWER_80
