"""What an experiment shows: how much more those who got an offer brought than those left alone by lot."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95

ALL = "All"
"""The group that is everybody."""
CONFIDENCE = 0.95


def arm_lifts(outcomes: pd.DataFrame, control: str, by: str | None = None) -> pd.DataFrame:
    """How each arm of an experiment differs from the arm left alone, in revenue and in the share that bought.

    Parameters
    ----------
    outcomes : one row per customer: ``arm``, ``revenue`` (after the contact, 0 where nothing was bought) and, where
        asked for, the column ``by`` of their group.
    control : the arm left alone.

    Returns
    -------
    One row per arm and group, the whole (``ALL``) first: ``arm``, ``group``, ``customers``, ``controls`` (counts),
    ``revenue``, ``revenue_control`` (each customer, the shop's currency), ``revenue_lift`` with ``revenue_error``
    (standard error), ``t`` and ``revenue_low`` to ``revenue_high`` (95 %, Welch), and the same of the share buying:
    ``bought``, ``bought_control``, ``bought_lift``, ``bought_error``, ``bought_low``, ``bought_high``; ``kept`` is
    that lift as a share of those who would not have bought, with ``kept_error``.

    Raises
    ------
    ValueError : nobody is in the control arm.

    Source: Welch 1947.

    >>> rows = pd.DataFrame({"arm": ["mail"] * 3 + ["none"] * 3, "revenue": [4.0, 2.0, 0.0, 0.0, 1.0, 2.0]})
    >>> told = arm_lifts(rows, "none").iloc[0]
    >>> float(told["revenue_lift"]), round(float(told["revenue_error"]), 4), round(float(told["t"]), 4)
    (1.0, 1.291, 0.7746)
    """
    if not (outcomes["arm"] == control).any():
        raise ValueError(f"control: expected an arm with customers, got {control!r}")
    parts = [(ALL, outcomes)]
    if by is not None:
        parts += [(str(name), part) for name, part in outcomes.groupby(by, observed=True, sort=True)]
    rows = []
    for arm in dict.fromkeys(outcomes["arm"]):
        if arm == control:
            continue
        for group, part in parts:
            treated, alone = (part.loc[part["arm"] == of, "revenue"].to_numpy("float64") for of in (arm, control))
            if len(treated) > 1 and len(alone) > 1:
                rows.append({"arm": arm, "group": group} | _compared(treated, alone))
    return pd.DataFrame(rows)


def _compared(treated: np.ndarray, alone: np.ndarray) -> dict[str, float]:
    bought, came = (treated > 0).astype("float64"), (alone > 0).astype("float64")
    told = {"customers": len(treated), "controls": len(alone)}
    for name, own, other in (("revenue", treated, alone), ("bought", bought, came)):
        lift, error, freedom = welch(own, other)
        half = half_width(error, freedom)
        told |= {name: own.mean(), f"{name}_control": other.mean(), f"{name}_lift": lift, f"{name}_error": error}
        told |= {f"{name}_low": lift - half, f"{name}_high": lift + half}
        if name == "revenue":
            told["t"] = lift / error if error else np.nan
    silent = 1 - told["bought_control"]
    told["kept"] = told["bought_lift"] / silent if silent else np.nan
    told["kept_error"] = _kept_error(bought, came) if silent else np.nan
    return {name: float(v) if isinstance(v, np.floating) else v for name, v in told.items()}


def welch(own: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """The difference of two means, its standard error and degrees of freedom, variances being their own."""
    return welch_of(*((len(values), float(values.mean()), float(values.var(ddof=1))) for values in (own, other)))


def welch_of(own: tuple[int, float, float], other: tuple[int, float, float]) -> tuple[float, float, float]:
    """The same of two groups of which the number, the mean and the variance are known.

    >>> [round(value, 3) for value in welch_of((3, 2.0, 4.0), (3, 1.0, 1.0))]
    [1.0, 1.291, 2.941]
    """
    spreads = own[2] / own[0], other[2] / other[0]
    below = spreads[0] ** 2 / (own[0] - 1) + spreads[1] ** 2 / (other[0] - 1)
    return own[1] - other[1], float(np.sqrt(sum(spreads))), sum(spreads) ** 2 / below if below else np.inf


def half_width(error: float, freedom: float) -> float:
    """To either side of a difference, within which the true one lies in 95 of 100 cases."""
    return _t_quantile(freedom) * error


def _t_quantile(freedom: float) -> float:
    from scipy.special import stdtrit  # half a second that the first pages need not wait for

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) if np.isfinite(freedom) else NORMAL_95


def _kept_error(bought: np.ndarray, alone: np.ndarray) -> float:
    """Of 1 − (1 − treated) / (1 − alone), by the delta method."""
    silent, left = 1 - alone.mean(), 1 - bought.mean()
    own, other = bought.var(ddof=1) / len(bought), alone.var(ddof=1) / len(alone)
    return float(np.sqrt(own / silent**2 + other * left**2 / silent**4))


@dataclass(frozen=True)
class Shrunk:
    """Effects of groups pulled towards what all have in common: ``values`` with ``errors``; ``apart`` is how far the
    true ones are taken to differ (standard deviation), ``pooled`` their mean with ``pooled_error``."""

    values: np.ndarray
    errors: np.ndarray
    pooled: float
    pooled_error: float
    apart: float


def shrunk(effects: np.ndarray, errors: np.ndarray) -> Shrunk:
    """Effects of groups, each pulled towards the pooled one by as much as chance may have moved it.

    A group of few customers keeps little of what it shows, one of many keeps its own. Where groups differ by no more
    than chance makes of them, all get the pooled effect.

    Raises
    ------
    ValueError : effects without errors, or none.

    Source: empirical Bayes with the variance between groups by moments (DerSimonian & Laird 1986).

    >>> told = shrunk(np.array([0.0, 0.4]), np.array([0.1, 0.1]))
    >>> told.values.round(3).tolist(), round(told.pooled, 3)
    ([0.025, 0.375], 0.2)
    """
    effects, errors = np.asarray(effects, "float64"), np.asarray(errors, "float64")
    if not len(effects) or len(effects) != len(errors) or not (np.isfinite(errors) & (errors > 0)).all():
        raise ValueError(f"errors: expected one above 0 for each of {len(effects)} effects, got {errors.tolist()}")
    weights = errors**-2.0
    mean = float((weights * effects).sum() / weights.sum())
    excess = float((weights * (effects - mean) ** 2).sum()) - (len(effects) - 1)
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    between = max(0.0, excess / scale) if scale > 0 else 0.0
    weights = 1 / (errors**2 + between)
    pooled, pooled_error = float((weights * effects).sum() / weights.sum()), float(weights.sum() ** -0.5)
    own = between / (between + errors**2)
    variance = own * errors**2 + (1 - own) ** 2 * pooled_error**2
    return Shrunk(pooled + own * (effects - pooled), np.sqrt(variance), pooled, pooled_error, float(np.sqrt(between)))
