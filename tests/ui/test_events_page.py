"""The events page: write down, change, delete, upload; and what was written down is seen by trends at once."""

import re
from datetime import date

import pytest
from screen import charts, plain_words, press, said, tick, troubles, words

from analytics.descriptive.event_entries import Event
from warehouse.events import all_events, change_events, put_events

PAGE = "workspace/events.py"
FAIR = Event(date(2026, 9, 7), date(2026, 9, 9), "Book fair", "promotion")


def add(page, label: str, start: date, end: date | None, kind: str = "promotion"):
    page.text_input(key="event-label").set_value(label)
    page.selectbox(key="event-kind").set_value(kind)
    page.date_input(key="event-start").set_value(start)
    page.date_input(key="event-end").set_value(end)
    return press(page, "Add event")


def test_looking_leaves_no_desk_behind_and_shows_what_came_with_the_data(visit, desk):
    opened = visit(PAGE)
    assert "No event has been written down here yet" in plain_words(opened)
    assert "Diwali" in set(opened.dataframe[-1].value["Name"])
    assert not desk.exists()


def test_an_event_is_written_down_and_lasts_a_day_where_no_last_one_is_given(visit, desk):
    opened = add(visit(PAGE), "Book fair", FAIR.start, FAIR.end)
    assert said(opened) == [f"Added: {FAIR.name}."]
    add(opened, "Power cut", date(2026, 9, 20), None, "outage")
    assert set(all_events(desk)) == {FAIR, Event(date(2026, 9, 20), date(2026, 9, 20), "Power cut", "outage")}


@pytest.mark.parametrize(
    ("label", "start", "end", "why"),
    [
        ("Sale", date(2026, 9, 9), date(2026, 9, 7), "lies before the first"),
        ("", date(2026, 9, 9), None, "label"),
        ("x" * 300, date(2026, 9, 9), None, "at most 80 characters, got 300"),
        ("\u3164\u200d", date(2026, 9, 9), None, "expected a name"),
        ("Hastings", date(1066, 10, 14), None, "1970 to 2199, got 1066"),
        ("Sale", date(2020, 9, 9), date(2026, 9, 7), "at most 731 days"),
    ],
)
def test_an_event_that_cannot_be_meant_is_refused_in_place(label, start, end, why, visit, desk):
    opened = add(visit(PAGE), label, start, end)
    assert not opened.exception
    assert why in troubles(opened)[0]
    assert not desk.exists()
    assert not troubles(opened.run()), "it is said once"


def test_events_change_and_go_in_the_table(visit, desk):
    put_events(desk, [FAIR])
    opened = press(tick(visit(PAGE), "events", {"Last day": "2026-09-10", "Kind": "holiday"}), "Save changes")
    assert set(all_events(desk)) == {Event(FAIR.start, date(2026, 9, 10), "Book fair", "holiday")}
    assert said(opened) == ["1 changed."]
    opened = press(tick(visit(PAGE), "events", {"Last day": "2026-09-01"}), "Save changes")
    assert "Nothing was saved: the last day" in troubles(opened)[0]
    opened = press(tick(visit(PAGE), "events", {"Delete": True}), "Save changes")
    assert set(all_events(desk)) == set()


def test_what_is_ticked_in_a_table_that_somebody_else_changes_hits_no_other_row(visit, desk):
    power_cut = Event(date(2026, 9, 20), date(2026, 9, 20), "Power cut", "outage")
    put_events(desk, [FAIR])
    opened = visit(PAGE)
    change_events(desk, [power_cut], [FAIR])
    tick(opened, "events", {"Delete": True}).run()
    assert "Somebody else changed this table" in troubles(opened)[0]
    assert said(press(opened, "Save changes")) == ["Nothing was changed."]
    assert set(all_events(desk)) == {power_cut}


FILE = b"""start_date,end_date,label,kind
2026-09-07,2026-09-09,Book fair,promotion
2026-09-30,2026-09-01,Backwards,holiday
2026-10-02,,Eclipse,
"""


def test_good_rows_of_a_file_are_stored_and_bad_ones_listed(visit, desk):
    opened = visit(PAGE)
    opened.file_uploader(key="events-file").upload("events.csv", FILE).run()
    assert "3 rows read: 2 events, 1 rejected." in plain_words(opened)
    assert not desk.exists(), "nothing is stored before it is asked for"
    press(opened, "Store 2 events")
    assert set(all_events(desk)) == {FAIR, Event(date(2026, 10, 2), date(2026, 10, 2), "Eclipse", "other")}


@pytest.mark.parametrize(("content", "why"), [(b"order,amount\n1,2\n", "no column"), (b"", "is empty")])
def test_a_file_that_is_none_is_said_in_place(content, why, visit, desk):
    opened = visit(PAGE)
    opened.file_uploader(key="events-file").upload("events.csv", content).run()
    assert not opened.exception
    assert why in troubles(opened)[0]


def shaded(page) -> str:
    return str(charts(page)["trend"]["layout"])


def test_trends_shade_an_event_as_soon_as_it_is_written_down_and_no_longer_than_it_stands_there(visit, desk):
    assert "Book fair" not in shaded(visit("descriptive/kpis.py"))
    put_events(desk, [FAIR])
    assert "Book fair" in shaded(visit("descriptive/kpis.py"))
    press(tick(visit(PAGE), "events", {"Delete": True}), "Save changes")
    assert "Book fair" not in shaded(visit("descriptive/kpis.py"))


def test_hostile_names_are_text(visit, desk):
    put_events(desk, [Event(FAIR.start, FAIR.end, "<img src=x onerror=alert(1)>![x](http://evil.example)", "other")])
    for page in (PAGE, "overview.py", "descriptive/kpis.py"):
        opened = visit(page)
        assert not opened.exception
        assert not re.search(r"(?<!\\)<img src=x", words(opened)), "a backslash keeps Markdown from reading it"


def test_a_desk_that_is_none_is_one_sentence(visit, desk):
    desk.write_bytes(b"not a database at all, " * 100)
    opened = visit(PAGE)
    assert not opened.exception
    assert "damaged or not a database" in troubles(opened)[0]
