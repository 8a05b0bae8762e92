"""The morning look: what happened, what moved, how fresh the data are, what to do."""

from datetime import date

import streamlit as st

from analytics.descriptive.events import events_in_view
from analytics.descriptive.headline import largest_movers, movers_sentence, period_headline
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.quality import data_quality
from analytics.descriptive.trends import metric_trend, sparkline_values
from analytics.metrics import metric
from analytics.periods import fitting_granularity
from ui import charts
from ui.action_board import action_board
from ui.addresses import why_these_days
from ui.alert_panel import alerts_panel
from ui.bullets import targets_panel
from ui.data import answer, shop
from ui.event_panel import events_panel
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.tables import movers_table
from ui.tiles import kpi_tiles
from ui.unusual_marks import marks_for

say_demo()
filters = open_page("Overview", "How is the shop doing?")

with said_in_place():
    say_headline(answer(period_headline, filters))
    kpi_tiles(answer(current_kpis, filters), answer(sparkline_values, filters), shop())

left, right = st.columns([3, 2])
with left, card("Revenue", stretched=False) as revenue_card:
    granularity = fitting_granularity(filters.period)
    trend = answer(metric_trend, filters, key="revenue", granularity=granularity)
    drawn = charts.trend_lines(trend, shop(), answer(events_in_view, filters), marks_for(filters))
    show_chart(drawn, "overview-trend", trend.sentence, leads=why_these_days(filters, "Revenue", granularity))
    say(trend.sentence, hint="Click a point to see why.")
    revenue_card.explain(
        "Shaded: events known to the shop. Diamonds: days out of the ordinary.",
        trend.table(),
        filters,
        metric("revenue"),
    )

with right, card("Alerts", stretched=False) as alerts_card:
    alerts_panel(alerts_card, filters, shop())

with left, card("What moved most", stretched=False) as movers_card:
    movers = answer(largest_movers, filters, key="revenue")
    movers_table(movers, "revenue", filters, shop())
    say(movers_sentence(movers, answer(current_kpis, filters)))
    movers_card.explain(
        "Revenue of every member of every dimension against the comparison. Beyond the shop's: the change less what it "
        "would be, had the member moved as the shop as a whole did; surest first. "
        "By chance: how often so much beyond it would come about by luck alone, adjusted for looking at every member.",
        movers,
        filters,
        metric("revenue"),
    )

with right, card("Targets", stretched=False) as targets_card:
    targets_panel(targets_card, filters)

with right, card("Known events and data", stretched=False) as events_card:
    say(answer(data_quality, on=date.today()).freshness)
    events_panel(events_card, filters)

with card("Action board", stretched=False) as board_card:
    action_board(board_card, filters)
