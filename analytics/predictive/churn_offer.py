"""From which chance on a customer is worth a contact, by what it costs and what a kept customer is worth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95
from analytics.filters import Filters
from analytics.predictive.churn_people import FEWEST, people, whom_in_words
from analytics.predictive.model import Run
from analytics.shop import Shop

STEPS = 101
PER = 1_000
"""Customers that nets are told for."""
COST_SHARE = 0.02
"""First guess of a contact's cost, as a share of an order's value; the visitor's to change."""
FIRST_KEPT = 0.1
"""First guess of how many leavers an offer keeps: nothing in orders tells, so it is stated as an assumption."""


@dataclass(frozen=True)
class OfferDefaults:
    """What the sliders begin with and how far they go: the shop's currency, in round ``step``s."""

    cost: float
    most_cost: float
    cost_step: float
    value: float
    most_value: float
    value_step: float
    of: str


def offer_defaults(run: Run, shop: Shop) -> OfferDefaults:
    """The worth of a kept customer begins at one average order, in margin where the shop states it."""
    scores = run.tables["scores"]
    order = float((scores["average_order_value"] * scores["orders"]).sum() / scores["orders"].sum())
    worth = max(order * (shop.gross_margin or 1.0), 1e-2)
    value, cost = _round(worth), _round(max(order * COST_SHARE, 1e-2))
    of = "margin" if shop.gross_margin else "revenue, as the shop's gross margin is not stated"
    return OfferDefaults(cost, 20 * cost, cost / 10, value, 20 * value, value / 10, of)


def _round(amount: float) -> float:
    """One significant figure, so that a slider stands at a number people would say."""
    size = 10.0 ** np.floor(np.log10(amount))
    return float(np.round(max(1.0, round(amount / size)) * size, 6))


@dataclass(frozen=True)
class OfferThreshold:
    """Net by threshold for the tested customers, and what happens at the ``threshold`` that the amounts ask for.

    ``curve`` has ``threshold``, ``contacted`` (share), ``net``, ``net_low``, ``net_high`` (95 %; the shop's currency
    per ``PER`` customers). ``matrix`` has ``called`` (contacted or not), ``lost`` and ``kept`` (customers).
    """

    threshold: float
    curve: pd.DataFrame
    matrix: pd.DataFrame
    net: float
    net_low: float
    net_high: float
    net_of_all: float
    sentence: str
    explained: str


def offer_threshold(
    run: Run, filters: Filters, shop: Shop, whom: str, cost: float, value: float, kept: float
) -> OfferThreshold:
    """Whom to contact: everybody whose chance times what an offer brings exceeds what it costs.

    With chances that come true the best threshold is cost / (value × share kept): below it a contact costs more than it
    brings on average. It follows from the amounts alone and is not searched for on the tested customers, so that these
    tell honestly what it would have brought.

    Parameters
    ----------
    cost : of a contact, ``value`` : of a customer kept (both the shop's currency), ``kept`` : share of the leavers
        contacted whom the offer keeps. Whoever would have come back anyway brings nothing and costs the contact.

    Raises
    ------
    ValueError : an amount below 0, or a share beyond 0–1.
    """
    if cost < 0 or value < 0 or not 0 <= kept <= 1:
        raise ValueError(f"cost, value, kept: expected amounts from 0 and a share, got {cost}, {value}, {kept}")
    tested = people(run, "tested", filters, whom, FEWEST)
    chances, lost = tested["probability"].to_numpy(), tested["churned"].to_numpy(dtype=bool)
    worth = value * kept
    threshold = min(cost / worth, 1.0) if worth else 1.0
    each = np.where(lost, worth, 0.0) - cost
    grid = np.linspace(0, 1, STEPS)
    rows = [(t, float((chances >= t).mean()), *_net(each * (chances >= t))) for t in grid]
    curve = pd.DataFrame(rows, columns=["threshold", "contacted", "net", "net_low", "net_high"])
    named = chances >= threshold if cost < worth else np.zeros(len(chances), dtype=bool)
    matrix = pd.DataFrame(
        [("Contacted", int((named & lost).sum()), int((named & ~lost).sum())),
         ("Not contacted", int((~named & lost).sum()), int((~named & ~lost).sum()))],
        columns=["called", "lost", "kept"],
    )  # fmt: skip
    net, low, high = _net(each * named)
    found = (threshold, curve, matrix, net, low, high, _net(each)[0])
    return OfferThreshold(*found, _sentence(found, named, lost, shop), _explained(run, whom, cost, value, kept, shop))


def _net(each: np.ndarray) -> tuple[float, float, float]:
    """Mean net per ``PER`` customers with its 95 % range, customers as independent units."""
    mean, spread = each.mean() * PER, NORMAL_95 * each.std() / np.sqrt(len(each)) * PER
    return float(mean), float(mean - spread), float(mean + spread)


def _sentence(found: tuple, named: np.ndarray, lost: np.ndarray, shop: Shop) -> str:
    threshold, _, _, net, low, high, of_all = found
    if not named.any():
        return (
            "At these amounts no contact pays: it costs more than it brings even where a customer is as likely to be "
            "lost as any. Lower the cost, or raise what a kept customer is worth or how many are kept."
        )
    amount = formats.money(net, shop.currency)
    between = f"{formats.money(low, shop.currency)} to {formats.money(high, shop.currency)}"
    return (
        f"Contact from a chance of {formats.percent(threshold, 0)} on: {formats.percent(named.mean(), 0)} of the "
        f"customers, among them {formats.percent(lost[named].sum() / max(lost.sum(), 1), 0)} of those who were lost. "
        f"On the tested customers that nets {amount} per {PER:,} ({between}); to contact all would net "
        f"{formats.money(of_all, shop.currency)}, nobody {formats.money(0, shop.currency)}."
    )


def _explained(run: Run, whom: str, cost: float, value: float, kept: float, shop: Shop) -> str:
    return (
        f"Tested {whom_in_words(run, whom)}. Net of a contact: {formats.money(value, shop.currency)} × "
        f"{formats.percent(kept, 0)} kept if the customer was lost, else nothing, less "
        f"{formats.money(cost, shop.currency)}. The threshold is cost / (value × share kept). What an offer keeps is "
        "an assumption: a comparison with customers left alone by lot would tell. Ranges: 95 %."
    )
