"""What a row of monthly payments is worth: its rate of return, and the month from which on the money is back."""

from dataclasses import dataclass

import numpy as np

from analytics.prescriptive.cash_flows import MONTHS_A_YEAR

NOTHING_PAID = "nothing is paid before something comes"
NOTHING_COMES = "nothing comes back"
SEVERAL_RETURNS = "payments change direction more than once, so that several rates may fit"
_TINY = 1e-12


@dataclass(frozen=True)
class Return:
    """A rate of return ``a_year`` (0.1 is 10 %), or missing with the reason ``why``, a part of a sentence."""

    a_year: float
    why: str = ""


def internal_rate(flows: np.ndarray) -> Return:
    """The rate a year at which payments are worth nothing in today's money; months compound to it.

    Where payments change direction once there is exactly one (Descartes). Where they do more often, there is exactly
    one above 0 if what has been paid and got so far changes its sign once and ends otherwise than at 0 (Norstrom 1972);
    else there may be several, and none is told.

    Parameters
    ----------
    flows : the net of the beginning and of each month's end.

    >>> round(internal_rate(np.array([-100.0] + [0.0] * 11 + [110.0])).a_year, 6)
    0.1
    """
    size = np.abs(flows).max(initial=0.0)
    scaled = flows / size if size else flows
    turns = _turns(scaled)
    if turns == 0 or scaled[np.abs(scaled) > _TINY][0] > 0:
        return Return(float("nan"), NOTHING_COMES if np.any(scaled < 0) and turns == 0 else NOTHING_PAID)
    so_far = np.cumsum(scaled)
    one_above_zero = _turns(so_far) == 1 and abs(so_far[-1]) > _TINY
    if turns > 1 and not one_above_zero:
        return Return(float("nan"), SEVERAL_RETURNS)
    growth = _growth(scaled, above_zero=turns > 1)
    return Return(float(growth**MONTHS_A_YEAR - 1.0)) if growth else Return(float("nan"), SEVERAL_RETURNS)


def _growth(flows: np.ndarray, *, above_zero: bool) -> float | None:
    """By how much money grows a month where the flows are worth nothing: bracketed, then found to the last digits."""
    from scipy.optimize import brentq

    month = np.arange(len(flows))

    def worth(log_growth: float) -> float:
        """At the beginning, or at the end where money shrinks, so that nothing grows beyond what can be counted."""
        return float(flows @ np.exp(-log_growth * (month if log_growth >= 0 else month - month[-1])))

    low = 1e-12 if above_zero else -1e-3
    high = 1e-3
    for _ in range(60):
        if worth(low) * worth(high) <= 0:
            return float(np.exp(brentq(worth, low, high, xtol=1e-15, rtol=8.9e-16, maxiter=200)))
        low, high = low if above_zero else max(2 * low, -600.0), min(2 * high, 600.0)
    return None


def _turns(flows: np.ndarray) -> int:
    """How often payments change direction, those of nothing left out."""
    signs = np.sign(flows[np.abs(flows) > _TINY])
    return int((signs[1:] != signs[:-1]).sum())


def payback_month(flows: np.ndarray) -> float:
    """The month from whose end on the money is back and stays so; 0 where none was ever out, missing where it is not.

    A plan whose sum rises above nothing and falls below it again before its last month has not paid back.

    Parameters
    ----------
    flows : the net of the beginning and of each month's end, discounted where the payback shall be.

    >>> payback_month(np.array([-100.0, 60.0, 60.0])), payback_month(np.array([-1.0, 0.5]))
    (2.0, nan)
    """
    so_far = np.cumsum(flows)
    out = np.flatnonzero(so_far < -_TINY * np.abs(flows).max(initial=1.0))
    if not len(out):
        return 0.0
    return float(out[-1] + 1) if out[-1] + 1 < len(flows) else float("nan")
