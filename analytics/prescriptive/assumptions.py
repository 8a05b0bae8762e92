"""What a shop must say before anything can be advised: what it earns, what it may offer, who carries, who works."""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from analytics.formats import one_line

SECTIONS = ("finance", "margins", "offers", "carriers", "lanes", "staff", "stock", "channels")
"""Of a file of assumptions, as the fields of ``Assumptions``."""
LONGEST_NAME = 80
"""Of what the shop itself names: offers, carriers."""
MEMBERS = ("category", "region", "channel")
"""Fields that name a member of the orders. They are kept as they are: written otherwise they would be of none."""
MOST_ROWS = 200
"""Of one list; more is no list that a person keeps."""
OF_ALL = 0.0101
"""By how much shares of all may miss 1, for three thirds are stated as 99 %; they are taken in proportion."""
LOST_IF_MISSING = 0.65
"""Our own choice, as no order tells: the middle between 0.3 and all of it. In groceries four in ten shoppers who found
nothing bought elsewhere or not at all, and 45 in a hundred took another article (Gruen, Corsten & Bharadwaj 2002)."""
LARGEST_NUMBER = 10**300
"""Whole numbers of files may have any number of digits; beyond this they are no amounts that can be counted with."""


@dataclass(frozen=True)
class Finance:
    """``discount_rate`` a year (0.1 is 10 %), ``price_band`` how far a price may be moved at once (share)."""

    discount_rate: float = 0.10
    price_band: float = 0.10

    def __post_init__(self) -> None:
        _within("discount_rate", self.discount_rate, 0, 1)
        _within("price_band", self.price_band, 0, 0.5)


@dataclass(frozen=True)
class Margin:
    """Contribution margin of a category as a share of its revenue; below 0 each order loses money."""

    category: str
    share: float

    def __post_init__(self) -> None:
        _is_told("category", self.category)
        _within("share", self.share, -1, 1)


@dataclass(frozen=True)
class Offer:
    """What a customer at risk may be offered.

    ``contact_cost`` is paid for each customer contacted (the shop's currency); ``discount`` is the share of the
    order's revenue that is given away to whoever orders, those who would have come anyway included. ``kept`` of those
    who would be lost are kept by it, between ``kept_low`` and ``kept_high`` (a range that holds 80 %): an assumption,
    until an experiment has measured it. It may go to customers of ``segments`` (all where empty) from a churn
    probability of ``risk_from`` on, and to at most ``most`` of them.
    """

    name: str
    contact_cost: float
    discount: float = 0.0
    kept: float = 0.08
    kept_low: float = 0.03
    kept_high: float = 0.15
    segments: tuple[str, ...] = ()
    risk_from: float = 0.0
    most: int | None = None

    def __post_init__(self) -> None:
        _named("offer", self.name)
        _within("contact_cost", self.contact_cost, 0, 1e9)
        for name in ("discount", "kept", "kept_low", "kept_high", "risk_from"):
            _within(name, getattr(self, name), 0, 1)
        if not self.kept_low <= self.kept <= self.kept_high:
            raise ValueError(f"kept: expected a share from kept_low to kept_high, got {self.kept:g}")
        _whole("most", self.most, 0, 10_000_000)


@dataclass(frozen=True)
class Carrier:
    """Who delivers, or from where: at most ``capacity`` orders a day (any number where None)."""

    name: str
    capacity: int | None = None

    def __post_init__(self) -> None:
        _named("carrier", self.name)
        _whole("capacity", self.capacity, 0, 10_000_000)


@dataclass(frozen=True)
class Lane:
    """What a carrier takes for an order to a region (the shop's currency), and in how many days.

    ``share_now`` is the share of the region's orders that goes this way now; where one of a region's lanes has one,
    all of them together carry it, those without one nothing (None on all: not stated).
    """

    carrier: str
    region: str
    cost: float
    days: float
    share_now: float | None = None

    def __post_init__(self) -> None:
        _named("carrier", self.carrier)
        _is_told("region", self.region)
        _within("cost", self.cost, 0, 1e9)
        _within("days", self.days, 0, 365)
        _within("share_now", self.share_now, 0, 1)


@dataclass(frozen=True)
class Staff:
    """How orders are handled: ``minutes`` of work an order takes, in shifts of ``hours`` of work.

    Everybody works ``days_a_week``; ``wage`` is paid for a shift (None: not stated, then shifts are counted, not
    money); there are at most ``most`` people. A day's orders shall be handled on that day with a probability of
    ``service_level``.
    """

    minutes: float = 10.0
    hours: float = 8.0
    days_a_week: int = 5
    wage: float | None = None
    most: int | None = None
    service_level: float = 0.95

    def __post_init__(self) -> None:
        _within("minutes", self.minutes, 0.01, 1440)
        _within("hours", self.hours, 0.5, 24)
        _whole("days_a_week", self.days_a_week, 1, 7)
        _within("wage", self.wage, 0, 1e9)
        _whole("most", self.most, 0, 100_000)
        _within("service_level", self.service_level, 0.5, 0.9999)


@dataclass(frozen=True)
class Stock:
    """How goods come in: ``lead_days`` after an order to the supplier, looked at every ``review_days``.

    ``service_level`` is the chance not to run out before the next delivery; ``holding_cost`` what goods on the shelf
    cost in a year as a share of what they were bought for; ``order_cost`` what one order to the supplier costs
    (the shop's currency; None: not stated); ``lost_if_missing`` the share of what is asked for and not there that is
    lost for good, and not bought later.
    """

    lead_days: int = 14
    review_days: int = 7
    service_level: float = 0.95
    holding_cost: float = 0.25
    order_cost: float | None = None
    lost_if_missing: float = LOST_IF_MISSING

    def __post_init__(self) -> None:
        _whole("lead_days", self.lead_days, 0, 365)
        _whole("review_days", self.review_days, 1, 365)
        _within("service_level", self.service_level, 0.5, 0.9999)
        _within("holding_cost", self.holding_cost, 0, 10)
        _within("order_cost", self.order_cost, 0, 1e9)
        _within("lost_if_missing", self.lost_if_missing, 0, 1)


@dataclass(frozen=True)
class ChannelBound:
    """What may be spent in a channel in a month, from ``least`` to ``most`` (None: any amount)."""

    channel: str
    least: float = 0.0
    most: float | None = None

    def __post_init__(self) -> None:
        _is_told("channel", self.channel)
        _within("least", self.least, 0, 1e12)
        _within("most", self.most, 0, 1e12)
        if self.most is not None and self.most < self.least:
            raise ValueError(f"most: expected at least {self.least:g}, the least of {self.channel}, got {self.most:g}")


@dataclass(frozen=True)
class Assumptions:
    """All of it. ``stated`` has the sections that somebody stated; of the others the defaults are assumed.

    ``margins``, ``offers``, ``carriers``, ``lanes`` and ``channels`` are empty until they are stated: what stands for
    them until then depends on the shop's own orders and is worked out where it is needed.

    Raises
    ------
    ValueError : it cannot be meant: two of one name, a lane of a carrier that there is not, shares of a region's orders
        now that are more or less than all of them.
    """

    finance: Finance = field(default_factory=Finance)
    margins: tuple[Margin, ...] = ()
    offers: tuple[Offer, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    lanes: tuple[Lane, ...] = ()
    staff: Staff = field(default_factory=Staff)
    stock: Stock = field(default_factory=Stock)
    channels: tuple[ChannelBound, ...] = ()
    stated: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _once("margins", [m.category for m in self.margins])
        _once("offers", [o.name for o in self.offers])
        _once("carriers", [c.name for c in self.carriers])
        _once("lanes", [(lane.carrier, lane.region) for lane in self.lanes])
        _once("channels", [c.channel for c in self.channels])
        known = {c.name for c in self.carriers}
        for lane in self.lanes:
            if lane.carrier not in known:
                raise ValueError(f"lanes: expected a carrier of the list of carriers, got {lane.carrier!r}")
        _need_all_carried(self.carriers, self.lanes)
        if not set(self.stated) <= set(SECTIONS):
            raise ValueError(f"stated: expected sections among {', '.join(SECTIONS)}, got {', '.join(self.stated)}")


def carried_in_part(lanes: tuple[Lane, ...]) -> tuple[str, float] | None:
    """The first region of which more or less than all is said to be carried now, with the share; None where none is.

    >>> carried_in_part((Lane("Post", "North", 4, 3, 0.7), Lane("Van", "North", 6, 1, 0.2), Lane("Van", "South", 6, 1)))
    ('North', 0.9)
    """
    told: dict[str, float] = {}
    for lane in lanes:
        if lane.share_now is not None:
            told[lane.region] = told.get(lane.region, 0.0) + lane.share_now
    return next(((region, round(of, 6)) for region, of in told.items() if abs(of - 1) > OF_ALL), None)


def _need_all_carried(carriers: tuple[Carrier, ...], lanes: tuple[Lane, ...]) -> None:
    if in_part := carried_in_part(lanes):
        raise ValueError(f"lanes: expected share_now to {in_part[0]} to add up to 1, got {in_part[1]:g}")
    idle = {carrier.name for carrier in carriers if carrier.capacity == 0}
    for lane in lanes:
        if lane.share_now and lane.carrier in idle:
            raise ValueError(
                f"lanes: expected no share_now of {lane.carrier}, which takes 0 orders a day, got {lane.share_now:g}"
            )


_ROWS = {"margins": Margin, "offers": Offer, "carriers": Carrier, "lanes": Lane, "channels": ChannelBound}
_ONE = {"finance": Finance, "staff": Staff, "stock": Stock}


def assumptions_from(written: Mapping[str, object]) -> Assumptions:
    """Assumptions as a file has them: a table per section, a list of tables where there are several of a kind.

    What a table leaves out takes its default; sections that are left out are not stated.

    >>> read = assumptions_from({"finance": {"discount_rate": 0.08}, "margins": [{"category": "Tea", "share": 0.4}]})
    >>> read.finance.discount_rate, read.margins[0].share, read.stated
    (0.08, 0.4, ('finance', 'margins'))

    Raises
    ------
    ValueError : a section, a name or a value that cannot be; the message names it, what is expected and what it got.
    """
    unknown = set(written) - set(SECTIONS)
    if unknown:
        raise ValueError(f"section: expected {', '.join(SECTIONS)}, got {_told(min(unknown))}")
    read: dict[str, object] = {}
    for section, content in written.items():
        if section in _ONE:
            read[section] = _made(_ONE[section], section, content)
        elif not isinstance(content, list | tuple) or len(content) > MOST_ROWS:
            raise ValueError(f"{section}: expected a list of at most {MOST_ROWS}")
        else:
            read[section] = tuple(_made(_ROWS[section], section, row) for row in content)
    return Assumptions(**read, stated=tuple(s for s in SECTIONS if s in written))


def as_written(assumptions: Assumptions) -> dict[str, object]:
    """The stated sections as ``assumptions_from`` reads them; what is None is left out, for files have no word for it.

    >>> as_written(assumptions_from({"carriers": [{"name": "Post"}]}))
    {'carriers': [{'name': 'Post'}]}
    """
    whole = {s: getattr(assumptions, s) for s in SECTIONS if s in assumptions.stated}
    return {s: [_row(r) for r in of] if isinstance(of, tuple) else _row(of) for s, of in whole.items()}


def _row(of: object) -> dict[str, object]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(of).items() if v is not None}


def _made(kind: type, section: str, content: object) -> object:
    if not isinstance(content, Mapping):
        raise ValueError(f"{section}: expected names and values, got {_told(content)}")
    types = {f.name: f.type for f in fields(kind)}
    for name in content:
        if name not in types:
            raise ValueError(f"{section}: expected {', '.join(types)}, got {_told(name)}")
    try:
        return kind(**{name: _typed(name, value, types[name]) for name, value in content.items()})
    except TypeError as error:  # a value without a default is left out
        raise ValueError(f"{section}: {str(error).partition('__init__() ')[2] or error}") from error
    except ValueError as error:
        raise ValueError(f"{section}, {error}") from error


def _typed(name: str, value: object, kind: type) -> object:
    """The value as its field holds it: whole numbers may be written for amounts, lists for several texts."""
    if kind == tuple[str, ...]:
        if isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
            return tuple(v.strip() for v in value)
        raise ValueError(f"{name}: expected a list of texts, got {_told(value)}")
    if kind is str:
        if isinstance(value, str):
            return value.strip() if name in MEMBERS else one_line(value)
        raise ValueError(f"{name}: expected a text, got {_told(value)}")
    if value is None and kind in (float | None, int | None):
        return None
    endless = isinstance(value, int) and abs(value) > LARGEST_NUMBER
    if isinstance(value, bool) or not isinstance(value, int | float) or endless:
        raise ValueError(f"{name}: expected a number, got {_told(value)}")
    if kind in (int, int | None):
        if not math.isfinite(value) or value != int(value):
            raise ValueError(f"{name}: expected a whole number, got {_told(value)}")
        return int(value)
    return float(value)


def _told(value: object) -> str:
    """A value as a sentence has it: files may hold texts and numbers of any length."""
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        return f"one beyond {LARGEST_NUMBER:g}"
    return reprlib.repr(value)


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name}: expected a number from {low:g} to {high:g}, got {value:g}")


def _whole(name: str, value: int | None, low: int, high: int) -> None:
    _within(name, value, low, high)
    if value is not None and value != int(value):
        raise ValueError(f"{name}: expected a whole number, got {value:g}")


def _named(what: str, name: str) -> None:
    if not name or name != one_line(name) or len(name) > LONGEST_NAME:
        raise ValueError(f"{what}: expected a name of 1 to {LONGEST_NAME} characters on one line, got {_told(name)}")


def _is_told(what: str, member: str) -> None:
    if not member.strip():
        raise ValueError(f"{what}: expected a name, got none")


def _once(section: str, names: list) -> None:
    for name in names:
        if names.count(name) > 1:
            said = " to ".join(name) if isinstance(name, tuple) else name
            raise ValueError(f"{section}: expected each name once, got {said!r} twice")
