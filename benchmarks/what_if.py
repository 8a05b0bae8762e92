"""What a plan costs to appraise, and how soon a slider answers in a real Chromium.

A plan of the longest horizon is drawn 10,000 times, appraised whole (draws, break-even, tornado, sentences). Then the
what-if page of the demo is opened and a slider is moved by the keyboard, each time to a plan that its server was never
asked for; reported is the time from the key to the key figures that have changed, and to the last painting of all.
"""

import time
from datetime import date
from statistics import median

from playwright.sync_api import Page

from analytics.prescriptive.scenario import MOST_MONTHS, scenario_of
from analytics.prescriptive.simulated_plan import simulated_plan
from analytics.prescriptive.uncertainty import DRAWS
from analytics.prescriptive.what_if import what_if
from analytics.shop import Shop
from benchmarks import visitor
from benchmarks.processes import ROOT, serving, wait_until_up
from benchmarks.results import CACHE, Figure, percentile
from benchmarks.shops import DEMO, shop_database

DRAWS_BAR = 200.0
ANSWER_BAR = 300.0
LOAD_BAR = 1.2
LOADS = 5
ROUNDS, QUICK_ROUNDS = 30, 3
MOVES, QUICK_MOVES = 30, 3
CHARTS = 3
PAUSE_MS = 600
"""Between two keys, so that one is answered before the next is pressed."""


def figures(quick: bool = False) -> list[Figure]:
    """All figures of this part."""
    return _appraisal(QUICK_ROUNDS if quick else ROUNDS) + _slider(QUICK_MOVES if quick else MOVES)


def _appraisal(rounds: int) -> list[Figure]:
    plan = scenario_of(
        "delivery", "A", MOST_MONTHS, 0.1, orders_a_month=(900, 1000, 1100), cost_per_order=(3, 5, 6),
        days_saved=(0.5, 1, 1.5), lift_per_day=(0.005, 0.01, 0.02), margin_per_order=(300, 400, 500), investment=5000,
    )  # fmt: skip
    day = date(2026, 1, 1)
    shop = Shop("A", "INR", "monday", day, day, day, 1)
    drawing = [_milliseconds(lambda seed=seed: simulated_plan(plan, seed=seed)) for seed in range(rounds)]
    whole = [_milliseconds(lambda seed=seed: what_if(plan, shop, seed=seed)) for seed in range(rounds)]
    named = f"{DRAWS:,} draws of {MOST_MONTHS} months"
    return [
        Figure(f"what_if: {named}", median(drawing), "ms", DRAWS_BAR),
        Figure(f"what_if: {named}, whole appraisal", median(whole), "ms"),
    ]


def _milliseconds(work) -> float:  # noqa: ANN001 - anything that can be called
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _slider(moves: int) -> list[Figure]:
    with visitor.browser() as running, serving(ROOT / "app.py", shop_database(DEMO), CACHE / "what_if.log") as server:
        wait_until_up(server)
        page = visitor.visitor(running).new_page()
        loads = [visitor.load_milliseconds(page, f"{server.url}/what_if", CHARTS) / 1000 for _ in range(LOADS + 1)]
        page.get_by_test_id("stSlider").filter(has_text="Share kept").locator("input").focus()
        answered, painted = zip(*(_moved(page) for _ in range(moves)), strict=True)
    return [
        Figure("what_if: warm load of ROI what-if", median(loads[1:]), "s", LOAD_BAR),
        Figure("what_if: slider to key figures, p50", percentile(list(answered), 0.5), "ms", ANSWER_BAR),
        Figure("what_if: slider to key figures, p95", percentile(list(answered), 0.95), "ms"),
        Figure("what_if: slider to last painting, p50", percentile(list(painted), 0.5), "ms"),
    ]


def _moved(page: Page) -> tuple[float, float]:
    """Press a key on the slider that has the focus; milliseconds to other key figures, and to the last painting."""
    page.evaluate(_BEGIN)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("window.answered.at !== null")
    page.wait_for_timeout(PAUSE_MS)
    return tuple(page.evaluate("[answered.at - answered.pressed, watched.seen.painted - answered.pressed]"))


_BEGIN = """
() => {
  const told = () => Array.from(document.querySelectorAll(".figs .fig"), (e) => e.textContent).join("|");
  const before = told();
  window.answered = { pressed: null, at: null };
  addEventListener("keydown", (e) => { answered.pressed = e.timeStamp; }, { once: true, capture: true });
  const watching = new MutationObserver(() => {
    if (told() && told() !== before) { answered.at = performance.now(); watching.disconnect(); }
  });
  watching.observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""
"""Note when a key is pressed, and when the key figures are others than before."""
