"""Known events: those that touch the period, and none that is on no day."""

from datetime import date

import pandas as pd

from analytics.descriptive.events import backward_events_sentence, events_in_view
from analytics.filters import Filters
from analytics.periods import Period

MAY = Filters(Period(date(2026, 5, 1), date(2026, 5, 31)))


def calendar(*rows):
    frame = pd.DataFrame(rows, columns=["label", "start_date", "end_date"]).assign(kind="promotion")
    return frame.astype({"start_date": "datetime64[us]", "end_date": "datetime64[us]"})


def test_events_that_touch_the_period_are_in_view():
    known = calendar(
        ("before", "2026-04-01", "2026-04-30"),
        ("into", "2026-04-20", "2026-05-01"),
        ("around", "2026-01-01", "2026-12-31"),
        ("one day", "2026-05-31", "2026-05-31"),
        ("after", "2026-06-01", "2026-06-02"),
    )
    assert events_in_view(known, MAY)["label"].tolist() == ["into", "around", "one day"]
    assert backward_events_sentence(known, MAY) == ""


def test_an_event_that_ends_before_it_begins_is_left_out_and_said():
    known = calendar(("Sale", "2026-05-20", "2026-05-10"), ("Fair", "2026-05-02", "2026-05-03"))
    assert events_in_view(known, MAY)["label"].tolist() == ["Fair"]
    assert backward_events_sentence(known, MAY) == "Left out, for ending before beginning: Sale."


def test_a_backward_event_of_another_time_is_not_spoken_of():
    known = calendar(("Sale", "2026-03-20", "2026-03-10"))
    assert events_in_view(known, MAY).empty
    assert backward_events_sentence(known, MAY) == ""


def test_one_that_would_span_the_period_backwards_is_neither_shown_nor_said():
    known = calendar(("Sale", "2026-06-20", "2026-04-10"))
    assert events_in_view(known, MAY).empty
    assert backward_events_sentence(known, MAY) == ""
