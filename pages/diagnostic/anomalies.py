"""Which days were out of the ordinary, where, and what goes together."""

import streamlit as st

from analytics.descriptive.events import events_in_view
from analytics.descriptive.headline import Headline
from analytics.diagnostic.correlations import daily_correlations, order_correlations
from analytics.diagnostic.unusual_days import unusual_days
from analytics.diagnostic.unusual_view import course_sentence, course_table, farthest_series, unusual_in_view
from analytics.formats import plain
from analytics.metrics import metric
from ui import charts
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.unusual_choices import choose_course, choose_together, choose_where
from ui.unusual_tables import pairs_table, unusual_list

HOW = (
    "What is usual is what alert rules take for it: level, slope, weekday, known holidays and promotions, each day by "
    "what was known the day before; looking back, a level that moved and came back within weeks is no usual. Each day, "
    "and each with the two and the six before it, is held against that in robust standard errors of its own series; "
    "unusual are the weeks of which at most one in fifty is chance in the long run (Benjamini & Hochberg 1995), of the "
    "shop and of its members each on their own, and their days that are far enough to be news (revenue, orders and "
    "delivery 10 %, order value 5 %, satisfaction 3 %). A member that moved as the shop did is not listed beside it."
)
HOW_DAYS = (
    "Spearman's rank correlation of how far each day lay from its usual: weekday, season, level and known events are "
    "taken out, because they correlate anything with anything; beside it the plain one. Revenue is orders × order "
    "value, so these go together by definition. Interval by Fisher's transformation; stars for what is beyond chance "
    "among all pairs: * 5 %, ** 1 %, *** 0.1 %."
)
HOW_ORDERS = (
    "Spearman's rank correlation over the orders in view that carry both numbers: scores are ranks, and order values "
    "are skewed. Order values are ranked to three digits. Interval by Fisher's transformation; stars for what is "
    "beyond chance among all pairs: * 5 %, ** 1 %, *** 0.1 %."
)

say_demo()
filters = open_page("Anomalies", "Which days were out of the ordinary?")

with said_in_place(), st.spinner("Following every series day by day", show_time=False):
    found = answer(unusual_days, filters.without_period())
    say_headline(Headline(plain(unusual_in_view(found, filters, shop()).sentence), ""))

    with card("Unusual days") as list_card:
        view = unusual_in_view(found, filters, shop(), choose_where())
        unusual_list(view, filters, shop())
        say(view.notes, hint="A run's days lead to its root cause.")
        list_card.explain(HOW, view.table(), filters)

    with card("Day by day") as course_card:
        one = found.named(choose_course(found, farthest_series(view)))
        said = course_sentence(one, found, filters, shop())
        drawn = charts.unusual_course(one, found, filters, shop(), answer(events_in_view, filters))
        show_chart(drawn, "unusual-course", said)
        say(said)
        course_card.explain(HOW, course_table(one, found, filters), filters, metric(one.metric))

    with card("What goes together") as together_card:
        of_days = choose_together() == "days"
        pairs = daily_correlations(found, filters) if of_days else answer(order_correlations, filters)
        matrix, table = st.columns([6, 5])
        with matrix:
            show_chart(charts.correlation_matrix(pairs), "matrix", pairs.sentence)
        with table:
            pairs_table(pairs)
        say(pairs.sentence)
        together_card.explain(HOW_DAYS if of_days else HOW_ORDERS, pairs.pairs, filters)
