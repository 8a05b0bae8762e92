"""Whose orders these are, how good they are, and how to bring your own."""

from datetime import date

import streamlit as st

from analytics.descriptive.quality import data_quality
from ui import data
from ui.import_panel import import_panel, show_job
from ui.page import card, said_in_place, say, say_demo
from ui.store_panel import imports_panel, quality_table, settings_form, shop_facts_text, way_back

st.title("Which orders are these, and how good are they?", anchor=False)
readable = data.fault() is None
filled = readable and data.has_orders()  # what is wrong otherwise is said above, with the filters
with said_in_place():
    if filled:
        say(shop_facts_text(data.shop()))
        say_demo()

show_job()

with card("Bring your own orders"):
    import_panel()

if filled:
    with card("How good the data are"):
        quality_table(data.answer(data_quality, on=date.today()))

if readable:
    with card("Imports and rejected rows"):
        imports_panel(data.imports())

if filled:
    with card("The shop's own facts"):
        settings_form(data.shop())

if readable:
    with card("Demo data and your own"):
        way_back(data.is_demo())
