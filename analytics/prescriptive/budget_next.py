"""What to try next, and what to do now: the experiment that would tell most, the advice, and the curves behind both."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95, POWER_80
from analytics.errors import NotEnoughData
from analytics.formats import money, percent
from analytics.periods import DAYS_A_MONTH
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.budget import (
    HARDLY,
    HIGH,
    LOW,
    SURE_ENOUGH,
    BudgetPlan,
    budget_plan,
    net_margin,
    order_worth,
)
from analytics.prescriptive.budget_text import known_until, returned
from analytics.prescriptive.media_response import MediaResponse
from analytics.prescriptive.scenario import Scenario, scenario_of
from analytics.shop import Shop

POINTS = 41
"""Of a curve."""
BEYOND = 1.15
"""How far a curve is drawn beyond the largest amount that matters."""
BLOCK_DAYS = 14
CHANGES = (0.25, 0.5, 0.75)
MOST_WEEKS = 26
"""That a test should take; a bolder one is proposed where a mild one takes longer."""
LONGEST_WEEKS = 52
FADED = 0.1
ERRORS = NORMAL_95 + POWER_80
"""Standard errors that an effect must have to be found in four of five tests that are wrong once in twenty."""
MONTHS = 12
BISECTIONS = 60


@dataclass(frozen=True, eq=False)
class BudgetCurves:
    """Margin that each channel brings a month by its spend a month, the others as proposed.

    ``table`` has ``channel``, ``spend``, ``margin`` (mean of draws), ``low``, ``high`` (80 %) and ``seen`` (whether so
    much was spent in some four weeks); ``marks`` a row per channel: ``channel``, ``present``, ``proposed``, ``told``.
    """

    table: pd.DataFrame
    marks: pd.DataFrame
    sentence: str
    explained: str


def budget_curves(media: MediaResponse, plan: BudgetPlan, shop: Shop) -> BudgetCurves:
    """Response curves with their bands, in contribution margin."""
    frames = []
    place = {name: c for c, name in enumerate(media.channels)}
    for row in plan.table.itertuples():
        c = place[row.channel]
        top = BEYOND * max(row.present, row.proposed, media.highest[c] * DAYS_A_MONTH)
        amounts = np.linspace(0.0, top, POINTS)
        spend = plan.split.spend.copy()
        brought = []
        for amount in amounts:
            spend[c] = amount / DAYS_A_MONTH
            brought.append((media.orders_at(spend) * plan.worth).sum(axis=1))
        margin = (np.array(brought) - brought[0]) * DAYS_A_MONTH
        low, high = np.quantile(margin, [LOW, HIGH], axis=1)
        seen = (amounts >= media.lowest[c] * DAYS_A_MONTH) & (amounts <= media.highest[c] * DAYS_A_MONTH)
        columns = {"channel": row.channel, "spend": amounts, "margin": margin.mean(axis=1), "low": low, "high": high}
        frames.append(pd.DataFrame(columns | {"seen": seen}))
    marks = plan.table[["channel", "present", "proposed", "told"]]
    table = plan.table.sort_values("return_present", ascending=False)
    best, worst = table.iloc[0], table.iloc[-1]
    sentence = (
        f"At present one more {returned(1, shop.currency)} brings most on {best['channel']}, "
        f"{returned(best['return_present'], shop.currency)} of margin ({_range(best, shop)})"
    )
    if len(table) > 1:
        least = returned(worst["return_present"], shop.currency)
        sentence += f", and least on {worst['channel']}, {least} ({_range(worst, shop)})"
    explained = (
        "The margin of the orders that a channel's spend brings in a month, before that spend is deducted, all else as "
        "proposed. Bands hold the curve in four of five cases. The strong part of a line is where the shop has spent "
        "over some four weeks; beyond it a curve rests on its shape alone."
    )
    return BudgetCurves(pd.concat(frames, ignore_index=True), marks, f"{sentence}.", explained)


def _range(row: pd.Series, shop: Shop) -> str:
    low, high = (returned(row[f"return_present_{end}"], shop.currency) for end in ("low", "high"))
    return f"{low} to {high}"


@dataclass(frozen=True, eq=False)
class NextExperiment:
    """The test that is proposed, and what one of each channel would take.

    ``table`` has a row per channel, the proposed first: ``channel``, ``weight`` (how much of what is said of its effect
    its own data say, 0–1), ``doubt`` (margin a month that hangs on what is not known of it), ``change`` (share more and
    less), ``up`` and ``down`` (spend a month), ``contrast`` (expected difference of orders, 0–1), ``weeks`` (missing
    where even a bold test takes more than a year), ``cost`` (margin that the test is expected to cost in all).
    """

    channel: str
    table: pd.DataFrame
    sentence: str
    explained: str


def next_experiment(
    media: MediaResponse, margins: pd.DataFrame, shop: Shop, plan: BudgetPlan | None = None
) -> NextExperiment:
    """Which channel's spend to vary on purpose, by how much and for how long.

    The channel is the one on whose unknown return most money hangs; its spend goes up and down in turns of two weeks,
    so that the total stays and season and trend fall on both alike; the length follows from the orders a week, their
    scatter and the difference expected, for four chances in five to find it (5 % level).

    Parameters
    ----------
    plan : where there is one, the test is held against what knowing the curves could bring.

    Source: power of a difference of Poisson counts with their scatter; the rule for the channel is our own choice.
    """
    worth = order_worth(media, margins)
    base = np.where(media.present > 0, media.present, media.usual)
    doubt = media.slopes_at(base, worth).std(axis=0) * base * DAYS_A_MONTH
    known = {"doubt": doubt, "weight": media.weight}
    rows = [
        _test_of(media, worth, base, c) | {name: float(of[c]) for name, of in known.items()} for c in range(len(base))
    ]
    table = pd.DataFrame(rows).sort_values("doubt", ascending=False, kind="stable", ignore_index=True)
    feasible = table[table["weeks"].notna()]
    chosen = (feasible if len(feasible) else table).iloc[0]
    table = pd.concat([table[table["channel"] == chosen["channel"]], table[table["channel"] != chosen["channel"]]])
    columns = ["channel", "weight", "doubt", "change", "up", "down", "contrast", "weeks", "cost"]
    explained = (
        "What hangs on a channel is how uncertain the return of its last unit is, times its spend. A test is long "
        "enough when the expected difference in orders is 2.8 standard errors of a count of that many orders, with "
        f"the scatter of this shop's days ({media.scatter:.2f} × that of chance alone); days on which the spend of the "
        "turn before still works are left out. What its own data do not say of a channel is taken from what is "
        "published and from the other channels."
    )
    sentence = _experiment_sentence(chosen, worth_of_knowing(media, plan) if plan else None, media, shop)
    return NextExperiment(chosen["channel"], table[columns].reset_index(drop=True), sentence, explained)


def _test_of(media: MediaResponse, worth: np.ndarray, base: np.ndarray, c: int) -> dict[str, object]:
    a_week = 7 * float(media.orders[media.acts_on[c]].sum())
    carried = float(np.median(media.carry_over[:, c]))
    fading = min(np.ceil(np.log(FADED) / np.log(carried)), BLOCK_DAYS / 2) if carried > 0 else 0.0
    used = 1 - fading / BLOCK_DAYS
    found: dict[str, object] = {}
    for change in CHANGES:
        up, down = (np.where(np.arange(len(base)) == c, base * (1 + sign * change), base) for sign in (1, -1))
        contrast = float(np.median(np.log(media.factor(up)[:, c] / media.factor(down)[:, c])))
        needed = 4 * media.scatter * (ERRORS / max(contrast, 1e-6)) ** 2 / (a_week * used)
        weeks = max(4.0, 4 * np.ceil(needed / 4))
        nets = [float(net_margin(media, worth, spend).mean()) for spend in (up, down, base)]
        cost = (nets[2] - (nets[0] + nets[1]) / 2) * weeks * 7 / DAYS_A_MONTH
        found = {
            "channel": media.channels[c], "change": change, "up": up[c] * DAYS_A_MONTH, "down": down[c] * DAYS_A_MONTH,
            "contrast": float(np.expm1(contrast)), "weeks": weeks if weeks <= LONGEST_WEEKS else np.nan,
            "cost": max(cost, 0.0) if weeks <= LONGEST_WEEKS else np.nan,
        }  # fmt: skip
        if weeks <= MOST_WEEKS:
            break
    return found


def _experiment_sentence(chosen: pd.Series, worth_knowing: float | None, media: MediaResponse, shop: Shop) -> str:
    whose = "the shop's orders" if media.one_for_all else "the orders that it acts on"
    name, share, contrast = chosen["channel"], percent(chosen["change"], 0), percent(chosen["contrast"])
    if np.isnan(chosen["weeks"]):
        return (
            f"No test of a single channel would tell within a year: even {share} more and less on {name} is expected "
            f"to move {whose} by {contrast} alone. Test several channels as one, or wait for more orders."
        )
    up, down, cost = (money(chosen[key], shop.currency) for key in ("up", "down", "cost"))
    said = (
        f"Test {name} next, for most money hangs on what is not known of it: in turns of two weeks spend {share} more "
        f"({up} a month) and {share} less ({down}) for {chosen['weeks']:.0f} weeks, all else as it is. Between the "
        f"turns {whose} are expected to differ by {contrast}, which so long a test finds in four of five cases. It "
        f"costs about {cost} of margin."
    )
    if worth_knowing is None:
        return said
    year = money(worth_knowing * MONTHS, shop.currency)
    if chosen["cost"] > worth_knowing * MONTHS:
        return f"{said} To know every curve exactly would be worth {year} a year at most: hardly worth it by itself."
    return f"{said} To know every curve exactly would be worth up to {year} a year."


def worth_of_knowing(media: MediaResponse, plan: BudgetPlan) -> float | None:
    """What it would bring a month to know every curve before the same total is split within the same bounds.

    The best split of each draw on its own, less that of the plan (expected value of perfect information, Raiffa &
    Schlaifer 1961). None where channels act on the same orders, for then each draw is a search of its own.
    """
    if media.acts_on.sum() != len(media.channels):
        return None
    worth = media.base[:, media.acts_on.argmax(axis=1)] * plan.worth[media.acts_on.argmax(axis=1)]
    pull, total = worth * media.lift * media.half, plan.split.spend.sum()
    low, high = np.zeros(len(pull)), (pull / media.half**2).max(axis=1)
    for _ in range(BISECTIONS):
        price = (low + high) / 2
        spend = _asked_at(price, pull, media, plan)
        over = spend.sum(axis=1) > total
        low, high = np.where(over, price, low), np.where(over, high, price)
    spend = _asked_at(high, pull, media, plan)
    known = (worth * media.lift * spend / (spend + media.half)).sum(axis=1) - spend.sum(axis=1)
    return max(float(known.mean()) * DAYS_A_MONTH - plan.net, 0.0)


def _asked_at(price: np.ndarray, pull: np.ndarray, media: MediaResponse, plan: BudgetPlan) -> np.ndarray:
    """What each draw would spend on each channel where one more unit must bring the price."""
    spend = np.sqrt(np.maximum(pull, 0.0) / np.maximum(price[:, None], 1e-12)) - media.half
    return np.clip(spend, plan.split.low, plan.split.high)


def budget_advice(
    media: MediaResponse, margins: pd.DataFrame, assumptions: Assumptions, shop: Shop
) -> tuple[Advice, ...]:
    """What to do about the budget: split it better, or also spend less where spend does not come back.

    Parameters
    ----------
    margins : ``category_margins`` of the last year.

    Returns
    -------
    One advice, or none where nothing pays or nothing can be told, or where what is spent now is not known.
    """
    if known_until(media, shop):
        return ()
    try:
        plans = [budget_plan(media, margins, assumptions, shop, spend_all=every) for every in (True, False)]
    except NotEnoughData:
        return ()
    paying = [p for p in plans if p.probability >= SURE_ENOUGH and p.change > HARDLY * abs(p.present_net)]
    if not paying:
        return ()
    best = max(paying, key=lambda p: p.change)
    return (_advice(best, media, assumptions, shop),)


def _advice(plan: BudgetPlan, media: MediaResponse, assumptions: Assumptions, shop: Shop) -> Advice:
    moves = plan.table.assign(move=plan.table["proposed"] - plan.table["present"])
    more, less = moves.loc[moves["move"].idxmax()], moves.loc[moves["move"].idxmin()]
    saved = plan.present_total - plan.total
    if saved > HARDLY * plan.present_total:
        title = f"Spend {money(saved, shop.currency)} a month less on marketing, most of it on {less['channel']}"
    else:
        amount = money(min(more["move"], -less["move"]), shop.currency)
        title = f"Move {amount} a month from {less['channel']} to {more['channel']}"
    bounds = "the bounds stated" if assumptions.channels else "at most half more or less than now in each channel"
    return Advice(
        key="channel:budget",
        kind="channel",
        title=title,
        sentence=f"{plan.sentence} {plan.binding}".strip(),
        net_benefit=plan.change * MONTHS,
        low=plan.low * MONTHS,
        high=plan.high * MONTHS,
        probability=plan.probability,
        cost=max(-saved, 0.0) * MONTHS,
        months=MONTHS,
        effort=2,
        days=int(np.ceil(min(np.log(FADED) / np.log(max(float(np.median(media.carry_over)), 1e-3)), 60.0))),
        assumption=(
            "Spend moves the orders as it did whenever it was changed before, within "
            f"{bounds}; what it does to other channels and to customers' later years is not counted."
        ),
        would_change=(
            f"{plan.doubts or 'A test that shows another return than the curves say.'} Bounds of channels or margins "
            "stated otherwise change the split."
        ),
        rests_on="observed",
        page="prescriptive/revenue_moves",
        scenario=_scenario(plan, moves["move"].to_numpy(), assumptions, title),
        metric="revenue",
    )


def _scenario(plan: BudgetPlan, moves: np.ndarray, assumptions: Assumptions, title: str) -> Scenario | None:
    """The change as a plan: what is spent more with what that brings, and what is saved as a cost below 0.

    The whole range of the change lies on the return of what is spent more or, where nothing is, less.
    """
    more, less = float(moves[moves > 0].sum()), float(-moves[moves < 0].sum())
    spend, rest = (more, -less) if more >= less * (1 - HARDLY) else (-less, more)
    if abs(spend) < 1e-9:
        return None
    ends = sorted((amount + spend + rest) / spend for amount in (plan.low, plan.change, plan.high))
    inputs = {"spend_a_month": spend, "margin_per_spend": tuple(ends), "monthly_cost": rest}
    rate = assumptions.finance.discount_rate
    return scenario_of("channel", title[:80].strip(), months=MONTHS, discount_rate=rate, **inputs)
