"""The life of customers, order by order: when the next comes, what it is, how it went, and whether it was the last."""

from dataclasses import dataclass

import numpy as np

from simulation import market
from simulation.population import Population
from simulation.process import Choice, Clock, Process
from simulation.settings import Incident

MINUTE_OF_SHARE = np.concatenate([[0], np.cumsum(market.HOUR) / market.HOUR.sum()])


@dataclass(frozen=True)
class Orders:
    """One entry per order, codes as in ``market.MEMBERS``; ``customer`` is the position in the population."""

    customer: np.ndarray
    day: np.ndarray
    minute: np.ndarray
    category: np.ndarray
    channel: np.ndarray
    payment_method: np.ndarray
    delivery_days: np.ndarray
    score: np.ndarray
    first: np.ndarray

    def taken(self, which: np.ndarray) -> "Orders":
        """The orders picked by a mask or positions."""
        return Orders(**{name: column[which] for name, column in vars(self).items()})

    @staticmethod
    def joined(parts: list["Orders"]) -> "Orders":
        """All parts, one after the other."""
        return Orders(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in Orders.__annotations__})


@dataclass(frozen=True)
class Lives:
    """Per customer: clock readings at joining, first order and the end (leaving or the last day), and how it ended.

    Who never ordered has the end for a first order, and -1 for its day. ``lift`` is what the campaign's offer did.
    """

    joined: np.ndarray
    first_order: np.ndarray
    ended: np.ndarray
    ending: np.ndarray
    lift: np.ndarray
    first_order_day: np.ndarray


STAYED, LEFT, LEFT_WITH_GROUP, NEVER_CAME = range(4)


def simulated_lives(
    process: Process, people: Population, scale: float, rng: np.random.Generator
) -> tuple[Orders, Lives]:
    """All orders of the people (in no order), and their lives, with buying rates multiplied by ``scale``.

    Customers are advanced together: each round gives everyone still there the next order, so that leaving can
    depend on how that order went.
    """
    return _Rounds(process, people, scale, rng).run()


class _Rounds:
    """The customers' state while their lives are drawn, one entry per customer."""

    def __init__(self, process: Process, people: Population, scale: float, rng: np.random.Generator) -> None:
        self.process, self.people, self.rng = process, people, rng
        self.clock = Clock(process)
        self.categories = Choice(process.category_shares)
        self.channels = Choice(process.channel_shares)
        self.payments = Choice(market.PAYMENT_SHARE)
        self.rate = people.rate * scale
        self.curve = people.curve.astype(np.int64)
        self.category_row = people.segment.astype(np.int64) * process.days
        self.channel_row = people.age_group.astype(np.int64) * process.days
        self.hazard = process.mix.hazard * market.SEGMENT_HAZARD[people.segment]
        end = process.passed[self.curve, -1]
        self.joined = people.join_share * end
        self.ended, self.ending = end, np.full(len(end), STAYED, dtype=np.int8)
        self.lift = np.zeros(len(end))
        self.first = np.full(len(end), np.inf)
        self.first_day = np.full(len(end), -1, dtype=np.int32)
        first, last = process.campaign_days
        self.campaign = process.passed[self.curve, first], process.passed[self.curve, last]
        self._leave_with_group()

    def _leave_with_group(self) -> None:
        for incident, days in self.process.of("departure"):
            goes = self.rng.random(len(self.curve)) < incident.size
            for dimension, member in incident.scope.items():
                goes &= getattr(self.people, dimension) == market.MEMBERS[dimension].index(member)
            at = self.process.passed[self.curve, min(days.start, self.process.days)]
            goes &= (self.joined < at) & (at < self.ended)
            self.ended[goes], self.ending[goes] = at[goes], LEFT_WITH_GROUP

    def run(self) -> tuple[Orders, Lives]:
        """Everybody's life to its end."""
        at = self.joined.copy()
        # A joiner's life starts with an order; one of the stock waits for the next.
        waiting = np.flatnonzero(~self.people.joins)
        at[waiting] = self._next(waiting, at[waiting])
        who = np.flatnonzero(at < self.ended)
        rounds = []
        while len(who):
            orders, stays = self._ordered(who, at[who])
            rounds.append(orders)
            who = who[stays]
            at[who] = self._next(who, at[who])
            who = who[at[who] < self.ended[who]]
        lives = Lives(
            self.joined, np.minimum(self.first, self.ended), self.ended, self.ending, self.lift, self.first_day
        )
        return Orders.joined(rounds), lives

    def _next(self, who: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Clock reading of the next order: in the campaign's days the clock of the treated runs faster."""
        first, last, lift = self.campaign[0][who], self.campaign[1][who], self.lift[who]
        at = at + lift * np.clip(at - first, 0, last - first) + self.rng.standard_exponential(len(who)) / self.rate[who]
        return at - lift * np.clip((at - first) / (1 + lift), 0, last - first)

    def _ordered(self, who: np.ndarray, at: np.ndarray) -> tuple[Orders, np.ndarray]:
        day, share = self.clock.read(self.curve[who], at)
        category = self.categories.drawn(self.category_row[who] + day, self.rng)
        channel = self.channels.drawn(self.channel_row[who] + day, self.rng)
        payment = self.payments.drawn(channel.astype(np.int64), self.rng)
        chosen = {"category": category, "channel": channel, "payment_method": payment}
        happens = self._happens(who, day, chosen)
        delivery = self._delivery(who, day, chosen)
        score = drawn_scores(category, delivery, self.rng)
        stays = self._stays(who, at, happens, delivery, score)
        first = self._met(who, at, day, happens)
        answered = self.rng.random(len(who), dtype=np.float32) < market.ANSWER_SHARE
        minute = np.interp(share, MINUTE_OF_SHARE, np.arange(25) * 60.0)
        orders = Orders(
            customer=who.astype(np.int32),
            day=day.astype(np.int16),
            minute=minute.astype(np.int16),
            category=category,
            channel=channel,
            payment_method=payment,
            delivery_days=delivery,
            score=np.where(answered, score, 0).astype(np.int8),
            first=first,
        )
        return (orders if happens.all() else orders.taken(happens)), stays

    def _in_scope(self, incident: Incident, days: slice, who, day, chosen) -> np.ndarray:
        inside = (day >= days.start) & (day < days.stop)
        for dimension, member in incident.scope.items():
            codes = chosen[dimension] if dimension in chosen else getattr(self.people, dimension)[who]
            inside &= codes == market.MEMBERS[dimension].index(member)
        return inside

    def _happens(self, who, day, chosen) -> np.ndarray:
        """Which of the proposed orders come about: an incident on demand thins those in its scope."""
        incidents = self.process.of("demand")
        if not incidents:
            return np.ones(len(who), dtype=bool)
        chance = 1 / self.process.bound[day]
        for incident, days in incidents:
            chance[self._in_scope(incident, days, who, day, chosen)] *= 1 + incident.size
        return self.rng.random(len(who)) < chance

    def _delivery(self, who, day, chosen) -> np.ndarray:
        mean = self.process.calendar.delivery_mean[self.people.region[who], day]
        for incident, days in self.process.of("delivery"):
            mean = mean + incident.size * self._in_scope(incident, days, who, day, chosen)
        delivery = 1 + self.rng.poisson(mean)
        return np.where(chosen["channel"] == market.STORE, -1, np.minimum(delivery, 120)).astype(np.int8)

    def _stays(self, who, at, happens, delivery, score) -> np.ndarray:
        hazard = self.hazard[who]
        hazard = np.where((self.joined[who] == at) & self.people.joins[who], hazard * market.FIRST_ORDER_HAZARD, hazard)
        hazard = np.where(delivery >= market.LATE_DELIVERY_DAYS, hazard * market.LATE_HAZARD, hazard)
        hazard = np.where(score <= market.LOW_SCORE, hazard * market.LOW_SCORE_HAZARD, hazard)
        leaves = happens & (self.rng.random(len(who)) < -np.expm1(-hazard))
        never = ~happens & (self.joined[who] == at) & self.people.joins[who]
        gone = leaves | never
        self.ended[who[gone]] = at[gone]
        self.ending[who[leaves]], self.ending[who[never]] = LEFT, NEVER_CAME
        return ~gone

    def _met(self, who, at, day, happens) -> np.ndarray:
        """Which orders are the first seen of their customer; who is known before the campaign may get its offer."""
        new = happens & (self.first_day[who] == -1)
        self.first_day[who[new]], self.first[who[new]] = day[new], at[new]
        if self.process.settings.campaign:
            offered = who[new & (at < self.campaign[0][who])]
            offered = offered[(self.people.contacted & self.people.treated)[offered]]
            self.lift[offered] = market.CAMPAIGN_LIFT[self.people.segment[offered]]
        return new


def drawn_scores(category: np.ndarray, delivery: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scores of 1-5 by proportional odds in delivery days and category."""
    days = np.where(delivery < 0, market.STORE_COUNTS_AS_DAYS, delivery)
    uniform = rng.random(len(days))
    pleased = market.CATEGORY_LIKING[category] - market.DELIVERY_SLOPE * (days - 4) + np.log(uniform / (1 - uniform))
    return (1 + np.searchsorted(-market.SCORE_CUTS, pleased, side="left")).astype(np.int8)
