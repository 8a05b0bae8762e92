"""The Root cause page: its figures are the orders', its choices are in the address, its links lead on."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from screen import charts, headings, plain_words, troubles, words

from analytics.metrics import METRICS

PAGE = "diagnostic/root_cause.py"
CARDS = [
    "Where it happened",
    "By what mechanism",
    "Since when",
    "What else happened then",
    "Which members",
    "What the segments are made of",
]


@pytest.fixture(scope="module")
def fallen_url(demo_orders, stored, tmp_path_factory):
    """The demo without nine of ten orders from the West in its last 90 days."""
    inside = (demo_orders["region"] == "West") & (demo_orders["date"] >= "2026-08-03")
    kept = demo_orders[~(inside & (np.arange(len(demo_orders)) % 10 > 0))]
    database = stored(kept, tmp_path_factory.mktemp("fallen") / "fallen.db", shop_name="Fallen")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DATABASE_URL", f"sqlite:///{database}")
        yield kept


def test_the_waterfall_leads_from_one_period_to_the_other(visit, demo_url, demo_orders):
    bars, ends = charts(visit(PAGE, compare="Previous period"))["bridge"]["data"]
    days = demo_orders["date"]
    now = demo_orders.loc[days > "2026-08-02", "revenue"].sum()
    before = demo_orders.loc[(days > "2026-05-04") & (days <= "2026-08-02"), "revenue"].sum()
    assert ends["x"] == pytest.approx([before, now])
    assert sum(bars["x"]) == pytest.approx(now - before, abs=0.01)
    starts = np.r_[before, before + np.cumsum(bars["x"])][:-1]
    assert bars["base"] == pytest.approx(starts.tolist(), abs=0.01)


def test_every_metric_is_answered_or_refused_card_by_card(visit, demo_url):
    for measured in METRICS.values():
        opened = visit(PAGE, metric=measured.name)
        assert not opened.exception
        assert not troubles(opened)
        assert headings(opened)[-len(CARDS) :] == CARDS or measured.key == "refund_rate"


@pytest.mark.parametrize("against", ["Period before", "Last year", "Usual weeks"])
def test_what_it_is_held_against_is_in_the_address_and_in_the_sentence(visit, demo_url, against):
    opened = visit(PAGE, against=against, period="30d")
    said = {"Period before": "the period before (", "Last year": "last year (", "Usual weeks": "same weekdays of"}
    assert said[against] in plain_words(opened)
    assert "Not in this shop's data" not in plain_words(opened)


def test_other_days_are_in_the_address_too(visit, demo_url):
    opened = visit(PAGE, period="30d", against="Other days", against_from="2026-03-01")
    assert not opened.exception
    assert "for 1 Mar – 30 Mar 2026" in plain_words(opened)
    clash = visit(PAGE, period="30d", against="Other days", against_from="2026-10-10")
    assert "cannot be held against themselves" in plain_words(clash) or "is not wholly" in plain_words(clash)
    assert not clash.exception


def test_one_day_has_a_root_cause(visit, demo_url):
    opened = visit(PAGE, period="Custom", days=["2026-10-20", "2026-10-20"], against="Usual weeks", metric="Orders")
    assert not opened.exception
    assert "the mean of the 4 Tuesdays before" in plain_words(opened)


def test_an_address_that_asks_for_something_else_is_noted(visit, demo_url):
    assert "against My neighbour" in plain_words(visit(PAGE, against="My neighbour"))


def test_the_segment_found_leads_to_its_own_root_cause(visit, fallen_url):
    opened = visit(PAGE, metric="Orders")
    links = re.findall(r'<a href="([^"]*)" title="Look into it alone">(.*?)</a>', words(opened))
    assert links[0][1] == "West"
    place = urlsplit(html.unescape(links[0][0]))
    asked = parse_qs(place.query)
    assert place.path == "./root_cause"
    assert asked["region"] == ["West"]
    assert asked["metric"] == ["Orders"]
    led = visit(PAGE, **asked)
    assert "West · all segments" in plain_words(led)
    assert "Not in this shop's data" not in plain_words(led)


def test_the_headline_can_be_pasted(visit, fallen_url):
    said = plain_words(visit(PAGE, metric="Orders"))
    assert "**West** fell against the rest" in said
    assert "chance alone: ±" in said


def test_the_members_add_up(visit, fallen_url):
    opened = visit(PAGE, metric="Orders", per="Region")
    bars, ends = charts(opened)["members"]["data"]
    assert sum(bars["x"]) == pytest.approx(ends["x"][1] - ends["x"][0])
    days = pd.to_datetime(fallen_url["date"])
    assert ends["x"][1] == (days >= "2026-08-03").sum()
