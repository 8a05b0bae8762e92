"""The Anomalies page: what was unusual, where it leads, what goes together; and the marks on the trends."""

import html
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from screen import charts, headings, menus, plain_words, troubles, words

from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders
from ui import data
from ui.unusual_marks import marks_for, prepare_marks

PAGE = "diagnostic/anomalies.py"


@pytest.fixture
def shop_without(stored, tmp_path, use_database) -> Callable[..., str]:
    """A shop in which nothing happens, but that so many of five orders are lost for three days, of a channel or all."""

    def use(of_five: int, *channels: str) -> str:
        orders = random_orders(3, days=200, per_day=120)
        lost = orders["date"].between("2026-06-09", "2026-06-11") & (orders.index % 5 < of_five)
        lost &= orders["channel"].isin(channels or orders["channel"])
        missing = dict.fromkeys(("category", "payment_method", "segment", "age_group"))
        return use_database(stored(orders[~lost].assign(**missing), tmp_path / "outage.db"))

    return use


@pytest.fixture
def outage_url(shop_without) -> str:
    return shop_without(4, "App")


@pytest.fixture
def slump_url(shop_without) -> str:
    return shop_without(3)


def links(page) -> list[tuple[str, dict]]:
    found = [urlsplit(html.unescape(a)) for a in re.findall(r'href="(\./root_cause[^"]*)"', words(page))]
    return [(place.path, parse_qs(place.query)) for place in found]


def test_what_happened_is_listed_and_leads_to_its_root_cause(outage_url, visit):
    opened = visit(PAGE)
    assert not opened.exception
    assert not troubles(opened)
    asked = next(query for _, query in links(opened) if query.get("channel") == ["App"])
    assert asked["days"] == ["2026-06-09", "2026-06-11"]
    assert asked["against"] == ["Usual weeks"]
    led = visit("diagnostic/root_cause.py", **asked)
    assert not led.exception
    assert "Not in this shop's data" not in plain_words(led)


def test_the_chart_marks_the_unusual_days_of_the_farthest_series(outage_url, visit):
    opened = visit(PAGE)
    assert opened.selectbox(key="course").value.endswith("· App")
    traces = {trace["name"]: trace for trace in charts(opened)["unusual-course"]["data"]}
    assert [day[:10] for day in traces["unusual"]["x"]] == ["2026-06-09", "2026-06-10", "2026-06-11"]
    assert "3 days out of the ordinary" in plain_words(opened)


def test_another_series_can_be_drawn_and_its_address_kept(visit, demo_url):
    opened = visit(PAGE, course="Satisfaction · East")
    assert not opened.exception
    assert "Satisfaction · East, " in plain_words(opened)


def test_an_unknown_series_is_dropped_with_a_note(visit, demo_url):
    opened = visit(PAGE, course="Weather · Atlantis")
    assert not opened.exception
    assert "course Weather Atlantis" in re.sub(r"\s+", " ", plain_words(opened))


@pytest.mark.parametrize("where", ["Everywhere", "The whole shop", "Members"])
def test_the_list_can_be_narrowed(where, visit, demo_url):
    opened = visit(PAGE, unusual=where, period="All")
    assert not opened.exception
    assert "Unusual days" in headings(opened)


def test_days_and_orders_go_together(visit, demo_url):
    days = charts(visit(PAGE))["matrix"]["data"][0]
    assert days["y"] == ["Orders", "Average order value", "Satisfaction", "Delivery days"]
    orders = charts(visit(PAGE, together="Orders"))["matrix"]["data"][0]
    assert orders["y"] == ["Score", "Order value"]
    assert orders["z"][0][0] < -0.1, "slow deliveries score badly in the demo"


def test_a_single_day_is_answered(visit, demo_url):
    opened = visit(PAGE, period="Custom", days=["2026-10-20", "2026-10-20"])
    assert not opened.exception
    assert "Too few days with two numbers" in "".join(i.value for i in opened.info)
    assert "unusual-course" in charts(opened)


def test_a_young_shop_says_how_many_days_it_takes(visit, tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders.tail(5), tmp_path / "young.db"))
    opened = visit(PAGE, period="All")
    assert not opened.exception


def test_every_menu_opens(visit, demo_url):
    opened = visit(PAGE, period="All")
    for menu in menus(opened):
        opened.session_state[menu] = True
    assert not opened.run().exception
    assert "Benjamini" in plain_words(opened)


@pytest.mark.parametrize("page", ["overview.py", "descriptive/kpis.py"])
def test_trends_mark_the_unusual_days_of_the_shop_once_they_are_known(page, slump_url, visit):
    def marked(**asked) -> list[str]:
        traces = next(f for key, f in charts(visit(page, **asked)).items() if key.endswith("trend"))["data"]
        return [day[:10] for trace in traces if trace["name"] == "out of the ordinary" for day in trace["x"]]

    outage = {"period": "Custom", "days": ["2026-06-01", "2026-06-20"]}
    assert marked(**outage) == []
    prepare_marks()
    assert marked(**outage) == ["2026-06-09", "2026-06-10", "2026-06-11"]
    assert marked(**outage, region=["North"]) == [], "of a part of the shop it is not known"


def test_marks_of_other_data_are_not_drawn(slump_url, visit, tiny_database, use_database):
    prepare_marks()
    use_database(tiny_database)
    data.pin_version()
    assert marks_for(Filters(Period(date(2026, 8, 1), date(2026, 10, 31)))) is None


def test_a_mark_says_how_unusual_the_day_was(slump_url, visit):
    prepare_marks()
    asked = {"period": "Custom", "days": ["2026-06-01", "2026-06-20"], "metric": "Orders"}
    traces = {t["name"]: t for t in charts(visit("descriptive/kpis.py", **asked))["trend"]["data"]}
    assert re.fullmatch(r"\d\d % below the usual, \d+\.\d standard errors", traces["out of the ordinary"]["text"][0])
