"""Days in the past at which customers' values were forecast as they could have been then, and what became of them."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.periods import day_label
from analytics.predictive.customer_histories import customer_histories
from analytics.predictive.shop_clock import orders_by_day, shop_clock
from analytics.predictive.value_methods import Known, Lesson
from analytics.shop import Shop

HORIZONS = (12, 6, 3, 1)
"""Months ahead that can be asked for; the longest that the history allows is taken unasked."""
STEPS, SHORTEST_STEP_DAYS = 4, 61
"""Of a horizon: earlier cut-offs lie a quarter of it apart, or two months, so that six of them see all seasons."""
MOST_CUT_OFFS = 6
LOOKED_AT = 30_000
"""Of larger shops so many customers, about, are looked at for lessons and at earlier cut-offs."""


@dataclass(frozen=True)
class Span:
    """So many ``months`` ahead of ``seen_to``, which are ``days``; before it lie ``known`` days with data."""

    seen_to: date
    months: int
    days: int
    known: int

    @property
    def until(self) -> date:
        """The last day ahead."""
        return self.seen_to + timedelta(days=self.days)

    @property
    def lesson_days(self) -> int:
        """How long a lesson goes on that leaves as many days or more for what is known before it."""
        return min(self.days, self.known // 2)


@dataclass(frozen=True)
class Past:
    """The orders of a shop as they were known on some day; ``by_day`` counts them from ``first_day`` on."""

    orders: ir.Table | pd.DataFrame = field(repr=False)
    by_day: np.ndarray = field(repr=False)
    first_day: date
    every: int

    def known(self, span: Span, *, outcome: bool = True, lesson: bool = True, every: int = 1) -> Known:
        """What was known at the end of the span's past; with what then happened where it is asked for."""
        taught = span.seen_to - timedelta(days=span.lesson_days)
        as_long = (taught - self.first_day).days + 1
        lately = min(span.days, span.known)
        histories = customer_histories(
            self.orders,
            span.seen_to,
            span.until if outcome else None,
            recent_from=span.seen_to - timedelta(days=as_long - 1),
            lately_from=span.seen_to - timedelta(days=lately - 1),
            every=every,
        )
        told = None
        if lesson and as_long > 0:
            seen = customer_histories(self.orders, taught, span.seen_to, every=self.every)
            told = Lesson(seen, span.lesson_days)
        clock = shop_clock(self.by_day, self.first_day, span.seen_to)
        return Known(histories, span.seen_to, lately, clock, told)


def past_of(orders: ir.Table | pd.DataFrame, shop: Shop) -> Past:
    """The past of a shop up to its last complete day."""
    every = max(1, math.ceil(shop.customer_keys / LOOKED_AT))
    return Past(orders, orders_by_day(orders, shop.first_day, shop.today), shop.first_day, every)


def spans(shop: Shop, months: int | None) -> tuple[Span, Span]:
    """The time after the last complete day, and the last one of the past of the same length.

    Raises
    ------
    ValueError : a horizon that is not offered.
    NotEnoughData : before the time to be forecast in the past would lie fewer days than in it.
    """
    if months is not None and months not in HORIZONS:
        raise ValueError(f"horizon_months: expected one of {', '.join(map(str, HORIZONS))}, got {months!r}")
    fitting = fitting_horizons(shop)
    if not fitting or (months is not None and months not in fitting):
        asked = months or HORIZONS[-1]
        raise NotEnoughData(
            f"The data begin on {day_label(shop.first_day)}: to say what customers bring in {months_label(asked)}, and "
            f"how wrong that is, takes {months_label(2 * asked)} of orders, half to learn from and half to be held "
            "against."
        )
    chosen = months or fitting[0]
    past = months_before(shop.today, chosen)
    ahead = (months_before(shop.today, -chosen) - shop.today).days
    return _span(shop, shop.today, chosen, ahead), _span(shop, past, chosen, (shop.today - past).days)


def fitting_horizons(shop: Shop) -> list[int]:
    """The horizons, longest first, of which as long a past lies before the last time of that length."""
    return [months for months in HORIZONS if _fits(shop, months)]


def earlier_spans(shop: Shop, last: Span) -> list[Span]:
    """Earlier ones of the same length, newest first, before which at least half as many days lie."""
    step = max(SHORTEST_STEP_DAYS, last.days // STEPS)
    days = [last.seen_to - timedelta(days=step * n) for n in range(1, MOST_CUT_OFFS)]
    found = [_span(shop, day, last.months, last.days) for day in days]
    return [span for span in found if span.known >= last.days / 2]


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last; negative is later.

    >>> months_before(date(2026, 10, 31), 6), months_before(date(2026, 10, 31), -4)
    (datetime.date(2026, 4, 30), datetime.date(2027, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def months_label(months: int) -> str:
    """How many months, in words.

    >>> months_label(1), months_label(12)
    ('1 month', '12 months')
    """
    return "1 month" if months == 1 else f"{months} months"


def _fits(shop: Shop, months: int) -> bool:
    """By months, not days: the half with a 29 February may be the later one."""
    return shop.first_day <= months_before(shop.today, 2 * months) + timedelta(days=1)


def _span(shop: Shop, seen_to: date, months: int, days: int) -> Span:
    return Span(seen_to, months, days, (seen_to - shop.first_day).days + 1)
