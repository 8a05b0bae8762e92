"""Whether a mean moved because its members did, or because there were more of those that lie higher or lower."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.chance import NORMAL_95, odds_among_many
from analytics.descriptive.breakdowns import need_dimension, plural
from analytics.descriptive.cells import cells_of
from analytics.descriptive.kpis import nothing_matches
from analytics.diagnostic.baseline import Baseline, baseline
from analytics.diagnostic.moments import Moments, moments_of
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.metrics import Metric, metric
from analytics.shop import DIMENSIONS, Shop


@dataclass(frozen=True)
class MixAndRate:
    """A change shared out among the members of a dimension.

    ``members`` has one row each, largest contribution first: ``member``, ``before``, ``now`` (missing where it has
    nothing: it is new or gone), ``share_before``, ``share_now`` (of what the mean is over; missing of a sum), ``mix``
    and ``rate`` (what it brought by its share and by its own value; missing of a sum), ``contribution`` (their sum) and
    ``noise`` (half-width of the range of chance of the rate, or of a sum's contribution, in 95 of 100 cases).
    Contributions add up to ``change``.
    """

    metric: str
    dimension: str
    baseline: Baseline
    before: float
    now: float
    members: pd.DataFrame
    sentence: str

    def steps(self, most: int = 6) -> pd.DataFrame:
        """The contributions as steps from ``before`` to ``now``: the largest members', all others', and the mix.

        Returns
        -------
        Rows of ``step``, ``contribution``, ``noise`` and ``by_chance``, the latter raised for looking at all members.
        """
        is_mean = self.members["rate"].notna().any()
        column = "rate" if is_mean else "contribution"
        errors = (NORMAL_95 * self.members[column] / self.members["noise"].where(self.members["noise"] > 0)).fillna(0.0)
        ranked = self.members.assign(step=self.members["member"], by_chance=odds_among_many(errors.to_numpy()))
        ranked = ranked.assign(contribution=ranked[column]).sort_values(
            "contribution", key=np.abs, ascending=False, kind="stable"
        )
        shown, others = ranked.head(most), ranked.iloc[most:]
        rows = shown[["step", "contribution", "noise", "by_chance"]]
        more = [{"step": f"{len(others)} others", "contribution": others["contribution"].sum()}] if len(others) else []
        if is_mean:
            more.append({"step": f"Mix of {plural(self.dimension)}", "contribution": self.mix})
        rest = pd.DataFrame(more, columns=list(rows.columns)).astype({"contribution": float})
        return pd.concat([rows, rest], ignore_index=True) if more else rows.reset_index(drop=True)

    @property
    def change(self) -> float:
        """What is shared out."""
        return self.now - self.before

    @property
    def mix(self) -> float:
        """What the change of shares brought in all."""
        return float(self.members["mix"].sum())

    @property
    def rate(self) -> float:
        """What the members' own changes brought in all."""
        return float(self.members["rate"].sum())


def mix_and_rate(
    orders: ir.Table | pd.DataFrame,
    filters: Filters,
    shop: Shop,
    key: str = "average_order_value",
    dimension: str = "channel",
    against: str | None = None,
) -> MixAndRate:
    """What each member of a dimension brought to a metric's change.

    A mean is the sum over members of share × own mean. Its change is Σ change of share × (mean of both own values −
    mean of both totals), the mix, plus Σ mean of both shares × change of own value, the rate. A member that is there
    in one period only has one value for both: all that it brings is mix. Of sums, a member brings its own change.

    Parameters
    ----------
    against : see ``baseline``.

    Raises
    ------
    NotEnoughData : nothing to compare with, a metric undefined in one of the periods or counting different customers.

    Source: midpoint (Marshall & Edgeworth) decomposition, which treats both periods alike and leaves no rest.
    """
    measured = metric(key)
    need_dimension(dimension, shop)
    if not measured.from_daily:
        raise NotEnoughData(f"{measured.name} counts different customers, who do not add up over members.")
    base = baseline(filters, shop, against)
    counted = cells_of(orders, filters, (dimension,), base.all).by(dimension)
    if not counted.cells.inside["value"].any():
        raise NotEnoughData(nothing_matches(filters))

    def of_period(part: str, names: tuple[str, ...]) -> np.ndarray:
        return sum(counted.part(part, name) for name in names)

    now = moments_of(measured, lambda part: of_period(part, ("value",)))
    before = moments_of(measured, lambda part: of_period(part, base.names), 1 / len(base.names))
    names = counted.cells.members[dimension].astype(str)
    shared = _sums if measured.denominator is None else _means
    members = shared(before, now, measured).assign(member=names)
    there = (before.orders + now.orders + np.abs(before.top) + np.abs(now.top)) > 0
    if not there.any():
        raise NotEnoughData(f"No order in either period: {measured.name.lower()} has nothing to be shared out.")
    members = members[there].sort_values("contribution", key=np.abs, ascending=False, kind="stable", ignore_index=True)
    members = members[["member", *members.columns.drop("member")]]
    ends = [float(m.top if measured.denominator is None else m.ratio()) for m in (before.total(), now.total())]
    change = ends[1] - ends[0]
    return MixAndRate(key, dimension, base, *ends, members, _sentence(members, measured, dimension, change, shop))


def mix_by_dimension(
    orders: ir.Table | pd.DataFrame, filters: Filters, shop: Shop, key: str, against: str | None = None
) -> pd.DataFrame:
    """By which dimension's mix a mean moved, and what is left to its members' own values.

    Returns
    -------
    One row per dimension with more than one member, largest mix first: ``dimension`` (its name), ``rate`` and ``mix``,
    in the metric's unit; each row adds up to the same change.

    Raises
    ------
    NotEnoughData : as ``mix_and_rate``; or a metric that is no mean, or nothing to tell apart.
    """
    if metric(key).denominator is None:
        raise NotEnoughData(f"{metric(key).name} adds up over members: it has no mix.")
    told = [d for d, m in shop.members.items() if len(m) > 1 and len(filters.members.get(d, ())) != 1]
    if not told:
        raise NotEnoughData("There is nothing to tell apart: every dimension in view has one member.")
    shared = [mix_and_rate(orders, filters, shop, key, dimension, against) for dimension in told]
    rows = pd.DataFrame(
        {"dimension": [DIMENSIONS[d] for d in told], "rate": [s.rate for s in shared], "mix": [s.mix for s in shared]}
    )
    return rows.sort_values("mix", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def mix_sentence(mixes: pd.DataFrame, key: str, shop: Shop) -> str:
    """Whether another mix can have moved the mean."""
    measured, top = metric(key), mixes.iloc[0]
    change = top["rate"] + top["mix"]
    mix, whole = (measured.format_difference(value, shop.currency) for value in (top["mix"], change))
    return (
        f"Of the change of {whole}, the mix of any one dimension brought at most {mix} ({top['dimension'].lower()}); "
        "the rest moved inside its members."
    )


def _sums(before: Moments, now: Moments, measured: Metric) -> pd.DataFrame:
    nothing = np.full(len(now.top), np.nan)
    return pd.DataFrame(
        {
            "before": before.top,
            "now": now.top,
            "share_before": nothing,
            "share_now": nothing,
            "mix": nothing,
            "rate": nothing,
            "contribution": now.top - before.top,
            "noise": NORMAL_95 * np.sqrt(now.top_squared + before.top_squared),
        }
    )


def _means(before: Moments, now: Moments, measured: Metric) -> pd.DataFrame:
    all_before, all_now = before.total(), now.total()
    if not (all_before.bottom > 0 and all_now.bottom > 0):
        when = "before" if not all_before.bottom > 0 else "in this period"
        raise NotEnoughData(f"{measured.name} is not known {when}: there is nothing to share out.")
    own_before, own_now = before.ratio(), now.ratio()
    first, last = np.where(np.isnan(own_before), own_now, own_before), np.where(np.isnan(own_now), own_before, own_now)
    first, last = np.nan_to_num(first), np.nan_to_num(last)
    share_before, share_now = before.bottom / all_before.bottom, now.bottom / all_now.bottom
    middle = (all_before.ratio() + all_now.ratio()) / 2
    own, more = (first + last) / 2, share_now - share_before
    mix = more * (own - middle)
    # mean share × change of own value, written so that it holds for refunds of what was sold before, too
    rate = now.top / all_now.bottom - before.top / all_before.bottom - more * own
    share = (share_before + share_now) / 2
    noise = NORMAL_95 * share * np.sqrt(before.variance_of_ratio(all_before) + now.variance_of_ratio(all_now))
    return pd.DataFrame(
        {
            "before": own_before,
            "now": own_now,
            "share_before": share_before,
            "share_now": share_now,
            "mix": mix,
            "rate": rate,
            "contribution": mix + rate,
            "noise": noise,
        }
    )


def _sentence(members: pd.DataFrame, measured: Metric, dimension: str, change: float, shop: Shop) -> str:
    """Which of mix and rate did it, and who moved most."""
    top = members.iloc[0]
    own = measured.format(abs(top["contribution"]), shop.currency)
    verb = "raised" if top["contribution"] > 0 else "lowered"
    most = f"{top['member']} {verb} {measured.name.lower()} most, by {own}"
    if measured.denominator is None:
        surely = "" if abs(top["contribution"]) > top["noise"] else ", which chance alone does"
        return f"{most}{surely}."
    mix, rate = float(members["mix"].sum()), float(members["rate"].sum())
    name = DIMENSIONS[dimension].lower()
    amounts = [measured.format_difference(value, shop.currency) for value in (rate, mix)]
    moved = measured.format_difference(change, shop.currency)
    return (
        f"Of the change of {moved}, {amounts[0]} came from the members' own values (rate), {amounts[1]} from another "
        f"mix by {name}; {most}."
    )
