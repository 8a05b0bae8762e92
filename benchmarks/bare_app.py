"""Five figures and nothing else: what Streamlit itself needs before a first page can stand."""

import streamlit as st

st.set_page_config(page_title="Bare page", layout="wide")
for number, column in enumerate(st.columns(5), 1):
    column.metric(f"Figure {number}", number)
