"""What each feature adds to one prediction: exact Shapley values over all coalitions, which add up to it."""

from collections.abc import Callable
from math import factorial

import numpy as np

AT_ONCE = 100_000
"""Rows asked of the model at a time."""


def shapley_values(
    predicted: Callable[[np.ndarray], np.ndarray],
    rows: np.ndarray,
    background: np.ndarray,
    columns: dict[str, list[int]],
) -> tuple[float, np.ndarray]:
    """How a prediction comes about, feature by feature, starting from the mean prediction of other customers.

    A coalition of features is worth what is predicted on average where these are the row's own and all others are
    those of each row of the background (interventional; Lundberg & Lee 2017). A feature's value is its mean gain over
    all orders in which features can become known, computed over all 2^k coalitions and not sampled.

    Parameters
    ----------
    predicted : of a matrix of rows a number each.
    rows, background : matrices of the same columns.
    columns : the columns of each feature, which become known together.

    Returns
    -------
    The mean prediction of the background, and one row per row with a value per feature: together they add up to the
    row's prediction.

    >>> base, values = shapley_values(lambda m: m[:, 0] * m[:, 1], np.array([[2.0, 3.0]]), np.zeros((1, 2)),
    ...                               {"a": [0], "b": [1]})
    >>> base, values.tolist()
    (0.0, [[3.0, 3.0]])
    """
    names = list(columns)
    own = _own_columns([columns[name] for name in names], rows.shape[1])
    step = max(1, AT_ONCE // len(background))
    parts = [_worth(predicted, rows[first : first + step], background, own) for first in range(0, len(rows), step)]
    worth, values = np.concatenate(parts, axis=1), np.zeros((len(rows), len(names)))
    for position in range(len(names)):
        bit = 1 << position
        for without in range(len(worth)):
            if not without & bit:
                values[:, position] += _weight(without, len(names)) * (worth[without | bit] - worth[without])
    return float(worth[0][0]), values


def _own_columns(columns: list[list[int]], number: int) -> np.ndarray:
    """For each coalition, by the bits of its number, the columns that it knows of."""
    own = np.zeros((2 ** len(columns), number), dtype=bool)
    for position, those in enumerate(columns):
        knows = (np.arange(len(own)) >> position & 1).astype(bool)
        own[np.ix_(knows, those)] = True
    return own


def _weight(coalition: int, features: int) -> float:
    size = coalition.bit_count()
    return factorial(size) * factorial(features - size - 1) / factorial(features)


def _worth(
    predicted: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, background: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """The mean prediction of each coalition (down) for each row (across); as many at once as memory allows."""
    at_once = max(1, AT_ONCE // (len(rows) * len(background)))
    worth = np.empty((len(own), len(rows)))
    for first in range(0, len(own), at_once):
        some = own[first : first + at_once]
        mixed = np.where(some[:, None, None, :], rows[None, :, None, :], background[None, None, :, :])
        said = predicted(mixed.reshape(-1, rows.shape[1]))
        worth[first : first + at_once] = said.reshape(len(some), len(rows), len(background)).mean(axis=2)
    return worth
