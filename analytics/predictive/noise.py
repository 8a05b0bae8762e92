"""How wrong the best of all forecasts would be: what single orders do by chance to a day, a week or a month."""

import numpy as np
import pandas as pd

FOLDED = float(np.sqrt(2 / np.pi))
"""Mean distance of a normal value from its mean, in standard deviations."""


def order_noise(daily: pd.DataFrame, key: str) -> float:
    """Variance of a day's value over its expectation, were the true intensity of orders known.

    Orders that come by chance are Poisson: their number has a variance of its mean. A sum of money over such orders
    has a variance of the sum of the squares of the amounts, however these are spread (Campbell's theorem), so that the
    scatter of amounts needs no model.

    Parameters
    ----------
    daily : ``daily_activity`` of some days.
    key : revenue or orders.

    >>> order_noise(pd.DataFrame({"revenue": [30.0], "revenue_squared": [500.0]}), "revenue").__round__(2)
    16.67
    """
    if key == "orders":
        return 1.0
    sold = float(daily["revenue"].sum())
    return float(daily["revenue_squared"].sum()) / sold if sold > 0 else 0.0


def noise_floor(daily: pd.DataFrame, key: str, days: int) -> float:
    """The WAPE below which no forecast of sums of so many days can come, in the mean; missing where nothing was sold.

    Parameters
    ----------
    daily : ``daily_activity`` of the days that a forecast is judged on, a whole number of times ``days``.
    """
    variance = daily["orders" if key == "orders" else "revenue_squared"].to_numpy(dtype="float64")
    sold = float(np.abs(daily[key].to_numpy(dtype="float64")).sum())
    whole = len(variance) // days * days
    deviations = np.sqrt(variance[:whole].reshape(-1, days).sum(axis=1))
    return FOLDED * float(deviations.sum()) / sold if sold > 0 else float("nan")
