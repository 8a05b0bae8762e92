"""What happened: the key figures, their course, and where they come from."""

import streamlit as st

from analytics.descriptive.breakdowns import (
    delivery_distribution,
    metric_by_member,
    metric_by_two,
    satisfaction_distribution,
)
from analytics.descriptive.headline import period_headline
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.trends import months_cut, sparkline_values, weekday_by_month, weekday_sentence
from analytics.metrics import metric
from analytics.shop import DIMENSIONS
from ui import charts
from ui.bullets import targets_card
from ui.choices import (
    against,
    choose_dimension_and_sort,
    choose_distribution,
    choose_metric,
    crossed_dimensions,
)
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.tables import two_way_table
from ui.tiles import kpi_tiles
from ui.trend_card import trend_card

say_demo()
filters = open_page("KPIs", "What happened?")

with said_in_place():
    say_headline(answer(period_headline, filters))
    kpi_tiles(answer(current_kpis, filters), answer(sparkline_values, filters), shop())

key = choose_metric(shop())
measured = metric(key)
doubt = shop().doubt(measured, filters.period.start)

left, right = st.columns([3, 2])
with left:
    trend_card(filters, key)

with right, card(f"{measured.name}, broken down") as member_card:
    dimension, sort = choose_dimension_and_sort(shop())
    breakdown = answer(metric_by_member, filters, dimension=dimension, key=key, sort=sort)
    show_chart(charts.member_bars(breakdown, shop()), "members", breakdown.sentence, clicks_filter=breakdown.dimension)
    said = f"{breakdown.sentence} Change {against(breakdown.reference)}."
    say(said, hint="Click a bar to filter every card to it.")
    member_card.explain(
        f"Change {against(breakdown.reference)}. Noise (±): what chance alone does in 95 of 100 cases.",
        breakdown.members,
        filters,
        measured,
    )

first, second, third = st.columns([5, 6, 5])
rows, columns = crossed_dimensions(shop())
with first, card(f"{DIMENSIONS[rows]} × {DIMENSIONS[columns].lower()}") as cross_card:
    table = answer(metric_by_two, filters, rows=rows, columns=columns, key=key)
    two_way_table(table, key, shop())
    if doubt:
        say(doubt)
    cross_card.explain(
        f"{measured.name} of each combination; empty where there were no orders.",
        table,
        filters,
        measured,
    )

with second, card("Weekday × month") as heat_card:
    values, cut = answer(weekday_by_month, filters, key=key), answer(months_cut, filters, key=key)
    said = weekday_sentence(measured, filters, cut, shop())
    show_chart(charts.weekday_month_heatmap(values, key, shop(), cut), "heat", said)
    say(said)
    heat_card.explain(said, values, filters, measured)

with third, card("Distribution") as spread_card:
    kind = choose_distribution(shop())
    if kind == "Payment":
        mix = answer(metric_by_member, filters, dimension="payment_method", key="revenue")
        show_chart(charts.member_bars(mix, shop()), "payments", mix.sentence)
        say(mix.sentence)
        spread_card.explain("Revenue by payment method.", mix.members, filters, metric("revenue"))
    else:
        analysis = satisfaction_distribution if kind == "Scores" else delivery_distribution
        spread = answer(analysis, filters)
        unit, good = ("score", 4) if kind == "Scores" else ("days", None)
        show_chart(charts.count_bars(spread, unit, good), f"spread-{unit}", spread.sentence)
        say(spread.sentence)
        spread_card.explain(spread.sentence, spread.counts, filters)

targets_card(filters)
