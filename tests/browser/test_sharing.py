"""Taking a page along, in a real browser: files that open without a connection, streamed rows, saved views."""

import csv
import io
import os
import re
import shutil
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from playwright.sync_api import expect
from test_views import NORTH, asked, choose

pytestmark = pytest.mark.browser

EVIL = "</script><script>document.title=1337</script><img src=http://evil.example/x.png onerror=document.title=1337>"


@pytest.fixture
def own_server(serve, demo_database, tmp_path):
    """A server over a shop of its own, so that views can be saved."""
    shutil.copy(demo_database, tmp_path / "shop.db")
    return serve(tmp_path / "shop.db")


def open_menu(page) -> None:
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("button", name="Save this view")).to_be_visible()


def downloaded(page, role: str, name: str) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role(role, name=name).click()
    return waiting.value.path()


def save_view(page, name: str) -> None:
    page.get_by_placeholder("Name of this view").fill(name)
    page.get_by_role("button", name="Save this view").click()
    expect(page.get_by_text("Saved as")).to_be_visible()


def open_without_connection(chromium, file: Path, tmp_path: Path):
    """The file alone in a browser that has no network."""
    alone = shutil.copy(file, tmp_path / "page.html")
    context = chromium.new_context(offline=True, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    asked_for, complaints = [], []
    page.on("request", lambda request: asked_for.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else 0)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(Path(alone).as_uri())
    return page, asked_for, complaints


def test_a_page_taken_along_as_html_draws_its_charts_without_a_connection(demo_server, browse, chromium, tmp_path):
    page = browse(demo_server.url + "/kpis?region=North", color_scheme="dark").page
    drawn = page.locator(".stPlotlyChart").count()
    open_menu(page)
    alone, asked_for, complaints = open_without_connection(chromium, downloaded(page, "button", "Web page"), tmp_path)
    expect(alone.locator(".chart svg.main-svg .subplot")).to_have_count(drawn)
    assert drawn >= 4
    assert not [url for url in asked_for if not url.startswith(("file:", "data:", "blob:"))]
    assert complaints == []
    expect(alone.get_by_text("North · all segments")).to_be_visible()
    ink = alone.evaluate("getComputedStyle(document.querySelector('.chart svg text')).fill")
    assert sum(map(int, re.findall(r"\d+", ink)[:3])) < 400, "dark ink on white paper, though the page was dark"
    bar = alone.locator(".chart .barlayer .point path").first
    bar.scroll_into_view_if_needed()
    bar.hover(force=True)  # what hears the pointer lies above it
    expect(alone.locator(".chart .hoverlayer .hovertext")).to_be_visible()
    alone.set_viewport_size({"width": 390, "height": 800})
    expect(alone.locator(".chart svg.main-svg").first).to_have_attribute("width", re.compile(r"^3\d\d(\.\d+)?$"))
    assert alone.evaluate("document.documentElement.scrollWidth") <= 390
    assert complaints == []
    alone.context.close()


def test_hostile_names_stay_text_in_the_file_too(serve, browse, chromium, stored, tiny_orders, tmp_path):
    hostile = tiny_orders.assign(region=EVIL, channel=EVIL, category=EVIL, segment=EVIL)
    page = browse(serve(stored(hostile, tmp_path / "hostile.db", shop_name=EVIL)).url + "/kpis").page
    open_menu(page)
    alone, asked_for, complaints = open_without_connection(chromium, downloaded(page, "button", "Web page"), tmp_path)
    alone.wait_for_timeout(500)
    assert alone.title().startswith("KPIs · </script>")
    assert alone.locator("img[src*=evil]").count() == 0
    assert not [url for url in asked_for if "evil" in url]
    assert complaints == []
    assert alone.locator("td").filter(has_text="<img src=http://evil.example/x.png").count() > 0
    alone.context.close()


def test_a_page_taken_along_as_a_workbook_has_its_cards_as_sheets(demo_server, browse):
    page = browse(demo_server.url + "/kpis?region=North").page
    open_menu(page)
    sheets = openpyxl.load_workbook(io.BytesIO(downloaded(page, "button", "Excel").read_bytes()))
    assert sheets.sheetnames[:3] == ["About", "Key figures", "Revenue over time"]
    assert sheets["Revenue over time"].max_row > 80


def test_a_card_that_was_redrawn_alone_leaves_as_it_is_now(demo_server, browse):
    page = browse(demo_server.url + "/kpis").page
    open_menu(page)
    page.keyboard.press("Escape")
    page.get_by_text("Month", exact=True).first.click()
    expect(page.get_by_text(re.compile("Highest month"))).to_be_visible()
    page.get_by_role("button", name="Share").click()
    sheets = openpyxl.load_workbook(io.BytesIO(downloaded(page, "button", "Excel").read_bytes()))
    assert sheets["Revenue over time"].max_row < 10
    assert len(sheets.sheetnames) == len(set(sheets.sheetnames)) > 5


def test_all_orders_in_view_come_as_a_file_that_equals_the_store(demo_server, browse):
    page = browse(demo_server.url + "/kpis?region=North&period=All").page
    open_menu(page)
    content = downloaded(page, "link", "All orders in view").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    with closing(sqlite3.connect(demo_server.database)) as opened:
        count, revenue = opened.execute(
            "SELECT count(*), sum(revenue) FROM transactions WHERE region = 'North' AND date <= "
            "(SELECT value FROM settings WHERE key = 'last_complete_day')"
        ).fetchone()
    assert len(rows) == count > 300
    assert sum(float(row["revenue"]) for row in rows) == pytest.approx(revenue, abs=0.005)


def test_the_files_answer_below_a_base_path_too(serve, demo_database, tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "STREAMLIT_SERVER_BASE_URL_PATH", "/shops/one/")
    shutil.copy(demo_database, tmp_path / "shop.db")
    server = serve(tmp_path / "shop.db")
    for file in ("orders", "customers"):
        with urllib.request.urlopen(f"{server.url}/shops/one/export/{file}.csv?region=North", timeout=30) as answer:
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert answer.read().count(b"\n") > 20
        assert server.get(f"/shops/one/export/{file}.csv?region=Nowhere")[0] == 400
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert server.get(f"/shops/one/export/{file}.csv", method)[0] == 405, method


def test_a_saved_view_brings_back_every_filter_and_choice(own_server, browse):
    page = browse(own_server.url + "/kpis").page
    choose(page, "Region", "North")
    expect(page.get_by_text(NORTH)).to_be_visible()
    page.get_by_text("30d", exact=True).click()
    expect(page.get_by_text("compared with 2 Sep – 1 Oct 2026")).to_be_visible()
    page.get_by_text("Orders", exact=True).last.click()
    expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
    open_menu(page)
    name = "<b>North</b> & $30$ *days*"
    save_view(page, name)
    address = page.url

    def is_the_view() -> None:
        expect(page.locator("h1")).to_have_text("What happened?")
        expect(page.get_by_text(NORTH)).to_be_visible()
        expect(page.get_by_text("compared with 2 Sep – 1 Oct 2026")).to_be_visible()
        expect(page.get_by_role("heading", name="Orders over time")).to_be_visible()
        assert {key: asked(page, key) for key in ("region", "period", "metric")} == {
            "region": ["North"],
            "period": ["30d"],
            "metric": ["Orders"],
        }
        assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(address).query)

    page.goto(own_server.url + "/?region=East&period=12m")
    expect(page.get_by_text("East · all segments")).to_be_visible()
    open_menu(page)
    page.get_by_role("link", name=name).click()
    is_the_view()
    page.reload()
    is_the_view()
    assert len(page.context.pages) == 1, "it opens in place"
    page.go_back()
    expect(page.get_by_text("East · all segments")).to_be_visible()


def test_a_view_is_deleted_and_taken_back(own_server, browse):
    page = browse(own_server.url + "/?region=North").page
    open_menu(page)
    save_view(page, "Monday")
    page.get_by_role("combobox", name=re.compile("Delete a view")).click()
    page.get_by_role("option", name="Monday").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Deleted “Monday”.")).to_be_visible()
    expect(page.get_by_role("link", name="Monday")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Monday")).to_be_visible()


def test_a_view_survives_a_restart_of_the_server(serve, browse, demo_database, tmp_path):
    shutil.copy(demo_database, tmp_path / "shop.db")
    page = browse(serve(tmp_path / "shop.db").url + "/kpis?region=North").page
    open_menu(page)
    save_view(page, "Monday")
    other = browse(serve(tmp_path / "shop.db").url + "/").page
    open_menu(other)
    other.get_by_role("link", name="Monday").click()
    expect(other.get_by_text(NORTH)).to_be_visible()
    assert urlsplit(other.url).path == "/kpis"
