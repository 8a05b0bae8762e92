"""Drawings are made once for the same answers and look, and never shown for others."""

import pytest

from ui.charts.look import current_look, use_look
from ui.charts.remembered import MOST_DRAWINGS, remembered


@pytest.fixture
def drawn():
    made = []

    @remembered
    def draw(*given):
        made.append(given)
        return f"{current_look().name} {given}"

    yield draw, made
    use_look("light")


def test_the_same_answers_are_drawn_once_for_each_look(drawn):
    draw, made = drawn
    answer = [1.0]
    assert draw(answer, "revenue") == draw(answer, "revenue") == "light ([1.0], 'revenue')"
    assert len(made) == 1
    use_look("dark")
    assert draw(answer, "revenue").startswith("dark")
    assert draw(answer, "orders") != draw(answer, "revenue")


def test_equal_answers_that_are_not_the_same_are_drawn_anew(drawn):
    draw, made = drawn
    draw([1.0]), draw([1.0])
    assert len(made) == 2


def test_an_answer_that_is_gone_leaves_its_place_to_nobody(drawn):
    """Identities are given again once an object is gone: the drawing holds its answers."""
    draw, _ = drawn
    for number in range(2 * MOST_DRAWINGS):
        assert draw([float(number)]) == f"light ([{float(number)}],)"
