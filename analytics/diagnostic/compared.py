"""What a period and those it is held against are counted from: asked for once, for every question about the change."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.activity import Parts, parts_by_period
from analytics.descriptive.kpis import anything_in, distinct_parts, nothing_matches
from analytics.descriptive.revenue_parts import UnitSums, unit_sums
from analytics.descriptive.scatter import CustomerSums, customer_sums
from analytics.diagnostic.baseline import Baseline, baseline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.shop import Shop


@dataclass(frozen=True)
class Compared:
    """All parts of metrics by period (``value``, ``before1``…), and what single customers did in each."""

    baseline: Baseline
    parts: Parts
    customers: CustomerSums

    @property
    def before(self) -> dict[str, float]:
        """The parts before, averaged where there are several periods."""
        return mean_of_periods([self.parts[name] for name in self.baseline.names])

    def customers_before(self) -> UnitSums:
        """The same of single customers."""
        return mean_of_periods([unit_sums(self.customers, name) for name in self.baseline.names])


def compared_sums(
    orders: ir.Table | pd.DataFrame, daily: pd.DataFrame, filters: Filters, shop: Shop, against: str | None = None
) -> Compared:
    """The filters' period and what it is held against.

    Parameters
    ----------
    daily : ``daily_activity`` of the same filters.
    against : see ``baseline``.

    Raises
    ------
    NotEnoughData : no row in view, or nothing to compare with.
    """
    base = baseline(filters, shop, against)
    if not anything_in(filters.period, daily):
        raise NotEnoughData(nothing_matches(filters))
    customers = customer_sums(orders, filters, shop, base.all)
    distinct = distinct_parts(customers, orders, filters, shop, base.all)
    return Compared(base, parts_by_period(daily, base.all, distinct), customers)


def mean_of_periods(sums: list[dict[str, float | np.ndarray]]) -> dict[str, float | np.ndarray]:
    """Sums of several periods, part by part, over their number.

    >>> mean_of_periods([{"orders": 4.0}, {"orders": 8.0}])
    {'orders': 6.0}
    """
    return {part: sum(of[part] for of in sums) / len(sums) for part in sums[0]}
