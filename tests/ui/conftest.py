"""Visiting a page as the server runs it, without a browser."""

from collections.abc import Callable

import pytest
import screen
from streamlit import config
from streamlit.testing.v1 import AppTest


@pytest.fixture(autouse=True, scope="session")
def _failures_name_their_cause() -> None:
    """Visitors see no details of a crash; whoever reads a failing test wants them."""
    config.set_option("client.showErrorDetails", "full")


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
