"""What the very first visitor sees while the demo shop is built."""

import streamlit as st

from ui import data
from ui.page import said_in_place


def build_with_progress() -> None:
    """Build the demo database where there is none, showing what is being done; then draw the page anew."""
    with st.container(border=True):
        st.markdown("##### Building the demo shop")
        bar = st.progress(0.0, "Simulating two years of orders")
        with said_in_place():
            data.build_demo(lambda share, doing: bar.progress(min(share, 1.0), doing))
    if not data.is_missing():  # else what stood in the way has been said, and asking again would not help
        st.rerun()
