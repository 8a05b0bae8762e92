"""What comes next: the days ahead with what chance does to them, by region and category, and why to trust it."""

import streamlit as st

from analytics.metrics import metric
from analytics.predictive import forecast_quality as quality
from analytics.predictive.forecast import FORECAST
from analytics.predictive.forecast_view import forecast_course, forecast_members, forecast_summary
from ui import charts
from ui.data import answer, shop
from ui.forecast_choices import choose_forecast, choose_shared, choose_step, choose_trust
from ui.forecast_tables import forecast_tiles, members_table, methods_table, split_table
from ui.models import fitted_run, say_run
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart

say_demo()
filters = open_page("Revenue forecast", "What comes next?")
headline = st.container()
run = fitted_run(FORECAST, filters, **choose_forecast())
if run is None:
    st.stop()
with said_in_place():
    summary = answer(forecast_summary, run=run)
    with headline:
        say_headline(summary.headline)
    forecast_tiles(summary)
    say(f"From the last complete day on, whatever the period above; members as filtered. {summary.notes}")

with card("The days ahead") as course_card:
    course = answer(forecast_course, run=run, granularity=choose_step())
    show_chart(charts.forecast_lines(course, shop()), "course", course.sentence)
    say(course.sentence)
    course_card.explain(course.explained, course.table(), filters, metric(course.key))

left, right = st.columns(2)
with left, card("Where it comes from") as members_card:
    shares = answer(forecast_members, run=run, dimension=choose_shared(shop(), filters))
    show_chart(charts.member_whiskers(shares, shop()), "forecast-members", shares.sentence)
    members_table(shares, shop())
    say(f"{shares.sentence} They add up to the total.")
    members_card.explain(shares.explained, shares.rows, filters, metric(shares.key))

with right, card("What known events do") as events_card:
    events = answer(quality.forecast_events, run=run)
    show_chart(charts.event_whiskers(events), "event-effects", events.sentence)
    say(f"{events.sentence} ▸ ahead; grey: within chance.")
    events_card.explain(events.explained, events.table, filters, metric(events.key))

with card("How far to trust it") as trust_card:
    looked_at = choose_trust()
    if looked_at == "errors":
        told = answer(quality.forecast_errors, run=run)
        show_chart(charts.error_bars(told), "error-bars", told.sentence)
    elif looked_at == "methods":
        told = answer(quality.forecast_leaderboard, run=run)
        methods_table(told)
    elif looked_at == "month_ago":
        told = answer(quality.forecast_month_ago, run=run)
        show_chart(charts.month_ago_lines(told, shop()), "month-ago", told.sentence)
    else:
        told = answer(quality.forecast_split, run=run)
        show_chart(charts.split_lines(told, shop()), "arima-split", told.sentence)
        split_table(told, shop())
    say(told.sentence)
    trust_card.explain(told.explained, told.table, filters, metric(told.key))
say_run(run)
