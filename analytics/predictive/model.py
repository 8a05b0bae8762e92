"""What a model is to the pages: how it is fitted, for which orders, and what a fit leaves behind."""

import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pandas as pd

from analytics.filters import Filters
from analytics.shop import Shop

Tell = Callable[[float, str], None]
"""``tell(share, doing)``: how far a fit has come (0–1) and what it does; raises ``FitCancelled`` if it is to stop."""


class FitCancelled(Exception):  # noqa: N818 - it is a wish, not a fault
    """Whoever asked for a fit does not want it any more."""


@dataclass(frozen=True, eq=False)
class Run:
    """What a fit leaves behind: plain data, which are written down and read again without running any code.

    ``facts`` holds what JSON can hold, by name: scores, cut-offs, settings, sentences; a missing number is None.
    ``tables`` holds frames of numbers, texts and days with a plain index, by name. ``estimators`` holds fitted
    estimators of scikit-learn, by name.
    """

    facts: dict[str, object]
    tables: Mapping[str, pd.DataFrame]
    estimators: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class StoredRun(Run):
    """A run as it was kept. Its tables and estimators are read when they are first asked for.

    ``question`` is that of the model, ``inputs`` the version of the data, ``data_until`` the last complete day then,
    ``orders`` how many the shop had up to it, ``packages`` has the versions of what it was fitted with.
    """

    id: int = 0
    model: str = ""
    edition: int = 0
    question: Mapping[str, object] = field(default_factory=dict)
    inputs: str = ""
    data_until: date = date.min
    orders: int = 0
    fitted_at: datetime = datetime.min
    seconds: float = 0.0
    packages: Mapping[str, str] = field(default_factory=dict)
    where: Path = Path()

    def __repr__(self) -> str:
        return f"run {self.id} of {self.model}, fitted {self.fitted_at.isoformat()}, {self.where}"


@dataclass(frozen=True)
class Model:
    """A model by its ``key``, with its ``title`` on screen.

    ``fit`` names what it needs as analyses do (``orders``, ``customers``, ``shop``, ``calendar``, ``filters``, one of
    the shared answers) and ``tell``; what else it takes are settings that a page or a process asks for. ``edition`` is
    raised whenever the same data would give another fit: what an earlier one left is fitted anew. ``matters`` leaves
    of the filters what changes the fit. The tables named in ``kept`` stay when a newer run takes the place of
    this one, so that what was said can be held against what then happened.
    """

    key: str
    title: str
    edition: int
    fit: Callable[..., Run]
    matters: Callable[[Filters], Filters]
    kept: tuple[str, ...] = ()

    def question(self, filters: Filters, settings: Mapping[str, Hashable]) -> dict[str, object]:
        """What tells the runs of a model apart but for the data: the members looked at and the settings.

        Settings that are not given are those that the fit takes by itself: naming them asks nothing else.
        """
        members = {d: list(m) for d, m in self.matters(filters).in_one_order().members.items()}
        return {"members": members, "settings": dict(sorted((_own_settings(self.fit) | dict(settings)).items()))}


@cache
def _own_settings(fit: Callable[..., Run]) -> dict[str, Hashable]:
    """What a fit takes by itself: looked up at every question, and the same each time."""
    own = {name: p.default for name, p in inspect.signature(fit).parameters.items()}
    return {name: value for name, value in own.items() if isinstance(value, bool | int | float | str)}


def as_models_see(shop: Shop) -> Shop:
    """The shop without what changes no fit: its name, and what its orders earn, which is applied to what a run says."""
    return replace(shop, name="", gross_margin=None)


def whole_shop(filters: Filters) -> Filters:
    """No filter matters: the model learns from all orders."""
    return Filters(filters.without_period().period)
