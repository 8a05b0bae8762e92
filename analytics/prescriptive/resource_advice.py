"""What to do about stock, delivery and staff: the plans of each part as advice, where money can be put to them."""

from dataclasses import replace
from math import erf, sqrt

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_80
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.assumptions import Assumptions
from analytics.prescriptive.category_demand import WHOLE, category_demand
from analytics.prescriptive.delivery_network import SMALL
from analytics.prescriptive.delivery_plan import YEAR, DeliveryPlan, delivery_plan
from analytics.prescriptive.delivery_value import DayValue, day_value
from analytics.prescriptive.margins import mean_margin
from analytics.prescriptive.present_delivery import PresentDelivery, present_delivery
from analytics.prescriptive.scenario import LONGEST_NAME, scenario_of
from analytics.prescriptive.staff_demand import WeekdayDemand, weekday_demand
from analytics.prescriptive.staff_plan import WEEKS_A_YEAR, StaffPlan, staff_plan
from analytics.prescriptive.stock_plan import StockPlan, lost_said, protection_days, stock_plan
from analytics.shop import Shop
from analytics.summed import Sums

PAGE = "prescriptive/resources"
MONTHS = 12
MOST = 3
"""Categories whose stock is advised on at once."""
LOST_DOUBT = 0.35
"""By how much the share of what cannot be bought at once that is lost for good may be off: our own choice."""
SURE_OF_MISSED = 0.25
"""Standard deviation of the logarithm of how much is missed: the tail of a demand is learnt from few sums."""
DRAWS = 4_000
LEAST_WORTH = 0.001
"""Of a category's margin a year, below which a change of its stock is not worth telling."""


def stock_advice(
    orders: ir.Table | pd.DataFrame,
    order_lines: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    calendar: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    assumptions: Assumptions,
    margins: pd.DataFrame,
    sums: Sums = (),
) -> tuple[Advice, ...]:
    """For which categories another service level would be worth its holding cost, the most worth first.

    None until it is stated how goods are kept now: what would be gained is held against that.

    Raises
    ------
    NotEnoughData : no orders, or too short a history.
    """
    if "stock" not in assumptions.stated:
        return ()
    stock = assumptions.stock
    demand = category_demand(orders, order_lines, daily, calendar, filters, shop, protection_days(stock), sums)
    plan = stock_plan(demand, shop, stock, shares_of(margins))
    return stock_advices(plan, shop, assumptions)


def shares_of(margins: pd.DataFrame) -> tuple[tuple[str, float], ...]:
    """Margins as ``stock_plan`` takes them, that of all categories together included."""
    own = tuple(zip(margins["category"].astype(str), margins["share"].astype(float), strict=True))
    return (*own, (WHOLE, float(mean_margin(margins))))


def stock_advices(plan: StockPlan, shop: Shop, assumptions: Assumptions) -> tuple[Advice, ...]:
    """The advice that a plan of stock amounts to; none where no money can be put to it or no change pays.

    Nor for a shop that tells no categories apart: thousands of goods are not kept as if they were one.
    """
    if "stock" not in assumptions.stated:
        return ()
    found = [
        _of_category(row, plan, shop, assumptions)
        for row in plan.rows[plan.rows["saved"].notna()].to_dict("records")
        if row["own_reorder_at"] != row["reorder_at"] and row["member"] != WHOLE
    ]
    paying = [advice for advice in found if advice is not None]
    return tuple(sorted(paying, key=lambda a: -a.net_benefit)[:MOST])


def _of_category(row: dict, plan: StockPlan, shop: Shop, assumptions: Assumptions) -> Advice | None:
    chance = np.random.default_rng(0)
    gained = row["saved"] + row["held_more"]
    least, most = _lost_range(plan.stock.lost_if_missing)
    lost = chance.uniform(least, most, DRAWS) / plan.stock.lost_if_missing
    lost *= np.exp(chance.normal(0, SURE_OF_MISSED, DRAWS))
    worth = gained * lost - row["held_more"]
    net, (low, high) = float(worth.mean()), np.quantile(worth, (0.1, 0.9))
    at_stake = max(abs(row["margin"]) * row["a_year"], 1e-9)
    if net <= LEAST_WORTH * at_stake:
        return None
    more, unit = row["own_reorder_at"] > row["reorder_at"], plan.counted
    name, level = row["member"], formats.level(row["own_level"])
    tied = formats.money(abs(row["own_reorder_at"] - row["reorder_at"]) * row["cost"], shop.currency)
    at = f"{row['own_reorder_at']:,.0f} instead of {row['reorder_at']:,.0f} {unit}"
    holding = float(row["held_more"])
    stated = "stock" in assumptions.stated
    plan_said = scenario_of(
        "own", _plan_name(f"Stock of {name}"), MONTHS, assumptions.finance.discount_rate,
        monthly_cost=(-float(high) / MONTHS, -net / MONTHS, -float(low) / MONTHS),
    )  # fmt: skip
    return Advice(
        key=f"stock:{name}",
        kind="stock",
        title=f"Keep {'more' if more else 'less'} of {name}: reorder at {at}",
        sentence=(
            f"What a sale earns against what a shelf costs asks for a service level of {level}, not "
            f"{formats.level(plan.stock.service_level)}. That {'ties up' if more else 'frees'} {tied} and "
            f"{'brings' if more else 'saves'} {formats.money(net, shop.currency)} a year beyond its holding cost."
        ),
        net_benefit=net,
        low=float(low),
        high=float(high),
        probability=float((worth > 0).mean()),
        cost=max(holding, 0.0),
        months=MONTHS,
        effort=2,
        days=plan.stock.lead_days,
        assumption=(
            f"That {lost_said(plan.stock)} of what cannot be bought at once is lost for good; the range is of "
            f"{formats.percent(least, 0)} to {formats.percent(most, 0)}."
        ),
        would_change="Customers who wait, a supplier who delivers sooner, or goods that spoil.",
        rests_on="observed" if stated else "assumed",
        page=PAGE,
        scenario=plan_said,
        members=(("category", str(name)),) if name in shop.members.get("category", ()) else (),
    )


def _lost_range(likely: float) -> tuple[float, float]:
    """As far to either side as can be, so that the mean stays what is stated.

    >>> _lost_range(0.65), _lost_range(0.9)
    ((0.3, 1.0), (0.8, 1.0))
    """
    doubt = min(LOST_DOUBT, likely, 1 - likely)
    return round(likely - doubt, 6), round(likely + doubt, 6)


def _plan_name(text: str) -> str:
    return formats.one_line(text)[:LONGEST_NAME].strip()


def delivery_advice(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, assumptions: Assumptions, margins: pd.DataFrame
) -> tuple[Advice, ...]:
    """Whether another allocation of regions to carriers is worth more; none until carriers and lanes are stated.

    Raises
    ------
    NotEnoughData : nothing is delivered in view, or orders cannot be carried.
    """
    if not assumptions.lanes:
        return ()
    present = present_delivery(orders, filters, shop, assumptions.lanes)
    try:
        worth = day_value(orders, filters, shop)
    except NotEnoughData:
        worth = None
    margin = mean_margin(margins)
    plan = delivery_plan(present, assumptions.carriers, assumptions.lanes, shop, worth, margin)
    return delivery_advices(plan, present, worth, margin, shop, assumptions)


def delivery_advices(
    plan: DeliveryPlan,
    present: PresentDelivery,
    worth: DayValue | None,
    margin: float | None,
    shop: Shop,
    assumptions: Assumptions,
) -> tuple[Advice, ...]:
    """The advice that a plan of delivery amounts to; none where nobody stated what lanes cost or it brings nothing."""
    sooner, dearer = plan.present.days - plan.best.days, plan.best.cost - plan.present.cost
    unmeasured = worth is None or margin is None
    if not plan.stated or not plan.has_present or plan.net <= SMALL or (unmeasured and sooner < 0):
        return ()
    each = present.order_value * (margin or 0.0)
    per_day = [plan.day_worth + side * NORMAL_80 * plan.day_worth_error for side in (-1, 0, 1)]
    lift = tuple(v / each for v in per_day) if each > 0 else 0.0
    months = present.total * YEAR / MONTHS
    moved = plan.best.orders.sum(axis=0) - plan.present.orders.sum(axis=0)
    to = plan.network.carriers[int(np.argmax(moved))]
    change = f"{abs(sooner):.2f} days {'sooner' if sooner >= 0 else 'later'}"
    return (
        Advice(
            key="delivery:network",
            kind="delivery",
            title=f"Send {moved.max():,.0f} orders a day with {to}" if moved.max() >= 1 else "Allocate regions anew",
            sentence=plan.sentence,
            net_benefit=plan.net,
            low=plan.low,
            high=plan.high,
            probability=plan.probability,
            cost=max(dearer, 0.0) * present.total * YEAR,
            months=MONTHS,
            effort=4,
            days=30,
            assumption=(
                "That a day less brings as many customers back as those who waited a day less came back: seen in your "
                f"orders, {formats.money(plan.day_worth, shop.currency)} of margin an order and day."
                if not unmeasured and abs(sooner) > 0.005
                else "That each region now goes with the carrier whose days are nearest to those observed."
                if plan.is_guessed
                else "That lanes cost what is stated, and that orders go now as stated."
            ),
            would_change=f"Other costs or capacities of lanes, or slower ones than stated ({change} rests on them).",
            rests_on="observed",
            page=PAGE,
            scenario=scenario_of(
                "delivery", _plan_name(f"Delivery by {to}"), MONTHS, assumptions.finance.discount_rate,
                orders_a_month=months, cost_per_order=dearer, days_saved=sooner, lift_per_day=lift,
                margin_per_order=each,
            ),
            metric="delivery_days" if sooner > 0 else "revenue",
        ),
    )  # fmt: skip


def staffing_advice(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    dispersions: dict[str, float],
    calendar: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    assumptions: Assumptions,
) -> tuple[Advice, ...]:
    """Whether a roster that follows the weekdays saves wages; none until a wage is stated.

    Raises
    ------
    NotEnoughData : no orders, or too short a history.
    """
    if assumptions.staff.wage is None:
        return ()
    demand = weekday_demand(orders, daily, dispersions, calendar, filters, shop)
    return staffing_advices(staff_plan(demand, shop, assumptions.staff), demand, shop, assumptions)


def staffing_advices(
    plan: StaffPlan, demand: WeekdayDemand, shop: Shop, assumptions: Assumptions
) -> tuple[Advice, ...]:
    """The advice that a roster amounts to, against the same number of people every open day.

    What it saves in a year is that of weeks as the last year had them, in the mean.
    """
    staff = plan.staff
    if staff.wage is None or plan.roster.short.any() or not plan.flat_wages > plan.wages:
        return ()
    off = max(demand.wape if np.isfinite(demand.wape) else 0.0, 0.02)
    sizes = [demand.pace * (1 + NORMAL_80 * off * side) for side in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    plans = [
        plan if size == 1.0 else staff_plan(replace(demand, days=size * demand.days), shop, staff) for size in sizes
    ]
    weekly = np.array([p.flat_wages - p.wages for p in plans])
    a_year = weekly * WEEKS_A_YEAR + 0.0
    net, low, high = float(a_year[2]), float(a_year.min()), float(a_year.max())
    if net <= 0:
        return ()
    spread = max((high - low) / 2 / NORMAL_80, 1e-9)
    odds = 1.0 if low > 0 else 0.5 * (1 + erf(net / spread / sqrt(2)))
    like = "" if demand.pace == 1.0 else "with as many orders as the last one "
    return (
        Advice(
            key="staff:roster",
            kind="staff",
            title=f"Staff by weekday: {plan.roster.size:,} people instead of {plan.flat.size:,}",
            sentence=f"{plan.sentence} Over a year {like}that is {formats.money(net, shop.currency)}.",
            net_benefit=net,
            low=low,
            high=high,
            probability=odds,
            cost=0.0,
            months=MONTHS,
            effort=3,
            days=30,
            assumption="That the same number of people, enough for the fullest day, is paid on every open day now.",
            would_change=f"An order that takes other than {staff.minutes:g} minutes, or people who cannot work so.",
            rests_on="assumed",
            page=PAGE,
            scenario=scenario_of(
                "own", "Staff by weekday", MONTHS, assumptions.finance.discount_rate,
                monthly_cost=(-high / MONTHS, -net / MONTHS, -low / MONTHS),
            ),
            metric=None,
        ),
    )  # fmt: skip
