"""Where the figures come from: from the whole shop down to a part of it, level by level."""

import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.trends import sparkline_values
from analytics.diagnostic.paths import need_path, standing
from analytics.formats import plain
from analytics.metrics import metric
from ui import charts
from ui.choices import choose_metric
from ui.data import answer, shop
from ui.drill_choices import choose_steps
from ui.drill_panel import (
    choose_place,
    going_down,
    hint_of_level,
    how_level_reads,
    level_below,
    offer_all_time,
    say_where_to,
    standing_on,
)
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.tiles import kpi_tiles

say_demo()
filters = open_page("Drill-down", "Where do the figures come from?")
place, top = filters, st.container()

key = choose_metric(shop())
steps = choose_steps(shop())

with card(f"{metric(key).name}, level by level") as level_card:
    need_path(steps, shop())
    chosen = choose_place(filters, steps, shop())
    place = standing(filters, steps, chosen)
    offer_all_time(steps, filters, shop())
    level = level_below(filters, steps, chosen, key)
    with top:
        say_headline(Headline(plain(level.sentence), ""))
    drawn = charts.level_bars(level, shop(), standing_on(steps, chosen))
    show_chart(drawn, "level", level.sentence, on_click=going_down(steps, chosen))
    say(f"{level.adds_up} {level.notes}", hint=hint_of_level(level))
    say_where_to(place, level)
    level_card.explain(how_level_reads(level), level.rows, place, metric(key))

with said_in_place():
    kpi_tiles(answer(current_kpis, place), answer(sparkline_values, place), shop())
