"""Ways to say what each customer will bring, from what is known of them on a day and nothing later."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.formats import MINUS, percent
from analytics.periods import day_label
from analytics.predictive.bg_nbd import BgNbd, Purchases, fitted_bg_nbd
from analytics.predictive.customer_histories import LATEST, purchases_of
from analytics.predictive.gamma_gamma import GammaGamma, fitted_gamma_gamma
from analytics.predictive.shop_clock import Clock, calendar_clock
from analytics.shop import NOT_STATED

OVERALL, BY_SEGMENT, SHOP_TIME = "bg_nbd", "bg_nbd_by_segment", "bg_nbd_in_shop_time"
FOREST, OWN_RATE = "forest", "own_rate"
PURCHASE_METHODS = (OVERALL, BY_SEGMENT, SHOP_TIME)
METHODS = {
    OVERALL: "BG/NBD × gamma-gamma",
    BY_SEGMENT: "BG/NBD × gamma-gamma, by segment",
    SHOP_TIME: "BG/NBD × gamma-gamma, in shop time",
    FOREST: "Random forest",
    OWN_RATE: "Own past rate",
}
"""Name in the code → name on screen; the last is the baseline."""

FEWEST_CUSTOMERS, FEWEST_RETURNED = 50, 20
"""Customers, and those of them who bought again, below which how often people buy is anybody's guess."""
FEWEST_OF_SEGMENT = 100
TREES, SMALLEST_LEAF = 100, 20
TAUGHT = 20_000
"""Customers that the forest learns from at most, drawn with a fixed seed."""
BATCH = 25_000


@dataclass(frozen=True)
class Lesson:
    """What was known of customers at an earlier day, and what each brought in the ``days`` after it."""

    histories: pd.DataFrame
    days: int


@dataclass(frozen=True)
class Known:
    """What is known on ``seen_to``, and a lesson that was over by then (see ``customer_histories``).

    What the lesson's customers are known by and what these are spans the same number of days. ``lately_days`` is how
    long ``lately_brought`` goes back, ``clock`` tells the shop's own time.
    """

    histories: pd.DataFrame
    seen_to: date
    lately_days: int
    clock: Clock
    lesson: Lesson | None = None

    @property
    def amounts(self) -> tuple[np.ndarray, np.ndarray]:
        """Purchases of each customer and their mean amount, refunds deducted."""
        counts = self.histories["purchases"].to_numpy()
        return counts, np.maximum(self.histories["brought"].to_numpy(), 0.0) / counts

    def clock_of(self, method: str) -> Clock:
        """The clock that a method goes by."""
        return self.clock if method == SHOP_TIME else calendar_clock(self.clock.first_day, self.seen_to)


@dataclass(frozen=True)
class PurchaseModels:
    """How often customers buy and for how much; with models of their own for segments in ``by_segment``."""

    method: str
    count: BgNbd
    amount: GammaGamma
    by_segment: dict[str, tuple[BgNbd, GammaGamma]]

    def expected(self, known: Known, days: int) -> pd.DataFrame:
        """Per customer ``purchases`` to expect, their ``order_value``, and how likely one is ``alive`` and ``buys``.

        Whatever clock a model goes by, the time ahead is as long as its season makes it.
        """
        return self.expected_within(known, known.clock.ahead(days))

    def expected_within(self, known: Known, ahead: float) -> pd.DataFrame:
        """The same for so much time, in days of mean pace."""
        told = np.zeros((len(known.histories), 4))
        purchases = purchases_of(known.histories, known.clock_of(self.method))
        counts, means = known.amounts
        for which, count, amount in self._parts(known.histories):
            for some in np.array_split(which, max(1, -(-len(which) // BATCH))):
                own = purchases.some(some)
                values = (count.expected(own, ahead), amount.expected(counts[some], means[some]))
                told[some] = np.column_stack([*values, count.alive(own), count.buys(own, ahead)])
        return pd.DataFrame(told, known.histories.index, ["purchases", "order_value", "alive", "buys"])

    def _parts(self, histories: pd.DataFrame) -> Iterator[tuple[np.ndarray, BgNbd, GammaGamma]]:
        segment = histories["segment"].astype("str").to_numpy()
        for name, models in self.by_segment.items():
            yield np.flatnonzero(segment == name), *models
        yield np.flatnonzero(~np.isin(segment, list(self.by_segment))), self.count, self.amount


def purchase_models(known: Known, method: str = OVERALL) -> PurchaseModels:
    """The models of purchases fitted to what is known, as one of ``PURCHASE_METHODS`` has them.

    Raises
    ------
    NotEnoughData : too few customers bought again, or nothing was paid for.
    """
    purchases, (counts, means) = purchases_of(known.histories, known.clock_of(method)), known.amounts
    again = int((purchases.repeats > 0).sum())
    if len(purchases.repeats) < FEWEST_CUSTOMERS or again < FEWEST_RETURNED:
        raise NotEnoughData(
            f"{customers_label(len(purchases.repeats))} had bought by {day_label(known.seen_to)}, {again:,} of them on "
            f"more than one day: what customers will be worth is learnt from at least {FEWEST_CUSTOMERS} customers "
            f"of whom {FEWEST_RETURNED} came back. A longer history or a shorter horizon would help."
        )
    count, amount = fitted_bg_nbd(purchases), fitted_gamma_gamma(counts, means)
    if count is None or amount is None:
        raise NotEnoughData(
            "The amounts of these orders do not differ between customers, or nothing was paid: there is no value to "
            "tell customers apart by."
        )
    by_segment = {} if method == OVERALL else _by_segment(known, purchases, count, amount)
    return PurchaseModels(method, count, amount, by_segment)


def expected_value(method: str, known: Known, days: int) -> np.ndarray:
    """What each customer is expected to bring in the next so many days, refunds deducted, by one of ``METHODS``.

    Raises
    ------
    ValueError : no such method, or a forest without a lesson.
    NotEnoughData : see ``purchase_models``.
    """
    if method in PURCHASE_METHODS:
        told = purchase_models(known, method).expected(known, days)
        return (told["purchases"] * told["order_value"]).to_numpy()
    if method == FOREST:
        return _forest(known, days)
    if method == OWN_RATE:
        return np.maximum(known.histories["lately_brought"].to_numpy(), 0.0) * days / known.lately_days
    raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")


def customers_label(number: int) -> str:
    """How many customers, in words.

    >>> customers_label(1), customers_label(1200)
    ('1 customer', '1,200 customers')
    """
    return "1 customer" if number == 1 else f"{number:,} customers"


def guests_left_out(facts: dict) -> str:
    """What part of the business is nobody's and so in no value; empty where every order names its customer."""
    told = {"orders": facts.get("guest_orders"), "revenue": facts.get("guest_revenue")}
    if not any(told.values()):
        return ""
    shares = " and ".join(f"{percent(share)} of the {of}" for of, share in told.items() if share is not None)
    return f"Guests' orders are nobody's and left out: {shares} so far."


def not_foreseen_said(told: dict, cut_off: date) -> str:
    """That even the best method was worthless, with its figures: ``name``, ``r2`` and ``total_error``."""
    off, r2 = percent(abs(told["total_error"]), 0), f"{told['r2']:.1f}".replace("-", MINUS)
    return (
        f"No method foresaw what customers brought after {day_label(cut_off)}: the best, {told['name']}, was {off} too "
        f"{'high' if told['total_error'] > 0 else 'low'} in all and told customers apart worse than their mean would "
        f"(R² {r2})."
    )


def methods_for(known: Known) -> list[str]:
    """Those that can be tried: by segment where there are several, a forest where there is a lesson."""
    left_out = set() if len(_large_segments(known)) > 1 else {BY_SEGMENT}
    if known.lesson is None or len(known.lesson.histories) < FEWEST_CUSTOMERS:
        left_out |= {FOREST}
    return [method for method in METHODS if method not in left_out]


def features(histories: pd.DataFrame, members: dict[str, list[str]]) -> pd.DataFrame:
    """The six features of the forest: order count, mean satisfaction, average order value, segment, region, age group.

    Counts and means are of recent orders, so that they span as long a time in a lesson as where it is applied; missing
    where there were none. Members are numbered in the order of ``members``.
    """
    orders = histories["recent_orders"]
    numbers = {"orders": orders, "satisfaction": histories["satisfaction"]}
    numbers["order_value"] = (histories["recent_spent"] / orders.where(orders > 0)).astype("float64")
    codes = {d: pd.Categorical(histories[d].astype("str"), members[d]).codes for d in LATEST}
    return pd.DataFrame(numbers | codes)


def _forest(known: Known, days: int) -> np.ndarray:
    """A lesson shorter than the days asked for is carried to them as the models of purchases say it goes on."""
    from sklearn.ensemble import RandomForestRegressor

    lesson = known.lesson
    if lesson is None:
        raise ValueError("known: expected a lesson for the forest to learn from, got none")
    seen, now = lesson.histories, known.histories
    if len(seen) > TAUGHT:
        seen = seen.sample(TAUGHT, random_state=0)
    members = {d: sorted({*seen[d].astype("str"), *now[d].astype("str")}) for d in LATEST}
    leaf = min(SMALLEST_LEAF, max(1, len(seen) // 10))
    forest = RandomForestRegressor(TREES, min_samples_leaf=leaf, random_state=0, n_jobs=1)
    forest.fit(features(seen, members), seen["then_brought"].to_numpy())
    pieces = range(0, len(now), BATCH)
    told = np.concatenate([forest.predict(features(now.iloc[at : at + BATCH], members)) for at in pieces])
    if lesson.days == days:
        return told
    models = purchase_models(known)
    times = (known.clock.ahead(days), known.clock.lately(lesson.days))
    ahead, learnt = (models.expected_within(known, time)["purchases"].sum() for time in times)
    return told * (ahead / learnt if learnt > 0 else days / lesson.days)


def _by_segment(
    known: Known, purchases: Purchases, count: BgNbd, amount: GammaGamma
) -> dict[str, tuple[BgNbd, GammaGamma]]:
    """Models of each segment that is large enough, held near to those of all customers."""
    counts, means = known.amounts
    found = {}
    for name, which in _large_segments(known).items():
        own = fitted_bg_nbd(purchases.some(which), count)
        if own is not None:
            found[name] = (own, fitted_gamma_gamma(counts[which], means[which], amount) or amount)
    return found if len(found) > 1 else {}


def _large_segments(known: Known) -> dict[str, np.ndarray]:
    """The segments that are stated and have customers enough, with the places of their customers."""
    segment = known.histories["segment"].astype("str").to_numpy()
    places = {str(name): np.flatnonzero(segment == name) for name in np.unique(segment) if name != NOT_STATED}
    return {name: which for name, which in places.items() if len(which) >= FEWEST_OF_SEGMENT}
