"""How far a metric moved in all against a baseline, and how far chance moves it."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95
from analytics.descriptive.kpis import day_error
from analytics.descriptive.scatter import influence
from analytics.diagnostic.baseline import Baseline
from analytics.diagnostic.compared import Compared, compared_sums
from analytics.filters import Filters
from analytics.metrics import METRICS, Metric, metric
from analytics.shop import Shop


@dataclass(frozen=True)
class Change:
    """A metric before and now, in its unit; ``noise`` is the half-width in which chance moves it in 95 of 100 cases."""

    metric: str
    baseline: Baseline
    before: float
    now: float
    noise: float
    doubt: str = ""

    @property
    def amount(self) -> float:
        """How far it moved."""
        return self.now - self.before

    @property
    def beyond_chance(self) -> bool:
        """Whether that is more than chance does; False where it is not known."""
        return bool(abs(self.amount) > self.noise)

    def sentence(self, shop: Shop) -> str:
        """What became of it, with its range of chance (Markdown)."""
        measured = METRICS[self.metric]
        was, now = (measured.format(value, shop.currency) for value in (self.before, self.now))
        against = self.baseline.words()
        were = "were" if measured.name.endswith("s") else "was"
        if formats.is_missing(self.now) or formats.is_missing(self.before):
            when = "now" if formats.is_missing(self.now) else f"for {against}"
            return f"{measured.name} is not known {when}: there is nothing to explain."
        chance = f"chance alone: ± {measured.format(self.noise, shop.currency)} in 95 of 100 cases"
        if formats.is_missing(self.noise):
            chance = "how far chance moves it is not known"
        moved = measured.format_change(self.now, self.before)
        if not self.amount:
            return f"{measured.name} {were} **{now}**, the same as {against} ({chance})."
        verb = "up" if self.amount > 0 else "down"
        change = f"{moved}, {verb} from {was}" if self.before else f"{verb} from {was}"
        told = f"**{now}** ({change} for {against}; {chance})"
        if not self.beyond_chance:
            return f"{measured.name} {were} {told}: nothing beyond normal variation."
        return f"{measured.name} {were} {told}."


def whole_change(
    orders: ir.Table | pd.DataFrame,
    daily: pd.DataFrame,
    dispersions: dict[str, float],
    filters: Filters,
    shop: Shop,
    key: str = "revenue",
    against: str | None = None,
) -> Change:
    """How far a metric moved against a baseline, and by how much chance moves it (see ``kpis``).

    Parameters
    ----------
    daily, dispersions : ``daily_activity`` of the same filters, and its ``day_dispersions``.
    against : see ``baseline``.

    Raises
    ------
    NotEnoughData : no row in view, or nothing to compare with.
    """
    return change_of(compared_sums(orders, daily, filters, shop, against), dispersions, shop, key)


def change_of(compared: Compared, dispersions: dict[str, float], shop: Shop, key: str) -> Change:
    """The same of sums that were asked for before.

    Parameters
    ----------
    compared : ``compared_sums``.
    """
    measured, base = metric(key), compared.baseline
    noise = NORMAL_95 * max(_by_customers(measured, compared), _by_days(measured, compared, dispersions))
    starts = min(period.start for period in base.all.values())
    values = (float(measured.value(sums)) for sums in (compared.before, compared.parts["value"]))
    return Change(key, base, *values, noise, shop.doubt(measured, starts))


def _by_customers(measured: Metric, compared: Compared) -> float:
    """The standard error of the change with customers as the independent units."""
    customers, names = compared.customers, compared.baseline.names
    now = influence(measured, "value", customers, compared.parts["value"])
    if measured.denominator is None:
        was = sum(customers.part(measured.numerator, name) for name in names) / len(names)
    else:
        before = compared.before
        if not before[measured.denominator]:
            return float("nan")
        ratio = before[measured.numerator] / before[measured.denominator]
        tops, bottoms = (sum(customers.part(part, name) for name in names) / len(names) for part in measured.parts)
        was = (tops - ratio * bottoms) / before[measured.denominator]
    return float(np.sqrt(customers.every * np.sum((now - was) ** 2)))


def _by_days(measured: Metric, compared: Compared, dispersions: dict[str, float]) -> float:
    """The same from the scatter of single days; the mean of several periods scatters less."""
    parts = compared.parts
    nothing = dict.fromkeys(parts["value"], 0.0)
    now = day_error(measured, (parts["value"], nothing), dispersions)
    was = [day_error(measured, (parts[name], nothing), dispersions) for name in compared.baseline.names]
    return float(np.sqrt(now**2 + sum(error**2 for error in was) / len(was) ** 2))
