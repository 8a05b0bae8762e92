"""What customers will be worth: printed figures reproduced, planted truth found, ranges of totals that hold."""

import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.descriptive.profile import shop_profile
from analytics.predictive.bg_nbd import BgNbd, Purchases, fitted_bg_nbd
from analytics.predictive.customer_histories import customer_histories
from analytics.predictive.customer_value import customer_value_fit
from analytics.predictive.gamma_gamma import fitted_gamma_gamma
from analytics.predictive.model import Run
from analytics.predictive.value_cut_offs import months_before
from analytics.predictive.value_scores import value_scores
from analytics.shop import DIMENSIONS, Shop
from benchmarks.proofs import Proof, share
from simulation import market
from simulation.lines import expected_order_values
from simulation.population import leaving_share
from simulation.settings import SimulationSettings
from simulation.shop import SimulatedShop, shop_process, simulate
from warehouse.engine import Warehouse
from warehouse.importing import import_orders

SHOPS, QUICK_SHOPS = 24, 3
DRAWS, QUICK_DRAWS = 100, 12
KNOWN_MONTHS, MONTHS, ORDERS = 24, 36, 22_500
"""Of a simulated shop so much is shown to the fit; as much as the horizon is kept from it."""
ENDS = (date(2026, 10, 31), date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31))
"""Seasons in which histories end, in turn: how a total errs depends on what lies just behind."""
FIRST_SEED = 500
"""Of shops that were looked at nowhere else: what the ranges rest on was settled on others."""
HORIZONS = {12: "12 months", 6: "6 months", 3: "3 months"}

DATA = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[2] / "shared/data"))
CDNOW, REAL_LOG = DATA / "cdnow_sample.txt", DATA / "online_retail_ii.parquet"
PUBLISHED = (0.243, 4.414, 0.793, 2.426)
LOG_LIKELIHOOD = -9582.4
AMOUNTS = (6.25, 3.74, 15.44)
OF_NEW = {0.1429: 0.0078, 1: 0.0532, 3: 0.1506, 31.8571: 1.0405, 32: 1.0437, 78: 1.8576}
"""Weeks → purchases of a new customer (Fader, Hardie & Lee's spreadsheet)."""
OF_ONE, KNOWN_ONE = 1.226, (2.0, 30.43, 38.86)
PLANTED = (0.9, 6.0, 0.8, 3.0)


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of customers' value."""
    found = [*_published()] if CDNOW.exists() else []
    found += [*_planted(range(QUICK_DRAWS if quick else DRAWS), quick), *_demo()]
    found += [*_simulated(range(QUICK_SHOPS if quick else SHOPS), quick)]
    return found if quick or not REAL_LOG.exists() else found + [*_real()]


def _published() -> Iterator[Proof]:
    """Bars of what a method did on later data are the printed figures, to the last printed digit."""
    purchases, means, then = _cdnow()
    model, amount = fitted_bg_nbd(purchases), fitted_gamma_gamma(purchases.repeats, means)
    one = Purchases(*(np.array([part]) for part in KNOWN_ONE))
    told = model.expected(purchases, 39 * 7)
    off = {
        "BG/NBD parameters, farthest from the published ones": (_farthest(model.parameters, PUBLISHED), 0.0006),
        "log-likelihood, off the published −9582.4": (abs(model.log_likelihood - LOG_LIKELIHOOD), 0.05),
        "gamma-gamma parameters, farthest from the published ones": (
            _farthest((amount.p, amount.q, amount.v), AMOUNTS),
            0.006,
        ),
        "purchases of a new customer, farthest from the published ones": (
            _farthest([model.expected_of_new(7 * weeks) for weeks in OF_NEW], list(OF_NEW.values())),
            0.0005,
        ),
        "purchases of a known customer, off the published 1.226": (abs(model.expected(one, 273)[0] - OF_ONE), 0.0006),
        "weeks 40–78, total too low by": (round(abs(told.sum() / then.sum() - 1), 3), 0.121),
        "weeks 40–78, mean absolute error": (np.abs(told - then).mean(), 0.786),
    }
    for name, (figure, bar) in off.items():
        yield Proof(f"customer value: {name}", float(figure), "<=", bar, "published", "CDNOW, 2,357 customers")
    together = round(float(np.corrcoef(told, then)[0, 1]), 3)
    yield Proof(
        "customer value: weeks 40–78, correlation", together, ">=", 0.626, "published", "CDNOW, 2,357 customers"
    )


def _farthest(ours: tuple | list, printed: tuple | list) -> float:
    return float(np.max(np.abs(np.subtract(ours, printed))))


def _cdnow() -> tuple[Purchases, np.ndarray, np.ndarray]:
    names = ["master", "customer", "date", "discs", "spent"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=names, dtype={"customer": "str", "date": "str"})
    rows["date"] = pd.to_datetime(rows["date"], format="%Y%m%d")
    days, end = rows.groupby(["customer", "date"], as_index=False)["spent"].sum(), pd.Timestamp("1997-09-30")
    known, after = days[days["date"] <= end], days[days["date"] > end]
    each = known.groupby("customer")["date"]
    first, last, repeats = each.min(), each.max(), each.size() - 1
    again = known[known["date"] > known["customer"].map(first)].groupby("customer")["spent"].mean()
    weeks = [(part.dt.days / 7).to_numpy() for part in (last - first, end - first)]
    then = after.groupby("customer").size().reindex(first.index, fill_value=0).to_numpy()
    return Purchases(repeats.to_numpy(dtype="float64"), *weeks), again.reindex(first.index).to_numpy(), then


def _planted(seeds: range, quick: bool) -> Iterator[Proof]:
    """Where the model is the truth, its parameters lie within two standard errors as often as they should."""
    held = []
    for seed in seeds:
        model = fitted_bg_nbd(_process(seed, 1_500))
        held.append(_inside(model))
    rests_on = f"{len(seeds)} draws of 1,500 customers"
    name = "customer value: planted parameter inside 1.96 standard errors"
    yield share(name, held, ">=", 0.9, 0.95, rests_on, quick=quick)


def _inside(model: BgNbd) -> np.ndarray:
    logs = np.log(model.parameters) - np.log(PLANTED)
    return np.abs(logs) <= 1.96 * np.array(model.errors) / np.array(model.parameters)


def _process(seed: int, customers: int, most: int = 400) -> Purchases:
    """Histories of two years, drawn from the process itself."""
    chance = np.random.default_rng(seed)
    rate, leave = chance.gamma(PLANTED[0], 1 / PLANTED[1], customers), chance.beta(*PLANTED[2:], customers)
    age = chance.uniform(26, 104, customers)
    at = np.cumsum(chance.exponential(1, (customers, most)) / rate[:, None], axis=1)
    stays = np.cumprod(chance.random((customers, most)) >= leave[:, None], axis=1)
    there = np.column_stack([np.ones(customers), stays[:, :-1]]) > 0
    bought = there & (at <= age[:, None])
    repeats = bought.sum(axis=1)
    last = np.where(repeats > 0, at[np.arange(customers), np.maximum(repeats - 1, 0)], 0.0)
    return Purchases(repeats.astype("float64"), last, age)


def _demo() -> Iterator[Proof]:
    made = simulate(SimulationSettings(lines=False))
    orders = _orders(made)
    run = _fitted(orders, _shop(orders, made.settings.start, made.settings.end), 12)
    scores, simple = run.facts["scores"], run.facts["baseline_scores"]
    rests_on = "the demo, 12 months after 31 Oct 2025"
    for name, bar in {"decile_error": 0.2, "customer_error": None}.items():
        told = f"customer value: demo, {name.replace('_', ' ')} relative to the mean"
        yield Proof(told, scores[name], "<=", bar, "oracle", rests_on)
        yield Proof(f"{told}, own past rate", simple[name], "<=", None, "oracle", rests_on)


def _simulated(seeds: range, quick: bool) -> Iterator[Proof]:
    """Fitted to two years of a shop of three, held against the third; beside who knows rates and who is still there."""
    horizons = [12] if quick else list(HORIZONS)
    told: dict[int, list[dict]] = {months: [] for months in horizons}
    for seed in seeds:
        settings = SimulationSettings(
            ORDERS, months=MONTHS, seed=FIRST_SEED + seed, end=ENDS[seed % len(ENDS)], lines=False
        )
        made = simulate(settings)
        orders, today = _orders(made), months_before(settings.end, MONTHS - KNOWN_MONTHS)
        seen = orders[orders["date"] <= pd.Timestamp(today)]
        for months in horizons:
            run = _fitted(seen, _shop(seen, settings.start, today), months)
            told[months].append(_held_against(run, orders, today, made))
    rests_on = f"{len(seeds)} shops, fitted to {KNOWN_MONTHS} months"
    for months, rows in told.items():
        table, ahead = pd.DataFrame(rows), HORIZONS[months]
        name = f"customer value: total of {ahead} inside its 80 % range"
        yield share(name, [table["inside"]], ">=", 0.75, 0.8, rests_on, quick=quick)
        yield _told(f"width of that range over {ahead}, relative to the total", table["width"], None, rests_on)
        bar = 0.2 if months == 12 else None
        yield _told(f"decile error over {ahead}", table["decile_error"], bar, rests_on)
        yield _told(
            f"customer error over {ahead}, relative to that of the own past rate", table["to_rate"], 1.0, rests_on
        )
        if months == 12:
            explained = table["r2"] / table["oracle_r2"]
            yield Proof(
                "customer value: R² over that of who knows each rate and who is still there",
                float(explained.mean()),
                ">=",
                None,
                "oracle",
                rests_on,
            )


def _told(name: str, values: pd.Series, bar: float | None, rests_on: str) -> Proof:
    return Proof(f"customer value: {name}", float(values.mean()), "<=", bar, "oracle", rests_on)


def _held_against(run: Run, orders: pd.DataFrame, today: date, made: SimulatedShop) -> dict[str, float]:
    """How the forecast did in the time that it had not seen."""
    values, until = run.tables["values"], date.fromisoformat(run.facts["until"])
    ahead = orders[(orders["date"] > pd.Timestamp(today)) & (orders["date"] <= pd.Timestamp(until))]
    brought = ahead.groupby("customer_id")["revenue"].sum()
    actual = values["customer_id"].map(brought).fillna(0.0).to_numpy()
    scores = value_scores(values["expected"].to_numpy(), actual)
    oracle = value_scores(_known_to_the_simulator(made, values, today, until), actual)
    rate = value_scores(_own_rate(orders, values, today, run.facts["horizon_days"]), actual)
    facts = run.facts
    return {
        "inside": facts["total_low"] <= actual.sum() <= facts["total_high"],
        "width": (facts["total_high"] - facts["total_low"]) / facts["total"],
        "decile_error": scores["decile_error"],
        "to_rate": scores["customer_error"] / rate["customer_error"],
        "r2": scores["r2"],
        "oracle_r2": oracle["r2"],
    }


def _own_rate(orders: pd.DataFrame, values: pd.DataFrame, today: date, days: int) -> np.ndarray:
    lately = customer_histories(orders, today, lately_from=today - pd.Timedelta(days=days - 1))
    told = lately.set_index("customer_key")["lately_brought"].clip(lower=0)
    return values["customer_key"].map(told).fillna(0.0).to_numpy()


def _known_to_the_simulator(made: SimulatedShop, values: pd.DataFrame, today: date, until: date) -> np.ndarray:
    """What is expected by who knows everybody's rate, who is still there, how likely each leaves, and all seasons."""
    process, settings = shop_process(made.settings), made.settings
    truth = made.truth_customers.to_pandas().set_index("customer_id").reindex(values["customer_id"])
    left = truth["departed"].to_numpy() & (pd.to_datetime(truth["departed_on"]) <= pd.Timestamp(today)).to_numpy()
    code = {d: values[d].map({name: i for i, name in enumerate(market.MEMBERS[d])}).to_numpy() for d in _CURVE}
    curve = (code["region"] * len(market.SEGMENTS) + code["segment"]) * len(market.AGE_GROUPS) + code["age_group"]
    first, last = ((day - settings.start).days + 1 for day in (today, until))
    passed = truth["rate"].to_numpy() * (process.passed[curve, last] - process.passed[curve, first])
    leaves = leaving_share(process.mix.hazard, process.calendar)[code["segment"]]
    worth = (expected_order_values() * market.CATEGORY_SHARE).sum(axis=1)[code["segment"]]
    return np.where(left, 0.0, -np.expm1(-leaves * passed) / leaves * worth)


_CURVE = ("region", "segment", "age_group")


def _real() -> Iterator[Proof]:
    """A real shop, of which nobody knows the truth: no worse than the own past rate, on what followed."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "shop.db"
        import_orders(REAL_LOG, database)
        with Warehouse(database).tables() as tables:
            shop = shop_profile(tables.orders, tables.customers, tables.shop)
            for months in (12, 6):
                run = customer_value_fit(tables.orders, tables.customers, shop, _silent, months)
                scores, simple = run.facts["scores"], run.facts["baseline_scores"]
                rests_on = f"Online Retail II, {run.facts['judged_customers']:,} customers of {run.facts['cut_off']}"
                name = f"customer value: a real shop over {months} months"
                against = scores["error"] / simple["error"]
                yield Proof(
                    f"{name}, error relative to that of the own past rate", against, "<=", 1.0, "real", rests_on
                )
                for score in ("customer_error", "decile_error", "total_error"):
                    told = f"{name}, {score.replace('_', ' ')}"
                    yield Proof(told, abs(scores[score]), "<=", None, "real", rests_on)


def _orders(made: SimulatedShop) -> pd.DataFrame:
    orders = made.transactions.to_pandas()
    categories = [c for c in orders if isinstance(orders[c].dtype, pd.CategoricalDtype)]
    return orders.astype(dict.fromkeys(categories, "str")).assign(date=pd.to_datetime(orders["date"]))


def _shop(orders: pd.DataFrame, first: date, today: date) -> Shop:
    members = {d: tuple(orders[d].unique()) for d in DIMENSIONS}
    facts = {"members": members, "has": frozenset({"customer_key", "satisfaction_score"})}
    return Shop("", "INR", "monday", first, today, today, len(orders), **facts)


def _fitted(orders: pd.DataFrame, shop: Shop, months: int) -> Run:
    customers = orders[["customer_id"]].dropna().drop_duplicates()
    return customer_value_fit(orders, customers, shop, _silent, months)


def _silent(_share: float, _doing: str) -> None:
    """Nobody waits for it."""
