"""What the shop knows of its days, so that trends show it and alerts expect it."""

import streamlit as st

from ui.data import shop
from ui.event_panel import event_files, event_form, event_table
from ui.page import card, say, say_demo

say_demo()
st.title("Which days are not like others?", anchor=False)
say(
    "Trends shade every event. Holidays and promotions are part of what alert rules expect, from the next day judged; "
    "alerts found before stay."
)

with card("Events"):
    event_table(shop())

with card("Add an event"):
    event_form(shop())

with card("Events as files"):
    event_files(shop())
