"""What a forecast says: in one sentence, over time, and of regions and categories, from the run that a fit left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.descriptive.headline import Headline
from analytics.errors import NotEnoughData
from analytics.formats import MINUS, percent, signed
from analytics.metrics import METRICS
from analytics.periods import Period, bucket_end, bucket_start, day_label
from analytics.predictive.forecast import ENDS, band_said
from analytics.predictive.model import Run
from analytics.predictive.regression import KINDS
from analytics.shop import DIMENSIONS, Shop

GRANULARITIES = ("day", "week", "month")
TAIL_DAYS = {"day": 84, "week": 182, "month": 730}
"""Of the past that is drawn before the days ahead, at least as many as are forecast."""
WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
MOST_NAMED = 4
SOON = pd.Timedelta(days=35)
"""By how much a feast that follows the moon moves from year to year."""


@dataclass(frozen=True)
class ForecastSummary:
    """The sentence on top, and key figures: name, figure, and what it is held against."""

    headline: Headline
    tiles: tuple[tuple[str, str, str], ...]
    notes: str


@dataclass(frozen=True)
class Course:
    """The past and the days ahead by day, week or month.

    ``past`` has ``start``, ``value`` and ``complete``; ``ahead`` has ``start``, ``expected``, the ends of the bands
    (missing where nothing could be tried), ``so_far`` (what a bucket begun has brought) and ``complete``.
    """

    key: str
    granularity: str
    past: pd.DataFrame
    ahead: pd.DataFrame
    events: pd.DataFrame
    sentence: str
    explained: str

    def table(self) -> pd.DataFrame:
        """What is ahead, for people and files."""
        return self.ahead.rename(columns={"start": "from"})


@dataclass(frozen=True)
class MemberShares:
    """What each member is expected to bring: ``rows`` with ``member``, ``expected``, bands, ``before``, ``moved``
    (its relative change).

    They add up to what is expected of all.
    """

    key: str
    dimension: str
    rows: pd.DataFrame
    days: pd.DataFrame
    sentence: str
    explained: str


def amount(key: str, value: float, currency: str) -> str:
    """A forecast value as text: of orders, no more decimals than a forecast is worth.

    >>> amount("orders", 31.12, "GBP"), amount("orders", 1.24, "GBP"), amount("revenue", 31.12, "GBP")
    ('31', '1.2', '£ 31.12')
    """
    measured = METRICS[key]
    if measured.unit != "count" or pd.isna(value) or abs(value) >= 10_000:
        return measured.format(value, currency)
    return f"{value:,.{0 if abs(value) >= 10 or float(value).is_integer() else 1}f}".replace("-", MINUS)


def forecast_summary(run: Run, shop: Shop, calendar: pd.DataFrame) -> ForecastSummary:
    """What the next days will bring in all, between which values, against before and last year; and by which method."""
    facts, total = run.facts, run.tables["sums"].iloc[0]
    measured, told = METRICS[facts["metric"]], _told(run, shop)
    days, ahead = facts["horizon_days"], _days_ahead(run)
    head = f"The next {days} days ({ahead.label()}) will bring about **{told(total['expected'])}**"
    head += "" if measured.unit == "money" else f" {measured.name.lower()}"
    has_band = pd.notna(total["low_80"])
    if has_band:
        head += f" (80 %: {told(total['low_80'])} to {told(total['high_80'])})"
    compared = _compared(total, days, has_band, told)
    head += f", {compared}." if compared else "."
    tiles = [("Expected", told(total["expected"]), _per_day(run, total, told))]
    if has_band:
        tiles.append(("In 80 of 100 cases", f"{told(total['low_80'])} – {told(total['high_80'])}", _wide(total, told)))
    if shop.gross_margin is not None and measured.unit == "money":
        margin, rate = total["expected"] * shop.gross_margin, percent(shop.gross_margin, 0)
        tiles.append(("Gross margin of it", told(margin), f"at the shop's {rate}"))
    tiles.append(_against("Against the days before", total["before"], total["expected"], told, f"{days} days before"))
    last_year = "the same weekdays, 52 weeks earlier"
    tiles.append(_against("Against last year", total["last_year"], total["expected"], told, last_year))
    if len(errors := run.tables["granularity"]):
        row = errors.to_dict("records")[min(1, len(errors) - 1)]
        named = f"Usual error of a {row['granularity']}"
        tiles.append((named, percent(row["wape"]), f"last week again: {percent(row['naive'])}"))
    notes = f"{_notes(run)} {_events_missing(calendar, ahead)}".strip()
    return ForecastSummary(Headline(head, ""), tuple(tiles), notes)


def forecast_course(run: Run, shop: Shop, calendar: pd.DataFrame, granularity: str = "day") -> Course:
    """The days ahead after the last weeks or months of the past.

    Raises
    ------
    ValueError : another granularity.
    """
    if granularity not in GRANULARITIES:
        raise ValueError(f"granularity: expected one of {', '.join(GRANULARITIES)}, got {granularity!r}")
    facts, history = run.facts, run.tables["history"]
    days = run.tables["forecast"].query("dimension == ''")
    tail = max(TAIL_DAYS[granularity], facts["horizon_days"])
    if granularity == "day":
        past = history.rename(columns={"day": "start"})[["start", "value"]].assign(complete=True).tail(tail)
        ahead = days.rename(columns={"day": "start"}).drop(columns=["dimension", "member", "naive"])
        ahead = ahead.assign(so_far=0.0, complete=True)
    else:
        buckets = run.tables["buckets"]
        if buckets.empty:
            raise NotEnoughData(f"{facts['untried']} Days alone are shown.")
        past = _past_buckets(history.tail(tail), history["day"].iloc[0], granularity, shop)
        ahead = buckets[buckets["granularity"] == granularity].drop(columns=["granularity", "end", "days_ahead"])
        past = past[past["start"] < ahead["start"].iloc[0]]
    past, ahead = past.reset_index(drop=True), ahead.reset_index(drop=True)
    return Course(
        facts["metric"], granularity, past, ahead, _near(calendar, past, days), _course_sentence(run, shop), _HOW
    )


def forecast_members(run: Run, shop: Shop, dimension: str = "region") -> MemberShares:
    """What each region, or category, is expected to bring; together exactly what is expected of all.

    Raises
    ------
    NotEnoughData : the view has no such members, or nothing could be tried.
    """
    sums = run.tables["sums"]
    rows = sums[sums["dimension"] == dimension].drop(columns=["dimension"]).reset_index(drop=True)
    name = DIMENSIONS[dimension].lower()
    if rows.empty:
        raise NotEnoughData(
            run.facts["untried"] or f"The orders in view are of one {name} or of none: nothing to split."
        )
    told = _told(run, shop)
    rows = rows.assign(moved=(rows["expected"] / rows["before"].where(rows["before"] > 0) - 1))
    days = run.tables["forecast"]
    days = days[days["dimension"] == dimension].pivot(index="day", columns="member", values="expected")
    most = rows.loc[rows["expected"].idxmax()]
    moved = rows.assign(size=(rows["expected"] - rows["before"]).abs()).nlargest(1, "size").iloc[0]
    way = run.facts["ways"][dimension]
    sentence = f"{most['member']} brings most of it, {told(most['expected'])}"
    sentence += f" ({percent(most['expected'] / rows['expected'].sum(), 0)})." if rows["expected"].sum() > 0 else "."
    if pd.notna(moved["moved"]):
        sentence += f" {moved['member']} changes most against the days before: {signed(percent(moved['moved']))}."
    tried = "; ".join(f"{how}: {percent(wape)}" for how, wape in way["wapes"].items() if pd.notna(wape))
    explained = (
        f"Each day's forecast of all is shared out by {way['way']}, the way that was least wrong in the past (error of "
        f"a {name}'s day, by way: {tried}), so that {name} by {name} adds up to the total exactly. Ranges come from "
        "how far such sums were off in the past, of each by itself: they do not add up, as not all go wrong together."
    )
    return MemberShares(run.facts["metric"], dimension, rows, days[list(rows["member"])], sentence, explained)


_HOW = (
    "Expected values by the method that was least wrong on the past; bands from how far it was off there, taken for as "
    "many days ahead (split conformal prediction, Vovk et al. 2005). Bands of weeks and months come from errors of "
    "sums, not from sums of bands. Holidays and promotions to come count as far as they are written down on the "
    "Events page."
)


def _told(run: Run, shop: Shop) -> Callable[[float], str]:
    return lambda value: amount(run.facts["metric"], value, shop.currency)


def _days_ahead(run: Run) -> Period:
    days = run.tables["forecast"].query("dimension == ''")["day"]
    return Period(days.min().date(), days.max().date())


def _compared(total: pd.Series, days: int, has_band: bool, told: Callable[[float], str]) -> str:
    said = []
    for name, against in (("before", f"the {days} days before"), ("last_year", "the same days last year")):
        value = total[name]
        if pd.isna(value) or value == 0:
            continue
        if value < 0 or total["expected"] < 0:
            said.append(f"against {told(value)} in {against}")
            continue
        change = total["expected"] / value - 1
        words = f"{percent(abs(change))} {'more' if change >= 0 else 'less'} than {against}"
        inside = has_band and total["low_80"] <= value <= total["high_80"]
        said.append(f"{words} (within the band)" if inside else words)
    return " and ".join(said)


def _per_day(run: Run, total: pd.Series, told: Callable[[float], str]) -> str:
    return f"{told(total['expected'] / run.facts['horizon_days'])} a day"


def _wide(total: pd.Series, told: Callable[[float], str]) -> str:
    return f"95 of 100: {told(total['low_95'])} – {told(total['high_95'])}"


def _against(name: str, value: float | None, expected: float, told: Callable[[float], str], what: str) -> tuple:
    if value is None or pd.isna(value):
        return name, "–", "the history is too short"
    if value <= 0 or expected < 0:
        return name, "–", f"{told(value)} then"
    return name, signed(percent(expected / value - 1)), f"{told(value)}, {what}"


def _notes(run: Run) -> str:
    """Gaps, closed weekdays, days far out, a day that is not over: what the history had, and what was done about it."""
    facts, said = run.facts, []
    if facts["untried"]:
        said.append(f"{facts['untried']} Shown is the last week again, without a band.")
    if facts["partial_day"]:
        said.append(f"{_day(facts['partial_day'])} is not over: it is forecast, not learnt from.")
    if closed := [WEEKDAYS[n] for n in facts["closed_weekdays"]]:
        said.append(f"The shop is closed on {' and '.join(closed)}: nothing is expected there.")
    if facts["idle_days"]:
        again = (
            f", and {len(facts['shut_ahead'])} days ahead are expected to be so again" if facts["shut_ahead"] else ""
        )
        said.append(f"It was shut for days on end, {facts['idle_days']} in all{again}.")
    if far := facts["far_out"]:
        named = ", ".join(_day(day) for day in far[-MOST_NAMED:])
        rest = f" and {len(far) - MOST_NAMED} before" if len(far) > MOST_NAMED else ""
        kind = "day lies" if len(far) == 1 else "days lie"
        said.append(f"{len(far)} {kind} farther out than days ever do and count as the farthest usual: {named}{rest}.")
    return " ".join(said)


def _events_missing(calendar: pd.DataFrame, ahead: Period) -> str:
    """How many events of last year's same days have no like among the days ahead that anybody wrote down yet."""
    meant = calendar[calendar["kind"].isin(KINDS)]
    starts = pd.to_datetime(meant["start_date"])
    first, last = pd.Timestamp(ahead.start), pd.Timestamp(ahead.end)
    year = pd.Timedelta(days=365)
    known = set(meant.loc[(starts >= first - SOON) & (starts <= last + SOON), "label"])
    then = meant.loc[(starts >= first - year) & (starts <= last - year), "label"]
    missing = [label for label in dict.fromkeys(then) if label not in known]
    if not missing:
        return ""
    named = ", ".join(missing[:MOST_NAMED]) + (f" and {len(missing) - MOST_NAMED} more" * (len(missing) > MOST_NAMED))
    return f"Not written down for the days ahead, though last year had them: {named} (see the Events page)."


def _day(text: str) -> str:
    return day_label(date.fromisoformat(text))


def _past_buckets(history: pd.DataFrame, first_day: pd.Timestamp, granularity: str, shop: Shop) -> pd.DataFrame:
    starts = [bucket_start(day.date(), granularity, shop.week_start) for day in history["day"]]
    sums = history["value"].groupby(pd.to_datetime(pd.Series(starts, index=history.index))).sum()
    last, drawn_from = history["day"].iloc[-1], history["day"].iloc[0]
    found = pd.DataFrame({"start": sums.index, "value": sums.to_numpy()})
    ends = [pd.Timestamp(bucket_end(start.date(), granularity)) for start in found["start"]]
    cut = found["start"] < first_day
    found = found.assign(complete=[not before and end <= last for before, end in zip(cut, ends, strict=True)])
    return found[(found["start"] >= drawn_from) | cut]


def _near(calendar: pd.DataFrame, past: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    first = past["start"].iloc[0] if len(past) else days["day"].iloc[0]
    starts, ends = pd.to_datetime(calendar["start_date"]), pd.to_datetime(calendar["end_date"])
    return calendar[(starts <= days["day"].iloc[-1]) & (ends >= first) & (ends >= starts)].reset_index(drop=True)


def _course_sentence(run: Run, shop: Shop) -> str:
    facts, told = run.facts, _told(run, shop)
    days = run.tables["forecast"].query("dimension == ''")
    top = days.loc[days["expected"].idxmax()]
    sentence = f"The highest day ahead is {day_label(top['day'])} with about {told(top['expected'])}"
    sentence += f" (80 %: {told(top['low_80'])} to {told(top['high_80'])})." if pd.notna(top[ENDS[0]]) else "."
    return f"{sentence} Method: {facts['method']}. {band_said(facts)}".strip()
