"""On which days a rule fires: on the whole history for its editor, and on each new day for the record."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.descriptive.alert_odds import chance_below, critical_errors, two_days
from analytics.descriptive.alert_rules import AlertRule, first_judged_sentence, rule_problem
from analytics.descriptive.courses import MOST_MEMBERS, Course
from analytics.descriptive.followed import DAYS_TO_LEARN, refunds_a_day
from analytics.descriptive.usual import SURPRISE, Usual
from analytics.errors import NotEnoughData
from analytics.metrics import metric
from analytics.periods import DAYS_A_MONTH, DAYS_A_YEAR
from analytics.shop import Shop

WEEKS_OF_VOLUME = 4
LEAST_REFUNDS = 8.0
"""Refunds that a window must usually hold: of fewer one more is no news."""


@dataclass(frozen=True)
class History:
    """What a rule would have done. Arrays by series and day, in the metric's unit, of the days of the ``course``.

    ``value``, ``expected``, ``low`` and ``high`` (beyond which it fires; missing on a side not watched), ``errors``
    (standard errors from the usual), ``judged`` and ``fires``. ``quiet`` is the chance of firing on a judged day on
    which nothing happens; ``bar`` the standard errors of an unusual rule on the last day that could be judged.
    """

    rule: AlertRule
    course: Course
    rows: np.ndarray
    value: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    errors: np.ndarray
    judged: np.ndarray
    fires: np.ndarray
    quiet: np.ndarray
    bar: float

    @property
    def members(self) -> list[str]:
        """The names of its series."""
        return [self.course.members[row] for row in self.rows]

    def firings(self, after: date | None = None) -> pd.DataFrame:
        """One row per firing, by day and member: ``day``, ``member``, ``value``, ``expected``, ``low``, ``high``,
        ``errors``; of the days after one only, where it is given."""
        rows, days = np.nonzero(self.fires)
        figures = ("value", "expected", "low", "high", "errors")
        found = pd.DataFrame({"day": self.course.days[days], "member": [self.members[row] for row in rows]})
        found = found.assign(**{name: getattr(self, name)[rows, days] for name in figures})
        found = found if after is None else found[found["day"] > pd.Timestamp(after)]
        return found.sort_values(["day", "member"], kind="stable").reset_index(drop=True)

    @property
    def judged_days(self) -> int:
        """Days on which at least one series was judged."""
        return int(self.judged.any(axis=0).sum())

    def a_month(self) -> float:
        """Days a month on which it fired; missing where none was judged."""
        return self._per_month(self.fires.any(axis=0).sum())

    def quiet_a_month(self) -> float:
        """The same of a shop in which nothing happens and days scatter as much as here."""
        silent = np.where(self.judged, 1 - self.quiet, 1.0).prod(axis=0)
        return self._per_month((1 - silent).sum())

    def _per_month(self, days: float) -> float:
        return float(days) / self.judged_days * DAYS_A_MONTH if self.judged_days else float("nan")


def rule_history(course: Course, rule: AlertRule, shop: Shop) -> History:
    """What a rule would have done on each day of the shop's history, judged by what was known the day before.

    Parameters
    ----------
    course : ``usual_course`` of the rule's metric and dimension.

    Raises
    ------
    NotEnoughData : the rule makes no sense for this shop, or there is no day yet that could be judged.
    """
    problem = rule_problem(rule, shop)
    if problem:
        raise NotEnoughData(problem)
    rows = _watched(course, rule)
    judge = _unusual if rule.kind == "unusual" else _crossing
    history = judge(course, rule, shop, rows)
    if not history.judged.any():
        raise NotEnoughData(_nothing_judged(rule, shop))
    return history


def _watched(course: Course, rule: AlertRule) -> np.ndarray:
    if not rule.member:
        return np.arange(len(course.members))
    if rule.member not in course.members:
        raise NotEnoughData(
            f"“{rule.member}” is not among the {MOST_MEMBERS} biggest members, which are those that are watched: "
            "filter the pages to it instead."
        )
    return np.array([course.members.index(rule.member)])


def _nothing_judged(rule: AlertRule, shop: Shop) -> str:
    if (shop.today - shop.first_day).days + 1 <= DAYS_TO_LEARN:
        return first_judged_sentence(shop, DAYS_TO_LEARN)
    if rule.metric == "refund_rate":
        return (
            f"Refunds are too few to judge {rule.scope}: the days looked at must usually hold {LEAST_REFUNDS:g} of "
            "about equal size. Look over more days."
        )
    return (
        f"No day can be judged: {rule.scope} never had {rule.least_orders:g} orders or more in the days the rule looks "
        "at, or there is nothing to compare with. Lower the least number of orders, or look over more days."
    )


def _unusual(course: Course, rule: AlertRule, shop: Shop, rows: np.ndarray) -> History:
    usual, window = course.usual, rule.window_days
    errors = usual.errors[rows]
    judgeable = _is_judgeable(course, rule, shop, rows)
    odds = _odds_of_each(rule, np.maximum(judgeable.sum(axis=0), 1))
    bar = _bars(odds, window)
    lately = two_days(errors, usual.errors_a_day_before()[rows]) if window == 1 else _of_window(usual, window)[rows]
    watched = judgeable & ~np.isnan(errors if window == 1 else lately)
    beyond = {"down": _falls(errors, lately, bar, window), "up": _falls(-errors, -lately, bar, window)}
    value, expected = _summed(course, rows, window)
    fires = _either(beyond, rule.direction) & watched & _is_far(rule, value, expected)
    low, high = _range(course, rows, expected, bar, window)
    sides = 2 if rule.direction == "both" else 1
    shown = errors if window == 1 else lately
    return History(
        rule,
        course,
        rows,
        value,
        expected,
        low if rule.direction != "up" else np.full_like(low, np.nan),
        high if rule.direction != "down" else np.full_like(high, np.nan),
        np.where(fires & (window == 1) & (np.abs(lately) > np.abs(shown)), lately, shown),
        watched,
        fires,
        np.where(watched, odds * sides, 0.0),
        float(bar[judgeable.any(axis=0)][-1]) if judgeable.any() else float(bar[-1]),
    )


def _is_far(rule: AlertRule, value: np.ndarray, expected: np.ndarray) -> np.ndarray | bool:
    """Whether it deviates by as much as the rule wants to be told of."""
    if not (rule.least_change or rule.least_share):
        return True
    return np.abs(value - expected) >= np.maximum(rule.least_change, rule.least_share * np.abs(expected))


def _odds_of_each(rule: AlertRule, looks: np.ndarray) -> np.ndarray:
    """The chance, per day, side and series, that leaves the rule's false alarms a year to all of them together.

    Parameters
    ----------
    looks : how many series can be judged, by day; it is known before the day. Members of too few orders are no looks:
        corrected for them all the same, a rule for forty countries would hardly see the one that sells.
    """
    a_day = rule.false_alarms_a_year / DAYS_A_YEAR
    each = 1 - (1 - a_day) ** (1 / looks)
    return each / 2 if rule.direction == "both" else each


def _bars(odds: np.ndarray, window: int) -> np.ndarray:
    """By day, how many standard errors are far enough."""
    each, place = np.unique(odds, return_inverse=True)
    return np.array([critical_errors(float(chance), window) for chance in each])[place]


def _falls(errors: np.ndarray, lately: np.ndarray, bar: np.ndarray, window: int) -> np.ndarray:
    return (errors < -bar) | (lately < -bar) if window == 1 else lately < -bar


def _either(beyond: dict[str, np.ndarray], direction: str) -> np.ndarray:
    return beyond["down"] | beyond["up"] if direction == "both" else beyond[direction]


def _of_window(usual: Usual, window: int) -> np.ndarray:
    """The days of a window taken together, in standard errors of their sum; single days count to a limit.

    Days on which nothing was to be seen are left out; missing where those are more than half.
    """
    seen = _trailing(~np.isnan(usual.errors) * 1.0, window)
    total = _trailing_by_level_before(
        usual, window, lambda day: np.nan_to_num(np.clip(day.errors, -SURPRISE, SURPRISE))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(seen * 2 > window, total / np.sqrt(seen), np.nan)


def _trailing_by_level_before(usual: Usual, window: int, daily: Callable[[Usual], np.ndarray]) -> np.ndarray:
    """Sums over a window of what each of its days is by the level known when the window began.

    A level that was found to have moved within the window is what its rule is to tell, not what it takes for granted.
    """
    sums = np.zeros(usual.centre.shape)
    for before in range(min(window, sums.shape[1])):
        sums[:, before:] += daily(usual.at_level_of(window - 1 - before))[:, : sums.shape[1] - before]
    sums[:, : window - 1] = np.nan
    return sums


def _trailing(daily: np.ndarray, window: int) -> np.ndarray:
    """Sums over each day and those before it in the window; missing until there are as many."""
    running = np.cumsum(daily, axis=1)
    sums = running.copy()
    sums[:, window:] = running[:, window:] - running[:, :-window]
    sums[:, : window - 1] = np.nan
    return sums


def _summed(course: Course, rows: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """The metric and its usual size over the window."""
    measured, usual = metric(course.metric), course.usual
    if window == 1 or not measured.from_daily:
        return usual.followed.values[rows], usual.expected()[rows]
    sums = {p: _trailing(course.parts[p][rows], window) for p in (*measured.parts, *(("total",) * course.relative))}
    over = _denominator(course)
    with np.errstate(invalid="ignore"):
        value = sums[measured.numerator] / sums["total"] if course.relative else measured.value(sums)
    if over is None:
        return value, _trailing_by_level_before(usual, window, Usual.expected)[rows]
    weights = course.parts[over]
    total = _trailing_by_level_before(usual, window, lambda day: np.nan_to_num(day.expected()) * weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        return value, (total / _trailing(weights, window))[rows]


def _denominator(course: Course) -> str | None:
    """The part by which days are weighted; none where they are added up."""
    return "total" if course.relative else metric(course.metric).denominator


def _spread_of_window(course: Course, rows: np.ndarray, window: int) -> np.ndarray:
    measured, deviation = metric(course.metric), course.usual.deviation()[rows]
    if window == 1 or not measured.from_daily:
        return deviation
    over = _denominator(course)
    if over is None:
        return np.sqrt(_trailing(deviation**2, window))
    weights = course.parts[over][rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(_trailing(np.nan_to_num(deviation * weights) ** 2, window)) / _trailing(weights, window)


def _range(course: Course, rows: np.ndarray, expected: np.ndarray, bar: np.ndarray, window: int):
    """Between which values the rule stays silent."""
    if window == 1:
        return course.usual.at(-bar)[rows], course.usual.at(bar)[rows]
    spread = _spread_of_window(course, rows, window)
    return expected - bar * spread, expected + bar * spread


def _crossing(course: Course, rule: AlertRule, shop: Shop, rows: np.ndarray) -> History:
    """Of a limit in the metric's unit, or of a share of what it was."""
    window = rule.window_days
    value, expected = _summed(course, rows, window)
    spread = _spread_of_window(course, rows, window)
    low, high = _limits(rule, value)
    with np.errstate(invalid="ignore", divide="ignore"):
        fires = (value < low) | (value > high)
        quiet = chance_below((low - expected) / spread) + chance_below((expected - high) / spread)
        errors = (value - expected) / spread
    judged = _is_judgeable(course, rule, shop, rows) & ~np.isnan(value) & ~(np.isnan(low) & np.isnan(high))
    far = _is_far(rule, value, expected)
    known = judged & ~np.isnan(spread)
    quiet = np.where(known, np.clip(np.nan_to_num(quiet), 0, 1), 0.0)
    return History(
        rule, course, rows, value, expected, low, high, errors, judged, fires & judged & far, quiet, float("nan")
    )


def _limits(rule: AlertRule, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    none = np.full(value.shape, np.nan)
    if rule.kind == "threshold":
        limit = np.full(value.shape, float(rule.limit))
        return (limit, none) if rule.direction == "down" else (none, limit)
    back = 364 if rule.against == "year" else max(7, rule.window_days)
    was = none.copy()
    was[:, back:] = value[:, :-back]
    was = np.where(was > 0, was, np.nan)
    low, high = was * (1 - rule.limit), was * (1 + rule.limit)
    return (none if rule.direction == "up" else low), (none if rule.direction == "down" else high)


def _is_judgeable(course: Course, rule: AlertRule, shop: Shop, rows: np.ndarray) -> np.ndarray:
    """Days on which the window usually holds orders enough; of metrics that look back, none before they can."""
    orders = course.parts["orders"][rows]
    weeks = [np.roll(orders, 7 * week, axis=1) for week in range(1, WEEKS_OF_VOLUME + 1)]
    usual = np.mean(weeks, axis=0)
    usual[:, : 7 * WEEKS_OF_VOLUME] = np.nan
    volume = usual if rule.window_days == 1 else _trailing(np.nan_to_num(usual), rule.window_days)
    enough = np.nan_to_num(volume) >= max(rule.least_orders, 1e-9)
    if "refunds" in course.parts:
        enough &= rule.window_days * refunds_a_day(course.parts)[rows] >= LEAST_REFUNDS
    first = shop.known_from if metric(rule.metric).looks_back and shop.known_from else shop.first_day
    return enough & (course.days >= pd.Timestamp(first))
