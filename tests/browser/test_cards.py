"""Cards in a real browser: what redraws one alone, what an alert and a row of a list lead to, axes of small numbers."""

import re
import shutil
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from test_views import asked, menu_entry

from analytics.periods import Period

pytestmark = pytest.mark.browser

OF_ANOTHER_CARD = b", broken down</h2>"
SLOW_IN_THE_NORTH = {
    "alerts": "New rule",
    "rule_metric": "Delivery days",
    "rule_kind": "Above or below a limit",
    "rule_way": "Rises",
    "rule_scope": "Region",
    "rule_member": "North",
    "rule_window": "Four weeks",
    "rule_limit_days": "1",
}
"""A rule that fires on every day, as an address."""
ROW_HEIGHT = 35
"""Pixels, of the tables that Streamlit draws; the heading is as high."""


@pytest.fixture
def overheard(browse) -> Callable[[str], tuple[Page, list[bytes]]]:
    """Open a page and listen to all that the server sends it: ``overheard(url)``."""

    def opened(url: str) -> tuple[Page, list[bytes]]:
        frames: list[bytes] = []
        visit = browse(
            url, before=lambda page: page.on("websocket", lambda s: s.on("framereceived", lambda f: frames.append(f)))
        )
        return visit.page, frames

    return opened


def test_a_choice_in_the_trend_card_redraws_that_card_alone(demo_server, overheard):
    page, frames = overheard(demo_server.url + "/kpis?region=North")
    assert any(OF_ANOTHER_CARD in frame for frame in frames), "what the server sends can be read"
    bars = page.locator(".stBidiComponent").nth(1).element_handle()
    tiles = page.locator(".tiles").element_handle()
    said = page.locator(".tiles").inner_text()
    frames.clear()
    page.get_by_text("Month", exact=True).first.click()
    expect(page.get_by_text(re.compile("Highest month"))).to_be_visible()
    assert asked(page, "by") == ["Month"]
    assert asked(page, "region") == ["North"]
    assert any(b"Highest month" in frame for frame in frames)
    assert not any(OF_ANOTHER_CARD in frame for frame in frames), "the rest of the page was sent again"
    assert bars.evaluate("e => e.isConnected")
    assert tiles.evaluate("e => e.isConnected")
    assert page.locator(".tiles").inner_text() == said
    frames.clear()
    page.get_by_text("Orders", exact=True).last.click()
    expect(page.get_by_role("heading", name="Orders, broken down")).to_be_visible()
    assert any(OF_ANOTHER_CARD in frame for frame in frames), "a choice of the whole page does send all of it"


def test_the_name_of_an_alert_leads_to_its_metric_its_member_and_its_days(serve, browse, demo_database, tmp_path):
    shutil.copy(demo_database, tmp_path / "shop.db")
    page = browse(f"{serve(tmp_path / 'shop.db').url}/alerts?{urlencode(SLOW_IN_THE_NORTH)}").page
    page.get_by_role("button", name="Save this rule").click()
    expect(page.get_by_text("Saved. It is judged on each new day")).to_be_visible()
    page.get_by_text("Alerts", exact=True).last.click()
    alert = page.locator(".alerts [role=listitem]").filter(has_text="Delivery days of 28 days").first
    link = alert.get_by_role("link", name="North")
    leads_to = parse_qs(urlsplit(link.get_attribute("href")).query)
    link.click()
    expect(page.locator("h1")).to_have_text("What happened?")
    expect(menu_entry(page)).to_have_text(re.compile("KPIs"))
    expect(page.get_by_role("heading", name="Delivery days over time")).to_be_visible()
    first, last = (pd.Timestamp(day) for day in leads_to["days"])
    days = Period(first.date(), last.date()).label()
    expect(page.get_by_text(f"KPIs · {days} · North · all segments", exact=False)).to_be_visible()
    assert {name: asked(page, name) for name in ("region", "metric", "per", "period")} == {
        "region": ["North"],
        "metric": ["Delivery days"],
        "per": ["Region"],
        "period": ["Custom"],
    }
    assert not page.get_by_text("left out:").count()
    page.go_back()
    expect(page.locator("h1")).to_have_text("What needs looking at?")


def test_a_row_chosen_in_the_list_opens_that_customer(demo_server, browse):
    page = browse(demo_server.url + "/customers", height=4_500).page
    table = page.locator("[data-testid=stDataFrame]").filter(has=page.locator("th", has_text="RFM segment")).first
    chosen = table.locator("td[role=gridcell]").filter(has_text=re.compile(r"^C\d+$")).nth(2).text_content()
    table.locator(".dvn-scroller").click(position={"x": 17, "y": 3.5 * ROW_HEIGHT})
    expect(page.get_by_role("textbox", name="Customer's id")).to_have_value(chosen)
    said = page.get_by_text("Of the whole shop and all time, whatever the filters.")
    expect(said).to_contain_text("of together")
    told = said.inner_text()
    page.wait_for_function("() => location.search.includes('customer=')")
    assert asked(page, "customer") == [chosen]
    stems = page.locator(".stBidiComponent").last
    expect(stems.locator("svg.main-svg .subplot").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Customer's id")).to_have_value(chosen)
    expect(page.get_by_text(told)).to_be_visible()


def test_half_an_order_on_an_axis_is_not_written_as_five_hundred_million(serve, browse, stored, tiny_orders, tmp_path):
    server = serve(stored(tiny_orders, tmp_path / "tiny.db"))
    page = browse(f"{server.url}/kpis?metric=Orders&by=Day&period=30d").page
    ticks = page.locator(".stBidiComponent").first.locator(".ytick text").all_text_contents()
    assert any("." in tick for tick in ticks), f"no tick below one was drawn: {ticks}"
    assert not [tick for tick in ticks if re.search(r"\d\s*m", tick)], ticks
