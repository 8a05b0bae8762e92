"""What a metric and its range of chance are computed from, by segment: sums and sums of squares of two periods.

A metric is a sum, or a sum over another. Of each order this keeps what it adds to both, and the squares and the product
of that, for an order's pull on a ratio is linear in the two (Liang & Zeger 1986, with independent orders).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.metrics import Metric

SEEN_BEFORE = 20
"""Orders as scattered as the whole that a part is taken to have seen, when its own scatter is judged."""

PartOf = Callable[[str], np.ndarray]
"""The sums of a part of metrics, one per cell."""


@dataclass(frozen=True)
class Moments:
    """Of each of some cells: the metric's numerator ``top``, its denominator ``bottom`` (0 for a sum), the sums of
    squares of both, their products, and ``orders``. Arrays of one shape.
    """

    top: np.ndarray
    bottom: np.ndarray
    top_squared: np.ndarray
    both: np.ndarray
    bottom_squared: np.ndarray
    orders: np.ndarray

    def columns(self) -> tuple[np.ndarray, ...]:
        """All of them, in their order."""
        return (self.top, self.bottom, self.top_squared, self.both, self.bottom_squared, self.orders)

    def summed(self, position: np.ndarray, length: int) -> "Moments":
        """The cells added up by a position each."""
        return Moments(*(np.bincount(position, column, length) for column in self.columns()))

    def total(self, inside: np.ndarray | slice = slice(None)) -> "Moments":
        """All cells added up, or some."""
        return Moments(*(column[inside].sum() for column in self.columns()))

    def less(self, other: "Moments") -> "Moments":
        """What is left when other cells are taken away."""
        return Moments(*(a - b for a, b in zip(self.columns(), other.columns(), strict=True)))

    def ratio(self) -> np.ndarray:
        """Top over bottom; missing over nothing."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.bottom > 0, self.top / self.bottom, np.nan)

    def squares(self) -> np.ndarray:
        """The sum over orders of the square of what each pulls on the ratio, before it is divided by the bottom."""
        ratio = np.nan_to_num(self.ratio())
        return np.maximum(self.top_squared - 2 * ratio * self.both + ratio**2 * self.bottom_squared, 0.0)

    def variance_of_ratio(self, of_all: "Moments | None" = None) -> np.ndarray:
        """Of chance, with independent orders.

        Parameters
        ----------
        of_all : the whole that these are parts of. Each part is taken to have seen some orders as scattered as those
            of the whole: ten orders that all scored 5 are no proof that the eleventh will.
        """
        squares, orders = self.squares(), self.orders
        with np.errstate(divide="ignore", invalid="ignore"):
            if of_all is not None and of_all.orders > 0:
                usual = of_all.squares() / of_all.orders
                squares = (squares + SEEN_BEFORE * usual) * orders / (orders + SEEN_BEFORE)
            corrected = np.where(orders > 1, orders / (orders - 1), np.nan)
            return np.where(self.bottom > 0, squares * corrected / self.bottom**2, np.nan)


def moments_of(measured: Metric, part: PartOf, weight: float = 1.0) -> Moments:
    """The moments of a metric whose parts add up.

    Parameters
    ----------
    part : the sums of a part by cell.
    weight : what every order counts for: of the mean of four periods a quarter each.

    Raises
    ------
    ValueError : the metric counts distinct customers, which do not add up over segments.
    """
    if not measured.from_daily:
        raise ValueError(f"metric: expected one whose parts add up, got {measured.key!r}")
    orders, top = part("orders") * weight, part(measured.numerator) * weight
    none = np.zeros_like(top)
    if measured.denominator is None:
        squares = part(measured.spread or measured.numerator) * weight**2
        return Moments(top, none, squares, none, none, orders)
    bottom = part(measured.denominator) * weight
    if measured.numerator == "refunds":  # a row is a sale or a refund: the product of the two is nothing
        sales = part("sales_squared") * weight**2
        return Moments(top, bottom, part("revenue_squared") * weight**2 - sales, none, sales, orders)
    counted = bottom * weight  # each order below the line is one
    return Moments(top, bottom, part(measured.spread) * weight**2, top * weight, counted, orders)
