"""The real server and a real Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 60
PATIENCE_MS = 15_000
"""Far above what an answer takes, so that a busy machine fails no test."""


@dataclass
class Server:
    """A running server: where it listens, and its process."""

    url: str
    database: Path
    process: subprocess.Popen = field(repr=False)
    log: Path = field(repr=False)

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        """Status and text of an answer."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, method=method), timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@dataclass
class Visit:
    """A page in a browser, with what it asked for and complained about."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a worker; each visit has its own profile."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the real app was NOT tested in a browser (see install_chromium.sh)")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Server]]:
    """Start servers that end with the session: ``serve_session(database)``."""
    servers = []

    def start(database: Path) -> Server:
        servers.append(_started(database, tmp_path_factory.mktemp("server") / "log.txt"))
        return servers[-1]

    yield start
    for server in servers:
        _end(server)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], Server]]:
    """Start a server for one test: ``serve(database)``."""
    servers = []

    def start(database: Path) -> Server:
        servers.append(_started(database, tmp_path / f"server-{len(servers)}.log"))
        return servers[-1]

    yield start
    for server in servers:
        _end(server)


@pytest.fixture(scope="session")
def demo_server(serve_session, demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server over a copy of the demo, shared by tests that only read."""
    copy = tmp_path_factory.mktemp("served") / "shop.db"
    shutil.copy(demo_database, copy)
    return serve_session(copy)


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open an address in a fresh profile and wait until it is drawn: ``browse(url, width=390)``."""
    contexts: list[BrowserContext] = []

    def visit(
        url: str, width: int = 1280, height: int = 900, drawn: bool = True, before: Callable | None = None, **options
    ) -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        opened = Visit(page, [], [])
        page.on("request", lambda request: opened.requests.append(request.url))
        page.on("websocket", lambda socket: opened.requests.append(socket.url))
        page.on("console", lambda message: _note(opened, message))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        if before:
            before(page)
        page.goto(url)
        if drawn:
            wait_until_drawn(page)
        return opened

    yield visit
    for context in contexts:
        context.close()


def wait_until_drawn(page: Page) -> None:
    """Until the title is there and the script has ended with every chart drawn."""
    page.wait_for_selector("h1", timeout=2 * PATIENCE_MS)
    page.wait_for_function(
        """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "notRunning"
            && !document.querySelector('[data-testid="stSkeleton"]')
            && [...document.querySelectorAll(".stBidiComponent")]
                .every(chart => chart.querySelector("svg.main-svg .subplot"))"""
    )


def _note(opened: Visit, message) -> None:
    if message.type in ("error", "warning"):
        opened.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")


def _started(database: Path, log: Path) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{database}", "PYTHONPATH": ""}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    server = Server(f"http://127.0.0.1:{port}", database, process, log)
    ending = time.monotonic() + START_SECONDS
    while time.monotonic() < ending and process.poll() is None:
        try:
            if server.get("/healthz") == (200, "ok"):
                return server
        except OSError:
            time.sleep(0.1)
    _end(server)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def _end(server: Server) -> None:
    server.process.terminate()
    try:
        server.process.wait(15)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait(15)
