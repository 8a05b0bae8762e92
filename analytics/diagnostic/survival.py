"""Who comes back after an order, and how soon: Kaplan–Meier curves by factor of that order."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES, odds_in_words, odds_of_chi_square
from analytics.diagnostic.cox import Gathered, score_test
from analytics.diagnostic.gaps import CLOCKS, FACTORS, OUTCOMES, POSITION, UNTOLD, Gaps, gap_counts
from analytics.diagnostic.kaplan_meier import LifeTable, clustered_factor, kaplan_meier, life_table, log_rank
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.periods import day_label
from analytics.shop import DIMENSIONS, Shop

MOST_CURVES = 6
"""Members that are told apart, those with most gaps first."""
FEWEST_AT_RISK = 10
"""Gaps still looked at below which a curve is not drawn on."""
FEWEST_GAPS = 20
FEWEST_CUSTOMERS = 10
"""Customers of a member below which a curve, of however many orders, would be theirs alone."""
HORIZONS = (365, 180, 90, 30, 7)
"""Days of which the sentence may speak: the most that all curves reach."""
CLUSTERED_AT = 24
"""Days along a curve on which its customers' share in the variance is looked up; between them it is interpolated."""


@dataclass(frozen=True)
class ReturnCurves:
    """Of the gaps after an order, how many still last, by member of a factor.

    ``members`` has one row per member, most gaps first: ``member``, ``gaps``, ``returned`` (so many of them ended),
    ``back`` with ``back_low`` and ``back_high`` (the share that is back within ``horizon`` days, 0–1) and
    ``half_back_after`` (days; missing where not half of them come back). ``curves`` has one row per member and day from
    ``from_day`` on: ``away`` with ``away_low`` and ``away_high`` (0–1) and ``at_risk`` (how many are still looked at).
    ``by_chance`` is how often chance alone makes members so unlike (missing with a single one).
    """

    clock: str
    factor: str
    horizon: int
    from_day: int
    members: pd.DataFrame
    curves: pd.DataFrame
    by_chance: float
    sentence: str
    notes: str

    @property
    def explained(self) -> str:
        """How the figures come about."""
        several = (
            "Several gaps may be one customer's: bands and test take customers as independent, not gaps "
            "(Ying & Wei 1994; Lee, Wei & Amato 1992). "
            if self.clock == "any"
            else "One gap for each customer; log-rank test (Mantel 1966). "
        )
        return (
            "Kaplan–Meier: the share of gaps that last longer than each day. A gap that is still open on the last "
            "complete day counts until then (it is censored), neither as gone nor left out. Bands: 95 %, Greenwood's "
            f"variance on the log-log scale. {several}Orders of one day are one; guests have no next order."
        )


def return_curves(
    orders: ir.Table | pd.DataFrame, gaps: Gaps, filters: Filters, shop: Shop, clock: str = "any", factor: str = "order"
) -> ReturnCurves:
    """The share of customers not yet back after an order, by member of a factor of that order.

    Parameters
    ----------
    gaps : ``order_gaps`` of the same filters.
    clock : one of ``CLOCKS``.
    factor : one of ``FACTORS``.

    Raises
    ------
    ValueError : unknown clock or factor.
    NotEnoughData : the orders do not state the factor, or too few are followed.
    """
    _need(gaps, shop, clock, factor)
    counted = gap_counts(orders, filters, shop, gaps, clock, factor)
    if factor == POSITION:
        counted = counted[counted["member"] != UNTOLD]
    sizes = counted.groupby("member")["gaps"].sum().sort_values(ascending=False, kind="stable")
    few = _of_few(gaps.of(clock), factor)
    names = [name for name, number in sizes.items() if number >= FEWEST_GAPS and name not in few]
    if not names:
        raise NotEnoughData(too_few(int(sizes.sum()), clock, gaps, factor))
    length = int(counted["days"].max())
    told = {name: _table_of(counted[counted["member"] == name], length) for name in names}
    shown = names[:MOST_CURVES]
    from_day = int(counted["entry"].min()) if factor in OUTCOMES else 0
    curves = {
        name: _curve(told[name], _factor(gaps.of(clock), name, factor, told[name], clock), from_day) for name in shown
    }
    horizon = _horizon([told[name] for name in shown])
    rows = [_row(name, int(sizes[name]), told[name], curves[name], horizon) for name in shown]
    members = pd.DataFrame(rows)
    by_chance = _by_chance(gaps.of(clock), told, factor, clock) if len(names) > 1 else float("nan")
    drawn = pd.concat([frame.assign(member=name) for name, frame in curves.items()], ignore_index=True)
    drawn = drawn[drawn["at_risk"] >= FEWEST_AT_RISK].reset_index(drop=True)
    sentence = _sentence(members, clock, factor, horizon, from_day, by_chance)
    notes = _notes(len(sizes), len(shown), clock, factor, from_day, gaps)
    return ReturnCurves(clock, factor, horizon, from_day, members, drawn, by_chance, sentence, notes)


def offered_factors(gaps: Gaps, clock: str) -> list[str]:
    """The factors by which gaps can be told apart: those that the orders state with more than one member."""
    own = gaps.of(clock)
    return [f for f in FACTORS if f in own.codes and f != (POSITION if clock == "first" else "")]


def too_few(found: int, clock: str, gaps: Gaps, factor: str | None = None) -> str:
    """That too few gaps are followed, and what would help."""
    by = f" with a known {FACTORS[factor].lower()}" if factor else ""
    kept = f"{found:,} {'order' if found == 1 else 'orders'}{by} can be followed to a next one"
    if clock == "first":
        since = f" from {day_label(gaps.first_told_from)} on, when first orders can be told"
        return f"Only {kept}{since}: look after every order, or import an older history."
    return f"Only {kept}: take a filter away, choose a later period or import a longer history."


def _need(gaps: Gaps, shop: Shop, clock: str, factor: str) -> None:
    if clock not in CLOCKS:
        raise ValueError(f"clock: expected one of {', '.join(CLOCKS)}, got {clock!r}")
    if factor not in FACTORS:
        raise ValueError(f"factor: expected one of {', '.join(FACTORS)}, got {factor!r}")
    if factor not in gaps.codes:
        raise NotEnoughData(
            f"The orders in view state no {FACTORS[factor].lower()}: import a file that has it and map the column."
        )
    if factor == POSITION and clock == "first":
        raise NotEnoughData("All of these are first orders: look after every order to compare first with later ones.")


def _of_few(gaps: Gaps, factor: str) -> set[str]:
    """Members whose orders are those of a handful of customers; of a sample of customers that cannot be told."""
    if gaps.every > 1:
        return set()
    seen = np.unique(np.column_stack([gaps.codes[factor], gaps.customer]), axis=0)[:, 0]
    people = np.bincount(seen, minlength=len(gaps.members[factor]))
    return {name for name, number in zip(gaps.members[factor], people, strict=True) if number < FEWEST_CUSTOMERS}


def _table_of(counted: pd.DataFrame, length: int) -> LifeTable:
    days, ended, entry, number = (counted[c].to_numpy() for c in ("days", "returned", "entry", "gaps"))
    return life_table(days, ended.astype(bool), entry, number.astype("float64"), length)


def _factor(gaps: Gaps, name: str, factor: str, whole: LifeTable, clock: str) -> np.ndarray | float:
    """How many times Greenwood's variance a member's curve shows, by day; of a large shop from its sample."""
    if clock == "first":
        return 1.0
    which = gaps.codes[factor] == gaps.members[factor].index(name) if name in gaps.members[factor] else []
    if not np.any(which):
        return 1.0
    own = gaps.kept(which)
    entry = own.entry(factor)
    table = life_table(own.days, own.returned, entry, length=len(whole.at_risk))
    at = np.unique(np.geomspace(1, len(whole.at_risk), CLUSTERED_AT).astype("int64"))
    factors = clustered_factor(table, own.days, own.returned, entry, own.customer, at)
    return np.interp(whole.days, at, factors)


def _curve(table: LifeTable, factor: np.ndarray | float, from_day: int) -> pd.DataFrame:
    """One row per day from the one on which the clock is first looked at, when all are still away."""
    away, low, high = kaplan_meier(table, factor)
    later = slice(from_day, None)
    started = {"days": from_day, "away": 1.0, "away_low": np.nan, "away_high": np.nan}
    started["at_risk"] = table.at_risk[later][0] if len(table.at_risk) > from_day else 0.0
    drawn = {"days": table.days, "away": away, "away_low": low, "away_high": high, "at_risk": table.at_risk}
    drawn = pd.DataFrame({name: values[later] for name, values in drawn.items()})
    return pd.concat([pd.DataFrame([started]), drawn], ignore_index=True)


def _horizon(tables: list[LifeTable]) -> int:
    """The longest of the usual horizons at which enough gaps of all members are still looked at."""
    reached = min(int(np.max(t.days[t.at_risk >= FEWEST_AT_RISK], initial=1)) for t in tables)
    return next((h for h in HORIZONS if h <= reached), reached)


def _row(name: str, number: int, table: LifeTable, curve: pd.DataFrame, horizon: int) -> dict[str, object]:
    at = curve.loc[curve["days"] <= horizon].iloc[-1]
    half = curve.loc[curve["away"] <= 0.5, "days"]
    return {
        "member": name,
        "gaps": number,
        "returned": int(table.ended.sum()),
        "back": 1 - at["away"],
        "back_low": 1 - at["away_high"],
        "back_high": 1 - at["away_low"],
        "half_back_after": float(half.iloc[0]) if len(half) else np.nan,
    }


def _by_chance(gaps: Gaps, told: dict[str, LifeTable], factor: str, clock: str) -> float:
    """The log-rank test; where customers have several gaps, its form for these, on the sample of customers."""
    if clock == "first":
        statistic, freedom, _ = log_rank(list(told.values()))
        return odds_of_chi_square(statistic, freedom)
    entry = gaps.entry(factor)
    code = [gaps.members[factor].index(name) for name in told if name in gaps.members[factor]]
    which = np.isin(gaps.codes[factor], code) & (gaps.days > entry)
    design = (gaps.codes[factor][which, None] == np.array(code[1:])).astype("float64")
    if not gaps.returned[which].any() or not design.size:
        return float("nan")
    rows = Gathered(gaps.days[which], gaps.returned[which], entry[which], design, gaps.customer[which])
    return odds_of_chi_square(*score_test(rows))


def in_words(factor: str, member: str) -> str:
    """A member as it is said after “after”.

    >>> in_words("segment", "Budget"), in_words("delivery", "Late (more than 6 days)"), in_words("score", "No score")
    ('segment Budget', 'a late delivery (more than 6 days)', 'no score')
    """
    if factor in DIMENSIONS:
        return f"{DIMENSIONS[factor].lower()} {member}"
    name, bracket, rest = member.partition(" (")
    return _NOUNS.get(name, f"{FACTORS[factor].lower()} {name.lower()}") + bracket + rest


def _sentence(members: pd.DataFrame, clock: str, factor: str, horizon: int, from_day: int, by_chance: float) -> str:
    """Where most come back and where fewest do, and whether chance does as much."""
    since = f", of those not back by day {from_day}," if from_day else ""
    said = f"Within {horizon} days after {'a first order' if clock == 'first' else 'an order'}{since or ','}"
    ranked = members.sort_values("back", ascending=False)
    best, worst = ranked.iloc[0], ranked.iloc[-1]
    if len(members) == 1:
        return f"{said} {_share(best, factor)} are back."
    if not by_chance <= FALSE_DISCOVERIES:
        every = f"{formats.percent(worst['back'])} to {formats.percent(best['back'])}"
        does = "how much chance alone does is not known" if np.isnan(by_chance) else (
            f"chance alone makes them so unlike in {odds_in_words(by_chance)} of cases"
        )  # fmt: skip
        return f"{said} {every} are back, by {FACTORS[factor].lower()}: {does}."
    return (
        f"{said} {_share(best, factor)} are back, but only {_share(worst, factor)}: "
        f"chance alone makes them so unlike in {odds_in_words(by_chance)} of cases."
    )


def _share(row: pd.Series, factor: str) -> str:
    said = f"{formats.percent(row['back'])} ({in_words(factor, row['member'])}"
    if formats.is_missing(row["back_low"]):
        return f"{said})"
    return f"{said}; {formats.percent(row['back_low'])} to {formats.percent(row['back_high'])})"


def _notes(number: int, shown: int, clock: str, factor: str, from_day: int, gaps: Gaps) -> str:
    said = []
    if number > shown:
        least = f"those with at least {FEWEST_GAPS} by {FEWEST_CUSTOMERS} customers"
        said.append(f"The {shown} with most orders of {number}, of {least}.")
    if clock == "first" or factor == POSITION:
        said.append(
            f"First orders from {day_label(gaps.first_told_from)} on: before, many seem first that are not, because "
            "the data begin shortly before."
        )
    if from_day:
        what = "Who is late" if factor == "delivery" else "What was scored"
        said.append(f"{what} is known from day {from_day} on, so the clock is looked at from there.")
    return " ".join(said)


_NOUNS = {
    "In time": "a delivery in time",
    "Late": "a late delivery",
    "High": "a high score",
    "Middle": "a middle score",
    "Low": "a low score",
    "No score": "no score",
    "First order": "a first order",
    "Later order": "a later order",
}
"""Members of factors that are no dimensions, as they are said."""
