"""What goes together, whom to offer what, and what that is worth."""

from dataclasses import replace
from functools import partial

import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import plain
from analytics.prescriptive.cross_sell import advised_offers, counted_on, cross_sell_defaults, offer_worth
from analytics.prescriptive.next_offers import (
    LONGEST_SEARCH,
    PAGE_ROWS,
    NextOffers,
    next_offer_page,
    next_offer_rows,
    next_offers,
)
from analytics.prescriptive.offers_tested import OffersTested, offers_tested
from analytics.prescriptive.pairs import pairs
from ui import charts
from ui import pair_tables as tables
from ui.bound import page_of_list, search_box
from ui.data import answer, shop
from ui.move_advice import advice_cards, lead_to_settings
from ui.move_choices import choose_offer_terms, choose_pairs
from ui.page import card, said_in_place, say, say_headline, show_chart


def cross_sell_panel(filters: Filters) -> None:
    """Pairs of products or categories, the best next offer of each customer, and its expected margin."""
    by, days = choose_pairs()
    with said_in_place():
        found = answer(pairs, filters, by=by, days=days)
        say_headline(Headline(plain(found.sentence), ""))
        with card("What goes together") as pairs_card:
            if len(found.beyond):
                show_chart(charts.pair_whiskers(found), "pairs", found.sentence)
                tables.pairs_table(found)
            say(found.note)
            pairs_card.explain(found.explained, found.table, filters)
        offers, tested = None, _tested(filters, by, days)
        with card("Whom to offer what") as offers_card:
            offers = answer(next_offers, filters, pairs=found)
            defaults = answer(cross_sell_defaults, offers=offers)
            terms = choose_offer_terms(defaults, shop())
            worth = answer(offer_worth, offers=offers, share=terms[0], cost=terms[1], tested=tested)
            tables.worth_tiles(worth, shop())
            say(f"{worth.sentence} {defaults.said}")
            came = counted_on(tested)
            _list_of_offers(offers, *terms, came)
            rows = partial(next_offer_rows, offers, *terms, came=came)
            offers_card.explain(f"{offers.explained} {worth.explained}", rows, filters)
        if offers is not None:
            advice_cards(
                answer(advised_offers, offers=offers, tested=tested) if tested else (), replace(filters, category=())
            )
        with card("Would such offers have met a demand?") as tested_card:
            tested = answer(offers_tested, filters, by=by, days=days)
            tables.tested_table(tested)
            say(tested.sentence)
            tested_card.explain(tested.explained, tested.table, filters)
        lead_to_settings("State margins and what offers cost")


def _tested(filters: Filters, by: str, days: int) -> OffersTested | None:
    """Such offers held against the past; None where that cannot be: the card of it says why."""
    try:
        return answer(offers_tested, filters, by=by, days=days)
    except NotEnoughData:
        return None


def _list_of_offers(offers: NextOffers, share: float, cost: float, came: float) -> None:
    search = search_box(LONGEST_SEARCH)
    with said_in_place():
        rows = next_offer_rows(offers, share, cost, search, came)
        sheet = page_of_list(max(1, -(-len(rows) // PAGE_ROWS)))
        tables.offers_table(next_offer_page(offers, share, cost, search, sheet, came), sheet, shop())
        st.caption(f"{offers.customers:,} customers have an offer; the file holds those listed.")
