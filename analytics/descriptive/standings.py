"""How one target stands: judged on the days that there are, and said in one sentence."""

import math
from dataclasses import dataclass

import pandas as pd

from analytics import formats
from analytics.descriptive.activity import days_within
from analytics.descriptive.outlook import LEVEL_DAYS, Outlook, even_share, ratio_outlook, sum_outlook
from analytics.descriptive.target_entries import Target, trouble
from analytics.metrics import Metric, metric
from analytics.periods import Period, day_label
from analytics.shop import Shop

STATES = {
    "reached": "Reached",
    "missed": "Missed",
    "there": "There already",
    "ahead": "On course",
    "likely": "Likely",
    "open": "Open",
    "unlikely": "Unlikely",
    "behind": "Behind, beyond chance",
    "running": "Running",
    "later": "Not begun",
    "unknown": "Cannot be told",
}
"""How a target stands → how that is said."""
SURE, PROBABLE = 0.9, 0.6
"""Chances of reaching a target from which it is said to be on course, and likely; the same below, mirrored."""

CHANCE_VARIANCE = {"revenue": "revenue_squared", "orders": "orders", "new_customers": "new_customers"}
"""Metrics that are sums over days → the part that holds a day's variance if orders came by pure chance."""


@dataclass(frozen=True)
class Standing:
    """How a target stands at the end of the last complete day.

    ``actual`` is the metric so far; ``pace`` what an even course would have by now; ``landing``, ``low`` and ``high``
    where the period will end and the band it ends in in 80 of 100 cases; ``chance`` the probability (0–1) of reaching
    the target; ``needed`` and ``expected`` what a sum needs on each of the ``days_left``, and what is expected of them
    (of a ratio: on average in these days). Missing where it cannot be known. ``state`` is one of ``STATES``.
    """

    target: Target
    state: str
    sentence: str
    actual: float = math.nan
    pace: float = math.nan
    landing: float = math.nan
    low: float = math.nan
    high: float = math.nan
    chance: float = math.nan
    needed: float = math.nan
    expected: float = math.nan
    days_left: int = 0
    basis: str = "none"


def standing_of(
    target: Target, daily: pd.DataFrame, dispersions: dict[str, float], distinct: dict[str, float], shop: Shop
) -> Standing:
    """How a target stands at the end of the last complete day.

    Parameters
    ----------
    daily, dispersions : ``daily_activity`` of what the target is about, and its ``day_dispersions``.
    distinct : the distinct parts of the metric so far, where it has any (see ``metrics.DISTINCT``).
    """
    if why := trouble(target, shop):
        return Standing(target, "unknown", why)
    measured, period = metric(target.metric), target.period
    if period.start > shop.today:
        return Standing(target, "later", f"Begins on {day_label(period.start)}: nothing can be said before.")
    seen = Period(period.start, min(period.end, shop.today))
    parts = daily.iloc[days_within(daily, seen)].sum().to_dict() | distinct
    actual = float(measured.value(parts))
    if why := _only_partly(measured, period, shop):
        return Standing(target, "unknown", f"{_so_far(measured, actual, target, shop)}. {why}", actual)
    if period.end <= shop.today:
        return _ended(target, measured, actual, shop)
    until_now = daily.iloc[: days_within(daily, seen).stop]
    days_left = (period.end - shop.today).days
    outlook = _outlook(measured, until_now, seen.days, days_left, dispersions)
    return _running(target, measured, actual, outlook, until_now, seen.days, days_left, shop)


def _only_partly(measured: Metric, period: Period, shop: Shop) -> str:
    """Why what is counted is not the whole of it."""
    if period.start < shop.first_day:
        return f"The data begin on {day_label(shop.first_day)}, so this is only part of it."
    return shop.doubt(measured, period.start)


def _ended(target: Target, measured: Metric, actual: float, shop: Shop) -> Standing:
    if formats.is_missing(actual):
        return Standing(target, "unknown", "Nothing happened that this could be computed from.")
    reached = _is_enough(measured, actual, target.value)
    off = _difference(measured, actual, target.value, shop)
    sentence = (
        f"{_so_far(measured, actual, target, shop)}: {'reached' if reached else 'missed'}, {off} against the target."
    )
    return Standing(target, "reached" if reached else "missed", sentence, actual, landing=actual)


def _outlook(
    measured: Metric, daily: pd.DataFrame, elapsed: int, days: int, dispersions: dict[str, float]
) -> Outlook | None:
    """Where the metric will end; None where that cannot be projected from days."""
    if not measured.from_daily or len(daily) < LEVEL_DAYS:
        return None
    top = daily[measured.numerator].to_numpy()
    recent = daily.iloc[-LEVEL_DAYS:].sum()
    if measured.denominator is None:
        variance = dispersions.get(measured.key, 1.0) * recent[CHANCE_VARIANCE[measured.key]] / LEVEL_DAYS
        return sum_outlook(top, elapsed, days, float(variance))
    return ratio_outlook(top, daily[measured.denominator].to_numpy(), elapsed, days, _unit_variance(measured, recent))


def _unit_variance(measured: Metric, recent: pd.Series) -> float:
    """How much single orders scatter around their mean."""
    if not measured.spread or recent[measured.denominator] < 2:
        return math.nan
    mean = recent[measured.numerator] / recent[measured.denominator]
    return max(0.0, float(recent[measured.spread] / recent[measured.denominator] - mean**2))


def _running(
    target: Target,
    measured: Metric,
    actual: float,
    outlook: Outlook | None,
    daily: pd.DataFrame,
    elapsed: int,
    days_left: int,
    shop: Shop,
) -> Standing:
    """A target whose period is not over."""
    figures = {"actual": actual, "days_left": days_left}
    said = f"{_so_far(measured, actual, target, shop)} with {_days(days_left)} left"
    if outlook is None or formats.is_missing(outlook.expected):
        state = "there" if _is_there(measured, actual, target.value) else "running"
        return Standing(target, state, f"{said}. {_why_no_outlook(measured)}", **figures)
    values = daily[measured.numerator].to_numpy()
    if measured.denominator is None:
        figures |= {"pace": target.value * even_share(values, elapsed, days_left)}
        figures |= {"needed": (target.value - actual) / days_left, "expected": outlook.ahead[0] / days_left}
    else:
        figures |= _needed_of_ratio(target, measured, outlook, daily, elapsed)
    chance = outlook.chance_of(target.value, at_least=measured.better == "up")
    figures |= {"landing": outlook.expected, "low": outlook.low, "high": outlook.high, "chance": chance}
    state = _state(measured, actual, target.value, chance)
    sentence = f"{said}{_said_of_end(measured, figures, shop)}{_said_of_need(measured, state, figures, shop)}."
    return Standing(target, state, sentence, **figures, basis=outlook.basis)


def _needed_of_ratio(
    target: Target, measured: Metric, outlook: Outlook, daily: pd.DataFrame, elapsed: int
) -> dict[str, float]:
    """What the days left need on average so that the whole period ends on its target."""
    top, bottom = (float(daily[part].to_numpy()[-elapsed:].sum()) for part in measured.parts)
    above, below = outlook.ahead
    if below <= 0:
        return {}
    return {"needed": (target.value * (bottom + below) - top) / below, "expected": above / below}


def _state(measured: Metric, actual: float, target: float, chance: float) -> str:
    if _is_there(measured, actual, target):
        return "there"
    if math.isnan(chance):
        return "running"
    if chance >= SURE:
        return "ahead"
    if chance >= PROBABLE:
        return "likely"
    return "behind" if chance <= 1 - SURE else "unlikely" if chance <= 1 - PROBABLE else "open"


def _is_there(measured: Metric, actual: float, target: float) -> bool:
    """Whether a count has reached its target before the end: unlike revenue, it never falls again."""
    return measured.denominator is None and measured.key != "revenue" and actual >= target


def _is_enough(measured: Metric, value: float, target: float) -> bool:
    return value >= target if measured.better == "up" else value <= target


def _so_far(measured: Metric, actual: float, target: Target, shop: Shop) -> str:
    """``₹ 1.20 M of ₹ 2.00 M (60.0 %)``; a ratio is held against its target, not a part of it."""
    now, wanted = (measured.format(value, shop.currency) for value in (actual, target.value))
    if measured.denominator is None and target.value > 0:
        return f"{now} of {wanted} ({formats.percent(actual / target.value, 0)})"
    limit = "at least" if measured.better == "up" else "at most"
    return f"{now}, to be {limit} {wanted}"


def _said_of_end(measured: Metric, figures: dict[str, float], shop: Shop) -> str:
    end, low, high = (measured.format(figures[name], shop.currency) for name in ("landing", "low", "high"))
    if math.isnan(figures["chance"]):
        return f"; heading for {end}, how surely cannot be told"
    odds = round(100 * figures["chance"])
    said = "more than 99" if odds > 99 else "fewer than 1" if odds < 1 else str(odds)
    return f"; heading for {end} ({low} to {high} in 80 of 100 cases), reaching the target in {said} of 100"


def _said_of_need(measured: Metric, state: str, figures: dict[str, float], shop: Shop) -> str:
    needed, expected = figures.get("needed", math.nan), figures.get("expected", math.nan)
    if state in ("there", "ahead") or math.isnan(needed):
        return ""
    if measured.denominator is None:
        need, usual = (_a_day(measured, value, shop) for value in (needed, expected))
        return f". Needed: {need} a day; expected: {usual}" if needed > 0 else ""
    if measured.unit == "score" and needed > 5 or needed < 0:
        return ". No result of the days left could reach it any more"
    need, usual = (measured.format(value, shop.currency) for value in (needed, expected))
    return f". Needed in the days left: {need} on average; expected: {usual}"


def _a_day(measured: Metric, value: float, shop: Shop) -> str:
    """What a single day brings; of what is counted, tenths."""
    return measured.format(value, shop.currency) if measured.unit == "money" else f"{value:,.1f}"


def _why_no_outlook(measured: Metric) -> str:
    if not measured.from_daily:
        return "Different customers cannot be added up over days, so where it will end is not projected."
    return f"Where it will end can be told from {LEVEL_DAYS} days of data on."


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _difference(measured: Metric, actual: float, target: float, shop: Shop) -> str:
    """In the metric's own unit, of shares in points."""
    if measured.denominator is None or measured.unit == "money":
        return formats.signed(measured.format(actual - target, shop.currency))
    return measured.format_change(actual, target)
