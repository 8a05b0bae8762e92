"""What the server does beside the pages for as long as it runs: it judges new days, fits models anew, advises."""

import logging
import threading
import time
from collections.abc import Callable

from analytics.errors import NotEnoughData
from ui import data, refits
from ui.advised import asked_for, prepare_advice
from ui.alerts import judge_new_days
from ui.refits import refit_what_is_due
from ui.unusual_marks import prepare_marks
from warehouse.errors import StoreError

FIRST_AFTER_SECONDS = 10.0
"""So that it does not keep the first visitors of a fresh server waiting."""
AGAIN_AFTER_SECONDS = 60.0


def work_as_days_come() -> None:
    """Begin, in the background: soon after the server's start, and whenever orders have come."""
    threading.Thread(target=_keep_working, name="beside-pages", daemon=True).start()
    threading.Thread(target=_keep_advising, name="advice", daemon=True).start()
    threading.Thread(target=_keep_fitting_for_advice, name="fits for advice", daemon=True).start()


def _keep_working() -> None:
    time.sleep(FIRST_AFTER_SECONDS)
    while True:
        _quietly(judge_new_days, "New days were not judged")
        _quietly(prepare_marks, "Unusual days are not marked on trends")
        _quietly(refit_what_is_due, "Models were not fitted anew")
        time.sleep(AGAIN_AFTER_SECONDS)


def _keep_advising() -> None:
    """In a thread of its own: whoever waits for advice does not wait for fits."""
    time.sleep(FIRST_AFTER_SECONDS)
    while True:
        _quietly(prepare_advice, "Nothing was advised")
        asked_for.wait(AGAIN_AFTER_SECONDS)


def _keep_fitting_for_advice() -> None:
    while True:
        refits.asked_for.wait()
        _quietly(_fit_for_advice, "Models that advice waits for were not fitted anew")


def _fit_for_advice() -> None:
    if refits.refit_for_advice():
        asked_for.set()


def _quietly(work: Callable[[], None], otherwise: str) -> None:
    try:
        work()
    except data.DamagedCopyError:  # discarded: made anew the next time
        logging.getLogger("shop").warning("%s: the read copy was damaged.", otherwise)
    except (StoreError, NotEnoughData) as why:  # nobody waits for it; the page it belongs to says it
        logging.getLogger("shop").warning("%s: %s", otherwise, why)
    except Exception:  # what breaks one task must not end the others
        logging.getLogger("shop").exception(otherwise)
