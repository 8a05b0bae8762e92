"""What happened since an action began, against what it promised."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.descriptive.breakdowns import member_columns
from analytics.descriptive.cells import Cells
from analytics.descriptive.courses import parts_by_day
from analytics.descriptive.kpis import Kpis
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import METRICS, metric
from analytics.periods import DAYS_A_MONTH, Period, day_label
from analytics.prescriptive.advice import Advice
from analytics.prescriptive.experiment import half_width
from analytics.shop import Shop

FEWEST_DAYS = 14
FEWEST_SPANS = 1
"""Spans before an action that are independent of each other, for them to tell how members move by themselves."""
CLOSE_BY = 10
"""Looks at the past in each span's length: spans that overlap add little."""


@dataclass(frozen=True)
class ReadBack:
    """How the metric of an action's members moved otherwise than the rest of the shop.

    ``value`` is the metric since the action began, ``beyond`` how much more that is than had its members moved as the
    rest of the shop did against as many days before, ``noise`` the half-width within which that moves without any
    action in 95 of 100 cases, ``promised`` what the action was to change it by (missing where it named no change). All
    in the metric's unit. ``by_past`` says whether the noise is that of spans before the action, seasons and trends of
    the members' own among it; else it is chance alone, for the data before are too short.
    """

    metric: str
    days: int
    value: float
    beyond: float
    noise: float
    promised: float | None
    by_past: bool
    sentence: str


def read_back_view(advice: Advice, started_on: date, shop: Shop) -> Filters:
    """The days and members to read an action back on: since it began, at most as long as it was to last.

    Raises
    ------
    NotEnoughData : there is nothing to read back on, or not yet.
    """
    if advice.metric not in METRICS or not metric(advice.metric).adds_up:
        raise NotEnoughData("No metric of the shop's orders says what this action did.")
    if not advice.members:
        raise NotEnoughData(
            "It was for the whole shop, and nothing tells how the shop would have done without it: only customers left "
            "out by lot would. Import who was contacted and who was not as a campaign to have it measured."
        )
    lasts = started_on + timedelta(round(advice.months * DAYS_A_MONTH) - 1)
    until = min(lasts, shop.today)
    days = (until - started_on).days + 1
    if days < FEWEST_DAYS:
        raise NotEnoughData(
            f"It began on {day_label(started_on)}, and the data are complete up to {day_label(shop.today)}: at least "
            f"{FEWEST_DAYS} days are needed to read it back."
        )
    within: dict[str, tuple[str, ...]] = {}
    for dimension, member in advice.members[:-1]:
        within[dimension] = (*within.get(dimension, ()), member)
    return replace(Filters(Period(started_on, until), "previous"), **within)


def read_back(
    orders: ir.Table | pd.DataFrame,
    cells: Cells | None,
    kpis: Kpis,
    filters: Filters,
    shop: Shop,
    advice: Advice,
) -> ReadBack:
    """What became of the metric that an action was to move.

    The rest of the shop stands for what would have happened without it: season, holidays and the economy move both.
    What else was special to its members in these days is counted as the action's, which only an experiment could tell;
    but how far they moved otherwise than the rest before it, over as many days, says how much of that is usual.

    Parameters
    ----------
    filters : ``read_back_view`` of the action.

    Raises
    ------
    ValueError : the metric does not add up over members.
    NotEnoughData : the days before are not in the data, or no order of the members is.
    """
    if not metric(advice.metric).adds_up:
        raise ValueError(f"metric: expected one that adds up over members, got {advice.metric!r}")
    dimension, member = advice.members[-1]
    _, columns = member_columns(orders, cells, kpis, filters, shop, dimension, advice.metric)
    names = ("member", "value", "change", "surplus", "surplus_noise")
    found = pd.DataFrame({name: columns[name] for name in names}).set_index("member")
    if member not in found.index:
        raise NotEnoughData(f"There is no order of {member} since it began.")
    if len(found) == 1:
        raise NotEnoughData(f"All orders are of {member}: there is no rest of the shop to hold it against.")
    value, change, surplus, spread = (float(figure) for figure in found.loc[member])
    if pd.isna(surplus):
        raise NotEnoughData("The days before it began are not wholly in the data.")
    before = found["value"].sum() - found["change"].sum()
    # a surplus is held against the whole shop, the member itself among it, and so falls short by its share
    others = 1 - (value - change) / before if before > 0 else 0.0
    if others < 1e-9:
        raise NotEnoughData(
            f"In the days before it began all orders were of {member}: there is no rest of the shop to hold it against."
        )
    beyond, noise = surplus / others, spread / others
    promised = None if advice.moves is None else advice.moves * (value - beyond)
    reach = _usual_reach(orders, filters, shop, dimension, member, advice.metric)
    noise = max(noise, (reach or 0.0) * max(value - beyond, 0.0))
    told = ReadBack(advice.metric, filters.period.days, value, beyond, noise, promised, reach is not None, "")
    return replace(told, sentence=_sentence(told, filters, shop, member))


def _usual_reach(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, dimension: str, member: str, key: str
) -> float | None:
    """Within which share of itself a member moves otherwise than the rest of the shop over spans as long, 95 of 100
    times: by what it did before the action, when there was none. None where the data before are too short.
    """
    length, measured = filters.period.days, metric(key)
    before = pd.date_range(shop.first_day, filters.period.start - timedelta(days=1))
    spans = len(before) / length - 1
    if spans < FEWEST_SPANS:
        return None
    own, all_of = (
        measured.value(parts_by_day(orders, shop, by, (name,), before, set(measured.parts), filters))[0]
        for by, name in ((dimension, member), ("", ""))
    )
    sums = [np.concatenate([[0.0], of.cumsum()]) for of in (own, all_of - own)]
    turn = np.arange(len(before) - length, length - 1, -max(1, length // CLOSE_BY))
    was, now = ([of[turn + ahead] - of[turn + ahead - length] for of in sums] for ahead in (0, length))
    there = (np.array([*was, *now]) > 0).all(axis=0)
    if not there.any():
        return None
    moved = np.log([of[there] for of in now]) - np.log([of[there] for of in was])
    return half_width(float(np.sqrt(((moved[0] - moved[1]) ** 2).mean())), spans)


def _sentence(told: ReadBack, filters: Filters, shop: Shop, member: str) -> str:
    measured = metric(told.metric)

    def shown(amount: float) -> str:
        return measured.format(amount, shop.currency)

    alone = "by itself it moves within" if told.by_past else "chance alone:"
    more = "more" if told.beyond >= 0 else "less"
    said = (
        f"{filters.period.label()}: {measured.name.lower()} of {member} {shown(told.value)}, {shown(abs(told.beyond))} "
        f"{more} than had it moved as the rest of the shop ({alone} ± {shown(told.noise)})"
    )
    if told.promised is None:
        does = "what it does by itself" if told.by_past else "what chance does"
        return f"{said}: {'beyond' if abs(told.beyond) > told.noise else 'within'} {does}.{_too_short(told)}"
    low, high = told.beyond - told.noise, told.beyond + told.noise
    kept = "in keeping with" if low <= told.promised <= high else "less than" if told.promised > high else "more than"
    unsure = ", and with no effect at all" if low <= told.promised <= high and low <= 0 <= high else ""
    promised = f"{shown(told.promised)} {'more' if told.promised >= 0 else 'less'} was promised"
    return f"{said}; {promised}: {kept} that{unsure}.{_too_short(told)}"


def _too_short(told: ReadBack) -> str:
    if told.by_past:
        return ""
    return " The data before are too short to tell how far it moves by itself: a season of its own may be in that."
