"""Who works when: the fewest people for what each weekday needs, and at which hour their shifts begin.

Everybody works so many days in a row and then has the others off; which weekday they begin on tells their pattern. The
fewest people whose patterns cover every weekday are an integer programme (Baker 1976), solved by HiGHS to the optimum.
"""

from dataclasses import dataclass

import numpy as np

WEEK = 7
EARLIEST, LATEST_END = 6, 24
"""Hours between which shifts lie."""


@dataclass(frozen=True, eq=False)
class Roster:
    """``people`` by pattern, ``patterns`` a row each with 1 for days at work from Monday on.

    ``on_duty`` has the people of each weekday, ``short`` how many are missing on it.
    """

    patterns: np.ndarray
    people: np.ndarray
    on_duty: np.ndarray
    short: np.ndarray

    @property
    def size(self) -> int:
        """Of all people."""
        return int(self.people.sum())

    @property
    def shifts(self) -> int:
        """Shifts of a week."""
        return int(self.on_duty.sum())


def shift_patterns(days_a_week: int, closed: np.ndarray) -> np.ndarray:
    """Every way to work so many open days in a row: a row each, 1 for days at work from Monday on.

    A closed day between two open ones interrupts no row; where there are no more open days, all are worked.

    >>> shift_patterns(2, np.array([False] * 3 + [True] * 4)).tolist()
    [[1, 1, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0, 0]]
    """
    is_open = np.flatnonzero(~np.asarray(closed, dtype=bool))
    if days_a_week >= len(is_open):
        every = np.zeros((1, WEEK), dtype=int)
        every[0, is_open] = 1
        return every if len(is_open) else np.zeros((0, WEEK), dtype=int)
    found = np.zeros((len(is_open), WEEK), dtype=int)
    for first in range(len(is_open)):
        found[first, np.take(is_open, range(first, first + days_a_week), mode="wrap")] = 1
    return found


def roster(needed: np.ndarray, patterns: np.ndarray, most: int | None = None) -> Roster:
    """The fewest people that cover every weekday; of these rosters the one whose fullest day is least overstaffed.

    Parameters
    ----------
    needed : people by weekday; none on closed ones.
    most : where no more people may be had, as few as possible are missing, counted over the days of a week; of such
        rosters that of which the day that lacks the largest share of its people lacks least.

    Raises
    ------
    ValueError : people needed on a day on which no pattern works.
    """
    needed = np.asarray(needed, dtype=int)
    if (needed[patterns.sum(axis=0) == 0] > 0).any() if len(patterns) else needed.any():
        raise ValueError(f"needed: expected nobody on days without a pattern, got {needed.tolist()}")
    if not needed.any() or most == 0:
        nobody = np.zeros(WEEK, dtype=int)
        return Roster(patterns, np.zeros(len(patterns), dtype=int), nobody, needed.copy())
    people = _least(needed, patterns, None)
    if most is not None and people.sum() > most:
        people = _least(needed, patterns, most)
    on_duty = patterns.T @ people
    return Roster(patterns, people, on_duty, np.maximum(needed - on_duty, 0))


def _least(needed: np.ndarray, patterns: np.ndarray, most: int | None) -> np.ndarray:
    """The fewest people, or the fewest missing with at most so many; then the most even of such rosters."""
    number = len(patterns)
    short_cost = 0.0 if most is None else 1.0
    first = np.concatenate([np.full(number, 1.0 if most is None else 0.0), np.full(WEEK, short_cost), [0.0]])
    found = _solved(first, needed, patterns, most, None)
    best = np.round(found[: number + WEEK])
    total = best[:number].sum() if most is None else best[number:].sum()
    even = np.concatenate([np.zeros(number + WEEK), [1.0]])
    found = _solved(even, needed, patterns, most, float(total))
    return np.round(found[:number]).astype(int)


def _solved(
    cost: np.ndarray, needed: np.ndarray, patterns: np.ndarray, most: int | None, total: float | None
) -> np.ndarray:
    """Variables: people by pattern, people missing by weekday (none unless there is a ``most``), and the largest
    surplus, or share missing, of a day.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    number = len(patterns)
    cover = np.hstack([patterns.T, np.eye(WEEK), np.zeros((WEEK, 1))])
    surplus = np.hstack([patterns.T, np.zeros((WEEK, WEEK)), -np.ones((WEEK, 1))])
    lacking = np.hstack([np.zeros((WEEK, number)), np.eye(WEEK), -needed[:, None].astype("float64")])
    uneven = LinearConstraint(surplus, -np.inf, needed) if most is None else LinearConstraint(lacking, -np.inf, 0)
    rules = [LinearConstraint(cover, needed, np.inf), uneven]
    people, short = np.zeros((2, number + WEEK + 1))
    people[:number], short[number:-1] = 1.0, 1.0
    if most is not None:
        rules.append(LinearConstraint(people, 0, most))
    if total is not None:
        rules.append(LinearConstraint(people if most is None else short, -np.inf, total + 0.5))
    largest = float(needed.sum())
    upper = np.concatenate([np.full(number, largest), np.full(WEEK, 0.0 if most is None else largest), [np.inf]])
    whole = np.concatenate([np.ones(number + WEEK), [0.0]])
    return milp(cost, constraints=rules, bounds=Bounds(0, upper), integrality=whole).x


@dataclass(frozen=True, eq=False)
class Starts:
    """``people`` who begin at each of the 24 hours; ``waiting`` hours of work left over at the end of each hour."""

    people: np.ndarray
    at_work: np.ndarray
    waiting: np.ndarray

    @property
    def wait(self) -> float:
        """Hours of work that wait in the mean over the day."""
        return float(self.waiting.mean())


def shift_starts(work: np.ndarray, people: int, hours: float) -> Starts | None:
    """When so many shifts begin so that the least work waits; None where they are too few for a day's work.

    Work that comes after the last shift waits for the next morning, of a day like this one.

    Parameters
    ----------
    work : hours of work that come in, by hour of the day.
    hours : length of a shift, which lies between 6 and 24 o'clock.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    starts = [h for h in range(EARLIEST, LATEST_END) if h + hours <= LATEST_END + 1e-9]
    if people < 1 or not starts or work.sum() > people * hours + 1e-9:
        return None
    presence = np.array([[min(max(h0 + hours - h, 0.0), 1.0) if h >= h0 else 0.0 for h0 in starts] for h in range(24)])
    number = len(starts)
    # waiting[h] ≥ waiting[h − 1] + work[h] − at work[h], the hour before midnight coming before the first
    before = np.roll(np.eye(24), -1, axis=1)
    rule = LinearConstraint(np.hstack([presence, np.eye(24) - before]), work, np.inf)
    all_of = LinearConstraint(np.concatenate([np.ones(number), np.zeros(24)]), people, people)
    there = presence.T @ work / max(float(work.sum()), 1e-9)  # of plans that let as little wait: be there when it comes
    cost = np.concatenate([-1e-4 * there, np.ones(24)])
    upper = np.concatenate([np.full(number, people), np.full(24, np.inf)])
    whole = np.concatenate([np.ones(number), np.zeros(24)])
    answer = milp(cost, constraints=[rule, all_of], bounds=Bounds(0, upper), integrality=whole)
    if answer.x is None:
        return None
    found = np.zeros(24, dtype=int)
    found[starts] = np.round(answer.x[:number]).astype(int)
    return Starts(found, presence @ found[starts], answer.x[number:])
