"""Files of rows: what the filters keep and no more, complete, without formulas, and never all in memory."""

import csv
import io
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date

import anyio
import pandas as pd
import pyarrow as pa
import pytest
from asgi import answer_to
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from analytics.descriptive.order_list import month_by_month, orders_in_view
from analytics.filters import Filters
from analytics.periods import Period
from ui import data, row_files
from ui.customer_choices import listed_as
from ui.row_files import asked_filters, csv_pieces, customer_file, order_file
from ui.streamed import file_routes

ALL_DAYS = [("period", "Custom"), ("days", "2025-10-31"), ("days", "2026-10-31")]
FORMULAS = ("=1+1", "+1+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", '=HYPERLINK("http://x","y")')


@pytest.fixture
def tiny(tiny_database, use_database):
    use_database(tiny_database)
    data.pin_version()
    return data.shop()


def rows_of(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "Excel needs the mark"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read(asked: list[tuple[str, str]]) -> list[dict[str, str]]:
    return rows_of(b"".join(order_file(asked).pieces))


def test_the_file_holds_every_order_and_refund_of_the_view_by_day(tiny):
    rows = read(ALL_DAYS)
    assert [row["transaction_id"] for row in rows] == ["T1", "T8", "T2", "T3", "T4", "T5", "T6", "T7"]
    assert sum(float(row["revenue"]) for row in rows) == 600
    assert rows[0] | {"customer_id": "C1", "date": "2025-10-31", "revenue": "100", "region": "North"} == rows[0]
    assert (rows[4]["customer_id"], rows[4]["satisfaction_score"]) == ("", ""), "a guest without a score"


def test_filters_reach_the_file(tiny):
    rows = read([*ALL_DAYS, ("region", "South"), ("region", "East"), ("channel", "Website"), ("metric", "whatever")])
    assert [row["transaction_id"] for row in rows] == ["T3", "T6"]


def test_a_view_of_nothing_is_a_heading_alone(tiny):
    pieces = list(order_file([*ALL_DAYS, ("region", "North"), ("channel", "Store")]).pieces)
    assert len(pieces) == 1
    assert rows_of(pieces[0]) == []
    assert pieces[0].decode("utf-8-sig").startswith('"transaction_id","customer_id","date","revenue"')


def test_columns_that_the_shop_has_nothing_in_are_left_out(tiny_orders, stored, tmp_path, use_database):
    bare = tiny_orders.assign(delivery_days=None, satisfaction_score=None, age_group=None)
    use_database(stored(bare, tmp_path / "bare.db"))
    assert not {"delivery_days", "satisfaction_score", "age_group"} & read(ALL_DAYS)[0].keys()


def test_the_file_equals_the_store_to_the_cent(demo_url, demo_database):
    rows = read([("period", "All"), ("region", "North"), ("region", "West")])
    last = data.shop().today.isoformat()
    with closing(sqlite3.connect(demo_database)) as opened:
        count, revenue = opened.execute(
            "SELECT count(*), sum(revenue) FROM transactions WHERE region IN ('North', 'West') AND date <= ?", (last,)
        ).fetchone()
    assert len(rows) == count > 500
    assert sum(float(row["revenue"]) for row in rows) == pytest.approx(revenue, abs=0.005)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_anywhere_is_text(formula, tiny_orders, stored, tmp_path, use_database):
    ids = [f"{formula}{n}" for n in range(len(tiny_orders))]
    hostile = tiny_orders.assign(transaction_id=ids, region=formula, channel=formula)
    use_database(stored(hostile, tmp_path / "hostile.db"))
    for row in read(ALL_DAYS):
        assert row["region"] == row["channel"] == f"'{formula}"
        assert row["transaction_id"].startswith(f"'{formula}")


@given(st.lists(st.text(max_size=12) | st.sampled_from(FORMULAS) | st.none(), min_size=1, max_size=8))
def test_the_quick_look_for_formulas_finds_what_the_slow_one_does(texts):
    for column in (pa.array(texts, "string"), pa.array(texts, "string").dictionary_encode()):
        batch = pa.RecordBatch.from_arrays([column, pa.array(range(len(texts)))], ["name", "n"])
        rows = rows_of(b"".join(csv_pieces(batch for _ in range(1))))
        assert [row["name"] for row in rows] == [data.harmless(text or "") for text in texts]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ([("period", "1y")], "period: expected one of 7d"),
        ([("period", "7d"), ("period", "30d")], "period: expected one of"),
        ([("compare", "previous")], "compare: expected one of Previous and last year"),
        ([("region", "Nowhere")], "region: 'Nowhere' is not in this shop's data"),
        ([("region", "")], "region: '' is not"),
        ([("region", "x" * 500)], "x…' is not"),
        ([("period", "Custom"), ("days", "31/10/2026")], "days: expected days such as"),
        ([("period", "Custom"), ("days", "1999-01-01")], "days: expected days of 31 Oct 2025 – 31 Oct 2026"),
        ([*ALL_DAYS, ("days", "2026-01-01")], "days: expected the first and the last day, got 3"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(asked, sentence, tiny):
    with pytest.raises(ValueError) as refused:
        asked_filters(asked, tiny)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_address_asks_a_file_for_what_it_asks_a_page_for(tiny):
    filters = Filters(Period(date(2026, 9, 1), date(2026, 10, 5)), "previous", region=("North", "South"))
    asked = [(key, v) for key, value in filters.query().items() for v in ([value] if isinstance(value, str) else value)]
    assert asked_filters(asked, tiny) == filters
    assert asked_filters([], tiny).period.days == 90
    one_day = asked_filters([("period", "Custom"), ("days", "2026-10-05")], tiny)
    assert one_day.period == Period(date(2026, 10, 5), date(2026, 10, 5))


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900))
def test_the_months_of_a_view_are_all_its_days_once(start, more):
    view = Filters(Period(start, start).shifted(0), region=("North",))
    view = replace(view, period=Period(start, date.fromordinal(start.toordinal() + more)))
    pieces = month_by_month(view)
    assert sum(piece.period.days for piece in pieces) == view.period.days
    assert pieces[0].period.start == view.period.start
    assert pieces[-1].period.end == view.period.end
    assert all(b.period.start.day == 1 for b in pieces[1:])
    assert {piece.region for piece in pieces} == {("North",)}


def test_a_file_speaks_of_the_data_that_it_began_with(tiny, tiny_orders, stored, tiny_database):
    file = order_file(ALL_DAYS)
    begun = next(file.pieces)
    stored(tiny_orders.assign(revenue=1000.0), tiny_database)
    assert sum(float(row["revenue"]) for row in rows_of(begun + b"".join(file.pieces))) == 600


@pytest.mark.parametrize(("file", "day"), [(order_file, "date"), (customer_file, "last_order_on")])
def test_an_import_while_a_file_is_begun_reaches_its_filters_and_its_rows_alike(
    tiny, tiny_orders, stored, tiny_database, monkeypatch, file, day
):
    def shop_then_import():
        found = read_shop()
        if not came:
            came.append(stored(tiny_orders.assign(date="2026-11-05"), tiny_database))
        return found

    read_shop, came = data.shop, []
    monkeypatch.setattr(data, "shop", shop_then_import)
    made = file([("period", "All")])
    assert made.name.endswith("2026-11-05_2026-11-05.csv"), "the period is that of the later data"
    rows = rows_of(b"".join(made.pieces))
    assert {row[day][:10] for row in rows} == {"2026-11-05"}, "and so are the rows"


def test_rows_come_some_at_a_time_and_whoever_stops_ends_the_query(tiny, monkeypatch):
    monkeypatch.setattr(row_files, "ROWS_AT_A_TIME", 1)
    ended = []

    def watched(*given):
        try:
            yield from real(*given)
        finally:
            ended.append(True)

    real = data.streamed
    monkeypatch.setattr(data, "streamed", watched)
    pieces = order_file(ALL_DAYS).pieces
    assert b"T1" in next(pieces) + next(pieces)
    assert not ended
    pieces.close()
    assert ended


def test_orders_in_view_takes_a_frame_of_customers_as_it_is(tiny):
    with data.warehouse().tables() as tables:
        filters = Filters(Period(date(2026, 10, 5), date(2026, 10, 25)), segment=("Regular",))
        found = orders_in_view(tables.orders, tables.customers, filters, tiny).to_pandas()
    assert found["transaction_id"].tolist() == ["T3", "T4", "T6"]
    assert found["customer_id"].fillna("guest").tolist() == ["C2", "guest", "C2"]
    assert pd.to_datetime(found["date"]).is_monotonic_increasing


def test_customers_leave_with_their_figures_those_who_brought_most_first(tiny):
    rows = rows_of(b"".join(customer_file([("period", "90d"), ("region", "North"), ("region", "South")]).pieces))
    assert [row["customer_id"] for row in rows] == ["C1", "C2"]
    figures = [(row["orders"], row["revenue"], row["orders_in_view"], row["revenue_in_view"]) for row in rows]
    assert figures == [("2", "300", "1", "200"), ("1", "0", "1", "0")], "C2 gave back what it bought"
    assert [row["last_order_on"] for row in rows] == ["2026-09-10", "2026-10-05"]


def test_the_file_of_customers_is_searched_and_sorted_as_the_list(tiny):
    def ids_of(*asked):
        return [r["customer_id"] for r in rows_of(b"".join(customer_file([("period", "All"), *asked]).pieces))]

    assert ids_of(("search", "c2")) == ["C2"]
    by_id = ids_of(("sort", "Customer"), ("order", "Rising"))
    assert by_id == sorted(by_id)
    assert ids_of(("sort", "Customer")) == by_id[::-1]
    assert ids_of(("search", "nobody")) == []


@pytest.mark.parametrize(
    ("name", "value"), [("sort", "mood"), ("order", "sideways"), ("search", "x" * 101)], ids=["sort", "order", "search"]
)
def test_a_list_that_cannot_be_followed_is_refused(tiny, name, value):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        customer_file([(name, value)])


def test_the_link_leaves_out_what_the_file_would_refuse():
    assert listed_as({"sort": "mood", "order": "Rising", "search": " <b> ", "region": "x"}) == {
        "order": "Rising",
        "search": "<b>",
    }


def test_a_shop_whose_orders_name_nobody_has_no_file_of_customers(tiny_orders, stored, tmp_path, use_database):
    use_database(stored(tiny_orders.assign(customer_id=None), tmp_path / "guests.db"))
    answer = answer_to(Starlette(routes=file_routes()), "/export/customers.csv", {})
    assert answer.status == 404
    assert "names its customer" in answer.text


@pytest.fixture
def app(tiny):
    return Starlette(routes=file_routes())


def test_the_address_answers_with_a_file(app):
    answer = answer_to(app, "/export/orders.csv", {})
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="orders_2026-08-03_2026-10-31.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert [row["transaction_id"] for row in rows_of(answer.content)] == ["T2", "T3", "T4", "T5", "T6", "T7"]


def test_the_customers_have_an_address_of_their_own(app):
    answer = answer_to(app, "/export/customers.csv?period=All&region=East", {})
    assert answer.headers["content-disposition"] == 'attachment; filename="customers_2025-10-31_2026-10-31.csv"'
    assert [row["customer_id"] for row in rows_of(answer.content)] == ["C3"]


def test_a_visitor_who_goes_away_ends_the_query(app, monkeypatch):
    monkeypatch.setattr(row_files, "ROWS_AT_A_TIME", 1)
    real, read, ended = row_files.csv_pieces, [], []

    def watched(batches):
        try:
            for piece in real(batches):
                read.append(piece)
                yield piece
        finally:
            ended.append(len(read))

    monkeypatch.setattr(row_files, "csv_pieces", watched)
    monkeypatch.setattr(row_files, "month_by_month", lambda filters: [filters] * 1000)
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def go() -> None:
        sent = anyio.Event()

        async def receive() -> dict:
            if asked:
                return asked.pop()
            await sent.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            if message.get("body"):
                sent.set()

        scope = {"type": "http", "method": "GET", "path": "/export/orders.csv", "query_string": b"", "headers": []}
        await app(scope, receive, send)

    with ThreadPoolExecutor(1) as own_thread:
        own_thread.submit(anyio.run, go).result(timeout=60)
    assert ended == [len(read)]
    assert len(read) < 100, "of six thousand"


def test_head_is_answered_without_rows_and_other_methods_are_refused(app):
    head = answer_to(app, "/export/orders.csv", {}, "HEAD")
    assert (head.status, head.content) == (200, b"")
    assert "content-length" not in head.headers
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert answer_to(app, "/export/orders.csv", {}, method).status == 405


def test_the_address_refuses_nonsense_and_says_what_is_wrong_with_the_data(app, tmp_path, use_database):
    refused = answer_to(app, "/export/orders.csv?region=Nowhere", {})
    assert (refused.status, refused.text) == (400, "region: 'Nowhere' is not in this shop's data.")
    use_database(tmp_path / "none.db")
    broken = answer_to(app, "/export/orders.csv", {})
    assert broken.status == 503
    assert "db_setup.py" in broken.text
