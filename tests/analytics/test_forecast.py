"""The whole forecast of a shop: what is chosen and why, what adds up, what was known when, and what is refused."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.descriptive.activity import daily_activity
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.predictive import forecast as forecast_module
from analytics.predictive.backtest import backtest
from analytics.predictive.bands import band, coverage, sum_band, sums_of_days
from analytics.predictive.candidates import MEAN, METHODS, NAIVE, TOGETHER, expected
from analytics.predictive.event_effects import event_effects
from analytics.predictive.forecast import ENDS, FORECAST, forecast_fit
from analytics.predictive.history import History, daily_history, falls_below
from analytics.predictive.model import FitCancelled, Run
from analytics.predictive.noise import noise_floor, order_noise
from data_generation import SimulationSettings, simulate
from tests.analytics.conftest import shop_of

NO_EVENTS = pd.DataFrame({"start_date": [], "end_date": [], "label": [], "kind": []})
QUICK = {name: METHODS[name] for name in (NAIVE, "Mean of eight weeks", "Regression on calendar and events")}


def shop_orders(days: int = 150, per_day: int = 12, seed: int = 1, start: str = "2026-01-05") -> pd.DataFrame:
    """Orders by chance, more of them at the week's end, of three regions."""
    draws = np.random.default_rng(seed)
    at = pd.date_range(start, periods=days)
    counts = draws.poisson(per_day * np.where(at.day_of_week >= 5, 1.5, 0.8))
    n = counts.sum()
    return pd.DataFrame(
        {
            "transaction_id": [f"t{i}" for i in range(n)],
            "customer_id": [f"c{i % 50}" for i in range(n)],
            "date": np.repeat(at, counts),
            "revenue": draws.lognormal(3, 0.5, n).round(2),
            "region": draws.choice(["North", "South", "West"], n, p=[0.6, 0.3, 0.1]),
        }
    )


def run_of(orders: pd.DataFrame, calendar: pd.DataFrame = NO_EVENTS, tell=lambda share, doing: None, **asked) -> Run:
    shop = shop_of(orders)
    filters = Filters(shop.days, "none").without_period()
    daily = daily_activity(orders, filters, shop)
    return forecast_fit(orders, daily, calendar, filters, shop, tell, **{"horizon_days": 14} | asked)


def busy(days: int = 200, level: float = 50.0, seed: int = 0) -> History:
    at = pd.date_range("2026-01-05", periods=days)
    values = np.random.default_rng(seed).poisson(level, days).astype("float64")
    return History("orders", at, values, np.zeros(7, dtype=bool))


@pytest.fixture(autouse=True)
def _few_methods(monkeypatch, request):
    """The slow methods are tried in the tests of methods, and here where a test asks for all."""
    if "all_methods" not in request.fixturenames:
        for name in set(METHODS) - set(QUICK) - {"ARIMA(5,1,2)"}:
            monkeypatch.delitem(METHODS, name)
        monkeypatch.setitem(METHODS, "ARIMA(5,1,2)", METHODS["Mean of eight weeks"])
        monkeypatch.setattr(
            forecast_module, "backtest", lambda *given, **asked: backtest(*given, tuple(QUICK), **asked)
        )


@pytest.fixture
def all_methods() -> None:
    """Asked for by tests that try them all."""


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return shop_orders()


def test_regions_add_up_to_the_total_on_every_day(orders):
    found = run_of(orders).tables["forecast"]
    total = found[found["dimension"] == ""].set_index("day")["expected"]
    by_region = found[found["dimension"] == "region"].groupby("day")["expected"].sum()
    assert len(total) == 14
    assert by_region.to_numpy() == pytest.approx(total.to_numpy(), rel=1e-12)
    assert set(found["member"]) == {"", "North", "South", "West"}


def test_the_forecast_is_of_the_next_days_and_no_others(orders):
    found = run_of(orders, horizon_days=7).tables["forecast"]
    days = found.loc[found["dimension"] == "", "day"]
    assert days.tolist() == pd.date_range(orders["date"].max() + pd.Timedelta(days=1), periods=7).tolist()


def test_a_last_day_that_is_not_over_is_not_learnt_from_but_forecast(orders):
    shop = shop_of(orders)
    cut = replace(shop, today=shop.last_day - timedelta(days=1))
    filters = Filters(shop.days, "none").without_period()
    daily = daily_activity(orders, filters, cut)
    found = forecast_fit(orders, daily, NO_EVENTS, filters, cut, lambda share, doing: None, horizon_days=7)
    assert found.tables["forecast"]["day"].min() == pd.Timestamp(shop.last_day)
    assert found.facts["partial_day"] == shop.last_day.isoformat()
    assert found.tables["history"]["day"].max() == pd.Timestamp(cut.today)


def test_the_same_orders_give_the_same_run(orders):
    one, other = run_of(orders), run_of(orders)
    for name in ("forecast", "sums", "buckets", "events"):
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])


def test_bands_lie_around_the_forecast_the_wide_one_outside(orders):
    found = run_of(orders).tables["forecast"]
    for low, inner, middle, upper, high in found[["low_95", "low_80", "expected", "high_80", "high_95"]].to_numpy():
        assert 0 <= low <= inner <= middle <= upper <= high


def test_a_band_is_no_constant_share_of_the_forecast(orders):
    """Where little is expected, chance is a larger share of it; and the two sides need not be alike."""
    found = run_of(orders).tables["forecast"]
    whole = found[found["dimension"] == ""]
    shares = (whole["high_80"] - whole["expected"]) / whole["expected"]
    assert shares.max() > 1.15 * shares.min()


def test_the_band_of_a_sum_is_narrower_than_the_sum_of_bands(orders):
    run = run_of(orders)
    days = run.tables["forecast"].query("dimension == ''")
    total = run.tables["sums"].query("dimension == ''").iloc[0]
    assert total["high_80"] - total["low_80"] < 0.6 * (days["high_80"] - days["low_80"]).sum()


def test_a_week_begun_counts_what_it_brought_already(orders):
    run = run_of(orders[orders["date"] < "2026-06-01"].query("date < '2026-05-28'"))
    week = run.tables["buckets"].query("granularity == 'week'").iloc[0]
    history = run.tables["history"].set_index("day")["value"]
    ahead = run.tables["forecast"].query("dimension == ''").set_index("day")["expected"]
    assert week["start"] == pd.Timestamp("2026-05-25")
    assert week["so_far"] == pytest.approx(history["2026-05-25":"2026-05-27"].sum())
    assert week["expected"] == pytest.approx(week["so_far"] + ahead["2026-05-28":"2026-05-31"].sum())
    assert week["low_80"] >= week["so_far"]


def test_where_nothing_beats_the_last_week_it_is_used(monkeypatch):
    at = pd.date_range("2026-01-05", periods=150)
    rows = [(day, 10.0 + 5 * day.day_of_week) for day in at for _ in range(3)]
    same = pd.DataFrame(rows, columns=["date", "revenue"]).assign(customer_id="c", region="North")
    run = run_of(same.assign(transaction_id=[f"t{i}" for i in range(len(same))]))
    assert run.facts["method"] == NAIVE
    assert run.facts["wape"] == run.facts["naive_wape"] == 0


def test_where_most_days_bring_nothing_expecting_nothing_is_not_the_best():
    """The least absolute error would be had by it, and the sum of a month by no means."""
    at = pd.date_range("2026-01-05", periods=300)
    values = np.random.default_rng(5).poisson(0.3, 300).astype("float64")
    tried = backtest(History("orders", at, values, np.zeros(7, dtype=bool)), NO_EVENTS, 28, tuple(QUICK))
    assert tried.criterion == "rmse"
    assert tried.best() != NAIVE
    assert abs(tried.scores().at[tried.best(), "bias"]) < 0.35
    assert backtest(busy(), NO_EVENTS, 14, tuple(QUICK)).criterion == "wape"


def test_a_sparse_series_has_no_days_far_out_and_no_closed_weekdays():
    counts = np.random.default_rng(5).poisson(0.12, 300)
    daily = pd.DataFrame({"orders": counts, "revenue": 50.0 * counts}, pd.date_range("2026-01-05", periods=300))
    shop = shop_of(shop_orders(days=20), today=daily.index[-1].date(), last_day=daily.index[-1].date())
    past = daily_history(daily, shop, "revenue")
    assert not past.closed.any()
    assert past.far_out.empty


def test_a_month_ago_nothing_was_known_of_what_came_after(orders):
    """The same forecast comes from the orders of then alone."""
    run = run_of(orders)
    then = run_of(orders[orders["date"] <= run.facts["ago"]["made_on"]])
    ago = run.tables["month_ago"]
    known = then.tables["forecast"].query("dimension == ''")
    assert ago["day"].tolist() == known["day"].tolist()
    if run.facts["ago"]["method"] == then.facts["method"]:
        assert ago["expected"].to_numpy() == pytest.approx(known["expected"].to_numpy())
    later = run.tables["history"].set_index("day")["value"]
    assert ago["actual"].tolist() == later.reindex(ago["day"]).tolist()


def closes_on_sundays_later() -> pd.DataFrame:
    """Open on all days for 300 days, and on no Sunday of the half year after."""
    rows = shop_orders(days=490, per_day=8)
    later = rows["date"] >= rows["date"].min() + pd.Timedelta(days=300)
    return rows[~(later & (rows["date"].dt.day_of_week == 6))]


def test_that_a_weekday_is_closed_is_not_known_before_it_was():
    rows = closes_on_sundays_later()
    shop = shop_of(rows)
    daily = daily_activity(rows, Filters(shop.days, "none"), shop)
    past = daily_history(daily, shop, "revenue")
    assert np.flatnonzero(past.closed).tolist() == [6]
    assert not past.up_to(300).closed.any()
    assert not past.up_to(320).calmed().closed.any()
    told = expected("Mean of eight weeks", past.up_to(300), NO_EVENTS, 14)
    assert (told[past.up_to(300).next_days(14).day_of_week == 6] > 0).all()


def test_the_band_of_a_month_ago_knows_of_no_order_since(orders):
    """One order of thousands in the last days scatters what single orders are worth, but not then."""
    late = pd.DataFrame([("big", "c1", orders["date"].max(), 9_000.0, "North")], columns=list(orders.columns))
    plain, hit = run_of(orders), run_of(pd.concat([orders, late], ignore_index=True))
    assert hit.facts["ago"]["method"] == plain.facts["ago"]["method"]
    assert [hit.facts["ago"][end] for end in ENDS] == pytest.approx([plain.facts["ago"][end] for end in ENDS])


def test_a_backtest_until_a_day_holds_forecasts_that_were_over_by_then():
    tried = backtest(busy(), NO_EVENTS, 14, tuple(QUICK))
    past = tried.until(tried.origins[-1])
    assert 0 < len(past.origins) < len(tried.origins)
    assert (past.origins + pd.Timedelta(days=14) <= tried.origins[-1]).all()
    assert len(past.errors[NAIVE]) == len(past.actual) == len(past.origins)


def test_the_split_is_four_fifths_by_time_with_scores_by_hand(orders):
    run = run_of(orders)
    split, rows = run.facts["split"], run.tables["split"]
    assert (split["train"], split["test"]) == (120, 30)
    assert rows["day"].min() == pd.Timestamp("2026-01-05") + pd.Timedelta(days=120)
    score = {of["method"]: of for of in split["scores"]}[NAIVE]
    off = (rows["actual"] - rows[NAIVE]).abs()
    assert score["mae"] == pytest.approx(off.mean())
    assert score["rmse"] == pytest.approx(np.sqrt((off**2).mean()))
    assert score["accuracy"] == pytest.approx(1 - off.sum() / rows["actual"].sum())
    assert rows[NAIVE].iloc[7] == rows[NAIVE].iloc[0]


def test_the_demo_is_split_into_584_and_146_days():
    assert int(forecast_module.TRAIN_SHARE * 730) == 584


def test_errors_shrink_with_the_days_added_up_and_stand_beside_chance(orders):
    found = run_of(orders, horizon_days=28).tables["granularity"].set_index("granularity")
    assert found["wape"].is_monotonic_decreasing
    assert found["floor"].is_monotonic_decreasing
    assert found.loc["day", "wape"] > 0.9 * found.loc["day", "floor"]
    assert found["tried"].tolist() == [28 * 8, 4 * 8, 8] if len(found) == 3 else False


def test_noise_is_that_of_a_compound_poisson_process():
    """Of orders that come by chance at a rate that is known, the floor is the error that its knower makes."""
    draws = np.random.default_rng(3)
    days, rate = 4000, 20
    amounts = [draws.lognormal(3, 0.5, draws.poisson(rate)) for _ in range(days)]
    daily = pd.DataFrame(
        {
            "orders": [len(of) for of in amounts],
            "revenue": [of.sum() for of in amounts],
            "revenue_squared": [(of**2).sum() for of in amounts],
        }
    )
    for key in ("orders", "revenue"):
        mean = rate if key == "orders" else rate * np.exp(3 + 0.125)
        known = np.abs(daily[key] - mean).sum() / daily[key].sum()
        assert noise_floor(daily, key, 1) == pytest.approx(known, rel=0.03)
        assert order_noise(daily, key) == pytest.approx(daily[key].var() / mean, rel=0.06)


def test_a_floor_over_nothing_is_missing():
    nothing = pd.DataFrame({"orders": [0.0], "revenue": [0.0], "revenue_squared": [0.0]})
    assert np.isnan(noise_floor(nothing, "revenue", 1))
    assert order_noise(nothing, "revenue") == 0


@pytest.mark.parametrize("days", [7, 28])
def test_bands_of_sums_hold_what_they_promise(days):
    inside = {0.8: [], 0.95: []}
    for seed in range(60):
        whole = busy(330, seed=seed)
        past = whole.up_to(300)
        tried = backtest(past, NO_EVENTS, 28, ("Mean of eight weeks",))
        told = expected("Mean of eight weeks", past, NO_EVENTS, 28)
        errors, levels = (of["Mean of eight weeks"] for of in (tried.errors, tried.expected))
        for confidence, held in inside.items():
            low, high = sum_band(told[:days].sum(), days, errors, levels, 1.0, confidence)
            held.append(low <= whole.values[300 : 300 + days].sum() <= high)
    assert 0.68 <= np.mean(inside[0.8]) <= 0.93
    assert np.mean(inside[0.95]) >= 0.88


def test_sums_of_days_leave_out_what_does_not_fill_one():
    rows = np.arange(10.0).reshape(2, 5)
    assert sums_of_days(rows, 2).tolist() == [[1.0, 5.0], [11.0, 15.0]]
    assert sums_of_days(rows, 9).tolist() == [[10.0], [35.0]]


def test_days_on_which_a_shop_is_shut_make_no_band_narrower():
    errors = np.random.default_rng(1).normal(0, 5, (8, 14))
    shut = np.where(np.arange(14) % 2, errors, 0.0), np.where(np.arange(14) % 2, 20.0, 0.0)
    told = np.full(14, 20.0)
    low, high = band(told, *shut, 0.8)
    assert (high - low).mean() > 0.8 * 2 * 1.28 * 5
    assert coverage(errors, np.full((8, 14), 20.0), 0.8) == pytest.approx(0.8, abs=0.08)


def test_refunds_larger_than_sales_are_expected_below_nothing():
    rows = shop_orders(days=200)
    n = len(rows)
    back = rows.assign(transaction_id=[f"r{i}" for i in range(n)], revenue=-1.5 * rows["revenue"])
    run = run_of(pd.concat([rows, back], ignore_index=True), horizon_days=28)
    total = run.tables["sums"].iloc[0]
    assert total["before"] < 0
    assert total["low_95"] <= total["low_80"] < total["expected"] < total["high_80"] <= total["high_95"]
    assert total["expected"] == pytest.approx(total["before"], rel=0.3)
    days = run.tables["forecast"].query("dimension == ''")
    assert (days["low_80"] < days["high_80"]).all()
    assert (days["low_80"] < 0).all()
    board = run.tables["leaderboard"].set_index("method").loc[run.facts["method"]]
    assert 0.65 <= board["coverage_80"] <= 0.95
    assert np.sign(run.tables["buckets"]["low_80"]).eq(-1).all()


def test_orders_and_revenue_that_rarely_falls_below_nothing_have_no_band_below_it(orders):
    assert not falls_below(np.r_[np.full(100, 5.0), -900.0, np.full(100, 5.0)])
    assert falls_below(np.r_[np.full(700, 5.0), np.full(5, -1.0)]), "lately"
    for metric in ("orders", "revenue"):
        found = run_of(orders, metric=metric).tables
        assert (found["forecast"][["expected", *ENDS]] >= 0).all(axis=None)


def test_a_band_that_does_not_hold_what_it_promises_is_said():
    """Days below nothing lie outside of a band that ends there; days that all but never differ lie inside."""
    draws = np.random.default_rng(2)
    levels = np.full((8, 28), 100.0)
    usual = draws.normal(0, 10, (8, 28))
    below = draws.normal(-150, 20, (8, 28))
    same = draws.choice([-10.0, 0.0, 10.0], (8, 28), p=[0.02, 0.96, 0.02])
    held, narrow, wide = (forecast_module._held(of, levels, False) for of in (usual, below, same))
    assert forecast_module.band_said({"held_80": held}) == ""
    said = forecast_module.band_said({"held_80": narrow})
    assert "holds less than it promises" in said
    assert "of the 224 past days" in said
    assert "holds more than it promises" in forecast_module.band_said({"held_80": wide})
    assert forecast_module._held(below, levels, True)["share"] > 0.8


def test_an_outlier_is_calmed_named_and_pulls_no_forecast(orders):
    day = pd.Timestamp("2026-05-20")
    wrong = pd.DataFrame(
        [("r1", "c1", day, -53_594.0, "North"), ("r2", "c2", day + pd.Timedelta(days=3), 40_000.0, "North")],
        columns=["transaction_id", "customer_id", "date", "revenue", "region"],
    )
    clean, hit = run_of(orders), run_of(pd.concat([orders, wrong], ignore_index=True))
    assert hit.facts["far_out"] == ["2026-05-20", "2026-05-23"]
    sums = [run.tables["sums"].iloc[0]["expected"] for run in (clean, hit)]
    if hit.facts["method"] == clean.facts["method"]:
        assert sums[1] == pytest.approx(sums[0], rel=0.1)
    assert sums[1] > 0.8 * sums[0]


CHRISTMAS = pd.DataFrame(
    {
        "start_date": ["2024-12-24", "2025-12-24"],
        "end_date": ["2025-01-02", "2026-01-02"],
        "label": "Christmas",
        "kind": "holiday",
    }
)


def test_an_outage_a_year_ago_makes_no_day_a_certain_nothing():
    rows = shop_orders(days=400)
    last = rows["date"].max()
    year_ago = pd.date_range(last - pd.Timedelta(days=360), periods=3)
    run = run_of(rows[~rows["date"].isin(year_ago)])
    assert run.facts["idle_days"] == 3
    assert run.facts["shut_ahead"] == []
    days = run.tables["forecast"].query("dimension == ''").set_index("day")
    assert {day + pd.Timedelta(days=365) for day in year_ago} <= set(days.index)
    assert (days["expected"] > 0).all()
    assert (days["high_80"] > 0).all()


@pytest.mark.parametrize(("years", "again"), [((2024,), False), ((2023, 2024), True)])
def test_without_a_calendar_two_years_that_agree_make_a_habit(years, again):
    at = pd.date_range("2023-02-01", "2025-12-20")
    values = np.random.default_rng(2).poisson(40, len(at)).astype("float64")
    for year in years:
        values[(at >= f"{year}-12-24") & (at <= f"{year + 1}-01-02")] = 0.0
    known = at >= f"{min(years)}-02-01"
    past = History("orders", at[known], values[known], np.zeros(7, dtype=bool))
    assert past.shut(past.next_days(14)).any() == again


def test_a_holiday_on_which_the_shop_sold_is_none_on_which_it_is_shut():
    at = pd.date_range("2024-02-01", "2025-12-20")
    values = np.random.default_rng(2).poisson(40, len(at)).astype("float64")
    values[(at >= "2024-12-24") & (at <= "2024-12-28")] = 0.0
    past = History("orders", at, values, np.zeros(7, dtype=bool))
    assert past.idle.sum() == 5
    assert not past.shut(past.next_days(14), CHRISTMAS).any()


def test_a_shop_shut_over_christmas_every_year_is_expected_shut_again():
    at = pd.date_range("2024-02-01", "2025-12-20")
    values = np.random.default_rng(2).poisson(40, len(at)).astype("float64")
    values[(at >= "2024-12-24") & (at <= "2025-01-02")] = 0.0
    past = History("orders", at, values, np.zeros(7, dtype=bool))
    assert past.idle.sum() == 10
    ahead = past.next_days(14)
    told = expected("Mean of eight weeks", past, CHRISTMAS, 14)
    assert (told == 0).tolist() == [
        day >= pd.Timestamp("2025-12-24") and day <= pd.Timestamp("2026-01-02") for day in ahead
    ]


def test_a_closed_weekday_within_such_days_hides_none_of_the_next_years():
    """26 December was a Saturday, on which the shop never opens, in 2020; in 2021 it is a Sunday."""
    at = pd.date_range("2019-02-01", "2021-12-20")
    values = np.random.default_rng(2).poisson(40, len(at)) * (at.day_of_week != 5).astype("float64")
    values[(at >= "2019-12-24") & (at <= "2020-01-03")] = 0.0
    values[(at >= "2020-12-24") & (at <= "2021-01-03")] = 0.0
    past = History("orders", at, values, np.arange(7) == 5)
    ahead = past.next_days(14)
    assert past.shut(ahead)[(ahead >= "2021-12-24") & (ahead <= "2022-01-03")].all()
    assert not past.shut(ahead)[ahead < "2021-12-24"].any()


def test_days_without_orders_are_nothing_special_in_a_small_shop():
    at = pd.date_range("2026-01-05", periods=300)
    values = np.random.default_rng(2).poisson(1.0, len(at)).astype("float64")
    assert not History("orders", at, values, np.zeros(7, dtype=bool)).idle.any()


def test_an_event_to_come_brings_what_it_brought_before():
    past = busy(300, 100.0)
    fair = pd.DataFrame(
        {
            "start_date": ["2026-03-10", "2026-06-10", "2026-11-04"],
            "end_date": ["2026-03-12", "2026-06-12", "2026-11-06"],
            "label": "Fair",
            "kind": "promotion",
        }
    )
    during = np.isin(past.days, pd.to_datetime(["2026-03-10", "2026-03-11", "2026-03-12"])) | np.isin(
        past.days, pd.to_datetime(["2026-06-10", "2026-06-11", "2026-06-12"])
    )
    lifted = History("orders", past.days, np.where(during, past.values * 1.5, past.values), past.closed)
    told = expected("Regression on calendar and events", lifted, fair, 14)
    found = event_effects(lifted, fair, told).iloc[0]
    assert (found["seen"], found["days"]) == (6, 3)
    assert found["effect_low"] < 0.5 < found["effect_high"] + 0.05
    assert found["effect"] == pytest.approx(0.45, abs=0.12)
    assert found["added_low"] < 150 < found["added_high"] * 1.1
    assert event_effects(lifted, NO_EVENTS, told).empty


def test_an_event_that_never_was_has_no_effect_to_tell():
    past = busy(200)
    new = pd.DataFrame({"start_date": ["2026-07-28"], "end_date": ["2026-07-30"], "label": "New", "kind": "promotion"})
    assert event_effects(past, new, np.full(14, 50.0)).empty


@pytest.mark.usefixtures("all_methods")
def test_methods_together_are_the_mean_of_their_parts_and_fail_with_them():
    past = busy(150)
    parts = [expected(name, past, NO_EVENTS, 7) for name in TOGETHER[MEAN]]
    assert expected(MEAN, past, NO_EVENTS, 7) == pytest.approx(np.mean(parts, axis=0))
    nothing = History("orders", past.days, np.zeros(150), past.closed)
    assert np.isnan(expected(MEAN, nothing, NO_EVENTS, 7)).all()


@pytest.mark.usefixtures("all_methods")
def test_sarimax_with_fourier_terms_is_that_of_the_state_space():
    """By innovations and by the Kalman filter the likelihood is the same, and so is the forecast."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    wave = [0.0]
    for shock in np.random.default_rng(4).normal(0, 3, 249):
        wave.append(0.8 * wave[-1] + shock)
    past = replace(busy(250, 30.0), values=40 + np.array(wave))
    days = past.days.append(past.next_days(7))
    dummies = np.array([(days.dayofweek == n).astype("float64") for n in range(1, 7)]).T
    model = SARIMAX(past.values, exog=dummies[:250], order=(1, 0, 1), trend="c")
    theirs = model.fit(disp=False, maxiter=200).forecast(7, exog=dummies[250:])
    assert expected("SARIMAX with week and year", past, NO_EVENTS, 7) == pytest.approx(theirs, rel=0.03)


def test_a_shop_of_three_weeks_gets_the_last_week_again_and_is_told_why(orders):
    run = run_of(orders[orders["date"] < "2026-01-26"])
    assert run.facts["method"] == NAIVE
    assert "too few to try" in run.facts["untried"]
    rows = run.tables["forecast"]
    assert rows["expected"].iloc[:7].tolist() == run.tables["history"]["value"].iloc[-7:].tolist()
    assert rows[list(ENDS)].isna().all(axis=None)


def test_too_little_is_refused_in_a_sentence(orders):
    with pytest.raises(NotEnoughData, match="12 orders are in view: a forecast rests on at least 30"):
        run_of(orders.iloc[:: len(orders) // 12].iloc[:12])
    with pytest.raises(NotEnoughData, match="at least 30.$"):
        run_of(orders.iloc[:: len(orders) // 12].iloc[:12])
    with pytest.raises(NotEnoughData, match="There are 9 complete days with orders"):
        run_of(shop_orders(days=9, start="2026-02-02"))
    with pytest.raises(ValueError, match="horizon_days: expected 7 to 180, got 400"):
        run_of(orders, horizon_days=400)
    with pytest.raises(ValueError, match="expected one of revenue, orders"):
        run_of(orders, metric="score")


def test_a_filter_is_named_where_one_is_set(orders):
    few = orders.iloc[:: len(orders) // 12].iloc[:12]
    shop = shop_of(few)
    filters = Filters(shop.days, "none", region=tuple(few["region"].unique())).without_period()
    with pytest.raises(NotEnoughData, match="at least 30. Take a filter away"):
        forecast_fit(few, daily_activity(few, filters, shop), NO_EVENTS, filters, shop, lambda share, doing: None)


def test_a_fit_can_be_stopped_between_its_steps(orders):
    def stop(share: float, doing: str) -> None:
        assert 0 <= share <= 1
        if share > 0.3:
            raise FitCancelled

    with pytest.raises(FitCancelled):
        run_of(orders, tell=stop)


def test_a_run_says_what_a_model_card_needs_and_holds_plain_data(orders):
    import orjson

    run = run_of(orders)
    orjson.dumps(run.facts)
    assert {"data", "target", "features", "split", "scores", "calibration", "limits"} <= set(run.facts["card"])
    assert run.facts["headline_score"]["better"] == "down"
    assert set(FORECAST.kept) <= set(run.tables)
    for table in run.tables.values():
        assert isinstance(table.index, pd.RangeIndex)
        table.to_parquet(engine="pyarrow")


@pytest.mark.usefixtures("all_methods")
def test_on_simulated_shops_the_error_is_near_that_of_the_truth():
    """Shops in which nothing happens that nobody could know; the full form is in the proofs."""
    off = known = naive = 0.0
    plain = {"incidents": (), "media": False, "price_changes": False, "campaign": False}
    for seed in (1, 2, 3):
        made = simulate(SimulationSettings(orders=15_000, seed=seed, lines=False, **plain))
        rows = made.transactions.select(["transaction_id", "customer_id", "date", "revenue"]).to_pandas()
        rows = rows.astype({"transaction_id": "str", "customer_id": "str"}).assign(date=pd.to_datetime(rows["date"]))
        shop = shop_of(rows)
        history = daily_history(daily_activity(rows, Filters(shop.days, "none"), shop), shop, "revenue")
        calendar = made.events.to_pandas()
        tried = backtest(history, calendar, 28, ("Regression on calendar and events",))
        truth = np.array(made.truth["daily"]["expected_revenue"]["total"])
        spans = [truth[n : n + 28] for n in (history.days.get_loc(day) + 1 for day in tried.origins)]
        off += np.abs(tried.errors["Regression on calendar and events"]).sum()
        naive += np.abs(tried.errors[NAIVE]).sum()
        known += np.abs(tried.actual - np.array(spans)).sum()
    assert off < 1.07 * known
    assert off < 0.85 * naive
