"""Who will not come back: the label, the leaks it must not have, honest chances, reasons that add up, and refusals."""

import itertools
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import percent
from analytics.predictive import churn
from analytics.predictive.churn import CHURN, TIERS, churn_fit
from analytics.predictive.churn_design import Design, learnt_design
from analytics.predictive.churn_features import CutOffs, customers_at, cut_offs, features_of, untold_features
from analytics.predictive.churn_list import churn_list, churn_list_page, churn_reasons, churn_rows
from analytics.predictive.churn_models import (
    SEASON_REPEATS,
    Calibration,
    calibrated,
    fitted_classifier,
    folds_of_customers,
    raw_chances,
    season_of,
)
from analytics.predictive.churn_offer import offer_defaults, offer_threshold
from analytics.predictive.churn_people import WHOM, people, scope_note
from analytics.predictive.churn_quality import (
    accuracy_sentence,
    churn_horizons,
    churn_importance,
    churn_leaderboard,
    churn_lift,
    churn_reliability,
    churn_summary,
)
from analytics.predictive.churn_scores import (
    calibration_error,
    calibration_error_by_chance,
    lift_by_decile,
    measures,
    ranking_against,
    reliability,
    scored_models,
)
from analytics.predictive.model import Run
from analytics.predictive.shapley import shapley_values
from analytics.shop import Shop
from data_generation import SimulationSettings, simulate
from tests.analytics.conftest import random_orders, shop_of


def silent(share: float, doing: str) -> None:
    """Nobody watches these fits."""


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    found = simulate(SimulationSettings(orders=6_000, seed=5, lines=False)).transactions.to_pandas()
    categories = [c for c in found if isinstance(found[c].dtype, pd.CategoricalDtype)]
    return found.astype(dict.fromkeys(categories, "str")).assign(date=pd.to_datetime(found["date"]))


@pytest.fixture(scope="module")
def shop(orders) -> Shop:
    return shop_of(orders, gross_margin=0.4)


@pytest.fixture(scope="module")
def run(orders, shop) -> Run:
    return fit(orders, shop)


def fit(orders: pd.DataFrame, shop: Shop, **settings: object) -> Run:
    customers = orders[["customer_id"]].dropna().drop_duplicates()
    return churn_fit(orders, customers, shop, silent, **settings)


@pytest.fixture(scope="module")
def everywhere(shop) -> Filters:
    return Filters(shop.days, "none")


def order_rows(*rows: tuple) -> pd.DataFrame:
    columns = ["transaction_id", "customer_id", "date", "revenue", "satisfaction_score", "delivery_days", "segment"]
    return pd.DataFrame(rows, columns=columns).assign(region="North", date=lambda of: pd.to_datetime(of["date"]))


def test_what_was_known_at_a_cut_off_and_what_came_after_it():
    orders = order_rows(
        ("t1", "a", "2026-01-10", 40.0, 5, 2, "Regular"),
        ("t2", "a", "2026-01-20", 60.0, 3, 4, "Premium"),
        ("t3", "a", "2026-01-25", -10.0, None, None, "Regular"),
        ("t4", "a", "2026-02-05", 99.0, 1, 9, "Budget"),
        ("t5", "b", "2026-01-31", 20.0, None, None, "Budget"),
        ("t6", "b", "2026-02-10", -20.0, None, None, "Budget"),
        ("t7", None, "2026-01-15", 70.0, 4, 1, "Regular"),
        ("t8", "c", "2025-01-05", 70.0, 4, 1, "Regular"),
        ("t9", "c", "2026-02-02", 70.0, 4, 1, "Regular"),
        ("t10", "d", "2026-01-31", -5.0, None, None, "Regular"),
    )
    found = customers_at(orders, date(2026, 1, 31), 60, 30).set_index("customer_key")
    assert found.index.tolist() == ["a", "b"], "c has been silent for more than the lookback, d only gave back"
    a, b = found.loc["a"], found.loc["b"]
    assert (a["orders"], a["revenue"], a["average_order_value"]) == (2, 90.0, 50.0)
    assert (a["satisfaction"], a["delivery_days"], a["segment"], a["recency_days"]) == (4.0, 3.0, "Premium", 11)
    assert not a["churned"]
    assert b["churned"], "a refund is no order"
    assert b["recency_days"] == 0
    assert np.isnan(b["satisfaction"])


def test_the_last_day_of_the_horizon_counts_and_the_day_after_does_not():
    day = date(2026, 1, 31)
    for ahead, churned in ((1, False), (30, False), (31, True)):
        orders = order_rows(
            ("t1", "a", "2026-01-10", 40.0, 5, 2, "Regular"),
            ("t2", "a", day + timedelta(days=ahead), 40.0, 5, 2, "Regular"),
        )
        assert customers_at(orders, day, 60, 30)["churned"].tolist() == [churned], ahead


def test_features_do_not_know_what_came_after_the_cut_off(orders, shop):
    plan = cut_offs(shop, 90)
    before = orders[orders["date"] <= pd.Timestamp(plan.test_on)]
    features = [*features_of(shop), "age_group", "customer_key"]
    with_future = customers_at(orders, plan.test_on, plan.lookback_days, 90)[features]
    pd.testing.assert_frame_equal(with_future, customers_at(before, plan.test_on, plan.lookback_days)[features])


def test_what_is_learnt_ends_before_what_is_tested(shop):
    for horizon in (60, 90, 120):
        plan = cut_offs(shop, horizon)
        assert plan.test_on + timedelta(days=horizon) == plan.today == shop.today
        assert max(plan.train_on) + timedelta(days=horizon) <= plan.test_on
        assert min(plan.train_on) >= plan.earliest > shop.first_day
        assert max(plan.all_known) == plan.test_on


def test_no_customer_is_learnt_from_and_judged_by_in_one_fold():
    chance = np.random.default_rng(1)
    customer, churned = chance.integers(0, 80, 600), chance.random(600) < 0.4
    for learnt, judged in folds_of_customers(churned, customer):
        assert not set(customer[learnt]) & set(customer[judged])
        assert abs(churned[judged].mean() - churned.mean()) < 0.1


def test_a_label_that_is_recency_itself_would_be_foreseen_perfectly_and_ours_is_not(run, orders, shop):
    """Calling churned who was silent for 90 days, with days of silence among the features, is no forecast."""
    today = customers_at(orders, shop.today, 365)
    leaked = measures(today["recency_days"].to_numpy(), (today["recency_days"] > 90).to_numpy())
    assert leaked["auc"] == 1.0
    ours = run.tables["leaderboard"].set_index(["model", "measure"])["value"]
    assert ours[("recency", "auc")] < 0.9
    assert ours[(run.facts["best"], "auc")] < 0.92


def test_figures_are_of_customers_that_were_not_learnt_from(run, orders, shop):
    """A forest remembers the rows that it learnt from: judged by these it looks far better than it is."""
    plan = cut_offs(shop, 90)
    rows = pd.concat([customers_at(orders, day, plan.lookback_days, 90) for day in plan.train_on], ignore_index=True)
    design, lost = learnt_design(rows, features_of(shop)), rows["churned"].to_numpy()
    forest = fitted_classifier("forest", design.matrix(rows), lost)
    on_its_own_rows = measures(raw_chances(forest, design.matrix(rows)), lost)["auc"]
    told = run.tables["leaderboard"].set_index(["model", "measure"])["value"]
    assert on_its_own_rows > told[("forest eight", "auc")] + 0.05
    tested = run.tables["tested"]
    again = measures(tested["probability"].to_numpy(), tested["churned"].to_numpy())
    assert told[(run.facts["best"], "auc")] == pytest.approx(again["auc"])
    assert told[(run.facts["best"], "accuracy")] == pytest.approx(again["accuracy"])


def test_the_model_beats_recency_alone_which_beats_the_majority(run):
    auc = run.tables["leaderboard"].query("measure == 'auc'").set_index("model")
    assert auc.loc[run.facts["best"], "gain_low"] > 0
    assert auc.loc["recency", "value"] > auc.loc["majority", "value"] == 0.5
    assert "better than recency alone" in churn_leaderboard(run).sentence


def test_accuracy_never_stands_without_its_baseline_and_range(run, shop, everywhere):
    board = churn_leaderboard(run).table.set_index("model")
    rate = run.tables["tested"]["churned"].mean()
    assert board.loc["Majority class", "accuracy"] == pytest.approx(max(rate, 1 - rate))
    own = board[board["used"]].iloc[0]
    assert own["accuracy_low"] < own["accuracy"] < own["accuracy_high"]
    assert "to say the same of all would be right about" in accuracy_sentence(run)
    tile = next(t for t in churn_summary(run, everywhere, shop).tiles if t[0] == "Accuracy")
    assert tile[2].startswith("majority ")
    scores = {s["name"]: s for s in run.facts["card"]["scores"]}
    assert scores["Accuracy"]["baseline"] == pytest.approx(max(rate, 1 - rate))


def tiles(run: Run, filters: Filters, shop: Shop, whom: str) -> dict[str, tuple[str, str]]:
    return {name: (figure, beside) for name, figure, beside in churn_summary(run, filters, shop, whom).tiles}


@pytest.mark.parametrize("whom", ["active", "all"])
@pytest.mark.parametrize("members", [{}, {"region": ("North", "South")}])
def test_key_figures_are_of_one_population_as_are_their_baselines(whom, members, run, shop):
    filters = Filters(shop.days, **members)
    tested = people(run, "tested", filters, whom)
    lost, chances = tested["churned"].to_numpy(), tested["probability"].to_numpy()
    own, recency = measures(chances, lost), measures(tested["recency"].to_numpy(), lost)
    found = tiles(run, filters, shop, whom)
    assert found["ROC AUC"] == (f"{own['auc']:.3f}", f"recency alone {recency['auc']:.3f}")
    majority = max(lost.mean(), 1 - lost.mean())
    assert found["Accuracy"] == (percent(own["accuracy"]), f"majority {percent(majority)}")
    assert found["Calibration error"][0] == percent(calibration_error(chances, lost))
    sentence = churn_summary(run, filters, shop, whom).sentence.replace("\\", "")
    assert f"the {len(tested):,} such customers of the test with a ROC AUC of {own['auc']:.3f}" in sentence
    if whom == "active":
        everybody = run.tables["leaderboard"].set_index(["model", "measure"])["value"]
        assert own["auc"] < everybody[(run.facts["best"], "auc")], "who has lapsed is easily told"


def test_where_too_few_like_those_counted_were_tested_the_figures_are_said_to_be_of_all(run, shop):
    narrow = Filters(shop.days, region=("West",), segment=("Premium",))
    like, every = people(run, "tested", narrow, "active"), run.tables["tested"]
    assert 0 < len(like) < 100
    own = measures(every["probability"].to_numpy(), every["churned"].to_numpy())
    found = tiles(run, narrow, shop, "active")
    assert found["ROC AUC"][0] == f"{own['auc']:.3f}"
    assert all(found[name][1].endswith(", of all tested") for name in ("ROC AUC", "Accuracy", "Calibration error"))
    sentence = churn_summary(run, narrow, shop, "active").sentence.replace("\\", "")
    assert f"all {len(every):,} customers of the test (too few of them are such customers: {len(like)}, " in sentence


def test_one_customer_at_high_risk_is_spoken_of_as_one(run, shop, everywhere):
    scores = run.tables["scores"]
    one = pd.concat([scores[scores["tier"] == "High"].head(1), scores[scores["tier"] == "Low"]], ignore_index=True)
    found = churn_summary(replace(run, tables={**run.tables, "scores": one}), everywhere, shop, "all")
    assert "; 1 is at high risk." in found.sentence


def test_the_range_of_a_gain_is_that_of_drawing_the_customers_again(run):
    tested = run.tables["tested"]
    said = [tested["probability"].to_numpy(), np.round(tested["recency"].to_numpy(), 2)]  # with ties
    lost = tested["churned"].to_numpy()
    drawn = scored_models({"own": said[0], "other": said[1]}, lost, "other").query("measure == 'auc'").iloc[0]
    found = ranking_against(*said, lost)
    assert found.auc == pytest.approx(drawn["value"])
    assert found.other == pytest.approx(measures(said[1], lost)["auc"])
    assert found.gain == pytest.approx(drawn["gain"])
    assert found.high - found.low == pytest.approx(drawn["high"] - drawn["low"], rel=0.25)
    assert found.gain_high - found.gain_low == pytest.approx(drawn["gain_high"] - drawn["gain_low"], rel=0.25)


def test_the_choice_of_customers_promises_no_year_where_the_history_is_shorter(quiet_run, quiet):
    shop = shop_of(quiet)
    assert quiet_run.facts["lookback_days"] < 365
    assert not any("year" in name for name in WHOM.values())
    sentence = churn_summary(quiet_run, Filters(shop.days), shop, "all").sentence
    assert f"customers with an order in the last {quiet_run.facts['lookback_days']} days" in sentence


def test_what_guests_leave_out_is_measured_and_said(orders, light, monkeypatch):
    monkeypatch.setattr(churn, "HORIZONS", (90,))
    of_guests = orders.index % 5 == 0
    some = orders.assign(customer_id=orders["customer_id"].astype("object").mask(of_guests, None))
    shop = shop_of(some)
    found = fit(some, shop)
    near = some["date"] > pd.Timestamp(shop.today) - pd.Timedelta(days=found.facts["lookback_days"])
    placed = near & (some["revenue"] >= 0)
    part = some.loc[near & of_guests, "revenue"].sum() / some.loc[near, "revenue"].sum()
    assert found.facts["guest_orders"] == pytest.approx((placed & of_guests).sum() / placed.sum())
    assert found.facts["guest_revenue"] == pytest.approx(part)
    said = f"{percent(found.facts['guest_orders'])} of the orders and {percent(part)} of the revenue of the 365 days"
    assert said in scope_note(found, Filters(shop.days))
    assert any(said in limit for limit in found.facts["card"]["limits"])
    assert CHURN.edition > 2, "runs of earlier editions do not know it"


def test_where_all_orders_name_their_customer_nothing_is_said_of_guests(run, everywhere):
    assert run.facts["guest_orders"] == run.facts["guest_revenue"] == 0
    assert "uests are left out" not in scope_note(run, everywhere)


def test_chances_come_true(run):
    """On so few customers as here exactly true chances differ from what happens by a few points."""
    tested = run.tables["tested"]
    chances = tested["probability"].to_numpy()
    error = calibration_error(chances, tested["churned"].to_numpy())
    assert error == pytest.approx(run.facts["calibration_error"])
    assert error < calibration_error_by_chance(chances)[1] + 0.04
    assert error < calibration_error(np.where(chances > 0.5, 1.0, 0.0), tested["churned"].to_numpy())


def test_everyone_of_the_last_year_is_scored_with_a_tier(run, orders, shop):
    scores = run.tables["scores"]
    plan = cut_offs(shop, 90)
    since = pd.Timestamp(shop.today) - pd.Timedelta(days=plan.lookback_days)
    assert set(scores["customer_id"]) == set(orders.loc[orders["date"] > since, "customer_id"])
    assert scores["probability"].is_monotonic_decreasing
    assert scores.groupby("tier")["probability"].min()["High"] >= 0.6
    assert set(scores["tier"]) <= set(TIERS)
    assert (scores["lapsed"] == (scores["recency_days"] > shop.churn_days)).all()
    assert {"customer_key", "cut_off", "probability"} <= set(scores)
    assert CHURN.kept == ("scores",)


def test_one_customers_reasons_add_up_to_the_chance(run, shop):
    for customer in run.tables["scores"]["customer_id"].iloc[[0, 40, -1]]:
        told = churn_reasons(run, shop, customer)
        assert told.base + told.steps["moves_chance"].sum() == pytest.approx(told.chance, abs=1e-9)
        assert told.steps["feature"].tolist() != []
        assert customer in told.sentence
    background = run.tables["background"].to_numpy()
    line, design = Calibration(**run.facts["calibration"]), Design.of(run.facts["design"])
    mean = line.chances(raw_chances(run.estimators["model"], background)).mean()
    assert told.base == pytest.approx(mean)
    assert told.base == pytest.approx(run.tables["scores"]["probability"].mean(), abs=0.02)
    assert background.shape[1] == sum(map(len, design.columns.values()))


def test_shapley_values_are_the_mean_gain_over_all_orders():
    chance = np.random.default_rng(3)
    rows, background = chance.random((4, 5)), chance.random((6, 5))
    columns = {"a": [0], "b": [1, 2], "c": [3]}  # the last column is nobody's: it stays the background's

    def predicted(matrix: np.ndarray) -> np.ndarray:
        return matrix[:, 0] * matrix[:, 1] + np.sin(3 * matrix[:, 2] * matrix[:, 3])

    base, values = shapley_values(predicted, rows, background, columns)
    for row, found in zip(rows, values, strict=True):
        gains = dict.fromkeys(columns, 0.0)
        for order in itertools.permutations(columns):
            mixed = background.copy()
            before = predicted(mixed).mean()
            for name in order:
                mixed[:, columns[name]] = row[columns[name]]
                now = predicted(mixed).mean()
                gains[name] += (now - before) / 6
                before = now
        assert found == pytest.approx(list(gains.values()))
        assert base + found.sum() == pytest.approx(predicted(row[None, :])[0])


def test_a_feature_that_does_nothing_is_no_reason():
    rows = np.random.default_rng(1).random((3, 2))
    _, values = shapley_values(lambda m: m[:, 0] ** 2, rows, rows, {"used": [0], "idle": [1]})
    assert values[:, 1] == pytest.approx(0)


def test_measures_agree_with_scikit_learn():
    from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, roc_auc_score

    chance = np.random.default_rng(2)
    said = np.round(chance.random(500), 2)  # with ties
    lost = chance.random(500) < said * 0.8
    weight = chance.integers(0, 4, 500)
    found = measures(said, lost, weight)
    assert found["auc"] == pytest.approx(roc_auc_score(lost, said, sample_weight=weight))
    assert found["average_precision"] == pytest.approx(average_precision_score(lost, said, sample_weight=weight))
    assert found["brier"] == pytest.approx(brier_score_loss(lost, said, sample_weight=weight))
    assert found["f1"] == pytest.approx(f1_score(lost, said >= 0.5, sample_weight=weight))
    nobody = measures(said * 0.4, lost)
    assert np.isnan(nobody["precision"])
    assert np.isnan(measures(said, np.zeros(500, dtype=bool))["auc"])


def test_reliability_and_lift_by_hand():
    said = np.repeat([0.1, 0.9], 10)
    lost = np.array([True] + [False] * 9 + [True] * 7 + [False] * 3)
    table = reliability(said, lost, 2)
    assert table["said"].tolist() == pytest.approx([0.1, 0.9])
    assert table["happened"].tolist() == [0.1, 0.7]
    assert calibration_error(said, lost, 2) == pytest.approx(0.1)
    lift = lift_by_decile(said, lost)
    assert len(lift) == 10
    assert lift["found"].iloc[-1] == 1
    assert lift.head(5)["lost"].sum() == 7
    assert (lift["share"] / 0.4).tolist() == pytest.approx(lift["lift"].tolist())


def test_a_bent_chance_is_made_straight():
    chance = np.random.default_rng(4)
    truth = chance.uniform(0.05, 0.95, 20_000)
    lost = chance.random(20_000) < truth
    bent = 1 / (1 + ((1 - truth) / truth) ** 2.5 * 1.7)
    line = calibrated(bent, lost)
    assert line.slope == pytest.approx(1 / 2.5, abs=0.03)
    assert calibration_error(line.chances(bent), lost) < 0.01 < calibration_error(bent, lost)


@pytest.mark.parametrize("planted", [-0.8, 0.0])
def test_the_season_ahead_is_told_from_the_same_weeks_a_year_before(planted):
    chance = np.random.default_rng(7)
    days = np.datetime64("2025-08-01") + np.arange(10) * np.timedelta64(30, "D")
    at = np.repeat(days, 1_500)
    said = chance.uniform(0.2, 0.9, len(at))
    shift = np.where((at < days[3]), planted, -planted / 2)
    lost = chance.random(len(at)) < 1 / (1 + (1 - said) / said * np.exp(-shift))
    found = season_of(said, lost, at, np.datetime64("2026-08-02"))
    assert found == pytest.approx(planted * SEASON_REPEATS, abs=0.1)
    assert season_of(said, lost, at, np.datetime64("2027-09-02")) == 0.0, "no cut-off lies a year before"


def test_the_threshold_follows_from_the_amounts(run, shop, everywhere):
    found = offer_threshold(run, everywhere, shop, "all", cost=20.0, value=400.0, kept=0.1)
    assert found.threshold == pytest.approx(0.5)
    tested = run.tables["tested"]
    named, lost = tested["probability"] >= 0.5, tested["churned"]
    cells = found.matrix.set_index("called")
    assert cells.loc["Contacted", "lost"] == (named & lost).sum()
    assert cells.loc["Not contacted", "kept"] == (~named & ~lost).sum()
    assert cells[["lost", "kept"]].to_numpy().sum() == len(tested)
    net = (40 * (named & lost).sum() - 20 * named.sum()) / len(tested) * 1000
    assert found.net == pytest.approx(net)
    assert found.net_low < found.net < found.net_high
    best = found.curve.loc[found.curve["net"].idxmax()]
    assert best["net"] - found.net < found.net_high - found.net, "no threshold is surely better than what follows"


def test_only_who_would_have_been_lost_brings_anything(run, shop, everywhere):
    """Benefit counted for customers who come back anyway would make contacting everybody look profitable."""
    found = offer_threshold(run, everywhere, shop, "active", cost=20.0, value=400.0, kept=0.1)
    tested = people(run, "tested", everywhere, "active")
    counted_for_all = (400 * 0.1 - 20.0) * 1000
    assert found.net_of_all == pytest.approx((40 * tested["churned"].mean() - 20) * 1000)
    assert found.net_of_all < 0 < counted_for_all


def test_where_no_contact_pays_it_is_said(run, shop, everywhere):
    found = offer_threshold(run, everywhere, shop, "all", cost=20.0, value=100.0, kept=0.1)
    assert found.net == 0
    assert "no contact pays" in found.sentence
    with pytest.raises(ValueError, match="cost, value, kept: expected amounts from 0"):
        offer_threshold(run, everywhere, shop, "all", -1, 1, 0.5)
    defaults = offer_defaults(run, shop)
    assert 0 < defaults.cost < defaults.value
    assert defaults.of == "margin"


def test_the_list_is_searched_narrowed_and_cut_into_pages(run, shop, everywhere):
    every = churn_rows(run, everywhere, shop, "all")
    assert len(every) == run.facts["customers"]
    assert (every["margin_at_risk"] == every["revenue_at_risk"] * 0.4).all()
    active = churn_rows(run, everywhere, shop, "active")
    assert len(active) == run.facts["not_lapsed"] < len(every)
    high = churn_rows(run, everywhere, shop, "all", "High")
    assert set(high["tier"]) == {"High"}
    north = churn_rows(run, Filters(shop.days, region=("North",)), shop, "all")
    assert set(north["region"]) == {"North"}
    one = every["customer_id"].iloc[7]
    assert churn_rows(run, everywhere, shop, "all", search=one.lower())["customer_id"].tolist() == [one]
    page = churn_list_page(run, everywhere, shop, "active", "All", "", 2)
    assert page["customer_id"].tolist() == active["customer_id"].iloc[15:30].tolist()
    assert page["reasons"].str.contains(" pp").all()
    with pytest.raises(NotEnoughData, match="There is no customer whose id holds “zz top”"):
        churn_list(run, everywhere, shop, "all", search="zz top")
    with pytest.raises(ValueError, match="tier: expected one of All, High"):
        churn_list(run, everywhere, shop, tier="Doomed")
    with pytest.raises(NotEnoughData, match="No customer “nobody” ordered"):
        churn_reasons(run, shop, "nobody")


def test_what_is_kept_of_the_list_does_not_grow_with_the_customers(run, shop, everywhere):
    """Answers are kept by the thousand: one may hold a page, but not the table that it was cut from."""
    found = churn_list(run, everywhere, shop, "all")
    assert found.customers == run.facts["customers"]
    assert found.pages == -(-found.customers // 15)
    assert not any(isinstance(value, pd.DataFrame) for value in vars(found).values())
    page = churn_list_page(run, everywhere, shop, "all", "All", "")
    for name in page.select_dtypes("number"):
        behind = page[name].to_numpy()
        while behind.base is not None:
            behind = behind.base
        assert behind.size <= 15 * len(run.tables["scores"].columns), name


def test_filters_narrow_customers_and_say_what_they_do_not(run, shop):
    narrowed = Filters(shop.days, region=("East",), channel=("Website",))
    assert "nor does channel" in scope_note(run, narrowed).lower()
    tested = run.tables["tested"]
    share = tested.loc[tested["region"] == "East", "churned"].mean()
    lift = churn_lift(run, narrowed, "all")
    assert lift.table["share_of_all"].iloc[0] == pytest.approx(share)
    with pytest.raises(NotEnoughData, match="no customer of Atlantis whose days"):
        churn_reliability(run, Filters(shop.days, region=("Atlantis",)), "all")


def test_every_view_speaks_in_whole_figures(run, shop, everywhere):
    told = [churn_leaderboard(run), churn_reliability(run, everywhere), churn_lift(run, everywhere)]
    told += [churn_importance(run), churn_horizons(run, shop)]
    for sentence in (text for one in told for text in (one.sentence, one.explained)):
        assert sentence
        assert "nan" not in sentence
        assert "None" not in sentence
    json.dumps(run.facts, allow_nan=False)
    horizons = run.tables["horizons"].set_index("horizon_days")
    assert horizons["churned"].is_monotonic_decreasing, "the longer one waits the more come back"
    assert horizons.loc[90, "same"] == horizons.loc[90, "riskiest"]


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    """Everybody buys at one rate and nobody leaves."""
    return random_orders(3, days=420, per_day=4)


@pytest.fixture(scope="module")
def quiet_run(quiet) -> Run:
    return fit(quiet, shop_of(quiet), horizon_days=60)


def test_the_same_data_give_the_same_run(quiet, quiet_run):
    again = fit(quiet, shop_of(quiet), horizon_days=60)
    assert again.facts == quiet_run.facts
    for name, table in again.tables.items():
        pd.testing.assert_frame_equal(table, quiet_run.tables[name])


def test_where_all_customers_are_alike_no_model_is_called_better(quiet_run):
    """Nothing can be foreseen, and nothing is claimed."""
    assert "better than recency alone" not in churn_leaderboard(quiet_run).sentence.replace("not surely better", "")


def test_what_the_orders_do_not_tell_is_left_out_and_said(orders):
    bare = orders.drop(columns=["satisfaction_score", "delivery_days", "segment", "age_group"]).assign(region="North")
    shop = shop_of(bare)
    assert features_of(shop) == ("orders", "revenue", "average_order_value", "recency_days")
    assert features_of(shop, with_recency=False) == ("orders", "revenue", "average_order_value")
    assert "mean satisfaction, mean delivery days, segment and region" in untold_features(shop)


def test_a_page_says_which_features_are_left_out(quiet_run):
    assert (
        "Left out, as this shop's orders do not tell customers apart by it: segment."
        in churn_importance(quiet_run).sentence
    )


def test_missing_means_are_told_from_middling_ones():
    rows = pd.DataFrame({"satisfaction": [1.0, np.nan, 5.0, 3.0], "orders": [1.0, 2.0, 3.0, 4.0]})
    design = learnt_design(rows, ("orders", "satisfaction"))
    assert design.columns == {"orders": [0], "satisfaction": [1, 2]}
    assert design.matrix(rows)[1, 1:].tolist() == [3.0, 1.0]
    assert Design.of(json.loads(json.dumps(design.facts()))) == design


@pytest.fixture
def light(monkeypatch) -> None:
    """Fits that try a single model."""
    monkeypatch.setattr(churn, "MODELS", {"logistic": "Logistic regression"})


def test_the_season_of_the_test_plays_no_part_in_the_choice_of_a_model(orders, shop, light, monkeypatch):
    monkeypatch.setattr(churn, "HORIZONS", (90,))
    found = []
    for season in (0.0, -2.0):
        monkeypatch.setattr(churn, "season_of", lambda *asked, by=season: by)
        found.append(fit(orders, shop))
    assert found[1].facts["tested_calibration"]["season"] == -2.0
    assert found[0].tables["tested"]["probability"].mean() > found[1].tables["tested"]["probability"].mean()
    pd.testing.assert_frame_equal(found[0].tables["cross_validation"], found[1].tables["cross_validation"])


def test_other_days_ahead_look_back_on_today_as_far_as_on_what_they_learnt_from(orders, light, monkeypatch):
    """In a short history the longer one waits the fewer days are left to look back on."""
    short = orders[orders["date"] > orders["date"].max() - pd.Timedelta(days=500)]
    shop, looks = shop_of(short), set()

    def looked(of: object, day: date, lookback: int, horizon: int | None = None, every: int = 1) -> pd.DataFrame:
        looks.add((day, lookback, horizon))
        return customers_at(of, day, lookback, horizon, every)

    monkeypatch.setattr(churn, "customers_at", looked)
    fit(short, shop)
    lookbacks = {horizon: cut_offs(shop, horizon).lookback_days for horizon in (60, 90, 120)}
    assert len(set(lookbacks.values())) == 3
    assert {lookback for day, lookback, horizon in looks if day == shop.today} == set(lookbacks.values())


def test_without_recency_the_seven_features_are_used(orders, shop, light, monkeypatch):
    monkeypatch.setattr(churn, "HORIZONS", (90,))
    run = fit(orders, shop, with_recency=False)
    assert run.facts["best"] == "logistic seven"
    assert "recency_days" not in run.facts["features"]
    assert "worse than recency alone" in churn_leaderboard(run).sentence
    assert run.facts["headline_score"]["value"] < run.facts["headline_score"]["baseline"]


def shop_of_visits(gap: int, people: int, days: int) -> pd.DataFrame:
    """Everybody orders every so many days."""
    rows = [(f"t{c}-{d}", f"c{c}", d) for c in range(people) for d in range(c % gap, days, gap)]
    found = pd.DataFrame(rows, columns=["transaction_id", "customer_id", "day"])
    return found.assign(date=pd.Timestamp("2024-01-01") + pd.to_timedelta(found.pop("day"), unit="D"), revenue=5.0)


def ending_with(orders: pd.DataFrame) -> Shop:
    last = orders["date"].max().date()
    return replace(shop_of(orders), last_day=last, today=last)


@pytest.mark.parametrize(
    ("orders", "why"),
    [
        (shop_of_visits(5, 60, 21), "takes a history of 360 days; there are 21: import a longer one"),
        (shop_of_visits(5, 60, 300), "choose 60 days ahead or import a longer one"),
        (shop_of_visits(5, 60, 500), "0 did not come back and 60 did"),
        (shop_of_visits(5, 1, 500), "0 did not come back and 1 did"),
        (shop_of_visits(5, 60, 500).assign(customer_id=None), "No order of this shop names its customer"),
    ],
    ids=["three weeks", "ten months", "nobody lost", "one customer", "guests"],
)
def test_what_cannot_be_learnt_is_refused_with_what_would_do(orders, why):
    with pytest.raises(NotEnoughData, match=why):
        fit(orders, ending_with(orders))


def test_where_everybody_was_lost_nothing_is_learnt():
    once = pd.DataFrame({"transaction_id": [f"t{n}" for n in range(400)], "customer_id": [f"c{n}" for n in range(400)]})
    once = once.assign(date=pd.date_range("2024-06-01", periods=400), revenue=9.0)
    with pytest.raises(NotEnoughData, match="did not come back and 0 did"):
        fit(once, ending_with(once))


def test_an_unknown_horizon_is_the_callers_mistake(shop):
    with pytest.raises(ValueError, match="horizon_days: expected one of 60, 90, 120, got 30"):
        cut_offs(shop, 30)
    assert isinstance(cut_offs(shop, 60), CutOffs)
