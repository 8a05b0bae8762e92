"""Unusual days on simulated shops: what is planted is found, what is called unusual is, quiet days are left alone."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.diagnostic.unusual_days import ALONG, UnusualDays, unusual_days
from analytics.diagnostic.unusual_view import incidents
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import Shop
from benchmarks.proofs import Proof
from benchmarks.proofs_alerts import LEARNABLE, as_analysed
from simulation.settings import SimulationSettings
from simulation.shop import simulate

SHOPS, QUICK_SHOPS = 40, 3
A_DAY, DAYS = 100, 540
FIRST_DAY, DAYS_APART = 120, 70
LONGEST = 10
BINS = ((3.0, 5.0), (5.0, 7.0), (7.0, 10.0), (10.0, 1e9))
"""Of what an incident takes from the orders of its own scope over its days, in standard errors."""
SEEN_FROM = 7.0
"""Standard errors of an incident over its days from which it has to be found: some thousand days and windows of twenty
series are looked at, and one that lasts is partly learnt while it does."""
AROUND_DAYS = 7
"""Days around an incident in which what is found is taken to be of it: windows reach back, returns are felt."""
EVERYTHING = Filters(Period(date.min, date.max), "none")
COMPARED_LENGTHS, COMPARED_SIZE = (1, 3), -0.3
QUIET_SHARE = 0.002
"""Share of quiet days that both methods may mark where they are compared."""


@dataclass(frozen=True)
class Planted:
    """An incident: orders of a scope (the shop itself where ``dimension`` is empty) lost on some days."""

    dimension: str
    member: str
    first: pd.Timestamp
    last: pd.Timestamp
    errors: float


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of unusual days."""
    shops = QUICK_SHOPS if quick else SHOPS
    return [*_found(shops), *_quiet(shops), _against_mstl(max(2, shops // 5))]


def _found(shops: int) -> list[Proof]:
    """Holidays, sales, prices and spend move members, too, and are incidents to whoever is not told: for comparison."""
    recall, named = _told_of_planted(shops, LEARNABLE)
    _, with_all = _told_of_planted(shops, {})
    curve = "; ".join(f"{_bin(n)}: {np.mean(recall[n]):.0%} of {len(recall[n])}" for n in sorted(recall))
    seen = np.concatenate([recall[n] for n, (low, _) in enumerate(BINS) if low >= SEEN_FROM and recall[n]])
    rests_on = f"{shops} shops of {A_DAY} orders a day, week and season on"
    name = "anomalies: incidents named that were planted (precision),"
    told = f"of {SEEN_FROM:g} standard errors or more, found where and when they were (recall)"
    return [
        Proof(f"anomalies: planted falls {told}", float(np.mean(seen)), ">=", 0.9, "oracle",
              f"{rests_on}; by standard errors {curve}"),
        Proof(f"{name} week and season on", float(np.mean(named)), ">=", 0.8, "oracle", f"{len(named)} named"),
        Proof(f"{name} everything on", float(np.mean(with_all)), ">=", None, "oracle", f"{len(with_all)} named"),
    ]  # fmt: skip


def _told_of_planted(shops: int, changes: dict) -> tuple[dict[int, list[bool]], list[bool]]:
    """Per size of incident which were found, and which of the incidents named were planted."""
    recall, named = defaultdict(list), []
    for seed in range(shops):
        orders, calendar, shop = _shop(seed, changes)
        orders, planted = _with_incidents(orders, shop, np.random.default_rng(seed))
        found = unusual_days(orders, calendar, EVERYTHING, shop)
        for incident in planted:
            size = next((n for n, (low, high) in enumerate(BINS) if low <= incident.errors < high), None)
            if size is not None:
                recall[size].append(_is_found(found, incident))
        named += [_near_any(run, planted) for run in incidents(found.runs).to_dict("records")]
    return recall, named


def _quiet(shops: int) -> list[Proof]:
    """Nothing happens but week and season; with holidays, sales, prices and spend on, something does."""
    proofs = []
    for on, changes, bars in (("week and season on", LEARNABLE, (0.005, 0.001)), ("everything on", {}, (0.03, 0.005))):
        marked, of_shop = [], []
        for seed in range(shops):
            orders, calendar, shop = _shop(5000 + seed, changes)
            found = unusual_days(orders, calendar, EVERYTHING, shop)
            judged = np.array([~np.isnan(one.by_chance) for one in found.series])
            unusual = np.array([one.is_unusual for one in found.series])
            marked.append(unusual.sum() / judged.sum())
            of_shop.append(unusual[[not one.member for one in found.series]].any(axis=0).mean())
        rests_on = f"{shops} quiet shops of {DAYS} days at {A_DAY} orders a day"
        name = "anomalies: share of quiet days marked,"
        proofs += [
            Proof(f"{name} any metric of the shop, {on}", float(np.mean(of_shop)), "<=", bars[0], "oracle", rests_on),
            Proof(f"{name} mean of all series, {on}", float(np.mean(marked)), "<=", bars[1], "oracle", rests_on),
        ]
    return proofs


def _against_mstl(shops: int) -> Proof:
    """Falls of the whole shop's orders, by our errors and by a robust z of MSTL's residuals that marks as many days."""
    ours, theirs = {"quiet": [], "fallen": []}, {"quiet": [], "fallen": []}
    for seed in range(shops):
        orders, calendar, shop = _shop(9000 + seed, LEARNABLE)
        chance = np.random.default_rng(seed)
        kept, spans = np.ones(len(orders), dtype=bool), []
        days = (orders["date"] - pd.Timestamp(shop.first_day)).dt.days.to_numpy()
        for n, start in enumerate(range(FIRST_DAY, DAYS - LONGEST, DAYS_APART // 2)):
            length = COMPARED_LENGTHS[n % len(COMPARED_LENGTHS)]
            spans.append((start, start + length))
            kept &= ~((days >= start) & (days < start + length) & (chance.random(len(orders)) < -COMPARED_SIZE))
        found = unusual_days(orders[kept], calendar, EVERYTHING, shop, members=False)
        one = next(series for series in found.series if series.metric == "orders")
        quiet = np.arange(len(one.value)) >= FIRST_DAY
        for start, end in spans:
            quiet[start - 2 : end + 2] = False
        for told, errors in ((ours, one.away), (theirs, _mstl_errors(one.value.astype("float64")))):
            told["quiet"] += np.abs(errors[quiet]).tolist()
            told["fallen"] += [-np.nanmin(errors[start:end]) for start, end in spans]
    share = {name: _share_beyond(told) for name, told in (("ours", ours), ("mstl", theirs))}
    return Proof(
        "anomalies: falls of 30 % found by a day alone, for each found by MSTL residuals at as many false alarms",
        share["ours"] / max(share["mstl"], 1e-9), ">=", 1.0, "oracle",
        f"{shops} shops, {len(ours['fallen'])} falls of 1 and 3 days, {QUIET_SHARE:.1%} of quiet "
        f"days marked: {share['ours']:.0%} against {share['mstl']:.0%}",
    )  # fmt: skip


def _share_beyond(told: dict[str, list[float]]) -> float:
    bar = np.nanquantile(told["quiet"], 1 - QUIET_SHARE)
    return float(np.mean(np.array(told["fallen"]) > bar))


def _mstl_errors(counts: np.ndarray) -> np.ndarray:
    """Robust z of what MSTL leaves of the roots of counts, week and year taken out (Bandara et al. 2021)."""
    from statsmodels.tsa.seasonal import MSTL

    left = np.asarray(MSTL(np.sqrt(counts + 3 / 8), periods=(7,), stl_kwargs={"robust": True}).fit().resid)
    middle = np.median(left)
    return (left - middle) / (1.4826 * np.median(np.abs(left - middle)))


def _with_incidents(
    orders: pd.DataFrame, shop: Shop, chance: np.random.Generator
) -> tuple[pd.DataFrame, list[Planted]]:
    """Falls far from each other, of the shop or of a member of a random dimension, over one to ten days."""
    kept, planted = np.ones(len(orders), dtype=bool), []
    days = (orders["date"] - pd.Timestamp(shop.first_day)).dt.days.to_numpy()
    for start in range(FIRST_DAY, DAYS - LONGEST, DAYS_APART):
        dimension = str(chance.choice(["", *ALONG]))
        member = str(chance.choice(shop.members[dimension])) if dimension else ""
        length, size = int(chance.integers(1, LONGEST + 1)), chance.uniform(0.3, 1.0)
        inside = (days >= start) & (days < start + length)
        inside &= (orders[dimension] == member).to_numpy() if dimension else True
        kept &= ~(inside & (chance.random(len(orders)) < size))
        first, last = (pd.Timestamp(shop.first_day) + timedelta(n) for n in (start, start + length - 1))
        planted.append(Planted(dimension, member, first, last, float(size * np.sqrt(inside.sum()))))
    return orders[kept], planted


def _is_found(found: UnusualDays, incident: Planted) -> bool:
    """Whether a run of orders or revenue of its own scope lies on its days."""
    runs = found.runs
    own = runs["dimension"].eq(incident.dimension) & runs["member"].eq(incident.member)
    own &= runs["metric"].isin(["orders", "revenue"]) & (runs["errors"] < 0)
    return bool((own & (runs["first"] <= incident.last) & (runs["last"] >= incident.first)).any())


def _near_any(run: dict, planted: list[Planted]) -> bool:
    around = timedelta(AROUND_DAYS)
    return any(run["first"] <= p.last + around and run["last"] >= p.first - around for p in planted)


def _shop(seed: int, changes: dict) -> tuple[pd.DataFrame, pd.DataFrame, Shop]:
    """Trend, seasons, holidays and sales as in the demo, and no incident of its own."""
    return as_analysed(
        simulate(SimulationSettings(seed=seed, lines=False, incidents=(), days=DAYS, orders=A_DAY * DAYS, **changes))
    )


def _bin(number: int) -> str:
    low, high = BINS[number]
    return f"from {low:g}" if high > 1e6 else f"{low:g}–{high:g}"
