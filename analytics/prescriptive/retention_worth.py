"""What each customer is worth a contact: what an offer adds, what it costs, and what is left.

Value at risk. A model of value says what a customer brings on average, those futures included in which he is already
gone. With the chance ``p`` to be silent for the days ahead, what is expected is ``V = (1 − p) W + p U``: ``W`` is
brought by whoever orders in these days, ``U`` by whoever is silent, for silence is not always the end. An offer that
makes a silent customer order turns ``U`` into ``W``. With ``s = U / W``, which is read off the past (what customers
brought who had fallen silent, over what others brought who had ordered as often and as lately),

    W = V / (1 − p (1 − s)),    value at risk = W − U = W (1 − s).

Neither ``V`` itself (it counts futures in which he is gone anyway) nor ``V / (1 − p)`` (it takes silence for the end,
and goes beyond all bounds where ``p`` nears 1). Two models stand behind this, and for customers who bought once that of
value may know nothing of their leaving: then ``V`` is already what one brings who is there. So ``W`` is never more than
``V`` over the model of value's own chance to be there: the more cautious of the two.

More orders. Of an offer that was found to bring more orders of those still there (see ``campaigns``) nothing is kept
that would have been lost: orders come earlier. Where each order may be a customer's last, as the models of purchases
have it, whoever orders faster also leaves sooner. What is left over the months ahead is what would have been ordered
*after* them in as many days as the experiment looked at: at the pace of their end, by those still there then.
"""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.filters import Filters
from analytics.orders import as_orders
from analytics.predictive.churn_people import people
from analytics.predictive.model import Run
from analytics.prescriptive.assumptions import Offer
from analytics.prescriptive.campaigns import MORE, MeasuredOffer
from analytics.shop import Shop

FEWEST_SILENT = 30
ASSUMED_LATER = 0.3
"""What silent customers bring later, as a share of what others do, where the past does not tell."""
LEAST_PACE = 1e-3
SMALLEST_HAZARD = 1e-6
RECENCY_EDGES = (15, 30, 60, 90, 180)
COUNT_EDGES = (1, 2, 4, 8)


@dataclass(frozen=True)
class LaterShare:
    """``share`` of what others bring that silent customers bring after all; ``customers`` it was seen of (0: assumed).

    ``silent_days`` is how long they had been silent, ``days`` over how many it was counted what they brought.
    """

    share: float
    customers: int
    silent_days: int
    days: int


def later_share(orders: ir.Table | pd.DataFrame, shop: Shop, churn: Run, value: Run) -> LaterShare:
    """What customers who fell silent brought all the same, over what others brought who had been like them.

    Customers are looked at as far back as the value is foreseen ahead, those with an order in the lookback of the
    model of churn. Silent ones are compared with those who had ordered as often and as lately.
    """
    horizon, days = int(churn.facts["horizon_days"]), int(value.facts["horizon_days"])
    lookback = int(churn.facts["lookback_days"])
    cut_off = shop.today - timedelta(days=days)
    rows = as_orders(orders)
    rows = rows.filter(rows.customer_key.notnull(), rows.date > _day(cut_off - timedelta(days=lookback)))
    known, is_order = rows.date <= _day(cut_off), rows.revenue >= 0
    soon = ~known & (rows.date <= _day(cut_off + timedelta(days=horizon)))
    until = rows.date <= _day(shop.today)
    told = rows.group_by("customer_key").agg(
        past=(known & is_order).sum(),
        last=rows.date.max(where=known & is_order),
        soon=(soon & is_order).sum(),
        brought=rows.revenue.sum(where=~known & until),
    )
    found = collected(told.filter(told.past > 0))
    if found.empty:
        return LaterShare(ASSUMED_LATER, 0, horizon, days)
    silent_days = (pd.Timestamp(cut_off) - pd.to_datetime(found["last"])).dt.days
    band = np.searchsorted(RECENCY_EDGES, silent_days) * 10 + np.searchsorted(COUNT_EDGES, found["past"].astype(float))
    brought = found["brought"].astype("float64").fillna(0.0).to_numpy()
    came = found["soon"].to_numpy() > 0
    frame = pd.DataFrame({"band": band, "came": came, "brought": brought})
    by_band = frame.groupby(["band", "came"])["brought"].agg(["mean", "size"]).unstack("came")
    both = by_band.dropna()
    if both.empty or both[("size", False)].sum() < FEWEST_SILENT:
        return LaterShare(ASSUMED_LATER, 0, horizon, days)
    weights = both[("size", False)]
    silent, others = ((weights * both[("mean", of)]).sum() for of in (False, True))
    share = float(np.clip(silent / others, 0.0, 1.0)) if others > 0 else ASSUMED_LATER
    return LaterShare(share, int(weights.sum()) if others > 0 else 0, horizon, days)


def _day(day) -> ir.DateScalar:
    return ibis.date(day.isoformat())


def customers_at_risk(churn: Run, value: Run, filters: Filters, later: LaterShare, margin: float) -> pd.DataFrame:
    """The customers in the filters with what they would bring if kept.

    Returns
    -------
    One row per customer, in the order of their keys: ``customer_key``, ``customer_id``, ``segment``, ``region``,
    ``age_group``, ``tier``, ``silent_days``, ``probability`` (to be silent in the days ahead), ``order_value`` (the
    next order's, the shop's currency), ``expected`` (revenue over the months ahead), ``if_ordering`` (the same of one
    who orders in the days ahead), ``value_at_risk`` (contribution margin, see the module) and ``late_pace`` (orders a
    day at the end of the months ahead).

    Raises
    ------
    NotEnoughData : the filters leave nobody.
    """
    scores = people(churn, "scores", filters, "all")
    values = value.tables["values"]
    told = ["customer_key", "purchases", "expected_purchases", "expected_order_value", "expected", "alive"]
    rows = scores[["customer_key", "customer_id", "segment", "region", "age_group", "tier", "recency_days", "orders",
                   "probability", "average_order_value"]].merge(values[told], "inner", "customer_key")  # fmt: skip
    rows = rows.sort_values("customer_key", ignore_index=True)
    chance, share = rows["probability"].to_numpy(), later.share
    there = np.maximum(1 - chance * (1 - share), np.clip(rows["alive"].to_numpy(), 0.0, 1.0))
    if_ordering = np.maximum(rows["expected"].to_numpy(), 0.0) / np.maximum(there, 1e-9)
    days = float(value.facts["horizon_days"])
    return rows.assign(
        order_value=np.maximum(rows["expected_order_value"], 0.0),
        if_ordering=if_ordering,
        value_at_risk=margin * if_ordering * (1 - share),
        late_pace=late_pace(rows, value.tables["parameters"], days),
    ).rename(columns={"recency_days": "silent_days"})


def late_pace(rows: pd.DataFrame, parameters: pd.DataFrame, days: float) -> np.ndarray:
    """Orders a day of each customer at the end of so many days ahead, whether he is still there then or not.

    A customer still there orders at a pace ``r`` and leaves after each order with a chance ``h``, on average
    ``a / (a + b + repeats)``. Then ``E = (1 − exp(−r h days)) / h`` orders are expected, so that of the pace
    ``1 − h E`` is left at the end.
    """
    named = parameters[parameters["model"] == "BG/NBD"].pivot_table(index="group", columns="parameter", values="value")
    groups = rows["segment"].astype("str").where(rows["segment"].astype("str").isin(named.index), "All customers")
    a, b = (named[name].reindex(groups).to_numpy() for name in ("a", "b"))
    leaves = a / (a + b + np.maximum(rows["purchases"].to_numpy() - 1, 0))
    alive = np.clip(rows["alive"].to_numpy(), 1e-9, 1.0)
    each = rows["expected_purchases"].to_numpy() / alive
    left = np.clip(1 - leaves * each, LEAST_PACE, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        pace = np.where(leaves > SMALLEST_HAZARD, -np.log(left) / (leaves * days), each / days)
    return np.nan_to_num(alive * left * pace)


@dataclass(frozen=True)
class OfferFigures:
    """What an offer would do for each customer, one entry each (amounts in the shop's currency).

    ``added`` is what it adds in margin, ``spend`` what it costs (contact and discount), ``net`` the difference;
    ``orders`` how many more are ordered, ``chance`` to order in the days ahead with it, ``silent`` the chance not to
    without it. ``lift`` with ``lift_error`` is what it rests on (the error 0 where it is assumed); one unit of lift
    adds ``added_by_lift`` and costs ``spend_by_lift`` more in discounts.
    """

    offer: Offer
    measured: MeasuredOffer | None
    eligible: np.ndarray
    lift: np.ndarray
    lift_error: np.ndarray
    silent: np.ndarray
    added: np.ndarray
    spend: np.ndarray
    orders: np.ndarray
    chance: np.ndarray
    added_by_lift: np.ndarray
    spend_by_lift: np.ndarray

    @property
    def net(self) -> np.ndarray:
        """What is left."""
        return self.added - self.spend


def offer_figures(
    customers: pd.DataFrame, offer: Offer, measured: MeasuredOffer | None, margin: float, horizon_days: int
) -> OfferFigures:
    """What an offer adds and costs for each customer.

    Kept customers bring their value at risk; whoever would have come anyway brings nothing and takes the discount all
    the same: ``p × kept × value at risk − cost − discount × order value × ((1 − p) + p × kept)``.
    """
    chance = np.clip(customers["probability"].to_numpy(), 0.0, 1.0)
    value = customers["order_value"].to_numpy()
    number = len(customers)
    eligible = chance >= offer.risk_from
    if offer.segments:
        eligible &= customers["segment"].isin(offer.segments).to_numpy()
    lift, error = np.full(number, offer.kept), np.zeros(number)
    if measured is not None:
        lift, error = measured.lift(customers["segment"])
    if measured is not None and measured.way == MORE:
        late = customers["late_pace"].to_numpy() * measured.soon_days
        orders, added_by_lift = lift * late, late * value * margin
        silent = np.clip(chance, 1e-6, 1.0)
        part = measured.soon_days / horizon_days
        still = silent ** np.maximum(1 + part * lift, 0.0)
        comes, slope = 1 - still, -part * np.log(silent) * still
    else:
        orders, added_by_lift = chance * lift, chance * customers["value_at_risk"].to_numpy()
        comes = np.clip((1 - chance) + chance * lift, 0.0, 1.0)
        slope = chance
    return OfferFigures(
        offer=offer,
        measured=measured,
        eligible=eligible,
        lift=lift,
        lift_error=error,
        silent=chance,
        added=lift * added_by_lift,
        spend=offer.contact_cost + offer.discount * value * comes,
        orders=orders,
        chance=comes,
        added_by_lift=added_by_lift,
        spend_by_lift=offer.discount * value * slope,
    )
