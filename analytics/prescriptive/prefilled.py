"""Plans to begin with: their figures from the data in view, where these tell them, else assumed and said to be."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_80
from analytics.collect import collected
from analytics.descriptive.kpis import Kpis
from analytics.errors import NotEnoughData
from analytics.filters import Filters, in_period
from analytics.formats import percent
from analytics.periods import DAYS_A_MONTH, DAYS_A_YEAR, day_label
from analytics.predictive.churn_people import day_of_scores, people
from analytics.predictive.model import Run
from analytics.prescriptive.assumptions import Assumptions, Offer
from analytics.prescriptive.budget_text import LATE_DAYS
from analytics.prescriptive.elasticity import PUBLISHED, PUBLISHED_SPREAD
from analytics.prescriptive.media_draws import ALIKE_SPREAD, LEVEL_SPREAD
from analytics.prescriptive.media_draws import ELASTICITY as ADVERTISING
from analytics.prescriptive.scenario import Scenario, Uncertain, scenario_of
from analytics.prescriptive.scenario_inputs import KNOWN_INPUTS
from analytics.prescriptive.spend_step import SpendStep
from analytics.shop import Shop

MONTHS = 12
"""Horizon of a plan until another is chosen."""
OBSERVED, STATED, ASSUMED = "observed", "stated", "assumed"

MARGIN_UNTOLD = (0.2, 0.3, 0.4)
"""Contribution margin where nothing tells it: yours to state."""
VARIES = 0.1
"""By how much a figure of the months ahead may differ from that of the view: our own choice."""
CONTACT_SHARE = 0.02
"""Cost of a contact as a share of an order's value, where no offer is stated: our own choice."""
LOST_UNTOLD = 1 / 3
"""Share of customers who would be lost, where no model tells: our own choice."""
KEPT_WORTH = (0.3, 0.6, 1.0)
"""What a kept customer brings, against the usual: one who was nearly lost comes less often. Our own choice."""
PRICE_STEP = 0.05
ELASTICITY = (PUBLISHED - NORMAL_80 * PUBLISHED_SPREAD, PUBLISHED, PUBLISHED + NORMAL_80 * PUBLISHED_SPREAD)
TOLD_SHARE = 0.5
"""Share of the orders whose prices must tell an elasticity, for their mean to stand for all."""
SPEND_STEP = 0.1
SPEND_SHARE = 0.05
"""Marketing spend as a share of revenue, where none is stored: our own choice."""
SPREAD_OF_ELASTICITIES = float(np.hypot(LEVEL_SPREAD, ALIKE_SPREAD))
"""Of the logarithm of what is published of advertising, as the channel budget has it."""
DELIVERY_COST_SHARE = 0.02
"""What a day less costs an order, as a share of its value: our own choice."""
LIFT_PER_DAY = (0.0, 0.005, 0.015)
"""Share of margin gained for a day less, where the orders do not tell it: our own choice."""
LIFT = (0.005, 0.01, 0.02)
INVESTMENT_SHARE = 0.02
"""Investment of a plan of one's own, as a share of a month's revenue: to have a figure there."""


@dataclass(frozen=True)
class Prefilled:
    """A plan, and by input how its figure is known (``observed``, ``stated`` or ``assumed``) and where it is from.

    What is left out of ``known`` is 0 until somebody says otherwise.
    """

    scenario: Scenario
    known: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class _View:
    """What plans begin with, a month of the view and an order of it; ``margin`` with how it is known."""

    revenue: float
    orders: float
    customers: float
    order_value: float
    margin: Uncertain
    margin_known: tuple[str, str]
    where: str
    assumptions: Assumptions
    discount_rate: float


_Figure = tuple[object, str, str]
"""A value or a range, how it is known, and where it is from."""


def spend_in_view(marketing_spend: ir.Table | pd.DataFrame, filters: Filters) -> float | None:
    """Marketing spend a month in the filters' period and channels (the shop's currency); None where none is stored.

    Up to a month of days after the last booking are no days without spend: their bills are not in yet.
    """
    if isinstance(marketing_spend, pd.DataFrame):
        import ibis

        marketing_spend = ibis.memtable(marketing_spend)
    booked = marketing_spend.filter(marketing_spend.spend.notnull())
    days = collected(booked.agg(first=booked.date.min(), last=booked.date.max(), number=booked.date.nunique())).iloc[0]
    rows = marketing_spend.filter(in_period(marketing_spend, filters.period))
    if channels := filters.members.get("channel"):
        rows = rows.filter(rows.channel.isin(channels))
    total = collected(rows.agg(spend=rows.spend.sum()))["spend"].iloc[0]
    if pd.isna(total) or total <= 0:
        return None
    first, last = (pd.Timestamp(days[end]) for end in ("first", "last"))
    lasts = max((last - first).days / max(int(days["number"]) - 1, 1), 1.0)  # a booking is of the days up to the next
    open_days = min(max((pd.Timestamp(filters.period.end) - last).days + 1 - lasts, 0.0), LATE_DAYS)
    return float(total) / ((filters.period.days - open_days) / DAYS_A_MONTH)


def prefilled_plan(
    kpis: Kpis,
    shop: Shop,
    filters: Filters,
    assumptions: Assumptions,
    kind: str,
    margin: float | None = None,
    margin_from: tuple[str, str] = (ASSUMED, ""),
    spend: float | None = None,
    brings: SpendStep | str = "",
    is_for_all: bool = False,
    elasticity: tuple[float, float, float] | None = None,
    day_worth: tuple[float, float] | None = None,
    run: Run | None = None,
) -> Prefilled:
    """A plan of a kind whose figures are those of the view.

    Parameters
    ----------
    margin : contribution margin of the view (share), None where nothing tells it; ``margin_from`` how it is known.
    spend : marketing spend a month, None where none is stored.
    brings : what a little more of it brings (see ``spend_step``), or why that cannot be told.
    is_for_all : whether a plan of spend is for all members, though some were asked for.
    elasticity : what this shop's own prices tell (see ``mean_elasticity``), None where they do not.
    day_worth : revenue that a delivery a day sooner brings per order (see ``delivery_value``) with its error.
    run : of the churn model, for the customers at risk; without one all customers in view are taken.

    Raises
    ------
    NotEnoughData : there are no orders in view.
    """
    view = _view(kpis, shop, filters, assumptions, margin, margin_from)
    makers: dict[str, Callable[[], tuple[str, dict[str, _Figure]]]] = {
        "retention": partial(_retention, view, filters, run),
        "price": partial(_price, view, elasticity),
        "channel": partial(_channel, view, spend, brings, is_for_all),
        "delivery": partial(_delivery, view, day_worth),
        "own": partial(_own, view),
    }
    if kind not in makers:
        raise ValueError(f"kind: expected one of {', '.join(makers)}, got {kind!r}")
    name, figures = makers[kind]()
    given = {each: value for each, (value, _, _) in figures.items()}
    scenario = scenario_of(kind, name, MONTHS, view.discount_rate, **given)
    known = {each: (how, where) for each, (_, how, where) in figures.items()}
    return Prefilled(scenario, known)


def _view(
    kpis: Kpis, shop: Shop, filters: Filters, assumptions: Assumptions, margin: float | None, known: tuple[str, str]
) -> _View:
    values = kpis.figures["value"]
    months = filters.period.days / DAYS_A_MONTH
    orders, order_value = float(values.get("orders", 0.0)), float(values.get("average_order_value", math.nan))
    if not orders > 0 or not order_value > 0:
        raise NotEnoughData("There are no orders with a value in view, so that no plan can be filled in from them.")
    if margin is None:
        share, known = Uncertain(*MARGIN_UNTOLD), (ASSUMED, "until you state margins in Settings")
    else:
        share = Uncertain.known(_round(margin))
    return _View(
        _round(max(float(values["revenue"]), 0.0) / months), _round(orders / months),
        float(values.get("customers", math.nan)), _round(order_value), share, known,
        f"{day_label(filters.period.start)} to {day_label(filters.period.end)}", assumptions,
        assumptions.finance.discount_rate,
    )  # fmt: skip


def _retention(view: _View, filters: Filters, run: Run | None) -> tuple[str, dict[str, _Figure]]:
    at_risk = _at_risk(filters, run) if run is not None else None
    offer = view.assumptions.offers[0] if view.assumptions.offers else None
    usual = offer or Offer("Contact", 0.0)
    if at_risk is None:
        months = filters.period.days / DAYS_A_MONTH
        told = view.customers > 0
        count, who = (view.customers, "customers") if told else (round(view.orders * months), "orders")
        customers = (float(count), OBSERVED, f"{who} in view, {view.where}; fit the Churn page for those at risk")
        # who bought in a month does not come every month: of a view below a year no more is counted than is seen
        lost, yearly = LOST_UNTOLD, view.revenue * min(months, MONTHS) / count
        kept_from = "a third lost × share of these whom an offer keeps"
        worth_from = "revenue of one in view over a year" if months > MONTHS - 0.5 else "revenue of one in view alone"
    else:
        customers = (float(len(at_risk)), OBSERVED, f"at high risk on the Churn page, {day_of_scores(run)}")
        lost = float(at_risk["probability"].mean())
        yearly = float(at_risk["revenue"].clip(lower=0).mean()) * DAYS_A_YEAR / run.facts["lookback_days"]
        kept_from = f"mean risk of {percent(lost, 0)} × share of the lost whom an offer keeps"
        worth_from = "their usual revenue over a year"
    cost = (usual.contact_cost + usual.discount * view.order_value * (1 - lost)) if offer else (
        view.order_value * CONTACT_SHARE
    )  # fmt: skip
    kept = tuple(_round(lost * share) for share in (usual.kept_low, usual.kept, usual.kept_high))
    worth, usually = yearly * view.margin.likely, percent(KEPT_WORTH[1], 0)
    return "Win back customers at risk", {
        "customers": customers,
        "contact_cost": (_round(cost), STATED if offer else ASSUMED,
                         f"offer “{offer.name}”" if offer else f"{percent(CONTACT_SHARE, 0)} of a mean order"),
        "kept": (kept, ASSUMED, kept_from),
        "value_each": (_range(worth, KEPT_WORTH), ASSUMED, f"{usually} of {worth_from} × {_margin_text(view)}"),
    }  # fmt: skip


def _at_risk(filters: Filters, run: Run) -> pd.DataFrame | None:
    """The customers of the filters at high risk; None where there is none."""
    try:
        scored = people(run, "scores", filters, "active")
    except NotEnoughData:
        return None
    high = scored[scored["tier"] == "High"]
    return high if len(high) else None


def mean_elasticity(groups: pd.DataFrame) -> tuple[float, float, float] | None:
    """The elasticity of all groups together, from low to high in four of five cases; None where too few can be told.

    Parameters
    ----------
    groups : ``elasticity.Elasticities.table``; what nothing is told of has no part in the mean.

    >>> told = {"orders": [300, 100], "elasticity": [-2.0, -4.0], "error": [0.0, 0.0], "told": [True, True]}
    >>> mean_elasticity(pd.DataFrame(told))
    (-2.5, -2.5, -2.5)
    """
    told = groups[groups["told"]]
    if not len(told) or told["orders"].sum() < TOLD_SHARE * groups["orders"].sum():
        return None
    weights = told["orders"] / told["orders"].sum()
    mean = float((weights * told["elasticity"]).sum())
    width = NORMAL_80 * math.sqrt(float(((weights * told["error"]) ** 2).sum()))
    return _round(mean - width), _round(mean), _round(mean + width)


def _price(view: _View, elasticity: tuple[float, float, float] | None) -> tuple[str, dict[str, _Figure]]:
    published = (
        tuple(map(_round, ELASTICITY)),
        ASSUMED,
        "mean of 1,851 published ones: the shop's own prices do not tell",
    )
    own = elasticity, OBSERVED, "how orders answered to the shop's own prices; see Revenue moves"
    step = min(PRICE_STEP, view.assumptions.finance.price_band)
    return "Higher prices", {
        "revenue_a_month": (_varied(view.revenue), OBSERVED, f"mean month of {view.where}"),
        "price_change": (step, ASSUMED, "yours to choose"),
        "elasticity": own if elasticity else published,
        "margin": (view.margin, *view.margin_known),
    }


def _channel(
    view: _View, spend: float | None, brings: SpendStep | str, is_for_all: bool
) -> tuple[str, dict[str, _Figure]]:
    now = view.revenue * SPEND_SHARE if spend is None else spend
    where = (
        f"{percent(SPEND_STEP, 0)} more than in {view.where}"
        if spend is not None
        else f"{percent(SPEND_STEP, 0)} of {percent(SPEND_SHARE, 0)} of revenue: no spend is stored"
    )
    where += ", all members, as spend is not known by them" if is_for_all else ""
    return "More marketing spend", {
        "spend_a_month": (_round(now * SPEND_STEP), ASSUMED if spend is None else OBSERVED, where),
        "margin_per_spend": _per_spend(view, now, brings),
    }


def _per_spend(view: _View, spend: float, brings: SpendStep | str) -> _Figure:
    """By the curves of the channels; where these cannot be told by what is published, which is all that is left."""
    if isinstance(brings, SpendStep):
        untold = f"; of {' and '.join(brings.untold)} the data do not tell it" if brings.untold else ""
        ends = tuple(_round(each) for each in (brings.low, brings.likely, brings.high))
        return ends, OBSERVED, f"the response curves of the channel budget{untold}; see Revenue moves"
    most = KNOWN_INPUTS["margin_per_spend"].most / 10
    per_unit = min(max(ADVERTISING * view.revenue * view.margin.likely / max(spend, 1e-9), -most), most)
    factor = math.exp(NORMAL_80 * SPREAD_OF_ELASTICITIES)
    why = f"{brings[:1].lower()}{brings[1:]}" or "no spend is stored"
    return (
        _range(per_unit, (1 / factor, 1.0, factor)),
        ASSUMED,
        f"{why}; published: 1 % more advertising, {ADVERTISING:g} % more sales (mean of 751 estimates), × "
        f"{_margin_text(view)}",
    )


def _delivery(view: _View, day_worth: tuple[float, float] | None) -> tuple[str, dict[str, _Figure]]:
    lift: _Figure = (LIFT_PER_DAY, ASSUMED, "how much more is bought later: the orders do not tell")
    if day_worth is not None:
        worth, error = day_worth[0] / view.order_value, NORMAL_80 * day_worth[1] / view.order_value
        ends = (_round(min(max(each, -1.0), 1.0)) for each in (worth - error, worth, worth + error))
        lift = (tuple(ends), OBSERVED, "how much more is bought later after a sooner delivery; see Resources")
    return "Sooner delivery", {
        "orders_a_month": (_varied(view.orders), OBSERVED, f"mean month of {view.where}"),
        "cost_per_order": (_round(view.order_value * DELIVERY_COST_SHARE), ASSUMED,
                           f"{percent(DELIVERY_COST_SHARE, 0)} of a mean order"),
        "days_saved": (1.0, ASSUMED, "yours to choose"),
        "lift_per_day": lift,
        "margin_per_order": _order_margin(view),
    }  # fmt: skip


def _own(view: _View) -> tuple[str, dict[str, _Figure]]:
    return "Own plan", {
        "affected_a_month": (_varied(view.orders), OBSERVED, f"orders of a mean month of {view.where}"),
        "lift": (LIFT, ASSUMED, "an experiment would tell"),
        "margin_each": _order_margin(view),
        "investment": (_round(view.revenue * INVESTMENT_SHARE), ASSUMED, "yours to state"),
    }


def _margin_text(view: _View) -> str:
    how, where = view.margin_known
    return f"margin of {percent(view.margin.likely, 0)} ({how}{f', {where}' if where else ''})"


def _order_margin(view: _View) -> _Figure:
    """Margin of a mean order, known no better than the margin in it."""
    of, value = view.margin, view.order_value
    amounts = Uncertain(*(_round(value * share) for share in (of.low, of.likely, of.high)))
    known = ASSUMED if view.margin_known[0] == ASSUMED else OBSERVED
    return amounts, known, f"mean order × {_margin_text(view)}"


def _varied(value: float) -> tuple[float, float, float]:
    return _range(value, (1 - VARIES, 1.0, 1 + VARIES))


def _range(value: float, factors: tuple[float, float, float]) -> tuple[float, float, float]:
    low, likely, high = sorted(_round(value * factor) for factor in factors)
    return low, likely, high


def _round(value: float, digits: int = 3) -> float:
    """Three significant digits: more would pretend to know the months ahead.

    >>> _round(12_345.0), _round(0.08261), _round(0.0)
    (12300.0, 0.0826, 0.0)
    """
    return float(f"{value:.{digits}g}")
