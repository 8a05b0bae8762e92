"""The unusual days of the shop as a whole, worked out beside the pages: trends mark them where they are at hand."""

from analytics.diagnostic.unusual_days import UnusualDays, unusual_days
from analytics.filters import Filters
from analytics.periods import Period
from ui import data


def prepare_marks() -> None:
    """Work them out for the newest data; done already, it costs a millisecond.

    Raises
    ------
    NotEnoughData : there are too few days.
    StoreError : the data cannot be read.
    """
    shop = data.shop()
    everything = Filters(Period(shop.first_day, shop.last_day)).without_period()
    data.make_ready(unusual_days, everything, members=False)


def marks_for(filters: Filters) -> UnusualDays | None:
    """The unusual days to mark on a trend of these filters; none on that of some members, nor before they are known."""
    return None if filters.members else data.if_ready(unusual_days)
