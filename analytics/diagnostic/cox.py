"""Cox's proportional hazards model for gaps in whole days, with late entries and customers as independent units.

Gaps in days have few different lengths, so everything that the model needs is added up by day first: a fit costs a few
passes over the rows, and a hundred thousand gaps take a second. ``statsmodels.PHReg`` gives the same figures (tests
hold both equal) and takes a minute for them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

MOST_STEPS = 25
PRECISION = 1e-6
TOO_STEEP = 10.0
"""Log hazard ratios beyond which there is no maximum: a level after which all or none end."""


@dataclass(frozen=True)
class Gathered:
    """Rows for the model: ``design`` has a column per coefficient, ``unit`` says which rows belong together."""

    days: np.ndarray
    ended: np.ndarray
    entry: np.ndarray
    design: np.ndarray
    unit: np.ndarray

    @cached_property
    def by_exit(self) -> "_Blocks":
        """The rows by the day they leave."""
        return _Blocks.of(self.days, self.design)

    @cached_property
    def by_entry(self) -> "_Blocks":
        """The rows by the day they enter."""
        return _Blocks.of(self.entry, self.design)

    @cached_property
    def length(self) -> int:
        """Days from 0 to the longest gap."""
        return int(self.days.max()) + 1

    @cached_property
    def deaths(self) -> np.ndarray:
        """How many end on each day."""
        return np.bincount(self.days, self.ended, self.length)

    def until(self, day: int) -> "Gathered":
        """What happens up to a day: whatever lasts longer is censored there."""
        which = self.entry < day
        return self._with(which, np.minimum(self.days, day), self.ended & (self.days <= day), self.entry)

    def after(self, day: int) -> "Gathered":
        """What happens after a day, to those that have lasted so long."""
        return self._with(self.days > day, self.days, self.ended, np.maximum(self.entry, day))

    def _with(self, which: np.ndarray, days: np.ndarray, ended: np.ndarray, entry: np.ndarray) -> "Gathered":
        return Gathered(days[which], ended[which], entry[which], self.design[which], self.unit[which])


@dataclass(frozen=True)
class Fit:
    """Coefficients (log hazard ratios) with their covariance, from customers as independent units.

    ``information`` is the inverse of the model's own covariance, for independent rows.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    information: np.ndarray
    log_likelihood: float

    @property
    def errors(self) -> np.ndarray:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))


def fitted(rows: Gathered, start: np.ndarray | None = None) -> Fit | None:
    """The model that makes the order in which gaps end most likely; None where there is no such.

    Parameters
    ----------
    rows : those that last no longer than their entry must have been left out.
    start : coefficients to begin with.

    Source: Cox 1972; ties by Breslow 1974; customers as units by Lin & Wei 1989.
    """
    coefficients = np.zeros(rows.design.shape[1]) if start is None else start
    state = _State(rows, coefficients)
    for _ in range(MOST_STEPS):
        step = np.linalg.lstsq(state.information, state.score, rcond=None)[0]
        better = _State(rows, coefficients + step)
        while better.log_likelihood < state.log_likelihood - 1e-8 * abs(state.log_likelihood):
            step = step / 2
            if np.abs(step).max() < PRECISION:
                break
            better = _State(rows, coefficients + step)
        coefficients, state = coefficients + step, better
        if np.abs(coefficients).max(initial=0.0) > TOO_STEEP:
            return None
        if np.abs(step).max(initial=0.0) < PRECISION:
            break
    if np.linalg.cond(state.information) > 1e12:
        return None
    inverse = np.linalg.inv(state.information)
    pulls = by_unit(state.pulls(), rows.unit)
    return Fit(coefficients, inverse @ (pulls.T @ pulls) @ inverse, state.information, state.log_likelihood)


def score_test(rows: Gathered) -> tuple[float, int]:
    """The χ² statistic of all coefficients being 0, customers as units, and its degrees of freedom.

    With a column for each group but one it is the log-rank test for gaps of which several belong to one customer.

    Source: Lee, Wei & Amato 1992.
    """
    state = _State(rows, np.zeros(rows.design.shape[1]))
    pulls = by_unit(state.pulls(), rows.unit)
    spread = pulls.T @ pulls
    return float(state.score @ np.linalg.pinv(spread) @ state.score), int(np.linalg.matrix_rank(spread))


def proportionality(rows: Gathered, fit: Fit, blocks: list[np.ndarray]) -> list[float]:
    """Per block of coefficients the χ² statistic of its hazard ratios being the same on all days.

    Schoenfeld's residuals are held against time (as 1 − the Kaplan–Meier share, which spreads the events evenly): were
    a ratio to rise or fall with it, they would lean. The statistic is the score test of that lean, its variance from
    customers as independent units. A block has as many degrees of freedom as coefficients.

    Source: Grambsch & Therneau 1994, as a score test (Therneau's survival 3).
    """
    state = _State(rows, fit.coefficients)
    clock = _evenly_spread(rows, state)
    lean = state.weighted(clock)
    pulls = by_unit(
        state.pulls(clock) - state.pulls() @ np.linalg.solve(fit.information, state.cross(clock)), rows.unit
    )
    spread = pulls.T @ pulls
    return [float(lean[b] @ np.linalg.pinv(spread[np.ix_(b, b)]) @ lean[b]) for b in blocks]


def by_unit(pulls: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Rows added up by unit."""
    order = np.argsort(unit, kind="stable")
    starts = np.flatnonzero(np.diff(unit[order], prepend=-1))
    return np.add.reduceat(pulls[order], starts, axis=0)


def _evenly_spread(rows: Gathered, state: "_State") -> np.ndarray:
    """One number per day that rises from event to event, with mean 0 over the events."""
    with np.errstate(divide="ignore", invalid="ignore"):
        lasting = np.where(state.count > 0, 1 - rows.deaths / state.count, 1.0)
    clock = 1 - np.concatenate([[1.0], np.cumprod(lasting)[:-1]])
    return clock - clock @ rows.deaths / rows.deaths.sum()


@dataclass(frozen=True)
class _Blocks:
    """Rows in an order in which those of a day stand together, and where each day's begin."""

    order: np.ndarray
    days: np.ndarray
    starts: np.ndarray
    design: np.ndarray

    @classmethod
    def of(cls, days: np.ndarray, design: np.ndarray) -> "_Blocks":
        order = np.argsort(days, kind="stable")
        present, starts = np.unique(days[order], return_index=True)
        return cls(order, present, starts, design[order])

    def sums(self, weights: np.ndarray, length: int) -> np.ndarray:
        """Σ w by day; one entry for each day from 0."""
        out = np.zeros(length)
        out[self.days] = np.add.reduceat(weights[self.order], self.starts)
        return out

    def moments(self, weights: np.ndarray, length: int) -> np.ndarray:
        """Σ w·x by day."""
        out = np.zeros((length, self.design.shape[1]))
        out[self.days] = np.add.reduceat(self.design * weights[self.order, None], self.starts, axis=0)
        return out


class _State:
    """The likelihood and its derivatives at given coefficients."""

    def __init__(self, rows: Gathered, coefficients: np.ndarray) -> None:
        self.rows = rows
        linear = rows.design @ coefficients
        self.weight = np.exp(linear - linear.max(initial=0.0))
        self.count = self._there("sums", np.ones(len(linear)))
        self.mass = np.where(self.count > 0.5, self._there("sums", self.weight), np.nan)
        event = rows.ended
        logs = np.log(self.mass[rows.days[event]]) + linear.max(initial=0.0)
        self.log_likelihood = float(linear[event].sum() - logs.sum())
        with np.errstate(invalid="ignore"):
            self.mean = np.nan_to_num(self._there("moments", self.weight) / self.mass[:, None])
            self.hazard = np.nan_to_num(rows.deaths / self.mass)

    @cached_property
    def score(self) -> np.ndarray:
        return self.weighted(np.ones(self.rows.length))

    @cached_property
    def information(self) -> np.ndarray:
        return self.cross(np.ones(self.rows.length))

    def weighted(self, clock: np.ndarray) -> np.ndarray:
        """Schoenfeld's residuals added up, each times the clock of its day."""
        rows = self.rows
        left = np.where(rows.ended, clock[rows.days], 0.0) @ rows.design
        return left - (clock * rows.deaths) @ self.mean

    def cross(self, clock: np.ndarray) -> np.ndarray:
        """The information weighted by a clock: the design's covariance among those at risk, over all who end.

        A row is at risk on all its days, so its square is taken once, times the hazard that it met.
        """
        met = self.weight * self._met(clock)
        means = self.mean * (clock * self.rows.deaths)[:, None]
        return (self.rows.design * met[:, None]).T @ self.rows.design - means.T @ self.mean

    def pulls(self, clock: np.ndarray | None = None) -> np.ndarray:
        """What each row adds to the score: where it ends, less what was expected of it while it was at risk."""
        rows = self.rows
        clock = np.ones(rows.length) if clock is None else clock
        ends = np.where(rows.ended, clock[rows.days], 0.0)[:, None] * (rows.design - self.mean[rows.days])
        pulled = np.cumsum((clock * self.hazard)[:, None] * self.mean, axis=0)
        between = rows.design * self._met(clock)[:, None]
        return ends - self.weight[:, None] * (between - pulled[rows.days] + pulled[rows.entry])

    def _met(self, clock: np.ndarray) -> np.ndarray:
        """The hazard, weighted by the clock, that each row met while it was at risk, at reference levels."""
        hazard = np.cumsum(clock * self.hazard)
        return hazard[self.rows.days] - hazard[self.rows.entry]

    def _there(self, kind: str, weights: np.ndarray) -> np.ndarray:
        """Sums over those at risk on each day: who leaves then or later, less who enters then or later."""
        rows = self.rows
        left, came = (getattr(blocks, kind)(weights, rows.length) for blocks in (rows.by_exit, rows.by_entry))
        return (left - came)[::-1].cumsum(axis=0)[::-1]
