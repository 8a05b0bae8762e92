"""Which offer each customer gets, at most one, so that most is left within a budget and a capacity.

An integer programme: binary ``x[i, j]`` (customer ``i`` gets offer ``j``), the sum of ``net[i, j] x[i, j]`` as large as
can be, at most one offer a customer, what is spent at most the budget, contacts at most the capacity, of an offer at
most so many. A hundred thousand customers have a few limits in common and nothing else, so prices of these limits say
almost all: at the right prices each customer takes what is worth most after them, and only those for whom two choices
are worth nearly the same are left to the solver. The prices also give a bound that no choice can exceed, so that what
is not reached of the optimum is known and said.

Source: Lagrangian relaxation with cutting planes (Kelley 1960) and a core of undecided customers, as knapsacks are
solved (Balas & Zemel 1980); HiGHS by way of ``scipy.optimize.milp``.
"""

from dataclasses import dataclass

import numpy as np

NOBODY = -1
CORE = 120
"""Undecided customers left to the solver, at first."""
SMALL = 400
"""Up to so many choices the solver gets all."""
CUTS = 80
CLOSE = 1e-6
EXACT, CLOSE_ENOUGH, NODES = 1e-7, 1e-3, 300
"""Gaps at which the solver may stop where it has all choices, and where it has those of a core; and its work there."""
TINY = 1e-12


@dataclass(frozen=True)
class Limits:
    """What may be spent, how many may be contacted, and how many may get each offer; None is any number."""

    budget: float | None = None
    capacity: int | None = None
    most: tuple[int | None, ...] = ()


@dataclass(frozen=True)
class Choice:
    """``offer`` of each customer (``NOBODY``: none), what is left and spent in all, and what no choice can exceed.

    ``budget_price`` is what one more unit of the budget would bring, ``capacity_price`` what one more contact would.
    """

    offer: np.ndarray
    net: float
    spend: float
    bound: float
    budget_price: float
    capacity_price: float

    @property
    def gap(self) -> float:
        """By how much at most the choice is below the optimum, as a share of it."""
        return max(0.0, (self.bound - self.net) / self.bound) if self.bound > 0 else 0.0


def best_choice(net: np.ndarray, spend: np.ndarray, limits: Limits) -> Choice:
    """The offers that leave most within the limits.

    Parameters
    ----------
    net, spend : customers × offers; an offer that a customer may not get has a ``net`` of −∞.

    Returns
    -------
    Nobody gets an offer whose net is not above 0, whatever the limits.

    Raises
    ------
    ValueError : tables of different shape, or amounts below 0 spent.
    """
    net, spend = np.asarray(net, "float64"), np.asarray(spend, "float64")
    if net.shape != spend.shape or net.ndim != 2:
        raise ValueError(f"spend: expected a table of {net.shape}, got {spend.shape}")
    if (spend < 0).any():
        raise ValueError("spend: expected amounts of at least 0, got some below")
    gain = np.where(np.isfinite(net) & (net > 0), net, -np.inf)
    some = np.flatnonzero((gain > 0).any(axis=1))
    caps, uses = _rows_of_limits(limits, spend[some])
    everybody = np.full(len(net), NOBODY)
    if not len(some):
        return Choice(everybody, 0.0, 0.0, 0.0, 0.0, 0.0)
    gain = gain[some]
    prices, bound = _prices(gain, uses, caps)
    own = _taken(gain, uses, prices)[0] if not prices.any() else _decided(gain, uses, caps, prices)
    chosen = np.flatnonzero(own >= 0)
    everybody[some[chosen]] = own[chosen]
    total = float(gain[chosen, own[chosen]].sum())
    spent = float(spend[some[chosen], own[chosen]].sum())
    told = dict(zip(_names(limits), prices, strict=True))
    return Choice(everybody, total, spent, max(bound, total), told.get("budget", 0.0), told.get("capacity", 0.0))


def _names(limits: Limits) -> list[str]:
    names = ["budget"] if limits.budget is not None else []
    names += ["capacity"] if limits.capacity is not None else []
    return names + [f"most {j}" for j, most in enumerate(limits.most) if most is not None]


def _rows_of_limits(limits: Limits, spend: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Per limit how much of it there is, and how much of it each customer's offer takes."""
    caps, uses = [], []
    if limits.budget is not None:
        caps.append(limits.budget)
        uses.append(spend)
    if limits.capacity is not None:
        caps.append(limits.capacity)
        uses.append(np.ones_like(spend))
    for j, most in enumerate(limits.most):
        if most is not None:
            caps.append(most)
            uses.append(np.tile(np.arange(spend.shape[1]) == j, (len(spend), 1)).astype("float64"))
    return np.array(caps, "float64"), uses


def _taken(gain: np.ndarray, uses: list[np.ndarray], prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each customer takes at these prices, and what that is worth after them."""
    left = gain - sum((p * use for p, use in zip(prices, uses, strict=True) if p), np.zeros(()))
    best = left.argmax(axis=1)
    worth = left[np.arange(len(left)), best]
    return np.where(worth > 0, best, NOBODY), np.maximum(worth, 0.0)


def _used(own: np.ndarray, uses: list[np.ndarray]) -> np.ndarray:
    some = np.flatnonzero(own >= 0)
    return np.array([use[some, own[some]].sum() for use in uses])


def _fits(own: np.ndarray, uses: list[np.ndarray], caps: np.ndarray) -> bool:
    return bool((_used(own, uses) <= caps * (1 + 1e-12) + 1e-9).all())


def _prices(gain: np.ndarray, uses: list[np.ndarray], caps: np.ndarray) -> tuple[np.ndarray, float]:
    """The prices of the limits at which the bound is lowest, and the bound: a convex function, by cutting planes.

    Where all can have what is best for them the prices are 0.
    """
    prices = np.zeros(len(caps))
    own, worth = _taken(gain, uses, prices)
    bound = float(worth.sum() + prices @ caps)
    if not len(caps) or _fits(own, uses, caps):
        return prices, bound
    from scipy.optimize import linprog

    highest = np.array([_highest_price(gain, use) for use in uses])
    best, cuts, sides = (bound, prices), [], []
    for _ in range(CUTS):
        slope = caps - _used(own, uses)
        cuts.append(np.append(slope, -1.0))
        sides.append(slope @ prices - (worth.sum() + prices @ caps))
        found = linprog(
            np.append(np.zeros(len(caps)), 1.0),
            A_ub=np.array(cuts),
            b_ub=np.array(sides),
            bounds=[*((0.0, h) for h in highest), (0.0, None)],
        )
        if not found.success:
            break
        lowest, prices = float(found.x[-1]), np.maximum(found.x[:-1], 0.0)
        own, worth = _taken(gain, uses, prices)
        bound = float(worth.sum() + prices @ caps)
        if bound < best[0]:
            best = (bound, prices)
        if best[0] - lowest <= CLOSE * max(best[0], 1e-12):
            break
    bound, prices = best
    return (prices if prices.any() else np.full(len(caps), TINY)), bound


def _highest_price(gain: np.ndarray, use: np.ndarray) -> float:
    """Above it nobody would take anything."""
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where((use > 0) & (gain > 0), gain / use, 0.0)
    return float(each[np.isfinite(each)].max(initial=0.0)) * 1.01


def _decided(gain: np.ndarray, uses: list[np.ndarray], caps: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Who is surely worth an offer at these prices gets it; the undecided are left to the solver."""
    left = gain - sum((p * use for p, use in zip(prices, uses, strict=True)), np.zeros(()))
    ranked = np.sort(np.column_stack([left, np.zeros(len(left))]), axis=1)
    doubt = np.argsort(ranked[:, -1] - ranked[:, -2], kind="stable")
    fixed, _ = _taken(gain, uses, prices)
    is_small = bool(np.isfinite(gain).sum() <= SMALL)
    size = len(gain) if is_small else min(CORE, len(gain))
    while True:
        core = doubt[:size]
        own = fixed.copy()
        own[core] = NOBODY
        room = caps - _used(own, uses)
        if (room >= 0).all():
            own[core] = _solved(gain[core], [use[core] for use in uses], room, is_small)
            return own
        if size == len(gain):
            return np.full(len(gain), NOBODY)
        size = min(2 * size, len(gain))


def _solved(gain: np.ndarray, uses: list[np.ndarray], caps: np.ndarray, exact: bool) -> np.ndarray:
    """The programme as it stands, for a few customers."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix, vstack

    who, offer = np.nonzero(gain > 0)
    if not len(who):
        return np.full(len(gain), NOBODY)
    number = np.arange(len(who))
    once = csr_matrix((np.ones(len(who)), (who, number)), shape=(len(gain), len(who)))
    sizes = np.maximum(caps, 1e-9)  # each row in its own limit: rows of very different size are solved less exactly
    common = csr_matrix(np.array([use[who, offer] for use in uses]) / sizes[:, None])
    limits = LinearConstraint(vstack([once, common]), -np.inf, np.append(np.ones(len(gain)), caps / sizes))
    # HiGHS 1.12, which SciPy 1.17 brings, writes a line to the standard output where it mends a solution that rounding
    # put beyond a limit; none of the options keeps it from that
    found = milp(
        -gain[who, offer] / gain[who, offer].max(),
        constraints=limits,
        integrality=np.ones(len(who)),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": EXACT} if exact else {"mip_rel_gap": CLOSE_ENOUGH, "node_limit": NODES},
    )
    own = np.full(len(gain), NOBODY)
    if found.x is not None:
        taken = found.x > 0.5
        own[who[taken]] = offer[taken]
    return own
