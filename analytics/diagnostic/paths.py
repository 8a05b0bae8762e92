"""Ways down from the whole shop to a part of it: which levels they have, and where one stands on them."""

from dataclasses import replace
from datetime import date

from analytics.descriptive.needs import need_customers, need_dimension
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period, bucket_end, bucket_start
from analytics.shop import DIMENSIONS, Shop

CALENDAR = {"year": "Year", "quarter": "Quarter", "month": "Month"}
CUSTOMERS = "customers"
STEPS = DIMENSIONS | CALENDAR | {CUSTOMERS: "Customer"}
"""Everything that can be a level, with its name on screen."""

OWN = "own"
PATHS = {
    "place": ("region", "segment"),
    "calendar": ("year", "quarter", "month"),
    "range": ("category", "channel", "segment"),
    "buyers": ("segment", "age_group", CUSTOMERS),
}
"""The paths by name, with their levels from the top; beside them there is one of ``OWN`` choice."""


def path_title(steps: tuple[str, ...]) -> str:
    """A path as one reads it.

    >>> path_title(("segment", "age_group", "customers"))
    'Segment → age group → customers'
    """
    words = [STEPS[step] if step != CUSTOMERS else "customers" for step in steps]
    return " → ".join([words[0], *(word.lower() for word in words[1:])])


def need_step(step: str, shop: Shop) -> None:
    """Refuse a level that the shop's data do not have.

    Raises
    ------
    ValueError : it is no level.
    NotEnoughData : the orders do not carry it; the sentence says what to add.
    """
    if step not in STEPS:
        raise ValueError(f"step: expected one of {', '.join(STEPS)}, got {step!r}")
    if step == CUSTOMERS:
        need_customers(shop)
    elif step in DIMENSIONS:
        need_dimension(step, shop)


def need_path(steps: tuple[str, ...], shop: Shop) -> None:
    """Refuse a path of which the shop's data lack a level, however deep: it would lead nowhere.

    Raises
    ------
    NotEnoughData : the orders do not carry a level; the sentence says what to add.
    """
    if not steps:
        raise NotEnoughData("This path has no level yet: choose what to break down by first, and what by then.")
    for step in steps:
        need_step(step, shop)


def members_of_step(step: str, filters: Filters, shop: Shop) -> tuple[str, ...]:
    """What there is to choose on a level for who stands in these filters; customers are not chosen by name.

    Parameters
    ----------
    filters : where one stands above the level.
    """
    if step in CALENDAR:
        return tuple(label for label, _ in calendar_spans(step, filters.period))
    kept = filters.members.get(step)
    return tuple(m for m in shop.members.get(step, ()) if not kept or m in kept)


def standing(filters: Filters, steps: tuple[str, ...], chosen: tuple[str, ...]) -> Filters:
    """The filters of who has gone down by the members chosen, one for each of the first levels.

    >>> west = standing(Filters(Period(date(2026, 1, 1), date(2026, 3, 31))), ("month", "region"), ("Feb 2026", "West"))
    >>> west.period.label(), west.region
    ('1 Feb – 28 Feb 2026', ('West',))

    Raises
    ------
    ValueError : a year, quarter or month that is not in the period.
    """
    for step, member in zip(steps, chosen, strict=False):
        if step in CALENDAR:
            spans = dict(calendar_spans(step, filters.period))
            if member not in spans:
                raise ValueError(f"{step}: expected one of {', '.join(spans)}, got {member!r}")
            filters = replace(filters, period=spans[member])
        else:
            filters = replace(filters, **{step: (member,)})
    return filters


def calendar_spans(step: str, period: Period) -> list[tuple[str, Period]]:
    """The years, quarters or months that a period touches, by name, with those of their days that lie in it.

    >>> [(name, days.label()) for name, days in calendar_spans("quarter", Period(date(2026, 2, 9), date(2026, 4, 2)))]
    [('Q1 2026', '9 Feb – 31 Mar 2026'), ('Q2 2026', '1 Apr – 2 Apr 2026')]
    """
    spans, start = [], period.start
    while start <= period.end:
        whole = whole_span(step, start)
        spans.append((span_label(step, start), Period(start, min(whole.end, period.end))))
        if whole.end >= period.end:
            break
        start = date.fromordinal(whole.end.toordinal() + 1)
    return spans


def whole_span(step: str, day: date) -> Period:
    """The year, quarter or month that a day lies in."""
    if step == "year":
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    start = bucket_start(day, step)
    return Period(start, bucket_end(start, step))


def span_label(step: str, day: date) -> str:
    """The name of the year, quarter or month that a day lies in.

    >>> [span_label(step, date(2026, 5, 1)) for step in CALENDAR]
    ['2026', 'Q2 2026', 'May 2026']
    """
    if step == "year":
        return str(day.year)
    return f"Q{(day.month + 2) // 3} {day.year}" if step == "quarter" else f"{day:%b} {day.year}"
