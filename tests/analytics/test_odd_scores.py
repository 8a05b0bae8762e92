"""Shops whose scores and deliveries are as odd as may be: each question is answered or refused in a sentence."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from analytics.diagnostic.coming_back import coming_back
from analytics.diagnostic.day_costs import day_costs
from analytics.diagnostic.delivery_spread import delivery_spread
from analytics.diagnostic.dose_response import dose_response
from analytics.diagnostic.drivers import limit_check, score_drivers
from analytics.diagnostic.on_time import on_time, usual_promise
from analytics.diagnostic.rank_correlation import score_correlations
from analytics.diagnostic.satisfaction_headline import satisfaction_driver
from analytics.diagnostic.score_model import score_model
from analytics.diagnostic.scored_orders import order_cells
from analytics.errors import NotEnoughData
from tests.analytics.conftest import shop_of
from tests.analytics.satisfaction_shops import SPRING, scored_shop

NO_FIGURES = re.compile(r"\b(nan|inf|None(?! (of|is))|NaT|<NA>)\b")


def sentences(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from sentences(getattr(value, field.name))


def asked(orders: pd.DataFrame) -> Iterator[str]:
    """What every question about satisfaction and delivery is answered with."""
    shop, filters = shop_of(orders), SPRING
    cells = order_cells(orders, filters, shop)

    def of_model(analysis, *more):
        return lambda: analysis(score_model(orders, cells, filters, shop), *more)

    questions = [of_model(analysis) for analysis in (score_drivers, limit_check, dose_response, satisfaction_driver)]
    questions += [of_model(day_costs, shop, dimension) for dimension in ("region", "category")]
    questions += [lambda: score_correlations(cells, shop), lambda: usual_promise(orders, shop)]
    questions += [lambda: delivery_spread(cells, shop, "region"), lambda: on_time(orders, filters, shop, 3, "category")]
    questions += [lambda: coming_back(orders, filters, shop, 3, 30)]
    for question in questions:
        try:
            yield from sentences(question())
        except NotEnoughData as why:
            assert str(why).endswith(".")
            yield str(why)


def assert_said_well(orders: pd.DataFrame) -> None:
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error", RuntimeWarning)
        for sentence in asked(orders):
            assert not NO_FIGURES.search(sentence), sentence


ODD = {
    "two scores": lambda o: o.assign(satisfaction_score=np.where(o.index % 3, 5, 1)),
    "no score above 3": lambda o: o.assign(satisfaction_score=o["satisfaction_score"].clip(upper=3)),
    "no score below 4": lambda o: o.assign(satisfaction_score=o["satisfaction_score"].clip(lower=4)),
    "one order unlike all others": lambda o: o.assign(satisfaction_score=np.where(o.index == 7, 1, 5)),
    "a score that follows from the days": lambda o: o.assign(satisfaction_score=(6 - o["delivery_days"]).clip(1, 5)),
    "a score that follows from the region": lambda o: o.assign(
        satisfaction_score=np.where(o["region"] == "East", 1, 5)
    ),
    "two delivery days": lambda o: o.assign(delivery_days=np.where(o.index % 2, 1, 3650)),
    "one order that took ten years": lambda o: o.assign(delivery_days=np.where(o.index == 5, 3650, 2)),
    "delivered at once": lambda o: o.assign(delivery_days=0),
    "every order of a member of its own": lambda o: o.assign(region=[f"R{i}" for i in o.index]),
    "one member": lambda o: o.assign(region="North", category="Books"),
    "one customer": lambda o: o.assign(customer_id="c"),
    "guests alone": lambda o: o.assign(customer_id=None),
    "all on one day": lambda o: o.assign(date=pd.Timestamp("2026-02-01")),
    "region and category the same": lambda o: o.assign(category=o["region"]),
    "scores of days unknown and days of scores unknown": lambda o: o.assign(
        satisfaction_score=o["satisfaction_score"].where(o.index % 2 == 0),
        delivery_days=o["delivery_days"].where(o.index % 2 == 1),
    ),
    "members called like ours": lambda o: o.assign(region=np.where(o.index % 2, "All others", "Not stated")),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("number", [40, 130, 900])
def test_an_odd_shop_is_spoken_of_in_sentences_with_figures(kind, number):
    assert_said_well(ODD[kind](scored_shop(number=number)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    number=some.integers(1, 260),
    scores=some.lists(some.sampled_from([1, 2, 3, 4, 5, None]), min_size=1, max_size=6),
    days=some.lists(some.one_of(some.none(), some.integers(0, 40)), min_size=1, max_size=6),
    members=some.integers(1, 40),
    seed=some.integers(0, 9),
)
def test_whatever_is_scored_and_delivered_is_answered_or_refused(number, scores, days, members, seed):
    chance = np.random.default_rng(seed)
    orders = scored_shop(seed, max(number, 4)).head(number)
    drawn = {name: pd.array(chance.choice(np.array(of, dtype=object), number), dtype="Int64")
             for name, of in (("satisfaction_score", scores), ("delivery_days", days))}  # fmt: skip
    orders = orders.assign(**drawn, region=[f"R{i}" for i in chance.integers(0, members, number)])
    assert_said_well(orders.astype(dict.fromkeys(drawn, "float64")))


@settings(max_examples=25, deadline=None)
@given(seed=some.integers(0, 99), promises=some.lists(some.integers(0, 15), min_size=2, max_size=2).map(sorted))
def test_a_longer_promise_is_kept_at_least_as_often_and_members_make_the_whole(seed, promises):
    orders = scored_shop(seed, 200)
    shop = shop_of(orders)
    shorter, longer = (on_time(orders, replace(SPRING), shop, promise, "category") for promise in promises)
    assert shorter.whole["share"] <= longer.whole["share"]
    for kept in (shorter, longer):
        assert kept.members["orders"].sum() == kept.whole["orders"]
        weighted = (kept.members["share"] * kept.members["orders"]).sum() / kept.whole["orders"]
        assert weighted == pytest.approx(kept.whole["share"])
        assert kept.whole["share_low"] <= kept.whole["share"] <= kept.whole["share_high"]
