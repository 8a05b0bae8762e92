"""Compared groups: intervals that hold, alarms that are seldom false, and power that is as stated, on simulated shops.

The shops are quiet: what is planted apart, groups differ by chance alone. Customers have order values of their own and
order more or less often, so orders are no independent units; values are lognormal, so means scatter widely.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from analytics.descriptive.activity import daily_activity
from analytics.diagnostic.group_comparison import RANKS, GroupComparison, compared_members, compared_periods
from analytics.diagnostic.member_comparison import compared_with_others
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import Shop
from benchmarks.proofs import Proof, share

SHOPS, QUICK_SHOPS = 400, 80
CUSTOMERS = (40, 300, 1500)
"""Per shop: few, for permutation; a small shop; one with room."""
CUSTOMER_SIGMA, ORDER_SIGMA = 0.6, 0.8
"""Of the logarithm of a customer's usual order value, and of single orders around it."""
RAISED = 1.25
"""What is planted for the coverage of a difference that is there: order values of one region."""
FIRST, SECOND = Period(date(2026, 1, 1), date(2026, 3, 31)), Period(date(2026, 4, 1), date(2026, 6, 29))
MEAN_VALUE = float(np.exp(4 + (CUSTOMER_SIGMA**2 + ORDER_SIGMA**2) / 2))
GROUPINGS = ("region", "channel")
"""By region each customer is in one group, by channel in several."""
KEYS = ("average_order_value", "satisfaction", "revenue", "orders", "repeat_rate")


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of compared groups."""
    seeds = range(QUICK_SHOPS if quick else SHOPS)
    return [*_quiet(seeds, quick), *_planted(seeds, quick), *_power(seeds, quick), *_each(seeds, quick)]


def _quiet(seeds: range, quick: bool) -> Iterator[Proof]:
    """Where nothing differs: intervals that hold no difference, and how much surer single orders would be."""
    alarms, naive = {key: [] for key in KEYS}, []
    for seed in seeds:
        orders, shop = quiet_shop(seed, CUSTOMERS[seed % len(CUSTOMERS)])
        for key in KEYS:
            for compared in _all_ways(orders, shop, key):
                alarms[key].append(compared.by_chance <= 0.05)
                if key == "average_order_value":
                    naive.append(abs(compared.difference) > 1.96 * _alone(compared))
    rests_on = f"{len(seeds)} quiet shops of {', '.join(map(str, CUSTOMERS))} customers, by region, channel and period"
    yield share("groups: false alarms, all metrics", alarms.values(), "<=", 0.06, 0.05, rests_on, quick=quick)
    for key, found in alarms.items():  # a metric alone is told less well: 5 % of 400 are 3 to 7 by chance
        yield _proof(f"false alarms in {key.replace('_', ' ')}", np.mean(found), "<=", None, rests_on)
    yield _proof(
        "false alarms in average order value, were orders taken as independent", np.mean(naive), "<=", None, rests_on
    )


def _planted(seeds: range, quick: bool) -> Iterator[Proof]:
    """A difference that is there lies in its interval, where means are compared."""
    truth, held, tests = MEAN_VALUE * (RAISED - 1), {}, {}
    for seed in seeds:
        size = CUSTOMERS[seed % len(CUSTOMERS)]
        orders, shop = quiet_shop(seed, size, RAISED)
        compared = _by(orders, shop, "average_order_value", "region")
        if compared.test != RANKS:  # it speaks of medians of differences
            held.setdefault(size, []).append(compared.low <= truth <= compared.high)
        tests[compared.test] = tests.get(compared.test, 0) + 1
    told = ", ".join(f"{name} {number}" for name, number in sorted(tests.items()))
    name = "95 % interval holds a planted difference in average order value"
    rests_on = f"{len(seeds)} shops: {told}"
    yield share(f"groups: {name}", held.values(), ">=", 0.93, 0.95, rests_on, quick=quick)
    for size, of_size in held.items():
        yield _proof(f"{name}, {size} customers", np.mean(of_size), ">=", None, f"{len(of_size)} shops")


def _power(seeds: range, quick: bool) -> Iterator[Proof]:
    """A difference of the size stated as detectable is found four times of five: planted in another shop like it."""
    found = []
    for seed in seeds:
        size = CUSTOMERS[1:][seed % 2]
        stated = _by(*quiet_shop(seed, size), "average_order_value", "region").detectable
        orders, shop = quiet_shop(10_000 + seed, size)
        raised = orders["region"] == "North"
        orders = orders.assign(revenue=orders["revenue"] + stated * raised)
        found.append(_by(orders, shop, "average_order_value", "region").by_chance <= 0.05)
    rests_on = f"{len(seeds)} shops of {' and '.join(map(str, CUSTOMERS[1:]))} customers"
    name = "groups: detectable differences that are found,"
    yield share(f"{name} at least", found, ">=", 0.74, 0.8, rests_on, quick=quick)
    yield share(f"{name} at most", found, "<=", 0.86, 0.8, rests_on, quick=quick)


def _each(seeds: range, quick: bool) -> Iterator[Proof]:
    named = []
    for seed in seeds:
        orders, shop = quiet_shop(seed, CUSTOMERS[1])
        filters = Filters(FIRST, "none")
        each = compared_with_others(orders, filters, shop, key="average_order_value", dimension="channel")
        named.append(each.members["beyond_chance"].any())
    rests_on = f"{len(seeds)} quiet shops of {CUSTOMERS[1]} customers, 6 channels, Benjamini–Hochberg"
    name = "groups: shops in which any member of many is named falsely"
    yield share(name, named, "<=", 0.06, 0.05, rests_on, quick=quick)


def _proof(name: str, figure: float, side: str, bar: float | None, rests_on: str) -> Proof:
    return Proof(f"groups: {name}", float(figure), side, bar, "oracle", rests_on)


def _all_ways(orders: pd.DataFrame, shop: Shop, key: str) -> Iterator[GroupComparison]:
    for dimension in GROUPINGS if key not in ("revenue", "orders") else ():
        yield _by(orders, shop, key, dimension)
    if key == "repeat_rate":  # all customers are new in the first period
        return
    filters = Filters(FIRST, "none")
    daily = daily_activity(orders, filters, shop)
    yield compared_periods(orders, daily, filters, shop, key, SECOND)


def _by(orders: pd.DataFrame, shop: Shop, key: str, dimension: str) -> GroupComparison:
    members = {"region": ("North",), "channel": ("C0", "C1", "C2")}[dimension]
    return compared_members(orders, Filters(FIRST, "none"), shop, key=key, dimension=dimension, a=members)


def _alone(compared: GroupComparison) -> float:
    """The standard error that independent orders would have."""
    return (compared.high - compared.low) / 2 / 1.96 / compared.too_sure


def quiet_shop(seed: int, customers: int, raised: float = 1.0) -> tuple[pd.DataFrame, Shop]:
    """Half a year in which nothing changes; order values in the North are ``raised`` times those in the South."""
    chance = np.random.default_rng(seed)
    rate = chance.gamma(1.5, 3.0, customers)
    who = np.repeat(np.arange(customers), chance.poisson(rate))
    number = len(who)
    own = chance.normal(0, CUSTOMER_SIGMA, customers)
    north = chance.random(customers) < 0.4
    liking = np.cumsum(chance.dirichlet(np.full(6, 1.5), customers), axis=1)
    channel = (chance.random(number)[:, None] > liking[who]).sum(axis=1)
    value = np.exp(4 + own[who] + chance.normal(0, ORDER_SIGMA, number)) * np.where(north[who], raised, 1.0)
    pleased = np.clip(np.round(3.9 + 0.5 * own[who] + chance.normal(0, 1, number)), 1, 5)
    orders = pd.DataFrame(
        {
            "transaction_id": [f"t{n:07d}" for n in range(number)],
            "customer_id": [f"c{c}" for c in who],
            "date": pd.Timestamp(FIRST.start) + pd.to_timedelta(chance.integers(0, 180, number), unit="D"),
            "revenue": value,
            "region": np.where(north[who], "North", "South"),
            "channel": [f"C{min(c, 5)}" for c in channel],
            "satisfaction_score": pleased.astype(int),
        }
    )
    members = {"region": ("North", "South"), "channel": tuple(f"C{n}" for n in range(6))}
    facts = {"members": members, "has": frozenset({"customer_key", "satisfaction_score"})}
    shop = Shop("Quiet", "EUR", "monday", FIRST.start, SECOND.end, SECOND.end, number, **facts)
    return orders, shop
