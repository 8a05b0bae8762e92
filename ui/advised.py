"""The advice of all pages for the whole shop, worked out beside the pages: the action board shows what is at hand."""

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive.churn import CHURN
from analytics.predictive.customer_value import CUSTOMER_VALUE
from analytics.predictive.model import Model, StoredRun
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.budget_next import budget_advice
from analytics.prescriptive.cross_sell import cross_sell_advice
from analytics.prescriptive.media_data import year_in_view
from analytics.prescriptive.price_advice import pricing_advice
from analytics.prescriptive.resource_advice import delivery_advice, staffing_advice, stock_advice
from analytics.prescriptive.retention import margin_to_plan_by
from analytics.prescriptive.retention_advice import retention_advice
from ui import data, fits, refits

NOT_FITTED = (
    "Whom to contact is not advised yet: the models of churn and customer value were never fitted. The Retention page "
    "fits them."
)
WAITS = (
    "Whom to contact is advised as soon as the models of churn and customer value are fitted anew, since orders or "
    "settings have changed: that goes on beside this page."
)

BROKEN = "One of the analyses that advise broke: its page may show more, the server's log says what."

Source = Callable[..., tuple[Advice, ...]]
"""An analysis whose answer is advice."""
Further = Callable[[], dict[str, Hashable]]
"""What an analysis is to be given beside the data; raises ``NotEnoughData`` where that is not there yet."""


@dataclass(frozen=True)
class Advised:
    """What all pages advise; ``why_not`` says, of those that cannot, why, and ``mended_on`` names the pages where that
    can be mended. It is ``stale`` while that is asked anew.

    ``none_known`` is true where not one of them can. ``waits_for`` says what more will be advised once something else
    is done that goes on by itself.
    """

    advices: tuple[Advice, ...]
    why_not: tuple[str, ...]
    stale: bool
    none_known: bool = False
    waits_for: tuple[str, ...] = ()
    mended_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Answer:
    """What a source said of some inputs, given something further."""

    inputs: str
    further: str
    advices: tuple[Advice, ...] = ()
    why_not: str = ""
    waits_for: str = ""
    mended_on: str = ""


_answers: dict[Source, _Answer] = {}
_asking = threading.Lock()
asked_for = threading.Event()
"""Set where somebody waits for advice that is not at hand."""


def sources() -> dict[Source, Further]:
    """Every analysis that advises, with what it is to be given."""
    by_data = (pricing_advice, budget_advice, cross_sell_advice, stock_advice, delivery_advice, staffing_advice)
    return {retention_advice: runs_of_customers, **dict.fromkeys(by_data, dict)}


def prepare_advice() -> None:
    """Ask all of them of the newest data and assumptions; done already, it costs a few milliseconds.

    One that breaks keeps no other from being asked.

    Raises
    ------
    StoreError : the data cannot be read.
    """
    with _asking:
        asked_for.clear()
        for source, further in sources().items():
            try:
                _answers[source] = data.of_newest_version(partial(_answered, source, further))
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                logging.getLogger("shop").exception("Advice broke: %s", source.__name__)
                _answers[source] = _Answer(data.inputs_of(source), "", (), BROKEN)


def advice_at_hand() -> Advised:
    """What is known by now; asked anew beside the pages where the data or the assumptions are others since."""
    known = [(data.inputs_of(source), _answers.get(source, _Answer("", ""))) for source in sources()]
    stale = any(inputs != answer.inputs for inputs, answer in known)
    if stale:
        asked_for.set()
    advices = tuple(advice for _, answer in known for advice in answer.advices)
    why_not, waits_for, mended_on = (
        tuple(dict.fromkeys(filter(None, (getattr(answer, said) for _, answer in known))))
        for said in ("why_not", "waits_for", "mended_on")
    )
    none_known = all(answer.why_not for _, answer in known)
    return Advised(advices, why_not, stale, none_known, waits_for, mended_on)


def whole_shop_lately() -> Filters:
    """All members in the last year that is complete, or as much of it as there is."""
    return year_in_view(data.shop())


def run_at_hand(model: Model) -> StoredRun:
    """The run of a model of the whole shop as the data are now.

    Raises
    ------
    NotEnoughData : it is not fitted; nothing is fitted for it.
    """
    asked = fits.wanted(model, Filters(data.shop().days))
    run = fits.newest_run(asked)
    if run is None or run.inputs != asked.inputs:
        why = fits.why_not_fitted(asked)
        said = f"Whom to contact is not advised. {why}" if why else NOT_FITTED
        raise NotEnoughData(said, "" if why else "prescriptive/retention")
    return run


class _WaitsError(Exception):
    """What is to be given is not there yet, but will be without anybody asking; the message says what that is."""


def runs_of_customers() -> dict[str, StoredRun]:
    """The runs that retention is advised by.

    Raises
    ------
    NotEnoughData : one was never fitted or cannot be, or no plan can come of them as it is not known what orders earn.
    """
    data.answer(margin_to_plan_by, whole_shop_lately())
    behind = refits.behind_for_advice()
    if behind and not any(map(fits.why_not_fitted, behind)):
        refits.asked_for.set()
        raise _WaitsError(WAITS)
    return {"churn": run_at_hand(CHURN), "value": run_at_hand(CUSTOMER_VALUE)}


def _answered(source: Source, further: Further) -> _Answer:
    inputs, before = data.inputs_of(source), _answers.get(source)
    try:
        given = further()
    except _WaitsError as why:
        return _Answer(inputs, "", waits_for=str(why))
    except NotEnoughData as why:
        return _Answer(inputs, "", (), str(why), mended_on=why.mended_on)
    named = repr(sorted(given.items()))
    if before is not None and (before.inputs, before.further) == (inputs, named):
        return before
    try:
        return _Answer(inputs, named, data.answer(source, whole_shop_lately(), **given))
    except NotEnoughData as why:
        return _Answer(inputs, named, (), str(why), mended_on=why.mended_on)
