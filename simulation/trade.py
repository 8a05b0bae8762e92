"""As many customers and orders as asked for, without bending the process that makes them."""

from dataclasses import dataclass, fields, replace

import numpy as np

from simulation import market
from simulation.orders import Lives, Orders, simulated_lives
from simulation.population import Population, drawn_population
from simulation.process import Process

CALENDAR, LIVES, THINNING, LINES, REFUNDS = range(5)
"""Stages, each with random numbers of its own."""

CHUNK = 25_000
"""Customers simulated together; also the size of the pilot that finds the buying rate of a larger shop."""
SURPLUS = 0.04
"""Largest share of orders beyond those asked for before the surplus is thinned out (more among few customers)."""
ATTEMPTS = 25


@dataclass(frozen=True)
class Trade:
    """Orders sorted by time; ``orders.customer`` points into ``people``, of whom some never came.

    ``kept_share`` is the share of repeat orders that the thinning left, ``scale`` the factor on all buying rates.
    """

    process: Process
    people: Population
    lives: Lives
    orders: Orders
    scale: float
    kept_share: float


def simulated_trade(process: Process) -> Trade:
    """A trade of exactly the customers and orders asked for.

    The buying rate is set so that slightly too many orders come, then the surplus is taken away at random. Taking
    uniformly from a Poisson process leaves a Poisson process of a lower rate; only the first order of a customer is
    spared, so that nobody disappears. Customers are drawn until enough have ordered, and none after that.
    """
    count = process.settings.customer_count
    scale = _first_guess(process)
    if count > CHUNK:
        scale = _fitted(process, scale, CHUNK).scale
    trade = _fitted(process, scale, count)
    return _thinned(trade, process.settings.orders)


def _first_guess(process: Process) -> float:
    """The buying rate that would do if nobody's orders were lost and the mix stayed as on the first day."""
    settings, mix = process.settings, process.mix
    repeat_orders = settings.orders - mix.joiners.sum() * settings.customer_count
    rates = mix.stock @ market.SEGMENT_RATE * settings.customer_count
    return repeat_orders / rates / process.passed[:, -1].mean()


def _fitted(process: Process, scale: float, customers: int) -> Trade:
    """The trade of some customers, at a scale at which a little more than their share of the orders comes."""
    settings = process.settings
    target = settings.orders * customers / settings.customer_count
    allowed = max(SURPLUS, customers**-0.5)
    best = None
    for attempt in range(ATTEMPTS):
        trade = _attempt(process, scale, customers, attempt)
        surplus = len(trade.orders.day) - target
        if surplus >= 0 and (best is None or len(trade.orders.day) < len(best.orders.day)):
            best = trade
        if 0 <= surplus <= max(allowed * target, 5):
            break
        scale *= np.clip((1 + allowed / 2) * target / len(trade.orders.day), 0.5, 2.0)
    if best is None:
        raise ValueError(f"orders: expected a number that {customers} customers can reach, got {settings.orders}")
    return best


def _attempt(process: Process, scale: float, customers: int, attempt: int) -> Trade:
    parts, missing = [], customers
    while missing > 0:
        rng = generator(process.settings.seed, LIVES, attempt, len(parts))
        size = min(CHUNK, int(1.2 * missing) + 20)
        people = drawn_population(process.mix, size, rng)
        orders, lives = simulated_lives(process, people, scale, rng)
        part = _cut(people, lives, orders, missing)
        missing -= np.count_nonzero(part[1].first_order_day >= 0)
        parts.append(part)
    return _assembled(process, parts, scale)


def _cut(people: Population, lives: Lives, orders: Orders, most: int) -> tuple[Population, Lives, Orders]:
    """The people up to the last one needed; those who never ordered stay, for they are part of the true intensity."""
    came = np.cumsum(lives.first_order_day >= 0)
    size = np.searchsorted(came, most) + 1 if came[-1] >= most else len(came)
    return _first(people, size), _first(lives, size), orders.taken(orders.customer < size)


def _first(rows, size: int):
    return type(rows)(**{f.name: getattr(rows, f.name)[:size] for f in fields(rows)})


def _assembled(process: Process, parts: list, scale: float) -> Trade:
    people, lives = (_stacked([part[i] for part in parts]) for i in (0, 1))
    shift = np.cumsum([0, *(len(part[0].region) for part in parts)])
    for part, before in zip(parts, shift, strict=False):
        part[2].customer[:] += before
    orders = _stacked([part[2] for part in parts])
    return Trade(process, people, lives, orders, scale, 1.0)


def _stacked(parts: list):
    names = [f.name for f in fields(parts[0])]
    return type(parts[0])(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def _thinned(trade: Trade, count: int) -> Trade:
    """Exactly ``count`` orders, in order of time."""
    orders = trade.orders
    repeats = np.flatnonzero(~orders.first)
    surplus = len(orders.day) - count
    rng = generator(trade.process.settings.seed, THINNING)
    keep = np.ones(len(orders.day), dtype=bool)
    keep[rng.choice(repeats, surplus, replace=False, shuffle=False)] = False
    when = orders.day[keep].astype(np.int32) * 1440 + orders.minute[keep]
    in_time = np.flatnonzero(keep)[np.argsort(when, kind="stable")]
    kept_share = 1 - surplus / max(len(repeats), 1)
    return replace(trade, orders=orders.taken(in_time), kept_share=kept_share)


def generator(seed: int, *stage: int) -> np.random.Generator:
    """Random numbers of one stage, which do not depend on how many the others drew."""
    return np.random.Generator(np.random.SFC64([seed, *stage]))
