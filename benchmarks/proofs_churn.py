"""Who will not come back: near the limit of what can be foreseen, honest as chances, never worse than recency alone."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from analytics.descriptive.profile import shop_profile
from analytics.orders import as_orders
from analytics.predictive.churn import churn_fit
from analytics.predictive.churn_design import learnt_design
from analytics.predictive.churn_features import customers_at, cut_offs, features_of
from analytics.predictive.churn_list import explained_chances
from analytics.predictive.churn_models import (
    MODELS,
    Calibration,
    calibrated,
    chances_out_of_fold,
    fitted_classifier,
    folds_of_customers,
    log_loss,
    raw_chances,
    season_of,
)
from analytics.predictive.churn_scores import (
    calibration_error,
    calibration_error_by_chance,
    measures,
    scored_models,
)
from analytics.predictive.model import Run
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from simulation.settings import SimulationSettings
from simulation.shop import SimulatedShop, simulate

ORDERS = 15_000
LARGER, QUICK_LARGER = 100, 10
"""Times as many customers as the demo has, for the practical limit."""
SHOPS, QUICK_SHOPS = 24, 2
QUIET, QUICK_QUIET = 40, 3
RANGES, QUICK_RANGES = 400, 40
FIRST_SEED = 2_000
CDNOW_TEST, CDNOW_WEEKS, CDNOW_RECENCY = date(1997, 9, 30), 39, 0.771
DATA = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[2] / "shared/data"))
REAL_LOG, CDNOW = DATA / "online_retail_ii.parquet", DATA / "cdnow_sample.txt"


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of the model of churn."""
    shops = range(FIRST_SEED, FIRST_SEED + (QUICK_SHOPS if quick else SHOPS))
    found = [*_limits(shops, QUICK_LARGER if quick else LARGER), *_demo()]
    found += _ranges(range(QUICK_RANGES if quick else RANGES), quick)
    found += _quiet(range(QUICK_QUIET if quick else QUIET), quick)
    found += _cdnow() if CDNOW.exists() else []
    return found + ([*_real()] if REAL_LOG.exists() and not quick else [])


@dataclass(frozen=True)
class _Looks:
    """Customers of a shop at the cut-offs that the model learns from, and at that of the test."""

    trained: pd.DataFrame
    tested: pd.DataFrame
    features: tuple[str, ...]
    test_on: date


def _looks(made: SimulatedShop, parts: int = 1) -> _Looks:
    """Of large shops every customer is looked at in one of so many parts of the cut-offs."""
    orders, shop = _stored(made)
    plan = cut_offs(shop, 90)
    frames = []
    for number, day in enumerate(plan.train_on):
        looked_at = customers_at(orders, day, plan.lookback_days, plan.horizon_days).assign(cut_off=pd.Timestamp(day))
        frames.append(looked_at.iloc[number % parts :: parts])
    tested = customers_at(orders, plan.test_on, plan.lookback_days, plan.horizon_days)
    return _Looks(pd.concat(frames, ignore_index=True), tested, features_of(shop), plan.test_on)


def _stored(made: SimulatedShop) -> tuple[ibis.Table, Shop]:
    """The orders as a table of an engine of their own."""
    engine = ibis.duckdb.connect()
    engine.con.register("transactions", made.transactions)
    engine.con.execute("CREATE TABLE orders AS SELECT * FROM transactions")
    table = engine.table("orders")
    rows = as_orders(table.mutate(date=table.date.cast("date")))
    has = frozenset({"customer_key", "satisfaction_score", "delivery_days"})
    members = {d: tuple(sorted(made.customers[d].to_pandas().unique())) for d in ("segment", "region")}
    settings, count = made.settings, made.transactions.num_rows
    days = (settings.start, settings.end, settings.end)
    return rows, Shop("", "INR", "monday", *days, count, gross_margin=0.4, members=members, has=has)


def _limits(seeds: range, larger: int) -> Iterator[Proof]:
    """The same models given many times as many customers to learn from, asked of the same customers."""
    many = _looks(simulate(SimulationSettings(orders=ORDERS * larger, seed=FIRST_SEED - 1, lines=False)), parts=4)
    design, lost = learnt_design(many.trained, many.features), many.trained["churned"].to_numpy()
    matrix = design.matrix(many.trained)
    limit = {model: fitted_classifier(model, matrix, lost) for model in ("forest", "boosting")}
    short = {model: [] for model in limit}
    best, recency, said, truth, single, usual = [], [], [], [], [], []
    for seed in seeds:
        looks = _looks(simulate(SimulationSettings(orders=ORDERS, seed=seed, lines=False)))
        happened = looks.tested["churned"].to_numpy()
        for model, fitted in limit.items():
            own = learnt_design(looks.trained, looks.features)
            learnt = fitted_classifier(model, own.matrix(looks.trained), looks.trained["churned"].to_numpy())
            reached = measures(raw_chances(learnt, own.matrix(looks.tested)), happened)["auc"]
            possible = measures(raw_chances(fitted, design.matrix(looks.tested)), happened)["auc"]
            short[model].append(possible - reached)
        chances = _calibrated_chances(looks)
        best.append(measures(chances, happened)["auc"])
        recency.append(measures(looks.tested["recency_days"].to_numpy(), happened)["auc"])
        said.append(chances)
        truth.append(happened)
        single.append(calibration_error(chances, happened))
        usual.append(calibration_error_by_chance(chances, 50)[0])
    shops = f"{len(seeds)} shops of {ORDERS:,} orders"
    for model, lack in short.items():
        name = f"churn: ROC AUC below the practical limit, {MODELS[model].lower()}"
        rests_on = f"{shops}; limit: learnt from {larger} × as many customers"
        yield Proof(name, float(np.mean(lack)), "<=", 0.02, "oracle", rests_on)
    gain = np.array(best) - np.array(recency)
    yield Proof("churn: ROC AUC above recency alone, mean of shops", float(gain.mean()), ">=", 0.0, "oracle", shops)
    yield Proof("churn: the same, worst shop", float(gain.min()), ">=", None, "oracle", shops)
    pooled = calibration_error(np.concatenate(said), np.concatenate(truth))
    yield Proof("churn: expected calibration error, shops together", pooled, "<=", 0.03, "oracle", shops)
    yield Proof("churn: the same of single shops, mean", float(np.mean(single)), "<=", None, "oracle", shops)
    name = "churn: the same were every chance exactly true"
    yield Proof(name, float(np.mean(usual)), "<=", None, "oracle", shops)


def _calibrated_chances(looks: _Looks, model: str = "boosting") -> np.ndarray:
    """The tested customers' chances, as the model of the page gives them."""
    design, lost = learnt_design(looks.trained, looks.features), looks.trained["churned"].to_numpy()
    matrix, days = design.matrix(looks.trained), looks.trained["cut_off"].to_numpy()
    folds = folds_of_customers(lost, looks.trained["customer_key"].to_numpy())
    out = chances_out_of_fold(model, matrix, lost, folds)
    line = calibrated(out, lost)
    season = season_of(line.chances(out), lost, days, np.datetime64(looks.test_on))
    raw = raw_chances(fitted_classifier(model, matrix, lost), design.matrix(looks.tested))
    return Calibration(line.slope, line.intercept, season).chances(raw)


def _demo() -> Iterator[Proof]:
    """The demo as the page shows it, beside what knowing everybody's true state and rate would give."""
    made = simulate(SimulationSettings(lines=False))
    orders, shop = _stored(made)
    run = _fit(orders, shop)
    board = run.tables["leaderboard"].set_index(["model", "measure"])["value"]
    best, tested = run.facts["best"], run.tables["tested"]
    rests_on = f"the demo shop, {len(tested):,} tested customers, {run.facts['best_name'].lower()}"
    accuracy, rate = float(board[(best, "accuracy")]), tested["churned"].mean()
    yield Proof("churn: accuracy on the demo, at least", accuracy, ">=", 0.75, "oracle", rests_on)
    yield Proof("churn: accuracy on the demo, at most", accuracy, "<=", 0.85, "oracle", rests_on)
    majority = float(max(rate, 1 - rate))
    yield Proof("churn: the same, to say the same of all", majority, ">=", None, "oracle", rests_on)
    yield Proof("churn: the same, recency alone", float(board[("recency", "accuracy")]), ">=", None, "oracle", rests_on)
    known = _true_chances(made, tested["customer_key"], date.fromisoformat(run.facts["test_on"]), 90)
    known = measures(known, tested["churned"].to_numpy())
    name = "churn: the same, knowing who is gone and how often the others buy"
    yield Proof(name, known["accuracy"], ">=", None, "oracle", rests_on)
    yield Proof("churn: ROC AUC on the demo", float(board[(best, "auc")]), ">=", None, "oracle", rests_on)
    yield Proof(
        "churn: the same, recency alone (ROC AUC)", float(board[("recency", "auc")]), ">=", None, "oracle", rests_on
    )
    yield Proof("churn: the same, knowing the truth (ROC AUC)", known["auc"], ">=", None, "oracle", rests_on)
    some = run.tables["scores"].iloc[::7]
    base, values = explained_chances(run, some)
    off = float(np.abs(base + values.sum(axis=1) - some["probability"]).max())
    name = "churn: reasons add up to the chance, farthest off"
    yield Proof(name, off, "<=", 1e-9, "oracle", f"{len(some):,} customers of the demo")
    yield from _leaks(orders, shop, board)


def _fit(orders: ibis.Table | pd.DataFrame, shop: Shop) -> Run:
    rows = as_orders(orders)
    people = rows.filter(rows.customer_id.notnull()).select("customer_id").distinct().to_pandas()
    return churn_fit(orders, people, shop, lambda share, doing: None)


def _true_chances(made: SimulatedShop, keys: pd.Series, cut_off: date, horizon: int) -> np.ndarray:
    """Of who is gone 1; of the others that no order of a Poisson process falls into the horizon."""
    customers = made.truth_customers.to_pandas().set_index("customer_id").loc[keys]
    gone = customers["departed"] & (pd.to_datetime(customers["departed_on"]) <= pd.Timestamp(cut_off))
    daily = made.truth["daily"]
    factors = np.prod(
        [daily["factors"][name] for name in ("trend", "weekly", "yearly", "holiday", "promotion")], axis=0
    )
    days = pd.to_datetime(daily["date"])
    ahead = (days > pd.Timestamp(cut_off)) & (days <= pd.Timestamp(cut_off + timedelta(days=horizon)))
    return np.where(gone, 1.0, np.exp(-customers["rate"] * factors[ahead].sum()))


def _leaks(orders: ibis.Table, shop: Shop, board: pd.Series) -> Iterator[Proof]:
    """What mistakes would have shown: a label made of a feature, and rows judged that were learnt from."""
    today = customers_at(orders, shop.today, 365)
    leaked = measures(today["recency_days"].to_numpy(), (today["recency_days"] > 90).to_numpy())["auc"]
    rests_on = "the demo shop"
    yield Proof("churn: were churn 90 days of silence by today (ROC AUC)", leaked, "<=", None, "oracle", rests_on)
    plan = cut_offs(shop, 90)
    rows = pd.concat([customers_at(orders, day, plan.lookback_days, 90) for day in plan.train_on], ignore_index=True)
    design, lost = learnt_design(rows, features_of(shop)), rows["churned"].to_numpy()
    own = measures(raw_chances(fitted_classifier("forest", design.matrix(rows), lost), design.matrix(rows)), lost)[
        "auc"
    ]
    name = "churn: forest judged by the rows it learnt from, above the test (ROC AUC)"
    yield Proof(name, own - float(board[("forest eight", "auc")]), "<=", None, "oracle", rests_on)


def _ranges(seeds: range, quick: bool) -> Iterator[Proof]:
    """Drawn again, customers give ranges that hold the score of the whole population."""
    everybody = np.random.default_rng(0)
    chances = everybody.beta(1.2, 0.8, 400_000)
    lost = everybody.random(len(chances)) < chances
    guess = np.clip(chances + everybody.normal(0, 0.2, len(chances)), 0.001, 0.999)
    truth, held = measures(guess, lost), {key: [] for key in ("auc", "brier", "accuracy")}
    for seed in seeds:
        some = np.random.default_rng(seed + 1).choice(len(chances), 600, replace=False)
        found = scored_models({"guess": guess[some]}, lost[some], "guess").set_index("measure")
        for key, holds in held.items():
            holds.append(found.loc[key, "low"] <= truth[key] <= found.loc[key, "high"])
    rests_on = f"{len(seeds)} samples of 600 customers"
    for key, holds in held.items():
        name = f"churn: 95 % range holds the population's {'ROC AUC' if key == 'auc' else key}"
        yield share(name, holds, ">=", 0.92, 0.945, rests_on, quick=quick)


def _quiet(seeds: range, quick: bool) -> Iterator[Proof]:
    """Shops in which everybody buys at one rate and nobody leaves: nothing can be foreseen."""
    better = []
    for seed in seeds:
        orders = _orders_at_one_rate(seed)
        days = (orders["date"].min().date(), orders["date"].max().date())
        shop = Shop("", "EUR", "monday", days[0], days[1], days[1], len(orders), has=frozenset({"customer_key"}))
        run = churn_fit(orders, orders[["customer_id"]].drop_duplicates(), shop, lambda share, doing: None)
        own = run.tables["leaderboard"].query("model == @run.facts['best'] and measure == 'auc'")
        better.append(own["gain_low"].iloc[0] > 0)
    rests_on = f"{len(seeds)} shops in which all customers are alike"
    name = "churn: shops said to be foreseen better than by recency where nothing can be"
    yield share(name, better, "<=", 0.06, 0.05, rests_on, quick=quick)


def _orders_at_one_rate(seed: int, days: int = 420, customers: int = 300, gap: float = 70.0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    number = chance.poisson(days / gap, customers)
    who = np.repeat(np.arange(customers), number)
    day = chance.integers(0, days, len(who))
    day[:1] = 0
    found = pd.DataFrame({"customer_id": [f"c{c}" for c in who], "revenue": chance.lognormal(3, 0.6, len(who))})
    return found.assign(
        transaction_id=np.arange(len(who)).astype(str), date=pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    )


def _cdnow() -> Iterator[Proof]:
    """Learnt from three cut-offs whose 90 days end by the test's, asked of the 39 weeks after it."""
    columns = ["master", "customer_id", "date", "cds", "revenue"]
    orders = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=columns)
    day = pd.to_datetime(orders["date"].astype("str"))
    orders = orders.assign(
        date=day, customer_id=orders["customer_id"].astype("str"), transaction_id=orders.index.astype("str")
    )
    since = (CDNOW_TEST - date(1996, 12, 31)).days
    tested = customers_at(orders, CDNOW_TEST, since, CDNOW_WEEKS * 7)
    lost = tested["churned"].to_numpy()
    alone = measures(tested["recency_days"].to_numpy(), lost)["auc"]
    starts = [CDNOW_TEST - timedelta(days=90 + 30 * step) for step in range(3)]
    trained = pd.concat([customers_at(orders, start, since, 90) for start in starts], ignore_index=True)
    design = learnt_design(trained, ("orders", "revenue", "average_order_value", "recency_days"))
    matrix, known = design.matrix(trained), trained["churned"].to_numpy()
    folds = folds_of_customers(known, trained["customer_key"].to_numpy())
    out = {model: chances_out_of_fold(model, matrix, known, folds) for model in MODELS}
    best = min(out, key=lambda model: log_loss(calibrated(out[model], known).chances(out[model]), known))
    reached = measures(raw_chances(fitted_classifier(best, matrix, known), design.matrix(tested)), lost)["auc"]
    rests_on = f"CDNOW sample, {len(lost):,} customers, 39 weeks after 30 Sep 1997"
    off = abs(alone - CDNOW_RECENCY)
    yield Proof("churn: recency alone on CDNOW, off 0.771 (ROC AUC)", off, "<=", 0.0006, "published", rests_on)
    name = f"churn: ROC AUC on CDNOW, {MODELS[best].lower()} chosen in folds"
    yield Proof(name, reached, ">=", CDNOW_RECENCY, "real", rests_on)


def _real() -> Iterator[Proof]:
    """The model of the page on a real log, beside recency alone; and how its chances do in another season."""
    from warehouse.engine import Warehouse
    from warehouse.importing import import_orders

    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "shop.db"
        import_orders(REAL_LOG, database)
        with Warehouse(database).tables() as tables:
            shop = shop_profile(tables.orders, tables.customers, tables.shop)
            run = churn_fit(tables.orders, tables.customers, shop, lambda share, doing: None)
    board = run.tables["leaderboard"]
    auc = board[(board["model"] == run.facts["best"]) & (board["measure"] == "auc")].iloc[0]
    tested = run.tables["tested"]
    lost, chances = tested["churned"].to_numpy(), tested["probability"].to_numpy()
    rests_on = f"Online Retail II, {len(tested):,} tested customers, {run.facts['best_name'].lower()}"
    yield Proof("churn: ROC AUC on the real log", float(auc["value"]), ">=", None, "real", rests_on)
    yield Proof("churn: the same above recency alone", float(auc["gain"]), ">=", 0.0, "real", rests_on)
    yield Proof("churn: the same, low end of its 95 % range", float(auc["gain_low"]), ">=", 0.0, "real", rests_on)
    accuracy = measures(chances, lost)["accuracy"]
    yield Proof("churn: accuracy on the real log", accuracy, ">=", None, "real", rests_on)
    majority = float(max(lost.mean(), 1 - lost.mean()))
    yield Proof("churn: the same, to say the same of all (real log)", majority, ">=", None, "real", rests_on)
    error = calibration_error(chances, lost)
    yield Proof("churn: expected calibration error on the real log", error, "<=", None, "real", rests_on)
    line = Calibration(**run.facts["tested_calibration"])
    unseasoned = 1 / (1 + (1 - chances) / chances * np.exp(line.season))
    name = "churn: the same, were the season not taken from the year before"
    yield Proof(name, calibration_error(unseasoned, lost), "<=", None, "real", rests_on)
