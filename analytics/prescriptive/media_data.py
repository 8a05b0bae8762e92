"""What was spent on each channel and what was ordered, by day: the two sides that a response is estimated from."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.collect import collected
from analytics.descriptive.courses import parts_by_day
from analytics.errors import NotEnoughData
from analytics.filters import Filters
from analytics.formats import one_line, percent
from analytics.periods import Period, day_label
from analytics.questions import collected_within
from analytics.shop import NOT_STATED, Shop
from analytics.summed import Sums, added_up, summed

FEWEST_DAYS = 84
"""With both spend and orders: fewer hold too few changes of spend."""
FEWEST_ORDERS = 200
MOST_DAYS = 1_096
"""The newest: what a channel did years ago is no guide to what it does."""
MOST_CHANNELS = 10
FEWEST_OF_A_CHANNEL = 50
"""Orders from which a channel's own orders are looked at; spend on one with fewer is held against all orders."""
YEAR_DAYS = 365
PRESENT_DAYS = 91
"""The last so many days are what is spent at present."""
OTHERS = "All others"
ALL_ORDERS = "All orders"
LONG_GAP = 6
"""Days between bookings from which an amount is taken to be of the time up to the next one."""


@dataclass(frozen=True, eq=False)
class MediaHistory:
    """Both sides by day, without gaps.

    ``spend`` has a row per channel that money was spent on (a day's amount, the shop's currency), biggest first;
    ``orders`` and ``revenue`` (refunds deducted) a row per series of orders. ``acts_on`` says which series a channel's
    spend may move: its own, or all where no orders carry its name. ``mix`` is revenue of the last year by series
    (rows) and category (columns). ``notes`` are sentences on what the data did not say.
    """

    days: pd.DatetimeIndex
    channels: tuple[str, ...]
    spend: np.ndarray
    series: tuple[str, ...]
    orders: np.ndarray
    revenue: np.ndarray
    acts_on: np.ndarray
    mix: pd.DataFrame
    notes: tuple[str, ...]


def year_in_view(shop: Shop) -> Filters:
    """The last year of the whole shop: what a plan for a usual month starts from."""
    first = max(shop.first_day, shop.today - timedelta(days=YEAR_DAYS - 1))
    return Filters(Period(min(first, shop.today), shop.today), "none")


def media_history(
    orders: ir.Table | pd.DataFrame, marketing_spend: ir.Table | pd.DataFrame, shop: Shop, sums: Sums = ()
) -> MediaHistory:
    """What was spent and ordered on each day of which both are known.

    Parameters
    ----------
    marketing_spend : ``date``, ``channel``, ``spend`` (the shop's currency); any number of rows a day.
    sums : of the same orders, if there are any.

    Raises
    ------
    NotEnoughData : nothing was spent, or too few days or orders are known beside the spend.
    """
    booked, notes = _booked(marketing_spend)
    spend, days = _by_day(booked, shop, notes)
    if len(days) < FEWEST_DAYS:
        raise NotEnoughData(
            f"There are {len(days)} days with both marketing spend and orders up to {day_label(shop.today)}: how "
            f"orders answer to spend rests on at least {FEWEST_DAYS}."
        )
    own = _own_series(spend.index, shop, orders, sums, days)
    series, counted, revenue = _series(own, shop, orders, sums, days)
    if counted.sum() < FEWEST_ORDERS:
        raise NotEnoughData(
            f"There are {int(counted.sum())} orders on the days with marketing spend: how they answer to spend rests "
            f"on at least {FEWEST_ORDERS}."
        )
    if unmatched := [c for c in spend.index if c not in own]:
        what = "all orders" if own else "the orders of the whole shop"
        notes.append(f"No orders carry the name {', '.join(unmatched)}: that spend is held against {what}.")
    acts_on = np.array([[own.get(c, s) == s for s in series] for c in spend.index])
    mix = _mix(own, series, shop, orders, sums)
    return MediaHistory(
        days, tuple(spend.index), spend.to_numpy(), series, counted, revenue, acts_on, mix, tuple(notes)
    )


def _booked(marketing_spend: ir.Table | pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Amounts by day (rows) and channel, biggest first, and what had to be said about them."""
    table = ibis.memtable(marketing_spend) if isinstance(marketing_spend, pd.DataFrame) else marketing_spend
    known = table.filter(table.date.notnull(), table.spend.notnull(), ~table.spend.cast("float64").isnan())
    by = known.group_by(date=known.date.cast("date"), channel=known.channel.cast("string"))
    rows = collected(by.agg(spend=known.spend.cast("float64").sum()))
    rows["channel"] = [one_line(str(c)) if pd.notna(c) else "" for c in rows["channel"]]
    rows["channel"] = rows["channel"].where(rows["channel"] != "", NOT_STATED)
    wide = rows.assign(date=pd.to_datetime(rows["date"])).pivot_table(
        index="date", columns="channel", values="spend", aggfunc="sum"
    )
    notes = []
    if (wide < 0).any(axis=None):
        notes.append(f"{int((wide < 0).to_numpy().sum())} amounts below 0 count as no spend.")
    wide = wide.clip(lower=0)
    total = wide.sum().sort_values(ascending=False)
    used = total[total > 0]
    if used.empty:
        raise NotEnoughData(
            "No marketing spend is stored: add a table marketing_spend with date, channel and spend (what was spent "
            "that day), and this card shows how orders answer to it."
        )
    if len(used) > MOST_CHANNELS:
        left = percent(used.iloc[MOST_CHANNELS:].sum() / used.sum())
        notes.append(f"The {MOST_CHANNELS} biggest of {len(used)} channels are planned; the others have {left} of it.")
    return wide[used.index[:MOST_CHANNELS]], notes


def _by_day(booked: pd.DataFrame, shop: Shop, notes: list[str]) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Spend by channel (rows) and day, of the days on which both sides are known."""
    last = booked.index[-1]
    if len(booked) > 1 and np.median(np.diff(booked.index) / pd.Timedelta(days=1)) >= LONG_GAP:
        booked, last = _spread(booked)
        notes.append("Spend is booked for longer times than days: each amount is spread evenly up to the next one.")
    first = max(booked.index[0], pd.Timestamp(shop.first_day), pd.Timestamp(shop.today) - pd.Timedelta(days=MOST_DAYS))
    last = min(last, pd.Timestamp(shop.today))
    if last < first:
        raise NotEnoughData(
            f"Marketing spend is known from {day_label(booked.index[0].date())} to "
            f"{day_label(booked.index[-1].date())}, when there are no orders: add the spend of the days of the orders."
        )
    days = pd.date_range(first, last)
    there = booked.reindex(days)
    silent = there.isna().all(axis=1)
    if silent.any():
        by_weekday = silent.groupby(days.day_of_week).mean()
        usual = by_weekday[by_weekday > 0.5].index
        unknown = silent & ~days.day_of_week.isin(usual)
        filled = there.fillna(0.0).mask(unknown.to_numpy()[:, None] & np.ones(there.shape, dtype=bool))
        there = filled.interpolate(limit_direction="both")
        if unknown.any():
            notes.append(f"On {int(unknown.sum()):,} days nothing is booked for any channel: the days around stand in.")
    there = there.fillna(0.0)
    spent = there.sum() > 0
    return there.loc[:, spent].T, days


def _spread(booked: pd.DataFrame) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Amounts of weeks or months as amounts a day; the last one lasts as long as its calendar month or usual step."""
    starts = booked.index
    monthly = bool((starts.day == 1).all())
    step = pd.Timedelta(days=float(np.median(np.diff(starts) / pd.Timedelta(days=1))))
    end = starts[-1] + (pd.offsets.MonthEnd(1) if monthly else step - pd.Timedelta(days=1))
    days = pd.date_range(starts[0], end.normalize())
    position = starts.searchsorted(days, side="right") - 1
    length = np.bincount(position, minlength=len(starts))
    daily = booked.fillna(0.0).to_numpy()[position] / length[position][:, None]
    return pd.DataFrame(daily, index=days, columns=booked.columns), days[-1]


def _own_series(
    channels: pd.Index, shop: Shop, orders: ir.Table | pd.DataFrame, sums: Sums, days: pd.DatetimeIndex
) -> dict[str, str]:
    """Channel of the spend → the member of orders of that name, however it is capitalised, if it has enough orders."""
    members = {m.casefold(): m for m in shop.members.get("channel", ())}
    matched = {c: members[c.casefold()] for c in channels if c.casefold() in members}
    if not matched:
        return {}
    names = tuple(dict.fromkeys(matched.values()))
    rows = summed(orders, sums, ("channel",))
    counted = parts_by_day(rows, shop, "channel", names, days, {"orders"})["orders"].sum(axis=1)
    enough = {name for name, count in zip(names, counted, strict=True) if count >= FEWEST_OF_A_CHANNEL}
    return {c: m for c, m in matched.items() if m in enough}


def _series(
    own: dict[str, str], shop: Shop, orders: ir.Table | pd.DataFrame, sums: Sums, days: pd.DatetimeIndex
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The orders of each channel that has spend of its own, and of all others together."""
    needed = {"orders", "revenue"}
    whole = parts_by_day(summed(orders, sums, ()), shop, "", ("",), days, needed)
    if not own:
        return (ALL_ORDERS,), whole["orders"], whole["revenue"]
    names = tuple(dict.fromkeys(own.values()))
    parts = parts_by_day(summed(orders, sums, ("channel",)), shop, "channel", names, days, needed)
    rest = {p: (whole[p] - parts[p].sum(axis=0)).round(6) for p in needed}
    if rest["orders"].sum() < FEWEST_OF_A_CHANNEL:
        return names, parts["orders"], parts["revenue"]
    both = {p: np.concatenate([parts[p], rest[p]]) for p in needed}
    return (*names, OTHERS), np.maximum(both["orders"], 0.0), both["revenue"]


def _mix(
    own: dict[str, str], series: tuple[str, ...], shop: Shop, orders: ir.Table | pd.DataFrame, sums: Sums
) -> pd.DataFrame:
    year = year_in_view(shop)
    if "category" not in shop.members:
        return pd.DataFrame(1.0, index=list(series), columns=[NOT_STATED])
    split = "channel" if own else ""
    rows = summed(orders, sums, ("category", "channel") if own else ("category",))
    found = collected_within(_revenue_by_channel_and_category, rows, year, {"year": year.period}, split=split)
    names = set(own.values())
    found["series"] = [m if m in names else OTHERS for m in found["channel"]] if own else ALL_ORDERS
    wide = found.pivot_table(index="series", columns="category", values="revenue", aggfunc="sum", fill_value=0.0)
    return wide.reindex(list(series), fill_value=0.0).astype("float64")


def _revenue_by_channel_and_category(rows: ir.Table, periods: dict[str, Period], split: str) -> ir.Table:
    channel = rows[split].cast("string") if split else ibis.literal(ALL_ORDERS)
    by = rows.group_by(channel=channel, category=rows.category.cast("string"))
    return by.agg(revenue=added_up(rows, "revenue").cast("float64"))
