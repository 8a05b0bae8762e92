"""Stock, delivery and staff: plans that cover what they promise, and optima that are those of trying everything.

A plan is proved by what came: simulated shops are cut off on some days, planned by what was known then, and held
against the days that followed, in which prices, budgets and incidents went on as planted. Single cases of one shop
and day are not independent, so shares scatter more than as many coins would; bars leave two points for that.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.descriptive.activity import daily_activity
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Staff
from analytics.prescriptive.category_demand import BANDS, Measured, category_demand
from analytics.prescriptive.delivery_network import Network, best_allocation
from analytics.prescriptive.delivery_value import day_value
from analytics.prescriptive.shift_plans import roster, shift_patterns
from analytics.prescriptive.staff_demand import weekday_demand
from analytics.prescriptive.staff_plan import handled_by, people_needed
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from simulation import market
from simulation.settings import SimulationSettings
from simulation.shop import simulate

SHOPS, QUICK_SHOPS = 20, 2
ORDERS = 15_000
PROTECTION_DAYS = 21
CUTS, QUICK_CUTS = (1, 60, 120, 180), (1, 120)
"""Days before the last that could be tried at which a shop is cut off."""
LEVELS = (0.90, 0.95, 0.98)
LEFT = 0.02
"""Points below the promised share that clustered cases leave."""
CONTRACT = {0.80: (0.75, 0.85), 0.95: (0.92, 0.98)}
"""Between which shares a band may hold."""
STAFF = Staff(minutes=30, hours=1)
"""Two orders a person: so fine a step that rounding up to whole people covers little by itself."""
STAFF_DAYS = 28
CASES, QUICK_CASES = 300, 60
WORTH_SHOPS, QUICK_WORTH_SHOPS = 100, 6
CUSTOMERS, LEAVES, PER_DAY, SPENT = 700, 0.02, 0.04, 50.0
"""Of a shop whose customers leave by so much, and by so much more for each day of delivery."""


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of stock, delivery and staff."""
    number, cuts = (QUICK_SHOPS, QUICK_CUTS) if quick else (SHOPS, CUTS)
    held, handled = _cut_off(range(number), cuts)
    rests_on = f"{number} shops of {ORDERS:,} orders, cut off on {len(cuts)} days"
    found = []
    for key in ("orders", "units"):
        for level in LEVELS:
            name = f"stock: no {key} of a category missing in {PROTECTION_DAYS} days at a service level of {level:.0%}"
            found.append(share(name, held[key, level], ">=", level - LEFT, level, rests_on, quick=quick))
        for band in BANDS if not quick else ():
            name = f"stock: demand of a category in {key} inside its {band:.0%} band"
            for side, least_most, bar in zip((">=", "<="), ("at least", "at most"), CONTRACT[band], strict=True):
                found.append(
                    share(f"{name}, {least_most}", held[key, "band", band], side, bar, band, rests_on, quick=False)
                )
    level = STAFF.service_level
    name = f"staffing: days handled by as many as are needed for {level:.0%}"
    found.append(share(name, handled, ">=", level - LEFT, level, rests_on, quick=quick))
    shops = QUICK_WORTH_SHOPS if quick else WORTH_SHOPS
    worth = [_worth_held(seed) for seed in range(shops)]
    told = f"{shops} shops of {CUSTOMERS} customers whom each day drives away"
    for place, what in enumerate(("how many more come back for a day less", "what a day less brings")):
        name = f"delivery: {what} lies in its range"
        found.append(share(name, [w[place] for w in worth], ">=", 0.93, 0.95, told, quick=quick))
    return [*found, *_delivery(QUICK_CASES if quick else CASES), *_rosters(QUICK_CASES if quick else CASES)]


def _cut_off(seeds: range, cuts: tuple[int, ...]) -> tuple[dict[tuple, list[np.ndarray]], list[np.ndarray]]:
    """Which reorder points and bands held, and on which days enough people were there."""
    held, handled = defaultdict(list), []
    for seed in seeds:
        rows, lines, events, shop = _shop_rows(3_000 + seed)
        sold = lines.drop(columns=["category"]).merge(rows[["transaction_id", "date", "category"]], on="transaction_id")
        for cut in cuts:
            today = shop.today - timedelta(max(PROTECTION_DAYS, STAFF_DAYS) + cut)
            then = Shop("", "INR", "monday", shop.first_day, today, today, 1, members=shop.members, has=shop.has)
            filters = Filters(Period(shop.first_day, today), compare="none").without_period()
            past = rows[rows["date"] <= pd.Timestamp(today)]
            daily = daily_activity(past, filters, then)
            demand = category_demand(past, lines, daily, events, filters, then, PROTECTION_DAYS)
            ordered, units = (_after(of, today, PROTECTION_DAYS).groupby("category") for of in (rows, sold))
            for measured, came in ((demand.orders, ordered.size()), (demand.units, units["quantity"].sum())):
                _note(held, measured, came.reindex(list(measured.members), fill_value=0).to_numpy())
            staffed = weekday_demand(past, daily, day_dispersions(daily), events, filters, then)
            there = handled_by(people_needed(staffed, STAFF), STAFF)
            days = pd.date_range(pd.Timestamp(today) + pd.Timedelta(days=1), periods=STAFF_DAYS)
            by_day = _after(rows, today, STAFF_DAYS).groupby("date").size().reindex(days, fill_value=0)
            handled.append(by_day.to_numpy() <= there[days.dayofweek])
    return held, handled


def _note(held: dict[tuple, list[np.ndarray]], measured: Measured, came: np.ndarray) -> None:
    for level in LEVELS:
        held[measured.key, level].append(came <= measured.spread.quantile(measured.expected, level))
    for band in BANDS:
        ends = [measured.spread.quantile(measured.expected, (1 + side * band) / 2) for side in (-1, 1)]
        held[measured.key, "band", band].append((came >= ends[0]) & (came <= ends[1]))


def _after(rows: pd.DataFrame, today, days: int) -> pd.DataFrame:
    first = pd.Timestamp(today)
    return rows[(rows["date"] > first) & (rows["date"] <= first + pd.Timedelta(days=days))]


def _shop_rows(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Shop]:
    """Orders, lines and events of a simulated shop."""
    ibis.set_backend(ibis.duckdb.connect())  # DuckDB keeps the frames it was lent
    made = simulate(SimulationSettings(orders=ORDERS, seed=seed))
    rows, lines = (_texts(table.to_pandas()) for table in (made.transactions, made.order_lines))
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    first, last = made.settings.start, made.settings.end
    has = frozenset({"satisfaction_score", "delivery_days", "customer_key", "order_minute"})
    shop = Shop("", "INR", "monday", first, last, last, len(rows), members=market.MEMBERS, has=has)
    return rows, lines, made.events.to_pandas(), shop


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    named = [c for c in frame.columns if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(named, "str"))


def _worth_held(seed: int) -> tuple[bool, bool]:
    """Whether the ranges hold how many a day drives away, and what these would have brought.

    A customer of rate λ who stays is back within h days with 1 − exp(−λh), and brings (1 − exp(−qλh)) / q orders in
    them, leaving after each of these with q.
    """
    ibis.set_backend(ibis.duckdb.connect())
    orders = _driven_away(seed)
    first, last = orders["date"].min().date(), orders["date"].max().date()
    has = frozenset({"delivery_days", "customer_key"})
    shop = Shop("", "INR", "monday", first, last, last, len(orders), members={"region": ("North",)}, has=has)
    found = day_value(orders, Filters(Period(first, last), compare="none"), shop)
    old = orders[orders["date"] <= pd.Timestamp(last - timedelta(found.within))]
    reach, leaving = old["rate"] * found.within, LEAVES + PER_DAY * old["delivery_days"].mean()
    back = PER_DAY * float((1 - np.exp(-reach)).mean())
    brought = PER_DAY * SPENT * float(((1 - np.exp(-leaving * reach)) / leaving).mean())
    inside = abs(found.come_back - back) < NORMAL_95 * found.error
    return bool(inside), bool(abs(found.revenue - brought) < NORMAL_95 * found.revenue_error)


def _driven_away(seed: int) -> pd.DataFrame:
    chance, rows = np.random.default_rng(seed), []
    for customer in range(CUSTOMERS):
        day, rate = chance.uniform(0, 300), chance.gamma(2, 0.02) + 0.01
        while (day := day + chance.exponential(1 / rate)) < 700:
            days = 1 + chance.poisson(3)
            rows.append((f"c{customer}", int(day), days, rate))
            if chance.random() < LEAVES + PER_DAY * days:
                break
    found = pd.DataFrame(rows, columns=["customer_id", "day", "delivery_days", "rate"])
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(found["day"], "D")
    return found.assign(transaction_id=[f"t{n}" for n in range(len(found))], date=dates, revenue=SPENT, region="North")


def _delivery(cases: int) -> list[Proof]:
    """Allocations against all that there are, split and whole."""
    chance, apart, beyond, refused, solved = np.random.default_rng(1), [], [], [], 0
    while solved < cases:
        network, worth = _network(chance), float(chance.choice([0, 1, 3]))
        for whole in (False, True):
            least = _least(network, worth, whole)
            try:
                best = best_allocation(network, worth, whole=whole)
            except NotEnoughData:
                refused.append(np.isinf(least))
                continue
            total = float(np.nansum(best.orders * (network.cost + worth * network.days)))
            apart.append(abs(total - least))
            beyond.append(float(np.max(best.orders.sum(axis=0) - network.capacity)))
            solved += 1
    told = f"{solved} networks of up to three regions and carriers, by trying every allocation"
    return [
        Proof("delivery: furthest an optimum lies from that of trying all", max(apart), "<=", 1e-6, "oracle", told),
        Proof("delivery: most orders beyond a capacity", max(0.0, *beyond), "<=", 1e-6, "oracle", told),
        Proof(
            "delivery: called impossible, and is", float(np.mean(refused)), ">=", 1, "oracle", f"{len(refused)} more"
        ),
    ]


def _network(chance: np.random.Generator) -> Network:
    regions, carriers = chance.integers(1, 4, 2)
    demand, capacity = (chance.integers(0, most, of).astype("float64") for most, of in ((6, regions), (9, carriers)))
    capacity[chance.random(carriers) < 0.3] = np.inf
    cost, days = (chance.integers(1, most, (regions, carriers)).astype("float64") for most in (20, 7))
    closed = chance.random((regions, carriers)) < 0.2
    cost[closed], days[closed] = np.nan, np.nan
    return Network(tuple("ABC"[:regions]), tuple("XYZ"[:carriers]), demand, capacity, cost, days)


def _least(network: Network, worth: float, whole: bool) -> float:
    carriers, best = len(network.carriers), np.inf
    choices = []
    for orders in network.demand.astype(int):
        ways = [w for w in itertools.product(range(orders + 1), repeat=carriers) if sum(w) == orders]
        choices.append([w for w in ways if not whole or max(w) == orders])
    price = network.cost + worth * network.days
    for chosen in itertools.product(*choices):
        orders = np.array(chosen, dtype="float64")
        if (orders.sum(axis=0) <= network.capacity + 1e-9).all() and not orders[~network.open].any():
            best = min(best, float(np.nansum(orders * price)))
    return best


def _rosters(cases: int) -> list[Proof]:
    """Rosters against every combination of patterns of as many people, and of one fewer."""
    chance, more, uncovered = np.random.default_rng(2), [], []
    for _ in range(cases):
        closed = chance.random(7) < 0.15
        closed[0] = False
        days = int(chance.integers(1, 8))
        needed = np.where(closed, 0, chance.integers(0, 2 if days < 3 else 4, 7))
        patterns = shift_patterns(days, closed)
        found = roster(needed, patterns)
        more.append(found.size - _fewest(needed, patterns))
        uncovered.append(int(np.maximum(needed - found.on_duty, 0).sum()))
    told = f"{cases} weeks, by trying every combination of patterns"
    return [
        Proof("staffing: most people more than the fewest that cover a week", max(more), "<=", 0, "oracle", told),
        Proof("staffing: most people missing on a day of a roster", max(uncovered), "<=", 0, "oracle", told),
    ]


def _fewest(needed: np.ndarray, patterns: np.ndarray) -> int:
    size = int(max(needed.max(), -(-needed.sum() // max(int(patterns.sum(axis=1).max()), 1))))
    while True:
        for chosen in _combinations(len(patterns), size):
            if (patterns[chosen].sum(axis=0) >= needed).all():
                return size
        size += 1


def _combinations(patterns: int, size: int) -> Iterator[list[int]]:
    yield from map(list, itertools.combinations_with_replacement(range(patterns), size))
