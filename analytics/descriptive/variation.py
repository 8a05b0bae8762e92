"""How much more than pure chance a shop's days scatter.

Orders come by chance: counts scatter like Poisson counts, amounts like sums of that many order values. Real
shops scatter more (a newsletter, the weather, wholesale days). How much more is measured on the shop's own days.
What customers coming and going add over longer periods is measured in ``scatter``.
Source: index of dispersion (Cox & Lewis 1966); differencing against neighbouring weeks is our own choice.
"""

import numpy as np
import pandas as pd

WEEKS = 53
TRIMMED = 0.05
"""Share of the largest daily deviations left out: incidents and holidays are not day-to-day noise."""
DAYS_NEEDED = 28
TRIMMED_CHI_SQUARE = 0.7588
"""Mean of a chi-square (1 degree of freedom) below its 95 % quantile: what trimming takes from pure noise."""


def day_dispersions(daily: pd.DataFrame) -> dict[str, float]:
    """The ``dispersion`` of the metrics that are sums over days.

    Parameters
    ----------
    daily : ``daily_activity``.
    """
    return {
        "revenue": dispersion(daily, "revenue", "revenue_squared"),
        "orders": dispersion(daily, "orders"),
        "new_customers": dispersion(daily, "new_customers"),
    }


def dispersion(daily: pd.DataFrame, total: str, squares: str | None = None) -> float:
    """How many times the variance of pure chance the shop's days show, at least 1.

    Each day is held against the mean of the same weekday a week before and a week after, which removes weekday,
    level and slow trend; its squared deviation (expected: 1.5 × the variance of a day) is divided by the variance that
    pure chance gives (the sum of squared order values, or the count itself).

    Parameters
    ----------
    daily : ``daily_activity``; its last year is used.
    total : the additive part measured, e.g. ``revenue``.
    squares : the part that holds its sum of squares; ``None`` for counts.

    Returns
    -------
    A factor ≥ 1; 1 where fewer than four weeks of days are there to learn it from, or the part is not additive.
    """
    if total not in daily or len(daily) < DAYS_NEEDED:
        return 1.0
    values, chance = (daily[part].to_numpy()[-7 * WEEKS :] for part in (total, squares or total))
    deviation = values[7:-7] - (values[:-14] + values[14:]) / 2
    around = np.lib.stride_tricks.sliding_window_view(chance, 15).mean(axis=1)
    ratio = deviation[around > 0] ** 2 / (1.5 * around[around > 0])
    if len(ratio) < DAYS_NEEDED / 2:
        return 1.0
    kept = np.sort(ratio)[: max(1, int(len(ratio) * (1 - TRIMMED)))]
    return max(1.0, float(kept.mean() / TRIMMED_CHI_SQUARE))
