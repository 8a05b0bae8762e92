"""How unevenly revenue is spread over customers: the curve, and what the best tenth and hundredth bring.

A customer's revenue is that of the orders in view less the refunds in view, and only customers who ordered count.
The range says how far the share would differ if other customers of the same kind had come: the influence of each
customer on the share, in squares. Source: Lorenz ordinates and their variance, Beach & Davidson (1983).
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95
from analytics.descriptive.kpis import nothing_matches
from analytics.descriptive.needs import need_customers
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop

POINTS = 100
"""Of the curve: as many groups of equally many customers, best first."""
TOPS = {"top_10": 10, "top_1": 1}
"""The best so many per cent."""
FEWEST_CUSTOMERS = 10
FEWEST_FOR_A_RANGE = 10
RANGE_IN_TRIALS = (
    "The range is nominally 95 of 100; where ten or thirty customers make up the top of a very uneven shop it holds in "
    "about 85, from a hundred customers on in 90 to 95 (trials with lognormal customers)."
)


@dataclass(frozen=True)
class Concentration:
    """The spread of revenue over customers.

    ``curve`` has one row per hundredth of the customers, best first: ``share_of_customers`` and
    ``share_of_revenue`` (0–1) up to and with it, ``customers`` and ``revenue`` (the shop's currency) of it alone; small
    shops have fewer. ``tops`` has one row per top group, where one per cent is at least one customer: ``percent``,
    ``customers``, ``share`` of revenue (0–1) with its range ``share_low`` and
    ``share_high`` (missing where too few are on top).
    """

    curve: pd.DataFrame
    tops: pd.DataFrame
    customers: int
    sentence: str


def revenue_concentration(orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop) -> Concentration:
    """What share of revenue the best customers bring.

    Parameters
    ----------
    orders : rows of the shop.

    Raises
    ------
    NotEnoughData : no order matches, too few customers, or refunds outweigh their orders.
    """
    need_customers(shop)
    counted = collected_within(_hundredths, orders, filters, {"value": filters.period})
    groups = counted.sort_values("hundredth").astype("float64").reset_index(drop=True)
    number, total = int(groups["customers"].sum()), groups["revenue"].sum()
    if not number:
        raise NotEnoughData(nothing_matches(filters))
    if number < FEWEST_CUSTOMERS:
        raise NotEnoughData(
            f"Only {number} customer{'s' if number > 1 else ''} ordered in view: "
            f"the best tenth needs at least {FEWEST_CUSTOMERS}. Choose a longer period or fewer filters."
        )
    if total <= 0:
        raise NotEnoughData(
            "Refunds outweigh the orders of these customers: revenue has no shares. Choose a longer period."
        )
    curve = pd.DataFrame(
        {
            "share_of_customers": groups["customers"].cumsum() / number,
            "share_of_revenue": groups["revenue"].cumsum() / total,
            "customers": groups["customers"].astype("int64"),
            "revenue": groups["revenue"],
        }
    )
    tops = pd.DataFrame([_top(groups, percent) for percent in TOPS.values() if number * percent >= 100])
    return Concentration(curve, tops, number, _sentence(tops, groups, number))


def _hundredths(rows: ir.Table, periods: dict[str, Period]) -> ir.Table:
    """Hundredths of the customers by falling revenue: how many, their revenue, its squares, the least of them."""
    known = rows.filter(rows.customer_key.notnull())
    spent = known.group_by("customer_key").agg(
        spent=known.revenue.sum(), placed=known.revenue.count(where=known.revenue >= 0)
    )
    spent = spent.filter(spent.placed > 0)
    ranked = spent.select(
        "spent",
        rank=ibis.row_number().over(order_by=[spent.spent.desc(), spent.customer_key]) + 1,
        number=spent.count().over(),
    )
    hundredth = (ranked["rank"] * POINTS + ranked.number - 1) // ranked.number
    return ranked.group_by(hundredth=hundredth.cast("int32")).agg(
        customers=ranked.count(),
        revenue=ranked.spent.sum(),
        squares=(ranked.spent * ranked.spent).sum(),
        least=ranked.spent.min(),
        refunded=ranked.count(where=ranked.spent < 0),
    )


def _top(groups: pd.DataFrame, percent: int) -> dict[str, float]:
    """The best so many per cent, rounded down to whole customers.

    With the least of them spending q, a customer who spends x moves the share θ by
    ((x − q) if x > q else 0) + p·q − θ·x, in units of the mean.
    """
    inside = groups["hundredth"] <= percent
    n, total = groups["customers"].sum(), groups["revenue"].sum()
    top, rest = groups[inside], groups[~inside]
    share, held = top["revenue"].sum() / total, top["customers"].sum()
    least = top["least"].min()
    constant = held / n * least
    # the sum of squares of a·x + b over customers is a²Σx² + 2abΣx + b²n, with another a and b on either side
    squares = 0.0
    for side, slope, shift in ((top, 1 - share, constant - least), (rest, -share, constant)):
        x2, x1, x0 = (side[c].sum() for c in ("squares", "revenue", "customers"))
        squares += slope**2 * x2 + 2 * slope * shift * x1 + shift**2 * x0
    low, high = _interval(share, float(np.sqrt(max(squares, 0.0)) / total), int(held))
    return {"percent": percent, "customers": int(held), "share": share, "share_low": low, "share_high": high}


def _interval(share: float, error: float, held: int) -> tuple[float, float]:
    """The nominal 95 % range, on the scale of log odds, with Student's quantile for as many customers as are on top.

    Missing where so few are on top that no range could be believed, or where others' refunds make the share exceed 1.
    """
    if held < FEWEST_FOR_A_RANGE or not 0 < share < 1:
        return np.nan, np.nan
    free = held - 1
    quantile = (
        NORMAL_95
        + (NORMAL_95**3 + NORMAL_95) / (4 * free)
        + (5 * NORMAL_95**5 + 16 * NORMAL_95**3 + 3 * NORMAL_95) / (96 * free**2)
    )
    middle, half = np.log(share / (1 - share)), quantile * error / (share * (1 - share))
    low, high = (1 / (1 + np.exp(-(middle + side))) for side in (-half, half))
    return float(low), float(high)


def _sentence(tops: pd.DataFrame, groups: pd.DataFrame, number: int) -> str:
    said = [_said(row) for row in tops.to_dict("records")]
    sentence = f"Of the revenue of {number:,} customers, {' and '.join(said)}."
    refunded = int(groups["refunded"].sum())
    if refunded:
        who = "customer got" if refunded == 1 else "customers got"
        sentence += f" {refunded:,} {who} back more than they spent in this period, and lower the end of the curve."
    return sentence


def _said(row: dict[str, float]) -> str:
    said = f"the best {row['percent']} % ({row['customers']:,}) {'brings' if row['customers'] == 1 else 'bring'} "
    said += f"{formats.percent(row['share'])}"
    if np.isnan(row["share_low"]):
        return said
    between = f"{formats.percent(row['share_low'])} to {formats.percent(row['share_high'])}"
    return f"{said} ({between}, were other such customers to come)"
