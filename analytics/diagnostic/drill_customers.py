"""The last level of a drill-down: the customers themselves, with what all others and guests add."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.descriptive.activity import covered_periods, inside
from analytics.descriptive.kpis import Kpis, nothing_matches
from analytics.descriptive.needs import need_customers
from analytics.diagnostic.levels import (
    MOST_BARS,
    Level,
    Parts,
    adds_up_sentence,
    level_rows,
    needed_parts,
    whole_of,
    whole_sentence,
)
from analytics.diagnostic.paths import CUSTOMERS
from analytics.errors import NotEnoughData
from analytics.filters import COMPARED_WITH, Filters
from analytics.formats import percent
from analytics.metrics import ADDITIVE, DERIVED, Metric, metric
from analytics.periods import Period
from analytics.questions import collected_within
from analytics.shop import Shop

MOST_CUSTOMERS = 100
"""Customers of a level that are named; all others are one row."""
OTHERS, GUESTS = "All other customers", "Guests"


def customer_level(
    orders: ir.Table | pd.DataFrame,
    customers: ir.Table | pd.DataFrame,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    key: str = "revenue",
) -> Level:
    """A metric by customer, for who stands in the filters: the biggest, then all others, then guests.

    Parameters
    ----------
    kpis : ``current_kpis`` of the same filters.

    Raises
    ------
    NotEnoughData : no order names its customer, no row matches, or the metric counts customers.
    """
    need_customers(shop)
    measured = metric(key)
    if not measured.from_daily:
        raise NotEnoughData(f"{measured.name} tells nothing of a single customer: choose revenue, orders or a mean.")
    whole = whole_of(kpis, measured)
    covered = covered_periods(filters, shop)
    offered = [n for n in COMPARED_WITH if n in covered and (key, n) not in kpis.unavailable][:1]
    periods = {name: covered[name] for name in ("value", *offered)}
    stored = _stored(measured)
    asked = {"parts": stored, "by": measured.numerator if measured.adds_up else "orders", "most": MOST_CUSTOMERS + 1}
    named = collected_within(_by_customer, orders, filters, periods, **asked)
    everyone = collected_within(_known_and_guests, orders, filters, periods, parts=stored)
    if not everyone["in_value"].any():
        raise NotEnoughData(nothing_matches(filters))
    more, named = len(named) > MOST_CUSTOMERS, named.head(MOST_CUSTOMERS)
    counted = _Counted(measured, stored, tuple(periods), _ids(customers, named["customer_key"]), named, everyone, more)
    factor = kpis.scatter.get(key, 1.0)
    rows, bars = (counted.rows(most, offered, factor) for most in (MOST_CUSTOMERS, MOST_BARS))
    reference = next(iter(offered), None)
    said = [whole_sentence(measured, whole, reference, shop), _concentration(measured, rows, more)]
    return Level(
        CUSTOMERS,
        key,
        reference,
        rows,
        bars,
        whole,
        adds_up_sentence(measured, rows, whole["value"], _in_words(rows), shop),
        " ".join(sentence for sentence in said if sentence),
        "New and gone: with orders in one of the two periods alone. Chance is not told of single customers: one order "
        "more or less is most of what they do.",
    )


@dataclass(frozen=True)
class _Counted:
    """What the engine counted: named customers by column ``period__part``, and everyone, known and guests apart."""

    measured: Metric
    stored: tuple[str, ...]
    periods: tuple[str, ...]
    names: list[str]
    named: pd.DataFrame
    everyone: pd.DataFrame
    more: bool

    def rows(self, most: int, offered: list[str], factor: float) -> pd.DataFrame:
        """The first so many customers, all other known ones together, and guests."""
        parts: Parts = {}
        for name in self.periods:
            of = {p: self._column(name, p, most) for p in self.stored}
            parts[name] = of | {
                part: derived(of) for part, derived in DERIVED.items() if {"sales", "revenue"} <= set(of)
            }
        there = {name: (of["orders"] != 0) | (of["revenue"] != 0) for name, of in parts.items()}
        names = [*self.names[:most], OTHERS, GUESTS]
        rows = level_rows(self.measured, names, parts, there, offered, factor)
        rows["noise"] = rows["by_chance"] = np.nan  # of one customer's handful of orders chance does anything
        rows["is_rest"] = [False] * (len(rows) - 2) + [True, True]
        others = self.more or len(self.names) > most
        kept = np.r_[np.ones(len(rows) - 2, dtype=bool), others, self.everyone["guest"].any()]
        by_size = rows["value" if self.measured.adds_up else "orders"].where(~rows["is_rest"], -np.inf)
        order = np.argsort(-by_size.to_numpy(), kind="stable")  # who is gone is listed for what they were
        return rows.iloc[order[kept[order]]].reset_index(drop=True)

    def _column(self, period: str, part: str, most: int) -> np.ndarray:
        own = self.named[f"{period}__{part}"].to_numpy(dtype="float64", na_value=0.0)[:most]
        inside_period = self.everyone["in_" + period].to_numpy(dtype=bool)
        guest = self.everyone["guest"].to_numpy(dtype=bool)
        values = self.everyone[part].to_numpy(dtype="float64", na_value=0.0)
        known, guests = (values[inside_period & of].sum() for of in (~guest, guest))
        return np.r_[own, known - own.sum(), guests]


def _stored(measured: Metric) -> tuple[str, ...]:
    """The parts to ask the engine for."""
    needed = {*needed_parts(measured), "orders", "revenue"}
    return tuple(sorted((needed | ({"sales"} if needed & set(DERIVED) else set())) - set(DERIVED)))


def _ids(customers: ir.Table | pd.DataFrame, keys: pd.Series) -> list[str]:
    """The ids of customers by their keys; where orders carry no keys the ids are the keys."""
    if isinstance(customers, pd.DataFrame) or "customer_key" not in customers.columns:
        return keys.astype(str).tolist()
    wanted = customers.filter(customers.customer_key.isin(keys.tolist()))
    ids = collected(wanted.select("customer_key", customer_id=wanted.customer_id.cast("string")))
    return ids.set_index("customer_key")["customer_id"].reindex(keys).astype(str).tolist()


def _concentration(measured: Metric, rows: pd.DataFrame, more: bool) -> str:
    """How much of the whole the first customers bring."""
    named = rows[~rows["is_rest"]]
    share = named["share"].sum()
    if not (measured.adds_up and more and 0 < share <= 1):
        return ""
    return f"The {len(named)} biggest customers make {percent(share, 0)} of it."


def _in_words(rows: pd.DataFrame) -> str:
    named = int((~rows["is_rest"]).sum())
    said = [f"{named:,} customer{'' if named == 1 else 's'}"] * bool(named)
    said += [{OTHERS: "all others", GUESTS: "guests"}[m] for m in rows.loc[rows["is_rest"], "member"]]
    return said[0].capitalize() if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _by_customer(rows: ir.Table, periods: dict[str, Period], parts: tuple[str, ...], by: str, most: int) -> ir.Table:
    """The customers with most of a part in the period or in the one before, a column per period and part."""
    known = rows.filter(rows.customer_key.notnull())
    flags = {f"in_{name}": where for name, where in inside(known, periods).items()}
    told = known.group_by("customer_key", **flags).agg(**{p: ADDITIVE[p](known) for p in parts})
    sums = {
        f"{name}__{part}": told[part].sum(where=told[f"in_{name}"]).fill_null(0) for name in periods for part in parts
    }
    listed = told.group_by("customer_key").agg(**sums)
    size = listed[f"value__{by}"]
    if other := next((name for name in periods if name != "value"), None):
        size = ibis.greatest(size, listed[f"{other}__{by}"])
    return listed.order_by([size.desc(), listed.customer_key]).limit(most)


def _known_and_guests(rows: ir.Table, periods: dict[str, Period], parts: tuple[str, ...]) -> ir.Table:
    """All known customers together, and all guests: a row for each by the periods that rows lie in."""
    flags = {f"in_{name}": where for name, where in inside(rows, periods).items()}
    return rows.group_by(guest=rows.customer_key.isnull(), **flags).agg(**{p: ADDITIVE[p](rows) for p in parts})
