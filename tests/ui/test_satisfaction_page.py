"""The satisfaction page: the answer on top, choices in the address, and what it says where something is missing."""

import pandas as pd
import pytest
from screen import charts, charts_alternative, headings, plain_words, words

from analytics.descriptive.kpis import current_kpis
from analytics.diagnostic.on_time import usual_promise
from analytics.diagnostic.satisfaction_headline import satisfaction_level
from analytics.filters import Filters
from ui import data

PAGE = "diagnostic/satisfaction.py"
CARDS = [
    "What moves the score",
    "Delivery days and the score",
    "How closely they go together",
    "Delivered on time",
    "How long delivery takes, by region",
    "Delivery and coming back",
]
WHOLE = {"period": "All"}


def notes(page) -> str:
    return "".join(c.value for c in page.sidebar.caption if "left out" in c.value)


def test_the_page_says_what_moves_the_score_and_what_a_day_less_is_worth(visit, demo_url):
    opened = visit(PAGE, **WHOLE)
    assert not opened.exception
    assert headings(opened) == CARDS
    said = plain_words(opened)
    assert "What moves it most is **delivery**: each day later −0." in said
    assert "One day less on every order would go with +0." in said
    assert said.count("not proof of cause") == 1


def test_the_headline_holds_the_change_against_chance(demo_url):
    shop = data.shop()
    view = Filters(shop.days, compare="none")
    headline = data.answer(satisfaction_level, view)
    value = data.answer(current_kpis, view).figures.loc["satisfaction", "value"]
    assert headline.change == f"Satisfaction was **{value:.2f}** of 5."


@pytest.mark.parametrize(
    ("choice", "chart"),
    [
        ({"effect": "Share of 4–5"}, "effects"),
        ({"effect": "Odds"}, "effects"),
        ({"effect": "Check"}, "limits"),
        ({"response": "Share of 4–5"}, "dose"),
        ({"slopes": "Category"}, "day-costs"),
        ({"promise": "4"}, "on-time"),
        ({"delivered": "Category"}, "spread"),
        ({"again": "180 days"}, "again-dots"),
    ],
)
def test_a_choice_in_the_address_takes_effect_without_a_note(choice, chart, visit, demo_url):
    untouched, opened = visit(PAGE, **WHOLE), visit(PAGE, **WHOLE, **choice)
    assert not opened.exception
    assert not notes(opened)
    assert chart in charts(opened)
    assert charts(opened)[chart] != charts(untouched).get(chart)


def test_a_choice_that_there_is_not_is_left_out_with_a_note(visit, demo_url):
    for name in ("effect", "response", "slopes", "promise", "delivered", "again"):
        assert f"{name} Nonsense" in notes(visit(PAGE, **{name: "Nonsense"}))


@pytest.mark.parametrize("promise", ["-3", "10000", "1e3", "nan", ""])
def test_a_promise_that_cannot_be_is_that_of_the_shop(promise, visit, demo_url):
    opened = visit(PAGE, **WHOLE, promise=promise)
    assert not opened.exception
    usual = data.answer(usual_promise).usual
    assert f"came within {usual} days" in plain_words(opened)


def test_the_promise_moves_the_share_on_time_and_who_is_late(visit, demo_url):
    short, long = (plain_words(visit(PAGE, **WHOLE, promise=days)) for days in ("3", "8"))
    assert "came within 3 days" in short
    assert "ordered again within 90 days where the first order came within 3 days" in short
    assert "came within 8 days" in long


def test_effects_are_drawn_with_their_reference(visit, demo_url):
    opened = visit(PAGE, **WHOLE)
    names = charts(opened)["effects"]["layout"]["yaxis"]["ticktext"]
    assert "<b>Delivery days</b>" in names
    assert any(name.startswith("<b>Region, against ") for name in names)
    assert "Each day later: the odds of a better score" in charts_alternative(opened)["effects"]


def test_a_shop_without_scores_and_days_says_what_to_add(visit, tiny_orders, stored, tmp_path, use_database):
    bare = tiny_orders.assign(satisfaction_score=None, delivery_days=None)
    use_database(stored(bare, tmp_path / "bare.db"))
    opened = visit(PAGE)
    assert not opened.exception
    assert "carry neither scores nor delivery days" in plain_words(opened)
    assert headings(opened) == []


def test_a_shop_with_delivery_days_alone_is_told_of_delivery(visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders.assign(satisfaction_score=None), tmp_path / "days.db"))
    opened = visit(PAGE, **WHOLE)
    assert not opened.exception
    assert {"on-time", "spread", "again-dots"} <= set(charts(opened))
    assert "carry no scores: import a file that has them" in plain_words(opened)


def test_a_shop_with_scores_alone_is_told_what_else_moves_them(visit, demo_orders, stored, tmp_path, use_database):
    use_database(stored(demo_orders.assign(delivery_days=None), tmp_path / "scores.db"))
    opened = visit(PAGE, **WHOLE)
    assert not opened.exception
    assert set(charts(opened)) == {"effects"}
    assert "carry no delivery days: import a file that has them" in plain_words(opened)


def test_few_orders_are_refused_card_by_card(visit, tiny_database, use_database):
    use_database(tiny_database)
    opened = visit(PAGE, **WHOLE)
    assert not opened.exception
    said = plain_words(opened)
    assert "Satisfaction was **3.83** of 5" in said, "23 points of 6 orders"
    assert "Only 6 orders in view were scored: at least 100 are needed" in said
    assert "Only 6 deliveries in view: at least 20 are needed" in said
    assert set(charts(opened)) == {"spread"}


def test_refunds_change_nothing_on_the_page(visit, demo_orders, stored, tmp_path, use_database):
    shown = []
    refunds = demo_orders.head(300).assign(
        transaction_id=[f"R{i}" for i in range(300)], revenue=-1.0, satisfaction_score=1, delivery_days=60
    )
    for name, orders in (("without", demo_orders), ("with", pd.concat([demo_orders, refunds]))):
        use_database(stored(orders, tmp_path / f"{name}.db"))
        shown.append(charts(visit(PAGE, **WHOLE)))
    assert shown[0]["dose"] == shown[1]["dose"]
    assert shown[0]["on-time"] == shown[1]["on-time"]
    assert shown[0]["again-dots"] == shown[1]["again-dots"]


def test_names_of_members_are_text_in_every_chart(visit, demo_orders, stored, tmp_path, use_database):
    hostile = demo_orders.replace({"region": {"North": '<img src=x onerror="alert(1)">', "South": "<b>out</b>"}})
    use_database(stored(hostile, tmp_path / "hostile.db"))
    opened = visit(PAGE, **WHOLE, slopes="Region")
    assert not opened.exception
    for key in ("effects", "day-costs", "on-time", "spread"):
        figure = charts(opened)[key]
        texts = [*figure["layout"]["yaxis"]["ticktext"], *(t for d in figure["data"] for t in d.get("hovertext", []))]
        assert texts
        for text in texts:
            assert "<img" not in text
            assert "<b>out" not in text
    assert "<img" not in words(opened).replace("&lt;img", "")
