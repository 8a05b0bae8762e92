"""What moves the score: whether planted effects lie inside the ranges given, and bends are where they are alone.

Of 200 ranges that hold in 95 of 100 cases, 186 or more hold the truth in nine of ten such runs. With few shops the
share says little either way: the short form tells how likely so few would be, were 95 of 100 true.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import ibis
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95
from analytics.diagnostic.bends import bend_in
from analytics.diagnostic.dose_response import dose_response
from analytics.diagnostic.drivers import limit_check, one_day
from analytics.diagnostic.proportional_odds import Clusters, fitted_odds
from analytics.diagnostic.score_model import ScoreModel, fitted_model, score_model
from analytics.diagnostic.scored_orders import ScoredOrders, order_cells
from analytics.filters import Filters
from analytics.periods import Period
from analytics.shop import Shop
from benchmarks.proofs import Proof, share
from simulation import market
from simulation.settings import SimulationSettings
from simulation.shop import simulate

ORDERS = 15_000
SHOPS, QUICK_SHOPS = 200, 12
HELD = 0.93
FALSE_BENDS = 0.08
"""Nominally 0.05; of 200 straight lines more than 16 are called bent once in 40 runs of a sound test."""
LOOKED_AT = 7
"""Days of delivery at which one point of the curve is judged."""
OWN_LIKING = 1.0
"""Standard deviation, in log odds, by which customers like what they get more or less than others do."""
BEND_AT, BEFORE, BEYOND = 4, -0.15, -0.45
SINGLE_ORDERS = 4_000
NAMES = {
    "day": "what a day of delivery does to the odds lies in its range",
    "points": "what a day less is worth in points lies in its range",
    "category": "how much more the best category is liked lies in its range",
    "adjusted": f"the adjusted score at {LOOKED_AT} days lies in its range",
    "line": f"the model's line at {LOOKED_AT} days lies in its range",
}
ALL_NAMES = {
    "categories": "all categories' effects lie in their ranges",
    "days": "the adjusted scores of all single days lie in their ranges",
}


def proofs(quick: bool = False) -> list[Proof]:
    """All proofs of satisfaction and delivery."""
    number = QUICK_SHOPS if quick else SHOPS
    held, bends, broken = _simulated(range(number))
    rests_on = f"{number} shops of {ORDERS:,} orders"
    found = [_covered(f"satisfaction: {name}", held[key], rests_on, quick) for key, name in NAMES.items()]
    if not quick:
        for key, name in ALL_NAMES.items():
            found.append(Proof(f"satisfaction: {name}", float(np.mean(held[key])), ">=", HELD, "oracle", rests_on))
        found.append(_at_most("satisfaction: straight lines called bent", bends, FALSE_BENDS, rests_on))
        found.append(_at_most("satisfaction: the assumption called broken where it holds", broken, 0.08, rests_on))
    rests_on = f"{number} shops of {SINGLE_ORDERS:,} orders"
    planted = [_planted_bend(seed) for seed in range(number)]
    found.append(Proof("satisfaction: planted bends found", _mean(planted, 0), ">=", 0.9, "oracle", rests_on))
    located = [inside for seen, inside in planted if seen]
    found.append(_covered("satisfaction: the day of a planted bend lies in its range", located, rests_on, quick))
    clustered, alone = zip(*(_own_likings(seed) for seed in range(number)), strict=True)
    name = "satisfaction: a segment's effect lies in its range where customers differ of themselves"
    found.append(_covered(name, clustered, rests_on, quick))
    if not quick:
        found.append(
            Proof(f"{name}, orders taken as independent", float(np.mean(alone)), ">=", None, "oracle", rests_on)
        )
    return [*found, _like_statsmodels()]


def _covered(name: str, held: Iterable[bool], rests_on: str, quick: bool) -> Proof:
    """The share of 95 % ranges that hold the truth."""
    return share(name, held, ">=", HELD, 0.95, rests_on, quick=quick)


def _at_most(name: str, called: list[bool], bar: float, rests_on: str) -> Proof:
    return share(name, called, "<=", bar, 0.05, rests_on, quick=False)


def _mean(pairs: list[tuple[bool, bool]], place: int) -> float:
    return float(np.mean([pair[place] for pair in pairs]))


def _simulated(seeds: Iterable[int]) -> tuple[dict[str, list[bool]], list[bool], list[bool]]:
    """Which ranges hold what the simulator planted, which straight lines are called bent, which models unfit."""
    held, bends, broken = defaultdict(list), [], []
    for seed in seeds:
        model = _model_of_shop(seed)
        dose = dose_response(model)
        truth = _Truth(model)
        delivery = model.delivery.columns[0]
        held["day"].append(_inside(-market.DELIVERY_SLOPE, model, delivery))
        _, low, high = one_day(model, "score", -1.0)
        held["points"].append(low < truth.mean(model.scored.days - 1) - truth.mean(model.scored.days) < high)
        category = model.factor("category")
        likings = dict(zip(market.CATEGORIES, market.CATEGORY_LIKING, strict=True))
        apart = {level: likings[level] - likings[category.reference] for level in category.levels}
        inside = {
            level: _inside(apart[level], model, column)
            for level, column in zip(category.levels, category.columns, strict=True)
        }
        held["category"].append(inside[max(apart, key=lambda level: abs(apart[level]))])
        held["categories"] += inside.values()
        for row in dose.days.to_dict("records"):
            if row["label"].isdigit():
                true = truth.mean(np.full(len(model.scored.days), row["day"]))
                is_inside = row["adjusted_score_low"] < true < row["adjusted_score_high"]
                held["days"].append(is_inside)
                if row["label"] == str(LOOKED_AT):
                    held["adjusted"].append(is_inside)
        low, high = (np.interp(LOOKED_AT, dose.curve["day"], dose.curve[f"score_{end}"]) for end in ("low", "high"))
        held["line"].append(low < truth.mean(np.full(len(model.scored.days), float(LOOKED_AT))) < high)
        bends.append(dose.bend.seen)
        broken.append(limit_check(model).by_chance <= 0.05)
    return held, bends, broken


class _Truth:
    """The scores that the simulator expects of the orders of a model, by their categories."""

    def __init__(self, model: ScoreModel) -> None:
        likings = dict(zip(market.CATEGORIES, market.CATEGORY_LIKING, strict=True))
        own = np.array([likings[level] for level in model.scored.levels["category"]])
        self.liking, self.weight = own[model.scored.codes["category"]], model.scored.orders / model.orders

    def mean(self, days: np.ndarray) -> float:
        """Their mean score, had they come after so many days."""
        pleased = self.liking - market.DELIVERY_SLOPE * (days - 4)
        reached = 1 / (1 + np.exp(-(market.SCORE_CUTS + pleased[:, None])))
        return float(self.weight @ (1 + reached.sum(axis=1)))


def _inside(truth: float, model: ScoreModel, column: int) -> bool:
    return bool(abs(model.fit.slopes[column] - truth) < NORMAL_95 * model.error(column))


def _model_of_shop(seed: int) -> ScoreModel:
    ibis.set_backend(ibis.duckdb.connect())  # DuckDB keeps the frames it was lent: those of hundreds of shops
    made = simulate(SimulationSettings(orders=ORDERS, seed=1_000 + seed, lines=False))
    rows = made.transactions.to_pandas()
    named = [c for c in rows.columns if isinstance(rows[c].dtype, pd.CategoricalDtype)]
    rows = rows.astype(dict.fromkeys(named, "str"))
    first, last = made.settings.start, made.settings.end
    has = frozenset({"satisfaction_score", "delivery_days", "customer_key"})
    shop = Shop("", "INR", "monday", first, last, last, len(rows), members=market.MEMBERS, has=has)
    filters = Filters(Period(first, last), compare="none")
    return score_model(rows, order_cells(rows, filters, shop), filters, shop)


def _planted_bend(seed: int) -> tuple[bool, bool]:
    """Whether a bend was seen, and whether its day lies in the range."""
    chance = np.random.default_rng(seed)
    days = 1.0 + chance.poisson(3.0, SINGLE_ORDERS)
    pleased = BEFORE * days + (BEYOND - BEFORE) * np.maximum(days - BEND_AT, 0.0)
    scored = _scored(chance, days, np.zeros(SINGLE_ORDERS, dtype=np.intp), pleased, np.arange(SINGLE_ORDERS))
    bend = bend_in(fitted_model(scored))
    return bend.seen, bool(bend.seen and bend.first <= BEND_AT <= bend.last)


def _own_likings(seed: int) -> tuple[bool, bool]:
    """Whether the range of a segment's effect holds its truth, none: with customers together, and orders alone."""
    chance = np.random.default_rng(seed)
    customers = SINGLE_ORDERS // 8
    customer = chance.integers(0, customers, SINGLE_ORDERS)
    days = 1.0 + chance.poisson(3.0, SINGLE_ORDERS)
    liking = chance.normal(0, OWN_LIKING, customers)[customer]
    scored = _scored(chance, days, customer % 2, -0.3 * days + liking, customer)
    model = fitted_model(scored)
    (column,) = model.factor("segment").columns
    alone = replace(model, covariance=model.fit.model_covariance)
    return _inside(0.0, model, column), _inside(0.0, alone, column)


def _scored(
    chance: np.random.Generator, days: np.ndarray, segment: np.ndarray, pleased: np.ndarray, customer: np.ndarray
) -> ScoredOrders:
    """Orders with scores by proportional odds, counted."""
    answer = (pleased[:, None] + market.SCORE_CUTS + chance.logistic(size=len(days))[:, None] > 0).sum(axis=1)
    rows, place = np.unique(np.column_stack([days, segment]), axis=0, return_inverse=True)
    place = place.ravel()
    counts = np.zeros((len(rows), 5))
    np.add.at(counts, (place, answer), 1)
    unit = np.unique(customer, return_inverse=True)[1]
    several = {"segment": ("First", "Second")} if segment.any() else {}
    codes = {dimension: rows[:, 1].astype(np.intp) for dimension in several}
    return ScoredOrders(rows[:, 0], several, codes, np.arange(1.0, 6.0), counts, Clusters(unit, place, answer), "", ())


def _like_statsmodels() -> Proof:
    """The fit to counts against another program's fit to the very same orders one by one."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    chance = np.random.default_rng(1)
    days, member = chance.poisson(3.0, 3000) - 3.0, chance.integers(0, 3, 3000)
    x = np.column_stack([days, member == 1, member == 2]).astype("float64")
    pleased = x @ np.array([-0.3, 0.4, -0.2])
    answer = (pleased[:, None] + market.SCORE_CUTS + chance.logistic(size=3000)[:, None] > 0).sum(axis=1)
    rows, place = np.unique(x, axis=0, return_inverse=True)
    counts = np.zeros((len(rows), 5))
    np.add.at(counts, (place.ravel(), answer), 1)
    ours = fitted_odds(rows, counts)
    theirs = OrderedModel(answer, x, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8, maxiter=1000)
    limits = -theirs.model.transform_threshold_params(theirs.params[3:])[1:-1]
    apart = np.abs(np.concatenate([ours.slopes - theirs.params[:3], ours.cuts - limits])).max()
    return Proof(
        "satisfaction: furthest a cut or slope lies from that of statsmodels",
        float(apart),
        "<=",
        1e-4,
        "published",
        "OrderedModel on the same 3,000 orders one by one",
    )
