"""How often two things are in a basket, counted customer by customer, so that what rests on a few of them is seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

LARGEST_BASKET = 60
"""An order of more of the things looked at is a wholesaler's: all of it goes with all of it, and it says little."""

AT_ONCE = 5_000


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Items × items, the first down: ``together`` (baskets with both) and the variances of the logarithms of two lifts.

    ``firsts`` and ``thens`` are the baskets that have an item as the first and as the other, of ``baskets`` in all.
    ``alike`` is the factor by which any two things are together more often than if all baskets were of one size and
    all customers alike: the mean lift of two different things, ``n Σ k f / (Σ k Σ f)`` of baskets with ``k`` firsts and
    ``f`` others, things with themselves left out, and at least 1.
    ``variance`` is that of
    the plain lift, ``variance_alike`` that of the lift by ``alike``.
    """

    together: np.ndarray
    firsts: np.ndarray
    thens: np.ndarray
    baskets: int
    alike: float
    variance: np.ndarray
    variance_alike: np.ndarray
    too_large: int


def pair_counts(held: pd.DataFrame, items: int, days: int, last_start: int) -> PairCounts:
    """Counts of pairs, in one order or, for ``days``, of what is bought by the same customer within so many days after.

    Parameters
    ----------
    held : one row per order and item: ``order``, ``who`` (codes), ``day`` (a number), ``item`` (a code, −1 in orders
        that hold none that is looked at); ``who`` is −1 where the customer is not known.
    last_start : number of the day on which a basket may begin at the latest.
    """
    size = held[held["item"] >= 0].groupby("order")["item"].size()
    large = size.index[size > LARGEST_BASKET]
    held = held[~held["order"].isin(large)]
    baskets = held.drop_duplicates("order")
    if days:
        baskets = baskets[baskets["who"] >= 0]
    rows = held[(held["item"] >= 0) & held["order"].isin(baskets["order"])]
    sums = _Sums(items)
    for alone, day, content in _customers(baskets, rows, items):
        starts = day <= last_start
        if not days:
            then = content
        elif alone:
            then = np.zeros_like(content)
        else:
            gap = day[None, :] - day[:, None]
            then = np.minimum(((gap > 0) & (gap <= days)).astype(np.float32) @ content, 1.0)
        sums.add(content[starts], then[starts], alone)
    return sums.counted(len(large))


def _customers(baskets: pd.DataFrame, rows: pd.DataFrame, items: int) -> Iterator[tuple[bool, np.ndarray, np.ndarray]]:
    """Each customer's days and baskets × items; all baskets that stand alone in parts, each a customer of its own."""
    alone = (baskets["who"] < 0) | ~baskets["who"].duplicated(keep=False)
    order = baskets.assign(who=baskets["who"].where(~alone, -1)).sort_values(["who", "order"], kind="stable")
    place = pd.Series(np.arange(len(order)), index=order["order"].to_numpy())
    who, day = order["who"].to_numpy(), order["day"].to_numpy()
    at = place.loc[rows["order"]].to_numpy()
    by_basket = np.argsort(at, kind="stable")
    at, item = at[by_basket], rows["item"].to_numpy()[by_basket]
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(who)) + 1, [len(who)]])
    if len(who) and who[0] < 0:
        cuts = np.unique(np.concatenate([np.arange(0, cuts[1], AT_ONCE), cuts]))
    edges = np.searchsorted(at, cuts)
    for first, last, begin, end in zip(cuts[:-1], cuts[1:], edges[:-1], edges[1:], strict=True):
        content = np.zeros((last - first, items), dtype=np.float32)
        content[at[begin:end] - first, item[begin:end]] = 1.0
        yield bool(who[first] < 0), day[first:last], content


class _Sums:
    """Sums over customers of products of what each has.

    ``z`` baskets with both, ``a`` with the first, ``b`` with the other, and ``s``: baskets, firsts in them, others, and
    pairs of a first and another thing.
    """

    def __init__(self, items: int) -> None:
        self.z, self.zz, self.za, self.zb, self.ab = (np.zeros((items, items)) for _ in range(5))
        self.a, self.b, self.aa, self.bb = (np.zeros(items) for _ in range(4))
        self.zs, self.sa, self.sb = np.zeros((4, items, items)), np.zeros((4, items)), np.zeros((4, items))
        self.s, self.ss = np.zeros(4), np.zeros((4, 4))

    def add(self, first: np.ndarray, then: np.ndarray, alone: bool) -> None:
        """Baskets of one customer, or, where each stands ``alone``, of as many."""
        if not len(first):
            return
        k, f = first.sum(axis=1, dtype="float64"), then.sum(axis=1, dtype="float64")
        of_each = np.array([np.ones(len(k)), k, f, k * f - (first * then).sum(axis=1, dtype="float64")])
        self.s += of_each.sum(axis=1)
        if alone:
            self._add_alone(first, then, of_each)
        else:
            self._add_one(first, then, of_each.sum(axis=1))

    def _add_alone(self, first: np.ndarray, then: np.ndarray, of_each: np.ndarray) -> None:
        z, a, b = (first.T @ then).astype("float64"), first.sum(axis=0), then.sum(axis=0)
        for grown in (self.z, self.zz, self.za, self.zb, self.ab):
            grown += z
        for grown, by in ((self.a, a), (self.aa, a), (self.b, b), (self.bb, b)):
            grown += by
        self.ss += of_each @ of_each.T
        self.sa += of_each @ first
        self.sb += of_each @ then
        for n, own in enumerate(of_each):
            self.zs[n] += (first * own[:, None].astype(np.float32)).T @ then

    def _add_one(self, first: np.ndarray, then: np.ndarray, s: np.ndarray) -> None:
        a, b = first.sum(axis=0, dtype="float64"), then.sum(axis=0, dtype="float64")
        i, j = np.flatnonzero(a), np.flatnonzero(b)
        a, b = a[i], b[j]
        self.ss += np.outer(s, s)
        self.a[i] += a
        self.aa[i] += a * a
        self.sa[:, i] += np.outer(s, a)
        self.b[j] += b
        self.bb[j] += b * b
        self.sb[:, j] += np.outer(s, b)
        if not len(i) or not len(j):
            return
        z, at = (first[:, i].T @ then[:, j]).astype("float64"), np.ix_(i, j)
        self.z[at] += z
        self.zz[at] += z * z
        self.za[at] += z * a[:, None]
        self.zb[at] += z * b
        self.ab[at] += np.outer(a, b)
        self.zs[(slice(None), *np.ix_(i, j))] += s[:, None, None] * z

    def counted(self, too_large: int) -> PairCounts:
        """What it comes to. Lifts are products of sums, so their logarithms vary by sums of what customers add."""
        n, k, f, two = np.where(self.s > 0, self.s, 1.0)
        apart = max(
            k * f - float(self.a @ self.b), 1e-9
        )  # what is left of all pairs without those of a thing with itself
        plain = self._variance(np.array([1 / n, 0, 0, 0]))
        alike = self._variance(np.array([0, 1 / k, 1 / f, -1 / two]))
        return PairCounts(
            self.z, self.a, self.b, int(self.s[0]), max(float(n * two / apart), 1.0), plain, alike, too_large
        )

    def _variance(self, w: np.ndarray) -> np.ndarray:
        """Σ over customers of (z/Σz − a/Σa − b/Σb + w·s)²."""
        z, a, b = (np.where(of > 0, of, np.nan) for of in (self.z, self.a[:, None], self.b[None, :]))
        ws = np.tensordot(w, self.zs, axes=1)
        return (
            self.zz / z**2 + self.aa[:, None] / a**2 + self.bb[None, :] / b**2 + w @ self.ss @ w
            - 2 * self.za / (z * a) - 2 * self.zb / (z * b) + 2 * ws / z
            + 2 * self.ab / (a * b) - 2 * (w @ self.sa)[:, None] / a - 2 * (w @ self.sb)[None, :] / b
        )  # fmt: skip
