"""What a budget plan says in words: what to spend, which limit binds, what speaks against it, how it was worked out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES
from analytics.formats import chance, currency_decimals, money, percent
from analytics.periods import day_label
from analytics.prescriptive.media_response import MediaResponse
from analytics.shop import Shop

ROOM = 0.5
"""How far a channel may be moved from what it has where the shop states no bounds: a guard, for curves are known where
money was spent."""
SAME = 0.02
"""Of the present total, within which a budget is that of now."""
WORTH_SAYING = 0.002
"""Of the net margin, below which a difference between splits is none."""
LATE_DAYS = 31
"""Bills of a month may come in later; spend of before is not that of now."""
SEASONAL = 0.5
"""Share of the moves of spend that trend and season explain, from which it is said."""


def returned(rate: float, currency: str) -> str:
    """What a unit brings, as an amount: of a hundred of it where the currency has no smaller coin than its unit.

    >>> returned(1, "EUR"), returned(0.73, "EUR"), returned(1, "JPY"), returned(0.73, "JPY")
    ('€ 1.00', '€ 0.73', '¥ 100', '¥ 73')
    """
    return money(rate if currency_decimals(currency) else 100 * rate, currency)


def plan_sentence(found: Mapping, shop: Shop, asked: float, spend_all: bool) -> str:
    """What to spend where, and what that is expected to bring."""
    table, currency = found["table"], shop.currency
    between = f"{money(found['low'], currency)} to {money(found['high'], currency)}"
    if found["keeps"] and len(table) == 1:
        return (
            f"All spend is on {table['channel'][0]}, so there is nothing to split: one more {returned(1, currency)} "
            f"brings {returned(found['price'], currency)} of margin. Another budget, or only what pays, says "
            "what more or less would do."
        )
    if found["keeps"]:
        return (
            "The split as it is comes as near to the best as these data can tell: moving money is expected to bring "
            f"{money(found['change'], currency)} a month ({between} in four of five cases), and that it brings "
            f"anything is {chance(found['probability'])} likely."
        )
    moves = (table["proposed"] - table["present"]).to_numpy()
    parts = [
        f"{money(abs(moves[c]), currency)} {'more' if moves[c] > 0 else 'less'} on {table['channel'][c]}"
        for c in np.argsort(-np.abs(moves))[:3]
        if abs(moves[c]) > 0.02 * max(found["total"], 1e-9)
    ]
    said = f"Spend {', '.join(parts)}" if parts else "Spend as proposed"
    left = asked - found["total"]
    kept = ""
    if left > SAME / 4 * asked:
        why = "the upper bounds leave no place for it" if spend_all else "more would bring less than it costs"
        kept = f" {money(left, currency)} of the budget stays unspent: {why}."
    if found["change"] < 0:
        between = f"{money(-found['high'], currency)} to {money(-found['low'], currency)}"
        return (
            f"{said}: even split at its best, such a budget is expected to leave {money(-found['change'], currency)} "
            f"of margin a month less than what is spent now, after the spend ({between} in four of five cases).{kept}"
        )
    return (
        f"{said}: expected to bring {money(found['change'], currency)} of margin a month more than what is spent now, "
        f"after the spend ({between} in four of five cases; better with a chance of "
        f"{chance(found['probability'])}).{kept}"
    )


def known_until(media: MediaResponse, shop: Shop) -> str:
    """That what was spent lately is not known, in a sentence; empty where it is."""
    last = media.days[-1].date()
    if (shop.today - last).days <= LATE_DAYS:
        return ""
    return (
        f"Spend is known up to {day_label(last)} alone, orders up to {day_label(shop.today)}: what is called present "
        "is what was spent then."
    )


def media_doubts(media: MediaResponse) -> str:
    """What speaks against reading the curves as what spend does, in sentences; empty where nothing does."""
    marked = (
        (~media.told, "The data do not tell the effect of {}: what is shown is little more than was known before."),
        (media.season > SEASONAL, "Spend on {} goes with trend and season: part of its effect may be theirs."),
        (media.follows < FALSE_DISCOVERIES, "Spend on {} followed the orders of the week before, beyond chance: it may "
         "have gone where orders already were, and its effect be less."),
    )  # fmt: skip
    names = np.array(media.channels, dtype=object)
    return " ".join(said.format(", ".join(names[which])) for which, said in marked if which.any())


def binding_sentence(found: Mapping, shop: Shop, asked: float, spend_all: bool) -> str:
    """Which limits bind, and what moving them by one unit would bring."""
    table, unit = found["table"], returned(1, shop.currency)
    said = []
    if found["total_binds"]:
        price = returned(found["price"], shop.currency)
        said.append(f"The total binds: {unit} more of it would bring {price}, {_verdict(found, shop)}.")
    elif not spend_all:
        said.append("The total does not bind: what is left of it would bring less than it costs.")
    for bound, words in (("least", "at its least"), ("most", "at its most")):
        rows = table[(table["binds"] == bound) & (table["worth_of_bound"] > 0.005)]
        if len(rows):
            each = [f"{r.channel} (worth {returned(r.worth_of_bound, shop.currency)})" for r in rows.itertuples()]
            said.append(
                f"{', '.join(each)} {'is' if len(each) == 1 else 'are'} {words}: so much margin would {unit} beyond "
                "that bound bring more."
            )
    if held := list(table.loc[table["binds"] == "held", "channel"]):
        said.append(
            f"{', '.join(held)} {'is' if len(held) == 1 else 'are'} left as now: the data do not tell its effect."
        )
    return " ".join(said)


def _verdict(found: Mapping, shop: Shop) -> str:
    """Whether one more unit of the total pays, and where that is not sure its range on the channel that has most."""
    table, pays = found["table"], found["price"] > 1
    free = table[(table["binds"] == "") | ((table["binds"] == "least") & (table["worth_of_bound"] == 0))]
    verdict = "it pays" if pays else "less than it costs"
    if free.empty:
        return verdict
    most = free.loc[free["proposed"].idxmax()]
    low, high = most["return_proposed_low"], most["return_proposed_high"]
    if not low < 1 < high:
        return verdict
    more = "more" if pays else "less"
    between = f"{returned(low, shop.currency)} to {returned(high, shop.currency)}"
    return f"{more} than it costs on average, but on {most['channel']} {between} in four of five cases"


def rules_sentence(rules: pd.DataFrame, shop: Shop) -> str:
    """How much the best of the simple splits leaves, as far as the curves tell."""
    own, others = rules.iloc[0], rules.iloc[1:]
    if others.empty:
        return ""
    best = others.loc[others["net"].idxmax()]
    name = f"{best['rule'][0].lower()}{best['rule'][1:]}"
    if best["below"] <= WORTH_SAYING * abs(own["net"]):
        return f"The simple split {name} is as good as the proposed one, and simpler: use it."
    return (
        f"The best of the simple splits, {name}, leaves {money(best['below'], shop.currency)} a month: so much the "
        "curves are worth."
    )


def plan_explained(media: MediaResponse, stated: bool) -> str:
    """How a plan was worked out, and what it leaves out."""
    bounds = (
        "Bounds of channels are those stated in Settings."
        if stated
        else f"Bounds are assumed until they are stated in Settings: {percent(ROOM, 0)} either way of what a channel "
        "has at present, for curves are known where money was spent and nowhere else."
    )
    of = "orders of the whole shop" if media.one_for_all else "each channel's own orders"
    notes = " ".join(media.notes)
    return (
        f"Estimated from spend and {of} of {len(media.days):,} days. An effect fades by a share from day to day and "
        "weakens as spend grows, from the first unit on; season, weekday, events and a wandering level are estimated "
        "beside it. Prior: 1 % more spend brings 0.12 % more orders (Sethuraman, Tellis & Briesch 2011), the next unit "
        "of money about as much in each channel. The split is best in the mean of all curves that remain possible. Net "
        "is contribution margin of the orders that spend brings, less the spend, in a usual month of the last year; "
        f"ranges hold four of five cases. {bounds} Effects on other channels and on later customers are not counted. "
        f"{notes}"
    ).strip()
