"""How a marketing budget is best split over channels: what it brings, how sure that is, and which limit binds."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.formats import money
from analytics.periods import DAYS_A_MONTH
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.budget_split import Split, best_split, within_bounds
from analytics.prescriptive.budget_text import (
    ROOM,
    SAME,
    binding_sentence,
    known_until,
    media_doubts,
    plan_explained,
    plan_sentence,
    rules_sentence,
)
from analytics.prescriptive.margins import mean_margin
from analytics.prescriptive.media_response import MediaResponse
from analytics.shop import Shop

NO_LIMIT = 1.5
"""Of the most that was ever spent on a channel, where its stated bound has no upper end."""
LOW, HIGH = 0.1, 0.9
"""Quantiles of ranges: they hold four of five cases."""
HARDLY = 0.01
"""Of the present net, below which a gain is none worth the trouble."""
SUREST = 0.99
"""Draws of curves tell no chance beyond this, for they tell nothing of what the curves leave out."""
SURE_ENOUGH = 0.7
"""Chance of a gain from which a change is advised."""


@dataclass(frozen=True, eq=False, repr=False)
class BudgetPlan:
    """A split of a total, against what is spent at present; amounts are in the shop's currency a month.

    ``table`` has a row per channel, biggest present spend first: ``channel``, ``present``, ``proposed``, ``least``,
    ``most``, ``stated`` (whether the shop stated its bound), ``told`` (whether the data tell its effect),
    ``binds`` (``least``, ``most``, ``held`` or empty), ``worth_of_bound`` (margin that one unit beyond it would bring
    more), ``return_present``, ``return_proposed`` with ``_low`` and ``_high`` (margin that one more unit brings, 80 %
    ranges), ``brings`` (expected margin of its proposed spend a month) and ``elasticity``.
    ``rules`` has expected net margin of simple splits of the same total: ``rule``, ``net``, ``below`` (the proposed).
    ``present_net`` and ``net`` are margin beyond no spend at all, less the spend; ``change`` from one to the other, in
    four of five cases from ``low`` to ``high``, above 0 with a ``probability``. ``price`` is the margin that one more
    unit of the total brings; ``keeps`` says that the present split is as good as the best.
    """

    table: pd.DataFrame
    rules: pd.DataFrame
    total: float
    present_total: float
    present_net: float
    net: float
    net_low: float
    net_high: float
    change: float
    low: float
    high: float
    probability: float
    price: float
    total_binds: bool
    keeps: bool
    changes: np.ndarray
    split: Split
    worth: np.ndarray
    sentence: str
    binding: str
    doubts: str
    compared: str
    explained: str

    def __repr__(self) -> str:
        told = hashlib.sha256(self.changes.tobytes() + self.split.spend.tobytes() + self.worth.tobytes())
        return f"plan of {len(self.table)} channels, {told.hexdigest()[:16]}"


def budget_plan(
    media: MediaResponse,
    margins: pd.DataFrame,
    assumptions: Assumptions,
    shop: Shop,
    total: float | None = None,
    spend_all: bool = True,
) -> BudgetPlan:
    """The best split of a month's budget in a usual month of the last year, at rest.

    Every split is judged by the mean over all curves that data and prior knowledge leave possible, in contribution
    margin: orders that come because of the spend, times the margin of an order of their channel, less the spend.

    Parameters
    ----------
    media : ``media_response``. margins : ``category_margins`` of the last year (``year_in_view``).
    total : a month (the shop's currency); what is spent at present where None.
    spend_all : whether all of the total is to be spent, or only what brings more than it costs.

    Raises
    ------
    ValueError : a total below 0 or no number.
    NotEnoughData : no budget, bounds that cannot be met, orders that lose money, or nothing that data tell.

    Source: our own choice of the rule; see ``media_response`` and ``best_split``.
    """
    present_total = float(media.present.sum()) * DAYS_A_MONTH
    asked = present_total if total is None else float(total)
    if not np.isfinite(asked) or asked < 0:
        raise ValueError(f"total: expected an amount from 0, got {total}")
    if asked == 0:
        stands = f" (at present {money(present_total, shop.currency)} a month)" if present_total else ""
        raise NotEnoughData(f"A budget of 0 leaves nothing to split: choose one above it{stands}.")
    worth = order_worth(media, margins)
    if (worth <= 0).all():
        raise NotEnoughData(
            "An order brings no contribution margin, so no spend can pay: look at prices and costs before the budget."
        )
    need_told(media)
    limits = _limits(media, assumptions, shop, asked, present_total, spend_all)
    daily = min(asked / DAYS_A_MONTH, float(limits.high.sum())) if spend_all else asked / DAYS_A_MONTH
    split = best_split(media, worth, limits.low, limits.high, daily, spend_all)
    return _plan(media, worth, split, limits, shop, asked, present_total, spend_all)


def order_worth(media: MediaResponse, margins: pd.DataFrame) -> np.ndarray:
    """Contribution margin of an order of each series: its mean revenue, times the margin of what it is made of."""
    known, overall = dict(zip(margins["category"], margins["share"], strict=True)), mean_margin(margins)
    shares = np.array([known.get(category, overall) for category in media.mix.columns])
    mix = media.mix.to_numpy().clip(min=0)
    sums = mix.sum(axis=1)
    return media.value * np.where(sums > 0, mix @ shares / np.maximum(sums, 1e-9), overall)


def need_told(media: MediaResponse) -> None:
    """Refuse a plan where the data tell the effect of no channel.

    Raises
    ------
    NotEnoughData : they do not; the message says why.
    """
    if media.told.any():
        return
    if (media.highest - media.lowest <= 0.1 * media.usual).all():
        why = "spend hardly ever changed"
    elif (media.season > 0.6).all():
        why = "spend went with the season, which would have moved orders anyway"
    else:
        why = "spend changed too little, or orders are too few, beside all else that moves them"
    raise NotEnoughData(
        f"What a channel's spend does cannot be told from these data: {why}. Vary the spend of one channel on purpose, "
        "as the experiment proposed here does, and the curve can be drawn."
    )


@dataclass(frozen=True, eq=False)
class Limits:
    """Bounds a day by channel: ``stated`` by the shop, and ``held`` at what they have, for nothing tells better.

    ``unused`` says which stated bounds are of no channel that money was spent on.
    """

    low: np.ndarray
    high: np.ndarray
    stated: np.ndarray
    held: np.ndarray
    unused: str


def _limits(
    media: MediaResponse, assumptions: Assumptions, shop: Shop, asked: float, present_total: float, spend_all: bool
) -> Limits:
    grows = asked / present_total if present_total else 1.0
    now = media.present if present_total else media.usual * asked / DAYS_A_MONTH / media.usual.sum()
    low, high = now * (1 - ROOM) * min(grows, 1.0), now * (1 + ROOM) * max(grows, 1.0)
    high = np.where(now > 0, high, media.usual * max(grows, 1.0))
    stated, bounds = np.zeros(len(now), dtype=bool), {b.channel.casefold(): b for b in assumptions.channels}
    for c, name in enumerate(media.channels):
        if bound := bounds.get(name.casefold()):
            most = bound.most / DAYS_A_MONTH if bound.most is not None else NO_LIMIT * max(media.highest[c], now[c])
            low[c], high[c], stated[c] = bound.least / DAYS_A_MONTH, max(most, bound.least / DAYS_A_MONTH), True
    daily = asked / DAYS_A_MONTH
    if low.sum() > daily * (1 + 1e-9):
        _say_least(media, low, stated, shop, asked)
    held = ~media.told
    kept = np.clip(now * grows, low, high)
    fixed_low, fixed_high = np.where(held, kept, low), np.where(held, kept, high)
    fits = fixed_low.sum() <= daily * (1 + 1e-9) and (not spend_all or fixed_high.sum() >= min(daily, high.sum()))
    if fits:
        low, high = fixed_low, fixed_high
    known = {name.casefold() for name in media.channels}
    others = ", ".join(b.channel for b in assumptions.channels if b.channel.casefold() not in known)
    unused = f"Nothing was ever spent on {others}, so that its bounds are left out." if others else ""
    return Limits(low, high, stated, held & fits, unused)


def _say_least(media: MediaResponse, low: np.ndarray, stated: np.ndarray, shop: Shop, asked: float) -> None:
    names = [name for name, own, least in zip(media.channels, stated, low, strict=True) if own and least > 0]
    of = f"{', '.join(names)}{' and of the other channels' if len(names) < len(low) else ''}"
    raise NotEnoughData(
        f"The least amounts of {of} add up to {money(low.sum() * DAYS_A_MONTH, shop.currency)} a month, more than the "
        f"budget of {money(asked, shop.currency)}: lower a least amount in Settings or raise the budget."
    )


def net_margin(media: MediaResponse, worth: np.ndarray, spend: np.ndarray) -> np.ndarray:
    """Margin a month beyond that of no spend at all, less the spend, by draw."""
    brought = ((media.orders_at(spend) - media.base) * worth).sum(axis=1)
    return (brought - spend.sum()) * DAYS_A_MONTH


def _plan(
    media: MediaResponse, worth: np.ndarray, split: Split, limits: Limits, shop: Shop,
    asked: float, present_total: float, spend_all: bool,
) -> BudgetPlan:  # fmt: skip
    before, after = (net_margin(media, worth, spend) for spend in (media.present, split.spend))
    changes = after - before
    low, high = np.quantile(changes, [LOW, HIGH])
    chance = float(np.clip((changes > 0).mean(), 1 - SUREST, SUREST))
    table = _table(media, worth, split, limits)
    as_now = abs(asked - present_total) <= SAME * present_total
    keeps = as_now and (chance < SURE_ENOUGH or changes.mean() < HARDLY * abs(before.mean()))
    found = {
        "table": table,
        "rules": _rules(media, worth, split),
        "total": float(split.spend.sum()) * DAYS_A_MONTH,
        "present_total": present_total,
        "present_net": float(before.mean()),
        "net": float(after.mean()),
        "net_low": float(np.quantile(after, LOW)),
        "net_high": float(np.quantile(after, HIGH)),
        "change": float(changes.mean()),
        "low": float(low),
        "high": float(high),
        "probability": chance,
        "price": split.price,
        "total_binds": split.binds,
        "keeps": bool(keeps),
    }
    return BudgetPlan(
        **found,
        changes=changes,
        split=split,
        worth=worth,
        sentence=plan_sentence(found, shop, asked, spend_all),
        binding=" ".join(filter(None, (binding_sentence(found, shop, asked, spend_all), limits.unused))),
        doubts=f"{known_until(media, shop)} {media_doubts(media)}".strip(),
        compared=rules_sentence(found["rules"], shop),
        explained=plan_explained(media, bool(limits.stated.all())),
    )


def _table(media: MediaResponse, worth: np.ndarray, split: Split, limits: Limits) -> pd.DataFrame:
    now, then = (media.slopes_at(spend, worth) for spend in (media.present, split.spend))
    without = [np.where(np.arange(len(split.spend)) == c, 0.0, split.spend) for c in range(len(split.spend))]
    whole = (media.orders_at(split.spend) * worth).sum(axis=1)
    brings = [float((whole - (media.orders_at(s) * worth).sum(axis=1)).mean()) * DAYS_A_MONTH for s in without]
    bound = np.where(limits.held, "held", np.where(split.at_low, "least", np.where(split.at_high, "most", "")))
    over = np.where(
        bound == "least", split.price - split.slopes, np.where(bound == "most", split.slopes - split.price, 0)
    )
    rows = {
        "channel": list(media.channels),
        "present": media.present * DAYS_A_MONTH,
        "proposed": split.spend * DAYS_A_MONTH,
        "least": split.low * DAYS_A_MONTH,
        "most": split.high * DAYS_A_MONTH,
        "stated": limits.stated,
        "told": media.told,
        "binds": bound,
        "worth_of_bound": np.maximum(over, 0.0),
    }
    for name, slopes in (("present", now), ("proposed", then)):
        rows[f"return_{name}"] = slopes.mean(axis=0)
        rows[f"return_{name}_low"], rows[f"return_{name}_high"] = np.quantile(slopes, [LOW, HIGH], axis=0)
    rows |= {"brings": brings, "elasticity": np.median(media.elasticity(), axis=0)}
    return pd.DataFrame(rows).sort_values("present", ascending=False, kind="stable", ignore_index=True)


def _rules(media: MediaResponse, worth: np.ndarray, split: Split) -> pd.DataFrame:
    """Simple ways to split the same total within the same bounds."""
    total = split.spend.sum()
    sold = media.acts_on.astype("float64") @ (media.orders * media.value)
    ways = {
        "As proposed": split.spend,
        "As at present, in proportion": media.present * total / max(media.present.sum(), 1e-9),
        "By each channel's revenue": sold.clip(min=0) * total / max(sold.clip(min=0).sum(), 1e-9),
        "In equal parts": np.full(len(split.spend), total / len(split.spend)),
    }
    if media.one_for_all:
        del ways["By each channel's revenue"]
    ways = {name: within_bounds(spend, split) for name, spend in ways.items()}
    nets = {name: float(net_margin(media, worth, spend).mean()) for name, spend in ways.items()}
    rows = [(name, net, nets["As proposed"] - net) for name, net in nets.items()]
    return pd.DataFrame(rows, columns=["rule", "net", "below"])
