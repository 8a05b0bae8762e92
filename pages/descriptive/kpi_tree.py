"""What revenue is made of, what moved it, and how every figure is defined."""

import streamlit as st

from analytics.descriptive.kpi_tree import kpi_dictionary, kpi_tree, leading_kpis
from analytics.descriptive.trends import sparkline_values
from analytics.formats import unmarked
from ui import charts
from ui.data import answer, shop
from ui.exports import readable_table
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.tiles import kpi_tiles
from ui.tree import tree_boxes, what_boxes_say

HOW = (
    "Revenue = customers × orders per customer × value of an order, + guests' orders × their value, − refunds. "
    "The change of a product is shared out among its factors by the logarithmic mean (LMDI-I, Ang 2005), so that the "
    "contributions add up to the change exactly. ±: what chance alone does in 95 of 100 cases, customers taken as "
    "independent of each other; where many are looked at, the probabilities are raised accordingly."
)

say_demo()
filters = open_page("KPI tree", "What is revenue made of, and what moved it?")

with said_in_place():
    say_headline(answer(kpi_tree, filters).headline)

with card("Revenue and its parts") as tree_card:
    tree = answer(kpi_tree, filters)
    tree_boxes(tree, filters, shop())
    say(
        f"{what_boxes_say(tree)}{tree.notes}",
        "Open a box for what it means; an underlined name leads to its course on the KPIs page.",
    )
    tree_card.explain(HOW, tree.table(), filters)

left, right = st.columns([1, 1])
with left, card("What each part brought") as parts_card:
    tree = answer(kpi_tree, filters)
    show_chart(charts.contribution_bars(tree, shop()), "contributions", unmarked(tree.headline.change))
    say("Bars add up to the change in revenue; whiskers: what chance alone does in 95 of 100 cases.")
    parts_card.explain(HOW, tree.table(), filters)

with right, card("What moves before revenue does"):
    leading = answer(leading_kpis, filters)
    kpi_tiles(leading, answer(sparkline_values, filters), shop())
    say("Leading: their change shows in revenue later. That they lead is held to be so, and is not measured here.")

with card("KPI dictionary") as dictionary_card:
    dictionary = answer(kpi_dictionary)
    st.dataframe(readable_table(dictionary, shop())[0], hide_index=True, height=320, placeholder="", key="dictionary")
    dictionary_card.explain("Every metric as it is defined in this program's registry.", dictionary, filters)
