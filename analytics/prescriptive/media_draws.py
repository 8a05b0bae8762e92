"""Draws of response curves: every curve of a grid is weighed by what the data and the prior say of it."""

from dataclasses import dataclass

import numpy as np

from analytics.prescriptive.media_calendar import Calendar, CalendarFit
from analytics.prescriptive.media_data import MediaHistory

CARRY_OVERS = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.88, 0.94])
"""Of a day's effect, left on the next."""
PLACES = np.array([0.08, 0.2, 0.35, 0.5, 0.65, 0.8, 0.92])
"""On its curve, of what is usually spent: spend / (spend + half)."""
EFFECTS = 22
REACH = 3.0
"""Logarithms of effects on the grid, to either side of what is known beforehand."""
ELASTICITY = 0.12
"""Mean of 751 published short-term elasticities of sales to advertising (Sethuraman, Tellis & Briesch 2011)."""
LEVEL_SPREAD = 0.7
"""Of the logarithm of the shop's own mean effect; with the spread of channels 0.86, near the 0.9 of Meridian."""
LARGEST_EFFECT, LARGEST_SHARE = 0.6, 0.9
"""An elasticity is below 1 - place, which an endless lift would give; this much of it is the most."""
ALIKE = np.array([0.08, 0.15, 0.25, 0.4, 0.6, 0.9])
"""Spreads of the logarithm of marginal returns between channels."""
ALIKE_SPREAD = 0.5
"""Of their half-normal prior."""
DRAWS_SEED = 20_100
CHAINS, SETTLING, KEPT, EVERY = 80, 25, 5, 2
"""Chains of draws, rounds before the first is kept, rounds kept, and one of how many."""
TOLERANCE = 1e-3
START_DAYS = 28
"""Before the first day the mean of these had always been spent."""


@dataclass(frozen=True, eq=False)
class Place:
    """What is known of a channel's effect beforehand: where its logarithm would be were all marginal returns alike.

    ``shift`` turns the logarithm of its elasticity into that of its marginal return.
    """

    middle: float
    shift: float


@dataclass(frozen=True, eq=False)
class Curves:
    """The grid of one channel: a column of ``logs`` (by day, the logarithm of the factor on orders) per curve.

    ``logs`` is ``basis @ weights`` but for rounding. ``prior`` is the logarithm of the prior of carry-over and place.
    """

    logs: np.ndarray
    basis: np.ndarray
    weights: np.ndarray
    carry_over: np.ndarray
    place: np.ndarray
    effect: np.ndarray
    lift: np.ndarray
    half: np.ndarray
    prior: np.ndarray

    def prior_share(self, place: Place) -> np.ndarray:
        """How likely each curve is before any data."""
        spread = np.hypot(LEVEL_SPREAD, ALIKE_SPREAD)
        weight = self.prior - ((np.log(self.effect) - place.middle) / spread) ** 2 / 2
        share = np.exp(weight - weight.max())
        return share / share.sum()

    def mean_of(self, drawn: np.ndarray) -> np.ndarray:
        """The mean course of the curves drawn."""
        times = np.bincount(drawn, minlength=len(self.effect))
        return self.logs[:, times > 0] @ (times[times > 0] / times.sum())


def prior_places(history: MediaHistory, usual: np.ndarray) -> list[Place]:
    """Equal marginal returns whose elasticities together are the published one: an order weighs by its revenue."""
    sold = history.revenue.sum(axis=1)
    sold = np.where(sold > 0, sold, history.orders.sum(axis=1) * max(sold.sum() / history.orders.sum(), 1e-9))
    reached = history.acts_on.astype("float64") @ sold
    return [
        Place(min(float(np.log(ELASTICITY) - shift), float(np.log(LARGEST_EFFECT / 2))), float(shift))
        for shift in np.log(reached / usual) - np.log(sold.sum() / usual.sum())
    ]


def channel_curves(spend: np.ndarray, usual: float, place: Place) -> Curves:
    """All curves of the grid for one channel's spend by day."""
    top = min(place.middle + REACH, float(np.log(LARGEST_EFFECT)))
    effects = np.exp(np.linspace(place.middle - REACH, top, EFFECTS))
    grid = np.array([(c, p, e) for c in range(len(CARRY_OVERS)) for p in PLACES for e in effects])
    carried, place_of, effect = grid[:, 0].astype(int), grid[:, 1], grid[:, 2]
    possible = effect < LARGEST_SHARE * (1 - place_of)
    carried, place_of, effect = carried[possible], place_of[possible], effect[possible]
    lift = effect / (place_of * (1 - place_of - effect))
    stock = _adstock(spend)[:, carried] / usual
    logs = np.log1p(lift * stock / (stock + (1 - place_of) / place_of))
    left, sizes, _ = np.linalg.svd(logs[:, :: max(1, len(effect) // 200)], full_matrices=False)
    basis = left[:, : max(1, int((sizes > sizes[0] * TOLERANCE).sum()))]
    carry_over = CARRY_OVERS[carried]
    half = usual * (1 - place_of) / place_of
    prior = _beta(np.maximum(carry_over, 0.05), CARRY_OVERS, carry_over) + _beta(place_of, PLACES, place_of)
    return Curves(logs, basis, basis.T @ logs, carry_over, place_of, effect, lift, half, prior)


def _beta(at: np.ndarray, grid: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Logarithm of Beta(2, 2), each point of the grid for the stretch around it."""
    return np.log(at * (1 - at)) + np.log(np.gradient(grid))[np.searchsorted(grid, values)]


def _adstock(spend: np.ndarray) -> np.ndarray:
    """What works on each day, a column per carry-over, as the spend at rest that would do as much."""
    stock = np.full(len(CARRY_OVERS), spend[:START_DAYS].mean())
    found = np.empty((len(spend), len(CARRY_OVERS)))
    for day, spent in enumerate(spend):
        stock = (1 - CARRY_OVERS) * spent + CARRY_OVERS * stock
        found[day] = stock
    return found


def drawn_curves(
    curves: list[Curves],
    places: list[Place],
    acts_on: np.ndarray,
    calendar: Calendar,
    fit: CalendarFit,
    media: np.ndarray,
    chance: np.random.Generator,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Draws of each channel's curve, as positions on its grid, and the error of each effect from the data alone.

    Near the fit the likelihood is that of a normal distribution, from which the calendar's effects can be left out
    exactly (as in a generalised linear mixed model); what remains is a quadratic form in the curves' weights.
    """
    curve, pull, at = _left_of_media(curves, acts_on, calendar, fit, media)
    blocks = [slice(at[c], at[c + 1]) for c in range(len(curves))]
    alone = [
        of.prior - np.einsum("rg,rs,sg->g", of.weights, curve[block, block], of.weights) / 2
        for of, block in zip(curves, blocks, strict=True)
    ]
    returns = [np.log(of.effect) + place.shift for of, place in zip(curves, places, strict=True)]
    drawn = [chance.integers(len(of.effect), size=CHAINS) for of in curves]
    state = np.hstack([of.weights[:, d].T for of, d in zip(curves, drawn, strict=True)])
    centre = np.log(ELASTICITY)
    level, spread = np.full(CHAINS, centre), np.full(CHAINS, ALIKE_SPREAD)
    kept: list[list[np.ndarray]] = [[] for _ in curves]
    for turn in range(SETTLING + KEPT * EVERY):
        for c, (of, block) in enumerate(zip(curves, blocks, strict=True)):
            others = state.copy()
            others[:, block] = 0.0
            odds = (pull[block] - others @ curve[:, block]) @ of.weights + alone[c]
            odds -= ((returns[c] - level[:, None]) / spread[:, None]) ** 2 / 2
            drawn[c] = _one_of(odds, chance)
            state[:, block] = of.weights[:, drawn[c]].T
        seen = np.array([r[d] for r, d in zip(returns, drawn, strict=True)])
        level, spread = _alike(seen, centre, spread, chance)
        if turn >= SETTLING and (turn - SETTLING) % EVERY == EVERY - 1:
            for c, d in enumerate(drawn):
                kept[c].append(d.copy())
    all_drawn = [np.concatenate(k) for k in kept]
    return all_drawn, _errors(curves, places, curve, blocks)


def _one_of(odds: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """One position per row, with these logarithms of odds (Gumbel's trick)."""
    return (odds + chance.gumbel(size=odds.shape)).argmax(axis=1)


def _alike(
    seen: np.ndarray, centre: float, spread: np.ndarray, chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A draw of the channels' mean return and of how far they lie apart, given the returns themselves."""
    variance = 1 / (1 / LEVEL_SPREAD**2 + len(seen) / spread**2)
    mean = variance * (centre / LEVEL_SPREAD**2 + seen.sum(axis=0) / spread**2)
    level = mean + np.sqrt(variance) * chance.normal(size=len(spread))
    apart = ((seen - level) ** 2).sum(axis=0)
    prior = np.log(np.gradient(ALIKE)) - (ALIKE / ALIKE_SPREAD) ** 2 / 2
    odds = prior - len(seen) * np.log(ALIKE) - apart[:, None] / (2 * ALIKE**2)
    return level, ALIKE[_one_of(odds, chance)]


def _left_of_media(
    curves: list[Curves], acts_on: np.ndarray, calendar: Calendar, fit: CalendarFit, media: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Curvature and pull of the likelihood on the weights of all channels, the calendar's effects left out.

    Returns
    -------
    The curvature, the pull, and the position of each channel's first weight.
    """
    sizes = [of.basis.shape[1] for of in curves]
    at = np.concatenate([[0], np.cumsum(sizes)])
    weights = fit.expected / fit.scatter
    off = np.where(weights > 0, (fit.bounded - fit.expected) / np.maximum(fit.expected, 1e-12), 0.0)
    seen = calendar.linear(fit.effects) + media + off
    own, cross, pull = np.zeros((at[-1], at[-1])), np.zeros((at[-1], len(calendar.precision))), np.zeros(at[-1])
    for s, (weight, row) in enumerate(zip(weights, seen, strict=True)):
        acting = np.flatnonzero(acts_on[:, s])
        if not len(acting):
            continue
        basis = np.hstack([curves[c].basis for c in acting])
        where = np.concatenate([np.arange(at[c], at[c + 1]) for c in acting])
        weighted = basis * weight[:, None]
        own[np.ix_(where, where)] += weighted.T @ basis
        cross[np.ix_(where, calendar.effects_of(s))] += weighted.T @ calendar.columns
        pull[where] += weighted.T @ row
    without = np.linalg.solve(fit.curve, cross.T)
    return own - cross @ without, pull - without.T @ calendar.slopes(weights * seen), at


def _errors(curves: list[Curves], places: list[Place], curve: np.ndarray, blocks: list[slice]) -> np.ndarray:
    """Standard error of the logarithm of an effect of the expected size, from the data alone.

    Carry-over and place on the curve are middling ones; endless where the spend never moved.
    """
    found = []
    for of, place, block in zip(curves, places, blocks, strict=True):
        middling = np.abs(of.carry_over - CARRY_OVERS[3]) + np.abs(of.place - PLACES[3])
        at = np.argmin(middling * 1e3 + np.abs(np.log(of.effect) - place.middle))
        grown = (1 - of.place[at]) / (1 - of.place[at] - of.effect[at])  # of the lift, by a step of the effect
        weight = of.basis.T @ ((1 - np.exp(-of.logs[:, at])) * grown)
        information = float(weight @ curve[block, block] @ weight)
        found.append(1 / np.sqrt(information) if information > 1e-9 else np.inf)
    return np.array(found)
