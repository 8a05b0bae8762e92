"""What rules found, as people read it: days in a row to one side are one alert, with where it leads."""

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics import formats
from analytics.descriptive.alert_rules import SEVERITIES, AlertRule
from analytics.filters import Filters
from analytics.periods import Period, day_label
from analytics.shop import DIMENSIONS, Shop

GAP_DAYS = 3
"""Firings at most so many days apart belong to one alert."""
DAYS_SHOWN_BEFORE = 27
"""How many days before an alert its link shows."""
RECENT_DAYS = 7
"""An alert that fired within so many days before the last complete one is still going on."""


@dataclass(frozen=True)
class Firing:
    """One day of an alert, in the metric's unit; ``errors`` in standard errors, missing where there are none."""

    day: date
    value: float
    expected: float
    errors: float
    acknowledged: bool
    comment: str


@dataclass(frozen=True)
class Alert:
    """One thing that happened: a rule that fired for a member, on one day or on several in a row to the same side.

    ``value``, ``expected`` and ``errors`` are those of its most unusual day, ``farthest``. ``firings`` are its days, in
    their order. ``going_on`` is whether it fired lately.
    """

    rule_id: int
    rule: AlertRule
    severity: str
    member: str
    since: date
    last: date
    firings: tuple[Firing, ...]
    farthest: date
    value: float
    expected: float
    errors: float
    acknowledged: bool
    comment: str
    going_on: bool

    @property
    def days(self) -> int:
        """On how many days it fired; some between the first and the last may have been quiet."""
        return len(self.firings)

    @property
    def unseen(self) -> int:
        """How many of its days nobody has seen to."""
        return sum(not firing.acknowledged for firing in self.firings)

    @property
    def where(self) -> str:
        """The member, or the whole shop."""
        return self.member or "The whole shop"

    @property
    def mark(self) -> str:
        """▲ where there was more than usual, ▼ where there was less; nothing where the usual is not known."""
        return "" if pd.isna(self.value - self.expected) else "▲ " if self.value > self.expected else "▼ "

    def what(self, shop: Shop) -> str:
        """What happened, in one sentence: the figures of the most unusual day, and which one that was of several.

        A relative rule's figures are the member's share of what the shop has in all, as a percentage; those of the
        others are in the metric's unit. Of a week or four weeks they are of the days up to that one, together.
        """
        measured, rule = self.rule.measured, self.rule
        of = {1: "", 7: " of 7 days", 28: " of 28 days"}[rule.window_days]
        name = f"Share of {measured.name.lower()}" if rule.relative else measured.name
        shown = [_figure(self.rule, figure, shop) for figure in (self.value, self.expected)]
        against = f" against {shown[1]} as usual" if pd.notna(self.expected) else ""
        if pd.isna(self.errors):
            return f"{self.mark}{name}{of} {shown[0]}{against}"
        day = f", farthest on {day_label(self.farthest)}" if self.days > 1 else ""
        return f"{self.mark}{name}{of} {shown[0]}{against} ({abs(self.errors):.1f} standard errors{day})"

    def when(self) -> str:
        """Since when, on how many days, and how many of them are new to whoever has seen to the others."""
        if self.days == 1:
            return day_label(self.since)
        new = f", {self.unseen} of them not seen to yet" if 0 < self.unseen < self.days else ""
        if self.going_on:
            return f"since {day_label(self.since)}, {self.days} days, the last on {day_label(self.last)}{new}"
        return f"{Period(self.since, self.last).label()}, {self.days} days{new}"

    def view(self, shop: Shop) -> Filters:
        """The filters of a page that shows it: its member, and the weeks before it."""
        first = max(shop.first_day, self.since - timedelta(DAYS_SHOWN_BEFORE))
        kept = {self.rule.dimension: (self.member,)} if self.rule.dimension and not self.rule.relative else {}
        return Filters(Period(first, max(first, min(self.last, shop.last_day))), "both", **kept)


def _figure(rule: AlertRule, value: float, shop: Shop) -> str:
    """Counts whole: 17 orders are usual, not 17.2."""
    if rule.relative:
        return formats.percent(value)
    return rule.measured.format(value, shop.currency, exact=rule.measured.unit == "count")


def alert_feed(firings: pd.DataFrame, rules: dict[int, tuple[AlertRule, str]], shop: Shop) -> list[Alert]:
    """The alerts behind recorded firings, those not seen to first, then by severity and by how new they are.

    Firings of a rule for a member are one alert while they are at most three days apart and lie on the same side of the
    usual: a fall and the return from it are two. So no two alerts of a rule and a member share a day.

    Parameters
    ----------
    firings : rows of ``rule_id``, ``member``, ``day``, ``value``, ``expected``, ``errors``, ``acknowledged`` and
        ``comment``.
    rules : by id the rule and its severity; firings of others are left out.
    """
    alerts = []
    for (rule_id, member), found in firings.sort_values("day").groupby(["rule_id", "member"], sort=False):
        if rule_id in rules:
            spell = ((found["day"].diff().dt.days > GAP_DAYS) | _turns(found, rules[rule_id][0])).cumsum()
            alerts += [_alert(rule_id, *rules[rule_id], member, rows, shop) for _, rows in found.groupby(spell)]
    ranks = list(SEVERITIES)
    return sorted(alerts, key=lambda a: (a.acknowledged, not a.going_on, -ranks.index(a.severity), -a.last.toordinal()))


def _turns(found: pd.DataFrame, rule: AlertRule) -> pd.Series:
    """Which firings lie on the other side than the one before; of a rule that watches one side, none."""
    if rule.direction != "both":
        return pd.Series(False, index=found.index)
    side = np.sign(found["value"] - found["expected"]).replace(0.0, np.nan).ffill().bfill().fillna(0.0)
    return side.diff().fillna(0.0) != 0


def _alert(rule_id: int, rule: AlertRule, severity: str, member: str, rows: pd.DataFrame, shop: Shop) -> Alert:
    farthest = rows["errors"].abs().fillna(0.0).idxmax()
    told = rows.assign(day=rows["day"].dt.date)[[field.name for field in fields(Firing)]]
    firings = tuple(Firing(**firing) for firing in told.to_dict("records"))
    said = [firing.comment for firing in firings if firing.comment]
    return Alert(
        rule_id=int(rule_id),
        rule=rule,
        severity=severity,
        member=member,
        since=firings[0].day,
        last=firings[-1].day,
        firings=firings,
        farthest=told.loc[farthest, "day"],
        **{name: float(rows.loc[farthest, name]) for name in ("value", "expected", "errors")},
        acknowledged=all(firing.acknowledged for firing in firings),
        comment=said[-1] if said else "",
        going_on=(shop.today - firings[-1].day).days <= RECENT_DAYS,
    )


def alerts_in_view(alerts: list[Alert], filters: Filters) -> list[Alert]:
    """Those that touch the period and speak of the members kept; alerts of the whole shop concern every view."""
    return [alert for alert in alerts if _touches(alert, filters.period) and _is_kept(alert, filters)]


def _touches(alert: Alert, period: Period) -> bool:
    return alert.since <= period.end and alert.last >= period.start


def _is_kept(alert: Alert, filters: Filters) -> bool:
    kept = filters.members.get(alert.rule.dimension) if alert.rule.dimension else None
    return kept is None or alert.member in kept


def feed_sentence(alerts: list[Alert], filters: Filters, hidden: int, snoozed: int = 0) -> str:
    """How many alerts there are in view, and how many wait to be seen to.

    Parameters
    ----------
    alerts : those in view.
    hidden : how many of the period speak of members that the filters leave out.
    snoozed : how many more would be in view, were their rules not snoozed.
    """
    number = len(alerts)
    others = f" {hidden} of members that the filters leave out are not shown." if hidden else ""
    others += f" {snoozed} of snoozed rules {'is' if snoozed == 1 else 'are'} not shown." if snoozed else ""
    when = ("on " if filters.period.days == 1 else "in ") + filters.period.label()
    if not number:
        return f"No alert {when} from the rules that are awake, on the days they judged.{others}"
    waiting = sum(not alert.acknowledged for alert in alerts)
    seen = "all seen to" if not waiting else f"{waiting} not seen to yet"
    return f"{number} alert{'' if number == 1 else 's'} {when}, {seen}.{others}"


def feed_table(alerts: list[Alert], shop: Shop) -> pd.DataFrame:
    """The alerts as a table: one row each, in their order; ``fired_on`` lists its days."""
    return pd.DataFrame(
        {
            "severity": [SEVERITIES[a.severity] for a in alerts],
            "metric": [a.rule.measured.name for a in alerts],
            "dimension": [DIMENSIONS.get(a.rule.dimension, "") for a in alerts],
            "member": [a.where for a in alerts],
            "since": [pd.Timestamp(a.since) for a in alerts],
            "last": [pd.Timestamp(a.last) for a in alerts],
            "days": [a.days for a in alerts],
            "what": [a.what(shop) for a in alerts],
            "farthest_on": [pd.Timestamp(a.farthest) for a in alerts],
            "errors": [a.errors for a in alerts],
            "acknowledged": [a.acknowledged for a in alerts],
            "days_not_seen_to": [a.unseen for a in alerts],
            "comment": [a.comment for a in alerts],
            "fired_on": [", ".join(firing.day.isoformat() for firing in a.firings) for a in alerts],
        }
    )


def alert_days(alert: Alert, shop: Shop) -> pd.DataFrame:
    """Each day of an alert: ``day``, what was ``found`` and what was ``usual`` as people write it, ``errors``,
    ``acknowledged`` and ``comment``; the newest first."""
    days = alert.firings[::-1]
    return pd.DataFrame(
        {
            "day": [pd.Timestamp(firing.day) for firing in days],
            "found": [_figure(alert.rule, firing.value, shop) for firing in days],
            "usual": [_figure(alert.rule, firing.expected, shop) for firing in days],
            "errors": [firing.errors for firing in days],
            "acknowledged": [firing.acknowledged for firing in days],
            "comment": [firing.comment for firing in days],
        }
    )
