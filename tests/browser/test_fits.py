"""A model that nobody has asked for yet, in a real browser: its progress, its page when it is done, and its stop."""

import re
import shutil

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PATIENCE_MS = 180_000
"""A fit takes seconds on an idle machine."""
UNDER_WAY = re.compile("Customer value is being fitted")


@pytest.fixture
def unfitted(serve, demo_database, tmp_path):
    """A server whose models nobody has asked for."""
    return serve(shutil.copy(demo_database, tmp_path / "shop.db"))


def test_a_page_shows_how_far_a_fit_is_and_is_drawn_when_it_is_done(unfitted, browse):
    page = browse(unfitted.url + "/customer_value", drawn=False).page
    expect(page.get_by_text(UNDER_WAY)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(re.compile("customers of today will bring"))).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(UNDER_WAY)).to_have_count(0)
    page.reload()
    expect(page.get_by_text(re.compile("customers of today will bring"))).to_be_visible(timeout=PATIENCE_MS)


def test_a_fit_is_stopped_by_a_press_and_begun_by_another(unfitted, browse):
    page = browse(unfitted.url + "/customer_value", drawn=False).page
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click(timeout=PATIENCE_MS)
    expect(page.get_by_text("The fit was stopped.")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Fit it now").click()
    expect(page.get_by_text(re.compile("customers of today will bring"))).to_be_visible(timeout=PATIENCE_MS)
