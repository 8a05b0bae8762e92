"""What a shop knows of its days: an event, the texts it is written as, and which events cannot be meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from analytics.formats import one_line, quoted
from analytics.periods import Period, day_label
from analytics.shop import Shop

KINDS = ("holiday", "promotion", "outage", "price change", "other")
COLUMNS = ("start_date", "end_date", "label", "kind")
"""Of a file of events; without ``end_date`` an event lasts a day, without ``kind`` it is an ``other``."""

FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST_LABEL = 80
MOST_DAYS = 731
"""Two years. What lasts longer is no event but how the shop is, or a year mistyped."""

_NAMED_MONTHS = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d. %B %Y")


@dataclass(frozen=True, order=True)
class Event:
    """Some days, the first and the last among them, that a shop knows to be unlike others, and why.

    Raises
    ------
    ValueError : it cannot be meant; the message is one sentence that says what is expected.
    """

    start: date
    end: date
    label: str
    kind: str = "other"

    def __post_init__(self) -> None:
        for day in (self.start, self.end):
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise ValueError(f"day: expected a year from {FIRST_YEAR} to {LAST_YEAR}, got {day.year}")
        if self.end < self.start:
            raise ValueError(f"the last day, {day_label(self.end)}, lies before the first, {day_label(self.start)}")
        if self.period.days > MOST_DAYS:
            raise ValueError(f"an event lasts at most {MOST_DAYS} days, this one {self.period.days:,}")
        if self.label != event_label(self.label):
            raise ValueError("label: expected one line without spaces around it")
        if self.kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {quoted(self.kind)}")

    @property
    def key(self) -> tuple[date, date, str]:
        """What there is one event for."""
        return self.start, self.end, self.label

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.start, self.end)

    @property
    def name(self) -> str:
        """Its label and its days, as people say them."""
        return f"{self.label}, {self.period.label()}"

    def standing(self, shop: Shop) -> str:
        """Where its days lie, seen from the last complete day of the shop's data."""
        if self.end < shop.first_day:
            return "before the data begin"
        if self.start > shop.today:
            return "to come"
        return "under way" if self.end > shop.today else "past"


def event_label(written: str) -> str:
    """A label as it is kept: what can be seen of it, on one line.

    >>> event_label("  Summer \\n sale ")
    'Summer sale'

    Raises
    ------
    ValueError : nothing is left of it, or it is too long.
    """
    label = one_line(written)
    if not label:
        raise ValueError("label: expected a name for the event, got nothing")
    if len(label) > LONGEST_LABEL:
        raise ValueError(f"label: expected at most {LONGEST_LABEL} characters, got {len(label)}")
    return label


def event_from_texts(cells: Mapping[str, str]) -> Event:
    """An event from a row of a file.

    Parameters
    ----------
    cells : the row's texts by column, see ``COLUMNS``; missing columns are empty.

    Raises
    ------
    ValueError : the row is no event; the message says which column and why.
    """
    start = day_from_text(cells.get("start_date", ""), "start_date")
    end = cells.get("end_date", "")
    label = re.sub(r"^'(?=[=+\-@＝＋－＠])", "", cells.get("label", "").strip())  # put there against formulas
    kind = re.sub(r"[\s_-]+", " ", cells.get("kind", "").strip()).lower()
    return Event(start, day_from_text(end, "end_date") if end.strip() else start, event_label(label), kind or KINDS[-1])


def day_from_text(text: str, column: str) -> date:
    """A day as people and spreadsheets write it; one that can be read in two ways is none.

    >>> day_from_text("31/10/2026", "start_date"), day_from_text("1 Oct 2026", "start_date")
    (datetime.date(2026, 10, 31), datetime.date(2026, 10, 1))

    Raises
    ------
    ValueError : it is no day, or may be two; the message begins with the column.
    """
    written = text.strip()
    if match := re.fullmatch(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?", written):
        parts = match[1], match[3], match[4]
    elif match := re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", written):
        parts = _day_and_month(match, text, column)
    else:
        return _with_named_month(written, column)
    try:
        return date(*map(int, parts))
    except ValueError:
        raise _no_day(text, column) from None


def _day_and_month(match: re.Match, text: str, column: str) -> tuple[str, str, str]:
    """Year, month and day; with points the day stands first everywhere, else the numbers must tell."""
    first, between, second, year = match.groups()
    if between == "." or int(first) > 12 or first == second:
        return year, second, first
    if int(second) > 12:
        return year, first, second
    raise ValueError(f"{column}: {quoted(text)} can be read in two ways, write the year first such as 2026-10-31")


def _with_named_month(text: str, column: str) -> date:
    for form in _NAMED_MONTHS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise _no_day(text, column)


def _no_day(text: str, column: str) -> ValueError:
    return ValueError(f"{column}: expected a day such as 2026-10-31, got {quoted(text)}")
