"""Who buys what, where and how: the members of every dimension and the true parameters of the process."""

from dataclasses import dataclass

import numpy as np

REGIONS = ("North", "South", "East", "West")
SEGMENTS = ("Premium", "Regular", "Budget")
AGE_GROUPS = ("18-24", "25-34", "35-44", "45-54", "55+")
CATEGORIES = ("Electronics", "Fashion", "Home & Kitchen", "Beauty", "Groceries", "Sports")
CHANNELS = ("Website", "Mobile app", "Marketplace", "Social", "Store")
PAYMENT_METHODS = ("UPI", "Card", "Net banking", "Wallet", "Cash on delivery")

MEMBERS = {
    "region": REGIONS,
    "segment": SEGMENTS,
    "age_group": AGE_GROUPS,
    "category": CATEGORIES,
    "channel": CHANNELS,
    "payment_method": PAYMENT_METHODS,
}
"""The order of the axes wherever a table runs over all dimensions."""

STORE = CHANNELS.index("Store")

# Customers. The stock is who was alive on the first day; joiners follow from it (see population.py).
REGION_SHARE = np.array([0.30, 0.28, 0.17, 0.25])
AGE_SHARE = np.array([0.20, 0.34, 0.23, 0.14, 0.09])
STOCK_SEGMENT_SHARE = np.array([0.24, 0.50, 0.26])
SEGMENT_RATE = np.array([1.5, 1.0, 0.75])
RATE_SHAPE = 1.1
"""Shape of the gamma distribution of buying rates: near 1 means a few customers buy most."""

# Leaving. After an order the customer leaves with probability 1 - exp(-hazard); these multiply the hazard.
SEGMENT_HAZARD = np.array([0.25, 1.0, 3.5])
FIRST_ORDER_HAZARD = 3.0
LATE_DELIVERY_DAYS = 7
LATE_HAZARD = 3.0
LOW_SCORE = 2
LOW_SCORE_HAZARD = 3.0

# What is bought. Rows are segments.
CATEGORY_SHARE = np.array(
    [
        [0.25, 0.23, 0.17, 0.15, 0.12, 0.08],
        [0.18, 0.24, 0.19, 0.13, 0.17, 0.09],
        [0.12, 0.24, 0.18, 0.12, 0.25, 0.09],
    ]
)
ELASTICITY = np.array([-2.6, -2.0, -1.7, -1.4, -3.0, -2.2])
TYPICAL_ORDER = np.array([1120.0, 660.0, 720.0, 460.0, 380.0, 610.0])
"""Median order value of a Regular customer at the first day's prices, in rupees."""
SEGMENT_VALUE = np.array([1.55, 1.0, 0.66])
VALUE_SIGMA = 0.48
COST_SHARE = np.array([0.70, 0.52, 0.58, 0.42, 0.72, 0.56])
"""Unit cost as a share of the first day's list price."""
CATEGORY_SEASON = {
    "Electronics": (0.08, 300),
    "Fashion": (0.12, 310),
    "Home & Kitchen": (0.10, 290),
    "Beauty": (0.08, 20),
    "Groceries": (0.05, 230),
    "Sports": (0.18, 130),
}
"""Amplitude of the category's own yearly wave, and the day of the year at which it peaks."""

# Where it is bought (rows are age groups) and how it is paid (rows are channels).
CHANNEL_SHARE = np.array(
    [
        [0.18, 0.42, 0.18, 0.17, 0.05],
        [0.24, 0.38, 0.20, 0.11, 0.07],
        [0.31, 0.28, 0.21, 0.08, 0.12],
        [0.33, 0.20, 0.22, 0.05, 0.20],
        [0.30, 0.13, 0.22, 0.03, 0.32],
    ]
)
PAYMENT_SHARE = np.array(
    [
        [0.40, 0.28, 0.12, 0.08, 0.12],
        [0.56, 0.18, 0.05, 0.13, 0.08],
        [0.38, 0.24, 0.10, 0.08, 0.20],
        [0.50, 0.14, 0.04, 0.14, 0.18],
        [0.48, 0.40, 0.04, 0.08, 0.00],
    ]
)


@dataclass(frozen=True)
class Media:
    """How orders of one channel answer to its spend.

    ``adstock[d] = spend[d] + carry_over * adstock[d - 1]``, and orders of the channel are multiplied by
    ``1 + largest_lift * adstock / (adstock + half_at)``. ``spend_per_order`` is the typical spend per order of the
    whole shop; ``half_at`` is in typical days of adstock at rest (``typical spend / (1 - carry_over)``).
    """

    carry_over: float
    largest_lift: float
    half_at: float
    spend_per_order: float


MEDIA = {
    "Website": Media(0.50, 0.70, 1.0, 12.0),
    "Mobile app": Media(0.35, 0.90, 1.4, 18.0),
    "Marketplace": Media(0.20, 0.60, 0.7, 10.0),
    "Social": Media(0.60, 1.60, 1.6, 11.0),
    "Store": Media(0.70, 0.40, 0.8, 4.0),
}

# Delivery takes 1 day plus a Poisson number whose mean adds up from these.
REGION_DELIVERY = np.array([3.2, 3.0, 4.1, 3.3])
MONSOON_DELIVERY = np.array([0.5, 0.7, 1.2, 0.8])
LOAD_DELIVERY = 1.6
"""Extra days per unit by which the expected load of the week exceeds its usual level."""

# Satisfaction: proportional odds, logit P(score >= s) = cut[s] + category - slope * (delivery_days - 4).
SCORE_CUTS = np.array([4.0, 2.7, 1.42, -0.43])
"""For scores of at least 2, 3, 4 and 5."""
DELIVERY_SLOPE = 0.30
CATEGORY_LIKING = np.array([-0.15, -0.25, 0.05, 0.25, 0.15, 0.0])
STORE_COUNTS_AS_DAYS = 2
"""An order picked up in the store pleases like one delivered in this many days."""
ANSWER_SHARE = 0.72
"""Share of orders whose customer answers the question for a score, at random."""

CAMPAIGN_LIFT = np.array([0.30, 0.55, 0.15])
"""By segment: how much the offer raises the buying rate of a customer who is still there."""

WEEKDAY = np.array([0.94, 0.91, 0.93, 0.96, 1.03, 1.14, 1.09])
"""From Monday."""
HOUR = np.array(
    [1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3.2, 4.5, 5.5, 6, 6.2, 5.8, 5.2, 5, 5.2, 5.6, 6.4, 7.4, 8.2, 8, 5.6, 2.8]
)
