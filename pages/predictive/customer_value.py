"""What today's customers will bring: in all, by group, each of them, who is worth keeping, and how sure it is."""

import streamlit as st

from analytics.descriptive.needs import need_customers
from analytics.predictive.churn import CHURN
from analytics.predictive.customer_value import CUSTOMER_VALUE
from analytics.predictive.value_judged import EXPLAINED, value_judged, value_models
from analytics.predictive.value_quadrants import value_count, value_page, value_quadrants
from analytics.predictive.value_view import value_groups, value_total
from ui import charts
from ui.data import answer, shop
from ui.models import fitted_run, kept_run, say_run
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.value_choices import (
    choose_group,
    choose_horizon_and_money,
    choose_quadrant,
    choose_risk,
    choose_value_order,
    choose_value_page,
    take_quadrant,
)
from ui.value_tables import leaderboard_table, parameters_table, value_table, value_tiles

say_demo()
filters = open_page("Customer value", "What will customers be worth?")

headline = st.container()
if "customer_key" not in shop().has:
    with said_in_place():
        need_customers(shop())
    st.stop()

settings, money_kind = choose_horizon_and_money(shop())
run = fitted_run(CUSTOMER_VALUE, filters, **settings)
if run is None:
    st.stop()

with said_in_place():
    total = answer(value_total, filters, run=run, money_kind=money_kind)
    with headline:
        say_headline(total.headline)
    value_tiles(total, shop())
    say(total.notes)

judged = answer(value_judged, run=run)
left, right = st.columns(2)
with left, card("Expected against brought") as scatter_card:
    show_chart(charts.value_scatter(judged, shop()), "value-scatter", judged.sentence)
    say(f"{judged.sentence} Of the whole shop, in revenue; a dot is a customer.")
    scatter_card.explain(EXPLAINED, judged.points_table(), filters)

with right, card("Do sums of it hold?") as tenths_card:
    show_chart(charts.value_decile_bars(judged, shop()), "value-deciles", judged.deciles_sentence)
    say(f"{judged.deciles_sentence} Lines: 95 % ranges of what was brought.")
    tenths_card.explain(EXPLAINED, judged.deciles_table(), filters)

with card("Which method is used, and why") as board_card:
    leaderboard_table(judged, shop())
    say(f"{judged.board_sentence} Each: mean absolute error. Customer and Tenth: errors relative to the mean.")
    say(judged.total_sentence)
    board_card.explain(EXPLAINED, judged.table(), filters)

with card("Who brings it") as groups_card:
    by, each = choose_group(shop())
    groups = answer(value_groups, filters, run=run, by=by, money_kind=money_kind)
    show_chart(charts.value_group_bars(groups, shop(), each), "value-groups", groups.sentence)
    say(f"{groups.sentence} In brackets and as lines: 80 % ranges.")
    groups_card.explain(f"Expected of the customers of each group. {groups.notes}", groups.table(), filters)

with card("Who is worth keeping") as keep_card:
    churn = choose_risk(kept_run(CHURN, filters))
    quadrants = answer(value_quadrants, filters, run=run, money_kind=money_kind, churn=churn)
    show_chart(charts.quadrant_map(quadrants, shop()), "quadrants", quadrants.sentence, on_click=take_quadrant)
    say(f"{quadrants.sentence} {quadrants.notes}", hint="A click on a quarter lists its customers below.")
    keep_card.explain(quadrants.notes, quadrants.table(), filters)

with card("Customers by value") as list_card:
    quadrant = choose_quadrant()
    search, sort, descending = choose_value_order()
    listed = {"run": run, "churn": churn, "quadrant": quadrant, "search": search}
    sheet = choose_value_page(answer(value_count, filters, **listed))
    order = {"money_kind": money_kind, "sort": sort, "descending": descending, "page": sheet}
    page = answer(value_page, filters, **listed, **order)
    value_table(page, shop(), filters)
    say(f"{page.sentence} An id leads to that customer's orders.")
    list_card.explain(f"{quadrants.notes} Lifetime value: so far and expected.", page.table(), filters)

with card("What the model says of customers") as models_card:
    models = answer(value_models, run=run)
    parameters_table(models)
    say(" ".join(models.sentences))
    models_card.explain(models.explained, models.parameters, filters)

say_run(run)
