"""Expected orders and revenue by day, given who is there: what a forecaster who knew the process would say."""

from dataclasses import dataclass

import numpy as np

from simulation import market
from simulation.lines import expected_order_values
from simulation.process import Clock, Process
from simulation.seasons import active_days
from simulation.settings import Incident
from simulation.trade import Trade

SHAPE = tuple(len(market.MEMBERS[name]) for name in ("region", "segment", "age_group"))


@dataclass(frozen=True)
class Expectation:
    """Arrays by region, segment, category and day. ``orders`` counts, ``revenue`` is in rupees."""

    orders: np.ndarray
    revenue: np.ndarray

    def by(self, dimension: str, measure: str) -> np.ndarray:
        """Totals by member of one dimension, and day."""
        axis = ("region", "segment", "category").index(dimension)
        return getattr(self, measure).sum(axis=tuple({0, 1, 2} - {axis}))


def customers_there(trade: Trade) -> np.ndarray:
    """Sum of the buying rates of the customers alive, by curve and day; offers accepted count as a higher rate.

    A customer counts for the part of a day's intensity during which he or she is there, which makes the sum times the
    intensity the exact conditional mean of the orders to come. From the first order on rates are lower by the share
    of repeat orders that was thinned away.
    """
    lives, unthinned = trade.lives, trade.people.rate * trade.scale
    rate = unthinned * trade.kept_share
    first, last = (trade.process.passed[trade.people.curve, day] for day in trade.process.campaign_days)
    offered = np.flatnonzero((lives.lift > 0) & (lives.ended > first))
    extra = (rate * lives.lift)[offered]
    everyone = np.arange(len(rate))
    changes = np.zeros((len(trade.process.intensity), trade.process.days + 1))
    _step(changes, trade, everyone, lives.joined, unthinned)
    _step(changes, trade, everyone, lives.first_order, rate - unthinned)
    _step(changes, trade, everyone, lives.ended, -rate)
    _step(changes, trade, offered, first[offered], extra)
    _step(changes, trade, offered, np.minimum(lives.ended, last)[offered], -extra)
    return np.cumsum(changes, axis=1)[:, :-1]


def _step(changes: np.ndarray, trade: Trade, who: np.ndarray, at: np.ndarray, rates: np.ndarray) -> None:
    """Note a change of rates that holds from a clock reading on: in part on its own day, in full from the next."""
    curve = trade.people.curve[who].astype(np.int64)
    day, share = Clock(trade.process).read(curve, at)
    width = changes.shape[1]
    for days, weights in ((day, rates * (1 - share)), (day + 1, rates * share)):
        changes += np.bincount(curve * width + days, weights, changes.size).reshape(changes.shape)


def expected_without_incidents(trade: Trade) -> np.ndarray:
    """Expected orders by region, segment, age group and day, before incidents thin them."""
    process, people = trade.process, trade.people
    joiners = np.bincount(people.curve[people.joins], minlength=len(process.intensity))
    per_reading = customers_there(trade) + (joiners / process.passed[:, -1])[:, None]
    return (per_reading * process.intensity / process.bound).reshape(*SHAPE, process.days)


def expectation(process: Process, before: np.ndarray, incidents: tuple[Incident, ...]) -> Expectation:
    """What to expect when these incidents act on demand and order value."""
    orders = np.einsum("rsad,sdc->rscd", before, _by_day(process.category_shares, SHAPE[1], process.days))
    value = orders.copy()
    acting = [i for i in incidents if i.mechanism in ("demand", "order value")]
    if acting:
        days = np.unique(np.concatenate([np.r_[_days(process, i)] for i in acting]))
        orders[..., days], value[..., days] = _thinned(process, before[..., days], acting, days)
    each = expected_order_values()[:, :, None] * process.calendar.price_index
    return Expectation(orders, value * each)


def _days(process: Process, incident: Incident) -> slice:
    return active_days(incident, process.settings.start, process.days)


def _by_day(shares: np.ndarray, rows: int, days: int) -> np.ndarray:
    return shares.reshape(rows, days, -1)


def _thinned(process: Process, before: np.ndarray, incidents: list[Incident], days: np.ndarray):
    """Orders, and orders weighted by what happens to their value, over all combinations of members."""
    categories = _by_day(process.category_shares, SHAPE[1], process.days)[:, days]
    channels = _by_day(process.channel_shares, SHAPE[2], process.days)[:, days]
    paid = market.PAYMENT_SHARE / market.PAYMENT_SHARE.sum(axis=1, keepdims=True)
    kept = np.einsum("rsad,sdc,adh,hp->drsachp", before, categories, channels, paid, optimize=True)
    value = kept.copy()
    for incident in incidents:
        active = np.isin(days, np.r_[_days(process, incident)])
        cells = np.ix_(np.flatnonzero(active), *_members(incident.scope))
        value[cells] *= 1 + incident.size
        if incident.mechanism == "demand":
            kept[cells] *= 1 + incident.size
    return (table.sum(axis=(3, 5, 6)).transpose(1, 2, 3, 0) for table in (kept, value))


def _members(scope: dict[str, str]) -> list:
    axes = ("region", "segment", "age_group", "category", "channel", "payment_method")
    chosen = {name: [market.MEMBERS[name].index(member)] for name, member in scope.items()}
    return [chosen.get(name, list(range(len(market.MEMBERS[name])))) for name in axes]
