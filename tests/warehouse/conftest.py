"""Small files of orders and small databases, made of plain text so that a test shows what it reads."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from shop_rows import fill

from warehouse.importing import import_orders
from warehouse.replacing import replacing
from warehouse.report import ImportReport

HEADER = "Order ID,Date,Customer ID,Total,Region,Score,Delivery Days\n"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A shop with twenty own orders of 1.00 each."""
    path = tmp_path / "shop.db"
    with replacing(path) as connection:
        fill(connection, 1)
    return path


@pytest.fixture
def rows() -> Callable[..., list[tuple]]:
    """``rows(path, "SELECT …")``, read with nothing but SQLite."""

    def read(path: Path, query: str, *values: object) -> list[tuple]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(query, values).fetchall()

    return read


@pytest.fixture
def orders_file(tmp_path: Path) -> Callable[..., Path]:
    """``orders_file("1,2026-05-14,C1,9.50,North,5,3")``: the lines below the usual header, as a CSV file."""

    def write(*lines: str, header: str = HEADER, name: str = "orders.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes((header + "".join(f"{line}\n" for line in lines)).encode(encoding))
        return path

    return write


@pytest.fixture
def imported(orders_file: Callable[..., Path], tmp_path: Path) -> Callable[..., tuple[ImportReport, Path]]:
    """``imported(*lines, header=…, **how)``: import such a file; the report and the database."""

    def run(*lines: str, header: str = HEADER, name: str = "orders.csv", **how: object) -> tuple[ImportReport, Path]:
        path = tmp_path / "imported.db"
        return import_orders(orders_file(*lines, header=header, name=name), path, **how), path

    return run
