"""A view in a real browser: deep links, the address both ways, small and dark screens, the keyboard."""

import json
import re
import shutil
import sqlite3
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from ui.charts.look import DARK, LIGHT

pytestmark = pytest.mark.browser

NORTH = "North · all segments"
PAGES = ("/", "/kpis", "/data")
PROBES = re.compile(r"/\w+/_stcore/(host-config|health)")
"""Streamlit looks for its server under the page's path first, finds 404 there, and goes on."""


def menu_entry(page):
    return page.locator('[data-testid="stSidebarNavLink"][aria-current="page"]')


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
    expect(page.get_by_text("compared with the 30 days before")).to_be_visible()
    page.get_by_text("Orders", exact=True).last.click()
    expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
    assert asked(page, "region") == ["North"]
    tiles = page.locator(".tiles").inner_text()
    page.reload()
    expect(page.get_by_text("compared with the 30 days before")).to_be_visible()
    expect(page.get_by_text(NORTH)).to_be_visible()
    expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
    assert page.locator(".tiles").inner_text() == tiles
    assert not page.get_by_text("left out:").count()


@pytest.mark.parametrize("label", ["Previous period", "Same period last year", "Nothing"])
def test_a_chosen_comparison_comes_back_after_a_reload(label, demo_server, browse):
    page = browse(demo_server.url + "/").page
    page.get_by_role("combobox", name=re.compile("Compare with")).click()
    page.get_by_role("option", name=label, exact=True).click()
    expect(page.get_by_text("compared with the 90 days before and")).to_have_count(0)
    said = page.get_by_text("Overview ·").inner_text()
    page.reload()
    expect(page.get_by_text(said, exact=True)).to_be_visible()
    assert not page.get_by_text("left out:").count()


def test_one_day_as_a_custom_range_comes_back_after_a_reload(demo_server, browse):
    page = browse(demo_server.url + "/?period=Custom&days=2026-10-09&days=2026-10-09").page
    expect(page.get_by_text("Overview · 9 Oct 2026 ·")).to_be_visible()


def test_back_restores_the_filter_before(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    choose(page, "Region", "North")
    expect(page.get_by_text(NORTH)).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("h1")).to_have_text("How is the shop doing?")
    expect(page.get_by_text(NORTH)).to_be_visible()
    page.go_back()
    expect(page.locator("h1")).to_have_text("What happened?")
    expect(page.get_by_text(NORTH)).to_be_visible()
    page.go_back()
    expect(page.get_by_text("all regions · all segments")).to_be_visible()


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
    elsewhere = [r for r in opened.requests if urlsplit(r).hostname not in ("127.0.0.1", None)]
    assert not elsewhere
    complaints = [c for c in opened.complaints if c.startswith("error") or "Invalid" in c or ":" not in c]
    assert not [c for c in complaints if not PROBES.search(c)]


def test_the_keyboard_reaches_the_filters_and_sets_one(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(page.evaluate("() => { const e = document.activeElement; return e.ariaLabel || e.innerText; }"))
        if "Region" in (names[-1] or ""):
            break
    else:
        pytest.fail(f"Tab reached only {names}")
    assert any("30d" in (name or "") for name in names)
    assert any("Compare with" in (name or "") for name in names)
    page.keyboard.type("Nor")
    page.keyboard.press("Enter")
    expect(page.get_by_text(NORTH)).to_be_visible()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_answer_get_and_refuse_the_rest(path, demo_server):
    assert demo_server.get(path) == (200, "ok" if path == "/healthz" else "ready")
    assert demo_server.get(path, "HEAD")[0] == 200
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert demo_server.get(path, method)[0] == 405, method


def test_a_server_over_a_broken_database_is_up_but_not_ready(serve, browse, tmp_path):
    database = tmp_path / "broken.db"
    database.write_bytes(b"no database " * 400)
    server = serve(database)
    assert server.get("/healthz") == (200, "ok")
    status, sentence = server.get("/readyz")
    assert status == 503
    assert str(database) in sentence
    assert "Traceback" not in sentence
    page = browse(server.url + "/kpis?region=North", drawn=False).page
    expect(page.get_by_text("is damaged or not a database")).to_be_visible()
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.locator("h1")).to_have_text(re.compile(r"Which orders"))
    assert database.read_bytes() == b"no database " * 400


def test_the_first_start_without_a_database_builds_the_demo_and_says_so(serve, browse, tmp_path):
    database = tmp_path / "new" / "shop.db"
    server = serve(database)
    page = browse(server.url + "/kpis", drawn=False).page
    expect(page.get_by_text("Building the demo shop")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("h1")).to_have_text("What happened?", timeout=60_000)
    expect(page.get_by_text("Demo data", exact=True)).to_be_visible()
    with sqlite3.connect(database) as opened:
        assert opened.execute("SELECT count(*) FROM transactions").fetchone()[0] >= 10_000
    assert server.get("/readyz") == (200, "ready")


def test_names_full_of_markup_are_text_in_the_browser_too(serve, browse, stored, tiny_orders, tmp_path):
    evil = '<img src=x onerror="document.title=1337">![x](http://evil.example/p.png)<script>document.title=1337</script>$a$'
    hostile = tiny_orders.assign(region=evil, channel=evil, category=evil, segment=evil)
    page_url = serve(stored(hostile, tmp_path / "hostile.db", shop_name=evil)).url
    opened = browse(page_url + "/kpis?region=" + evil.replace("$", "%24").replace("<", "%3C").replace(" ", "%20"))
    opened.page.wait_for_timeout(500)
    assert "1337" not in opened.page.title()
    assert not [r for r in opened.requests if "evil.example" in r]
    assert opened.page.locator('[data-testid="stMain"] img:not(.spark)').count() == 0
    assert "$a$" in opened.page.locator('[data-testid="stMain"]').inner_text()


def test_a_download_of_a_card_is_a_csv_with_its_numbers(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    page.get_by_role("button", name=re.compile("more_horiz")).nth(1).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("member,value")
    assert re.fullmatch(r"[a-z-]+_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv", waiting.value.suggested_filename)
    assert "Website" in text
    assert json.dumps(text).isascii() or "₹" not in text
