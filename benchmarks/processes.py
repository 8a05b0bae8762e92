"""Starting, watching and ending the processes that are measured."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 120.0
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Run:
    """A finished process: wall time, the most memory it and its children held at once, and what it printed."""

    seconds: float
    peak_bytes: int
    output: str


def timed_run(arguments: list[str], environment: dict[str, str] | None = None) -> Run:
    """Run Python with these arguments in a process of its own; a failure is raised with what it said.

    Memory is the resident set of the process and its children, sampled fifty times a second.
    """
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = _Peak(child.pid)
    output, complaints = child.communicate()
    seconds = time.perf_counter() - started
    if child.returncode:
        said = output[-1000:] + complaints[-2000:]
        raise RuntimeError(f"{' '.join(arguments)} ended with {child.returncode}:\n{said}")
    return Run(seconds, peak.stop(), output)


class _Peak:
    """Watches a process from beside until it ends."""

    def __init__(self, pid: int) -> None:
        self._highest = 0
        self._pid = pid
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def stop(self) -> int:
        self._watcher.join(timeout=1.0)
        return self._highest

    def _watch(self) -> None:
        while (held := resident_bytes(self._pid)) > 0:
            self._highest = max(self._highest, held)
            time.sleep(SAMPLE_SECONDS)


def resident_bytes(pid: int) -> int:
    """Memory that a process and its children hold now; 0 once it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return 0
        return sum(_resident(one) for one in [process, *process.children(recursive=True)])
    return 0


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


@dataclass(frozen=True)
class Server:
    """A running Streamlit server; ``started_at`` is the wall clock when its process was started."""

    port: int
    pid: int
    started_at: float

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(script: Path, database: Path, log: Path, folder: Path = ROOT) -> Iterator[Server]:
    """A server of its own for a script over a database, ended on leaving.

    Streamlit takes its settings from the ``folder`` it is started in, our own by default. Entered as soon as the
    process has been started; ``wait_until_up`` waits until it answers.
    """
    port = _free_port()
    settings = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    settings += ["--browser.gatherUsageStats", "false"]
    with log.open("w", encoding="utf-8") as sink:
        started_at = time.time()
        child = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *settings],
            cwd=folder,
            env=os.environ | {"DATABASE_URL": f"sqlite:///{database.resolve()}"},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Server(port, child.pid, started_at)
        finally:
            _end(child)


def wait_until_up(server: Server) -> None:
    """Wait for the server's health page."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.02)
    raise TimeoutError(f"No server answered at {server.url} within {START_TIMEOUT:.0f} s")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _end(child: subprocess.Popen) -> None:
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
