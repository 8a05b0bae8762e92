"""Targets as they are written, and those that cannot be meant."""

from dataclasses import replace
from datetime import date

import pytest

from analytics.descriptive.target_entries import Target, target_from_texts, target_start, trouble, value_from_text
from analytics.metrics import METRICS
from analytics.periods import Period

NOVEMBER = Target("revenue", "month", date(2026, 11, 1), 1000.0)


def test_a_target_knows_its_days_and_what_they_are_called():
    assert NOVEMBER.period == Period(date(2026, 11, 1), date(2026, 11, 30))
    quarter = Target("orders", "quarter", date(2026, 10, 1), 10.0)
    year = Target("orders", "year", date(2026, 1, 1), 10.0)
    assert quarter.period == Period(date(2026, 10, 1), date(2026, 12, 31))
    assert year.period == Period(date(2026, 1, 1), date(2026, 12, 31))
    assert [t.period_label for t in (NOVEMBER, quarter, year)] == ["November 2026", "Q4 2026", "2026"]
    assert [t.period_code for t in (NOVEMBER, quarter, year)] == ["2026-11", "2026-Q4", "2026"]


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("satisfaction", 5.1, "Satisfaction: expected a mean score from 1 to 5, got 5.1"),
        ("satisfaction", 0.9, "from 1 to 5"),
        ("repeat_rate", 1.01, "from 0 % to 100 %"),
        ("revenue", -1.0, "Revenue: expected an amount of 0 or more"),
        ("orders", -1.0, "Orders: expected a number of 0 or more"),
        ("delivery_days", 366.0, "days from 0 to 365"),
        ("revenue", 1e16, "an amount of 0 or more, below 1e15"),
        ("orders", 1e15, "a number of 0 or more, below 1e15"),
        ("revenue", float("nan"), "expected a number"),
        ("revenue", float("inf"), "expected a number"),
    ],
)
def test_values_that_make_no_sense_are_refused_with_what_is_expected(key, value, why):
    with pytest.raises(ValueError, match=why):
        Target(key, "month", date(2026, 11, 1), value)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"granularity": "week"}, "granularity: expected one of month, quarter, year"),
        ({"start": date(2026, 11, 2)}, "first day of a month"),
        ({"granularity": "quarter"}, "first day of a quarter"),
        ({"start": date(1900, 1, 1)}, "year from 1970"),
        ({"dimension": "region"}, "both or neither"),
        ({"member": "North"}, "both or neither"),
        ({"dimension": "colour", "member": "red"}, "dimension: expected one of region"),
    ],
)
def test_targets_that_cannot_be_are_refused(changes, why):
    with pytest.raises(ValueError, match=why):
        replace(NOVEMBER, **changes)


def test_a_metric_of_another_version_is_kept():
    assert Target("margin", "year", date(2026, 1, 1), -5.0).metric == "margin"


@pytest.mark.parametrize(
    ("text", "granularity", "expected"),
    [
        ("2026-11", "", ("month", date(2026, 11, 1))),
        ("2026/2", "", ("month", date(2026, 2, 1))),
        ("Nov 2026", "", ("month", date(2026, 11, 1))),
        ("November 2026", "monthly", ("month", date(2026, 11, 1))),
        ("2026-Q4", "", ("quarter", date(2026, 10, 1))),
        ("q1 2027", "quarter", ("quarter", date(2027, 1, 1))),
        ("2026", "", ("year", date(2026, 1, 1))),
        ("2026-11-01T00:00:00", "", ("month", date(2026, 11, 1))),
        ("2026-11-24", "quarter", ("quarter", date(2026, 10, 1))),
        ("2026-11-24", "year", ("year", date(2026, 1, 1))),
    ],
)
def test_periods_are_read_as_people_and_spreadsheets_write_them(text, granularity, expected):
    target = target_from_texts({"metric": "Revenue", "period": text, "granularity": granularity, "value": "5"})
    assert (target.granularity, target.start) == expected


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"period": "2026-13"}, "period: expected one such as 2026-11, 2026-Q4 or 2026, got “2026-13”"),
        ({"period": "soon"}, "got “soon”"),
        ({"period": ""}, "got nothing"),
        ({"period": "2026-Q4", "granularity": "month"}, "“2026-Q4” is a quarter, but granularity says month"),
        ({"granularity": "week"}, "granularity: expected one of"),
        ({"period": "0001"}, "year from 1970 to 2199, got 0001"),
        ({"metric": "profit"}, "metric: expected one of Revenue, Orders.*got “profit”"),
        ({"metric": ""}, "got nothing"),
        ({"dimension": "colour", "member": "red"}, "dimension: expected one of Region"),
        ({"dimension": "Region"}, "give both for a target of a member"),
        ({"member": "North"}, "give both for a target of a member"),
        ({"value": ""}, "value: expected a number"),
        ({"value": "a lot"}, "got “a lot”"),
        ({"value": "1.2.3"}, "value: expected a number"),
        ({"value": "35 %"}, "Revenue is not a share"),
        ({"value": "x" * 100}, "…”"),
    ],
)
def test_a_row_that_is_no_target_says_which_column_and_why(cells, why):
    row = {"metric": "revenue", "period": "2026-11", "value": "100"} | cells
    with pytest.raises(ValueError, match=why):
        target_from_texts(row)


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("1,250,000.50", "revenue", 1_250_000.5),
        ("1 250 000", "orders", 1_250_000),
        ("1'250'000", "revenue", 1_250_000),
        ("1250,5", "revenue", 1250.5),
        ("4,35", "satisfaction", 4.35),
        ("35%", "repeat_rate", 0.35),
        ("0.35", "repeat_rate", 0.35),
        ("1e6", "revenue", 1e6),
        (".5", "refund_rate", 0.5),
    ],
)
def test_numbers_are_read_as_people_write_them(text, key, value):
    assert value_from_text(text, METRICS[key]) == pytest.approx(value)


def test_a_number_that_can_be_read_in_two_ways_is_asked_about():
    with pytest.raises(ValueError, match="can be read in two ways"):
        value_from_text("4,350", METRICS["satisfaction"])


def test_dimensions_and_members_are_taken_by_key_or_name_and_protected_members_as_they_were():
    row = {"metric": "AVERAGE_ORDER_VALUE", "period": "2026", "value": "5", "dimension": "payment method"}
    target = target_from_texts(row | {"member": " '=1+1 "})
    assert (target.metric, target.dimension, target.member) == ("average_order_value", "payment_method", "=1+1")
    assert target_from_texts(row | {"dimension": "Payment", "member": "'s"}).member == "'s"


def test_what_the_data_cannot_be_held_against_is_said(hand_shop):
    assert trouble(replace(NOVEMBER, start=date(2026, 1, 1)), hand_shop) == ""
    assert "no metric of this version" in trouble(replace(NOVEMBER, metric="margin"), hand_shop)
    bare = replace(hand_shop, has=frozenset())
    assert trouble(Target("satisfaction", "month", date(2026, 1, 1), 4.0), bare) == (
        "Satisfaction cannot be computed from this shop's data."
    )
    gone = replace(NOVEMBER, start=date(2026, 1, 1), dimension="region", member="Atlantis")
    assert trouble(gone, hand_shop) == "Region Atlantis is not in this shop's data."
    assert trouble(replace(NOVEMBER, start=date(2020, 1, 1)), hand_shop) == "January 2020 lies before the data begin."


@pytest.mark.parametrize(
    ("granularity", "start"), [("month", (2026, 11)), ("quarter", (2026, 10)), ("year", (2026, 1))]
)
def test_a_day_lies_in_one_month_quarter_and_year(granularity, start):
    assert target_start(date(2026, 11, 24), granularity) == date(*start, 1)
