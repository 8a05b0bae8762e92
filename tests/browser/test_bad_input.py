"""What people type and tick, in a real browser: answered where it was done, and nobody else's row is hit."""

import shutil
from datetime import date

import pytest
from playwright.sync_api import expect

from analytics.descriptive.event_entries import Event
from warehouse.desk import desk_path
from warehouse.events import all_events, change_events, put_events

pytestmark = pytest.mark.browser

FAIR = Event(date(2026, 9, 7), date(2026, 9, 9), "Book fair", "promotion")
POWER_CUT = Event(date(2026, 8, 20), date(2026, 8, 20), "Power cut", "outage")
STRIKE = Event(date(2026, 1, 20), date(2026, 1, 20), "Strike")
HOSTILE = '<img src=x onerror="document.title=1337"> =1+1 [x](javascript:alert(1))'


@pytest.fixture
def shop(serve, demo_database, tmp_path):
    """A server over a shop of its own, and the desk that belongs to it."""
    database = shutil.copy(demo_database, tmp_path / "shop.db")
    return serve(database), desk_path(database, is_demo=True)


def type_day(page, which: int, digits: str) -> None:
    page.get_by_test_id("stDateInput").nth(which).get_by_role("spinbutton").first.click()
    page.keyboard.type(digits, delay=20)
    page.keyboard.press("Tab")


def test_events_that_cannot_be_meant_are_refused_where_they_are_typed_and_names_are_text(shop, browse):
    server, desk = shop
    page = browse(server.url + "/events").page
    name, add = page.get_by_label("Name", exact=True), page.get_by_role("button", name="Add event")
    name.fill("x" * 300)
    add.click()
    expect(page.get_by_text("expected at most 80 characters, got 300")).to_be_visible()
    name.fill(HOSTILE)
    type_day(page, 0, "10092026")
    type_day(page, 1, "07092026")
    add.click()
    expect(page.get_by_text("the last day, 7 Sep 2026, lies before the first, 10 Sep 2026")).to_be_visible()
    type_day(page, 0, "01011066")
    add.click()
    expect(page.get_by_text("expected a year from 1970 to 2199, got 1066")).to_be_visible()
    assert not desk.exists()
    type_day(page, 0, "07092026")
    add.click()
    expect(page.get_by_text(f"Added: {HOSTILE[:20]}")).to_be_visible()
    assert [event.label for event in all_events(desk)] == [HOSTILE]
    assert page.title() != "1337"
    assert not page.locator("img[src=x]").count()


def test_a_tick_never_falls_on_the_row_that_came_in_its_place(shop, browse):
    server, desk = shop
    put_events(desk, [FAIR, POWER_CUT])
    page = browse(server.url + "/events").page
    table = page.get_by_test_id("stDataFrame").first
    change_events(desk, [STRIKE], [FAIR])  # in another tab: as many rows as before, the second is now the first
    box = table.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 50, box["y"] + 35 * 1.5)  # "Delete" of the first row that is shown
    expect(page.get_by_text("Somebody else changed this table meanwhile")).to_be_visible()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
    assert set(all_events(desk)) == {POWER_CUT, STRIKE}


def test_a_long_name_pushes_no_figure_off_a_table(serve, browse, stored, demo_orders, tmp_path):
    long = demo_orders.assign(region=demo_orders["region"] + "x" * 190, channel=demo_orders["channel"] + "y" * 190)
    page = browse(serve(stored(long, tmp_path / "long.db")).url + "/").page
    beyond = "tables => tables.map(table => table.scrollWidth - table.clientWidth)"
    assert set(page.locator(".fit").evaluate_all(beyond)) == {0}
