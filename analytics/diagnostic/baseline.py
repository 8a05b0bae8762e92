"""What a period is held against when one asks why it differs: one period, or the mean of several."""

from dataclasses import dataclass
from datetime import date, timedelta

from analytics.errors import NotEnoughData
from analytics.filters import COMPARED_WITH, Filters
from analytics.periods import Period, day_label
from analytics.shop import Shop

AGAINST = {"previous": "Period before", "last_year": "Last year", "usual": "Usual weeks", "days": "Other days"}
"""Name in the code → name on screen and in the URL. Other days are given by the first of them."""
USUAL_PERIODS, FEWEST_USUAL_PERIODS = 4, 2
"""How many earlier periods the usual is the mean of, at most and at least."""


@dataclass(frozen=True)
class Baseline:
    """The period in question and what it is held against: ``periods``, whose sums are averaged where there are many."""

    name: str
    value: Period
    periods: tuple[Period, ...]

    @property
    def all(self) -> dict[str, Period]:
        """Every period by the name it has in questions: ``value``, ``before1``, ``before2``…"""
        return {"value": self.value} | dict(zip(self.names, self.periods, strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the periods held against."""
        return tuple(f"before{n}" for n in range(1, len(self.periods) + 1))

    def words(self) -> str:
        """What is held against, as a reader would say it.

        >>> from datetime import date
        >>> week = Period(date(2026, 3, 9), date(2026, 3, 15))
        >>> Baseline("previous", week, (week.shifted(-7),)).words()
        'the period before (2 Mar – 8 Mar 2026)'
        """
        if self.name == "usual":
            number, days = len(self.periods), self.value.days
            if days in (1, 7):
                return f"the mean of the {number} {f'{self.value.start:%A}s' if days == 1 else 'weeks'} before"
            first = min(period.start for period in self.periods)
            return f"the mean of the same weekdays of {number} periods since {day_label(first)}"
        if self.name == "days":
            return self.periods[0].label()
        return f"{COMPARED_WITH[self.name]} ({self.periods[0].label()})"


def baseline(filters: Filters, shop: Shop, against: str | None = None) -> Baseline:
    """What the filters' period is held against.

    Parameters
    ----------
    against : one of ``AGAINST`` but the last, or a day (ISO) with which as many other days begin; without it the first
        comparison of the filters that the data have.

    Raises
    ------
    ValueError : neither a name nor a day.
    NotEnoughData : the data do not reach back so far, or the period ends in a day that is only partly there.
    """
    since = _day(against) if against not in (None, *_NAMED) else None
    if filters.period.end > shop.today:
        raise NotEnoughData(
            f"{day_label(filters.period.end)} is only partly in the data, so the period cannot be compared: "
            f"end it on {day_label(shop.today)} or before."
        )
    if since is not None:
        return Baseline("days", filters.period, (_other_days(filters.period, since, shop),))
    offered = Filters(filters.period, "both").comparisons_in(shop.days, shop.today)
    if against == "usual":
        return Baseline("usual", filters.period, _usual_periods(filters.period, shop))
    made = filters.comparisons_in(shop.days, shop.today)
    name = against or next(iter(made or offered), "previous")
    if name == "last_year" and name not in offered:  # a period of a year is named once, see Filters.comparisons
        name = "previous" if filters.period.days >= 360 and "previous" in offered else name
    if name not in offered:
        raise NotEnoughData(
            f"The data begin on {day_label(shop.first_day)}, too late for that comparison: "
            "choose a later or shorter period, or another one to hold it against."
        )
    return Baseline(name, filters.period, (offered[name],))


_NAMED = tuple(AGAINST)[:-1]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"against: expected one of {', '.join(_NAMED)} or a day, got {text!r}") from None


def _other_days(period: Period, since: date, shop: Shop) -> Period:
    """As many days as the period has, from a day on; a day may not be held against itself."""
    other = Period(since, since + timedelta(period.days - 1))
    if not Period(shop.first_day, shop.today).contains(other):
        raise NotEnoughData(
            f"{other.label()} is not wholly in the data, which are complete from {day_label(shop.first_day)} to "
            f"{day_label(shop.today)}: choose another first day, or a shorter period."
        )
    if other.start <= period.end and period.start <= other.end:
        raise NotEnoughData(
            f"{other.label()} and {period.label()} share days, which cannot be held against themselves: choose another "
            "first day."
        )
    return other


def _usual_periods(period: Period, shop: Shop) -> tuple[Period, ...]:
    """The last whole weeks before, cut to the same weekdays; none overlaps another."""
    step = 7 * -(-period.days // 7)
    earlier = [period.shifted(-step * n) for n in range(1, USUAL_PERIODS + 1)]
    found = tuple(one for one in earlier if one.start >= shop.first_day)
    if len(found) < FEWEST_USUAL_PERIODS:
        raise NotEnoughData(
            f"The usual is the mean of at least {FEWEST_USUAL_PERIODS} earlier periods of this length, and the data "
            f"begin on {day_label(shop.first_day)}: choose a shorter or later period."
        )
    return found
