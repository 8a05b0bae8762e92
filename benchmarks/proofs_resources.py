"""Stock, delivery and staff: plans that cover what they promise, and optima that are those of trying everything."""

from collections.abc import Iterator
from datetime import timedelta

import ibis
import pandas as pd

from analytics.descriptive.activity import daily_activity
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.category_demand import CategoryDemand, category_demand
from analytics.shop import Shop
from simulation import market
from simulation.settings import SimulationSettings
from simulation.shop import simulate

SHOPS, QUICK_SHOPS = 40, 3
ORDERS = 15_000
PROTECTION_DAYS = 21
CUTS = (1, 60, 120, 180)
"""Days before the last that could be tried at which a shop is cut off."""
LEVELS = (0.90, 0.95, 0.98)
NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})


def _shop_rows(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Shop]:
    """Orders, lines and events of a simulated shop."""
    ibis.set_backend(ibis.duckdb.connect())
    made = simulate(SimulationSettings(orders=ORDERS, seed=seed))
    rows, lines = made.transactions.to_pandas(), made.order_lines.to_pandas()
    rows, lines = (_texts(frame) for frame in (rows, lines))
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    first, last = made.settings.start, made.settings.end
    has = frozenset({"satisfaction_score", "delivery_days", "customer_key", "order_minute"})
    shop = Shop("", "INR", "monday", first, last, last, len(rows), members=market.MEMBERS, has=has)
    return rows, lines, made.events.to_pandas(), shop


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    named = [c for c in frame.columns if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(named, "str"))


def _demands(seed: int) -> Iterator[tuple[CategoryDemand, dict[str, pd.Series]]]:
    """What was expected of a shop cut off on some days, and what came of orders and units."""
    rows, lines, events, shop = _shop_rows(seed)
    merged = lines.drop(columns=["category"]).merge(rows[["transaction_id", "date", "category"]], on="transaction_id")
    for cut in CUTS:
        today = shop.today - timedelta(PROTECTION_DAYS + cut)
        then = Shop("", "INR", "monday", shop.first_day, today, today, 1, members=shop.members, has=shop.has)
        filters = Filters(Period(shop.first_day, today), compare="none").without_period()
        past = rows[rows["date"] <= pd.Timestamp(today)]
        daily = daily_activity(past, filters, then)
        demand = category_demand(past, lines, daily, events, filters, then, PROTECTION_DAYS)
        ahead = (pd.Timestamp(today), pd.Timestamp(today) + pd.Timedelta(days=PROTECTION_DAYS))
        came = rows[(rows["date"] > ahead[0]) & (rows["date"] <= ahead[1])]
        sold = merged[(merged["date"] > ahead[0]) & (merged["date"] <= ahead[1])]
        yield demand, {"orders": came.groupby("category").size(), "units": sold.groupby("category")["quantity"].sum()}
