"""What the shop itself knows of a period: holidays, promotions, outages."""

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.filters import Filters


def events_in_view(events: ir.Table, filters: Filters) -> pd.DataFrame:
    """The events that touch the period.

    Returns
    -------
    One row per event by start: ``start_date``, ``end_date`` (days), ``label``, ``kind``.
    """
    start, end = (ibis.date(day.isoformat()) for day in (filters.period.start, filters.period.end))
    touching = events.filter(events.start_date <= end, events.end_date >= start)
    return touching.order_by("start_date", "label").select("start_date", "end_date", "label", "kind").to_pandas()
