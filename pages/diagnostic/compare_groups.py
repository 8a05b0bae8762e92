"""Whether two groups differ: by how much, how surely, and what could have been seen at all."""

import streamlit as st

from analytics.diagnostic.group_comparison import compared_members, compared_periods
from analytics.diagnostic.member_comparison import compared_with_others
from analytics.metrics import metric
from ui import charts
from ui.data import answer, shop
from ui.group_choices import (
    choose_compared,
    choose_face,
    choose_grouping,
    choose_members,
    choose_other_period,
    choose_test,
)
from ui.group_tables import verdict_table
from ui.page import card, open_page, say, say_demo, say_headline, show_chart

say_demo()
filters = open_page("Compare groups", "Do these groups differ, or is it chance?")

headline = st.container()
face = choose_face()
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    key = choose_compared(shop())
    dimension = choose_grouping(shop()) if face != "periods" else ""
    a, b = choose_members(shop(), filters, dimension) if face == "members" else ((), ())
    other = choose_other_period(shop(), filters) if face == "periods" else None
measured = metric(key)

with card(f"{measured.name}, compared") as compared_card:
    if face == "each":
        each = answer(compared_with_others, filters, key=key, dimension=dimension)
        with headline:
            say_headline(each.headline)
        show_chart(charts.member_differences(each, shop()), "member-differences", each.sentence)
        say(f"{each.sentence} {each.explained} {each.notes}")
        compared_card.explain(each.explained, each.members, filters, measured)
    else:
        groups = {"dimension": dimension, "a": a, "b": b} if face == "members" else {"other": other}
        analysis = compared_members if face == "members" else compared_periods
        compared = answer(analysis, filters, key=key, test=choose_test(measured), **groups)
        with headline:
            say_headline(compared.headline)
        left, right = st.columns([3, 2])
        with left:
            show_chart(charts.group_dots(compared, shop()), "group-values", compared.sentence)
        with right:
            verdict_table(compared, shop())
        say(f"{compared.test}, because {compared.why} {compared.notes}")
        compared_card.explain(compared.explained, compared.table(), filters, measured)
