"""How orders answer to spend: planted curves are found again, and what data cannot tell is not told."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.prescriptive.media_data import ALL_ORDERS, OTHERS, MediaHistory, media_history
from analytics.prescriptive.media_response import MediaResponse, estimated_response, media_response
from analytics.shop import Shop
from tests.analytics.conftest import random_orders, shop_of

DAYS = 420
NO_EVENTS = pd.DataFrame(columns=["start_date", "end_date", "label", "kind"])
TRUE = {"lift": np.array([0.8, 0.6]), "half": np.array([120.0, 60.0]), "carry_over": np.array([0.5, 0.3])}


def stepping(chance: np.random.Generator, level: float, spread: float = 0.6, days: int = DAYS) -> np.ndarray:
    """Spend that is changed every two weeks, without regard to anything."""
    steps = np.exp(chance.normal(0, spread, days // 14 + 1))
    return level * np.repeat(steps, 14)[:days]


def planted(seed: int, spread: float = 0.6, a_day: float = 60.0, season: bool = False) -> MediaHistory:
    """Two channels with own orders that answer to their spend as ``TRUE`` says."""
    chance, days = np.random.default_rng(seed), pd.date_range("2025-01-01", periods=DAYS)
    wave = 1 + 0.2 * np.sin(2 * np.pi * np.arange(DAYS) / 365)
    spend, orders = [], []
    for lift, half, carried in zip(*TRUE.values(), strict=True):
        row = 100 * wave**3 if season else stepping(chance, 100.0, spread)
        stock, at = row[0], []
        for spent in row:
            stock = (1 - carried) * spent + carried * stock
            at.append(stock)
        factor = 1 + lift * np.array(at) / (np.array(at) + half)
        spend.append(row)
        orders.append(chance.poisson(a_day * wave * factor))
    orders = np.array(orders, dtype="float64")
    mix = pd.DataFrame(1.0, index=["Web", "App"], columns=["Tea"])
    return MediaHistory(
        days, ("Web", "App"), np.array(spend), ("Web", "App"), orders, orders * 50, np.eye(2, dtype=bool), mix, ()
    )


@pytest.fixture(scope="module")
def found() -> MediaResponse:
    return estimated_response(planted(1), NO_EVENTS)


def test_planted_effects_lie_in_their_ranges(found):
    spend = np.array([100.0, 100.0])
    true = 1 + TRUE["lift"] * spend / (spend + TRUE["half"])
    low, high = np.quantile(found.factor(spend), [0.02, 0.98], axis=0)
    assert ((low < true) & (true < high)).all()
    place = found.usual / (found.usual + TRUE["half"])
    elasticity = TRUE["lift"] * place * (1 - place) / (1 + TRUE["lift"] * place)
    assert np.median(found.elasticity(), axis=0) == pytest.approx(elasticity, abs=0.06)
    assert found.told.all()


def test_what_is_expected_without_spend_and_what_spend_brings_add_up_to_the_orders(found):
    at_usual = found.orders_at(found.present).mean(axis=0)
    assert at_usual == pytest.approx(found.orders, rel=0.1)


def test_the_slope_is_that_of_the_orders(found):
    worth, spend, step = np.array([20.0, 30.0]), np.array([80.0, 110.0]), 1e-4
    for c in range(2):
        more = spend + step * (np.arange(2) == c)
        risen = ((found.orders_at(more) - found.orders_at(spend)) * worth).sum(axis=1) / step
        assert found.slopes_at(spend, worth)[:, c] == pytest.approx(risen, rel=1e-4)


def test_the_same_history_gives_the_same_draws(found):
    again = estimated_response(planted(1), NO_EVENTS)
    assert repr(again) == repr(found)
    assert (again.lift == found.lift).all()


def test_spend_that_never_changed_tells_nothing():
    still = estimated_response(planted(2, spread=0.0), NO_EVENTS)
    assert not still.told.any()
    assert (still.error > 10).all()


def test_spend_that_goes_with_the_season_is_said_to():
    seasonal, free = (estimated_response(h, NO_EVENTS) for h in (planted(3, season=True), planted(3)))
    assert not seasonal.told.any()
    assert (free.season < 0.5).all()


def test_spend_that_follows_the_orders_is_found():
    history = planted(4)
    weeks = np.arange(DAYS) // 7
    means = np.array([history.orders[0][weeks == w].mean() for w in range(weeks[-1] + 1)])
    noise = (means / pd.Series(means).rolling(9, center=True, min_periods=1).mean().to_numpy()) ** 6
    follows = 100 * np.concatenate([[1.0], noise])[:-1][weeks]
    response = estimated_response(replace(history, spend=np.array([follows, history.spend[1]])), NO_EVENTS)
    assert response.follows[0] < 0.01
    assert response.follows[1] > 0.05


def test_days_that_scatter_more_than_chance_widen_the_ranges():
    history, chance = planted(5), np.random.default_rng(6)
    wild = replace(history, orders=np.round(history.orders * np.exp(chance.normal(0, 0.35, history.orders.shape))))
    calm, rough = (estimated_response(h, NO_EVENTS) for h in (history, wild))
    assert calm.scatter < 1.3 < rough.scatter
    assert (rough.error > calm.error).all()


def booked(days: pd.DatetimeIndex, **channels: float | np.ndarray) -> pd.DataFrame:
    rows = [pd.DataFrame({"date": days, "channel": name, "spend": amount}) for name, amount in channels.items()]
    return pd.concat(rows, ignore_index=True)


@pytest.fixture(scope="module")
def shop_orders() -> pd.DataFrame:
    return random_orders(3, days=150, per_day=12)


@pytest.fixture(scope="module")
def own_shop(shop_orders) -> Shop:
    return shop_of(shop_orders, today=date(2026, 5, 30), last_day=date(2026, 5, 30))


@pytest.fixture(scope="module")
def days() -> pd.DatetimeIndex:
    return pd.date_range("2026-01-01", "2026-05-30")


def test_a_channel_is_held_against_its_own_orders_however_it_is_written(shop_orders, own_shop, days):
    history = media_history(shop_orders, booked(days, web=9.0, App=5.0), own_shop)
    assert history.channels == ("web", "App")
    assert history.series == ("Web", "App", OTHERS)
    assert history.acts_on.tolist() == [[True, False, False], [False, True, False]]
    counted = shop_orders.groupby("channel").size()
    assert history.orders.sum(axis=1).tolist() == [counted["Web"], counted["App"], counted["Store"]]


def test_spend_whose_name_no_orders_carry_is_held_against_all(shop_orders, own_shop, days):
    ads = media_history(shop_orders, booked(days, **{"Google Ads": 9.0, "Radio": 5.0}), own_shop)
    assert ads.series == (ALL_ORDERS,)
    assert ads.acts_on.tolist() == [[True], [True]]
    assert ads.orders.sum() == len(shop_orders)
    both = media_history(shop_orders, booked(days, Radio=9.0, Web=5.0), own_shop)
    assert both.acts_on.tolist() == [[True, True], [True, False]]
    assert "Radio" in both.notes[0]


def test_amounts_of_months_are_spread_over_their_days(shop_orders, own_shop):
    months = pd.date_range("2026-01-01", "2026-05-01", freq="MS")
    history = media_history(shop_orders, booked(months, Web=[310.0, 280.0, 310.0, 300.0, 310.0]), own_shop)
    assert history.spend[0] == pytest.approx(10.0)
    assert len(history.days) == 150
    assert "spread evenly" in history.notes[0]


def test_a_day_without_a_row_is_nothing_where_others_have_one_and_unknown_where_none_has(shop_orders, own_shop, days):
    spend = booked(days, Web=10.0, App=4.0)
    spend = spend[~((spend["channel"] == "App") & (spend["date"] == "2026-02-03"))]
    spend = spend[spend["date"] != "2026-03-04"]
    history = media_history(shop_orders, spend, own_shop)
    at = {day: n for n, day in enumerate(history.days.strftime("%Y-%m-%d"))}
    assert history.spend[:, at["2026-02-03"]].tolist() == [10.0, 0.0]
    assert history.spend[:, at["2026-03-04"]].tolist() == [10.0, 4.0]
    assert "On 1 days" in history.notes[0]


def test_weekends_on_which_nothing_is_ever_booked_are_without_spend(shop_orders, own_shop, days):
    spend = booked(days[days.day_of_week < 5], Web=10.0)
    history = media_history(shop_orders, spend, own_shop)
    assert history.spend[0, history.days.day_of_week == 6].sum() == 0
    assert not history.notes


def test_credits_and_missing_amounts_are_no_spend(shop_orders, own_shop, days):
    spend = booked(days, Web=10.0)
    spend.loc[3, "spend"], spend.loc[4, "spend"] = -50.0, np.nan
    history = media_history(shop_orders, spend, own_shop)
    assert history.spend[0, 3] == 0
    assert "1 amounts below 0" in history.notes[0]


@pytest.mark.parametrize(
    ("spend", "message"),
    [
        (lambda days: booked(days, Web=0.0), "No marketing spend is stored: add a table marketing_spend"),
        (lambda days: booked(days, Web=1.0).iloc[:0], "No marketing spend is stored"),
        (lambda days: booked(days[:20], Web=1.0), "There are 20 days with both"),
        (lambda days: booked(days - pd.Timedelta(days=900), Web=1.0), "when there are no orders"),
    ],
)
def test_too_little_is_said_in_one_sentence(shop_orders, own_shop, days, spend, message):
    with pytest.raises(NotEnoughData, match=message):
        media_history(shop_orders, spend(days), own_shop)


def test_too_few_orders_are_said(days):
    few = random_orders(3, days=150, per_day=0.6)
    with pytest.raises(NotEnoughData, match="orders on the days with marketing spend"):
        media_history(few, booked(days, Web=1.0), shop_of(few, today=date(2026, 5, 30)))


def test_refunds_lower_what_an_order_is_worth_and_are_no_orders(shop_orders, own_shop, days):
    refunds = shop_orders.iloc[::10].assign(revenue=-5.0, transaction_id=lambda f: "r" + f["transaction_id"])
    spend = booked(days, Web=stepping(np.random.default_rng(1), 10.0, days=150))
    plain, with_refunds = (
        media_response(orders, spend, own_shop, NO_EVENTS)
        for orders in (shop_orders, pd.concat([shop_orders, refunds]))
    )
    assert with_refunds.orders == pytest.approx(plain.orders)
    assert (with_refunds.value < plain.value).all()


def test_orders_without_dimensions_and_with_guests_do(shop_orders, days):
    bare = shop_orders[["transaction_id", "customer_id", "date", "revenue"]].assign(customer_id=None)
    spend = booked(days, Web=stepping(np.random.default_rng(1), 10.0, days=150))
    response = media_response(bare, spend, shop_of(bare, today=date(2026, 5, 30)), NO_EVENTS)
    assert response.series == (ALL_ORDERS,)
    assert np.isfinite(response.orders_at(response.present)).all()


@pytest.mark.parametrize("kind", ["nothing charged", "refunded as sold", "shut on Sundays", "one order a day"])
def test_odd_shops_give_finite_curves(kind, days):
    orders = random_orders(4, days=150, per_day=8)
    if kind == "nothing charged":
        orders["revenue"] = 0.0
    elif kind == "refunded as sold":
        back = orders.assign(revenue=-orders["revenue"], transaction_id="r" + orders["transaction_id"])
        orders = pd.concat([orders, back])
    elif kind == "shut on Sundays":
        orders = orders[orders["date"].dt.day_of_week != 6]
    else:
        orders = pd.concat([orders.groupby("date").head(2)])
    spend = booked(days, Web=stepping(np.random.default_rng(1), 10.0, days=150), Radio=4.0)
    response = media_response(orders, spend, shop_of(orders, today=date(2026, 5, 30)), NO_EVENTS)
    for name in ("lift", "half", "base", "value", "orders"):
        assert np.isfinite(getattr(response, name)).all(), name
    assert np.isfinite(response.orders_at(response.present)).all()
