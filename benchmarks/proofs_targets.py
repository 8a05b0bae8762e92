"""Where months and quarters end, as the target card says it: whether the end lies in its band as often as it claims."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.standings import Standing, standing_of
from analytics.descriptive.target_entries import Target, target_start
from analytics.descriptive.variation import day_dispersions
from analytics.filters import Filters
from analytics.metrics import metric
from analytics.periods import Period
from analytics.shop import Shop
from benchmarks.proofs import Proof
from simulation.settings import SimulationSettings
from simulation.shop import simulate

ORDERS = (3_000, 15_000, 150_000)
"""Of two years each: about 4, 20 and 200 orders a day."""
SHOPS, QUICK_SHOPS = 12, 3
KPIS = ("revenue", "orders", "average_order_value", "satisfaction", "delivery_days")
STANDING_ON = (5, 10, 20, 26)
MONTHS = 12
QUARTERS, QUARTER_STANDING_ON = 4, (10, 30, 50, 75)
LEAST, MOST, MOST_OF_QUARTERS = 0.75, 0.88, 0.92
"""An 80 % band that holds fewer ends is a lie; one of a sum that holds more says less than it could."""

REAL_LOG = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[2] / "shared/data")) / "online_retail_ii.parquet"
ALWAYS = Filters(Period(date.min, date.max), "none")


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of the targets."""
    seeds = range(QUICK_SHOPS if quick else SHOPS)
    held = _held(seeds)
    rests_on = (
        f"{len(seeds)} shops each of {', '.join(f'{n:,}' for n in ORDERS)} orders, {MONTHS} months, four days each"
    )
    found = []
    for key in KPIS:
        share = float(np.mean(held[key]))
        name = f"targets: month's {metric(key).name.lower()} ends inside its 80 % band,"
        found.append(Proof(f"{name} at least", share, ">=", LEAST, "oracle", rests_on))
        if metric(key).adds_up:
            found.append(Proof(f"{name} at most", share, "<=", MOST, "oracle", rests_on))
    found += _quarters(seeds)
    return found if quick or not REAL_LOG.exists() else found + _real()


def _quarters(seeds: Iterable[int]) -> list[Proof]:
    """The same of quarters; what is known of years, of which two years hold too few, stands at ``outlook``."""
    held = _held(seeds, "quarter")
    rests_on = f"{len(seeds)} shops of each size, {QUARTERS} quarters, four days each"
    found = []
    for key in KPIS:
        share, name = float(np.mean(held[key])), f"targets: quarter's {metric(key).name.lower()} ends inside its band,"
        found.append(Proof(f"{name} at least", share, ">=", LEAST, "oracle", rests_on))
        if metric(key).adds_up:
            found.append(Proof(f"{name} at most", share, "<=", MOST_OF_QUARTERS, "oracle", rests_on))
    return found


def coverage(seeds: Iterable[int]) -> float:
    """The share (0–1) of months, over all metrics and days stood on, that end inside the 80 % band given then."""
    return float(np.mean(np.concatenate([np.array(of_metric) for of_metric in _held(seeds).values()])))


def _held(seeds: Iterable[int], granularity: str = "month") -> dict[str, list[bool]]:
    held = defaultdict(list)
    for seed in seeds:
        for orders in ORDERS:
            daily, shop = _simulated(orders, seed)
            for standing, end in _past_standings(daily, shop, KPIS, granularity):
                held[standing.target.metric].append(standing.low <= end <= standing.high)
    return held


def _past_standings(
    daily: pd.DataFrame, shop: Shop, keys: tuple[str, ...], granularity: str = "month"
) -> Iterator[tuple[Standing, float]]:
    """What was said on some days of each of the last whole periods, with only the days before known; and what came."""
    after = pd.Timestamp(shop.today) + pd.Timedelta(days=1)
    count, days, months = (MONTHS, STANDING_ON, 1) if granularity == "month" else (QUARTERS, QUARTER_STANDING_ON, 3)
    for back in range(count):
        start = target_start((after - pd.DateOffset(months=months * (back + 1))).date(), granularity)
        for day in days:
            on = start + timedelta(day - 1)
            known = daily.loc[: pd.Timestamp(on)]
            then = replace(shop, today=on, last_day=on)
            dispersions = day_dispersions(known)
            for key in keys:
                target = Target(key, granularity, start, 1.0)
                whole = daily.loc[pd.Timestamp(start) : pd.Timestamp(target.period.end)].sum()
                yield standing_of(target, known, dispersions, {}, then), float(metric(key).value(whole))


def _simulated(orders: int, seed: int) -> tuple[pd.DataFrame, Shop]:
    made = simulate(SimulationSettings(orders=orders, seed=seed, lines=False))
    rows = made.transactions.to_pandas()
    categories = [c for c in rows.columns if isinstance(rows[c].dtype, pd.CategoricalDtype)]
    rows = rows.astype(dict.fromkeys(categories, "str"))
    settings = made.settings
    shop = _shop("INR", settings.start, settings.end, len(rows), {"satisfaction_score", "delivery_days"})
    return daily_activity(rows, ALWAYS, shop), shop


def _shop(currency: str, first: date, last: date, orders: int, has: set[str]) -> Shop:
    return Shop("", currency, "monday", first, last, last, orders, has=frozenset(has | {"refunds", "customer_key"}))


def _real() -> list[Proof]:
    """The same on a real shop, which closes on Saturdays and over Christmas and lives on wholesale."""
    from warehouse.engine import Warehouse
    from warehouse.importing import import_orders

    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "shop.db"
        import_orders(REAL_LOG, database)
        with Warehouse(database).tables() as tables:
            daily = daily_activity(tables.orders, ALWAYS)
    first, last = daily.index[0].date(), date(2011, 11, 30)
    shop = _shop("GBP", first, last, 0, set())
    seen = list(_past_standings(daily, shop, ("revenue", "orders")))
    found = []
    for key in ("revenue", "orders"):
        held = [s.low <= end <= s.high for s, end in seen if s.target.metric == key]
        name = f"targets: a real shop's month's {metric(key).name.lower()} ends inside its 80 % band"
        found.append(Proof(name, float(np.mean(held)), ">=", None, "real", f"{MONTHS} months, four days each"))
    return found
