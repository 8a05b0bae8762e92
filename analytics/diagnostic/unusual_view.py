"""The unusual days of a period: which they are, and what a day would have to do to be one."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics import formats
from analytics.descriptive.kpis import nothing_matches
from analytics.diagnostic.unusual_days import BAND, FALSE_WEEKS, WHOLE, Series, UnusualDays, series_name
from analytics.diagnostic.unusual_errors import WINDOWS
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import metric
from analytics.periods import Period, day_label
from analytics.shop import DIMENSIONS, Shop

WHERE = {"all": "Everywhere", "shop": "The whole shop", "members": "Members"}
FEWEST_DAYS_DRAWN = 56


@dataclass(frozen=True)
class UnusualInView:
    """The runs that touch a period, as in ``UnusualDays``, and what is said of them.

    ``incidents`` are the same with those folded into one that go the same way in the same metric on the same days: the
    farthest, with where else it was seen in ``also`` (names, farthest first).
    """

    runs: pd.DataFrame
    incidents: pd.DataFrame
    sentence: str
    notes: str

    def table(self) -> pd.DataFrame:
        """The runs in words, for files: percentages as shares."""
        named = [metric(key).name for key in self.runs["metric"]]
        places = [member or WHOLE for member in self.runs["member"]]
        kinds = [DIMENSIONS.get(dimension, "") for dimension in self.runs["dimension"]]
        kept = self.runs[["first", "last", "days"]].rename(columns={"first": "start_date", "last": "end_date"})
        figures = self.runs[["value", "expected", "off", "errors", "by_chance", "stayed"]]
        return kept.assign(what=named, where=places, kind=kinds).join(figures)


def unusual_in_view(found: UnusualDays, filters: Filters, shop: Shop, where: str = "all") -> UnusualInView:
    """The unusual days of the filters' period.

    Parameters
    ----------
    found : ``unusual_days`` of the same members.
    where : one of ``WHERE``.

    Raises
    ------
    ValueError : no such place.
    NotEnoughData : no order is in the period, or no day of it could be judged.
    """
    if where not in WHERE:
        raise ValueError(f"where: expected one of {', '.join(WHERE)}, got {where!r}")
    first, last = pd.Timestamp(filters.period.start), pd.Timestamp(filters.period.end)
    within = (found.days >= first) & (found.days <= last)
    if not found.orders[within].any():
        raise NotEnoughData(nothing_matches(filters))
    judged = [(~np.isnan(one.by_chance) & within).any() for one in found.series]
    if not any(judged):
        raise NotEnoughData(
            "No day of this period can be judged: what is usual is learnt from the weeks before, and a weekday must "
            "usually have a few orders. Choose a later period or fewer filters."
        )
    runs = found.runs[(found.runs["first"] <= last) & (found.runs["last"] >= first)]
    wanted = {"shop": runs["member"].eq(""), "members": runs["member"].ne("")}.get(where, runs["member"].notna())
    runs = runs[wanted].reset_index(drop=True)
    looked = [one for one in found.series if where == "all" or (where == "shop") == (not one.member)]
    notes = [_smallest(looked[0], found, shop)] if looked and not looked[0].member else []
    notes += ["By chance: adjusted for looking at every day of the history in every series."]
    notes += ["A run of unusual days reaches beyond the period."] * bool(
        ((runs["first"] < first) | (runs["last"] > last)).any()
    )
    folded = incidents(runs)
    return UnusualInView(
        runs, folded, _sentence(folded, looked), " ".join([*filter(None, notes), found.left_out]).strip()
    )


def incidents(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs of one metric to one side on the same days as one, newest first; see ``UnusualInView``."""
    found: list[dict] = []
    by_size = runs.assign(_size=runs["errors"].abs()).sort_values("_size", ascending=False, kind="stable")
    for run in by_size.drop(columns="_size").to_dict("records"):
        main = next((one for one in found if _is_part_of(run, one)), None)
        if main:
            main["also"] += (run["member"] or WHOLE,)
        else:
            found.append(run | {"also": ()})
    folded = pd.DataFrame(found, columns=[*runs.columns, "also"])
    return folded.sort_values(["last", "by_chance"], ascending=[False, True], kind="stable", ignore_index=True)


def _is_part_of(run: dict, main: dict) -> bool:
    same = run["metric"] == main["metric"] and run["errors"] * main["errors"] > 0
    return same and run["first"] <= main["last"] and main["first"] <= run["last"]


def farthest_series(view: UnusualInView) -> str | None:
    """The name of the series with the farthest unusual day; None where there is none."""
    if view.runs.empty:
        return None
    far = view.runs.loc[view.runs["errors"].abs().idxmax()]
    return series_name(far["metric"], far["member"])


def run_filters(run: dict, filters: Filters) -> Filters:
    """The filters that show a run alone: its days and its member, beside the members kept."""
    kept = {run["dimension"]: run["member"]} if run["dimension"] else {}
    period = Period(run["first"].date(), run["last"].date())
    return Filters(period, filters.compare, **filters.members).narrowed(kept)


def run_when(run: dict) -> str:
    """The days of a run as people write them."""
    return Period(run["first"].date(), run["last"].date()).label()


def off_by(run: dict) -> str:
    """How far from the usual, with its direction in words.

    >>> off_by({"off": -0.342, "value": 1.0, "expected": 2.0})
    '34 % below the usual'
    """
    side = "above" if run["value"] > run["expected"] else "below"
    if formats.is_missing(run["off"]):
        return f"{side} the usual"
    return f"{formats.percent(abs(run['off']), 0)} {side} the usual"


def how_unusual(value: float, expected: float, errors: float) -> str:
    """How far a day lay from its usual.

    >>> how_unusual(50.0, 100.0, -5.25)
    '50 % below the usual, 5.2 standard errors'
    """
    off = (value - expected) / abs(expected) if expected else float("nan")
    return f"{off_by({'value': value, 'expected': expected, 'off': off})}, {abs(errors):.1f} standard errors"


def days_drawn(one: Series, found: UnusualDays, filters: Filters) -> slice:
    """The positions of the days that are drawn: those of the period, and some before where these are few."""
    start = min(filters.period.start, filters.period.end - timedelta(FEWEST_DAYS_DRAWN - 1))
    first, last = (found.days.searchsorted(pd.Timestamp(day)) for day in (start, filters.period.end))
    return slice(int(first), int(last) + 1)


def course_sentence(one: Series, found: UnusualDays, filters: Filters, shop: Shop) -> str:
    """What the chart of a series shows, in words."""
    drawn = days_drawn(one, found, filters)
    days = found.days[drawn]
    if not len(days):
        return f"{one.name}: no day of this period is complete."
    unusual = int(one.is_unusual[drawn].sum())
    counted = "no day" if not unusual else f"{unusual} day{'' if unusual == 1 else 's'}"
    return (
        f"{one.name}, {Period(days[0].date(), days[-1].date()).label()}: {counted} out of the ordinary. Shaded: where "
        "95 of 100 days lie, for the weekday, the season and known events."
    )


def course_table(one: Series, found: UnusualDays, filters: Filters) -> pd.DataFrame:
    """The same as rows: ``date``, ``value``, ``expected``, ``low``, ``high``, ``errors``, ``by_chance``, ``unusual``.

    In the metric's unit; ``unusual`` is yes or no.
    """
    drawn = days_drawn(one, found, filters)
    figures = {n: getattr(one, n)[drawn].astype("float64") for n in ("value", "expected", "low", "high")}
    odds = {n: getattr(one, n)[drawn].astype("float64") for n in ("errors", "by_chance")}
    return pd.DataFrame({"date": found.days[drawn]} | figures | odds | {"unusual": one.is_unusual[drawn]})


def _sentence(found: pd.DataFrame, looked: list[Series]) -> str:
    metrics = len({one.metric for one in looked})
    members = len({(one.dimension, one.member) for one in looked if one.member})
    of_members = f" and {members} of its members" if members else ""
    watched = f"{metrics} metrics of the shop{of_members} were looked at, alone and some days together"
    if found.empty:
        return f"No day was out of the ordinary, by more than chance is among so many: {watched}."
    of_shop = int((found["member"].eq("") | found["also"].map(lambda places: WHOLE in places)).sum())
    times = f"{len(found)} {'time' if len(found) == 1 else 'times'}"
    seen = f", {of_shop or 'none'} of them seen in the shop as a whole" if members else ""
    far = found.loc[found["errors"].abs().idxmax()].to_dict()
    return (
        f"Out of the ordinary: {times}{seen}. Farthest: {metric(far['metric']).name.lower()} of "
        f"{far['member'] or WHOLE}, {run_when(far)}, {off_by(far)} ({abs(far['errors']):.1f} standard errors)."
    )


def _smallest(one: Series, found: UnusualDays, shop: Shop) -> str:
    """How far the shop's last day would have had to lie away to be called unusual; a shop of few orders sees little."""
    last = np.flatnonzero(~np.isnan(one.expected) & ~np.isnan(one.low))
    if not last.size or not one.expected[last[-1]] > 0:
        return ""
    looks = sum((~np.isnan(s.errors)).sum() for s in found.series if not s.member) * (1 + len(WINDOWS))
    bar = _errors_at(FALSE_WEEKS / max(looks, 1))
    half = float(one.expected[last[-1]] - one.low[last[-1]]) / BAND * bar / float(one.expected[last[-1]])
    name = metric(one.metric).name.lower()
    if half >= 1:
        return f"Single days are too few orders here for a fall of {name} to be told from chance."
    day = day_label(found.days[last[-1]].date())
    return f"Alone, a day's {name} would have to fall by about {formats.percent(half, 0)} to be told (on {day})."


def _errors_at(odds: float) -> float:
    """How many standard errors a normal deviate exceeds to either side that rarely."""
    low, high = 0.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) > odds else (low, middle)
    return high


def days_marked(found: UnusualDays, key: str, first: date, last: date) -> pd.DataFrame:
    """The unusual days of the shop as a whole for a metric between two days.

    Returns
    -------
    One row per day: ``day``, ``value``, ``expected``, ``errors``, ``by_chance``; none where the metric is not followed.
    """
    one = next((s for s in found.series if s.metric == key and not s.member), None)
    columns = ("value", "expected", "errors", "by_chance")
    if one is None:
        return pd.DataFrame({"day": pd.DatetimeIndex([])} | dict.fromkeys(columns, pd.Series(dtype="float64")))
    within = (found.days >= pd.Timestamp(first)) & (found.days <= pd.Timestamp(last))
    at = np.flatnonzero(one.is_unusual & within)
    return pd.DataFrame({"day": found.days[at]} | {n: getattr(one, n)[at].astype("float64") for n in columns})
