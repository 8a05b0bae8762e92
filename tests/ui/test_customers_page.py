"""The customers page: every choice draws, choices come from the address, trouble is said in place."""

import re

import pandas as pd
import pytest
from screen import charts, headings, menus, plain_words, troubles, unescaped, words

from analytics.descriptive.cohorts import MEASURES
from analytics.descriptive.customer_list import COLUMNS
from analytics.shop import DIMENSIONS

CUSTOMERS = "descriptive/customers.py"


def said(page) -> str:
    return unescaped("\n".join(i.value for i in page.info))


def test_all_cards_draw_and_a_sentence_stands_on_top(visit, demo_url):
    opened = visit(CUSTOMERS)
    assert not opened.exception
    assert len(headings(opened)) == 6
    assert {"rfm-bars", "concentration", "kind-bars"} <= set(charts(opened))
    assert "customers who first ordered" in opened.markdown[0].value
    assert "100 %" in words(opened)


@pytest.mark.parametrize("rows", ["When they joined", *DIMENSIONS.values()])
@pytest.mark.parametrize("view", ["Table", "Curves"])
def test_cohorts_draw_for_every_choice(rows, view, visit, demo_url):
    for measure in MEASURES.values():
        opened = visit(CUSTOMERS, **{"rows": rows, "as": view, "cohort": measure, "every": "Quarter"})
        assert not opened.exception
        assert not troubles(opened)
        assert "left out" not in "".join(c.value for c in opened.sidebar.caption)
        assert ("cohort-lines" in charts(opened)) == (view == "Curves")


def test_movement_and_weeks_come_from_the_address(visit, demo_url):
    opened = visit(CUSTOMERS, rfm="Movement", bars="Week")
    assert not opened.exception
    assert "From ↓ to →" in words(opened)
    assert len(charts(opened)["kind-bars"]["data"][0]["x"]) > 10


def test_the_list_is_sorted_searched_and_paged_by_the_address(visit, demo_url):
    falling = visit(CUSTOMERS, sort=COLUMNS["orders"])
    numbers = falling.dataframe[0].value["orders"].tolist()
    assert numbers == sorted(numbers, reverse=True)
    rising = visit(CUSTOMERS, sort=COLUMNS["orders"], order="Rising", sheet="2")
    assert "Customers 26 to 50 of" in plain_words(rising)
    wanted = falling.dataframe[0].value["customer_id"].iloc[0]
    assert visit(CUSTOMERS, search=wanted.lower()).dataframe[0].value["customer_id"].tolist() == [wanted]


def test_a_customer_in_the_address_is_opened(visit, demo_url, demo_orders):
    chosen = demo_orders["customer_id"].value_counts().idxmax()
    opened = visit(CUSTOMERS, customer=chosen)
    theirs = demo_orders[demo_orders["customer_id"] == chosen]
    assert sum(charts(opened)["timeline"]["data"][0]["y"]) == pytest.approx(theirs["revenue"].sum())
    assert len(opened.dataframe[-1].value) == len(theirs)


@pytest.mark.parametrize("customer", ["<script>alert(1)</script>", "![x](http://evil.example/a.png)", "' OR 1=1 --"])
def test_an_unknown_customer_is_said_in_the_card_and_as_text(customer, visit, demo_url):
    opened = visit(CUSTOMERS, customer=customer, search=customer)
    assert not opened.exception
    assert "is by a customer" in said(opened)
    assert not re.search(r"(?<!\\)\]\s*\(|(?<!\\)<script", "".join(i.value for i in opened.info))


def test_a_page_of_the_list_that_is_not_there_is_the_last(visit, demo_url):
    opened = visit(CUSTOMERS, sheet="99999")
    assert not opened.exception
    assert not troubles(opened)


def test_guests_alone_are_told_once_what_to_add(visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders.assign(customer_id=None), tmp_path / "guests.db"))
    opened = visit(CUSTOMERS)
    assert not opened.exception
    assert said(opened).count("customer id or e-mail address") == 1
    assert not headings(opened)


def test_a_shop_of_one_day_and_one_customer_says_what_is_missing(visit, tiny_orders, stored, tmp_path, use_database):
    one = tiny_orders.assign(customer_id="C1", date="2026-10-31")
    use_database(stored(one, tmp_path / "one.db"))
    opened = visit(CUSTOMERS, period="All")
    assert not opened.exception
    assert not troubles(opened)
    assert "Only 1 customer has ordered here" in said(opened)
    assert "Only 1 customer ordered in view" in said(opened)


def test_every_menu_explains_its_card(visit, demo_url, demo_orders):
    opened = visit(CUSTOMERS, customer=demo_orders["customer_id"].dropna().iloc[0])
    assert len(menus(opened)) == len(headings(opened))
    for menu in menus(opened):
        opened.session_state[menu] = True
        opened.run()
        assert not opened.exception, menu
        assert "data to" in plain_words(opened)


def test_a_member_of_few_customers_has_no_line_of_leaps(visit, tiny_orders, stored, tmp_path, use_database):
    """One customer of two who came back would be 50 %."""
    early = [f"2026-0{1 + i // 31 * 2}-{1 + i % 27:02d}" for i in range(60)]
    orders = pd.concat([tiny_orders.iloc[[0]]] * 60, ignore_index=True).assign(
        transaction_id=[f"T{i}" for i in range(60)],
        customer_id=[f"C{i % 31}" for i in range(60)],
        date=pd.to_datetime(early),
        region=["North" if i % 31 else "South" for i in range(60)],
    )
    use_database(stored(orders, tmp_path / "few.db"))
    figure = charts(visit(CUSTOMERS, rows="Region", **{"as": "Curves"}, period="All"))["cohort-lines"]
    points = {trace["name"]: len(trace["x"]) for trace in figure["data"]}
    above = figure["layout"]["annotations"][0]["text"]
    assert points["North"] > 0
    assert points["South"] == 0
    assert "North" in above
    assert "South" not in above
    assert "drawn from 10 customers on" in above
