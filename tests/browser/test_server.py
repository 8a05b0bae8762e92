"""The server as a whole: its probes, a broken database, the very first start, a hostile shop."""

import asyncio
import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from benchmarks.wire import Client, connected

pytestmark = pytest.mark.browser


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
    page.get_by_role("button", name="Workspace").click()
    page.get_by_role("menuitem", name="Data", exact=True).click()
    expect(page.locator("h1")).to_have_text(re.compile(r"Which orders"))
    assert database.read_bytes() == b"no database " * 400


def test_the_first_start_without_a_database_builds_the_demo_and_says_so(serve, browse, tmp_path):
    database = tmp_path / "new" / "shop.db"
    server = serve(database)
    page = browse(server.url + "/kpis", drawn=False).page
    expect(page.get_by_text("Building the demo shop")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator("h1")).to_have_text("What happened?", timeout=30_000)
    expect(page.get_by_text("Demo data", exact=True)).to_be_visible()
    with sqlite3.connect(database) as opened:
        assert opened.execute("SELECT count(*) FROM transactions").fetchone()[0] >= 10_000
    assert server.get("/readyz") == (200, "ready")


def test_names_full_of_markup_are_text_in_the_browser_too(serve, browse, stored, tiny_orders, tmp_path):
    evil = "".join(
        (
            '<img src=x onerror="document.title=1337">',
            "![x](http://evil.example/p.png)",
            "<script>document.title=1337</script>",
            " $a$ :red[r]",
        )
    )
    hostile = tiny_orders.assign(region=evil, channel=evil, category=evil, segment=evil)
    page_url = serve(stored(hostile, tmp_path / "hostile.db", shop_name=evil)).url
    opened = browse(f"{page_url}/kpis?{urlencode({'region': evil})}")
    opened.page.wait_for_timeout(500)
    assert "1337" not in opened.page.title()
    assert not [r for r in opened.requests if urlsplit(r.removeprefix("blob:")).hostname != "127.0.0.1"]
    assert opened.page.locator('[data-testid="stMain"] img:not(.spark)').count() == 0
    assert "$a$" in opened.page.locator('[data-testid="stMain"]').inner_text()


@pytest.mark.parametrize("page", ["/", "/kpis"])
def test_no_script_is_waited_for_once_the_page_has_begun(page, demo_server, browse):
    """The scripts of widgets, asked for one after the other as they arrive, would hold up the first painting."""
    opened = browse(demo_server.url + page)
    begun = [url.startswith("ws:") for url in opened.requests].index(True)
    scripts = [url for url in opened.requests if url.endswith(".js")]
    assert len(scripts) > 60
    assert not [url for url in opened.requests[begun:] if url in scripts and not url.startswith("blob:")]


@pytest.mark.parametrize("attempt", range(3))
def test_many_first_visitors_at_once_all_get_their_page(attempt, serve, demo_database, tmp_path):
    """While the server is still loading what pages need; Ibis breaks when two threads load it at once."""
    shutil.copy(demo_database, tmp_path / "shop.db")
    port = int(serve(tmp_path / "shop.db").url.rpartition(":")[2])

    async def visit(page: str) -> tuple[str, ...]:
        async with connected(port) as socket:
            return (await Client(socket, page).open_page()).faults

    async def all_visit() -> list[tuple[str, ...]]:
        return await asyncio.gather(*(visit(page) for page in ("kpis", "", "data", "kpis", "", "data")))

    with ThreadPoolExecutor(1) as own_thread:
        assert own_thread.submit(asyncio.run, all_visit()).result() == [()] * 6
