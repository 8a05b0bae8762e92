"""All of a root cause together: one sentence that says it, and calm where there is nothing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.variation import day_dispersions
from analytics.diagnostic.root_cause import RootCause, mechanism_by_segment, root_cause, root_cause_headline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import unmarked
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

APRIL = Filters(Period(date(2026, 4, 1), date(2026, 4, 30)), "previous")
NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return random_orders(3, per_day=60)


def cause_of(orders: pd.DataFrame, key: str = "revenue", filters: Filters = APRIL, calendar=NO_EVENTS) -> RootCause:
    shop = shop_of(orders, last_day=date(2026, 4, 30), today=date(2026, 4, 30), known_from=date(2026, 2, 1))
    daily = daily_activity(orders, filters.without_period(), shop)
    asked = (None, daily, day_dispersions(daily), calendar, filters, shop)
    return root_cause(orders, *asked, key=key, against="previous")


def said(cause: RootCause, orders: pd.DataFrame) -> str:
    return unmarked(root_cause_headline(cause, shop_of(orders)).change)


def without_app_in_the_north(orders: pd.DataFrame, since: str = "2026-04-10") -> pd.DataFrame:
    inside = (orders["region"] == "North") & (orders["channel"] == "App")
    return orders[~(inside & (pd.to_datetime(orders["date"]) >= since) & (np.arange(len(orders)) % 8 > 0))]


def test_the_sentence_says_how_far_where_how_and_since_when(orders):
    less = without_app_in_the_north(orders)
    outage = pd.DataFrame(
        {"start_date": ["2026-04-09"], "end_date": ["2026-04-10"], "label": ["App down"], "kind": ["outage"]}
    )
    cause = cause_of(less, "orders", calendar=outage)
    text = said(cause, less)
    assert cause.scope == {"region": "North", "channel": "App"} or cause.scope == {"channel": "App", "region": "North"}
    for part in ("Orders were", "chance alone: ±", "North · App fell against the rest", "of the change", "Mostly by"):
        assert part in text, text
    assert "It began on 10 Apr 2026" in text or "It began on 9 Apr 2026" in text
    assert "Near it: App down (outage)" in text
    assert cause.scopes() == (tuple(cause.scope.items()),)


def test_nothing_beyond_normal_variation_is_said_when_that_is_the_truth(orders):
    text = said(cause_of(orders), orders)
    assert "nothing beyond normal variation" in text
    assert "No segment of revenue moved beyond chance either" in text
    assert "Mostly by" not in text


def test_what_grew_everywhere_has_no_segment_to_blame(orders):
    late = pd.to_datetime(orders["date"]) >= "2026-04-01"
    more = pd.concat([orders, orders[late].assign(transaction_id="x" + orders["transaction_id"])])
    text = said(cause_of(more, "orders"), more)
    assert "No segment stands out: what moved, moved all over the shop" in text


def test_a_part_that_cannot_be_answered_says_why_where_it_is_asked_for(orders):
    cause = cause_of(orders, "repeat_rate")
    assert cause.change.now > 0
    with pytest.raises(NotEnoughData, match="look where orders or new customers moved"):
        _ = cause.where
    with pytest.raises(NotEnoughData, match="not made of other metrics"):
        _ = cause.bridge
    with pytest.raises(NotEnoughData, match="not told by day"):
        cause.companions_near()


def test_a_metric_that_was_not_known_before_has_nothing_to_explain(orders):
    early = pd.to_datetime(orders["date"]) < "2026-04-01"
    unscored = orders.assign(satisfaction_score=orders["satisfaction_score"].mask(early))
    assert "Satisfaction is not known for the period before" in said(cause_of(unscored, "satisfaction"), unscored)


def test_segments_are_made_of_the_same_steps_as_the_whole(orders):
    less = without_app_in_the_north(orders)
    shop = shop_of(less, known_from=date(2026, 2, 1))
    scopes = ((("region", "North"), ("channel", "App")), (("channel", "Web"),))
    made = mechanism_by_segment(less, APRIL, shop, scopes=scopes, key="orders", against="previous")
    days = pd.to_datetime(less["date"])
    for (segment, steps), scope in zip(made.groupby("segment", sort=False), scopes, strict=True):
        inside = np.logical_and.reduce([less[d] == member for d, member in scope])
        now = (inside & (days >= "2026-04-01")).sum()
        before = (inside & (days >= "2026-03-02") & (days < "2026-04-01")).sum()
        assert segment == " · ".join(member for _, member in scope)
        assert steps["contribution"].sum() == pytest.approx(now - before)


def test_a_segment_that_is_gone_is_not_made_of_anything(orders):
    gone = orders[~((orders["channel"] == "App") & (pd.to_datetime(orders["date"]) >= "2026-04-01"))]
    with pytest.raises(NotEnoughData, match="they are gone as a whole"):
        mechanism_by_segment(gone, APRIL, shop_of(gone), scopes=((("channel", "App"),),), against="previous")
    with pytest.raises(NotEnoughData, match="none to look into"):
        mechanism_by_segment(gone, APRIL, shop_of(gone), against="previous")
    with pytest.raises(NotEnoughData, match="Satisfaction is a mean of orders"):
        mechanism_by_segment(gone, APRIL, shop_of(gone), key="satisfaction")
