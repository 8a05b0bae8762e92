"""A public experiment beside the shop's own: what one shows, and how large its groups have to be."""

import streamlit as st

from analytics.formats import money, percent
from analytics.prescriptive.public_experiment import CURRENCY, NAME, SOURCE, public_lifts, public_sentence
from ui.charts.remembered import remembered
from ui.figures import figure_table
from ui.page import say


def public_example() -> None:
    """Folded below what campaigns of the shop showed, or in place of it."""
    with st.expander("A public experiment as an example"):
        st.html(_table())
        say(_sentence())
        st.link_button(f"The data: {NAME}", SOURCE, icon=":material/open_in_new:", type="tertiary")


@remembered
def _sentence() -> str:
    return public_sentence()


@remembered
def _table() -> str:
    heads = ("Group", "Customers", "Bought", "Revenue each", "More than without", "t")
    rows = [
        (
            row["arm"],
            f"{row['customers']:,}",
            (percent(row["bought"], 2), f"{percent(row['bought_control'], 2)} without"),
            (money(row["revenue"], CURRENCY), f"{money(row['revenue_control'], CURRENCY)} without"),
            (
                money(row["revenue_lift"], CURRENCY),
                f"{money(row['revenue_low'], CURRENCY)} to {money(row['revenue_high'], CURRENCY)}",
            ),
            f"{row['t']:.2f}",
        )
        for row in public_lifts().to_dict("records")
    ]
    return figure_table(heads, rows)
