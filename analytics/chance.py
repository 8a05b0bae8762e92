"""How often chance alone does as much."""

import math

import numpy as np

from analytics.formats import percent

NORMAL_80, NORMAL_95 = 1.2815515655446004, 1.959963984540054
"""Standard errors to either side within which 80 and 95 of 100 normal deviations lie."""
POWER_80 = 0.8416212335729143
"""Standard errors by which what is seen in 80 of 100 trials lies beyond the mark that it has to pass."""
FALSE_DISCOVERIES = 0.05
"""Share of what is called beyond chance that may be chance after all, in the long run."""


def odds_among_many(errors: np.ndarray) -> np.ndarray:
    """The probability that chance alone deviates so far in either direction, where many deviations are looked at.

    Where twenty are looked at, one of them lies beyond two standard errors by chance: each probability is raised so
    that of those called real at most that share is not, in the long run.

    Parameters
    ----------
    errors : deviations in standard errors; 0 where one is not known.

    Returns
    -------
    One probability (0–1) per deviation, in their order.

    Source: false discovery rate (Benjamini & Hochberg 1995). SciPy has it too, but takes half a second to load, which
    the first page of a fresh server would wait for; a test holds the two equal.

    >>> odds_among_many(np.array([0.0, 1.96])).round(3).tolist()
    [1.0, 0.1]
    """
    odds = np.array([math.erfc(abs(error) / math.sqrt(2)) for error in errors])
    by_size = np.argsort(odds)[::-1]
    raised = odds[by_size] * len(odds) / np.arange(len(odds), 0, -1)
    adjusted = np.empty_like(odds)
    adjusted[by_size] = np.minimum.accumulate(raised)
    return adjusted


def wilson_interval(
    successes: np.ndarray, tries: np.ndarray, errors: float = NORMAL_95
) -> tuple[np.ndarray, np.ndarray]:
    """Between which shares the true one lies, in 95 of 100 cases, when so many of so many did something.

    Unlike the plain ``share ± 1.96 standard errors`` it holds for few tries and for shares near 0 and 1.

    Parameters
    ----------
    successes, tries : counts; of no tries nothing is known.
    errors : half-width in standard errors.

    Returns
    -------
    The lower and the upper end (0–1); missing where there were no tries.

    Source: Wilson 1927.

    >>> [end.round(3).tolist() for end in wilson_interval(np.array([1, 0]), np.array([1, 10]))]
    [[0.207, 0.0], [1.0, 0.278]]
    """
    tries = np.where(np.asarray(tries) > 0, tries, np.nan).astype("float64")
    share, spread = successes / tries, errors**2 / tries
    middle = (share + spread / 2) / (1 + spread)
    half = np.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


def odds_of_chi_square(statistic: float, freedom: int) -> float:
    """The probability that chance alone makes a χ² statistic as large; missing without a degree of freedom.

    >>> round(odds_of_chi_square(3.841, 1), 3)
    0.05
    """
    from scipy.special import chdtrc  # half a second that the first pages need not wait for

    return float(chdtrc(freedom, statistic)) if freedom > 0 else float("nan")


def odds_in_words(odds: float) -> str:
    """A probability as it is said: small ones by their bound.

    >>> odds_in_words(0.034), odds_in_words(0.0002)
    ('3.4 %', 'less than 0.1 %')
    """
    return "less than 0.1 %" if odds < 0.001 else percent(odds)
