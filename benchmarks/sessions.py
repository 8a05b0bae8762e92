"""Many visitors at once: simultaneous sessions, each changing a filter every five seconds for a minute.

The sessions speak to a server of their own over real websockets (see ``wire.py``); they begin spread over the five
seconds, each goes its own way through periods, regions and segments and never to a view it has seen; how many different
views they all asked for is reported. Measured is the time from a change to the server's ``script_finished``, and the
server's memory before the first session and after the last change. An error is an exception or error element, a
dropped connection, an answer that takes longer than thirty seconds, or a page that did not change.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import websockets

from analytics.periods import PRESETS, WHOLE_PRESETS
from benchmarks.processes import ROOT, Server, resident_bytes, serving, wait_until_up
from benchmarks.results import CACHE, Figure, percentile
from benchmarks.shops import DEMO, shop_database
from benchmarks.wire import Answer, Client, connected

P95_BAR = {50: 1.0}
ERRORS_BAR = {20: 0, 50: 0}

CROWDS = (20, 50)
SECONDS = 60.0
PAUSE = 5.0
PAGE = "kpis"
REGIONS = ("North", "South", "East", "West")
SEGMENTS = ("Premium", "Regular", "Budget")
SEED = 20
FIRST_PERIOD = "90d"
PERIODS = tuple(preset for preset in PRESETS if preset not in WHOLE_PRESETS)
"""On the last day of a month the month to date is the last whole month: another choice, and the same page."""

View = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Period, regions and segments in force."""


@dataclass
class Crowd:
    """What all sessions together went through."""

    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bytes_sent: int = 0
    views: set[View] = field(default_factory=set)


def figures(quick: bool = False) -> list[Figure]:
    """All figures of this part; each crowd meets a server of its own."""
    crowds, seconds = ((5,), 5.5) if quick else (CROWDS, SECONDS)
    database = shop_database(DEMO)
    found = []
    for size in crowds:
        with serving(ROOT / "app.py", database, CACHE / "sessions.log") as server:
            wait_until_up(server)
            found += _measured(server, size, seconds)
    return found


def _measured(server: Server, size: int, seconds: float) -> list[Figure]:
    asyncio.run(_warmed_up(server))
    before = resident_bytes(server.pid)
    crowd = asyncio.run(_crowd(server, size, seconds))
    for error in sorted(set(crowd.errors))[:10]:
        print(f"  {error}")
    memory = (resident_bytes(server.pid) - before) / 2**20
    name = f"sessions: {size} at once"
    return [
        Figure(f"{name}, errors", len(crowd.errors), "errors", ERRORS_BAR.get(size)),
        Figure(f"{name}, changes", len(crowd.waits), "runs"),
        Figure(f"{name}, different views", len(crowd.views), "views"),
        Figure(f"{name}, change to script finished p50", percentile(crowd.waits or [seconds], 0.5), "s"),
        Figure(
            f"{name}, change to script finished p95", percentile(crowd.waits or [seconds], 0.95), "s", P95_BAR.get(size)
        ),
        Figure(f"{name}, sent per change", crowd.bytes_sent / max(len(crowd.waits), 1) / 1024, "KiB"),
        Figure(f"{name}, server memory before", before / 2**20, "MiB"),
        Figure(f"{name}, server memory gained", memory, "MiB"),
    ]


async def _warmed_up(server: Server) -> None:
    """One visit, so that imports are not counted as the crowd's."""
    async with connected(server.port) as socket:
        answer = await Client(socket, PAGE).open_page()
    if answer.faults:
        raise RuntimeError(f"The first visitor met {answer.faults[0]}")


async def _crowd(server: Server, size: int, seconds: float) -> Crowd:
    crowd = Crowd()
    await asyncio.gather(*(_session(server, crowd, place, size, seconds) for place in range(size)))
    return crowd


async def _session(server: Server, crowd: Crowd, place: int, size: int, seconds: float) -> None:
    """One visitor's minute; whatever goes wrong is noted, never raised."""
    clock = asyncio.get_running_loop().time
    await asyncio.sleep(PAUSE * place / size)
    try:
        async with connected(server.port) as socket:
            client = Client(socket, PAGE)
            last = await client.open_page()
            crowd.errors += last.faults
            end = clock() + seconds
            for key, values, view in _way(random.Random(SEED + place)):
                await asyncio.sleep(PAUSE)
                if clock() > end:
                    return
                answer = await client.choose(key, values)
                crowd.views.add(view)
                _note(crowd, answer, last)
                last = answer
    except TimeoutError:
        crowd.errors.append("no answer in time")
    except (OSError, websockets.WebSocketException) as error:
        crowd.errors.append(f"connection lost: {type(error).__name__}")


def _note(crowd: Crowd, answer: Answer, last: Answer) -> None:
    crowd.waits.append(answer.seconds)
    crowd.bytes_sent += answer.size
    crowd.errors += answer.faults
    if answer.fingerprint == last.fingerprint:
        crowd.errors.append("the page did not change")


def _way(chance: random.Random) -> Iterator[tuple[str, list[str], View]]:
    """A walk through the filters, one widget at a time, always to a view that this visitor has not seen."""
    here: View = (FIRST_PERIOD, (), ())
    seen = {here}
    while unseen := [step for step in _next_steps(here) if step[2] not in seen]:
        yield (step := chance.choice(unseen))
        here = step[2]
        seen.add(here)


def _next_steps(here: View) -> list[tuple[str, list[str], View]]:
    """All single changes of the view: the widget, its new values, the view it leads to."""
    period, regions, segments = here
    steps = [("period", [other], (other, regions, segments)) for other in PERIODS if other != period]
    for member in REGIONS:
        toggled = tuple(sorted({*regions} ^ {member}))
        steps.append(("region", list(toggled), (period, toggled, segments)))
    for member in SEGMENTS:
        toggled = tuple(sorted({*segments} ^ {member}))
        steps.append(("segment", list(toggled), (period, regions, toggled)))
    return steps
