"""What to do with the marketing budget: the best split, what each channel's spend brings, and what to test next."""

from analytics.descriptive.headline import Headline
from analytics.filters import Filters
from analytics.formats import plain
from analytics.periods import DAYS_A_MONTH
from analytics.predictive.model import whole_shop
from analytics.prescriptive.budget import BudgetPlan, budget_plan
from analytics.prescriptive.budget_next import budget_advice, budget_curves, next_experiment
from analytics.prescriptive.media_data import year_in_view
from analytics.prescriptive.media_response import media_response
from ui import budget_tables as tables
from ui import charts
from ui.advice import advice_card
from ui.budget_choices import choose_budget
from ui.data import answer, shop
from ui.page import card, said_in_place, say, say_headline, show_chart


def budget_panel(filters: Filters) -> None:
    """The split of a month's budget over channels; for the whole shop, because spend is not known by member."""
    with said_in_place():
        media = answer(media_response, whole_shop(filters))
        total, spend_all = choose_budget(float(media.present.sum()) * DAYS_A_MONTH, shop())
        year = year_in_view(shop())
        plan = None
        with said_in_place():
            plan = answer(budget_plan, year, total=total, spend_all=spend_all)
            say_headline(Headline(plain(plan.sentence), ""))
            tables.plan_tiles(plan, shop())
        if filters.members:
            say("This plan is for the whole shop, whatever the filters: spend is not known by region or segment.")
        if plan is not None:
            _split(plan, filters)
            for advice in answer(budget_advice, year):
                advice_card(advice, year)
            _evidence(plan, year, filters)
        with card("What to test next") as test_card:
            given = {"plan": plan} if plan is not None else {}
            proposed = answer(next_experiment, year, **given)
            tables.tests_table(proposed, shop())
            say(proposed.sentence)
            test_card.explain(proposed.explained, tables.in_files(proposed.table), filters)


def _split(plan: BudgetPlan, filters: Filters) -> None:
    with card("How to split the budget") as split_card:
        tables.split_table(plan, shop())
        say(" ".join(filter(None, (plan.binding, plan.doubts))))
        if not plan.table["stated"].all():
            tables.lead_to_bounds()
        split_card.explain(plan.explained, tables.in_files(plan.table), filters)


def _evidence(plan: BudgetPlan, year: Filters, filters: Filters) -> None:
    with card("What each channel's spend brings") as curves_card:
        curves = answer(budget_curves, year, plan=plan)
        show_chart(charts.response_panels(curves, shop()), "response", curves.sentence)
        say(curves.sentence)
        curves_card.explain(curves.explained, tables.in_files(curves.table), filters)
    with card("Beside simple splits") as rules_card:
        tables.rules_table(plan, shop())
        say(plan.compared)
        rules_card.explain(plan.explained, tables.in_files(plan.rules), filters)
