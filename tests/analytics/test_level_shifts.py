"""When days on one side are a new level, when they turn back, and that an incident is neither."""

import numpy as np
import pytest

from analytics.descriptive.level_shifts import (
    BACK_DAYS,
    BACK_WITHIN,
    LASTING_DAYS,
    LASTING_ERRORS,
    Spells,
)


def told(*away: float, spread: float = 1.0) -> list[float | None]:
    """What is said on each day of one series, None where nothing is."""
    spells = Spells(1)
    said = [spells.shifts(np.array([day]), np.array([spread]))[0] for day in away]
    return [None if np.isnan(far) else float(far) for far in said]


def test_five_days_in_a_row_on_one_side_are_a_new_level_as_far_away_as_they_lay_on_average():
    assert told(-3, -4, -5, -4, -4) == [None] * 4 + [-4.0]
    assert told(6, 8, 10, 8, 8, spread=2.0) == [None] * 4 + [8.0]


@pytest.mark.parametrize("days", range(1, LASTING_DAYS))
def test_fewer_days_are_an_incident_however_far_away(days):
    assert told(*[-50.0] * days, *[0.0] * 20) == [None] * (days + 20)


@pytest.mark.parametrize("between", [0.0, 0.9, -0.9, 3.0])
def test_a_day_in_between_that_does_not_clearly_lie_there_begins_the_count_anew(between):
    assert told(-3, -3, -3, -3, between, -3, -3, -3, -3) == [None] * 9


def test_days_that_tell_nothing_are_passed_over():
    assert told(-3, -3, np.nan, -3, np.nan, -3, -3) == [None] * 6 + [-3.0]


def test_one_day_far_away_does_not_speak_for_four_near_ones():
    near = LASTING_ERRORS - 0.5
    assert told(-50, -near, -near, -near, -near) == [None] * 5
    assert told(*[-LASTING_ERRORS - 0.01] * 5)[-1] is not None


def test_two_days_nearer_to_the_level_before_are_a_return():
    assert told(*[-4.0] * 5, 0, 3.8, 4.2) == [None] * 4 + [-4.0, None, None, 4.0]
    assert BACK_DAYS == 2


def test_two_days_that_do_not_reach_half_way_are_not():
    assert told(*[-8.0] * 5, 3, 3) == [None] * 4 + [-8.0, None, None]
    assert told(*[-8.0] * 5, 3, 3, 3, 3, 3)[-1] == 3.0, "though five are a level of their own"


def test_two_days_further_the_same_way_are_no_return():
    assert told(*[-4.0] * 5, -4, -4) == [None] * 4 + [-4.0, None, None]


def test_a_return_is_remembered_for_so_long_and_then_takes_as_many_days_as_any_level():
    spell = [-4.0] * 5
    assert told(*spell, *[0.0] * (BACK_WITHIN - 2), 4, 4)[-1] == 4.0
    assert told(*spell, *[0.0] * (BACK_WITHIN - 1), 4, 4)[-1] is None
    assert told(*spell, *[0.0] * BACK_WITHIN, 4, 4, 4, 4, 4)[-1] == 4.0


def test_after_a_return_the_next_level_takes_five_days_again():
    there_and_back = [-4.0] * 5 + [4.0] * 2
    assert told(*there_and_back, -4, -4)[-1] is None
    assert told(*there_and_back, -4, -4, -4, -4, -4)[-1] == -4.0


def test_series_are_told_apart():
    spells = Spells(3)
    for _ in range(LASTING_DAYS):
        said = spells.shifts(np.array([-3.0, 0.0, np.nan]), np.ones(3))
    assert said[0] == -3.0
    assert np.isnan(said[1:]).all()


def test_chance_alone_moves_a_level_hardly_ever():
    spells, moved = Spells(500), 0
    for day in np.random.default_rng(8).standard_normal((730, 500)):
        moved += int((~np.isnan(spells.shifts(day, np.ones(500)))).sum())
    assert moved <= 2 * 1000 / 70, "in a thousand years of a series about once in seventy"
