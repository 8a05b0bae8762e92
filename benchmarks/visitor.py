"""A visitor in a real browser, whose page tells when it has been painted.

`watch.js` notes, inside the page and on its own clock, the time stamp of the visitor's last click (given by the
browser when the mouse button went up) and the time at which the last change was painted: a change of the page's
main part (anything but the sidebar and the toolbar) or Plotly's `plotly_afterplot` of any chart. A page has settled
when Streamlit's status is idle, nothing has changed for a quarter of a second and all its charts are drawn. What is
reported is the time to the last painting, without that quarter of a second.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

QUIET_MS = 250
TIMEOUT_MS = 120_000
CHARTS = 4
"""On the platform's KPI page, and as many on the naive one."""
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
FIRST_PERIOD = "90d"
"""What the sidebar is set to when nobody has chosen."""
WATCH = Path(__file__).with_name("watch.js").read_text(encoding="utf-8")


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium with an empty profile: nothing is cached."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=which("chromium") or None, args=ARGUMENTS)
        try:
            yield running
        finally:
            running.close()


def visitor(running: Browser) -> BrowserContext:
    """Someone who was never here: a cache and a storage of their own."""
    context = running.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(TIMEOUT_MS)
    context.add_init_script(WATCH)
    return context


def open_and_wait(page: Page, url: str, charts: int = CHARTS) -> float:
    """Load a page of so many charts; returns the wall clock, in seconds, at its last painting."""
    page.goto(url, wait_until="commit")
    _wait_until_settled(page, charts)
    return page.evaluate("performance.timeOrigin + watched.seen.painted") / 1000


def load_milliseconds(page: Page, url: str, charts: int = CHARTS) -> float:
    """Load a page of at least so many charts; milliseconds from the start of the navigation to the last painting."""
    page.goto(url, wait_until="commit")
    _wait_until_settled(page, charts)
    return page.evaluate("watched.seen.painted")


def choose_period(page: Page, label: str) -> float:
    """Click a period in the sidebar; milliseconds from the click to the last painting."""
    pill = page.get_by_test_id("stSidebar").locator(".st-key-period").get_by_role("radio", name=label, exact=True)
    return _timed_click(page, pill)


def toggle_region(page: Page, member: str) -> float:
    """Add a region to the filter, or take it out if it is in; milliseconds from that click to the last painting."""
    box = page.get_by_test_id("stSidebar").locator(".st-key-region")
    remove = box.get_by_label(f"Remove {member}", exact=True)
    if remove.count():
        return _timed_click(page, remove)
    box.locator("input").click()
    milliseconds = _timed_click(page, page.get_by_role("option", name=member, exact=True))
    page.keyboard.press("Escape")
    return milliseconds


def view(page: Page) -> tuple[str, tuple[str, ...]]:
    """The filters that the page's address carries."""
    asked = parse_qs(urlsplit(page.url).query)
    return asked.get("period", [FIRST_PERIOD])[0], tuple(sorted(asked.get("region", [])))


def _timed_click(page: Page, target) -> float:  # noqa: ANN001 - Playwright's Locator
    target.click()
    page.wait_for_function("watched.seen.changed > watched.seen.click")
    _wait_until_settled(page)
    return page.evaluate("watched.seen.painted - watched.seen.click")


def _wait_until_settled(page: Page, charts: int = CHARTS) -> None:
    page.wait_for_function(f"window.watched && watched.settled({charts}, {QUIET_MS})")
