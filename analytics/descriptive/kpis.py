"""The key figures of a period, each against the period before and the same period last year."""

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.collect import collected
from analytics.descriptive.activity import Parts, covered_periods, days_within, distinct_by_period, parts_by_period
from analytics.descriptive.scatter import (
    CustomerSums,
    Errors,
    customer_sums,
    scatter_factors,
    standard_errors_of_change,
)
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import ADDITIVE, DISTINCT, METRICS, Metric, standard_error
from analytics.orders import as_orders
from analytics.periods import Period, day_label
from analytics.shop import Shop


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
    ``periods`` are the periods compared, ``unavailable`` says why one is missing, for all metrics or, keyed by
    (metric, comparison), for one. ``doubtful`` says, by metric, why its own value tells too little: it looks back
    further than the data do. ``scatter`` is how many times the variance of independent orders a metric shows.
    """

    figures: pd.DataFrame
    periods: dict[str, Period]
    unavailable: dict[str | tuple[str, str], str]
    scatter: dict[str, float]
    rows: int
    doubtful: dict[str, str] = field(default_factory=dict)


def current_kpis(
    orders: ir.Table | pd.DataFrame, daily: pd.DataFrame, dispersions: dict[str, float], filters: Filters, shop: Shop
) -> Kpis:
    """Every metric that this shop's data can give, in the period and in those it is compared with.

    The range of chance is the wider of two: what customers coming and going explain (see ``scatter``), and what the
    shop's day-to-day scatter shows (see ``variation``), which matters for short periods.

    Parameters
    ----------
    orders : rows of the shop (see ``as_orders``).
    daily, dispersions : ``daily_activity`` of the same filters, and its ``day_dispersions``.

    Raises
    ------
    NotEnoughData : no row matches the filters.
    """
    periods = covered_periods(filters, shop)
    if not anything_in(filters.period, daily):
        raise NotEnoughData(nothing_matches(filters))
    customers = customer_sums(orders, filters, shop, periods)
    parts = parts_by_period(daily, periods, distinct_parts(customers, orders, filters, shop, periods))
    errors = standard_errors_of_change(customers, shop, periods, parts)
    unavailable = _unavailable(periods, filters, shop)
    figures = {m.key: _figures(m, parts, errors, dispersions, unavailable) for m in shop.metrics()}
    return Kpis(
        pd.DataFrame([list(figure.values()) for figure in figures.values()], list(figures), _FIGURES, dtype="float64"),
        periods,
        unavailable,
        scatter_factors(shop, parts, errors),
        int(parts["value"]["orders"]),
        {m.key: why for m in shop.metrics() if (why := shop.doubt(m, filters.period.start))},
    )


def nothing_matches(filters: Filters) -> str:
    """Which filter to relax when no order is left, in one sentence."""
    when = ("on " if filters.period.days == 1 else "in ") + filters.period.label()
    if kept := filters.kept():
        return f"No order of {kept} {when}: take one of these filters away or choose a longer period."
    return f"No orders {when}: choose a longer period."


def anything_in(period: Period, daily: pd.DataFrame) -> bool:
    """Whether there is an order or a refund in a period of ``daily_activity``."""
    days = days_within(daily, period)
    return any(daily[part].to_numpy()[days].any() for part in ("orders", "refunds"))


def distinct_parts(
    customers: CustomerSums, orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, periods: dict[str, Period]
) -> Parts:
    """Distinct customers by period: from the customers' sums where all are there, counted where those are a sample."""
    if customers.every > 1:
        return distinct_by_period(orders, filters, periods, shop.customer_keys)
    return {p: {part: float(customers.part(part, p).sum()) for part in DISTINCT} for p in periods}


def _unavailable(periods: dict[str, Period], filters: Filters, shop: Shop) -> dict[str | tuple[str, str], str]:
    """Why a comparison cannot be made: for all metrics, or for one that looks back further than the data do."""
    partly = f"{day_label(filters.period.end)} is only partly in the data"
    why = partly if filters.period.end > shop.today else f"the data begin on {day_label(shop.first_day)}"
    missing = {name: why for name in filters.comparisons() if name not in periods}
    looking_back = [m.key for m in shop.metrics() if m.looks_back]
    early = [name for name, period in periods.items() if name != "value" and period.start < shop.new_from]
    return missing | {(key, name): shop.too_early for key in looking_back for name in early}


def _figures(
    measured: Metric, parts: Parts, errors: Errors, dispersions: dict[str, float], unavailable: dict
) -> dict[str, float]:
    figures = dict.fromkeys(_FIGURES, float("nan"))
    figures["value"] = measured.value(parts["value"])
    for name in errors:
        if (measured.key, name) not in unavailable:
            figures[name] = measured.value(parts[name])
            by_days = day_error(measured, (parts["value"], parts[name]), dispersions)
            figures[f"noise_{name}"] = NORMAL_95 * max(errors[name][measured.key], by_days)
    return figures


def day_error(measured: Metric, both: tuple[dict, dict], dispersions: dict[str, float]) -> float:
    """The standard error of the change that the scatter of single days would give; 0 where there is none.

    Parameters
    ----------
    both : the parts of the two periods.
    dispersions : ``day_dispersions``.
    """
    if measured.key not in dispersions:
        return 0.0
    return sum(standard_error(measured, parts, dispersions[measured.key]) ** 2 for parts in both) ** 0.5


_FIGURES = ("previous", "last_year", "noise_previous", "noise_last_year", "value")

_FIVE = {
    "total_revenue": "revenue",
    "total_orders": "orders",
    "total_customers": "customers",
    "avg_order_value": "average_order_value",
    "avg_satisfaction": "satisfaction",
}
