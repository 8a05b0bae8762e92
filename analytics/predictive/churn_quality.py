"""How good the chances are, as pages show it: the leaderboard, reliability, lift, importance, other horizons."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics import formats
from analytics.filters import Filters
from analytics.predictive import churn_people, churn_scores
from analytics.predictive.churn_card import calibration_sentence, split_sentence
from analytics.predictive.churn_features import FEATURES
from analytics.predictive.churn_people import FEWEST, people, whom_in_words
from analytics.predictive.churn_scores import MEASURES, Ranking
from analytics.predictive.model import Run
from analytics.shop import Shop

FEWEST_TESTED, FEWEST_OF_AN_OUTCOME = 100, 10
"""Tested customers, and of them lost or kept ones, below which a group's own scores would say too little."""


@dataclass(frozen=True)
class Told:
    """A ``table`` to draw, the ``sentence`` that it says, and how it comes about."""

    table: pd.DataFrame
    sentence: str
    explained: str


def churn_leaderboard(run: Run) -> Told:
    """All models and baselines on the tested customers, the best first.

    Returns
    -------
    Of its table one row per model: ``model`` (its name), ``used`` (whether it gives the scores), ``baseline``, and per
    measure its value, ``…_low`` and ``…_high``; ``gain`` of AUC over recency alone with ``gain_low`` and ``gain_high``.
    """
    facts, long = run.facts, run.tables["leaderboard"]
    wide = long.pivot(index="model", columns="measure", values=["value", "low", "high"])
    auc = long[long["measure"] == "auc"].set_index("model")
    rows = []
    for model in auc.sort_values("value", ascending=False, kind="stable").index:
        row = {"model": facts["names"][model], "used": model == facts["best"]}
        row |= {"baseline": model in ("recency", "majority")}
        for key in MEASURES:
            row |= {key: wide.loc[model, ("value", key)]}
            row |= {f"{key}_{end}": wide.loc[model, (end, key)] for end in ("low", "high")}
        rows.append(row | {c: auc.loc[model, c] for c in ("gain", "gain_low", "gain_high")})
    explained = (
        f"{split_sentence(facts)} ROC AUC: how often of two customers, one lost and one kept, the lost one has the "
        "higher chance (0.5 is guessing). Accuracy, precision, recall and F1 are at a chance of 50 %. Ranges: 95 %, "
        f"from {churn_scores.RESAMPLES} new draws of the tested customers. The score is that of the model with the "
        "smallest log loss in the folds, not of the one that did best at the test."
    )
    return Told(pd.DataFrame(rows), _against_recency(run), explained)


def _against_recency(run: Run) -> str:
    long = run.tables["leaderboard"]
    auc = long[(long["model"] == run.facts["best"]) & (long["measure"] == "auc")].iloc[0]
    recency = long[(long["model"] == "recency") & (long["measure"] == "auc")]["value"].iloc[0]
    figures = [auc[name] for name in ("value", "low", "high")], [auc[f"gain{end}"] for end in ("", "_low", "_high")]
    return _ranking_sentence(run, Ranking(*figures[0], recency, *figures[1]), "the tested customers")


def _ranking_sentence(run: Run, found: Ranking, whom: str) -> str:
    name = run.facts["best_name"]
    if run.facts["best"] == "recency":
        return (
            f"Recency alone gives the scores: no model did better in the folds. It ranks {whom} with a ROC AUC of "
            f"{found.auc:.3f} ({found.low:.3f} to {found.high:.3f})."
        )
    by = f"{abs(found.gain):.3f} ({found.gain_low:.3f} to {found.gain_high:.3f})"
    if found.gain_low > 0:
        verdict = f"better than recency alone ({found.other:.3f}) by {by}"
    elif found.gain_high < 0:
        verdict = f"worse than recency alone ({found.other:.3f}): by {by.replace('-', formats.MINUS)}"
    else:
        verdict = f"not surely better than recency alone ({found.other:.3f})"
    return f"{name} ranks {whom} with a ROC AUC of {found.auc:.3f}, {verdict}."


def accuracy_sentence(run: Run) -> str:
    """How often the scores' model is right, beside what is right without one, and among those not yet lapsed."""
    facts, long = run.facts, run.tables["leaderboard"].set_index(["model", "measure"])
    own, majority = long.loc[(facts["best"], "accuracy")], long.loc[("majority", "accuracy"), "value"]
    said = (
        f"It is right about {formats.percent(own['value'])} of the {facts['tested_customers']:,} tested customers "
        f"({formats.percent(own['low'])} to {formats.percent(own['high'])}); to say the same of all would be right "
        f"about {formats.percent(max(majority, 1 - majority))}."
    )
    if facts["auc_active"] is not None and facts["auc_recency_active"] is not None:
        said += (
            f" Among those not yet lapsed at the test (silent for at most {facts['churn_days']} days), which is "
            f"harder, its ROC AUC is {facts['auc_active']:.3f}, that of recency alone "
            f"{facts['auc_recency_active']:.3f}."
        )
    return said


def churn_reliability(run: Run, filters: Filters, whom: str = "all") -> Told:
    """Whether chances come true: said against happened, on the tested customers in the filters."""
    tested = people(run, "tested", filters, whom, FEWEST)
    chances, lost = tested["probability"].to_numpy(), tested["churned"].to_numpy(dtype=bool)
    table = churn_scores.reliability(chances, lost)
    error = churn_scores.calibration_error(chances, lost)
    usual, most = churn_scores.calibration_error_by_chance(chances)
    verdict = "no more than chance makes of so few" if error <= most else "more than chance makes of it"
    sentence = (
        f"Of {len(tested):,} tested {whom_in_words(run, whom)}, {formats.percent(chances.mean())} were expected not to "
        f"come back and {formats.percent(lost.mean())} did not. Said and happened differ by {formats.percent(error)} "
        f"on average, {verdict} (exactly true chances: {formats.percent(usual)}, seldom above {formats.percent(most)})."
    )
    explained = (
        f"{calibration_sentence(run.facts)} Bars: 95 % (Wilson 1927). The difference is the expected calibration error "
        "over bins of equally many customers. Chances are calibrated by a line through the log-odds (Platt 1999) on "
        "customers that were not learnt from"
        + (
            f", and moved by {run.facts['tested_calibration']['season']:+.2f} log-odds for the season, as the same "
            "weeks a year before were off."
            if run.facts["tested_calibration"]["season"]
            else "."
        )
    )
    return Told(table, sentence, explained.replace("by -", f"by {formats.MINUS}"))


def churn_lift(run: Run, filters: Filters, whom: str = "all") -> Told:
    """How many more are lost among the tenth at highest risk than among all."""
    tested = people(run, "tested", filters, whom, FEWEST)
    lost = tested["churned"].to_numpy(dtype=bool)
    table = churn_scores.lift_by_decile(tested["probability"].to_numpy(), lost)
    by_recency = churn_scores.lift_by_decile(tested["recency"].to_numpy(), lost)
    table = table.assign(lift_of_recency=by_recency["lift"], share_of_all=lost.mean())
    first = table.iloc[0]
    if np.isnan(first["lift"]):
        return Told(table, "Nobody of the tested customers in view was lost.", "")
    sentence = (
        f"Of the tenth at highest risk {formats.percent(first['share'], 0)} were lost, {first['lift']:.2f} times as "
        f"many as of all ({formats.percent(lost.mean(), 0)}); by recency alone {first['lift_of_recency']:.2f} times."
    )
    explained = (
        f"The tested {whom_in_words(run, whom)} by falling chance, in ten equal parts: the share of each that did not "
        f"buy within {run.facts['horizon_days']} days. The largest lift there can be is {1 / lost.mean():.2f}."
    )
    return Told(table, sentence, explained)


def churn_importance(run: Run) -> Told:
    """What each feature is worth to the ranking."""
    table = run.tables["importance"].assign(name=lambda of: of["feature"].map(FEATURES))
    sure = table[table["low"] > 0]
    if sure.empty:
        said = "None of the features is surely worth anything to the ranking of the tested customers."
    else:
        named = "; then ".join(f"{row['name'].lower()} ({row['loss']:.3f})" for row in sure.head(3).to_dict("records"))
        said = f"Worth most to the ranking, as ROC AUC lost without it: {named}."
    said = f"{said} {run.facts['untold']}".strip()
    explained = (
        "Permutation importance (Breiman 2001) on the tested customers: the ROC AUC lost where one feature is dealt "
        "out anew among them. Ranges: 95 %, over deals and draws of customers. Features that say the same stand in for "
        "each other. It tells what the model goes by, not why customers leave: for that see Churn factors."
    )
    return Told(table, said, explained)


def churn_horizons(run: Run, shop: Shop) -> Told:
    """What changes with the number of days that decide."""
    table, facts = run.tables["horizons"], run.facts
    told = table.dropna(subset=["churned"])
    rates = ", ".join(f"{row.churned * 100:.0f} % at {row.horizon_days} days" for row in told.itertuples())
    others = told[told["horizon_days"] != facts["horizon_days"]]
    kept = " and ".join(
        f"{int(row.same):,} of {int(row.riskiest):,} at {row.horizon_days}" for row in others.itertuples()
    )
    said = f"Not back: {rates}."
    if kept:
        said += f" Of the tenth of customers now at highest risk, the same are named with other days: {kept}."
    return Told(table, said, label_sentence(run, shop))


def label_sentence(run: Run, shop: Shop) -> str:
    """How churn is defined for this shop."""
    facts = run.facts
    return (
        f"A customer is lost if no order of theirs falls into the {facts['horizon_days']} days after a cut-off; looked "
        f"at is whoever ordered in the {facts['lookback_days']} days before it, by what these days tell alone. Refunds "
        f"are no orders, guests no customers. The shop itself calls a customer churned after {facts['churn_days']} "
        f"days of silence: that looks back, this looks ahead. {split_sentence(facts)}"
    )


@dataclass(frozen=True)
class ChurnSummary:
    """The sentence on top of the page and its key figures, each a name, a figure and what stands beside it."""

    sentence: str
    tiles: tuple[tuple[str, str, str], ...]


def churn_summary(run: Run, filters: Filters, shop: Shop, whom: str = "active") -> ChurnSummary:
    """How many are expected to be lost, and whether that can be trusted.

    How good the chances are is told of tested customers like those counted: of the same choice and filters. Where these
    are fewer than ``FEWEST_TESTED`` it is told of all who were tested, and said to be.
    """
    own, facts = people(run, "scores", filters, whom), run.facts
    expected, high = own["probability"].sum(), int((own["tier"] == "High").sum())
    at_risk, currency = own["revenue_at_risk"].sum(), shop.currency
    tested, of, all_tested = _tested_like_them(run, filters, whom)
    chances, lost = tested["probability"].to_numpy(), tested["churned"].to_numpy(dtype=bool)
    ranking = churn_scores.ranking_against(chances, tested["recency"].to_numpy(), lost)
    right, majority = churn_scores.measures(chances, lost)["accuracy"], max(lost.mean(), 1 - lost.mean())
    usual, _ = churn_scores.calibration_error_by_chance(chances)
    sentence = (
        f"Of {len(own):,} {whom_in_words(run, whom)}, **{formats.compact(round(expected))}** "
        f"({formats.percent(expected / len(own), 0)}) are expected not to order within {facts['horizon_days']} days; "
        f"{high:,} {'is' if high == 1 else 'are'} at high risk. {formats.plain(_ranking_sentence(run, ranking, of))}"
    )
    margin = f", margin {formats.money(at_risk * shop.gross_margin, currency)}" if shop.gross_margin else ""
    tiles = (
        ("Customers scored", f"{len(own):,}", f"on {churn_people.day_of_scores(run)}"),
        ("At high risk", f"{high:,}", formats.percent(high / len(own))),
        ("Revenue at risk", formats.money(at_risk, currency), f"in {facts['horizon_days']} days{margin}"),
        ("ROC AUC", f"{ranking.auc:.3f}", f"recency alone {ranking.other:.3f}{all_tested}"),
        ("Accuracy", formats.percent(right), f"majority {formats.percent(majority)}{all_tested}"),
        (
            "Calibration error",
            formats.percent(churn_scores.calibration_error(chances, lost)),
            f"by chance {formats.percent(usual)}{all_tested}",
        ),
    )
    return ChurnSummary(sentence, tiles)


def _tested_like_them(run: Run, filters: Filters, whom: str) -> tuple[pd.DataFrame, str, str]:
    """The tested customers to judge by, in words for the sentence, and a word for the tiles where they are all."""
    like = people(run, "tested", filters, whom, fewest=0)
    lost = int(like["churned"].sum())
    if len(like) >= FEWEST_TESTED and min(lost, len(like) - lost) >= FEWEST_OF_AN_OUTCOME:
        return like, f"the {len(like):,} such customers of the test", ""
    every = run.tables["tested"]
    few = f"all {len(every):,} customers of the test (too few of them are such customers: {len(like):,}, {lost:,} lost)"
    return every, few, ", of all tested"
