"""Files that are no orders, or only partly: one sentence, or a row kept with its reason."""

import gzip
import io
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.errors import ImportRefused
from warehouse.importing import import_orders
from warehouse.sources import open_source

HEADER = "Order ID,Date,Customer ID,Total,Region\n"
ROW = "1,2026-05-14,C1,9.50,North\n"


def workbook(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"sheet {number}")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(**files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return file.getvalue()


PACKED = gzip.compress((HEADER + ROW * 5000).encode(), mtime=0)
WORKBOOK = workbook([["Order ID", "Date", "Total"], [1, "2026-05-14", 2]])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (HEADER.encode(), "column names and no rows"),
        (b"Order ID^Date^Total\n1^2026-05-14^3\n", "separate the columns by comma"),
        (b"x" * 2_000_000, "single column"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "is a picture"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\xd0\xcf\x11\xe0" + bytes(500), "saved as .xlsx"),
        (bytes(range(256)) * 40, "not text"),
        (PACKED[:-9], "damaged or cut off"),
        (PACKED[:40] + b"\xff" * 40 + PACKED[80:], "damaged or cut off"),
        (gzip.compress(HEADER.encode() + b"0" * 200_000_000), "out of all proportion"),
        (zipped(readme="hello"), "a zip file, not a workbook"),
        (zipped(xl__workbook=b"0" * 200_000_000), "out of all proportion"),
        (zipped(xl__workbook="<broken"), "is damaged"),
        (WORKBOOK[:-30], "damaged or cut off"),
        (workbook([["only"]]), "no table in its first sheet"),
        (b"PAR1" + b"x" * 100, "damaged or cut off"),
        (b"{not json}\n", "not JSON lines"),
        (b'[{"order_id": 1, "date": "2026-05-14", "total": 1}]', "not JSON lines"),
        (b"[1]\n{", "single column"),
    ],
)
def test_a_file_that_is_no_table_of_orders_is_refused_in_one_sentence(tmp_path, content, sentence):
    file = tmp_path / "orders.bin"
    file.write_bytes(content)
    with pytest.raises(ImportRefused, match=sentence) as refused:
        import_orders(file, tmp_path / "shop.db")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "shop.db").exists()


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(ImportRefused, match="no file"):
            import_orders(path, tmp_path / "shop.db")


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8-sig", "a"), ("utf-16", "b"), ("utf-16-le", "c"), ("utf-16-be", "d"), ("cp1252", "e"),
                           ("utf-32", "f")]
)  # fmt: skip
def test_encodings_are_recognised(orders_file, tmp_path, rows, encoding, name):
    file = orders_file("1,2026-05-14,C1,9.50,Zürich", "2,2026-05-14,C1,9.50,Genève", header=HEADER, encoding=encoding)
    assert import_orders(file, tmp_path / "shop.db").accepted == 2
    assert rows(tmp_path / "shop.db", "SELECT DISTINCT region FROM transactions ORDER BY 1") == [
        ("Genève",),
        ("Zürich",),
    ]


def test_cyrillic_text_of_an_old_encoding_is_recognised(orders_file, tmp_path, rows):
    lines = [
        f"{n},2026-05-14,C1,9.50,{name}" for n, name in enumerate(["Москва", "Санкт-Петербург", "Новосибирск"] * 9)
    ]
    import_orders(orders_file(*lines, header=HEADER, encoding="cp1251"), tmp_path / "shop.db")
    assert ("Москва",) in rows(tmp_path / "shop.db", "SELECT DISTINCT region FROM transactions")


def test_lines_of_two_encodings_in_one_file_are_both_read(tmp_path, rows):
    file = tmp_path / "orders.csv"
    utf8, latin = "1,2026-05-14,C1,9.50,Zürich\n".encode(), "2,2026-05-14,C1,9.50,Zürich\n".encode("cp1252")
    undefined = b"3,2026-05-14,C1,9.50,Z\x81rich\n"
    file.write_bytes(HEADER.encode() + utf8 + latin + undefined)
    assert import_orders(file, tmp_path / "shop.db").accepted == 3
    found = rows(tmp_path / "shop.db", "SELECT region FROM transactions ORDER BY transaction_id")
    assert found[:2] == [("Zürich",), ("Zürich",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_recognised(orders_file, tmp_path, delimiter):
    lines = [line.replace(",", delimiter) for line in (HEADER.strip(), ROW.strip())]
    file = orders_file(lines[1], header=lines[0] + "\n")
    assert import_orders(file, tmp_path / "shop.db").accepted == 1


def test_the_delimiter_that_excel_writes_into_the_first_line_counts(orders_file, tmp_path):
    file = orders_file("1;2026-05-14;3", header="sep=;\nOrder ID;Date;Total\n")
    assert import_orders(file, tmp_path / "shop.db").accepted == 1


def test_lines_that_end_with_a_carriage_return_alone_are_lines(tmp_path):
    file = tmp_path / "orders.csv"
    for encoding in ("utf-8", "cp1252"):
        file.write_bytes((HEADER + ROW + ROW.replace("1,", "2,", 1) + "3,2026-05-14,C1,1,Zürich\n").replace("\n", "\r")
                         .encode(encoding))  # fmt: skip
        assert import_orders(file, tmp_path / f"{encoding}.db").accepted == 3


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("9,2026-05-14,C1,9.50,No\0rth", "NUL"),
        ("9,2026-05-14,C1,9.50," + "x" * 1_000_000, "longer than 1,000,000"),
        ("9,2026-05-14,C1,9.50," + "x" * 3_500_000, "longer than 1,000,000"),
        ("9,2026-05-14,C1,9.50," + "x" * 900_000, "longer than 300"),
        ('9,2026-05-14,C1,9.50,"North', "never closed"),
        ('9,"2026-05-14,C1,9.50,"North', "2 fields"),
        ("9,2026-05-14,C1,9.50,North,surplus", "6 fields"),
        ("9,2026-05-14", "2 fields"),
        ('"9",2026-05-14\rx,C1,9.50,North', "cannot be divided"),
    ],
)
def test_a_damaged_line_takes_no_other_with_it(orders_file, tmp_path, line, reason):
    file = orders_file(
        ROW.strip(), line, ROW.strip().replace("1", "2", 1), ROW.strip().replace("1", "3", 1), header=HEADER
    )
    report = import_orders(file, tmp_path / "shop.db")
    assert (report.read, report.accepted, report.rejected) == (4, 3, 1)
    assert report.samples[0].line == 3
    assert reason in report.samples[0].reason


def test_a_text_over_several_lines_in_quotation_marks_is_one_field(orders_file, tmp_path, rows):
    file = orders_file('1,2026-05-14,C1,"1,009.50","North\nof ""here"""', '2,2026-05-14,C1,2, "So, uth"', header=HEADER)
    assert import_orders(file, tmp_path / "shop.db").accepted == 2
    assert rows(tmp_path / "shop.db", "SELECT revenue, region FROM transactions ORDER BY 1") == [
        (2.0, "So, uth"),
        (1009.5, 'North\nof "here"'),
    ]


def test_blank_fields_behind_the_last_column_are_no_fault(orders_file, tmp_path):
    assert import_orders(orders_file("1,2026-05-14,C1,1,N,,", header=HEADER), tmp_path / "a.db").accepted == 1
    trailing = HEADER.strip() + ",\n"
    assert import_orders(orders_file("1,2026-05-14,C1,1,N,", header=trailing), tmp_path / "b.db").accepted == 1


def test_repeated_and_blank_column_names_are_told_apart(orders_file):
    file = orders_file("1,2,3,4", header="Name,Name,,Total\n")
    assert open_source(file).columns == ("Name", "Name (2)", "column 3", "Total")


def test_a_workbook_is_read_through_all_sheets_with_the_same_header(tmp_path, rows):
    import datetime

    header = ["Order ID", "Date", "Customer ID", "Total"]
    first = [header, [1, datetime.datetime(2026, 5, 14, 10, 30), 13085.0, 9.5], [], [2, "2026-05-15", None, "x"]]
    second = [header, [3, datetime.date(2026, 5, 16), "C3", 1]]
    file = tmp_path / "orders.xlsx"
    file.write_bytes(workbook(first, second, [["notes"], ["ignore me"]]))
    report = import_orders(file, tmp_path / "shop.db")
    assert (report.read, report.accepted, report.rejected) == (3, 2, 1)
    assert rows(tmp_path / "shop.db", "SELECT transaction_id, customer_id, date, order_minute FROM transactions") == [
        ("1", "13085", "2026-05-14", 630),
        ("3", "C3", "2026-05-16", 0),
    ]
    assert report.samples[0].line == 4


def test_cells_beyond_a_workbooks_header_are_a_fault(tmp_path):
    file = tmp_path / "orders.xlsx"
    file.write_bytes(workbook([["Order ID", "Date", "Total"], [1, "2026-05-14", 2], [2, "2026-05-14", 2, "surplus"]]))
    report = import_orders(file, tmp_path / "shop.db")
    assert (report.accepted, report.samples[0].reason) == (1, "the row has 4 cells, the header has 3")


def test_a_parquet_file_is_read_with_its_types(tmp_path, rows):
    import datetime

    table = pa.table(
        {
            "order_id": pa.array(["1", "2", "3"]),
            "date": pa.array(
                [datetime.datetime(2026, 5, 14, 10), None, datetime.datetime(2026, 5, 15)], pa.timestamp("ns")
            ),
            "customer_id": pa.array([13085.0, None, None]),
            "revenue": pa.array([0.1 + 0.2, 1.0, float("nan")]),
            "region": pa.array(["North", 'So"uth', "x,y"]).dictionary_encode(),
            "tags": pa.array([["a"], [], None]),
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    report = import_orders(tmp_path / "orders.parquet", tmp_path / "shop.db")
    assert (report.accepted, report.rejected) == (1, 2)
    assert rows(tmp_path / "shop.db", "SELECT customer_id, order_minute, revenue FROM transactions") == [
        ("13085", 600, 0.1 + 0.2)
    ]
    assert rows(tmp_path / "shop.db", "SELECT raw_text FROM rejected_rows") == [
        ('2,,,1,"So""uth",[]',),
        ('3,2026-05-15 00:00:00.000000000,,nan,"x,y",',),
    ]


def test_a_parquet_file_of_one_column_is_refused(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "orders.parquet")
    with pytest.raises(ImportRefused, match="fewer than two columns"):
        open_source(tmp_path / "orders.parquet")


def test_json_lines_are_read_and_each_bad_one_kept(tmp_path, rows):
    file = tmp_path / "orders.jsonl"
    lines = [
        '{"order_id": 1, "date": "2026-05-14T10:00:00Z", "total": 12.50, "region": {"name": "N"}}',
        "",
        '{"order_id": 2, "date": "2026-05-14", "total": NaN}',
        "[1, 2]",
        '{"order_id": "\\ud800", "date": "2026-05-14", "total": "1.5"}',
        '{"order_id": "a\\u0000b", "date": "2026-05-14", "total": "1.5"}',
        "{" * 3000,
        '{"order_id": 9, "x": "' + "y" * 1_200_000 + '"}',
    ]
    file.write_text("\n".join(lines))
    report = import_orders(file, tmp_path / "shop.db")
    assert (report.read, report.accepted, report.rejected) == (7, 2, 5)
    assert [reject.line for reject in report.samples] == [3, 4, 6, 7, 8]
    assert rows(tmp_path / "shop.db", "SELECT region FROM transactions WHERE transaction_id = '1'") == [
        ('{"name": "N"}',)
    ]
