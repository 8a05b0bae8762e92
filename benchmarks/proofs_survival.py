"""Coming back: published tables reproduced, planted reasons to leave found, ranges that hold, a leak that is caught."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.diagnostic.churn_factors import churn_factors
from analytics.diagnostic.cox import Gathered, fitted
from analytics.diagnostic.gaps import Gaps, order_gaps
from analytics.diagnostic.kaplan_meier import clustered_factor, kaplan_meier, life_table, log_rank
from analytics.diagnostic.lapse import lapse_point
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from simulation.settings import SimulationSettings
from simulation.shop import simulate

SHOPS, QUICK_SHOPS = 40, 6
DRAWS, QUICK_DRAWS = 1000, 200
LAPSES, QUICK_LAPSES = 200, 30

TREATED = ([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
           [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])  # fmt: skip
PLACEBO = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [1] * 21)
"""Weeks in remission of leukaemia and whether they ended: Freireich et al. 1963, as in Cox & Oakes 1984, table 1.1."""
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
"""Week → Kaplan–Meier share of the treated (Kleinbaum & Klein 2012, chapter 2)."""
COEFFICIENT, RATIO, LOG_RANK = 1.509, 4.523, 16.79
"""Of placebo against treatment, with Breslow's ties, and the log-rank statistic (the same, chapters 2 and 3)."""

STAYS, EVERY = 0.8, 25.0
"""After an order of the process for lapse points a customer stays so likely, and orders again after so many days."""
NOWHERE = Filters(Period(date.min, date.max), "none")


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of coming back."""
    shops, draws, lapses = (QUICK_SHOPS, QUICK_DRAWS, QUICK_LAPSES) if quick else (SHOPS, DRAWS, LAPSES)
    found = [*_published(), *_planted(range(shops)), *_ranges(range(draws), quick)]
    return found + [*_lapses(range(lapses), quick), *_leak(range(lapses), quick)]


def _published() -> Iterator[Proof]:
    days, ended = np.array(TREATED[0] + PLACEBO[0]), np.array(TREATED[1] + PLACEBO[1]) == 1
    treated, entry = np.repeat([True, False], 21), np.zeros(42, dtype=int)
    tables = [life_table(days[g], ended[g], entry[g], length=35) for g in (treated, ~treated)]
    share = kaplan_meier(tables[0])[0]
    off = max(abs(share[week - 1] - wanted) for week, wanted in PUBLISHED.items())
    fit = fitted(Gathered(days, ended, entry, (~treated).astype("float64")[:, None], np.arange(42)))
    rests_on = "leukaemia remissions, Freireich et al. 1963"
    told = (
        ("Kaplan–Meier table, farthest from the published one", off, 0.0006),
        ("hazard ratio, off the published 4.523", abs(np.exp(fit.coefficients[0]) - RATIO), 0.0006),
        ("Cox coefficient, off the published 1.509", abs(fit.coefficients[0] - COEFFICIENT), 0.0006),
        ("log-rank statistic, off the published 16.79", abs(log_rank(tables)[0] - LOG_RANK), 0.006),
    )
    for name, figure, bar in told:
        yield Proof(f"survival: {name}", float(figure), "<=", bar, "published", rests_on)


def _planted(seeds: range) -> Iterator[Proof]:
    """Late deliveries, low scores, first orders and segments make customers leave in the simulator."""
    right: dict[tuple[str, str], list[bool]] = {}
    for seed in seeds:
        gaps = _simulated_gaps(seed)
        for clock in ("any", "first"):
            for name, holds in _signs(gaps, clock).items():
                right.setdefault((clock, name), []).append(holds)
    rests_on = f"{len(seeds)} shops of 15,000 orders"
    for (clock, reason), holds in right.items():
        name = f"planted reason comes out, {reason}, after {'every' if clock == 'any' else 'the first'} order"
        bar = 0.95 if clock == "any" else 0.9
        yield Proof(f"survival: {name}", float(np.mean(holds)), ">=", bar, "oracle", rests_on)


def _signs(gaps: Gaps, clock: str) -> dict[str, bool]:
    levels = churn_factors(gaps, clock).levels
    ratio = levels.set_index(levels["factor"] + " " + levels["level"].str.partition(" (")[0])["ratio"]
    segments = [ratio[f"segment {name}"] for name in ("Budget", "Regular", "Premium")]
    signs = {
        "late delivery below in time": ratio["delivery Late"] < ratio["delivery In time"],
        "low score below high": ratio["score Low"] < ratio["score High"],
    }
    if clock == "first":  # Premium customers who are new are too few to be told from Regular ones
        return signs | {"Budget lowest": segments[0] == min(segments)}
    return signs | {
        "segments in their order": segments == sorted(segments),
        "first order below later": ratio["order First order"] < 1,
    }


def _simulated_gaps(seed: int) -> Gaps:
    made = simulate(SimulationSettings(orders=15_000, seed=seed, lines=False))
    orders = made.transactions.to_pandas()
    categories = [c for c in orders if isinstance(orders[c].dtype, pd.CategoricalDtype)]
    orders = orders.astype(dict.fromkeys(categories, "str")).assign(date=pd.to_datetime(orders["date"]))
    dimensions = ("region", "segment", "category", "channel", "payment_method", "age_group")
    members = {d: tuple(orders[d].unique()) for d in dimensions}
    settings = made.settings
    known_from = settings.start + timedelta(days=230)
    facts = {"known_from": known_from, "members": members, "has": frozenset({"customer_key"})}
    shop = Shop("", "INR", "monday", settings.start, settings.end, settings.end, len(orders), **facts)
    return order_gaps(orders, NOWHERE, shop)


def _ranges(seeds: range, quick: bool) -> Iterator[Proof]:
    """Where the model is the truth, ranges hold; those of independent gaps do not where customers have several."""
    held = {name: [] for name in ("single", "several", "alone", "band", "clustered", "narrow")}
    for seed in seeds:
        truth = np.array([-0.5, 0.7])
        one = _gaps_of(seed, 500, 1, truth, 0.0)
        fit = fitted(one)
        held["single"].append(np.abs(fit.coefficients - truth) <= 1.96 * fit.errors)
        several = _gaps_of(seed, 250, 4, np.zeros(2), 1.0)
        fit = fitted(several)
        held["several"].append(np.abs(fit.coefficients) <= 1.96 * fit.errors)
        alone = np.sqrt(np.diag(np.linalg.inv(fit.information)))
        held["alone"].append(np.abs(fit.coefficients) <= 1.96 * alone)
        held["band"].append(_band_holds(one, np.exp(-np.arange(10, 120, 20) * 0.02), False, plain=True))
        truth_of_mixed = 1 / (1 + 0.02 * np.arange(10, 120, 20))
        held["clustered"].append(_band_holds(several, truth_of_mixed, True))
        held["narrow"].append(_band_holds(several, truth_of_mixed, False))
    draws = f"{len(seeds)} simulations"
    told = (
        ("95 % ranges of hazard ratios hold, one gap each", "single", 0.93),
        ("95 % ranges of hazard ratios hold, customers with four gaps each", "several", 0.93),
        ("the same, were gaps independent", "alone", None),
        ("95 % bands of curves hold, one gap each", "band", 0.93),
        ("95 % bands of curves hold, customers with four gaps each", "clustered", 0.93),
        ("the same, were gaps independent (bands)", "narrow", None),
    )
    for name, key, bar in told:
        if bar is None:
            yield Proof(f"survival: {name}", float(np.mean(held[key])), ">=", None, "oracle", draws)
        else:
            yield share(f"survival: {name}", held[key], ">=", bar, 0.95, draws, quick=quick)


def _gaps_of(seed: int, customers: int, each: int, truth: np.ndarray, mixed: float) -> Gathered:
    """Gaps of exponential length in days, whose hazard is 0.02 a day times that of two factors and of the customer.

    The second factor is the customer's own. ``mixed`` is the variance of the customers' own hazards (gamma, mean 1).
    """
    chance = np.random.default_rng(seed)
    unit = np.repeat(np.arange(customers), each)
    own = chance.gamma(1 / mixed, mixed, customers) if mixed else np.ones(customers)
    design = np.column_stack([chance.integers(0, 2, len(unit)), chance.integers(0, 2, customers)[unit]])
    hazard = 0.02 * np.exp(design @ truth) * own[unit]
    days, censored = np.ceil(chance.exponential(1 / hazard)), chance.integers(20, 200, len(unit))
    days = np.minimum(days, 100_000).astype(int)
    entry = np.zeros(len(unit), dtype=int)
    return Gathered(np.minimum(days, censored), days <= censored, entry, design.astype("float64"), unit)


def _band_holds(rows: Gathered, truth: np.ndarray, clustered: bool, plain: bool = False) -> np.ndarray:
    """On some days, whether the true share lies in the band; ``plain`` takes the rows at reference levels alone."""
    which = (rows.design == 0).all(axis=1) if plain else np.ones(len(rows.days), dtype=bool)
    days, ended, entry, unit = (a[which] for a in (rows.days, rows.ended, rows.entry, rows.unit))
    at = np.arange(10, 120, 20)
    table = life_table(days, ended, entry, length=200)
    factor = 1.0
    if clustered:
        factors = clustered_factor(table, days, ended, entry, unit, at)
        factor = np.interp(table.days, at, factors)
    _, low, high = kaplan_meier(table, factor)
    return (low[at - 1] <= truth) & (truth <= high[at - 1])


def _lapses(seeds: range, quick: bool) -> Iterator[Proof]:
    """The lapse point's range holds the day that the process itself gives."""
    silence = np.arange(400)
    there = STAYS * np.exp(-silence / EVERY)
    truth = int(np.argmax(there / (there + 1 - STAYS) * (1 - np.exp(-365 / EVERY)) < 0.25))
    held = []
    for seed in seeds:
        orders, shop = _leaving_shop(seed)
        point = lapse_point(orders, order_gaps(orders, NOWHERE, shop), NOWHERE, shop, 0.25)
        held.append(point.low <= truth <= point.high)
    rests_on = f"{len(seeds)} shops of 800 customers who leave with 20 % after an order; true day: {truth}"
    yield share("survival: 95 % range of the lapse point holds", held, ">=", 0.92, 0.95, rests_on, quick=quick)


def _leaving_shop(seed: int, customers: int = 800, days: int = 900) -> tuple[pd.DataFrame, Shop]:
    chance = np.random.default_rng(seed)
    who, day = np.arange(customers), chance.integers(0, days, customers)
    rows = []
    while len(who):
        rows.append(np.column_stack([who, day]))
        stays = chance.random(len(who)) < STAYS
        who, day = who[stays], day[stays] + np.ceil(chance.exponential(EVERY, stays.sum())).astype(int)
        who, day = who[day < days], day[day < days]
    return _orders_of(np.concatenate(rows), days)


def _leak(seeds: range, quick: bool) -> Iterator[Proof]:
    """Deliveries that do not matter but are cut short by the next order: they tell what has happened since."""
    naive, careful = [], []
    for seed in seeds:
        orders, shop = _leaking_shop(seed)
        gaps = order_gaps(orders, NOWHERE, shop)
        naive.append(_calls_late(gaps, np.zeros_like(gaps.days)))
        careful.append(_calls_late(gaps, gaps.entry("delivery")))
    rests_on = f"{len(seeds)} shops in which a parcel still under way is sent with the next order"
    name = "shops that blame deliveries for what came after"
    yield share(f"survival: {name}", careful, "<=", 0.07, 0.05, rests_on, quick=quick)
    yield Proof(
        f"survival: {name}, clock looked at from the order", float(np.mean(naive)), "<=", None, "oracle", rests_on
    )


def _calls_late(gaps: Gaps, entry: np.ndarray) -> bool:
    seen = gaps.days > entry
    late = (gaps.codes["delivery"] == 1).astype("float64")[seen, None]
    fit = fitted(Gathered(gaps.days[seen], gaps.returned[seen], entry[seen], late, gaps.customer[seen]))
    return fit is None or abs(fit.coefficients[0]) > 1.96 * fit.errors[0]


def _leaking_shop(seed: int, customers: int = 500, days: int = 200) -> tuple[pd.DataFrame, Shop]:
    chance = np.random.default_rng(seed)
    who, day = np.arange(customers), chance.integers(0, 60, customers)
    rows, taken = [], []
    while len(who):
        gap = 1 + chance.exponential(14, len(who)).astype(int)
        rows.append(np.column_stack([who, day]))
        taken.append(np.minimum(1 + chance.poisson(6, len(who)), gap))
        day = day + gap
        who, day = who[day < days], day[day < days]
    orders, shop = _orders_of(np.concatenate(rows), days)
    return orders.assign(delivery_days=np.concatenate(taken)), replace(shop, has=shop.has | {"delivery_days"})


def _orders_of(rows: np.ndarray, days: int) -> tuple[pd.DataFrame, Shop]:
    """Orders by customer and day of a shop of so many days."""
    first = date(2024, 1, 1)
    last = first + timedelta(days - 1)
    orders = pd.DataFrame(
        {
            "transaction_id": [f"t{n:07d}" for n in range(len(rows))],
            "customer_id": [f"c{c}" for c in rows[:, 0]],
            "date": pd.Timestamp(first) + pd.to_timedelta(rows[:, 1], unit="D"),
            "revenue": 1.0,
        }
    )
    return orders, Shop("", "EUR", "monday", first, last, last, len(rows), has=frozenset({"customer_key"}))
