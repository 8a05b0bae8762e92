"""Whom to contact with which offer, what that leaves beyond doing nothing, and how it does against simpler policies."""

from dataclasses import dataclass, field, replace
from itertools import count

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import percent, unit_money
from analytics.predictive.churn import TIERS
from analytics.predictive.model import Run
from analytics.predictive.value_view import noise_in
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.campaigns import Measurements, measured_offers
from analytics.prescriptive.holdout import HoldOut, hold_out, lots
from analytics.prescriptive.margins import mean_margin
from analytics.prescriptive.retention_choice import Choice, Limits, best_choice
from analytics.prescriptive.retention_offers import CataloguedOffer, catalogue
from analytics.prescriptive.retention_range import NetRange, net_range
from analytics.prescriptive.retention_words import EVERYONE, OURS, POLICIES, RISKIEST, PlanWords, plan_words
from analytics.prescriptive.retention_worth import (
    LaterShare,
    OfferFigures,
    customers_at_risk,
    later_share,
    offer_figures,
)
from analytics.shop import Shop

LESS, MORE_BUDGET = 0.8, 1.2
STEPS = (0.1, 0.25, 0.5, 0.65, LESS, 1.0, MORE_BUDGET, 1.5, 2.0)
"""Budgets of the curve, as shares of what the plan spends."""
LOT = "retention policy"


_number = count(1)


@dataclass(frozen=True, eq=False, repr=False)
class RetentionPlan:
    """What a plan does and brings; amounts are contribution margin in the shop's currency over ``months``.

    ``list`` has one row per customer contacted, the largest ``net`` first: ``customer_key``, ``tier``, ``offer``,
    ``added``, ``spend``, ``net``, ``orders`` (more than without), ``value_at_risk``. ``by_tier`` and ``by_offer`` add
    these up. ``policies`` has one row per policy at the same budget; ``curve`` one per budget: ``budget``, ``net``,
    ``customers``, ``times`` (of what the plan spends). ``words`` has its sentences.

    ``net``, ``spend`` and all that is compared are of the whole list; ``hold_out_cost`` is what those left alone by lot
    take of the net, and ``after_hold_out`` the range of what is left then. ``one_more_contact`` is what one beyond the
    capacity would leave. Its ``number`` no other plan of this process
    has, so that what is asked of a plan can be kept by the text that stands for it.
    """

    customers: int
    eligible: int
    offers: tuple[CataloguedOffer, ...]
    list: pd.DataFrame
    net: float
    low: float
    high: float
    probability: float
    added: float
    spend: float
    choice: Choice
    limits: Limits
    hold_out: HoldOut
    hold_out_cost: float
    after_hold_out: NetRange
    by_tier: pd.DataFrame
    by_offer: pd.DataFrame
    policies: pd.DataFrame
    curve: pd.DataFrame
    margin: float
    months: int
    assumed_share: float
    one_more_contact: float
    words: PlanWords
    number: int = field(default_factory=_number.__next__)

    def __repr__(self) -> str:
        return f"retention plan {self.number}, {self.contacted} contacts"

    @property
    def roi(self) -> float:
        """What is left for each unit spent; missing where nothing is spent."""
        return self.net / self.spend if self.spend else float("nan")

    @property
    def contacted(self) -> int:
        """How many customers are on the list."""
        return len(self.list)


@dataclass(frozen=True, eq=False)
class Ground:
    """What every plan is chosen from: customers, offers in force, and what each offer would do for each customer."""

    customers: pd.DataFrame
    offers: tuple[CataloguedOffer, ...]
    figures: list[OfferFigures]
    margin: float

    @property
    def net(self) -> np.ndarray:
        """Customers × offers; −∞ where an offer is not for a customer."""
        return np.column_stack([np.where(f.eligible, f.net, -np.inf) for f in self.figures])

    @property
    def spend(self) -> np.ndarray:
        """Customers × offers."""
        return np.column_stack([f.spend for f in self.figures])


def retention_ground(
    churn: Run,
    value: Run,
    filters: Filters,
    assumptions: Assumptions,
    margins: pd.DataFrame,
    measured: Measurements,
    later: LaterShare,
    left_out: tuple[str, ...] = (),
) -> Ground:
    """Customers and offers to choose from.

    Raises
    ------
    NotEnoughData : no offer is left, orders earn nothing, or the filters leave nobody; the message says which.
    """
    offers = tuple(one for one in catalogue(assumptions, measured, churn) if one.offer.name not in left_out)
    if not offers:
        raise NotEnoughData(
            "There is no offer to choose from: put one of the catalogue back, or state offers on the Settings page."
        )
    margin = margin_to_plan_by(margins)
    customers = customers_at_risk(churn, value, filters, later, margin)
    window = int(churn.facts["horizon_days"])
    figures = [offer_figures(customers, one.offer, one.measured, margin, window) for one in offers]
    return Ground(customers, offers, figures, margin)


def retention_plan(
    shop: Shop,
    filters: Filters,
    assumptions: Assumptions,
    margins: pd.DataFrame,
    churn: Run,
    value: Run,
    measured: Measurements,
    later: LaterShare,
    budget: float | None = None,
    capacity: int | None = None,
    left_out: tuple[str, ...] = (),
    held: float | None = None,
) -> RetentionPlan:
    """Who gets which offer so that most is left within the budget and the capacity.

    Parameters
    ----------
    churn, value : runs of the models of churn and of customer value.
    measured : what experiments have shown (``measured_offers``, over the days ahead of the model of churn).
    later : what silent customers bring after all (``later_share``).
    budget : what may be spent on contacts and discounts (the shop's currency), ``capacity`` how many customers may be
        contacted; None is any.
    left_out : names of offers not to be used.
    held : share of the list to be left alone by lot; None takes what shows the lift foreseen.

    Raises
    ------
    ValueError : a budget or a capacity below 0, or a share held out beyond 0–1.
    NotEnoughData : no plan is possible; the message says which limit it is.
    """
    _checked(budget, capacity, held)
    need_room(budget, capacity)
    ground = retention_ground(churn, value, filters, assumptions, margins, measured, later, left_out)
    limits = Limits(budget, capacity, tuple(one.offer.most for one in ground.offers))
    net, spend = ground.net, ground.spend
    choice = best_choice(net, spend, limits)
    if not (choice.offer >= 0).any():
        raise NotEnoughData(_why_nobody(ground, limits, net, shop))
    noise = noise_in(value)
    masks = [choice.offer == j for j in range(len(ground.offers))]
    told = net_range(ground.figures, masks, noise, ground.margin)
    listed = _listed(ground, choice)
    held_out = _held_out(ground, choice, held)
    alone = held_out.customers / len(listed)
    by_offer = _by_offer(ground, masks)
    policies = _policies(ground, choice, limits, told, noise)
    curve = _curve(net, spend, choice, limits)
    assumed = by_offer.loc[by_offer["source"] != "measured", "net"].clip(lower=0).sum()
    months = int(value.facts["horizon_months"])
    plan = RetentionPlan(
        customers=len(ground.customers),
        eligible=int(np.isfinite(net).any(axis=1).sum()),
        offers=ground.offers,
        list=listed,
        net=choice.net,
        low=told.low,
        high=told.high,
        probability=told.probability,
        added=choice.net + choice.spend,
        spend=choice.spend,
        choice=choice,
        limits=limits,
        hold_out=held_out,
        hold_out_cost=choice.net * alone,
        after_hold_out=net_range(ground.figures, masks, noise, ground.margin, 1 - alone),
        by_tier=_by_tier(listed),
        by_offer=by_offer,
        policies=policies,
        curve=curve,
        margin=ground.margin,
        months=months,
        assumed_share=float(assumed / choice.net) if choice.net else 0.0,
        one_more_contact=_one_more_contact(net, spend, choice, limits),
        words=PlanWords("", "", "", ""),
    )
    seen = (ground.margin, later, choice.gap)
    return replace(plan, words=plan_words(plan, shop, *seen))


def margin_to_plan_by(margins: pd.DataFrame) -> float:
    """The share of revenue that orders in view leave, where a customer kept earns anything.

    Raises
    ------
    NotEnoughData : orders earn nothing.
    """
    margin = mean_margin(margins)
    if margin <= 0:
        raise NotEnoughData(
            f"Orders leave {percent(margin)} of their revenue as contribution margin: to keep a customer earns "
            "nothing, so no contact pays until prices or costs are others.",
            mended_on="workspace/settings",
        )
    return margin


def need_room(budget: float | None, capacity: int | None) -> None:
    """Refuse limits within which nobody can be contacted, whoever the customers are.

    Raises
    ------
    NotEnoughData : a budget or a capacity of 0.
    """
    for limit, said in ((budget, "a budget of nothing"), (capacity, "a capacity of 0 contacts")):
        if limit == 0:
            raise NotEnoughData(f"With {said} nobody can be contacted: raise it to see whom a contact is worth.")


def _checked(budget: float | None, capacity: int | None, held: float | None) -> None:
    for name, given in (("budget", budget), ("capacity", capacity)):
        if given is not None and not (np.isfinite(given) and given >= 0):
            raise ValueError(f"{name}: expected a number from 0 on, got {given}")
    if held is not None and not 0 <= held <= 1:
        raise ValueError(f"held: expected a share from 0 to 1, got {held}")


def _why_nobody(ground: Ground, limits: Limits, net: np.ndarray, shop: Shop) -> str:
    if not np.isfinite(net).any():
        return (
            f"None of the {len(ground.customers):,} customers in view may get any of the offers: widen the segments or "
            "lower the risk from which they are made, on the Settings page."
        )
    if not (net > 0).any():
        short = unit_money(-float(np.max(net[np.isfinite(net)])), shop.currency)
        return (
            "No contact pays: every offer costs more than it is expected to add, for each of the customers in view "
            f"(the best by {short}). Cheaper contacts or smaller discounts would change that."
        )
    if limits.budget is not None and limits.budget < float(ground.spend[net > 0].min()):
        least = unit_money(float(ground.spend[net > 0].min()), shop.currency)
        return f"The budget does not pay for one contact that is worth it: the cheapest takes {least}."
    return "No offer may be given to anybody: the catalogue allows 0 customers for each that would pay."


def _listed(ground: Ground, choice: Choice) -> pd.DataFrame:
    who = np.flatnonzero(choice.offer >= 0)
    own = choice.offer[who]
    names = np.array([one.offer.name for one in ground.offers], dtype=object)
    table = ground.customers.iloc[who][["customer_key", "tier"]].assign(offer=names[own])
    for name in ("added", "spend", "net", "orders"):
        every = np.column_stack([getattr(f, name) for f in ground.figures])
        table[name] = every[who, own]
    table["value_at_risk"] = ground.customers["value_at_risk"].to_numpy()[who]
    order = np.lexsort((table["customer_key"], -table["net"]))
    return table.iloc[order].reset_index(drop=True)


def _held_out(ground: Ground, choice: Choice, held: float | None) -> HoldOut:
    who = np.flatnonzero(choice.offer >= 0)
    with_ = np.column_stack([f.chance for f in ground.figures])[who, choice.offer[who]]
    without = 1 - ground.customers["probability"].to_numpy()[who]
    return hold_out(len(who), float(without.mean()), float(with_.mean()), held)


def _summed(rows: pd.DataFrame, by: str, order: list[str]) -> pd.DataFrame:
    told = rows.groupby(by, observed=True).agg(
        customers=("net", "size"), added=("added", "sum"), spend=("spend", "sum"), net=("net", "sum")
    )
    told = told.reindex([name for name in order if name in told.index]).reset_index()
    with np.errstate(divide="ignore", invalid="ignore"):
        return told.assign(roi=np.where(told["spend"] > 0, told["net"] / told["spend"], np.nan))


def _by_tier(listed: pd.DataFrame) -> pd.DataFrame:
    return _summed(listed, "tier", list(TIERS))


def _by_offer(ground: Ground, masks: list[np.ndarray]) -> pd.DataFrame:
    """One row per offer, those not used too: ``offer``, ``customers``, ``added``, ``spend``, ``net``, ``roi``, ``kept``
    (mean share kept, or more ordered), ``source``."""
    rows = []
    for one, own, mask in zip(ground.offers, ground.figures, masks, strict=True):
        added, spend = float(own.added[mask].sum()), float(own.spend[mask].sum())
        roi = (added - spend) / spend if spend > 0 else np.nan
        rows.append((one.offer.name, int(mask.sum()), added, spend, added - spend, roi, one.source))
    return pd.DataFrame(rows, columns=["offer", "customers", "added", "spend", "net", "roi", "source"])


def _policies(ground: Ground, choice: Choice, limits: Limits, ours: NetRange, noise) -> pd.DataFrame:
    """The plan beside two simple ones at the same budget, each with the one offer that suits it best."""
    rows = [_policy(OURS, "", choice.offer >= 0, choice.net, choice.spend, ours)]
    lot = lots(ground.customers["customer_key"].astype("str"), LOT)
    riskiest = -ground.customers["probability"].to_numpy()
    number = int((choice.offer >= 0).sum())
    for policy, order in ((EVERYONE, lot), (RISKIEST, riskiest)):
        best = None
        for j, own in enumerate(ground.figures):
            mask = _first_of(order, own, limits, j, number if policy == RISKIEST and limits.budget is None else None)
            net = float(own.net[mask].sum())
            if mask.any() and (best is None or net > best[0]):
                best = (net, j, mask)
        if best is not None:
            net, j, mask = best
            masks = [mask if k == j else np.zeros(len(mask), dtype=bool) for k in range(len(ground.figures))]
            told = net_range(ground.figures, masks, noise, ground.margin)
            spend = float(ground.figures[j].spend[mask].sum())
            rows.append(_policy(policy, ground.offers[j].offer.name, mask, net, spend, told))
    return pd.DataFrame(rows)


def _policy(policy: str, offer: str, mask: np.ndarray, net: float, spend: float, told: NetRange) -> dict[str, object]:
    figures = {"customers": int(mask.sum()), "spend": spend, "net": net, "low": told.low, "high": told.high}
    return {"policy": policy, "name": POLICIES[policy], "offer": offer, **figures, "probability": told.probability}


def _first_of(order: np.ndarray, own: OfferFigures, limits: Limits, j: int, most: int | None) -> np.ndarray:
    """Customers in an order, until the budget, the capacity or the offer is used up."""
    ranked = np.argsort(order, kind="stable")
    ranked = ranked[own.eligible[ranked]]
    caps = [c for c in (limits.capacity, limits.most[j] if limits.most else None, most) if c is not None]
    if caps:
        ranked = ranked[: min(caps)]
    if limits.budget is not None:
        ranked = ranked[np.cumsum(own.spend[ranked]) <= limits.budget]
    mask = np.zeros(len(own.eligible), dtype=bool)
    mask[ranked] = True
    return mask


def _one_more_contact(net: np.ndarray, spend: np.ndarray, choice: Choice, limits: Limits) -> float:
    """Not the price of the capacity, which lies anywhere between the last contact's net and the next one's."""
    if limits.capacity is None or (choice.offer >= 0).sum() < limits.capacity:
        return 0.0
    return best_choice(net, spend, replace(limits, capacity=limits.capacity + 1)).net - choice.net


def _curve(net: np.ndarray, spend: np.ndarray, choice: Choice, limits: Limits) -> pd.DataFrame:
    """What other budgets would leave, as shares of what this plan spends."""
    rows = [(0.0, 0.0, 0.0, 0)]
    base = limits.budget if limits.budget is not None and choice.budget_price > 0 else choice.spend
    for times in STEPS:
        if times == 1.0:
            rows.append((1.0, base, choice.net, int((choice.offer >= 0).sum())))
            continue
        other = best_choice(net, spend, Limits(times * base, limits.capacity, limits.most))
        rows.append((times, times * base, other.net, int((other.offer >= 0).sum())))
    return pd.DataFrame(rows, columns=["times", "budget", "net", "customers"])


def current_ground_parts(
    campaign_contacts: ir.Table | pd.DataFrame,
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    churn: Run,
    value: Run,
) -> tuple[Measurements, LaterShare]:
    """What experiments have shown, and what silent customers bring after all: the same for every plan of these runs."""
    window = int(churn.facts["horizon_days"])
    return measured_offers(campaign_contacts, orders, customers, shop, window), later_share(orders, shop, churn, value)
