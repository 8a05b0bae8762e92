"""The part of the resources page about staff: who is needed on each weekday, who has which days off, when shifts
begin.
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.descriptive.headline import Headline
from analytics.filters import Filters
from analytics.formats import plain
from analytics.prescriptive.resource_advice import staffing_advices
from analytics.prescriptive.staff_demand import weekday_demand
from analytics.prescriptive.staff_plan import StaffPlan, staff_plan
from ui import charts
from ui import resource_tables as tables
from ui.advice import advice_card
from ui.data import answer, assumptions, shop
from ui.measured import HOURS, PATTERNS, WEEKDAYS, measured
from ui.page import card, said_in_place, say, say_headline, show_chart
from ui.resource_choices import choose_hours_of, choose_staff


def staffing_panel(filters: Filters, top: DeltaGenerator) -> None:
    """Settings, key figures, and the cards; ``top`` is where the page's sentence stands."""
    staff, stated = choose_staff(assumptions().staff), "staff" in assumptions().stated
    with said_in_place():
        demand = answer(weekday_demand, filters.without_period())
        plan = answer(staff_plan, demand=demand, staff=staff, stated=stated)
        with top:
            say_headline(Headline(plain(plan.sentence), ""))
        tables.plan_tiles(plan.tiles)
        say(plan.notes)
        tables.lead_to_settings("minutes, shifts and wages")
        with card("Orders and people by weekday") as day_card:
            left, right = st.columns([5, 8])
            with left:
                show_chart(charts.weekday_bars(plan), "weekday-bars", plan.sentence)
            with right:
                tables.weekday_table(plan)
            say(
                "Spare: orders that those on duty could handle beyond those expected. Same day: how often a day's "
                "orders are handled that day. Left over: how often orders are left at the end of the day, those of "
                "the days before included."
            )
            day_card.explain(plan.explained, measured(plan.rows, WEEKDAYS, shop()), filters)
        _shifts(plan, filters)
        if staff == assumptions().staff:
            for advice in staffing_advices(plan, demand, shop(), assumptions()):
                advice_card(advice, filters)


def _shifts(plan: StaffPlan, filters: Filters) -> None:
    left, right = st.columns(2) if plan.hours is not None else (st.container(), None)
    with left, card("Who has which days off") as off_card:
        tables.pattern_table(plan)
        off_card.explain(plan.explained, measured(plan.patterns, PATTERNS, shop()), filters)
    if right is None:
        return
    with right, card("When shifts begin") as hour_card:
        weekday = choose_hours_of(list(plan.starts["weekday"]))
        show_chart(charts.hour_bars(plan, weekday), "hour-bars", f"Work and people by hour of {weekday}s.")
        tables.start_table(plan)
        say("Orders that come while nobody is there wait for the next shift.")
        hour_card.explain(plan.explained, measured(plan.hours, HOURS, shop()), filters)
