"""Long work that a visitor may leave and come back to, in a thread, with progress and cancel: one import at a time."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analytics.errors import NotEnoughData
from warehouse.errors import StoreError

Progress = Callable[[float, str], None]


@dataclass
class Job:
    """A piece of work under way or done; ``outcome`` or ``fault`` is set when it ends."""

    name: str
    started_at: datetime = field(default_factory=datetime.now)
    share: float = 0.0
    doing: str = "Starting"
    outcome: Any = None
    fault: str | None = None
    refused: bool = False
    """Whether the fault is an answer of the data, which is the same the next time."""
    looked_at: float = field(default_factory=time.monotonic)
    """When somebody last looked how it goes, by the clock of ``time.monotonic``."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return not self._ended.is_set()

    def cancel(self) -> None:
        """Ask it to stop at its next step; what it has done is then undone."""
        self._stop.set()

    def cancelled(self) -> bool:
        """Whether it has been asked to stop."""
        return self._stop.is_set()

    def tell(self, share: float, doing: str) -> None:
        """What the work reports while it goes on."""
        self.share, self.doing = min(max(share, 0.0), 1.0), doing

    def wait(self, seconds: float) -> bool:
        """Wait for the end; whether it came."""
        return self._ended.wait(seconds)


_lock = threading.Lock()
_current: Job | None = None


def current_job() -> Job | None:
    """The work under way, or the last that ended and has not been dismissed; all visitors see the same."""
    return _current


def start(name: str, work: Callable[[Job], Any]) -> Job:
    """Begin work in the background; where some is under way already, that one is returned instead."""
    global _current
    with _lock:
        if _current is not None and _current.running:
            return _current
        _current = begin(Job(name), work)
        return _current


def begin(job: Job, work: Callable[[Job], Any]) -> Job:
    """Begin work in the background, whatever else is under way; the job tells how it goes."""
    threading.Thread(target=_run, args=(job, work), name=job.name, daemon=True).start()
    return job


def dismiss() -> None:
    """Forget the work that has ended."""
    global _current
    with _lock:
        if _current is not None and not _current.running:
            _current = None


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        job.outcome = work(job)
    except (StoreError, NotEnoughData) as error:
        job.fault, job.refused = str(error), isinstance(error, NotEnoughData)
    except BaseException:  # the thread has no caller: without this the visitor would wait for ever
        logging.getLogger("shop").exception("%s broke", job.name)
        job.fault = f"{job.name} broke off; nothing stored has changed. The server's log says why."
    finally:
        job._ended.set()
