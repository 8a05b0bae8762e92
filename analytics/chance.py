"""How often chance alone does as much."""

import math

import numpy as np


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
