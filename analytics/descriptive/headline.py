"""One sentence that says what happened, with its uncertainty, built from computed facts alone."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import FALSE_DISCOVERIES, NORMAL_95, odds_among_many
from analytics.descriptive.breakdowns import member_columns
from analytics.descriptive.cells import Cells
from analytics.descriptive.kpis import Kpis
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import Metric, metric
from analytics.periods import by_calendar
from analytics.shop import DIMENSIONS, Shop

MOSTLY = 0.6
"""Share of a change from which one reason is said to be most of it."""
WORTH_NAMING = 0.4
SURPLUS_WORTH_NAMING = 0.15
"""Share of a change that one member must explain to be named for it, and by how much more than its size."""


@dataclass(frozen=True)
class Headline:
    """``change`` is the sentence about revenue, ``also`` about whatever else moved beyond chance (may be empty)."""

    change: str
    also: str


def period_headline(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
) -> Headline:
    """What happened in the period: revenue, how it moved against each comparison, where most of it came from.

    Parameters
    ----------
    cells, kpis : ``revenue_cells`` and ``current_kpis`` of the same filters.

    Raises
    ------
    NotEnoughData : no row matches the filters.
    """
    revenue = kpis.figures.loc["revenue"].to_dict()
    said = f"Revenue was **{formats.money(revenue['value'], shop.currency)}**"
    references = [name for name in ("previous", "last_year") if name in kpis.periods]
    if not references:
        why = next((why for key, why in kpis.unavailable.items() if isinstance(key, str)), None)
        return Headline(f"{said}." if why is None else f"{said}; there is nothing to compare it with: {why}.", "")
    first = references[0]
    change = revenue["value"] - revenue[first]
    beyond = abs(change) > revenue[f"noise_{first}"]
    reasons = ""
    if beyond:
        reasons = _how(kpis, first)
        reasons += _where(_shares_of_change(orders, cells, kpis, filters, shop, first, change))
    clauses = [_clause(revenue, name, filters, shop) for name in references]
    return Headline(f"{said}, {clauses[0]}{reasons}{_season(revenue, clauses)}.", _also(kpis, first, shop))


def _clause(revenue: dict[str, float], name: str, filters: Filters, shop: Shop) -> str:
    """How revenue moved against one comparison, and whether chance does as much."""
    against, was, change = _against(name, filters), revenue[name], revenue["value"] - revenue[name]
    noise = revenue[f"noise_{name}"]
    if was <= 0:
        before = "no sales" if was == 0 else f"{formats.money(was, shop.currency)} (more refunds than sales)"
        return f"after {before} {against}"
    moved = formats.percent(abs(change) / was)
    within = f"± {formats.percent(noise / was)} in 95 of 100 cases"
    if abs(change) < 0.0005 * was:
        return f"unchanged on {against} (chance: {within})"
    direction = "up" if change > 0 else "down"
    if abs(change) <= noise:
        return f"{direction} {moved} on {against}, which chance alone does ({within})"
    amount = formats.signed(formats.money(change, shop.currency))
    return f"**{direction} {moved}** on {against} ({amount}; chance: {within})"


def _against(name: str, filters: Filters) -> str:
    days = filters.period.days
    if name == "previous":
        return "the day before" if days == 1 else f"the {days} days before"
    return "the same dates last year" if by_calendar(filters.period) else "the same weekdays 52 weeks earlier"


def _season(revenue: dict[str, float], clauses: list[str]) -> str:
    """The second comparison, and a warning where the two disagree: season is not chance."""
    if len(clauses) < 2:
        return ""
    beyond = [abs(revenue["value"] - revenue[n]) > revenue[f"noise_{n}"] for n in ("previous", "last_year")]
    signs = [np.sign(revenue["value"] - revenue[n]) for n in ("previous", "last_year")]
    doubt = beyond[0] and (not beyond[1] or signs[0] != signs[1])
    return f"; {clauses[1]}" + (": the season may explain the change" if doubt else "")


def _how(kpis: Kpis, reference: str) -> str:
    """Which of number of orders, size of orders and refunds did it.

    Revenue = orders × average order value × share not refunded: the logs of their ratios add up to that of revenue
    (log-mean Divisia with one member; Ang 2005).
    """
    was, now = (kpis.figures[column].to_dict() for column in (reference, "value"))
    factors = {
        ("more orders", "fewer orders"): (now["orders"], was["orders"]),
        ("bigger orders", "smaller orders"): (now["average_order_value"], was["average_order_value"]),
        ("fewer refunds", "more refunds"): (1 - now.get("refund_rate", 0.0), 1 - was.get("refund_rate", 0.0)),
    }
    total = now["revenue"] / was["revenue"] if was["revenue"] > 0 else 0.0
    if total <= 0 or any(not (a > 0 and b > 0) for a, b in factors.values()):
        return ""
    shares = {words[int(a < b)]: np.log(a / b) / np.log(total) for words, (a, b) in factors.items()}
    ranked = sorted(shares, key=shares.get, reverse=True)
    if shares[ranked[0]] >= MOSTLY:
        return f", mostly from {ranked[0]}"
    return f", from {ranked[0]} and {ranked[1]}" if shares[ranked[1]] > 0 else ""


def _shares_of_change(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    reference: str,
    change: float,
) -> pd.DataFrame:
    """Each member's ``share`` of the change in revenue, its ``surplus`` over what its size alone would bring, and how
    many standard ``errors`` it moved."""
    told_apart = [
        dimension
        for dimension in ("region", "segment", "channel", "category")
        if len(shop.members.get(dimension, ())) > 1 and len(filters.members.get(dimension, ())) != 1
    ]
    shares = {"member": [], "share": [], "surplus": [], "errors": []}
    for dimension in told_apart:
        _, columns = member_columns(orders, cells, kpis, filters, shop, dimension, "revenue")
        value, moved = columns["value"], columns["value"] - columns[reference]
        shares["member"].append(columns["member"].astype(object))
        shares["share"].append(moved / change)
        with np.errstate(divide="ignore", invalid="ignore"):  # who has nothing in either period scatters by nothing
            shares["surplus"].append(moved / change - value / value.sum())
            shares["errors"].append(NORMAL_95 * np.abs(moved) / columns["noise"])
    return pd.DataFrame({name: np.concatenate(column) if column else [] for name, column in shares.items()})


def _where(shares: pd.DataFrame) -> str:
    """The member to be named for the change, if one stands out: moving in step with its size explains nothing."""
    if shares.empty:
        return ""
    sure = odds_among_many(shares["errors"].fillna(0).to_numpy()) <= FALSE_DISCOVERIES
    telling = shares[sure & (shares["share"] >= WORTH_NAMING) & (shares["surplus"] > SURPLUS_WORTH_NAMING)]
    if telling.empty:
        return ""
    top = telling.sort_values("surplus").iloc[-1]
    name = f"**{formats.plain(top['member'])}**"
    if top["share"] > 1.005:
        return f"; {name} moved by more than the whole change, others the other way"
    return f"; {formats.percent(top['share'], 0)} of the change came from {name}"


def _also(kpis: Kpis, reference: str, shop: Shop) -> str:
    """The other metrics that moved beyond chance, at most two, surest first."""
    sure, figures = {}, kpis.figures.to_dict("index")
    for key, figure in figures.items():
        change, noise = figure["value"] - figure[reference], figure[f"noise_{reference}"]
        if key not in ("revenue", "orders") and figure[reference] > 0 and abs(change) > noise > 0:
            sure[key] = abs(change) / noise
    moved = sorted(sure, key=sure.get, reverse=True)[:2]
    return "; ".join(_moved(metric(key), figures[key], reference, shop) for key in moved)


def _moved(measured: Metric, figure: dict[str, float], reference: str, shop: Shop) -> str:
    verb = "rose" if figure["value"] > figure[reference] else "fell"
    change = measured.format_change(figure["value"], figure[reference]).lstrip("+" + formats.MINUS)
    return f"{measured.name.lower()} {verb} by {change} to {measured.format(figure['value'], shop.currency)}"


def largest_movers(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    key: str = "revenue",
    most: int = 8,
) -> pd.DataFrame:
    """The members of all dimensions that moved otherwise than the shop as a whole, surest first.

    When the whole shop grows by a tenth, so does nearly every member: that says nothing of any of them. What is
    special to a member is its ``surplus``: its change less what it would be, had it moved as the shop did.

    Returns
    -------
    At most ``most`` rows: ``dimension``, ``member``, ``value``, ``reference``, ``change``, ``surplus``, ``noise``
    (half-width of the 95 % chance range of this member's surplus alone; all in the metric's unit), ``by_chance``
    (probability of such a surplus by chance, adjusted for looking at every member: Benjamini & Hochberg 1995) and
    ``beyond_chance`` (whether that is at most 5 %).

    Raises
    ------
    NotEnoughData : there is nothing in the data to compare with, or no row matches.
    """
    found = {DIMENSIONS[d]: member_columns(orders, cells, kpis, filters, shop, d, key)[1] for d in shop.members}
    found = {dimension: columns for dimension, columns in found.items() if len(columns["member"]) > 1}
    if not found:
        raise NotEnoughData("Every dimension of this shop has one member: there is nothing to tell apart.")
    figures = ("value", "change", "surplus", "surplus_noise")
    members = pd.DataFrame({name: np.concatenate([c[name] for c in found.values()]) for name in figures})
    if members["change"].isna().all():
        raise NotEnoughData(_nothing_to_compare(kpis, filters))
    members["member"] = [member for columns in found.values() for member in columns["member"]]
    members["dimension"] = [dimension for dimension, columns in found.items() for _ in columns["member"]]
    members["reference"] = members["value"].fillna(0) - members["change"]
    members["noise"] = members["surplus_noise"]
    errors = NORMAL_95 * members["surplus"].abs() / members["noise"].where(members["noise"] > 0)
    members["by_chance"] = odds_among_many(errors.fillna(0).to_numpy())
    members["beyond_chance"] = members["by_chance"] <= FALSE_DISCOVERIES
    columns = ["dimension", "member", "value", "reference", "change", "surplus", "noise", "by_chance", "beyond_chance"]
    ranked = members.assign(errors=errors).sort_values("errors", ascending=False, kind="stable")
    return ranked[columns].head(most).reset_index(drop=True)


def _nothing_to_compare(kpis: Kpis, filters: Filters) -> str:
    if filters.compare == "none":
        return "Nothing is compared: choose a comparison in the sidebar."
    why = next((why for key, why in kpis.unavailable.items() if isinstance(key, str)), "there is nothing before it")
    return f"This period cannot be compared, for {why}: choose a later or shorter one."


def movers_sentence(movers: pd.DataFrame, kpis: Kpis | None = None, key: str = "revenue") -> str:
    """Which of the members shown moved otherwise than the shop, beyond chance.

    Parameters
    ----------
    movers : ``largest_movers``.
    kpis : ``current_kpis`` of the same filters, to say how the shop as a whole moved.
    """
    whole = f"the shop as a whole{_shop_change(kpis, key) if kpis else ''}"
    sure = movers.loc[movers["beyond_chance"], "member"]
    if sure.empty:
        return f"No member differs from {whole} by more than chance does when so many members are looked at."
    return (
        f"Otherwise than {whole}, beyond chance though so many members are looked at: {', '.join(sure)}. "
        "≈ marks what chance may have done."
    )


def _shop_change(kpis: Kpis, key: str) -> str:
    figure = kpis.figures.loc[key]
    reference = next((name for name in ("previous", "last_year") if not pd.isna(figure[name])), None)
    return "" if reference is None else f" ({metric(key).format_change(figure['value'], figure[reference])})"
