"""Which day is the last that the data cover in full; it is "today" for every analysis."""

import math
import sqlite3
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EXPECTED_SHARE_LIMIT = 0.10
"""A day is partial when more than this share of its orders usually comes after the last one seen."""

QUIET_CHANCE = 0.05
"""And when so quiet a rest of the day would come about by chance less often than this: at three orders a day an early
last order tells nothing, at a hundred it does."""

SAME_WEEKDAYS = 8
"""How many earlier days of the same weekday tell how a day usually goes on."""

ENOUGH_SAME_WEEKDAYS = 4
"""With fewer of them, the last open days of any weekday tell instead."""

OPEN_DAYS = 28

_WEEKS_BACK = range(1, SAME_WEEKDAYS + 1)


def last_complete_day(connection: sqlite3.Connection, now: datetime | None = None) -> date | None:
    """The last day with all its orders; None while there are none.

    The last day in the data counts as complete unless the times of day say otherwise: it is partial when, on the same
    weekday of the eight weeks before (else on the last 28 open days), more than a tenth of the orders came later
    than the last one on it, and so many that their absence is no accident (Poisson). Without times of day it is
    partial only while it is still today in the shop's time zone. A partial day makes the day before it the last
    complete one. Our own choice.
    """
    (newest,) = connection.execute("SELECT max(date) FROM transactions WHERE revenue >= 0").fetchone()
    if newest is None:
        return None
    last_day = date.fromisoformat(newest)
    usual = _usually_still_to_come(connection, newest)
    if usual is None:
        partial = last_day >= _today(connection, now)
    else:
        share, orders = usual
        partial = share > EXPECTED_SHARE_LIMIT and math.exp(-orders) < QUIET_CHANCE
    return last_day - timedelta(days=1) if partial else last_day


def _today(connection: sqlite3.Connection, now: datetime | None) -> date:
    zone = connection.execute("SELECT value FROM settings WHERE key = 'time_zone'").fetchone()
    return (now or datetime.now(UTC)).astimezone(ZoneInfo(zone[0] if zone else "UTC")).date()


def _usually_still_to_come(connection: sqlite3.Connection, newest: str) -> tuple[float, float] | None:
    """The share and the number of a usual day's orders after the last minute seen; None when nothing tells."""
    (last_minute,) = connection.execute(
        "SELECT max(order_minute) FROM transactions WHERE date = ? AND revenue >= 0", (newest,)
    ).fetchone()
    if last_minute is None:
        return None
    same_weekdays = [(date.fromisoformat(newest) - timedelta(weeks=week)).isoformat() for week in _WEEKS_BACK]
    days = _days_with_times(connection, same_weekdays)
    if len(days) < ENOUGH_SAME_WEEKDAYS:
        days = _open_days_before(connection, newest)
    if not days:
        return None
    marks = ", ".join("?" * len(days))
    share, later = connection.execute(
        "SELECT avg(order_minute > ?1), total(order_minute > ?1) FROM transactions "
        f"WHERE date IN ({marks}) AND revenue >= 0 AND order_minute IS NOT NULL",
        (last_minute, *days),
    ).fetchone()
    return share, later / len(days)


def _days_with_times(connection: sqlite3.Connection, days: list[str]) -> list[str]:
    marks = ", ".join("?" * len(days))
    return [
        day
        for (day,) in connection.execute(
            f"SELECT DISTINCT date FROM transactions WHERE date IN ({marks}) AND revenue >= 0 "
            "AND order_minute IS NOT NULL",
            days,
        )
    ]


def _open_days_before(connection: sqlite3.Connection, newest: str) -> list[str]:
    # A year back bounds the search: shops closed for longer than that have no usual day.
    earliest = (date.fromisoformat(newest) - timedelta(days=366)).isoformat()
    return [
        day
        for (day,) in connection.execute(
            "SELECT DISTINCT date FROM transactions WHERE date >= ? AND date < ? AND revenue >= 0 "
            "AND order_minute IS NOT NULL ORDER BY date DESC LIMIT ?",
            (earliest, newest, OPEN_DAYS),
        )
    ]
