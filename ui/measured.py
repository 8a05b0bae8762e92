"""Tables of plans as files have them: each column named in words with its unit behind it."""

from collections.abc import Mapping

import pandas as pd

from analytics.prescriptive.delivery_plan import DeliveryPlan
from analytics.prescriptive.stock_plan import StockPlan
from analytics.shop import Shop
from ui.exports import UNITS

MONEY, SHARE, NONE = "money", "share", ""
"""Units that are written in their own way; any other is a word that stands behind the heading."""
Columns = Mapping[str, tuple[str, str]]
"""Heading and unit by the name that the code has for a column."""
BANDS = {
    "low_80": "80 %, low", "high_80": "80 %, high", "low_95": "95 %, low", "high_95": "95 %, high",
    "before": "In as many days before",
}  # fmt: skip


def measured(table: pd.DataFrame, columns: Columns, shop: Shop) -> pd.DataFrame:
    """The same table under headings with units, which its files write numbers by; columns not named stay as they are.

    >>> from datetime import date
    >>> day = date(2026, 1, 1)
    >>> paid = pd.DataFrame({"fee": [1.5], "weekday": ["Monday"]})
    >>> measured(paid, {"fee": ("Fee", MONEY)}, Shop("A", "EUR", "monday", day, day, day, 1))
       Fee (EUR) weekday
    0        1.5  Monday
    """
    headings = {
        key: f"{heading} ({_word(unit, shop)})" if unit else heading for key, (heading, unit) in columns.items()
    }
    found = table.rename(columns=headings)
    found.attrs[UNITS] = {headings[key]: unit for key, (_, unit) in columns.items() if unit in (MONEY, SHARE)}
    return found


def _word(unit: str, shop: Shop) -> str:
    return shop.currency if unit == MONEY else unit


def demand_file(rows: pd.DataFrame, counted: str, days: int, shop: Shop) -> pd.DataFrame:
    """What is expected of each category, in units or orders."""
    bands = {key: (heading, counted) for key, heading in BANDS.items()}
    columns = {"member": ("Category", NONE), "expected": (f"Expected in {days} days", counted)} | bands
    return measured(rows, columns, shop)


def stock_file(plan: StockPlan, days: int, shop: Shop) -> pd.DataFrame:
    """What to keep of each category, and what that costs."""
    goods, one = plan.counted, plan.counted.removesuffix("s")
    bands = {key: (heading, goods) for key, heading in BANDS.items()}
    columns = bands | {
        "member": ("Category", NONE),
        "expected": (f"Expected in {days} days", goods),
        "price": ("Price", f"{shop.currency} a {one}"),
        "cost": ("Cost", f"{shop.currency} a {one}"),
        "margin": ("Margin", f"{shop.currency} a {one}"),
        "at_risk": ("Margin lost where one is missing", MONEY),
        "reorder_at": ("Reorder at", goods),
        "safety": ("Safety stock", goods),
        "order_quantity": ("Order quantity", goods),
        "cycle_days": ("From one order to the next", "days"),
        "a_year": ("Asked for in a year", goods),
        "pace": ("A mean day over a day expected", "times"),
        "half_an_order": ("Half an order", goods),
        "mean_stock": ("Mean stock", goods),
        "short": ("Not there when asked for", f"{goods} a year"),
        "holding": ("Holding, a year", MONEY),
        "missed": ("Margin missed, a year", MONEY),
        "own_level": ("Service level that the margin asks for", SHARE),
        "own_reorder_at": ("Reorder at, at that level", goods),
        "held_more": ("Holding more at that level, a year", MONEY),
        "saved": ("Saved at that level, a year", MONEY),
    }
    return measured(plan.rows, columns, shop)


def level_file(plan: StockPlan, shop: Shop) -> pd.DataFrame:
    """What a service level costs."""
    columns = {
        "level": ("Service level", SHARE),
        "holding": ("Holding, a year", MONEY),
        "missed": ("Margin missed, a year", MONEY),
        "cost": ("Both, a year", MONEY),
    }
    return measured(plan.curve, columns, shop)


_OF_LANES = {"cost": ("Cost of an order", MONEY), "days": ("Delivery", "days")}


def lanes_file(table: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    """Lanes as they are typed."""
    columns = {"Cost": _OF_LANES["cost"], "Days": _OF_LANES["days"], "Now, %": ("Carries now", "% of the region")}
    return measured(table, columns, shop)


def delivery_file(plan: DeliveryPlan, shop: Shop) -> pd.DataFrame:
    """The present plan and the best."""
    columns = {"orders_now": ("Now", "orders a day"), "orders_then": ("Best", "orders a day")} | _OF_LANES
    return measured(plan.rows, columns, shop)


def course_file(plan: DeliveryPlan, shop: Shop) -> pd.DataFrame:
    """The least cost for every mean of days."""
    columns = {"days": ("Mean delivery", "days"), "cost": ("Least cost of an order", MONEY)}
    return measured(plan.course, columns, shop)


def carriers_file(plan: DeliveryPlan, shop: Shop) -> pd.DataFrame:
    """How full the carriers are."""
    columns = {
        "capacity": ("Takes", "orders a day"),
        "orders_now": ("Now", "orders a day"),
        "orders_then": ("Best", "orders a day"),
        "used": ("Used of what it takes", SHARE),
        "beyond": ("Days on which more would come", SHARE),
    }
    return measured(plan.carriers, columns, shop)


WEEKDAYS = {
    "expected": ("Expected", "orders a day"),
    "handled": ("Those on duty handle", "orders a day"),
    "needed": ("Needed", "people"),
    "on_duty": ("On duty", "people"),
    "short": ("Short", "people"),
    "spare": ("Spare", "orders a day"),
    "covered": ("Handled the same day", SHARE),
    "left_over": ("Days that end with orders left", SHARE),
    "mean_left": ("Left in the mean", "orders"),
}
PATTERNS = {"people": ("With these days off", "people")}
HOURS = {
    "hour": ("Hour from", "o'clock"),
    "work": ("Work that comes in", "hours"),
    "at_work": ("At work", "people"),
    "waits": ("Work that waits", "hours"),
}
ADVICE = {
    "net_benefit": ("Net benefit", MONEY),
    "low": ("Low", MONEY),
    "high": ("High", MONEY),
    "chance_that_it_pays": ("Chance that it pays", SHARE),
    "cost": ("Cost", MONEY),
    "months": ("Over", "months"),
}
CASH = {
    "month": ("Month", NONE),
    "net_of_month": ("Net of the month", MONEY),
    "cash_so_far": ("Cash so far", MONEY),
    "cash_so_far_discounted": ("Cash so far, discounted", MONEY),
    "cash_so_far_low": ("Cash so far, low", MONEY),
    "cash_so_far_high": ("Cash so far, high", MONEY),
}
CHANCES = {
    "npv_from": ("Net present value, from", MONEY),
    "npv_to": ("Net present value, to", MONEY),
    "share": ("Of all draws", SHARE),
}
MATTERS = {
    "npv_at_low": ("Net present value at low", MONEY),
    "npv_at_high": ("Net present value at high", MONEY),
    "swing": ("Swing", MONEY),
}
BESIDE = {
    "months": ("Horizon", "months"),
    "npv_expected": ("Net present value, expected", MONEY),
    "npv_low": ("Net present value, low", MONEY),
    "npv_high": ("Net present value, high", MONEY),
    "chance_of_a_loss": ("Chance of a loss", SHARE),
    "npv_likely": ("Net present value, all as likely", MONEY),
    "net_benefit": ("Net benefit", MONEY),
    "paid": ("Paid", MONEY),
    "roi": ("ROI", SHARE),
    "payback_month": ("Money is back after", "months"),
    "irr": ("IRR a year", SHARE),
}
