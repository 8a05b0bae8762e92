"""What the members in view will bring: their sum with its range, and the same by group."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.descriptive.headline import Headline
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import money, percent, plain
from analytics.periods import day_label
from analytics.predictive.customer_histories import FIRST, LATEST
from analytics.predictive.model import Run
from analytics.predictive.value_cut_offs import months_label
from analytics.predictive.value_methods import customers_label, guests_left_out, not_foreseen_said
from analytics.predictive.value_scores import Noise
from analytics.shop import DIMENSIONS, Shop

MONEY = {"revenue": "Revenue", "margin": "Margin"}
COHORT = "cohort"
GROUPS = {COHORT: "Quarter joined"} | {d: DIMENSIONS[d] for d in ("segment", "channel", "region", "age_group")}
MOST_GROUPS = 12
OTHERS = "All others"
TOP_SHARE = 0.1


@dataclass(frozen=True)
class ValueTotal:
    """What the customers in view bring over the months ahead, in revenue or margin (``money``).

    ``expected`` with its 80 % range, ``realised`` so far, ``lifetime`` is both; ``top_share`` of what is expected
    comes from the best tenth, ``buyers`` of the ``customers`` are expected to buy at all.
    """

    customers: int
    buyers: float
    expected: float
    low: float
    high: float
    realised: float
    top_share: float
    top_customers: int
    money: str
    months: int
    until: date
    headline: Headline
    notes: str

    @property
    def lifetime(self) -> float:
        """Realised so far and expected."""
        return self.realised + self.expected

    def table(self) -> pd.DataFrame:
        """The figures for people and files, in one row."""
        names = ("customers", "buyers", "expected", "low", "high", "realised", "lifetime", "top_share")
        return for_people(pd.DataFrame([{name: getattr(self, name) for name in names}]))


@dataclass(frozen=True)
class ValueGroups:
    """What groups of customers bring over the months ahead.

    ``rows`` has one row per ``group``, cohorts in the order of time, others by what is expected of them: ``customers``,
    ``expected`` with ``low`` and ``high`` (80 % range) in all, the same for each customer (``each``, ``each_low``,
    ``each_high``), ``share`` of what all in view are expected to bring, and ``realised`` so far for each.
    """

    by: str
    money: str
    rows: pd.DataFrame
    sentence: str
    notes: str

    def table(self) -> pd.DataFrame:
        """The rows for people and files."""
        return for_people(self.rows)


FOR_PEOPLE = {
    "expected": "expected_value",
    "low": "expected_value_low",
    "high": "expected_value_high",
    "each": "value_each",
    "each_low": "value_each_low",
    "each_high": "value_each_high",
    "realised": "brought",
    "actual": "brought",
    "actual_low": "brought_low",
    "actual_high": "brought_high",
    "lifetime": "lifetime_value",
    "if_back": "value_if_back",
    "top_share": "share_of_value",
    "mae": "mean_absolute_error",
    "rmse": "root_mean_square_error",
}
"""Short names in the code → those by which people and files know what is an amount."""


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """The same rows with names that say which columns are amounts."""
    return table.rename(columns=FOR_PEOPLE)


def value_total(run: Run, filters: Filters, shop: Shop, money_kind: str = "revenue") -> ValueTotal:
    """What the customers in view are expected to bring, with how far that may be off.

    Raises
    ------
    NotEnoughData : the filters leave no customer.
    """
    values, factor = values_in_view(run, filters), money_factor(shop, money_kind)
    expected = values["expected"].to_numpy()
    low, high = noise_in(run).range_of_sum(expected)
    top = max(1, round(TOP_SHARE * len(expected)))
    best = float(np.sort(expected)[::-1][:top].sum())
    told = ValueTotal(
        customers=len(values),
        buyers=float(values["buys"].sum()),
        expected=factor * float(expected.sum()),
        low=factor * low,
        high=factor * high,
        realised=factor * float(values["brought"].sum()),
        top_share=best / float(expected.sum()) if expected.sum() > 0 else float("nan"),
        top_customers=top,
        money=money_kind,
        months=int(run.facts["horizon_months"]),
        until=date.fromisoformat(str(run.facts["until"])),
        headline=Headline("", ""),
        notes=f"{_notes(filters)} {guests_left_out(run.facts)}".strip(),
    )
    return ValueTotal(**(told.__dict__ | {"headline": Headline(_headline(told, filters, shop, run), "")}))


def value_groups(run: Run, filters: Filters, shop: Shop, by: str = COHORT, money_kind: str = "revenue") -> ValueGroups:
    """The same by group: when customers joined, what they are, how they were won.

    Raises
    ------
    ValueError : no such grouping.
    NotEnoughData : the filters leave no customer, or the shop's orders do not carry the dimension.
    """
    if by not in GROUPS:
        raise ValueError(f"by: expected one of {', '.join(GROUPS)}, got {by!r}")
    if by != COHORT and by not in shop.members:
        raise NotEnoughData(f"This shop's orders carry no {GROUPS[by].lower()}: group by something else.")
    values, factor, noise = values_in_view(run, filters), money_factor(shop, money_kind), noise_in(run)
    names = _names(values, by)
    rows = []
    for name, own in values.groupby(names, sort=False, observed=True):
        low, high = noise.range_of_sum(own["expected"].to_numpy())
        sums = (own["expected"].sum(), low, high, own["brought"].sum())
        rows.append((str(name), len(own), *(factor * part for part in sums)))
    table = pd.DataFrame(rows, columns=["group", "customers", "expected", "low", "high", "realised"])
    table = table.sort_values("group") if by == COHORT else table.sort_values("expected", ascending=False)
    for column, part in {"each": "expected", "each_low": "low", "each_high": "high"}.items():
        table[column] = table[part] / table["customers"]
    table["realised"] /= table["customers"]
    whole = table["expected"].sum()
    table["share"] = table["expected"] / whole if whole > 0 else np.nan
    table = table.reset_index(drop=True)
    return ValueGroups(by, money_kind, table, _groups_sentence(table, by, shop), _notes(filters))


def offered_groups(shop: Shop) -> list[str]:
    """The groupings that this shop's orders carry."""
    return [by for by in GROUPS if by == COHORT or by in shop.members]


def values_in_view(run: Run, filters: Filters) -> pd.DataFrame:
    """The customers that the filters keep, by what they are and how they were won.

    Raises
    ------
    NotEnoughData : none is left.
    """
    values = run.tables["values"]
    kept = np.ones(len(values), dtype=bool)
    for dimension, members in filters.members.items():
        kept &= values[dimension].isin(members).to_numpy()
    if not kept.any():
        narrowed = filters.kept()
        if not narrowed:
            raise NotEnoughData("No customer of this shop has a value to be told.")
        raise NotEnoughData(f"No customer is of {narrowed}: take {_one_of(filters)} away.")
    return values[kept]


def _one_of(filters: Filters) -> str:
    return "one of these filters" if len(filters.members) > 1 else "this filter"


def money_factor(shop: Shop, money_kind: str) -> float:
    """What revenue is multiplied by.

    Raises
    ------
    ValueError : neither revenue nor margin, or a margin that the shop does not state.
    """
    if money_kind not in MONEY or (money_kind == "margin" and shop.gross_margin is None):
        offered = ", ".join(MONEY if shop.gross_margin is not None else ["revenue"])
        raise ValueError(f"money_kind: expected one of {offered}, got {money_kind!r}")
    return float(shop.gross_margin) if money_kind == "margin" else 1.0


def noise_in(run: Run) -> Noise:
    """How far sums may be off, as the fit found it."""
    return Noise(**run.facts["noise"])


def _names(values: pd.DataFrame, by: str) -> pd.Series:
    """The group of each customer; what is beyond the largest is gathered, and so are the oldest cohorts."""
    if by == COHORT:
        days = values["first_on"].dt
        quarters, code = np.unique(days.year.to_numpy() * 4 + days.quarter.to_numpy() - 1, return_inverse=True)
        oldest = max(0, len(quarters) - MOST_GROUPS)
        named = [f"{number // 4} Q{number % 4 + 1}" for number in quarters[oldest:]]
        named[0] += " or before"
        return pd.Series(pd.Categorical.from_codes(np.maximum(code - oldest, 0), named), values.index)
    sizes = values.groupby(by, observed=True)["expected"].sum().sort_values(ascending=False)
    if len(sizes) <= MOST_GROUPS:
        return values[by].astype("str")
    return values[by].astype("str").where(values[by].isin(sizes.index[: MOST_GROUPS - 1]), OTHERS)


def _headline(told: ValueTotal, filters: Filters, shop: Shop, run: Run) -> str:
    kind = "revenue" if told.money == "revenue" else "gross margin"
    who = f"The {told.customers:,} customers" if told.customers > 1 else "The one customer"
    whose = "of today" if not filters.members else "in these filters"
    amount = f"**{money(told.expected, shop.currency)}** of {kind}"
    if (wrong := run.facts.get("not_foreseen")) is not None:
        return (
            f"{not_foreseen_said(wrong, date.fromisoformat(str(run.facts['cut_off'])))} Only if what each brought "
            f"lately went on, {who[0].lower()}{who[1:]} {whose} would bring {amount} over the next "
            f"{months_label(told.months)}, to {day_label(told.until)}: a guess, "
            f"{money(told.low, shop.currency)} to {money(told.high, shop.currency)} by how far such totals were off."
        )
    said = (
        f"{who} {whose} will bring {amount} over the next {months_label(told.months)}, to {day_label(told.until)}: "
        f"{money(told.low, shop.currency)} to {money(told.high, shop.currency)} in 80 of 100 cases."
    )
    if told.customers < 10 or not np.isfinite(told.top_share):
        return said
    return (
        f"{said} {percent(told.top_share, 0)} of it comes from the best tenth, {customers_label(told.top_customers)}."
    )


def _groups_sentence(table: pd.DataFrame, by: str, shop: Shop) -> str:
    if len(table) < 2:
        only = table.iloc[0]
        return f"All customers in view are of one group: {plain(only['group'])}."
    best, least = table.loc[table["each"].idxmax()], table.loc[table["each"].idxmin()]
    apart = best["each_low"] > least["each_high"]
    sure = "their ranges do not overlap" if apart else "their ranges overlap"
    return (
        f"{plain(best['group'])} is expected to bring most for each customer, {money(best['each'], shop.currency)}, "
        f"{plain(least['group'])} least, {money(least['each'], shop.currency)}: {sure}."
    )


def _notes(filters: Filters) -> str:
    """Which customers the filters keep, and that the period does not matter."""
    said = "The period does not matter: the months after the last complete day are looked at."
    latest = [DIMENSIONS[d].lower() for d in LATEST if d in filters.members]
    first = [DIMENSIONS[d].lower() for d in FIRST if d in filters.members]
    if latest:
        said += f" Customers are kept by the {' and '.join(latest)} of their latest order."
    if first:
        said += f" Customers are kept by the {' and '.join(first)} of their first order."
    return said
