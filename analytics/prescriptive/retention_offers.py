"""Which offers a plan may choose from: those stated, else first ones from campaigns and the shop's own orders."""

import math
from dataclasses import dataclass, replace

from analytics.predictive.model import Run
from analytics.prescriptive.assumptions import Assumptions, Offer
from analytics.prescriptive.campaigns import MeasuredOffer, Measurements, offer_of

STATED, ASSUMED, MEASURED = "stated", "assumed", "measured"
SOURCES = {
    STATED: "stated in Settings",
    ASSUMED: "assumed until you state it in Settings",
    MEASURED: "measured in an experiment",
}
"""Where what an offer keeps is known from, as a part of a sentence."""
FIRST_OFFERS = (
    Offer("Reminder", 0.005, kept=0.03, kept_low=0.01, kept_high=0.06),
    Offer("10 % voucher", 0.01, discount=0.10, kept=0.08, kept_low=0.03, kept_high=0.15, risk_from=0.3),
    Offer("Personal call", 0.15, kept=0.12, kept_low=0.05, kept_high=0.2, risk_from=0.3),
)
"""Until offers are stated; a contact's cost as a share of the mean order value. Our own guesses, and said to be."""


@dataclass(frozen=True)
class CataloguedOffer:
    """An offer in force, what has been measured of it, and where its lift (``source``) is known from."""

    offer: Offer
    measured: MeasuredOffer | None
    source: str


def catalogue(assumptions: Assumptions, measured: Measurements, churn: Run) -> tuple[CataloguedOffer, ...]:
    """The offers in force; what an experiment has shown of one stands in place of what is assumed of it.

    Without stated offers: those that campaigns have measured, and a few usual ones with amounts in proportion to the
    shop's mean order.
    """
    if "offers" in assumptions.stated:
        return tuple(_catalogued(offer, measured.of(offer.name), STATED) for offer in assumptions.offers)
    found = [CataloguedOffer(offer_of(m), m, MEASURED) for m in measured.gone_by]
    order = mean_order(churn)
    named = {one.offer.name.casefold() for one in found}
    for offer in FIRST_OFFERS:
        if offer.name.casefold() not in named:
            priced = replace(offer, contact_cost=_round(offer.contact_cost * order))
            found.append(CataloguedOffer(priced, None, ASSUMED))
    return tuple(found)


def _catalogued(offer: Offer, measured: MeasuredOffer | None, source: str) -> CataloguedOffer:
    return CataloguedOffer(offer, measured, source if measured is None else MEASURED)


def mean_order(churn: Run) -> float:
    """The mean value of an order of the customers that are scored, the shop's currency."""
    scores = churn.tables["scores"]
    orders = scores["orders"].sum()
    return float((scores["average_order_value"] * scores["orders"]).sum() / orders) if orders else 0.0


def _round(amount: float) -> float:
    """One significant figure: an amount that people would say.

    >>> _round(3.81), _round(0.0)
    (4.0, 0.0)
    """
    if amount <= 0:
        return 0.0
    size = 10.0 ** math.floor(math.log10(amount))
    return round(max(1.0, round(amount / size)) * size, 6)
