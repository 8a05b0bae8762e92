"""Asks the KPI page's questions in a process of its own: `python -m benchmarks.page_queries ENGINE DATABASE PERIOD N`.

The engine is ``sqlite`` (plain SQL on the store) or ``copy`` (the page's analyses through the app's own door, over the
read copy, with nothing cached but the shop's profile); the period ``all`` or a number of days; N how often.
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
    ask = _asking_sqlite(Path(database), filters, first) if engine == "sqlite" else _asking_copy(database, filters)
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


def _asking_copy(database: str, filters: Filters) -> Asking:
    os.environ["DATABASE_URL"] = f"sqlite:///{database}"
    import streamlit as st

    from ui import data

    def ask() -> tuple[float, dict[str, float]]:
        st.cache_resource.clear()
        data.shop()
        taken = {analysis.__name__: _milliseconds(analysis, filters, given) for analysis, given in _analyses(filters)}
        return sum(taken.values()), taken

    ask()  # the first round imports modules and opens the copy
    gc.collect()
    gc.freeze()  # as the app does once it is warm
    return ask


def _analyses(filters: Filters) -> list[tuple[Callable, dict[str, str]]]:
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


def _milliseconds(analysis: Callable, filters: Filters, given: dict[str, str]) -> float:
    from ui import data

    started = time.perf_counter()
    data.answer(analysis, filters, **given)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
