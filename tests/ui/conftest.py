"""Visiting a page as the server runs it, without a browser."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import screen
from streamlit import config
from streamlit.testing.v1 import AppTest

from ui import fits
from warehouse.desk import desk_path


@pytest.fixture(autouse=True, scope="session")
def _failures_name_their_cause() -> None:
    """Visitors see no details of a crash; whoever reads a failing test wants them."""
    config.set_option("client.showErrorDetails", "full")


@pytest.fixture(autouse=True)
def _no_fit_outlives_its_test() -> Iterator[None]:
    """A page begins fits that go on beside it, of the database that the test has put in place."""
    yield
    fits.stop_fits(60.0)


@pytest.fixture
def shop(demo_database: Path, tmp_path: Path, use_database: Callable[[Path], str]) -> Path:
    """A demo of its own, whose desk no other test writes to."""
    path = Path(shutil.copy(demo_database, tmp_path / "shop.db"))
    use_database(path)
    return path


@pytest.fixture
def desk(shop: Path) -> Path:
    """Where the desk of that demo lies, or will lie."""
    return desk_path(shop, is_demo=True)


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Open a page cold, as a deep link does: ``visit("descriptive/kpis.py", region=["North"])``."""
    return _visit


def _visit(page: str = "overview.py", /, **query: str | list[str]) -> AppTest:
    app = AppTest.from_file(screen.ROOT / "ui" / "shell.py", default_timeout=30)
    for name, values in query.items():
        app.query_params[name] = values
    if page != "overview.py":
        app.switch_page(f"../pages/{page}")
    return app.run()
