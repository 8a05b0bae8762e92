"""Whom to contact with which offer within a budget, what that leaves, and how what offers do is known."""

from functools import partial

import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.predictive.churn_people import scope_note
from analytics.prescriptive.retention import retention_plan
from analytics.prescriptive.retention_advice import plan_advice
from analytics.prescriptive.retention_list import list_page, list_sentence, pages_of, those_meant, whole_list
from analytics.prescriptive.retention_offers import catalogue
from analytics.prescriptive.retention_worth import later_share
from ui import charts
from ui import retention_tables as tables
from ui.advice import advice_card
from ui.bound import page_of_list
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.public_example import public_example
from ui.retention_choices import choose_left_out, choose_limits, choose_listed, choose_measured
from ui.retention_ground import choose_measured_over, is_possible, need_named_customers, runs_of_customers

say_demo()
filters = open_page("Retention", "Whom should we contact, with which offer?")
headline = st.container()
need_named_customers()

controls = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
with controls:
    limits = choose_limits(shop())
possible = is_possible(filters, **limits)
churn, value = runs_of_customers(filters, possible)
with controls:
    without = st.container(width="content")
    measured = choose_measured_over(churn)
later = answer(later_share, churn=churn, value=value)
offers = answer(catalogue, churn=churn, measured=measured)
with without:
    left_out = choose_left_out(offers)
asked = {"churn": churn, "value": value, "measured": measured, "later": later, "left_out": left_out, **limits}

plan = None
with said_in_place():
    if possible:
        plan = answer(retention_plan, filters, **asked)
        with headline:
            say_headline(Headline(plan.words.headline, ""))
        tables.plan_tiles(plan, shop())
say(answer(scope_note, filters, run=churn) + (" Margins are those of the orders in view." if possible else ""))

if plan:
    left, right = st.columns(2)
    with left, card("Against simpler policies") as policy_card:
        show_chart(charts.policy_whiskers(plan, shop()), "policies", plan.words.policies)
        say(plan.words.policies)
        policy_card.explain(plan.words.explained, partial(tables.policies_for_people, plan), filters)
    with right, card("If the budget moves") as budget_card:
        show_chart(charts.budget_curve(plan, shop()), "budgets", plan.words.budgets)
        say(plan.words.budgets)
        budget_card.explain(plan.words.explained, partial(tables.curve_for_people, plan), filters)

    with card("Who gets what") as list_card:
        campaign, meant = choose_listed(plan.offers, shop())
        listed = answer(whole_list, plan=plan, churn=churn, campaign=campaign)
        rows = those_meant(listed, plan, **meant)
        sheet = page_of_list(pages_of(rows))
        tables.list_table(list_page(rows, plan, shop(), sheet), sheet, shop())
        say(list_sentence(rows, plan))
        tables.mailing_button(rows, plan, campaign, filters, shop())
        list_card.explain(plan.words.explained, partial(tables.list_for_people, rows), filters)
    with card("What the plan is made of") as parts_card:
        tables.parts_table(plan, shop())
        say(plan.hold_out.sentence)
        parts_card.explain(plan.words.explained, partial(tables.parts_for_people, plan), filters)

with card("What the experiment showed") as experiment_card:
    if one := choose_measured(measured):
        left, right = st.columns([2, 3])
        with left:
            show_chart(charts.lift_whiskers(one), "lifts", one.sentence)
        with right:
            tables.experiment_table(one, shop())
        say(f"{one.sentence} Hollow: what the plan goes by." if one.alike else one.sentence)
        experiment_card.explain(one.explained, partial(tables.lifts_for_people, one), filters)
    tables.say_notes(measured)
    public_example()
with card("Offers in force") as offers_card:
    tables.offers_table(offers, shop())
    tables.lead_to_settings()
    offers_card.explain(tables.OFFERS_EXPLAINED, partial(tables.offers_for_people, offers), filters)
if plan:
    advice_card(answer(plan_advice, plan=plan), filters)
