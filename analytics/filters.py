"""The filters in force: one frozen value with three faces, a predicate, a sentence and a URL query."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import date

import ibis
import ibis.expr.types as ir

from analytics.periods import Period, by_calendar, last_year_period, previous_period
from analytics.shop import DIMENSIONS

COMPARISONS = {
    "both": "Previous and last year",
    "previous": "Previous period",
    "last_year": "Same period last year",
    "none": "Nothing",
}
"""Name in the code → name on screen and in the URL."""
COMPARED_WITH = {"previous": "the period before", "last_year": "last year"}
"""The name of a single comparison → how a sentence calls it."""
CUSTOM_PERIOD = "Custom"


@dataclass(frozen=True)
class Filters:
    """A closed period of days, the comparison asked for, and the members kept per dimension (none = all).

    >>> f = Filters(Period(date(2026, 9, 2), date(2026, 11, 30)), region=("West",))
    >>> f.sentence()  # doctest: +NORMALIZE_WHITESPACE
    '2 Sep – 30 Nov 2026 · West · all segments · compared with 4 Jun – 1 Sep 2026 and 3 Sep – 1 Dec 2025
    (52 weeks earlier)'
    """

    period: Period
    compare: str = "both"
    region: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    payment_method: tuple[str, ...] = ()
    age_group: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.compare not in COMPARISONS:
            raise ValueError(f"compare: expected one of {', '.join(COMPARISONS)}, got {self.compare!r}")

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """The dimensions that are narrowed, with the members kept."""
        return {d: getattr(self, d) for d in DIMENSIONS if getattr(self, d)}

    def comparisons(self) -> dict[str, Period]:
        """The periods compared with, by name (``previous``, ``last_year``), as asked for.

        Where both are the same days (a period of a year) they are named once.
        """
        both = {"previous": previous_period(self.period), "last_year": last_year_period(self.period)}
        asked = {name: period for name, period in both.items() if self.compare in (name, "both")}
        if len(set(asked.values())) < len(asked):
            del asked["last_year"]
        return asked

    def comparisons_in(self, data: Period, today: date) -> dict[str, Period]:
        """Those that can be made: with periods that lie in the data, of one that does not end in a day yet to end.

        Parameters
        ----------
        data : the days that there are.
        today : the last complete one.
        """
        if self.period.end > today:
            return {}
        return {name: period for name, period in self.comparisons().items() if data.contains(period)}

    def without_period(self) -> "Filters":
        """The same members over no particular time: one value for all periods, so that answers can be shared."""
        return replace(self, period=_ALL_TIME, compare="none")

    def narrowed(self, members: Mapping[str, str]) -> "Filters":
        """The same view of one member of each of some dimensions."""
        return replace(self, **{dimension: (member,) for dimension, member in members.items()})

    def in_one_order(self) -> "Filters":
        """The same view with its members in one order: those chosen otherwise are the same question."""
        return replace(self, **{d: tuple(sorted(set(kept))) for d, kept in self.members.items()})

    def within(self, orders: ir.Table) -> ir.Table:
        """The rows of the members kept, over all time."""
        narrowed = [orders[d].isin(kept) for d, kept in self.members.items()]
        return orders.filter(narrowed) if narrowed else orders

    def sentence(
        self, data: Period | None = None, dimensions: Container[str] = DIMENSIONS, today: date | None = None
    ) -> str:
        """What is looked at and against what, as a reader would say it.

        Comparisons that cannot be made (see ``comparisons_in``) with the ``data``, the days that there are, are not
        claimed; nor are all members of a dimension that is not among the shop's ``dimensions``. Without ``today`` the
        last day of the data is complete.
        """
        whole = {d: (f"all {plural}",) for d, plural in _PLURAL.items() if d in dimensions}
        kept = [", ".join(members) for members in (whole | self.members).values()]
        made = self.comparisons() if data is None else self.comparisons_in(data, today or data.end)
        return " · ".join([self.period.label(), *kept, *self._compared_with(made)])

    def kept(self) -> str:
        """The members looked at, in words; empty where all are."""
        return " · ".join(", ".join(members) for members in self.members.values())

    def query(self) -> dict[str, str | list[str]]:
        """The same as URL parameters: what a link to this view carries."""
        days = {"period": CUSTOM_PERIOD, "days": [self.period.start.isoformat(), self.period.end.isoformat()]}
        return days | {"compare": COMPARISONS[self.compare]} | {d: list(m) for d, m in self.members.items()}

    def _compared_with(self, made: dict[str, Period]) -> list[str]:
        ranges = {name: period.label() for name, period in made.items()}
        if "last_year" in ranges and not by_calendar(self.period):
            ranges["last_year"] += " (52 weeks earlier)"
        return [f"compared with {' and '.join(ranges.values())}"] if ranges else []


def in_period(orders: ir.Table, period: Period) -> ir.BooleanValue:
    """Whether a row's day lies in the closed period."""
    return orders.date.between(ibis.date(period.start.isoformat()), ibis.date(period.end.isoformat()))


_PLURAL = {"region": "regions", "segment": "segments"}
_ALL_TIME = Period(date.min, date.max)
