"""What advice costs: the whole action board from nothing, and the pages it rests on from cached answers.

A process of its own asks every analysis that advises through the app's own door, with nothing cached but the models'
runs, as the server does beside its pages. Reported are the seconds of each and of all, and the most memory that the
process held. Warm loads of the pages are those of a real Chromium whose cache knows the page (see ``browser.py``).
"""

import json
from statistics import median

from benchmarks import visitor
from benchmarks.processes import ROOT, serving, timed_run, wait_until_up
from benchmarks.results import CACHE, Figure
from benchmarks.shops import DEMO, MILLION, shop_database, size_name

BOARD_BARS = {DEMO: 20.0, MILLION: None}
MEMORY_BAR = 4 * 1024.0
LOAD_BAR = 1.2
LOADS = 5
PAGES = {
    "Retention": "/retention",
    "Revenue moves, pricing": "/revenue_moves?move=Pricing",
    "Revenue moves, channel budget": "/revenue_moves?move=Channel+budget",
    "Revenue moves, cross-sell": "/revenue_moves?move=Cross-sell",
    "Resources, stock": "/resources?resource=Stock",
    "Resources, delivery": "/resources?resource=Delivery",
    "Resources, staffing": "/resources?resource=Staffing",
    "Overview with its board": "/",
}
"""Page → its address; each draws a chart at least."""


def figures(quick: bool = False) -> list[Figure]:
    """All figures of this part."""
    found = []
    for orders in (DEMO,) if quick else (DEMO, MILLION):
        found += _board(orders, barred=not quick)
    return found if quick else found + _loads()


def _board(orders: int, *, barred: bool) -> list[Figure]:
    database = shop_database(orders, lines=True).resolve()
    environment = {"DATABASE_URL": f"sqlite:///{database}", "OPENBLAS_NUM_THREADS": "1"}
    timed_run(["-c", _FIT], environment)
    run = timed_run(["-c", _ADVISE], environment)
    told = json.loads(run.output.splitlines()[-1])
    name = f"advice: the whole board from nothing, {size_name(orders)} orders"
    found = [
        Figure(name, sum(told.values()), "s", BOARD_BARS[orders] if barred else None),
        Figure(f"{name}, peak memory", run.peak_bytes / 2**20, "MiB", MEMORY_BAR if barred else None),
    ]
    each = {kind.removesuffix("_advice").replace("_", "-"): seconds for kind, seconds in told.items()}
    return found + [Figure(f"{name}, of these {kind}", seconds, "s") for kind, seconds in each.items()]


def _loads() -> list[Figure]:
    with (
        visitor.browser() as running,
        serving(ROOT / "app.py", shop_database(DEMO, lines=True), CACHE / "advice.log") as server,
    ):
        wait_until_up(server)
        page = visitor.visitor(running).new_page()
        found = []
        for name, address in PAGES.items():
            loads = [visitor.load_milliseconds(page, server.url + address, charts=1) / 1000 for _ in range(LOADS + 1)]
            found.append(Figure(f"advice: warm load of {name}", median(loads[1:]), "s", LOAD_BAR))
    return found


_FIT = """
from ui.loading import load_modules
load_modules()
import time
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.churn import CHURN
from analytics.predictive.customer_value import CUSTOMER_VALUE
from ui import advised, data, fits
from warehouse import model_runs

data.pin_version()
shop = data.shop()
for model in (CHURN, CUSTOMER_VALUE):
    try:
        advised.run_at_hand(model)
    except NotEnoughData:
        asked, began = fits.wanted(model, Filters(shop.days)), time.perf_counter()
        run = data.asked_anew(model.fit, model.matters(asked.filters), tell=lambda share, doing: None)
        known = asked.inputs, shop.today, shop.orders
        model_runs.keep_run(asked.path, model, asked.question, *known, run, time.perf_counter() - began)
"""
_ADVISE = """
from ui.loading import load_modules
load_modules()
import json, time
from analytics.errors import NotEnoughData
from ui import advised, data

data.pin_version()
data.shop()
told = {}
for source, further in advised.sources().items():
    began = time.perf_counter()
    try:
        data.answer(source, advised.whole_shop_lately(), **further())
    except NotEnoughData:
        pass
    told[source.__name__] = time.perf_counter() - began
print(json.dumps(told))
"""
