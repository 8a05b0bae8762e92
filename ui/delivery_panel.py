"""The part of the resources page about delivery: carriers and lanes to try out, the present plan and the best."""

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.descriptive.headline import Headline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import percent, plain
from analytics.prescriptive.assumptions import Carrier, Lane, carried_in_part
from analytics.prescriptive.delivery_network import best_allocation, network_of, quickest
from analytics.prescriptive.delivery_plan import delivery_plan
from analytics.prescriptive.delivery_value import day_in_points, day_value
from analytics.prescriptive.media_data import year_in_view
from analytics.prescriptive.present_delivery import PresentDelivery, carriers_and_lanes, present_delivery
from analytics.prescriptive.resource_advice import delivery_advice
from ui import charts
from ui import resource_tables as tables
from ui.advice import advice_card
from ui.data import answer, assumptions, shop
from ui.measured import carriers_file, course_file, delivery_file, lanes_file
from ui.page import Card, card, said_in_place, say, say_headline, show_chart
from ui.resource_choices import choose_delivery

ASSUMED = (
    "All of this is assumed until you state it: the present carrier at a share of the mean order's value, one quicker "
    "and dearer, one slower and cheaper; {days}. Change it here to try; nothing is stored."
)
ALIKE = (
    "Carriers are as stated in Settings, but not yet what they cost and how long they take: until then all are taken "
    "to be alike, at a share of the mean order's value; {days}. Change it here to try; nothing is stored."
)
OBSERVED, NO_DAYS = "only the present days are from your orders", "no order says its days, so these are assumed, too"
STATED = "As stated in Settings. Change it here to try; nothing is stored."
Network = tuple[tuple[Carrier, ...], tuple[Lane, ...]]


def delivery_panel(filters: Filters, top: DeltaGenerator) -> None:
    """The plan and the tables it rests on; ``top`` is where the page's sentence stands."""
    with said_in_place():
        present = answer(present_delivery, filters, lanes=assumptions().lanes)
        carriers, lanes, stated = carriers_and_lanes(present, assumptions())
        drawn, edited = st.container(), None
        with card("Carriers and lanes") as lane_card:
            edited = _edited(carriers, lanes, present, stated, lane_card, filters)
        if edited is None:  # why the tables cannot be used has been said in their card
            return
        with drawn, said_in_place():
            _plan(filters, present, edited, stated, edited == (carriers, lanes), top)


def _plan(
    filters: Filters, present: PresentDelivery, edited: Network, stated: bool, untouched: bool, top: DeltaGenerator
) -> None:
    worth = tables.told_or_none(day_value, filters)
    points = tables.told_or_none(day_in_points, filters)
    _, margin = tables.known_margins(filters)
    network = network_of(present.regions, present.a_day, *edited)
    ends = quickest(network).days, best_allocation(network, 0.0).days
    whole, most_days = choose_delivery(*ends)
    plan = answer(
        delivery_plan, present=present, carriers=edited[0], lanes=edited[1], worth=worth, margin=margin, points=points,
        stated=stated, whole=whole, most_days=most_days,
    )  # fmt: skip
    with top:
        say_headline(Headline(plain(plan.sentence), ""))
    tables.plan_tiles(plan.tiles)
    say(plan.notes)
    left, right = st.columns([3, 2])
    with left, card("The present plan and the best") as plan_card:
        tables.lane_table(plan, shop())
        say("Now and best: orders a day. Cost and days are those of an order.")
        plan_card.explain(plan.explained, delivery_file(plan, shop()), filters)
    with right, card("What a day less costs") as course_card:
        show_chart(charts.delivery_course(plan, shop()), "delivery-course", plan.sentence)
        say("Below the line no plan of these carriers lies. The present plan need not be on it.")
        course_card.explain(plan.explained, course_file(plan, shop()), filters)
    with card("How full the carriers are") as carrier_card:
        tables.carrier_table(plan)
        say("Days beyond: share of the days of the period on which more would have come than a carrier takes.")
        carrier_card.explain(plan.explained, carriers_file(plan, shop()), filters)
    if untouched and not whole and most_days is None:  # advice is of what is stated alone, not of what is tried out
        _advise(filters)


def _advise(filters: Filters) -> None:
    """By the orders of a year, whatever the period in view: a season does not last the months that advice is for."""
    year = replace(filters, period=year_in_view(shop()).period)
    advices = answer(delivery_advice, year)
    if advices and year.period != filters.period:
        say("Advice goes by the orders of the last year; what stands above, by those of the period in view.")
    for advice in advices:
        advice_card(advice, year)


def _edited(
    carriers: Sequence[Carrier],
    lanes: Sequence[Lane],
    present: PresentDelivery,
    stated: bool,
    drawn: Card,
    filters: Filters,
) -> Network:
    """Both tables as they stand now; what cannot be meant is said, and then the last that could be stands."""
    has_days = bool(np.isfinite(present.days).any())
    assumed = ALIKE if assumptions().carriers else ASSUMED
    told = STATED if stated else assumed.format(days=OBSERVED if has_days else NO_DAYS)
    say(told)
    tables.lead_to_settings("carriers and lanes")
    currency, rows = shop().currency, _rows(lanes)
    left, right = st.columns([1, 2])
    key = zlib.crc32(repr((carriers, lanes)).encode())  # other tables where what they begin with is other
    named = left.data_editor(
        pd.DataFrame({"Carrier": [c.name for c in carriers], "Takes a day": [c.capacity for c in carriers]}),
        hide_index=True, num_rows="dynamic", key=f"carriers-{key}", height="content", placeholder="any",
        column_config={
            "Carrier": st.column_config.TextColumn(required=True),
            "Takes a day": st.column_config.NumberColumn(
                min_value=0, step=1, format="localized", help="Orders at most; empty: any number."
            ),
        },
    )  # fmt: skip
    led = right.data_editor(
        rows, hide_index=True, num_rows="dynamic", key=f"lanes-{key}", height=min(420, 38 + 35 * (len(rows) + 1)),
        placeholder="",
        column_config={
            "Carrier": st.column_config.TextColumn(required=True),
            "Region": st.column_config.SelectboxColumn(options=list(present.regions), required=True),
            "Cost": st.column_config.NumberColumn(
                f"Cost ({currency})", min_value=0.0, format="localized", required=True
            ),
            "Days": st.column_config.NumberColumn(min_value=0.0, format="%.2f", required=True),
            "Now, %": st.column_config.NumberColumn(
                min_value=0.0, max_value=100.0, format="%g",
                help="Share of the region's orders that goes this way now; empty for a whole region: taken from days.",
            ),
        },
    )  # fmt: skip
    drawn.explain(told, lanes_file(rows, shop()), filters)
    return _meant(named, led)


def _rows(lanes: Sequence[Lane]) -> pd.DataFrame:
    found = [(lane.carrier, lane.region, lane.cost, lane.days, _percent(lane.share_now)) for lane in lanes]
    return pd.DataFrame(found, columns=["Carrier", "Region", "Cost", "Days", "Now, %"]).astype({"Now, %": "float64"})


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 6)


def _meant(named: pd.DataFrame, led: pd.DataFrame) -> Network:
    """What the tables hold, as carriers and lanes.

    Raises
    ------
    NotEnoughData : a value that cannot be; the sentence says which.
    """
    try:
        carriers = tuple(
            Carrier(str(name).strip(), None if pd.isna(most) else int(most))
            for name, most in named.itertuples(index=False)
            if not pd.isna(name)
        )
        lanes = tuple(
            Lane(str(carrier).strip(), str(region), float(cost), float(days), None if pd.isna(now) else now / 100)
            for carrier, region, cost, days, now in led.itertuples(index=False)
            if not (pd.isna(carrier) or pd.isna(region))
        )
    except (ValueError, TypeError) as error:
        raise NotEnoughData(f"The tables of carriers and lanes cannot be used: {error}.") from error
    return carriers, _of_known(carriers, lanes)


def _of_known(carriers: tuple[Carrier, ...], lanes: tuple[Lane, ...]) -> tuple[Lane, ...]:
    names = [c.name for c in carriers]
    pairs = [(lane.carrier, lane.region) for lane in lanes]
    if twice := next((n for n in names if names.count(n) > 1), None):
        raise NotEnoughData(f"The carrier {twice} stands twice in the table.")
    if double := next((p for p in pairs if pairs.count(p) > 1), None):
        raise NotEnoughData(f"The lane of {double[0]} to {double[1]} stands twice in the table.")
    if unknown := next((lane.carrier for lane in lanes if lane.carrier not in names), None):
        raise NotEnoughData(f"A lane is of {unknown}, which is none of the carriers in the table.")
    if in_part := carried_in_part(lanes):
        raise NotEnoughData(f"Lanes to {in_part[0]} carry {percent(in_part[1])} of its orders now: make that 100 %.")
    return lanes
