"""What the coming weeks take: stock of each category, carriers for each region, people for each weekday."""

import streamlit as st

from ui.page import open_page, said_in_place, say_demo
from ui.resource_choices import choose_resource
from ui.resource_panels import PANELS

say_demo()
filters = open_page("Resources", "What do the coming weeks take?")
headline = st.container()
with said_in_place():
    PANELS[choose_resource()](filters, headline)
