"""Who will not come back: every customer's chance with its reasons, and how far such chances can be trusted."""

from functools import partial

import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.descriptive.needs import need_customers
from analytics.predictive import churn_quality as quality
from analytics.predictive.churn import CHURN
from analytics.predictive.churn_list import churn_list, churn_list_page, churn_reasons, churn_rows
from analytics.predictive.churn_offer import offer_defaults, offer_threshold
from analytics.predictive.churn_people import scope_note
from ui import charts
from ui import risk_tables as tables
from ui.bound import page_of_list
from ui.customer_choices import choose_customer
from ui.data import answer, shop
from ui.models import fitted_run, say_run
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.risk_choices import choose_model_and_whom, choose_offer, choose_tier_and_search

say_demo()
filters = open_page("Churn", "Who will not come back?")
headline = st.container()
if "customer_key" not in shop().has:
    with said_in_place():
        need_customers(shop())
    st.stop()

settings, whom = choose_model_and_whom()
run = fitted_run(CHURN, filters, **settings)
if run is None:
    st.stop()
with said_in_place():
    summary = answer(quality.churn_summary, filters, run=run, whom=whom)
    with headline:
        say_headline(Headline(summary.sentence, ""))
    tables.summary_tiles(summary)
say(answer(scope_note, filters, run=run))

with card("Who is at risk, and why") as list_card:
    tier, search = choose_tier_and_search()
    asked = {"run": run, "whom": whom, "tier": tier, "search": search}
    found = answer(churn_list, filters, **asked)
    sheet = page_of_list(found.pages)
    tables.risk_table(answer(churn_list_page, filters, **asked, page=sheet), sheet, shop())
    say(found.sentence, hint="Choose a row to see that customer's reasons below.")
    list_card.explain(found.explained, partial(churn_rows, filters=filters, shop=shop(), **asked), filters)

with card("One customer") as customer_card:
    if customer := choose_customer():
        reasons = answer(churn_reasons, run=run, customer=customer)
        show_chart(charts.reason_steps(reasons), "reasons", reasons.sentence)
        say(reasons.sentence)
        tables.lead_to_orders(customer, filters)
        customer_card.explain(reasons.explained, reasons.steps, filters)

left, right = st.columns(2)
with left, card("Do the chances come true?") as reliability_card:
    reliability = answer(quality.churn_reliability, filters, run=run, whom=whom)
    show_chart(charts.reliability_dots(reliability), "reliability", reliability.sentence)
    say(reliability.sentence)
    reliability_card.explain(reliability.explained, reliability.table, filters)
with right, card("Are the riskiest found?") as lift_card:
    lift = answer(quality.churn_lift, filters, run=run, whom=whom)
    show_chart(charts.lift_bars(lift), "lift", lift.sentence)
    say(lift.sentence)
    lift_card.explain(lift.explained, lift.table, filters)

with card("Whom is a contact worth it?") as offer_card:
    cost, value, kept = choose_offer(answer(offer_defaults, run=run), shop())
    offer = answer(offer_threshold, filters, run=run, whom=whom, cost=cost, value=value, kept=kept)
    left, right = st.columns([3, 2])
    with left:
        show_chart(charts.net_line(offer, shop()), "net", offer.sentence)
    with right:
        tables.matrix_table(offer)
        say(offer.sentence)
    offer_card.explain(offer.explained, offer.curve, filters)

with card("Which model, and against what?") as model_card:
    board = answer(quality.churn_leaderboard, run=run)
    tables.model_table(board)
    say(f"{board.sentence} {answer(quality.accuracy_sentence, run=run)}")
    model_card.explain(board.explained, board.table, filters)
left, right = st.columns([4, 5])
with left, card("What the model goes by") as importance_card:
    importance = answer(quality.churn_importance, run=run)
    show_chart(charts.importance_whiskers(importance), "importance", importance.sentence)
    say(importance.sentence)
    importance_card.explain(importance.explained, importance.table, filters)

with right, card("What counts as lost") as label_card:
    horizons = answer(quality.churn_horizons, run=run)
    tables.horizon_table(horizons)
    say(f"{horizons.explained} {horizons.sentence}")
    label_card.explain(horizons.explained, horizons.table, filters)
tables.lead_to_factors()
say_run(run)
