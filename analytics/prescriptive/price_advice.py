"""Price moves as advice: one per category whose price is to be moved."""

import ibis.expr.types as ir
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_80
from analytics.filters import Filters
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.elasticity import as_figure, elasticities
from analytics.prescriptive.price_days import price_days
from analytics.prescriptive.price_moves import PriceMoves, edge_note, margin_spread, price_move, price_moves
from analytics.prescriptive.scenario import LONGEST_NAME, scenario_of
from analytics.shop import Shop

MOST = 5
MONTHS = 12
EFFORT, BEGINS = 2, 1
PAGE = "prescriptive/revenue_moves"


def pricing_advice(
    order_lines: ir.Table,
    orders: ir.Table | pd.DataFrame,
    shop: Shop,
    filters: Filters,
    calendar: pd.DataFrame,
    margins: pd.DataFrame,
    assumptions: Assumptions,
) -> tuple[Advice, ...]:
    """The prices of categories to be moved, those that gain most first; none where no move is likely enough to pay.

    Raises
    ------
    NotEnoughData : as ``price_days``, ``elasticities`` and ``price_moves``.
    """
    prices = price_days(order_lines, orders, shop, filters)
    moves = price_moves(prices, elasticities(prices, calendar), margins, assumptions, filters, shop)
    return advised_moves(moves, assumptions, shop)


def advised_moves(moves: PriceMoves, assumptions: Assumptions, shop: Shop) -> tuple[Advice, ...]:
    """The moves advised, as advice."""
    return tuple(_advice(row, moves, assumptions, shop) for row in moves.advised.head(MOST).to_dict("records"))


def _advice(row: dict, moves: PriceMoves, assumptions: Assumptions, shop: Shop) -> Advice:
    title = price_move(row)
    amount = formats.money(row["gain"], shop.currency)
    orders, revenue = (formats.signed(formats.percent(row[c])) for c in ("orders_change", "revenue_change"))
    sentence = (
        f"{amount} more contribution margin a month at today's sales: orders {orders}, revenue {revenue}, a margin of "
        f"{formats.percent(row['margin'], 0)} now ({row['margin_source']}). {edge_note(row)}"
    ).strip()
    margin_off = NORMAL_80 * margin_spread(row["margin_source"])
    scenario = scenario_of(
        "price",
        formats.one_line(title)[:LONGEST_NAME].strip(),
        MONTHS,
        assumptions.finance.discount_rate,
        revenue_a_month=row["revenue"],
        price_change=row["price_change"],
        elasticity=(row["elasticity_low"], row["elasticity"], row["elasticity_high"]),
        margin=tuple(min(row["margin"] + side * margin_off, 1.0) for side in (-1, 0, 1)),
    )
    members = (("category", row["group"]),) if row["group"] in shop.members.get("category", ()) else ()
    return Advice(
        key=f"price:{row['group']}",
        kind="price",
        title=title,
        sentence=sentence,
        net_benefit=MONTHS * row["gain"],
        low=MONTHS * row["gain_low"],
        high=MONTHS * row["gain_high"],
        probability=row["probability"],
        cost=0.0,
        months=MONTHS,
        effort=EFFORT,
        days=BEGINS,
        assumption=(
            f"How orders answer to the price: an elasticity of {as_figure(row['elasticity'])} "
            f"({as_figure(row['elasticity_low'])} to {as_figure(row['elasticity_high'])}, four of five cases), learnt "
            "from earlier changes of the price; that rivals do not follow and customers are not lost for good."
            + (" And that it earns about as much of its revenue as the whole shop." if margin_off else "")
            + ("" if row["price_change"] > 0 else " And that what it wins is not taken from the shop's other goods.")
        ),
        would_change=_would_change(row, moves),
        rests_on="observed",
        page=PAGE,
        scenario=scenario,
        metric="orders",
        members=members,
        moves=row["orders_change"],
    )


def _would_change(row: dict, moves: PriceMoves) -> str:
    if formats.is_missing(row["break_even"]):
        return "Nothing that demand may do: at this margin each order costs more than it brings."
    side = "strongly" if row["price_change"] > 0 else "weakly"
    return (
        f"An elasticity of {as_figure(row['break_even'])}: if orders answer as {side}, the move brings nothing. A move "
        "in half the shop's regions or weeks first would tell."
    )
