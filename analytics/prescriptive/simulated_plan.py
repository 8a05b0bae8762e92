"""A plan drawn many times: how often it loses, how far its worth and its cash may go."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.prescriptive.cash_flows import amounts, benefit_shape, discount_factors
from analytics.prescriptive.scenario import Scenario
from analytics.prescriptive.uncertainty import DRAWS, SEED, drawn

BINS = 40
FAR_OUT = (0.001, 0.999)
"""Quantiles beyond which draws stand in the first and the last bin."""
TENTHS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class SimulatedPlan:
    """The net present value (the shop's currency) over many draws of what is not known.

    ``low``, ``middle`` and ``high`` are its 10th, 50th and 90th percentiles, ``mean`` what is expected, ``error`` the
    standard error that the mean has by the number of draws, ``loss`` the share of draws below 0. ``histogram`` has
    ``npv_from``, ``npv_to`` and ``share``; what lies far out stands in the first and the last row. ``cash`` has
    per ``month`` ``so_far_low`` and ``so_far_high``, the 10th and the 90th percentile of the sum so far, as it is.
    """

    low: float
    middle: float
    high: float
    mean: float
    error: float
    loss: float
    histogram: pd.DataFrame
    cash: pd.DataFrame


def simulated_plan(scenario: Scenario, draws: int = DRAWS, seed: int = SEED) -> SimulatedPlan:
    """Draw every input on its own, and look at what comes of it."""
    of = amounts(scenario, drawn(scenario, draws, seed))
    shape, factors = benefit_shape(scenario), discount_factors(scenario.discount_rate, scenario.months)
    worth = np.broadcast_to(of.present_value(shape, factors), draws)
    low, middle, high = np.quantile(worth, TENTHS)
    so_far = np.cumsum(of.monthly(shape).T, axis=0)
    error = float(worth.std(ddof=1) / np.sqrt(draws))
    return SimulatedPlan(
        float(low), float(middle), float(high), float(worth.mean()), error, float((worth < 0).mean()),
        _histogram(worth), _band(so_far),
    )  # fmt: skip


def _band(so_far: np.ndarray) -> pd.DataFrame:
    """The ends of each month's middle four fifths; a partition, for nobody needs the draws in order."""
    draws = so_far.shape[1]
    low, high = int(TENTHS[0] * (draws - 1)), int(np.ceil(TENTHS[-1] * (draws - 1)))
    parted = np.partition(so_far, (low, high), axis=1)
    return pd.DataFrame({"month": np.arange(len(so_far)), "so_far_low": parted[:, low], "so_far_high": parted[:, high]})


def _histogram(worth: np.ndarray) -> pd.DataFrame:
    """Bins of equal width with an edge at 0, so that no bin is half a loss."""
    first, last = np.quantile(worth, FAR_OUT)
    width = (last - first) / BINS
    if not width > 1e-9 * max(abs(first), abs(last), 1e-300):
        return pd.DataFrame({"npv_from": [first], "npv_to": [last], "share": [1.0]})
    edges = np.arange(np.floor(first / width), np.ceil(last / width) + 1) * width
    counts, _ = np.histogram(np.clip(worth, edges[0], np.nextafter(edges[-1], -np.inf)), edges)
    return pd.DataFrame({"npv_from": edges[:-1], "npv_to": edges[1:], "share": counts / len(worth)})
