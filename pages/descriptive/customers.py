"""Who buys, who comes back, what they are worth: cohorts, RFM, new against returning, concentration, the list."""

import streamlit as st

from analytics.descriptive.cohorts import MEASURES, customer_cohorts
from analytics.descriptive.concentration import RANGE_IN_TRIALS, revenue_concentration
from analytics.descriptive.customer_list import (
    block_of,
    customer_block,
    customer_count,
    customer_page,
    customer_timeline,
)
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.needs import need_customers
from analytics.descriptive.returning import revenue_by_kind
from analytics.descriptive.rfm import TIES, rfm_segments
from analytics.descriptive.trends import sparkline_values
from ui import charts
from ui.customer_choices import (
    choose_bucket,
    choose_cohorts,
    choose_customer,
    choose_list_order,
    choose_page,
    choose_rfm_view,
)
from ui.customer_tables import cohort_table, customer_table, movement_table, orders_table
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart
from ui.tiles import kpi_tiles

say_demo()
filters = open_page("Customers", "Who buys, who comes back, and what are they worth?")

headline = st.container()
with said_in_place():
    kpi_tiles(answer(current_kpis, filters), answer(sparkline_values, filters), shop())
if "customer_key" not in shop().has:
    with said_in_place():
        need_customers(shop())
    st.stop()

with card("Cohorts: who comes back") as cohort_card:
    measure, unit, per, view = choose_cohorts(shop())
    cohorts = answer(customer_cohorts, filters, unit=unit, per=per)
    with headline:
        say_headline(cohorts.headline)
    if view == "Table":
        cohort_table(cohorts, measure, shop())
    else:
        show_chart(charts.cohort_lines(cohorts, measure, shop()), "cohort-lines", cohorts.headline.change)
    say(f"{MEASURES[measure]} in the {unit} of the first order (0) and in each {unit} after. {cohorts.notes}")
    cohort_card.explain(cohorts.explained, cohorts.table(), filters)

left, right = st.columns(2)
with left, card("RFM segments") as rfm_card:
    rfm_view = choose_rfm_view()
    rfm = answer(rfm_segments, filters)
    if rfm_view == "Segments":
        show_chart(charts.rfm_bars(rfm, shop()), "rfm-bars", rfm.sentence)
        say(f"{rfm.sentence} {rfm.notes}")
        rfm_card.explain(TIES, rfm.segments, filters)
    else:
        movement_table(rfm)
        say(f"{rfm.movement_sentence} {rfm.notes}")
        rfm_card.explain(TIES, rfm.movement, filters)

with right, card("How much the best bring") as best_card:
    best = answer(revenue_concentration, filters)
    show_chart(charts.concentration_curve(best, shop(), 400), "concentration", best.sentence)
    say(f"{best.sentence} The further the line from the dotted one, the more hangs on few customers.")
    best_card.explain(f"Revenue in view of customers who ordered, less their refunds in view. {RANGE_IN_TRIALS}",
                      best.curve, filters)  # fmt: skip

with card("New and returning") as kind_card:
    by_kind = answer(revenue_by_kind, filters, unit=choose_bucket())
    show_chart(charts.kind_bars(by_kind, shop()), "kind-bars", by_kind.sentence)
    say(f"{by_kind.sentence} {by_kind.notes}")
    kind_card.explain(by_kind.explained, by_kind.buckets, filters)

with card("All customers") as list_card:
    search, sort, descending = choose_list_order()
    total = answer(customer_count, filters, search=search)
    sheet = choose_page(total)
    order = {"search": search, "sort": sort, "descending": descending}
    block = answer(customer_block, filters, **order, number=block_of(sheet, total))
    page = answer(customer_page, filters, total=total, block=block, page=sheet)
    customer_table(page, shop())
    say(f"{page.sentence} {page.explained}", hint="A press on a heading of the table sorts this page alone.")
    list_card.explain(page.explained_with_files, page.rows, filters)

with card("One customer") as customer_card:
    if customer := choose_customer():
        timeline = answer(customer_timeline, customer=customer)
        show_chart(charts.timeline_stems(timeline, shop()), "timeline", timeline.sentence)
        say(f"{timeline.sentence} Of the whole shop and all time, whatever the filters.")
        orders_table(timeline, shop())
        customer_card.explain("All orders and refunds of this customer.", timeline.orders, filters)
