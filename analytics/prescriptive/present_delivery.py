"""How orders are delivered now, by region, and the network that is assumed until carriers are stated."""

import hashlib
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Assumptions, Carrier, Lane
from analytics.questions import collected_within
from analytics.shop import NOT_STATED, Shop

EVERYWHERE = "Everywhere"
"""The one region of a shop whose orders name none."""
OTHERS = "All other regions"
MOST_REGIONS = 10
FEWEST_ORDERS = 10
"""Delivered in the period, below which where they go is chance."""
PRESENT, QUICKER, SLOWER = "Present carrier", "Quicker carrier", "Slower carrier"
ASSUMED_COST = 0.06
"""What carrying an order costs, as a share of its mean value, until somebody states it."""
ASSUMED = {PRESENT: (1.0, 1.0, None), QUICKER: (1.5, 0.6, 0.5), SLOWER: (0.7, 1.4, None)}
"""Cost and days as multiples of the present ones, and capacity as a share of all orders (None: any number)."""
ASSUMED_DAYS = 4.0
"""Where no order says how long delivery took."""
LEAST_DAYS = 1.0


@dataclass(frozen=True, eq=False, repr=False)
class PresentDelivery:
    """Orders ``a_day`` and mean ``days`` of each of the ``regions``, biggest first; ``daily`` a row per day.

    ``days`` are missing where no order says them. ``order_value`` is the mean of an order (the shop's currency),
    ``unplaced`` the orders a day that name no region where others do, which are left out.
    """

    period: Period
    regions: tuple[str, ...]
    a_day: np.ndarray
    days: np.ndarray
    daily: np.ndarray
    order_value: float
    unplaced: float

    @property
    def total(self) -> float:
        """Orders a day."""
        return float(self.a_day.sum())

    def __repr__(self) -> str:
        told = hashlib.sha256(b"".join(part.tobytes() for part in (self.a_day, self.days, self.daily)))
        return f"delivery to {self.regions} {self.period} {told.hexdigest()[:16]}"


def present_delivery(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, lanes: tuple[Lane, ...] = ()
) -> PresentDelivery:
    """What is delivered where in the period in view, up to the last complete day.

    Orders without delivery days are left out where others have them: nobody carries what is picked up in a shop.

    Parameters
    ----------
    lanes : those stated; the regions that they name are told apart, of others the largest.

    Raises
    ------
    NotEnoughData : no order in the period is delivered.
    """
    first, last = max(filters.period.start, shop.first_day), min(filters.period.end, shop.today)
    counted = pd.DataFrame()
    if last >= first:
        asked = {"of_days": "delivery_days" in shop.has}
        counted = collected_within(_deliveries_by_day, orders, filters, {"value": Period(first, last)}, **asked)
    delivered = 0.0 if counted.empty else float(counted["orders"].sum())
    if delivered < FEWEST_ORDERS:
        were = "was" if delivered == 1 else "were"
        said = "1 order" if delivered == 1 else f"{delivered:,.0f} orders" if delivered else "No orders"
        raise NotEnoughData(
            f"{said} of the period in view {were} delivered, and a plan rests on at least "
            f"{FEWEST_ORDERS}: choose a longer period or fewer filters."
        )
    counted = counted.assign(region=counted["region"].astype("str"), date=pd.to_datetime(counted["date"]))
    return _by_region(counted.fillna({"days": 0.0, "timed": 0.0}), first, last, {lane.region for lane in lanes})


def _by_region(counted: pd.DataFrame, first: date, last: date, named: set[str]) -> PresentDelivery:
    span, value = (last - first).days + 1, float(counted["sales"].sum() / counted["orders"].sum())
    unplaced = 0.0
    if set(counted["region"]) == {NOT_STATED}:
        counted = counted.assign(region=EVERYWHERE)
    elif NOT_STATED not in named:
        is_unplaced = counted["region"] == NOT_STATED
        unplaced, counted = float(counted.loc[is_unplaced, "orders"].sum()) / span, counted[~is_unplaced]
    sizes = counted.groupby("region")["orders"].sum().sort_values(ascending=False, kind="stable")
    kept = [r for r in sizes.index if r in named] or list(sizes.index[:MOST_REGIONS])
    if OTHERS not in named and len(sizes) <= MOST_REGIONS:  # so that a region without a lane is called by its name
        kept = list(sizes.index)
    if len(set(sizes.index) - set(kept)) == 1 and not named & set(sizes.index):
        kept = list(sizes.index)
    counted = counted.assign(region=counted["region"].where(counted["region"].isin(kept), OTHERS))
    sums = counted.groupby("region")[["orders", "days", "timed"]].sum().astype("float64")
    regions = [r for r in (*sizes.index, OTHERS) if r in sums.index]
    sums = sums.loc[list(dict.fromkeys(regions))]
    days = (sums["days"] / sums["timed"].where(sums["timed"] > 0)).to_numpy()
    wide = counted.pivot_table(index="date", columns="region", values="orders", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(pd.date_range(first, last), fill_value=0.0)[list(sums.index)].astype("float64")
    a_day = (sums["orders"] / span).to_numpy()
    return PresentDelivery(Period(first, last), tuple(sums.index), a_day, days, wide.to_numpy(), value, unplaced)


def suggested_network(
    present: PresentDelivery, stated: tuple[Carrier, ...] = ()
) -> tuple[tuple[Carrier, ...], tuple[Lane, ...]]:
    """Carriers and lanes to begin with: all of them assumed but the present days.

    The present carrier at a share of the mean order's value, and one quicker and dearer, one slower and cheaper.

    Parameters
    ----------
    stated : carriers of which nobody has said yet what they take: until then they are all like the present one.
    """
    usual = float(np.nanmean(present.days)) if np.isfinite(present.days).any() else ASSUMED_DAYS
    days, cost = np.where(np.isnan(present.days), usual, present.days), ASSUMED_COST * present.order_value
    carriers, lanes = list(stated), []
    for name, (dearer, longer, share) in ({c.name: ASSUMED[PRESENT] for c in stated} or ASSUMED).items():
        capacity = None if share is None else max(1, int(np.ceil(share * present.total)))
        carriers += [] if stated else [Carrier(name, capacity)]
        for region, taken in zip(present.regions, days, strict=True):
            least = min(LEAST_DAYS, taken)
            lanes.append(Lane(name, region, round(cost * dearer, 2), round(float(max(taken * longer, least)), 2)))
    return tuple(carriers), tuple(lanes)


def carriers_and_lanes(
    present: PresentDelivery, assumptions: Assumptions
) -> tuple[tuple[Carrier, ...], tuple[Lane, ...], bool]:
    """Those stated; where no lanes are, those to begin with. Whether lanes are stated comes last."""
    if assumptions.lanes:
        return assumptions.carriers, assumptions.lanes, True
    return *suggested_network(present, assumptions.carriers), False


def _deliveries_by_day(rows: ir.Table, periods: dict[str, Period], of_days: bool) -> ir.Table:
    placed = rows.filter(rows.revenue >= 0)
    if of_days:
        placed = placed.filter(placed.delivery_days.notnull())
    return placed.group_by("date", region=placed.region.cast("string")).agg(
        orders=placed.count().cast("float64"),
        days=placed.delivery_days.sum().cast("float64"),
        timed=placed.delivery_days.count().cast("float64"),
        sales=placed.revenue.sum(),
    )
