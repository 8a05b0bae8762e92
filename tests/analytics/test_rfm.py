"""RFM: scores by hand, ties that share a score, counts and movement that add up, the list's names equal to these."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.collect import collected
from analytics.descriptive.customer_list import customers_table
from analytics.descriptive.rfm import GRID, NOT_YET, SEGMENTS, rfm_groups, rfm_segments
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import shop_of

MARCH = Filters(Period(date(2026, 3, 1), date(2026, 3, 31)))


def orders_of(rows: list[tuple]) -> pd.DataFrame:
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "revenue"])
    return orders.assign(transaction_id=[f"t{i:04d}" for i in range(len(orders))])


def shop(orders: pd.DataFrame):
    return shop_of(orders, first_day=date(2026, 1, 1), last_day=date(2026, 3, 31), today=date(2026, 3, 31))


@pytest.fixture
def ten() -> pd.DataFrame:
    """Customer k of ten orders k times, the last time on day k of March, for 10 each."""
    return orders_of([(f"c{k:02d}", date(2026, 3, k) - timedelta(i), 10.0) for k in range(1, 11) for i in range(k)])


def answered(orders: pd.DataFrame, filters: Filters = MARCH):
    return rfm_segments(rfm_groups(orders, filters, shop(orders)), filters, shop(orders))


def test_ten_different_customers_take_two_of_each_score(ten):
    groups = rfm_groups(ten, MARCH, shop(ten))
    counted = groups.groups.groupby("recency")["customers"].sum()
    assert counted.to_dict() == {1: 2, 2: 2, 3: 2, 4: 2, 5: 2}
    assert (groups.groups["recency"] == groups.groups["frequency"]).all()
    assert groups.boundaries.frequency == pytest.approx((2.8, 4.6, 6.4, 8.2))
    segments = answered(ten).segments.set_index("segment")
    assert segments.loc["Champions", ["customers", "revenue", "mean_orders"]].tolist() == [2, 190.0, 9.5]
    assert segments.loc["Champions", "mean_days_since_order"] == pytest.approx((22 + 21) / 2)
    assert segments.loc["Champions", "share_of_revenue"] == pytest.approx(190 / 550)
    assert segments.loc[["Hibernating", "Need attention", "Loyal"], "customers"].tolist() == [4, 2, 2]
    assert np.isnan(segments.loc["Promising", "mean_orders"])


def test_equal_values_get_equal_scores_and_the_page_says_which_do_not_occur():
    orders = orders_of([(f"c{k}", date(2026, 3, 1 + k), 10.0) for k in range(16)] + [("c0", date(2026, 3, 20), 5.0)])
    groups = rfm_groups(orders, MARCH, shop(orders)).groups
    assert set(groups.loc[groups["orders"] == groups["customers"], "frequency"]) == {1}
    assert set(groups["frequency"]) == {1, 5}
    assert "Frequency scores 2, 3, 4 do not occur" in answered(orders).notes


def test_movement_goes_from_the_day_before_the_period_to_its_last(ten):
    earlier = orders_of([("c01", date(2026, 2, 1), 10.0), ("old", date(2026, 1, 5), 10.0)])
    orders = orders_of([*earlier[["customer_id", "date", "revenue"]].itertuples(index=False, name=None),
                        *ten[["customer_id", "date", "revenue"]].itertuples(index=False, name=None)])  # fmt: skip
    rfm = answered(orders, Filters(Period(date(2026, 2, 15), date(2026, 3, 31))))
    assert rfm.movement.to_numpy().sum() == 11
    assert rfm.movement.loc[NOT_YET].sum() == 9
    assert rfm.movement.sum().tolist() == rfm.segments["customers"].tolist()
    assert "of 2 customers changed segment" in rfm.movement_sentence
    assert "9 are new" in rfm.movement_sentence


def test_a_period_from_the_first_day_on_has_no_movement(ten):
    rfm = answered(ten, Filters(Period(date(2026, 1, 1), date(2026, 3, 31))))
    assert rfm.movement.drop(index=NOT_YET).to_numpy().sum() == 0
    assert "Nobody had ordered before 1 Jan 2026" in rfm.movement_sentence


def test_every_pair_of_scores_has_a_name():
    assert {name for row in GRID for name in row} == set(SEGMENTS)
    assert [len(row) for row in GRID] == [5] * 5


def test_few_customers_equal_customers_and_nobody_are_answered_in_words(ten):
    few = ten[ten["customer_id"] < "c04"]
    with pytest.raises(NotEnoughData, match="Only 3 customers have ordered here by 31 Mar 2026"):
        answered(few)
    one = ten[ten["customer_id"] == "c10"]
    with pytest.raises(NotEnoughData, match="Only 1 customer has ordered"):
        answered(one)
    alike = orders_of([(f"c{k}", date(2026, 3, 3), 10.0) for k in range(12)])
    with pytest.raises(NotEnoughData, match="alike"):
        answered(alike)
    with pytest.raises(NotEnoughData, match="choose a longer period"):
        answered(ten.assign(revenue=-1.0))
    with pytest.raises(NotEnoughData, match="customer id"):
        answered(ten.assign(customer_id=None))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 15), st.integers(0, 89), st.sampled_from([-30.0, 5.0, 10.0, 80.0])),
        min_size=1,
        max_size=80,
    )
)
def test_segments_are_those_of_numpy_and_add_up_to_the_customers(rows):
    base = [(f"c{k}", date(2026, 1, 1) + timedelta(k), 10.0) for k in range(10)]
    orders = orders_of(base + [(f"c{k}", date(2026, 1, 1) + timedelta(d), r) for k, d, r in rows])
    seen, groups = shop(orders), rfm_groups(orders, MARCH, shop(orders))
    placed = orders[orders["revenue"] >= 0].groupby("customer_id")
    facts = pd.DataFrame(
        {"days": placed["date"].max().map(lambda day: (MARCH.period.end - day).days), "n": placed.size()}
    )
    cuts = [0.2, 0.4, 0.6, 0.8]
    recency = 1 + (facts["days"].to_numpy()[:, None] < np.quantile(facts["days"], cuts)).sum(axis=1)
    frequency = 1 + (facts["n"].to_numpy()[:, None] > np.quantile(facts["n"], cuts)).sum(axis=1)
    expected = pd.Series([GRID[r - 1][f - 1] for r, f in zip(recency, frequency, strict=True)], index=facts.index)
    counted = rfm_segments(groups, MARCH, seen).segments.set_index("segment")["customers"]
    assert counted.sum() == len(facts)
    assert counted[counted > 0].to_dict() == expected.value_counts().to_dict()
    customers = orders[["customer_id"]].drop_duplicates()
    listed = collected(customers_table(orders, customers, MARCH, seen, boundaries=groups.boundaries))
    assert listed.dropna(subset="rfm").set_index("customer_id")["rfm"].to_dict() == expected.to_dict()
