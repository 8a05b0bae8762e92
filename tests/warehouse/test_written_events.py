"""Events at the desk and in files: kept all or none, read back as written, bad rows listed, alerts told of them."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.descriptive.event_entries import KINDS, Event
from analytics.descriptive.events import known_events
from warehouse import alerts, events
from warehouse.desk import desk_path, desk_state
from warehouse.errors import ImportRefused, StoreError
from warehouse.events import (
    TEMPLATE,
    WrittenEvents,
    all_events,
    change_events,
    events_csv,
    put_events,
    read_events,
)

SALE = Event(date(2026, 10, 1), date(2026, 10, 3), "Sale", "promotion")
DOWN = Event(date(2026, 9, 1), date(2026, 9, 1), "Down", "outage")


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "shop.desk.db"


def test_a_shop_without_a_desk_has_no_events_and_reading_makes_none(desk):
    assert all_events(desk) == WrittenEvents()
    assert desk_state(desk) is None
    assert not desk.exists()


def test_events_come_back_by_day_and_change_and_go(desk):
    change_events(desk, [SALE, DOWN])
    assert list(all_events(desk)) == [DOWN, SALE]
    longer = Event(SALE.start, SALE.end + timedelta(4), "Sale", "promotion")
    change_events(desk, [longer], [SALE, DOWN])
    assert list(all_events(desk)) == [longer]


def test_one_that_is_there_already_changes_nothing_at_all(desk):
    change_events(desk, [SALE])
    with pytest.raises(ValueError, match="Sale, 1 Oct – 3 Oct 2026 is there already"):
        change_events(desk, [DOWN, SALE])
    assert list(all_events(desk)) == [SALE]


def test_a_file_twice_changes_nothing_and_a_new_kind_is_taken(desk):
    assert put_events(desk, [SALE, DOWN]) == 2
    before = all_events(desk).digest
    assert put_events(desk, [SALE, DOWN]) == 0
    assert all_events(desk).digest == before
    assert put_events(desk, [Event(SALE.start, SALE.end, "Sale", "holiday")]) == 0
    assert [e.kind for e in all_events(desk)] == ["outage", "holiday"]
    assert all_events(desk).digest != before


def test_there_are_only_so_many(desk, monkeypatch):
    monkeypatch.setattr(events, "MOST_EVENTS", 1)
    put_events(desk, [SALE])
    for keep in (put_events, change_events):
        with pytest.raises(ValueError, match="1 events at most"):
            keep(desk, [DOWN])
    assert list(all_events(desk)) == [SALE]


def test_every_writing_shows_in_the_state_and_the_digest_names_the_content(desk):
    seen = []
    for wanted, unwanted in (([SALE], []), ([], [SALE]), ([SALE], [])):
        change_events(desk, wanted, unwanted)
        seen.append((desk_state(desk), all_events(desk)))
    states, contents = zip(*seen, strict=True)
    assert len(set(states)) == 3
    assert contents[0] == contents[2] != contents[1] == WrittenEvents()
    assert "Sale" not in repr(contents[0]), "a long calendar makes no long name"
    assert all_events(desk).digest in repr(all_events(desk))


def test_what_someone_wrote_into_the_desk_by_hand_is_a_sentence_not_a_crash(desk):
    change_events(desk, [SALE])
    with closing(sqlite3.connect(desk)) as opened:
        opened.execute("UPDATE events SET end_date = '2199-12-31'")
        opened.commit()
    with pytest.raises(StoreError, match="an event that cannot be meant .*731 days"):
        all_events(desk)


@pytest.mark.parametrize(
    "values",
    ["'2026-10-02', '2026-10-01', 'x', 'other'", "'2026-02-30', '2026-03-01', 'x', 'other'"]
    + ["'2026-10-01', '2026-10-01', '', 'other'", "'2026-10-01', '2026-10-01', 'x', 'feast'"],
)
def test_the_table_itself_refuses_what_makes_no_sense(desk, values):
    change_events(desk, [SALE])
    with closing(sqlite3.connect(desk)) as opened, pytest.raises(sqlite3.IntegrityError):
        opened.execute(f"INSERT INTO events VALUES ({values})")


def test_the_table_takes_every_kind(desk):
    wanted = [Event(SALE.start, SALE.end, kind, kind) for kind in KINDS]
    change_events(desk, wanted)
    assert set(all_events(desk)) == set(wanted)


GOOD_AND_BAD = """From,Until,Event,Type
2026-10-01,2026-10-03,Sale,promotion
2026-10-05,2026-10-01,Backward,holiday
31/10/2026,,Halloween,
3/10/2026,,Which,other
2026-10-01,2026-10-03,Sale,holiday
2026-10-09,,,outage
2026-10-10,,Feast,feast
2026-10-10,,Feast,holiday,surplus
"""


def test_every_row_is_an_event_or_is_listed_with_line_and_reason(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(GOOD_AND_BAD, encoding="utf-8")
    found = read_events(path)
    assert found.events == (SALE, Event(date(2026, 10, 31), date(2026, 10, 31), "Halloween", "other"))
    assert [r.line for r in found.rejected] == [3, 5, 6, 7, 8, 9]
    reasons = [r.reason for r in found.rejected]
    for reason, part in zip(
        reasons, ["lies before", "two ways", "further up", "expected a name", "feast", ""], strict=True
    ):
        assert part in reason
    assert found.read == 8
    assert "Backward" in found.rejected[0].row


def test_a_workbook_with_days_in_it_is_read(tmp_path):
    path = tmp_path / "events.xlsx"
    pd.DataFrame({"day": [pd.Timestamp("2026-10-01")], "name": ["Fair"]}).to_excel(path, index=False)
    assert read_events(path).events == (Event(date(2026, 10, 1), date(2026, 10, 1), "Fair", "other"),)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"order,amount\n1,2\n", "no column start_date and no column label"),
        (b"\x89PNG" + bytes(99), "picture"),
        (b"date,label\n" + b"2026-10-01,x\n" * 2_001, "more than 2,000 rows"),
    ],
)
def test_a_file_that_holds_no_events_is_refused_whole(content, why, tmp_path):
    path = tmp_path / "events.csv"
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=why):
        read_events(path)


labels = st.sampled_from(["Sale", "=1+1", "-cmd|x", "@a", "O'Hara", 'a "b", c', "née; x", "+49", "<b>$x$</b>"])


@given(
    st.lists(
        st.builds(
            lambda start, days, label, kind: Event(start, start + timedelta(days), label, kind),
            st.dates(date(1970, 1, 1), date(2190, 1, 1)),
            st.integers(0, 730),
            labels,
            st.sampled_from(KINDS),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda event: event.key,
    )
)
def test_a_downloaded_file_is_read_back_as_the_same_events(tmp_path_factory, drawn):
    path = tmp_path_factory.mktemp("files") / "events.csv"
    path.write_bytes(events_csv(drawn))
    assert (read_events(path).events, read_events(path).rejected) == (tuple(drawn), ())


def test_no_cell_of_the_file_begins_a_formula():
    assert ",'=HYPERLINK(1)," in events_csv([Event(SALE.start, SALE.end, "=HYPERLINK(1)")]).decode("utf-8")


def test_the_template_can_be_uploaded_as_it_is(tmp_path):
    path = tmp_path / "template.csv"
    path.write_bytes(events_csv(TEMPLATE))
    assert read_events(path).events == TEMPLATE


def test_alerts_are_judged_with_what_was_written_down(database, monkeypatch):
    change_events(desk_path(database, is_demo=False), [SALE])
    seen = []

    def noted(*given):
        seen.append(known_events(*given))
        return seen[-1]

    monkeypatch.setattr(alerts, "known_events", noted)
    alerts.evaluate(database)
    assert [frame["label"].tolist() for frame in seen] == [["Sale"]]
