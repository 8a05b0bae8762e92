"""What goes together: the figures of mlxtend, nothing named that is not there, pairs that hold a year later."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from analytics.descriptive.profile import shop_profile
from analytics.filters import Filters
from analytics.orders import as_orders
from analytics.periods import Period
from analytics.prescriptive.offers_tested import AHEAD_DAYS, offers_tested
from analytics.prescriptive.pairs import Pairs, pairs
from analytics.prescriptive.sold_lines import sold_lines
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from benchmarks.proofs_pricing import stored
from simulation.settings import SimulationSettings
from simulation.shop import simulate
from warehouse.engine import Tables

SHOPS, QUICK_SHOPS = 200, 12
ORDERS, CUSTOMERS, ITEMS, DAYS = 3_000, 400, 24, 300
PLANTED = 0.25
"""Share of the orders with the first thing that get the second because of it."""
FIRST_SEED = 3_000
START = np.datetime64("2026-01-01")
DATA = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[2] / "shared/data"))
REAL_LOG = DATA / "online_retail_ii.parquet"
HALF, LATER = date(2010, 12, 9), date(2011, 9, 1)
"""Of the real log: where its two years part, and a day with a quarter of a year after it."""


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of what goes together and what is offered."""
    found = [*_like_mlxtend()]
    seeds = range(FIRST_SEED, FIRST_SEED + (QUICK_SHOPS if quick else SHOPS))
    for days in (0, 30):
        found += _quiet(seeds, days, quick)
    found += _planted(seeds, quick)
    return found + (list(_real()) if REAL_LOG.exists() and not quick else [])


def _like_mlxtend() -> Iterator[Proof]:
    """The demo's orders, product by product."""
    from mlxtend.frequent_patterns import apriori, association_rules

    lines, orders, shop = stored(simulate(SimulationSettings()))
    view = Filters(Period(shop.first_day, shop.today))
    table = pairs(lines, orders, shop, view).table
    held = sold_lines(lines, orders).select("order", "item").distinct().execute()
    baskets = pd.crosstab(held["order"], held["item"]).astype(bool)
    fewest = table["together"].min() / len(baskets)
    often = apriori(baskets, min_support=fewest, max_len=2, use_colnames=True, low_memory=True)
    rules = association_rules(often, num_itemsets=len(baskets), metric="support", min_threshold=fewest)
    names = {c: rules[c].map(lambda s: next(iter(s))) for c in ("antecedents", "consequents")}
    rules = rules.assign(**names).set_index(["antecedents", "consequents"])
    theirs = rules.loc[list(zip(table["first_item"], table["then_item"], strict=True))]
    rests_on = f"the demo's {len(baskets):,} orders, {len(table):,} pairs of products"
    for ours, name in (("support", "support"), ("confidence", "confidence"), ("lift", "lift")):
        off = np.abs(table[ours].to_numpy() / theirs[name].to_numpy() - 1).max()
        yield Proof(
            f"cross-sell: {name} off that of mlxtend, largest share", float(off), "<=", 1e-9, "published", rests_on
        )


def _made(seed: int, planted: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Orders, lines and the true lift of the planted pair.

    Things are bought independently of each other, popular ones more often, busy customers more often, and some
    customers fill their baskets more than others do.
    """
    chance = np.random.default_rng(seed)
    busy = chance.gamma(1.0, size=CUSTOMERS)
    who = chance.choice(CUSTOMERS, ORDERS, p=busy / busy.sum())
    fills = np.exp(0.3 * chance.standard_normal(CUSTOMERS))[who]
    odds = np.minimum(np.geomspace(0.12, 0.02, ITEMS)[None, :] * fills[:, None], 0.6)
    held = chance.random((ORDERS, ITEMS)) < odds
    held[:, 5] |= held[:, 2] & (chance.random(ORDERS) < planted)
    has_both = odds[:, 2] * (planted + (1 - planted) * odds[:, 5])
    has_then = odds[:, 5] + (1 - odds[:, 5]) * odds[:, 2] * planted
    lift = has_both.mean() / (odds[:, 2].mean() * has_then.mean())
    order, item = np.nonzero(held)
    lines = pd.DataFrame(
        {
            "transaction_id": order.astype(str), "line": np.arange(len(order)), "product_id": item.astype(str),
            "product": item.astype(str), "category": "any", "quantity": 1.0, "unit_price": 10.0, "unit_cost": 6.0,
        }
    )  # fmt: skip
    every = np.unique(order)
    orders = pd.DataFrame(
        {
            "transaction_id": every.astype(str), "customer_id": [f"c{c}" for c in who[every]], "revenue": 10.0,
            "date": pd.to_datetime(START + chance.integers(0, DAYS, ORDERS)[every].astype("m8[D]")),
        }
    )  # fmt: skip
    return orders, lines, float(lift * len(every) / ORDERS)


def _found(orders: pd.DataFrame, lines: pd.DataFrame, days: int) -> Pairs:
    first, last = (pd.Timestamp(day).date() for day in (START, START + np.timedelta64(DAYS - 1, "D")))
    shop = Shop("", "EUR", "monday", first, last, last, len(orders), has=frozenset({"customer_key"}))
    return pairs(lines, orders, shop, Filters(Period(first, last)), "product", days)


def _quiet(seeds: Iterable[int], days: int, quick: bool) -> Iterator[Proof]:
    """Shops in which nothing goes together but by full baskets and busy customers."""
    named, plain, looked_at = [], [], 0
    for seed in seeds:
        found = _found(*_made(seed)[:2], days)
        looked_at = found.looked_at
        named.append(not found.beyond.empty)
        plain.append((found.table["lift_low"] > 1).mean())
    what = f"within {days} days" if days else "in one order"
    rests_on = f"{len(named)} shops of {ORDERS:,} orders, {looked_at:,} pairs looked at, {what}"
    name = f"cross-sell: shops of which a pair is named where none is, {what}"
    yield share(name, named, "<=", 0.08, 0.05, rests_on, quick=quick)
    name = f"cross-sell: the same, pairs whose plain lift lies above 1 in its 95 % range, {what}"
    yield Proof(name, float(np.mean(plain)), "<=", None, "oracle", rests_on)


def _planted(seeds: Iterable[int], quick: bool) -> Iterator[Proof]:
    """A pair that is there: found, and its lift inside its range."""
    seen, inside = [], []
    for seed in seeds:
        orders, lines, lift = _made(seed, PLANTED)
        found = _found(orders, lines, 0)
        is_it = (found.table[["first_item", "then_item"]].apply(set, axis=1)) == {"2", "5"}
        row = found.table[is_it].iloc[0]
        seen.append(row["beyond"])
        inside.append(row["lift_low"] < lift < row["lift_high"])
    rests_on = f"{len(seen)} shops of {ORDERS:,} orders, {PLANTED:.0%} bought because of the other"
    yield Proof("cross-sell: planted pairs found", float(np.mean(seen)), ">=", 0.95, "oracle", rests_on)
    name = "cross-sell: the planted lift lies in its 95 % range"
    yield share(name, inside, ">=", 0.93, 0.95, rests_on, quick=quick)


def _real() -> Iterator[Proof]:
    """A real log split by time: pairs of its first year in its second, and offers held against what came."""
    from warehouse.engine import Warehouse
    from warehouse.importing import import_orders

    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "shop.db"
        import_orders(REAL_LOG, database)
        with Warehouse(database).tables() as tables:
            shop = shop_profile(tables.orders, tables.customers, tables.shop)
            yield from _a_year_later(tables, shop)
            yield from _what_came(tables, shop)


def _a_year_later(tables: Tables, shop: Shop) -> Iterator[Proof]:
    early = pairs(tables.order_lines, tables.orders, shop, Filters(Period(shop.first_day, HALF)))
    second = as_orders(tables.orders)
    second = second.filter(second.date > ibis.date(HALF.isoformat()))
    late = pairs(tables.order_lines, second, shop, Filters(Period(HALF, shop.today)))
    both = early.beyond.merge(late.table, on=["first_item", "then_item"], suffixes=("", "_later"))
    rests_on = f"Online Retail II, {len(both):,} pairs of the first year still seen in the second"
    name = "cross-sell: pairs named that go together a year later, beyond baskets as full"
    yield Proof(name, float((both["alike_later"] > 1).mean()), ">=", 0.9, "real", rests_on)
    rest = early.table[~early.table["beyond"]].merge(late.table, on=["first_item", "then_item"])
    name = "cross-sell: the same, pairs that were not named"
    yield Proof(name, float((rest["alike_y"] > 1).mean()), "<=", None, "real", rests_on)


def _what_came(tables: Tables, shop: Shop) -> Iterator[Proof]:
    """Who then bought by themselves what would have been offered, beside others who lacked it and what sells best."""
    view = Filters(Period(LATER, LATER + timedelta(days=AHEAD_DAYS)))
    margins = pd.DataFrame({"category": ["Not stated"], "share": [0.4], "source": ["stated"]})
    asked = (tables.order_lines, tables.orders, tables.customers, shop, view, margins)
    for days in (0, AHEAD_DAYS):
        tested = offers_tested(*asked, "product", days).table
        own, alike, popular = tested["bought"]
        what = f"pairs within {days} days" if days else "pairs of one order"
        rests_on = f"Online Retail II, {tested['customers'].iloc[0]:,} customers on {LATER:%d %b %Y}, {AHEAD_DAYS} days"
        name = f"cross-sell: customers who then bought what they would have been offered, {what}"
        yield Proof(name, float(own), ">=", None, "real", rests_on)
        name = f"cross-sell: the same, above others who lacked the same things, {what}"
        yield Proof(
            name, float(tested["low"].iloc[0] - alike), ">=", 0.0, "real", f"low end of its 95 % range, {rests_on}"
        )
        name = f"cross-sell: the same, what sells best of what they lacked, {what}"
        yield Proof(name, float(popular), ">=", None, "real", rests_on)
