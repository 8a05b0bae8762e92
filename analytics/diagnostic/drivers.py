"""Drivers of the score: how much each thing moves it, all else equal, and whether the model's assumption holds."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many
from analytics.diagnostic.proportional_odds import OrdinalFit, fitted_odds, standardised
from analytics.diagnostic.score_model import SATISFIED, Factor, ScoreModel
from analytics.errors import NotEnoughData

MEASURES = {"score": "Points", "good": "Share of 4–5", "odds": "Odds"}
"""What effects can be told in: columns of ``Drivers.effects``, with their names on screen."""
FEWEST_PER_COLUMN = 5
"""Orders on the rarer side of a limit, for each slope that is learnt from it."""
ALONE = "all else equal"


@dataclass(frozen=True)
class Drivers:
    """What moves the score.

    ``effects`` has one row per effect, factor by factor, the strongest factor first, members from best to worst:
    ``factor``, ``level`` (of delivery days: one day later), ``reference`` (what it is held against), ``orders``;
    ``score`` in points of the mean, ``good`` as a difference of the share of 4 and 5 (missing where that cannot move),
    ``odds`` as the relative change
    of the odds of a better score, each with ``…_low`` and ``…_high``; ``by_chance`` (0–1, adjusted for looking at all
    rows). ``factors`` has one row per factor: ``factor``, ``spread`` (the standard deviation, in points, by which
    orders differ for it, beyond chance) and ``by_chance``.
    """

    effects: pd.DataFrame
    factors: pd.DataFrame
    orders: int
    sentence: str
    notes: str
    explained: str


@dataclass(frozen=True)
class LimitCheck:
    """Whether the same effect is seen at every limit of the score, as the model assumes.

    ``limits`` has one row per limit that can be judged: ``limit`` (a score of at least …), ``odds`` (relative change of
    the odds there) with ``odds_low`` and ``odds_high``; the last row is that of all limits together. ``by_chance`` is
    how often chance alone makes them differ so much, ``subject`` whose effect it is.
    """

    limits: pd.DataFrame
    by_chance: float
    subject: str
    sentence: str
    explained: str


def score_drivers(score_model: ScoreModel) -> Drivers:
    """How much delivery days and the members of every dimension move the score, each with its 95 % interval.

    Effects are average marginal effects: the mean over the orders in view, had all of them this and not the other.

    Parameters
    ----------
    score_model : of the filters in force.
    """
    ranked = _ranked(score_model)
    rows = [row for factor in ranked for row in _effects(score_model, factor)]
    effects = pd.DataFrame(rows)
    effects["by_chance"] = odds_among_many(effects.pop("errors").to_numpy())
    factors = pd.DataFrame(
        {
            "factor": [factor.name for factor in ranked],
            "spread": [spread_in_points(score_model, factor) for factor in ranked],
            "by_chance": _adjusted([_chance_of(score_model, factor) for factor in ranked]),
        }
    )
    return Drivers(
        effects,
        factors,
        score_model.orders,
        _sentence(score_model, ranked, effects, factors),
        _notes(score_model),
        _explained(score_model),
    )


def limit_check(score_model: ScoreModel) -> LimitCheck:
    """The strongest effect at each limit of the score by itself, beside that of the model, which is the same at all.

    Parameters
    ----------
    score_model : of the filters in force.

    Raises
    ------
    NotEnoughData : fewer than two limits have enough orders on both sides.

    Source: Brant (1990), with the orders of one customer taken together.
    """
    factor = _ranked(score_model)[0]
    column = max(factor.columns, key=lambda c: abs(score_model.fit.slopes[c]))
    told, slopes, pulls = [], [], []
    for number, score in enumerate(score_model.scored.scores[1:], start=1):
        if (fit := _at_limit(score_model, number)) is not None:
            told.append(score)
            slopes.append(fit.slopes[column])
            pulls.append(_influence(score_model, fit, number, column))
    if len(told) < 2:
        raise NotEnoughData(
            "Too few orders lie on both sides of more than one limit of the score to hold the limits against each "
            "other. Choose a longer period or fewer filters."
        )
    slopes, covariance = np.array(slopes), np.array(pulls) @ np.array(pulls).T
    between = np.eye(len(told))[1:] - np.eye(len(told))[0]
    apart = between @ slopes
    by_chance = chi_square_odds(apart @ np.linalg.solve(between @ covariance @ between.T, apart), len(apart))
    errors = np.sqrt(np.diag(covariance))
    names = [f"{score:.0f} or more" if score < score_model.scored.scores[-1] else f"{score:.0f}" for score in told]
    limits = pd.DataFrame([_as_odds(s, e) for s, e in zip(slopes, errors, strict=True)])
    whole = pd.DataFrame([_as_odds(score_model.fit.slopes[column], score_model.error(column))])
    limits = pd.concat([limits, whole], ignore_index=True)
    limits.insert(0, "limit", [*names, "all limits together"])
    subject = _subject(factor, column)
    return LimitCheck(limits, by_chance, subject, _check_sentence(limits, by_chance, subject), _CHECK)


def spread_in_points(model: ScoreModel, factor: Factor) -> float:
    """By how many points the expected score of orders differs for a factor: a standard deviation, less what is chance.

    Slopes that are learnt scatter even where there is nothing: what that adds to the variance is taken off.
    """
    own = list(factor.columns)
    weight = model.scored.orders / model.orders
    x = model.fit.x[:, own] - weight @ model.fit.x[:, own]
    places = [model.place(c) for c in own]
    seen = weight @ (x @ model.fit.slopes[own]) ** 2
    chance = weight @ np.einsum("ij,jk,ik->i", x, model.covariance[np.ix_(places, places)], x)
    steep = standardised(model.fit, model.fit.x, model.gains("score")).slope[: len(model.fit.cuts)].sum()
    return float(np.sqrt(max(seen - chance, 0.0)) * steep)


def one_day(model: ScoreModel, measure: str, days: float) -> tuple[float, float, float] | None:
    """What so many days later (negative: sooner) would change on average, with its 95 % interval.

    Parameters
    ----------
    measure : ``score`` or ``good``.
    """
    gain = model.gains(measure)
    if model.delivery is None or gain is None:
        return None
    moved = standardised(model.fit, model.had(model.delivery, later=days), gain)
    apart = moved - standardised(model.fit, model.fit.x, gain)
    return apart.value, *apart.interval(model.covariance, NORMAL_95)


def _ranked(model: ScoreModel) -> list[Factor]:
    """The factors, the one that moves the score most first."""
    return sorted(model.factors, key=lambda f: (-spread_in_points(model, f), _chance_of(model, f)))


def _effects(model: ScoreModel, factor: Factor) -> list[dict]:
    if model.delivery is factor:
        now = _worth(model, model.fit.x)
        later = _worth(model, model.had(factor, later=1.0))
        known = {"level": "one day later", "reference": "as it came", "orders": model.orders}
        return [_effect(model, factor, factor.columns[0], later, now) | known]
    base, found = _worth(model, model.had(factor)), []
    for level, column in zip(factor.levels, factor.columns, strict=True):
        orders = int(model.scored.orders[model.fit.x[:, column] > 0].sum())
        known = {"level": level, "reference": factor.reference, "orders": orders}
        found.append(_effect(model, factor, column, _worth(model, model.had(factor, level)), base) | known)
    return sorted(found, key=lambda row: -row["score"])


def _worth(model: ScoreModel, x: np.ndarray) -> dict:
    return {m: None if (g := model.gains(m)) is None else standardised(model.fit, x, g) for m in ("score", "good")}


def _effect(model: ScoreModel, factor: Factor, column: int, then: dict, now: dict) -> dict:
    slope, error = float(model.fit.slopes[column]), model.error(column)
    row = {"factor": factor.name, "level": "", "reference": "", "orders": 0}
    for measure in ("score", "good"):
        apart = None if then[measure] is None else then[measure] - now[measure]
        low, high = (np.nan, np.nan) if apart is None else apart.interval(model.covariance, NORMAL_95)
        row |= {measure: np.nan if apart is None else apart.value, f"{measure}_low": low, f"{measure}_high": high}
    return row | _as_odds(slope, error) | {"errors": slope / error}


def _as_odds(slope: float, error: float) -> dict[str, float]:
    """A slope as the relative change of the odds."""
    ends = (slope, slope - NORMAL_95 * error, slope + NORMAL_95 * error)
    return {name: float(np.expm1(end)) for name, end in zip(("odds", "odds_low", "odds_high"), ends, strict=True)}


def _chance_of(model: ScoreModel, factor: Factor) -> float:
    """How often chance alone moves the score so much by a factor that moves nothing (Wald)."""
    own = list(factor.columns)
    places = [model.place(c) for c in own]
    slopes = model.fit.slopes[own]
    return chi_square_odds(slopes @ np.linalg.solve(model.covariance[np.ix_(places, places)], slopes), len(own))


def chi_square_odds(value: float, free: int) -> float:
    """How often chance alone gives a sum of so many squared standard deviations as large."""
    from scipy.special import chdtrc

    return float(chdtrc(free, max(value, 0.0)))


def _adjusted(odds: list[float]) -> np.ndarray:
    """Probabilities raised for looking at several (see ``odds_among_many``)."""
    from scipy.special import ndtri

    return odds_among_many(-ndtri(np.maximum(odds, 1e-300) / 2))


def _at_limit(model: ScoreModel, number: int) -> OrdinalFit | None:
    """The same columns fitted to whether the score reaches one limit; None where too few do, or too many."""
    counts = model.scored.counts
    two = np.column_stack([counts[:, :number].sum(axis=1), counts[:, number:].sum(axis=1)])
    if two.sum(axis=0).min() < FEWEST_PER_COLUMN * model.fit.x.shape[1]:
        return None
    try:
        return fitted_odds(model.fit.x, two)
    except NotEnoughData:
        return None


def _influence(model: ScoreModel, fit: OrdinalFit, number: int, column: int) -> np.ndarray:
    """What each customer contributes to the error of a slope at one limit."""
    clusters = model.scored.clusters
    if not fit.can_cluster(clusters):
        clusters = replace(clusters, unit=np.arange(len(clusters.unit)))
    two = replace(clusters, answer=(clusters.answer >= number).astype(np.intp))
    return np.sqrt(clusters.every) * (fit.pulls(two, fit.x) @ fit.model_covariance)[:, 1 + column]


def _subject(factor: Factor, column: int) -> str:
    if not factor.levels:
        return "one day later"
    return f"{factor.levels[factor.columns.index(column)]} against {factor.reference}"


def _sentence(model: ScoreModel, ranked: list[Factor], effects: pd.DataFrame, factors: pd.DataFrame) -> str:
    """The strongest first, and what makes no difference last."""
    sure = dict(zip(factors["factor"], factors["by_chance"] <= FALSE_DISCOVERIES, strict=True))
    rows = {name: of for name, of in effects.groupby("factor", sort=False)}
    said = [_said(rows[f.name], f) for f in ranked if sure[f.name]]
    idle = [f.name.lower() for f in ranked if not sure[f.name]]
    if not said:
        which = f"None of {listed(idle)}" if len(idle) > 1 else idle[0].capitalize()
        return f"{which} is {'' if len(idle) > 1 else 'not '}seen to move the score beyond chance."
    sentence = " ".join(said)
    if idle:
        sentence += f" No difference beyond chance is seen by {listed(idle)}."
    return sentence


def _said(rows: pd.DataFrame, factor: Factor) -> str:
    if not factor.levels:
        row = rows.iloc[0]
        return f"Each day later: {in_words(row)}, {ALONE}."
    row = rows.loc[rows["score"].abs().idxmax()]
    told = ranged(row["score"], row["score_low"], row["score_high"], " points")
    return f"{factor.name}: furthest from {factor.reference} is {row['level']}, {told}."


def in_words(row: pd.Series) -> str:
    """An effect in odds, in points and in shares."""
    odds = ranged(*(row[c] * 100 for c in ("odds", "odds_low", "odds_high")), " %", 0)
    score = ranged(*(row[c] for c in ("score", "score_low", "score_high")), " points")
    said = f"the odds of a better score {odds}, the mean score {score}"
    if formats.is_missing(row["good"]):
        return said
    return (
        f"{said}, scores of {SATISFIED} {ranged(*(row[c] * 100 for c in ('good', 'good_low', 'good_high')), ' pp', 1)}"
    )


def ranged(value: float, low: float, high: float, unit: str, places: int = 2) -> str:
    """A difference with its range: to one more decimal where the range is too narrow to be seen.

    >>> ranged(-0.1512, -0.161, -0.142, " points"), ranged(-26.1, -26.4, -25.9, " %", 0)
    ('−0.15 points (−0.16 to −0.14)', '−26.1 % (−26.4 to −25.9)')
    """
    if high - low < 1.5 * 10.0**-places:
        places += 1
    told, least, most = (points(v, places) for v in (value, low, high))
    return f"{told}{unit} ({least} to {most})"


def points(value: float, places: int = 2) -> str:
    """A difference with its sign.

    >>> points(-0.168), points(0.2), points(-6.14, 1)
    ('−0.17', '+0.20', '−6.1')
    """
    return formats.signed(f"{value:.{places}f}".replace("-", formats.MINUS))


def _notes(model: ScoreModel) -> str:
    """What it rests on."""
    said = [f"{model.orders:,} scored orders."]
    if model.scored.left_out:
        said.append(f"Left out: {listed(list(model.scored.left_out))}.")
    if model.scored.without_days:
        said.append(model.scored.without_days)
    if model.aliased:
        said.append(f"Says nothing beyond the others, and is left out: {listed([a.lower() for a in model.aliased])}.")
    return " ".join(said)


def _explained(model: ScoreModel) -> str:
    return (
        "A proportional-odds (ordered logistic) model of the score, by maximum likelihood: all effects are learnt "
        "together, so that each is told with the others equal. Points and shares: the average over these orders, had "
        "all of them this and not the other; members are held against the one with most orders. Intervals hold the "
        "truth in 95 of 100 cases, "
        f"{_clustering(model)}. Odds: how many reach a score for each who does not. It is what goes together in these "
        "orders; what was not recorded may be behind it."
    )


def _clustering(model: ScoreModel) -> str:
    """Whether it matters that a customer orders more than once."""
    clusters = model.scored.clusters
    if not model.fit.can_cluster(clusters):
        return f"orders taken as independent ({clusters.count} customers are too few to see how theirs belong together)"
    ratio = np.sqrt(np.diag(model.covariance) / np.diag(model.fit.model_covariance))[len(model.fit.cuts) :]
    wider = float(np.median(ratio)) - 1
    said = (
        "as wide as"
        if abs(wider) < 0.02
        else f"{formats.percent(abs(wider), 0)} {'wider' if wider > 0 else 'narrower'} than"
    )
    return f"with the orders of one customer taken together (here {said} with all orders taken as independent)"


def _check_sentence(limits: pd.DataFrame, by_chance: float, subject: str) -> str:
    by_limit = limits.iloc[:-1]
    each = [f"{formats.signed(formats.percent(r['odds'], 0))} at {r['limit']}" for r in by_limit.to_dict("records")]
    said = f"Odds, {subject}: {listed(each)}."
    if by_chance > FALSE_DISCOVERIES:
        return (
            f"{said} Chance alone makes them differ as much in {in_hundred(by_chance)} of 100 cases: the model's one "
            "effect for all limits fits."
        )
    return (
        f"{said} They differ more than chance does (so much in {in_hundred(by_chance)} of 100 cases): read the one "
        "effect for all limits as their average."
    )


_CHECK = (
    "The model takes each effect to be the same at every limit of the score (proportional odds). Here the strongest "
    "effect is learnt at each limit by itself, from whether orders reach it, with everything else in the model; the "
    "limits are held against each other by a Wald test (Brant 1990)."
)


def in_hundred(share: float) -> str:
    """A probability in cases of a hundred."""
    return "fewer than 1" if share < 0.01 else f"{share * 100:.0f}"


def listed(parts: list[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
