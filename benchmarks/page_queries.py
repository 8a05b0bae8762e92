"""Asks a page's questions in a process of its own: `python -m benchmarks.page_queries ENGINE DATABASE PERIOD N`.

The engine is ``sqlite`` (the KPI page's questions as plain SQL on the store), ``copy`` (its analyses through the app's
own door, over the read copy, with nothing cached but the shop's profile), ``customers``, ``satisfaction``,
``root_cause``, ``drill_down``, ``anomalies``, ``churn_factors`` or ``compare_groups`` (those of these pages) or
``alerts`` (judging the rules of a new shop on its history); the period ``all`` or a number of days; N how often.
Prints JSON: milliseconds of each round and, for ``copy``, those of each analysis in the last round. What analyses
share is counted with the first that asks for it.
"""

import gc
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from analytics.filters import Filters
from analytics.periods import Period

Asking = Callable[[], tuple[float, dict[str, float]]]
"""Asks everything once: milliseconds in all, and by analysis."""


def main(engine: str, database: str, period: str, rounds: str) -> None:
    """Ask all questions, several times, and say how long it took."""
    first, last = _first_and_last_day(Path(database))
    filters = Filters(Period(first if period == "all" else last - timedelta(int(period) - 1), last))
    asking = {
        "sqlite": lambda: _asking_sqlite(Path(database), filters, first),
        "copy": lambda: _asking_copy(database, filters, _kpi_analyses(filters)),
        "customers": lambda: _asking_copy(database, filters, _customer_analyses()),
        "satisfaction": lambda: _asking_copy(database, filters, _satisfaction_analyses()),
        "root_cause": lambda: _asking_copy(database, filters, _root_cause_analyses()),
        "drill_down": lambda: _asking_copy(database, filters, _drill_down_analyses()),
        "anomalies": lambda: _asking_copy(database, filters, _anomaly_analyses()),
        "churn_factors": lambda: _asking_copy(database, filters, _churn_analyses()),
        "compare_groups": lambda: _asking_copy(database, filters, _group_analyses()),
        "alerts": lambda: _judging(Path(database)),
    }
    ask = asking[engine]()
    taken, analyses = [], {}
    for _ in range(int(rounds)):
        milliseconds, analyses = ask()
        taken.append(milliseconds)
    print(json.dumps({"rounds": taken, "analyses": analyses}))


def _first_and_last_day(database: Path) -> tuple[date, date]:
    with closing(sqlite3.connect(database)) as store:
        first, last = store.execute("SELECT min(date), max(date) FROM transactions").fetchone()
    return date.fromisoformat(first), date.fromisoformat(last)


def _asking_sqlite(database: Path, filters: Filters, first: date) -> Asking:
    from benchmarks.plain_sql import page_answers

    compared = {name: period for name, period in filters.comparisons().items() if period.start >= first}

    def ask() -> tuple[float, dict[str, float]]:
        started = time.perf_counter()
        page_answers(database, filters, {"value": filters.period} | compared)
        return (time.perf_counter() - started) * 1000, {}

    return ask


def _judging(database: Path) -> Asking:
    """From a desk without rules: they are laid out, every day is judged, and what is found is recorded."""
    from warehouse.alerts import evaluate
    from warehouse.desk import desk_path
    from warehouse.engine import Warehouse

    warehouse = Warehouse(database)

    def ask() -> tuple[float, dict[str, float]]:
        desk_path(database, is_demo=True).unlink(missing_ok=True)
        started = time.perf_counter()
        done = evaluate(database, warehouse)
        taken = (time.perf_counter() - started) * 1000
        return taken, {f"{done.judged} rules judged, {done.recorded} firings": taken}

    ask()
    return ask


def _asking_copy(database: str, filters: Filters, analyses: list[tuple[Callable, dict]]) -> Asking:
    os.environ["DATABASE_URL"] = f"sqlite:///{database}"
    import streamlit as st

    from ui import data

    def ask() -> tuple[float, dict[str, float]]:
        st.cache_resource.clear()
        data.shop()
        taken = {analysis.__name__: _milliseconds(analysis, filters, given) for analysis, given in analyses}
        return sum(taken.values()), taken

    ask()  # the first round imports modules and opens the copy
    gc.collect()
    gc.freeze()  # as the app does once it is warm
    return ask


def _kpi_analyses(filters: Filters) -> list[tuple[Callable, dict[str, str]]]:
    """What ``pages/descriptive/kpis.py`` asks for when nothing but filters has been chosen."""
    from analytics.descriptive import breakdowns, events, headline, kpis, trends
    from analytics.periods import fitting_granularity

    by = fitting_granularity(filters.period)
    return [
        (headline.period_headline, {}),
        (kpis.current_kpis, {}),
        (trends.sparkline_values, {}),
        (trends.metric_trend, {"key": "revenue", "granularity": by}),
        (events.events_in_view, {}),
        (breakdowns.metric_by_member, {"dimension": "channel", "key": "revenue"}),
        (breakdowns.metric_by_two, {"rows": "region", "columns": "segment", "key": "revenue"}),
        (trends.weekday_by_month, {"key": "revenue"}),
        (breakdowns.satisfaction_distribution, {}),
    ]


def _customer_analyses() -> list[tuple[Callable, dict]]:
    """What ``pages/descriptive/customers.py`` asks for when nothing but filters has been chosen."""
    from analytics.descriptive import cohorts, concentration, customer_list, kpis, returning, rfm, trends

    return [
        (kpis.current_kpis, {}),
        (trends.sparkline_values, {}),
        (cohorts.customer_cohorts, {"unit": "month", "per": None}),
        (rfm.rfm_segments, {}),
        (concentration.revenue_concentration, {}),
        (returning.revenue_by_kind, {"unit": "month"}),
        (customer_list.customer_count, {"search": ""}),
        (customer_page, {}),
    ]


def _root_cause_analyses() -> list[tuple[Callable, dict]]:
    """What ``pages/diagnostic/root_cause.py`` asks for when nothing but filters has been chosen, and two segments."""
    from analytics.diagnostic import mix_and_rate, root_cause

    asked = {"key": "revenue", "against": "previous"}
    scopes = ((("region", "West"), ("segment", "Premium")), (("channel", "Mobile app"),))
    return [
        (root_cause.root_cause, asked),
        (mix_and_rate.mix_and_rate, asked | {"dimension": "channel"}),
        (root_cause.mechanism_by_segment, asked | {"scopes": scopes}),
    ]


def _drill_down_analyses() -> list[tuple[Callable, dict]]:
    """What ``pages/diagnostic/drill_down.py`` asks for on the first level of each path, and among customers."""
    from analytics.descriptive import kpis, trends
    from analytics.diagnostic import drill_customers, drill_down

    return [
        (drill_down.member_level, {"step": "region", "key": "revenue"}),
        (drill_down.member_level, {"step": "region", "key": "customers"}),
        (drill_down.calendar_level, {"step": "month", "key": "revenue"}),
        (drill_customers.customer_level, {"key": "revenue"}),
        (kpis.current_kpis, {}),
        (trends.sparkline_values, {}),
    ]


def _anomaly_analyses() -> list[tuple[Callable, dict]]:
    """What ``pages/diagnostic/anomalies.py`` asks for, by days and by orders."""
    from analytics.diagnostic import correlations, unusual_days

    return [(unusual_days.unusual_days, {}), (correlations.order_correlations, {})]


def _churn_analyses() -> list[tuple[Callable, dict]]:
    """What ``pages/diagnostic/churn_factors.py`` asks for when nothing but filters has been chosen."""
    from analytics.diagnostic import churn_factors, gaps, lapse, survival

    return [
        (churn_factors.churn_factors, {"clock": "any"}),
        (survival.return_curves, {"clock": "any", "factor": "delivery"}),
        (lapse.lapse_point, {"unlikely": 0.25}),
        (gaps.clock_sentence, {"clock": "any"}),
    ]


def _group_analyses() -> list[tuple[Callable, dict]]:
    """What ``pages/diagnostic/compare_groups.py`` asks for, on its face of two groups and on that of all members."""
    from analytics.diagnostic import group_comparison, member_comparison

    asked = {"key": "average_order_value", "dimension": "channel"}
    largest = {"a": ("Mobile app",)}
    return [(group_comparison.compared_members, asked | largest), (member_comparison.compared_with_others, asked)]


def _satisfaction_analyses() -> list[tuple[Callable, dict]]:
    """What ``pages/diagnostic/satisfaction.py`` asks for when nothing but filters has been chosen."""
    from analytics.diagnostic import (
        coming_back,
        delivery_spread,
        dose_response,
        drivers,
        on_time,
        rank_correlation,
        satisfaction_headline,
    )

    return [
        (satisfaction_headline.satisfaction_level, {}),
        (satisfaction_headline.satisfaction_driver, {}),
        (drivers.score_drivers, {}),
        (dose_response.dose_response, {}),
        (rank_correlation.score_correlations, {}),
        (on_time.usual_promise, {}),
        (on_time.on_time, {"promise": 6, "dimension": "region"}),
        (delivery_spread.delivery_spread, {"dimension": "region"}),
        (coming_back.coming_back, {"promise": 6, "within": 90}),
    ]


def customer_page(orders, customers, rfm_groups, filters: Filters, shop) -> object:  # noqa: ANN001 - as the door gives
    """The first page of the list as one question: who is on it, then their figures."""
    from analytics.descriptive import customer_list

    given = (orders, customers, rfm_groups, filters, shop)
    return customer_list.customer_page(*given, total=1000, block=customer_list.customer_block(*given))


def _milliseconds(analysis: Callable, filters: Filters, given: dict[str, str]) -> float:
    from ui import data

    started = time.perf_counter()
    data.answer(analysis, filters, **given)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
