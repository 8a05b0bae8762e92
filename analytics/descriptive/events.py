"""What the shop itself knows of a period: holidays, promotions, outages."""

from collections.abc import Iterable

import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.descriptive.event_entries import COLUMNS, Event
from analytics.filters import Filters


def known_events(events: ir.Table, written: Iterable[Event] = ()) -> pd.DataFrame:
    """All events that the shop knows of, by start: ``start_date``, ``end_date`` (days), ``label``, ``kind``.

    Parameters
    ----------
    events : those that came with the data.
    written : those that people wrote down. Of one that is among both, theirs tells the kind.
    """
    stored = collected(events.order_by("start_date", "label").select(*COLUMNS))
    noted = pd.DataFrame([(e.start, e.end, e.label, e.kind) for e in written], columns=list(COLUMNS))
    if noted.empty:
        return stored
    days = {column: pd.to_datetime(noted[column]) for column in ("start_date", "end_date")}
    both = pd.concat([noted.assign(**days).astype(stored.dtypes.to_dict()), stored])
    once = both.drop_duplicates(["start_date", "end_date", "label"])
    return once.sort_values(["start_date", "label"], kind="stable", ignore_index=True)


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
