"""Which models there are, what they said and what came of it, and their cards."""

import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.predictive.states import states_sentence, states_table
from ui import model_panel, model_tables
from ui.model_records import fitted_models
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline
from ui.refits import POLICY

HOW = (
    "Every fit is scored on days that it had not seen, beside the simplest thing that could work on the same days. "
    f"{POLICY}"
)

say_demo()
filters = open_page("Models", "Can the models be trusted?")
say("Models are of the whole shop, or of the members that a page had in view when it asked; the period is their own.")

with said_in_place():
    fitted = fitted_models()
    states = [state for _, state in fitted]
    say_headline(Headline(states_sentence(states), ""))

    with card("What was fitted") as shown:
        if states:
            model_tables.states_table(states)
            shown.explain(HOW, states_table(states), filters)
        say(POLICY)

    with card("Forecasts and what came") as shown:
        model_panel.forecasts_and_what_came(shown, fitted, filters)

    left, right = st.columns(2)
    with left, card("Churn: said and seen") as shown:
        model_panel.churn_said_and_seen(shown, fitted, filters)
    with right, card("Customer value: said and brought") as shown:
        model_panel.value_said_and_brought(shown, fitted, filters)

    left, right = st.columns(2)
    with left, card("Are customers still those it learnt from?") as shown:
        model_panel.customers_then_and_now(shown, fitted, filters)
    with right, card("Model card"):
        model_panel.model_card_to_read(fitted)
