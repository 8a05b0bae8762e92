"""One sentence that says what happened, with its uncertainty, built from computed facts alone."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from analytics import formats
from analytics.descriptive.breakdowns import metric_by_member
from analytics.descriptive.kpis import NORMAL, Kpis
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import Metric, metric
from analytics.shop import DIMENSIONS, Shop

FALSE_DISCOVERIES = 0.05
WORTH_NAMING = 0.4
SURPLUS_WORTH_NAMING = 0.15
"""Share of a change that one member must explain to be named for it, and by how much more than its size."""
_SAID = {"previous": "the {days} days before", "last_year": "the same days last year"}


@dataclass(frozen=True)
class Headline:
    """``change`` is the sentence about revenue, ``also`` about whatever else moved beyond chance (may be empty)."""

    change: str
    also: str


def period_headline(
    orders: ir.Table | pd.DataFrame,
    noise: dict[str, float],
    cells: pd.DataFrame | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
) -> Headline:
    """What happened in the period: revenue, how it moved against the comparison, where most of it came from.

    Parameters
    ----------
    noise, cells, kpis : ``dispersions``, ``revenue_cells`` and ``current_kpis`` of the same filters.

    Raises
    ------
    NotEnoughData : no row matches the filters.
    """
    revenue = kpis.figures.loc["revenue"]
    said = f"Revenue was **{formats.money(revenue['value'], shop.currency)}**"
    reference = next((name for name in ("previous", "last_year") if name in kpis.periods), None)
    if reference is None:
        why = next(iter(kpis.unavailable.values()), None)
        return Headline(f"{said}." if why is None else f"{said}; there is nothing to compare it with: {why}.", "")
    change = revenue["value"] - revenue[reference]
    against = _SAID[reference].format(days=filters.period.days).replace("the 1 days before", "the day before")
    moved = metric("revenue").format_change(revenue["value"], revenue[reference]).lstrip("+" + formats.MINUS)
    chance = revenue[f"noise_{reference}"]
    if abs(change) <= chance:
        return Headline(
            f"{said}, {_direction(change)} {moved} on {against}: within the ± {_relative(chance, revenue[reference])} "
            "that chance alone moves it.",
            _also(kpis, reference, shop),
        )
    where = _where(_shares_of_change(orders, noise, cells, filters, shop, reference, change))
    return Headline(
        f"{said}, **{_direction(change)} {moved}** on {against} "
        f"({formats.signed(formats.money(change, shop.currency))}; chance alone moves it by up to "
        f"± {_relative(chance, revenue[reference])}){_how(kpis, reference)}{where}.",
        _also(kpis, reference, shop),
    )


def _direction(change: float) -> str:
    return "up" if change > 0 else "down"


def _relative(noise: float, reference: float) -> str:
    return formats.percent(noise / reference) if reference > 0 else formats.MISSING


def _how(kpis: Kpis, reference: str) -> str:
    """Whether more orders or bigger orders did it: their log changes add up to that of sales."""
    orders, value = (kpis.figures.loc[k] for k in ("orders", "average_order_value"))
    moves = {
        ("more orders", "fewer orders"): (orders["value"], orders[reference]),
        ("bigger orders", "smaller orders"): (value["value"], value[reference]),
    }
    logs = {names: np.log(a / b) for names, (a, b) in moves.items() if a > 0 and b > 0}
    change = kpis.figures.loc["revenue", "value"] - kpis.figures.loc["revenue", reference]
    fitting = {names: size for names, size in logs.items() if size * change > 0}
    if not fitting:
        return ""
    names, size = max(fitting.items(), key=lambda item: abs(item[1]))
    return f", mostly from {names[0] if size > 0 else names[1]}"


def _shares_of_change(
    orders: ir.Table | pd.DataFrame,
    noise: dict[str, float],
    cells: pd.DataFrame | None,
    filters: Filters,
    shop: Shop,
    reference: str,
    change: float,
) -> pd.DataFrame:
    """Each member's ``share`` of the change in revenue, and its ``surplus`` over what its size alone would bring."""
    frames = []
    for dimension in ("region", "segment", "channel", "category"):
        if len(shop.members.get(dimension, ())) > 1 and len(filters.members.get(dimension, ())) != 1:
            members = metric_by_member(orders, noise, cells, filters, shop, dimension).members
            share = (members["value"].fillna(0) - members[reference].fillna(0)) / change
            surplus = share - members["value"] / members["value"].sum()
            frames.append(pd.DataFrame({"member": members["member"], "share": share, "surplus": surplus}))
    return pd.concat(frames) if frames else pd.DataFrame(columns=["member", "share", "surplus"], dtype="float64")


def _where(shares: pd.DataFrame) -> str:
    """The member to be named for the change, if one stands out: moving in step with its size explains nothing."""
    telling = shares[shares["share"].between(WORTH_NAMING, 1.5) & (shares["surplus"] > SURPLUS_WORTH_NAMING)]
    if telling.empty:
        return ""
    top = telling.sort_values("surplus").iloc[-1]
    return f"; {min(top['share'], 1):.0%} of the change came from **{formats.plain(top['member'])}**"


def _also(kpis: Kpis, reference: str, shop: Shop) -> str:
    """The other metrics that moved beyond chance, at most two, largest first."""
    figures = kpis.figures.drop(index=["revenue", "orders"], errors="ignore")
    change = figures["value"] - figures[reference]
    sure = (change.abs() / figures[f"noise_{reference}"]).replace(np.inf, np.nan)
    moved = sure[sure > 1].sort_values(ascending=False).index[:2]
    return "; ".join(_moved(metric(key), figures.loc[key], reference, shop) for key in moved)


def _moved(measured: Metric, figure: pd.Series, reference: str, shop: Shop) -> str:
    verb = "rose" if figure["value"] > figure[reference] else "fell"
    change = measured.format_change(figure["value"], figure[reference]).lstrip("+" + formats.MINUS)
    return f"{measured.name.lower()} {verb} by {change} to {measured.format(figure['value'], shop.currency)}"


def largest_movers(
    orders: ir.Table | pd.DataFrame,
    noise: dict[str, float],
    cells: pd.DataFrame | None,
    filters: Filters,
    shop: Shop,
    key: str = "revenue",
    most: int = 8,
) -> pd.DataFrame:
    """The members of all dimensions whose metric changed most beyond what chance does, against the comparison.

    Returns
    -------
    At most ``most`` rows, surest first: ``dimension``, ``member``, ``value``, ``reference``, ``change`` (its unit),
    ``noise`` (half-width of the 95 % chance range), ``errors`` (change in standard errors) and ``beyond_chance``:
    because every member is looked at, the false discoveries among those called so are held to 5 %
    (Benjamini & Hochberg 1995).

    Raises
    ------
    NotEnoughData : there is no period before to compare with, or no row matches.
    """
    found = [metric_by_member(orders, noise, cells, filters, shop, d, key) for d in shop.members]
    frames = [b.members.assign(dimension=DIMENSIONS[b.dimension]) for b in found if len(b.members) > 1]
    if not frames or all(frame["change"].isna().all() for frame in frames):
        raise NotEnoughData(
            "There is nothing in the data to compare this period with: choose a later or shorter period, "
            "and compare with the previous one or with last year."
        )
    members = pd.concat(frames, ignore_index=True)
    members["reference"] = members["value"].fillna(0) - members["change"]
    members["errors"] = NORMAL * members["change"].abs() / members["noise"].where(members["noise"] > 0)
    chance = 2 * norm.sf(members["errors"].fillna(0))
    members["beyond_chance"] = false_discovery_control(chance) <= FALSE_DISCOVERIES
    columns = ["dimension", "member", "value", "reference", "change", "noise", "errors", "beyond_chance"]
    return members.sort_values("errors", ascending=False)[columns].head(most).reset_index(drop=True)


def movers_sentence(movers: pd.DataFrame) -> str:
    """How many of the members shown moved beyond chance.

    Parameters
    ----------
    movers : ``largest_movers``.
    """
    sure = movers.loc[movers["beyond_chance"], "member"]
    if sure.empty:
        return "None of these changes is beyond what chance does when so many members are looked at."
    return f"Beyond chance, though so many members are looked at: {', '.join(sure)}. ≈ marks what chance may have done."
