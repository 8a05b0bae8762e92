"""The best split of a budget within bounds, and what each bound costs."""

from dataclasses import dataclass

import numpy as np

from analytics.prescriptive.media_response import MediaResponse

TOLERANCE = 1e-4
"""Of the total, within which an amount is at its bound."""
MOST_STEPS = 400
PRECISION = 1e-12
TURNS = 20
STARTS = (0.5, 0.05, 0.95)
"""Where the search begins where channels act on the same orders, as places between equal and by return."""


@dataclass(frozen=True, eq=False)
class Split:
    """Amounts a day by channel, each from ``low`` to ``high``.

    ``slopes`` is what one more unit on each channel is expected to bring; ``price`` what one more unit of the total
    would bring at best. ``at_low`` and ``at_high`` say which bounds bind, ``binds`` whether the total does.
    """

    spend: np.ndarray
    low: np.ndarray
    high: np.ndarray
    slopes: np.ndarray
    price: float
    at_low: np.ndarray
    at_high: np.ndarray
    binds: bool


def best_split(
    media: MediaResponse, worth: np.ndarray, low: np.ndarray, high: np.ndarray, total: float, spend_all: bool
) -> Split:
    """The split that is best in the mean of all draws: not best for the likeliest curves, but for what may be true.

    With curves that only bend downwards the mean of them does, too, so that a best split of separate channels is the
    only one; where all channels act on the same orders several starts are tried.

    Parameters
    ----------
    worth : contribution margin of an order of each series.
    low, high : bounds a day by channel. total : what there is a day; all of it is spent where ``spend_all``.

    Raises
    ------
    ValueError : bounds that cannot be met; whoever asks has to say which.

    Source: sequential quadratic programming (Kraft 1988, SciPy).
    """
    from scipy.optimize import minimize

    if low.sum() > total * (1 + 1e-9) or (spend_all and high.sum() < total * (1 - 1e-9)) or (low > high).any():
        raise ValueError(f"low, high: expected bounds that {total:g} fits in, got {low.sum():g} to {high.sum():g}")
    unit = max(total, 1e-9)
    scale = max(float(np.abs(media.base * worth).sum(axis=1).mean()), 1e-9)

    def loss(share: np.ndarray) -> float:
        spend = share * unit
        return -(float((media.orders_at(spend) * worth).sum(axis=1).mean()) - spend.sum()) / scale

    def slope(share: np.ndarray) -> np.ndarray:
        return -(media.slopes_at(share * unit, worth).mean(axis=0) - 1) * unit / scale

    left = {"fun": lambda share: 1 - share.sum(), "jac": lambda share: -np.ones(len(share))}
    asked = {"type": "eq" if spend_all else "ineq", **left}
    tried = [
        minimize(
            loss, start / unit, jac=slope, method="SLSQP", constraints=[asked],
            bounds=np.column_stack([low, high]) / unit, options={"ftol": PRECISION, "maxiter": MOST_STEPS},
        )
        for start in _starts(media, worth, low, high, total)
    ]  # fmt: skip
    best = min(tried, key=lambda found: found.fun)
    return described_split(media, worth, np.clip(best.x * unit, low, high), low, high, total, spend_all)


def _starts(
    media: MediaResponse, worth: np.ndarray, low: np.ndarray, high: np.ndarray, total: float
) -> list[np.ndarray]:
    """Splits within the bounds that use up the total, or all bounds where these allow less."""
    room = max(float((high - low).sum()), 1e-12)
    even = low + (high - low) * min((total - low.sum()) / room, 1.0)
    if media.acts_on.sum() == len(media.channels):
        return [even]
    found, by_return = [even], np.argsort(-media.slopes_at(low, worth).mean(axis=0))
    greedy, left = low.copy(), max(min(total, high.sum()) - low.sum(), 0.0)
    for c in by_return:
        greedy[c] += min(high[c] - low[c], left)
        left -= greedy[c] - low[c]
    return found + [(1 - share) * even + share * greedy for share in STARTS]


def described_split(
    media: MediaResponse, worth: np.ndarray, spend: np.ndarray, low: np.ndarray, high: np.ndarray,
    total: float, spend_all: bool,
) -> Split:  # fmt: skip
    """Which bounds bind at a split, and at what price (the multipliers of Karush, Kuhn and Tucker)."""
    near = TOLERANCE * max(total, 1e-9)
    slopes = media.slopes_at(spend, worth).mean(axis=0)
    at_low, at_high = spend - low <= near, high - spend <= near
    between, growing = ~at_low & ~at_high, ~at_high
    used_up = spend.sum() >= total - near
    if between.any() and (spend_all or used_up):
        price = float(slopes[between].mean())
    elif growing.any():
        price = float(slopes[growing].max())
    else:
        price = 0.0
    return Split(spend, low, high, slopes, price, at_low, at_high, bool(used_up and (spend_all or price > 1)))


def within_bounds(spend: np.ndarray, split: Split) -> np.ndarray:
    """The nearest amounts within the bounds: what one of them takes away is laid on the others in turns."""
    kept = np.clip(spend, split.low, split.high)
    for _ in range(TURNS):
        left = float(spend.sum() - kept.sum())
        room = split.high - kept if left > 0 else kept - split.low
        if abs(left) < 1e-9 * max(spend.sum(), 1.0) or room.sum() <= 0:
            break
        kept = np.clip(kept + left * room / room.sum(), split.low, split.high)
    return kept
