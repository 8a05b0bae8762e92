"""The best allocation is that of trying everything, no capacity is exceeded, and what stands in the way is named."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from analytics.errors import NotEnoughData
from analytics.prescriptive.assumptions import Carrier, Lane
from analytics.prescriptive.delivery_network import (
    Network,
    best_allocation,
    network_of,
    price_of_a_day,
    quickest,
)

CARRIERS = (Carrier("Post"), Carrier("Express", 4))
LANES = (Lane("Post", "North", 5.0, 4.0), Lane("Post", "South", 5.0, 6.0), Lane("Express", "North", 8.0, 1.0),
         Lane("Express", "South", 9.0, 2.0))  # fmt: skip


def network(demand: tuple[float, float] = (5.0, 3.0), carriers=CARRIERS, lanes=LANES) -> Network:
    return network_of(("North", "South"), np.array(demand), carriers, lanes)


def splits(orders: int, ways: int) -> Iterator[tuple[int, ...]]:
    """Every way to split so many orders between so many carriers."""
    if ways == 1:
        yield (orders,)
        return
    for first in range(orders + 1):
        yield from ((first, *rest) for rest in splits(orders - first, ways - 1))


def least_by_trying(of: Network, worth: float, whole: bool) -> float:
    """The least total of cost and worth of days among all allocations; infinite where there is none."""
    carriers, best = len(of.carriers), np.inf
    alone = np.eye(carriers, dtype=int)
    choices = [[tuple(int(d) * row) for row in alone] if whole else list(splits(int(d), carriers)) for d in of.demand]
    for chosen in itertools.product(*choices):
        orders = np.array(chosen, dtype="float64")
        if (orders.sum(axis=0) <= of.capacity + 1e-9).all() and not orders[~of.open].any():
            best = min(best, float(np.nansum(orders * (of.cost + worth * of.days))))
    return best


def random_network(chance: np.random.Generator) -> Network:
    regions, carriers = chance.integers(1, 4, 2)
    demand, capacity = (
        chance.integers(0, 6, regions).astype("float64"),
        chance.integers(0, 9, carriers).astype("float64"),
    )
    capacity[chance.random(carriers) < 0.3] = np.inf
    cost, days = (chance.integers(1, most, (regions, carriers)).astype("float64") for most in (20, 7))
    closed = chance.random((regions, carriers)) < 0.2
    cost[closed], days[closed] = np.nan, np.nan
    return Network(tuple("ABC"[:regions]), tuple("XYZ"[:carriers]), demand, capacity, cost, days)


@pytest.mark.parametrize("whole", [False, True])
def test_the_optimum_is_that_of_trying_everything(whole):
    chance, found = np.random.default_rng(int(whole)), 0
    for _ in range(60):
        of, worth = random_network(chance), float(chance.choice([0, 1, 3]))
        least = least_by_trying(of, worth, whole)
        if np.isinf(least):
            with pytest.raises(NotEnoughData):
                best_allocation(of, worth, whole=whole)
            continue
        best = best_allocation(of, worth, whole=whole)
        assert np.nansum(best.orders * (of.cost + worth * of.days)) == pytest.approx(least, abs=1e-6)
        assert (best.orders.sum(axis=0) <= of.capacity + 1e-6).all()
        assert best.orders.sum(axis=1) == pytest.approx(of.demand)
        found += 1
    assert found > 20


def test_days_that_are_worth_nothing_leave_the_cheapest_and_dear_days_the_quickest():
    cheapest, dear = best_allocation(network(), 0.0), best_allocation(network(), 1000.0)
    assert cheapest.orders[:, 1].sum() == 0
    assert (cheapest.cost, cheapest.days) == (5.0, pytest.approx(38 / 8))
    assert dear.orders[1, 1] == pytest.approx(3.0), "south gains four days by express, north three"
    assert dear.days == pytest.approx(quickest(network()).days)


def test_fewer_days_are_had_at_the_price_of_their_lanes():
    now = best_allocation(network(), 0.0)
    assert price_of_a_day(network(), now.days) == pytest.approx(1.0), "two of southern express: 4 dearer, 4 days sooner"
    assert np.isnan(price_of_a_day(network(), quickest(network()).days))


def test_a_limit_of_days_is_kept_or_refused_with_the_quickest():
    assert best_allocation(network(), 0.0, most_days=4.0).days == pytest.approx(4.0)
    with pytest.raises(
        NotEnoughData, match="1.00 days in the mean cannot be had: the quickest these carriers can is 2"
    ):
        best_allocation(network(), 0.0, most_days=1.0)


def test_a_capacity_of_nothing_carries_nothing():
    of = network(carriers=(Carrier("Post"), Carrier("Express", 0)))
    assert best_allocation(of, 1000.0).orders[:, 1].sum() == 0


def test_too_little_room_says_by_how_much():
    with pytest.raises(NotEnoughData, match="There are 8 orders a day and room for 6, 2 too few"):
        best_allocation(network(carriers=(Carrier("Post", 2), Carrier("Express", 4))), 0.0)


def test_a_bottleneck_names_its_regions_and_carriers():
    lanes = (Lane("Post", "North", 5, 4), Lane("Express", "South", 9, 2))
    with pytest.raises(NotEnoughData, match="To South go 6 orders a day, and there is room for 4 with Express"):
        best_allocation(network((1.0, 6.0), lanes=lanes), 0.0)


def test_a_bottleneck_of_several_regions_names_all_of_them():
    regions, carriers = ("A", "B", "C"), (Carrier("Post"), Carrier("Van", 5))
    lanes = (Lane("Post", "A", 1, 1), Lane("Van", "B", 1, 1), Lane("Van", "C", 1, 1))
    of = network_of(regions, np.array([9.0, 4.0, 3.0]), carriers, lanes)
    with pytest.raises(
        NotEnoughData, match="To B and C go 7 orders a day, and there is room for 5 with Van.*2 are left"
    ):
        best_allocation(of, 0.0)


def test_a_region_without_a_lane_is_named():
    with pytest.raises(NotEnoughData, match="No lane leads to South"):
        network(lanes=LANES[:1])
    assert best_allocation(network((5.0, 0.0), lanes=LANES[:1]), 0.0).orders.sum() == 5


def test_whole_regions_that_do_not_fit_say_why():
    carriers = (Carrier("Post", 4), Carrier("Express", 4))
    with pytest.raises(NotEnoughData, match="No carrier takes all 5 orders a day of North: the largest .* takes 4"):
        best_allocation(network(carriers=carriers), 0.0, whole=True)
    assert best_allocation(network(carriers=carriers), 0.0).orders.sum() == 8
    lanes = (*LANES, Lane("Express", "West", 1.0, 1.0), Lane("Post", "West", 1.0, 1.0))
    of = network_of(("North", "South", "West"), np.array([3.0, 3.0, 2.0]), carriers, lanes)
    with pytest.raises(NotEnoughData, match="Whole regions do not fit"):
        best_allocation(of, 0.0, whole=True)


def test_one_region_and_one_carrier_is_no_choice():
    of = network_of(("North",), np.array([2.5]), (Carrier("Post"),), LANES[:1])
    best = best_allocation(of, 1.0)
    assert (best.orders.tolist(), best.cost, best.days) == ([[2.5]], 5.0, 4.0)


def test_no_orders_are_carried_by_nobody():
    assert best_allocation(network((0.0, 0.0)), 1.0).orders.sum() == 0


@pytest.mark.parametrize("demand", [(float("nan"), 1.0), (-1.0, 1.0), (float("inf"), 1.0)])
def test_demand_that_is_no_number_is_refused(demand):
    with pytest.raises(ValueError, match="demand: expected a number from 0 on"):
        network(demand)


def test_without_carriers_there_is_no_network():
    with pytest.raises(NotEnoughData, match="No carrier is stated"):
        network(carriers=(), lanes=())
