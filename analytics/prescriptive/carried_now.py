"""Who carries each region's orders now: as somebody stated it, else the carrier whose days are nearest to theirs."""

from dataclasses import dataclass

import numpy as np

from analytics.prescriptive.assumptions import Lane
from analytics.prescriptive.delivery_network import SMALL, Allocation, Network, allocated
from analytics.prescriptive.present_delivery import PresentDelivery


@dataclass(frozen=True, eq=False)
class CarriedNow:
    """The present ``plan``, at the cost and the days of its lanes.

    Observed days against a lane's stated ones would make a gain of every lane that is slower than was stated, though
    not one order moved. ``stated`` has the regions of which somebody said who carries them, ``guessed`` those taken by
    their days alone; others stand with a lane that leads there. ``beyond`` are the carriers with more than they take:
    name, orders a day, capacity. ``is_known`` is whether anything says how orders go now: the days of some, or somebody
    of all regions; ``in_part`` whether it is not stated of all.
    """

    plan: Allocation
    stated: tuple[str, ...]
    guessed: tuple[str, ...]
    beyond: tuple[tuple[str, float, float], ...]
    is_known: bool
    in_part: bool

    def sentence(self) -> str:
        """How it is known who carries what, and what does not fit in it."""
        said = []
        if self.stated:
            whose = f" for {_few_of(self.stated)}" if self.in_part else ""
            said.append(f"Who carries what now is as stated{whose}.")
        if self.guessed:
            which = "each region is"
            if self.stated:
                which = f"{_few_of(self.guessed)} {'is' if len(self.guessed) == 1 else 'are'}"
            said.append(
                f"Orders do not say who carried them: {which} taken to go now with the carrier whose days are nearest "
                "to those observed, until it is stated."
            )
        for carrier, orders, capacity in self.beyond:
            more = f"{orders:,.1f} orders a day now, more than the {capacity:,.0f} it takes"
            said.append(f"By this {carrier} carries {more}.")
        return " ".join(said)


def carried_now(network: Network, present: PresentDelivery, lanes: tuple[Lane, ...]) -> CarriedNow:
    """The present plan of a network, region by region.

    Parameters
    ----------
    lanes : those of the network; their ``share_now`` says who carries a region where one of its lanes has one.
    """
    shares, is_stated = _shares_now(network, lanes)
    has_days = np.isfinite(present.days)
    for place, days in enumerate(present.days):
        led = np.flatnonzero(network.open[place])
        if not is_stated[place] and len(led):
            off = np.abs(network.days[place, led] - days) if has_days[place] else np.zeros(len(led))
            shares[place, led[int(np.argmin(off))]] = 1.0
    plan = allocated(network, shares * network.demand[:, None])
    carried = plan.orders.sum(axis=0)
    return CarriedNow(
        plan,
        _named(network, is_stated),
        _named(network, ~is_stated & has_days),
        tuple(
            (name, float(taken), float(most))
            for name, taken, most in zip(network.carriers, carried, network.capacity, strict=True)
            if taken > most + SMALL
        ),
        bool(has_days.any() or is_stated.all()),
        not is_stated.all(),
    )


def _shares_now(network: Network, lanes: tuple[Lane, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Shares of each region's orders by carrier, 0 where nobody states one; and of which regions somebody does."""
    shares, is_stated = np.zeros(network.cost.shape), np.zeros(len(network.regions), dtype=bool)
    for lane in lanes:
        if lane.share_now is not None and lane.region in network.regions and lane.carrier in network.carriers:
            region = network.regions.index(lane.region)
            shares[region, network.carriers.index(lane.carrier)] = lane.share_now
            is_stated[region] = True
    total = shares.sum(axis=1, keepdims=True)
    return np.divide(shares, total, out=shares, where=total > 0), is_stated


def _named(network: Network, which: np.ndarray) -> tuple[str, ...]:
    return tuple(region for region, is_it in zip(network.regions, which, strict=True) if is_it)


def _few_of(names: tuple[str, ...], most: int = 3) -> str:
    """Some of several names.

    >>> _few_of(("A",)), _few_of(("A", "B")), _few_of(("A", "B", "C", "D", "E"))
    ('A', 'A and B', 'A, B, C and 2 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
