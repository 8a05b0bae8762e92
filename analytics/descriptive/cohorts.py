"""Cohorts: of the customers who joined in the same month or quarter, how many came back, and what they brought.

A customer belongs to the period of the first order in the whole shop. Filters choose customers by that first order
(who began with this channel, in this region); from then on all their orders count, whatever they bought later, so that
a narrower filter does not look like customers leaving. A cell is known once its month or quarter is over.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import NORMAL_95, wilson_interval
from analytics.collect import collected
from analytics.descriptive.headline import Headline
from analytics.descriptive.needs import need_customers, need_dimension
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import different_customers
from analytics.orders import as_orders
from analytics.periods import bucket_end, bucket_start, day_label
from analytics.shop import DIMENSIONS, Shop

UNITS = ("month", "quarter")
MOST_COHORTS = {"month": 24, "quarter": 12}
"""The newest so many are laid out: more cannot be read."""
MOST_MEMBERS = 12

MEASURES = {
    "retention": "Retention",
    "revenue_per_customer": "Revenue per customer",
    "value_per_customer": "Cumulative value",
}
"""Columns of ``Cohorts.cells`` that a triangle may show, with their names on screen."""

ALL = "All"
"""The row of all cohorts together."""

COMPARED_AGE = {"month": 3, "quarter": 1}
RECENT_COHORTS = {"month": 3, "quarter": 2}
EARLIER_COHORTS = {"month": 12, "quarter": 4}
"""What the sentence compares: the share who ordered at that age, of the newest cohorts and of those before them."""
FEWEST_CUSTOMERS = 30
"""Customers on either side below which the sentence says nothing about a difference."""


@dataclass(frozen=True)
class Cohorts:
    """Who joined when, and what they did afterwards.

    ``rows`` has one row per cohort, oldest first (or per member, most customers first): ``cohort`` (its name),
    ``customers``, ``known`` (False where it may hold old customers who joined before the data begin). ``cells`` has one
    row per cohort and ``age`` (months or quarters since joining, 0 is the one of the first order) that is over:
    ``customers`` (those old enough), ``ordered`` (how many of them ordered), ``revenue`` (the shop's currency, refunds
    deducted), ``retention`` (0–1) with ``retention_low`` and ``retention_high`` (Wilson's 95 % interval),
    ``revenue_per_customer`` and ``value_per_customer``, which adds it up. ``total`` has the same cells of all cohorts
    together.
    """

    unit: str
    per: str | None
    rows: pd.DataFrame
    cells: pd.DataFrame
    total: pd.DataFrame
    headline: Headline
    notes: str

    @property
    def explained(self) -> str:
        """How the figures come about."""
        return (
            f"Customers by the {self.unit} of their first order in the whole shop. Retention: how many of them ordered "
            f"(refunds are no orders) in the {self.unit} so long after, with Wilson's 95 % interval. Revenue per "
            f"customer: what they brought in that {self.unit}, less refunds, for each who joined; cumulative "
            "value adds it up. All cohorts together hold at each age those that are old enough, so they are not the "
            "same customers along the row."
        )

    def table(self) -> pd.DataFrame:
        """The cells for files, with the cohorts that may hold old customers marked where there are any."""
        if self.rows["known"].all():
            return self.cells
        return self.cells.assign(known=self.cells["cohort"].map(self.rows.set_index("cohort")["known"]))

    def triangle(self, measure: str) -> pd.DataFrame:
        """One row per cohort, one column per age; missing where a cohort is too young."""
        if measure not in MEASURES:
            raise ValueError(f"measure: expected one of {', '.join(MEASURES)}, got {measure!r}")
        values = self.cells.pivot(index="cohort", columns="age", values=measure)
        return values.reindex(self.rows["cohort"]).rename_axis(columns=f"{self.unit}s since the first order")


def customer_cohorts(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, unit: str = "month", per: str | None = None
) -> Cohorts:
    """Who joined in each month or quarter up to the period's end, how many ordered again, and what they brought.

    The start of the filters' period does not matter: its end is the day as of which is looked.

    Parameters
    ----------
    orders : rows of the shop.
    unit : month or quarter.
    per : a dimension to lay the customers out by, by the member of their first order, instead of by when they joined.

    Raises
    ------
    ValueError : unknown unit or dimension.
    NotEnoughData : no customer, or none whose month or quarter is over, joined within the filters.
    """
    if unit not in UNITS:
        raise ValueError(f"unit: expected one of {', '.join(UNITS)}, got {unit!r}")
    need_customers(shop)
    if per is not None:
        need_dimension(per, shop)
    seen_to = min(filters.period.end, shop.today)
    sums = collected(_sums(as_orders(orders), filters, unit, per, shop.customer_keys))
    starts = _starts(sums, unit, seen_to, filters, shop)
    tensors = _tensors(sums, unit, starts)
    over = _over(len(starts))
    known = np.array([max(start, shop.first_day) >= shop.new_from for start in starts])
    pooled = known if known.any() else np.ones_like(known)
    total = _cells([ALL], _pooled(tensors, over & pooled[:, None]))
    by_start = {name: values.sum(axis=0) for name, values in tensors.items()}
    headline = _headline(by_start, over, known, starts, unit)
    if per is None:
        names = [_name(start, unit) for start in starts]
        rows = pd.DataFrame({"cohort": names, "customers": by_start["ordered"][:, 0].astype("int64"), "known": known})
        cells = _cells(names, _single(by_start, over))
    else:
        names, rows, cells = _by_member(sums, tensors, over & pooled[:, None], pooled)
    return Cohorts(unit, per, rows, cells, total, headline, _notes(starts, known, unit, per, seen_to, len(rows), shop))


def _sums(rows: ir.Table, filters: Filters, unit: str, per: str | None, keys: int) -> ir.Table:
    """By when customers joined, their member and when they ordered: how many ordered, and what they brought."""
    of_customers = rows.filter(rows.customer_key.notnull(), rows.date <= ibis.date(filters.period.end.isoformat()))
    placed = filters.within(of_customers)
    first = placed.filter(placed.revenue >= 0, ~placed.is_repeat)
    short = unit[0].upper()
    joined = first.select(
        "customer_key",
        joined=first.date.truncate(short),
        member=first[per].cast("string") if per else ibis.literal(ALL),
    )
    later = of_customers.select("customer_key", "date", "revenue").inner_join(joined, "customer_key")
    is_order = later.revenue >= 0
    return later.group_by("joined", "member", then=later.date.truncate(short)).agg(
        ordered=different_customers(later, is_order, keys), revenue=later.revenue.sum()
    )


def _starts(sums: pd.DataFrame, unit: str, seen_to: date, filters: Filters, shop: Shop) -> list[date]:
    """The first days of the months or quarters that are over, from that in which the first customer joined."""
    if sums.empty:
        narrowed = filters.kept()
        among = f" of {narrowed}" if narrowed else ""
        raise NotEnoughData(
            f"No customer made a first order{among} up to {day_label(filters.period.end)}: "
            "take one of these filters away or choose a later period."
        )
    start, found = bucket_start(pd.Timestamp(sums["joined"].min()).date(), unit), []
    while bucket_end(start, unit) <= seen_to:
        found.append(start)
        start = bucket_end(start, unit) + timedelta(1)
    if not found:
        raise NotEnoughData(
            f"No {unit} in which customers joined is over by {day_label(seen_to)}: "
            f"cohorts need at least one whole {unit} of orders."
        )
    return found[-MOST_COHORTS[unit] :]


def _tensors(sums: pd.DataFrame, unit: str, starts: list[date]) -> dict[str, np.ndarray]:
    """``ordered`` and ``revenue`` by member, cohort and age; members in the order of ``_members``."""
    numbers = {
        name: _number(sums[name], unit) - _number(pd.Series([starts[0]]), unit)[0] for name in ("joined", "then")
    }
    age = numbers["then"] - numbers["joined"]
    wide = len(starts)
    inside = (numbers["joined"] >= 0) & (numbers["joined"] < wide) & (age >= 0) & (age < wide)
    members = _members(sums)
    place = (members.get_indexer(sums["member"])[inside], numbers["joined"][inside], age[inside])
    tensors = {name: np.zeros((len(members), wide, wide)) for name in ("ordered", "revenue")}
    for name, tensor in tensors.items():
        np.add.at(tensor, place, sums[name].to_numpy(dtype="float64")[inside])
    return tensors


def _members(sums: pd.DataFrame) -> pd.Index:
    return pd.Index(sorted(sums["member"].unique()))


def _number(days: pd.Series, unit: str) -> np.ndarray:
    """Months or quarters as consecutive numbers."""
    instants = pd.DatetimeIndex(pd.to_datetime(days))
    return (instants.year * 12 + instants.month - 1).to_numpy() // (1 if unit == "month" else 3)


def _over(wide: int) -> np.ndarray:
    """By cohort and age: whether that month or quarter is over.

    Ages follow on from each other as cohorts do, and all of so many cohorts are over: the newest has no age but 0.
    """
    return np.add.outer(np.arange(wide), np.arange(wide)) < wide


def _single(by_start: dict[str, np.ndarray], over: np.ndarray) -> dict[str, np.ndarray]:
    """Cohorts as they are: missing where they are too young."""
    customers = np.where(over, by_start["ordered"][:, :1], np.nan)
    return {"customers": customers} | {name: np.where(over, values, np.nan) for name, values in by_start.items()}


def _pooled(tensors: dict[str, np.ndarray], over: np.ndarray) -> dict[str, np.ndarray]:
    """All members and cohorts together, at each age those that are old enough."""
    return _pooled_by_member({name: values.sum(axis=0, keepdims=True) for name, values in tensors.items()}, over)


def _pooled_by_member(tensors: dict[str, np.ndarray], over: np.ndarray) -> dict[str, np.ndarray]:
    customers = (tensors["ordered"][:, :, :1] * over).sum(axis=1)
    reached = customers > 0
    sums = {name: np.where(reached, (values * over).sum(axis=1), np.nan) for name, values in tensors.items()}
    return {"customers": np.where(reached, customers, np.nan)} | sums


def _by_member(
    sums: pd.DataFrame, tensors: dict[str, np.ndarray], over: np.ndarray, pooled: np.ndarray
) -> tuple[list[str], pd.DataFrame, pd.DataFrame]:
    """Rows and cells by member: those with most customers first, at most so many."""
    sizes = tensors["ordered"][:, pooled, 0].sum(axis=1)
    shown = [i for i in np.argsort(-sizes, kind="stable") if sizes[i] > 0][:MOST_MEMBERS]
    names = _members(sums)[shown].tolist()
    rows = pd.DataFrame({"cohort": names, "customers": sizes[shown].astype("int64"), "known": True})
    cells = _cells(names, _pooled_by_member({n: values[shown] for n, values in tensors.items()}, over))
    return names, rows, cells


def _cells(names: list[str], values: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row per cohort and age that is known."""
    ages = values["ordered"].shape[1]
    flat = {name: array.ravel() for name, array in values.items()}
    low, high = wilson_interval(flat["ordered"], flat["customers"])
    with np.errstate(divide="ignore", invalid="ignore"):  # a cohort without customers has no rates
        cells = pd.DataFrame(
            {
                "cohort": np.repeat(names, ages),
                "age": np.tile(np.arange(ages), len(names)),
                **{name: flat[name] for name in ("customers", "ordered", "revenue")},
                "retention": np.where(flat["customers"] > 0, flat["ordered"] / flat["customers"], np.nan),
                "retention_low": low,
                "retention_high": high,
                "revenue_per_customer": np.where(flat["customers"] > 0, flat["revenue"] / flat["customers"], np.nan),
            }
        )
    cells["value_per_customer"] = cells.groupby("cohort", sort=False)["revenue_per_customer"].cumsum()
    return cells.dropna(subset="customers").reset_index(drop=True)


def _headline(
    by_start: dict[str, np.ndarray], over: np.ndarray, known: np.ndarray, starts: list[date], unit: str
) -> Headline:
    """How many of the newest customers came back at a certain age, against those before them, and whether by chance.

    Cohorts differ by more than the toss of a coin (season, campaigns): the scatter of the earlier cohorts around their
    common share widens the range of chance (quasi-binomial; McCullagh & Nelder 1989).
    """
    age = COMPARED_AGE[unit]
    if age >= len(starts):
        return Headline(f"No customer has been here for {age} whole {unit}s yet: retention cannot be told.", "")
    sizes, ordered = by_start["ordered"][:, 0], by_start["ordered"][:, age]
    old = np.flatnonzero(over[:, age] & known & (sizes > 0))
    if not old.size:
        return Headline(
            f"No cohort of certainly new customers is {age} {unit}{'s' if age > 1 else ''} old yet: "
            "whether customers come back cannot be told from so short a history.",
            "",
        )
    recent, earlier = old[-RECENT_COHORTS[unit] :], old[: -RECENT_COHORTS[unit]][-EARLIER_COHORTS[unit] :]
    n, m = sizes[recent].sum(), sizes[earlier].sum()
    share = ordered[recent].sum() / n
    low, high = wilson_interval(ordered[recent].sum(), n)
    said = (
        f"Of the {n:,.0f} customers who first ordered {_span(starts, recent, unit)}, **{formats.percent(share)}** "
        f"ordered in the {_ordinal(age)} {unit} after ({formats.percent(low)} to {formats.percent(high)} "
        "in 95 of 100 cases)"
    )
    if min(n, m) < FEWEST_CUSTOMERS:
        return Headline(f"{said}; too few customers to compare with those before.", "")
    before = ordered[earlier].sum() / m
    pooled = (ordered[recent].sum() + ordered[earlier].sum()) / (n + m)
    factor = _overdispersion(ordered[earlier], sizes[earlier])
    noise = NORMAL_95 * np.sqrt(factor * pooled * (1 - pooled) * (1 / n + 1 / m))
    points = formats.signed(f"{(share - before) * 100:.1f} pp".replace("-", formats.MINUS))
    beyond = abs(share - before) > noise
    verdict = "beyond what chance does" if beyond else "which chance alone does"
    season = "; the two groups met different seasons, which may be part of it" if beyond else ""
    return Headline(
        f"{said}, against {formats.percent(before)} of those who first ordered {_span(starts, earlier, unit)}: "
        f"{points}, {verdict} (± {noise * 100:.1f} pp){season}.",
        "",
    )


def _overdispersion(ordered: np.ndarray, sizes: np.ndarray) -> float:
    """How many times the variance of independent customers the shares of cohorts show, at least 1."""
    share = ordered.sum() / sizes.sum()
    if len(sizes) < 2 or not 0 < share < 1:
        return 1.0
    squares = (ordered - sizes * share) ** 2 / (sizes * share * (1 - share))
    return max(1.0, float(squares.sum() / (len(sizes) - 1)))


def _span(starts: list[date], chosen: np.ndarray, unit: str) -> str:
    first, last = (_name(starts[i], unit) for i in (chosen[0], chosen[-1]))
    return f"in {first}" if first == last else f"from {first} to {last}"


def _name(start: date, unit: str) -> str:
    return f"{start:%b %Y}" if unit == "month" else f"Q{(start.month + 2) // 3} {start.year}"


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _notes(
    starts: list[date], known: np.ndarray, unit: str, per: str | None, seen_to: date, rows: int, shop: Shop
) -> str:
    """What has to be known to read the figures: who is counted, what is left out."""
    said = ["Filters choose customers by their first order; all their later orders count, whatever they bought."]
    said.append(
        f"Seen as of {day_label(seen_to)}; what is not over by then is empty, and the period's start has no effect."
    )
    doubtful = int((~known).sum())
    if doubtful and known.any():
        where = "left out here" if per else "marked ° and left out of the row of all"
        said.append(
            f"{doubtful} {unit}{'s' if doubtful > 1 else ''} before {day_label(shop.new_from)} may hold old "
            f"customers whose first order lies before the data: {where}."
        )
    elif doubtful:
        said.append(
            "All of these may hold old customers whose first order lies before the data, which begin shortly before."
        )
    if per and rows == MOST_MEMBERS:
        said.append(f"The {MOST_MEMBERS} with most customers, by the {DIMENSIONS[per].lower()} of the first order.")
    return " ".join(said)
