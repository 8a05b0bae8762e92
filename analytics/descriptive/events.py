"""What the shop itself knows of a period: holidays, promotions, outages."""

import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.filters import Filters


def known_events(events: ir.Table) -> pd.DataFrame:
    """All events that the shop knows of, by start: ``start_date``, ``end_date`` (days), ``label``, ``kind``."""
    return collected(events.order_by("start_date", "label").select("start_date", "end_date", "label", "kind"))


def events_in_view(calendar: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """Those of the ``known_events`` that touch the period; one whose end precedes its start is on no day."""
    return calendar[_touching(calendar, filters) & ~_backward(calendar)].reset_index(drop=True)


def backward_events_sentence(calendar: pd.DataFrame, filters: Filters) -> str:
    """Which events near the period end before they begin, and so are left out; empty where none does."""
    first, last = pd.Timestamp(filters.period.start), pd.Timestamp(filters.period.end)
    near = [pd.to_datetime(calendar[column]).between(first, last) for column in ("start_date", "end_date")]
    wrong = calendar.loc[_backward(calendar) & (near[0] | near[1]), "label"].astype(str).tolist()
    if not wrong:
        return ""
    return f"Left out, for ending before beginning: {', '.join(wrong)}."


def _touching(calendar: pd.DataFrame, filters: Filters) -> pd.Series:
    first, last = pd.Timestamp(filters.period.start), pd.Timestamp(filters.period.end)
    return (pd.to_datetime(calendar["start_date"]) <= last) & (pd.to_datetime(calendar["end_date"]) >= first)


def _backward(calendar: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(calendar["end_date"]) < pd.to_datetime(calendar["start_date"])
