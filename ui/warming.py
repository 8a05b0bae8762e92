"""What a fresh server does while its first visitor's browser is still loading the page."""

from contextlib import suppress

from streamlit import delta_generator

from analytics.descriptive.headline import period_headline
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.trends import metric_trend, sparkline_values
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import fitting_granularity, preset_period
from ui import data
from ui.data import answer
from ui.sidebar import DEFAULT_PERIOD
from warehouse.errors import StoreError


def warm_up() -> None:
    """Open the read copy, and ask what stands on top of the first two pages when nothing has been chosen."""
    # else Streamlit looks, at its first element, up every loaded module's file to see who runs it: 0.1 s
    delta_generator._use_warning_has_been_displayed = True
    data.discard_old_uploads()
    if not data.is_missing():
        with suppress(NotEnoughData, StoreError):  # the page says so
            _ask_first_questions()


def _ask_first_questions() -> None:
    shop = data.shop()
    filters = Filters(preset_period(DEFAULT_PERIOD, shop.first_day, shop.today))
    for analysis in (period_headline, current_kpis, sparkline_values):
        answer(analysis, filters)
    answer(metric_trend, filters, key="revenue", granularity=fitting_granularity(filters.period))
