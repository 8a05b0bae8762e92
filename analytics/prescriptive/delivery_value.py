"""What a day of delivery is worth: how much less is bought later by those who waited a day longer.

The long way round is a chain: days lower the score, low scores drive customers away, those who stay away bring no
margin; each link has an error of its own, and whatever does not pass through the score is lost on the way. The short
way is to look at what matters itself: of orders that were otherwise alike, whether the customer ordered again, by how
long the delivery took. That is what is done here; the score is told beside it.

It is seen, not tried: what else makes both late deliveries and lost customers, and is none of the controls, is in it.
Source: linear probability model with controls, its slope by partialling out (Frisch & Waugh 1933), customers as
independent units (Liang & Zeger 1986).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95
from analytics.collect import collected
from analytics.descriptive.needs import need_customers
from analytics.diagnostic.drivers import one_day
from analytics.diagnostic.score_model import ScoreModel
from analytics.diagnostic.scored_orders import NO_DAYS
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.orders import as_orders
from analytics.periods import day_label
from analytics.shop import DIMENSIONS, Shop

HORIZONS = (180, 90, 60)
"""Days after an order in which coming back counts: the longest for which half of the history is old enough."""
SAMPLED_CUSTOMERS = 20_000
MOST_LEVELS = 12
"""Members of a dimension that are told apart; the smaller ones stand together."""
FEWEST_ORDERS, FEWEST_CUSTOMERS = 300, 100
LONGEST_DAYS = 0.99
"""Share of deliveries beyond which days count as those of the longest of them: a parcel lost is no slow one."""


UNTRIED = 0.25
"""By which share what a day is worth may be off beyond chance: it was seen in orders and not tried."""


@dataclass(frozen=True, eq=False, repr=False)
class DayValue:
    """What an order's delivery being a day sooner brings, in the shop's currency of revenue per order.

    ``come_back`` is how much likelier (0–1) a customer is to order again within ``within`` days for each day less,
    with ``error``, its standard error; ``revenue`` what is bought more in these days, per order, with
    ``revenue_error``. ``orders`` and ``customers`` it rests on.
    """

    within: int
    come_back: float
    error: float
    revenue: float
    revenue_error: float
    orders: int
    customers: int
    sentence: str
    explained: str

    @property
    def unsure(self) -> float:
        """Error of ``revenue`` as a plan counts it: by chance, and for what was seen and not tried."""
        return float(np.hypot(self.revenue_error, UNTRIED * self.revenue))

    def drawn(self, chance: np.random.Generator, number: int) -> np.ndarray:
        """Revenue per order and day as it may be, so many times."""
        return chance.normal(self.revenue, self.revenue_error, number)

    def __repr__(self) -> str:
        return f"a day is worth {self.revenue!r} ± {self.revenue_error!r} within {self.within}"


def day_value(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> DayValue:
    """How much likelier customers come back for each day that a delivery is sooner, and what such a one brings.

    All orders up to the period's end count that are old enough to have been followed by another; filters choose among
    them. What a customer buys later counts whatever it is.

    Raises
    ------
    NotEnoughData : no customers or no delivery days, too few orders that are old enough, or days that do not differ.
    """
    need_customers(shop)
    if "delivery_days" not in shop.has:
        raise NotEnoughData(NO_DAYS)
    seen_to = min(filters.period.end, shop.today)
    within = _horizon((seen_to - shop.first_day).days)
    rows = _rows(orders, filters, shop, seen_to)
    old = (rows["date"] <= pd.Timestamp(seen_to - timedelta(within))).to_numpy()
    later, brought = _followed(rows, within)
    judged = rows["own"].to_numpy(dtype=bool) & old & rows["delivery_days"].notna().to_numpy()
    number, customers = int(judged.sum()), int(rows.loc[judged, "customer_key"].nunique())
    if number < FEWEST_ORDERS or customers < FEWEST_CUSTOMERS:
        raise NotEnoughData(
            f"{number:,} orders of {customers:,} customers say how long delivery took and are older than {within} "
            f"days: what a day is worth rests on at least {FEWEST_ORDERS} of {FEWEST_CUSTOMERS}."
        )
    used = rows[judged]
    days = used["delivery_days"].to_numpy(dtype="float64")
    days = np.minimum(days, np.quantile(days, LONGEST_DAYS, method="inverted_cdf"))
    again = (later[judged] > 0).astype("float64")
    unit = pd.factorize(used["customer_key"])[0]
    before = _before(rows, within)[judged]
    come_back, revenue = _worth_of_a_day(days, again, brought[judged], _controls(used, shop), unit, before)
    told = (within, *come_back, *revenue, number, customers)
    return DayValue(*told, _sentence(*told, shop), _explained(within, seen_to))


def day_in_points(score_model: ScoreModel) -> tuple[float, float, float] | None:
    """By how many points the mean score rises for each day less, with its 95 % interval; None where days say nothing.

    Parameters
    ----------
    score_model : of the filters in force.
    """
    return one_day(score_model, "score", -1.0)


def _horizon(history: int) -> int:
    return next((h for h in HORIZONS if history >= 2 * h), HORIZONS[-1])


def _rows(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, seen_to: date) -> pd.DataFrame:
    """All rows of some customers, refunds included, in order of customer and day; ``own``: an order in the filters."""
    rows = as_orders(orders)
    rows = rows.filter(rows.customer_key.notnull(), rows.date <= ibis.date(seen_to.isoformat()))
    every = max(1, shop.customer_keys // SAMPLED_CUSTOMERS)
    if every > 1:
        rows = rows.filter(rows.customer_key % every == 0)
    own = ibis.literal(True)
    for dimension, members in filters.members.items():
        own = own & rows[dimension].isin(members)
    kept = [d for d in DIMENSIONS if d in shop.members]
    found = collected(
        rows.select(
            "customer_key", "date", "revenue", "delivery_days", "is_repeat", own=own & (rows.revenue >= 0),
            **{d: rows[d].cast("string") for d in kept},
        ).order_by("customer_key", "date")
    )  # fmt: skip
    return found.assign(date=pd.to_datetime(found["date"]))


def _followed(rows: pd.DataFrame, within: int) -> tuple[np.ndarray, np.ndarray]:
    """After each row the same customer's orders of the next days, and their revenue less refunds; its day apart."""
    customer = pd.factorize(rows["customer_key"])[0].astype("int64")
    day = (rows["date"] - rows["date"].min()).dt.days.to_numpy(dtype="int64") if len(rows) else np.zeros(0, "int64")
    width = int(day.max()) + within + 2 if len(day) else 1
    at = customer * width + day
    revenue = rows["revenue"].to_numpy(dtype="float64")
    first, last = np.searchsorted(at, at, side="right"), np.searchsorted(at, at + within, side="right")
    orders, sums = (np.concatenate([[0.0], of.cumsum()]) for of in ((revenue >= 0).astype("float64"), revenue))
    return orders[last] - orders[first], sums[last] - sums[first]


def _controls(rows: pd.DataFrame, shop: Shop) -> np.ndarray:
    """Columns for the month, for first and later orders, and for members of every dimension."""
    names = [rows["date"].dt.strftime("%Y-%m"), rows["is_repeat"].astype(str)]
    names += [rows[d].astype(str) for d in DIMENSIONS if d in shop.members]
    columns = [np.ones((len(rows), 1))]
    for name in names:
        code, members = pd.factorize(name)
        count = np.bincount(code)
        limit = len(members) if name is names[0] else MOST_LEVELS
        largest = np.argsort(count)[::-1][1:limit]
        columns.append((code[:, None] == largest[None, :]).astype("float64"))
    return np.hstack(columns)


def _before(rows: pd.DataFrame, within: int) -> np.ndarray:
    """How many orders the same customer placed in as many days before, known when an order is placed."""
    customer = pd.factorize(rows["customer_key"])[0].astype("int64")
    day = (rows["date"] - rows["date"].min()).dt.days.to_numpy(dtype="int64")
    at = customer * (int(day.max()) + 2 * within + 2) + day + within
    orders = np.concatenate([[0.0], (rows["revenue"].to_numpy(dtype="float64") >= 0).cumsum()])
    return orders[np.searchsorted(at, at, side="left")] - orders[np.searchsorted(at, at - within, side="left")]


def _worth_of_a_day(
    days: np.ndarray, again: np.ndarray, brought: np.ndarray, controls: np.ndarray, unit: np.ndarray, before: np.ndarray
) -> tuple[tuple[float, float], tuple[float, float]]:
    """How much likelier a return is for a day less, and the revenue of that, each with its error.

    Whoever buys often brings more when coming back, and is less easily driven away: both parts are taken of customers
    who bought about as often before, and then added up.
    """
    left_days, left_again = _partialled(np.column_stack([days, again]), controls)
    pulls, come_back, revenue = np.zeros((2, unit.max() + 1)), 0.0, 0.0
    for own in _alike(before):
        x, y, who = left_days[own] - left_days[own].mean(), left_again[own] - left_again[own].mean(), unit[own]
        spread, share = float(x @ x), float(own.mean())
        if spread <= 0:
            continue
        slope = -float(x @ y) / spread
        came = again[own] > 0
        worth = float(brought[own][came].mean()) if came.any() else 0.0
        off = -np.bincount(who, x * (y + slope * x), pulls.shape[1]) / spread
        of_worth = np.bincount(who[came], brought[own][came] - worth, pulls.shape[1]) / max(came.sum(), 1)
        come_back, revenue = come_back + share * slope, revenue + share * slope * worth
        pulls += share * np.array([off, off * worth + slope * of_worth])
    units = len(np.unique(unit))
    errors = np.sqrt((pulls**2).sum(axis=1) * units / max(units - 1, 1))
    return (come_back, float(errors[0])), (revenue, float(errors[1]))


def _alike(before: np.ndarray) -> list[np.ndarray]:
    """Which orders are of customers who bought about as often before: up to four groups of about as many."""
    edges = np.unique(np.quantile(before, [0.25, 0.5, 0.75], method="inverted_cdf"))
    group = np.searchsorted(edges, before)
    kept = [group == n for n in np.unique(group)]
    return kept if all(own.sum() >= FEWEST_CUSTOMERS for own in kept) else [np.ones(len(before), dtype=bool)]


def _partialled(both: np.ndarray, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Delivery days and coming back with what the controls tell of them taken off."""
    fit, *_ = np.linalg.lstsq(controls.T @ controls, controls.T @ both, rcond=None)
    left = both - controls @ fit
    if float(left[:, 0] @ left[:, 0]) < 1e-9 * max(float(both[:, 0] @ both[:, 0]), 1.0):
        raise NotEnoughData("All deliveries that can be compared took equally long: what a day does cannot be told.")
    return left[:, 0], left[:, 1]


def _sentence(
    within: int, come_back: float, error: float, revenue: float, revenue_error: float, orders: int, customers: int,
    shop: Shop,
) -> str:  # fmt: skip
    low, high = come_back - NORMAL_95 * error, come_back + NORMAL_95 * error
    ends = " to ".join(formats.signed(f"{100 * end:.2f}".replace("-", formats.MINUS)) for end in (low, high))
    sure = "" if low > 0 or high < 0 else ", so that chance alone may do as much"
    return (
        f"A day sooner, {formats.signed(f'{100 * come_back:.2f}'.replace('-', formats.MINUS))} pp order again within "
        f"{within} days (95 %: {ends}{sure}): {formats.money(revenue, shop.currency)} of revenue per order and day. "
        f"From {orders:,} orders of {customers:,} customers."
    )


def _explained(within: int, seen_to: date) -> str:
    return (
        f"Of orders up to {day_label(seen_to - timedelta(within))} whose delivery days are known: whether the customer "
        f"ordered again within {within} days, by delivery days, with the month, first or later order and the members "
        "of all dimensions held equal (a linear probability model; customers as independent units), times the revenue "
        "of those who do, both of customers who bought about as often before. What comes after these days is not "
        "counted. It is seen, not tried: what else makes deliveries late and customers leave is in it."
    )
