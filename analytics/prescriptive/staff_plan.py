"""How many people handle the orders of each weekday, who has which days off, when shifts begin, what is left over."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.errors import NotEnoughData
from analytics.prescriptive.assumptions import Staff
from analytics.prescriptive.shift_plans import EARLIEST, Roster, Starts, roster, shift_patterns, shift_starts
from analytics.prescriptive.staff_demand import WEEKDAYS, WEEKS, WeekdayDemand
from analytics.shop import Shop

RUNS = 2_000
MOST_PEOPLE = 5_000
"""Beyond so many on a day the plan is not one of shifts that a person writes."""
WEEKS_A_YEAR = 365 / 7


@dataclass(frozen=True, eq=False)
class StaffPlan:
    """The roster for the weeks ahead.

    ``rows`` has a row per weekday: ``weekday``, ``expected`` orders, ``handled`` (how many those on duty can),
    ``needed``, ``on_duty`` and ``short`` people, ``spare`` (orders that could be handled beyond those expected),
    ``covered`` (0–1: that a day's orders are handled on that day, were nothing left over from before), ``left_over``
    (0–1: that some are left at its end, those of days before included) and ``mean_left`` (orders). ``patterns`` has a
    row per pattern that somebody works: ``people``, ``first``, ``last`` and ``off`` (days in words). ``starts`` has,
    where orders have clock times, a row per weekday: ``weekday``, ``starts`` (in words) and ``wait`` (hours). ``flat``
    is the roster for the same number of people on every open day. Amounts are missing where no wage is stated (the
    shop's currency, a week).
    """

    staff: Staff
    roster: Roster
    flat: Roster
    rows: pd.DataFrame
    patterns: pd.DataFrame
    starts: pd.DataFrame | None
    hours: pd.DataFrame | None
    wages: float
    flat_wages: float
    tiles: tuple[tuple[str, str, str], ...]
    sentence: str
    notes: str
    explained: str


def handled_by(people: np.ndarray, staff: Staff) -> np.ndarray:
    """Whole orders that so many people handle in a shift.

    >>> handled_by(np.array([0, 2]), Staff(minutes=7, hours=8)).tolist()
    [0.0, 137.0]
    """
    return np.floor(np.asarray(people) * staff.hours * 60 / staff.minutes + 1e-9)


def people_needed(demand: WeekdayDemand, staff: Staff) -> np.ndarray:
    """The fewest people on each weekday who handle its orders on that day with the service level.

    Raises
    ------
    NotEnoughData : more than can be planned by shifts.
    """
    each = staff.hours * 60 / staff.minutes
    needed = np.zeros(7, dtype=int)
    wanted = demand.quantile(staff.service_level)
    for day in np.flatnonzero(~demand.closed & (demand.expected > 0)):
        number = max(1, int(np.floor(wanted[day] / each)))
        while number > 1 and _covered(demand, staff, day, number - 1) >= staff.service_level:
            number -= 1
        while number <= MOST_PEOPLE and _covered(demand, staff, day, number) < staff.service_level:
            number += 1
        if number > MOST_PEOPLE:
            raise NotEnoughData(
                f"More than {MOST_PEOPLE:,} people would be needed on a {WEEKDAYS[day]}: an order of "
                f"{staff.minutes:g} minutes and a shift of {staff.hours:g} hours make no roster of shifts."
            )
        needed[day] = number
    return needed


def staff_plan(demand: WeekdayDemand, shop: Shop, staff: Staff, *, stated: bool = True) -> StaffPlan:
    """The fewest people whose shifts cover each weekday's orders at the service level, with days off.

    Parameters
    ----------
    stated : whether somebody stated what an order takes and how people work.

    Raises
    ------
    NotEnoughData : nobody may be had, or more are needed than can be planned.
    """
    if staff.most == 0:
        raise NotEnoughData("At most 0 people may be had, so no order is handled: allow at least one.")
    needed, patterns = people_needed(demand, staff), shift_patterns(staff.days_a_week, demand.closed)
    if not needed.any():
        raise NotEnoughData("No orders are expected in the weeks ahead, so nobody is needed to handle them.")
    own = roster(needed, patterns, staff.most)
    flat = roster(np.where(demand.closed, 0, needed.max()), patterns)
    rows = _rows(demand, staff, needed, own)
    starts, hours = _starts(demand, staff, own) if demand.hours is not None else (None, None)
    wages, flat_wages = (np.nan if staff.wage is None else r.shifts * staff.wage for r in (own, flat))
    told = (staff, own, flat, rows, _patterns(own), starts, hours, wages, flat_wages)
    tiles = _tiles(demand, staff, own, flat, rows, shop)
    said = _sentence(staff, own, flat, rows, wages, flat_wages, shop)
    return StaffPlan(*told, tiles, said, _notes(demand, staff, rows, stated, starts), _explained(demand, staff))


def _covered(demand: WeekdayDemand, staff: Staff, day: int, people: int) -> float:
    return float(demand.below(np.full(7, float(handled_by(people, staff))))[day])


def _rows(demand: WeekdayDemand, staff: Staff, needed: np.ndarray, own: Roster) -> pd.DataFrame:
    handled = handled_by(own.on_duty, staff)
    left, mean_left = _left_over(demand, handled)
    return pd.DataFrame(
        {
            "weekday": WEEKDAYS, "expected": demand.expected, "handled": handled, "needed": needed,
            "on_duty": own.on_duty, "short": own.short, "spare": handled - demand.expected,
            "covered": np.where(demand.closed, np.nan, demand.below(handled)),
            "left_over": np.where(demand.closed, np.nan, left), "mean_left": mean_left,
        }
    )  # fmt: skip


def _left_over(demand: WeekdayDemand, handled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How often, and how many, orders are left at the end of each weekday, those of the days before included."""
    chance = np.random.default_rng(0)
    came = demand.drawn(chance, RUNS)
    place, left = np.tile(np.arange(7), WEEKS), np.zeros((RUNS, WEEKS * 7))
    carried = np.zeros(RUNS)
    for day in (np.arange(WEEKS * 7) + demand.first.dayofweek) % (WEEKS * 7):  # in the order of time
        carried = np.maximum(carried + came[:, day] - handled[place[day]], 0.0)
        left[:, day] = carried
    by_day = left.reshape(RUNS, WEEKS, 7)
    return (by_day > 0).mean(axis=(0, 1)), by_day.mean(axis=(0, 1))


def _patterns(own: Roster) -> pd.DataFrame:
    found = []
    for people, works in zip(own.people, own.patterns, strict=True):
        if people:
            off = [WEEKDAYS[d] for d in np.flatnonzero(works == 0)]
            at_work = [WEEKDAYS[d] for d in np.flatnonzero(works)]
            found.append((int(people), ", ".join(d[:3] for d in at_work), ", ".join(off) or "None"))
    return pd.DataFrame(found, columns=["people", "works", "off"])


def _starts(demand: WeekdayDemand, staff: Staff, own: Roster) -> tuple[pd.DataFrame, pd.DataFrame]:
    """When the shifts of each weekday begin, and work and people by hour."""
    found, hours = [], []
    for day in np.flatnonzero(own.on_duty):
        work = demand.expected[day] * demand.hours[day] * staff.minutes / 60
        begun = shift_starts(work, int(own.on_duty[day]), staff.hours)
        found.append((WEEKDAYS[day], _in_words(begun), np.nan if begun is None else begun.wait))
        at_work = np.full(24, np.nan) if begun is None else begun.at_work
        waiting = np.full(24, np.nan) if begun is None else begun.waiting
        hours.append(
            pd.DataFrame(
                {"weekday": WEEKDAYS[day], "hour": range(24), "work": work, "at_work": at_work, "waits": waiting}
            )
        )
    return pd.DataFrame(found, columns=["weekday", "starts", "wait"]), pd.concat(hours, ignore_index=True)


def _in_words(begun: Starts | None) -> str:
    if begun is None:
        return "too few people for the day's work"
    hours = np.flatnonzero(begun.people)
    return ", ".join(f"{h}:00" if begun.people[h] == 1 else f"{begun.people[h]} × {h}:00" for h in hours)


def _tiles(
    demand: WeekdayDemand, staff: Staff, own: Roster, flat: Roster, rows: pd.DataFrame, shop: Shop
) -> tuple[tuple[str, str, str], ...]:
    week, worst = float(demand.expected.sum()), float(rows["covered"].min())
    found = [
        ("Orders a week", f"{week:,.0f}", f"mean of the next {WEEKS}; {week * staff.minutes / 60:,.0f} hours of work"),
        ("People", f"{own.size:,}", f"the same number every day: {flat.size:,}"),
        ("Least sure day", formats.percent(worst, 1), f"asked for: {formats.level(staff.service_level)}"),
        ("Hours used", formats.percent(_used(week, staff, own), 0), "of those at work, on average"),
    ]
    if staff.wage is not None:
        found.append(("Wages a week", formats.money(own.shifts * staff.wage, shop.currency), f"{own.shifts:,} shifts"))
    return tuple(found)


def _used(week: float, staff: Staff, own: Roster) -> float:
    return week * staff.minutes / 60 / (own.shifts * staff.hours) if own.shifts else float("nan")


def _sentence(
    staff: Staff, own: Roster, flat: Roster, rows: pd.DataFrame, wages: float, flat_wages: float, shop: Shop
) -> str:
    level = formats.level(staff.service_level)
    if own.short.any():
        named = [f"{row.weekday} {row.short}" for row in rows.itertuples() if row.short]
        too_few = f"{_people(own.size)} {'is' if own.size == 1 else 'are'} too few"
        return (
            f"{too_few} for {level} on every day: missing are {', '.join(named)}, "
            f"{_person_days(int(own.short.sum()))} a week. On {rows.loc[rows['left_over'].idxmax(), 'weekday']}s "
            f"orders are left over in {formats.percent(rows['left_over'].max(), 0)} of all weeks."
        )
    said = f"{_people(own.size)} handle every day's orders on that day in {level} of all cases"
    fewer = flat.size - own.size
    if fewer > 0:
        said += f", {fewer:,} fewer than with the same number every day"
        saved = flat_wages - wages
        said += f", {formats.money(saved, shop.currency)} of wages a week" if np.isfinite(saved) else ""
    elif flat.size == own.size:
        said += ": as many as with the same number every day"
    return f"{said}."


def _notes(demand: WeekdayDemand, staff: Staff, rows: pd.DataFrame, stated: bool, starts: pd.DataFrame | None) -> str:
    said = []
    if not stated:
        said.append(f"That an order takes {staff.minutes:g} minutes is assumed until you state it in Settings.")
    if staff.wage is None:
        said.append("No wage is stated, so people are counted and not money.")
    if closed := [WEEKDAYS[d] for d in np.flatnonzero(demand.closed)]:
        said.append(f"The shop is closed on {' and '.join(f'{d}s' for d in closed)}: nobody works then.")
    if demand.shut:
        said.append(
            f"{demand.shut} days of these weeks are expected to be shut, as in years before; they are left out."
        )
    if starts is None:
        said.append("Orders have no clock times, so when shifts begin is not told.")
    said.append(
        f"Error of four weeks' orders in the past {formats.percent(demand.wape)}, by the last week again "
        f"{formats.percent(demand.naive_wape)}."
    )
    return " ".join(said)


def _explained(demand: WeekdayDemand, staff: Staff) -> str:
    return (
        f"Orders of the next {WEEKS} weeks by {demand.method.lower()}, of the quick methods the one least wrong in "
        "the past. A day scatters around that as a negative binomial with the scatter of days and the error of past "
        f"forecasts, put right by where past days lay in it. People: the fewest who in a shift of {staff.hours:g} "
        f"hours, {staff.minutes:g} minutes an order, handle a weekday's orders with the service level. Shifts: "
        f"everybody works {staff.days_a_week} open days in a row; the fewest people whose patterns cover all weekdays "
        f"are an integer programme (HiGHS). Left over: {RUNS:,} runs of the weeks ahead in which what is left is "
        f"handled first on the next day. Shifts begin so that the least work waits, between {EARLIEST} and 24 o'clock."
    )


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _person_days(number: int) -> str:
    return "1 day of work" if number == 1 else f"{number:,} days of work"
