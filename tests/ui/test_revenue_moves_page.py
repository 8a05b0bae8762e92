"""The page of revenue moves: every part and choice draws, the address is followed, and trouble is said in place."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from screen import charts, headings, links, plain_words, troubles, unescaped

from analytics.prescriptive.elasticity import elasticities
from analytics.prescriptive.pairs import PAIRED, WITHIN, pairs
from analytics.prescriptive.price_days import PRICED, price_days
from analytics.prescriptive.price_moves import price_moves
from ui import data
from ui.move_choices import MOVES

PAGE = "prescriptive/revenue_moves.py"
PRICING = {
    "What to do with prices",
    "How demand answers to prices",
    "One price closely",
    "A second opinion: what scores say",
}
NO_FIGURES = ("nan", "None ", "inf ", "NaT")


def left_out(page) -> str:
    return "".join(c.value for c in page.sidebar.caption)


def test_all_cards_of_prices_draw_and_a_sentence_stands_on_top(visit, demo_url):
    opened = visit(PAGE)
    assert not opened.exception
    assert not troubles(opened)
    assert set(headings(opened)) >= PRICING
    assert set(charts(opened)) == {"elasticities", "spells", "gain", "scores"}
    assert "contribution margin a month" in opened.markdown[0].value
    said = plain_words(opened)
    assert not [word for word in NO_FIGURES if f" {word}" in said or f">{word}" in said]


@pytest.mark.parametrize("move", MOVES)
def test_every_part_is_drawn_by_its_address(move, visit, demo_url):
    opened = visit(PAGE, move=move)
    assert not opened.exception
    assert not troubles(opened)
    assert "left out" not in left_out(opened)
    assert opened.title[0].value.endswith("?")


@pytest.mark.parametrize("priced", PRICED.values())
def test_the_figures_are_those_of_the_analysis(priced, visit, demo_url):
    opened = visit(PAGE, priced=priced)
    filters = opened.session_state["_filters"]
    by = {name: key for key, name in PRICED.items()}[priced]
    data.pin_version()
    prices = data.answer(price_days, filters, by=by)
    answers = data.answer(elasticities, prices=prices)
    moves = data.answer(price_moves, filters, prices=prices, answers=answers)
    said = plain_words(opened)
    assert moves.sentence in said
    assert answers.sentence in said
    best = moves.table.iloc[0]
    assert best["group"] in said
    assert ("gain" in charts(opened)) == (len(moves.curves) > 0) == (priced == "Category")
    if len(moves.curves):
        drawn = charts(opened)["gain"]["data"][2]
        assert max(drawn["y"]) == pytest.approx(moves.curves[moves.curves["group"] == best["group"]]["gain"].max())


def test_one_price_is_chosen_by_the_address_and_a_bad_one_is_dropped(visit, demo_url):
    assert "Beauty:" in plain_words(visit(PAGE, group="Beauty"))
    opened = visit(PAGE, group="<b>nothing</b>", priced="Colour")
    assert not opened.exception
    assert "priced" in left_out(opened)


def test_without_categories_there_is_no_choice_between_them_and_products(visit, shop):
    with closing(sqlite3.connect(shop)) as opened, opened:
        opened.execute("UPDATE order_lines SET category = NULL")
        opened.execute("UPDATE transactions SET category = NULL")
        opened.execute("UPDATE settings SET value = 'without' WHERE key = 'token'")  # no answer of the demo stands
    page = visit(PAGE)
    assert "No line states a category: products are looked at." in plain_words(page)
    assert "move" in chosen_among(page)
    assert "priced" not in chosen_among(page)
    assert not page.exception


def chosen_among(page) -> list[str]:
    """The keys of the choices of few that the page shows."""
    return [group.key for group in page.main.get("button_group")]


def test_the_best_moves_can_be_planned_and_opened_as_scenarios(visit, demo_url):
    opened = visit(PAGE)
    assert links(opened, "Open as scenario")
    assert "Put on the action board" in [button.label for button in opened.button]


@pytest.mark.parametrize("within", WITHIN.values())
@pytest.mark.parametrize("paired", PAIRED.values())
def test_every_choice_of_pairs_draws(paired, within, visit, demo_url):
    opened = visit(PAGE, move="Cross-sell", paired=paired, within=within)
    assert not opened.exception
    assert not troubles(opened)
    assert "left out" not in left_out(opened)
    keys = {name: key for key, name in PAIRED.items()}, {name: key for key, name in WITHIN.items()}
    data.pin_version()
    asked = {"by": keys[0][paired], "days": keys[1][within]}
    found = data.answer(pairs, opened.session_state["_filters"], **asked)
    assert found.sentence in plain_words(opened)
    assert ("pairs" in charts(opened)) == (len(found.beyond) > 0)


def test_an_advice_in_filters_says_of_which_part_of_the_shop_it_is(visit, demo_url):
    def advised(**asked) -> list[str]:
        return [heading for heading in headings(visit(PAGE, **asked)) if heading.startswith(("Raise", "Lower"))]

    assert advised() and not [title for title in advised() if title.endswith(")")]
    parts = {member: advised(region=[member]) for member in data.shop().members["region"]}
    assert any(parts.values())
    assert all(title.endswith(f"({member})") for member, titles in parts.items() for title in titles)


def test_the_list_is_searched_turned_over_and_priced_by_the_address(visit, demo_url):
    opened = visit(PAGE, move="Cross-sell")
    first = opened.dataframe[0].value
    assert len(first) == 15
    second = visit(PAGE, move="Cross-sell", sheet="2").dataframe[0].value
    assert not set(first["customer_id"]) & set(second["customer_id"])
    one = second["customer_id"].iloc[0]
    assert visit(PAGE, move="Cross-sell", search=one).dataframe[0].value["customer_id"].tolist() == [one]
    more = visit(PAGE, move="Cross-sell", brought="40").dataframe[0].value
    assert more["expected"].iloc[0] > first["expected"].iloc[0]
    assert "Nobody on the list" in unescaped(visit(PAGE, move="Cross-sell", search="zzz").info[0].value)


def test_offers_are_shown_beside_what_sells_best(visit, demo_url):
    opened = visit(PAGE, move="Cross-sell")
    assert "Would such offers have met a demand?" in headings(opened)
    said = plain_words(opened)
    assert "The best-selling thing they lacked" in said or "are needed to tell" in said


def test_the_rows_of_the_file_are_made_when_they_are_asked_for(visit, demo_url):
    opened = visit(PAGE, move="Cross-sell")
    shown = next(card for card in opened.session_state["_shown"].cards if card.heading == "Whom to offer what")
    assert callable(shown.tables[-1].table)
    rows, _ = shown.tables[-1].readable(data.shop())
    assert len(rows) > 15


@pytest.mark.parametrize("move", ["Pricing", "Cross-sell"])
def test_filters_narrow_what_is_learnt_and_keep_their_sentence(move, visit, demo_url):
    whole, north = visit(PAGE, move=move), visit(PAGE, move=move, region=["North"])
    assert not north.exception
    assert not troubles(north)
    assert "North · all segments" in plain_words(north)
    assert whole.markdown[0].value != north.markdown[0].value


@pytest.mark.parametrize("move", ["Pricing", "Cross-sell"])
def test_a_shop_without_order_lines_is_told_what_to_add(move, visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders, tmp_path / "bare.db"))
    opened = visit(PAGE, move=move)
    assert not opened.exception
    assert not troubles(opened)
    assert "lines of orders" in unescaped(opened.info[0].value)


@pytest.mark.parametrize("move", ["Pricing", "Cross-sell"])
def test_an_empty_database_says_so(move, visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders.head(0), tmp_path / "empty.db"))
    assert not visit(PAGE, move=move).exception


def test_a_filter_of_categories_shows_those_alone(visit, demo_url):
    opened = visit(PAGE, category=["Beauty"])
    assert not opened.exception
    table = next(c for c in opened.session_state["_shown"].cards if c.heading == "What to do with prices").tables[-1]
    assert pd.unique(table.table["group"]).tolist() == ["Beauty"]
