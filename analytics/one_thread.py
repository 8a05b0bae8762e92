"""Small matrices on one thread: handing them to several takes longer than working on them.

The linear algebra behind NumPy gives a product of some thousand rows to all cores, and whoever waits for the others
keeps its core busy doing so. Where several visitors' pages are drawn at once that makes a millisecond thirty.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
T = TypeVar("T")


def on_one_thread(analysis: Callable[P, T]) -> Callable[P, T]:
    """Let an analysis work on one core; others that work meanwhile may do so, too."""

    @wraps(analysis)
    def alone(*given: P.args, **named: P.kwargs) -> T:
        with _linear_algebra().limit(limits=1, user_api="blas"):
            return analysis(*given, **named)

    return alone


@cache
def _linear_algebra() -> ThreadpoolController:
    """What is loaded by now; looking for it takes a few milliseconds."""
    return ThreadpoolController()
