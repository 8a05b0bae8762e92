"""The key figures of a period, each against the period before and the same period last year."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.descriptive.activity import covered_periods, parts_by_period
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import ADDITIVE, DISTINCT, METRICS, Metric, standard_error
from analytics.orders import as_orders
from analytics.periods import Period, day_label
from analytics.shop import Shop

NORMAL = 1.96
"""Standard errors within which 95 % of purely random changes stay."""


def get_current_kpis(orders: ir.Table | pd.DataFrame) -> dict[str, float]:
    """The five key figures of the orders given.

    Parameters
    ----------
    orders : frame or table with ``transaction_id``, ``customer_id``, ``date``, ``revenue`` and, where known,
        ``satisfaction_score``.

    Returns
    -------
    ``total_revenue`` (the shop's currency, refunds deducted), ``total_orders`` (rows with revenue ≥ 0),
    ``total_customers`` (distinct, guests left out), ``avg_order_value`` (before refunds) and ``avg_satisfaction``
    (1–5, of scored orders). Means over nothing are NaN.

    >>> get_current_kpis(pd.DataFrame({"transaction_id": ["a", "b"], "customer_id": ["x", "x"],
    ...     "date": ["2026-01-01"] * 2, "revenue": [30.0, 10.0], "satisfaction_score": [5, 4]}))["avg_order_value"]
    20.0
    """
    rows = as_orders(orders)
    parts = {name: ADDITIVE[name](rows) for m in _FIVE.values() for name in METRICS[m].parts if name in ADDITIVE}
    parts |= {"customers": DISTINCT["customers"](rows, ibis.literal(True), 0)}
    counted = collected(rows.agg(**parts)).iloc[0].astype("float64").fillna(0.0)
    return {name: float(METRICS[m].value(counted)) for name, m in _FIVE.items()}


@dataclass(frozen=True)
class Kpis:
    """Key figures of a period.

    ``figures`` has one row per metric, indexed by its key: ``value``, ``previous`` and ``last_year`` (in the
    metric's unit; missing where not asked for or not in the data) and ``noise_previous``/``noise_last_year``,
    the half-width of the range in which the change would lie by chance in 95 of 100 cases.
    ``periods`` are the periods compared, ``unavailable`` says why one is missing.
    """

    figures: pd.DataFrame
    periods: dict[str, Period]
    unavailable: dict[str, str]
    rows: int


def current_kpis(
    orders: ir.Table | pd.DataFrame, daily: pd.DataFrame, noise: dict[str, float], filters: Filters, shop: Shop
) -> Kpis:
    """Every metric that this shop's data can give, in the period and in those it is compared with.

    Parameters
    ----------
    orders : rows of the shop (see ``as_orders``).
    daily, noise : ``daily_activity`` of the same filters, and its ``dispersions``.

    Raises
    ------
    NotEnoughData : no row matches the filters.
    """
    periods = covered_periods(filters, shop)
    since = f"the data begins on {day_label(shop.first_day)}"
    unavailable = {name: since for name in filters.comparisons() if name not in periods}
    if daily.empty or not daily.loc[_days(filters.period), ["orders", "refunds"]].any(axis=None):
        raise NotEnoughData(nothing_matches(filters))
    parts = parts_by_period(orders, daily, filters, periods, shop.customer_keys)
    figures = pd.DataFrame({m.key: _figures(m, parts, noise.get(m.numerator, 1.0)) for m in shop.metrics()}).T
    return Kpis(figures.astype("float64"), periods, unavailable, int(parts.loc["value", "orders"]))


def nothing_matches(filters: Filters) -> str:
    """Which filter to relax when no order is left, in one sentence."""
    narrowed = [", ".join(kept) for kept in filters.members.values()]
    if narrowed:
        return (
            f"No order of {' · '.join(narrowed)} in {filters.period.label()}: "
            "take one of these filters away or choose a longer period."
        )
    return f"No orders in {filters.period.label()}: choose a longer period."


def _days(period: Period) -> slice:
    return slice(str(period.start), str(period.end))


def _figures(measured: Metric, parts: pd.DataFrame, factor: float) -> dict[str, float]:
    values, errors = {}, {}
    for name, row in parts.iterrows():
        values[name] = measured.value(row)
        errors[name] = standard_error(measured, row, factor)
    noise = {
        f"noise_{name}": NORMAL * (errors["value"] ** 2 + errors[name] ** 2) ** 0.5
        for name in values
        if name != "value"
    }
    missing = dict.fromkeys(("previous", "last_year", "noise_previous", "noise_last_year"), float("nan"))
    return missing | values | noise


_FIVE = {
    "total_revenue": "revenue",
    "total_orders": "orders",
    "total_customers": "customers",
    "avg_order_value": "average_order_value",
    "avg_satisfaction": "satisfaction",
}
