"""Rosters are the smallest that trying everything finds, cover what they promise, and say what is missing."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from resource_shops import NO_EVENTS, given, orders_of

from analytics.errors import NotEnoughData
from analytics.prescriptive.assumptions import Staff
from analytics.prescriptive.count_spread import CountSpread
from analytics.prescriptive.shift_plans import Starts, roster, shift_patterns, shift_starts
from analytics.prescriptive.staff_demand import WEEKS, WeekdayDemand, weekday_demand
from analytics.prescriptive.staff_plan import handled_by, people_needed, staff_plan

OPEN = np.zeros(7, dtype=bool)
MONDAY = pd.Timestamp("2026-03-02")


def demanded(expected: float | list[float] = 40.0, drift: float = 0.0, closed: tuple[int, ...] = ()) -> WeekdayDemand:
    """So many orders on each weekday, by chance alone unless their level drifts."""
    days = np.tile(np.broadcast_to(np.asarray(expected, dtype="float64"), 7), (WEEKS, 1)).copy()
    shut = np.isin(np.arange(7), closed)
    days[:, shut] = 0.0
    spread = CountSpread(np.ones(1), np.full(1, drift), np.array([]))
    hours = np.full((7, 24), 1 / 24)
    return WeekdayDemand(days, spread, shut, hours, "Theta", 0.05, 0.06, MONDAY)


def smallest_by_trying(needed: np.ndarray, patterns: np.ndarray) -> int:
    """The fewest people that cover every weekday, of all combinations of patterns."""
    for size in range(int(needed.sum()) + 1):
        for chosen in itertools.combinations_with_replacement(range(len(patterns)), size):
            if (patterns[list(chosen)].sum(axis=0) >= needed).all():
                return size
    raise AssertionError("unreachable")


@pytest.mark.parametrize("days", [1, 2, 3, 4, 5, 6, 7])
def test_the_smallest_roster_is_that_of_trying_everything(days):
    chance = np.random.default_rng(days)
    for _ in range(6):
        closed = chance.random(7) < 0.2
        closed[0] = False
        needed = np.where(closed, 0, chance.integers(0, 2 if days < 3 else 3, 7))
        patterns = shift_patterns(days, closed)
        found = roster(needed, patterns)
        assert found.size == smallest_by_trying(needed, patterns), (needed, closed)
        assert (found.on_duty >= needed).all()
        assert (found.short == 0).all()


def test_everybody_works_so_many_open_days_in_a_row():
    assert shift_patterns(5, OPEN).sum(axis=1).tolist() == [5] * 7
    assert len(shift_patterns(7, OPEN)) == 1
    closed = np.isin(np.arange(7), [5])
    assert shift_patterns(5, closed).sum(axis=1).tolist() == [5] * 6
    assert shift_patterns(5, closed)[:, 5].sum() == 0
    assert shift_patterns(3, ~OPEN).shape == (0, 7)


def test_too_few_people_leave_as_little_as_can_be_uncovered_and_spread_it():
    needed = np.array([4, 3, 4, 4, 5, 6, 6])
    found = roster(needed, shift_patterns(5, OPEN), most=5)
    assert found.size == 5
    assert found.short.sum() == needed.sum() - 25, "nobody stands where nobody is needed"
    assert (found.short / needed).max() <= 0.5
    assert roster(needed, shift_patterns(5, OPEN), most=0).short.tolist() == needed.tolist()


def test_nobody_is_needed_where_nothing_is():
    assert roster(np.zeros(7, dtype=int), shift_patterns(5, OPEN)).size == 0
    with pytest.raises(ValueError, match="needed: expected nobody on days without a pattern"):
        roster(np.ones(7, dtype=int), shift_patterns(5, np.isin(np.arange(7), [6])))


def test_people_handle_a_days_orders_with_the_service_level():
    demand, chance = demanded(40.0), np.random.default_rng(1)
    for staff in (Staff(minutes=30), Staff(minutes=60, service_level=0.99), Staff(minutes=12, hours=7.5)):
        needed = people_needed(demand, staff)
        came = chance.poisson(40, 40_000)
        assert (came <= handled_by(needed[0], staff)).mean() >= staff.service_level - 0.01
        assert (came <= handled_by(needed[0] - 1, staff)).mean() < staff.service_level


def test_days_on_which_the_shop_is_shut_are_no_success():
    shut = demanded(40.0)
    shut.days[1:, 0] = 0.0
    assert people_needed(shut, Staff(minutes=30))[0] == people_needed(demanded(40.0), Staff(minutes=30))[0]
    assert shut.shut == WEEKS - 1


def test_a_closed_weekday_has_nobody_and_no_figures():
    plan = staff_plan(demanded(40.0, closed=(5,)), None, Staff(minutes=30))
    row = plan.rows.set_index("weekday").loc["Saturday"]
    assert row["needed"] == row["on_duty"] == 0
    assert np.isnan(row["covered"]) and np.isnan(row["left_over"])
    assert "closed on Saturdays" in plan.notes


def test_what_is_left_over_is_carried_to_the_next_day():
    demand = demanded([60, 30, 30, 30, 30, 30, 30])
    plan = staff_plan(demand, None, Staff(minutes=30, most=3))
    assert plan.roster.short.any()
    left = plan.rows.set_index("weekday")
    assert left.loc["Monday", "left_over"] > 0.3
    assert "too few" in plan.sentence
    assert "days of work a week" in plan.sentence or "day of work a week" in plan.sentence


def test_a_roster_by_weekday_needs_no_more_than_the_same_number_every_day(hand_shop):
    plan = staff_plan(demanded([20, 20, 20, 20, 20, 90, 90]), hand_shop, Staff(minutes=30, wage=100.0))
    assert plan.roster.size < plan.flat.size
    assert plan.wages == plan.roster.shifts * 100
    assert "fewer than with the same number every day" in plan.sentence
    even = staff_plan(demanded(40.0), hand_shop, Staff(minutes=30))
    assert even.roster.size == even.flat.size
    assert np.isnan(even.wages)
    assert "No wage is stated" in even.notes


def test_nobody_may_be_had_is_refused():
    with pytest.raises(NotEnoughData, match="At most 0 people"):
        staff_plan(demanded(), None, Staff(most=0))


def test_an_order_that_takes_longer_than_a_shift_makes_no_roster():
    with pytest.raises(NotEnoughData, match="More than 5,000 people"):
        staff_plan(demanded(4_000.0), None, Staff(minutes=1440, hours=8))


def tried(work: np.ndarray, starts: list[int], hours: int) -> float:
    """The work that waits when shifts begin so, over days that are all like this one."""
    there, left, total = np.zeros(24), 0.0, 0.0
    for start in starts:
        there[start : start + hours] += 1
    for _ in range(30):
        total = 0.0
        for hour in range(24):
            left = max(0.0, left + work[hour] - there[hour])
            total += left
    return total


def test_shifts_begin_where_the_least_work_waits_of_all_ways_to_begin():
    chance = np.random.default_rng(3)
    for _ in range(4):
        work = chance.random(24) * np.where(np.arange(24) > 7, 1.0, 0.1)
        work *= 12 / work.sum()
        found = shift_starts(work, 2, 8)
        ways = itertools.combinations_with_replacement(range(6, 17), 2)
        assert found.waiting.sum() == pytest.approx(min(tried(work, list(way), 8) for way in ways), abs=0.02)
        assert found.people.sum() == 2


def test_shifts_that_are_too_few_for_a_days_work_have_no_beginning():
    assert shift_starts(np.full(24, 1.0), 2, 8) is None
    assert shift_starts(np.full(24, 0.1), 0, 8) is None
    long = shift_starts(np.full(24, 0.5), 1, 18)
    assert isinstance(long, Starts) and long.people[6] == 1


def told(orders: pd.DataFrame) -> WeekdayDemand:
    shop, filters, daily, dispersions = given(orders)
    return weekday_demand(orders, daily, dispersions, NO_EVENTS, filters, shop)


def test_orders_by_weekday_and_hour_are_those_of_the_shop():
    orders = orders_of(days=210, closed=(6,))
    found = told(orders)
    assert found.closed.tolist() == [False] * 6 + [True]
    assert found.expected[:6] == pytest.approx(np.full(6, 20.0), rel=0.2)
    assert found.expected[6] == 0
    assert found.hours.sum(axis=1) == pytest.approx(np.ones(7))
    assert found.hours[:, :8].sum() < 0.01
    assert found.first == orders["date"].max() + pd.Timedelta(days=1)


def test_orders_without_clock_times_have_no_hours():
    orders = orders_of(days=150)
    assert told(orders.drop(columns="order_minute")).hours is None
    assert told(orders.assign(order_minute=0)).hours is None, "a clock that stands still is none"
    plan = staff_plan(told(orders.drop(columns="order_minute")), None, Staff())
    assert plan.starts is None
    assert "no clock times" in plan.notes


def test_three_weeks_and_no_orders_are_refused():
    with pytest.raises(NotEnoughData, match="days of orders are too few"):
        told(orders_of(days=21))
    shop, filters, daily, dispersions = given(orders_of(days=150))
    with pytest.raises(NotEnoughData, match="There are no orders"):
        weekday_demand(orders_of(), daily * 0, dispersions, NO_EVENTS, filters, shop)


def test_texts_hold_no_missing_numbers(hand_shop):
    for staff in (Staff(), Staff(wage=80.0, minutes=45), Staff(most=1, minutes=60)):
        plan = staff_plan(demanded(), hand_shop, staff)
        assert "nan" not in f"{plan.sentence} {plan.notes} {plan.explained} {plan.tiles}"


def test_a_demand_is_known_by_its_figures():
    assert repr(demanded()) == repr(demanded())
    assert repr(replace(demanded(), days=demanded(41.0).days)) != repr(demanded())
