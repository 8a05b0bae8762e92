"""Delivered on time: the share that came within a promise of so many days, by member and over time.

The promise is the visitor's: no shop's data hold it. That is why this share is no metric of the registry.
"""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many, wilson_interval
from analytics.descriptive.activity import covered_periods
from analytics.descriptive.buckets import bucket_edges, bucket_of, complete_buckets, corresponding_day
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_dimension
from analytics.diagnostic.scored_orders import NO_DAYS, named_members, no_days_among, told_apart
from analytics.errors import NotEnoughData
from analytics.filters import COMPARED_WITH, Filters
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop

PROMISED = 0.8
"""The promise to begin with is what the shop keeps for this share of its orders."""
LONGEST_PROMISE = 365
FURTHEST = 0.995
"""Share of the deliveries that the longest promise to choose would hold for."""
FEWEST_IN_VIEW = 20
"""Deliveries below which a share says nothing."""
FEWEST_DELIVERIES = 30
"""Deliveries below which a member is not called the best or the worst."""
DAYS_NEEDED = 14
"""Days with deliveries, to learn how much more than chance single days scatter."""
MOST_DAYS, MOST_WEEKS = 31, 400
"""Days of a period up to which the course is drawn by day, and by week."""


@dataclass(frozen=True)
class Promise:
    """What may be promised: ``usual`` days, which this shop keeps for four of five orders, and from where to where."""

    usual: int
    first: int
    last: int
    sentence: str


@dataclass(frozen=True)
class OnTime:
    """The share of deliveries within a promise.

    ``whole`` has ``orders`` (those whose delivery days are known), ``share`` (0–1) with ``share_low`` and
    ``share_high``, ``previous`` and ``last_year`` (missing where not compared), ``change`` against ``reference`` and
    ``noise``, the half-width within which 95 % of chance changes lie. ``members`` has the same, one row per member, the
    fewest on time first, and ``by_chance`` (how often chance alone sets it as far apart from all others, adjusted for
    looking at all). ``buckets`` has one row per day, week or month: ``start``, ``orders``, ``share`` with its ends,
    ``reference`` (the share of the comparison's corresponding days) and ``complete``.
    """

    promise: int
    dimension: str
    granularity: str
    reference: str | None
    whole: dict[str, float]
    members: pd.DataFrame
    buckets: pd.DataFrame
    unknown: int
    sentence: str
    members_sentence: str
    explained: str

    @property
    def notes(self) -> str:
        """What the marks and the shade are."""
        said = f"Shaded: where chance alone may have put each {self.granularity}."
        return f"Open circles beside the members: {COMPARED_WITH[self.reference]}. {said}" if self.reference else said

    def table(self) -> pd.DataFrame:
        """The whole, the members and the course for files, under names that say that these are shares."""
        whole = pd.DataFrame([{"what": "All"} | {k: v for k, v in self.whole.items() if k != "factor"}])
        members = self.members.rename(columns={"member": "what"})
        course = self.buckets.assign(what=[f"{self.granularity} from {day}" for day in self.buckets["start"]])
        course = course.rename(columns={"reference": self.reference or "previous"}).drop(columns=["start", "complete"])
        names = {"previous": "previous_share", "last_year": "last_year_share"}
        names |= {"change": "change_of_share", "noise": "noise_of_share"}
        return pd.concat([whole, members, course], ignore_index=True).rename(columns=names)


def usual_promise(orders: ir.Table | pd.DataFrame, shop: Shop) -> Promise:
    """The promise to begin with, from all of the shop's deliveries whatever the filters, so that views compare.

    Parameters
    ----------
    orders : rows of the shop.

    Raises
    ------
    NotEnoughData : no order has delivery days.
    """
    if "delivery_days" not in shop.has:
        raise NotEnoughData(NO_DAYS)
    counted = collected_within(_days_taken, orders, Filters(shop.days), {})
    counted = counted.dropna(subset="days").sort_values("days")
    days, reached = counted["days"].to_numpy(dtype="int64"), counted["orders"].cumsum() / counted["orders"].sum()
    usual, furthest = (int(days[np.searchsorted(reached, share)]) for share in (PROMISED, FURTHEST))
    first = int(days[0])
    last = min(max(furthest, usual + 1), LONGEST_PROMISE)
    usual = min(usual, last)
    said = (
        f"To begin with {_in_days(usual)}: the fewest within which at least {formats.percent(PROMISED, 0)} of all "
        "deliveries of this shop came, whatever the filters."
    )
    return Promise(usual, min(first, last - 1), last, said)


def on_time(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, promise: int, dimension: str = "region"
) -> OnTime:
    """The share delivered within so many days: in all, by member of a dimension, and over time.

    Parameters
    ----------
    orders : rows of the shop.
    promise : days, the last one included.

    Raises
    ------
    ValueError : the promise is negative, or it is no dimension.
    NotEnoughData : no delivery days in view, no order matches, or the shop lacks the dimension.
    """
    if promise < 0:
        raise ValueError(f"promise: expected 0 days or more, got {promise}")
    if "delivery_days" not in shop.has:
        raise NotEnoughData(NO_DAYS)
    need_dimension(dimension, shop)
    periods = covered_periods(filters, shop)
    asked = {name: told_apart(shop)[name] for name in ("gathered", "most")}
    asked["gathered"] = tuple(d for d in asked["gathered"] if d == dimension)
    counted = collected_within(_kept_by_day, orders, filters, periods, promise=promise, dimension=dimension, **asked)
    daily = _Daily.of(counted)
    inside = daily.within(filters.period)
    if not daily.placed[inside].sum():
        raise NotEnoughData(nothing_matches(filters))
    if not daily.known[inside].sum():
        raise no_days_among(daily.placed[inside].sum())
    if (number := int(daily.known[inside].sum())) < FEWEST_IN_VIEW:
        raise NotEnoughData(
            f"Only {number} deliver{'ies' if number > 1 else 'y'} in view: at least {FEWEST_IN_VIEW} are needed to "
            "speak of a share. Choose a longer period or fewer filters."
        )
    reference = next((name for name in ("previous", "last_year") if name in periods), None)
    whole = _compared(daily, None, periods, reference)
    rows = [{"member": name} | _compared(daily, n, periods, reference) for n, name in enumerate(daily.members)]
    members = pd.DataFrame(rows)
    members = members[members["orders"] > 0].sort_values(["share", "member"], ignore_index=True)
    members["by_chance"] = _odds_apart(members, whole)
    granularity = (
        "day" if filters.period.days <= MOST_DAYS else "week" if filters.period.days <= MOST_WEEKS else "month"
    )
    return OnTime(
        promise,
        dimension,
        granularity,
        reference,
        whole,
        members.drop(columns="factor"),
        _buckets(daily, filters, shop, granularity, reference, periods),
        int((daily.placed - daily.known)[inside].sum()),
        _sentence(whole, promise, reference, int((daily.placed - daily.known)[inside].sum())),
        _members_sentence(members),
        _explained(whole, promise),
    )


def _days_taken(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    placed = rows.filter(rows.revenue >= 0)
    return placed.group_by(days=placed.delivery_days).agg(orders=placed.count())


def _kept_by_day(
    rows: ir.Table, periods: dict[str, Period], promise: int, dimension: str, gathered: tuple[str, ...], most: int
) -> ir.Table:
    """By day and member: orders, those whose delivery days are known, and those on time."""
    placed = rows.filter(rows.revenue >= 0)
    named = named_members(placed, (dimension,), gathered, most)
    return placed.group_by("date", member=named[dimension]).agg(
        placed=placed.count(),
        known=placed.delivery_days.count(),
        kept=placed.count(where=placed.delivery_days <= promise),
    )


@dataclass(frozen=True)
class _Daily:
    """Counts by day (rows) and member (columns)."""

    days: pd.DatetimeIndex
    members: pd.Index
    placed: np.ndarray
    known: np.ndarray
    kept: np.ndarray

    @staticmethod
    def of(counted: pd.DataFrame) -> "_Daily":
        row, days = pd.factorize(pd.DatetimeIndex(counted["date"]), sort=True)
        column, members = pd.factorize(counted["member"].astype("str"), sort=True)
        tables = []
        for name in ("placed", "known", "kept"):
            table = np.zeros((len(days), len(members)))
            table[row, column] = counted[name].to_numpy(dtype="float64")
            tables.append(table)
        return _Daily(pd.DatetimeIndex(days), pd.Index(members), *tables)

    def within(self, period: Period) -> slice:
        first = self.days.searchsorted(pd.Timestamp(period.start))
        return slice(first, self.days.searchsorted(pd.Timestamp(period.end), side="right"))


def _compared(daily: _Daily, member: int | None, periods: dict[str, Period], reference: str | None) -> dict[str, float]:
    """The share of a member, or of all, with its interval and what it was before."""
    columns = slice(None) if member is None else slice(member, member + 1)
    counts = {}
    for name, period in periods.items():
        days = daily.within(period)
        counts[name] = [table[days, columns].sum(axis=1) for table in (daily.known, daily.kept)]
    known, kept = (float(part.sum()) for part in counts["value"])
    share = kept / known if known else np.nan
    factor = _scatter(*counts["value"])
    low, high = wilson_interval(np.array([kept / factor]), np.array([known / factor]))
    found = {"orders": known, "share": share, "share_low": float(low[0]), "share_high": float(high[0])}
    for name in ("previous", "last_year"):
        found[name] = _share_of(counts[name]) if name in counts else np.nan
    found["change"] = share - found[reference] if reference else np.nan
    errors = [_error(*counts[name], factor) for name in ("value", reference)] if reference else [np.nan]
    return found | {"noise": NORMAL_95 * float(np.sqrt(np.sum(np.square(errors)))), "factor": factor}


def _share_of(counts: list[np.ndarray]) -> float:
    known, kept = (part.sum() for part in counts)
    return float(kept / known) if known else np.nan


def _error(known: np.ndarray, kept: np.ndarray, factor: float) -> float:
    """Standard error of a share; of none on time or all, as if half an order were otherwise."""
    if not known.sum():
        return np.nan
    share = (kept.sum() + 0.5) / (known.sum() + 1)
    return float(np.sqrt(factor * share * (1 - share) / known.sum()))


def _scatter(known: np.ndarray, kept: np.ndarray) -> float:
    """How many times the variance of independent deliveries single days show, at least 1.

    Deliveries of one day are late together: a van breaks down. Each day is held against the mean of the day before and
    the day after, which takes slow change out. Source: as ``variation``; our own choice.
    """
    there = known > 0
    known, kept = known[there], kept[there]
    if len(known) < DAYS_NEEDED or not 0 < kept.sum() < known.sum():
        return 1.0
    share, spread = kept / known, kept.sum() / known.sum() * (1 - kept.sum() / known.sum())
    apart = share[1:-1] - (share[:-2] + share[2:]) / 2
    chance = spread * (1 / known[1:-1] + (1 / known[:-2] + 1 / known[2:]) / 4)
    return max(1.0, float(np.average(apart**2 / chance, weights=known[1:-1])))


def _odds_apart(members: pd.DataFrame, whole: dict[str, float]) -> np.ndarray:
    """How often chance alone sets a member as far apart from all others, adjusted for looking at all."""
    own, others = members["orders"], whole["orders"] - members["orders"]
    with np.errstate(divide="ignore", invalid="ignore"):  # a single member has no others
        rest = (whole["share"] * whole["orders"] - members["share"] * own) / others
        spread = whole["share"] * (1 - whole["share"])
        error = np.sqrt(spread * (members["factor"] / own + whole["factor"] / others))
        apart = ((members["share"] - rest) / error).to_numpy(dtype="float64")
    return odds_among_many(np.where(np.isfinite(apart), apart, 0.0))


def _buckets(
    daily: _Daily, filters: Filters, shop: Shop, granularity: str, reference: str | None, periods: dict[str, Period]
) -> pd.DataFrame:
    edges = bucket_edges(filters.period, granularity, shop.week_start)
    known, kept = _by_bucket(daily, filters.period, edges)
    factor = _scatter(*(table[daily.within(filters.period)].sum(axis=1) for table in (daily.known, daily.kept)))
    low, high = wilson_interval(kept / _widened(factor, known), known / _widened(factor, known))
    buckets = pd.DataFrame({"start": edges, "orders": known.astype("int64")})
    buckets["share"] = kept / np.where(known > 0, known, np.nan)
    buckets["share_low"], buckets["share_high"] = low, high
    buckets["reference"] = np.nan
    if reference:
        earlier = [corresponding_day(edge, reference, filters.period) for edge in edges]
        different = sorted(set(earlier))
        known_then, kept_then = _by_bucket(daily, periods[reference], different)
        then = kept_then / np.where(known_then > 0, known_then, np.nan)
        buckets["reference"] = then[np.searchsorted(different, earlier)]
    buckets["complete"] = complete_buckets(filters, shop, edges, granularity)
    return buckets


def _widened(factor: float, known: np.ndarray) -> np.ndarray:
    """The same factor for every bucket; none without deliveries."""
    return np.where(known > 0, factor, 1.0)


def _by_bucket(daily: _Daily, period: Period, edges: list[date]) -> tuple[np.ndarray, np.ndarray]:
    days = daily.within(period)
    place = bucket_of(daily.days[days].to_numpy(), edges)
    return tuple(
        np.bincount(place, table[days].sum(axis=1), len(edges)).astype("float64") for table in (daily.known, daily.kept)
    )


def _sentence(whole: dict[str, float], promise: int, reference: str | None, unknown: int) -> str:
    said = (
        f"{formats.percent(whole['share'])} of {whole['orders']:,.0f} deliveries came within {_in_days(promise)} "
        f"({_range(whole)})"
    )
    if reference and not np.isnan(whole["change"]):
        moved = formats.signed(f"{whole['change'] * 100:.1f} pp".replace("-", formats.MINUS))
        within = f"chance: ± {whole['noise'] * 100:.1f} pp"
        beyond = "" if abs(whole["change"]) > whole["noise"] else ", which chance alone does"
        said += f", {moved} on {COMPARED_WITH[reference]}{beyond} ({within})"
    left = f" {unknown:,} order{'s' if unknown > 1 else ''} without delivery days left out." if unknown else ""
    return f"{said}.{left}"


def _range(row: dict[str, float] | pd.Series) -> str:
    return f"{formats.percent(row['share_low'])} to {formats.percent(row['share_high'])}"


def _members_sentence(members: pd.DataFrame) -> str:
    """Who is apart from all others beyond chance."""
    told = members[members["orders"] >= FEWEST_DELIVERIES]
    if len(told) < 2:
        return "There are no two members with deliveries enough to hold against each other."
    worst, best = told.iloc[0], told.iloc[-1]
    said = (
        f"Fewest on time: {worst['member']}, {formats.percent(worst['share'])} ({_range(worst)}); "
        f"most: {best['member']}, {formats.percent(best['share'])} ({_range(best)})."
    )
    apart = told.loc[told["by_chance"] <= FALSE_DISCOVERIES, "member"]
    if apart.empty:
        return f"{said} None is apart from all others beyond chance."
    verb = "is" if len(apart) == 1 else "are"
    return f"{said} Apart from all others beyond chance {verb} {', '.join(apart)}."


def _explained(whole: dict[str, float], promise: int) -> str:
    days = (
        f" Deliveries of one day are late together: here that makes the variance {whole['factor']:.1f} times that of "
        "independent ones, and the intervals wider by its root."
        if whole["factor"] >= 1.05
        else ""
    )
    return (
        f"Orders delivered within {_in_days(promise)} ÷ orders whose delivery days are known; refunds are no orders. "
        f"Intervals: Wilson's, in 95 of 100 cases.{days}"
    )


def _in_days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
