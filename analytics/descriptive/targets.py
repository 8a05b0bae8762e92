"""Actual against target: which targets are in view, and how each of them stands."""

from collections.abc import Iterable
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from analytics.descriptive.activity import daily_activity, distinct_by_period, sums_of
from analytics.descriptive.standings import STATES, Standing, standing_of
from analytics.descriptive.target_entries import Target, trouble
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DERIVED, METRICS, metric
from analytics.periods import Period, day_label
from analytics.questions import collected_within
from analytics.shop import DIMENSIONS, Shop
from analytics.summed import Sums, summed


def standings_in_view(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    dispersions: dict[str, float],
    filters: Filters,
    shop: Shop,
    targets: tuple[Target, ...],
) -> tuple[Standing, ...]:
    """The targets that run at the end of the filtered period, for what the filters keep: the shop, or one member.

    A target is always held against its whole month, quarter or year, up to the last complete day.

    Parameters
    ----------
    daily, dispersions : ``daily_activity`` of the same filters, and its ``day_dispersions``.
    targets : all that the shop has set.

    Raises
    ------
    NotEnoughData : no target fits the filters.
    """
    scope = _scope(filters)
    running = [t for t in targets if t.period.start <= filters.period.end <= t.period.end]
    fitting = [t for t in running if (t.dimension, t.member) == scope]
    if not fitting:
        raise NotEnoughData(_nothing_fits(filters, running, scope))
    counted = _distinct(orders, filters.without_period(), shop, fitting)
    return tuple(standing_of(t, daily, dispersions, counted.get(t, {}), shop) for t in _in_order(fitting))


def all_standings(
    orders: ir.Table | pd.DataFrame, shop: Shop, targets: tuple[Target, ...], sums: Sums = ()
) -> tuple[Standing, ...]:
    """Every target of the shop, whatever its period and member, latest period first.

    The engine is asked once for each dimension that has targets, and once for the whole shop.

    Parameters
    ----------
    sums : of the same orders, if there are any.
    """
    answerable = [t for t in targets if not trouble(t, shop)]
    found = {t.key: Standing(t, "unknown", why) for t in targets if (why := trouble(t, shop))}
    for dimension in sorted({t.dimension for t in answerable}):
        of_dimension = [t for t in answerable if t.dimension == dimension]
        members = tuple(sorted({t.member for t in of_dimension}))
        kept = _members_alone(dimension, members)
        for member, daily in _daily_by_member(orders, kept, shop, dimension, sums).items():
            of_member = [t for t in of_dimension if t.member == member]
            counted = _distinct(orders, _members_alone(dimension, (member,)), shop, of_member)
            dispersions = day_dispersions(daily)
            found |= {t.key: standing_of(t, daily, dispersions, counted.get(t, {}), shop) for t in of_member}
    return tuple(found.get(t.key, Standing(t, "unknown", "No order states this member.")) for t in _in_order(targets))


def standings_table(standings: Iterable[Standing]) -> pd.DataFrame:
    """The same as rows, for files: one per target, numbers in the metric's own unit."""
    rows = [
        {
            "metric": _name(s.target),
            "period": s.target.period_label,
            "of": s.target.member or "Whole shop",
            "target": s.target.value,
            "actual": s.actual,
            "landing": s.landing,
            "landing_low": s.low,
            "landing_high": s.high,
            "chance_of_reaching": s.chance,
            "state": STATES[s.state],
            "in_words": s.sentence,
        }
        for s in standings
    ]
    return pd.DataFrame(rows)


def _members_alone(dimension: str, members: tuple[str, ...]) -> Filters:
    """Some members of a dimension over all time; the whole shop where no dimension is named."""
    kept = {dimension: members} if dimension else {}
    return Filters(Period(date.min, date.max), "none", **kept)


def _in_order(targets: Iterable[Target]) -> list[Target]:
    """Latest period first, then shorter ones, the whole shop before members, metrics as everywhere."""
    place = {key: position for position, key in enumerate(METRICS)}
    return sorted(
        targets,
        key=lambda t: (
            -t.period.end.toordinal(),
            t.period.days,
            t.dimension,
            t.member,
            place.get(t.metric, len(place)),
            t.metric,
        ),
    )


def _scope(filters: Filters) -> tuple[str, str] | None:
    """The dimension and member that the filters keep, both empty for the whole shop; None for anything else."""
    kept = [(dimension, member) for dimension, members in filters.members.items() for member in members]
    if not kept:
        return "", ""
    return kept[0] if len(kept) == 1 else None


def _nothing_fits(filters: Filters, running: list[Target], scope: tuple[str, str] | None) -> str:
    on = day_label(filters.period.end)
    if not running:
        return f"No target is set for a month, quarter or year that holds {on}: set one on the Targets page."
    if scope is None:
        return "A target is of the whole shop or of a single member: take filters away until one member is left."
    whose = scope[1] or "the whole shop"
    others = "one for another" if len(running) == 1 else f"{len(running)} for others"
    return f"No target is set for {whose} on {on}, though there is {others}: see the Targets page."


def _distinct(
    orders: ir.Table | pd.DataFrame, scope: Filters, shop: Shop, targets: list[Target]
) -> dict[Target, dict[str, float]]:
    """Distinct customers so far, for the targets that need them."""
    asked = {
        f"period_{n}": (t, Period(t.period.start, min(t.period.end, shop.today)))
        for n, t in enumerate(targets)
        if not trouble(t, shop) and not metric(t.metric).from_daily and t.period.start <= shop.today
    }
    if not asked:
        return {}
    periods = {name: period for name, (_, period) in asked.items()}
    counted = distinct_by_period(orders, scope, periods, shop.customer_keys)
    return {target: counted[name] for name, (target, _) in asked.items()}


def _daily_by_member(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, dimension: str, sums: Sums
) -> dict[str, pd.DataFrame]:
    """``daily_activity`` of each member that the filters keep of a dimension; of the whole shop where it is empty."""
    if not dimension:
        return {"": daily_activity(orders, filters, shop, sums)}
    counted = collected_within(
        _sums_by_member_and_day, summed(orders, sums, (dimension,)), filters, {}, dimension=dimension
    )
    counted["date"] = pd.to_datetime(counted["date"])
    days = pd.date_range(shop.first_day, shop.last_day, name="date")
    found = {}
    for member, rows in counted.groupby("member"):
        sums = rows.drop(columns="member").set_index("date").astype("float64").fillna(0.0)
        sums = sums.reindex(days, fill_value=0.0)
        found[str(member)] = sums.assign(**{name: derived(sums) for name, derived in DERIVED.items()})
    return found


def _sums_by_member_and_day(rows: ir.Table, periods: dict[str, Period], dimension: str) -> ir.Table:
    return rows.group_by("date", member=rows[dimension].cast("string")).agg(**sums_of(rows))


def _name(target: Target) -> str:
    measured = metric(target.metric).name if target.metric in METRICS else target.metric
    return measured if not target.dimension else f"{measured}, {DIMENSIONS[target.dimension].lower()}"
