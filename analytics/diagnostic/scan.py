"""The search for the smallest set of segments that explains a change, over combinations of up to three dimensions.

Each segment is held against everything outside it: by how much more did it move than the rest, in standard errors?
A part of the true scope has fewer orders and so fewer errors; a whole that contains it moved less than its noise grew.
So the segment of the largest contrast is the scope of the change, unless the choice among so many more segments of more
dimensions would bring that much by itself (see ``score``). What is found is taken out and the search goes on, until
chance among so many segments does as much.
Source: likelihood-ratio scan statistic (Kulldorff 1997) over the cuboids of Adtributor (Bhagwat et al. 2014) and its
successors; the price of a dimension is that of naming it (minimum description length, Rissanen 1978).
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analytics.diagnostic.moments import Moments

MOST_DIMENSIONS = 3
MOST_SEGMENTS = 5
NAMED_BELOW = 0.04
"""Chance at which a segment is named. Of a hundred quiet comparisons at most five may name one; few orders have wider
tails than the normal distribution, so a little less is allowed."""
FEWEST_ORDERS = 20
"""In one of the periods, of a mean in each, below which a segment is not looked at, nor what lies outside it: it could
not move far enough to be told from chance."""
LOOKED_AT_CLOSELY = 30
"""Of the segments of the best score, whose range of chance is computed customer by customer."""

Scope = tuple[tuple[int, int], ...]
"""A segment: the position of each dimension that it narrows, with the code of its member."""


@dataclass(frozen=True)
class Cube:
    """Two periods by every combination of members that occurs.

    ``codes`` has a row per dimension and a column per cell; ``nameable`` says, per dimension, which codes are members:
    the others stand for many small ones together.
    """

    codes: np.ndarray
    nameable: tuple[np.ndarray, ...]
    now: Moments
    before: Moments

    def inside(self, scope: Scope) -> np.ndarray:
        """Which cells lie in a segment."""
        return _inside(self.codes, scope)

    def inside_and_rest(self, scope: Scope) -> tuple[Moments, Moments]:
        """Now and before, each of two: the segment, and everything outside it."""
        position = (~self.inside(scope)).astype(np.intp)
        return self.now.summed(position, 2), self.before.summed(position, 2)


@dataclass(frozen=True)
class Units:
    """What single customers (a guest's order is one of its own) did in cells: one row per unit and cell.

    ``top`` and ``bottom`` of now and before as in ``Moments``; ``every`` is k where the units are one of k.
    """

    codes: np.ndarray
    unit: np.ndarray
    now_top: np.ndarray
    now_bottom: np.ndarray
    before_top: np.ndarray
    before_bottom: np.ndarray
    every: int = 1


@dataclass(frozen=True)
class Segment:
    """A segment that moved otherwise than the rest.

    ``beyond`` is what it moved beyond it, in the unit of the metric of the whole; ``errors`` the same in standard
    errors; ``by_chance`` the probability that any of the segments looked at moves so far by chance.
    """

    scope: Scope
    beyond: float
    errors: float
    by_chance: float


@dataclass(frozen=True)
class _Contrasts:
    """Per segment: how far it moved beyond the rest, and the variance of that."""

    beyond: np.ndarray
    variance: np.ndarray
    weight: np.ndarray
    """What ``beyond`` of the segment is of the whole's metric."""


def segments_that_moved(cube: Cube, units: Units | None = None) -> tuple[list[Segment], Segment | None]:
    """The segments whose change is not that of the rest, surest first; none where chance does as much.

    Parameters
    ----------
    cube : the two periods.
    units : the same by customer; without them orders are taken to be independent.

    Returns
    -------
    The segments, and the likeliest of those that chance may have moved as far, if there is any.
    """
    found: list[Segment] = []
    while best := _best(cube, units):
        if len(found) == MOST_SEGMENTS or best.by_chance > NAMED_BELOW:
            break
        found.append(best)
        cube, units = _taken_out(cube, units, best.scope)
    return found, best


def contrast(cube: Cube, scope: Scope) -> tuple[float, float]:
    """How far one segment moved beyond the rest, in the unit of the whole's metric, and the standard error of that."""
    found = _contrasts(*cube.inside_and_rest(scope), cube.now.total(), cube.before.total())
    return float(found.beyond[0] * found.weight[0]), float(np.sqrt(found.variance[0]) * found.weight[0])


def score(errors: np.ndarray, candidates: int) -> np.ndarray:
    """How much likelier a change of the segment makes what is seen, less what it costs to name one of so many.

    >>> score(np.array([4.0]), 1).tolist(), score(np.array([4.0]), 100).round(2).tolist()
    ([8.0], [3.39])
    """
    return errors**2 / 2 - math.log(candidates)


def odds_among(errors: float, candidates: int) -> float:
    """The probability that one of so many segments, of one, two or three dimensions, moves so far by chance.

    >>> round(odds_among(4.5, 100), 4), odds_among(1.0, 100)
    (0.002, 1.0)
    """
    return min(1.0, MOST_DIMENSIONS * candidates * math.erfc(abs(errors) / math.sqrt(2)))


def _best(cube: Cube, units: Units | None) -> Segment | None:
    """The segment of the best score; its range of chance is the wider of that by orders and that by customers."""
    candidates = _candidates(cube)
    numbers = {size: sum(len(c.errors) for c in candidates if len(c.dimensions) == size) for size in (1, 2, 3)}
    scored = [
        (float(value), c, i)
        for c in candidates
        for value, i in _highest(score(c.errors, max(numbers[len(c.dimensions)], 1)))
    ]
    scored.sort(key=lambda one: one[0], reverse=True)
    best: Segment | None = None
    best_score = -math.inf
    for value, c, i in scored[:LOOKED_AT_CLOSELY]:
        if value <= best_score:
            break  # what follows cannot get better by a closer look
        scope, errors = c.scope(i), c.errors[i]
        if units is not None and errors > 0:
            errors = abs(c.beyond[i]) / _clustered_error(cube, units, scope, (c.beyond[i] / errors) ** 2)
        number = numbers[len(c.dimensions)]
        value = float(score(np.array(errors), number))
        if value > best_score:
            best_score = value
            beyond = float(c.beyond[i] * c.weight[i])
            best = Segment(scope, beyond, math.copysign(errors, beyond), odds_among(errors, number))
    return best and _the_one_that_moved(cube, best)


def _the_one_that_moved(cube: Cube, segment: Segment) -> Segment:
    """Of the only two members of a dimension each is the rest of the other: the one that moved more itself is meant."""
    (dimension, code), *more = segment.scope
    codes = np.flatnonzero(np.bincount(cube.codes[dimension], minlength=len(cube.nameable[dimension])))
    if more or len(codes) != 2 or not cube.nameable[dimension][codes].all():
        return segment
    other = ((dimension, int(codes[codes != code][0])),)
    if _own_move(cube, other) <= _own_move(cube, segment.scope):
        return segment
    beyond, _ = contrast(cube, other)
    return replace(segment, scope=other, beyond=beyond, errors=math.copysign(segment.errors, beyond))


def _own_move(cube: Cube, scope: Scope) -> float:
    """By how much a segment moved, whatever the rest did."""
    inside = cube.inside(scope)
    now, before = cube.now.total(inside), cube.before.total(inside)
    if cube.now.bottom.any():
        return float(np.nan_to_num(abs(now.ratio() - before.ratio())))
    if now.top <= 0 or before.top <= 0:
        return math.inf
    return abs(math.log(now.top / before.top))


@dataclass(frozen=True)
class _Candidates:
    """The segments of one combination of dimensions that can be looked at."""

    dimensions: tuple[int, ...]
    shape: tuple[int, ...]
    position: np.ndarray
    beyond: np.ndarray
    weight: np.ndarray
    errors: np.ndarray

    def scope(self, i: int) -> Scope:
        members = np.unravel_index(self.position[i], self.shape)
        return tuple((dimension, int(code)) for dimension, code in zip(self.dimensions, members, strict=True))


def _candidates(cube: Cube) -> list[_Candidates]:
    now_all, before_all = cube.now.total(), cube.before.total()
    found = []
    for dimensions in _combinations(len(cube.codes)):
        shape = tuple(len(cube.nameable[d]) for d in dimensions)
        position = np.ravel_multi_index([cube.codes[d] for d in dimensions], shape)
        there, position = np.unique(position, return_inverse=True)
        now, before = (moments.summed(position, len(there)) for moments in (cube.now, cube.before))
        contrasts = _contrasts(now, before, now_all, before_all)
        is_mean = bool(np.any(cube.now.bottom))
        named = np.ones(len(there), dtype=bool)
        for d, codes in zip(dimensions, np.unravel_index(there, shape), strict=True):
            named &= cube.nameable[d][codes]
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = np.abs(contrasts.beyond) / np.sqrt(contrasts.variance)
        rest = [whole.orders - part.orders for whole, part in ((now_all, now), (before_all, before))]
        fewest = np.minimum if is_mean else np.maximum
        many = (fewest(now.orders, before.orders) >= FEWEST_ORDERS) & (fewest(*rest) >= FEWEST_ORDERS)
        usable = named & many & np.isfinite(errors)
        found.append(
            _Candidates(
                dimensions, shape, there[usable], contrasts.beyond[usable], contrasts.weight[usable], errors[usable]
            )
        )
    return found


def _combinations(dimensions: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, min(MOST_DIMENSIONS, dimensions) + 1):
        yield from itertools.combinations(range(dimensions), size)


def _highest(values: np.ndarray) -> list[tuple[float, int]]:
    most = np.argsort(values)[::-1][:LOOKED_AT_CLOSELY]
    return [(values[i], int(i)) for i in most]


def _contrasts(now: Moments, before: Moments, now_all: Moments, before_all: Moments) -> _Contrasts:
    """Each segment against everything outside it.

    Sums: v − r·g, g being the growth of the rest. Ratios: the change of the segment's less that of the rest's.
    First-order propagation of independent errors.
    """
    out_now, out_before = now_all.less(now), before_all.less(before)
    if not np.any(now_all.bottom) and not np.any(before_all.bottom):
        growth, share = _growth(out_now, out_before), _over(before.top, out_before.top)
        variance = now.top_squared + growth**2 * before.top_squared
        variance = variance + share**2 * (out_now.top_squared + growth**2 * out_before.top_squared)
        return _Contrasts(now.top - growth * before.top, variance, np.ones_like(growth))
    beyond = (now.ratio() - before.ratio()) - (out_now.ratio() - out_before.ratio())
    variance = sum(m.variance_of_ratio(now_all) for m in (now, out_now))
    variance = variance + sum(m.variance_of_ratio(before_all) for m in (before, out_before))
    return _Contrasts(beyond, variance, now.bottom / now_all.bottom)


def _growth(now: Moments, before: Moments) -> np.ndarray:
    """Of what lies outside; where more was given back than sold there is no growth, and none is assumed."""
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = now.top / before.top
    return np.where(np.isfinite(growth) & (growth > 0), growth, 1.0)


def _over(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b != 0, a / b, 0.0)


def _clustered_error(cube: Cube, units: Units, scope: Scope, independent: float) -> float:
    """The standard error of a contrast with customers as the independent units.

    Of sums, what customers scatter more than independent orders would is measured around the segment's own growth:
    that all of its customers buy less is what is looked for, and no scatter.

    Parameters
    ----------
    independent : the variance of the contrast with independent orders.
    """
    inside = _inside(units.codes, scope)
    now, before = cube.inside_and_rest(scope)
    pull = np.zeros(len(units.unit))
    if not np.any(cube.now.bottom):
        own, of_rest = (max(float(_over(now.top[i], before.top[i])), 0.0) for i in (0, 1))
        share = float(_over(before.top[0], before.top[1]))
        pull = np.where(inside, units.now_top - own * units.before_top, 0.0)
        pull -= np.where(inside, 0.0, share * (units.now_top - of_rest * units.before_top))
        expected = now.top_squared[0] + own**2 * before.top_squared[0]
        expected += share**2 * (now.top_squared[1] + of_rest**2 * before.top_squared[1])
        more = units.every * np.sum(np.bincount(units.unit, pull) ** 2) / expected if expected > 0 else 1.0
        return float(np.sqrt(max(more, 1.0) * independent))
    for moments, top, bottom, sign in (
        (now, units.now_top, units.now_bottom, 1.0),
        (before, units.before_top, units.before_bottom, -1.0),
    ):
        ratios = moments.ratio()
        for part, where, of_rest in ((0, inside, 1.0), (1, ~inside, -1.0)):
            own = (top - ratios[part] * bottom) / moments.bottom[part]
            pull += sign * of_rest * np.where(where, own, 0.0)
    by_unit = np.bincount(units.unit, pull)
    return float(np.sqrt(max(units.every * np.sum(by_unit**2), independent)))


def _at(moments: Moments, i: int) -> Moments:
    return Moments(*(column[i] for column in moments.columns()))


def _inside(codes: np.ndarray, scope: Scope) -> np.ndarray:
    found = np.ones(codes.shape[1], dtype=bool)
    for dimension, code in scope:
        found &= codes[dimension] == code
    return found


def _taken_out(cube: Cube, units: Units | None, scope: Scope) -> tuple[Cube, Units | None]:
    """The same as if the segment had moved like the rest: what happened inside it otherwise stays."""
    cells, (now, before) = cube.inside(scope), cube.inside_and_rest(scope)
    if np.any(cube.now.bottom):
        excess = (now.ratio()[0] - before.ratio()[0]) - (now.ratio()[1] - before.ratio()[1])
        cube = replace(cube, now=_lowered(cube.now, cells, float(excess)))
        if units is not None:
            inside = _inside(units.codes, scope)
            units = replace(units, now_top=units.now_top - np.where(inside, excess, 0.0) * units.now_bottom)
        return cube, units
    growth = float(_growth(_at(now, 1), _at(before, 1)))
    expected = growth * before.top[0]
    if now.top[0] > 0 and expected > 0:
        cube = replace(cube, now=_scaled(cube.now, cells, expected / now.top[0], growth, cube.before))
        top = units and units.now_top * np.where(_inside(units.codes, scope), expected / now.top[0], 1.0)
    else:  # new or gone: nothing inside can be told apart
        cube = replace(cube, now=_put_in_place(cube.now, cells, cube.before, growth))
        top = units and np.where(_inside(units.codes, scope), growth * units.before_top, units.now_top)
    return cube, units and replace(units, now_top=top)


def _lowered(moments: Moments, cells: np.ndarray, excess: float) -> Moments:
    """The tops less so much per bottom, in some cells; their scatter stays."""
    by = np.where(cells, excess, 0.0)
    squares = moments.top_squared - 2 * by * moments.both + by**2 * moments.bottom_squared
    both = moments.both - by * moments.bottom_squared
    return replace(moments, top=moments.top - by * moments.bottom, top_squared=squares, both=both)


def _scaled(moments: Moments, cells: np.ndarray, by: float, growth: float, before: Moments) -> Moments:
    """The tops times so much, in some cells.

    Few orders made many scatter as those few did; where none are left, as those to be expected would have.
    """
    factor = np.where(cells, by, 1.0)
    squares = np.maximum(moments.top_squared * factor**2, by * growth * before.top_squared)
    return replace(moments, top=moments.top * factor, top_squared=np.where(cells, squares, moments.top_squared))


def _put_in_place(moments: Moments, cells: np.ndarray, other: Moments, growth: float) -> Moments:
    return replace(
        moments,
        top=np.where(cells, growth * other.top, moments.top),
        top_squared=np.where(cells, growth**2 * other.top_squared, moments.top_squared),
        orders=np.where(cells, growth * other.orders, moments.orders),
    )
