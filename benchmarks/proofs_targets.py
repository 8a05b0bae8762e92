"""Where months, quarters and years end, as targets are told: whether the end lies in its band as often as it claims."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
from simulation.settings import END, SimulationSettings
from simulation.shop import simulate

ORDERS = (3_000, 15_000, 150_000)
"""Of two years each: about 4, 20 and 200 orders a day."""
SHOPS, QUICK_SHOPS = 12, 3
KPIS = ("revenue", "orders", "average_order_value", "satisfaction", "delivery_days")
END_OF_YEAR = date(2026, 12, 31)
"""Where a shop of two years must end for its second year to be a whole one, with a whole one behind it."""
LEAST = 0.75
"""An 80 % band that holds fewer ends is a lie."""


@dataclass(frozen=True)
class Judged:
    """The last so many periods of a kind, each told about on some of its days.

    ``most`` is what the band of a sum may hold: one that holds more says less than it could. Quarters are a third as
    many as months, so their share is known less well. Of years no bar is kept (None): two years hold too few stretches
    of a year's length to learn from, and the figure says what that costs.
    """

    count: int
    days: tuple[int, ...]
    months: int
    most: float | None


JUDGED = {
    "month": Judged(12, (5, 10, 20, 26), 1, 0.88),
    "quarter": Judged(4, (10, 30, 50, 75), 3, 0.92),
    "year": Judged(1, (60, 150, 240, 330), 12, None),
}

REAL_LOG = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[2] / "shared/data")) / "online_retail_ii.parquet"
ALWAYS = Filters(Period(date.min, date.max), "none")


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of the targets."""
    seeds = range(QUICK_SHOPS if quick else SHOPS)
    found = [proof for kind in ("month", "quarter") for proof in _simulated_proofs(seeds, kind)]
    if quick:
        return found
    found += _simulated_proofs(seeds, "year")
    return found + _real() if REAL_LOG.exists() else found


def _simulated_proofs(seeds: Iterable[int], granularity: str) -> list[Proof]:
    judged, held = JUDGED[granularity], _held(seeds, granularity)
    rests_on = f"{len(seeds)} shops each of {', '.join(f'{n:,}' for n in ORDERS)} orders, {_periods(granularity)}"
    found = []
    for key in KPIS:
        share, name = float(np.mean(held[key])), _name("", granularity, key)
        if judged.most is None:
            found.append(Proof(name, share, ">=", None, "oracle", rests_on))
            continue
        found.append(Proof(f"{name}, at least", share, ">=", LEAST, "oracle", rests_on))
        if metric(key).adds_up:
            found.append(Proof(f"{name}, at most", share, "<=", judged.most, "oracle", rests_on))
    return found


def _name(whose: str, granularity: str, key: str) -> str:
    return f"targets: {whose}{granularity}'s {metric(key).name.lower()} ends inside its 80 % band"


def _periods(granularity: str) -> str:
    judged = JUDGED[granularity]
    return f"{judged.count} {granularity}{'s' if judged.count > 1 else ''}, {len(judged.days)} days each"


def coverage(seeds: Iterable[int]) -> float:
    """The share (0–1) of months, over all metrics and days stood on, that end inside the 80 % band given then."""
    return float(np.mean(np.concatenate([np.array(of_metric) for of_metric in _held(seeds).values()])))


def _held(seeds: Iterable[int], granularity: str = "month") -> dict[str, list[bool]]:
    held = defaultdict(list)
    for seed in seeds:
        for orders in ORDERS:
            daily, shop = _simulated(orders, seed, END_OF_YEAR if granularity == "year" else END)
            for standing, end in _past_standings(daily, shop, KPIS, granularity):
                held[standing.target.metric].append(standing.low <= end <= standing.high)
    return held


def _past_standings(
    daily: pd.DataFrame, shop: Shop, keys: tuple[str, ...], granularity: str = "month"
) -> Iterator[tuple[Standing, float]]:
    """What was said on some days of each of the last whole periods, with only the days before known; and what came."""
    after = pd.Timestamp(shop.today) + pd.Timedelta(days=1)
    judged = JUDGED[granularity]
    for back in range(judged.count):
        start = target_start((after - pd.DateOffset(months=judged.months * (back + 1))).date(), granularity)
        for day in judged.days:
            on = start + timedelta(day - 1)
            known = daily.loc[: pd.Timestamp(on)]
            then = replace(shop, today=on, last_day=on)
            dispersions = day_dispersions(known)
            for key in keys:
                target = Target(key, granularity, start, 1.0)
                whole = daily.loc[pd.Timestamp(start) : pd.Timestamp(target.period.end)].sum()
                yield standing_of(target, known, dispersions, {}, then), float(metric(key).value(whole))


def _simulated(orders: int, seed: int, end: date) -> tuple[pd.DataFrame, Shop]:
    made = simulate(SimulationSettings(orders=orders, seed=seed, end=end, lines=False))
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
        name = _name("a real shop's ", "month", key)
        found.append(Proof(name, float(np.mean(held)), ">=", None, "real", _periods("month")))
    return found
