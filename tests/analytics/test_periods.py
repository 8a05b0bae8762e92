"""Periods: comparisons on the days that people mean, presets, buckets."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.filters import Filters
from analytics.periods import (
    GRANULARITIES,
    PRESETS,
    WHOLE_PRESETS,
    Period,
    bucket_end,
    bucket_start,
    by_calendar,
    fitting_granularity,
    last_year_period,
    offered_presets,
    preset_period,
    previous_period,
)

days = some.dates(date(1990, 3, 1), date(2100, 12, 31))
periods = some.tuples(days, days).map(lambda ends: Period(min(ends), max(ends)))


@given(periods)
def test_the_period_before_ends_the_day_before_and_is_as_long(period):
    before = previous_period(period)
    assert before.days == period.days
    assert (period.start - before.end).days == 1


@given(periods.filter(lambda p: p.days <= 360))
def test_last_year_never_overlaps_a_period_of_less_than_a_year(period):
    assert last_year_period(period).end < period.start


def test_a_leap_february_is_compared_with_february():
    assert last_year_period(Period(date(2024, 2, 1), date(2024, 2, 29))) == Period(date(2023, 2, 1), date(2023, 2, 28))


def test_twelve_months_are_compared_with_the_twelve_before_and_named_once():
    year = Period(date(2010, 12, 9), date(2011, 12, 8))
    assert last_year_period(year) == previous_period(year)
    assert list(Filters(year).comparisons()) == ["previous"]


def test_an_end_before_the_start_is_refused():
    with pytest.raises(ValueError, match="end: expected a day on or after the start 2026-01-02, got 2026-01-01"):
        Period(date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_leaves_the_data(preset):
    first, today = date(2025, 12, 20), date(2026, 2, 3)
    period = preset_period(preset, first, today)
    assert first <= period.start <= period.end
    assert period.end == (today if preset not in WHOLE_PRESETS else WHOLE_ENDS[preset])


WHOLE_ENDS = {"Last month": date(2026, 1, 31), "Last quarter": date(2025, 12, 31)}


@pytest.mark.parametrize(
    ("today", "month", "quarter"),
    [
        (date(2026, 3, 30), "1 Feb – 28 Feb 2026", "1 Oct – 31 Dec 2025"),
        (date(2026, 3, 31), "1 Mar – 31 Mar 2026", "1 Jan – 31 Mar 2026"),
        (date(2024, 3, 1), "1 Feb – 29 Feb 2024", "1 Oct – 31 Dec 2023"),
        (date(2026, 12, 31), "1 Dec – 31 Dec 2026", "1 Oct – 31 Dec 2026"),
    ],
)
def test_the_last_month_and_quarter_are_the_last_whole_ones(today, month, quarter):
    """On the last day of a month, which is complete, that month is the last one."""
    first = date(2020, 1, 1)
    assert preset_period("Last month", first, today).label() == month
    assert preset_period("Last quarter", first, today).label() == quarter
    assert by_calendar(preset_period("Last month", first, today)), "last year means the same month"


@given(days, some.integers(0, 800))
def test_every_preset_offered_has_days_in_the_data(first, length):
    today = first + timedelta(length)
    for preset in offered_presets(first, today):
        period = preset_period(preset, first, today)
        assert first <= period.start <= period.end <= today


def test_a_shop_of_one_day_is_not_offered_a_month_that_was_before_it():
    assert offered_presets(date(2026, 5, 3), date(2026, 5, 3)) == ["7d", "30d", "90d", "12m", "MTD", "YTD", "All"]
    assert "Last month" in offered_presets(date(2026, 4, 30), date(2026, 5, 3))


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="preset: expected one of 7d, 30d"):
        preset_period("fortnight", date(2026, 1, 1), date(2026, 2, 1))


@given(days, some.sampled_from(GRANULARITIES), some.sampled_from(["monday", "sunday"]))
def test_every_day_lies_in_its_bucket(day, granularity, week_start):
    start = bucket_start(day, granularity, week_start)
    end = bucket_end(start, granularity)
    assert start <= day <= end
    assert bucket_start(end, granularity, week_start) == start


def test_an_unknown_granularity_is_refused():
    with pytest.raises(ValueError, match="granularity: expected one of day, week"):
        bucket_start(date(2026, 1, 1), "hour")


@given(periods)
def test_a_chart_has_some_hundred_points_at_most(period):
    length = {"day": 1, "week": 7, "month": 28}[fitting_granularity(period)]
    assert period.days / length <= 115 or fitting_granularity(period) == "month"


def test_the_filters_say_only_comparisons_that_the_data_allow():
    filters = Filters(Period(date(2026, 9, 2), date(2026, 9, 30)), region=("West",), channel=("Web",))
    assert filters.sentence(Period(date(2026, 8, 1), date(2026, 9, 30))) == (
        "2 Sep – 30 Sep 2026 · West · all segments · Web · compared with 4 Aug – 1 Sep 2026"
    )
    assert "compared" not in filters.sentence(Period(date(2026, 9, 1), date(2026, 9, 30)))
    assert "(52 weeks earlier)" in filters.sentence()


def test_a_period_that_ends_in_a_day_yet_to_end_claims_no_comparison():
    filters = Filters(Period(date(2026, 9, 2), date(2026, 9, 30)), "previous")
    data = Period(date(2026, 1, 1), date(2026, 9, 30))
    assert filters.comparisons_in(data, today=date(2026, 9, 30)) == filters.comparisons() != {}
    assert filters.comparisons_in(data, today=date(2026, 9, 29)) == {}
    assert "compared" in filters.sentence(data)
    assert "compared" not in filters.sentence(data, today=date(2026, 9, 29))


def test_the_filters_as_a_query_name_what_the_address_bar_names():
    filters = Filters(Period(date(2026, 9, 2), date(2026, 9, 30)), compare="previous", region=("West", "East"))
    assert filters.query() == {
        "period": "Custom",
        "days": ["2026-09-02", "2026-09-30"],
        "compare": "Previous period",
        "region": ["West", "East"],
    }


def test_an_unknown_comparison_is_refused():
    with pytest.raises(ValueError, match="compare: expected one of both, previous, last_year, none, got 'never'"):
        Filters(Period(date(2026, 9, 2), date(2026, 9, 30)), compare="never")


def test_a_shop_without_segments_is_not_said_to_show_all_of_them():
    filters = Filters(Period(date(2026, 9, 1), date(2026, 9, 30)), compare="none")
    assert filters.sentence(dimensions=("region",)) == "1 Sep – 30 Sep 2026 · all regions"
    assert filters.sentence(dimensions=()) == "1 Sep – 30 Sep 2026"
