"""What else happened around a change: known events, and other metrics of the same orders that moved then."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES
from analytics.diagnostic.change_moment import Moment, moment_of_change
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS
from analytics.shop import Shop

DAYS_BEFORE, DAYS_AFTER = 28, 14
"""How long before and after a change something is said to be near it."""
EVENT_DAYS = 7
BY_VOLUME = frozenset(("revenue", "orders", "new_customers"))
"""Where there are fewer orders there is less of all of these: that one moved with the other tells nothing."""


def companions_of_change(
    daily: pd.DataFrame, calendar: pd.DataFrame, filters: Filters, shop: Shop, moment: Moment
) -> pd.DataFrame:
    """Events and changes of other metrics near a change, earliest first. That one came before another proves no cause.

    Parameters
    ----------
    daily : ``daily_activity`` of the filters that the moment was found with.
    moment : ``moment_of_change`` of the metric in question.

    Returns
    -------
    ``what`` happened (text), its ``kind`` (event or metric), ``since`` and ``until`` (days; the latter missing where it
    lasts), ``days_after`` the change began (negative: before) and ``by_chance`` (of metrics: the probability of so much
    by chance, raised for looking at several; missing of events).
    """
    if moment.since is None:
        return pd.DataFrame(columns=list(_COLUMNS))
    same = BY_VOLUME if moment.metric in BY_VOLUME else {moment.metric}
    others = [m for m in shop.metrics() if m.from_daily and m.key not in same]
    rows = [
        row for m in others if (row := _metric_row(daily, calendar, filters, shop, m.key, moment.since, len(others)))
    ]
    rows += _event_rows(calendar, moment)
    found = pd.DataFrame(rows, columns=list(_COLUMNS))
    return found.sort_values(["since", "kind"], kind="stable", ignore_index=True)


_COLUMNS = ("what", "kind", "since", "until", "days_after", "by_chance")


def _metric_row(
    daily: pd.DataFrame, calendar: pd.DataFrame, filters: Filters, shop: Shop, key: str, since: date, looked_at: int
) -> dict | None:
    try:
        other = moment_of_change(daily, calendar, filters, shop, key)
    except NotEnoughData:
        return None
    by_chance = min(1.0, other.by_chance * looked_at)
    if other.since is None or by_chance > FALSE_DISCOVERIES:
        return None
    after = (other.since - since).days
    if not -DAYS_BEFORE <= after <= DAYS_AFTER:
        return None
    during = other.days.loc[pd.Timestamp(other.since) : other.until and pd.Timestamp(other.until)]
    measured = METRICS[key]
    change = measured.format_change(during["expected"].mean(), during["usual"].mean())
    what = f"{measured.name} moved by {change}"
    return dict(zip(_COLUMNS, (what, "metric", other.since, other.until, after, by_chance), strict=True))


def _event_rows(calendar: pd.DataFrame, moment: Moment) -> list[dict]:
    first, last = moment.low - timedelta(EVENT_DAYS), moment.high + timedelta(1)
    rows = []
    for event in calendar.to_dict("records"):
        start, end = (pd.Timestamp(event[column]).date() for column in ("start_date", "end_date"))
        if start <= last and end >= first and end >= start:
            what = f"{event['label']} ({event['kind']})"
            rows.append(
                dict(zip(_COLUMNS, (what, "event", start, end, (start - moment.since).days, np.nan), strict=True))
            )
    return rows
