"""The split of a marketing budget against the best there is, which a simulated shop knows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from unittest.mock import patch

import numpy as np
import pandas as pd

from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.budget import BudgetPlan, budget_plan, net_margin, order_worth
from analytics.prescriptive.budget_split import best_split, within_bounds
from analytics.prescriptive.media_data import YEAR_DAYS
from analytics.prescriptive.media_response import MediaResponse, media_response
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from simulation import market
from simulation.expectation import expected_without_incidents
from simulation.market import Media
from simulation.settings import SimulationSettings
from simulation.shop import SimulatedShop, shop_process, simulate
from simulation.trade import simulated_trade

ORDERS = 15_000
SHOPS, QUICK_SHOPS = 50, 6
DRAWN, QUICK_DRAWN = 50, 4
IDLE, QUICK_IDLE = 20, 2
FIRST_SEED = 7_000
"""Shops that nothing was chosen on."""
MARGIN = 0.4
"""Of revenue: the same in every category, so that it decides nothing about the split."""


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of the budget's split."""
    found = [*_demo_shops(range(FIRST_SEED, FIRST_SEED + (QUICK_SHOPS if quick else SHOPS)), quick)]
    found += _drawn_shops(range(FIRST_SEED + 500, FIRST_SEED + 500 + (QUICK_DRAWN if quick else DRAWN)))
    return found + [*_idle_shops(range(FIRST_SEED + 900, FIRST_SEED + 900 + (QUICK_IDLE if quick else IDLE)))]


@dataclass(frozen=True)
class _Case:
    """A shop with its plan, the true curves as a response of one draw, and net margins a month by those curves."""

    media: MediaResponse
    plan: BudgetPlan
    net_best: float
    net_plan: float
    net_present: float
    net_by_revenue: float
    net_by_revenue_bound: float
    net_equal: float
    told: np.ndarray

    @property
    def regret(self) -> float:
        """Net margin lost against the best split of the same total within the same bounds, as a share of that."""
        return (self.net_best - self.net_plan) / self.net_best

    @property
    def advises(self) -> bool:
        return not self.plan.keeps


def _case(seed: int, media: dict[str, Media] | None = None) -> _Case:
    with patch.dict(market.MEDIA, media or {}):
        made = simulate(SimulationSettings(orders=ORDERS, seed=seed, lines=False))
        true = _true_curves(made)
    response, shop = _estimated(made)
    margins = pd.DataFrame({"category": list(market.CATEGORIES), "share": MARGIN, "revenue": 1.0})
    plan = budget_plan(response, margins, Assumptions(), shop)
    places = [response.channels.index(name) for name in market.CHANNELS]
    low, high, ours, now = (a[places] for a in (plan.split.low, plan.split.high, plan.split.spend, response.present))
    worth = order_worth(true, margins)
    best = best_split(true, worth, low, high, ours.sum(), spend_all=True)
    sold = true.orders_at(now)[0] * true.value
    by_revenue = sold / sold.sum() * now.sum()
    ways = (best.spend, ours, now, by_revenue, within_bounds(by_revenue, best), np.full(len(now), now.mean()))
    nets = [float(net_margin(true, worth, spend)[0]) for spend in ways]
    slopes, actual = response.slopes_at(response.present, plan.worth)[:, places], true.slopes_at(now, worth)[0]
    ends = np.quantile(slopes, [0.1, 0.9], axis=0)
    return _Case(response, plan, *nets, (ends[0] <= actual) & (actual <= ends[1]))


def _estimated(made: SimulatedShop) -> tuple[MediaResponse, Shop]:
    frames = {name: getattr(made, name).to_pandas() for name in ("transactions", "marketing_spend", "events")}
    orders, spend, events = (f.astype(dict.fromkeys(f.columns[f.dtypes == "category"], "str")) for f in frames.values())
    settings = made.settings
    members = {"channel": market.CHANNELS, "category": market.CATEGORIES}
    days = (settings.start, settings.end, settings.end)
    shop = Shop("", "INR", "monday", *days, len(orders), gross_margin=MARGIN, members=members)
    return media_response(orders, spend, shop, events), shop


def _true_curves(made: SimulatedShop) -> MediaResponse:
    """The curves that made the shop, at rest, on the expected orders of its last year."""
    process = shop_process(made.settings)
    trade, calendar = simulated_trade(process), process.calendar
    by_channel = process.channel_shares.reshape(len(market.AGE_GROUPS), process.days, -1)
    expected = np.einsum("rsad,adc->cd", expected_without_incidents(trade), by_channel)[:, -YEAR_DAYS:]
    base = (expected / calendar.media[:, -YEAR_DAYS:]).mean(axis=1)
    truth = made.truth["daily"]
    worth = sum(truth["expected_revenue"]["total"][-YEAR_DAYS:]) / sum(truth["expected_orders"]["total"][-YEAR_DAYS:])
    a_day, media = made.settings.orders / made.settings.day_count, list(market.MEDIA.values())
    half = np.array([of.half_at * of.spend_per_order * a_day for of in media])
    lift, size = np.array([of.largest_lift for of in media]), len(media)
    nothing = np.zeros(size)
    return MediaResponse(
        channels=market.CHANNELS, series=market.CHANNELS, acts_on=np.eye(size, dtype=bool),
        days=pd.date_range(made.settings.start, made.settings.end), lift=lift[None], half=half[None],
        carry_over=np.array([[of.carry_over for of in media]]), base=base[None], usual=calendar.spend.mean(axis=1),
        present=nothing, lowest=nothing, highest=nothing, orders=expected.mean(axis=1), value=np.full(size, worth),
        mix=pd.DataFrame(1.0, index=list(market.CHANNELS), columns=list(market.CATEGORIES)), error=nothing,
        season=nothing, follows=nothing + 1, scatter=1.0, notes=(),
    )  # fmt: skip


def _demo_shops(seeds: range, quick: bool) -> Iterator[Proof]:
    cases = [_case(seed) for seed in seeds]
    shops = f"{len(cases)} shops of {ORDERS:,} orders, the present total, half more or less of each channel"
    regret = np.array([case.regret for case in cases])
    yield Proof("budget: net margin lost against the true optimum, median", float(np.median(regret)), "<=", 0.05,
                "oracle", shops)  # fmt: skip
    yield Proof("budget: the same, worst shop", float(regret.max()), "<=", None, "oracle", shops)
    for name, by in (
        ("present", "net_present"),
        ("by revenue", "net_by_revenue"),
        ("by revenue within the bounds", "net_by_revenue_bound"),
        ("equal", "net_equal"),
    ):
        lost = float(np.median([(c.net_best - getattr(c, by)) / c.net_best for c in cases]))
        yield Proof(f"budget: the same, split {name}", lost, "<=", None, "oracle", shops)
    beats = [case.net_plan > case.net_by_revenue for case in cases]
    name = "budget: share of shops in which it beats the split in proportion to revenue"
    yield share(name, [beats], ">=", 0.95, 0.98, shops, quick=quick)
    beats = float(np.mean([case.net_plan > case.net_by_revenue_bound for case in cases]))
    yield Proof(f"{name} within the bounds", beats, ">=", None, "oracle", shops)
    advised = [case for case in cases if case.advises]
    better = [case.net_plan > case.net_present for case in advised]
    yield Proof("budget: share of shops in which a change of the present split is advised", len(advised) / len(cases),
                ">=", None, "oracle", shops)  # fmt: skip
    of = f"{len(advised)} of {shops}"
    yield Proof("budget: share of these in which the change is better", float(np.mean(better or [1.0])), ">=", None,
                "oracle", of)  # fmt: skip
    said = float(np.mean([case.plan.probability for case in advised] or [1.0]))
    yield Proof("budget: the same as the page says it, mean chance", said, ">=", None, "oracle", of)
    gained = sum(c.net_plan - c.net_present for c in cases) / sum(c.net_best - c.net_present for c in cases)
    yield Proof("budget: share of what the best split gains over the present one", gained, ">=", None, "oracle", shops)
    expected = sum(c.plan.change for c in cases) / sum(c.net_plan - c.net_present for c in cases)
    yield Proof("budget: expected gain by the true gain, shops together", expected, "<=", None, "oracle", shops)
    inside = [c.plan.low <= c.net_plan - c.net_present <= c.plan.high for c in cases]
    yield Proof(
        "budget: share of true gains inside the 80 % range", float(np.mean(inside)), ">=", None, "oracle", shops
    )
    told = np.concatenate([case.told for case in cases])
    yield Proof("budget: share of true marginal returns inside the 80 % range", float(told.mean()), ">=",
                None, "oracle", shops)  # fmt: skip


def _drawn_media(seed: int) -> dict[str, Media]:
    """Media of any kind: effects between a third and thrice the demo's, other curves, carry-overs and costs."""
    chance = np.random.default_rng(seed)
    return {
        name: replace(
            of,
            carry_over=float(chance.uniform(0.1, 0.8)),
            largest_lift=float(of.largest_lift * np.exp(chance.uniform(-1.1, 1.1))),
            half_at=float(np.exp(chance.uniform(np.log(0.4), np.log(2.5)))),
            spend_per_order=float(of.spend_per_order * np.exp(chance.uniform(-0.7, 0.7))),
        )
        for name, of in market.MEDIA.items()
    }


def _drawn_shops(seeds: range) -> Iterator[Proof]:
    cases = [_case(seed, _drawn_media(seed)) for seed in seeds]
    shops = f"{len(cases)} shops whose curves are drawn anew, a third to thrice the effect"
    lost = np.array([case.net_best - case.net_plan for case in cases])
    name = "budget: shops of any curves, net margin lost against the optimum, per unit of spend, median"
    spent = np.array([case.plan.present_total for case in cases])
    yield Proof(name, float(np.median(lost / spent)), "<=", None, "oracle", shops)
    for said, by in (("present", "net_present"), ("by revenue within the bounds", "net_by_revenue_bound")):
        other = np.array([case.net_best - getattr(case, by) for case in cases])
        yield Proof(f"{name}, split {said}", float(np.median(other / spent)), "<=", None, "oracle", shops)
    beats = float(np.mean([case.net_plan >= case.net_by_revenue_bound for case in cases]))
    name = "budget: shops of any curves, share in which it is no worse than the split by revenue within the bounds"
    yield Proof(name, beats, ">=", None, "oracle", shops)
    told = np.concatenate([case.told for case in cases])
    yield Proof("budget: shops of any curves, true marginal returns inside the 80 % range", float(told.mean()), ">=",
                None, "oracle", shops)  # fmt: skip


def _idle_shops(seeds: range) -> Iterator[Proof]:
    """Spend that does nothing: what is claimed of it, and whether the plan would end it as far as bounds allow."""
    nothing = {name: replace(of, largest_lift=0.0) for name, of in market.MEDIA.items()}
    claimed, cut = [], []
    for seed in seeds:
        with patch.dict(market.MEDIA, nothing):
            made = simulate(SimulationSettings(orders=ORDERS, seed=seed, lines=False))
        response, shop = _estimated(made)
        margins = pd.DataFrame({"category": list(market.CATEGORIES), "share": MARGIN, "revenue": 1.0})
        plan = budget_plan(response, margins, Assumptions(), shop, spend_all=False)
        brought = plan.present_net + plan.present_total
        claimed.append(brought / plan.present_total)
        least = float(plan.table["least"].sum())
        cut.append((plan.present_total - plan.total) / (plan.present_total - least))
    shops = f"{len(claimed)} shops in which spend does nothing"
    yield Proof("budget: margin claimed per unit of spend that brings none, mean", float(np.mean(claimed)), "<=", None,
                "oracle", shops)  # fmt: skip
    yield Proof("budget: share of it that the plan saves, of what bounds allow, mean", float(np.mean(cut)), ">=", None,
                "oracle", shops)  # fmt: skip
