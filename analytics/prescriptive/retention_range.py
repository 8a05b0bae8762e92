"""How far what a plan brings may be off: what offers do, what customers are worth, and who happens to stay."""

from dataclasses import dataclass

import numpy as np

from analytics.chance import NORMAL_80
from analytics.predictive.value_scores import Noise
from analytics.prescriptive.campaigns import MORE
from analytics.prescriptive.retention_worth import OfferFigures

DRAWS = 4_000
SEED = 20_260
LOW, HIGH = 0.1, 0.9
ORDER_SCATTER = 2.0
"""Mean square of an order's value over the square of its mean: what a gamma of one typical shop has; our own choice."""


@dataclass(frozen=True)
class NetRange:
    """What is left of a plan in four of five cases, from ``low`` to ``high``, and the ``probability`` of a gain."""

    low: float
    high: float
    probability: float
    draws: np.ndarray


def net_range(
    figures: list[OfferFigures], chosen: list[np.ndarray], noise: Noise, margin: float, contacted: float = 1.0
) -> NetRange:
    """The range of what is left when the customers of ``chosen`` (per offer a mask) are contacted.

    Of them the share ``contacted`` is; the others are left alone by lot.

    Three things are drawn together, each in its own size: what each offer does (its range where it is assumed, its
    standard error where it was measured: one draw for all its customers, as they rest on the same figure); by how
    much the values of all customers are off together (the level error of the model of value); and who of the customers
    happens to stay and what they happen to bring, which averages out in long lists and not in short ones.
    """
    chance = np.random.default_rng(SEED)
    level = np.exp(noise.level * chance.standard_normal(DRAWS))
    net, variance = np.zeros(DRAWS), 0.0
    for own, mask in zip(figures, chosen, strict=True):
        z = chance.standard_normal(DRAWS)  # drawn for every offer, so that each keeps its own whatever is chosen
        if not mask.any():
            continue
        contact = own.offer.contact_cost * float(mask.sum())
        discount = float(own.spend[mask].sum()) - contact
        low, high = _moves(own, mask)
        moved = np.where(z < 0, z * low[0], z * high[0]), np.where(z < 0, z * low[1], z * high[1])
        added = np.maximum(float(own.added[mask].sum()) + moved[0], 0.0 if own.measured is None else -np.inf)
        net += level * (added - np.maximum(discount + moved[1], 0.0)) - contact
        variance += _scatter(own, mask, noise, margin)
    net = contacted * net + np.sqrt(contacted * variance) * chance.standard_normal(DRAWS)
    low, high = np.quantile(net, [LOW, HIGH])
    return NetRange(float(low), float(high), float((net > 0).mean()), net)


def _moves(own: OfferFigures, mask: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """By how much added margin and discounts move with one standard error of the lift, downwards and upwards."""
    added, spend = own.added_by_lift[mask], own.spend_by_lift[mask]
    if own.measured is not None:
        errors = own.lift_error[mask]
        both = float((errors * added).sum()), float((errors * spend).sum())
        return both, both
    offer = own.offer
    down, up = (offer.kept - offer.kept_low) / NORMAL_80, (offer.kept_high - offer.kept) / NORMAL_80
    return tuple((size * float(added.sum()), size * float(spend.sum())) for size in (down, up))


def _scatter(own: OfferFigures, mask: np.ndarray, noise: Noise, margin: float) -> float:
    """The variance of what these customers happen to add, given what is expected of each."""
    orders, each = np.maximum(own.orders[mask], 0.0), own.added_by_lift[mask]
    if own.measured is not None and own.measured.way == MORE:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(orders > 0, own.added[mask] / orders, 0.0)
        return float((orders * ORDER_SCATTER * value**2).sum())
    chance = np.minimum(orders, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(own.silent[mask] > 0, each / own.silent[mask], 0.0)
    own_scatter = margin**2 * noise.size * np.power(np.maximum(value / margin, 0.0), noise.power)
    return float((chance * (value**2 * (1 - chance) + own_scatter)).sum())
