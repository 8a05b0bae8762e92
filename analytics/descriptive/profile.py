"""What a shop's data hold at all: its days, its members, its optional columns."""

from datetime import date, timedelta

import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.errors import NotEnoughData
from analytics.shop import DIMENSIONS, NOT_STATED, Shop


def shop_profile(orders: ir.Table, customers: ir.Table, settings: ir.Table) -> Shop:
    """The shop's settings and what its orders carry.

    Parameters
    ----------
    orders, customers : all rows of the warehouse.
    settings : rows of ``key`` and ``value``; see ``warehouse/schema.py`` for the keys.

    Raises
    ------
    NotEnoughData : there are no orders at all.
    """
    facts = collected(settings).set_index("key")["value"].to_dict()
    is_order = orders.revenue >= 0
    seen = orders.agg(
        rows=orders.count(),
        orders=is_order.sum(),
        first_day=orders.date.min(),
        last_day=orders.date.max(),
        satisfaction_score=(orders.satisfaction_score.notnull() & is_order).sum(),
        delivery_days=(orders.delivery_days.notnull() & is_order).sum(),
        order_minute=orders.order_minute.count(),
        customer_key=orders.customer_key.count(),
        refunds=(orders.revenue < 0).sum(),
        customer_keys=orders.customer_key.max(),
    )
    seen = collected(seen).iloc[0]
    if not seen["rows"]:
        raise NotEnoughData("There are no orders yet: import some on the Data page, or go back to the demo data there.")
    last_day = _day(seen["last_day"])
    margin = facts.get("gross_margin")
    return Shop(
        name=facts.get("shop_name", "Your shop"),
        currency=facts.get("currency", "USD"),
        week_start=facts.get("week_start", "monday"),
        first_day=_day(seen["first_day"]),
        last_day=last_day,
        today=min(date.fromisoformat(facts.get("last_complete_day") or last_day.isoformat()), last_day),
        orders=int(seen["orders"]),
        is_demo=facts.get("is_demo") == "1",
        time_zone=facts.get("time_zone", "UTC"),
        gross_margin=float(margin) if margin else None,
        churn_days=int(facts.get("churn_days") or Shop.churn_days),
        known_from=_known_from(customers, _day(seen["first_day"]), last_day),
        customer_keys=_dense_keys(orders, seen["customer_keys"]),
        members={d: m for d in DIMENSIONS if (m := _members(orders, d))},
        has=frozenset(c for c in _OPTIONAL if seen[c]),
    )


def _known_from(customers: ir.Table, first_day: date, last_day: date) -> date:
    """When nine of ten returning customers who bought before the data begin would have been seen again.

    Until then a customer who seems new may be an old one. Twice the gap between a customer's orders has to pass, its
    90 % quantile over those who came back. Our own choice.
    """
    back = customers.filter(customers.order_count >= 2)
    gap = back.last_purchase_date.delta(back.first_purchase_date, unit="day") / (back.order_count - 1)
    wait = collected(back.agg(days=gap.quantile(0.9))).iloc[0]["days"]
    return min(last_day, first_day + timedelta(int(2 * wait))) if not pd.isna(wait) else first_day


def _dense_keys(orders: ir.Table, largest: object) -> int:
    """Bits are counted in DuckDB alone; a shop of guests only has no keys."""
    return int(largest) if orders.get_backend().name == "duckdb" and not pd.isna(largest) else 0


def _members(orders: ir.Table, dimension: str) -> tuple[str, ...]:
    """Biggest revenue first; none where no order states the dimension."""
    counted = collected(orders.group_by(member=orders[dimension].cast("string")).agg(revenue=orders.revenue.sum()))
    if set(counted["member"]) <= {NOT_STATED}:
        return ()
    return tuple(counted.sort_values(["revenue", "member"], ascending=[False, True])["member"])


def _day(value: object) -> date:
    return pd.Timestamp(value).date()


_OPTIONAL = ("satisfaction_score", "delivery_days", "order_minute", "customer_key", "refunds")
