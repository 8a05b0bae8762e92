"""Alert rules on simulated shops: how often they cry wolf, and what they find that is there."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from analytics.descriptive.alert_odds import critical_errors, two_days
from analytics.descriptive.alert_rules import AlertRule, default_rules
from analytics.descriptive.alerts import History, rule_history
from analytics.descriptive.courses import Course, known_disturbances, usual_course
from analytics.descriptive.followed import followed_series
from analytics.descriptive.usual import usual_days
from analytics.metrics import metric
from analytics.shop import DIMENSIONS, Shop
from benchmarks.proofs import Proof
from simulation.incidents import demo_incidents
from simulation.settings import Incident, SimulationSettings
from simulation.shop import SimulatedShop, simulate

SHOPS, QUICK_SHOPS = 50, 5
KPIS = ("revenue", "orders", "average_order_value", "satisfaction", "delivery_days", "new_customers", "refund_rate")
DROP = -0.3
DROP_DAYS = 2
DROPS_APART = 100
DROPS_STEP = 5
FIRST_DROP = 120
LEVELS = ((200, 0.5, 6.0), (200, 2.0, 8.0), (20, 0.5, None), (20, 2.0, None))
"""Orders a day, what they are multiplied with for good, and on how many of the first days a rule may speak of it."""
FIRST_LEVEL, LAST_LEVEL, LEVELS_STEP = 200, 500, 23
LEVEL_DAYS = 60
MOST_ERRORS = 4.0
AFTERMATH_DAYS = 28
"""A four-week rule still sees an incident for so long after its end."""


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of the alerts."""
    shops = QUICK_SHOPS if quick else SHOPS
    return [*_quiet_years(shops), *_drops(shops), *_new_levels(shops), *_demo()]


def _quiet_years(shops: int) -> list[Proof]:
    """Trend, seasons, holidays and sales as in the demo, but nothing goes wrong."""
    fired = {often: defaultdict(list) for often in (1.0, 2.0)}
    for a_day in (20, 200):
        for seed in range(shops):
            made = _shop(a_day, seed, (), refund_share=0.05)
            orders, calendar, shop = as_analysed(made)
            for key in KPIS:
                course = usual_course(orders, calendar, shop, key)
                for often, found in fired.items():
                    window = 28 if key == "refund_rate" else 1  # as the default rules have it
                    rule = AlertRule(key, direction="both", window_days=window, false_alarms_a_year=often)
                    found[a_day, key].append(rule_history(course, rule, shop).a_month())
    rests_on = f"{shops} quiet shops of two years each at 20 and at 200 orders a day, {len(KPIS)} metrics"
    found = []
    for often, by_series in fired.items():
        mean = {series: float(np.mean(months)) for series, months in by_series.items()}
        worst = max(mean, key=mean.get)
        name = f"alerts: days a month with a false alarm, worst metric, rules set to {often:g} a year"
        found.append(
            Proof(name, mean[worst], "<=", 1.0, "oracle", f"{rests_on}; worst: {worst[1]} at {worst[0]} a day")
        )
    return found


def _drops(shops: int) -> list[Proof]:
    """Falls of 30 % for two days, beside a test that knows the true intensity and cries wolf as often.

    Of a quiet year the rule has to learn trend, week and season. Holidays, sales and spend move the intensity, too, as
    the test that knows it knows beforehand and no history tells: what that costs is told for comparison.
    """
    ours, _ = _found_in_time(200, 2.0, shops, {})
    found = [
        Proof(
            "alerts: falls found within 2 days at 200 orders a day, everything on",
            ours,
            ">=",
            0.9,
            "oracle",
            _rests(shops, 2.0),
        )
    ]
    for often, changes, bar in ((12.0, LEARNABLE, 0.9), (1.0, LEARNABLE, None), (12.0, {}, None)):
        ours, theirs = _found_in_time(20, often, shops, changes)
        on = "week and season" if changes else "everything on"
        name = f"alerts: falls found at 20 orders a day against knowing the intensity, {on}, {often:g} a year"
        found.append(
            Proof(name, ours / theirs, ">=", bar, "oracle", f"{_rests(shops, often)}: {ours:.1%} against {theirs:.1%}")
        )
    return found


def _new_levels(shops: int) -> list[Proof]:
    """Orders that halve or double for good: said on the first days, and then known. Everything else is on, too."""
    found = []
    for a_day, factor, bar in LEVELS:
        word = "halving" if factor < 1 else "doubling"
        name = f"alerts: days fired in the first {LEVEL_DAYS} after a lasting {word} at {a_day} orders a day"
        rests_on = (
            f"{shops} shops, from every {LEVELS_STEP}rd day on, rule set to 2 false alarms a year, which count, too"
        )
        found.append(Proof(name, _days_fired(a_day, factor, shops), "<=", bar, "oracle", rests_on))
    return found


def _days_fired(a_day: int, factor: float, shops: int) -> float:
    """On how many of the first days after orders begin to come so many times as often the rule fires, on average."""
    bar = critical_errors(2 / 365.25 / 2)
    fired = []
    for seed in range(shops):
        made = _shop(a_day, 2000 + seed, ())
        orders, calendar, shop = as_analysed(made)
        quiet = usual_course(orders, calendar, shop, "orders")
        usual = np.array(made.truth["daily"]["expected_orders"]["total"])
        copies, starts = _with_levels(quiet.parts["orders"][0], usual, factor, np.random.default_rng(seed))
        events = known_disturbances(calendar, quiet.days)
        followed = usual_days(followed_series(metric("orders"), {"orders": copies}), quiet.days, events)
        together = two_days(followed.errors, followed.errors_a_day_before())
        fires = (np.abs(followed.errors) > bar) | (np.abs(together) > bar)
        fired += [fires[copy, start : start + LEVEL_DAYS].sum() for copy, start in enumerate(starts)]
    return float(np.mean(fired))


def _with_levels(
    orders: np.ndarray, usual: np.ndarray, factor: float, rng: np.random.Generator
) -> tuple[np.ndarray, range]:
    """Copies of the series that differ in the day from which on the level is another; and those days.

    A halving takes every other order away at random; a doubling adds as many as the intensity, which is known, gives.
    """
    starts = range(FIRST_LEVEL, LAST_LEVEL, LEVELS_STEP)
    copies = np.tile(orders, (len(starts), 1))
    for copy, start in enumerate(starts):
        now = copies[copy, start:].astype(int)
        more = usual[start:] * (factor - 1)
        copies[copy, start:] = rng.binomial(now, factor) if factor < 1 else now + rng.poisson(more)
    return copies, starts


LEARNABLE = dict.fromkeys(("holidays", "promotions", "media", "price_changes", "campaign"), False)


def _rests(shops: int, often: float) -> str:
    return f"{shops} shops, two-day falls of 30 % from every 5th day on, rule set to {often:g} false alarms a year"


def _found_in_time(a_day: int, often: float, shops: int, changes: dict) -> tuple[float, float]:
    """The share of falls found within two days by our rule, and by one that knows the intensity.

    Each shop is simulated once, quiet; a fall takes away three of ten orders of two days at random, in copies of the
    shop that differ in the days on which it falls. The copies are followed side by side.
    """
    ours, theirs, fallen = [], [], []
    for seed in range(shops):
        made = _shop(a_day, 1000 + seed, (), **changes)
        orders, calendar, shop = as_analysed(made)
        quiet = usual_course(orders, calendar, shop, "orders")
        usual = np.array(made.truth["daily"]["expected_orders"]["total"])
        copies, falls = _with_falls(quiet.parts["orders"][0], np.random.default_rng(seed))
        events = known_disturbances(calendar, quiet.days)
        followed = usual_days(followed_series(metric("orders"), {"orders": copies}), quiet.days, events)
        ours.append(_lowest(followed.errors, followed.errors_a_day_before()))
        theirs.append(_lowest(2 * (np.sqrt(copies + 3 / 8) - np.sqrt(usual + 1 / 8))))
        fallen.append(falls)
    bar = critical_errors(often / 365.25)
    wolves = np.mean([(found[0, FIRST_DROP:] < -bar).mean() for found in ours])
    knowing = -np.quantile([found[0, FIRST_DROP:] for found in theirs], wolves)
    return _share_found(ours, fallen, bar), _share_found(theirs, fallen, knowing)


def _with_falls(orders: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The quiet series first, then copies with falls; and per copy and day whether a fall begins."""
    begins = np.zeros((1 + DROPS_APART // DROPS_STEP, len(orders)), dtype=bool)
    for copy in range(1, len(begins)):
        begins[copy, FIRST_DROP + DROPS_STEP * (copy - 1) : -DROP_DAYS : DROPS_APART] = True
    inside = begins | np.c_[np.zeros(len(begins), dtype=bool), begins[:, :-1]]
    copies = np.tile(orders, (len(begins), 1))
    copies[inside] = rng.binomial(copies[inside].astype(int), 1 + DROP)
    return copies, begins


def _lowest(errors: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """The rule's own statistic: a day, or two days together where both lie below."""
    return np.minimum(errors, np.minimum(two_days(errors, before), 0.0))


def _share_found(statistics: list[np.ndarray], fallen: list[np.ndarray], bar: float) -> float:
    caught = []
    for lowest, begins in zip(statistics, fallen, strict=True):
        copy, day = np.nonzero(begins)
        caught.append(np.minimum(lowest[copy, day], lowest[copy, day + 1]) < -bar)
    return float(np.mean(np.concatenate(caught)))


def _days_of(incidents: tuple[Incident, ...], course: Course) -> np.ndarray:
    inside = np.zeros(len(course.days), dtype=bool)
    for incident in incidents:
        inside |= (course.days >= pd.Timestamp(incident.start)) & (course.days <= pd.Timestamp(incident.end))
    return inside


def _demo() -> list[Proof]:
    """The rules that a new shop begins with, on the demo as it ships."""
    settings = SimulationSettings(lines=False)
    made = simulate(settings)
    orders, calendar, shop = as_analysed(made)
    histories = _default_histories(orders, calendar, shop)
    found, big, seen = [], [], 0
    explained = np.zeros(len(histories[0].course.days), dtype=bool)
    days = histories[0].course.days
    for incident in demo_incidents(settings):
        last = incident.end if incident.mechanism != "departure" else incident.start + timedelta(AFTERMATH_DAYS)
        touched = (days >= pd.Timestamp(incident.start)) & (days <= pd.Timestamp(last + timedelta(AFTERMATH_DAYS)))
        explained |= touched
        fired = any(_fires_for(h, incident, last) for h in histories if _concerns(h.rule, incident))
        errors = _errors_of(incident, settings, made, histories)
        seen += fired
        big.append(f"{incident.name} {errors:.1f}{'' if fired else ' (missed)'}")
        if errors >= MOST_ERRORS:
            found.append(fired)
    others = np.any([h.fires.any(axis=0) for h in histories], axis=0)[~explained].mean()
    planted = f"{seen} of {len(big)} in all; standard errors in a rule's window: {', '.join(big)}"
    days = f"{int((~explained).sum())} days outside incidents and four weeks after, {len(histories)} rules"
    name = "alerts: default rules on the demo,"
    return [
        Proof(f"{name} incidents of 4 standard errors found", float(np.mean(found)), ">=", 1.0, "oracle", planted),
        Proof(f"{name} share of other days on which any fires", float(others), "<=", 0.03, "oracle", days),
    ]


def _default_histories(orders: pd.DataFrame, calendar: pd.DataFrame, shop: Shop) -> list[History]:
    courses, histories = {}, []
    for rule, _ in default_rules(shop):
        watched = (rule.metric, rule.dimension, rule.relative)
        if watched not in courses:
            courses[watched] = usual_course(orders, calendar, shop, *watched)
        histories.append(rule_history(courses[watched], rule, shop))
    return histories


def _fires_for(history: History, incident: Incident, last: date) -> bool:
    """Whether the rule fires for the shop or for the incident's own member while its window holds days of it."""
    member, days = incident.scope.get(history.rule.dimension, ""), history.course.days
    if history.rule.dimension and not member:
        return False
    until = last + timedelta(history.rule.window_days - 1)
    during = (days >= pd.Timestamp(incident.start)) & (days <= pd.Timestamp(until))
    return bool(history.fires[history.members.index(member), during].any())


def _concerns(rule: AlertRule, incident: Incident) -> bool:
    """Whether the rule's metric is one that the incident moves."""
    return (rule.metric == "delivery_days") == (incident.mechanism == "delivery")


def _errors_of(
    incident: Incident, settings: SimulationSettings, made: SimulatedShop, histories: list[History]
) -> float:
    """By how many standard errors of chance the incident moves a series that a default rule watches, over its window.

    Known from the simulation: what was expected with the incident, and in a shop that differs by it alone.
    """
    others = tuple(i for i in demo_incidents(settings) if i != incident)
    without = simulate(replace(settings, incidents=others)) if incident.mechanism != "delivery" else made
    farthest = 0.0
    for history in histories:
        rule = history.rule
        if not _concerns(rule, incident) or rule.dimension and rule.dimension not in incident.scope:
            continue
        member = incident.scope.get(rule.dimension, "")
        usual = _expected_orders(without, history, rule.dimension, member)
        if incident.mechanism == "delivery":
            size = incident.size * (1.0 if rule.dimension else _share_of_scope(made, incident))
            errors = size / np.sqrt(_delivery_variance(made) / _window_sums(usual, rule.window_days))
        else:
            moved = _change(incident, made, without, history, rule.dimension, member)
            errors = np.abs(_window_sums(moved, rule.window_days)) / np.sqrt(_window_sums(usual, rule.window_days))
        farthest = max(farthest, float(errors[_active(incident, history, rule.window_days)].max()))
    return farthest


def _active(incident: Incident, history: History, window: int) -> np.ndarray:
    days = history.course.days
    last = incident.end if incident.mechanism != "departure" else incident.start + timedelta(AFTERMATH_DAYS)
    reach = min(window, (last - incident.start).days + 1)
    return (days >= pd.Timestamp(incident.start + timedelta(reach - 1))) & (days <= pd.Timestamp(last))


def _window_sums(daily: np.ndarray, window: int) -> np.ndarray:
    running = np.cumsum(daily)
    return running - np.r_[np.zeros(window), running[:-window]]


def _expected_orders(shop: SimulatedShop, history: History, dimension: str, member: str) -> np.ndarray:
    """By day; of channels and payments, which the truth does not list, what the series' own days were before."""
    expected = shop.truth["daily"]["expected_orders"]
    if not dimension:
        return np.array(expected["total"])
    if dimension in expected:
        return np.array(expected[dimension][member])
    row = history.members.index(member)
    share = history.course.parts["orders"][row].sum() / history.course.parts["orders"].sum()
    return np.array(expected["total"]) * share


def _change(incident, made, without, history: History, dimension: str, member: str) -> np.ndarray:
    """By day what the incident adds to the expected orders of a series."""
    if dimension in ("", *made.truth["daily"]["expected_orders"]):
        both = [_expected_orders(shop, history, dimension, member) for shop in (made, without)]
        return both[0] - both[1]
    told = next(i for i in made.truth["incidents"] if i["name"] == incident.name)
    active = _days_of((incident,), history.course)
    return active * told["expected_change_of_orders"] / active.sum()


def _share_of_scope(made: SimulatedShop, incident: Incident) -> float:
    expected = made.truth["daily"]["expected_orders"]
    return float(np.sum(expected["region"][incident.scope["region"]]) / np.sum(expected["total"]))


def _delivery_variance(made: SimulatedShop) -> float:
    return float(np.nanvar(made.transactions["delivery_days"].to_pandas().to_numpy(dtype="float64", na_value=np.nan)))


def _shop(a_day: int, seed: int, incidents: tuple[Incident, ...], **changes: float) -> SimulatedShop:
    settings = SimulationSettings(seed=seed, lines=False, incidents=incidents, **changes)
    return simulate(replace(settings, orders=a_day * settings.day_count))


def as_analysed(made: SimulatedShop) -> tuple[pd.DataFrame, pd.DataFrame, Shop]:
    """The frames that the analyses take, and the facts of the shop."""
    ibis.set_backend(ibis.duckdb.connect())  # DuckDB keeps the frames it was lent: those of hundreds of shops
    orders = made.transactions.to_pandas()
    categories = [c for c in orders.columns if isinstance(orders[c].dtype, pd.CategoricalDtype)]
    orders = orders.astype(dict.fromkeys(categories, "str")).assign(date=pd.to_datetime(orders["date"]))
    days = made.truth["daily"]["date"]
    first, last = (date.fromisoformat(days[i]) for i in (0, -1))
    sold = {d: orders.groupby(d)["revenue"].sum().sort_values(ascending=False) for d in DIMENSIONS}
    has = {"satisfaction_score", "delivery_days", "customer_key"} | (
        {"refunds"} if (orders["revenue"] < 0).any() else set()
    )
    shop = Shop(
        "Simulated", "INR", "monday", first, last, last, len(orders), has=frozenset(has),
        members={d: tuple(s.index) for d, s in sold.items()}, known_from=first + timedelta(90),
    )  # fmt: skip
    calendar = made.events.to_pandas()
    return orders, calendar.astype({"kind": "str", "label": "str"}), shop
