"""Concentration: by hand, equal to numpy, and honest about few customers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.descriptive.concentration import revenue_concentration
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import shop_of

DAY = Filters(Period(date(2026, 1, 5), date(2026, 1, 5)))


def answered(amounts: list[float], **changes):
    orders = pd.DataFrame({"revenue": amounts, "date": "2026-01-05"})
    orders = orders.assign(customer_id=[f"c{i}" for i in range(len(orders))], transaction_id=range(len(orders)))
    return revenue_concentration(orders.assign(**changes), DAY, shop_of(orders.assign(**changes)))


def test_the_best_of_ten_brings_its_part():
    best = answered([91.0] + [1.0] * 9)
    assert best.tops[["percent", "customers", "share"]].to_numpy().tolist() == [[10, 1, 0.91]]
    assert best.tops["share_low"].isna().all(), "of one customer no range is known"
    assert best.curve["share_of_revenue"].tolist()[:2] == pytest.approx([0.91, 0.92])
    assert "the best 10 % (1) brings 91.0 %" in best.sentence


def test_where_all_spend_alike_the_best_tenth_brings_a_tenth():
    best = answered([5.0] * 200)
    assert best.tops["share"].tolist() == pytest.approx([0.1, 0.01])
    assert best.curve["share_of_customers"].tolist() == pytest.approx(best.curve["share_of_revenue"].tolist())
    assert best.tops.loc[0, ["share_low", "share_high"]].tolist() == pytest.approx([0.1, 0.1])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=10, max_size=260).filter(any))
def test_curve_and_tops_are_those_of_numpy(amounts):
    best = answered([float(a) for a in amounts])
    falling = np.sort(np.array(amounts, dtype="float64"))[::-1]
    shares, places = np.cumsum(falling) / falling.sum(), np.arange(1, len(falling) + 1) / len(falling)
    assert best.curve["share_of_revenue"].to_numpy() == pytest.approx(
        np.interp(best.curve["share_of_customers"], places, shares)
    )
    for top in best.tops.to_dict("records"):
        held = len(falling) * top["percent"] // 100
        assert top["customers"] == held
        assert top["share"] == pytest.approx(falling[:held].sum() / falling.sum())


def test_the_range_is_about_as_wide_as_the_share_scatters():
    chance = np.random.default_rng(5)
    tops = [answered(chance.lognormal(0, 1, 1000).tolist()).tops.iloc[0] for _ in range(40)]
    width = np.mean([(top["share_high"] - top["share_low"]) / (2 * 1.98) for top in tops])
    assert 0.6 < width / np.std([top["share"] for top in tops]) < 1.5


def test_customers_who_got_back_more_than_they_spent_are_said():
    orders = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(10)] + ["c9"], "revenue": [10.0] * 10 + [-30.0], "date": "2026-01-05"}
    ).assign(transaction_id=range(11))
    best = revenue_concentration(orders, DAY, shop_of(orders))
    assert "1 customer got back more" in best.sentence
    assert best.curve["share_of_revenue"].max() > 1
    assert best.curve["share_of_revenue"].iloc[-1] == pytest.approx(1)


def test_too_few_none_and_nothing_left_are_answered_in_words():
    with pytest.raises(NotEnoughData, match="Only 3 customers ordered in view"):
        answered([1.0] * 3)
    with pytest.raises(NotEnoughData, match="Only 1 customer ordered"):
        answered([1.0] * 50, customer_id="one")
    with pytest.raises(NotEnoughData, match="no shares"):
        answered([0.0] * 12)
    with pytest.raises(NotEnoughData, match="choose a longer period"):
        answered([-1.0] * 12)
    with pytest.raises(NotEnoughData, match="customer id"):
        answered([1.0] * 12, customer_id=None)
