"""What a reader of the churn model must know of it, as plain data for its model card."""

import pandas as pd

from analytics.formats import percent
from analytics.periods import day_label
from analytics.predictive.churn_features import FEATURES, untold_features
from analytics.predictive.churn_scores import MEASURES
from analytics.shop import Shop

SHARES = ("accuracy", "precision", "recall", "f1")


def card_facts(facts: dict, leaderboard: pd.DataFrame, shop: Shop) -> dict[str, object]:
    """The entries ``card`` and ``headline_score`` of a run's facts."""
    own = leaderboard[leaderboard["model"] == facts["best"]].set_index("measure")
    recency = leaderboard[leaderboard["model"] == "recency"].set_index("measure")["value"]
    majority = leaderboard[leaderboard["model"] == "majority"].set_index("measure")["value"]
    scores = [_score(name, own.loc[name], majority[name] if name in SHARES else recency[name]) for name in MEASURES]
    scores.append(
        {
            "name": "Expected calibration error",
            "value": facts["calibration_error"],
            "low": None,
            "high": None,
            "baseline": facts["calibration_error_by_chance"],
            "unit": "share",
        }
    )
    card = {
        "data": _data(facts),
        "target": f"No order in the {facts['horizon_days']} days after the cut-off (yes or no).",
        "features": [FEATURES[feature] for feature in facts["features"]],
        "split": split_sentence(facts),
        "scores": scores,
        "calibration": calibration_sentence(facts),
        "limits": limits(facts, shop),
    }
    auc = {"name": "ROC AUC", "value": float(own.loc["auc", "value"]), "baseline": float(recency["auc"])}
    return {"card": card, "headline_score": auc | {"name": f"{auc['name']}, lapsed customers too", "better": "up"}}


def _score(name: str, row: pd.Series, baseline: float) -> dict[str, object]:
    told = {key: None if pd.isna(row[key]) else float(row[key]) for key in ("value", "low", "high")}
    unit = "share" if name in SHARES else ""
    return {"name": MEASURES[name], **told, "baseline": None if pd.isna(baseline) else float(baseline), "unit": unit}


def _data(facts: dict) -> str:
    sample = f" (a sample of one in {facts['every']})" if facts["every"] > 1 else ""
    return (
        f"{facts['trained_rows']:,} looks at {facts['trained_customers']:,} customers{sample} at "
        f"{len(facts['train_on'])} cut-offs to learn from, {facts['tested_customers']:,} customers to test on, "
        f"{facts['customers']:,} scored; of each the {facts['lookback_days']} days before."
    )


def split_sentence(facts: dict) -> str:
    """How what is learnt and what is tested are kept apart."""
    first, last, test = (day_of(facts, key) for key in ("first", "last", "test"))
    return (
        f"By time: learnt at {len(facts['train_on'])} cut-offs from {first} to {last}, each judged by the "
        f"{facts['horizon_days']} days after it; tested at {test}, by when all of these days had passed. Models were "
        f"chosen and calibrated in {facts['folds']} folds of whole customers inside the days learnt from."
    )


def day_of(facts: dict, which: str) -> str:
    """The first or last cut-off learnt from, that of the test, or today, for people."""
    days = {"first": facts["train_on"][0], "last": facts["train_on"][-1], "test": facts["test_on"]}
    return day_label(pd.Timestamp(days.get(which, facts["today"])).date())


def calibration_sentence(facts: dict) -> str:
    """Whether chances come true."""
    found, usual, most = (facts[f"calibration_error{end}"] for end in ("", "_by_chance", "_most_by_chance"))
    verdict = "no more than chance makes of so few customers" if found <= most else "more than chance makes of it"
    said, happened = percent(facts["tested_said"]), percent(facts["tested_churned"])
    return (
        f"At the test {said} were expected not to come back and {happened} did not. Tenths of customers differ from "
        f"what was said of them by {percent(found)} on average, {verdict} (exactly true chances: {percent(usual)}, "
        f"seldom above {percent(most)})."
    )


def limits(facts: dict, shop: Shop) -> list[str]:
    """What the model cannot do."""
    said = [
        f"Customers who did not order within {facts['lookback_days']} days are not scored: they are gone by any "
        "definition.",
        "A chance is foreseen, not caused: that someone is likely to be lost does not say that an offer keeps them.",
        "Why a chance is high is what the model goes by; it need not be why the customer leaves.",
    ]
    if not facts["tested_calibration"]["season"] and not facts["calibration"]["season"]:
        said.append(
            "No season is taken into account: there is no cut-off a year earlier, or cut-offs differ by no more than "
            "their customers."
        )
    if facts["every"] > 1:
        said.append(f"Learnt from one customer in {facts['every']}; all are scored.")
    said += [guests_sentence(facts)] if guests_sentence(facts) else []
    return said + ([untold_features(shop)] if untold_features(shop) else [])


def guests_sentence(facts: dict) -> str:
    """What part of the business cannot be looked at, as it names no customer; empty where all of it does."""
    if not facts["guest_orders"] and not facts["guest_revenue"]:
        return ""
    orders, revenue = (facts[f"guest_{of}"] for of in ("orders", "revenue"))
    shares = [f"{percent(share)} of the {of}" for share, of in ((orders, "orders"), (revenue, "revenue"))
              if share is not None]  # fmt: skip
    return (
        f"Guests are left out, as nothing tells whether they come back: {' and '.join(shares)} of the "
        f"{facts['lookback_days']} days up to {day_of(facts, 'today')}."
    )
