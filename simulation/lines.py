"""Products and order lines: what an order of a category costs, in paise, at the list prices of its day."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from simulation import market

NOUNS = {
    "Electronics": ("USB cable", "Phone case", "Power bank", "Earphones", "Smart plug", "Speaker", "Keyboard", "Watch"),
    "Fashion": ("Socks", "Scarf", "T-shirt", "Belt", "Kurta", "Jeans", "Sandals", "Jacket"),
    "Home & Kitchen": ("Dish towel", "Mug set", "Storage box", "Bedsheet", "Frying pan", "Curtain", "Lamp", "Mixer"),
    "Beauty": ("Lip balm", "Soap set", "Hand cream", "Shampoo", "Face wash", "Hair oil", "Serum", "Perfume"),
    "Groceries": ("Biscuits", "Spice mix", "Tea", "Coffee", "Dal", "Rice", "Cooking oil", "Dry fruit box"),
    "Sports": ("Wrist band", "Water bottle", "Skipping rope", "Yoga mat", "Football", "Dumbbells", "Racket", "Shoes"),
}  # fmt: skip
VARIANTS = ("Basic", "Classic", "Plus", "Pro")
PRODUCTS = len(VARIANTS) * 8
"""Products per category, from cheap to dear in equal steps of the logarithm of the price."""
LADDER = (-3.2, 1.5)
"""Log price of the first and last product, relative to the category's typical order."""

LINE_COUNT_SHARE = np.array([0.60, 0.28, 0.12])
MAIN_SHARE = (0.0, 1.0, 0.70, 0.55)
"""Share of the order's value that its first line takes, by number of lines."""
QUANTITY_SHARE = np.array([0.80, 0.15, 0.05])

LIST_PRICES = np.array(
    [np.round(np.exp(np.linspace(*LADDER, PRODUCTS)) * typical, 2) for typical in market.TYPICAL_ORDER]
)
"""Price of every product on the first day, by category."""


@dataclass(frozen=True)
class Lines:
    """One entry per line, sorted by order; ``order`` counts from 0 within what was asked for; money in paise."""

    order: np.ndarray
    line: np.ndarray
    category: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    unit_price: np.ndarray

    @property
    def unit_cost(self) -> np.ndarray:
        """What each unit cost the shop; it does not follow the list prices."""
        return np.round(100 * LIST_PRICES * market.COST_SHARE[:, None])[self.category, self.product].astype(np.int64)


def drawn_lines(
    segment: np.ndarray, category: np.ndarray, index: np.ndarray, factor: np.ndarray, rng: np.random.Generator
) -> Lines:
    """Lines whose values add up to a lognormal order value, as near as the price list comes to it.

    ``index`` is the category's price index on the order's day, ``factor`` what incidents do to the value. The value is
    drawn at the first day's prices: dearer days make the same baskets dearer, demand answers in the number of orders.
    """
    value = market.TYPICAL_ORDER[category] * market.SEGMENT_VALUE[segment] * factor
    value *= np.exp(market.VALUE_SIGMA * rng.standard_normal(len(value)))
    count = 1 + np.searchsorted(np.cumsum(LINE_COUNT_SHARE)[:-1], rng.random(len(value)), side="right")
    order = np.repeat(np.arange(len(value)), count)
    line = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    quantity = 1 + np.searchsorted(np.cumsum(QUANTITY_SHARE)[:-1], rng.random(len(order)), side="right")
    unit_value = value[order] * _share(line, count[order]) / quantity
    product = _nearest_product(unit_value, category[order])
    unit_price = np.round(100 * LIST_PRICES[category[order], product] * index[order]).astype(np.int64)
    return Lines(order, (line + 1).astype(np.int8), category[order], product, quantity.astype(np.int8), unit_price)


def _share(line: np.ndarray, count: np.ndarray) -> np.ndarray:
    main = np.array(MAIN_SHARE)[count]
    return np.where(line == 0, main, (1 - main) / np.maximum(count - 1, 1))


def _nearest_product(unit_value: np.ndarray, category: np.ndarray) -> np.ndarray:
    low, high = LADDER
    step = (np.log(unit_value / market.TYPICAL_ORDER[category]) - low) / (high - low) * (PRODUCTS - 1)
    return np.clip(np.rint(step), 0, PRODUCTS - 1).astype(np.int8)


def order_values(lines: Lines, orders: int) -> np.ndarray:
    """Value of each order in paise: the sum of its lines."""
    return np.bincount(lines.order, lines.quantity * lines.unit_price.astype(float), orders).astype(np.int64)


@cache
def expected_order_values() -> np.ndarray:
    """Mean order value in rupees at the first day's prices, by segment and category, as the price list renders it."""
    z = np.linspace(-6, 6, 4001)
    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    mean = np.zeros((len(market.SEGMENTS), len(market.CATEGORIES)))
    for segment, category in np.ndindex(mean.shape):
        value = market.TYPICAL_ORDER[category] * market.SEGMENT_VALUE[segment] * np.exp(market.VALUE_SIGMA * z)
        mean[segment, category] = weights @ _rendered(value, category)
    return mean


def _rendered(value: np.ndarray, category: int) -> np.ndarray:
    total = np.zeros(len(value))
    for lines, line_share in enumerate(LINE_COUNT_SHARE, 1):
        for quantity, quantity_share in enumerate(QUANTITY_SHARE, 1):
            for line in range(lines):
                share = _share(np.array([line]), np.array([lines]))
                product = _nearest_product(value * share / quantity, np.full(len(value), category))
                total += line_share * quantity_share * quantity * LIST_PRICES[category, product]
    return total
