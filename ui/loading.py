"""Loading what pages are made of."""

import threading

_one_at_a_time = threading.Lock()


def load_modules() -> None:
    """Import all that pages need, whoever asks first; others wait.

    A fresh server imports in its warm-up, in its first visitors' threads and for its first probe at the same time, and
    Ibis, whose modules import each other in a circle, breaks for good when two threads enter that circle at once.
    """
    with _one_at_a_time:
        import ui.page
        import ui.warming  # noqa: F401
