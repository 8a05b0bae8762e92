"""What can be asked of a simulated shop, and the refusal of what cannot."""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

from simulation.market import MEMBERS

END = date(2026, 10, 31)
ORDERS_PER_CUSTOMER = 7.5
MECHANISMS = ("demand", "delivery", "price", "departure", "order value")
CUSTOMER_DIMENSIONS = ("region", "segment", "age_group")


@dataclass(frozen=True)
class Incident:
    """Something that happened to a part of the shop.

    ``scope`` maps dimensions to members, empty for the whole shop. ``size`` means, by mechanism: ``demand``, ``price``
    and ``order value`` the relative change (-0.3 is 30 % less); ``delivery`` extra days; ``departure`` the share of
    the customers in scope who leave for good on ``start``. ``event`` is the kind under which the shop knows of it.
    """

    name: str
    start: date
    end: date
    scope: dict[str, str] = field(default_factory=dict)
    mechanism: str = "demand"
    size: float = -0.3
    event: str | None = None

    def __post_init__(self) -> None:
        _check(self.mechanism in MECHANISMS, "mechanism", f"one of {', '.join(MECHANISMS)}", self.mechanism)
        _check(self.end >= self.start, "end", f"a day from {self.start} on", self.end)
        for dimension, member in self.scope.items():
            _check(dimension in MEMBERS, "scope", f"dimensions among {', '.join(MEMBERS)}", dimension)
            _check(
                member in MEMBERS[dimension], "scope", f"a {dimension} among {', '.join(MEMBERS[dimension])}", member
            )
        allowed = {"price": ("category",), "departure": CUSTOMER_DIMENSIONS}.get(self.mechanism, tuple(MEMBERS))
        _check(set(self.scope) <= set(allowed), "scope", f"only {', '.join(allowed)}", ", ".join(self.scope))
        low, high = {"departure": (0, 1), "delivery": (0, 60)}.get(self.mechanism, (-1, 10))
        _check(low <= self.size <= high, "size", f"a number from {low} to {high}", self.size)


@dataclass(frozen=True)
class SimulationSettings:
    """A shop to simulate. Switches turn parts of the calendar off, for series whose truth is flat.

    ``months`` calendar months end with ``end``: the first day is the day after ``end``, that many months earlier (24
    months to 31 October 2026 are the 730 days from 1 November 2024); ``days`` overrides it. ``customers`` is in
    proportion to ``orders`` unless given. ``price_spread`` is the standard deviation of the logarithm of list prices
    from one price change to the next. ``incidents`` are those of the demo unless given.
    """

    orders: int = 15_000
    customers: int | None = None
    months: int = 24
    end: date = END
    seed: int = 12
    days: int | None = None
    lines: bool = True
    incidents: tuple[Incident, ...] | None = None
    trend: bool = True
    seasons: bool = True
    holidays: bool = True
    promotions: bool = True
    price_changes: bool = True
    price_spread: float = 0.09
    media: bool = True
    campaign: bool = True
    refund_share: float = 0.0

    def __post_init__(self) -> None:
        _check(self.orders >= 1, "orders", "a whole number of at least 1", self.orders)
        _check(self.customers is None or self.customers >= 1, "customers", "at least 1", self.customers)
        _check(
            self.customer_count <= self.orders, "customers", f"at most one per order ({self.orders})", self.customers
        )
        _check(1 <= self.months <= 600, "months", "a whole number from 1 to 600", self.months)
        _check(self.days is None or 1 <= self.days <= 18_300, "days", "a whole number from 1 to 18300", self.days)
        _check(date(1970, 1, 1) <= self.start and self.end.year < 2200, "end", "days from 1970 to 2199", self.end)
        _check(0 <= self.price_spread <= 0.5, "price_spread", "a number from 0 to 0.5", self.price_spread)
        _check(0 <= self.refund_share < 1, "refund_share", "a share from 0 to below 1", self.refund_share)
        _check(self.seed >= 0, "seed", "a whole number of at least 0", self.seed)

    @property
    def customer_count(self) -> int:
        """Customers asked for, or in proportion to the orders."""
        return self.customers if self.customers is not None else max(1, round(self.orders / ORDERS_PER_CUSTOMER))

    @property
    def start(self) -> date:
        """The first day."""
        if self.days is not None:
            return self.end - timedelta(days=self.days - 1)
        return _months_earlier(self.end + timedelta(days=1), self.months)

    @property
    def day_count(self) -> int:
        """Days from the first to the last, both counted."""
        return (self.end - self.start).days + 1


def quiet_settings(orders_a_day: float, days: int, seed: int, **changes) -> SimulationSettings:
    """A shop whose expected orders are the same every day: no trend, season, event, price change or incident."""
    off = dict.fromkeys(("trend", "seasons", "holidays", "promotions", "price_changes", "media", "campaign"), False)
    fixed = {"orders": max(1, round(orders_a_day * days)), "days": days, "seed": seed, "incidents": ()}
    return SimulationSettings(**{**off, **fixed, **changes})


def _months_earlier(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    _check(year >= 1, "months", "a history that starts after the year 0", months)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _check(holds: bool, argument: str, expected: str, got: object) -> None:
    if not holds:
        raise ValueError(f"{argument}: expected {expected}, got {got}")
