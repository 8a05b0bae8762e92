"""New, returning, guests: by hand, adding up to what orders brought in before refunds."""

from datetime import date

import pytest

from analytics.descriptive.kpis import get_current_kpis
from analytics.descriptive.returning import revenue_by_kind
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

TWO_WEEKS = Filters(Period(date(2026, 1, 5), date(2026, 1, 18)))


def test_first_orders_later_orders_and_guests_by_week(hand_orders, hand_shop):
    by_kind = revenue_by_kind(hand_orders, TWO_WEEKS, hand_shop, unit="week")
    assert by_kind.buckets[["new", "returning", "guests"]].to_numpy().tolist() == [[140, 0, 60], [30, 120, 0]]
    assert by_kind.buckets["total"].sum() == hand_orders.loc[hand_orders["revenue"] >= 0, "revenue"].sum()
    assert by_kind.buckets["complete"].all()
    assert "from guests" in by_kind.sentence
    assert by_kind.notes == ""


def test_the_three_add_up_to_revenue_before_refunds_in_any_shop():
    orders = random_orders(3, days=90)
    period = Period(date(2026, 1, 10), date(2026, 3, 20))
    by_kind = revenue_by_kind(orders, Filters(period), shop_of(orders))
    kept = orders[orders["date"].between("2026-01-10", "2026-03-20")]
    assert by_kind.buckets["total"].sum() == pytest.approx(get_current_kpis(kept)["total_revenue"])
    assert by_kind.buckets["complete"].tolist() == [False, True, False]


def test_early_weeks_in_which_old_customers_look_new_are_marked(hand_orders):
    early = shop_of(hand_orders, known_from=date(2026, 1, 12))
    by_kind = revenue_by_kind(hand_orders, TWO_WEEKS, early, unit="week")
    assert by_kind.buckets["known"].tolist() == [False, True]
    assert "Before 12 Jan 2026" in by_kind.notes


def test_what_cannot_be_answered_is_said(hand_orders, hand_shop):
    with pytest.raises(ValueError, match="unit: expected one of week, month"):
        revenue_by_kind(hand_orders, TWO_WEEKS, hand_shop, unit="day")
    with pytest.raises(NotEnoughData, match="take one of these filters away"):
        revenue_by_kind(hand_orders, Filters(TWO_WEEKS.period, region=("East",)), hand_shop)
    with pytest.raises(NotEnoughData, match="customer id"):
        guests = hand_orders.assign(customer_id=None)
        revenue_by_kind(guests, TWO_WEEKS, shop_of(guests))
    free = hand_orders.assign(revenue=0.0)
    assert "worth nothing" in revenue_by_kind(free, TWO_WEEKS, shop_of(free)).sentence
