"""What a visitor sees in a real browser: small and dark screens, the keyboard, downloads; what the browser is asked."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from ui.charts.look import DARK, LIGHT

pytestmark = pytest.mark.browser

PAGES = ("/", "/kpis", "/data")
PROBES = re.compile(r"/\w+/_stcore/(host-config|health)")
"""Streamlit looks for its server under the page's path first, finds 404 there, and goes on."""
FOCUSED = """() => {
    const focused = document.activeElement, group = focused.closest('[role="radiogroup"], [role="group"]');
    return [focused, group].map(e => e?.ariaLabel || e?.getAttribute("aria-labelledby") || e?.innerText || "").join(" ")
        + [...focused.labels || []].map(label => label.innerText).join(" ");
}"""
"""What has the focus, by its own name or that of its group."""


@pytest.mark.parametrize("path", PAGES)
def test_a_telephone_shows_everything_without_scrolling_sideways(path, demo_server, browse):
    page = browse(demo_server.url + path, width=390, height=844).page
    widths = page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid="stMain"]');
            return [document.documentElement.scrollWidth, main.scrollWidth, main.clientWidth];
        }"""
    )
    assert widths[0] <= 390
    assert widths[1] <= widths[2]
    outside = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"] :is(h1, h2, p, button, .val, .chg)')]
            .filter(e => e.offsetParent && !e.closest(".fit, [data-testid=stDataFrame], [data-testid=stPlotlyChart]"))
            .filter(e => { const b = e.getBoundingClientRect(); return b.width > 1 && (b.right > 391 || b.left < -1); })
            .map(e => e.textContent.slice(0, 60))"""
    )
    assert not outside
    small = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"] :is(h1, h2, p, .val, .chg, .nm, td, th)')]
            .filter(e => e.offsetParent && e.textContent.trim() && parseFloat(getComputedStyle(e).fontSize) < 10.5)
            .map(e => e.textContent.slice(0, 60))"""
    )
    assert not small, "too small to read"


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_charts_are_drawn_in_the_palette_of_the_page(look, demo_server, browse):
    page = browse(demo_server.url + "/kpis", color_scheme=look.name).page
    ground = page.evaluate("() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert _hex(ground) == look.page
    expect(page.locator('[data-testid="stPlotlyChart"] .scatterlayer .js-line').first).to_be_attached()
    page.wait_for_function(
        """accent => [...document.querySelectorAll('[data-testid="stPlotlyChart"] .scatterlayer .js-line')]
            .some(line => getComputedStyle(line).stroke === accent)""",
        arg=_rgb(look.accent),
    )
    bars = page.locator('[data-testid="stPlotlyChart"] .barlayer .point path').first
    assert _hex(bars.evaluate("path => getComputedStyle(path).fill")) == look.accent
    heading = page.locator("h1").evaluate("e => getComputedStyle(e).color")
    assert _hex(heading) == look.text


def _rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


def _hex(colour: str) -> str:
    return "#{:02X}{:02X}{:02X}".format(*(int(n) for n in re.findall(r"\d+", colour)[:3]))


def test_no_label_of_a_bar_is_cut_off(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    cut = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].flatMap(chart => {
            const edge = chart.getBoundingClientRect().right;
            return [...chart.querySelectorAll(".bartext")]
                .filter(text => text.getBoundingClientRect().right > edge + 1).map(text => text.textContent);
        })"""
    )
    assert not cut


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_asked_of_other_machines_and_nothing_is_complained_about(path, demo_server, browse):
    opened = browse(demo_server.url + path)
    opened.page.wait_for_timeout(500)
    elsewhere = [r for r in opened.requests if urlsplit(r.removeprefix("blob:")).hostname not in ("127.0.0.1", None)]
    assert not elsewhere
    assert not [c for c in opened.complaints if not c.startswith("warning:") and not PROBES.search(c)]


def test_the_browser_accepts_every_setting_of_the_theme(demo_server, browse):
    opened = browse(demo_server.url + "/")
    assert not [c for c in opened.complaints if "in theme" in c]


def test_the_keyboard_reaches_the_filters_and_sets_one(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    region, reached = page.get_by_role("combobox", name="Region"), []
    while not region.evaluate("e => e === document.activeElement") and len(reached) < 80:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    expect(region).to_be_focused(timeout=1_000)
    assert any("Period" in name for name in reached), reached
    assert any("Compare with" in name for name in reached), reached
    page.keyboard.type("Nor")
    expect(page.get_by_role("option", name="North", exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("North · all segments")).to_be_visible()


def test_a_download_of_a_card_is_a_csv_with_its_numbers(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    page.get_by_role("button", name=re.compile("more_horiz")).nth(1).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("Member,Value")
    assert re.fullmatch(r"[a-z-]+_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv", waiting.value.suggested_filename)
    assert "Website" in text
    assert "₹" not in text, "numbers are numbers"


def test_an_address_in_the_address_is_no_link(demo_server, browse):
    page = browse(demo_server.url + "/?region=www.evil.example.com&segment=a@b.example").page
    expect(page.get_by_text("evil.example.com")).to_be_visible()
    assert not _links_elsewhere(page)


def test_a_name_from_the_data_that_is_an_address_is_no_link(serve, browse, demo_orders, stored, tmp_path):
    names = ["https://evil.example/x", "www.evil.example.com", "a@b.example", ":smile:"]
    orders = demo_orders.tail(400).copy()
    for dimension in ("region", "segment", "channel"):
        orders[dimension] = [names[code % 4] for code in orders[dimension].astype("category").cat.codes]
    server = serve(stored(orders, tmp_path / "addresses.db"))
    asked = "region=https%3A%2F%2Fevil.example%2Fx&region=www.evil.example.com&region=a%40b.example&region=%3Asmile%3A"
    page = browse(f"{server.url}/kpis?{asked}").page
    expect(page.get_by_text("https://evil.example/x".replace("://", ":\u2060//")).first).to_be_visible()
    assert not _links_elsewhere(page)
    assert "😄" not in page.locator("body").inner_text()


def _links_elsewhere(page) -> list[str]:
    links = page.evaluate("() => [...document.querySelectorAll('a')].map(a => a.href)")
    return [link for link in links if urlsplit(link).hostname != "127.0.0.1"]


def test_a_tile_opens_by_the_keyboard(demo_server, browse):
    page = browse(demo_server.url + "/", width=390, height=844).page
    more = page.locator(".tile summary").first
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("what chance alone does")).first).to_be_visible()


def test_charts_follow_when_the_visitor_turns_to_dark(demo_server, browse):
    page = browse(demo_server.url + "/kpis", color_scheme="light").page
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        """accent => [...document.querySelectorAll('[data-testid="stPlotlyChart"] .scatterlayer .js-line')]
            .some(line => getComputedStyle(line).stroke === accent)""",
        arg=_rgb(DARK.accent),
    )


def test_charts_are_drawn_where_the_browser_knows_no_idle_time(demo_server, browse):
    """Safari has no requestIdleCallback."""
    without = "delete window.requestIdleCallback; delete window.cancelIdleCallback"
    opened = browse(demo_server.url + "/kpis", before=lambda page: page.add_init_script(without))
    assert opened.page.locator(".stPlotlyChart .subplot").count() == 4
    assert not [said for said in opened.complaints if not PROBES.search(said)]


def test_on_paper_charts_have_the_width_of_their_place(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    widths = """() => [...document.querySelectorAll(".stPlotlyChart")].map(box =>
        [box.clientWidth, box.querySelector("svg.main-svg").clientWidth])"""
    on_screen = page.evaluate(widths)
    page.set_viewport_size({"width": 800, "height": 1100})
    page.emulate_media(media="print")
    page.wait_for_function(f"() => ({widths})().every(([place, drawn]) => place === drawn)")
    assert page.evaluate(widths) != on_screen


def test_a_bundle_that_did_not_come_is_asked_for_again(demo_server, browse):
    bundle = "**/plotly-cartesian*"
    cut_off = lambda page: page.route(bundle, lambda route: route.abort())  # noqa: E731
    page = browse(demo_server.url + "/kpis", drawn=False, before=cut_off).page
    expect(page.get_by_text("The charts could not be loaded").first).to_be_visible()
    page.unroute(bundle)
    page.get_by_role("radio", name="30d", exact=True).click()
    expect(page.locator(".stPlotlyChart .subplot")).to_have_count(4)
    expect(page.get_by_text("The charts could not be loaded")).to_have_count(0)
