"""What came of an action: its members against the rest of the shop, in the days since against as many before."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.descriptive.kpis import current_kpis
from analytics.descriptive.variation import day_dispersions
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.prescriptive.advice import Advice, advice_within
from analytics.prescriptive.read_back import FEWEST_DAYS, read_back, read_back_view
from tests.analytics.conftest import random_orders, shop_of

ADVICE = Advice(
    key="price:Web", kind="price", title="Raise prices", sentence="", net_benefit=1.0, low=0.0, high=2.0,
    probability=0.9, cost=0.0, months=2.0, effort=1, days=0, assumption="", would_change="", rests_on="observed",
    page="p", metric="revenue", members=(("channel", "Web"),), moves=0.5,
)  # fmt: skip
BEGAN = date(2026, 3, 2)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """120 quiet days; from 2 March on revenue of Web is half as much again."""
    made = random_orders(5, days=120, per_day=80)
    lifted = (made["channel"] == "Web") & (pd.to_datetime(made["date"]) >= pd.Timestamp(BEGAN))
    return made.assign(revenue=np.where(lifted, 1.5 * made["revenue"], made["revenue"]))


def told(orders, advice=ADVICE, began=BEGAN, **facts):
    shop = shop_of(orders, **facts)
    filters = read_back_view(advice, began, shop)
    daily = daily_activity(orders, filters.without_period(), shop)
    kpis = current_kpis(orders, daily, day_dispersions(daily), filters, shop)
    return read_back(orders, None, kpis, filters, shop, advice)


def test_what_was_planted_is_read_back_within_its_noise(orders):
    found = told(orders)
    days = pd.to_datetime(orders["date"])
    web = orders["channel"] == "Web"
    now = days.between(pd.Timestamp(BEGAN), pd.Timestamp(BEGAN + timedelta(found.days - 1)))
    true = (orders["revenue"] * (web & now)).sum() / 3  # a third of what is there was added
    assert found.value == pytest.approx((orders["revenue"] * (web & now)).sum())
    assert abs(found.beyond - true) < 1.5 * found.noise
    assert found.promised == pytest.approx(0.5 * (found.value - found.beyond))
    assert "in keeping with that" in found.sentence


def test_what_did_not_happen_is_less_than_was_promised(orders):
    store = replace(ADVICE, members=(("channel", "Store"),), moves=2.0)
    found = told(orders, store)
    assert found.beyond < found.promised
    assert "less than that" in found.sentence


def test_without_a_promised_change_chance_alone_is_told(orders):
    found = told(orders, replace(ADVICE, moves=None))
    assert found.promised is None
    assert "beyond what chance does" in found.sentence


def test_it_is_read_back_no_longer_than_it_was_to_last(orders):
    view = read_back_view(replace(ADVICE, months=1.0), BEGAN, shop_of(orders))
    assert (view.period.start, view.period.days) == (BEGAN, 30)


@pytest.mark.parametrize(
    ("changes", "began", "said"),
    [
        ({"members": ()}, BEGAN, "nothing tells how the shop would have done without it"),
        ({"metric": None}, BEGAN, "No metric of the shop's orders"),
        ({"metric": "delivery_days"}, BEGAN, "No metric of the shop's orders"),
        ({}, date(2026, 4, 30) - timedelta(FEWEST_DAYS - 3), "at least 14 days are needed"),
        ({}, date(2027, 1, 1), "at least 14 days are needed"),
        ({"members": (("channel", "Fax"),)}, BEGAN, "no order of Fax"),
        ({}, date(2026, 1, 5), "days before it began are not wholly in the data"),
    ],
)
def test_what_cannot_be_read_back_is_said(orders, changes, began, said):
    with pytest.raises(NotEnoughData, match=said):
        told(orders, replace(ADVICE, **changes), began)


def test_a_rest_of_the_shop_that_began_with_the_action_is_none_to_be_held_against(orders):
    since = pd.to_datetime(orders["date"]) >= pd.Timestamp(BEGAN)
    with pytest.raises(NotEnoughData, match="days before it began all orders were of Web"):
        told(orders[since | (orders["channel"] == "Web")])


@pytest.fixture(scope="module")
def seasonal() -> pd.DataFrame:
    """Two years in which nothing was done, and Web has a season of its own."""
    made = random_orders(7, days=730, per_day=30)
    day = (pd.to_datetime(made["date"]) - pd.Timestamp(made["date"].min())).dt.days
    kept = 0.6 + 0.4 * np.sin(2 * np.pi * day / 365)
    return made[(made["channel"] != "Web") | (np.random.default_rng(7).random(len(made)) < kept)]


@pytest.mark.parametrize("metric", ["orders", "revenue"])
def test_a_season_of_its_own_is_no_effect_of_an_action(seasonal, metric):
    quiet = replace(ADVICE, metric=metric, months=2.0, moves=None)
    starts = [date(2026, 1, 1) + timedelta(days) for days in range(240, 660, 30)]
    found = [told(seasonal, quiet, began) for began in starts]
    assert all(one.by_past for one in found)
    named = [one for one in found if abs(one.beyond) > one.noise]
    assert len(named) <= 2, [(one.beyond, one.noise) for one in found]
    assert all(("beyond what it does by itself" in one.sentence) == (one in named) for one in found)


def test_an_effect_beyond_what_the_past_shows_is_still_found(orders):
    long = pd.concat([orders, random_orders(9, days=300, per_day=80, start="2025-03-07")], ignore_index=True)
    long["transaction_id"] = [f"T{n}" for n in range(len(long))]
    found = told(long)
    assert found.by_past
    assert found.beyond > found.noise
    assert "in keeping with that." in found.sentence


def test_what_may_be_nothing_as_well_as_what_was_promised_is_said(orders):
    found = told(orders, replace(ADVICE, members=(("channel", "Store"),), moves=0.02, months=0.5))
    assert abs(found.beyond) < found.noise
    assert "in keeping with that, and with no effect at all" in found.sentence
    assert "too short to tell how far it moves by itself" in told(orders).sentence


def test_further_members_narrow_what_is_held_against(orders):
    inside = replace(ADVICE, members=(("region", "North"), ("channel", "Web")))
    north = orders[orders["region"] == "North"]
    assert read_back_view(inside, BEGAN, shop_of(orders)).region == ("North",)
    assert told(orders, inside).value == pytest.approx(told(north).value)


def test_an_advice_of_a_part_of_the_shop_says_so_and_is_read_back_within_it(orders):
    shop = shop_of(orders)
    view = Filters(Period(shop.first_day, shop.today), region=("North", "South"), segment=("Premium",))
    part = advice_within(ADVICE, view)
    assert part.title == "Raise prices (North, South · Premium)"
    assert part.key != ADVICE.key
    within = read_back_view(part, BEGAN, shop)
    assert (within.region, within.segment, within.channel) == (("North", "South"), ("Premium",), ())
    assert part.members[-1] == ADVICE.members[-1]
    assert advice_within(ADVICE, replace(view, region=(), segment=())) == ADVICE
    of_web = replace(view, region=(), segment=(), channel=("Web",))
    assert advice_within(ADVICE, of_web) == ADVICE, "an advice on Web is one of Web already"
    whole = replace(ADVICE, members=())
    assert advice_within(whole, view).members == ()
    assert "Premium" in advice_within(whole, view).title
