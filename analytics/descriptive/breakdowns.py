"""Where a metric comes from: by member of a dimension, by two dimensions, and how scores and deliveries spread."""

from dataclasses import dataclass

import ibis.expr.types as ir
import pandas as pd

from analytics import formats
from analytics.collect import collected
from analytics.descriptive.activity import covered_periods, parts_by_member
from analytics.descriptive.kpis import NORMAL, Kpis, nothing_matches
from analytics.errors import NotEnoughData
from analytics.filters import Filters, in_period
from analytics.metrics import DISTINCT, Metric, metric, standard_error
from analytics.orders import as_orders
from analytics.periods import Period
from analytics.shop import DIMENSIONS, Shop

FEWEST_ORDERS_TO_NAME = 30
"""A mean or share of fewer orders is too much luck to be called the highest or the lowest."""


@dataclass(frozen=True)
class Breakdown:
    """A metric by member of one dimension.

    ``members`` has one row per member, by value where members add up and by orders elsewhere: ``member``, ``value``,
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
    cells: pd.DataFrame | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    dimension: str = "channel",
    key: str = "revenue",
) -> Breakdown:
    """A metric by member of a dimension, against the same comparisons as the key figures.

    Parameters
    ----------
    kpis : ``current_kpis`` of the same filters, for how much the shop scatters.
    cells : ``revenue_cells`` of the same filters, if there are any; spares a query where the metric adds up.

    Raises
    ------
    ValueError : unknown dimension or metric.
    NotEnoughData : the shop's orders do not carry the dimension, or no row matches.
    """
    measured = metric(key)
    _need_dimension(dimension, shop)
    periods = covered_periods(filters, shop)
    counted = _counted(orders, cells, filters, (dimension,), periods, measured, shop.customer_keys)
    members = pd.DataFrame(
        {name: measured.value(counted[name]) for name in periods} | {"orders": counted["value"]["orders"]}
    )
    members = members.reindex(columns=["value", "orders", "previous", "last_year"])
    members["share"] = members["value"] / members["value"].sum() if measured.adds_up else float("nan")
    factor = kpis.scatter.get(key, 1.0)
    offered = [n for n in ("previous", "last_year") if n in periods and (key, n) not in kpis.unavailable]
    reference = next(iter(offered), None)
    members["change"] = members["value"] - members[reference] if reference else float("nan")
    if reference and measured.adds_up:  # a member of one period only is new or gone, not missing
        members["change"] = members["value"].fillna(0) - members[reference].fillna(0)
    members["noise"] = _noise(measured, counted, reference, factor) if reference else float("nan")
    members.loc[:, [n for n in ("previous", "last_year") if n not in offered]] = float("nan")
    by = "value" if measured.adds_up else "orders"
    members = members.sort_values(by, ascending=False).rename_axis("member").reset_index()
    return Breakdown(dimension, key, reference, members, _sentence(measured, members, dimension, shop))


def metric_by_two(
    orders: ir.Table | pd.DataFrame,
    cells: pd.DataFrame | None,
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
        _need_dimension(dimension, shop)
    counted = _counted(orders, cells, filters, (rows, columns), {"value": filters.period}, measured, shop.customer_keys)
    values = measured.value(counted["value"]).where(counted["value"]["orders"] > 0)
    table = values.unstack(columns)
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
    rows = as_orders(orders)
    rows = filters.within(rows).filter(rows.revenue >= 0)
    counted = rows.group_by(value=rows[column]).agg(
        orders=in_period(rows, filters.period).sum(),
        previous=in_period(rows, periods.get("previous", filters.period)).sum(),
    )
    counts = collected(counted).astype("float64").sort_values("value")
    asked = int(counts["orders"].sum())
    counts = counts[counts["value"].notna() & (counts["orders"] > 0)].reset_index(drop=True)
    if counts.empty:
        raise NotEnoughData(f"No order in view has {what}: {nothing_matches(filters)}")
    counts["share"] = counts["orders"] / counts["orders"].sum()
    counts["previous"] = counts["previous"] / counts["previous"].sum() if "previous" in periods else float("nan")
    return counts.astype({"value": "int64", "orders": "int64"}), asked


def _need_dimension(dimension: str, shop: Shop) -> None:
    if dimension not in DIMENSIONS:
        raise ValueError(f"dimension: expected one of {', '.join(DIMENSIONS)}, got {dimension!r}")
    if dimension not in shop.members:
        raise NotEnoughData(
            f"This shop's orders carry no {DIMENSIONS[dimension].lower()}: "
            "import a file that has it and map the column."
        )


def _counted(
    orders: ir.Table | pd.DataFrame,
    cells: pd.DataFrame | None,
    filters: Filters,
    dimensions: tuple[str, ...],
    periods: dict[str, Period],
    measured: Metric,
    keys: int,
) -> pd.DataFrame:
    if cells is not None and measured.from_daily:
        counted = cells.groupby(level=list(dimensions)).sum()
    else:
        distinct = tuple(p for p in measured.parts if p in DISTINCT)
        counted = parts_by_member(orders, filters, dimensions, periods, distinct, keys)
    if counted.empty:
        raise NotEnoughData(nothing_matches(filters))
    return counted


def _noise(measured: Metric, counted: pd.DataFrame, reference: str, factor: float) -> list[float]:
    return [
        NORMAL * sum(standard_error(measured, row[name], factor) ** 2 for name in ("value", reference)) ** 0.5
        for _, row in counted.iterrows()
    ]


def _sentence(measured: Metric, members: pd.DataFrame, dimension: str, shop: Shop) -> str:
    with_orders = members[members["orders"] > 0]
    number = len(with_orders)
    in_all = f"{number} {_PLURALS.get(dimension, DIMENSIONS[dimension].lower() + 's')} with orders"
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
