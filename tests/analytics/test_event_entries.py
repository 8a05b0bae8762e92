"""Events as people write them: what is one, what is none and why, and how they join those of the data."""

from datetime import date, timedelta

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.descriptive.event_entries import KINDS, Event, day_from_text, event_from_texts, event_label
from analytics.descriptive.events import known_events
from tests.analytics.conftest import shop_of

SALE = Event(date(2026, 10, 1), date(2026, 10, 3), "Sale", "promotion")


@pytest.mark.parametrize(
    "text",
    ["2026-10-03", "2026/10/3", "20261003", "2026-10-03T00:00:00", "2026-10-03 00:00:00+02:00", "3.10.2026"]
    + ["3 Oct 2026", "3 October 2026", "Oct 3, 2026", " 3-Oct-2026 "],
)
def test_a_day_is_read_as_people_and_spreadsheets_write_it(text):
    assert day_from_text(text, "start_date") == date(2026, 10, 3)


def test_numbers_with_slashes_are_read_where_they_tell_day_from_month():
    assert day_from_text("31/10/2026", "x") == day_from_text("10/31/2026", "x") == date(2026, 10, 31)
    assert day_from_text("10/10/2026", "x") == date(2026, 10, 10)
    with pytest.raises(ValueError, match="start_date: “3/10/2026” can be read in two ways"):
        day_from_text("3/10/2026", "start_date")


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "31/31/2026", "2026-10", "<b>1</b>", "0000-01-01"])
def test_what_is_no_day_is_told(text):
    with pytest.raises(ValueError, match="end_date: expected a day such as 2026-10-31"):
        day_from_text(text, "end_date")


@given(st.dates(date(1970, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_back_from_how_it_is_written(day):
    assert day_from_text(day.isoformat(), "x") == day_from_text(f"{day:%d.%m.%Y}", "x") == day


def test_a_row_needs_a_day_and_a_name_alone():
    assert event_from_texts({"start_date": "2026-10-01", "label": " Fair "}) == Event(
        date(2026, 10, 1), date(2026, 10, 1), "Fair", "other"
    )
    row = {"start_date": "2026-10-01", "end_date": "2026-10-03", "label": "'=Sale", "kind": "Price_Change"}
    assert event_from_texts(row) == Event(SALE.start, SALE.end, "=Sale", "price change")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"end_date": "2026-09-30"}, "the last day, 30 Sep 2026, lies before the first, 1 Oct 2026"),
        ({"end_date": "2029-10-01"}, "at most 731 days, this one 1,097"),
        ({"start_date": "1066-10-14"}, "a year from 1970 to 2199, got 1066"),
        ({"end_date": "whenever"}, "end_date: expected a day"),
        ({"label": " \u200b "}, "label: expected a name"),
        ({"label": "x" * 81}, "at most 80 characters, got 81"),
        ({"kind": "Feast"}, "kind: expected one of holiday, promotion, outage, price change, other, got “feast”"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_sentence(row, why):
    with pytest.raises(ValueError, match=why):
        event_from_texts({"start_date": "2026-10-01", "label": "Sale"} | row)


def test_a_label_that_was_not_tidied_is_no_label():
    assert event_label(" a \n b ") == "a b"
    with pytest.raises(ValueError, match="one line"):
        Event(SALE.start, SALE.end, " Sale")


def test_where_an_event_lies_is_seen_from_the_data(hand_orders):
    shop = shop_of(hand_orders)  # 5 to 18 January 2026
    places = {
        shop.first_day - timedelta(1): "before the data begin",
        shop.today: "past",
        shop.today + timedelta(1): "to come",
    }
    for day, said in places.items():
        assert Event(day, day, "x").standing(shop) == said
    assert Event(shop.today, shop.today + timedelta(1), "x").standing(shop) == "under way"


def of_the_data(*rows):
    frame = pd.DataFrame(rows, columns=["start_date", "end_date", "label", "kind"])
    return ibis.memtable(frame.astype({"start_date": "datetime64[us]", "end_date": "datetime64[us]"}))


def test_events_of_the_data_and_of_people_are_one_calendar_by_day():
    stored = of_the_data(("2026-10-01", "2026-10-03", "Sale", "other"), ("2026-11-01", "2026-11-01", "Fair", "other"))
    known = known_events(stored, [SALE, Event(date(2026, 10, 15), date(2026, 10, 15), "Down", "outage")])
    assert known["label"].tolist() == ["Sale", "Down", "Fair"]
    assert known["kind"].tolist() == ["promotion", "outage", "other"], "people know better"
    assert known.dtypes.equals(known_events(stored).dtypes)
    assert known_events(stored)["kind"].tolist() == ["other", "other"]


def test_a_shop_whose_data_have_none_knows_what_was_written():
    none = of_the_data(("2026-10-01", "2026-10-03", "Sale", "other")).limit(0)
    assert known_events(none, [SALE])["start_date"].tolist() == [pd.Timestamp("2026-10-01")]
    assert known_events(none).empty


def test_every_kind_can_be_written():
    assert {event_from_texts({"start_date": "2026-10-01", "label": "x", "kind": k}).kind for k in KINDS} == set(KINDS)
