"""Closed intervals of days, the presets a visitor picks, and what each is compared with."""

from dataclasses import dataclass
from datetime import date, timedelta

GRANULARITIES = ("day", "week", "month", "quarter")
DAYS_A_YEAR = 365.25
DAYS_A_MONTH = DAYS_A_YEAR / 12
DAYS_IN_52_WEEKS = 364
ABOUT_A_YEAR = 360
"""Days from which a period moved by 52 weeks would overlap itself, or nearly."""


@dataclass(frozen=True, order=True)
class Period:
    """A closed interval of days: both ends belong to it.

    >>> Period(date(2026, 1, 1), date(2026, 1, 31)).days
    31
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"end: expected a day on or after the start {self.start}, got {self.end}")

    @property
    def days(self) -> int:
        """Number of days, both ends counted."""
        return (self.end - self.start).days + 1

    def shifted(self, days: int) -> "Period":
        """The same length, moved; negative is earlier."""
        return Period(self.start + timedelta(days), self.end + timedelta(days))

    def contains(self, other: "Period") -> bool:
        """Whether every day of the other lies in this one."""
        return self.start <= other.start and other.end <= self.end

    def label(self) -> str:
        """The interval as people write it.

        >>> Period(date(2026, 9, 2), date(2026, 11, 30)).label()
        '2 Sep – 30 Nov 2026'
        >>> Period(date(2025, 12, 31), date(2026, 1, 1)).label()
        '31 Dec 2025 – 1 Jan 2026'
        """
        if self.start == self.end:
            return day_label(self.start)
        first = f"{self.start.day} {self.start:%b}" if self.start.year == self.end.year else day_label(self.start)
        return f"{first} – {day_label(self.end)}"


def day_label(day: date) -> str:
    """A day without leading zeros: ``2 Sep 2026``."""
    return f"{day.day} {day:%b} {day.year}"


def previous_period(period: Period) -> Period:
    """The same number of days, immediately before."""
    return period.shifted(-period.days)


def last_year_period(period: Period) -> Period:
    """The corresponding days a year earlier.

    A period that begins on the first of a month (a month, a quarter, the year to date) or spans about a year is
    compared with the same dates, as people mean it. Any other is moved by 52 weeks, so that it holds the same
    weekdays: a shop that closes on Saturdays would otherwise be compared with a different number of open days.

    >>> last_year_period(Period(date(2026, 10, 1), date(2026, 10, 31))).label()
    '1 Oct – 31 Oct 2025'
    >>> last_year_period(Period(date(2026, 10, 2), date(2026, 10, 31))).start
    datetime.date(2025, 10, 3)
    """
    return Period(last_year_day(period.start, period), last_year_day(period.end, period))


def last_year_day(day: date, period: Period) -> date:
    """The day a year earlier that a day of the period is compared with; 29 February and the 28th share one.

    >>> february = Period(date(2024, 2, 1), date(2024, 2, 29))
    >>> last_year_day(date(2024, 2, 29), february)
    datetime.date(2023, 2, 28)
    """
    return _year_before(day) if by_calendar(period) else day - timedelta(DAYS_IN_52_WEEKS)


def by_calendar(period: Period) -> bool:
    """Whether last year means the same dates; otherwise it means the same weekdays, 52 weeks earlier."""
    return period.start.day == 1 or period.days >= ABOUT_A_YEAR


WHOLE_PRESETS = {"Last month": "month", "Last quarter": "quarter"}
"""The last whole ones of the calendar; all other presets end today."""
PRESETS = ("7d", "30d", "90d", "12m", "MTD", "YTD", "All", *WHOLE_PRESETS)
"""As written on screen and in the URL."""


def preset_period(preset: str, first_day: date, today: date) -> Period:
    """The days of a preset, counted back from ``today`` (the last complete day) and never before the first day.

    Raises
    ------
    ValueError : no preset of that name, or the data begin after its last day (see ``offered_presets``).

    >>> preset_period("Last month", date(2025, 1, 1), date(2026, 3, 30)).label()
    '1 Feb – 28 Feb 2026'
    >>> preset_period("Last quarter", date(2025, 1, 1), date(2026, 3, 31)).label()
    '1 Jan – 31 Mar 2026'
    """
    if preset in WHOLE_PRESETS:
        whole = _last_whole(WHOLE_PRESETS[preset], today)
        return Period(max(whole.start, first_day), whole.end)
    starts = {
        "7d": today - timedelta(6),
        "30d": today - timedelta(29),
        "90d": today - timedelta(89),
        "12m": _year_before(today) + timedelta(1),
        "MTD": today.replace(day=1),
        "YTD": today.replace(month=1, day=1),
        "All": first_day,
    }
    if preset not in starts:
        raise ValueError(f"preset: expected one of {', '.join(PRESETS)}, got {preset!r}")
    return Period(min(max(starts[preset], first_day), today), today)


def offered_presets(first_day: date, today: date) -> list[str]:
    """The presets that have a day in the data: of a young shop, last month may have none."""
    young = [preset for preset, length in WHOLE_PRESETS.items() if _last_whole(length, today).end < first_day]
    return [preset for preset in PRESETS if preset not in young]


def _last_whole(granularity: str, today: date) -> Period:
    """The last month or quarter that is over: on its last day, the one that ends."""
    end = bucket_start(today + timedelta(1), granularity) - timedelta(1)
    return Period(bucket_start(end, granularity), end)


def bucket_start(day: date, granularity: str, week_start: str = "monday") -> date:
    """The first day of the day, week, month or quarter that a day lies in.

    >>> bucket_start(date(2026, 11, 22), "week"), bucket_start(date(2026, 11, 22), "week", "sunday")
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 22))
    """
    if granularity == "day":
        return day
    if granularity == "week":
        return day - timedelta((day.weekday() + (week_start == "sunday")) % 7)
    if granularity == "month":
        return day.replace(day=1)
    if granularity == "quarter":
        return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    raise ValueError(f"granularity: expected one of {', '.join(GRANULARITIES)}, got {granularity!r}")


def bucket_end(start: date, granularity: str) -> date:
    """The last day of the bucket that begins on ``start``."""
    if granularity in ("day", "week"):
        return start + timedelta(0 if granularity == "day" else 6)
    months = 1 if granularity == "month" else 3
    after = date(start.year + (start.month + months > 12), (start.month + months - 1) % 12 + 1, 1)
    return after - timedelta(1)


def fitting_granularity(period: Period) -> str:
    """The finest granularity that keeps a chart readable (about a hundred points at most)."""
    return "day" if period.days <= 100 else "week" if period.days <= 800 else "month"


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
