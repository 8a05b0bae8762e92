"""Customers: who they are, how often they buy, and the level of leaving at which the shop neither swells nor drains."""

from dataclasses import dataclass

import numpy as np

from simulation import market
from simulation.seasons import Calendar
from simulation.settings import SimulationSettings

JOINER_SHARE = 0.62
"""Share of the customers who join during the simulated days; the others are there from the first day."""
GROWTH = 1.05
"""Joiners per leaver where there is a trend."""
CONTACTED_SHARE = 0.7
"""Share of the customers known by then who are in the campaign's experiment."""
TREATED_SHARE = 0.5


@dataclass(frozen=True)
class Mix:
    """Shares of stock and joiners by segment (they add up to 1 over both), and the base hazard of leaving."""

    stock: np.ndarray
    joiners: np.ndarray
    hazard: float


@dataclass(frozen=True)
class Population:
    """One entry per customer who may come; ``rate`` is orders per unit of calendar intensity before scaling."""

    region: np.ndarray
    segment: np.ndarray
    age_group: np.ndarray
    joins: np.ndarray
    join_share: np.ndarray
    rate: np.ndarray
    contacted: np.ndarray
    treated: np.ndarray

    @property
    def curve(self) -> np.ndarray:
        """The row of ``Process.intensity`` that each follows."""
        return (self.region * len(market.SEGMENTS) + self.segment) * len(market.AGE_GROUPS) + self.age_group


def customer_mix(settings: SimulationSettings, calendar: Calendar) -> Mix:
    """The mix in which joiners replace leavers in every segment.

    An order ends a customer's life with the same chance whenever it comes, so the stock loses its members in
    proportion to their rate; joiners drawn with rates weighted by the rate itself (a gamma of one shape more) keep the
    distribution of rates as it was. Hence a shop without trend has flat expected orders from its first day on.
    """
    joiners, orders = JOINER_SHARE * settings.customer_count, settings.orders
    growth = GROWTH if settings.trend else 1.0
    flow = market.STOCK_SEGMENT_SHARE * market.SEGMENT_RATE
    flow *= growth * (orders - joiners) / flow.sum()
    low, high = 1e-6, 20.0
    for _ in range(50):
        hazard = np.sqrt(low * high)
        replaced = (
            flow * leaving_share(hazard, calendar) / (1 - leaving_share(hazard * market.FIRST_ORDER_HAZARD, calendar))
        )
        low, high = (hazard, high) if replaced.sum() < joiners else (low, hazard)
    return Mix((1 - JOINER_SHARE) * market.STOCK_SEGMENT_SHARE, JOINER_SHARE * replaced / replaced.sum(), float(hazard))


def leaving_share(hazard: float, calendar: Calendar) -> np.ndarray:
    """Mean probability of leaving after an order, by segment, on an average day."""
    days = np.arange(1, 25)
    chance = _poisson_shares(days - 1, calendar.delivery_mean.mean(axis=1))
    by_days = market.REGION_SHARE @ chance
    low_score = _low_score_share(days) @ market.CATEGORY_SHARE[1]
    late = np.where(days >= market.LATE_DELIVERY_DAYS, market.LATE_HAZARD, 1.0)
    levels = hazard * market.SEGMENT_HAZARD[:, None] * late
    leave = (1 - low_score) * -np.expm1(-levels) + low_score * -np.expm1(-levels * market.LOW_SCORE_HAZARD)
    return np.minimum(leave @ by_days / by_days.sum(), 1 - 1e-9)


def _poisson_shares(counts: np.ndarray, means: np.ndarray) -> np.ndarray:
    log_factorial = np.cumsum(np.log(np.maximum(counts, 1)))
    return np.exp(counts * np.log(means[:, None]) - means[:, None] - log_factorial)


def _low_score_share(days: np.ndarray) -> np.ndarray:
    """Probability of a score of at most ``LOW_SCORE``, by delivery days and category."""
    pleased = market.CATEGORY_LIKING - market.DELIVERY_SLOPE * (days[:, None] - 4)
    return 1 / (1 + np.exp(market.SCORE_CUTS[market.LOW_SCORE - 1] + pleased))


def drawn_population(mix: Mix, size: int, rng: np.random.Generator) -> Population:
    """Customers drawn independently; ``join_share`` is the joiner's place in the calendar's intensity, 0-1."""
    kind = _drawn(np.concatenate([mix.stock, mix.joiners]), size, rng)
    joins, segment = kind >= len(market.SEGMENTS), kind % len(market.SEGMENTS)
    shape = market.RATE_SHAPE + joins
    return Population(
        region=_drawn(market.REGION_SHARE, size, rng),
        segment=segment,
        age_group=_drawn(market.AGE_SHARE, size, rng),
        joins=joins,
        join_share=np.where(joins, rng.random(size), 0.0),
        rate=market.SEGMENT_RATE[segment] * rng.standard_gamma(shape) / market.RATE_SHAPE,
        contacted=rng.random(size) < CONTACTED_SHARE,
        treated=rng.random(size) < TREATED_SHARE,
    )


def _drawn(shares: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    return np.searchsorted(np.cumsum(shares)[:-1] / shares.sum(), rng.random(size), side="right").astype(np.int8)
