"""What to do with prices: the moves advised, what they rest on, and a second opinion."""

from dataclasses import replace

import streamlit as st

from analytics.descriptive.headline import Headline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import plain
from analytics.prescriptive.elasticity import Elasticities, elasticities, seen_sentence
from analytics.prescriptive.media_data import year_in_view
from analytics.prescriptive.price_advice import advised_moves
from analytics.prescriptive.price_days import PriceDays, price_days
from analytics.prescriptive.price_moves import PriceMoves, gain_sentence, price_moves
from analytics.prescriptive.price_scores import opinions, price_scores
from ui import charts
from ui import move_tables as tables
from ui.data import answer, shop
from ui.move_advice import advice_cards, lead_to_settings
from ui.move_choices import choose_group, choose_priced
from ui.page import card, said_in_place, say, say_headline, show_chart


def pricing_panel(filters: Filters) -> None:
    """Prices by category or product: what to do, why, and how it would be worth it."""
    place = st.empty()
    with place:
        by = choose_priced()
    with said_in_place():
        prices = answer(price_days, filters, by=by)
        if prices.lacks_categories:
            place.empty()  # products are looked at, which the cards say: there is nothing to choose
        answers = answer(elasticities, prices=prices)
        top, headline = st.container(), st.container()
        moves = None
        with card("What to do with prices") as moves_card:
            moves = answer(price_moves, filters, prices=prices, answers=answers)
            with headline:
                tables.moves_tiles(moves, shop())
            tables.moves_table(moves, _second_opinions(prices), shop())
            if said := tables.moves_note(moves, prices.note):
                say(said)
            moves_card.explain(moves.explained, moves.table, filters)
        with top:
            say_headline(Headline(plain(answers.sentence if moves is None else moves.sentence), ""))
        if moves is not None:
            with said_in_place():
                _advised(by, filters)
        with card("How demand answers to prices") as answers_card:
            show_chart(charts.elasticity_whiskers(answers), "elasticities", answers.sentence)
            say(f"{answers.sentence} At −1, where the line stands, a dearer price leaves revenue as it is.")
            if moves is None and prices.note:
                say(prices.note)
            answers_card.explain(answers.explained, answers.table, filters)
        _one_group(answers, moves, filters)
        with card("A second opinion: what scores say") as scores_card:
            scores = answer(price_scores, prices=prices)
            show_chart(charts.score_whiskers(scores), "scores", scores.sentence)
            say(scores.sentence)
            scores_card.explain(scores.explained, scores.table, filters)
        lead_to_settings("State margins and how far prices may move")


def _advised(by: str, filters: Filters) -> None:
    """By the sales of a year, whatever the period in view: a season does not last the months that advice is for."""
    year = replace(filters, period=year_in_view(shop()).period)
    prices = answer(price_days, year, by=by)
    moves = answer(price_moves, year, prices=prices, answers=answer(elasticities, prices=prices))
    if year.period != filters.period:
        say("Advice goes by the sales of the last year; what stands above, by those of the period in view.")
    advice_cards(answer(advised_moves, moves=moves), filters)


def _second_opinions(prices: PriceDays) -> dict[str, str]:
    """What scores say of each group; nothing where they say nothing, which the card below explains."""
    try:
        return opinions(answer(price_scores, prices=prices))
    except NotEnoughData:
        return {}


def _one_group(answers: Elasticities, moves: PriceMoves | None, filters: Filters) -> None:
    with card("One price closely") as group_card:
        order = [] if moves is None else moves.table["group"].tolist()
        group = choose_group(sorted(answers.seen, key=lambda g: order.index(g) if g in order else 0))
        left, right = st.columns(2)
        with left:
            said = seen_sentence(answers, group)
            show_chart(charts.price_spells(answers, group), "spells", said)
            say(said)
        with right:
            if moves is not None and group in set(moves.curves["group"]):
                said = gain_sentence(moves, group, shop())
                show_chart(charts.gain_line(moves, group, shop()), "gain", said)
                say(said)
            else:
                say("What a move would bring is not shown: the data cannot tell, or what is earned is not known.")
        own = answers.spells[answers.spells["group"] == group]
        group_card.explain(answers.explained, own, filters)
