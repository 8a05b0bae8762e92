"""Where a change comes from, on shops whose change was planted: frames, sentences and refusals."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.diagnostic import where
from analytics.diagnostic.where import segments_behind_change
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

APRIL = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous")


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return random_orders(3, per_day=40)


def fallen(orders: pd.DataFrame, **scope: str) -> pd.DataFrame:
    """Without four of five orders of a scope from April on."""
    inside = np.logical_and.reduce([orders[d] == member for d, member in scope.items()])
    late = pd.to_datetime(orders["date"]) >= "2026-04-01"
    return orders[~(inside & late & (np.arange(len(orders)) % 5 > 0))]


def found(orders: pd.DataFrame, key: str = "orders", filters: Filters = APRIL):
    return segments_behind_change(orders, None, filters, shop_of(orders), key, "previous")


def test_a_planted_segment_is_named_with_what_became_of_it(orders):
    less = fallen(orders, region="North", channel="App")
    answer = found(less)
    top = answer.segments.iloc[0]
    inside = less[(less["region"] == "North") & (less["channel"] == "App")]
    days = pd.to_datetime(inside["date"])
    assert top["members"] == {"region": "North", "channel": "App"}
    assert top["before"] == ((days >= "2026-03-02") & (days <= "2026-03-31")).sum()
    assert top["now"] == (days >= "2026-04-01").sum()
    assert top["change"] == top["now"] - top["before"]
    assert top["share"] == pytest.approx(top["change"] / answer.change)
    assert "North · App moved by −" in answer.sentence
    assert "of the change" in answer.sentence


def test_money_is_found_where_orders_are(orders):
    assert found(fallen(orders, channel="Web"), "revenue").segments["members"].iloc[0] == {"channel": "Web"}


def test_a_quiet_month_names_nobody_but_says_who_is_likeliest(orders):
    answer = found(orders)
    assert answer.segments.empty
    assert answer.likeliest["by_chance"] > 0.04
    assert "No segment moved otherwise than the rest" in answer.sentence
    assert "chance moves one so far" in answer.sentence


def test_a_member_of_one_period_only_is_new_or_gone(orders):
    late = pd.to_datetime(orders["date"]) >= "2026-04-01"
    moved = orders.assign(channel=orders["channel"].mask(late & (orders["channel"] == "App"), "Kiosk"))
    answer = found(moved)
    assert {"App", "Kiosk"} <= set(answer.segments["segment"])
    assert "is new" in answer.sentence
    assert "inf" not in answer.sentence


def test_customers_are_searched_by_their_orders_and_it_is_said(orders):
    answer = found(fallen(orders, region="South"), "customers")
    assert answer.searched == "orders"
    assert answer.segments["members"].iloc[0] == {"region": "South"}
    assert "different customers do not add up" in answer.sentence


def test_a_share_of_customers_is_refused(orders):
    with pytest.raises(NotEnoughData, match="Repeat rate counts different customers"):
        found(orders, "repeat_rate")


def test_a_score_that_fell_somewhere_is_found(orders):
    late = pd.to_datetime(orders["date"]) >= "2026-04-01"
    worse = orders.assign(satisfaction_score=orders["satisfaction_score"].mask(late & (orders["channel"] == "Web"), 1))
    answer = found(worse, "satisfaction")
    assert answer.segments["members"].iloc[0] == {"channel": "Web"}
    assert answer.segments["share"].isna().all()


def test_filters_hold_and_a_single_member_is_no_dimension(orders):
    less = fallen(orders, region="North", channel="App")
    answer = found(less, filters=replace(APRIL, region=("North",)))
    assert answer.segments["members"].iloc[0] == {"channel": "App"}
    with pytest.raises(NotEnoughData, match="nothing to tell apart"):
        found(less, filters=replace(APRIL, region=("North",), channel=("App",)))


def test_no_row_in_view_says_which_filter_to_relax(orders):
    early = orders[pd.to_datetime(orders["date"]) < "2026-04-01"]
    shop = shop_of(early, last_day=date(2026, 4, 30), today=date(2026, 4, 30))
    with pytest.raises(NotEnoughData, match="No orders in 1 Apr – 30 Apr 2026"):
        segments_behind_change(early, None, APRIL, shop, "orders", "previous")


def test_of_fifty_thousand_members_the_largest_are_told_apart(orders):
    """A product range: its tail is looked at together, and the cause is found beside it."""
    many = orders.assign(category=[f"P{n % 50_000}" for n in range(len(orders))])
    answer = found(fallen(many, region="North", channel="App"))
    assert answer.segments["members"].iloc[0] == {"channel": "App", "region": "North"}


def test_too_many_combinations_leave_the_longest_dimension_out_and_say_so(orders, monkeypatch):
    many = orders.assign(category=[f"P{n % 500}" for n in range(len(orders))])
    monkeypatch.setattr(where, "MOST_COMBINATIONS", 1000)
    answer = found(fallen(many, region="North", channel="App"))
    assert answer.sentence.endswith("Not searched, for it has too many members: category.")
    assert answer.segments["members"].iloc[0] == {"channel": "App", "region": "North"}


def test_more_refunds_than_sales_are_no_growth(orders):
    refunds = orders.assign(revenue=-orders["revenue"])
    answer = segments_behind_change(refunds, None, APRIL, shop_of(refunds), "revenue", "previous")
    assert "nan" not in answer.sentence
