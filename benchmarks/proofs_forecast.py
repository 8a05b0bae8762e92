"""Forecasts held against the true intensity of simulated shops, against the simplest thing, and against their bands."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.descriptive.activity import daily_activity
from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive.backtest import backtest
from analytics.predictive.bands import band, sum_band, sums_of_days
from analytics.predictive.candidates import METHODS, NAIVE, expected
from analytics.predictive.history import History, daily_history
from analytics.predictive.noise import noise_floor, order_noise
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from simulation.settings import SimulationSettings
from simulation.shop import simulate

ORDERS = 15_000
"""Of two years: the demo's size, about 20 orders a day."""
SHOPS, QUICK_SHOPS = 20, 5
HORIZON = 28
JUDGED, QUICK_JUDGED = 5, 2
"""Ends of the history that bands are held against, every four weeks, of each shop."""
CHEAP = ("Mean of eight weeks", "Regression on calendar and events", "Theta")
FORESEEN = {"incidents": (), "media": False, "price_changes": False, "campaign": False}
"""Shops in which nothing happens but what a calendar tells: no budgets, prices or incidents that nobody could know."""
KEYS = ("revenue", "orders")
ALWAYS = Filters(Period(date.min, date.max), "none")
REAL_LOG = Path(os.environ.get("SHOP_DATA_DIR", Path(__file__).parents[2] / "shared/data")) / "online_retail_ii.parquet"


@dataclass(frozen=True)
class Case:
    """A history with its days' sums and the events known; of a simulated one the true intensity by day, and the part
    of it that a calendar tells: trend, week, year, festivals and sales."""

    history: History
    daily: pd.DataFrame
    calendar: pd.DataFrame
    truth: np.ndarray | None = None
    told: np.ndarray | None = None

    def foresight(self, known: int) -> np.ndarray:
        """The next days by someone who knows the calendar and the last week's level exactly, and nothing to come."""
        level = float(np.mean((self.truth / self.told)[known - 7 : known]))
        return level * self.told[known : known + HORIZON]


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of the forecast."""
    seeds, methods = range(1, 1 + (QUICK_SHOPS if quick else SHOPS)), CHEAP if quick else tuple(METHODS)
    found = _against_the_truth(seeds, methods) + _bands(seeds, quick)
    return found + _real(methods) if REAL_LOG.exists() else found


def _against_the_truth(seeds: Iterable[int], methods: tuple[str, ...]) -> list[Proof]:
    found, said = [], f"{len(seeds)} shops of {ORDERS:,} orders, {HORIZON} days ahead from 8 days in the past each"
    for key in KEYS:
        foreseen = _errors([_simulated(seed, key, True) for seed in seeds], methods)
        shops = _errors([_simulated(seed, key, False) for seed in seeds], methods)
        name = f"forecast: error of a day's {key} over the true intensity's own"
        found.append(
            Proof(f"{name}, calendar alone", _over(foreseen, 1), "<=", 1.05, "oracle", f"{said}; nothing unforeseeable")
        )
        found.append(Proof(f"{name}, with surprises", _over(shops, 1), "<=", None, "oracle", f"{said}; budgets too"))
        name = f"forecast: the same of one who knows calendar and level exactly, {key}"
        without = shops["foresight", 1] / shops["truth", 1]
        found.append(Proof(name, without, "<=", None, "oracle", f"{said}; what surprises cost anyone"))
        better = 1 - shops["chosen", 1] / shops["naive", 1]
        found.append(Proof(f"forecast: {key}, less WAPE than seasonal naive", better, ">=", 0.10, "oracle", said))
        if key == "revenue":
            weekly = shops["chosen", 7] / shops["size", 7]
            found.append(Proof("forecast: error of a week over mean revenue", weekly, "<=", 0.15, "oracle", said))
            accuracy = "forecast: accuracy of weeks (1 − WAPE)"
            found.append(Proof(accuracy, 1 - weekly, ">=", 0.80, "oracle", said))
        floor = abs(shops["floor", 1] / shops["truth", 1] - 1)
        name = f"forecast: noise floor of {key} that is told, distance from the true intensity's error"
        found.append(Proof(name, floor, "<=", 0.05, "oracle", said))
    return found


def _over(errors: dict[tuple[str, int], float], days: int) -> float:
    return errors["chosen", days] / errors["truth", days]


def _errors(cases: list[Case], methods: tuple[str, ...]) -> dict[tuple[str, int], float]:
    """Sums of absolute errors by whose and by how many days are added up: chosen, naive, truth; size of what came."""
    found: dict[tuple[str, int], float] = defaultdict(float)
    for case in cases:
        tried = backtest(case.history, case.calendar, HORIZON, methods)
        first = [case.history.days.get_loc(day) + 1 for day in tried.origins]
        for days in (1, 7):
            for whose, method in (("chosen", tried.best()), ("naive", NAIVE)):
                found[whose, days] += float(np.abs(sums_of_days(tried.errors[method], days)).sum())
            found["size", days] += float(np.abs(sums_of_days(tried.actual, days)).sum())
            if case.truth is not None:
                truth = np.array([case.truth[n : n + HORIZON] for n in first])
                found["truth", days] += float(np.abs(sums_of_days(tried.actual - truth, days)).sum())
                best = np.array([case.foresight(n) for n in first])
                found["foresight", days] += float(np.abs(sums_of_days(tried.actual - best, days)).sum())
        spans = pd.concat([case.daily.iloc[n : n + HORIZON] for n in first])
        sold = float(np.abs(spans[case.history.key]).sum())
        found["floor", 1] += noise_floor(spans, case.history.key, 1) * sold
    return found


def _bands(seeds: Iterable[int], quick: bool) -> list[Proof]:
    """Held against four weeks of which neither the choice of method nor its band knew anything."""
    found, ends = [], QUICK_JUDGED if quick else JUDGED
    held = defaultdict(list)
    for seed in seeds:
        for key in KEYS:
            for name, inside in _held(_simulated(seed, key, False), ends):
                held[name].append(inside[:: 7 if quick else 1])
    said = f"{len(held['days', 0.8])} forecasts of {HORIZON} days"
    for (what, confidence), inside in held.items():
        bars = {0.8: (0.75, 0.85), 0.95: (0.92, 0.98)}[confidence]
        name = f"forecast: {what} inside their {confidence:.0%} band"
        if what != "days":
            figure = float(np.mean(np.concatenate(inside)))
            found.append(Proof(name, figure, ">=", None, "oracle", said))
            continue
        for side, bar in zip((">=", "<="), bars, strict=True):
            word = "at least" if side == ">=" else "at most"
            found.append(share(f"{name}, {word}", inside, side, bar, confidence, said, quick=quick))
    return found


def _held(case: Case, ends: int) -> Iterator[tuple[tuple[str, float], np.ndarray]]:
    """Whether days, weeks and all four weeks lay inside their bands, for several ends of what was known."""
    for back in range(ends):
        known = len(case.history.values) - HORIZON * (back + 1)
        past = case.history.up_to(known)
        tried = backtest(past, case.calendar, HORIZON, CHEAP)
        method = tried.best()
        errors, levels = tried.errors[method], tried.expected[method]
        ahead = expected(method, past, case.calendar, HORIZON)
        came = case.history.values[known : known + HORIZON]
        noise = order_noise(case.daily.iloc[:known], case.history.key)
        for confidence in (0.8, 0.95):
            low, high = band(ahead, errors, levels, confidence)
            yield ("days", confidence), (came >= low) & (came <= high)
            for what, days in (("weeks", 7), ("four weeks together", HORIZON)):
                sums = zip(*(sums_of_days(row[None], days)[0] for row in (ahead, came)), strict=True)
                inside = []
                for told, real in sums:
                    low, high = sum_band(float(told), days, errors, levels, noise, confidence)
                    inside.append(low <= real <= high)
                yield (what, confidence), np.array(inside)


def _real(methods: tuple[str, ...]) -> list[Proof]:
    """The same on a real shop that closes on Saturdays and over Christmas and lives on wholesale."""
    from warehouse.engine import Warehouse
    from warehouse.importing import import_orders

    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "shop.db"
        import_orders(REAL_LOG, database)
        with Warehouse(database).tables() as tables:
            daily = daily_activity(tables.orders, ALWAYS)
    daily = daily.iloc[:-1]  # the last day ends at noon
    found, said = [], f"{HORIZON} days ahead from 8 days in the past"
    nothing = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})
    for key in KEYS:
        case = Case(daily_history(daily, _shop(daily), key), daily, nothing)
        errors = _errors([case], methods)
        better = 1 - errors["chosen", 1] / errors["naive", 1]
        found.append(Proof(f"forecast: a real shop's {key}, less WAPE than naive", better, ">=", 0.10, "real", said))
        weekly = errors["chosen", 7] / errors["size", 7]
        found.append(Proof(f"forecast: a real shop's {key}, WAPE of weeks", weekly, "<=", None, "real", said))
        held = defaultdict(list)
        for name, inside in _held(case, JUDGED):
            held[name].append(inside)
        for confidence in (0.8, 0.95):
            figure = float(np.mean(np.concatenate(held["days", confidence])))
            name = f"forecast: a real shop's days of {key} inside their {confidence:.0%} band"
            found.append(Proof(name, figure, ">=", None, "real", f"{JUDGED} forecasts of {HORIZON} days"))
    return found


@cache
def _made(seed: int, foreseen: bool) -> tuple[pd.DataFrame, pd.DataFrame, dict, np.ndarray]:
    made = simulate(SimulationSettings(orders=ORDERS, seed=seed, lines=False, **(FORESEEN if foreseen else {})))
    rows = made.transactions.select(["transaction_id", "date", "revenue"]).to_pandas()
    daily = daily_activity(rows.astype({"transaction_id": "str"}), ALWAYS)
    calendar = made.events.to_pandas()
    days = {column: pd.to_datetime(calendar[column]) for column in ("start_date", "end_date")}
    truth = made.truth["daily"]
    factors = [truth["factors"][name] for name in ("trend", "weekly", "yearly", "holiday", "promotion")]
    expected_by_key = {key: np.array(truth[f"expected_{key}"]["total"]) for key in KEYS}
    return daily, calendar.assign(**days), expected_by_key, np.prod(factors, axis=0)


def _simulated(seed: int, key: str, foreseen: bool) -> Case:
    daily, calendar, truth, told = _made(seed, foreseen)
    return Case(daily_history(daily, _shop(daily), key), daily, calendar, truth[key], told)


def _shop(daily: pd.DataFrame) -> Shop:
    first, last = daily.index[0].date(), daily.index[-1].date()
    return Shop("", "INR", "monday", first, last, last, 0)
