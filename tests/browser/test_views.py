"""The address carries the view, in a real browser: deep links, filters both ways, Back, clicks."""

import re
import shutil
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

NORTH = "North · all segments"


def menu_entry(page):
    """The entry of the page that is open, in the menu of its section."""
    page.get_by_role("button", name="Descriptive").click()
    return page.locator('[data-testid="stTopNavDropdownLink"][aria-current="page"]')


def choose(page, label: str, member: str) -> None:
    """Pick a member of a filter as a visitor does."""
    page.get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=member, exact=True).click()
    page.keyboard.press("Escape")


def asked(page, name: str) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get(name, [])


def test_the_first_visitor_of_a_fresh_server_gets_the_page_of_the_link(serve, browse, demo_database, tmp_path):
    database = tmp_path / "fresh.db"
    shutil.copy(demo_database, database)
    page = browse(serve(database).url + "/kpis?region=North&metric=Orders").page
    expect(page.locator("h1")).to_have_text("What happened?")
    expect(page).to_have_title("KPIs · Shop analytics")
    expect(menu_entry(page)).to_have_text(re.compile("KPIs"))
    expect(page.get_by_text(NORTH)).to_be_visible()
    expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
    assert asked(page, "region") == ["North"]
    assert asked(page, "metric") == ["Orders"]


def test_a_filter_goes_into_the_address_and_a_reload_brings_the_same_view(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    choose(page, "Region", "North")
    expect(page.get_by_text(NORTH)).to_be_visible()
    page.get_by_text("30d", exact=True).click()
    expect(page.get_by_text("compared with 2 Sep – 1 Oct 2026")).to_be_visible()
    page.get_by_text("Orders", exact=True).last.click()
    expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
    assert asked(page, "region") == ["North"]
    tiles = page.locator(".tiles").inner_text()
    page.reload()
    expect(page.get_by_text("compared with 2 Sep – 1 Oct 2026")).to_be_visible()
    expect(page.get_by_text(NORTH)).to_be_visible()
    expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
    assert page.locator(".tiles").inner_text() == tiles
    assert not page.get_by_text("left out:").count()


@pytest.mark.parametrize("label", ["Previous period", "Same period last year", "Nothing"])
def test_a_chosen_comparison_comes_back_after_a_reload(label, demo_server, browse):
    page = browse(demo_server.url + "/").page
    page.get_by_role("combobox", name=re.compile("Compare with")).click()
    page.get_by_role("option", name=label, exact=True).click()
    expect(page.get_by_text("compared with 5 May – 2 Aug 2026 and")).to_have_count(0)
    said = page.get_by_text("Overview ·").inner_text()
    page.reload()
    expect(page.get_by_text(said, exact=True)).to_be_visible()
    assert not page.get_by_text("left out:").count()


def test_one_day_as_a_custom_range_comes_back_after_a_reload(demo_server, browse):
    page = browse(demo_server.url + "/?period=Custom&days=2026-10-09&days=2026-10-09").page
    expect(page.get_by_text("Overview · 9 Oct 2026 ·")).to_be_visible()


def test_back_leads_to_the_page_before_with_the_filters_it_had(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    choose(page, "Region", "North")
    expect(page.get_by_text(NORTH)).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("h1")).to_have_text("How is the shop doing?")
    expect(page.get_by_text(NORTH)).to_be_visible()
    choose(page, "Region", "East")
    expect(page.get_by_text("North, East · all segments")).to_be_visible()
    page.go_back()
    expect(page.locator("h1")).to_have_text("What happened?")
    expect(page.get_by_text(NORTH)).to_be_visible()
    assert asked(page, "region") == ["North"]


def test_a_click_on_a_bar_narrows_the_page_and_the_address(demo_server, browse):
    page = browse(demo_server.url + "/kpis?region=North&per=Channel").page
    bars = page.locator('[data-testid="stPlotlyChart"]').nth(1)
    bars.scroll_into_view_if_needed()
    box = bars.locator(".barlayer .point path").last.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + box["height"] / 2)
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + 12, box["y"] + box["height"] / 2)
    expect(page.get_by_text(re.compile(NORTH + r" · \w"))).to_be_visible()
    page.wait_for_function("() => location.search.includes('channel=')")
    assert asked(page, "region") == ["North"], "the click keeps the other filters"
    assert len(asked(page, "channel")) == 1


def test_a_click_on_a_point_of_the_trend_leads_to_the_root_cause_of_its_days(demo_server, browse):
    page = browse(demo_server.url + "/kpis?region=North&metric=Orders&by=Week").page
    trend = page.locator('[data-testid="stPlotlyChart"]').first
    trend.scroll_into_view_if_needed()
    box = trend.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 5, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(400)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("h1")).to_have_text("Why did it change?")
    expect(page.get_by_text(re.compile("Orders were"))).to_be_visible()
    assert asked(page, "region") == ["North"]
    first, last = (date.fromisoformat(day) for day in asked(page, "days"))
    assert (last - first).days == 6
    assert first.weekday() == 0
    assert asked(page, "against") == ["Usual weeks"]
    assert not page.get_by_text("left out:").count()
