"""What a plan pays and brings, month by month: money that would not have moved without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from analytics.prescriptive.scenario import INPUTS, Scenario

Figures = float | np.ndarray
"""One figure, or one for each draw."""
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Amounts:
    """``start`` is paid at the beginning, ``benefit`` comes and ``cost`` is paid each month (the shop's currency)."""

    start: Figures
    benefit: Figures
    cost: Figures

    def monthly(self, shape: np.ndarray) -> np.ndarray:
        """The net of the beginning and of each month's end; draws below each other where there are several.

        >>> Amounts(100.0, 60.0, 10.0).monthly(np.array([0.5, 1.0])).tolist()
        [-100.0, 20.0, 50.0]
        """
        start, benefit, cost = (np.asarray(each, dtype="float64")[..., None] for each in self._parts())
        return np.concatenate([-start, benefit * shape - cost], axis=-1)

    def present_value(self, shape: np.ndarray, factors: np.ndarray) -> Figures:
        """All of it in today's money.

        Parameters
        ----------
        factors : what one unit of each month is worth today (see ``discount_factors``), the beginning first.
        """
        return self.benefit * (shape @ factors[1:]) - self.start * factors[0] - self.cost * factors[1:].sum()

    def _parts(self) -> list[np.ndarray]:
        return np.broadcast_arrays(self.start, self.benefit, self.cost)

    def outlay(self, months: int) -> Figures:
        """All that is paid; savings are benefits and no negative outlay."""
        return np.maximum(self.start, 0.0) + np.maximum(self.cost, 0.0) * months


def benefit_shape(scenario: Scenario, months: int | None = None) -> np.ndarray:
    """The share of its full size that the benefit has in each month.

    It grows in equal steps and is full in the last month of the ramp; from the month after on a share is lost each
    month.

    >>> from analytics.prescriptive.scenario import Scenario, Uncertain
    >>> benefit_shape(Scenario("channel", "A", (Uncertain.known(1.0),) * 4, 5, 0.1, 2, 0.5)).tolist()
    [0.5, 1.0, 0.5, 0.25, 0.125]
    """
    month = np.arange(1, (months or scenario.months) + 1)
    full = max(scenario.ramp_months, 1)
    return np.minimum(month / full, 1.0) * (1.0 - scenario.fade) ** np.maximum(month - full, 0)


def discount_factors(rate: float, months: int) -> np.ndarray:
    """What one unit is worth today at the beginning and at each month's end.

    The rate is that of a year and compounds: after a year one unit is worth 1 / (1 + rate), after a month
    (1 + rate)^(−1/12). A twelfth of the rate a month would make a year's more than was said.

    >>> discount_factors(0.21, 24)[[0, 12, 24]].round(4).tolist()
    [1.0, 0.8264, 0.683]
    """
    return (1.0 + rate) ** (-np.arange(months + 1) / MONTHS_A_YEAR)


def amounts(scenario: Scenario, values: Mapping[str, Figures] | None = None) -> Amounts:
    """What a plan pays and brings, of its likely figures or of others by name (see ``scenario.INPUTS``).

    >>> from analytics.prescriptive.scenario import scenario_of
    >>> plan = scenario_of("retention", "A", months=10, customers=200, contact_cost=1, kept=0.1, value_each=50)
    >>> amounts(plan)
    Amounts(start=200.0, benefit=100.0, cost=0.0)
    """
    likely = {name: given.likely for name, given in zip(INPUTS[scenario.kind], scenario.inputs, strict=True)}
    given = {**likely, **(values or {})}
    return _BY_KIND[scenario.kind](given, scenario.months)


def _retention(of: Mapping[str, Figures], months: int) -> Amounts:
    """Contacts are paid for at once; who is kept brings the same each month."""
    start = of["investment"] + of["customers"] * of["contact_cost"]
    return Amounts(start, of["customers"] * of["kept"] * of["value_each"] / months, of["monthly_cost"])


def price_gain(change: Figures, elasticity: Figures, margin: Figures) -> Figures:
    """The margin that a change of prices brings, as a share of the revenue of before.

    Units change by (1 + c)^e, so with a price of 1 and a unit cost of 1 − m that stays, the margin of
    (1 + c)^e ((1 + c) − (1 − m)) takes the place of m. At an elasticity of −1 revenue stays and costs move.

    >>> price_gain(0.1, 0.0, 0.4), round(price_gain(0.1, -1.0, 0.4), 6)
    (0.09999999999999998, 0.054545)
    """
    return (1.0 + change) ** elasticity * (change + margin) - margin


def _price(of: Mapping[str, Figures], months: int) -> Amounts:
    gain = of["revenue_a_month"] * price_gain(of["price_change"], of["elasticity"], of["margin"])
    return Amounts(of["investment"], gain, of["monthly_cost"])


def _channel(of: Mapping[str, Figures], months: int) -> Amounts:
    """Each unit more brings as much as the other: for a small step of a curve that flattens."""
    spend = of["spend_a_month"]
    return Amounts(of["investment"], spend * of["margin_per_spend"], spend + of["monthly_cost"])


def _delivery(of: Mapping[str, Figures], months: int) -> Amounts:
    gained = of["orders_a_month"] * of["margin_per_order"] * of["lift_per_day"] * of["days_saved"]
    return Amounts(of["investment"], gained, of["orders_a_month"] * of["cost_per_order"] + of["monthly_cost"])


def _own(of: Mapping[str, Figures], months: int) -> Amounts:
    affected = of["affected_a_month"]
    return Amounts(
        of["investment"], affected * of["lift"] * of["margin_each"], affected * of["cost_each"] + of["monthly_cost"]
    )


_BY_KIND: dict[str, Callable[[Mapping[str, Figures], int], Amounts]] = {
    "retention": _retention,
    "price": _price,
    "channel": _channel,
    "delivery": _delivery,
    "own": _own,
}
