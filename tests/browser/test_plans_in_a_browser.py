"""The what-if page in a real browser: a slider answers, the address follows, reload and Back hold the plan."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PLAN = "1_own_12_0.1_0_0_1000_0.01to0.02to0.04_300_2_20000_0_New+boxes"


def slider(page, label: str):
    return page.get_by_test_id("stSlider").filter(has_text=label).locator("input")


def worth(page):
    return page.locator(".figs .fig").first


def test_a_slider_answers_and_the_address_reload_and_back_hold_the_plan(demo_server, browse):
    page = browse(f"{demo_server.url}/what_if?s1={PLAN}").page
    expect(page.get_by_label("Name of this plan")).to_have_value("New boxes")
    before = worth(page).inner_text()
    slider(page, "Investment").focus()
    page.keyboard.press("PageUp")
    expect(worth(page)).not_to_have_text(before)
    expect(page).to_have_url(re.compile(r"s1=1_own_12_0.1_0_0_1000_0.01to0.02to0.04_300_2_(?!20000_)\d+_0_New"))
    assert page.evaluate("document.activeElement.type") == "range", "the slider is still under the hand"
    after, address = worth(page).inner_text(), page.url
    page.reload()
    expect(worth(page)).to_have_text(after)
    assert page.url == address
    page.go_back()
    expect(worth(page)).to_have_text(before)
    expect(page).to_have_url(re.compile(re.escape(PLAN)))


def test_the_summary_prints_on_one_sheet_and_asks_no_network(demo_server, browse, chromium, tmp_path):
    page = browse(f"{demo_server.url}/what_if?s1={PLAN}").page
    page.get_by_role("button", name="Put one beside it").click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="One-page summary").click()
    file = tmp_path / "sheet.html"
    waiting.value.save_as(file)
    context = chromium.new_context(offline=True)
    sheet, asked_for = context.new_page(), []
    sheet.on("request", lambda request: asked_for.append(request.url))
    sheet.goto(Path(file).as_uri())
    expect(sheet.locator(".chart svg.main-svg .subplot")).to_have_count(3)
    assert not [url for url in asked_for if not url.startswith(("file:", "data:", "blob:"))]
    margin = dict.fromkeys(("top", "bottom", "left", "right"), "8mm")
    printed = sheet.pdf(format="A4", margin=margin)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
    context.close()


def test_an_advice_opens_beside_the_plan_that_is_there_and_the_filters_go_along(demo_server, browse):
    page = browse(f"{demo_server.url}/what_if?s1={PLAN}&period=12m").page
    page.get_by_role("button", name="Prescriptive").click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Revenue moves").click()
    opens = page.get_by_role("link", name="Open as scenario").first
    expect(opens).to_be_visible()
    before = page.url
    opens.click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()
    expect(page).to_have_url(re.compile(r"s1=1_own_.*s2=1_price_"))
    expect(page).to_have_url(re.compile("period=12m"))
    page.go_back()
    expect(page.get_by_role("heading", name="What should we change to earn more?")).to_be_visible()
    expect(page).to_have_url(before)
