"""Forecasts of single methods, how they are tried on the past, and bands that hold."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.predictive import backtest as trying
from analytics.predictive.backtest import backtest
from analytics.predictive.bands import band
from analytics.predictive.candidates import METHODS, NAIVE, expected
from analytics.predictive.history import History, daily_history
from analytics.predictive.regression import regression_forecast
from analytics.shop import Shop

NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})
WEEK = np.array([1.0, 0.8, 0.9, 1.0, 1.3, 1.6, 0.7])
CHEAP = ("Same weekday last week", "Mean of eight weeks", "Regression on calendar and events", "Theta")


def history(days: int = 140, level: float = 50.0, seed: int | None = None, closed: tuple[int, ...] = ()) -> History:
    """Weekdays of the same shape every week, as expected or by chance."""
    at = pd.date_range("2026-01-05", periods=days)
    mean = level * WEEK[at.dayofweek] * ~np.isin(at.dayofweek, closed)
    values = mean if seed is None else np.random.default_rng(seed).poisson(mean).astype("float64")
    return History("orders", at, values, np.isin(np.arange(7), closed))


def shop(today: str) -> Shop:
    day = date.fromisoformat(today)
    return Shop("Shop", "EUR", "monday", date(2026, 1, 1), day, day, 100)


def days_of(orders: list[float], start: str = "2026-01-01") -> pd.DataFrame:
    return pd.DataFrame(
        {"orders": orders, "revenue": [10 * n for n in orders]}, pd.date_range(start, periods=len(orders))
    )


@pytest.mark.parametrize("name", [name for name in METHODS if name != "ARIMA(5,1,2)"])
def test_every_method_continues_weeks_that_are_all_alike(name):
    past = history()
    ahead = past.next_days(14)
    found = expected(name, past, NO_EVENTS, 14)
    assert found == pytest.approx(50 * WEEK[ahead.dayofweek], rel=0.12)


def test_arima_is_that_of_statsmodels():
    from statsmodels.tsa.arima.model import ARIMA

    past = history(days=200, seed=3)
    theirs = ARIMA(past.values, order=(5, 1, 2)).fit().forecast(5)
    assert expected("ARIMA(5,1,2)", past, NO_EVENTS, 5) == pytest.approx(np.maximum(theirs, 0))


def test_the_naive_forecast_is_the_last_week_again():
    past = history(days=141)
    assert METHODS[NAIVE](past, NO_EVENTS, 9).tolist() == [*past.values[-7:], *past.values[-7:-5]]


@pytest.mark.parametrize("name", CHEAP)
def test_nothing_is_expected_on_days_on_which_the_shop_is_closed(name):
    past = history(closed=(6,))
    found = expected(name, past, NO_EVENTS, 14)
    assert (found[past.next_days(14).dayofweek == 6] == 0).all()
    assert (found[past.next_days(14).dayofweek == 5] > 0).all()


def test_a_holiday_to_come_is_as_the_one_before():
    past = history(days=200)
    holidays = pd.DataFrame(
        {
            "start_date": ["2026-03-10", "2026-07-25"],
            "end_date": ["2026-03-16", "2026-07-26"],
            "label": ["Fair", "Fair"],
            "kind": ["holiday", "holiday"],
        }
    )
    inside = (past.days >= "2026-03-10") & (past.days <= "2026-03-16")
    doubled = History("orders", past.days, np.where(inside, past.values * 2, past.values), past.closed)
    ahead = doubled.next_days(7)
    found = regression_forecast(doubled, holidays, 7)
    usual = regression_forecast(doubled, holidays.iloc[:1], 7)
    during = (ahead >= "2026-07-25") & (ahead <= "2026-07-26")
    assert during.sum() == 2
    assert found[during] / usual[during] == pytest.approx(np.full(2, 2.0), rel=0.35)
    assert found[~during][:1] == pytest.approx(usual[~during][:1])


def test_what_the_last_weeks_brought_beyond_the_fit_is_carried_on():
    past = history(days=200)
    more = past.values * np.where(np.arange(200) >= 150, 1.5, 1.0)
    found = regression_forecast(History("orders", past.days, more, past.closed), NO_EVENTS, 7)
    assert found.mean() > 1.25 * past.values.mean()


def test_a_shop_that_sold_nothing_is_expected_to_sell_nothing():
    past = history(level=0.0)
    assert regression_forecast(past, NO_EVENTS, 5).tolist() == [0.0] * 5


def test_forecasts_of_the_past_know_nothing_of_what_came_after(monkeypatch):
    """The days known grow from origin to origin, and the last forecast ends with the history."""
    seen = []
    monkeypatch.setitem(METHODS, NAIVE, lambda h, c, n: seen.append(len(h.values)) or np.resize(h.values[-7:], n))
    past = history()
    tried = backtest(past, NO_EVENTS, 14, (NAIVE,))
    assert seen == sorted(set(seen))
    assert seen[-1] == len(past.values) - 14
    assert tried.origins[-1] == past.days[-15]
    assert tried.actual[-1].tolist() == past.values[-14:].tolist()
    assert len(seen) >= trying.FEWEST_ORIGINS


def test_scores_by_hand(monkeypatch):
    past = history()
    monkeypatch.setitem(METHODS, "Too high", lambda h, c, n: np.resize(h.values[-7:], n) + 5.0)
    tried = backtest(past, NO_EVENTS, 7, ("Too high",))
    scores = tried.scores()
    assert scores.at[NAIVE, "wape"] == pytest.approx(0)
    assert scores.at["Too high", "rmse"] == pytest.approx(5)
    assert scores.at["Too high", "wape"] == pytest.approx(5 / tried.actual.mean())
    assert scores.at["Too high", "bias"] == pytest.approx(5 / tried.actual.mean())
    assert tried.best() == NAIVE


def test_on_chance_alone_the_mean_of_weeks_beats_the_last_week():
    tried = backtest(history(days=300, seed=1), NO_EVENTS, 14, CHEAP)
    scores = tried.scores()["wape"]
    assert scores["Mean of eight weeks"] < scores[NAIVE]
    assert scores["Regression on calendar and events"] < scores[NAIVE]
    assert tried.best() != NAIVE


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_bands_hold_what_they_promise(confidence):
    """Of shops whose days come by chance, tried on their past and held against the fortnight that followed."""
    inside = []
    for seed in range(30):
        whole = history(days=314, seed=seed)
        past = whole.up_to(300)
        tried = backtest(past, NO_EVENTS, 14, ("Mean of eight weeks",))
        forecast = expected("Mean of eight weeks", past, NO_EVENTS, 14)
        low, high = band(
            forecast, tried.errors["Mean of eight weeks"], tried.expected["Mean of eight weeks"], confidence
        )
        inside.append((whole.values[300:] >= low) & (whole.values[300:] <= high))
    assert np.mean(inside) == pytest.approx(confidence, abs=0.05)


def test_a_band_is_never_below_nothing():
    low, _ = band(np.array([1.0] * 7), np.full((8, 7), -50.0), np.full((8, 7), 20.0), 0.95)
    assert (low == 0).all()


def test_a_history_is_complete_days_from_the_first_order_on():
    found = daily_history(days_of([0, 0, *[3] * 60, 99]), shop("2026-03-03"), "revenue")
    assert found.days[0] == pd.Timestamp("2026-01-03")
    assert found.days[-1] == pd.Timestamp("2026-03-03")
    assert set(found.values) == {30.0}


def test_a_weekday_without_orders_is_one_on_which_the_shop_is_closed():
    orders = [0 if day.dayofweek == 5 else 4 for day in pd.date_range("2026-01-01", periods=90)]
    found = daily_history(days_of(orders), shop("2026-03-31"), "orders")
    assert np.flatnonzero(found.closed).tolist() == [5]


def test_too_short_a_history_is_refused_in_a_sentence():
    with pytest.raises(NotEnoughData, match="There are 20 complete days with orders up to 20 Jan 2026"):
        daily_history(days_of([2] * 20), shop("2026-01-20"))
    with pytest.raises(NotEnoughData, match="choose a shorter horizon"):
        backtest(history(days=90), NO_EVENTS, 60, (NAIVE,))
    with pytest.raises(ValueError, match="expected one of revenue, orders, got 'score'"):
        daily_history(days_of([2] * 90), shop("2026-03-31"), "score")
    with pytest.raises(ValueError, match="horizon: expected at least one day, got 0"):
        backtest(history(), NO_EVENTS, 0)
