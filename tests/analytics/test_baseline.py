"""What a period is held against: the same weekdays, as many as the data have, and a sentence where they have none."""

from dataclasses import replace
from datetime import date

import pytest

from analytics.diagnostic.baseline import baseline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from tests.analytics.conftest import random_orders, shop_of

WEEK = Period(date(2026, 4, 13), date(2026, 4, 19))


@pytest.fixture(scope="module")
def shop():
    return shop_of(random_orders(1), last_day=date(2026, 4, 30), today=date(2026, 4, 30))


def test_without_a_wish_the_first_comparison_of_the_filters_is_taken(shop):
    assert baseline(Filters(WEEK), shop).periods == (WEEK.shifted(-7),)
    assert baseline(Filters(WEEK, "none"), shop).periods == (WEEK.shifted(-7),)


def test_the_usual_is_the_mean_of_the_same_weekdays_that_do_not_overlap(shop):
    ten_days = Period(date(2026, 4, 10), date(2026, 4, 19))
    usual = baseline(Filters(ten_days), shop, "usual")
    assert [p.start for p in usual.periods] == [ten_days.shifted(-14 * n).start for n in range(1, 5)]
    assert {p.start.weekday() for p in usual.periods} == {ten_days.start.weekday()}
    assert all(later.start > earlier.end for later, earlier in zip(usual.periods, usual.periods[1:], strict=False))
    assert list(usual.all) == ["value", "before1", "before2", "before3", "before4"]
    assert usual.words() == "the mean of the same weekdays of 4 periods since 13 Feb 2026"
    assert baseline(Filters(WEEK), shop, "usual").words() == "the mean of the 4 weeks before"
    day = Period(date(2026, 4, 14), date(2026, 4, 14))
    assert baseline(Filters(day), shop, "usual").words() == "the mean of the 4 Tuesdays before"


def test_the_usual_takes_what_there_is_but_not_one_period_alone(shop):
    early = Period(date(2026, 1, 15), date(2026, 1, 21))
    assert len(baseline(Filters(early), shop, "usual").periods) == 2
    with pytest.raises(NotEnoughData, match="at least 2 earlier periods"):
        baseline(Filters(early.shifted(-7)), shop, "usual")


def test_data_that_do_not_reach_back_are_said(shop):
    with pytest.raises(NotEnoughData, match="data begin on 1 Jan 2026"):
        baseline(Filters(WEEK), shop, "last_year")


def test_a_day_yet_to_end_is_not_compared(shop):
    with pytest.raises(NotEnoughData, match="19 Apr 2026 is only partly in the data"):
        baseline(Filters(WEEK), replace(shop, today=date(2026, 4, 18)))


def test_a_whole_year_is_held_against_the_year_before_by_either_name():
    orders = random_orders(2, days=800, per_day=1, start="2024-01-01")
    shop = shop_of(orders, first_day=date(2024, 1, 1))
    year = Period(date(2025, 1, 1), date(2025, 12, 31))
    assert baseline(Filters(year), shop, "last_year").periods == (Period(date(2024, 1, 1), date(2024, 12, 31)),)


def test_any_other_days_of_the_same_number_can_be_held_against(shop):
    other = baseline(Filters(WEEK), shop, "2026-02-03")
    assert other.periods == (Period(date(2026, 2, 3), date(2026, 2, 9)),)
    assert other.words() == "3 Feb – 9 Feb 2026"


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2025-12-31", "is not wholly in the data"),
        ("2026-04-26", "is not wholly in the data"),
        ("2026-04-10", "share days"),
        ("2026-04-13", "share days"),
    ],
)
def test_days_that_cannot_be_held_against_are_said(shop, day, why):
    with pytest.raises(NotEnoughData, match=why):
        baseline(Filters(WEEK), shop, day)


def test_an_unknown_name_is_the_callers_mistake(shop):
    with pytest.raises(ValueError, match="against: expected one of previous, last_year, usual or a day, got 'best'"):
        baseline(Filters(WEEK), shop, "best")
