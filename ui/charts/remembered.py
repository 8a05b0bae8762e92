"""Drawings that are made once for answers that are shared: visitors who look at the same view get the same text."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from ui.charts.look import current_look

MOST_DRAWINGS = 300

T = TypeVar("T")


def remembered(draw: Callable[..., T]) -> Callable[..., T]:
    """Keep the last drawings, by what they were made from and by the look of the page.

    Answers from the door (``ui.data.answer``) are the same objects as long as they are remembered there, and nobody
    changes them, so a drawing is known by its answers' identities; they are held with it, so that no other object can
    take their place. What is returned is shared too.
    """
    kept: OrderedDict[tuple, tuple[tuple, T]] = OrderedDict()
    lock = threading.Lock()

    @wraps(draw)
    def drawing(*given: object) -> T:
        key = (current_look().name, *map(_identity, given))
        with lock:
            if key in kept:
                kept.move_to_end(key)
                return kept[key][1]
        made = draw(*given)
        with lock:
            kept[key] = (given, made)
            while len(kept) > MOST_DRAWINGS:
                kept.popitem(last=False)
        return made

    return drawing


def _identity(given: object) -> object:
    return given if isinstance(given, str | int | None) else id(given)
