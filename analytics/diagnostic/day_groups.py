"""Days in groups: single days where orders are many, days with few together with their neighbours."""

import numpy as np


def day_groups(days: np.ndarray, orders: np.ndarray, fewest: int) -> tuple[np.ndarray, list[str]]:
    """The group of each row by its days, and the groups' names; days with few orders join the next.

    What is left at the long end joins the group before.

    Parameters
    ----------
    days : whole days of each row.
    orders : how many orders each row stands for.
    fewest : orders that a group has at least, unless there is but one.

    >>> day_groups(np.array([1.0, 2.0, 3.0, 5.0, 9.0]), np.array([2, 9, 12, 11, 3]), 10)
    (array([0, 0, 1, 2, 2]), ['1–2', '3', '5+'])
    """
    single, place = np.unique(days, return_inverse=True)
    group, number, held = np.zeros(len(single), dtype=np.intp), 0, 0.0
    for n, count in enumerate(np.bincount(place, orders)):
        group[n] = number
        held += count
        if held >= fewest:
            number, held = number + 1, 0.0
    if held and number:
        group[group == number] = number - 1
    firsts = single[np.searchsorted(group, np.arange(group[-1] + 1))]
    lasts = single[np.searchsorted(group, np.arange(group[-1] + 1), side="right") - 1]
    names = [f"{a:.0f}" if a == b else f"{a:.0f}–{b:.0f}" for a, b in zip(firsts, lasts, strict=True)]
    if firsts[-1] != lasts[-1]:
        names[-1] = f"{firsts[-1]:.0f}+"
    return group[place], names
