"""Prices: planted elasticities lie in the ranges given, and prices advised earn what knowing the truth would."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import ibis
import numpy as np
import pandas as pd

from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.cash_flows import price_gain
from analytics.prescriptive.elasticity import PUBLISHED, Elasticities, elasticities
from analytics.prescriptive.price_days import PriceDays, price_days
from analytics.prescriptive.price_moves import SURE, price_moves
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from simulation import market
from simulation.settings import SimulationSettings
from simulation.shop import SimulatedShop, simulate

ORDERS = 15_000
SHOPS, QUICK_SHOPS = 60, 6
STILL, QUICK_STILL = 20, 2
FIRST_SEED = 7_000
NEAR = 0.3
DAYS_OF_SALES = 90
"""Days that sales a month are taken from, as on the page."""
BAND = Assumptions().finance.price_band
STEPS = np.linspace(-BAND, BAND, 2_001)


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of what prices do and which to move."""
    number = QUICK_SHOPS if quick else SHOPS
    held, earned = defaultdict(list), defaultdict(list)
    for seed in range(FIRST_SEED, FIRST_SEED + number):
        _look(simulate(SimulationSettings(orders=ORDERS, seed=seed)), held, earned)
    rests_on = f"{number} shops of {ORDERS:,} orders × {len(market.CATEGORIES)} categories"
    found = [*_elasticities(held, rests_on, quick), *_earnings(earned, rests_on, quick)]
    still = QUICK_STILL if quick else STILL
    return [*found, *_still(range(FIRST_SEED, FIRST_SEED + still)), *_alone(number, quick)]


def stored(made: SimulatedShop) -> tuple[ibis.Table, ibis.Table, Shop]:
    """Order lines, orders and the shop, as a store would hand them over."""
    engine = ibis.duckdb.connect()
    for name, table in (("transactions", made.transactions), ("lines", made.order_lines)):
        engine.con.register(f"given_{name}", table)
        engine.con.execute(f"CREATE TABLE {name} AS SELECT * FROM given_{name}")
    orders = engine.table("transactions")
    keyed = orders.mutate(date=orders.date.cast("date"), customer_key=orders.customer_id)
    settings, members = made.settings, {"category": market.CATEGORIES}
    days = (settings.start, settings.end, settings.end)
    shop = Shop(
        "", "INR", "monday", *days, made.transactions.num_rows, members=members, has=frozenset({"customer_key"})
    )
    return engine.table("lines"), keyed, shop


def _learnt(made: SimulatedShop, alone: str = "") -> tuple[PriceDays, Elasticities, Shop]:
    lines, orders, shop = stored(made)
    if alone:
        lines = lines.filter(lines.category == alone)
    prices = price_days(lines, orders, shop, Filters(Period(shop.first_day, shop.today)))
    return prices, elasticities(prices, made.events.to_pandas()), shop


def _look(made: SimulatedShop, held: dict[str, list], earned: dict[str, list]) -> None:
    prices, answers, shop = _learnt(made)
    truth = dict(zip(market.CATEGORIES, market.ELASTICITY, strict=True))
    true = answers.table["group"].map(truth).to_numpy()
    for name, (low, high) in {"own": ("own_low", "own_high"), "shrunk": ("low", "high")}.items():
        held[name] += (answers.table[low].lt(true) & answers.table[high].gt(true)).tolist()
    held["error"] += np.abs(answers.table["elasticity"] - true).tolist()
    held["published"] += np.abs(PUBLISHED - true).tolist()
    held["told"] += answers.table["told"].tolist()
    last = pd.Timestamp(shop.today) - pd.Timedelta(days=DAYS_OF_SALES - 1)
    view = Filters(Period(last.date(), shop.today))
    margins = pd.DataFrame({"category": [], "share": [], "source": []})
    moves = price_moves(prices, answers, margins, Assumptions(), view, shop)
    for row in moves.table.to_dict("records"):
        gains = row["revenue"] * price_gain(STEPS, truth[row["group"]], row["margin"])
        got = row["revenue"] * price_gain(row["price_change"], truth[row["group"]], row["margin"])
        usual = row["revenue"] * price_gain(STEPS, PUBLISHED, row["margin"])
        earned["best"].append(gains.max())
        earned["got"].append(got)
        earned["published"].append(gains[usual.argmax()])
        if row["price_change"]:
            earned["pays"].append(got > 0)
            earned["inside"].append(row["gain_low"] <= got <= row["gain_high"])


def _elasticities(held: dict[str, list], rests_on: str, quick: bool) -> Iterator[Proof]:
    for key, name in (("own", "of the shop's own prices"), ("shrunk", "weighed against what is published")):
        said = f"pricing: the planted elasticity lies in the 95 % range, {name}"
        yield share(said, held[key], ">=", 0.93, 0.95, rests_on, quick=quick)
    near = np.array(held["error"]) <= NEAR
    yield share(f"pricing: elasticities within ± {NEAR:g} of the planted", near, ">=", 0.5, 0.55, rests_on, quick=quick)
    name = "pricing: error of the elasticity, median"
    yield Proof(name, float(np.median(held["error"])), "<=", None if quick else NEAR, "oracle", rests_on)
    name = "pricing: the same, what is published for all"
    yield Proof(name, float(np.median(held["published"])), "<=", None, "oracle", rests_on)
    yield Proof("pricing: elasticities that are told", float(np.mean(held["told"])), ">=", None, "oracle", rests_on)


def _earnings(earned: dict[str, list], rests_on: str, quick: bool) -> Iterator[Proof]:
    best = sum(earned["best"])
    reached, published = sum(earned["got"]) / best, sum(earned["published"]) / best
    name = "pricing: margin gained by the prices advised, of what knowing the truth would gain"
    yield Proof(name, float(reached), ">=", None, "oracle", rests_on)
    yield Proof("pricing: the same, by what is published for all", float(published), ">=", None, "oracle", rests_on)
    name = "pricing: the same, advised above what is published"
    yield Proof(name, float(reached - published), ">=", 0.0, "oracle", rests_on)
    moved = f"{len(earned['pays'])} moves advised, {rests_on}"
    yield share("pricing: moves advised that pay", earned["pays"], ">=", SURE, 0.9, moved, quick=quick)
    name = "pricing: the true gain lies in its 80 % range"
    yield share(name, earned["inside"], ">=", 0.77, 0.8, moved, quick=quick)


def _still(seeds: Iterable[int]) -> Iterator[Proof]:
    """Shops whose prices never moved, but for a day's odd line."""
    told = []
    for seed in seeds:
        settings = SimulationSettings(orders=ORDERS, seed=seed, price_changes=False, incidents=())
        told += _learnt(simulate(settings))[1].table["told"].tolist()
    rests_on = f"{len(told)} categories whose price never moved"
    yield Proof(
        "pricing: elasticities told where prices stood still", float(np.mean(told)), "<=", 0.0, "oracle", rests_on
    )


def _alone(number: int, quick: bool) -> Iterator[Proof]:
    """One category as if it were all there is: its orders held against the calendar."""
    inside, error = [], []
    for n, seed in enumerate(range(FIRST_SEED, FIRST_SEED + number)):
        category = market.CATEGORIES[n % len(market.CATEGORIES)]
        true = market.ELASTICITY[n % len(market.CATEGORIES)]
        row = _learnt(simulate(SimulationSettings(orders=ORDERS, seed=seed)), category)[1].table.iloc[0]
        inside.append(row["low"] < true < row["high"])
        error.append(abs(row["elasticity"] - true))
    rests_on = f"{number} shops of {ORDERS:,} orders, one category each"
    name = "pricing: the planted elasticity lies in the 95 % range, one category alone"
    yield share(name, inside, ">=", 0.9, 0.95, rests_on, quick=quick)
    yield Proof("pricing: the same, error, median", float(np.median(error)), "<=", None, "oracle", rests_on)
