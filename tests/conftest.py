"""Shops that all tests share: one of eight orders to add up by hand, a small demo, and one without orders."""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `pytest` alone does not put the project's folder there, `python -m pytest` does
    sys.path.insert(0, str(ROOT))

COLUMNS = (
    "transaction_id",
    "customer_id",
    "date",
    "revenue",
    "category",
    "channel",
    "payment_method",
    "delivery_days",
    "satisfaction_score",
    "segment",
    "region",
    "age_group",
)
TINY = (
    ("T1", "C1", "2025-10-31", 100.0, "Books", "Website", "Card", 3, 5, "Premium", "North", "25-34"),
    ("T2", "C1", "2026-09-10", 200.0, "Books", "Mobile app", "UPI", 4, 4, "Premium", "North", "25-34"),
    ("T3", "C2", "2026-10-05", 50.0, "Toys", "Website", "Card", 2, 3, "Regular", "South", "35-44"),
    ("T4", None, "2026-10-12", 80.0, "Toys", "Store", "Cash", 1, None, "Regular", "South", None),
    ("T5", "C3", "2026-10-20", 120.0, "Home", "Marketplace", "UPI", 6, 2, "Budget", "East", "18-24"),
    ("T6", "C2", "2026-10-25", -50.0, "Toys", "Website", "Card", None, None, "Regular", "South", "35-44"),
    ("T7", "C3", "2026-10-31", 30.0, "Home", "Mobile app", "Wallet", None, 5, "Budget", "East", "18-24"),
    ("T8", "C4", "2025-11-15", 70.0, "Beauty", "Store", "Card", 2, 4, "Regular", "West", "55+"),
)
"""T6 is T3 given back, T4 a guest who told nothing and gave no score, C1 bought in both years, C3 twice in ten days.

Over all time: revenue 600 of 7 orders by 4 customers, 650 before the refund, 23 points in 6 scores, 18 days in 6
deliveries. From August 2026 on: revenue 430 of 5 orders by 3 customers, 480 before the refund, 14 points in 4 scores.
"""

DEMO_ORDERS = 2_500


@pytest.fixture
def tiny_orders() -> pd.DataFrame:
    """Eight rows, seven of them orders; see ``TINY`` for the answers."""
    orders = pd.DataFrame(TINY, columns=COLUMNS)
    return orders.assign(date=pd.to_datetime(orders["date"]))


@pytest.fixture(scope="session")
def stored() -> Callable[..., Path]:
    """Store a frame of orders as a shop's database: ``stored(orders, path, currency="EUR")``."""
    return _store


@pytest.fixture
def tiny_database(tiny_orders: pd.DataFrame, tmp_path: Path) -> Path:
    """The tiny shop as a database."""
    return _store(tiny_orders, tmp_path / "tiny.db", shop_name="Tiny")


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small simulated shop of two years, with its ground truth."""
    from data_generation import SimulationSettings, simulate, write_shop

    folder = tmp_path_factory.mktemp("demo-files")
    write_shop(simulate(SimulationSettings(orders=DEMO_ORDERS)), folder)
    return folder


@pytest.fixture(scope="session")
def demo_orders(demo_files: Path) -> pd.DataFrame:
    """The orders of the demo database, for tests that read them with plain pandas."""
    orders = pd.read_parquet(demo_files / "transactions.parquet", columns=list(COLUMNS))
    return orders.astype(dict.fromkeys(orders.columns[orders.dtypes == "category"], "str")).assign(
        date=pd.to_datetime(orders["date"])
    )


@pytest.fixture(scope="session")
def demo_database(demo_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same shop as a database. Shared by all tests: copy it before changing it."""
    from warehouse.demo import load_demo

    path = tmp_path_factory.mktemp("demo") / "demo.db"
    load_demo(demo_files, path)
    return path


@pytest.fixture(scope="session")
def demo_today(demo_database: Path) -> date:
    """The last complete day of the demo shop, from which presets count back."""
    with closing(sqlite3.connect(demo_database)) as opened:
        (day,) = opened.execute("SELECT value FROM settings WHERE key = 'last_complete_day'").fetchone()
    return date.fromisoformat(day)


@pytest.fixture
def demo_url(demo_database: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """DATABASE_URL names the demo database."""
    return _use(demo_database, monkeypatch)


@pytest.fixture
def empty_database(tmp_path: Path) -> Path:
    """A database of ours without a single order."""
    return _store(pd.DataFrame(columns=COLUMNS), tmp_path / "empty.db")


@pytest.fixture
def use_database(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], str]:
    """Let DATABASE_URL name a file for the rest of the test."""
    return lambda path: _use(path, monkeypatch)


def _use(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{path}"
    monkeypatch.setitem(os.environ, "DATABASE_URL", url)
    return url


def _store(orders: pd.DataFrame, path: Path, **settings: str) -> Path:
    from warehouse.replacing import replacing
    from warehouse.settings import put_settings

    with replacing(path) as connection:
        put_settings(connection, settings)
        customers = orders.dropna(subset="customer_id").drop_duplicates("customer_id", keep="last")
        _insert(connection, "customers", customers[["customer_id", "segment", "region", "age_group"]])
        _insert(connection, "transactions", orders.assign(date=pd.to_datetime(orders["date"]).dt.strftime("%Y-%m-%d")))
    return path


def _insert(connection: sqlite3.Connection, table: str, rows: pd.DataFrame) -> None:
    values = rows.astype(object).where(rows.notna(), None)
    marks = ", ".join("?" * len(values.columns))
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(values.columns)}) VALUES ({marks})",
        values.itertuples(index=False, name=None),
    )
