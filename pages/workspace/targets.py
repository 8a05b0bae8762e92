"""What the shop wants to reach, and how far it is."""

import streamlit as st

from ui.data import shop
from ui.page import card, say, say_demo
from ui.target_panel import target_files, target_form, target_table

say_demo()
st.title("What do we want to reach?", anchor=False)
say("Targets of months, quarters and years, of the whole shop or of one member; whatever the filters are set to.")

with card("Targets and how they stand"):
    target_table(shop())

with card("Set a target"):
    target_form(shop())

with card("Targets as files"):
    target_files()
