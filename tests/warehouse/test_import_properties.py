"""Whatever is in a file, nothing is lost and nothing but a refusal is raised; valid orders come out as they went in."""

import csv
import io
import random
import sqlite3
import tempfile
from contextlib import closing
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.errors import ImportRefused
from warehouse.importing import import_orders

CALM = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PIECES = [
    *(
        b"1,2026-05-14,C1,9.50,North\n",
        b"2,2026-05-14,C1,NaN,\n",
        b'"',
        b'""',
        b",",
        b";",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xe4",
        "ü\u2028".encode(),
        b"'",
        b"\\",
        b"=1+1",
        b"31/02/2026",
        b"x" * 3000,
        b"\x1f",
    ),
    *(b'3,2026-05-14,C1,"1\n,5",', b"4,2026-05-14,,1e999,\n", b"5,2026-05-14,a@b.c,-1,\n", b"6,2026-05-14,C1,", b"\t"),
]
SOUP = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=40).map(b"".join)
HEADER = b"Order ID,Date,Customer ID,Total,Region\n"
GOOD = b"g1,2026-05-14,C1,2.00,North\n"


def imported(content: bytes):
    with tempfile.TemporaryDirectory() as folder:
        file, database = Path(folder) / "soup.csv", Path(folder) / "shop.db"
        file.write_bytes(content)
        try:
            report = import_orders(file, database)
        except ImportRefused:
            assert not database.exists()
            return None, [], []
        if not database.exists():
            assert report.accepted == 0
            return report, [], []
        with closing(sqlite3.connect(database)) as store:
            assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert store.execute("PRAGMA foreign_key_check").fetchall() == []
            orders = store.execute("SELECT transaction_id, date, revenue, region FROM transactions").fetchall()
            rejected = store.execute("SELECT line_number, raw_text FROM rejected_rows").fetchall()
        return report, orders, rejected


@CALM
@given(SOUP)
def test_any_byte_soup_below_a_header_loses_nothing(soup):
    report, orders, rejected = imported(HEADER + GOOD + soup)
    if report is None:
        return
    assert report.accepted + report.rejected + report.duplicates == report.read
    if orders:
        assert len(orders) == report.accepted
        assert len(rejected) == report.rejected


@CALM
@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters='"\r\n'), max_size=30)))
def test_every_line_that_is_not_blank_is_read_once(lines):
    report, _, _ = imported(HEADER + GOOD + "".join(f"{line}\n" for line in lines).encode())
    if report is not None:
        assert report.read == 1 + sum(bool(line.strip()) for line in lines)


@CALM
@given(SOUP)
def test_any_byte_soup_at_all_is_read_or_refused(soup):
    report, _, _ = imported(soup)
    if report is not None:
        assert report.accepted + report.rejected + report.duplicates == report.read


TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12
).filter(lambda text: text.lower() not in ("na", "n/a", "#n/a", "null", "none", "-", "--", "nan") and text.isprintable()
         and "\ufeff" not in text)  # fmt: skip


@CALM
@given(
    st.lists(
        st.tuples(
            st.dates(min_value=date(1995, 1, 1), max_value=date(2025, 1, 1)),
            st.floats(-1e6, 1e6).map(lambda value: round(value, 2)),
            TEXT,
        ),
        min_size=1,
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
def test_any_valid_orders_come_out_as_they_went_in(orders, chance: random.Random):
    delimiter = chance.choice(",;\t|")
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=chance.choice(["\n", "\r\n"]))
    writer.writerow(["Order ID", "Date", "Customer ID", "Total", "Region"])
    for number, (day, revenue, region) in enumerate(orders):
        writer.writerow([f"T{number}", day.isoformat(), f"C{number % 3}", f"{revenue:.2f}", region])
    report, stored, rejected = imported(file.getvalue().encode("utf-8"))
    assert rejected == []
    assert report.accepted == len(orders)
    expected = {(f"T{n}", day.isoformat(), revenue + 0.0, region) for n, (day, revenue, region) in enumerate(orders)}
    assert set(stored) == expected
