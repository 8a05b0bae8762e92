"""What customers will be worth: chosen after a cut-off, nothing leaks, too little is refused with what would help."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import Period
from analytics.predictive import value_methods
from analytics.predictive.customer_value import CUSTOMER_VALUE, customer_value_fit
from analytics.predictive.model import FitCancelled, Run
from analytics.predictive.value_cut_offs import HORIZONS, earlier_spans, fitting_horizons, past_of, spans
from analytics.predictive.value_judged import value_judged
from analytics.predictive.value_methods import (
    FOREST,
    METHODS,
    OWN_RATE,
    PURCHASE_METHODS,
    expected_value,
    features,
    methods_for,
    purchase_models,
)
from analytics.predictive.value_quadrants import value_quadrants
from analytics.predictive.value_scores import value_scores
from analytics.predictive.value_view import value_total
from analytics.shop import Shop
from data_generation import SimulationSettings, simulate
from tests.analytics.conftest import random_orders, shop_of


def silent(share: float, doing: str) -> None:
    assert 0 <= share <= 1
    assert doing


def fit_of(orders: pd.DataFrame, shop: Shop | None = None, tell: Callable = silent, **settings) -> Run:
    customers = orders[["customer_id"]].dropna().drop_duplicates()
    return customer_value_fit(orders, customers, shop or shop_of(orders), tell, **settings)


@pytest.fixture
def few_trees(monkeypatch) -> None:
    """Where it does not matter how good the forest is."""
    monkeypatch.setattr(value_methods, "TREES", 10)


@pytest.fixture(scope="module")
def demo() -> tuple[pd.DataFrame, Shop]:
    """The demo's orders and its shop."""
    orders = simulate(SimulationSettings(lines=False)).transactions.to_pandas()
    categories = [c for c in orders if isinstance(orders[c].dtype, pd.CategoricalDtype)]
    orders = orders.astype(dict.fromkeys(categories, "str")).assign(date=pd.to_datetime(orders["date"]))
    return orders, shop_of(orders, gross_margin=0.4)


@pytest.fixture(scope="module")
def run(demo) -> Run:
    return fit_of(*demo)


def test_the_smallest_error_after_the_cut_off_is_chosen(run):
    board = run.tables["leaderboard"]
    assert set(board["method"]) == set(METHODS)
    assert board["error"].tolist() == sorted(board["error"])
    assert run.facts["method"] == board["method"].iloc[0]
    assert board["error"].iloc[0] < board.set_index("method").loc[OWN_RATE, "error"]
    assert (board["error"] - board["customer_error"] - board["decile_error"]).abs().max() < 1e-12


def test_tenths_of_the_demo_are_within_a_fifth_of_the_mean(run):
    assert run.facts["scores"]["decile_error"] < 0.20
    tenths = run.tables["deciles"]
    error = (tenths["expected"] - tenths["actual"]).abs().mean() / run.facts["mean_actual"]
    assert error == pytest.approx(run.facts["scores"]["decile_error"], rel=0.01)
    assert tenths["customers"].sum() == run.facts["judged_customers"]


def test_every_customer_has_a_value_and_they_add_up(run, demo):
    values, orders = run.tables["values"], demo[0]
    assert len(values) == orders["customer_id"].nunique() == values["customer_id"].nunique()
    assert values["expected"].sum() == pytest.approx(run.facts["total"])
    assert run.facts["total_low"] < run.facts["total"] < run.facts["total_high"]
    assert values["brought"].sum() == pytest.approx(orders["revenue"].sum())
    product = values["expected_purchases"] * values["expected_order_value"]
    assert values["expected"].to_numpy() == pytest.approx(product.to_numpy())
    assert values[["alive", "buys"]].stack().between(0, 1).all()
    assert (values["buys"] <= values["alive"] + 1e-9).all()
    assert (values["horizon_days"] == 365).all()


def test_twelve_months_are_looked_ahead_where_two_years_are_known(run):
    assert run.facts["horizon_months"] == 12
    assert run.facts["cut_off"] == "2025-10-31"
    assert run.facts["until"] == "2027-10-31"
    assert [day.date() for day in run.tables["cut_offs"]["cut_off"]] == [
        date(2025, 10, 31), date(2025, 8, 1), date(2025, 5, 2)]  # fmt: skip


def test_a_run_is_plain_data(run):
    import orjson

    assert orjson.loads(orjson.dumps(run.facts)) == run.facts
    for table in run.tables.values():
        assert isinstance(table.index, pd.RangeIndex)
        assert not [c for c in table if isinstance(table[c].dtype, pd.CategoricalDtype)]
    card = run.facts["card"]
    assert {"data", "target", "features", "split", "scores", "calibration", "limits"} == set(card)
    assert run.facts["headline_score"]["value"] < run.facts["headline_score"]["baseline"]
    assert set(CUSTOMER_VALUE.kept) <= set(run.tables)


def test_what_came_after_the_cut_off_changes_nothing_that_was_expected(demo):
    """A leak of the outcome into what is known, into the clock or into a lesson would show here."""
    orders, shop = demo
    _, behind = spans(shop, 12)
    later = orders["date"] > pd.Timestamp(behind.seen_to)
    changed = orders.assign(
        revenue=np.where(later, 7.0, orders["revenue"]), satisfaction_score=orders["satisfaction_score"].mask(later, 1)
    ).drop(index=orders[later].index[::3])
    told, otherwise = (past_of(rows, shop).known(behind) for rows in (orders, changed))
    for method in methods_for(told):
        expected, again = (expected_value(method, known, behind.days) for known in (told, otherwise))
        assert expected == pytest.approx(again), method


def test_the_forest_learns_what_was_brought_and_no_product_of_its_features(demo):
    """A target of order count × order value would be reproduced nearly whole, and say nothing of what comes."""
    from sklearn.ensemble import RandomForestRegressor

    orders, shop = demo
    _, behind = spans(shop, 12)
    known = past_of(orders, shop).known(behind)
    seen = known.lesson.histories
    members = {d: sorted(seen[d].astype("str").unique()) for d in ("segment", "region", "age_group")}
    given = features(seen, members)
    assert list(given) == ["orders", "satisfaction", "order_value", "segment", "region", "age_group"]
    own, product = seen["then_brought"].to_numpy(), (given["orders"] * given["order_value"]).to_numpy()
    forest = RandomForestRegressor(50, random_state=0, n_jobs=1)
    half = np.arange(len(seen)) % 2 == 0
    reproduced, learnt = (
        value_scores(forest.fit(given[half], target[half]).predict(given[~half]), target[~half])["r2"]
        for target in (product, own)
    )
    assert reproduced > 0.9
    assert learnt < 0.75
    assert np.corrcoef(own, product)[0, 1] < 0.9


def test_scores_are_of_customers_after_the_cut_off_and_not_of_the_lesson(demo, run):
    """The same forest on the rows that it learnt from looks better than it is."""
    orders, shop = demo
    _, behind = spans(shop, 12)
    known = past_of(orders, shop).known(behind)
    lesson = replace(known, histories=known.lesson.histories, lesson=replace(known.lesson))
    flattering = value_scores(
        expected_value(FOREST, lesson, known.lesson.days), known.lesson.histories["then_brought"].to_numpy()
    )
    honest = run.tables["leaderboard"].set_index("method").loc[FOREST]
    assert flattering["r2"] > honest["r2"] + 0.1
    assert honest["mae"] == pytest.approx(
        np.abs(expected_value(FOREST, known, behind.days) - known.histories["then_brought"]).mean()
    )


def test_the_same_data_give_the_same_run(few_trees):
    orders = random_orders(4, days=220, per_day=6)
    first, again = fit_of(orders, horizon_months=3), fit_of(orders, horizon_months=3)
    assert first.facts["total"] == pytest.approx(again.facts["total"], rel=1e-9)  # engines add up in any order
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name], rtol=1e-9)


def test_where_the_simple_thing_is_best_it_is_used(few_trees):
    """Customers who buy the same each month for ever: the own past is right, and nothing else is better."""
    days = pd.date_range("2024-01-01", "2025-12-31", freq="MS") + pd.Timedelta(days=4)
    rows = [(f"t{c}-{n}", f"c{c:03d}", day + pd.Timedelta(days=c % 20), 10.0 + c) for c in range(120) for n, day in
            enumerate(days)]  # fmt: skip
    orders = pd.DataFrame(rows, columns=["transaction_id", "customer_id", "date", "revenue"])
    told = fit_of(orders, shop_of(orders, today=date(2025, 12, 31), last_day=date(2025, 12, 31)), horizon_months=6)
    assert told.facts["method"] == OWN_RATE
    assert told.facts["scores"]["customer_error"] < 0.02
    assert told.facts["total"] == pytest.approx(6 * sum(10.0 + c for c in range(120)), rel=0.05)


def halted(days: int, silent: int) -> pd.DataFrame:
    """A shop that sold steadily, then nothing for so many days, then five orders in the last two."""
    orders = random_orders(4, days=days, per_day=5)
    last = orders["date"].max()
    sold, end = orders["date"] <= last - pd.Timedelta(days=silent), orders["date"] > last - pd.Timedelta(days=2)
    return pd.concat([orders[sold], orders[end].head(5)], ignore_index=True)


def test_where_everybody_left_nobody_is_valued_at_the_former_rate(few_trees):
    """In shop time too: a clock that stands still with its customers sees nobody leave."""
    orders = halted(420, 130)
    shop = shop_of(orders)
    now = past_of(orders, shop).known(spans(shop, 6)[0], outcome=False)
    calendar, own = (expected_value(method, now, 184).sum() for method in ("bg_nbd", "bg_nbd_in_shop_time"))
    former = orders.loc[orders["date"] <= orders["date"].max() - pd.Timedelta(days=130), "revenue"].sum() / 290 * 184
    assert max(calendar, own) < 0.6 * former


def test_where_even_the_best_method_was_no_forecast_it_is_said_and_the_simplest_used(few_trees, run):
    orders = halted(420, 130)
    shop, told = shop_of(orders), fit_of(orders, horizon_months=6)
    board, wrong = told.tables["leaderboard"], told.facts["not_foreseen"]
    assert wrong["name"] == board["name"].iloc[0]
    assert wrong["r2"] < 0
    assert wrong["total_error"] > 1
    assert told.facts["method"] == OWN_RATE
    said = "No method foresaw what customers brought after"
    assert said in told.facts["card"]["limits"][0]
    everybody = Filters(Period(date(2026, 1, 1), date(2026, 1, 2)))
    headline = value_total(told, everybody, shop).headline.change
    assert headline.startswith(said)
    assert "80 of 100" not in headline
    assert "not as a good one" in value_judged(told, shop).board_sentence
    assert "read whose is more, not how much" in value_quadrants(told, everybody, shop).notes
    assert run.facts["not_foreseen"] is None


def test_where_nobody_bought_lately_and_nothing_was_foreseen_there_is_no_value(few_trees):
    with pytest.raises(NotEnoughData, match="in the 1 month before nobody bought"):
        fit_of(halted(420, 130), horizon_months=1)


def test_refunds_lower_value_and_guests_have_none(few_trees):
    orders = random_orders(4, days=220, per_day=6)
    back = orders.iloc[::4].assign(transaction_id="r" + orders["transaction_id"].iloc[::4])
    with_refunds = pd.concat([orders, back.assign(revenue=-back["revenue"], satisfaction_score=None)])
    plain, lower = fit_of(orders, horizon_months=3), fit_of(with_refunds, horizon_months=3)
    assert lower.facts["total"] < 0.9 * plain.facts["total"]
    guests = pd.concat([orders, orders.assign(customer_id=None, transaction_id="g" + orders["transaction_id"])])
    among_guests = fit_of(guests, horizon_months=3)
    assert among_guests.facts["customers"] == plain.facts["customers"]
    assert among_guests.facts["total"] == pytest.approx(plain.facts["total"], rel=0.02)
    left_out = "Guests' orders are nobody's and left out: 50.0 % of the orders and 50.0 % of the revenue so far."
    assert among_guests.facts["card"]["data"].startswith(f"{len(orders):,} orders of {plain.facts['customers']} cust")
    assert among_guests.facts["card"]["data"].endswith(left_out)
    said = value_total(among_guests, Filters(Period(date(2026, 1, 1), date(2026, 1, 2))), shop_of(guests)).notes
    assert said.endswith(left_out)
    assert "Guests" not in plain.facts["card"]["data"], "where every order names its customer"


def test_a_shop_without_scores_and_segments_is_fitted_too(few_trees):
    bare = random_orders(4, days=220, per_day=6)[["transaction_id", "customer_id", "date", "revenue"]]
    told = fit_of(bare, horizon_months=3)
    assert "bg_nbd_by_segment" not in set(told.tables["leaderboard"]["method"])
    assert FOREST in set(told.tables["leaderboard"]["method"])
    assert set(told.tables["parameters"]["group"]) == {"All customers"}


def test_horizons_are_months_and_the_longest_that_fits_is_taken():
    shop = shop_of(random_orders(1, days=300))
    assert fitting_horizons(shop) == [3, 1]
    ahead, behind = spans(shop, None)
    assert (ahead.months, behind.months) == (3, 3)
    assert behind.known >= behind.days - 1
    assert behind.until == ahead.seen_to == shop.today
    assert all(span.known >= behind.days / 2 and span.until <= shop.today for span in earlier_spans(shop, behind))
    with pytest.raises(ValueError, match="horizon_months: expected one of"):
        spans(shop, 90)
    with pytest.raises(NotEnoughData, match="takes 24 months of orders"):
        spans(shop, 12)
    leap = replace(shop, first_day=date(2023, 2, 1), today=date(2025, 1, 31))
    assert fitting_horizons(leap)[0] == 12, "two years are two years though one of them is a day longer"
    assert list(HORIZONS) == sorted(HORIZONS, reverse=True)


def test_too_little_is_refused_with_what_would_help(few_trees):
    with pytest.raises(NotEnoughData, match="takes 2 months of orders"):
        fit_of(random_orders(1, days=21))
    with pytest.raises(NotEnoughData, match="No order of this shop names its customer"):
        fit_of(random_orders(1, days=300).assign(customer_id=None))
    with pytest.raises(NotEnoughData, match="learnt from at least 50 customers"):
        fit_of(random_orders(1, days=300).assign(customer_id="one"))
    once = random_orders(1, days=300).assign(customer_id=lambda rows: rows["transaction_id"])
    with pytest.raises(NotEnoughData, match="brought nothing in the"):
        fit_of(once)
    once.loc[once.index[-40:], "customer_id"] = once["customer_id"].iloc[:40].to_numpy()
    with pytest.raises(NotEnoughData, match="0 of them on more than one day"):
        fit_of(once)


def test_where_nothing_was_paid_there_is_no_value(few_trees):
    free = random_orders(1, days=300).assign(revenue=0.0)
    with pytest.raises(NotEnoughData, match="brought nothing"):
        fit_of(free)
    with pytest.raises(NotEnoughData, match="amounts of these orders do not differ"):
        fit_of(random_orders(1, days=300).assign(revenue=5.0).drop_duplicates(["customer_id", "date"]))


def test_a_fit_stops_when_it_is_asked_to():
    def stop(share: float, doing: str) -> None:
        if share > 0.1:
            raise FitCancelled

    with pytest.raises(FitCancelled):
        fit_of(random_orders(1, days=300), tell=stop)


def test_segments_of_few_customers_share_the_model_of_all(demo):
    orders, shop = demo
    few = orders["customer_id"].isin(orders["customer_id"].unique()[:40])
    known = past_of(orders.assign(segment=orders["segment"].mask(few, "Rare")), shop).known(spans(shop, 12)[1])
    models = purchase_models(known, "bg_nbd_by_segment")
    assert set(models.by_segment) == {"Premium", "Regular", "Budget"}
    told = models.expected(known, 365)
    assert np.isfinite(told.to_numpy()).all()
    assert set(PURCHASE_METHODS) < set(METHODS)
