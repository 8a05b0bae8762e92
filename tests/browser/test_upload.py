"""A visitor brings a file that is not clean, in a real browser, from the upload to the rejected rows."""

import csv
import io
import re
import shutil
import sqlite3

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DIRTY = """\ufefforder_id;date;customer;revenue;region
A1;2026-10-01;ann@example.com;10,50;North
A2;2026-10-02;bob@example.com;20,25;=1+1
A3;31/02/2026;cid@example.com;5,00;North
A5;2026-10-04;dan@example.com;NaN;East
A6;2026-10-05;ann@example.com;30,00;<img src=x onerror=alert(1)>
"""


def test_a_dirty_file_is_uploaded_tried_imported_and_its_bad_rows_downloaded(serve, browse, demo_database, tmp_path):
    database, file = tmp_path / "shop.db", tmp_path / "dirty orders.csv"
    shutil.copy(demo_database, database)
    file.write_text(DIRTY, encoding="utf-8")
    opened = browse(serve(database).url + "/data")
    page = opened.page
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_role("button", name=re.compile("Dry run"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Dry run")).click()
    expect(page.get_by_text("For example line 4")).to_be_visible()
    assert _count(database, "transactions") > 1_000, "a dry run stores nothing"
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name=re.compile(r"Import$")).click()
    expect(page.get_by_text("Rejected rows of")).to_be_visible()
    assert _count(database, "transactions") == 3
    assert _count(database, "rejected_rows") == 2
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("Download all rejected rows")).click()
    rejected = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    assert [row["line_number"] for row in rejected] == ["4", "5"]
    assert not [cell for row in rejected for cell in row.values() if cell.startswith(("=", "+", "@"))]
    assert "example.com" not in str(rejected), "personal data are masked"
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".tiles")).to_contain_text("60.75")
    assert page.locator('[data-testid="stMain"] img[src="x"]').count() == 0
    assert not [c for c in opened.complaints if c.startswith("error") and "404" not in c]


def _count(database, table: str) -> int:
    with sqlite3.connect(database) as opened:
        return opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
