"""The cached door: answers are shared between visitors, so nobody may change one; each is of one data version."""

from dataclasses import fields, is_dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive import scatter
from analytics.descriptive.activity import daily_activity
from analytics.descriptive.breakdowns import metric_by_member, satisfaction_distribution
from analytics.descriptive.cells import revenue_cells
from analytics.descriptive.headline import largest_movers
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.trends import metric_trend, sparkline_values, weekday_by_month
from analytics.filters import Filters
from analytics.periods import Period, preset_period
from ui import data
from warehouse import store

ANALYSES = (
    (daily_activity, {}),
    (revenue_cells, {}),
    (current_kpis, {}),
    (sparkline_values, {}),
    (largest_movers, {"key": "revenue"}),
    (metric_trend, {"key": "revenue", "granularity": "day"}),
    (metric_by_member, {"dimension": "channel", "key": "revenue"}),
    (weekday_by_month, {"key": "revenue"}),
    (satisfaction_distribution, {}),
)


def text_of(value: object) -> str:
    """Everything that can be read from an answer, to the last digit."""
    if isinstance(value, pd.DataFrame):
        return value.to_csv()
    if isinstance(value, np.ndarray):
        return repr(value.tolist())
    if isinstance(value, dict):
        return "\n".join(f"{key}: {text_of(part)}" for key, part in value.items())
    if is_dataclass(value):
        return "\n".join(f"{field.name}: {text_of(getattr(value, field.name))}" for field in fields(value))
    return repr(value)


@pytest.fixture
def quarter(demo_url) -> Filters:
    shop = data.shop()
    return Filters(preset_period("90d", shop.first_day, shop.today))


def test_pages_leave_the_answers_that_they_share_as_they_were(demo_url, quarter, visit):
    def written() -> list[str]:
        return [text_of(data.answer(analysis, quarter, **asked)) for analysis, asked in ANALYSES]

    before = written()
    for page in ("overview.py", "descriptive/kpis.py", "workspace/data.py"):
        assert not visit(page).exception
    visit("descriptive/kpis.py", metric="Satisfaction", by="Week", per="Region", spread="Delivery")
    assert written() == before


def test_an_answer_is_computed_once_for_all(demo_url, quarter, monkeypatch):
    first = data.answer(current_kpis, quarter)
    monkeypatch.setattr(data, "_with_tables", lambda *_: pytest.fail("asked the engine again"))
    assert data.answer(current_kpis, quarter) is first


def test_a_sample_of_customers_gives_the_same_figures_and_nearly_the_same_ranges(demo_url, quarter, monkeypatch):
    shop, daily = data.shop(), data.answer(daily_activity, quarter.without_period())
    with data.warehouse().tables() as tables:
        whole = current_kpis(tables.orders, daily, {}, quarter, shop).figures
        monkeypatch.setattr(scatter, "SAMPLED_CUSTOMERS", shop.customer_keys // 2)
        assert scatter.customer_sums(tables.orders, quarter, shop, {"value": quarter.period}).every == 2
        sampled = current_kpis(tables.orders, daily, {}, quarter, shop).figures
    values = ["value", "previous", "last_year"]
    pd.testing.assert_frame_equal(sampled[values], whole[values])
    steady = ["orders", "customers", "satisfaction", "delivery_days"]
    ratio = sampled.loc[steady, "noise_previous"] / whole.loc[steady, "noise_previous"]
    assert ratio.between(0.75, 1.33).all(), ratio
    assert (ratio != 1).all()


def test_members_chosen_in_another_order_are_the_same_question(demo_url, quarter):
    one, other = (Filters(quarter.period, region=regions) for regions in (("West", "East"), ("East", "West")))
    assert data.answer(current_kpis, one) is data.answer(current_kpis, other)
    assert data.answer(current_kpis, one) is not data.answer(current_kpis, Filters(quarter.period, region=("East",)))


def test_another_filter_and_another_parameter_are_other_questions(demo_url, quarter):
    west = Filters(quarter.period, region=(data.shop().members["region"][0],))
    assert data.answer(current_kpis, west).rows < data.answer(current_kpis, quarter).rows
    by_channel = data.answer(metric_by_member, quarter, dimension="channel", key="orders")
    assert data.answer(metric_by_member, quarter, dimension="region", key="orders").dimension != by_channel.dimension


def test_a_page_under_way_moves_on_when_the_store_does(demo_url, quarter):
    data.pin_version()
    before = data.shop()
    store.change_settings(store.database_path(), shop_name="Renamed while you looked")
    assert data.shop().name == before.name  # this run keeps its version as long as that can be had from the cache
    moved = Filters(Period(before.today - timedelta(17), before.today - timedelta(3)), compare="none")
    assert data.answer(current_kpis, moved).rows  # a new question is put to the new version
    assert data.shop().name == "Renamed while you looked"
