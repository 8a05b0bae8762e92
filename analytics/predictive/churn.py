"""Who will not come back: classifiers of silence to come, learnt at several cut-offs and tested at a later one."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.descriptive.needs import need_customers
from analytics.errors import NotEnoughData
from analytics.formats import percent
from analytics.orders import customer_ids
from analytics.predictive import churn_card
from analytics.predictive.churn_design import Design, learnt_design
from analytics.predictive.churn_features import (
    HORIZONS,
    RECENCY,
    WHOSE,
    CutOffs,
    customers_at,
    cut_offs,
    features_of,
    guests_at,
    untold_features,
)
from analytics.predictive.churn_importance import permutation_importance
from analytics.predictive.churn_models import (
    MODELS,
    Calibration,
    calibrated,
    chances_out_of_fold,
    fitted_classifier,
    folds_of_customers,
    log_loss,
    need_both_kinds,
    raw_chances,
    season_of,
)
from analytics.predictive.churn_scores import (
    calibration_error,
    calibration_error_by_chance,
    measures,
    scored_models,
)
from analytics.predictive.model import Model, Run, Tell, whole_shop
from analytics.shop import Shop

SAMPLED_CUSTOMERS = 5_000
"""Of larger shops about so many customers are learnt from; all are tested on and scored."""
HIGH, MEDIUM = 0.6, 0.3
TIERS = {
    "High": f"{percent(HIGH, 0)} and more",
    "Medium": f"{percent(MEDIUM, 0)} to {percent(HIGH, 0)}",
    "Low": f"below {percent(MEDIUM, 0)}",
}
"""Risk tiers by calibrated chance."""
BACKGROUND = 32
"""Customers that a single one is explained against: every so-many-th of all by their chance."""
BASE, WITH_RECENCY = "seven", "eight"
SETS = {BASE: "without recency", WITH_RECENCY: "with recency"}


@dataclass(frozen=True)
class _Data:
    """Customers at all cut-offs: ``known`` (a sample, with what became of them), ``tested`` and ``today`` (all)."""

    plan: CutOffs
    known: pd.DataFrame
    tested: pd.DataFrame
    today: pd.DataFrame
    every: int

    @property
    def trained(self) -> pd.DataFrame:
        """Those whose horizon ends by the test's cut-off."""
        return self.known[self.known["cut_off"].isin(pd.to_datetime(list(self.plan.train_on)))]


@dataclass(frozen=True)
class _Learnt:
    """A model as learnt before the test: its raw chances out of fold, at the test, and the calibration between."""

    model: str
    design: Design
    fitted: object
    out_of_fold: np.ndarray
    line: Calibration
    tested_raw: np.ndarray
    tested: np.ndarray


def churn_fit(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    shop: Shop,
    tell: Tell,
    horizon_days: int = 90,
    with_recency: bool = True,
) -> Run:
    """The chance of every customer not to buy within the next days, by the model that proved best, and how good it is.

    Parameters
    ----------
    orders, customers : rows of the shop; of customers ``customer_id`` and, where orders have one, ``customer_key``.
    horizon_days : one of ``HORIZONS``.
    with_recency : whether days since the last order are an eighth feature. They tell most of all; without them the
        other seven are seen at work, and recency alone beats them.

    Raises
    ------
    NotEnoughData : no order names its customer, the history is too short, or too few were lost or kept.
    """
    need_customers(shop)
    plan = cut_offs(shop, horizon_days)
    data = _looked_at(orders, shop, plan, tell)
    learnt, cross, folds = _compared(data, shop, tell)
    own = WITH_RECENCY if with_recency else BASE
    offered = [f"{model} {own}" for model in MODELS] + (["recency"] if with_recency else [])
    best = min(offered, key=lambda name: cross.set_index("model").loc[name, "log_loss"])
    tell(0.62, "Drawing the tested customers again for ranges")
    lost = data.tested["churned"].to_numpy()
    said = {name: one.tested for name, one in learnt.items()}
    said["majority"] = np.full(len(lost), data.trained["churned"].mean())
    leaderboard = scored_models(said, lost, "recency")
    tell(0.70, "Shuffling one feature after the other")
    chosen = learnt[best]
    importance = permutation_importance(chosen.fitted, chosen.design, chosen.line, data.tested)
    tell(0.78, "Scoring the customers of today")
    final, line, scores = _scored_today(data, chosen, customers, shop)
    tell(0.86, "Trying other numbers of days ahead")
    horizons = _horizons(orders, shop, chosen, scores, data, tell)
    tell(0.98, "Writing it down")
    tested = _tested(data.tested, said, best, shop)
    guests = guests_at(orders, plan.today, plan.lookback_days)
    facts = _facts(data, learnt, best, own, cross, leaderboard, line, scores, shop, folds, guests)
    tables = {
        "scores": scores,
        "tested": tested,
        "leaderboard": leaderboard,
        "cross_validation": cross,
        "importance": importance,
        "horizons": horizons,
        "background": _background(chosen.design.matrix(scores), scores["probability"].to_numpy()),
    }
    return Run(facts, tables, {"model": final})


CHURN = Model("churn", "Churn", 4, churn_fit, whole_shop, kept=("scores",))


def _looked_at(orders: ir.Table | pd.DataFrame, shop: Shop, plan: CutOffs, tell: Tell) -> _Data:
    every = max(1, shop.customer_keys // SAMPLED_CUSTOMERS)
    days = sorted({*plan.all_known, *plan.train_on})
    frames = []
    for number, day in enumerate(days):
        tell(0.12 * number / len(days), f"Looking at customers on {day.isoformat()}")
        found = customers_at(orders, day, plan.lookback_days, plan.horizon_days, every)
        frames.append(found.assign(cut_off=pd.Timestamp(day)))
    tested = customers_at(orders, plan.test_on, plan.lookback_days, plan.horizon_days)
    today = customers_at(orders, plan.today, plan.lookback_days)
    return _Data(plan, pd.concat(frames, ignore_index=True), tested, today, every)


def _compared(data: _Data, shop: Shop, tell: Tell) -> tuple[dict[str, _Learnt], pd.DataFrame, int]:
    """All models with and without recency, and recency alone, learnt and tested alike."""
    trained = data.trained
    lost, customer = trained["churned"].to_numpy(), trained["customer_key"].to_numpy()
    need_both_kinds(lost, customer, "learnt from")
    need_both_kinds(data.tested["churned"].to_numpy(), data.tested["customer_key"].to_numpy(), "tested on")
    folds = folds_of_customers(lost, customer)
    wanted = [(f"{model} {key}", model, features_of(shop, key == WITH_RECENCY)) for key in SETS for model in MODELS]
    wanted.append(("recency", "recency", (RECENCY,)))
    learnt, rows = {}, []
    for number, (name, model, features) in enumerate(wanted):
        share, doing = 0.14 + 0.48 * number / len(wanted), f"Learning: {_name(name).lower()}"
        design = learnt_design(trained, features)
        matrix = design.matrix(trained)
        out = chances_out_of_fold(model, matrix, lost, folds, lambda fold, at=(share, doing): tell(*at))
        learnt[name] = _learnt(model, design, out, data)
        line = learnt[name].line
        chances = Calibration(line.slope, line.intercept).chances(out)  # the season is that of the test's cut-off
        auc = [measures(chances[judged], lost[judged])["auc"] for _, judged in folds]
        low, high = np.mean(auc) - np.std(auc), np.mean(auc) + np.std(auc)
        rows.append((name, log_loss(chances, lost), np.mean(auc), low, high))
    return learnt, pd.DataFrame(rows, columns=["model", "log_loss", "auc", "auc_low", "auc_high"]), len(folds)


def _name(name: str) -> str:
    model, _, key = name.partition(" ")
    return f"{MODELS[model]} {SETS[key]}" if key else "Recency alone"


def _learnt(model: str, design: Design, out_of_fold: np.ndarray, data: _Data) -> _Learnt:
    trained = data.trained
    lost, days = trained["churned"].to_numpy(), trained["cut_off"].to_numpy()
    fitted = fitted_classifier(model, design.matrix(trained), lost)
    line = calibrated(out_of_fold, lost)
    season = season_of(line.chances(out_of_fold), lost, days, np.datetime64(data.plan.test_on))
    line = Calibration(line.slope, line.intercept, season)
    raw = raw_chances(fitted, design.matrix(data.tested))
    return _Learnt(model, design, fitted, out_of_fold, line, raw, line.chances(raw))


def _scored_today(
    data: _Data, chosen: _Learnt, customers: ir.Table | pd.DataFrame, shop: Shop
) -> tuple[object, Calibration, pd.DataFrame]:
    """The chosen model learnt anew from all cut-offs that are known, calibrated on customers it had not learnt from."""
    plan, trained = data.plan, data.trained
    fitted = fitted_classifier(chosen.model, chosen.design.matrix(data.known), data.known["churned"].to_numpy())
    raw = np.concatenate([chosen.out_of_fold, chosen.tested_raw])
    lost = np.concatenate([trained["churned"].to_numpy(), data.tested["churned"].to_numpy()])
    days = np.concatenate([
        trained["cut_off"].to_numpy().astype("datetime64[D]"),
        np.full(len(data.tested), np.datetime64(plan.test_on)),
    ])  # fmt: skip
    line = calibrated(raw, lost)
    line = Calibration(line.slope, line.intercept, season_of(line.chances(raw), lost, days, np.datetime64(plan.today)))
    chances = line.chances(raw_chances(fitted, chosen.design.matrix(data.today)))
    scores = data.today.assign(
        cut_off=pd.Timestamp(plan.today),
        probability=chances,
        tier=np.select([chances >= HIGH, chances >= MEDIUM], ["High", "Medium"], "Low"),
        lapsed=data.today["recency_days"] > shop.churn_days,
    )
    usual = scores["revenue"].clip(lower=0) / plan.lookback_days * plan.horizon_days
    scores["revenue_at_risk"] = usual * chances
    scores = scores.merge(collected(customer_ids(customers)), on="customer_key", how="left")
    order = np.lexsort((scores["customer_key"], -scores["probability"]))
    return fitted, line, scores.iloc[order].reset_index(drop=True)


def _background(matrix: np.ndarray, chances: np.ndarray) -> pd.DataFrame:
    """Customers of today at equal steps of their chance, so that their mean chance is that of all."""
    places = ((np.arange(min(BACKGROUND, len(chances))) + 0.5) * len(chances) / min(BACKGROUND, len(chances))).astype(
        int
    )
    return pd.DataFrame(matrix[np.argsort(chances, kind="stable")[places]]).rename(columns=str)


def _tested(customers: pd.DataFrame, said: dict[str, np.ndarray], best: str, shop: Shop) -> pd.DataFrame:
    kept = customers[["customer_key", *WHOSE, "churned", "recency_days", "average_order_value"]]
    return kept.assign(
        probability=said[best], recency=said["recency"], lapsed=customers["recency_days"] > shop.churn_days
    ).reset_index(drop=True)


def _horizons(
    orders: ir.Table | pd.DataFrame, shop: Shop, chosen: _Learnt, scores: pd.DataFrame, data: _Data, tell: Tell
) -> pd.DataFrame:
    """The same model for every number of days ahead, in a light form: learnt once, and without folds."""
    own = {"probability": chosen.tested, "churned": data.tested["churned"].to_numpy()}
    riskiest = _riskiest(scores, scores["probability"].to_numpy())
    rows = []
    for horizon in HORIZONS:
        if horizon == data.plan.horizon_days:
            rows.append(_horizon_row(horizon, own, data.tested, riskiest, riskiest))
            continue
        tell(0.86 + 0.04 * len(rows), f"Trying {horizon} days ahead")
        rows.append(_other_horizon(orders, shop, horizon, chosen, scores, riskiest, data))
    names = ["horizon_days", "customers", "churned", "auc", "auc_recency", "riskiest", "same"]
    return pd.DataFrame(rows, columns=names)


def _other_horizon(
    orders: ir.Table | pd.DataFrame,
    shop: Shop,
    horizon: int,
    chosen: _Learnt,
    scores: pd.DataFrame,
    riskiest: set,
    data: _Data,
) -> tuple:
    try:
        plan = cut_offs(shop, horizon)
        known = pd.concat([customers_at(orders, d, plan.lookback_days, horizon, data.every) for d in plan.train_on])
        tested = customers_at(orders, plan.test_on, plan.lookback_days, horizon)
        need_both_kinds(known["churned"].to_numpy(), known["customer_key"].to_numpy(), "learnt from")
    except NotEnoughData:
        return (horizon, 0, np.nan, np.nan, np.nan, len(riskiest), np.nan)
    fitted = fitted_classifier(chosen.model, chosen.design.matrix(known), known["churned"].to_numpy())
    said = {"probability": raw_chances(fitted, chosen.design.matrix(tested)), "churned": tested["churned"].to_numpy()}
    today = scores
    if plan.lookback_days != data.plan.lookback_days:
        today = customers_at(orders, plan.today, plan.lookback_days)
        today = today.assign(lapsed=today["recency_days"] > shop.churn_days)
    named = _riskiest(today, raw_chances(fitted, chosen.design.matrix(today)))
    return _horizon_row(horizon, said, tested, riskiest, named)


def _horizon_row(horizon: int, said: dict, tested: pd.DataFrame, riskiest: set, others: set) -> tuple:
    lost = said["churned"]
    auc = measures(said["probability"], lost)["auc"]
    by_recency = measures(tested["recency_days"].to_numpy(), lost)["auc"]
    return (horizon, len(lost), lost.mean(), auc, by_recency, len(riskiest), len(riskiest & others))


def _riskiest(scores: pd.DataFrame, chances: np.ndarray) -> set:
    """The tenth at highest risk of the customers who have not lapsed yet, or of all where everybody has."""
    active = ~scores["lapsed"].to_numpy()
    active = active if active.any() else ~active
    keys = scores["customer_key"].to_numpy()[active]
    most = max(1, round(len(keys) / 10))
    return set(keys[np.argsort(-chances[active], kind="stable")[:most]].tolist())


def _facts(
    data: _Data,
    learnt: dict[str, _Learnt],
    best: str,
    own: str,
    cross: pd.DataFrame,
    leaderboard: pd.DataFrame,
    line: Calibration,
    scores: pd.DataFrame,
    shop: Shop,
    folds: int,
    guests: dict[str, float | None],
) -> dict[str, object]:
    plan, chosen, lost = data.plan, learnt[best], data.tested["churned"].to_numpy()
    noise, most_noise = calibration_error_by_chance(chosen.tested)
    active = (data.tested["recency_days"] <= shop.churn_days).to_numpy()
    facts = {
        "horizon_days": plan.horizon_days,
        "lookback_days": plan.lookback_days,
        "churn_days": shop.churn_days,
        "with_recency": own == WITH_RECENCY,
        "today": plan.today.isoformat(),
        "test_on": plan.test_on.isoformat(),
        "train_on": [day.isoformat() for day in plan.train_on],
        "model": chosen.model,
        "best": best,
        "best_name": _name(best),
        "names": {name: _name(name) for name in learnt} | {"majority": "Majority class"},
        "set": own,
        "features": list(chosen.design.features),
        "untold": untold_features(shop),
        "design": chosen.design.facts(),
        "calibration": line.facts(),
        "tested_calibration": chosen.line.facts(),
        "trained_rows": len(data.trained),
        "trained_customers": int(data.trained["customer_key"].nunique()),
        "every": data.every,
        "folds": folds,
        "tested_customers": len(lost),
        "tested_churned": float(lost.mean()),
        "tested_said": float(chosen.tested.mean()),
        "trained_churned": float(data.trained["churned"].mean()),
        "calibration_error": calibration_error(chosen.tested, lost),
        "calibration_error_by_chance": noise,
        "calibration_error_most_by_chance": most_noise,
        "auc_active": _or_none(measures(chosen.tested[active], lost[active])["auc"]) if active.any() else None,
        "auc_recency_active": _or_none(measures(learnt["recency"].tested[active], lost[active])["auc"])
        if active.any()
        else None,
        "customers": len(scores),
        "not_lapsed": int((~scores["lapsed"]).sum()),
        **guests,
    }
    return facts | churn_card.card_facts(facts, leaderboard, shop)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
