"""Drawings that are made once for answers that are shared: visitors who look at the same view get the same text."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from typing import TypeVar

from ui.charts.look import current_look

MOST_DRAWINGS = 300

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class _This:
    """An answer that is equal to itself alone; whoever holds it keeps the answer from making place for another."""

    answer: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and self.answer is other.answer

    def __hash__(self) -> int:
        return id(self.answer)


class Drawing(dict):
    """A figure that knows how it is drawn once more, in the look of whoever asks: a page may be dark, paper is not."""

    def __init__(self, figure: dict, again: Callable[[], "Drawing"]) -> None:
        super().__init__(figure)
        self.again = again


def remembered(draw: Callable[..., T]) -> Callable[..., T]:
    """Keep the last drawings, by what they were made from and by the look of the page.

    Answers from the door (``ui.data.answer``) are the same objects as long as they are remembered there, and nobody
    changes them, so a drawing is known by its answers' identities. What is returned is shared too.
    """

    @lru_cache(MOST_DRAWINGS)
    def kept(look: str, *given: object) -> T:
        answers = [one.answer if isinstance(one, _This) else one for one in given]
        drawn = draw(*answers)
        return Drawing(drawn, partial(drawing, *answers)) if isinstance(drawn, dict) else drawn

    @wraps(draw)
    def drawing(*given: object) -> T:
        return kept(current_look().name, *(one if isinstance(one, str | int | None) else _This(one) for one in given))

    return drawing
