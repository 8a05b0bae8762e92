"""How a metric went for each member of a dimension: side by side, as shares of the total, over their own last year."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many
from analytics.descriptive.activity import parts_by_member_and_bucket
from analytics.descriptive.breakdowns import counted_members, member_columns
from analytics.descriptive.buckets import (
    bucket_edges,
    complete_buckets,
    corresponding_day,
    need_granularity,
    need_mean_window,
    overlaid_period,
    told_buckets,
)
from analytics.descriptive.cells import Cells
from analytics.descriptive.kpis import Kpis
from analytics.descriptive.trends import MEAN_DAYS
from analytics.errors import NotEnoughData
from analytics.filters import COMPARED_WITH, Filters
from analytics.formats import MISSING, signed
from analytics.metrics import ADDITIVE, DERIVED, Metric, metric
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop
from analytics.summed import Sums, added_up, summed

MOST_MEMBERS = 40
"""Members whose course is worked out; all of them count in totals, shares and the sentence."""

Rows = dict[str, np.ndarray]
"""By part of the metric: a row per member and a last one for all of them, a column per bucket."""


@dataclass(frozen=True)
class MemberTrends:
    """A metric over time for the members of a dimension.

    ``members`` has one row per member of the view, biggest first: ``member``, ``value`` of the whole period, ``share``
    of the total (0–1, where members add up), ``orders``, ``change`` against ``compared``, ``noise``, ``by_chance`` and
    ``beyond_chance`` (see ``largest_movers``, but of the change itself).
    ``buckets`` has, for each of the ``MOST_MEMBERS`` biggest, one row per bucket in order: ``member``, ``start``,
    ``value``, ``mean``, ``reference``, ``reference_mean`` and ``complete`` as in ``Trend``, though missing where they
    cannot be told yet, and ``share`` and
    ``share_mean`` of all members' total (0–1; missing where that is not positive, or members do not add up).
    """

    dimension: str
    metric: str
    granularity: str
    members: pd.DataFrame
    buckets: pd.DataFrame
    reference_name: str | None
    compared: str | None
    sentence: str
    mean_days: int = MEAN_DAYS


def metric_trend_by_member(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    dimension: str = "channel",
    key: str = "revenue",
    granularity: str = "day",
    mean_days: int = MEAN_DAYS,
    overlay: bool = True,
    sums: Sums = (),
) -> MemberTrends:
    """A metric by day, week, month or quarter for each member of a dimension.

    Parameters
    ----------
    cells, kpis : ``revenue_cells`` and ``current_kpis`` of the same filters, for the members' changes and their noise.
    dimension, key : a dimension and a metric of the registry.
    granularity, mean_days, overlay : as in ``metric_trend``.
    sums : of the same orders, if there are any.

    Raises
    ------
    ValueError : unknown dimension, metric, granularity or window.
    NotEnoughData : the shop's orders do not carry the dimension, no row matches, or the data begin too shortly before.
    """
    need_granularity(granularity)
    need_mean_window(mean_days)
    compared, columns = member_columns(orders, cells, kpis, filters, shop, dimension, key)
    members = _with_odds(pd.DataFrame(columns))
    view = _View(filters, shop, dimension, metric(key), granularity, mean_days if granularity == "day" else 0)
    names = pd.Index(members["member"].head(MOST_MEMBERS).astype(object))
    if not any(told_buckets(view.measured, view.edges(), shop)):
        raise NotEnoughData(f"{shop.doubt(view.measured, filters.period.start)[:-1]}: choose a later period.")
    overlaid, earlier = overlaid_period(filters, shop, view.measured) if overlay else (None, None)
    rows = summed(orders, sums, (dimension, *filters.members)) if view.measured.from_daily else orders
    buckets = _buckets(rows, view, names, overlaid, earlier)
    sentence = _sentence(metric(key), members, dimension, compared, shop)
    if doubt := shop.doubt(view.measured, filters.period.start):
        sentence = f"{sentence} {doubt[:-1]}: what lies before is left out."
    return MemberTrends(dimension, key, granularity, members, buckets, overlaid, compared, sentence, mean_days)


def need_shares(measured: Metric) -> None:
    """Refuse shares of a metric whose members do not add up to a total.

    Raises
    ------
    NotEnoughData : they do not.
    """
    if not measured.adds_up:
        raise NotEnoughData(
            f"{measured.name} of the members does not add up to a total, so there are no shares of it: "
            "look at lines or panels, or at revenue, orders or new customers."
        )


def left_out_sentence(trends: MemberTrends, most: int, named: int = 4) -> str:
    """Which members are not among the ``most`` that are drawn; empty where all are."""
    rest = trends.members["member"].iloc[most:].tolist()
    if not rest:
        return ""
    more = f" and {len(rest) - named} more" if len(rest) > named else ""
    return f"Not drawn, being smaller: {', '.join(rest[:named])}{more}."


@dataclass(frozen=True)
class _View:
    """What is asked, for the steps of the answer."""

    filters: Filters
    shop: Shop
    dimension: str
    measured: Metric
    granularity: str
    window: int
    """Days of the moving mean; 0 where there is none."""

    def edges(self) -> list[date]:
        return bucket_edges(self.filters.period, self.granularity, self.shop.week_start)


def _with_odds(columns: pd.DataFrame) -> pd.DataFrame:
    errors = (NORMAL_95 * columns["change"].abs() / columns["noise"].where(columns["noise"] > 0)).fillna(0)
    odds = odds_among_many(errors.to_numpy())
    kept = columns[["member", "value", "share", "orders", "change", "noise"]]
    return kept.assign(by_chance=odds, beyond_chance=odds <= FALSE_DISCOVERIES)


def _buckets(
    orders: ir.Table | pd.DataFrame, view: _View, names: pd.Index, overlaid: str | None, earlier: Period | None
) -> pd.DataFrame:
    edges = view.edges()
    spans = {"value": (view.filters.period, edges)}
    if earlier:
        spans["reference"] = earlier, [corresponding_day(edge, overlaid, view.filters.period) for edge in edges]
    found = _from_days(orders, view, names, spans) if view.measured.from_daily else _afresh(orders, view, names, spans)
    nothing = np.full((len(names), len(edges)), np.nan)
    found["mean"] = found.pop("value_mean", nothing)
    told = told_buckets(view.measured, edges, view.shop)
    if not all(told):
        found |= {name: np.where(told, found[name], np.nan) for name in _OF_PERIOD if name in found}
    columns = {name: found.get(name, nothing).ravel() for name in _FIGURES}
    complete = complete_buckets(view.filters, view.shop, edges, view.granularity)
    named = {"member": np.repeat(names.to_numpy(), len(edges)), "start": edges * len(names)}
    return pd.DataFrame(named | columns | {"complete": complete * len(names)})


def _afresh(
    orders: ir.Table | pd.DataFrame, view: _View, names: pd.Index, spans: dict[str, tuple[Period, list[date]]]
) -> dict[str, np.ndarray]:
    """Distinct customers, counted by bucket and member; over days they do not add up, so there is no mean."""
    found = {}
    for name, (period, edges) in spans.items():
        different = sorted(set(edges))  # 29 February and the 28th share one
        asked = (view.measured.parts, view.dimension, names, view.shop.customer_keys)
        parts = parts_by_member_and_bucket(orders, view.filters, period, different, *asked)
        found[name] = view.measured.value(parts)[:, np.searchsorted(different, edges)]
    return found


def _from_days(
    orders: ir.Table | pd.DataFrame, view: _View, names: pd.Index, spans: dict[str, tuple[Period, list[date]]]
) -> dict[str, np.ndarray]:
    """What adds up over days, from one query for all spans and the days before them that the means need."""
    lead = timedelta(max(view.window - 1, 0))
    led = {name: Period(period.start - lead, period.end) for name, (period, _) in spans.items()}
    asked = {"dimension": view.dimension, "parts": _stored(view.measured)}
    counted = collected_within(_parts_by_day, orders, view.filters, led, **asked)
    found = {}
    for name, (_, edges) in spans.items():
        by_day = _by_day(counted, names, led[name], _stored(view.measured))
        starts = [(edge - led[name].start).days for edge in edges]
        sums = {part: np.add.reduceat(days, starts, axis=1) for part, days in by_day.items()}
        found |= _figures(view.measured, sums, *_NAMES_OF[name])
        if view.window:
            means = {part: _moving_means(days, view.window)[:, starts] for part, days in by_day.items()}
            first = view.shop.new_from if view.measured.looks_back else view.shop.first_day
            unknown = [edge - timedelta(view.window - 1) < first for edge in edges]
            of_means = _figures(view.measured, means, *(f"{column}_mean" for column in _NAMES_OF[name]))
            found |= {column: np.where(unknown, np.nan, figures) for column, figures in of_means.items()}
    return found


def _stored(measured: Metric) -> tuple[str, ...]:
    """The parts to ask the engine for."""
    derived = {"sales", "revenue"} if set(measured.parts) & set(DERIVED) else set()
    return tuple(sorted((set(measured.parts) & set(ADDITIVE)) | derived))


def _parts_by_day(rows: ir.Table, periods: dict[str, Period], dimension: str, parts: tuple[str, ...]) -> ir.Table:
    return rows.group_by(day=rows.date, member=rows[dimension].cast("string")).agg(
        **{p: added_up(rows, p) for p in parts}
    )


def _by_day(counted: pd.DataFrame, names: pd.Index, span: Period, parts: tuple[str, ...]) -> Rows:
    day = (pd.DatetimeIndex(counted["day"]) - pd.Timestamp(span.start)).days.to_numpy()
    within = (day >= 0) & (day < span.days)
    row = names.get_indexer(counted["member"].astype(object))
    known = within & (row >= 0)
    sums = {}
    for part in parts:
        values = np.nan_to_num(counted[part].to_numpy(dtype="float64", na_value=np.nan))
        place = row[known] * span.days + day[known]
        members = np.bincount(place, values[known], len(names) * span.days).reshape(len(names), span.days)
        together = np.bincount(day[within], values[within], span.days)
        sums[part] = np.vstack([members, together]).astype("float64")
    return sums | {name: derived(sums) for name, derived in DERIVED.items() if {"sales", "revenue"} <= set(parts)}


def _moving_means(days: np.ndarray, window: int) -> np.ndarray:
    padded = np.hstack([np.full((len(days), window - 1), np.nan), days])
    return np.lib.stride_tricks.sliding_window_view(padded, window, axis=1).mean(axis=2)


def _figures(measured: Metric, sums: Rows, name: str, share: str) -> dict[str, np.ndarray]:
    """The metric of each member, and its share of the total where members add up to a positive one."""
    found = {name: measured.value(sums)[:-1]}
    if measured.adds_up:
        parts = sums[measured.numerator]
        found[share] = parts[:-1] / np.where(parts[-1] > 0, parts[-1], np.nan)
    return found


def _sentence(measured: Metric, members: pd.DataFrame, dimension: str, compared: str | None, shop: Shop) -> str:
    """Who rose and who fell most beyond chance, given how many were looked at."""
    number = len(members)
    if number < 2:
        return f"Only {members['member'].iloc[0]} is in view: there is nothing to tell apart."
    if compared is None:
        return f"{counted_members(number, dimension)} in view, compared with nothing."
    sure = members[members["beyond_chance"]]
    if sure.empty:
        return (
            f"None of the {counted_members(number, dimension)} changed by more than chance does when so many are "
            f"looked at, against {COMPARED_WITH[compared]}."
        )
    said = [
        f"{_extreme(sure, direction)['member']} {verb} most ({_change(measured, _extreme(sure, direction), shop)})"
        for direction, verb in ((1, "rose"), (-1, "fell"))
        if (sure["change"] * direction > 0).any()
    ]
    return (
        f"Beyond chance, {' and '.join(said)}; {len(sure)} of {counted_members(number, dimension)} changed so, "
        f"against {COMPARED_WITH[compared]}."
    )


def _extreme(sure: pd.DataFrame, direction: int) -> pd.Series:
    return sure.loc[(sure["change"] * direction).idxmax()]


def _change(measured: Metric, row: pd.Series, shop: Shop) -> str:
    relative = measured.format_change(row["value"], row["value"] - row["change"])
    if measured.denominator is not None:
        return relative
    amount = signed(measured.format(row["change"], shop.currency))
    return amount if relative == MISSING else f"{amount}, {relative}"


_FIGURES = ("value", "mean", "share", "share_mean", "reference", "reference_mean")
_OF_PERIOD = ("value", "mean", "share", "share_mean")
_NAMES_OF = {"value": ("value", "share"), "reference": ("reference", "reference_share")}
"""By span: what its metric and its share are called."""
