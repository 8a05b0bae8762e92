"""How much of each category will be ordered over the next days, in orders and in units, with how far it may be off."""

import hashlib
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.descriptive.variation import dispersion
from analytics.filters import Filters
from analytics.orders import as_orders
from analytics.predictive.forecast import _by_day_and_member
from analytics.predictive.history import History, daily_history
from analytics.predictive.member_forecasts import SHARE_DAYS, gathered, member_forecasts
from analytics.prescriptive.count_spread import CountSpread, count_spread
from analytics.prescriptive.demand_trial import Trial, need_orders, trial
from analytics.questions import collected_within
from analytics.shop import NOT_STATED, Shop
from analytics.summed import Sums, summed

WHOLE = "All orders"
"""The one member of a shop whose orders name no category."""
VALUE_DAYS = 365
"""Of which prices, costs and units an order are taken."""
BANDS = (0.80, 0.95)
UNITS_WAY = "as many units an order as in the last eight weeks"


@dataclass(frozen=True, eq=False)
class Measured:
    """What is expected of orders or units over the next days: ``expected`` one entry per member of ``members``.

    ``spread`` is that of members' sums over these days, ``total_spread`` that of all together; ``way`` how the total is
    shared out, ``wape`` the error of past sums and ``naive_wape`` that of the last week again.
    """

    key: str
    members: tuple[str, ...]
    expected: np.ndarray
    spread: CountSpread
    total_spread: CountSpread
    method: str
    way: str
    wape: float
    naive_wape: float
    origins: int
    before: np.ndarray
    """What as many days before brought, by member."""
    a_year: np.ndarray
    """What a year brings, by member: the last one, or what is not sold for a year yet at the pace of the days ahead."""

    @property
    def total(self) -> float:
        """Of all members together."""
        return float(self.expected.sum())

    def rows(self) -> pd.DataFrame:
        """A row per member and one for all: ``member``, ``expected``, ``low_80`` … ``high_95``, ``before``."""
        found = {"member": [*self.members, "All"], "expected": [*self.expected, self.total]}
        for band in BANDS:
            for end, share in (("low", (1 - band) / 2), ("high", (1 + band) / 2)):
                own = self.spread.quantile(self.expected, share)
                all_of = self.total_spread.quantile(np.array([self.total]), share)
                found[f"{end}_{band:.0%}".removesuffix("%")] = [*own, *all_of]
        return pd.DataFrame(found | {"before": [*self.before, self.before.sum()]})


@dataclass(frozen=True, eq=False, repr=False)
class CategoryDemand:
    """Demand over the next ``days``: ``orders``, and ``units`` where there are order lines.

    ``value`` has a row per member: ``member``, ``price`` and ``cost`` of what is counted (a unit, or an order where no
    lines say units; the shop's currency; cost missing where no line states it).
    """

    days: int
    orders: Measured
    units: Measured | None
    value: pd.DataFrame
    closed: tuple[int, ...] = field(default=())

    @property
    def counted(self) -> Measured:
        """Units where lines tell them, else orders."""
        return self.units or self.orders

    def __repr__(self) -> str:
        parts = [self.counted.expected, self.counted.spread.ranks, self.value["price"].to_numpy()]
        told = hashlib.sha256(b"".join(np.ascontiguousarray(p, dtype="float64").tobytes() for p in parts))
        return f"demand of {self.days} days {self.counted.key} {self.counted.members} {told.hexdigest()[:16]}"


def category_demand(
    orders: ir.Table | pd.DataFrame,
    order_lines: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    calendar: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    days: int,
    sums: Sums = (),
) -> CategoryDemand:
    """What the next days will ask of each category, from the last complete day on, for the members in the filters.

    Orders are told by the category of the order, units by that of the line (of the order where a line names none).
    All orders are forecast by the quick method that was least wrong and shared out, so that they add up to the total.

    Parameters
    ----------
    order_lines : lines of the orders; without any, units are not told.
    daily : ``daily_activity`` of the filters.
    calendar : ``known_events``.
    days : ahead, from 1 on.

    Raises
    ------
    ValueError : less than a day.
    NotEnoughData : no orders in view, or too short a history.
    """
    if days < 1:
        raise ValueError(f"days: expected at least one, got {days}")
    need_orders(daily, filters)
    history = daily_history(daily, shop, "orders", 1)
    by_order = _wide(_orders_by_day(orders, filters, sums), history.days)
    tried = _tried(by_order, history, calendar, days)
    told = _measured("orders", by_order, tried, tried.levels, tried.expected)
    lines = _units(orders, order_lines, filters)
    counted = _counted_units(_wide(lines.rename(columns={"units": "value"}), history.days), by_order, tried)
    value = _value(daily, by_order, orders, filters, lines, told if counted is None else counted, history.days[-1])
    closed = tuple(int(n) for n in np.flatnonzero(history.closed))
    return CategoryDemand(days, told, counted, value, closed)


@dataclass(frozen=True, eq=False)
class _Tried:
    """Orders as they were forecast in the past, summed over the days ahead: a row per origin, a column per member."""

    best: Trial
    expected: np.ndarray
    levels: np.ndarray
    way: str


def _tried(parts: pd.DataFrame, history: History, calendar: pd.DataFrame, days: int) -> _Tried:
    best = trial(history, calendar, days, "plan for fewer days: a shorter lead time, or orders more often")
    given = (parts, history, calendar, best.expected, best.tried, list(best.known), lambda share, doing: None)
    own = member_forecasts(*given)
    expected = np.maximum(own.expected, 0.0).sum(axis=0)
    return _Tried(best, expected, np.maximum(own.levels, 0.0).sum(axis=1), own.way)


def _measured(
    key: str, parts: pd.DataFrame, tried: _Tried, levels: np.ndarray, expected: np.ndarray, way: str = ""
) -> Measured:
    best, values = tried.best, parts.to_numpy()
    days = best.actual.shape[1]
    actual = np.array([values[n : n + days].sum(axis=0) for n in best.known])
    spread = count_spread(levels, actual, np.array([_scatter(parts[m]) for m in parts]), best.independent)
    sums = (levels.sum(axis=1, keepdims=True), actual.sum(axis=1, keepdims=True))
    of_all = count_spread(*sums, np.array([_scatter(parts.sum(axis=1))]), best.independent)
    size = sums[1].sum()
    again = np.array([values[n - 7 : n].sum() * days / 7 for n in best.known])
    wapes = [float(np.abs(sums[1][:, 0] - of).sum() / size) if size else np.nan for of in (sums[0][:, 0], again)]
    told = (best.method, way or tried.way, *wapes, len(best.known), values[-days:].sum(axis=0))
    told = (*told, _a_year(values, expected, days))
    return Measured(key, tuple(map(str, parts.columns)), expected, spread, of_all, *told)


def _a_year(values: np.ndarray, expected: np.ndarray, days: int) -> np.ndarray:
    """The days ahead may be those of a season: a year has others as well."""
    at_pace, last = expected * VALUE_DAYS / days, values[-VALUE_DAYS:].sum(axis=0)
    sold_before = values[:-VALUE_DAYS].any(axis=0) | (values[-VALUE_DAYS] > 0 if len(values) >= VALUE_DAYS else False)
    return np.where(sold_before & (last > 0), last, at_pace)


def _counted_units(by_unit: pd.DataFrame, by_order: pd.DataFrame, tried: _Tried) -> Measured | None:
    """Units by the forecast of orders: as many for each order as in the eight weeks before.

    Of a category's own orders where lines and orders name the same categories, else of all orders.
    """
    if not by_unit.to_numpy().sum() > 0:
        return None
    same = set(by_unit.columns) == set(by_order.columns)
    own = by_order[list(by_unit.columns)] if same else by_order.sum(axis=1).to_frame()
    place = [by_order.columns.get_loc(c) for c in by_unit.columns] if same else None

    def of_orders(expected: np.ndarray, known: int) -> np.ndarray:
        units, orders = (of.to_numpy()[max(0, known - SHARE_DAYS) : known].sum(axis=0) for of in (by_unit, own))
        each = np.where(orders > 0, units / np.maximum(orders, 1.0), units.sum() / max(float(orders.sum()), 1.0))
        return (expected[place] if same else expected.sum()) * each

    levels = np.array([of_orders(row, n) for row, n in zip(tried.levels, tried.best.known, strict=True)])
    expected = of_orders(tried.expected, len(by_unit))
    return _measured("units", by_unit, tried, levels, expected, UNITS_WAY)


def _scatter(values: pd.Series) -> float:
    return dispersion(pd.DataFrame({"value": values.to_numpy()}), "value")


def _orders_by_day(orders: ir.Table | pd.DataFrame, filters: Filters, sums: Sums) -> pd.DataFrame:
    rows = summed(orders, sums, {"category", *filters.members})
    return collected_within(_by_day_and_member, rows, filters, {}, dimension="category", part="orders")


def _wide(counted: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """A row per day, a column per member, the largest first; one for all where no order names a category."""
    counted = counted.assign(date=pd.to_datetime(counted["date"]), member=counted["member"].astype("str"))
    wide = counted.pivot_table(index="date", columns="member", values="value", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(days, fill_value=0.0).astype("float64")
    wide.columns = [str(c) for c in wide.columns]
    wide = wide.loc[:, wide.to_numpy().sum(axis=0) > 0] if wide.to_numpy().sum() > 0 else wide.iloc[:, :1]
    if list(wide.columns) == [NOT_STATED]:
        return wide.set_axis([WHOLE], axis=1)
    return gathered(wide)


def _units(
    orders: ir.Table | pd.DataFrame, order_lines: ir.Table | pd.DataFrame | None, filters: Filters
) -> pd.DataFrame:
    """Units by day and category: ``date``, ``member``, ``units``, ``paid`` (the shop's currency), ``cost``, ``costed``.

    ``cost`` is that of the ``costed`` units, whose lines state it. Without lines there are no rows.
    """
    empty = pd.DataFrame(columns=["date", "member", "units", "paid", "cost", "costed"])
    if order_lines is None:
        return empty
    lines = ibis.memtable(order_lines) if isinstance(order_lines, pd.DataFrame) else order_lines
    placed = as_orders(orders)
    key = "transaction_key" if "transaction_key" in placed.columns and "transaction_key" in lines.columns else (
        "transaction_id"
    )  # fmt: skip
    if key not in lines.columns or not {"category", "quantity", "unit_price"} <= set(lines.columns):
        return empty
    kept = filters.within(placed.filter(placed.revenue >= 0)).select(
        "date", own_key=placed[key], of_order=placed["category"].cast("string")
    )
    cost = lines.unit_cost.cast("float64") if "unit_cost" in lines.columns else ibis.null("float64")
    sold = lines.filter(lines.quantity > 0).select(
        line_key=lines[key], of_line=lines["category"].cast("string"), quantity=lines.quantity.cast("float64"),
        unit_price=lines.unit_price.cast("float64"), unit_cost=cost,
    )  # fmt: skip
    joined = sold.join(kept, sold.line_key == kept.own_key)
    named = joined.of_line.notnull() & (joined.of_line != "") & (joined.of_line != NOT_STATED)
    joined = joined.mutate(member=named.ifelse(joined.of_line, joined.of_order))
    if filters.category:
        joined = joined.filter(joined.member.isin(filters.category))
    known = joined.unit_cost.notnull()
    by_day = joined.group_by("date", "member").agg(
        units=joined.quantity.sum(),
        paid=(joined.quantity * joined.unit_price).sum(),
        cost=(joined.quantity * joined.unit_cost).sum().fill_null(0.0),
        costed=known.ifelse(joined.quantity, 0.0).sum(),
    )
    return collected(by_day)


def _value(
    daily: pd.DataFrame,
    by_order: pd.DataFrame,
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    lines: pd.DataFrame,
    counted: Measured,
    last: pd.Timestamp,
) -> pd.DataFrame:
    """Price and cost of what is counted, in the last year."""
    since = last - pd.Timedelta(days=VALUE_DAYS)
    if counted.key == "orders":
        sales = collected_within(_by_day_and_member, orders, filters, {}, dimension="category", part="sales")
        sold, number = (_summed(frame, since) for frame in (sales, _long(by_order)))
        rows = pd.DataFrame({"sold": sold, "number": number})
        rows = _like(rows, counted.members)
        price = rows["sold"] / rows["number"].where(rows["number"] > 0)
        return pd.DataFrame({"member": counted.members, "price": price.to_numpy(), "cost": np.nan})
    recent = lines[pd.to_datetime(lines["date"]) > since].assign(member=lambda f: f["member"].astype("str"))
    rows = recent.groupby("member")[["units", "paid", "cost", "costed"]].sum().astype("float64")
    rows = _like(rows, counted.members)
    price = rows["paid"] / rows["units"].where(rows["units"] > 0)
    cost = rows["cost"] / rows["costed"].where(rows["costed"] > 0)
    return pd.DataFrame({"member": counted.members, "price": price.to_numpy(), "cost": cost.to_numpy()})


def _summed(frame: pd.DataFrame, since: pd.Timestamp) -> pd.Series:
    recent = frame[pd.to_datetime(frame["date"]) > since]
    return recent.groupby(recent["member"].astype("str"))["value"].sum().astype("float64")


def _long(wide: pd.DataFrame) -> pd.DataFrame:
    return wide.rename_axis("date").reset_index().melt("date", var_name="member")


def _like(rows: pd.DataFrame, members: tuple[str, ...]) -> pd.DataFrame:
    """The same rows under the members that are told: what is not one of them by name belongs to the rest."""
    named = {str(index): str(index) for index in rows.index if str(index) in members}
    rest = next((m for m in members if m not in named), members[-1])
    owner = [named.get(str(index), rest) for index in rows.index]
    return rows.groupby(owner).sum().reindex(list(members), fill_value=0.0)
