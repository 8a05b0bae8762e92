"""What was known of every customer on a day, and what each of them did in the days after: one row per customer.

What is known is counted from the rows up to that day alone, and what happened from those after it, so that nothing of
the outcome can be among what is known. Orders of one day are one purchase. Refunds lower what a customer brought and
are no purchases; guests' orders belong to nobody here.
"""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.orders import as_orders
from analytics.predictive.bg_nbd import Purchases
from analytics.predictive.shop_clock import Clock
from analytics.shop import NOT_STATED

LATEST = ("segment", "region", "age_group")
"""What a customer is: as the latest purchase says it."""
FIRST = ("channel", "category", "payment_method")
"""How a customer was won: as the first purchase says it."""
UNIT_DAYS = 7.0
"""Of the models of purchases: a week."""


def customer_histories(
    orders: ir.Table | pd.DataFrame,
    seen_to: date,
    until: date | None = None,
    recent_from: date | None = None,
    lately_from: date | None = None,
    every: int = 1,
) -> pd.DataFrame:
    """One row per customer with a purchase by ``seen_to``, in the order of their keys.

    Parameters
    ----------
    seen_to : the last day of which anything is known.
    until : the last day of what is told of the time after; None tells nothing of it.
    recent_from, lately_from : the first day of what counts as recent, and of what counts as late; None counts all.
    every : one of so many customers, by their key, where not all are needed.

    Returns
    -------
    ``customer_key``; ``first_on``, ``last_on`` (days); ``purchases`` (days with orders), ``orders``, ``spent`` (before
    refunds) and ``brought`` (after them), ``recent_orders``, ``recent_spent`` and ``satisfaction`` (mean of recent
    scores, missing where there is none), ``lately_brought``; the members of ``LATEST`` and ``FIRST``; and of the time
    after ``seen_to`` up to ``until``: ``then_purchases`` and ``then_brought`` (the shop's currency, refunds deducted).
    """
    days = _days(as_orders(orders), until or seen_to, every)
    known = days.date <= _day(seen_to)
    recent, lately = (known if day is None else known & (days.date >= _day(day)) for day in (recent_from, lately_from))
    bought = known & (days.orders > 0)
    members = {d: days[d].argmax(days.date, where=bought) for d in LATEST}
    members |= {d: days[d].argmin(days.date, where=bought) for d in FIRST}
    told = days.group_by("customer_key").agg(
        first_on=days.date.min(where=bought),
        last_on=days.date.max(where=bought),
        purchases=bought.sum(),
        orders=days.orders.sum(where=known),
        spent=days.spent.sum(where=known),
        brought=days.brought.sum(where=known),
        recent_orders=days.orders.sum(where=recent),
        recent_spent=days.spent.sum(where=recent),
        lately_brought=days.brought.sum(where=lately),
        scores=days.scores.sum(where=recent),
        scored=days.scored.sum(where=recent),
        then_purchases=(~known & (days.orders > 0)).sum(),
        then_brought=days.brought.sum(where=~known),
        **members,
    )
    return _tidy(collected(told.filter(told.purchases > 0)))


def purchases_of(histories: pd.DataFrame, clock: Clock) -> Purchases:
    """The same as the models of purchases read it, in weeks of a clock that ends on the day of which this is known."""
    first, last = clock.readings(histories["first_on"]), clock.readings(histories["last_on"])
    return Purchases(
        repeats=histories["purchases"].to_numpy(dtype="float64") - 1,
        last=(last - first) / UNIT_DAYS,
        age=np.maximum(clock.now - first, last - first) / UNIT_DAYS,
        unit_days=UNIT_DAYS,
    )


def _days(rows: ir.Table, until: date, every: int) -> ir.Table:
    """A row per customer and day; of several members of a day the first by name, so that any engine says the same."""
    rows = rows.filter(rows.customer_key.notnull(), rows.date <= _day(until))
    if every > 1:
        rows = rows.filter(rows.customer_key % every == 0)
    is_order = rows.revenue >= 0
    return rows.group_by("customer_key", "date").agg(
        orders=is_order.sum(),
        spent=rows.revenue.sum(where=is_order).fill_null(0.0),
        brought=rows.revenue.sum(),
        scores=rows.satisfaction_score.cast("float64").sum(where=is_order),
        scored=rows.satisfaction_score.count(where=is_order),
        **{d: rows[d].min(where=is_order) for d in (*LATEST, *FIRST)},
    )


def _day(day: date) -> ir.DateScalar:
    return ibis.date(day.isoformat())


def _tidy(told: pd.DataFrame) -> pd.DataFrame:
    """Numbers as numbers, days as days, members as texts; sums over nothing are nothing."""
    told = told.sort_values("customer_key", ignore_index=True)
    numbers = ("purchases", "orders", "spent", "brought", "recent_orders", "recent_spent", "lately_brought")
    numbers += ("scores", "scored", "then_purchases", "then_brought")
    told[list(numbers)] = told[list(numbers)].astype("float64").fillna(0.0)
    for day in ("first_on", "last_on"):
        told[day] = pd.to_datetime(told[day])
    for dimension in (*LATEST, *FIRST):
        told[dimension] = told[dimension].astype("str").fillna(NOT_STATED).astype("category")
    scored = told.pop("scored").to_numpy()
    with np.errstate(invalid="ignore"):
        told["satisfaction"] = np.where(scored > 0, told.pop("scores").to_numpy() / np.maximum(scored, 1), np.nan)
    return told
