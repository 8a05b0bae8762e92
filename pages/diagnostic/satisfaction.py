"""Why customers are satisfied or not: what moves the score, what delivery does to it, and who comes back."""

import streamlit as st

from analytics.diagnostic.coming_back import coming_back
from analytics.diagnostic.day_costs import day_costs
from analytics.diagnostic.delivery_spread import delivery_spread
from analytics.diagnostic.dose_response import dose_response
from analytics.diagnostic.drivers import limit_check, score_drivers
from analytics.diagnostic.on_time import on_time, usual_promise
from analytics.diagnostic.rank_correlation import score_correlations
from analytics.diagnostic.satisfaction_headline import need_scores_or_days, satisfaction_driver, satisfaction_level
from analytics.metrics import metric
from ui import charts
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.satisfaction_choices import (
    choose_again,
    choose_delivered_by,
    choose_effect,
    choose_promise,
    choose_response,
    delivered_by,
    delivered_name,
    promised,
)

say_demo()
filters = open_page("Satisfaction", "What makes customers satisfied, and what does delivery do?")

if not {"satisfaction_score", "delivery_days"} & shop().has:
    with said_in_place():
        need_scores_or_days(shop())
    st.stop()
with said_in_place():
    say_headline(answer(satisfaction_level, filters))
    say_headline(answer(satisfaction_driver, filters))

left, right = st.columns(2)
with left, card("What moves the score") as drivers_card:
    effect = choose_effect()
    drivers = answer(score_drivers, filters)
    if effect == "limits":
        check = answer(limit_check, filters)
        show_chart(charts.limit_whiskers(check), "limits", check.sentence)
        say(check.sentence)
        drivers_card.explain(check.explained, check.limits, filters)
    else:
        show_chart(charts.effect_whiskers(drivers, effect), "effects", drivers.sentence)
        say(f"{drivers.sentence} {drivers.notes} Grey: chance alone does as much.")
        drivers_card.explain(drivers.explained, drivers.effects, filters, metric("satisfaction"))

with right, card("Delivery days and the score") as dose_card:
    response, told_apart = choose_response(shop())
    if told_apart:
        costs = answer(day_costs, filters, dimension=told_apart)
        show_chart(charts.day_cost_whiskers(costs, response), "day-costs", costs.sentence)
        say(costs.sentence)
        dose_card.explain(costs.explained, costs.members, filters)
    else:
        dose = answer(dose_response, filters)
        show_chart(charts.dose_lines(dose, response), "dose", dose.sentence)
        say(f"{dose.sentence} {dose.notes}")
        dose_card.explain(dose.explained, dose.days, filters)

with right, card("How closely they go together") as ranks_card:
    ranks = answer(score_correlations, filters)
    show_chart(charts.correlation_whiskers(ranks), "ranks", ranks.sentence)
    say(ranks.sentence)
    ranks_card.explain(ranks.explained, ranks.rows, filters)

with card("Delivered on time") as on_time_card:
    promise, dimension = choose_promise(shop()), choose_delivered_by(shop())
    kept = answer(on_time, filters, promise=promise, dimension=dimension)
    members, course = st.columns([2, 3])
    with members:
        show_chart(charts.on_time_whiskers(kept), "on-time", kept.members_sentence, clicks_filter=dimension)
    with course:
        show_chart(charts.on_time_line(kept), "on-time-course", kept.sentence)
    say(f"{kept.sentence} {kept.members_sentence} {kept.notes}", hint="Click a point to filter every card to it.")
    on_time_card.explain(f"{kept.explained} {answer(usual_promise).sentence}", kept.table(), filters)

left, right = st.columns(2)
with left, card(f"How long delivery takes, by {delivered_name(shop())}") as spread_card:
    spread = answer(delivery_spread, filters, dimension=delivered_by(shop()))
    show_chart(charts.spread_bars(spread), "spread", spread.sentence, clicks_filter=spread.dimension)
    say(spread.sentence)
    spread_card.explain(spread.explained, spread.members, filters)

with right, card("Delivery and coming back") as back_card:
    within = choose_again()
    back = answer(coming_back, filters, promise=promised(shop()), within=within)
    show_chart(charts.again_dots(back), "again-dots", back.sentence)
    say(f"{back.sentence} {back.notes}")
    back_card.explain(back.explained, back.days, filters)
