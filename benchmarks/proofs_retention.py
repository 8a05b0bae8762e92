"""Whom to contact: near the optimum that knows the truth, above simple policies, honest about what it will bring."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.churn import HIGH, MEDIUM
from analytics.predictive.churn_design import learnt_design
from analytics.predictive.churn_features import customers_at, cut_offs, features_of
from analytics.predictive.churn_models import (
    Calibration,
    calibrated,
    chances_out_of_fold,
    fitted_classifier,
    folds_of_customers,
    raw_chances,
    season_of,
)
from analytics.predictive.customer_value import customer_value_fit
from analytics.predictive.model import Run
from analytics.prescriptive.assumptions import Assumptions, Offer
from analytics.prescriptive.campaigns import MORE, Measurements, measured_offers
from analytics.prescriptive.experiment import arm_lifts
from analytics.prescriptive.retention import retention_plan
from analytics.prescriptive.retention_choice import Limits, best_choice
from analytics.prescriptive.retention_worth import customers_at_risk, later_share
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from benchmarks.proofs_churn import _stored
from simulation import market
from simulation.population import leaving_share
from simulation.process import CAMPAIGN_DAYS
from simulation.settings import SimulationSettings
from simulation.shop import SimulatedShop, shop_process, simulate
from simulation.tables import CONTACT_COST, OFFER

ORDERS = 15_000
SHOPS, QUICK_SHOPS = 50, 2
FIRST_SEED = 4_000
MODEL, HORIZON, YEAR = "boosting", 90, 365
MIDDLING = "a budget for three in ten"
BUDGETS = {"no budget": None, "a budget for a tenth": 0.1, MIDDLING: 0.3}
"""Of the customers, at the cost of a contact. Where the budget ends among customers nearly alike, who is gone and who
is not decides most, and no data tell it: there the list is held against itself with the lifts known, without a bar."""
CASES, QUICK_CASES = 400, 60
DATA = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[2] / "shared/data"))
HILLSTROM = DATA / "hillstrom.csv"
PUBLISHED = {"Mens E-Mail": (1.4226, 0.7698, 1.2531), "Womens E-Mail": (1.0772, 0.4244, 0.8837)}
"""Arm → revenue a customer, its lift, and the share buying in per cent."""


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of whom to contact."""
    found = [*_published(), *_brute_force(QUICK_CASES if quick else CASES)]
    return found + [*_against_the_truth(range(FIRST_SEED, FIRST_SEED + (QUICK_SHOPS if quick else SHOPS)), quick)]


def _published() -> Iterator[Proof]:
    """A published experiment: three arms, 64,000 customers, two weeks."""
    if not HILLSTROM.exists():
        return
    rows = pd.read_csv(HILLSTROM).rename(columns={"segment": "arm", "spend": "revenue"})
    told = arm_lifts(rows, "No E-Mail").set_index("arm")
    rests_on = f"Hillstrom's e-mail experiment, {len(rows):,} customers"
    for arm, (revenue, lift, bought) in PUBLISHED.items():
        row = told.loc[arm]
        figures = (
            ("revenue a customer", row["revenue"] - revenue, 5e-5),
            ("its lift", row["revenue_lift"] - lift, 5e-5),
            ("share buying, points", 100 * row["bought"] - bought, 5e-5),
        )
        for name, off, bar in figures:
            yield Proof(f"retention: {arm}, {name}, off the published", abs(off), "<=", bar, "published", rests_on)
    off = abs(told.loc["Mens E-Mail", "t"] - 5.30)
    yield Proof("retention: Mens E-Mail, t of the lift, off 5.30", off, "<=", 0.005, "published", rests_on)


def _brute_force(cases: int) -> Iterator[Proof]:
    """Small programmes, and every choice there is."""
    off, gaps = [], []
    for seed in range(cases):
        chance = np.random.default_rng(seed)
        customers, offers = chance.integers(2, 7), chance.integers(1, 4)
        net, spend = chance.normal(1, 2, (customers, offers)), chance.uniform(0.1, 3, (customers, offers))
        most = tuple(chance.choice([None, 1, 2]) for _ in range(offers))
        limits = Limits(float(chance.uniform(0, 8)), int(chance.integers(1, 5)), most)
        found = best_choice(net, spend, limits)
        off.append(abs(found.net - _best_of_all(net, spend, limits)))
        gaps.append(found.net - found.bound)
    rests_on = f"{cases} programmes of up to six customers and three offers, all choices tried"
    yield Proof("retention: programme off the best of all choices, worst", max(off), "<=", 1e-6, "oracle", rests_on)
    chance = np.random.default_rng(0)
    net, spend = chance.lognormal(2, 1, (125_000, 4)), chance.uniform(0.5, 4, (125_000, 4))
    found = best_choice(net, spend, Limits(60_000.0, 30_000, (None, 5_000, 9_000, None)))
    rests_on = "125,000 customers, four offers, budget, capacity and two offers limited"
    yield Proof("retention: share of the optimum not reached, large", found.gap, "<=", 1e-3, "oracle", rests_on)


def _best_of_all(net: np.ndarray, spend: np.ndarray, limits: Limits) -> float:
    best = 0.0
    for own in itertools.product(range(-1, net.shape[1]), repeat=len(net)):
        some = [(i, j) for i, j in enumerate(own) if j >= 0]
        each = [sum(j == k for _, j in some) for k in range(net.shape[1])]
        fits = sum(spend[at] for at in some) <= limits.budget and len(some) <= limits.capacity
        if fits and all(m is None or n <= m for n, m in zip(each, limits.most, strict=True)):
            best = max(best, float(sum(net[at] for at in some)))
    return best


@dataclass(frozen=True)
class _Known:
    """What a shop's own data tell: the runs, what its campaign showed, and what silent customers bring later."""

    shop: Shop
    orders: ibis.Table
    churn: Run
    value: Run


def _known(orders: ibis.Table, customers: pd.DataFrame, shop: Shop) -> _Known:
    churn = _churn(orders, customers, shop)
    return _Known(shop, orders, churn, customer_value_fit(orders, customers, shop, lambda share, doing: None))


def _churn(orders: ibis.Table, customers: pd.DataFrame, shop: Shop) -> Run:
    """Today's customers by one of the page's models, learnt, calibrated and given its season as there."""
    plan = cut_offs(shop, HORIZON)
    frames = [
        customers_at(orders, day, plan.lookback_days, HORIZON).assign(cut_off=pd.Timestamp(day))
        for day in plan.all_known
    ]
    known = pd.concat(frames, ignore_index=True)
    today = customers_at(orders, plan.today, plan.lookback_days)
    design, lost = learnt_design(known, features_of(shop)), known["churned"].to_numpy()
    matrix, days = design.matrix(known), known["cut_off"].to_numpy()
    folds = folds_of_customers(lost, known["customer_key"].to_numpy())
    out = chances_out_of_fold(MODEL, matrix, lost, folds)
    line = calibrated(out, lost)
    season = season_of(line.chances(out), lost, days, np.datetime64(plan.today))
    raw = raw_chances(fitted_classifier(MODEL, matrix, lost), design.matrix(today))
    chances = Calibration(line.slope, line.intercept, season).chances(raw)
    scores = today.assign(
        customer_id=today["customer_key"], probability=chances, lapsed=today["recency_days"] > shop.churn_days,
        tier=np.select([chances >= HIGH, chances >= MEDIUM], ["High", "Medium"], "Low"),
    )  # fmt: skip
    facts = {"horizon_days": HORIZON, "lookback_days": plan.lookback_days, "churn_days": shop.churn_days,
             "today": plan.today.isoformat(), "guest_orders": None, "guest_revenue": None}  # fmt: skip
    return Run(facts, {"scores": scores})


@dataclass(frozen=True)
class _Truth:
    """By customer id: what a contact really adds over the year to come (contribution margin, its cost not deducted)."""

    added: pd.Series


def _truth(made: SimulatedShop) -> _Truth:
    """Expected margin with the offer less that without, by the process that made the shop.

    A customer still there orders at his own rate and leaves after an order with his segment's chance ``h``, so that
    over a stretch ``T`` of the shop's clock ``(1 − exp(−rate h T)) / h`` orders are expected. The offer lets the clock
    of its days run faster by the segment's lift. The year to come has the pace of the last one.
    """
    process, truth = shop_process(made.settings), made.truth
    leaves = leaving_share(process.mix.hazard, process.calendar)
    pace = process.intensity[:, -YEAR:].mean(axis=1)
    people = made.truth_customers.to_pandas()
    members = made.customers.to_pandas()
    code = {d: pd.Categorical(members[d], market.MEMBERS[d]).codes for d in ("region", "segment", "age_group")}
    segment = code["segment"].astype(int)
    curve = (code["region"].astype(int) * len(market.SEGMENTS) + segment) * len(market.AGE_GROUPS) + code["age_group"]
    rate = np.where(people["departed"], 0.0, people["rate"]) * pace[curve]
    hazard, lift = leaves[segment], market.CAMPAIGN_LIFT[segment]
    without, with_ = YEAR * np.ones(len(rate)), YEAR + lift * CAMPAIGN_DAYS
    more = (np.exp(-rate * hazard * without) - np.exp(-rate * hazard * with_)) / hazard
    means = truth["process"]["order_value"]["mean"]
    value = np.array([_mean_value(means[s], number) for number, s in enumerate(market.SEGMENTS)])
    prices = process.calendar.price_index[:, -YEAR:].mean()
    return _Truth(pd.Series(more * value[segment] * prices * truth["shop"]["gross_margin"], members["customer_id"]))


def _mean_value(means: dict[str, float], segment: int) -> float:
    return float(sum(means[c] * s for c, s in zip(market.CATEGORIES, market.CATEGORY_SHARE[segment], strict=True)))


def _against_the_truth(seeds: range, quick: bool) -> Iterator[Proof]:
    reached = {name: [] for name in BUDGETS}
    above = {name: {"everyone": [], "riskiest": []} for name in BUDGETS}
    promised, held, ways, ordered, silent, knowing = [], [], [], [], [], []
    for seed in seeds:
        made = simulate(SimulationSettings(orders=ORDERS, seed=seed, lines=False))
        orders, shop = _stored(made)
        people = made.customers.to_pandas()
        known, truth = _known(orders, people, shop), _truth(made)
        contacts = ibis.memtable(made.campaign_contacts.to_pandas())
        measured = measured_offers(contacts.execute(), orders.execute(), people, shop, HORIZON)
        ways.append(measured.offers[0].way == MORE)
        for name, budget in BUDGETS.items():
            told = _one_plan(known, measured, truth, made.truth["shop"]["gross_margin"], budget)
            reached[name].append(told["reached"])
            for policy in above[name]:
                above[name][policy].append(told["net"] - told[policy])
            if budget is None and told["promised"] is not None:
                promised.append(told["promised"] / told["net"] if told["net"] > 0 else np.nan)
                held.append(told["low"] <= told["net"] <= told["high"])
        margin, lifts = made.truth["shop"]["gross_margin"], _with_true_lifts(measured)
        knowing.append(_one_plan(known, lifts, truth, margin, BUDGETS[MIDDLING])["reached"])
        for kept, of in zip((ordered, silent), _taken_apart(made), strict=True):
            kept.append(of)
    yield from _told(reached, above, len(seeds), quick)
    name = f"retention: the same, {MIDDLING}, were the lifts known but not who is gone, median"
    yield Proof(name, float(np.median(knowing)), ">=", None, "oracle", f"{len(seeds)} shops of {ORDERS:,} orders")
    rests_on = f"{len(seeds)} shops of {ORDERS:,} orders"
    yield share(
        "retention: 80 % range of a plan holds what it really adds", held, ">=", 0.7, 0.8, rests_on, quick=quick
    )
    yield Proof(
        "retention: net promised over net true, median", float(np.nanmedian(promised)), "<=", None, "oracle", rests_on
    )
    name = "retention: experiments told to bring more of those still there, as they do"
    yield share(name, ways, ">=", 0.8, 0.9, rests_on, quick=quick)
    halves = f"{len(seeds)} shops as known half a year earlier, what customers then brought"
    off = abs(np.log(np.median(ordered)))
    yield Proof(
        "retention: value of who orders, over what was said, median off (log)", float(off), "<=", 0.15, "oracle", halves
    )
    yield Proof(
        "retention: value of who is silent, over what was said, median",
        float(np.median(silent)),
        ">=",
        None,
        "oracle",
        halves,
    )


def _one_plan(
    known: _Known, measured: Measurements, truth: _Truth, margin: float, budget: float | None
) -> dict[str, float | None]:
    """What a plan, the optimum and two policies really leave."""
    scores = known.churn.tables["scores"]
    added = truth.added.reindex(scores["customer_id"]).to_numpy()
    net = added - CONTACT_COST
    number = len(scores) if budget is None else round(budget * len(scores))
    best = float(np.sort(np.maximum(net, 0.0))[::-1][:number].sum())
    lot = np.random.default_rng(0).permutation(len(scores))[:number]
    riskiest = np.argsort(-scores["probability"].to_numpy(), kind="stable")
    offer = Offer(OFFER, CONTACT_COST, kept=0.1, kept_low=0.0, kept_high=0.2)
    assumptions = Assumptions(offers=(offer,), stated=frozenset({"offers"}))
    margins = pd.DataFrame({"category": ["all"], "share": [margin], "source": ["stated"], "revenue": [1.0]})
    later = later_share(known.orders, known.shop, known.churn, known.value)
    given = (known.shop, Filters(known.shop.days), assumptions, margins, known.churn, known.value, measured, later)
    told = {"everyone": float(net[lot].sum()), "promised": None, "net": 0.0, "reached": 0.0}
    try:
        plan = retention_plan(*given, budget=None if budget is None else number * CONTACT_COST)
    except NotEnoughData:
        return told | {"riskiest": float(net[riskiest[:number]].sum())}
    listed = scores.set_index("customer_key").loc[plan.list["customer_key"], "customer_id"]
    own = float((truth.added.reindex(listed) - CONTACT_COST).sum())
    same = number if budget is not None else len(listed)
    return told | {
        "riskiest": float(net[riskiest[:same]].sum()), "net": own, "reached": own / best, "promised": plan.net,
        "low": plan.low, "high": plan.high,
    }  # fmt: skip


def _with_true_lifts(measured: Measurements) -> Measurements:
    """As if the experiment had shown exactly what the offer does in each segment."""
    one = measured.offers[0]
    lifts = dict(zip(market.SEGMENTS, market.CAMPAIGN_LIFT * CAMPAIGN_DAYS / one.soon_days, strict=True))
    groups = one.groups.assign(used=one.groups["group"].map(lifts).fillna(float(np.mean(list(lifts.values())))))
    return Measurements((replace(one, way=MORE, groups=groups),), ())


def _told(reached: dict, above: dict, shops: int, quick: bool) -> Iterator[Proof]:
    rests_on = f"{shops} shops of {ORDERS:,} orders; the optimum knows who is gone, rates and lifts"
    for name, shares in reached.items():
        bar = None if name == MIDDLING else 0.8 if quick else 0.9
        said = f"retention: share of the optimum that the list leaves, {name}, median"
        yield Proof(said, float(np.median(shares)), ">=", bar, "oracle", rests_on)
        yield Proof(f"retention: the same, {name}, worst shop", float(min(shares)), ">=", None, "oracle", rests_on)
        for policy, gains in above[name].items():
            said = (
                f"retention: net above to mail {'everyone' if policy == 'everyone' else 'the riskiest'}, {name}, median"
            )
            yield Proof(said, float(np.median(gains)), ">=", 0.0, "oracle", rests_on)


def _taken_apart(made: SimulatedShop) -> tuple[float, float]:
    """Half a year earlier: what customers brought who then ordered, and who then were silent, over what was said."""
    orders, shop = _stored(made)
    cut_off = shop.today - timedelta(days=182)
    past = orders.filter(orders.date <= ibis.date(cut_off.isoformat()))
    then = Shop("", "INR", "monday", shop.first_day, cut_off, cut_off, shop.orders, gross_margin=0.4,
                members=shop.members, has=shop.has)  # fmt: skip
    known = _known(past, made.customers.to_pandas(), then)
    later = later_share(past, then, known.churn, known.value)
    told = customers_at_risk(known.churn, known.value, Filters(then.days), later, 1.0)
    days = int(known.value.facts["horizon_days"])
    came, brought = _what_followed(orders, told, cut_off, days)
    said = told["if_ordering"].to_numpy()
    return brought[came].sum() / said[came].sum(), brought[~came].sum() / (later.share * said[~came]).sum()


def _what_followed(orders: ibis.Table, told: pd.DataFrame, cut_off: date, days: int) -> tuple[np.ndarray, np.ndarray]:
    rows = orders.filter(
        orders.date > ibis.date(cut_off.isoformat()),
        orders.date <= ibis.date((cut_off + timedelta(days=days)).isoformat()),
    )
    soon = rows.date <= ibis.date((cut_off + timedelta(days=HORIZON)).isoformat())
    found = rows.group_by("customer_key").agg(soon=soon.sum(), brought=rows.revenue.sum()).execute()
    found = found.set_index("customer_key").reindex(told["customer_key"]).fillna(0.0)
    return found["soon"].to_numpy() > 0, found["brought"].to_numpy(dtype="float64")
