"""The KPI page's questions as plain SQL on the SQLite store, as one would ask without a read copy.

Each query answers what one analysis of the page answers, in one pass where SQL allows it.
"""

import sqlite3
from pathlib import Path

from analytics.filters import Filters
from analytics.periods import Period

_PARTS = """
    total(revenue) FILTER (WHERE {here}), total(revenue * revenue) FILTER (WHERE {here}),
    total(revenue) FILTER (WHERE {here} AND revenue >= 0), count(*) FILTER (WHERE {here} AND revenue >= 0),
    total(satisfaction_score) FILTER (WHERE {here} AND revenue >= 0),
    count(satisfaction_score) FILTER (WHERE {here} AND revenue >= 0),
    total(delivery_days) FILTER (WHERE {here} AND revenue >= 0),
    count(delivery_days) FILTER (WHERE {here} AND revenue >= 0)"""

_CUSTOMERS = "count(DISTINCT customer_id) FILTER (WHERE {here} AND revenue >= 0)"


def page_answers(database: Path, filters: Filters, periods: dict[str, Period]) -> dict[str, list[tuple]]:
    """Every question of the page, answered by SQLite: name of the question → rows."""
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return {name: connection.execute(query).fetchall() for name, query in questions(filters, periods).items()}
    finally:
        connection.close()


def questions(filters: Filters, periods: dict[str, Period]) -> dict[str, str]:
    """Name of the question → SQL."""
    here = [_within(period) for period in periods.values()]
    kept = f"{_members(filters)} AND ({' OR '.join(here)})"
    of_periods = ", ".join(_PARTS.format(here=one) for one in here)
    people = ", ".join(_CUSTOMERS.format(here=one) for one in here)
    period = f"{_members(filters)} AND {_within(filters.period)}"
    everything = _PARTS.format(here="1")
    return {
        "period sums and distinct customers": f"SELECT {of_periods}, {people} FROM transactions WHERE {kept}",
        "daily series": f"SELECT date, {everything} FROM transactions WHERE {_members(filters)} GROUP BY date",
        "customers by stretch": f"SELECT {_stretch(filters.period)}, {_CUSTOMERS.format(here='1')} "
        f"FROM transactions WHERE {period} GROUP BY 1",
        "by channel": f"SELECT channel, {of_periods} FROM transactions WHERE {kept} GROUP BY channel",
        "region and segment": f"SELECT region, segment, {everything} FROM transactions WHERE {period} GROUP BY 1, 2",
        "scores": f"SELECT satisfaction_score, {', '.join(f'total({one})' for one in here)} "
        f"FROM transactions WHERE {kept} AND revenue >= 0 GROUP BY 1",
    }


def _within(period: Period) -> str:
    return f"date BETWEEN '{period.start}' AND '{period.end}'"


def _members(filters: Filters) -> str:
    """The members kept, as SQL; names come from the simulator, never from a visitor."""
    narrowed = [f"{d} IN ({', '.join(map(_quoted, members))})" for d, members in filters.members.items()]
    return " AND ".join(narrowed) or "1"


def _quoted(member: str) -> str:
    return "'" + member.replace("'", "''") + "'"


def _stretch(period: Period, stretches: int = 30) -> str:
    length = -(-period.days // stretches)
    return f"CAST((julianday(date) - julianday('{period.start}')) / {length} AS INTEGER)"
