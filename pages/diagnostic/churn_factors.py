"""Why customers do not come back: what their orders had in common, how soon others return, and when to give up."""

import streamlit as st

from analytics.descriptive.needs import need_customers
from analytics.diagnostic.churn_factors import churn_factors
from analytics.diagnostic.gaps import clock_sentence
from analytics.diagnostic.lapse import lapse_point
from analytics.diagnostic.survival import return_curves
from ui import charts
from ui.churn_choices import choose_clock, choose_factor, choose_unlikely
from ui.churn_tables import checks_table
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.risk_tables import lead_to_risks

say_demo()
filters = open_page("Churn factors", "Why do customers not come back?")

headline = st.container()
if "customer_key" not in shop().has:
    with said_in_place():
        need_customers(shop())
    st.stop()

clock = choose_clock()
say("Orders up to the period's end count, however old: how long customers stay away shows over long times alone.")
left, right = st.columns([5, 6])
with left, card("What makes them come back or stay away") as factors_card:
    factors = answer(churn_factors, filters, clock=clock)
    with headline:
        say_headline(factors.headline)
    show_chart(charts.hazard_ratio_dots(factors), "hazard-ratios", factors.sentence)
    said = "Each level against the reference of its factor, all factors beside each other; grey: within chance."
    say(f"{said} {factors.notes}")
    factors_card.explain(factors.explained, factors.table(), filters)

with right, card("Who is back when") as curves_card:
    curves = answer(return_curves, filters, clock=clock, factor=choose_factor(shop(), clock))
    show_chart(charts.return_lines(curves), "return-curves", curves.sentence)
    say(f"{curves.sentence} {curves.notes}")
    curves_card.explain(curves.explained, curves.curves, filters)

left, right = st.columns([6, 5])
with left, card("When a return becomes unlikely") as lapse_card:
    point = answer(lapse_point, filters, unlikely=choose_unlikely())
    show_chart(charts.lapse_line(point), "lapse", point.sentence)
    say(f"{point.sentence} Counted after all orders.")
    lapse_card.explain(point.explained, point.chances, filters)

with right, card("Do the ratios hold on all days?") as check_card:
    factors = answer(churn_factors, filters, clock=clock)
    checks_table(factors)
    say(factors.check_sentence)
    check_card.explain(factors.explained, factors.checks_table(), filters)

with card("What is measured"):
    say(answer(clock_sentence, filters, clock=clock))
lead_to_risks()
