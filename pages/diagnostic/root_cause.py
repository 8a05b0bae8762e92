"""Why it happened: how far beyond chance, where, by what mechanism, since when, and what else happened then."""

import streamlit as st

from analytics.descriptive.events import events_in_view
from analytics.diagnostic.mix_and_rate import mix_and_rate, mix_by_dimension, mix_sentence
from analytics.diagnostic.root_cause import mechanism_by_segment, root_cause, root_cause_headline
from analytics.metrics import metric
from ui import charts
from ui.cause_choices import asked_against, choose_against
from ui.cause_tables import companions_table, mechanisms_table, mixes_table, segments_table
from ui.choices import choose_dimension, choose_metric
from ui.data import answer, shop
from ui.page import card, open_page, said_in_place, say, say_demo, say_headline, show_chart

HOW_WHERE = (
    "Every combination of up to three dimensions is held against everything outside it: by how much more did it move "
    "than the rest? The surest is named, taken out, and the search goes on until chance among so many does as much; "
    "a combination is preferred to what it is a part of only if that is worth naming another dimension. Ranges of "
    "chance take customers as independent of each other. Beyond the rest: what it moved, less what it would have, had "
    "it moved as everything outside it. (Scan statistic, Kulldorff 1997; Adtributor, Bhagwat et al. 2014.)"
)
HOW_BRIDGE = (
    "Revenue = customers × orders per customer × value of an order, + guests' orders × their value, − refunds. The "
    "change of a product is shared out by the logarithmic mean (LMDI-I, Ang 2005), so that the steps add up to it "
    "exactly; where a part was nothing before or after, it takes the product's whole change. Whiskers: what chance "
    "alone does in 95 of 100 cases."
)
HOW_MEMBERS = (
    "A sum's change is that of its members. A mean's is shared out: rate, because a member's own value changed, and "
    "mix, because members that lie higher or lower have another share (midpoints, nothing left over); a member that is "
    "there in one period only is all mix. They add up to the change exactly."
)
HOW_MOMENT = (
    "Eight weeks before the period and the period itself, fitted with a trend, weekdays, known holidays and "
    "promotions, and one change of level, which may end again; every day is tried. Shaded: the days on which it began "
    "in 95 of 100 cases (Bai & Perron 1998)."
)

say_demo()
filters = open_page("Root cause", "Why did it change?")

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    key = choose_metric(shop())
    against = choose_against(filters, shop())
measured = metric(key)

with said_in_place():
    with st.spinner("Looking where it came from"):
        cause = answer(root_cause, filters, key=key, against=against)
    say_headline(root_cause_headline(cause, shop()))

    left, right = st.columns([1, 1])
    with left, card("Where it happened") as where_card:
        where = cause.where
        segments_table(where, filters, asked_against(measured, against), shop())
        say(where.sentence, hint=where.hint)
        where_card.explain(HOW_WHERE, where.table(), filters, metric(where.searched))

    with right, card("By what mechanism") as bridge_card:
        if measured.denominator is None:
            bridge = cause.bridge
            said = bridge.sentence(shop())
            show_chart(charts.waterfall(key, bridge.before, bridge.now, bridge.steps, shop()), "bridge", said)
            say(said)
            bridge_card.explain(HOW_BRIDGE, bridge.steps, filters, measured)
        else:
            mixes = answer(mix_by_dimension, filters, key=key, against=against)
            mixes_table(mixes, key, shop())
            say(mix_sentence(mixes, key, shop()))
            bridge_card.explain(HOW_MEMBERS, mixes, filters, measured)

    left, right = st.columns([3, 2])
    with left, card("Since when") as moment_card:
        moment = cause.moment
        show_chart(charts.moment_lines(moment, shop(), answer(events_in_view, filters)), "moment", moment.sentence)
        say(f"{cause.scope_words()}: {moment.sentence}")
        moment_card.explain(HOW_MOMENT, moment.days, filters, measured)

    with right, card("What else happened then") as companions_card:
        companions = cause.companions_near()
        companions_table(companions)
        say("Known events, and other metrics of the same orders that moved within weeks. Before is not because of.")
        companions_card.explain("Each metric's own change of level, as on the left.", companions, filters)

    left, right = st.columns([1, 1])
    with left, card("Which members") as members_card:
        dimension = choose_dimension(shop())
        shared = answer(mix_and_rate, filters, key=key, dimension=dimension, against=against)
        show_chart(charts.waterfall(key, shared.before, shared.now, shared.steps(), shop()), "members", shared.sentence)
        say(shared.sentence)
        members_card.explain(HOW_MEMBERS, shared.members, filters, measured)

    with right, card("What the segments are made of") as mechanisms_card:
        mechanisms = answer(mechanism_by_segment, filters, scopes=cause.scopes(), key=key, against=against)
        mechanisms_table(mechanisms, key, shop())
        say("What each mechanism brought to the segment's own change; ≈ marks what chance may have done.")
        mechanisms_card.explain(HOW_BRIDGE, mechanisms, filters, measured)
