"""How much to keep of each category: safety stock, reorder point, order quantity, and what holding and missing cost.

Stock is looked at every so many days; what is ordered then comes after the lead time. Whatever is asked for in between,
over the *protection* time of both together, must be there at the look before. So the reorder point is the demand of
that time which is not exceeded with a chance of the service level, and the safety stock its distance from what is
expected.
Source: periodic review (Silver, Pyke & Thomas 2017); the level that the margin itself would ask for is the
newsvendor's critical ratio (Arrow, Harris & Marschak 1951); the order quantity where an order costs something is
Harris' (1913).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.errors import NotEnoughData
from analytics.prescriptive.assumptions import LOST_IF_MISSING, Stock
from analytics.prescriptive.category_demand import BANDS, WHOLE, CategoryDemand, Measured
from analytics.prescriptive.count_spread import expected_short
from analytics.shop import Shop

YEAR = 365
MOST_LEVEL = 0.9999
LEVELS = (0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999)
"""Service levels that the course of the cost is told at."""
Shares = tuple[tuple[str, float], ...]
"""Contribution margin by category, as shares of revenue."""


@dataclass(frozen=True, eq=False)
class StockPlan:
    """What to keep of each category, in what ``counted`` says: units, or orders where no lines say units.

    ``rows`` has a row per category: ``member``, ``expected`` over the protection time with its bands, ``safety``,
    ``reorder_at``, ``order_quantity``, ``cycle_days`` (from one order to the next); in the mean of a year ``a_year``
    (what it asks for), ``pace`` (that over the days ahead at their pace), ``half_an_order`` and ``mean_stock``; a
    year's ``holding`` and ``missed`` (margin of what is asked for, not there and lost; the shop's currency) and
    ``short`` (how much that is); ``own_level`` (service level that the margin asks for, 0–1), ``own_reorder_at``,
    ``held_more`` (holding a year beyond the present) and ``saved`` (what a year costs less at that level); money is
    missing where margin or cost are not known. ``curve`` has ``level``, ``holding``, ``missed`` and ``cost``
    of all categories together.
    """

    stock: Stock
    counted: str
    rows: pd.DataFrame
    curve: pd.DataFrame
    tiles: tuple[tuple[str, str, str], ...]
    sentence: str
    notes: str
    explained: str

    @property
    def has_money(self) -> bool:
        """Whether cost and margin of something are known."""
        return bool(self.rows["saved"].notna().any())


def protection_days(stock: Stock) -> int:
    """Days that a stock has to last for: until the next look, and for what is ordered then to come."""
    return stock.lead_days + stock.review_days


def stock_plan(demand: CategoryDemand, shop: Shop, stock: Stock, shares: Shares = ()) -> StockPlan:
    """Safety stock, reorder point and order quantity of each category, with what they cost in a year.

    Parameters
    ----------
    demand : of ``protection_days`` of this stock.
    shares : margin by category; where there is none of a category its stock has no money to it.

    Raises
    ------
    ValueError : demand of another number of days.
    NotEnoughData : nothing is expected to be ordered.
    """
    if demand.days != protection_days(stock):
        raise ValueError(f"demand: expected that of {protection_days(stock)} days, got {demand.days}")
    counted = demand.counted
    if not counted.total > 0:
        raise NotEnoughData("Nothing is expected to be ordered over these days, so no stock is needed.")
    rows = counted.rows().iloc[:-1].reset_index(drop=True)
    rows = rows.assign(**_priced(demand, dict(shares)))
    rows["at_risk"] = rows["margin"] * stock.lost_if_missing
    rows["a_year"] = counted.a_year
    rows["pace"] = np.nan_to_num(rows["a_year"] / (rows["expected"] * YEAR / protection_days(stock)), posinf=1.0)
    course = counted.spread.course(counted.expected)
    rows = rows.assign(**_orders(rows, stock))
    rows = rows.assign(**_at_level(counted, rows, course, np.full(len(rows), stock.service_level)))
    rows["mean_stock"] = rows["safety"] * rows["pace"] + rows["half_an_order"]
    rows["holding"] = rows["mean_stock"] * rows["cost"] * stock.holding_cost
    rows["own_level"] = own_level(
        rows["at_risk"].to_numpy(), rows["cost"].to_numpy(), stock, rows["cycle_days"].to_numpy()
    )
    own = _at_level(counted, rows, course, np.nan_to_num(rows["own_level"].to_numpy(), nan=stock.service_level))
    held = (own["safety"] - rows["safety"]) * rows["pace"] * rows["cost"] * stock.holding_cost
    rows["own_reorder_at"] = np.where(rows["own_level"].notna(), own["reorder_at"], np.nan)
    rows["held_more"] = np.where(rows["own_level"].notna(), held, np.nan)
    rows["saved"] = rows["missed"] - own["missed"] - rows["held_more"]
    curve = _curve(counted, rows, stock, course)
    told = (stock, counted.key, rows, curve, _tiles(rows, counted, stock, shop))
    return StockPlan(
        *told, _sentence(rows, counted, stock, shop), _notes(rows, demand, stock), _explained(counted, stock)
    )


def own_level(margin: np.ndarray, cost: np.ndarray, stock: Stock, cycle_days: np.ndarray | None = None) -> np.ndarray:
    """The service level at which one more on the shelf costs as much as it brings: margin ÷ (margin + holding).

    Holding is that of one from one order to the supplier to the next (``cycle_days``, a review period where None), for
    so often it may be what is missing; missing where either is not known or nothing is earned by it.

    >>> own_level(np.array([9.0]), np.array([52.0]), Stock(review_days=73, holding_cost=0.5)).round(3).tolist()
    [0.634]
    """
    over = cost * stock.holding_cost * (stock.review_days if cycle_days is None else cycle_days) / YEAR
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = margin / (margin + over)
    return np.where((margin > 0) & np.isfinite(ratio), np.minimum(ratio, MOST_LEVEL), np.nan)


def _priced(demand: CategoryDemand, shares: dict[str, float]) -> dict[str, np.ndarray]:
    """Price, cost and margin of one: the cost that lines state, else what the margin leaves of the price."""
    value = demand.value
    share = np.array([shares.get(m, shares.get(WHOLE, np.nan)) for m in value["member"]], dtype="float64")
    price = value["price"].to_numpy()
    cost = np.where(np.isnan(value["cost"].to_numpy()), price * (1 - share), value["cost"].to_numpy())
    return {"price": price, "cost": cost, "margin": price * share}


def _at_level(counted: Measured, rows: pd.DataFrame, course: np.ndarray, level: np.ndarray) -> dict[str, np.ndarray]:
    """Reorder point and safety stock at each category's level, and what is missed in a year with them.

    A stock may run out once for each order to the supplier: large ones are few. What is kept and missed goes with what
    is asked for (``pace``): a year has other seasons than the days ahead.
    """
    mean = counted.expected
    found = {share: counted.spread.quantile(mean, share) for share in np.unique(level)}
    reorder = np.array([found[share][place] for place, share in enumerate(level)])
    short = expected_short(course, reorder) * (rows["pace"] * YEAR / rows["cycle_days"]).to_numpy()
    safety = np.maximum(reorder - mean, 0.0)
    return {"reorder_at": reorder, "safety": safety, "short": short, "missed": short * rows["at_risk"].to_numpy()}


def _orders(rows: pd.DataFrame, stock: Stock) -> dict[str, np.ndarray]:
    """What an order is for, the days from one to the next, and half an order in the mean of a year.

    It is for the demand of a review period, and follows it over the year; or for more where an order costs something by
    itself, by the demand of a year.
    """
    protection, pace = protection_days(stock), rows["pace"].to_numpy()
    review, a_year = rows["expected"].to_numpy() * stock.review_days / protection, rows["a_year"].to_numpy()
    best = np.zeros(len(rows))
    if stock.order_cost is not None and stock.holding_cost > 0:
        holding = rows["cost"].to_numpy() * stock.holding_cost
        with np.errstate(divide="ignore", invalid="ignore"):
            best = np.sqrt(2 * stock.order_cost * a_year / holding)
        best = np.where(np.isfinite(best), best, 0.0)
    quantity, follows = np.ceil(np.maximum(best, review)), best <= review
    with np.errstate(divide="ignore", invalid="ignore"):
        days = quantity * np.where(follows, stock.review_days / review, YEAR / a_year)
    days = np.clip(np.where(np.isfinite(days), days, YEAR), stock.review_days, max(YEAR, stock.review_days))
    half = quantity * np.where(follows, pace, 1.0) / 2
    return {"order_quantity": quantity, "cycle_days": days, "half_an_order": half}


def _curve(counted: Measured, rows: pd.DataFrame, stock: Stock, course: np.ndarray) -> pd.DataFrame:
    told = rows["cost"].notna() & rows["margin"].notna()
    found = []
    for level in sorted({*LEVELS, round(stock.service_level, 6)}) if told.any() else ():
        at = _at_level(counted, rows, course, np.full(len(rows), level))
        stocked = at["safety"] * rows["pace"] + rows["half_an_order"]
        holding = float((stocked * rows["cost"] * stock.holding_cost)[told].sum())
        missed = float(at["missed"][told.to_numpy()].sum())
        found.append({"level": level, "holding": holding, "missed": missed, "cost": holding + missed})
    return pd.DataFrame(found, columns=["level", "holding", "missed", "cost"])


def _tiles(rows: pd.DataFrame, counted: Measured, stock: Stock, shop: Shop) -> tuple[tuple[str, str, str], ...]:
    unit, days = counted.key, protection_days(stock)
    low, high = (float(counted.total_spread.quantile(np.array([counted.total]), share)[0]) for share in (0.1, 0.9))
    found = [
        (f"Demand of {_days(days)}", f"{counted.total:,.0f} {unit}", f"80 %: {low:,.0f} to {high:,.0f}"),
        ("Safety stock", f"{rows['safety'].sum():,.0f} {unit}", f"at {formats.level(stock.service_level)}"),
    ]
    if rows["holding"].notna().any():
        worth = (rows["safety"] * rows["cost"]).sum()
        found.append(("Tied up in it", formats.money(worth, shop.currency), "at what the goods cost"))
        holding = formats.money(rows["holding"].sum(), shop.currency)
        found.append(("Holding cost a year", holding, f"{formats.percent(stock.holding_cost, 0)} of the stock's cost"))
    if rows["missed"].notna().any():
        missed = formats.money(rows["missed"].sum(), shop.currency)
        lost = formats.percent(stock.lost_if_missing, 0)
        found.append(("Margin missed a year", missed, f"if {lost} of what is not there is lost"))
    return tuple(found)


def _sentence(rows: pd.DataFrame, counted: Measured, stock: Stock, shop: Shop) -> str:
    days, level = protection_days(stock), formats.level(stock.service_level)
    most = rows.loc[rows["safety"].idxmax()]
    said = (
        f"Reorder at {rows['reorder_at'].sum():,.0f} {counted.key} in all, of which {rows['safety'].sum():,.0f} are "
        f"safety stock: then a stock lasts for the {_days(days)} until the next delivery in {level} of all cases. "
    )
    if len(rows) > 1:
        said += f"{most['member']} needs the most safety, {most['safety']:,.0f}. "
    gained = rows["saved"].clip(lower=0).sum()
    told = rows[rows["own_level"].notna()]
    if len(told):
        low, high = (formats.level(end) for end in (told["own_level"].min(), told["own_level"].max()))
        range_of = low if low == high else f"{low} to {high}"
        change = f", which would save {formats.money(gained, shop.currency)} a year" if gained > 0 else ""
        said += f"What is earned against what a shelf costs would ask for {range_of}{change}."
    return said.strip()


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"


def _notes(rows: pd.DataFrame, demand: CategoryDemand, stock: Stock) -> str:
    counted = demand.counted
    said = [f"Error of such sums in the past {formats.percent(counted.wape)}"]
    said[0] += f", by the last week again {formats.percent(counted.naive_wape)} ({counted.origins} past days tried)."
    if counted.key == "orders":
        said.append("Units are not known: import order lines with quantities, and stock is told in units.")
    if stock.order_cost is None:
        said.append("What an order to the supplier costs is not stated, so one is for the demand of a review period.")
    if not rows["margin"].notna().any():
        said.append("No margin is known: state one in Settings to see what a shelf and a gap cost.")
    elif rows["margin"].isna().any():
        unknown = ", ".join(rows.loc[rows["margin"].isna(), "member"])
        said.append(f"No margin is known of {unknown}: its money is left out.")
    losing = rows.loc[rows["margin"] <= 0, "member"]
    if len(losing):
        said.append(f"{', '.join(losing)} earns nothing by a sale: no service level pays for it.")
    said.append("Sales are not demand where something was sold out: what could not be bought is not seen.")
    return " ".join(said)


def lost_said(stock: Stock) -> str:
    """The share that is lost, and where it is from.

    >>> lost_said(Stock()), lost_said(Stock(lost_if_missing=0.4))
    ('65 % (our own choice until you state another)', '40 % (as stated)')
    """
    own = stock.lost_if_missing == LOST_IF_MISSING
    said = "our own choice until you state another" if own else "as stated"
    return f"{formats.percent(stock.lost_if_missing, 0)} ({said})"


def _explained(counted: Measured, stock: Stock) -> str:
    bands = " and ".join(formats.percent(band, 0) for band in BANDS)
    return (
        f"All orders of the {protection_days(stock)} days ahead are forecast by {counted.method.lower()}, of the quick "
        f"methods the one whose sums were least wrong in the past, and shared out by {counted.way}, so that "
        "categories add up to the total. How far they may be off is a negative binomial whose variance has the "
        f"scatter of days and the error of past forecasts, put right by where past sums lay in it; bands hold "
        f"{bands}. Reorder point: what is not exceeded at the service level; safety stock: that less what is "
        "expected. Holding: (safety + half an order) × cost × holding cost, of a year that asks for what the last one "
        "did, where there was one. Missed: what is asked for beyond the "
        f"reorder point, × margin, × orders to the supplier a year, of which {lost_said(stock)} is taken to be lost "
        "for good, as no order tells who waits. The margin's own level: margin lost ÷ (margin lost + holding of one "
        f"from one order to the supplier to the next).{'' if stock.order_cost is None else _AT_MOST}"
    )


_AT_MOST = (
    " Where an order is for more than a review period asks for, goods are ordered once the reorder point is passed and "
    "have to last for less than all of these days: safety is more, and what is missed less, than is told."
)
