"""Where a metric comes from: by member of a dimension, by two dimensions, and how scores and deliveries spread."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95
from analytics.descriptive.activity import covered_periods, inside
from analytics.descriptive.cells import Cells, MemberSums, cells_of
from analytics.descriptive.kpis import Kpis, nothing_matches
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import DISTINCT, Metric, metric, standard_error
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import DIMENSIONS, Shop

FEWEST_ORDERS_TO_NAME = 30
"""A mean or share of fewer orders is too much luck to be called the highest or the lowest."""
SORTED_BY = ("value", "change")


@dataclass(frozen=True)
class Breakdown:
    """A metric by member of one dimension.

    ``members`` has one row per member, by value where members add up and by orders elsewhere, or by change where asked:
    ``member``, ``value``,
    ``share`` of the total (0–1, only where members add up), ``orders``, ``previous`` and ``last_year`` (missing where
    not compared), ``change`` against ``reference``, the first of them, and ``noise``, the half-width within which
    95 % of chance changes lie.
    """

    dimension: str
    metric: str
    reference: str | None
    members: pd.DataFrame
    sentence: str


def metric_by_member(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    dimension: str = "channel",
    key: str = "revenue",
    sort: str = "value",
) -> Breakdown:
    """A metric by member of a dimension, against the same comparisons as the key figures.

    Parameters
    ----------
    kpis : ``current_kpis`` of the same filters, for how much the shop scatters.
    cells : ``revenue_cells`` of the same filters, if there are any; spares a query where the metric adds up.
    sort : by ``value``, or by the size of the ``change``, up or down.

    Raises
    ------
    ValueError : unknown dimension, metric or order.
    NotEnoughData : the shop's orders do not carry the dimension, or no row matches.
    """
    if sort not in SORTED_BY:
        raise ValueError(f"sort: expected one of {', '.join(SORTED_BY)}, got {sort!r}")
    reference, columns = member_columns(orders, cells, kpis, filters, shop, dimension, key)
    members = pd.DataFrame({name: column for name, column in columns.items() if not name.startswith("surplus")})
    sentence = _sentence(metric(key), members, dimension, shop, shop.doubt(metric(key), filters.period.start))
    if sort == "change":
        members = _by_change(members, metric(key))
    return Breakdown(dimension, key, reference, members, sentence)


def _by_change(members: pd.DataFrame, measured: Metric) -> pd.DataFrame:
    """Largest change first, up or down; a mean of too few orders to be named moves by luck and comes last."""
    told = members["orders"] >= (0 if measured.denominator is None else FEWEST_ORDERS_TO_NAME)
    ranked = members.assign(_told=told & members["change"].notna(), _size=members["change"].abs())
    ranked = ranked.sort_values(["_told", "_size"], ascending=False, kind="stable", ignore_index=True)
    return ranked[members.columns]


def member_columns(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    dimension: str,
    key: str,
) -> tuple[str | None, dict[str, pd.Index | np.ndarray]]:
    """The ``reference`` and the columns of the ``members`` of a ``Breakdown``, for those who look at many of them.

    Besides there is each member's ``surplus``, its change less what it would be had it moved as all members together
    did, and ``surplus_noise``, the half-width within which 95 % of chance surpluses lie.

    Parameters and errors are those of ``metric_by_member``.
    """
    measured = metric(key)
    need_dimension(dimension, shop)
    periods = covered_periods(filters, shop)
    counted = _counted(orders, cells, filters, (dimension,), periods, measured, shop.customer_keys)
    seen = counted.seen
    parts = {name: {p: counted.part(p, name)[seen] for p in _needed(measured)} for name in periods}
    offered = [n for n in ("previous", "last_year") if n in periods and (key, n) not in kpis.unavailable]
    figures = _figures(measured, parts, offered, kpis.scatter.get(key, 1.0))
    order = _falling(figures["value" if measured.adds_up else "orders"])
    names = counted.cells.members[dimension][seen].take(order)
    columns = {"member": names} | {name: figure[order] for name, figure in figures.items()}
    return next(iter(offered), None), columns


def _figures(
    measured: Metric, parts: dict[str, dict[str, np.ndarray]], offered: list[str], factor: float
) -> dict[str, np.ndarray]:
    """The columns of a breakdown, whose changes are those against the first of the comparisons offered."""
    figures = {"value": measured.value(parts["value"]), "orders": parts["value"]["orders"]}
    nothing = np.full(len(figures["orders"]), np.nan)
    for name in ("previous", "last_year"):
        figures[name] = measured.value(parts[name]) if name in offered else nothing
    figures["share"] = _shares(figures["value"]) if measured.adds_up else nothing
    figures["change"] = figures["value"] - figures[offered[0]] if offered else nothing
    figures["noise"] = _noise(measured, parts, offered[0], factor) if offered else nothing
    asked = (measured, parts["value"], parts[offered[0]], factor) if offered else None
    figures["surplus"], figures["surplus_noise"] = _surplus(*asked) if asked else (nothing, nothing)
    return figures


def metric_by_two(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    filters: Filters,
    shop: Shop,
    rows: str = "region",
    columns: str = "segment",
    key: str = "revenue",
) -> pd.DataFrame:
    """A metric by every combination of two dimensions.

    Returns
    -------
    One row per member of ``rows``, one column per member of ``columns``, both by falling revenue of the shop;
    missing where the combination has no orders.

    Raises
    ------
    NotEnoughData : the shop's orders do not carry a dimension, or no row matches.
    """
    measured = metric(key)
    for dimension in (rows, columns):
        need_dimension(dimension, shop)
    counted = _counted(orders, cells, filters, (rows, columns), {"value": filters.period}, measured, shop.customer_keys)
    seen = counted.seen_in("value")
    there = np.ix_(seen.any(axis=1), seen.any(axis=0))
    parts = {p: counted.part(p, "value")[there] for p in _needed(measured)}
    names = [counted.cells.members[d].rename(d)[np.ravel(kept)] for d, kept in zip((rows, columns), there, strict=True)]
    values, ordered = measured.value(parts), parts["orders"] > 0
    table = pd.DataFrame(values if ordered.all() else np.where(ordered, values, np.nan), *names)
    return table.reindex(
        index=[m for m in shop.members[rows] if m in table.index],
        columns=[m for m in shop.members[columns] if m in table.columns],
    )


@dataclass(frozen=True)
class Distribution:
    """How many orders took each value: ``counts`` has ``value``, ``orders``, ``share``, ``previous`` (shares 0–1)."""

    counts: pd.DataFrame
    answered: int
    asked: int
    sentence: str


def satisfaction_distribution(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> Distribution:
    """How many scored orders gave each score, 1 to 5.

    Raises
    ------
    NotEnoughData : no order in view has a score.
    """
    counts, asked = _distribution(orders, filters, shop, "satisfaction_score", "scores")
    counts = counts.set_index("value").reindex(range(1, 6), fill_value=0).rename_axis("value").reset_index()
    answered = int(counts["orders"].sum())
    good = counts.loc[counts["value"] >= 4, "orders"].sum() / answered
    bad = counts.loc[counts["value"] <= 2, "orders"].sum() / answered
    sentence = (
        f"{formats.percent(good, 0)} of scored orders gave 4 or 5, {formats.percent(bad, 0)} gave 1 or 2; "
        f"{answered:,} of {asked:,} orders were scored ({formats.percent(answered / asked, 0)})."
    )
    return Distribution(counts, answered, asked, sentence)


def delivery_distribution(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> Distribution:
    """How many orders took each number of days to deliver.

    Raises
    ------
    NotEnoughData : no order in view has delivery days.
    """
    counts, asked = _distribution(orders, filters, shop, "delivery_days", "delivery days")
    answered = int(counts["orders"].sum())
    reached = counts["orders"].cumsum() / answered
    half, most = (int(counts.loc[reached >= q, "value"].iloc[0]) for q in (0.5, 0.9))
    sentence = (
        f"Half of the orders arrive within {half} days, nine of ten within {most}; "
        f"known for {answered:,} of {asked:,} orders ({formats.percent(answered / asked, 0)})."
    )
    return Distribution(counts, answered, asked, sentence)


def _distribution(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, column: str, what: str
) -> tuple[pd.DataFrame, int]:
    if column not in shop.has:
        raise NotEnoughData(f"This shop's orders carry no {what}: import a file that has them and map the column.")
    periods = covered_periods(filters, shop)
    compared = {"orders": filters.period, "previous": periods.get("previous", filters.period)}
    counted = collected_within(_orders_by_value, orders, filters, compared, column=column)
    columns = ("value", "in_orders", "in_previous")
    value, now, before = (counted[c].to_numpy(dtype="float64", na_value=np.nan) for c in columns)
    answered = np.flatnonzero(~np.isnan(value) & (now > 0))
    if not answered.size:
        raise NotEnoughData(f"No order in view has {what}: {nothing_matches(filters)}")
    shown = answered[np.argsort(value[answered])]
    counts = {
        "value": value[shown].astype("int64"),
        "orders": now[shown].astype("int64"),
        "previous": _shares(before[shown]) if "previous" in periods else np.full(shown.size, np.nan),
        "share": _shares(now[shown]),
    }
    return pd.DataFrame(counts), int(now.sum())


def _orders_by_value(rows: ir.Table, periods: dict[str, Period], column: str) -> ir.Table:
    placed = rows.filter(rows.revenue >= 0)
    counted = {f"in_{name}": where.sum() for name, where in inside(placed, periods).items()}
    return placed.group_by(value=placed[column]).agg(**counted)


def need_dimension(dimension: str, shop: Shop) -> None:
    """Raise what a visitor reads where the shop's orders do not carry a dimension."""
    if dimension not in DIMENSIONS:
        raise ValueError(f"dimension: expected one of {', '.join(DIMENSIONS)}, got {dimension!r}")
    if dimension not in shop.members:
        raise NotEnoughData(
            f"This shop's orders carry no {DIMENSIONS[dimension].lower()}: "
            "import a file that has it and map the column."
        )


def _counted(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    filters: Filters,
    dimensions: tuple[str, ...],
    periods: dict[str, Period],
    measured: Metric,
    keys: int,
) -> MemberSums:
    held = cells.holding(*dimensions) if cells and measured.from_daily else None
    if held is None:
        distinct = tuple(p for p in measured.parts if p in DISTINCT)
        held = cells_of(orders, filters, dimensions, periods, distinct, keys)
    if not held.inside["value"].any():
        raise NotEnoughData(nothing_matches(filters))
    return held.by(*dimensions)


def _falling(values: np.ndarray) -> np.ndarray:
    """The positions of the values, largest first; equal ones stay in their order."""
    return len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]


def _shares(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):  # a total of 0 has no shares
        return values / values.sum()


def _needed(measured: Metric) -> set[str]:
    """The parts that a breakdown reads: the metric's own, its spread, and how many orders there are."""
    return {"orders", *measured.parts, *((measured.spread,) if measured.spread else ())}


def _noise(measured: Metric, parts: dict[str, dict[str, np.ndarray]], reference: str, factor: float) -> np.ndarray:
    return NORMAL_95 * sum(standard_error(measured, parts[name], factor) ** 2 for name in ("value", reference)) ** 0.5


def _surplus(
    measured: Metric, now: dict[str, np.ndarray], before: dict[str, np.ndarray], factor: float
) -> tuple[np.ndarray, np.ndarray]:
    """What each member moved beyond all together, and the half-width of chance.

    Sums: v − r·V/R. Ratios: (v − r) − (V − R). The member is part of V and R itself, which dampens: of its own errors
    1 − s count, s being its share of the total, and of those of the others s; of ratios 1 − s of both.
    First-order propagation of independent errors.
    """
    value, reference = measured.value(now), measured.value(before)
    whole, was = (measured.value({p: column.sum() for p, column in parts.items()}) for parts in (now, before))
    if measured.denominator is None:
        growth, share = (whole / was, reference / was) if was > 0 else (1.0, np.zeros(len(reference)))
        surplus = value - reference * growth
        weights = [(1 - share, share), (growth * (1 - share), growth * share)]
    else:
        surplus = (value - reference) - (whole - was)
        with np.errstate(divide="ignore", invalid="ignore"):  # a total of 0 has no shares
            shares = [parts[measured.denominator] / parts[measured.denominator].sum() for parts in (now, before)]
        weights = [(1 - share, 1 - share) for share in shares]
    variance = np.zeros(len(value))
    for parts, (of_own, of_others) in zip((now, before), weights, strict=True):
        others = {p: column.sum() - column for p, column in parts.items()}
        own, rest = (standard_error(measured, of, factor) for of in (parts, others))
        variance = variance + (of_own * own) ** 2 + (of_others * rest) ** 2
    return surplus, NORMAL_95 * np.sqrt(variance)


def counted_members(number: int, dimension: str) -> str:
    """``1 channel``, ``6 categories``."""
    return f"{number} {DIMENSIONS[dimension].lower() if number == 1 else plural(dimension)}"


def plural(dimension: str) -> str:
    """A dimension's members: ``channels``, ``categories``."""
    return _PLURALS.get(dimension, f"{DIMENSIONS[dimension].lower()}s")


def _sentence(measured: Metric, members: pd.DataFrame, dimension: str, shop: Shop, doubt: str) -> str:
    """Who leads, or is highest and lowest; nobody where the metric cannot be told."""
    with_orders = members[members["orders"] > 0]
    number = len(with_orders)
    in_all = f"{counted_members(number, dimension)} with orders"
    if doubt:
        return f"{in_all if number else 'No orders'}. {doubt}"
    if number < 2:
        return f"{in_all if number else 'No orders'}."
    if measured.adds_up and members["value"].sum() > 0:
        top = members.iloc[0]
        value = measured.format(top["value"], shop.currency)
        return f"{top['member']} leads with {value}, {formats.percent(top['share'], 0)} of the total; {in_all}."
    told = with_orders[(with_orders["orders"] >= FEWEST_ORDERS_TO_NAME) & with_orders["value"].notna()]
    if len(told) < 2:
        return f"{in_all}."
    high, low = told.loc[told["value"].idxmax()], told.loc[told["value"].idxmin()]
    return (
        f"Highest: {high['member']} ({measured.format(high['value'], shop.currency)}); lowest: {low['member']} "
        f"({measured.format(low['value'], shop.currency)}), of those with at least {FEWEST_ORDERS_TO_NAME} orders; "
        f"{in_all}."
    )


_PLURALS = {"category": "categories", "payment_method": "payment methods"}
