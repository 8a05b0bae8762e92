"""The part of the resources page about stock: demand by category, what to keep of each, and what that costs."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.descriptive.headline import Headline
from analytics.filters import Filters
from analytics.formats import plain
from analytics.prescriptive.category_demand import category_demand
from analytics.prescriptive.resource_advice import stock_advices
from analytics.prescriptive.stock_plan import StockPlan, protection_days, stock_plan
from ui import charts
from ui import resource_tables as tables
from ui.advice import advice_card
from ui.data import answer, assumptions, shop
from ui.measured import demand_file, level_file, stock_file
from ui.page import card, said_in_place, say, say_headline, show_chart
from ui.resource_choices import choose_demand_in, choose_stock

HOW_DEMAND = (
    "From the last complete day on, whatever the period above; members as filtered. Ranges are of each category by "
    "itself and do not add up, as not all go wrong together."
)


def stock_panel(filters: Filters, top: DeltaGenerator) -> None:
    """Settings, key figures, and the cards; ``top`` is where the page's sentence stands."""
    stock = choose_stock(assumptions().stock)
    shares, _ = tables.known_margins(filters)
    with said_in_place():
        demand = answer(category_demand, filters.without_period(), days=protection_days(stock))
        plan = answer(stock_plan, demand=demand, stock=stock, shares=shares)
        with top:
            say_headline(Headline(plain(plan.sentence), ""))
        tables.plan_tiles(plan.tiles)
        say(plan.notes)
        if "stock" not in assumptions().stated:
            say(
                "How goods come in is assumed until you state it, and nothing is advised against what is only assumed; "
                "what is changed here is tried out in this view alone."
            )
        tables.lead_to_settings("lead time and holding cost")
        _keep(plan, filters)
        _ahead(demand, filters)
        if stock == assumptions().stock:  # advice is of what is stated, not of what is tried out
            for advice in stock_advices(plan, shop(), assumptions())[:1]:
                advice_card(advice, filters)


def _keep(plan: StockPlan, filters: Filters) -> None:
    left, right = st.columns([3, 2]) if plan.has_money else (st.container(), None)
    with left, card("What to keep of each category") as keep_card:
        show_chart(charts.stock_bars(plan), "stock-bars", plan.sentence)
        keep_card.explain(plan.explained, stock_file(plan, protection_days(plan.stock), shop()), filters)
    if right is not None:
        _cost(plan, filters, right)
    with card("Stock by category") as table_card:
        tables.stock_table(plan, shop())
        table_card.explain(plan.explained, stock_file(plan, protection_days(plan.stock), shop()), filters)


def _cost(plan: StockPlan, filters: Filters, right: DeltaGenerator) -> None:
    with right, card("What a service level costs") as cost_card:
        show_chart(charts.service_curve(plan, shop()), "service-curve", plan.sentence)
        say(
            "Of all categories together, a year: safety and half an order on the shelf, and the margin of what is "
            "asked for and not there. Categories differ: each one's own level is in the table."
        )
        cost_card.explain(plan.explained, level_file(plan, shop()), filters)


def _ahead(demand: object, filters: Filters) -> None:
    with card(f"Demand of the next {demand.days} days") as demand_card:
        key = choose_demand_in() if demand.units is not None else "orders"
        measured = demand.units if key == "units" else demand.orders
        rows = measured.rows()
        said = f"{measured.total:,.0f} {measured.key} in all: categories add up to the total."
        show_chart(charts.demand_whiskers(rows, measured.key), "category-demand", said)
        say(f"{said} {HOW_DEMAND}")
        demand_card.explain(
            f"All orders by {measured.method.lower()}, shared out by {measured.way}. {HOW_DEMAND}",
            demand_file(rows, measured.key, demand.days, shop()),
            filters,
        )
