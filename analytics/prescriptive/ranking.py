"""Which advice comes first: by what it brings for its cost, and by what one weighs; and how firm that order is."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from analytics.formats import percent
from analytics.prescriptive.advice import Advice

SLOW_DAYS = 30
"""An action that begins to work after so many days counts half for its speed."""
MOST_EFFORT = 5


@dataclass(frozen=True)
class Weights:
    """How much each criterion counts; only their proportions matter.

    ``benefit`` is net benefit a month, held against the largest; ``certainty`` the chance that it pays; ``ease`` goes
    from 1 (a click) to 0 (a project); ``speed`` from 1 (at once) down, a half after 30 days.

    Raises
    ------
    ValueError : one is below 0 or no number, or all are 0.
    """

    benefit: float = 4.0
    certainty: float = 3.0
    ease: float = 2.0
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not all(0 <= weight < np.inf for weight in self.shares) or not sum(self.shares):
            raise ValueError("weights: expected numbers from 0 on, one of them above 0")

    @property
    def shares(self) -> tuple[float, ...]:
        """The weights in the order of ``CRITERIA``."""
        return tuple(getattr(self, name) for name in CRITERIA)


CRITERIA = tuple(f.name for f in fields(Weights))


@dataclass(frozen=True)
class Ranking:
    """Advice in order. ``table`` has one row per advice, first by the criteria first.

    ``advice`` is its place in what was given, ``by_return`` its rank by net benefit per cost, ``by_criteria`` its rank
    by ``score`` (0–1, weighted mean of the columns of ``CRITERIA``, each 0–1). ``sentence`` says how firm the order is.
    """

    table: pd.DataFrame
    sentence: str


def ranked_advice(advices: Sequence[Advice], weights: Weights) -> Ranking:
    """The order of actions by return and by weighted criteria, and what would turn it round.

    What costs nothing returns more than anything that costs something; among such the larger benefit is first.

    Source: simple additive weighting (Fishburn 1967) with fixed scales but for the benefit, whose scale is the largest
    of the list. So taking an action off the list may turn others round (rank reversal, Belton & Gear 1983), which is
    looked for and said.
    """
    table = pd.DataFrame({"advice": range(len(advices))})
    criteria = criteria_of(advices)
    table["by_return"] = _ranks(_returns(advices))
    table["score"] = _scores(criteria, weights)
    table["by_criteria"] = _ranks(table["score"].to_numpy())
    table[list(CRITERIA)] = criteria
    ordered = table.sort_values("by_criteria", ignore_index=True)
    return Ranking(ordered, _firmness(advices, criteria, weights))


def criteria_of(advices: Sequence[Advice]) -> np.ndarray:
    """Each advice by each of the ``CRITERIA``, 0–1, more is better."""
    a_month = np.array([a.net_benefit / max(a.months, 1e-9) for a in advices], dtype=float)
    largest = a_month.max(initial=0.0)
    benefit = np.clip(a_month, 0, None) / largest if largest > 0 else np.zeros(len(advices))
    certainty = np.array([a.probability for a in advices], dtype=float)
    ease = np.array([(MOST_EFFORT - a.effort) / (MOST_EFFORT - 1) for a in advices], dtype=float)
    speed = np.array([SLOW_DAYS / (SLOW_DAYS + a.days) for a in advices], dtype=float)
    return np.column_stack([benefit, certainty, ease, speed])


def _returns(advices: Sequence[Advice]) -> np.ndarray:
    """Net benefit per cost as a key to sort by: without a cost beyond all others, by the benefit a month."""
    free = [a.cost <= 0 for a in advices]
    of_free = [a.net_benefit / max(a.months, 1e-9) if f else 0.0 for a, f in zip(advices, free, strict=True)]
    of_paid = [0.0 if f else a.net_benefit / a.cost for a, f in zip(advices, free, strict=True)]
    order = np.lexsort([of_paid, of_free, free])
    places = np.empty(len(advices))
    places[order] = np.arange(len(advices))
    return places


def _scores(criteria: np.ndarray, weights: Weights) -> np.ndarray:
    shares = np.array(weights.shares)
    return criteria @ (shares / shares.sum())


def _ranks(key: np.ndarray) -> np.ndarray:
    """1 for the largest; of equals the first given."""
    ranks = np.empty(len(key), dtype=int)
    ranks[np.argsort(-key, kind="stable")] = np.arange(1, len(key) + 1)
    return ranks


def _firmness(advices: Sequence[Advice], criteria: np.ndarray, weights: Weights) -> str:
    """What would put another one first: another weight, or an action taken off the list."""
    if len(advices) < 2:
        return "There is one action: nothing to weigh."
    said = [_turning_weight(advices, criteria, weights), _reversal(advices, criteria, weights)]
    return " ".join(s for s in said if s)


def _turning_weight(advices: Sequence[Advice], criteria: np.ndarray, weights: Weights) -> str:
    """The smallest change of one weight's share that puts another action first, the others keeping proportion."""
    shares = np.array(weights.shares) / sum(weights.shares)
    first = int(np.argmax(criteria @ shares))
    turns = []
    for c in range(len(CRITERIA)):
        others = np.where(np.arange(len(shares)) == c, 0.0, shares)
        rest = others / others.sum() if others.sum() else (np.arange(len(shares)) != c) / (len(shares) - 1)
        apart = criteria[first] - criteria  # ahead by so much on each criterion
        on_this, on_rest = apart[:, c], apart @ rest
        with np.errstate(divide="ignore", invalid="ignore"):
            share = on_rest / (on_rest - on_this)  # where on_this × s + on_rest × (1 − s) is nothing
        for other in np.flatnonzero((share > 0) & (share < 1) & (np.arange(len(advices)) != first)):
            turns.append((abs(share[other] - shares[c]), c, share[other], other))
    if not turns:
        return f"“{advices[first].title}” is first whatever a single weight is."
    _, c, share, other = min(turns)
    verb = "above" if share > shares[c] else "below"
    return (
        f"“{advices[first].title}” is first; “{advices[other].title}” would be with a weight of {CRITERIA[c]} {verb} "
        f"{percent(share, 0)} of all (now {percent(shares[c], 0)})."
    )


def _reversal(advices: Sequence[Advice], criteria: np.ndarray, weights: Weights) -> str:
    """Whether taking one action off the list turns two others round."""
    before = _scores(criteria, weights)
    for off in range(len(advices)):
        left = [n for n in range(len(advices)) if n != off]
        after = _scores(criteria_of([advices[n] for n in left]), weights)
        was, now = (np.argsort(-s, kind="stable") for s in (before[left], after))
        turned = np.flatnonzero(was != now)
        if len(turned):
            up, down = left[now[turned[0]]], left[was[turned[0]]]
            return (
                f"Without “{advices[off].title}” “{advices[up].title}” would stand before “{advices[down].title}”: "
                "benefits are held against the largest of the list."
            )
    return "No action on the list turns two others round by being there."
