"""Targets at the desk and in files: stored all or none, read back as written, bad rows listed and never lost."""

import sqlite3
from contextlib import closing
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.descriptive.target_entries import BOUNDS, Target
from analytics.shop import DIMENSIONS
from warehouse.errors import ImportRefused, StoreError
from warehouse.targets import (
    all_targets,
    change_targets,
    delete_targets,
    put_targets,
    read_targets,
    targets_csv,
)

OCTOBER = Target("revenue", "month", date(2026, 10, 1), 1000.0)
NORTH = Target("satisfaction", "quarter", date(2026, 10, 1), 4.5, "region", "North")


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "shop.desk.db"


def test_a_shop_without_a_desk_has_no_targets_and_reading_makes_none(desk):
    assert all_targets(desk) == ()
    assert not desk.exists()


def test_targets_come_back_as_they_were_put(desk):
    put_targets(desk, [NORTH, OCTOBER])
    assert set(all_targets(desk)) == {NORTH, OCTOBER}


def test_the_largest_target_there_may_be_is_one_the_desk_takes(desk):
    largest = Target("orders", "month", date(2026, 10, 1), BOUNDS["count"][1])
    put_targets(desk, [largest])
    assert all_targets(desk) == (largest,)


def test_the_same_target_takes_the_new_value(desk):
    put_targets(desk, [OCTOBER])
    put_targets(desk, [Target("revenue", "month", date(2026, 10, 1), 2000.0)])
    assert [t.value for t in all_targets(desk)] == [2000.0]


def test_a_deleted_target_is_gone_and_only_it(desk):
    put_targets(desk, [NORTH, OCTOBER])
    delete_targets(desk, [NORTH])
    assert all_targets(desk) == (OCTOBER,)


def test_changes_and_deletions_are_one_transaction(desk):
    put_targets(desk, [NORTH, OCTOBER])

    def unfinished():
        yield Target("orders", "year", date(2026, 1, 1), 5.0)
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        change_targets(desk, unfinished(), [OCTOBER])
    assert set(all_targets(desk)) == {NORTH, OCTOBER}


def test_what_someone_wrote_into_the_desk_by_hand_is_a_sentence_not_a_crash(desk):
    put_targets(desk, [OCTOBER])
    with closing(sqlite3.connect(desk)) as opened:
        opened.execute("UPDATE targets SET metric = 'satisfaction', value = 99.0")
        opened.commit()
    with pytest.raises(StoreError, match="from 1 to 5, got 99"):
        all_targets(desk)


GOOD_AND_BAD = """Metric,Period,Value,Dimension,Member
Revenue,2026-11,"1,250,000",,
satisfaction,2026-Q4,5.5,,
repeat_rate,2026,35 %,Region,North
Profit,2026,10,,
Revenue,2026-11,7,,
Revenue,2026-11,7,Region,South,surplus
orders,2026-12,,,
"""


def test_every_row_is_a_target_or_is_listed_with_line_and_reason(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text(GOOD_AND_BAD, encoding="utf-8")
    found = read_targets(path)
    assert [(t.metric, t.value, t.member) for t in found.targets] == [
        ("revenue", 1_250_000.0, ""),
        ("repeat_rate", 0.35, "North"),
    ]
    assert [r.line for r in found.rejected] == [3, 5, 6, 7, 8]
    reasons = [r.reason for r in found.rejected]
    assert "from 1 to 5" in reasons[0]
    assert "“Profit”" in reasons[1]
    assert "the same target stands further up" in reasons[2]
    assert "cells" in reasons[3] or "fields" in reasons[3]
    assert reasons[4].startswith("value: expected a number")
    assert found.read == 7 == len(found.targets) + len(found.rejected)
    assert "Profit" in found.rejected[1].row


def test_a_workbook_whose_months_became_days_is_read(tmp_path):
    path = tmp_path / "targets.xlsx"
    rows = {"metric": ["Orders", "Orders"], "period": [pd.Timestamp("2026-11-01"), "2026-Q4"], "target": [900, 2_700]}
    pd.DataFrame(rows).to_excel(path, index=False)
    assert [(t.granularity, t.value) for t in read_targets(path).targets] == [("month", 900.0), ("quarter", 2700.0)]


def test_a_file_without_the_columns_is_refused_with_their_names(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("order,amount\n1,2\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match="no column metric and no column period and no column value"):
        read_targets(path)


def test_a_file_of_orders_by_mistake_is_refused_whole(tmp_path):
    path = tmp_path / "many.csv"
    path.write_text("metric,period,value\n" + "revenue,2026,1\n" * 10_001, encoding="utf-8")
    with pytest.raises(ImportRefused, match="more than 10,000 rows"):
        read_targets(path)


def test_a_picture_is_no_table(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_bytes(b"\x89PNG" + bytes(100))
    with pytest.raises(ImportRefused, match="picture"):
        read_targets(path)


members = st.sampled_from(["North", "=1+1", "-cmd|x", "@a", "O'Hara", 'a "b", c', "née; x", "+49"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["month", "quarter", "year"]),
            st.integers(1970, 2199),
            st.floats(0, 1e12),
            st.sampled_from(list(DIMENSIONS)),
            members,
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda t: (t[0], t[1], t[3], t[4]),
    )
)
def test_a_downloaded_file_is_read_back_as_the_same_targets(tmp_path_factory, drawn):
    targets = tuple(Target("revenue", g, date(y, 1, 1), value, d, m) for g, y, value, d, m in drawn)
    path = tmp_path_factory.mktemp("files") / "targets.csv"
    path.write_bytes(targets_csv(targets))
    assert read_targets(path) == type(read_targets(path))(targets, ())


def test_no_cell_of_the_file_begins_a_formula():
    written = targets_csv([Target("revenue", "year", date(2026, 1, 1), 1.0, "region", "=HYPERLINK(1)")]).decode("utf-8")
    assert ",'=HYPERLINK(1)," in written
