"""Who of a list is left alone by lot, how many that must be, and what that costs."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from analytics.chance import NORMAL_95, POWER_80
from analytics.formats import percent

POWER = 0.8
_BOTH = POWER_80 + NORMAL_95
"""Standard errors that a difference must be away from nothing, to be seen at that power and those odds."""
FIRST_SHARE = 0.1
"""Left alone where not even half of the list would show the lift."""
MOST_SHARE = 0.5
TREAT, HOLD_OUT = "treat", "hold-out"


@dataclass(frozen=True)
class HoldOut:
    """``share`` of the list is left alone, about ``customers`` of it.

    ``needed`` is the share that would show the lift foreseen (None where not even half does), ``needed_list`` how long
    a list would have to be then. ``visible`` is the smallest difference of shares ordering that this hold-out shows.
    """

    share: float
    customers: int
    needed: float | None
    needed_list: int
    visible: float
    foreseen: float
    sentence: str


def hold_out(listed: int, share_without: float, share_with: float, share: float | None = None) -> HoldOut:
    """The hold-out of a list whose customers order with these probabilities without the contact and with it.

    Parameters
    ----------
    share : of the list to leave alone; None takes what is needed to see the difference with a power of 80 % at odds of
        5 %, or ``FIRST_SHARE`` where no share does.

    Source: the usual normal approximation for two shares (Fleiss 1981).

    >>> hold_out(10_000, 0.30, 0.33).customers
    2480
    """
    foreseen = share_with - share_without
    needed = _needed(listed, share_without, share_with)
    used = share if share is not None else needed if needed is not None else FIRST_SHARE
    customers = round(used * listed)
    visible = _BOTH * _error(listed, customers / listed if listed else 0.0, share_without, share_with)
    spread = share_without * (1 - share_without) + share_with * (1 - share_with)
    enough = math.ceil(2 * spread * (_BOTH / foreseen) ** 2) if foreseen > 0 else 0
    told = (used, customers, needed, enough, visible, foreseen)
    return HoldOut(*told, _sentence(listed, *told))


def _needed(listed: int, without: float, with_: float) -> float | None:
    if with_ <= without or not listed:
        return None
    for share in np.arange(0.002, MOST_SHARE + 1e-9, 0.002):
        if _BOTH * _error(listed, float(share), without, with_) <= with_ - without:
            return float(share)
    return None


def _error(listed: int, share: float, without: float, with_: float) -> float:
    """Standard error of the difference of the two shares ordering."""
    alone, treated = share * listed, (1 - share) * listed
    if alone < 1 or treated < 1:
        return math.inf
    return math.sqrt(without * (1 - without) / alone + with_ * (1 - with_) / treated)


def _sentence(
    listed: int, share: float, customers: int, needed: float | None, enough: int, visible: float, foreseen: float
) -> str:
    if not customers:
        return "Nobody is left alone: what the offers keep will stay an assumption."
    said = f"Left alone by lot: {percent(share)} of the list, about {customers:,} customers. "
    points = f"{100 * foreseen:.1f} points"
    if needed is None and foreseen <= 0:
        return f"{said}No difference of the shares ordering is foreseen, so none can be looked for."
    if needed is None:
        return (
            f"{said}The share ordering is foreseen to differ by {points}; to see that in four of five cases takes "
            f"a list of {enough:,}, half of them left alone. This one shows a difference of {100 * visible:.1f} "
            "points: add up several campaigns."
        )
    if share + 1e-9 >= needed:
        return f"{said}It shows the foreseen difference of {points} in the share ordering in four of five cases."
    return (
        f"{said}The foreseen difference of {points} in the share ordering takes {percent(needed)} left alone to be "
        f"seen in four of five cases; this hold-out shows one of {100 * visible:.1f} points."
    )


def lots(customers: Iterable[str], campaign: str) -> np.ndarray:
    """A number from 0 to 1 for each customer, by lot but for ever: it hangs on the customer and the campaign alone.

    Whoever has one below the share is left alone, whichever other customers are on the list and in whatever order.

    >>> lots(["C1", "C2"], "spring").round(3).tolist() == lots(["C2", "C1"], "spring").round(3).tolist()[::-1]
    True
    """
    salt = campaign.encode()
    drawn = (hashlib.blake2b(name.encode(), digest_size=7, key=hashlib.blake2b(salt, digest_size=32).digest()).digest()
             for name in customers)  # fmt: skip
    return np.fromiter((int.from_bytes(d, "big") / 2.0**56 for d in drawn), "float64")
