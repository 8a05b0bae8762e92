"""The Data page: from a stranger's file to stored orders, and back; nothing is lost on the way."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from screen import plain_words, tiles, troubles
from streamlit.testing.v1 import AppTest

from ui import jobs
from warehouse.errors import ImportRefused

DATA = "workspace/data.py"
DIRTY = """\ufefforder_id;date;customer;revenue;region
A1;2026-10-01;ann@example.com;10,50;North
A2;2026-10-02;bob@example.com;20,25;=South
A3;31/02/2026;cid@example.com;5,00;North
A4;2026-10-03;;-4,00;North
A5;2026-10-04;dan@example.com;NaN;East
A6;2026-10-05;ann@example.com;30,00;<b>West</b>
A1;2026-10-06;eve@example.com;99,00;North
""".encode()
"""Seven rows: A3 has no such day, A5 no revenue, the second A1 another order's number."""


@pytest.fixture
def own_database(demo_database: Path, tmp_path: Path, use_database) -> Path:
    """A copy of the demo that may be changed, and no work under way from another test."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(demo_database) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
    use_database(path)
    jobs.dismiss()
    return path


def uploaded(visit, content: bytes, name: str = "orders.csv") -> AppTest:
    page = visit(DATA)
    page.file_uploader(key="orders-file").upload(name, content)
    return page.run()


def press(page: AppTest, label: str) -> AppTest:
    """Press a button that begins work, and wait for its end."""
    next(b for b in page.button if b.label == label).click().run()
    job = jobs.current_job()
    assert job is not None
    assert job.wait(60), "the work does not end"
    return page.run()


def answered(page: AppTest) -> AppTest:
    """Answer what the file alone cannot tell: day first, decimal comma."""
    for radio in [r for r in page.radio if (r.key or "").startswith("need-")]:
        radio.set_value("true" if "true" in radio.options or any("day" in o for o in radio.options) else ",")
    return page.run()


def rows(path: Path, query: str, *values: object) -> list[tuple]:
    with sqlite3.connect(path) as opened:
        return opened.execute(query, values).fetchall()


def outcome() -> object:
    job = jobs.current_job()
    assert job.fault is None, job.fault
    return job.outcome


def test_an_upload_is_shown_before_anything_is_done_with_it(visit, own_database):
    before = rows(own_database, "SELECT count(*) FROM transactions")
    page = uploaded(visit, DIRTY)
    assert not page.exception
    assert not troubles(page)
    assert any("order_id" in frame.value.columns and len(frame.value) >= 5 for frame in page.dataframe)
    assert rows(own_database, "SELECT count(*) FROM transactions") == before


def test_a_dry_run_counts_every_row_and_stores_none(visit, own_database):
    before = rows(own_database, "SELECT count(*), sum(revenue) FROM transactions")
    page = press(answered(uploaded(visit, DIRTY)), "Dry run")
    assert not page.exception
    report = outcome()
    assert report.dry_run
    assert report.read == report.accepted + report.rejected + report.duplicates == 7
    assert report.rejected >= 2
    assert rows(own_database, "SELECT count(*), sum(revenue) FROM transactions") == before


def test_an_import_keeps_the_bad_rows_beside_the_good_ones(visit, own_database):
    page = press(answered(uploaded(visit, DIRTY)), "Import")
    assert not page.exception
    report = outcome()
    assert report.read == report.accepted + report.rejected + report.duplicates == 7
    stored = dict(rows(own_database, "SELECT transaction_id, revenue FROM transactions"))
    assert {"A2": 20.25, "A6": 30.0}.items() <= stored.items()
    assert not {"A3", "A5"} & set(stored)
    kept = rows(own_database, "SELECT line_number, reason, raw_text FROM rejected_rows ORDER BY line_number")
    assert len(kept) == report.rejected
    assert {4, 6} <= {line for line, *_ in kept}, "A3 stands in line 4, A5 in line 6"
    assert "example.com" not in str(kept), "personal data are masked"
    assert not rows(own_database, "SELECT 1 FROM customers WHERE customer_id LIKE '%example.com%'")
    assert "rejected" in plain_words(page).lower()
    overview = page.switch_page("../pages/overview.py").run()
    assert not overview.exception
    assert tiles(overview)["Revenue"] == pytest.approx(sum(stored.values()))


def test_the_same_file_twice_changes_nothing(visit, own_database):
    press(answered(uploaded(visit, DIRTY)), "Import")
    once = rows(own_database, "SELECT transaction_id, revenue, region FROM transactions ORDER BY 1")
    jobs.dismiss()
    press(answered(uploaded(visit, DIRTY)), "Import")
    assert outcome().accepted == 0
    assert rows(own_database, "SELECT transaction_id, revenue, region FROM transactions ORDER BY 1") == once


def test_a_file_is_kept_for_its_user_alone_and_only_until_it_is_imported(visit, own_database):
    page = answered(uploaded(visit, DIRTY))
    kept = page.session_state["_upload"]
    assert (kept.path.stat().st_mode & 0o777, kept.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    press(page, "Dry run")
    assert kept.path.read_bytes() == DIRTY
    jobs.dismiss()
    page = press(page.run(), "Import")
    assert outcome().accepted > 0
    assert not kept.path.exists()
    assert "no longer kept" in plain_words(page)
    page.button(key="look-again").click().run()
    assert not page.exception
    again = page.session_state["_upload"].path
    assert again.read_bytes() == DIRTY
    page.file_uploader(key="orders-file").upload("other.csv", b"order_id,date,revenue\nA1,2026-10-01,5\n")
    page.run()
    assert not again.exists(), "another file took its place"
    other = page.session_state["_upload"].path
    assert other.exists()
    page.file_uploader(key="orders-file").set_value(None)
    page.run()
    assert not other.exists(), "the visitor took it away"
    assert "_upload" not in page.session_state


def test_a_file_that_a_running_job_reads_is_not_removed_under_it(visit, own_database):
    page = uploaded(visit, DIRTY)
    kept = page.session_state["_upload"]
    with kept.in_use():
        page.file_uploader(key="orders-file").set_value(None)
        page.run()
        assert kept.path.read_bytes() == DIRTY
    assert not kept.path.exists()


@pytest.mark.parametrize("text", ["[a](http://evil.example)", "![x](http://evil.example/x.png)", ":red[**b**] $x$ `c`"])
def test_text_from_a_file_is_no_markup(text, visit, own_database):
    dates = f"order_id;date;revenue\nA1;01/02/2026;10,50 {text}\nA2;02/03/2026;1.234\n".encode()
    columns = f"order_id;date;{text}\nA1;2026-10-01;5\n".encode()
    for content in (dates, columns):
        page = uploaded(visit, content, f"{text}.csv".replace("/", "_"))
        assert not page.exception
        shown = [e.value for e in (*page.error, *page.warning, *page.info, *page.success, *page.caption)]
        shown += [radio.label for radio in page.radio]
        assert not [s for s in shown if text in s]


def test_what_a_job_says_is_no_markup(visit, own_database):
    def refused(job):
        raise ImportRefused("The mapping names [a](http://evil.example), which the file does not have.")

    jobs.start("Import", refused).wait(10)
    shown = visit(DATA).error[0].value
    assert "[a](http://evil.example)" not in shown
    assert "\\[a\\]" in shown


def test_the_way_back_to_the_demo_keeps_ones_own_orders(visit, own_database):
    press(answered(uploaded(visit, DIRTY)), "Import")
    jobs.dismiss()
    own = rows(own_database, "SELECT transaction_id FROM transactions ORDER BY 1")
    back = press(visit(DATA), "Back to demo data")
    assert not back.exception
    assert rows(own_database, "SELECT value FROM settings WHERE key = 'is_demo'") == [("1",)]
    jobs.dismiss()
    press(visit(DATA), "Bring back the orders replaced last")
    assert rows(own_database, "SELECT transaction_id FROM transactions ORDER BY 1") == own


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("heading.csv", b"order_id,date,revenue\n"),
        ("noise.csv", bytes(range(256)) * 40),
        ("nul.csv", b"order_id,date,revenue\nA\x001,2026-10-01,5\n"),
        ("noise.xlsx", b"PK\x03\x04" + b"not a workbook" * 50),
        ("noise.parquet", b"PAR1 no PAR1"),
        ("noise.csv.gz", b"\x1f\x8b" + b"cut"),
        ("prose.txt", b"Dear Sir or Madam,\n\nno orders here.\n"),
        ("../../etc/passwd.csv", b"a,b\n1,2\n"),
        ("<img src=x>.csv", b"<script>,![x](http://evil.example)\n=1+1,2\n"),
        ("list.json", b"[1, 2, 3]"),
        ("deep.jsonl", b'{"a": ' * 2000),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_holds_no_orders_is_refused_in_words(name, content, visit, own_database):
    before = rows(own_database, "SELECT count(*), sum(revenue) FROM transactions")
    page = uploaded(visit, content, name)
    assert not page.exception
    assert "Traceback" not in plain_words(page)
    for element in [*page.error, *page.warning, *page.caption, *page.markdown]:
        assert "<script>" not in element.value.replace(r"\<", "&lt;")
    assert rows(own_database, "SELECT count(*), sum(revenue) FROM transactions") == before


def test_quality_speaks_of_every_column_in_the_shop(visit, own_database):
    page = visit(DATA)
    quality = next(f.value for f in page.dataframe if "missing" in f.value.columns)
    assert {"revenue", "region"} <= {str(c).lower() for c in quality["column"]}
    missing = pd.to_numeric(quality["missing"])
    assert missing.between(0, 1).all()


def test_a_setting_that_cannot_be_is_refused_and_changes_nothing(visit, own_database):
    page = visit(DATA)
    before = rows(own_database, "SELECT key, value FROM settings ORDER BY 1")
    next(t for t in page.text_input if "Currency" in t.label and "shop" not in (t.key or "")).set_value("€€€")
    next(b for b in page.button if b.label == "Save").click().run()
    assert not page.exception
    assert "currency" in " ".join(troubles(page)).lower()
    assert rows(own_database, "SELECT key, value FROM settings ORDER BY 1") == before
