"""What the shop itself knows of a period: holidays, promotions, outages."""

import ibis.expr.types as ir
import pandas as pd

from analytics.collect import collected
from analytics.filters import Filters


def known_events(events: ir.Table) -> pd.DataFrame:
    """All events that the shop knows of, by start: ``start_date``, ``end_date`` (days), ``label``, ``kind``."""
    return collected(events.order_by("start_date", "label").select("start_date", "end_date", "label", "kind"))


def events_in_view(calendar: pd.DataFrame, filters: Filters) -> pd.DataFrame:
    """Those of the ``known_events`` that touch the period."""
    first, last = pd.Timestamp(filters.period.start), pd.Timestamp(filters.period.end)
    touching = (pd.to_datetime(calendar["start_date"]) <= last) & (pd.to_datetime(calendar["end_date"]) >= first)
    return calendar[touching].reset_index(drop=True)
