"""The change of revenue among its parts: by hand, exactly additive, and safe where there is nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.descriptive.decomposition import contributions, logarithmic_mean, product_effects

NOTHING = dict.fromkeys(
    ("customers", "new_customers", "customer_orders", "customer_sales", "guest_orders", "guest_sales", "refunds"), 0.0
)


def parts(customers=0, new=0, orders=0, sales=0.0, guests=0, guest_sales=0.0, refunds=0.0):
    return dict(zip(NOTHING, map(float, (customers, new, orders, sales, guests, guest_sales, refunds)), strict=True))


def revenue(sums):
    return sums["customer_sales"] + sums["guest_sales"] - sums["refunds"]


@st.composite
def sums(draw):
    """Any period that can be: customers have orders, orders may be worth nothing."""
    customers = draw(st.integers(0, 10**6))
    orders = customers + draw(st.integers(0, 10**6)) if customers else 0
    guests = draw(st.integers(0, 10**6))
    money = st.just(0.0) | st.floats(0.01, 1e9)
    return parts(
        customers,
        draw(st.integers(0, customers)),
        orders,
        draw(money) if orders else 0.0,
        guests,
        draw(money) if guests else 0.0,
        draw(money),
    )


@given(sums(), sums(), st.booleans())
def test_contributions_add_up_to_the_change_whatever_the_periods(before, now, by_new):
    found = contributions(before, now, by_new=by_new)
    assert all(math.isfinite(value) for value in found.values())
    assert abs(found["revenue"] - (revenue(now) - revenue(before))) < 0.01
    leaves = [k for k in found if k not in ("revenue", "customer_revenue", "guest_revenue")]
    if by_new:
        leaves.remove("customers")
        assert abs(found["new_customers"] + found["returning_customers"] - found["customers"]) < 0.01
    assert abs(sum(found[key] for key in leaves) - (revenue(now) - revenue(before))) < 0.01


@given(sums(), sums())
def test_the_way_back_takes_what_the_way_there_brought(before, now):
    there, back = contributions(before, now, by_new=True), contributions(now, before, by_new=True)
    for key in there:
        assert there[key] == pytest.approx(-back[key], rel=1e-6, abs=0.01)


def test_what_alone_moved_brings_all_of_it():
    before = parts(customers=10, new=4, orders=20, sales=1000.0)
    more = contributions(before, parts(customers=15, new=4, orders=30, sales=1500.0), by_new=True)
    assert more["customers"] == pytest.approx(500)
    assert more["new_customers"] == pytest.approx(0)
    assert more["returning_customers"] == pytest.approx(500)
    assert more["orders_per_customer"] == pytest.approx(0, abs=1e-9)
    oftener = contributions(before, parts(customers=10, new=4, orders=30, sales=1500.0), by_new=True)
    assert oftener["orders_per_customer"] == pytest.approx(500)
    dearer = contributions(before, parts(customers=10, new=4, orders=20, sales=1500.0), by_new=True)
    assert dearer["customer_order_value"] == pytest.approx(500)


def test_two_factors_that_double_share_the_change_alike():
    assert product_effects([10.0, 2.0], [20.0, 4.0]) == pytest.approx([30.0, 30.0])


def test_as_many_customers_of_another_kind_cancel_out():
    found = contributions(parts(10, 4, 10, 100.0), parts(10, 6, 10, 100.0), by_new=True)
    assert found["new_customers"] == pytest.approx(20)
    assert found["returning_customers"] == pytest.approx(-20)


def test_customers_from_nothing_bring_all_and_so_they_do_when_they_are_gone():
    now = parts(customers=3, new=2, orders=4, sales=90.0)
    found = contributions(NOTHING, now, by_new=True)
    assert (found["customers"], found["orders_per_customer"], found["customer_order_value"]) == (90.0, 0.0, 0.0)
    assert (found["new_customers"], found["returning_customers"]) == (60.0, 30.0)
    assert contributions(now, NOTHING, by_new=True)["customers"] == -90.0


def test_orders_that_were_worth_nothing_put_the_change_on_their_value():
    found = contributions(parts(3, 3, 3, 0.0), parts(6, 6, 6, 60.0), by_new=True)
    assert found["customer_order_value"] == 60.0
    assert found["customers"] == 0.0


def test_more_refunds_lower_revenue_and_guests_are_a_branch_of_their_own():
    found = contributions(parts(refunds=10.0), parts(guests=2, guest_sales=50.0, refunds=25.0), by_new=False)
    assert found["refunded"] == -15.0
    assert found["guest_revenue"] == found["guest_orders"] == 50.0
    assert found["revenue"] == 35.0


def test_the_logarithmic_mean_lies_between_and_is_the_number_itself_of_equals():
    assert logarithmic_mean(2.0, 2.0) == 2.0
    assert logarithmic_mean(1.0, math.e) == pytest.approx(math.e - 1)
    assert logarithmic_mean(1.0, 1.0 + 1e-12) == pytest.approx(1.0)
