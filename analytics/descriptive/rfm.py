"""Recency, frequency, monetary value: which customers are the best, which are slipping away.

Each customer who ordered up to a day gets three scores of 1 to 5: how lately, how often, how much. A score is one more
than the number of quintile boundaries that the customer exceeds, so equal values always get equal scores, the lower
one where a boundary falls among them. Where most customers ordered once, middle frequency scores therefore do not
occur, rather than being dealt out at random among equals. Names stand for recency × frequency.
Source: scores as in Hughes, Strategic Database Marketing (1994); the ten names are those in common use for the
5 × 5 grid of recency and frequency (popularised by CleverTap and by Python notebooks); the rule for ties is our own.
"""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.descriptive.activity import inside
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_customers
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period, day_label
from analytics.questions import collected_within
from analytics.shop import Shop

QUINTILES = (0.2, 0.4, 0.6, 0.8)
TIES = (
    "Each customer who ordered by the period's last day is scored 1 to 5 for how lately (R), how often (F) and how "
    "much (M, less refunds): one more than the number of quintile boundaries exceeded, so equal values get equal "
    "scores. Orders of the members in the filters count, from the first day of the data. Names follow R × F in the "
    "common 5 × 5 grid: Champions R 5, F 4–5; Loyal R 3–4, F 4–5; Potential loyalists R 4–5, F 2–3; New customers R 5, "
    "F 1; Promising R 4, F 1; Need attention R 3, F 3; About to sleep R 3, F 1–2; Cannot lose them R 1–2, F 5; At risk "
    "R 1–2, F 3–4; Hibernating R 1–2, F 1–2."
)
FEWEST_CUSTOMERS = 10
"""Two a quintile: of fewer customers five groups say nothing."""

SEGMENTS = {
    "Champions": "bought lately and often",
    "Loyal": "buy often, the last time not long ago",
    "Potential loyalists": "bought lately, now and then",
    "New customers": "bought lately, among the seldomest",
    "Promising": "bought fairly lately, among the seldomest",
    "Need attention": "middling in both",
    "About to sleep": "bought seldom, a while ago",
    "Cannot lose them": "bought most often, but long ago",
    "At risk": "bought often, but long ago",
    "Hibernating": "bought seldom and long ago",
}
"""The names, best first, with what they mean."""

NOT_YET = "Not yet a customer"
"""Where those come from who had not ordered by the earlier day."""

_GRID = (
    "Hibernating,Hibernating,At risk,At risk,Cannot lose them",
    "Hibernating,Hibernating,At risk,At risk,Cannot lose them",
    "About to sleep,About to sleep,Need attention,Loyal,Loyal",
    "Promising,Potential loyalists,Potential loyalists,Loyal,Loyal",
    "New customers,Potential loyalists,Potential loyalists,Champions,Champions",
)
GRID = tuple(tuple(row.split(",")) for row in _GRID)
"""Row per recency score, column per frequency score, both from 1."""


@dataclass(frozen=True)
class Boundaries:
    """The four quintile boundaries of each measure over the customers of a day.

    ``recency`` in days since the last order, falling (fewer days are better); ``frequency`` in orders; ``monetary`` in
    the shop's currency, refunds deducted.
    """

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]


@dataclass(frozen=True)
class RfmGroups:
    """Customers counted by their scores on two days.

    ``groups`` has one row per combination that occurs: ``recency`` and ``frequency`` (scores on the period's last day),
    ``recency_before`` and ``frequency_before`` (on the day before the period; missing for those who had not ordered
    by then), ``customers``, and the sums ``days`` (since the last order), ``orders`` and ``revenue``. ``boundaries``
    are those of the last day; None where there are too few customers.
    """

    groups: pd.DataFrame
    boundaries: Boundaries | None


@dataclass(frozen=True)
class Rfm:
    """The named segments.

    ``segments`` has one row per name, best first: ``segment``, ``meaning``, ``customers``, ``share_of_customers``,
    ``revenue``, ``share_of_revenue`` (0–1), ``mean_days_since_order``, ``mean_orders``, ``mean_revenue``; means are
    missing where nobody is. ``movement`` has a row per segment before (last: ``NOT_YET``) and a column per segment now.
    """

    segments: pd.DataFrame
    movement: pd.DataFrame
    sentence: str
    movement_sentence: str
    notes: str


def rfm_groups(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> RfmGroups:
    """How many customers have which scores at the end of the period, and had on the day before it.

    Only orders of the members in the filters count. All of it is counted in the engine: what comes back has at most
    650 rows, whatever the number of customers.

    Parameters
    ----------
    orders : rows of the shop.
    """
    end = filters.period.end
    periods = {"now": Period(min(shop.first_day, end), end)}
    if filters.period.start > shop.first_day:
        periods["before"] = Period(shop.first_day, filters.period.start - timedelta(1))
    counted = collected_within(_scored_groups, orders, filters, periods)
    columns = ["recency", "frequency", "recency_before", "frequency_before", "customers", "days", "orders", "revenue"]
    groups = counted.reindex(columns=columns).astype("float64")
    enough = groups["customers"].sum() >= FEWEST_CUSTOMERS
    return RfmGroups(groups, _boundaries(counted) if enough else None)


def rfm_segments(rfm_groups: RfmGroups, filters: Filters, shop: Shop) -> Rfm:
    """How many customers are in each named segment, what they brought, and how they moved during the period.

    Parameters
    ----------
    rfm_groups : of the same filters.

    Raises
    ------
    NotEnoughData : too few customers, or all of them alike.
    """
    need_customers(shop)
    rows = rfm_groups.groups
    number = int(rows["customers"].sum())
    if not number:
        raise NotEnoughData(nothing_matches(filters))
    if rfm_groups.boundaries is None:
        raise NotEnoughData(
            f"Only {number} customer{'s have' if number > 1 else ' has'} ordered here by "
            f"{day_label(filters.period.end)}: quintiles need at least {FEWEST_CUSTOMERS}."
        )
    if len(set(rfm_groups.boundaries.recency)) == 1 and len(set(rfm_groups.boundaries.frequency)) == 1:
        raise NotEnoughData(
            "Nearly all customers are alike in how lately and how often they ordered: scores would tell nothing."
        )
    named = rows.assign(segment=_names(rows["recency"], rows["frequency"]))
    segments = _segments(named)
    before = _names(rows["recency_before"], rows["frequency_before"])
    movement = (
        named.assign(before=before)
        .pivot_table(index="before", columns="segment", values="customers", aggfunc="sum")
        .reindex(index=[*SEGMENTS, NOT_YET], columns=list(SEGMENTS))
        .fillna(0)
        .astype("int64")
    )
    return Rfm(segments, movement, _sentence(segments), _moved(movement, filters, shop), _ties(rows))


def segment_expression(
    recency: ir.IntegerValue, frequency: ir.IntegerValue, values: dict[str, int] | None = None
) -> ir.Value:
    """The name of the segment in the engine, or what is given for it, from the two scores; missing without them."""
    given = values or {name: name for name in SEGMENTS}
    return ibis.array([given[name] for row in GRID for name in row])[5 * (recency - 1) + frequency - 1]


def score(value: ir.NumericValue, boundaries: list, *, falling: bool = False) -> ir.IntegerValue:
    """1 and one more for each boundary exceeded; with ``falling``, for each that the value stays below."""
    exceeded = [(value < b) if falling else (value > b) for b in boundaries]
    return sum((e.cast("int32") for e in exceeded), ibis.literal(1, "int32"))


def _scored_groups(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    by_customer = _measures(rows.filter(rows.customer_key.notnull()), periods)
    bounds = by_customer.agg(
        **{
            f"{measure}_{p}_bounds": by_customer[f"{measure}_{p}"].quantile(list(QUINTILES))
            for p in periods
            for measure in ("days", "orders", *(("revenue",) if p == "now" else ()))
        }
    )
    both = by_customer.cross_join(bounds)
    columns = {"days": both.days_now, "orders": both.orders_now, "revenue": both.revenue_now}
    for period, suffix in (("now", ""), ("before", "_before")):
        there = period in periods
        columns |= {
            f"recency{suffix}": _scores(both, "days", period) if there else ibis.null("int32"),
            f"frequency{suffix}": _scores(both, "orders", period) if there else ibis.null("int32"),
        }
    kept = {f"{m}_bounds": both[f"{m}_now_bounds"] for m in ("days", "orders", "revenue")}
    scored = both.select(**columns, **kept)
    return scored.group_by("recency", "frequency", "recency_before", "frequency_before").agg(
        customers=scored.count(),
        days=scored.days.sum(),
        orders=scored.orders.sum(),
        revenue=scored.revenue.sum(),
        **{name: scored[name].arbitrary() for name in kept},
    )


def _measures(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    """Per customer who ordered by the last day, and per period: days since the last order, orders, revenue.

    Missing where the customer had not ordered by then.
    """
    columns = {}
    for name, where in inside(rows, periods).items():
        is_order = where & (rows.revenue >= 0)
        end = ibis.date(periods[name].end.isoformat())
        columns |= {
            f"days_{name}": end.delta(rows.date.max(where=is_order), unit="day"),
            f"orders_{name}": rows.revenue.count(where=is_order).nullif(0),
            f"revenue_{name}": rows.revenue.sum(where=where),
        }
    found = rows.group_by("customer_key").agg(**columns).filter(lambda c: c.orders_now.notnull())
    spent = {f"revenue_{p}": found[f"orders_{p}"].notnull().ifelse(found[f"revenue_{p}"], None) for p in periods}
    return found.mutate(**spent)


def _scores(both: ir.Table, measure: str, period: str) -> ir.IntegerValue:
    bounds = both[f"{measure}_{period}_bounds"]
    return score(both[f"{measure}_{period}"], [bounds[i] for i in range(4)], falling=measure == "days")


def _boundaries(counted: pd.DataFrame) -> Boundaries:
    first = counted.iloc[0]
    days, orders, revenue = (tuple(float(v) for v in first[f"{m}_bounds"]) for m in ("days", "orders", "revenue"))
    return Boundaries(days[::-1], orders, revenue)


def _names(recency: pd.Series, frequency: pd.Series) -> list[str]:
    scores = zip(recency, frequency, strict=True)
    return [NOT_YET if np.isnan(r) else GRID[int(r) - 1][int(f) - 1] for r, f in scores]


def _segments(named: pd.DataFrame) -> pd.DataFrame:
    sums = named.groupby("segment")[["customers", "days", "orders", "revenue"]].sum()
    sums = sums.reindex(list(SEGMENTS), fill_value=0.0).rename_axis("segment").reset_index()
    there = sums["customers"].where(sums["customers"] > 0)
    total = sums["revenue"].sum()
    return pd.DataFrame(
        {
            "segment": sums["segment"],
            "meaning": sums["segment"].map(SEGMENTS),
            "customers": sums["customers"].astype("int64"),
            "share_of_customers": sums["customers"] / sums["customers"].sum(),
            "revenue": sums["revenue"],
            "share_of_revenue": sums["revenue"] / total if total > 0 else np.nan,
            "mean_days_since_order": sums["days"] / there,
            "mean_orders": sums["orders"] / there,
            "mean_revenue": sums["revenue"] / there,
        }
    )


def _sentence(segments: pd.DataFrame) -> str:
    by_name = segments.set_index("segment")
    best, slipping = by_name.loc["Champions"], by_name.loc[["At risk", "Cannot lose them"]].sum(numeric_only=True)
    said = f"{best['customers']:,} Champions are {formats.percent(best['share_of_customers'], 0)} of the customers"
    if pd.notna(best["share_of_revenue"]):
        said += f" and brought {formats.percent(best['share_of_revenue'], 0)} of what all have spent so far"
    said += f"; {int(slipping['customers']):,} who used to buy often have not for long (At risk, Cannot lose them)"
    if pd.notna(best["share_of_revenue"]):
        said += f", with {formats.percent(slipping['share_of_revenue'], 0)} of it"
    return f"{said}."


def _moved(movement: pd.DataFrame, filters: Filters, shop: Shop) -> str:
    there = movement.drop(index=NOT_YET)
    earlier, new = int(there.to_numpy().sum()), int(movement.loc[NOT_YET].sum())
    if not earlier:
        began = day_label(filters.period.start)
        return f"Nobody had ordered before {began}: choose a period that begins later to see movement."
    stayed = int(np.diag(there.to_numpy()).sum())
    said = (
        f"From {day_label(filters.period.start - timedelta(1))} to {day_label(filters.period.end)}, "
        f"{earlier - stayed:,} of {earlier:,} customers changed segment"
    )
    off = there.where(~np.eye(len(there), dtype=bool), 0)
    if earlier > stayed:
        source, target = off.stack().idxmax()
        said += f", most often from {source} to {target} ({int(off.loc[source, target]):,})"
    return f"{said}; {new:,} are new. Boundaries are those of each day's own customers."


def _ties(rows: pd.DataFrame) -> str:
    """Which frequency scores do not occur, for then the names that need them do not either."""
    missing = sorted({1, 2, 3, 4, 5} - set(rows["frequency"].dropna().astype(int)))
    if not missing:
        return ""
    said = ", ".join(map(str, missing))
    return (
        f"Frequency score{'s' if len(missing) > 1 else ''} {said} do{'' if len(missing) > 1 else 'es'} not occur, "
        "because too many customers ordered equally often."
    )
