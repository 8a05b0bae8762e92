"""Saved views at the desk: a name stands for one address, nothing is lost without being handed back."""

import re
import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import views
from warehouse.desk import at_desk
from warehouse.errors import StoreError
from warehouse.shelf import LONGEST_NAME
from warehouse.views import delete_view, put_back, save_view, saved_views, view_name


@pytest.fixture
def desk(tmp_path):
    return tmp_path / "shop.desk.db"


def test_a_desk_that_is_not_there_yet_has_no_views(desk):
    assert saved_views(desk) == []


def test_views_come_back_by_name_as_people_sort_them(desk):
    for name in ("beta", "Alpha", "Gamma", "alpha"):
        assert save_view(desk, name, f"/kpis?metric={name}") is None
    assert [view.name for view in saved_views(desk)] == ["Alpha", "alpha", "beta", "Gamma"]
    assert saved_views(desk)[2].address == "/kpis?metric=beta"


def test_saving_under_a_name_again_hands_back_what_it_stood_for(desk):
    save_view(desk, "Monday", "/kpis")
    (first,) = saved_views(desk)
    assert save_view(desk, " Monday ", "/?region=North") == first
    assert [view.address for view in saved_views(desk)] == ["/?region=North"]
    put_back(desk, first)
    assert saved_views(desk) == [first]


def test_a_deleted_view_can_be_put_back(desk):
    save_view(desk, "Monday", "/kpis")
    (view,) = saved_views(desk)
    assert delete_view(desk, "Monday") == view
    assert saved_views(desk) == []
    assert delete_view(desk, "Monday") is None
    put_back(desk, view)
    assert saved_views(desk) == [view]


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\u202e", "\x00", "\u3164", "\u2800 \u200d"])
def test_a_name_of_nothing_is_refused(name, desk):
    with pytest.raises(ValueError, match="needs a name"):
        save_view(desk, name, "/kpis")
    assert saved_views(desk) == []


def test_a_name_has_at_most_eighty_characters(desk):
    save_view(desk, "x" * LONGEST_NAME, "/kpis")
    with pytest.raises(ValueError, match="at most 80 characters, this one has 81"):
        save_view(desk, "x" * (LONGEST_NAME + 1), "/kpis")


@given(st.text(min_size=1, max_size=LONGEST_NAME))
def test_a_name_is_one_line_and_naming_it_again_changes_nothing(written):
    try:
        name = view_name(written)
    except ValueError:
        return
    assert re.sub("[\u200c\u200d]", "", name).isprintable(), "but for joiners, which some scripts need"
    assert view_name(name) == name


def test_joiners_stay_as_emoji_and_scripts_need_them():
    for name in ("👨\u200d👩\u200d👧 Monday", "می\u200cخواهم"):
        assert view_name(name) == name


def test_names_that_look_alike_are_one_whichever_keyboard_wrote_them(desk):
    save_view(desk, "cafe\u0301", "/kpis")
    assert save_view(desk, "caf\u00e9", "/").address == "/kpis"
    assert len(saved_views(desk)) == 1


def test_hostile_names_are_kept_as_text(desk):
    for name in ("<script>alert(1)</script>", "'; DROP TABLE views; --", "=1+1", "![x](http://evil.example)"):
        save_view(desk, name, "/kpis")
        assert name in [view.name for view in saved_views(desk)]


def test_there_is_an_end_to_saving(desk, monkeypatch):
    monkeypatch.setattr(views, "VIEWS", replace(views.VIEWS, most=2))
    save_view(desk, "a", "/kpis")
    save_view(desk, "b", "/kpis")
    with pytest.raises(ValueError, match="delete one first"):
        save_view(desk, "c", "/kpis")
    assert save_view(desk, "b", "/").address == "/kpis", "replacing needs no place"


def test_the_desk_itself_refuses_an_address_that_is_no_path(desk):
    with pytest.raises((StoreError, sqlite3.IntegrityError)):
        save_view(desk, "a", "javascript:alert(1)")
    with at_desk(desk) as opened:
        assert opened.execute("SELECT count(*) FROM views").fetchone()[0] == 0
