"""What a shop wants to reach: a target, the text it is written as, and which targets cannot be meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from analytics.formats import is_missing, quoted
from analytics.metrics import METRICS, Metric
from analytics.periods import Period, bucket_end
from analytics.shop import DIMENSIONS, Shop

TARGET_GRANULARITIES = ("month", "quarter", "year")
COLUMNS = ("metric", "granularity", "period", "dimension", "member", "value")
"""Of a file of targets; ``granularity``, ``dimension`` and ``member`` may be left out."""

FIRST_YEAR, LAST_YEAR = 1970, 2199
LARGEST = 999_999_999_999_999.0
"""Of an amount or a number: below what the desk takes."""
BOUNDS = {"money": (0.0, LARGEST), "count": (0.0, LARGEST), "score": (1.0, 5.0), "days": (0.0, 365.0), "share": (0, 1)}
"""By unit: the values that a target may have, both ends included."""
_WORDS = {
    "money": "an amount of 0 or more, below 1e15",
    "count": "a number of 0 or more, below 1e15",
    "score": "a mean score from 1 to 5",
    "days": "days from 0 to 365",
    "share": "a share from 0 % to 100 % (write 35 % or 0.35)",
}


@dataclass(frozen=True, order=True)
class Target:
    """What a metric shall come to in a month, quarter or year: of the whole shop, or of one member of a dimension.

    ``start`` is the period's first day; ``dimension`` and ``member`` are both empty for the whole shop.

    Raises
    ------
    ValueError : it cannot be meant; the message is one sentence that says what is expected.
    """

    metric: str
    granularity: str
    start: date
    value: float
    dimension: str = ""
    member: str = ""

    def __post_init__(self) -> None:
        if self.granularity not in TARGET_GRANULARITIES:
            raise ValueError(
                f"granularity: expected one of {', '.join(TARGET_GRANULARITIES)}, got {self.granularity!r}"
            )
        if self.start != target_start(self.start, self.granularity):
            raise ValueError(f"start: expected the first day of a {self.granularity}, got {self.start}")
        if not FIRST_YEAR <= self.start.year <= LAST_YEAR:
            raise ValueError(f"period: expected a year from {FIRST_YEAR} to {LAST_YEAR}, got {self.start.year}")
        if bool(self.dimension) != bool(self.member):
            raise ValueError("dimension and member: expected both or neither")
        if self.dimension and self.dimension not in DIMENSIONS:
            raise ValueError(f"dimension: expected one of {', '.join(DIMENSIONS)}, got {self.dimension!r}")
        _check_value(self.metric, self.value)

    @property
    def key(self) -> tuple[str, str, date, str, str]:
        """What there is one target for."""
        return self.metric, self.granularity, self.start, self.dimension, self.member

    @property
    def period(self) -> Period:
        """Its days."""
        if self.granularity == "year":
            return Period(self.start, date(self.start.year, 12, 31))
        return Period(self.start, bucket_end(self.start, self.granularity))

    @property
    def period_label(self) -> str:
        """Its period as people say it: ``October 2026``, ``Q4 2026``, ``2026``."""
        if self.granularity == "month":
            return f"{self.start:%B %Y}"
        quarter = f"Q{(self.start.month + 2) // 3} " if self.granularity == "quarter" else ""
        return f"{quarter}{self.start.year}"

    @property
    def period_code(self) -> str:
        """Its period as a file carries it: ``2026-10``, ``2026-Q4``, ``2026``."""
        if self.granularity == "month":
            return f"{self.start:%Y-%m}"
        quarter = f"-Q{(self.start.month + 2) // 3}" if self.granularity == "quarter" else ""
        return f"{self.start.year}{quarter}"


def _check_value(key: str, value: float) -> None:
    if is_missing(value):
        raise ValueError("value: expected a number, got none")
    if key not in METRICS:  # kept from another version of the program; nothing is known of its unit
        return
    low, high = BOUNDS[METRICS[key].unit]
    if not low <= value <= high:
        raise ValueError(f"{METRICS[key].name}: expected {_WORDS[METRICS[key].unit]}, got {value:,.4g}")


def target_start(day: date, granularity: str) -> date:
    """The first day of the month, quarter or year that a day lies in.

    >>> target_start(date(2026, 11, 24), "quarter")
    datetime.date(2026, 10, 1)
    """
    month = {"month": day.month, "quarter": 3 * ((day.month - 1) // 3) + 1, "year": 1}[granularity]
    return date(day.year, month, 1)


def target_from_texts(cells: Mapping[str, str]) -> Target:
    """A target from a row of a file.

    Parameters
    ----------
    cells : the row's texts by column, see ``COLUMNS``; missing columns are empty.

    Raises
    ------
    ValueError : the row is no target; the message says which column and why.
    """
    metric = _metric_named(cells.get("metric", ""))
    granularity, start = _period(cells.get("period", ""), cells.get("granularity", ""))
    dimension = _dimension_named(cells.get("dimension", ""))
    member = _member(cells.get("member", ""))
    if bool(dimension) != bool(member):
        raise ValueError("dimension and member: give both for a target of a member, neither for the whole shop")
    return Target(metric.key, granularity, start, value_from_text(cells.get("value", ""), metric), dimension, member)


def value_from_text(text: str, metric: Metric) -> float:
    """A number as people and spreadsheets write it; of shares also per cent.

    >>> value_from_text("1,250,000", METRICS["revenue"]), value_from_text("35 %", METRICS["repeat_rate"])
    (1250000.0, 0.35)
    >>> value_from_text("4,3", METRICS["satisfaction"])
    4.3

    Raises
    ------
    ValueError : it is no number, or one that can be read in two ways.
    """
    written = re.sub(r"[\s'’_]", "", text)
    digits = written.removesuffix("%")
    if digits != written and metric.unit != "share":
        raise ValueError(f"value: {metric.name} is not a share, got {quoted(text)}")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", digits):
        if metric.unit not in ("money", "count"):
            raise ValueError(f"value: write a decimal point, {quoted(text)} can be read in two ways")
        digits = digits.replace(",", "")
    elif re.fullmatch(r"-?\d+,\d+", digits):
        digits = digits.replace(",", ".")
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", digits):
        raise _no_number(text)
    value = float(digits) / (100 if written.endswith("%") else 1)
    if is_missing(value):  # too large for any number
        raise _no_number(text)
    return value


def _no_number(text: str) -> ValueError:
    return ValueError(f"value: expected a number such as 125000 or 4.3, got {quoted(text)}")


def trouble(target: Target, shop: Shop) -> str:
    """Why this shop's data cannot be held against a target, in one sentence; empty where they can."""
    if target.metric not in METRICS:
        return f"{target.metric} is no metric of this version."
    measured = METRICS[target.metric]
    if measured not in shop.metrics():
        return f"{measured.name} cannot be computed from this shop's data."
    if target.dimension and target.member not in shop.members.get(target.dimension, ()):
        return f"{DIMENSIONS[target.dimension]} {target.member} is not in this shop's data."
    if target.period.end < shop.first_day:
        return f"{target.period_label} lies before the data begin."
    return ""


def _metric_named(text: str) -> Metric:
    wanted = _folded(text)
    for measured in METRICS.values():
        if wanted in (_folded(measured.key), _folded(measured.name)):
            return measured
    known = ", ".join(m.name for m in METRICS.values())
    raise ValueError(f"metric: expected one of {known}, got {quoted(text)}")


def _dimension_named(text: str) -> str:
    if not text.strip():
        return ""
    for key, name in DIMENSIONS.items():
        if _folded(text) in (_folded(key), _folded(name)):
            return key
    raise ValueError(f"dimension: expected one of {', '.join(DIMENSIONS.values())}, got {quoted(text)}")


def _member(text: str) -> str:
    """Without the apostrophe that a file puts before what a spreadsheet would take for a formula."""
    return re.sub(r"^'(?=[=+\-@＝＋－＠])", "", text.strip())


def _period(text: str, granularity: str) -> tuple[str, date]:
    written = text.strip()
    asked = granularity.strip().lower().removesuffix("ly")
    if asked and asked not in TARGET_GRANULARITIES:
        raise ValueError(f"granularity: expected one of {', '.join(TARGET_GRANULARITIES)}, got {quoted(granularity)}")
    found, day = _period_written(written)
    if found == "day":
        return asked or "month", target_start(day, asked or "month")
    if asked and asked != found:
        raise ValueError(f"period: {quoted(written)} is a {found}, but granularity says {asked}")
    return found, day


def _period_written(text: str) -> tuple[str, date]:
    if match := re.fullmatch(r"(\d{4})", text):
        return "year", _first(match[1], 1)
    if match := re.fullmatch(r"(\d{4})[- /]?Q([1-4])", text, re.IGNORECASE):
        return "quarter", _first(match[1], 3 * int(match[2]) - 2)
    if match := re.fullmatch(r"Q([1-4])[- /]?(\d{4})", text, re.IGNORECASE):
        return "quarter", _first(match[2], 3 * int(match[1]) - 2)
    if match := re.fullmatch(r"(\d{4})[-/](0?[1-9]|1[0-2])", text):
        return "month", _first(match[1], int(match[2]))
    for form in ("%b %Y", "%B %Y"):
        try:
            return "month", datetime.strptime(text, form).date()
        except ValueError:
            continue
    try:
        return "day", date.fromisoformat(text[:10])  # a spreadsheet makes days of months
    except ValueError:
        raise ValueError(f"period: expected one such as 2026-11, 2026-Q4 or 2026, got {quoted(text)}") from None


def _first(year: str, month: int) -> date:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(f"period: expected a year from {FIRST_YEAR} to {LAST_YEAR}, got {year}")
    return date(int(year), month, 1)


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip()).casefold()
