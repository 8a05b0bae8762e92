"""Loading what pages are made of."""

import os
import threading

_one_at_a_time = threading.Lock()


def load_modules() -> None:
    """Import all that pages need, whoever asks first; others wait.

    A fresh server imports in its warm-up, in its first visitors' threads and for its first probe at the same time, and
    Ibis, whose modules import each other in a circle, breaks for good when two threads enter that circle at once.
    """
    # before NumPy: small matrices are all that pages multiply, and handed to several cores they wait for each other,
    # which makes a millisecond thirty where several pages are drawn at once
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with _one_at_a_time:
        import ui.page
        import ui.warming  # noqa: F401
