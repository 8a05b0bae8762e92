"""Cohorts: added up by hand, equal to plain Python on random orders, young cells missing, tiny cohorts not judged."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.descriptive.cohorts import ALL, MOST_MEMBERS, customer_cohorts
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import shop_of

QUARTER = Filters(Period(date(2026, 1, 1), date(2026, 3, 31)))


def orders_of(rows: list[tuple]) -> pd.DataFrame:
    columns = ["customer_id", "date", "revenue", "region", "channel"]
    orders = pd.DataFrame([(*row, "North", "Web")[:5] for row in rows], columns=columns)
    return orders.assign(transaction_id=[f"t{i:04d}" for i in range(len(orders))])


def shop(orders: pd.DataFrame, **changes):
    return shop_of(orders, **{"today": date(2026, 3, 31), "last_day": date(2026, 3, 31)} | changes)


@pytest.fixture
def hand() -> pd.DataFrame:
    """January: a (100, in February 50) and b (40, in March 60); February: c (30, in March 10 back); a guest."""
    return orders_of(
        [
            ("a", "2026-01-05", 100.0, "North", "Web"),
            ("b", "2026-01-20", 40.0, "South", "Store"),
            ("a", "2026-02-03", 50.0, "North", "Store"),
            ("c", "2026-02-10", 30.0, "South", "Web"),
            (None, "2026-02-11", 80.0, "South", "Web"),
            ("b", "2026-03-01", 60.0, "South", "Web"),
            ("c", "2026-03-02", -10.0, "South", "Web"),
        ]
    )


def values(cohorts, measure: str) -> list[list[float]]:
    return [[v for v in row if not np.isnan(v)] for row in cohorts.triangle(measure).to_numpy()]


def test_retention_is_who_ordered_again_and_a_refund_is_no_order(hand):
    cohorts = customer_cohorts(hand, QUARTER, shop(hand))
    assert list(cohorts.rows["cohort"]) == ["Jan 2026", "Feb 2026", "Mar 2026"]
    assert list(cohorts.rows["customers"]) == [2, 1, 0]
    assert values(cohorts, "retention") == [[1.0, 0.5, 0.5], [1.0, 0.0], []]


def test_revenue_is_for_each_who_joined_and_its_sum_the_value(hand):
    cohorts = customer_cohorts(hand, QUARTER, shop(hand))
    assert values(cohorts, "revenue_per_customer") == [[70.0, 25.0, 30.0], [30.0, -10.0], []]
    assert values(cohorts, "value_per_customer") == [[70.0, 95.0, 125.0], [30.0, 20.0], []]


def test_all_together_hold_at_each_age_those_that_are_old_enough(hand):
    total = customer_cohorts(hand, QUARTER, shop(hand)).total
    assert list(total["customers"]) == [3, 3, 2]
    assert list(total["ordered"]) == [3, 1, 1]
    assert set(total["cohort"]) == {ALL}


def test_a_cell_is_missing_until_its_month_is_over(hand):
    cohorts = customer_cohorts(hand, QUARTER, shop(hand, today=date(2026, 3, 30)))
    assert values(cohorts, "retention") == [[1.0, 0.5], [1.0]]


def test_the_periods_end_is_the_day_as_of_which_is_looked_and_its_start_has_no_effect(hand):
    early = Filters(Period(date(2026, 2, 20), date(2026, 2, 28)))
    assert values(customer_cohorts(hand, early, shop(hand)), "retention") == [[1.0, 0.5], [1.0]]


def test_filters_choose_customers_by_their_first_order_and_then_count_all_they_bought(hand):
    web = Filters(QUARTER.period, channel=("Web",))
    cohorts = customer_cohorts(hand, web, shop(hand))
    assert list(cohorts.rows["customers"]) == [1, 1, 0]
    assert values(cohorts, "retention") == [[1.0, 1.0, 0.0], [1.0, 0.0], []], (
        "a began on the web and went on in the store"
    )


def test_rows_by_a_dimension_follow_the_first_order(hand):
    cohorts = customer_cohorts(hand, QUARTER, shop(hand), per="channel")
    triangle = cohorts.triangle("retention")
    assert list(triangle.index) == ["Web", "Store"]
    assert list(cohorts.rows["customers"]) == [2, 1]
    assert triangle.loc["Web"].tolist() == [1.0, 0.5, 0.0], "a and c; after two months a alone is old enough"
    assert triangle.loc["Store"].tolist() == [1.0, 0.0, 1.0]


def test_quarters_are_cohorts_too():
    orders = orders_of([("a", "2026-01-05", 10.0), ("a", "2026-04-01", 20.0), ("b", "2026-06-30", 5.0)])
    half = Filters(Period(date(2026, 1, 1), date(2026, 6, 30)))
    cohorts = customer_cohorts(
        orders, half, shop(orders, today=half.period.end, last_day=half.period.end), unit="quarter"
    )
    assert list(cohorts.rows["cohort"]) == ["Q1 2026", "Q2 2026"]
    assert values(cohorts, "value_per_customer") == [[10.0, 30.0], [5.0]]


def test_cohorts_that_may_hold_old_customers_are_marked_and_left_out_of_the_total(hand):
    cohorts = customer_cohorts(hand, QUARTER, shop(hand, known_from=date(2026, 1, 20)))
    assert list(cohorts.rows["known"]) == [False, True, True]
    assert cohorts.total["customers"].tolist()[0] == 1
    assert "1 month before 20 Jan 2026" in cohorts.notes
    by_channel = customer_cohorts(hand, QUARTER, shop(hand, known_from=date(2026, 1, 20)), per="channel")
    assert list(by_channel.rows["cohort"]) == ["Web"]


def test_where_all_may_be_old_they_are_shown_and_the_sentence_says_nothing_of_them(hand):
    cohorts = customer_cohorts(hand, QUARTER, shop(hand, known_from=date(2026, 3, 31)))
    assert values(cohorts, "retention")[0] == [1.0, 0.5, 0.5]
    assert "All of these may hold old customers" in cohorts.notes
    assert "%" not in cohorts.headline.change


def months_of(shares: list[float], each: int) -> pd.DataFrame:
    """A cohort a month from January 2025, of which a given share orders again three months later and nobody after."""
    rows = []
    for month, share in enumerate(shares):
        joined = pd.Timestamp("2025-01-10") + pd.DateOffset(months=month)
        for i in range(each):
            rows.append((f"m{month}c{i}", joined, 10.0))
            if i < share * each:
                rows.append((f"m{month}c{i}", joined + pd.DateOffset(months=3), 10.0))
    return orders_of(rows)


def sentence_of(shares: list[float], each: int) -> str:
    orders = months_of(shares, each)
    today = (pd.Timestamp("2025-01-01") + pd.DateOffset(months=len(shares) + 3) - pd.Timedelta(days=1)).date()
    seen = shop(orders, today=today, last_day=today, first_day=date(2025, 1, 10))
    return customer_cohorts(orders, Filters(Period(date(2025, 1, 10), today)), seen).headline.change


def test_the_sentence_says_by_how_much_the_newest_differ_and_that_it_is_beyond_chance():
    said = sentence_of([0.2] * 9 + [0.5] * 3, each=100)
    assert (
        "Of the 300 customers who first ordered from Oct 2025 to Dec 2025, **50.0 %** ordered in the third month"
        in said
    )
    assert (
        "against 20.0 % of those who first ordered from Jan 2025 to Sep 2025: +30.0 pp, beyond what chance does" in said
    )


def test_a_difference_that_cohorts_show_among_themselves_is_called_chance():
    assert "which chance alone does" in sentence_of([0.1, 0.5, 0.1, 0.5, 0.1, 0.5, 0.45, 0.4, 0.4], each=100)
    assert "beyond what chance does" in sentence_of([0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.45, 0.4, 0.4], each=100)


def test_from_tiny_cohorts_no_conclusion_is_drawn():
    said = sentence_of([0.0] * 9 + [1.0] * 3, each=1)
    assert "too few customers to compare" in said
    assert "beyond" not in said


def test_a_cohort_of_one_customer_is_shown_with_the_range_that_one_gives(hand):
    cells = customer_cohorts(hand, QUARTER, shop(hand)).cells
    one = cells[(cells["cohort"] == "Feb 2026") & (cells["age"] == 1)].iloc[0]
    assert one["retention"] == 0
    assert one["retention_high"] == pytest.approx(0.793, abs=1e-3)


def test_a_short_history_says_so(hand):
    assert "No customer has been here for 3 whole months" in customer_cohorts(hand, QUARTER, shop(hand)).headline.change


def test_only_the_members_with_most_customers_are_laid_out():
    orders = orders_of([(f"c{i}", "2026-01-10", 10.0, f"R{i % 15:02d}") for i in range(40)])
    cohorts = customer_cohorts(orders, QUARTER, shop(orders), per="region")
    assert len(cohorts.rows) == MOST_MEMBERS
    assert f"The {MOST_MEMBERS} with most customers" in cohorts.notes


def test_a_shop_of_one_day_has_no_whole_month():
    orders = orders_of([("a", "2026-03-05", 10.0)])
    one = Filters(Period(date(2026, 3, 5), date(2026, 3, 5)))
    with pytest.raises(NotEnoughData, match="at least one whole month"):
        customer_cohorts(orders, one, shop(orders, today=date(2026, 3, 5), last_day=date(2026, 3, 5)))


def test_guests_alone_say_what_to_add(hand):
    guests = hand.assign(customer_id=None)
    with pytest.raises(NotEnoughData, match="customer id or e-mail"):
        customer_cohorts(guests, QUARTER, shop(guests))


def test_customers_with_refunds_alone_never_joined(hand):
    refunds = hand.assign(revenue=-1.0)
    with pytest.raises(NotEnoughData, match="No customer made a first order up to"):
        customer_cohorts(refunds, QUARTER, shop(refunds))


def test_a_filter_that_nobody_began_with_says_which_to_relax(hand):
    with pytest.raises(NotEnoughData, match="first order of East.*take one of these filters away"):
        customer_cohorts(hand, Filters(QUARTER.period, region=("East",)), shop(hand))


@pytest.mark.parametrize(("asked", "said"), [({"unit": "day"}, "unit"), ({"per": "colour"}, "dimension")])
def test_what_cannot_be_asked_is_named(asked, said, hand):
    with pytest.raises(ValueError, match=f"{said}: expected one of"):
        customer_cohorts(hand, QUARTER, shop(hand), **asked)
    with pytest.raises(ValueError, match="measure: expected one of"):
        customer_cohorts(hand, QUARTER, shop(hand)).triangle("mood")


def test_a_dimension_that_the_shop_lacks_says_what_to_add(hand):
    with pytest.raises(NotEnoughData, match="carry no segment"):
        customer_cohorts(hand, QUARTER, shop(hand), per="segment")


rows_of_orders = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", None]),
        st.integers(0, 150),
        st.sampled_from([-20.0, 10.0, 35.0]),
        st.sampled_from(["North", "South"]),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(rows_of_orders)
def test_the_triangle_is_that_of_plain_python(rows):
    rows = [(c, date(2026, 1, 1) + timedelta(d), r, region) for c, d, r, region in sorted(rows, key=lambda row: row[1])]
    orders = orders_of([*rows, ("z", date(2026, 1, 1), 5.0, "North")])
    period = Period(date(2026, 1, 1), date(2026, 5, 31))
    seen = shop(orders, today=period.end, last_day=period.end, first_day=period.start)
    cohorts = customer_cohorts(orders, Filters(period), seen)
    records = list(orders.dropna(subset="customer_id").itertuples())
    first = {}
    for row in sorted((r for r in records if r.revenue >= 0), key=lambda r: (r.date, r.transaction_id)):
        first.setdefault(row.customer_id, row.date)
    for cell in cohorts.cells.itertuples():
        joined = pd.Timestamp(cell.cohort).month
        members = {c for c, day in first.items() if day.month == joined}
        theirs = [r for r in records if r.customer_id in members and r.date.month == joined + cell.age]
        assert cell.customers == len(members)
        assert cell.ordered == len({r.customer_id for r in theirs if r.revenue >= 0})
        assert cell.revenue == pytest.approx(sum(r.revenue for r in theirs))
        assert cell.age or not members or cell.retention == 1
    assert len(cohorts.cells) == 5 + 4 + 3 + 2 + 1
