"""Who could be lost at a cut-off, what was known of them by then, and whether they bought in the days after it.

A shop without contracts is never told that somebody left. So churn is said of days ahead: a customer counts as lost to
the next H days if no purchase falls into them. Everything that may speak for or against it lies before the cut-off,
everything it is judged by after it: the two are taken from the same rows by their days alone.

Who ordered in the ``lookback`` before a cut-off (a year, where the history is long enough) can be lost at it. Whoever
has been silent for longer is gone by any definition: to foresee that they stay away is easy, flatters a ranking and
helps nobody. All features are taken from the same lookback, so that a customer at an early cut-off, at a late one and
today is described by equally many days. The customers of today whom the shop itself does not yet call churned are
told apart as ``not yet lapsed`` (silent for at most the shop's own number of days).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.errors import NotEnoughData
from analytics.orders import as_orders
from analytics.shop import Shop

FEATURES = {
    "orders": "Orders",
    "revenue": "Total value",
    "average_order_value": "Average order value",
    "satisfaction": "Mean satisfaction",
    "delivery_days": "Mean delivery days",
    "segment": "Segment",
    "region": "Region",
    "recency_days": "Days of silence",
}
"""What a customer is known by at a cut-off, with the names on screen; recency, the last, is left out on demand."""
RECENCY = "recency_days"
MEMBERS = ("segment", "region")
WHOSE = ("segment", "region", "age_group")
"""What is the customer's own of the filters' dimensions, as of the last order before the cut-off."""
_COLUMN = {"satisfaction": "satisfaction_score", "delivery_days": "delivery_days"}
"""The column of orders that a feature needs."""

HORIZONS = (60, 90, 120)
YEAR = 365
STEP = 30
"""Days between cut-offs."""
MOST_CUT_OFFS = 12
KNOWN_SHARE = 0.75
"""Of its lookback so much must lie in the data at the earliest cut-off."""


@dataclass(frozen=True)
class CutOffs:
    """The days at which customers are looked at.

    ``test_on`` is the last whose horizon has passed by ``today``. The horizons of ``train_on``, oldest first, end by
    ``test_on``: nothing that the test judges by is known to what it judges.
    """

    horizon_days: int
    lookback_days: int
    today: date
    test_on: date
    train_on: tuple[date, ...]
    earliest: date

    @property
    def all_known(self) -> tuple[date, ...]:
        """All cut-offs whose horizon has passed, oldest first: what the customers of today are scored from."""
        return _steps_back(self.test_on, self.earliest)


def cut_offs(shop: Shop, horizon_days: int) -> CutOffs:
    """The cut-offs that a shop's history allows.

    Raises
    ------
    ValueError : no such horizon.
    NotEnoughData : the history is too short; the message says what would do.
    """
    if horizon_days not in HORIZONS:
        raise ValueError(f"horizon_days: expected one of {', '.join(map(str, HORIZONS))}, got {horizon_days!r}")
    days = (shop.today - shop.first_day).days + 1
    lookback = min(YEAR, days - 3 * horizon_days)
    if lookback < horizon_days:
        raise NotEnoughData(_too_short(days, horizon_days))
    earliest = shop.first_day + timedelta(days=round(KNOWN_SHARE * lookback) - 1)
    test_on = shop.today - timedelta(days=horizon_days)
    train_on = _steps_back(test_on - timedelta(days=horizon_days), earliest)
    return CutOffs(horizon_days, lookback, shop.today, test_on, train_on, earliest)


def _steps_back(last: date, earliest: date) -> tuple[date, ...]:
    steps = min(MOST_CUT_OFFS - 1, (last - earliest).days // STEP)
    return tuple(last - timedelta(days=STEP * step) for step in range(steps, -1, -1))


def _too_short(days: int, horizon_days: int) -> str:
    shorter = [h for h in HORIZONS if 4 * h <= days]
    instead = f"choose {max(shorter)} days ahead or import" if shorter else "import"
    return (
        f"To learn who does not come back within {horizon_days} days, and to test it on days that were not learnt "
        f"from, takes a history of {4 * horizon_days} days; there are {days:,}: {instead} a longer one."
    )


def features_of(shop: Shop, with_recency: bool = True) -> tuple[str, ...]:
    """The features that this shop's data can tell, in the order of ``FEATURES``."""
    return tuple(f for f in FEATURES if _is_told(f, shop) and (with_recency or f != RECENCY))


def untold_features(shop: Shop) -> str:
    """What the data do not tell, in a sentence; empty where they tell all."""
    names = [name.lower() for feature, name in FEATURES.items() if not _is_told(feature, shop)]
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Left out, as this shop's orders do not tell customers apart by it: {listed}."


def _is_told(feature: str, shop: Shop) -> bool:
    if feature in MEMBERS:
        return len(shop.members.get(feature, ())) > 1
    return feature not in _COLUMN or _COLUMN[feature] in shop.has


def customers_at(
    orders: ir.Table | pd.DataFrame,
    cut_off: date,
    lookback_days: int,
    horizon_days: int | None = None,
    every: int = 1,
) -> pd.DataFrame:
    """Every customer with an order in the lookback up to the cut-off, as known at its end.

    Parameters
    ----------
    orders : see ``as_orders``.
    horizon_days : days after the cut-off that decide; None where they are still to come.
    every : of the customers with dense keys one in so many is taken.

    Returns
    -------
    One row per customer, by ``customer_key``: ``orders`` (count), ``revenue`` (the shop's currency, refunds
    deducted), ``average_order_value`` (before refunds), ``satisfaction`` (1–5) and ``delivery_days`` (means; missing
    where no order tells), ``segment``, ``region``, ``age_group`` (those of the last order), ``recency_days`` (from
    the last order to the cut-off) and, with a horizon, ``churned`` (whether no order falls into it).
    """
    rows = as_orders(orders)
    last = cut_off + timedelta(days=horizon_days or 0)
    near = rows.filter(
        rows.customer_key.notnull(), rows.date > _day(cut_off - timedelta(days=lookback_days)), rows.date <= _day(last)
    )
    if every > 1:
        near = near.filter(near.customer_key % every == 0)
    known, is_order = near.date <= _day(cut_off), near.revenue >= 0
    seen, number = known & is_order, "transaction_key" if "transaction_key" in near.columns else "transaction_id"
    whose = {d: near[d].cast("string").last(where=seen, order_by=[near.date, near[number]]) for d in WHOSE}
    after = {} if horizon_days is None else {"churned": ~(is_order & ~known).any()}
    counted = near.group_by("customer_key").agg(
        orders=near.count(where=seen),
        revenue=near.revenue.sum(where=known),
        average_order_value=near.revenue.mean(where=seen),
        satisfaction=near.satisfaction_score.mean(where=seen),
        delivery_days=near.delivery_days.mean(where=seen),
        recency_days=_day(cut_off).delta(near.date.max(where=seen), unit="day"),
        **whose,
        **after,
    )
    found = collected(counted.filter(counted.orders > 0).order_by("customer_key"))
    numbers = ("orders", "revenue", "average_order_value", "satisfaction", "delivery_days", RECENCY)
    typed = {name: found[name].astype("float64") for name in numbers} | {d: found[d].astype("str") for d in WHOSE}
    return found.assign(**typed)


def guests_at(orders: ir.Table | pd.DataFrame, cut_off: date, lookback_days: int) -> dict[str, float | None]:
    """What part of the lookback's business names no customer, and so stays out of sight.

    Returns
    -------
    ``guest_orders`` and ``guest_revenue``, shares (0–1) of orders and of revenue, refunds deducted; None of nothing.
    """
    rows = as_orders(orders)
    near = rows.filter(rows.date > _day(cut_off - timedelta(days=lookback_days)), rows.date <= _day(cut_off))
    guest, is_order = near.customer_key.isnull(), near.revenue >= 0
    found = collected(
        near.aggregate(
            orders=near.count(where=is_order),
            guest_orders=near.count(where=is_order & guest),
            revenue=near.revenue.sum(),
            guest_revenue=near.revenue.sum(where=guest),
        )
    ).fillna(0.0)
    whole = found.iloc[0].astype("float64").to_dict()
    return {f"guest_{of}": whole[f"guest_{of}"] / whole[of] if whole[of] > 0 else None for of in ("orders", "revenue")}


def _day(day: date) -> ir.DateScalar:
    return ibis.date(day.isoformat())
