"""How long a visitor waits, from outside: loading the KPI page and changing its filters in a real Chromium.

First load: from the start of a server process to the painted page in a browser that was never here; the files of
Python and of the read copy may be in the operating system's cache. Warm load: the same browser again. Filter
change: real clicks on periods and regions in the sidebar, from the mouse button's release to the last painting of
the page (see ``visitor.py``). Every one of the thirty views is one that its server was never asked for, so each is
computed anew; going back over views already seen is reported apart.

Beside the first load stand, in turn with ours, those of the naive build and of a page with five figures and nothing
else (``bare_app.py``): what Streamlit itself needs on this machine at this moment.

At 15,000 orders a naive build of the same page (``naive_app.py``) is measured in turn with ours, change by change, so
that whatever else the machine does falls on both.
"""

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from analytics.periods import PRESETS, WHOLE_PRESETS
from benchmarks import visitor
from benchmarks.processes import ROOT, Server, serving, wait_until_up
from benchmarks.results import CACHE, Figure, percentile
from benchmarks.shops import DEMO, MILLION, SIZES, TEN_MILLION, shop_database, size_name

FIRST_LOAD_BAR = 3.5
WARM_LOAD_BAR = 1.2
P50_BARS = {DEMO: 500.0, MILLION: 700.0, TEN_MILLION: 1000.0}
P95_BARS = {DEMO: 800.0}
AGAINST_NAIVE_BAR = 0.6

CHANGES = 30
REPEATS = 10
LOADS = 5
COLD_STARTS = 5
COUNTED_BACK = tuple(preset for preset in PRESETS if preset not in WHOLE_PRESETS)
"""Those that the naive build has too."""
PERIODS = COUNTED_BACK[::2] + COUNTED_BACK[1::2]

OURS, NAIVE, BARE = ROOT / "app.py", Path(__file__).with_name("naive_app.py"), Path(__file__).with_name("bare_app.py")
PAGES = {OURS: "/kpis", NAIVE: "/", BARE: "/"}


def figures(quick: bool = False) -> list[Figure]:
    """All figures of this part."""
    cold_starts, loads, changes = (1, 1, 4) if quick else (COLD_STARTS, LOADS, CHANGES)
    found = _first_load(cold_starts)
    found += _beside_naive(loads, changes)
    for orders in () if quick else SIZES[1:]:
        found += _alone(orders, changes)
    return found


def _first_load(times: int) -> list[Figure]:
    waited = {script: [] for script in PAGES}
    for _, script in itertools.product(range(times), PAGES):
        waited[script].append(_seconds_to_first_page(script, charts=0 if script == BARE else visitor.CHARTS))
    ours, naive, bare = (median(waited[script]) for script in (OURS, NAIVE, BARE))
    name = "browser: server start to first painted page, empty cache"
    return [
        Figure(name, ours, "s", FIRST_LOAD_BAR),
        Figure(f"{name}, naive build", naive, "s"),
        Figure(f"{name}, a page with five figures alone", bare, "s"),
    ]


def _seconds_to_first_page(script: Path, charts: int) -> float:
    with visitor.browser() as running, _server(script, shop_database(DEMO)) as server:
        page = visitor.visitor(running).new_page()
        wait_until_up(server)
        return visitor.open_and_wait(page, server.url + PAGES[script], charts) - server.started_at


def _beside_naive(loads: int, changes: int) -> list[Figure]:
    """Loads and filter changes of both builds in turn."""
    with _open_pages(DEMO, (OURS, NAIVE)) as pages:
        loading = {script: [] for script in pages}
        for _, (script, (page, server)) in itertools.product(range(loads), pages.items()):
            loading[script].append(visitor.load_milliseconds(page, server.url + PAGES[script]) / 1000)
        waits, repeats, seen = _walk({script: page for script, (page, _) in pages.items()}, DEMO, changes)
    ours, naive = waits[OURS], waits[NAIVE]
    share = percentile(ours, 0.5) / percentile(naive, 0.5)
    return [
        Figure("browser: warm load", median(loading[OURS]), "s", WARM_LOAD_BAR),
        Figure("browser: warm load, naive build", median(loading[NAIVE]), "s"),
        *_change_figures(DEMO, ours, repeats[OURS], seen),
        Figure(f"browser: filter change p50, {size_name(DEMO)} orders, naive build", percentile(naive, 0.5), "ms"),
        Figure(f"browser: filter change p95, {size_name(DEMO)} orders, naive build", percentile(naive, 0.95), "ms"),
        Figure("browser: filter change p50 against the naive build", share, "×", AGAINST_NAIVE_BAR),
    ]


def _alone(orders: int, changes: int) -> list[Figure]:
    with _open_pages(orders, (OURS,)) as pages:
        page, server = pages[OURS]
        visitor.load_milliseconds(page, server.url + PAGES[OURS])
        waits, repeats, seen = _walk({OURS: page}, orders, changes)
    return _change_figures(orders, waits[OURS], repeats[OURS], seen)


def _change_figures(orders: int, waits: list[float], repeats: list[float], new_views: int) -> list[Figure]:
    size = f"{size_name(orders)} orders"
    return [
        Figure(f"browser: filter change p50, {size}", percentile(waits, 0.5), "ms", P50_BARS.get(orders)),
        Figure(f"browser: filter change p95, {size}", percentile(waits, 0.95), "ms", P95_BARS.get(orders)),
        Figure(f"browser: views never asked for, of {len(waits)} changes, {size}", new_views, "views"),
        Figure(f"browser: back to a view seen p50, {size}", percentile(repeats, 0.5), "ms"),
    ]


def _walk(pages: dict[Path, Page], orders: int, changes: int) -> tuple[dict, dict, int]:
    """Change the filters of all pages in turn, then go back over views seen.

    Returns the milliseconds of each change and of each repeat by script, and how many changes led to a view that was
    never asked for before.
    """
    steps = _steps(_regions(shop_database(orders)), changes)
    waits = {script: [] for script in pages}
    repeats = {script: [] for script in pages}
    views, new_views = {visitor.view(page) for page in pages.values()}, 0
    for step, (script, page) in itertools.product(steps, pages.items()):
        before = visitor.view(page)
        waits[script].append(_change(page, step))
        after = visitor.view(page)
        if after == before:
            raise RuntimeError(f"Clicking {step} left the view as it was: {after}")
        if script == OURS:
            new_views += after not in views
            views.add(after)
    for step, (script, page) in itertools.product(_back(steps), pages.items()):
        repeats[script].append(_change(page, step))
    return waits, repeats, new_views


def _steps(regions: list[str], changes: int) -> list[tuple[str, str]]:
    """A period and a region in turn; regions are toggled so that no set of them comes twice (a Gray code)."""
    periods = itertools.cycle(PERIODS)
    toggled = itertools.cycle(_gray(len(regions)))
    steps = []
    while len(steps) < changes:
        steps += [("period", next(periods)), ("region", regions[next(toggled)])]
    return steps[:changes]


def _gray(members: int) -> list[int]:
    """Which member to toggle next so that all sets of members are passed through once.

    >>> _gray(3)
    [0, 1, 0, 2, 0, 1, 0, 2]
    """
    turns = [(n & -n).bit_length() - 1 for n in range(1, 2**members)]
    return [*turns, members - 1]


def _back(steps: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The last steps the other way round: each leads to a view already seen."""
    last = steps[-REPEATS - 1 :] if len(steps) > REPEATS else steps
    periods = [value for kind, value in steps if kind == "period"]
    back = []
    for step in reversed(last[1:]):
        if step[0] == "region":
            back.append(step)
        else:
            periods.pop()
            back.append(("period", periods[-1] if periods else visitor.FIRST_PERIOD))
    return back


def _change(page: Page, step: tuple[str, str]) -> float:
    kind, value = step
    return visitor.choose_period(page, value) if kind == "period" else visitor.toggle_region(page, value)


def _regions(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as store:
        return [region for (region,) in store.execute("SELECT DISTINCT region FROM transactions ORDER BY 1 LIMIT 4")]


@contextlib.contextmanager
def _open_pages(orders: int, scripts: tuple[Path, ...]) -> Iterator[dict[Path, tuple[Page, Server]]]:
    """Each script on a server of its own with a page open on it, its bundle cached, its charts drawn."""
    database = shop_database(orders)
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(visitor.browser())
        pages = {}
        for script in scripts:
            server = stack.enter_context(_server(script, database))
            wait_until_up(server)
            page = visitor.visitor(running).new_page()
            visitor.load_milliseconds(page, server.url + PAGES[script])
            pages[script] = (page, server)
        yield pages


def _server(script: Path, database: Path) -> contextlib.AbstractContextManager[Server]:
    """Ours with our settings, the naive build with Streamlit's own."""
    return serving(script, database, CACHE / f"{script.stem}.log", ROOT if script == OURS else CACHE)
