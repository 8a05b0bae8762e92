"""What a little more marketing spend brings: by the curves of the channels, where data tell most of them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.errors import NotEnoughData
from analytics.periods import DAYS_A_MONTH
from analytics.prescriptive.budget import HIGH, LOW, order_worth
from analytics.prescriptive.media_response import MediaResponse

TOLD_SHARE = 0.5
"""Share of the spend that must go to channels whose effect the data tell, for their curves to stand for all."""


@dataclass(frozen=True)
class SpendStep:
    """Contribution margin that each unit of some more spend brings, from ``low`` to ``high`` in four of five cases.

    ``told`` has the channels whose effect the data tell, ``untold`` those whose is not.
    """

    low: float
    likely: float
    high: float
    told: tuple[str, ...]
    untold: tuple[str, ...]


def spend_step(
    media: MediaResponse, margins: pd.DataFrame, spend: float, step: float, channels: tuple[str, ...] = ()
) -> SpendStep:
    """What each unit brings if so much more is spent, on each channel in proportion to what it has at present.

    Parameters
    ----------
    margins : ``category_margins`` of the last year, as for a budget.
    spend : of these channels in a month (the shop's currency); others stay at what they have at present.
    step : by which share it is raised (0.1: by 10 %).
    channels : all where empty.

    Returns
    -------
    The mean of what all curves say that data and prior knowledge leave possible, with the ends of four of five of them.

    Raises
    ------
    NotEnoughData : nothing was spent on these channels, or the data do not tell what most of their spend does.
    """
    of_these = np.array([not channels or name in channels for name in media.channels])
    usual = media.present if (media.present * of_these).sum() > 0 else media.usual
    share = usual * of_these / max(float((usual * of_these).sum()), 1e-9)
    if not share.sum() > 0 or not spend > 0:
        raise NotEnoughData("nothing was spent on these channels lately")
    if float(share[media.told].sum()) < TOLD_SHARE:
        raise NotEnoughData(
            "the data do not tell what most of this spend does, as it changed too little or along with the season"
        )
    worth = order_worth(media, margins)
    now = np.where(of_these, share * spend / DAYS_A_MONTH, media.present)
    more = np.where(of_these, now * step, 0.0)
    brought = ((media.orders_at(now + more) - media.orders_at(now)) * worth).sum(axis=1) / more.sum()
    low, high = np.quantile(brought, [LOW, HIGH])
    likely = float(np.clip(brought.mean(), low, high))
    spent_on = of_these & (share > 0)
    told, untold = (tuple(n for n, is_it in zip(media.channels, spent_on & w, strict=True) if is_it)
                    for w in (media.told, ~media.told))  # fmt: skip
    return SpendStep(float(low), likely, float(high), told, untold)
