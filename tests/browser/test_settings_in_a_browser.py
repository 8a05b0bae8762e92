"""The settings page in two browsers at once: a form that is open in one keeps what the other has saved."""

import shutil

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

RATE, BAND = "Discount rate, % a year", "Prices may move by at most, %"


def test_a_form_that_was_open_while_another_browser_saved_does_not_put_the_old_values_back(
    serve, browse, demo_database, tmp_path
):
    server = serve(shutil.copy(demo_database, tmp_path / "shop.db"))
    here, there = (browse(f"{server.url}/settings").page for _ in range(2))

    def state(page, name: str, value: str) -> None:
        field = page.get_by_role("spinbutton", name=name)
        field.fill(value)
        field.press("Enter")

    state(there, RATE, "8")
    expect(there.get_by_text("Saved as version 1.")).to_be_visible()
    state(here, BAND, "5")
    expect(here.get_by_text("It was changed elsewhere meanwhile: do what you did in it again.")).to_be_visible()
    expect(here.get_by_role("spinbutton", name=RATE)).to_have_value("8.00")
    state(here, BAND, "5")
    expect(here.get_by_text("Saved as version 2.")).to_be_visible()
    there.reload()
    expect(there.get_by_role("spinbutton", name=BAND)).to_have_value("5.00")
    expect(there.get_by_role("spinbutton", name=RATE)).to_have_value("8.00")
