"""Which models are fitted anew without anybody asking: after every new complete day, those of the whole shop."""

import pandas as pd

import warehouse.model_runs as model_runs
from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive.model import Model
from analytics.predictive.models import MODELS
from ui import data, fits
from ui.fits import Wanted

MOST_AT_ONCE = 12
"""Questions that are fitted anew after a new day, those that were fitted last."""
LOOKS_AGAIN_SECONDS = 3.0
POLICY = (
    "Models of the whole shop that were asked for before are fitted anew by the server when a new complete day of "
    "orders has come; those of some members, and all after a change of settings or events, when a page asks for them. "
    "What they said before is kept."
)


def refit_what_is_due() -> None:
    """Fit the models that are due, one after the other; done already, it costs a few milliseconds.

    Raises
    ------
    StoreError : runs cannot be read.
    """
    for asked in due():
        while not fits.fit_of(asked).wait(LOOKS_AGAIN_SECONDS):
            pass


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
