"""Root causes on simulated shops: what is planted is named, what is not there is not, and the day it began is told."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.descriptive.activity import daily_activity
from analytics.diagnostic.bridge import change_bridge
from analytics.diagnostic.change_moment import Moment, moment_of_change
from analytics.diagnostic.mix_and_rate import mix_and_rate
from analytics.diagnostic.where import segments_behind_change
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import DIMENSIONS, Shop
from benchmarks.proofs import Proof
from benchmarks.proofs_alerts import LEARNABLE, as_analysed
from simulation.settings import SimulationSettings, quiet_settings
from simulation.shop import simulate

SHOPS, QUICK_SHOPS = 200, 12
A_DAY, DAYS = 80, 200
PERIOD_DAYS = 30
CAUSES_PER_SHOP = 2
LEAST_ERRORS = 4.0
BINS = ((2.0, 3.0), (3.0, 4.0), (4.0, 5.0), (5.0, 6.0), (6.0, 8.0), (8.0, 1e9))
"""Of what a planted cause moves its own segment, in standard errors."""
FEWEST_ORDERS = 40
"""That a segment has before, to be given a cause: an app outage of a segment that nobody buys in is none."""
SHIFT, SHIFTED_A_DAY, SHIFTS_PER_SHOP = -0.3, 200, 5


@dataclass(frozen=True)
class Planted:
    """A shop in which orders of a scope were taken away at random; ``errors`` by how much that moved the scope."""

    orders: pd.DataFrame
    shop: Shop
    filters: Filters
    scope: dict[str, str]
    errors: float


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of root causes."""
    shops = QUICK_SHOPS if quick else SHOPS
    return [_add_up(shops), *_planted(shops), *_quiet(shops), *_moments(max(4, shops // 5))]


def _add_up(shops: int) -> Proof:
    """The largest part of a change that its steps leave over, of random periods of shops with guests and refunds."""
    left = []
    for seed in range(shops):
        made = simulate(quiet_settings(20, DAYS, 6000 + seed, refund_share=0.1))
        orders, _, shop = as_analysed(made)
        chance = np.random.default_rng(seed)
        orders.loc[chance.random(len(orders)) < 0.2, "customer_id"] = None
        start = shop.first_day + timedelta(int(chance.integers(60, DAYS - 40)))
        filters = Filters(Period(start, start + timedelta(int(chance.integers(0, 35)))), "previous")
        daily = daily_activity(orders, filters.without_period(), shop)
        for key in ("revenue", "orders"):
            bridge = change_bridge(orders, daily, filters, shop, key, "previous")
            left.append(abs(bridge.steps["contribution"].sum() - bridge.change))
        for key in ("revenue", "average_order_value", "satisfaction", "refund_rate"):
            shared = mix_and_rate(orders, filters, shop, key, "category", "previous")
            left.append(abs(shared.members["contribution"].sum() - shared.change))
    name = "root cause: largest part of a change that its steps leave over"
    return Proof(name, max(left), "<=", 0.01, "oracle", f"{len(left)} changes in {shops} shops with guests and refunds")


def _planted(shops: int) -> list[Proof]:
    """Causes of one to three dimensions, planted by taking orders away; found by orders and by revenue."""
    first, exact = defaultdict(list), defaultdict(list)
    for planted in _causes(shops):
        size = next(i for i, (low, high) in enumerate(BINS) if low <= planted.errors < high)
        found = segments_behind_change(planted.orders, None, planted.filters, planted.shop, "orders", "previous")
        scopes = list(found.segments["members"])
        ranked = scopes or [found.likeliest and found.likeliest["members"]]
        first[size].append(ranked[0] == planted.scope)
        hit = planted.scope in scopes
        exact[size].append(2 * hit / (len(scopes) + 1) if hit else 0.0)
    seen = [i for i, (low, _) in enumerate(BINS) if low >= LEAST_ERRORS]
    curve = "; ".join(_told(*BINS[i], first[i], exact[i]) for i in sorted(first))
    ranked, f1 = (np.concatenate([figures[i] for i in seen if figures[i]]) for figures in (first, exact))
    rests_on = f"{len(ranked)} causes of 1 to 3 dimensions in {shops} shops"
    name = "root cause: planted causes of 4 standard errors or more,"
    return [
        Proof(f"{name} true scope ranked first", float(np.mean(ranked)), ">=", 0.9, "oracle", f"{rests_on}; {curve}"),
        Proof(f"{name} F1 of the segments named", float(np.mean(f1)), ">=", 0.85, "oracle", rests_on),
    ]


def _told(low: float, high: float, first: list[bool], exact: list[float]) -> str:
    bin_name = f"from {low:g}" if high > 1e6 else f"{low:g}–{high:g}"
    return f"{bin_name} errors: {np.mean(first):.0%} first, F1 {np.mean(exact):.2f} ({len(first)})"


def _causes(shops: int) -> Iterator[Planted]:
    for seed in range(shops):
        made = simulate(quiet_settings(A_DAY, DAYS, 7000 + seed))
        orders, _, shop = as_analysed(made)
        period = Period(shop.today - timedelta(PERIOD_DAYS - 1), shop.today)
        filters = Filters(period, "previous")
        chance = np.random.default_rng(seed)
        for _ in range(CAUSES_PER_SHOP):
            planted = _with_cause(orders, shop, filters, chance)
            if planted is not None:
                yield planted


def _with_cause(orders: pd.DataFrame, shop: Shop, filters: Filters, chance: np.random.Generator) -> Planted | None:
    """A random scope of one to three dimensions, thinned by a random share."""
    period, before = filters.period, filters.period.shifted(-filters.period.days)
    days = orders["date"].dt.date
    for _ in range(200):
        dimensions = chance.choice(list(DIMENSIONS), chance.integers(1, 4), replace=False)
        one = orders.iloc[chance.integers(len(orders))]
        scope = {d: one[d] for d in DIMENSIONS if d in dimensions}
        inside = np.logical_and.reduce([orders[d] == member for d, member in scope.items()])
        was = int((inside & (days >= before.start) & (days <= before.end)).sum())
        now = inside & (days >= period.start) & (days <= period.end)
        size = chance.uniform(0.2, 1.0)
        expected = size * was / np.sqrt(was * (2 - size)) if was else 0.0
        if was >= FEWEST_ORDERS and expected >= BINS[0][0] and now.sum() < 0.6 * len(orders):
            taken = now & (chance.random(len(orders)) < size)
            return Planted(orders[~taken], shop, filters, scope, float(expected))
    return None


def _quiet(shops: int) -> list[Proof]:
    """Nothing happens: no cause is to be named. With seasons, holidays, prices and sales on, something does."""
    found = []
    for name, everything, bar in (
        ("a flat calendar", False, 0.95),
        ("seasons, holidays, prices and sales on", True, None),
    ):
        silent = defaultdict(list)
        number = shops // 4 if everything else shops  # two years each, and no bar
        for seed in range(number):
            settings = (
                SimulationSettings(orders=A_DAY * 730, seed=8000 + seed, incidents=(), lines=False)
                if everything
                else quiet_settings(A_DAY, DAYS, 8000 + seed)
            )
            orders, _, shop = as_analysed(simulate(settings))
            filters = Filters(Period(shop.today - timedelta(PERIOD_DAYS - 1), shop.today), "previous")
            for key in ("revenue", "orders", "average_order_value", "satisfaction", "delivery_days"):
                where = segments_behind_change(orders, None, filters, shop, key, "previous")
                silent[key].append(where.segments.empty)
        by_metric = {key: float(np.mean(quiet)) for key, quiet in silent.items()}
        told = ", ".join(f"{key} {share:.1%}" for key, share in by_metric.items())
        title = f"root cause: quiet comparisons that name no cause, {name}"
        found.append(
            Proof(title, float(np.mean(list(by_metric.values()))), ">=", bar, "oracle", f"{number} shops; {told}")
        )
        if everything is False and shops < SHOPS:
            break  # the other takes minutes and has no bar
    return found


def _moments(shops: int) -> list[Proof]:
    """Orders that fall by three tenths and stay there: the day is told, and lies in its interval."""
    found = []
    for on, changes, bar in (("week and season", LEARNABLE, 0.9), ("everything on", {}, None)):
        near, inside, wide = [], [], []
        for since, moment in _shifted(shops, changes):
            near.append(moment.since is not None and abs((moment.since - since).days) <= 1)
            inside.append(moment.since is not None and moment.low <= since <= moment.high)
            wide.append((moment.high - moment.low).days + 1 if moment.since else np.nan)
        rests_on = f"{len(near)} lasting falls of 30 % at {SHIFTED_A_DAY} orders a day, {on}"
        width = f"{rests_on}; {np.nanmedian(wide):.0f} days wide in the median"
        name = "root cause: day of a change"
        found += [
            Proof(f"{name} told within a day, {on}", float(np.mean(near)), ">=", bar, "oracle", rests_on),
            Proof(f"{name} inside its 95 % interval, {on}", float(np.mean(inside)), ">=", bar, "oracle", width),
        ]
    return found


def _shifted(shops: int, changes: dict) -> Iterator[tuple[date, Moment]]:
    """When orders fell for good, and what is told of it."""
    for seed in range(shops):
        settings = SimulationSettings(
            orders=SHIFTED_A_DAY * 730, seed=9000 + seed, incidents=(), lines=False, **changes
        )
        orders, calendar, shop = as_analysed(simulate(settings))
        chance = np.random.default_rng(seed)
        for _ in range(SHIFTS_PER_SHOP):
            end = shop.today - timedelta(int(chance.integers(0, 400)))
            period = Period(end - timedelta(PERIOD_DAYS - 1), end)
            since = period.start + timedelta(int(chance.integers(3, PERIOD_DAYS - 5)))
            late = (orders["date"] >= pd.Timestamp(since)).to_numpy()
            kept = orders[~late | (chance.random(len(orders)) >= -SHIFT)]
            filters = Filters(period, "previous")
            daily = daily_activity(kept, filters.without_period(), shop)
            yield since, moment_of_change(daily, calendar, filters, shop, "orders")
