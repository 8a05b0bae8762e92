"""Where months end, as the target card says it: whether the end lies in its band as often as it claims."""

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
from analytics.descriptive.target_entries import Target
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
LEAST, MOST = 0.75, 0.88
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
    return found if quick or not REAL_LOG.exists() else found + _real()


def coverage(seeds: Iterable[int]) -> float:
    """The share (0–1) of months, over all metrics and days stood on, that end inside the 80 % band given then."""
    return float(np.mean(np.concatenate([np.array(of_metric) for of_metric in _held(seeds).values()])))


def _held(seeds: Iterable[int]) -> dict[str, list[bool]]:
    held = defaultdict(list)
    for seed in seeds:
        for orders in ORDERS:
            daily, shop = _simulated(orders, seed)
            for standing, end in _past_standings(daily, shop, KPIS):
                held[standing.target.metric].append(standing.low <= end <= standing.high)
    return held


def _past_standings(daily: pd.DataFrame, shop: Shop, keys: tuple[str, ...]) -> Iterator[tuple[Standing, float]]:
    """What was said on some days of each of the last whole months, with only the days before known; and what came."""
    for back in range(MONTHS):
        start = (pd.Timestamp(shop.today) + pd.Timedelta(days=1) - pd.DateOffset(months=back + 1)).date().replace(day=1)
        for day in STANDING_ON:
            on = start + timedelta(day - 1)
            known = daily.loc[: pd.Timestamp(on)]
            then = replace(shop, today=on, last_day=on)
            dispersions = day_dispersions(known)
            for key in keys:
                target = Target(key, "month", start, 1.0)
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
