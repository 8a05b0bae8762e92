"""Why a metric changed: how far beyond chance, where, by what mechanism, since when, and what else happened then."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics import formats
from analytics.chance import odds_in_words
from analytics.descriptive.activity import daily_activity
from analytics.descriptive.cells import Cells
from analytics.descriptive.headline import Headline
from analytics.diagnostic.bridge import SHARED_OUT, Bridge, bridge_of, change_bridge
from analytics.diagnostic.change_moment import Moment, moment_of_change
from analytics.diagnostic.companions import companions_of_change
from analytics.diagnostic.compared import compared_sums
from analytics.diagnostic.where import Where, segments_behind_change
from analytics.diagnostic.whole_change import Change, change_of
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import metric
from analytics.periods import day_label
from analytics.shop import Shop
from analytics.summed import Sums

T = TypeVar("T")

PARTS = ("where", "bridge", "moment")


@dataclass(frozen=True)
class RootCause:
    """All that is known of a change; what could not be answered says why when it is asked for.

    ``moment`` and ``companions`` speak of the segment that moved most (``scope``, dimension → member), or of all that
    is in view where none stands out.
    """

    change: Change
    scope: dict[str, str]
    found: dict[str, object]
    companions: pd.DataFrame
    troubles: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> Where:
        """The segments that moved otherwise than the rest."""
        return self._part("where")

    @property
    def bridge(self) -> Bridge:
        """By what mechanism the whole moved."""
        return self._part("bridge")

    @property
    def moment(self) -> Moment:
        """Since when."""
        return self._part("moment")

    def companions_near(self) -> pd.DataFrame:
        """What else happened around the change.

        Raises
        ------
        NotEnoughData : there is no moment of change, or nothing is known around it.
        """
        if self.moment.since is None:
            raise NotEnoughData("There is no day on which it changed, so nothing can be said to be near it.")
        if self.companions.empty:
            raise NotEnoughData("No event is known around the change, and no other metric of these orders moved then.")
        return self.companions

    def scope_words(self) -> str:
        """Whose daily figure is told, in words."""
        return " · ".join(self.scope.values()) or "All that is in view"

    def scopes(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The segments found, each as its (dimension, member) pairs."""
        return tuple(tuple(members.items()) for members in self.where.segments["members"])

    def has(self, part: str) -> bool:
        """Whether a part could be answered."""
        return part in self.found

    def _part(self, name: str) -> object:
        if name not in self.found:
            raise NotEnoughData(self.troubles[name])
        return self.found[name]


def root_cause(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    daily: pd.DataFrame,
    dispersions: dict[str, float],
    calendar: pd.DataFrame,
    filters: Filters,
    shop: Shop,
    sums: Sums = (),
    key: str = "revenue",
    against: str | None = None,
) -> RootCause:
    """Why a metric of the members in the filters changed.

    Parameters
    ----------
    cells, daily, dispersions, calendar : ``revenue_cells``, ``daily_activity``, ``day_dispersions``, ``known_events``.
    against : see ``baseline``.

    Raises
    ------
    NotEnoughData : nothing to compare with, or no row in view. What only a part lacks, it says itself.
    """
    compared = compared_sums(orders, daily, filters, shop, against)
    change = change_of(compared, dispersions, shop, key)
    asked = {"key": key, "against": against}
    parts: dict[str, object] = {}
    troubles: dict[str, str] = {}

    def try_part(name: str, answer: Callable[[], object]) -> None:
        try:
            parts[name] = answer()
        except NotEnoughData as why:
            troubles[name] = str(why)

    try_part("where", lambda: segments_behind_change(orders, cells, filters, shop, **asked))
    try_part("bridge", lambda: bridge_of(compared, orders, filters, shop, key))
    scope = _scope(parts.get("where"))
    narrowed = filters.narrowed(scope)
    of_scope = daily_activity(orders, narrowed.without_period(), shop, sums) if scope else daily
    try_part("moment", lambda: moment_of_change(of_scope, calendar, narrowed, shop, key))
    moment = parts.get("moment")
    companions = pd.DataFrame()
    if isinstance(moment, Moment):
        companions = companions_of_change(of_scope, calendar, narrowed, shop, moment)
    return RootCause(change, scope, parts, companions, troubles)


def _scope(where: object) -> dict[str, str]:
    """The members of the segment that moved most surely; none where none stands out."""
    if not isinstance(where, Where) or where.segments.empty:
        return {}
    return dict(where.segments["members"].iloc[0])


def mechanism_by_segment(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    sums: Sums = (),
    scopes: tuple[tuple[tuple[str, str], ...], ...] = (),
    key: str = "revenue",
    against: str | None = None,
) -> pd.DataFrame:
    """What each mechanism brought to the change of each of some segments.

    Parameters
    ----------
    scopes : the segments, each as its (dimension, member) pairs.

    Returns
    -------
    One row per segment, ``segment`` its members as text, and mechanism: ``step``, ``contribution``, ``noise`` and
    ``by_chance`` as in ``Bridge``.

    Raises
    ------
    NotEnoughData : no segment was found, or the metric is no product of others.
    """
    if key not in SHARED_OUT:
        raise NotEnoughData(f"{metric(key).name} is a mean of orders: it has no customers and orders to be made of.")
    if not scopes:
        raise NotEnoughData("No segment stands out, so there is none to look into.")
    found = []
    for scope in scopes:
        narrowed = filters.narrowed(dict(scope))
        daily = daily_activity(orders, narrowed.without_period(), shop, sums)
        try:
            steps = change_bridge(orders, daily, narrowed, shop, key, against).steps
        except NotEnoughData:  # gone: it has no order in the period any more
            continue
        found.append(steps.assign(segment=" · ".join(member for _, member in scope)))
    if not found:
        raise NotEnoughData("The segments found have no orders left in the period: they are gone as a whole.")
    return pd.concat(found, ignore_index=True)[["segment", "step", "contribution", "noise", "by_chance"]]


def root_cause_headline(cause: RootCause, shop: Shop) -> Headline:
    """One sentence that says all of it, with its uncertainty, to be pasted where it is asked for."""
    change, measured = cause.change, metric(cause.change.metric)
    said = change.sentence(shop)
    if formats.is_missing(change.amount):
        return Headline(said, "")
    clauses = [_where_clause(cause), _mechanism_clause(cause, shop), _moment_clause(cause)]
    told = " ".join(clause for clause in clauses if clause)
    if change.doubt:
        told = f"{told} {change.doubt}".strip()
    if not told and not change.beyond_chance:
        told = f"No segment of {measured.name.lower()} moved beyond chance either." if cause.has("where") else ""
    return Headline(f"{said} {told}".strip(), "")


def _where_clause(cause: RootCause) -> str:
    if not cause.has("where"):
        return ""
    segments = cause.where.segments
    if segments.empty:
        return "No segment stands out: what moved, moved all over the shop." if cause.change.beyond_chance else ""
    top = segments.iloc[0]
    name = f"**{formats.plain(top['segment'])}**"
    verb = "rose" if top["beyond"] > 0 else "fell"
    share = ""
    if not pd.isna(top["share"]) and cause.change.beyond_chance and top["share"] > 0:
        share = f", {formats.percent(top['share'], 0)} of the change"
    measured = metric(cause.where.searched)
    if measured.denominator is None and not top["before"]:
        moved = f"{name} is new{share}"
    elif measured.denominator is None and not top["now"]:
        moved = f"{name} is gone{share}"
    else:
        moved = f"{name} {verb} against the rest ({measured.format_change(top['now'], top['before'])}{share})"
    others = [formats.plain(text) for text in segments["segment"].iloc[1:3]]
    also = f"; so did {' and '.join(others)}" if others else ""
    return f"{moved}{also} (by chance in {odds_in_words(top['by_chance'])} of cases)."


def _mechanism_clause(cause: RootCause, shop: Shop) -> str:
    if not cause.has("bridge") or not cause.change.beyond_chance:
        return ""
    steps = cause.bridge.steps
    same = steps[np.sign(steps["contribution"]) == np.sign(cause.change.amount)]
    if same.empty:
        return ""
    top = same.loc[same["contribution"].abs().idxmax()]
    measured = metric(cause.change.metric)
    amount = formats.signed(measured.format(top["contribution"], shop.currency))
    noise = measured.format(top["noise"], shop.currency)
    return f"Mostly by **{top['step'].lower()}**: {amount} (chance: ± {noise})."


def _moment_clause(cause: RootCause) -> str:
    if not cause.has("moment") or cause.moment.since is None:
        return ""
    moment = cause.moment
    within = "" if moment.low == moment.high else f", between {day_label(moment.low)} and {day_label(moment.high)}"
    until = f" until {day_label(moment.until)}" if moment.until else ""
    near = [row["what"] for row in cause.companions.to_dict("records") if row["days_after"] <= 0][-1:]
    when = f" Near it: {formats.plain(near[0])}." if near else ""
    return f"It began on **{day_label(moment.since)}**{within}{until}.{when}"
