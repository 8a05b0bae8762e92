"""Which carrier takes which region's orders: the least cost and lost goodwill, within what each of them can carry.

A transportation problem: every region's orders are carried, nobody carries more than its capacity, and what is made
least is cost plus the worth of each day, order by order. Regions may be split between carriers, in shares of their
orders, or be given whole to one of them. Solved by HiGHS (Huangfu & Hall 2018) to the optimum, not by a rule of thumb.
"""

from dataclasses import dataclass

import numpy as np

from analytics.errors import NotEnoughData
from analytics.prescriptive.assumptions import Carrier, Lane

SMALL = 1e-7
"""Orders a day, of which less is nothing."""


@dataclass(frozen=True, eq=False)
class Network:
    """``demand`` has the orders a day of each of the ``regions``, ``capacity`` what each of the ``carriers`` takes.

    ``cost`` of an order (the shop's currency) and ``days`` have a row per region and a column per carrier, missing
    where no lane leads; capacity is infinite where none is stated.
    """

    regions: tuple[str, ...]
    carriers: tuple[str, ...]
    demand: np.ndarray
    capacity: np.ndarray
    cost: np.ndarray
    days: np.ndarray

    @property
    def open(self) -> np.ndarray:
        """Where lanes lead."""
        return ~np.isnan(self.cost)


@dataclass(frozen=True, eq=False)
class Allocation:
    """``orders`` a day by region (rows) and carrier, their mean ``cost`` and ``days``; all of one day."""

    orders: np.ndarray
    cost: float
    days: float


def network_of(
    regions: tuple[str, ...], demand: np.ndarray, carriers: tuple[Carrier, ...], lanes: tuple[Lane, ...]
) -> Network:
    """The network of some regions from what is stated of carriers and lanes; other regions' lanes are left out.

    Raises
    ------
    ValueError : a demand that is no number from 0 on.
    NotEnoughData : no carrier, or a region to which no lane leads.
    """
    demand = np.asarray(demand, dtype="float64")
    if demand.shape != (len(regions),) or not np.isfinite(demand).all() or (demand < 0).any():
        raise ValueError(f"demand: expected a number from 0 on for each of {len(regions)} regions, got {demand}")
    if not carriers:
        raise NotEnoughData("No carrier is stated: add one, with a cost and the days it takes to each region.")
    names = tuple(c.name for c in carriers)
    cost, days = np.full((2, len(regions), len(names)), np.nan)
    for lane in lanes:
        if lane.region in regions and lane.carrier in names:
            at = regions.index(lane.region), names.index(lane.carrier)
            cost[at], days[at] = lane.cost, lane.days
    capacity = np.array([np.inf if c.capacity is None else float(c.capacity) for c in carriers])
    found = Network(regions, names, demand, capacity, cost, days)
    _need_lanes(found)
    return found


def best_allocation(
    network: Network, day_worth: float, *, whole: bool = False, most_days: float | None = None
) -> Allocation:
    """The allocation of least cost and worth of days.

    Parameters
    ----------
    day_worth : what an order's delivery being a day sooner is worth (the shop's currency).
    whole : each region's orders all go with one carrier; else they may be split.
    most_days : the mean days of all orders may be no more than this.

    Raises
    ------
    NotEnoughData : it cannot be done; the sentence names what stands in the way.
    """
    _need_capacity(network)
    found = _solved(network, network.cost + day_worth * network.days, whole, most_days)
    if found is not None:
        return found
    if most_days is not None and _solved(network, network.cost, whole, None) is not None:
        least = quickest(network, whole=whole).days
        raise NotEnoughData(
            f"{most_days:.2f} days in the mean cannot be had: the quickest these carriers can is {least:.2f}."
        )
    raise NotEnoughData(_why_not_whole(network))


def quickest(network: Network, *, whole: bool = False) -> Allocation:
    """The allocation of fewest mean days, whatever it costs; of those the cheapest but for rounding.

    Raises
    ------
    NotEnoughData : as ``best_allocation``.
    """
    _need_capacity(network)
    scale = 1e-6 / max(float(np.nanmax(np.abs(network.cost))), 1e-9)
    found = _solved(network, network.days + scale * network.cost, whole, None)
    if found is None:
        raise NotEnoughData(_why_not_whole(network))
    return found


def price_of_a_day(network: Network, days: float, *, whole: bool = False) -> float:
    """What a day less than so many in the mean costs per order; missing where no less can be had.

    A difference of two optima, not a slope at one of them: prices of days rise in steps. Where less than a whole day
    can be had, the price is that of a day at the same rate.
    """
    least = quickest(network, whole=whole).days
    step = min(1.0, days - least)
    if step < 1e-6:
        return float("nan")
    now, sooner = (best_allocation(network, 0.0, whole=whole, most_days=d + 1e-9) for d in (days, days - step))
    return (sooner.cost - now.cost) / step


def allocated(network: Network, orders: np.ndarray) -> Allocation:
    """An allocation with its means, from orders by region and carrier."""
    total = orders.sum()
    cost, days = (float(np.nansum(orders * of) / total) if total > 0 else 0.0 for of in (network.cost, network.days))
    return Allocation(orders, cost, days)


def _solved(network: Network, price: np.ndarray, whole: bool, most_days: float | None) -> Allocation | None:
    """None where no allocation keeps to all constraints.

    Variables are orders a day, one per lane; whole regions have a yes or no per lane instead.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows, columns = np.nonzero(network.open)
    if not len(rows) or not network.demand.any():
        return allocated(network, np.zeros(network.cost.shape))
    size = network.demand[rows] if whole else np.ones(len(rows))
    serves = (rows[None, :] == np.arange(len(network.regions))[:, None]) & (network.demand[rows] > 0)
    carries = (columns[None, :] == np.arange(len(network.carriers))[:, None]) * size
    need = np.where(network.demand > 0, 1.0 if whole else network.demand, 0.0)
    bounded = np.isfinite(network.capacity)
    rules = [LinearConstraint(serves.astype("float64"), need, need)]
    if bounded.any():
        rules.append(LinearConstraint(carries[bounded], -np.inf, network.capacity[bounded]))
    if most_days is not None:
        total = network.demand.sum()
        rules.append(
            LinearConstraint((network.days[rows, columns] * size)[None, :], -np.inf, most_days * total + SMALL)
        )
    upper = np.where(network.demand[rows] > 0, 1.0 if whole else network.demand[rows], 0.0)
    answer = milp(
        price[rows, columns] * size, constraints=rules, bounds=Bounds(0.0, upper),
        integrality=np.ones(len(rows)) if whole else None,
    )  # fmt: skip
    if answer.x is None:
        return None
    taken = (np.round(answer.x) if whole else np.where(answer.x < SMALL, 0.0, answer.x)) * size
    orders = np.zeros(network.cost.shape)
    orders[rows, columns] = taken
    return allocated(network, orders)


def _need_lanes(network: Network) -> None:
    there = network.open.any(axis=1) | (network.demand == 0)
    if not there.all():
        without = _and([region for region, led in zip(network.regions, there, strict=True) if not led])
        raise NotEnoughData(f"No lane leads to {without}: state what a carrier takes for it, and in how many days.")


def _need_capacity(network: Network) -> None:
    """Say which regions and carriers stand in the way where not all orders can be carried.

    Raises
    ------
    NotEnoughData : capacities are too small, for all orders or for those of some regions.
    """
    _need_lanes(network)
    total, capacity = network.demand.sum(), network.capacity.sum()
    if total > capacity + SMALL:
        raise NotEnoughData(
            f"There are {_n(total)} orders a day and room for {_n(capacity)}, {_n(total - capacity)} too few: raise a "
            "carrier's capacity or add a carrier."
        )
    left, carried = _unserved(network)
    if left.sum() <= 1e-5 * max(1.0, total):
        return
    inside = left > SMALL
    while True:  # whose orders are on these regions' carriers belongs to the bottleneck, and so do their carriers
        tight = network.open[inside].any(axis=0)
        more = inside | (carried[:, tight] > SMALL).any(axis=1)
        if (more == inside).all():
            break
        inside = more
    regions = _and([r for r, i in zip(network.regions, inside, strict=True) if i])
    carriers = _and([c for c, t in zip(network.carriers, tight, strict=True) if t])
    asked, room = network.demand[inside].sum(), network.capacity[tight].sum()
    raise NotEnoughData(
        f"To {regions} go {_n(asked)} orders a day, and there is room for {_n(room)} with {carriers}, the only way "
        f"there: {_n(left[inside].sum())} are left over. Raise a capacity or add a lane."
    )


def _unserved(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The fewest orders that cannot be carried, by region, and those that are, by region and carrier."""
    from scipy.optimize import linprog

    rows, columns = np.nonzero(network.open)
    regions, lanes = len(network.regions), len(rows)
    serves = np.hstack([(rows[None, :] == np.arange(regions)[:, None]).astype("float64"), np.eye(regions)])
    bounded = np.isfinite(network.capacity)
    carries = (columns[None, :] == np.flatnonzero(bounded)[:, None]).astype("float64")
    limits = {}
    if bounded.any():
        limits = {"A_ub": np.hstack([carries, np.zeros((len(carries), regions))]), "b_ub": network.capacity[bounded]}
    cost = np.concatenate([np.zeros(lanes), np.ones(regions)])
    answer = linprog(cost, A_eq=serves, b_eq=network.demand, **limits)
    carried = np.zeros(network.cost.shape)
    carried[rows, columns] = answer.x[:lanes]
    return answer.x[lanes:], carried


def _why_not_whole(network: Network) -> str:
    """No carrier has room for the whole of some region, or they do not fit side by side."""
    for region, demand, row in zip(network.regions, network.demand, network.open, strict=True):
        largest = network.capacity[row].max() if row.any() else 0.0
        if demand > largest + SMALL:
            return (
                f"No carrier takes all {_n(demand)} orders a day of {region}: the largest of those that go there takes "
                f"{_n(largest)}. Split regions between carriers, or raise a capacity."
            )
    return (
        "Whole regions do not fit into the carriers' capacities: split regions between carriers, or raise a capacity."
    )


def _n(orders: float) -> str:
    return f"{orders:,.0f}" if orders >= 99.5 or abs(orders - round(orders)) < 0.05 else f"{orders:,.1f}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
