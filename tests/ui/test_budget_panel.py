"""The channel budget of the revenue moves: choices draw, the address is followed, trouble is a sentence."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from screen import charts, headings, plain_words, troubles

from analytics.filters import Filters
from analytics.periods import DAYS_A_MONTH
from analytics.prescriptive.budget import budget_plan
from analytics.prescriptive.media_data import year_in_view
from analytics.prescriptive.media_response import media_response
from ui import data
from ui.budget_choices import WAYS
from warehouse.writing import writing

PAGE = "prescriptive/revenue_moves.py"
PANEL = "Channel budget"
CARDS = {
    "How to split the budget",
    "What each channel's spend brings",
    "Beside simple splits",
    "What to test next",
}


def respent(path: Path, spend: pd.DataFrame | None) -> None:
    """Put other spend in the place of the shop's; none of it for None."""
    with writing(path) as opened:
        opened.execute("DELETE FROM marketing_spend")
        if spend is not None:
            rows = spend[["date", "channel", "spend"]].itertuples(index=False, name=None)
            opened.executemany("INSERT INTO marketing_spend (date, channel, spend) VALUES (?, ?, ?)", rows)


def booked(path: Path) -> pd.DataFrame:
    with closing(sqlite3.connect(path)) as opened:
        return pd.read_sql_query("SELECT date, channel, spend FROM marketing_spend", opened)


@pytest.fixture
def plan(demo_url):
    data.pin_version()
    return data.answer(budget_plan, year_in_view(data.shop()))


def test_all_cards_draw_and_the_plan_stands_on_top(visit, plan):
    opened = visit(PAGE, move=PANEL)
    assert not opened.exception
    assert not troubles(opened)
    assert set(headings(opened)) >= CARDS
    assert "response" in charts(opened)
    assert plan.sentence.split(":")[0] in plain_words(opened)
    assert "nan" not in plain_words(opened).lower().replace("finance", "")


def test_the_curves_pass_through_the_marks(visit, plan):
    traces = charts(visit(PAGE, move=PANEL))["response"]["data"]
    marks = [t for t in traces if t.get("name") == "as proposed"]
    assert [m["x"][0] for m in marks] == pytest.approx(plan.table["proposed"].tolist())


@pytest.mark.parametrize("way", WAYS.values())
@pytest.mark.parametrize("budget", ["9000", "40000"])
def test_budget_and_way_follow_the_address(way, budget, visit, demo_url):
    opened = visit(PAGE, move=PANEL, spend=way, budget=budget)
    assert not opened.exception
    assert not troubles(opened)
    assert "left out" not in "".join(c.value for c in opened.sidebar.caption)
    data.pin_version()
    spend_all = way == WAYS[True]
    asked = data.answer(budget_plan, year_in_view(data.shop()), total=float(budget), spend_all=spend_all)
    assert asked.binding in plain_words(opened)
    assert asked.total == pytest.approx(float(budget)) if spend_all else asked.total <= float(budget) + 0.01


@pytest.mark.parametrize("budget", ["lots", "-5", "nan", "1e40"])
def test_a_budget_that_is_none_is_as_if_it_were_not_asked(budget, visit, plan):
    opened = visit(PAGE, move=PANEL, budget=budget)
    assert not opened.exception
    assert not troubles(opened)
    assert set(headings(opened)) >= CARDS


def test_no_budget_is_a_sentence_and_the_test_is_still_proposed(visit, demo_url):
    opened = visit(PAGE, move=PANEL, budget="0")
    assert not opened.exception
    assert "A budget of 0 leaves nothing to split" in plain_words(opened)
    assert "What to test next" in headings(opened)


def test_filters_are_said_not_to_matter_and_do_not(visit, plan):
    opened = visit(PAGE, move=PANEL, region="North")
    assert "whatever the filters" in plain_words(opened)
    assert plan.binding in plain_words(opened)


def test_a_shop_without_spend_says_what_to_add(visit, shop):
    respent(shop, None)
    opened = visit(PAGE, move=PANEL)
    assert not opened.exception
    assert "add a table marketing_spend with date, channel and spend" in plain_words(opened)


def test_spend_that_never_changed_is_said_to_tell_nothing(visit, shop):
    respent(shop, booked(shop).assign(spend=100.0))
    opened = visit(PAGE, move=PANEL)
    assert not opened.exception
    assert "cannot be told from these data: spend hardly ever changed" in plain_words(opened)
    assert headings(opened) == ["What to test next"]


def test_names_that_no_orders_carry_are_held_against_all(visit, shop):
    spend = booked(shop)
    respent(shop, spend.assign(channel=spend["channel"].map(lambda name: f"{name} ads <b>")))
    opened = visit(PAGE, move=PANEL)
    assert not opened.exception
    assert not troubles(opened)
    assert "What to test next" in headings(opened)
    data.pin_version()
    media = data.answer(media_response, Filters(year_in_view(data.shop()).period))
    assert media.one_for_all


def test_spend_on_one_channel_has_no_split_but_an_amount(visit, shop):
    spend = booked(shop)
    respent(shop, spend[spend["channel"] == "Mobile app"])
    opened = visit(PAGE, move=PANEL, spend=WAYS[False])
    assert not opened.exception
    assert not troubles(opened)
    data.pin_version()
    media = data.answer(media_response, Filters(year_in_view(data.shop()).period))
    assert media.channels == ("Mobile app",)
    assert media.present.sum() * DAYS_A_MONTH > 0


def test_an_empty_database_is_said(visit, empty_database, use_database):
    use_database(empty_database)
    opened = visit(PAGE, move=PANEL)
    assert not opened.exception
