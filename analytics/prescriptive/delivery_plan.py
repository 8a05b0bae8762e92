"""The present delivery against the best one: what it costs, how long it takes, what a day less costs and is worth."""

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_80, NORMAL_95
from analytics.prescriptive.assumptions import Carrier, Lane
from analytics.prescriptive.carried_now import CarriedNow, carried_now
from analytics.prescriptive.delivery_network import (
    SMALL,
    Allocation,
    Network,
    best_allocation,
    network_of,
    price_of_a_day,
    quickest,
)
from analytics.prescriptive.delivery_value import UNTRIED, DayValue
from analytics.prescriptive.present_delivery import PresentDelivery
from analytics.shop import Shop

YEAR = 365
Points = tuple[float, float, float]
OFTEN_BEYOND = 0.1
"""Share of days on which more would come than a carrier takes, from which it is said."""
TOLD_APART = 0.1
"""Days by which lanes may differ from what was observed before it is said."""
STEPS = 13
"""Mean days at which the least cost is told."""


@dataclass(frozen=True, eq=False)
class DeliveryPlan:
    """The present plan and the best.

    ``rows`` has a row per region and carrier with orders now or then: ``region``, ``carrier``, ``orders_now``,
    ``orders_then`` (a day), ``cost``, ``days``. ``carriers`` has ``carrier``, ``capacity`` (missing: any),
    ``orders_now``, ``orders_then`` (a day), ``used`` and ``beyond`` (shares, 0–1: of the capacity on a mean day, and of
    the days of the period on which more would have come than it takes). ``course`` has the least ``cost`` of an order
    at ``days`` in the mean. ``day_worth`` is the margin that a day less brings per order, ``price`` what one less than
    now costs (missing where it cannot be had). ``net`` is what the best plan is worth in a year more than the present
    one (0 where nothing says how that is), from ``low`` to ``high`` in four of five cases, above 0 with
    ``probability``. ``has_present`` is whether anything says how orders go now, ``is_guessed`` whether it is not stated
    who carries them but taken from their days.
    """

    network: Network
    present: Allocation
    best: Allocation
    rows: pd.DataFrame
    carriers: pd.DataFrame
    course: pd.DataFrame
    day_worth: float
    day_worth_error: float
    price: float
    net: float
    low: float
    high: float
    probability: float
    stated: bool
    has_present: bool
    is_guessed: bool
    tiles: tuple[tuple[str, str, str], ...]
    sentence: str
    notes: str
    explained: str


def delivery_plan(
    present: PresentDelivery,
    carriers: tuple[Carrier, ...],
    lanes: tuple[Lane, ...],
    shop: Shop,
    worth: DayValue | None = None,
    margin: float | None = None,
    points: Points | None = None,
    *,
    stated: bool = True,
    whole: bool = False,
    most_days: float | None = None,
) -> DeliveryPlan:
    """The allocation of least cost and lost margin against the present one.

    Parameters
    ----------
    worth : what a day is worth in revenue; without it, or without a ``margin`` (share of revenue), days are worth
        nothing and the cheapest plan is the best.
    points : by how much the mean score rises for a day less, with its range.
    stated : whether somebody stated carriers and lanes.
    whole, most_days : as of ``best_allocation``.

    Raises
    ------
    NotEnoughData : orders cannot be carried; the sentence names what stands in the way.
    """
    network = network_of(present.regions, present.a_day, carriers, lanes)
    of_day, error = (0.0, 0.0) if worth is None or margin is None else (
        worth.revenue * margin, worth.unsure * abs(margin)
    )  # fmt: skip
    used = max(of_day, 0.0)
    best = best_allocation(network, used, whole=whole, most_days=most_days)
    carried = carried_now(network, present, lanes)
    now, has_present = carried.plan, carried.is_known
    price = price_of_a_day(network, now.days, whole=whole)
    a_year = present.total * YEAR
    sooner, dearer = now.days - best.days, best.cost - now.cost
    net, spread = a_year * (of_day * sooner - dearer), a_year * error * abs(sooner)
    if not has_present:  # how orders go now is not known, so nothing is better than it
        net, spread = 0.0, 0.0
    odds = 0.5 * (1 + erf(net / spread / sqrt(2))) if spread > 0 else float(net > 0)
    money = (net, net - NORMAL_80 * spread, net + NORMAL_80 * spread, odds)
    told = (network, now, best, _rows(network, now, best), _carriers(network, now, best, present))
    course = _course(network, whole)
    figures = (of_day, error, price)
    said = _Said(present, network, carried, best, of_day, error, price, money, shop, stated, points, told[-1])
    return DeliveryPlan(
        *told,
        course,
        *figures,
        *money,
        stated,
        has_present,
        bool(carried.guessed),
        said.tiles(),
        said.sentence(),
        said.notes(worth, margin),
        said.explained(whole),
    )


def _rows(network: Network, now: Allocation, best: Allocation) -> pd.DataFrame:
    found = [
        (region, carrier, now.orders[r, c], best.orders[r, c], network.cost[r, c], network.days[r, c])
        for r, region in enumerate(network.regions)
        for c, carrier in enumerate(network.carriers)
        if now.orders[r, c] > SMALL or best.orders[r, c] > SMALL
    ]
    return pd.DataFrame(found, columns=["region", "carrier", "orders_now", "orders_then", "cost", "days"])


def _carriers(network: Network, now: Allocation, best: Allocation, present: PresentDelivery) -> pd.DataFrame:
    """How much each carrier is used, and on how many days of the period more would have come to it."""
    share = best.orders / np.maximum(network.demand, SMALL)[:, None]
    load = present.daily @ share
    bounded = np.isfinite(network.capacity)
    capacity = np.where(bounded, network.capacity, np.nan)
    then = best.orders.sum(axis=0)
    beyond = np.where(bounded, (load > network.capacity[None, :] + SMALL).mean(axis=0), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.where(capacity > 0, then / capacity, np.nan)
    told = {
        "carrier": network.carriers,
        "capacity": capacity,
        "orders_now": now.orders.sum(axis=0),
        "orders_then": then,
    }
    return pd.DataFrame(told | {"used": used, "beyond": beyond})


def _course(network: Network, whole: bool) -> pd.DataFrame:
    """The least cost of an order for every mean of days that can be had."""
    least, cheapest = quickest(network, whole=whole).days, best_allocation(network, 0.0, whole=whole)
    grid = np.linspace(least, max(cheapest.days, least), STEPS)
    found = [best_allocation(network, 0.0, whole=whole, most_days=float(d) + 1e-9) for d in grid]
    return pd.DataFrame({"days": [a.days for a in found], "cost": [a.cost for a in found]}).drop_duplicates()


@dataclass(frozen=True)
class _Said:
    """What is said of a plan."""

    present: PresentDelivery
    network: Network
    carried: CarriedNow
    best: Allocation
    of_day: float
    error: float
    price: float
    money: tuple[float, float, float, float]
    shop: Shop
    stated: bool
    points: Points | None
    beyond: pd.DataFrame

    @property
    def now(self) -> Allocation:
        """The present plan."""
        return self.carried.plan

    @property
    def has_present(self) -> bool:
        """Whether anything says how orders go now."""
        return self.carried.is_known

    @property
    def can_tell(self) -> bool:
        """Whether a plan is better than another by more than what is assumed."""
        return self.has_present and (self.stated or self.error > 0)

    def _money(self, amount: float) -> str:
        return formats.money(amount, self.shop.currency)

    def tiles(self) -> tuple[tuple[str, str, str], ...]:
        now, best = self.now, self.best
        net, low_net, high_net, _ = self.money
        known = self.has_present
        found = [
            ("Cost of an order", self._money(best.cost), f"now {self._money(now.cost)}" if known else "now not known"),
            ("Mean delivery days", f"{best.days:.2f}", f"now {now.days:.2f}" if known else "now not known"),
        ]
        if self.points is not None:
            gained = [(now.days - best.days) * p for p in self.points]
            low, high = (formats.signed(f"{p:.2f}".replace("-", formats.MINUS)) for p in sorted(gained[1:]))
            said = formats.signed(f"{gained[0]:.2f}".replace("-", formats.MINUS))
            found.append(("Mean score", said, f"points by fewer days, {low} to {high}"))
        worth = self._money(self.of_day) if self.error else formats.MISSING
        beside = f"± {self._money(NORMAL_95 * self.error)} of margin, an order" if self.error else "not known"
        found.append(("A day less is worth", worth, beside))
        if known:
            costs = formats.MISSING if np.isnan(self.price) else self._money(self.price)
            beside = "cannot be had" if np.isnan(self.price) else "an order, from now on"
            found.append(("A day less costs", costs, beside))
        between = f"80 %: {self._money(low_net)} to {self._money(high_net)}" if self.error else "of cost alone"
        if self.can_tell:
            found.append(("Best plan, a year", formats.signed(self._money(net)), between))
        return tuple(found)

    def sentence(self) -> str:
        now, best, net = self.now, self.best, self.money[0]
        if not self.has_present:
            least = (
                f"The cheapest plan of these carriers costs {self._money(best.cost)} an order at {best.days:.2f} days"
            )
            whose = "" if self.stated else ", all of it assumed until you state yours"
            return f"{least}{whose}; how long delivery takes now is not known, as no order says it."
        if not self.can_tell:
            return (
                "No plan can be called better than the present one: carriers are assumed until you state yours, and "
                "what a day is worth cannot be told."
            )
        assumed = "" if self.stated else "With carriers assumed until you state yours: "
        if abs(net) <= SMALL or net < 0:
            said = "no other plan of these carriers is worth more than the present one"
        else:
            moved = best.orders.sum(axis=0) - now.orders.sum(axis=0)
            to = int(np.argmax(moved))
            what = f"{_orders(moved[to])} a day to {self.network.carriers[to]}" if moved[to] > SMALL else "orders"
            sooner, dearer = now.days - best.days, best.cost - now.cost
            as_quick = abs(sooner) < 0.005
            days = f"{abs(sooner):.2f} days {'sooner' if sooner > 0 else 'later'} in the mean"
            days = "as quick as now" if as_quick else days
            cost = f"{self._money(abs(dearer))} {'more' if dearer > 0 else 'less'} an order"
            if self.error:
                does = "leaves" if as_quick else "makes"
                said = f"moving {what} {does} delivery {days} for {cost}, worth {self._money(net)} a year"
            else:
                said = f"moving {what} saves {self._money(net)} a year of cost ({cost}, {days})"
                said += "; what longer days lose is not known" if sooner < 0 and not as_quick else ""
        said = f"{assumed}{said}" if assumed else said[0].upper() + said[1:]
        if self.error and not np.isnan(self.price):
            verdict = "more" if self.price > self.of_day else "less"
            said += f". A day less than now costs {self._money(self.price)} an order, {verdict} than it is worth"
            said += f" ({self._money(self.of_day)})"
        return f"{said}."

    def notes(self, worth: DayValue | None, margin: float | None) -> str:
        said = [worth.sentence] if worth is not None else []
        if worth is None:
            said.append("What a day is worth cannot be told, so the cheapest plan is taken for the best.")
        elif margin is None:
            said.append("No margin is known, so days are worth nothing here: state one in Settings.")
        elif self.of_day <= 0:
            said.append("No worth of a day is seen in who comes back, so the cheapest plan is taken for the best.")
        if self.has_present and (self.stated or self.carried.stated):
            said += [self.carried.sentence(), self._otherwise()]
        full = self.beyond[self.beyond["beyond"] >= OFTEN_BEYOND]
        if len(full):
            row = full.loc[full["beyond"].idxmax()]
            said.append(
                f"On {formats.percent(row['beyond'], 0)} of days more would come to {row['carrier']} than it takes: "
                "what is beyond waits or goes another way."
            )
        if self.present.unplaced > 0:
            said.append(f"{_orders(self.present.unplaced)} a day name no region and are left out.")
        return " ".join(filter(None, said))

    def _otherwise(self) -> str:
        """Where the lanes that stand for the present one say other days than were observed, in a sentence."""
        seen, demand = self.present.days, self.network.demand
        known = np.isfinite(seen) & (demand > 0)
        if not known.any():
            return ""
        of_lanes = np.nansum(self.now.orders * self.network.days, axis=1) / np.maximum(demand, SMALL)
        observed, stated = ((days[known] @ demand[known]) / demand[known].sum() for days in (seen, of_lanes))
        if abs(observed - stated) < TOLD_APART:
            return ""
        return (
            f"Observed were {observed:.2f} days in the mean, by these lanes it would be {stated:.2f}: plans are held "
            "against each other by the lanes alone, so correct their days in Settings."
        )

    def explained(self, whole: bool) -> str:
        how = "Each region goes whole with one carrier" if whole else "A region may be split, in shares of its orders"
        return (
            f"Orders a day and delivery days are of {self.present.period.label()}, and a year is one of such days. "
            "What is made least is the cost "
            "of the lanes plus the worth of the days (margin lost with those who do not come back), every order "
            f"carried and no carrier beyond its capacity on a mean day (a linear or integer programme, HiGHS). {how}. "
            "The price of a day less is the least cost at a day less in the mean than now, less the least cost at as "
            f"many. The range is of what a day is worth, by chance and by {formats.percent(UNTRIED, 0)} of it for what "
            "was seen and not tried; costs, capacities and days of lanes are taken as stated."
        )


def _orders(number: float) -> str:
    said = f"{number:,.0f}" if number >= 9.5 else f"{number:,.1f}"
    return f"{said} order{'' if said in ('1', '1.0') else 's'}"
