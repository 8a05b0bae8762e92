"""Margins of categories: what was stated goes before unit costs, these before the gross margin of the shop."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.assumptions import Assumptions, Margin
from analytics.prescriptive.margins import FEWEST_LINES, category_margins
from tests.analytics.conftest import shop_of

NOTHING = Assumptions()
JANUARY = Filters(Period(date(2026, 1, 1), date(2026, 1, 31)), compare="none")


@pytest.fixture
def orders() -> pd.DataFrame:
    """Two orders of Tea, one of Cups, which is refunded in part, and one of Tea in February."""
    rows = [
        ("t1", "a", "2026-01-05", 100.0, "Tea"),
        ("t2", "b", "2026-01-06", 50.0, "Tea"),
        ("t3", "b", "2026-01-07", 90.0, "Cups"),
        ("t4", "b", "2026-01-09", -10.0, "Cups"),
        ("t5", "a", "2026-02-01", 1000.0, "Tea"),
    ]
    return pd.DataFrame(rows, columns=["transaction_id", "customer_id", "date", "revenue", "category"])


def lines_of(orders: pd.DataFrame, **costs: float) -> pd.DataFrame:
    """Each order in so many lines that they tell a margin; unit costs by order, of a price of 1."""
    rows = [
        (order, n, "Tea" if order != "t3" else "Cups", 1.0, 1.0, costs.get(order))
        for order in orders["transaction_id"]
        for n in range(FEWEST_LINES)
    ]
    return pd.DataFrame(rows, columns=["transaction_id", "line", "category", "quantity", "unit_price", "unit_cost"])


def margins(orders, lines, stated=NOTHING, filters=JANUARY, **facts) -> dict[str, tuple]:
    found = category_margins(lines, orders, shop_of(orders, **facts), stated, filters)
    return {c: (round(share, 6), source, revenue) for c, share, source, revenue in found.itertuples(index=False)}


def test_what_lines_cost_in_view_tells_the_margin(orders):
    lines = lines_of(orders, t1=0.6, t2=0.4, t3=0.9, t5=0.1)  # t5 is not in view
    found = margins(orders, lines)
    assert found == {"Tea": (0.5, "unit costs", 150.0), "Cups": (0.1, "unit costs", 80.0)}


def test_what_was_stated_goes_before_unit_costs_and_these_before_the_shops_margin(orders):
    lines = lines_of(orders, t1=0.6, t2=0.6)
    stated = Assumptions(margins=(Margin("Cups", -0.2),))
    assert margins(orders, lines, stated)["Cups"][:2] == (-0.2, "stated")
    found = margins(orders, lines, gross_margin=0.3)
    assert found["Tea"][:2] == (0.4, "unit costs")
    assert found["Cups"][:2] == (0.3, "shop's gross margin")


def test_a_category_of_which_nothing_is_known_is_left_out(orders):
    assert list(margins(orders, lines_of(orders, t1=0.6))) == ["Tea"]


def test_few_lines_tell_no_margin(orders):
    lines = lines_of(orders, t1=0.6).query("line < 3")
    with pytest.raises(NotEnoughData, match="What the orders earn is not known"):
        margins(orders, lines)


def test_what_a_small_part_costs_does_not_stand_for_the_rest(orders):
    """Of Tea sold for 520 the cost of 20 is known."""
    many = pd.concat([lines_of(orders, t1=0.1), lines_of(orders).query("transaction_id == 't2'").assign(quantity=25.0)])
    assert margins(orders, many, gross_margin=0.3)["Tea"][:2] == (0.3, "shop's gross margin")
    assert margins(orders, lines_of(orders, t1=0.1), gross_margin=0.3)["Tea"][:2] == (0.9, "unit costs")


def test_what_a_voucher_took_off_an_order_is_no_margin(orders):
    """Lines of Tea list 100 and cost 60, the order brought in 80: 20 of 80 are left."""
    lines = lines_of(orders, t1=0.6).query("transaction_id == 't1'").assign(quantity=5.0)
    first = orders.query("transaction_id == 't1'")
    assert margins(first, lines)["Tea"][0] == 0.4
    assert margins(first.assign(revenue=80.0), lines)["Tea"][0] == 0.25
    assert margins(first.assign(revenue=130.0), lines)["Tea"][0] == 0.4  # postage


def test_members_in_the_filters_narrow_what_is_costed(orders):
    orders = orders.assign(region=["North", "South", "South", "South", "North"])
    found = margins(orders, lines_of(orders, t1=0.6, t2=0.2), filters=replace(JANUARY, region=("South",)))
    assert found["Tea"][0] == 0.8


def test_no_orders_in_view_have_no_margin(orders):
    march = Filters(Period(date(2026, 3, 1), date(2026, 3, 31)), compare="none")
    with pytest.raises(NotEnoughData, match="no orders in view"):
        margins(orders, lines_of(orders), filters=march)
