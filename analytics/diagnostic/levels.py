"""One level of a drill-down: its members beside a comparison, how they make the whole, and what is said of them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many
from analytics.descriptive.kpis import Kpis
from analytics.errors import NotEnoughData
from analytics.filters import COMPARED_WITH
from analytics.formats import is_missing, percent, signed
from analytics.metrics import DISTINCT, Metric, standard_error
from analytics.shop import Shop

MOST_BARS = 12
"""Members that are drawn; the others are one bar together."""
MOST_NAMED = 3
NEW, GONE, ABSENT = "new", "gone", "absent"

Parts = dict[str, dict[str, np.ndarray]]
"""By period (``value`` and what it is compared with) and part of a metric: an entry per member."""


@dataclass(frozen=True)
class Level:
    """A metric by the members of one level, for who stands in some filters.

    ``rows`` has one row per member: ``member``, ``value``, ``share`` of the whole (0–1, only where members add up),
    ``orders``, ``previous`` and ``last_year`` (missing where not compared), ``change`` against ``reference``, ``noise``
    (half-width within which 95 % of chance changes lie), ``by_chance`` (how often chance alone changes as much,
    adjusted for looking at every row; both missing for single customers) and ``status``: ``new`` for who is in the
    period alone, ``gone`` for who is in the comparison alone (who is in neither is no row). Of the calendar also
    ``first``, ``last`` (days) and ``complete``. ``bars`` are those to be drawn, with all others
    together in a last one (``is_rest``).
    ``whole`` is the metric of all together: ``value``, ``previous``, ``last_year``. ``adds_up`` says in a sentence that
    the rows make the whole, or why they do not.
    """

    step: str
    metric: str
    reference: str | None
    rows: pd.DataFrame
    bars: pd.DataFrame
    whole: dict[str, float]
    adds_up: str
    sentence: str
    notes: str = field(default="")


def needed_parts(measured: Metric) -> tuple[str, ...]:
    """The parts of a metric that its value and its noise are made of, and how many orders there are."""
    return tuple(sorted({"orders", *measured.parts, *((measured.spread,) if measured.spread else ())}))


def level_rows(
    measured: Metric,
    names: list[str],
    parts: Parts,
    there: dict[str, np.ndarray],
    offered: list[str],
    factor: float,
) -> pd.DataFrame:
    """The ``rows`` of a ``Level`` in the order of the names; those of ``status`` absent are none of it yet.

    Parameters
    ----------
    there : per period whether each member has rows in it.
    offered : the comparisons that can be made, the one that changes are against first.
    factor : how many times the variance of independent orders the shop shows.
    """
    nothing = np.full(len(names), np.nan)
    figures = {"value": _values(measured, parts["value"])}
    figures["share"] = _shares(figures["value"]) if measured.adds_up else nothing
    figures["orders"] = np.asarray(parts["value"]["orders"], dtype="float64")
    for name in COMPARED_WITH:
        figures[name] = _values(measured, parts[name]) if name in offered else nothing
    figures["change"] = figures["value"] - figures[offered[0]] if offered else nothing
    figures["noise"] = _noise(measured, parts, offered[0], factor) if offered else nothing
    figures["by_chance"] = nothing
    status = np.full(len(names), "", dtype=object)
    if offered:
        status[there["value"] & ~there[offered[0]]] = NEW
        status[~there["value"] & there[offered[0]]] = GONE
        status[~there["value"] & ~there[offered[0]]] = ABSENT
        figures["by_chance"] = _odds(figures["change"], figures["noise"], status)
    return pd.DataFrame({"member": np.asarray(names, dtype=object), **figures, "status": status})


def ranked(rows: pd.DataFrame, measured: Metric, reference: str | None) -> np.ndarray:
    """The positions of the rows, biggest first: by value where members add up, else by orders.

    >>> from analytics.metrics import metric
    >>> rows = pd.DataFrame({"value": [1.0, 0.0, 2.0], "orders": [1, 0, 1], "previous": [1.0, 9.0, 2.0]})
    >>> ranked(rows, metric("revenue"), "previous").tolist()
    [1, 2, 0]
    """
    size = rows["value" if measured.adds_up else "orders"].to_numpy(dtype="float64")
    if measured.adds_up and reference:
        size = np.fmax(size, rows[reference].to_numpy())  # who is gone was once big
    return np.argsort(-size, kind="stable")


def gathered(
    rows: pd.DataFrame,
    measured: Metric,
    parts: Parts,
    offered: list[str],
    factor: float,
    most: int = MOST_BARS,
) -> pd.DataFrame:
    """The biggest rows, and all others together as a last one, so that what is drawn makes the whole.

    Distinct customers of several members cannot be added up: of these the others have no value.
    """
    order = ranked(rows, measured, offered[0] if offered else None)
    if len(rows) <= most + 1:
        return rows.assign(is_rest=False)
    shown, rest = np.sort(order[:most]), order[most:]
    sums = {
        period: {p: np.array([np.sum(column[rest], dtype="float64")]) for p, column in of.items()}
        for period, of in parts.items()
    }
    if not measured.from_daily:
        for of in sums.values():
            of.update({p: np.array([np.nan]) for p in DISTINCT if p in of})
    there = {period: np.array([True]) for period in parts}
    name = [f"All {len(rest):,} others"]
    last = level_rows(measured, name, sums, there, offered, factor)
    last["share"] = rows["share"].iloc[rest].sum(min_count=1)
    shown = rows.iloc[shown].assign(is_rest=False)
    return pd.concat([shown, last.assign(is_rest=True)], ignore_index=True)


def whole_of(kpis: Kpis, measured: Metric) -> dict[str, float]:
    """The metric of all together: ``value``, ``previous``, ``last_year`` and the noise against each.

    Raises
    ------
    NotEnoughData : the shop's data cannot give the metric.
    """
    if measured.key not in kpis.figures.index:
        raise NotEnoughData(
            f"This shop's data cannot give {measured.name.lower()}: choose another metric, or import a file that has "
            "what it needs."
        )
    return kpis.figures.loc[measured.key].to_dict()


def adds_up_sentence(measured: Metric, rows: pd.DataFrame, whole: float, counted: str, shop: Shop) -> str:
    """That the rows make the whole, or why they do not.

    Parameters
    ----------
    counted : the members in words, as ``4 regions``.
    """
    told = measured.format(whole, shop.currency, exact=measured.unit in ("money", "count"))
    if measured.adds_up:
        return f"{counted} add up to {told}." if len(rows) > 1 else f"{counted} makes all of {told}."
    if measured.unit == "count":
        together = rows["value"].sum()
        several = f" The rows come to {together:,.0f}, for some are in several." if together > whole else ""
        return f"Customers do not add up: whoever is in several rows counts once in the whole, {told}.{several}"
    kind = "Rates" if measured.unit == "share" else "Means"
    of = "customers" if set(measured.parts) & set(DISTINCT) else "orders"
    return f"{kind} do not add up: the whole, {told}, is that of all {of} together, not the sum of the rows."


def whole_sentence(measured: Metric, whole: dict[str, float], reference: str | None, shop: Shop) -> str:
    """How the whole stands and how it moved, with what chance does."""
    said = f"{measured.name} {measured.format(whole['value'], shop.currency)}"
    change = whole["value"] - whole[reference] if reference else float("nan")
    if is_missing(change):
        return f"{said}."
    moved = measured.format_change(whole["value"], whole[reference])
    was = measured.format(whole[reference], shop.currency)
    noise = whole.get(f"noise_{reference}", float("nan"))
    doubt = "" if is_missing(noise) else ", beyond chance" if abs(change) > noise else ", which chance alone does"
    return f"{said}, {moved} on {COMPARED_WITH[reference]} ({was}){doubt}."


def movers_sentence(measured: Metric, rows: pd.DataFrame, many: str, shop: Shop) -> str:
    """Who rose and who fell most beyond chance, who is new and who is gone.

    Parameters
    ----------
    many : the members in words, as ``regions``.
    """
    told = rows[rows["by_chance"].notna()]
    said = []
    if len(told):
        sure = told[told["by_chance"] <= FALSE_DISCOVERIES]
        named = [_extreme(measured, sure, way, verb, shop) for way, verb in ((1, "rose"), (-1, "fell"))]
        if named := [name for name in named if name]:
            said.append(f"Beyond chance, {' and '.join(named)}.")
        elif len(told) > 1:
            said.append(f"None of the {len(told):,} {many} moved by more than chance does when so many are looked at.")
    for status, word in ((NEW, "New"), (GONE, "Gone")):
        names = rows.loc[rows["status"].eq(status), "member"].tolist()
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        said += [f"{word}: {', '.join(map(str, names[:MOST_NAMED]))}{more}."] * bool(names)
    return " ".join(said)


def _extreme(measured: Metric, sure: pd.DataFrame, way: int, verb: str, shop: Shop) -> str:
    moved = sure[sure["change"] * way > 0]
    if moved.empty:
        return ""
    row = moved.loc[(moved["change"] * way).idxmax()]
    relative = measured.format_change(row["value"], row["value"] - row["change"])
    amount = signed(measured.format(row["change"], shop.currency))
    return f"{row['member']} {verb} most ({relative if measured.denominator else f'{amount}, {relative}'})"


def leader_sentence(measured: Metric, rows: pd.DataFrame, least_orders: int, shop: Shop) -> str:
    """Who has most of the whole, or is highest and lowest of those with orders enough."""
    if len(rows) < 2:
        return ""
    if measured.adds_up:
        top = rows.loc[rows["value"].idxmax()]
        if not top["share"] > 0 or (rows["value"] < 0).any():
            return ""
        return f"{top['member']} has most of it ({percent(top['share'], 0)})."
    told = rows[(rows["orders"] >= least_orders) & rows["value"].notna()]
    if len(told) < 2:
        return ""
    high, low = told.loc[told["value"].idxmax()], told.loc[told["value"].idxmin()]
    figures = [measured.format(row["value"], shop.currency) for row in (high, low)]
    return (
        f"Highest: {high['member']} ({figures[0]}); lowest: {low['member']} ({figures[1]}), "
        f"of those with at least {least_orders} orders."
    )


def _values(measured: Metric, parts: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(measured.value({p: np.asarray(v, dtype="float64") for p, v in parts.items()}), dtype="float64")


def _shares(values: np.ndarray) -> np.ndarray:
    total = values.sum()
    return values / total if total > 0 else np.full(len(values), np.nan)


def _odds(change: np.ndarray, noise: np.ndarray, status: np.ndarray) -> np.ndarray:
    """How often chance does as much, given how many are looked at; of who is new or gone there is nothing to tell."""
    told = (status == "") & ~np.isnan(change) & (noise > 0)
    odds = np.full(len(change), np.nan)
    odds[told] = odds_among_many(NORMAL_95 * change[told] / noise[told])
    return odds


def _noise(measured: Metric, parts: Parts, reference: str, factor: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        errors = [standard_error(measured, parts[name], factor) for name in ("value", reference)]
    return NORMAL_95 * np.sqrt(errors[0] ** 2 + errors[1] ** 2)
