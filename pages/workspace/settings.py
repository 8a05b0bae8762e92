"""What the shop states about itself: advice is made of it."""

import streamlit as st

from ui import data
from ui.page import card, said_in_place, say, say_demo
from ui.settings_panel import (
    FORMS,
    TABLES,
    TITLES,
    margins_table,
    section_form,
    section_table,
    settings_sentence,
    versions_panel,
)
from ui.store_panel import settings_form

st.title("What does advice rest on?", anchor=False)
with said_in_place():
    say(settings_sentence())
    say_demo()

with card("The shop's own facts"):
    settings_form(data.shop())

with card(TITLES["margins"]):
    margins_table(data.shop())

for section in TABLES:
    with card(TITLES[section]):
        section_table(section)

for section in FORMS:
    with card(TITLES[section]):
        section_form(section)

with card("Versions and files"):
    versions_panel()
