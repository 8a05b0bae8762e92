"""Which models are fitted anew without anybody asking: those of the whole shop, by new days or as advice needs them."""

import threading

import pandas as pd

import warehouse.model_runs as model_runs
from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive.model import Model
from analytics.predictive.models import CHURN, CUSTOMER_VALUE, MODELS
from ui import data, fits
from ui.fits import Wanted

MOST_AT_ONCE = 12
"""Questions that are fitted anew after a new day, those that were fitted last."""
LOOKS_AGAIN_SECONDS = 3.0
POLICY = (
    "Models of the whole shop that were asked for before are fitted anew by the server when a new complete day of "
    "orders has come; those that advice rests on also when earlier orders or settings have changed. All others are "
    "fitted anew when a page asks for them. What a shop is called and what its orders earn changes no fit. What models "
    "said before is kept."
)
ADVISING = (CHURN, CUSTOMER_VALUE)
"""Models that advice rests on, as they are asked for the whole shop with the settings that they take by themselves."""
asked_for = threading.Event()
"""Set where advice waits for a fit."""


def refit_what_is_due() -> None:
    """Fit the models that are due, one after the other; done already, it costs a few milliseconds.

    Raises
    ------
    StoreError : runs cannot be read.
    """
    for asked in due():
        while not fits.fit_of(asked).wait(LOOKS_AGAIN_SECONDS):
            pass


def refit_for_advice() -> bool:
    """Fit the models anew that advice waits for; whether any was fitted.

    Raises
    ------
    StoreError : runs cannot be read.
    """
    asked_for.clear()
    behind = behind_for_advice()
    for asked in behind:
        while not fits.fit_of(asked).wait(LOOKS_AGAIN_SECONDS):
            pass
    return bool(behind) and len(behind_for_advice()) < len(behind)


def behind_for_advice() -> list[Wanted]:
    """The models that advice rests on which were fitted before, but not for the data as they are now."""
    data.pin_version()
    asked = [fits.wanted(model, Filters(data.shop().days)) for model in ADVISING]
    if not data.models_path().exists():
        return []
    latest = model_runs.latest_runs(data.models_path())
    known = {(row.model, fits.question_text(row.question)): row for row in latest.itertuples()}
    found = [(one, known.get((one.model.key, fits.question_text(one.question)))) for one in asked]
    return [
        one for one, row in found if row is not None and (row.edition, row.inputs) != (one.model.edition, one.inputs)
    ]


def due() -> list[Wanted]:
    """The models of the whole shop whose newest run knows less days than there are now."""
    data.pin_version()
    today, path = pd.Timestamp(data.shop().today), data.models_path()
    if not path.exists():
        return []
    latest = model_runs.latest_runs(path)
    is_of_shop = [not question.get("members") for question in latest["question"]]
    of_shop = latest.loc[pd.Series(is_of_shop, index=latest.index, dtype=bool)].head(MOST_AT_ONCE)
    behind = of_shop[of_shop["data_until"] < today]
    models = {model.key: model for model in MODELS}
    return [_asked(models[row.model], row.question) for row in behind.itertuples() if row.model in models]


def _asked(model: Model, question: dict) -> Wanted:
    shop = data.shop()
    return fits.wanted(model, Filters(Period(shop.first_day, shop.today)), **question["settings"])
