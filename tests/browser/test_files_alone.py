"""Pages taken along as HTML and opened as a file: charts are drawn, the alerts too, and no network is asked."""

import shutil
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from test_cards import SLOW_IN_THE_NORTH
from test_sharing import downloaded, open_menu, open_without_connection

pytestmark = pytest.mark.browser


@pytest.fixture
def taken_along(browse, chromium, tmp_path):
    """A page as it lies in its file: ``taken_along(url)`` gives what was on screen, and the file opened alone."""
    opened: list[Page] = []

    def take(url: str) -> tuple[Page, Page]:
        page = browse(url).page
        open_menu(page)
        file = downloaded(page, "button", "Web page")
        alone, asked_for, complaints = open_without_connection(chromium, file, tmp_path)
        opened.append(alone)
        expect(alone.locator(".chart svg.main-svg .subplot").first).to_be_visible()
        alone.wait_for_timeout(300)
        assert not [url for url in asked_for if not url.startswith(("file:", "data:", "blob:"))]
        assert complaints == []
        return page, alone

    yield take
    for page in opened:
        page.context.close()


def card(page: Page, heading: str):
    return page.locator("section").filter(has=page.get_by_role("heading", name=heading, exact=True))


def test_the_overview_takes_its_alerts_along_and_they_lead_nowhere(serve, taken_along, browse, demo_database, tmp_path):
    shutil.copy(demo_database, tmp_path / "shop.db")
    server = serve(tmp_path / "shop.db")
    rules = browse(f"{server.url}/alerts?{urlencode(SLOW_IN_THE_NORTH)}").page
    rules.get_by_role("button", name="Save this rule").click()
    expect(rules.get_by_text("Saved. It is judged on each new day")).to_be_visible()
    page, alone = taken_along(server.url + "/?period=All")
    shown = [text.replace(" · Why?", "") for text in page.locator(".alerts [role=listitem]").all_inner_texts()]
    assert shown
    alerts = card(alone, "Alerts")
    assert alerts.locator(".alerts [role=listitem]").all_inner_texts() == shown
    assert alerts.locator("a").count() == 0
    assert alerts.get_by_text("Delivery days of 28 days").first.is_visible()
    assert alone.locator("a[href]").count() == 0
    alone.emulate_media(media="print")
    assert alerts.locator(".alerts [role=listitem]").first.is_visible()


def test_the_customers_page_is_whole_in_its_file_and_on_paper(demo_server, taken_along):
    page, alone = taken_along(demo_server.url + "/customers")
    drawn = page.locator(".stBidiComponent").count()
    assert drawn >= 3
    expect(alone.locator(".chart svg.main-svg .subplot")).to_have_count(drawn)
    assert alone.locator(".tri tr").count() == page.locator(".tri tr").count() > 10
    alone.emulate_media(media="print")
    alone.set_viewport_size({"width": 720, "height": 1000})
    alone.wait_for_function(
        "() => [...document.querySelectorAll('.chart')].every(c => c.querySelector('svg').clientWidth <= c.clientWidth)"
    )
    assert alone.evaluate("document.documentElement.scrollWidth") <= 720
    cut = alone.evaluate(
        "() => [...document.querySelectorAll('.tri, .wide')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert not cut, "what is wider than the paper is lost on it"
